"""The one door to files: may you? do it, say so. It knows no HTTP."""
from appliance.files.files import Files

__all__ = ["Files"]

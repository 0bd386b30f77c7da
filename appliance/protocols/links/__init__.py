"""The pages that a link opens in a browser."""
from appliance.protocols.links.app import app

__all__ = ["app"]

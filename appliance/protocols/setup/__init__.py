"""The first start: pages that make the first account and lead on from there, and what stands at the root until then."""
from appliance.protocols.setup.app import app

__all__ = ["app"]

"""The Open Collaboration Services, as far as clients ask: what this server can do, and who is signed in."""
from appliance.protocols.ocs.app import app
from appliance.protocols.ocs.discovery import app as discovery
from appliance.protocols.ocs.notifications import app as notifications

__all__ = ["app", "discovery", "notifications"]

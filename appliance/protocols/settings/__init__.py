"""/api/v0/settings: roles, permissions and people's own settings, as OpenCloud's web client asks for them."""
from appliance.protocols.settings.app import app

__all__ = ["app"]

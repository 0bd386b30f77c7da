"""/auth-app/tokens: app tokens, as OpenCloud's web client makes, lists and ends them."""
from appliance.protocols.tokens.app import app

__all__ = ["app"]

"""OpenID Connect: how programs let people sign in here."""
from appliance.protocols.oidc.app import app

__all__ = ["app"]

"""The pages of a person's own account: signing in and out, password, second factor, passkeys, app tokens, sessions."""
from appliance.protocols.account.app import app

__all__ = ["app"]

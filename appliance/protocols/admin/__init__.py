"""The pages of whoever looks after the box. So far only the one that makes the first account."""
from appliance.protocols.admin.app import app

__all__ = ["app"]

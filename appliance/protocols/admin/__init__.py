"""For whoever looks after the box: the page that makes the first account; the audit trail and how people sign in, as JSON."""
from appliance.protocols.admin.app import app
from appliance.protocols.admin.audit import app as audit
from appliance.protocols.admin.signin import app as signin

__all__ = ["app", "audit", "signin"]

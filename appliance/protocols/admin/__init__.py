"""For whoever looks after the box: the page that makes the first account, and the audit trail as JSON."""
from appliance.protocols.admin.app import app
from appliance.protocols.admin.audit import app as audit

__all__ = ["app", "audit"]

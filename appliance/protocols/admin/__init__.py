"""For whoever looks after the box, as JSON: the audit trail, how people sign in, which files are taken, links, mail, backups, and how the box is."""
from appliance.protocols.admin.audit import app as audit
from appliance.protocols.admin.authority import app as authority
from appliance.protocols.admin.backup import app as backup
from appliance.protocols.admin.certificate import app as certificate
from appliance.protocols.admin.firewall import app as firewall
from appliance.protocols.admin.health import app as health
from appliance.protocols.admin.links import app as links
from appliance.protocols.admin.mail import app as mail
from appliance.protocols.admin.restore import app as restore
from appliance.protocols.admin.signin import app as signin
from appliance.protocols.admin.update import app as update

__all__ = ["audit", "authority", "backup", "certificate", "firewall", "health", "links", "mail", "restore", "signin", "update"]

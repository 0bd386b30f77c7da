"""Who may what: where the tree and the people meet. It knows no HTTP and no protocol."""
from appliance.sharing import access, grants, links
from appliance.sharing.access import Access
from appliance.sharing.audience import Audience, Audiences
from appliance.sharing.grants import Grant
from appliance.sharing.links import Link
from appliance.sharing.roles import ACTIONS as SHARED_ACTIONS
from appliance.sharing.roles import FILE, FOLDER, PREFIX, ROLES, ROOT, Role, offered

__all__ = ["Access", "Audience", "Audiences", "FILE", "FOLDER", "Grant", "Link", "PREFIX", "ROLES", "ROOT", "Role", "SHARED_ACTIONS", "access", "grants", "links", "offered"]

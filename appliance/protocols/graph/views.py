"""How accounts, groups, files and folders look in Graph."""
import mimetypes
import uuid
from datetime import UTC, datetime

from appliance.identity import ROLES

_TYPES = {"guest": "Guest"}                         # of roles; all others are members


def name_of(environ, account):
    """What everybody who finds an account may see of it."""
    return {
        "displayName": account.display_name, "id": account.id,
        "identities": [{"issuer": environ["hearth.url"], "issuerAssignedId": account.id}],
        "onPremisesSamAccountName": account.name, "userType": user_type(account),
    }


def identity(account):
    """An account as one who was given something, or gave it."""
    return {"@libre.graph.userType": user_type(account), "displayName": account.display_name, "id": account.id}


def item(house, node):
    """A file or folder, wherever it is told of."""
    kind = {"folder": {}} if node.folder else {"file": file(node)}
    return {"eTag": f'"{node.etag}"', "id": house.files.resource_id(node), "lastModifiedDateTime": time(node.mtime_ns), "name": node.name,
            "size": node.size, **kind}


def thumbnails(house, environ, node):
    """Where small pictures of a file are, squares of 36, 48 and 96 pixels; nothing where it has none."""
    if node.folder or not house.previews.supports(node.name):
        return {}
    address = f"{environ['hearth.url']}/dav/spaces/{house.files.resource_id(node)}?scalingup=0&preview=1&processor=thumbnail"
    return {"thumbnails": [{size: {"url": f"{address}&x={side}&y={side}"} for size, side in (("small", 36), ("medium", 48), ("large", 96))}]}


def file(node):
    """What makes an item a file."""
    return {"mimeType": mimetypes.guess_type(node.name)[0] or "application/octet-stream"}


def time(nanoseconds):
    """RFC 3339 with nanoseconds, in UTC."""
    seconds, rest = divmod(nanoseconds, 10 ** 9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def user(house, environ, account, expand=frozenset(), everybody=None):
    """An account with all that is known of it, for itself and for administrators."""
    found = {**name_of(environ, account), "accountEnabled": account.enabled, "mail": account.email}
    if account.given_name:
        found["givenName"] = account.given_name
    if account.surname:
        found["surname"] = account.surname
    if "memberOf" in expand:
        found["memberOf"] = [group(each) for each in (everybody or house.people.everybody()).groups_of(account.id)]
    if "appRoleAssignments" in expand:
        found["appRoleAssignments"] = [assignment(house, account)]
    return found


def group(each):
    """A group without its members."""
    return {"displayName": each.name, "groupTypes": [], "id": each.id}


def user_type(account):
    """Member, or Guest for User Light."""
    return _TYPES.get(account.role, "Member")


def application(house):
    """The one application, whose roles are those of the house."""
    return {"id": _id(house, "application"), "displayName": "OpenCloud",
            "appRoles": [{"displayName": role.display_name, "id": role.id} for role in ROLES.values()]}


def assignment(house, account):
    """That an account has its role. There is one of them for each, so its id need not be kept."""
    return {"appRoleId": ROLES[account.role].id, "id": _id(house, f"{account.id} {account.role}"), "principalId": account.id,
            "principalType": "User", "resourceDisplayName": "OpenCloud", "resourceId": _id(house, "application")}


def _id(house, name):
    """An id that is always the same on this storage."""
    return str(uuid.uuid5(uuid.UUID(house.files.storage_id), name))

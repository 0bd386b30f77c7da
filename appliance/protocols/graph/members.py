"""Members of a project space: the permissions on its root, in both dialects of Graph."""
from datetime import UTC, datetime

from appliance.core import clock, errors, ids
from appliance.http import request
from appliance.protocols.graph import body
from appliance.protocols.graph.views import identity
from appliance.sharing import PREFIX, ROOT, SHARED_ACTIONS, grants, offered

_LEGACY = {"a8d5fe5e-96e3-418d-825b-534dbdf22b99": "viewer", "58c63c02-1d89-4572-916a-870abc5a1b7d": "editor",
           "312c0871-5ef7-4b3a-85b6-0e4074c64049": "manager"}
_FEDERATED = ("@libre.graph.permissions.roles.allowedValues/rolePermissions/any(p:contains(p/condition, "
              "'@Subject.UserType==\"Federated\"'))")
_NO_LINKS = "grantedToV2 ne ''"
_RECIPIENT, _ALLOWED = "@libre.graph.recipient.type", "@libre.graph.permissions."
_ROLES = _ALLOWED + "roles.allowedValues"


def every(house, environ, id):
    """The members of a space, as permissions on its root; of somebody's own space there are none, and nobody can become one."""
    found = space(house, environ, id)
    if found.kind != "project":
        return {**choices(()), "value": []}
    held = house.files.projects.members(environ["hearth.actor"], found.id)
    everybody = house.people.everybody()
    return {**choices(offered(ROOT)), "value": [shown for grant in held.values() if (shown := view(everybody, grant))]}


def asked(environ, found):
    """Of a collection of permissions what ``$filter``, ``$select``, ``$count`` and ``$top`` ask for, as far as OpenCloud understands them."""
    said = {name: values[0].strip() for name, values in request.query(environ).items() if name.startswith("$")}
    if said.keys() - {"$filter", "$select", "$count", "$top"} or said.get("$filter") not in (None, _FEDERATED, _NO_LINKS):
        raise errors.Invalid(f"Permissions can be asked for by $select, $count, and $filter={_NO_LINKS}.")
    if said.get("$filter") == _FEDERATED:           # nothing is shared with people of other servers
        found = {**found, _ROLES: []}
    if said.get("$filter") == _NO_LINKS:
        found = {**found, "value": [each for each in found["value"] if "link" not in each]}
    if said.get("$count", "").lower() == "true":
        found = {**found, "@odata.count": len(found["value"])}
        if said.get("$top") == "0":                 # without $count the web client says so, too, and wants all
            del found["value"]
    wanted = {name.strip() for name in said.get("$select", "").split(",")} - {""}
    return {name: value for name, value in found.items() if not wanted or name in wanted}


def choices(offered):
    """What may be given: the actions that there are, and the roles that are offered."""
    return {
        _ALLOWED + "actions.allowedValues": [PREFIX + action for action in SHARED_ACTIONS],
        _ROLES: [{"@libre.graph.weight": place, "description": role.description, "displayName": role.display_name, "id": role.id}
                                           for place, role in enumerate(offered, 1)]}


def invite(house, environ, id):
    """``POST /drives/{id}/root/invite``"""
    to, role, expires = invitation(environ)
    grant = house.files.projects.invite(environ["hearth.actor"], _space(house, environ, id).id, to, role, expires)
    return {"value": [view(house.people.everybody(), grant)]}


def invitation(environ):
    """What an invitation says: whom, in which role, until when."""
    sent = body.read(environ, {"recipients": list, "roles": list, "expirationDateTime": str})
    recipients, wanted = sent.get("recipients", []), sent.get("roles", [])
    if len(recipients) != 1 or len(wanted) != 1 or not isinstance(wanted[0], str):
        raise errors.Invalid("One recipient and one role are wanted.")
    recipient = body.checked(recipients[0], {"objectId": str, _RECIPIENT: str})
    kind = {"user": grants.USER, "group": grants.GROUP}.get(recipient.get(_RECIPIENT, "user"))
    if kind is None:
        raise errors.Invalid("A recipient is a user or a group.")
    return f"{kind}:{recipient.get('objectId', '')}", wanted[0], when(sent.get("expirationDateTime"))


def change(house, environ, id, permission):
    """``PATCH /drives/{id}/root/permissions/{id}``"""
    role, said = changes(environ)
    grant = house.files.projects.set_member(environ["hearth.actor"], _space(house, environ, id).id, permission, role, **said)
    return view(house.people.everybody(), grant)


def changes(environ):
    """What a change of a permission says: the role or None, and ``{"expires": …}`` where that is to change."""
    sent = body.raw(environ, {"roles", "expirationDateTime"})
    wanted = sent.get("roles")
    if wanted is not None and (not isinstance(wanted, list) or len(wanted) != 1 or not isinstance(wanted[0], str)):
        raise errors.Invalid("One role is wanted.")
    return wanted and wanted[0], {"expires": when(sent["expirationDateTime"])} if "expirationDateTime" in sent else {}


def remove(house, environ, id, permission):
    """``DELETE /drives/{id}/root/permissions/{id}``"""
    house.files.projects.remove_member(environ["hearth.actor"], _space(house, environ, id).id, permission)
    return 204, None


def of(house, environ, space):
    """The members of a space within a drive: by names of roles in v1.0, by their ids in v1beta1."""
    everybody = house.people.everybody()
    shown = [view(everybody, grant) for grant in grants.read(space.grants).values()]
    if environ["PATH_INFO"].startswith("/graph/v1beta1/"):
        return list(filter(None, shown))
    return [{"grantedToIdentities": [each["grantedToV2"]], "grantedToV2": each["grantedToV2"], "roles": [_LEGACY.get(role, role) for role in each["roles"]]}
            for each in shown if each]


def space(house, environ, id):
    """A drive that the actor may know of. NotFound."""
    wanted = ids.ResourceId.parse(id)
    if wanted.storage and wanted.storage != house.files.storage_id or wanted.node != wanted.space:
        raise errors.NotFound("drive not found")
    try:
        return house.files.projects.get(environ["hearth.actor"], wanted.space)
    except errors.NotFound:
        return house.files.drive(environ["hearth.actor"], id)


def _space(house, environ, id):
    found = space(house, environ, id)
    if found.kind != "project":
        raise errors.Invalid("Only project spaces have members.")
    return found


def view(everybody, grant):
    """A membership or a share, which has its own id; None where nobody is behind it any more. ``everybody`` is who there is."""
    kind, _, id = grant.to.partition(":")
    known = (everybody.accounts if kind == grants.USER else everybody.groups).get(id)
    if known is None:
        return None
    to = {"user": identity(known)} if kind == grants.USER else {"group": {"displayName": known.name, "id": known.id}}
    giver = everybody.accounts.get(grant.by)
    return {"grantedToV2": to, "id": grant.to, "roles": [grant.role],
            **({"createdDateTime": time(grant.created)} if grant.created else {}),
            **({"expirationDateTime": time(grant.expires)} if grant.expires is not None else {}),
            **({"invitation": {"invitedBy": {"user": identity(giver)}}} if giver and giver.id != id else {})}


def when(text, end_of_day=False):
    """A time in RFC 3339, or the end of that day, as seconds since 1970; None for none. Invalid."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
        if when.tzinfo is None or not 0 < when.timestamp() < clock.now() + 200 * 366 * 86_400:
            raise ValueError
        when = when.replace(hour=23, minute=59, second=59, microsecond=0) if end_of_day else when
    except (ValueError, TypeError, OverflowError):
        raise errors.Invalid("The end is a time like 2027-01-31T23:59:59Z.") from None
    return when.timestamp()


def time(seconds):
    """The same the other way round."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

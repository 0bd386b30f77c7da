"""Shares of files and folders: what is shared, with whom, and changing that; what one received and gave."""
from appliance.core import errors, ids
from appliance.files import SHARES, SHARES_ROOT, is_all, is_received
from appliance.http import request
from appliance.protocols.graph import body, links, members, views


def permissions(house, environ, drive, id):
    """``GET /drives/{id}/items/{id}/permissions``"""
    node = _node(house, environ, drive, id)
    actor = environ["hearth.actor"]
    return members.asked(environ, {**members.choices(house.files.shares.roles_for(node)),
                                   "value": [*_permissions(house, house.people.everybody(), node, house.files.shares.of(actor, node)), *links.every(house, environ, node)]})


def permission(house, environ, drive, id, permission):
    """``GET /drives/{id}/items/{id}/permissions/{id}``"""
    node = _node(house, environ, drive, id)
    for found in (*_permissions(house, house.people.everybody(), node, house.files.shares.of(environ["hearth.actor"], node)), *links.every(house, environ, node)):
        if found["id"] == permission:
            return found
    raise errors.NotFound("There is no such share.")


def root_permission(house, environ, id, permission):
    """``GET /drives/{id}/root/permissions/{id}``"""
    for found in links.all_on_root(house, environ, id)["value"]:
        if found["id"] == permission:
            return found
    raise errors.NotFound("There is no such permission.")


def invite(house, environ, drive, id):
    """``POST /drives/{id}/items/{id}/invite``: with one person or group at a time, as OpenCloud wants it."""
    node = _node(house, environ, drive, id)
    to, role, expires = members.invitation(environ)
    grant = house.files.shares.give(environ["hearth.actor"], node, to, role, expires)
    return {"value": _permissions(house, house.people.everybody(), node, {to: grant})}


def change(house, environ, drive, id, permission):
    """``PATCH /drives/{id}/items/{id}/permissions/{id}``"""
    node = _node(house, environ, drive, id)
    if ids.is_uuid(permission):
        return links.change(house, environ, node, permission)
    role, changes = members.changes(environ)
    to = house.files.shares.named(node, permission)
    grant = house.files.shares.change(environ["hearth.actor"], node, to, role, **changes)
    return _permissions(house, house.people.everybody(), node, {to: grant})[0]


def remove(house, environ, drive, id, permission):
    """``DELETE /drives/{id}/items/{id}/permissions/{id}``"""
    node = _node(house, environ, drive, id)
    if ids.is_uuid(permission):
        return links.remove(house, environ, node, permission)
    house.files.shares.take(environ["hearth.actor"], node, house.files.shares.named(node, permission))
    return 204, None


def create_link(house, environ, drive, id):
    """``POST /drives/{id}/items/{id}/createLink``"""
    return links.make(house, environ, _node(house, environ, drive, id))


def set_password(house, environ, drive, id, permission):
    """``POST /drives/{id}/items/{id}/permissions/{id}/setPassword``"""
    return links.set_password(house, environ, _node(house, environ, drive, id), permission)


def received(house, environ, drive, id):
    """``GET /drives/{Shares}/items/{id}``"""
    return _received(house, [_mount(house, environ, drive, id)])[0]


def leave(house, environ, drive, id):
    """``DELETE /drives/{Shares}/items/{id}``: takes what one received out of the Shares space; it stays shared, and can be put back."""
    house.files.mounts.put_aside(environ["hearth.actor"], _mount(house, environ, drive, id), declined=True)
    return 204, None


def accept(house, environ, drive):
    """``POST /drives/{Shares}/root/children``: puts what one received into the Shares space again, by the id it has where it lies."""
    if not is_all(drive, ""):
        raise errors.Invalid("Only what was shared with you can be put here, and only into the Shares space.")
    actor, sent = environ["hearth.actor"], body.read(environ, {"name": str, "remoteItem": dict})      # the name is that of what was shared
    id = body.checked(sent.get("remoteItem", {}), {"id": str}).get("id", "")
    for mount in house.files.mounts.received(actor):
        if house.files.resource_id(mount.share.node) == id:
            return 201, _received(house, [house.files.mounts.put_aside(actor, mount, declined=False)])[0]
    raise errors.NotFound("There is no such share.")


def hide(house, environ, drive, id):
    """``PATCH /drives/{Shares}/items/{id}``: whether what one received is to be left out of lists."""
    sent = body.read(environ, {"@UI.Hidden": bool})
    if not sent:
        raise errors.Invalid('Only "@UI.Hidden" can be changed here.')
    return _received(house, [house.files.mounts.put_aside(environ["hearth.actor"], _mount(house, environ, drive, id), hidden=sent["@UI.Hidden"])])[0]


def _mount(house, environ, drive, id):
    if not is_received(drive) or not is_received(id) or is_all(id, ""):
        raise errors.Invalid("This is not in the Shares space.")
    return house.files.mounts.find(environ["hearth.actor"], id.partition("!")[2])


def with_me(house, environ):
    """``/me/drive/sharedWithMe``; ``$expand=thumbnails`` adds where small pictures are."""
    mounts = house.files.mounts.received(environ["hearth.actor"])
    return {"value": [{**shown, **_thumbnails(house, environ, mount.share.node)} for mount, shown in zip(mounts, _received(house, mounts))]}


def by_me(house, environ):
    """``/me/drive/sharedByMe``; ``$expand=thumbnails`` adds where small pictures are."""
    actor, everybody, found = environ["hearth.actor"], house.people.everybody(), {}
    for share in house.files.shares.by_me(actor):
        found[share.node.id] = share.node, share.space, _permissions(house, everybody, share.node, share.grants)
    for linked in house.files.links.by_me(actor):
        shown = [links.view(environ, link) for link in linked.links.values()]
        node, space, before = found.get(linked.node.id, (linked.node, linked.space, []))
        found[node.id] = node, space, before + shown
    facts = house.previews.facts([node for node, _, _ in found.values()])
    return {"value": [{**_given(house, facts.get(each[0].id, {}), *each), **_thumbnails(house, environ, each[0])}
                      for each in sorted(found.values(), key=lambda each: each[0].name.casefold())]}


def _thumbnails(house, environ, node):
    wanted = "thumbnails" in ",".join(request.query(environ).get("$expand", ())).split(",")
    return views.thumbnails(house, environ, node) if wanted else {}


def _node(house, environ, drive, id):
    """The node, which must be of that drive. NotFound."""
    wanted = ids.ResourceId.parse(id)
    if ids.ResourceId.parse(drive).space != wanted.space:
        raise errors.NotFound("There is no such item in this drive.")
    return house.files.find(environ["hearth.actor"], wanted)


def _permissions(house, everybody, node, held):
    """Grants as permissions; those with nobody behind them any more are left out."""
    return [{**shown, "id": house.files.shares.id(node, to)} for to, grant in held.items() if (shown := members.view(everybody, grant))]


def _given(house, facts, node, space, permissions):
    drive, above = f"{house.files.storage_id}${space.id}", node.path.rpartition("/")[0]
    parent = {"driveId": drive, "driveType": space.kind, "id": f"{drive}!{node.parent or node.id}", "name": above.rpartition("/")[2] or "/", "path": "/" + above}
    return {**views.item(house, node), **facts, "parentReference": parent, "permissions": permissions}


def _received(house, mounts):
    """What was received, as members of the collection of all that was, and what they are where they lie."""
    everybody, facts = house.people.everybody(), house.previews.facts([mount.share.node for mount in mounts])
    return [_mounted(house, everybody, facts.get(mount.share.node.id, {}), mount) for mount in mounts]


def _mounted(house, everybody, facts, mount):
    share = mount.share
    drive, item = f"{house.files.storage_id}${share.space.id}", {**views.item(house, share.node), **facts}
    owner = everybody.accounts.get(share.space.owner)
    made = {"createdBy": {"user": views.identity(owner)}} if owner else {}
    remote = {**item, **made, "parentReference": {"driveId": f"{drive}!{share.space.id}", "driveType": share.space.kind},
              "permissions": _permissions(house, everybody, share.node, share.grants)}
    return {**item, **made, "id": mount.resource_id, "name": mount.name, "@UI.Hidden": mount.hidden, "@client.synchronize": not mount.declined,
            "parentReference": {"driveId": SHARES, "driveType": "virtual", "id": SHARES_ROOT}, "remoteItem": remote}

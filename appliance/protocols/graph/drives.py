"""Drives, which is what Graph calls spaces."""
import re
from urllib.parse import quote

from appliance.core import errors, ids
from appliance.files import SHARES, etag_of_mounts
from appliance.http import request
from appliance.identity import roles
from appliance.protocols.graph import body, members, odata, views

TRASHED = "@libre.graph.hasTrashedItems"
_UNLIMITED = (1 << 63) - 1
_README = b"# Welcome\n\nThis space belongs to all who are members of it. Write here what it is for.\n"


def home(house, environ):
    """``/me/drive``"""
    return view(house, environ, house.files.home(environ["hearth.actor"]))


def mine(house, environ):
    """``/me/drives``: every drive that the person may see, disabled ones that they manage among them."""
    actor = environ["hearth.actor"]
    if actor.role != "guest":
        house.files.home(actor)                     # made at the latest now
    spaces = house.files.spaces(actor)
    received = [] if actor.scoped else _received(house, environ)
    return _listed(house, environ, spaces + [space for space in house.files.projects.seen(actor) if space.disabled], received)


def every(house, environ):
    """``/drives``: for who may list them, all project spaces too, whoever their members are."""
    actor = environ["hearth.actor"]
    if not roles.allowed(actor, "Drives.List"):
        return mine(house, environ)
    return _listed(house, environ, [space for space in house.files.spaces(actor) if space.kind != "project"] + house.files.projects.every(actor))


def _received(house, environ):
    """The Shares space, and each thing in it as a drive of its own."""
    url, actor = environ["hearth.url"], environ["hearth.actor"]
    mounts = house.files.mounts.all(actor)
    newest = {"lastModifiedDateTime": views.time(max(mount.share.node.mtime_ns for mount in mounts))} if mounts else {}
    everything = {"driveAlias": "virtual/shares", "driveType": "virtual", "id": SHARES, **newest, "name": "Shares", "owner": _owner(actor.id),
                  "root": {"eTag": f'"{etag_of_mounts(mounts)}"', "id": SHARES, "webDavUrl": f"{url}/dav/spaces/{SHARES}"}, "webUrl": f"{url}/f/{SHARES}"}
    return [everything, *(_mountpoint(house, url, mount) for mount in mounts)]


def _mountpoint(house, url, mount):
    node, space, drive = mount.share.node, mount.share.space, f"{house.files.storage_id}${mount.share.space.id}"
    id = mount.resource_id
    item = {**views.item(house, node), "driveAlias": space.alias, "path": "/" + node.name, "rootId": f"{drive}!{space.id}",
            "webDavUrl": f"{url}/dav/spaces/{quote(house.files.resource_id(node), safe='$')}"}
    return {"driveAlias": f"mountpoint/{mount.name.lower()}", "driveType": "mountpoint", "id": id, "name": mount.name, "owner": _owner(space.owner or space.id),
            "root": {"id": id, "remoteItem": item, "webDavUrl": f"{url}/dav/spaces/{quote(id, safe='$:')}"}, "webUrl": f"{url}/f/{quote(id, safe='$:')}"}


def _owner(id):
    return {"user": {"displayName": "", "id": id}}


def _listed(house, environ, spaces, more=()):
    """``$filter`` and ``$orderby`` applied."""
    asked = odata.query(request.query(environ), {"filter", "orderby", "expand", "select", "top", "skip"})
    permissions = "root" in asked.expand
    trashed = TRASHED in asked.select
    found = [*(view(house, environ, space, permissions, trashed) for space in spaces), *more]
    return {"value": asked.page(_ordered(list(filter(odata.predicate(asked.filter, _leaf), found)), asked.orderby))}


def one(house, environ, id):
    """``GET /drives/{id}``"""
    asked = odata.query(request.query(environ), {"expand", "select"})
    return view(house, environ, members.space(house, environ, id), "root" in asked.expand, TRASHED in asked.select)


def make(house, environ):
    """``POST /drives``: a project space."""
    sent = body.read(environ, {"name": str, "driveType": str, "description": str, "driveAlias": str, "quota": dict})
    if sent.get("driveType", "") not in ("", "project"):
        raise errors.Invalid("Only drives of the type project can be made.")
    space = house.files.projects.make(environ["hearth.actor"], sent.get("name", ""), sent.get("description", ""), _total(sent), sent.get("driveAlias", ""))
    if request.query(environ).get("template") == ["default"]:
        space = _furnish(house, environ["hearth.actor"], space)
    return 201, view(house, environ, space, True)


def _furnish(house, actor, space):
    """Put a readme into a new space, as OpenCloud's template does."""
    files = house.files
    folder = files.make_folder(actor, files.node(actor, space), ".space")
    writing = files.write(actor, folder, "readme.md", len(_README), space=space)
    try:
        writing.write(_README)
        node, _ = writing.commit()
    except BaseException:
        writing.abort()
        raise
    return files.projects.change(actor, space.id, special={"readme": node.id})


def change(house, environ, id):
    """``PATCH /drives/{id}``: name, description, alias, quota, readme and image; the header ``Restore: T`` enables a disabled one."""
    actor, space = environ["hearth.actor"], members.space(house, environ, id)
    sent = body.read(environ, {"name": str, "description": str, "driveAlias": str, "quota": dict, "special": list, "root": dict})
    total = _total(sent)
    if space.kind == "personal":
        if sent.keys() - {"quota"}:
            raise errors.Invalid("Only the quota of somebody's own space can be changed.")
        if total is not None:
            house.administration.change(actor, space.owner, quota=total)
        return view(house, environ, house.files.drive(actor, id))
    wanted = {name: sent[member] for name, member in (("name", "name"), ("description", "description"), ("alias", "driveAlias")) if member in sent}
    if total is not None:
        wanted["quota"] = total
    if "special" in sent:
        wanted["special"] = _special(sent["special"])
    if _true(environ.get("HTTP_RESTORE")):
        house.files.projects.enable(actor, space.id)
    return view(house, environ, house.files.projects.change(actor, space.id, **wanted), True)


def remove(house, environ, id):
    """``DELETE /drives/{id}``: disables a project space; with the header ``Purge: T`` a disabled one goes to the trash of the box."""
    actor, space = environ["hearth.actor"], members.space(house, environ, id)
    if space.kind != "project":
        raise errors.Forbidden("Somebody's own space goes with its owner.")
    (house.files.projects.purge if _true(environ.get("HTTP_PURGE")) else house.files.projects.disable)(actor, space.id)
    return 204, None


def _total(sent):
    return body.checked(sent.get("quota", {}), {"total": int}).get("total")


def _special(sent):
    """``[{"id": …, "specialFolder": {"name": "readme"}}]`` as name -> id."""
    found = {}
    for each in sent[:10]:
        each = body.checked(each, {"id": str, "specialFolder": dict})
        found[body.checked(each.get("specialFolder", {}), {"name": str}).get("name", "")] = each.get("id", "")
    return found


def _true(header):
    """A truth as Go reads it."""
    return (header or "").strip() in ("1", "t", "T", "true", "True", "TRUE")


def of(house, environ, account):
    """The drive of an account for somebody who may know of it; None where there is none yet."""
    space = house.files.drive_of(environ["hearth.actor"], account.id)
    return space and view(house, environ, space)


def view(house, environ, space, permissions=False, trashed=False):
    """A space as Graph shows it; with its members, always in v1.0, and whether there is anything in its trash, where that is wanted."""
    url, id = environ["hearth.url"], f"{house.files.storage_id}${space.id}"
    owner = house.files.owner(space) if space.kind == "personal" else None
    root = {"eTag": f'"{space.root.etag}"', "id": id, "webDavUrl": f"{url}/dav/spaces/{id}"}
    if space.disabled:
        root["deleted"] = {"state": "trashed"}
    if space.kind == "project" and (permissions or environ["PATH_INFO"].startswith("/graph/v1.0/")):
        root["permissions"] = members.of(house, environ, space)
    special = [] if space.disabled else _specials(house, environ, space, id)
    return {
        "driveAlias": space.alias, "driveType": space.kind, "id": id, "lastModifiedDateTime": views.time(space.root.mtime_ns),
        "name": owner.display_name if owner else space.name, **({"description": space.description} if space.description else {}),
        "owner": {"user": {"displayName": owner.display_name if owner else "", "id": owner.id if owner else space.id}},
        "quota": {"total": space.quota} if space.disabled else _shown_quota(house, environ, space),
        "root": root, **({"special": special} if special else {}), "webUrl": f"{url}/f/{id}",
        **({TRASHED: _any_trashed(house, environ, space)} if trashed else {}),
    }


def _any_trashed(house, environ, space):
    try:
        return bool(house.files.trash_list(environ["hearth.actor"], space))
    except (errors.NotFound, errors.Forbidden):     # who may not look is told of none
        return False


def _shown_quota(house, environ, space):
    try:
        return _quota(*house.files.quota(environ["hearth.actor"], space), space.quota)
    except errors.NotFound:                         # of a space that an administrator lists and is no member of
        used = space.root.size
        return _quota(used, max(0, space.quota - used) if space.quota else None, space.quota)


def _specials(house, environ, space, id):
    """The readme and the image of a space, where the actor can see them."""
    found = []
    for name, named in space.special.items():
        try:
            node = house.files.find(environ["hearth.actor"], ids.ResourceId("", space.id, named))
        except errors.NotFound:
            continue
        path = quote(node.path)
        found.append({"id": house.files.resource_id(node), "name": node.name, "eTag": f'"{node.etag}"', "size": node.size,
                      "file": views.file(node), "specialFolder": {"name": name},
                      "lastModifiedDateTime": views.time(node.mtime_ns), "webDavUrl": f"{environ['hearth.url']}/dav/spaces/{id}/{path}"})
    return found


def _quota(used, remaining, total):
    if remaining is None:
        return {"remaining": _UNLIMITED, "state": "normal", "total": 0, "used": used}
    share = used / total if total else 1
    state = "normal" if share <= .75 else "nearing" if share <= .9 else "critical" if share <= .99 else "exceeded"
    return {"remaining": remaining, "state": state, "total": total, "used": used}


def _leaf(leaf):
    """OpenCloud knows ``driveType eq '…'`` and ``id eq '…'``, and ignores other members."""
    if not isinstance(leaf, odata.Compare) or leaf.operator != "eq":
        raise errors.Unsupported("A $filter of drives knows only eq.")
    return lambda drive: leaf.path not in ("driveType", "id") or drive[leaf.path] == leaf.value


def _ordered(every, orderby):
    for member, descending in reversed(orderby):
        if member not in ("name", "lastModifiedDateTime"):
            raise errors.Invalid("Drives are ordered by name or lastModifiedDateTime.")
        every = sorted(every, key=lambda drive, member=member: _natural(drive.get(member, "")), reverse=descending)
    return every


def _natural(text):
    """Numbers within names in the order of numbers, letters without regard to case."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in re.split(r"(\d+)", text)]

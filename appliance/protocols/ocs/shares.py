"""Sharing as ownCloud's and Nextcloud's clients still ask for it (OCS Share API): people, groups and links, made, listed, changed and ended.

What may be done stands in bits here: 1 read, 2 update, 4 create, 8 delete, 16 share. A set of bits never becomes more than it says.
"""
import json
import mimetypes
from datetime import UTC, datetime

from appliance.core import clock, errors, ids
from appliance.http import forms, request
from appliance.sharing import grants

USER, GROUP, LINK = 0, 1, 3                         # share types
ACCEPTED, DECLINED = 0, 2                           # states of what was received; nothing is pending
_STATES = {"all": (ACCEPTED, DECLINED), "1": (), "2": (DECLINED,)}
LARGEST = 1 << 16                                   # bytes of a body
SHOWN = 200                                         # people and groups that a search answers at most
_VIEWER, _UPLOADER, _EDITOR, _FILE_EDITOR = ("b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "1c996275-f1c9-4e71-abdf-a42f6495e960",
                                             "fb6c3e19-e378-47e5-b277-9732f9de6e21", "2d00ce52-1fc2-4dbc-8b95-a73b73395f5a")
_ON_FOLDERS, _ON_FILES = {1: _VIEWER, 5: _UPLOADER, 15: _EDITOR}, {1: _VIEWER, 3: _FILE_EDITOR}
_NAMED = {"viewer": _VIEWER, "uploader": _UPLOADER, "editor": _EDITOR, "file-editor": _FILE_EDITOR}
_LINKS = {0: "internal", 1: "view", 3: "edit", 4: "createOnly", 5: "upload", 15: "edit"}
_BITS = {**{role: bits for bits, role in (*_ON_FOLDERS.items(), *_ON_FILES.items())}, "internal": 0, "view": 1, "createOnly": 4, "upload": 5}


def every(house, environ):
    """``GET /shares``: what one gave; with ``shared_with_me`` what one received, in a ``state``; with a ``path`` or ``space_ref`` what there is on that, or
    with ``subfiles`` on what is in it."""
    actor, asked = environ["hearth.actor"], _asked(environ)
    kinds = {int(each) for each in asked.get("share_types", "").split(",") if each.isascii() and each.isdigit()} or {USER, GROUP, LINK}
    node = _node(house, actor, asked) if asked.get("path") or asked.get("space_ref") or asked.get("space") else None
    if _true(asked, "shared_with_me"):
        states, hidden = _STATES.get(asked.get("state"), (ACCEPTED,)), _true(asked, "show_hidden")
        found = [share for share in _received(house, environ) if share["state"] in states and (hidden or not share["hidden"])
                 and (node is None or share["item_source"] == house.files.resource_id(node))]
    elif node and _true(asked, "subfiles"):
        space = house.files.space_of(actor, node)
        found = [share for some in house.files.children(actor, node, space) for each in _shared(house, actor, some, space)
                 for share in _on(house, environ, each)]
    elif node:
        found = _on(house, environ, node)
    else:
        found = _given(house, environ)
    return [share for share in found if share["share_type"] in kinds]


def one(house, environ, id):
    """``GET /shares/{id}``, for who received it or may share what it is on."""
    for share in _received(house, environ):
        if share["id"] == id:
            return [share]
    node, _ = _find(house, environ["hearth.actor"], id)
    return [share for share in _on(house, environ, node) if share["id"] == id]


def make(house, environ):
    """``POST /shares``"""
    actor, sent = environ["hearth.actor"], _sent(environ)
    if sent.get("shareType") not in ("0", "1", "3"):
        raise errors.Invalid("The shareType is 0 for a person, 1 for a group, 3 for a link.")
    node = _node(house, actor, sent)
    if sent["shareType"] == "3":
        bits = _number(sent, "permissions", 15 if sent.get("publicUpload") == "true" and node.folder else 1)
        link = house.files.links.make(actor, node, _link_kind(bits), password=sent.get("password") or None, name=sent.get("name", ""),
                                      quick=sent.get("quicklink") == "true", **({"expires": _end(sent["expireDate"])} if sent.get("expireDate") else {}))
        return _link(house, environ, node, link)
    house.files.shares.require(actor, node)         # who may not share learns nothing of who there is
    to = _receiver(house, sent)
    grant = house.files.shares.give(actor, node, to, _role(sent, node), _end(sent.get("expireDate", "")))
    return _share(house, environ, node, to, grant)


def change(house, environ, id):
    """``PUT /shares/{id}``"""
    actor, sent = environ["hearth.actor"], _sent(environ)
    node, to = _find(house, actor, id)
    if to is None:
        wanted = {}
        if "permissions" in sent:
            wanted["kind"] = _link_kind(_number(sent, "permissions", 1))
        if "expireDate" in sent:
            wanted["expires"] = _end(sent["expireDate"])
        if "password" in sent:
            wanted["password"] = sent["password"] or None
        if "name" in sent:
            wanted["name"] = sent["name"]
        return _link(house, environ, node, house.files.links.change(actor, node, id, **wanted))
    role = _role(sent, node) if "permissions" in sent or "role" in sent else None
    expires = {"expires": _end(sent["expireDate"])} if "expireDate" in sent else {}
    return _share(house, environ, node, to, house.files.shares.change(actor, node, to, role, **expires))


def remove(house, environ, id):
    """``DELETE /shares/{id}``"""
    actor = environ["hearth.actor"]
    node, to = _find(house, actor, id)
    if to is None:
        house.files.links.remove(actor, node, id)
    else:
        house.files.shares.take(actor, node, to)
    return []


def accept(house, environ, id):
    """``POST /shares/pending/{id}``: puts what one received into the Shares space."""
    return _put_aside(house, environ, id, declined=False)


def decline(house, environ, id):
    """``DELETE /shares/pending/{id}``: takes it out of there; it stays shared."""
    return _put_aside(house, environ, id, declined=True)


def hide(house, environ, id):
    """``PUT /shares/pending/{id}?hidden=true``, or ``false``"""
    return _put_aside(house, environ, id, hidden=_true(_asked(environ), "hidden"))


def _put_aside(house, environ, id, **wanted):
    actor = environ["hearth.actor"]
    mount = house.files.mounts.find(actor, id)
    if wanted.get("declined") != mount.declined:    # said twice it is the same
        house.files.mounts.put_aside(actor, mount, **wanted)
    return [share for share in _received(house, environ) if share["id"] == id]


def sharees(house, environ):
    """``GET /sharees``: with whom something could be shared, by name."""
    actor, asked = environ["hearth.actor"], _asked(environ)
    term = asked.get("search", "").strip()
    if not term:
        raise errors.Invalid("Say whom you look for in the parameter search.")
    try:
        people, groups = house.administration.accounts(actor, term), house.administration.groups(actor, term)
    except errors.Forbidden:                        # too short for who may not see everybody
        people, groups = [], []
    most = min(SHOWN, int(asked["perPage"]) if asked.get("perPage", "").isdigit() and len(asked["perPage"]) < 5 else SHOWN)
    found = {"exact": {"users": [], "groups": [], "remotes": []}, "users": [], "groups": [], "remotes": []}
    for account in people[:most]:
        if account.id != actor.id:
            exact = term.casefold() in (account.name.casefold(), account.display_name.casefold(), account.id, account.email.casefold())
            (found["exact"] if exact else found)["users"].append(_sharee(USER, account.display_name, account.name, int(account.role == "guest")))
    for group in groups[:most]:
        (found["exact"] if term.casefold() == group.name.casefold() else found)["groups"].append(_sharee(GROUP, group.name, group.name, 0))
    return found


def _sharee(kind, label, name, guest):
    return {"label": label, "value": {"shareType": kind, "shareWith": name, "shareWithProvider": "", "shareWithAdditionalInfo": name, "userType": guest}}


def token_info(house, environ, token):
    """``GET /tokeninfo/unprotected/{token}``, for everybody: whether a password is wanted, and who shows it learns what the link is to."""
    node, link = house.files.links.find(token)
    known = {"token": link.token, "link_url": f"/s/{link.token}", "password_protected": bool(link.password), "alias_link": link.kind == "internal"}
    if link.kind == "internal":
        return known
    try:
        house.files.links.open(token, request.origin(environ), password=request.basic_password(environ))
    except errors.Unauthenticated:
        return {**known, "alias_link": False}
    id = house.files.resource_id(node)
    return {**known, "id": id, "storage_id": house.files.storage_id, "space_id": node.space, "opaque_id": node.id, "path": "/" + node.name}


def my_token_info(house, environ, token):
    """``GET /tokeninfo/protected/{token}``, for who is signed in: also where it lies, if they may see that."""
    known, (node, _) = token_info(house, environ, token), house.files.links.find(token)
    try:
        space = house.files.space(environ["hearth.actor"], node.space)
        house.files.find(environ["hearth.actor"], house.files.resource_id(node))
    except errors.NotFound:
        return known
    return {**known, "id": house.files.resource_id(node), "storage_id": house.files.storage_id, "space_id": node.space, "opaque_id": node.id,
            "path": "/" + node.path, "space_path": node.path, "space_alias": space.alias, "space_type": space.kind,
            "space_url": f"{environ['hearth.url']}/f/{house.files.storage_id}${space.id}"}


# From a request to what it means.

def _asked(environ):
    return {name: values[-1] for name, values in request.query(environ).items()}


def _true(asked, name):
    return asked.get(name) in ("1", "t", "T", "true", "True", "TRUE")


def _sent(environ):
    """The members of a form, or of a JSON object, as texts."""
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if not kind and not request.length(environ):
        return {}
    if kind != "application/json":
        return dict(forms.read(environ, LARGEST))
    try:
        sent = json.loads(request.body(environ, LARGEST).decode())
    except (ValueError, RecursionError):
        raise errors.Invalid("The body is no JSON.") from None
    if not isinstance(sent, dict) or not all(isinstance(value, (str, int, bool, type(None))) for value in sent.values()):
        raise errors.Invalid("The body must be an object of texts and numbers.")
    return {name: json.dumps(value) if isinstance(value, bool) else "" if value is None else str(value) for name, value in sent.items()}


def _node(house, actor, asked):
    """What is meant: by ``space_ref``, by ``space`` and ``path``, or by a ``path`` in one's own space."""
    path = asked.get("path", "").strip("/")
    if any(part in (".", "..", "") for part in path.split("/")) and path:
        raise errors.Invalid("This is not a path.")
    if reference := asked.get("space_ref") or asked.get("space"):
        return house.files.find(actor, ids.ResourceId.parse(reference), path)
    return house.files.node(actor, house.files.home(actor), path)


def _receiver(house, sent):
    everybody, name = house.people.everybody(), sent.get("shareWith", "")
    known, kind = (everybody.account(name), grants.USER) if sent["shareType"] == "0" else (everybody.group(name), grants.GROUP)
    if known is None:
        raise errors.NotFound("There is no such person or group.")
    return f"{kind}:{known.id}"


def _role(sent, node):
    if sent.get("role"):
        if sent["role"] not in _NAMED:
            raise errors.Invalid("The role is viewer, uploader, editor or file-editor.")
        return _NAMED[sent["role"]]
    bits = _number(sent, "permissions", 1)
    role = (_ON_FOLDERS if node.folder else _ON_FILES).get(bits & (15 if node.folder else 3)) if bits < 32 else None
    if role is None:
        raise errors.Invalid("These permissions make no role: 1 is to view, 15 to edit a folder, 5 to upload into one, 3 to edit a file.")
    return role


def _link_kind(bits):
    if bits & 15 not in _LINKS or bits > 31:
        raise errors.Invalid("These permissions are none of a link: 1 is to view, 3 or 15 to edit, 5 to upload, 4 to drop, 0 for who may go there anyway.")
    return _LINKS[bits & 15]


def _number(sent, name, usual):
    text = sent.get(name) or str(usual)
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise errors.Invalid(f'"{name}" is a number.')
    return int(text)


def _end(text):
    """A day (its end) or a time as seconds since 1970; None for no end."""
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
        when = when.replace(hour=23, minute=59, second=59, tzinfo=UTC) if len(text) == 10 else when if when.tzinfo else when.replace(tzinfo=UTC)
        if not 0 < when.timestamp() < clock.now() + 200 * 366 * 86_400:
            raise ValueError
    except (ValueError, OverflowError):
        raise errors.Invalid("The expireDate is a day like 2027-01-31.") from None
    return when.timestamp()


def _find(house, actor, id):
    """The node that a share or a link is on, and whom it is with, None for a link; for who may share that node. NotFound."""
    return (house.files.links.held(actor, id), None) if ids.is_uuid(id) else house.files.shares.held(actor, id)


# From what there is to an answer.

def _given(house, environ):
    actor = environ["hearth.actor"]
    shares = [_share(house, environ, share.node, to, grant) for share in house.files.shares.by_me(actor) for to, grant in share.grants.items()]
    return [share for share in shares if share] + [_link(house, environ, linked.node, link) for linked in house.files.links.by_me(actor)
                                                   for link in linked.links.values()]


def _received(house, environ):
    return [shown for mount in house.files.mounts.received(environ["hearth.actor"]) for to, grant in mount.share.grants.items()
            if (shown := _share(house, environ, mount.share.node, to, grant, mount))]


def _on(house, environ, node):
    actor = environ["hearth.actor"]
    shares = [_share(house, environ, node, to, grant) for to, grant in house.files.shares.of(actor, node).items()]
    return [share for share in shares if share] + [_link(house, environ, node, link) for link in house.files.links.of(actor, node).values()]


def _shared(house, actor, nodes, space):
    """Those of these nodes that are shared, as far as the actor may know."""
    kinds = house.files.shares.kinds(actor, nodes, space)
    return [node for node in nodes if node.id in kinds]


def _share(house, environ, node, to, grant, mount=None):
    """A share, as given, or received as a Mount; None where nobody is behind it any more."""
    everybody, (kind, _, id) = house.people.everybody(), to.partition(":")
    known = (everybody.accounts if kind == grants.USER else everybody.groups).get(id)
    if known is None:
        return None
    target, received = f"/Shares/{mount.name if mount else node.name}", {}
    if mount:
        received = {"path": f"/{node.name}" if mount.declined else target, "state": DECLINED if mount.declined else ACCEPTED, "hidden": mount.hidden}
    return {**_about(house, environ, node, grant.by, grant.created, target), **received, "id": house.files.shares.id(node, to), "share_type": USER if kind == grants.USER else GROUP,
            "permissions": _BITS.get(grant.role, 1), "expiration": _time(grant.expires, "%Y-%m-%dT%H:%M:%SZ"), "token": "", "share_with": known.name,
            "share_with_user_type": 0, "share_with_displayname": getattr(known, "display_name", known.name), "share_with_additional_info": known.name, "name": ""}


def _link(house, environ, node, link):
    secret = {"share_with": "***redacted***", "share_with_displayname": "***redacted***"} if link.password else {}
    return {**_about(house, environ, node, link.by, link.created, f"/{node.name}"), "id": link.id, "share_type": LINK,
            "permissions": _BITS.get(link.kind, 15 if node.folder else 3), "expiration": _time(link.expires, "%Y-%m-%d %H:%M:%S"), "token": link.token, **secret,
            "name": link.name, "url": f"{environ['hearth.url']}/s/{link.token}", "quicklink": link.quick}


def _about(house, environ, node, by, created, target):
    files, actor = house.files, environ["hearth.actor"]
    space = files.space_of(actor, node)
    owner, giver = files.owner(space), house.people.everybody().accounts.get(by)
    drive = f"{files.storage_id}${space.id}"
    who = {"uid": giver.name if giver else "", "displayname": giver.display_name if giver else ""}
    whose = {"uid": owner.name if owner else who["uid"], "displayname": owner.display_name if owner else who["displayname"]}
    return {"uid_owner": who["uid"], "displayname_owner": who["displayname"], "additional_info_owner": who["uid"], "stime": int(created), "parent": "",
            "uid_file_owner": whose["uid"], "displayname_file_owner": whose["displayname"], "additional_info_file_owner": whose["uid"], "state": ACCEPTED,
            "path": f"/{files.path_of(actor, node)}", "item_type": "folder" if node.folder else "file",
            "mimetype": "httpd/unix-directory" if node.folder else mimetypes.guess_type(node.name)[0] or "application/octet-stream",
            "space_id": f"{drive}!{space.id}", "space_alias": space.alias, "storage_id": f"shared::{target}", "storage": 0,
            "item_source": files.resource_id(node), "file_source": files.resource_id(node), "file_parent": f"{drive}!{node.parent or node.id}",
            "file_target": target, "mail_send": 0, "hidden": False}


def _time(seconds, form):
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime(form)

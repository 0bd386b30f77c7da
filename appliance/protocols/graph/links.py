"""Links as permissions of Graph: of an item, and of the root of a project space."""
from appliance.core import errors, ids
from appliance.protocols.graph import body, members

_TYPE, _NAME, _QUICK, _QUOTA = "type", "@libre.graph.displayName", "@libre.graph.quickLink", "@hearth.quota"


def every(house, environ, node):
    """The links on a node, as permissions."""
    return [view(environ, link) for link in house.files.links.of(environ["hearth.actor"], node).values()]


def make(house, environ, node):
    """Make a link as the body says."""
    sent = body.raw(environ, {_TYPE, "password", "expirationDateTime", "displayName", _QUICK, _QUOTA})
    said = _said(sent)
    kind = sent.get(_TYPE, "view")
    link = house.files.links.make(environ["hearth.actor"], node, kind if isinstance(kind, str) else "", password=_text(sent, "password"),
                                  name=_text(sent, "displayName") or "", quick=sent.get(_QUICK) is True, **said)
    return view(environ, link)


def change(house, environ, node, id):
    """Change what the body names: the end, and within ``link`` type, name and quota."""
    sent = body.raw(environ, {"expirationDateTime", "link"})
    inside = sent.get("link", {})
    if not isinstance(inside, dict) or not inside.keys() <= {_TYPE, _NAME, _QUOTA, _QUICK, "webUrl", "preventsDownload"}:
        raise errors.Invalid("What can be changed of a link is its type, its @libre.graph.displayName and its end.")
    wanted = _said({**sent, **inside})
    if _TYPE in inside:
        wanted["kind"] = inside[_TYPE] if isinstance(inside[_TYPE], str) else ""
    if _NAME in inside:
        wanted["name"] = _text(inside, _NAME) or ""
    return view(environ, house.files.links.change(environ["hearth.actor"], node, id, **wanted))


def set_password(house, environ, node, id):
    """Give a link another password, or none."""
    if not ids.is_uuid(id):
        raise errors.Invalid("Only links have passwords.")
    sent = body.raw(environ, {"password"})
    return view(environ, house.files.links.change(environ["hearth.actor"], node, id, password=_text(sent, "password")))


def remove(house, environ, node, id):
    """Take a link away."""
    house.files.links.remove(environ["hearth.actor"], node, id)
    return 204, None


def all_on_root(house, environ, id):
    """``GET /drives/{id}/root/permissions``: members and links."""
    found = members.every(house, environ, id)
    try:
        node = root(house, environ, id)
    except errors.NotFound:                         # who may list all spaces sees nothing that is in them
        return members.asked(environ, found)
    return members.asked(environ, {**found, "value": [*found["value"], *every(house, environ, node)]})


def change_on_root(house, environ, id, permission):
    """``PATCH /drives/{id}/root/permissions/{id}``"""
    if not ids.is_uuid(permission):
        return members.change(house, environ, id, permission)
    return change(house, environ, root(house, environ, id), permission)


def remove_on_root(house, environ, id, permission):
    """``DELETE /drives/{id}/root/permissions/{id}``"""
    if not ids.is_uuid(permission):
        return members.remove(house, environ, id, permission)
    return remove(house, environ, root(house, environ, id), permission)


def on_root(house, environ, id):
    """``POST /drives/{id}/root/createLink``"""
    return make(house, environ, root(house, environ, id))


def password_on_root(house, environ, id, permission):
    """``POST /drives/{id}/root/permissions/{id}/setPassword``"""
    return set_password(house, environ, root(house, environ, id), permission)


def root(house, environ, id):
    """The root of a drive. NotFound."""
    return house.files.node(environ["hearth.actor"], members.space(house, environ, id))


def view(environ, link):
    """A link as a permission."""
    return {"id": link.id, "hasPassword": bool(link.password), "createdDateTime": members.time(link.created),
            **({"expirationDateTime": members.time(link.expires)} if link.expires is not None else {}),
            "link": {_TYPE: link.kind, "webUrl": f"{environ['hearth.url']}/s/{link.token}", "preventsDownload": False, _NAME: link.name, _QUICK: link.quick,
                     "@hearth.visits": link.visits, **({_QUOTA: link.quota} if link.quota is not None else {})}}


def _said(sent):
    said = {}
    if "expirationDateTime" in sent:
        said["expires"] = members.when(sent["expirationDateTime"], end_of_day=True)
    if _QUOTA in sent:
        said["quota"] = sent[_QUOTA]
    return said


def _text(sent, name):
    text = sent.get(name)
    if text is not None and not isinstance(text, str):
        raise errors.Invalid(f'"{name}" is a text.')
    return text

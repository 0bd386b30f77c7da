"""The trash over WebDAV: ``/dav/spaces/trash-bin/{space}`` and ``/dav/trash-bin/{user}``, list, restore, purge, empty."""
from datetime import UTC, datetime

from appliance.core import errors
from appliance.protocols.webdav import addresses, answers, conditions, places
from appliance.protocols.webdav.multistatus import Asked
from appliance.protocols.webdav.properties import DAV, OC, http_date
from appliance.protocols.webdav.xmlbody import escape


def answer(house, environ, start_response, target):
    """Answer a request whose address lies in a trash."""
    verb = _VERBS.get(environ["REQUEST_METHOD"])
    if verb is None:
        raise answers.Refused(501, "The trash does not know this method.")
    return verb(house, environ, start_response, target)


def _where(house, environ, target):
    """The actor, the space whose trash it is, the key of a thing in it ("" for all) and a path inside that thing."""
    actor = environ["hearth.actor"]
    key, _, sub = target.path.partition("/")
    if "/spaces/" in target.base:
        return actor, house.files.space(actor, target.root), key, sub
    if target.root not in (actor.name, actor.id):
        raise errors.NotFound("not found")
    return actor, house.files.home(actor), key, sub


def _list(house, environ, start_response, target):
    """PROPFIND: the trash itself or a trashed folder, then what is in it."""
    asked = Asked(environ)
    actor, space, key, sub = _where(house, environ, target)
    whole = target._replace(path="")

    def describe(item, inside=""):
        path = "/".join(part for part in (key or item.key, sub, inside) if part)
        return asked.response(whole._replace(path=path).href(item.folder), _properties(item, space))
    if not key:
        first = asked.response(target.href(True), {f"{{{DAV}}}resourcetype": "<d:collection/>"})
        items = house.files.trash_list(actor, space) if asked.depth == "1" else []
        return asked.answer(start_response, first, items, describe)
    item = house.files.trash_item(actor, space, key, sub)
    items = house.files.trash_children(actor, space, key, sub) if asked.depth == "1" and item.folder else []
    return asked.answer(start_response, describe(item), items, lambda child: describe(child, child.name))


def _properties(item, space):
    seconds = item.deleted_ns // 1_000_000_000
    return {
        f"{{{OC}}}trashbin-original-filename": escape(item.name),
        f"{{{OC}}}trashbin-original-location": escape(item.path),
        f"{{{OC}}}trashbin-delete-timestamp": str(seconds),
        f"{{{OC}}}trashbin-delete-datetime": _date(seconds),
        f"{{{DAV}}}getcontentlength": None if item.folder else str(item.size),
        f"{{{OC}}}size": str(item.size) if item.folder else None,
        f"{{{DAV}}}getlastmodified": http_date(item.mtime_ns // 1_000_000_000),
        f"{{{DAV}}}resourcetype": "<d:collection/>" if item.folder else "",
        f"{{{DAV}}}getcontenttype": "httpd/unix-directory" if item.folder else None,
        f"{{{OC}}}spaceid": space.id,
    }


def _date(seconds):
    """A time with a zone in numbers, as clients of the trash read it: RFC 1123Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


def _restore(house, environ, start_response, target):
    """MOVE out of the trash, in the same space."""
    actor, space, key, sub = _where(house, environ, target)
    if not key:
        raise answers.Refused(501, "The trash as a whole cannot be moved.")
    overwrite = environ.get("HTTP_OVERWRITE", "T").strip()
    if overwrite not in ("T", "F"):
        raise errors.Invalid("Overwrite is T or F.")
    try:
        place = places.find(house, environ, addresses.of_destination(environ.get("HTTP_DESTINATION", "")))
    except errors.NotFound:
        raise errors.Invalid("The destination is not in the space this was deleted from.") from None
    if place.space.id != space.id or not place.path:
        raise errors.Invalid("The destination is not in the space this was deleted from.")
    house.files.trash_item(actor, space, key, sub)  # NotFound before anything about the destination is said
    parent = place.parent()
    if overwrite == "F" and place.look() is not None:
        return answers.refuse(environ, start_response, errors.PreconditionFailed("The resource you tried to create already exists"),
                              header="Overwrite")
    node, replaced = house.files.trash_restore(actor, space, key, parent, place.name, overwrite == "T", sub,
                                               conditions.tokens(environ))
    start_response("204 No Content" if replaced else "201 Created", [
        ("ETag", f'"{node.etag}"'), ("OC-ETag", f'"{node.etag}"'), ("OC-FileId", house.files.resource_id(node)),
        ("Content-Length", "0")][:3 if replaced else 4])
    return [b""]


def _destroy(house, environ, start_response, target):
    """DELETE of one thing or, at the root, of all."""
    actor, space, key, sub = _where(house, environ, target)
    try:
        if key:
            house.files.trash_purge(actor, space, key, sub)
        else:
            house.files.trash_empty(actor, space)
    except errors.NotFound:
        raise errors.Conflict(f"key {key} not found") from None
    start_response("204 No Content", [])
    return [b""]


def _options(house, environ, start_response, target):
    start_response("204 No Content", [("Allow", "OPTIONS, PROPFIND, MOVE, DELETE"), ("DAV", "1, 2")])
    return [b""]


_VERBS = {"PROPFIND": _list, "MOVE": _restore, "DELETE": _destroy, "OPTIONS": _options}

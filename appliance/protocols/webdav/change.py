"""MKCOL, DELETE, COPY and MOVE (RFC 4918 §9.3, §9.6, §9.8, §9.9)."""
from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import addresses, conditions, places
from appliance.protocols.webdav.answers import Refused
from appliance.protocols.webdav.properties import content_type


def make_folder(house, environ, start_response, target):
    """Answer a MKCOL."""
    no_body(environ, "extended-mkcol not supported")
    place = places.find(house, environ, target)
    node = place.look()
    tokens = conditions.check(house, environ, place, node)
    exists = Refused(405, "The resource you tried to create already exists")
    if node is not None:
        raise exists
    try:
        house.files.make_folder(place.actor, place.parent(), place.name, tokens)
    except errors.AlreadyExists:
        raise exists from None
    start_response("201 Created", [("Content-Length", "0")])
    return [b""]


def remove(house, environ, start_response, target):
    """Answer a DELETE: what is deleted lies in the trash."""
    no_body(environ, "A DELETE has no body.")
    place = places.find(house, environ, target)
    node = place.node()
    tokens = conditions.check(house, environ, place, node)
    if not place.path:
        raise Refused(405, "A space cannot be deleted here.")
    if node.folder and environ.get("HTTP_DEPTH", "infinity").strip().lower() != "infinity":
        raise errors.Invalid(f"Invalid Depth header value: {environ['HTTP_DEPTH']}")     # RFC 4918 §9.6.1
    house.files.remove(place.actor, node, tokens)
    start_response("204 No Content", [])
    return [b""]


def copy(house, environ, start_response, target):
    """Answer a COPY."""
    deep = _depth(environ, ("0", "infinity")) == "infinity"
    source, node, destination, overwrite, tokens = _both(house, environ, target)
    if _same(source, destination):
        return _copied(house, start_response, node, _onto_itself(overwrite))
    _apart(source, destination, node, "copy")
    try:
        copied, replaced = house.files.copy(source.actor, node, destination.parent(), destination.name, overwrite, deep, tokens)
    except errors.AlreadyExists:
        raise _taken(destination) from None
    return _copied(house, start_response, copied, replaced)


def _copied(house, start_response, node, replaced):
    start_response("204 No Content" if replaced else "201 Created",
                   [("OC-FileId", house.files.resource_id(node))] + [("Content-Length", "0")] * (not replaced))
    return [b""]


def move(house, environ, start_response, target):
    """Answer a MOVE: one rename; to another space it is 502, and clients then copy and delete."""
    _depth(environ, ("infinity",))
    source, node, destination, overwrite, tokens = _both(house, environ, target)
    if _same(source, destination):
        return _moved(house, start_response, node, _onto_itself(overwrite))
    _apart(source, destination, node, "move")
    if source.space.id != destination.space.id:
        raise Refused(502, "Nothing can be moved to another space. Copy it and delete it here.")
    try:
        moved, replaced = house.files.move(source.actor, node, destination.parent(), destination.name, overwrite, tokens)
    except errors.AlreadyExists:
        raise _taken(destination) from None
    return _moved(house, start_response, moved, replaced)


def _moved(house, start_response, node, replaced):
    headers = [("Content-Type", "httpd/unix-directory" if node.folder else content_type(node.name)), ("ETag", f'"{node.etag}"'),
               ("OC-ETag", f'"{node.etag}"'), ("OC-FileId", house.files.resource_id(node))]
    start_response("204 No Content" if replaced else "201 Created", headers + [("Content-Length", "0")] * (not replaced))
    return [b""]


def _both(house, environ, target):
    """Understand a COPY or MOVE: the source and its node, the destination, whether to overwrite, the lock tokens shown."""
    no_body(environ, "A COPY or MOVE has no body.")
    overwrite = environ.get("HTTP_OVERWRITE", "T").strip().upper()
    if overwrite not in ("T", "F"):
        raise errors.Invalid(f"Overwrite header is set to incorrect value {overwrite}")
    source = places.find(house, environ, target)
    node = source.node()
    destination = place_of_destination(house, environ)
    tokens = conditions.check(house, environ, source, node)
    if not source.path or not destination.path:
        raise errors.Invalid("A space cannot be copied or moved, nor be replaced.")
    return source, node, destination, overwrite == "T", tokens


def place_of_destination(house, environ):
    """The place that the Destination header names; Invalid where it names nothing in a tree of ours."""
    if not environ.get("HTTP_DESTINATION", "").strip():
        raise errors.Invalid("The Destination header is missing.")
    target = addresses.of_destination(environ["HTTP_DESTINATION"])
    if target.kind != addresses.TREE:
        raise errors.Invalid("The destination is not an address of files.")
    try:
        return places.find(house, environ, target)
    except errors.NotFound:
        raise errors.Conflict("The destination does not exist.") from None


def _depth(environ, allowed):
    depth = environ.get("HTTP_DEPTH", "infinity").strip().lower()
    if depth not in allowed:
        raise errors.Invalid(f"Invalid Depth header value: {environ['HTTP_DEPTH']}")
    return depth


def _same(source, destination):
    return (source.space.id, source.path) == (destination.space.id, destination.path)


def _onto_itself(overwrite):
    """Copied or moved onto itself, a thing stays as it is."""
    if not overwrite:
        raise errors.PreconditionFailed("The source and the destination are the same.")
    return True


def _apart(source, destination, node, verb):
    """Refuse a folder into itself, and anything onto a folder that holds it."""
    if source.space.id != destination.space.id:
        return
    if node.folder and destination.path.startswith(source.path + "/"):
        raise errors.Conflict(f"can not {verb} a folder into one of its children")
    if source.path.startswith(destination.path + "/"):
        raise errors.Conflict(f"can not {verb} something onto a folder that holds it")


def _taken(destination):
    return errors.PreconditionFailed(f"Could not overwrite Resource {destination.name}")


def no_body(environ, message):
    """Raise Unsupported where a request that has none comes with a body; a chunked one may be empty."""
    length = request.length(environ)
    if length or (length is None and request.stream(environ).read(1)):
        raise errors.Unsupported(message)

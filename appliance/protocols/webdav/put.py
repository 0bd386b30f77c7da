"""PUT (RFC 9110 §9.3.4): whole files. Everything that can be refused is refused before the body is read."""
import re

from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import checksums, chunked, conditions, places
from appliance.protocols.webdav.answers import Refused
from appliance.protocols.webdav.get import described
from appliance.protocols.webdav.properties import http_date

BLOCK = 1 << 18                                     # bytes; a larger one is no faster and four uploads hold one each
_LATEST = 1 << 33                                   # seconds; ext4 keeps times until 2446


def answer(house, environ, start_response, target):
    """Answer a PUT: 201 for a new file, 204 for new content."""
    if "HTTP_CONTENT_RANGE" in environ:
        raise Refused(501, "A part of a file cannot be put. Use a resumable upload.")
    mtime_ns, checksum, size = modified(environ), announced_checksum(environ), announced_size(environ)
    if chunked.wanted(environ, target):
        done = chunked.receive(house, environ, target, checksum, mtime_ns)
        return _answer(house, start_response, mtime_ns, *done) if done else _more(start_response)
    place = places.find(house, environ, target)
    node = place.look()
    tokens = conditions.check(house, environ, place, node)
    if node is not None and node.folder:
        raise errors.Conflict("There is a folder of this name.")
    writing = house.files.write(place.actor, place.parent(), place.name, size, tokens, place.space)
    try:
        _receive(environ, writing)
        if size is not None and writing.size != size:
            raise errors.Invalid("The body is not as long as announced.")
        written, created = writing.commit(mtime_ns=mtime_ns, checksum=checksum,
                                          expect=node.etag if node is not None and conditions.guarded(environ) else None,
                                          absent=node is None and "HTTP_IF_NONE_MATCH" in environ)
    except BaseException:
        writing.abort()
        raise
    return _answer(house, start_response, mtime_ns, written, created)


def _answer(house, start_response, mtime_ns, written, created):
    headers = [("ETag", f'"{written.etag}"'), *described(house.files, written),
               ("Last-Modified", http_date(written.mtime_ns // 1_000_000_000))]
    if mtime_ns is not None:
        headers.append(("X-OC-Mtime", "accepted"))
    start_response("201 Created" if created else "204 No Content", headers + [("Content-Length", "0")][:created])
    return [b""]


def _more(start_response):
    """A chunk is in, and others are to come."""
    start_response("201 Created", [("Content-Length", "0")])
    return [b""]


def _receive(environ, writing):
    stream = request.stream(environ)
    while block := stream.read(BLOCK):
        writing.write(block)


def modified(environ):
    """The time in X-OC-Mtime as nanoseconds; None without one."""
    return nanoseconds(environ["HTTP_X_OC_MTIME"]) if "HTTP_X_OC_MTIME" in environ else None


def nanoseconds(value):
    """A time in decimal seconds, with or without a fraction."""
    parts = re.fullmatch(r"\s*(-?)([0-9]{1,12})(?:\.([0-9]{0,9})[0-9]*)?\s*", value)
    if parts is None or int(parts[2]) > _LATEST:
        raise errors.Invalid("The modification time is not a time in seconds.")
    found = int(parts[2]) * 1_000_000_000 + int((parts[3] or "").ljust(9, "0"))
    return -found if parts[1] else found


def announced_checksum(environ):
    """The checksum that the content must have, as (algorithm, hex), or None."""
    if "HTTP_UPLOAD_CHECKSUM" in environ:
        return checksums.parse_whole(environ["HTTP_UPLOAD_CHECKSUM"])
    if "HTTP_OC_CHECKSUM" in environ:
        return checksums.parse_whole(environ["HTTP_OC_CHECKSUM"], ":")
    return None


def announced_size(environ):
    """How long the body is going to be, or None; Finder tells of a chunked one in a header of its own."""
    value = environ.get("HTTP_X_EXPECTED_ENTITY_LENGTH")
    if value is None:
        return request.length(environ)
    if not re.fullmatch("[0-9]{1,18}", value.strip()):
        raise errors.Invalid("X-Expected-Entity-Length is not a length.")
    return int(value)

"""ownCloud's first chunked upload, which the sync clients of Debian still use for files of more than one chunk.

Each chunk is a PUT with ``OC-Chunked: 1`` to ``<name>-chunking-<transfer>-<total>-<index>``. Up to three come at once, in any
order; they are put in a row in one upload, so that a chunk waits, unread, until those before it are in. The last one makes the
file. What was acknowledged outlives a restart, and the client goes on after it with the same transfer number.
"""
import re

import gevent
from gevent.lock import BoundedSemaphore

from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import conditions, places

_NAME = re.compile(r"(.+)-chunking-([0-9]{1,20})-([0-9]{1,6})-([0-9]{1,6})", re.DOTALL)
BLOCK = 1 << 18                                     # bytes
PATIENCE = 60                                       # seconds that a chunk waits for those before it
LIFETIME = 86_400                                   # seconds that an upload may be taken up again
_beginning = BoundedSemaphore(1)                    # the first chunks come together, and only one of them may begin the upload
_busy = set()                                       # ids of uploads that a chunk is written to just now


def wanted(environ, target):
    """True where a PUT carries a chunk."""
    return environ.get("HTTP_OC_CHUNKED", "").lower() in ("1", "true") and _NAME.fullmatch(target.path.rpartition("/")[2]) is not None


def receive(house, environ, target, checksum, mtime_ns):
    """Take a chunk in: ``(node, created)`` once the file is there, None before."""
    name, transfer, total, index = _NAME.fullmatch(target.path.rpartition("/")[2]).groups()
    total, index = int(total), int(index)
    whole, length = _number(environ, "HTTP_OC_TOTAL_LENGTH"), request.length(environ)
    if length is None or whole is None or index >= total or length > whole:
        raise errors.Invalid("A chunk names its own length and, in OC-Total-Length, that of the whole file.")
    place = places.find(house, environ, target._replace(path=target.path[:-len(target.path.rpartition("/")[2])] + name))
    node = place.look()
    if node is not None and node.folder:
        raise errors.Conflict("There is a folder of this name.")
    tokens = conditions.check(house, environ, place, node)
    upload = _upload(house, place, f"{transfer}/{total}/{whole}", whole, node, environ, tokens)
    offset = whole - length if index == total - 1 else index * (_number(environ, "HTTP_OC_CHUNK_SIZE") or length)
    if not _turn(upload, offset):
        if index < total - 1 or upload not in house.files.uploads(place.actor):
            return None                             # it is in already: the answer to it was lost
        _busy.add(upload.id)                        # all are in, and the file is not there: it was refused for now, or somebody pulled the plug
    try:
        if upload.acknowledged > offset:
            upload.retract(offset)
        _take(environ, upload, offset + length)
        if upload.offset < whole:
            return None
        upload.mtime_ns, upload.checksum = mtime_ns, checksum
        return house.files.finish_upload(place.actor, upload, tokens)
    except errors.Invalid:
        if upload.offset == whole:                  # the checksum of the whole: no chunk can mend that
            upload.remove()
        raise
    finally:
        _busy.discard(upload.id)


def _number(environ, header):
    value = environ.get(header, "")
    return int(value) if re.fullmatch("[0-9]{1,18}", value) else None


def _upload(house, place, transfer, whole, node, environ, tokens):
    """The upload of this transfer, begun with its first chunk."""
    parent = place.parent()
    expect = node.etag if node is not None and conditions.guarded(environ) else None
    with _beginning:
        for upload in house.files.uploads(place.actor):
            if upload.metadata.get("transfer") == transfer and (upload.parent, upload.name) == (parent.id, place.name):
                return upload
        return house.files.begin_upload(place.actor, parent, place.name, whole, None, {"transfer": transfer}, None, expect, LIFETIME, tokens)


def _turn(upload, offset):
    """Wait until all before ``offset`` is in, and take the upload; False where what follows is in as well."""
    with gevent.Timeout(PATIENCE, errors.Conflict("The chunks before this one have not come. Send them again.")):
        while upload.id in _busy or upload.acknowledged < offset:
            gevent.sleep(0.01)
    if upload.acknowledged > offset:
        return False
    _busy.add(upload.id)
    return True


def _take(environ, upload, end):
    """Write the body; a chunk that breaks off leaves nothing, because its client sends it whole again."""
    stream, begun = request.stream(environ), upload.acknowledged
    try:
        while block := stream.read(BLOCK):
            upload.write(block)
        if upload.offset != end:
            raise errors.Invalid("The chunk is not as long as announced.")
    except BaseException:
        upload.rewind(begun)
        raise
    upload.pause()

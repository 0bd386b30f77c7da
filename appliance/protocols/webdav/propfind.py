"""PROPFIND (RFC 4918 §9.1): one answer for each member of a folder, streamed, with memory for one slice of them."""
import zlib

from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import places, plans, properties, resumable, xmlbody
from appliance.protocols.webdav.answers import MULTISTATUS, MULTISTATUS_HEAD


def answer(house, environ, start_response, target):
    """Answer a PROPFIND on a file or folder."""
    depth = environ.get("HTTP_DEPTH", "1").strip().lower()
    if depth not in ("0", "1"):
        raise errors.Invalid(f"Invalid Depth header value: {environ['HTTP_DEPTH']}")
    preferred = request.preferred(environ)
    minimal, by_name = "return=minimal" in preferred, "order=name" in preferred
    plan = plans.plan_for(request.body(environ, xmlbody.BYTES), minimal)
    place = places.find(house, environ, target)
    node = place.node()
    about = properties.About(house, place.actor, place.space, node, environ["hearth.url"])
    if plan.wants_locks:
        about.locks = house.files.locks_on(place.actor, node) + (house.files.locks_beneath(place.actor, node) if depth == "1" else [])
    above, slash, name = target.whole.rpartition("/")
    about.enter(above + slash)
    first = [MULTISTATUS, *plan.responses(about, [node], name)]
    headers = MULTISTATUS_HEAD + [("Vary", "Prefer")] + (resumable.LISTING if node.folder else [])
    headers += [("Preference-Applied", each) for each, applied in (("return=minimal", minimal), ("order=name", by_name)) if applied]
    if depth == "0" or not node.folder or not house.files.may_list(place.actor, node, place.space):
        body = "".join((*first, "</d:multistatus>")).encode()
        start_response("207 Multi-Status", headers + [("Content-Length", str(len(body)))])
        return [body]
    slices = iter(house.files.children(place.actor, node, place.space, by_name))
    begun = next(slices, [])                        # what can go wrong at the start still gets a status of its own
    about.enter(target.whole + "/", inside=True)
    blocks = _stream(plan, about, first, begun, slices)
    if not _in_a_browser(environ):
        start_response("207 Multi-Status", headers)
        return blocks
    start_response("207 Multi-Status", [*headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")])
    return _pressed(blocks)


def _in_a_browser(environ):
    """Whether a script in a browser asks, over whatever line, and takes gzip. To sync clients at home the time is worth more than the bytes."""
    return environ.get("HTTP_X_REQUESTED_WITH") == "XMLHttpRequest" and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")


def _pressed(blocks):
    """The same by gzip: a seventh of the bytes for 2 ms a slice."""
    press = zlib.compressobj(1, wbits=31)
    for block in blocks:
        if pressed := press.compress(block):
            yield pressed
    yield press.flush()


def _stream(plan, about, first, begun, slices):
    """Turn each slice into one block. Reading a slice waits for a thread, so others get their turn between two blocks.

    What goes wrong meanwhile breaks the connection off: half a listing must never look like a whole one.
    """
    yield "".join(first).encode()
    yield from _blocks(plan.responses(about, begun))
    try:
        for nodes in slices:
            yield from _blocks(plan.responses(about, nodes))
    except errors.HouseError as error:
        raise OSError(f"a listing was broken off: {error}") from error
    yield b"</d:multistatus>"


def _blocks(texts):
    """The texts of a slice in one block or, where a stranger asked for much of each node, in several."""
    parts, length = [], 0
    for text in texts:
        parts.append(text)
        length += len(text)
        if length > plans.BLOCK:
            yield "".join(parts).encode()
            parts, length = [], 0
    if parts:
        yield "".join(parts).encode()

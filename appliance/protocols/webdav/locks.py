"""LOCK and UNLOCK (RFC 4918 §9.10, §9.11)."""
from wsgidav import util

from appliance.core import errors, ids
from appliance.http import request
from appliance.protocols.webdav import conditions, places, xmlbody
from appliance.protocols.webdav.answers import NAMESPACES, XML
from appliance.protocols.webdav.properties import active_lock

_OWNER = 4096                                       # characters of XML that a client may say about itself


def lock(house, environ, start_response, target):
    """Answer a LOCK: a new one, or with an empty body the refreshing of one."""
    body = request.body(environ, xmlbody.BYTES)
    place = places.find(house, environ, target)
    node = place.look()
    tokens = conditions.check(house, environ, place, node)
    seconds = _timeout(environ)
    if not body:
        refreshed = _refresh(house, environ, place, seconds)
        return _answer(start_response, "200 OK", refreshed, target.href(place.node().folder), [])
    wanted = _read(body)
    depth = environ.get("HTTP_DEPTH", "infinity").strip().lower()
    if depth not in ("0", "infinity"):
        raise errors.Invalid(f"Invalid Depth header value: {environ['HTTP_DEPTH']}")
    created = False
    if node is None:
        node, created = _make_empty(house, place, wanted["scope"], tokens)
    made = house.files.lock(place.actor, node, f"urn:uuid:{ids.new()}", depth=depth, seconds=seconds, **wanted)
    return _answer(start_response, "201 Created" if created else "200 OK", made, target.href(node.folder),
                   [("Lock-Token", f"<{made.token}>")])


def _timeout(environ):
    """Seconds from the Timeout header, None for ever; what is not understood is for ever too (RFC 4918 §10.7)."""
    seconds = util.read_timeout_value_header(environ.get("HTTP_TIMEOUT", ""))
    return None if seconds is None or seconds < 0 else seconds


def _refresh(house, environ, place, seconds):
    shown = {each.token for _, group in conditions.parse(environ.get("HTTP_IF", "")) for each in group if each.token}
    if len(shown) != 1:
        raise errors.Invalid("To refresh a lock, name its token, and no other, in the If header.")
    return house.files.refresh(place.actor, place.node(), shown.pop(), seconds)


def _read(body):
    """Understand a ``lockinfo`` element; what it holds besides is ignored (RFC 4918 §17)."""
    info = xmlbody.parse(body)
    scopes = [child.tag for child in info.find("{DAV:}lockscope") or ()]
    kinds = [child.tag for child in info.find("{DAV:}locktype") or ()]
    if info.tag != "{DAV:}lockinfo" or kinds != ["{DAV:}write"] or scopes not in (["{DAV:}exclusive"], ["{DAV:}shared"]):
        raise errors.Invalid("A lockinfo with a scope, exclusive or shared, and the type write is expected.")
    owner = info.find("{DAV:}owner")
    owner = "" if owner is None else xmlbody.inner(owner)
    if len(owner) > _OWNER:
        raise errors.TooLarge("The owner of a lock is described in at most 4,096 characters.")
    return {"scope": scopes[0].removeprefix("{DAV:}"), "owner": owner}


def _make_empty(house, place, scope, tokens):
    """Make the empty file that a LOCK of nothing stands for (RFC 4918 §9.10.4), unless the lock could not be had anyway."""
    parent = place.parent()
    house.files.require_lockable(place.actor, parent)
    for held in house.files.locks_on(place.actor, parent):
        if held.depth == "infinity" and "exclusive" in (held.scope, scope):
            raise errors.Locked(token=held.token)
    writing = house.files.write(place.actor, parent, place.name, 0, tokens)
    try:
        return writing.commit(absent=True)
    except errors.PreconditionFailed:               # somebody was faster
        return place.node(), False
    finally:
        writing.abort()


def _answer(start_response, status, lock, root, headers):
    body = (f'<?xml version="1.0" encoding="utf-8"?>\n<d:prop {NAMESPACES}><d:lockdiscovery>{active_lock(lock, root)}'
            "</d:lockdiscovery></d:prop>").encode()
    start_response(status, [XML, ("Content-Length", str(len(body))), *headers])
    return [body]


def unlock(house, environ, start_response, target):
    """Answer an UNLOCK."""
    place = places.find(house, environ, target)
    node = place.node()
    token = environ.get("HTTP_LOCK_TOKEN", "").strip().removeprefix("<").removesuffix(">")
    locks = house.files.locks_on(place.actor, node)
    if locks and token not in [each.token for each in locks]:
        raise errors.Locked()
    if not token:
        raise errors.Invalid("The Lock-Token header is missing.")
    house.files.unlock(place.actor, node, token)
    start_response("204 No Content", [])
    return [b""]

"""Multistatus answers about what is not in the tree: the trash and the versions. Their properties come as plain dicts.

PROPFIND on files and folders has faster means of its own.
"""
from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import xmlbody
from appliance.protocols.webdav.answers import MULTISTATUS, MULTISTATUS_HEAD
from appliance.protocols.webdav.properties import tags

SLICE = 200                                         # responses in a block; others get their turn between two blocks


class Asked:
    """What a PROPFIND wants to know: ``names`` in Clark's notation, None for all; ``depth`` as text, 1 where it is not said."""

    def __init__(self, environ):
        self.depth = environ.get("HTTP_DEPTH", "1").strip().lower()
        if self.depth not in ("0", "1"):
            raise errors.Invalid(f"Invalid Depth header value: {environ['HTTP_DEPTH']}")
        self.minimal = "return=minimal" in request.preferred(environ)
        self.names = _names(request.body(environ, xmlbody.BYTES))

    def response(self, href, values):
        """One ``response`` element; ``values`` are XML texts by name, None for what the thing does not have."""
        names = self.names if self.names is not None else [name for name in values if values[name] is not None]
        missing = [name for name in names if values.get(name) is None]
        parts = ["<d:response><d:href>", xmlbody.escape(href), "</d:href>"]
        if len(missing) < len(names) or not names or self.minimal:
            parts += propstat([(name, values[name]) for name in names if name not in missing], "200 OK")
        if missing and not self.minimal:
            parts += propstat([(name, "") for name in missing], "404 Not Found")
        return "".join((*parts, "</d:response>"))

    def answer(self, start_response, first, things, describe):
        """Send the response ``first`` and one for each of ``things``, as ``describe(thing)`` says, in slices."""
        start_response("207 Multi-Status", MULTISTATUS_HEAD + [("Vary", "Prefer")])
        return _stream(first, things, describe)


def _names(body):
    if not body:
        return None
    root = xmlbody.parse(body)
    if root.tag != "{DAV:}propfind":
        raise errors.Invalid("A propfind element is expected.")
    prop = root.find("{DAV:}prop")
    return list(dict.fromkeys(child.tag for child in xmlbody.properties(prop))) or None if prop is not None else None


def _stream(first, things, describe):
    yield (MULTISTATUS + first).encode()
    for start in range(0, len(things), SLICE):
        yield "".join(describe(thing) for thing in things[start:start + SLICE]).encode()
    yield b"</d:multistatus>"


def propstat(elements, status):
    """Properties of one status; ``elements`` pairs names with XML texts."""
    yield "<d:propstat><d:prop>"
    for name, content in elements:
        opening, closing = tags(name)
        yield opening + content + closing if content else opening[:-1] + "/>"
    yield f"</d:prop><d:status>HTTP/1.1 {status}</d:status></d:propstat>"

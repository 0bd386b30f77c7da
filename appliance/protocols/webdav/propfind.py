"""PROPFIND (RFC 4918 §9.1): one answer for each member of a folder, streamed, with memory for one slice of them.

The body of a request is understood once: a ``Plan`` holds a template for each set of properties that nodes turn out to
have, and plans are remembered by the bytes they came from, because clients send the same few bodies all day.
"""
from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import places, properties, resumable, xmlbody
from appliance.protocols.webdav.addresses import encode
from appliance.protocols.webdav.answers import MULTISTATUS, MULTISTATUS_HEAD

_BLOCK = 1 << 17                                    # characters sent at once: what was asked for may be long for each node
_REMEMBERED = 256                                   # plans; about 10 KiB each with their templates
_SHORT = 4096                                       # characters of the request, and of what it asks for, in a plan remembered
_plans = {}


def answer(house, environ, start_response, target):
    """Answer a PROPFIND on a file or folder."""
    depth = environ.get("HTTP_DEPTH", "1").strip().lower()
    if depth not in ("0", "1"):
        raise errors.Invalid(f"Invalid Depth header value: {environ['HTTP_DEPTH']}")
    minimal = "return=minimal" in environ.get("HTTP_PREFER", "").replace(" ", "").lower()
    plan = plan_for(request.body(environ, xmlbody.BYTES), minimal)
    place = places.find(house, environ, target)
    node = place.node()
    about = properties.About(house, place.actor, place.space, environ["hearth.url"])
    if plan.wants_locks:
        about.locks = house.files.locks_on(place.actor, node) + (house.files.locks_beneath(place.actor, node) if depth == "1" else [])
    response = plan.begin(about)
    first = [MULTISTATUS, response(node, target.href(node.folder))]
    headers = MULTISTATUS_HEAD + [("Vary", "Prefer")] + (resumable.LISTING if node.folder else [])
    if minimal:
        headers.append(("Preference-Applied", "return=minimal"))
    if depth == "0" or not node.folder:
        body = "".join((*first, "</d:multistatus>")).encode()
        start_response("207 Multi-Status", headers + [("Content-Length", str(len(body)))])
        return [body]
    slices = iter(house.files.children(place.actor, node))
    begun = next(slices, [])                        # what can go wrong at the start still gets a status of its own
    start_response("207 Multi-Status", headers)
    return _stream(response, target.href(True), first, begun, slices)


def _stream(response, base, first, begun, slices):
    """Turn each slice into one block. Reading a slice waits for a thread, so others get their turn between two blocks.

    What goes wrong meanwhile breaks the connection off: half a listing must never look like a whole one.
    """
    yield "".join(first).encode()
    yield from _blocks(response, base, begun)
    try:
        for nodes in slices:
            yield from _blocks(response, base, nodes)
    except errors.HouseError as error:
        raise OSError(f"a listing was broken off: {error}") from error
    yield b"</d:multistatus>"


def _blocks(response, base, nodes):
    """The nodes of a slice, in one block or, where a stranger asked for much of each, in several."""
    parts, length = [], 0
    for node in nodes:
        part = response(node, base + encode(node.name) + ("/" if node.folder else ""))
        parts.append(part)
        length += len(part)
        if length > _BLOCK:
            yield "".join(parts).encode()
            parts, length = [], 0
    if parts:
        yield "".join(parts).encode()


def plan_for(body, minimal):
    """The plan of a request's body, from memory where it was seen before."""
    plan = _plans.get((body, minimal))
    if plan is None:
        plan = _read(body, minimal)
        if len(_plans) >= _REMEMBERED:
            _plans.clear()
        if len(body) <= _SHORT and plan.length <= _SHORT:
            _plans[body, minimal] = plan
    return plan


def _read(body, minimal):
    """Understand a ``propfind`` element; an empty body means allprop (RFC 4918 §9.1)."""
    if not body:
        return Plan(None, minimal)
    root = xmlbody.parse(body)
    if root.tag != "{DAV:}propfind":
        raise errors.Invalid("A propfind element is expected.")
    parts = {child.tag: child for child in root if child.tag in _FORMS}
    include = parts.pop("{DAV:}include", None)
    if len(parts) != 1 or (include is not None and "{DAV:}allprop" not in parts):
        raise errors.Invalid("A propfind holds one of prop, allprop (with include) and propname.")
    if "{DAV:}propname" in parts:
        return Plan(None, minimal, values=False)
    named = [child.tag for child in xmlbody.properties(parts.get("{DAV:}prop", ()))]
    if named:
        return Plan(list(dict.fromkeys(named)), minimal)
    return Plan(None, minimal, [child.tag for child in xmlbody.properties(include)] if include is not None else [])


_FORMS = {"{DAV:}prop", "{DAV:}allprop", "{DAV:}propname", "{DAV:}include"}


class Plan:
    """What was asked for, ready to be filled in for any node."""

    def __init__(self, named, minimal, include=(), values=True):
        """``named`` lists Clark names, None means allprop with ``include``; without ``values`` only names are told."""
        everything = named is None
        self._file = _Shape(_names("file", include) if everything else named, "file", everything, minimal)
        self._folder = _Shape(_names("folder", include) if everything else named, "folder", everything, minimal)
        self._values = values
        # A long namespace declared once stands in every tag of the answer: a short request can make long templates.
        self.length = 0 if everything and not include else sum(len(name) for name in self._file.names)
        self.wants_locks = not everything and "{DAV:}lockdiscovery" in named or everything and values

    def begin(self, about):
        """A function from a node and its href to one ``response`` element."""
        file, folder = self._file.filled(about), self._folder.filled(about)
        form = _Filled.response if self._values else _Filled.names
        return lambda node, href: form(folder if node.folder else file, about, node, href)


def _names(kind, include):
    names = [row.name for row in properties.ROWS.values() if kind in row.all.split()]
    return names + [name for name in dict.fromkeys(include) if name not in names]


class _Shape:
    """The names asked for, sorted for one kind of node: what it may have, what clients put there, what it never has."""

    def __init__(self, names, kind, everything, minimal):
        self.live, self.fixed, self.dead = {}, {}, []
        for name in names:
            row = properties.ROWS.get(name)
            getter = row and getattr(row, kind)
            if getter and (everything or name not in properties.UNNAMED):
                (self.fixed if row.fixed else self.live)[name] = getter
            elif properties.dead(name):
                self.dead.append(name)
        self.names = [name for name in names if name not in self.dead] + self.dead   # in the order of the values, too
        self.quiet = minimal or everything          # nobody asked for what is missing
        self._filled = {}

    def filled(self, about):
        """The shape with all in its place that is the same for every node of an answer."""
        known = tuple(getter(about, None) for getter in self.fixed.values())
        filled = self._filled.get(known)
        if filled is None:
            if len(self._filled) >= 64:
                self._filled.clear()
            filled = self._filled[known] = _Filled(self, dict(zip(self.fixed, known, strict=True)))
        return filled


class _Filled:
    """Format strings for the nodes of one kind in one space, one for each set of properties that a node may lack."""

    def __init__(self, shape, known):
        self._shape, self._known = shape, known
        self._getters, self._dead, self._templates = list(shape.live.values()), shape.dead, {}
        self._whole = self._template((False,) * (len(shape.live) + len(shape.dead)))

    def response(self, about, node, href):
        """The ``response`` element of a node."""
        about.href, href = href, href.replace("&", "&amp;")     # all else that XML minds is percent-encoded
        values = [getter(about, node) for getter in self._getters]
        if self._dead:
            held = about.files.properties(about.actor, node)
            values += [held.get(name) for name in self._dead]
        if None not in values:
            return self._whole % (href, *values)
        missing = tuple([value is None for value in values])
        template = self._templates.get(missing) or self._template(missing)
        return template % (href, *[value for value in values if value is not None])

    def _template(self, missing):
        lacks = {name for name, absent in zip([*self._shape.live, *self._shape.dead], missing, strict=True) if absent}
        has = {name: value.replace("%", "%%") for name, value in self._known.items() if value is not None}
        has |= {name: "%s" for name in (*self._shape.live, *self._shape.dead) if name not in lacks}
        if len(self._templates) >= 64:              # a hostile choice of dead properties must not fill the memory
            self._templates.clear()
        names = self._shape.names
        template = self._templates[missing] = _response(
            "%s", [(name, has[name]) for name in names if name in has],
            [] if self._shape.quiet else [name for name in names if name not in has])
        return template

    def names(self, about, node, href):
        """The answer to ``propname``: names alone, also of what clients put there (RFC 4918 §9.1)."""
        found = [name for name, getter in self._shape.live.items() if getter(about, node) is not None]
        found += [name for name, value in self._known.items() if value is not None]
        return _response("%s", [(name, "") for name in (*found, *about.files.properties(about.actor, node))], []) % href.replace("&", "&amp;")


def _response(href, found, missing):
    """A ``response`` element; ``found`` pairs names with their content. What is there comes first."""
    parts = ["<d:response><d:href>", href, "</d:href>"]
    if found or not missing:
        parts += _propstat([(_tags(name), content) for name, content in found], "200 OK")
    if missing:
        parts += _propstat([(_tags(name), "") for name in missing], "404 Not Found")
    return "".join((*parts, "</d:response>"))


def _propstat(elements, status):
    yield "<d:propstat><d:prop>"
    for (opening, closing), content in elements:
        yield opening + content + closing if content else opening[:-1] + "/>"
    yield f"</d:prop><d:status>HTTP/1.1 {status}</d:status></d:propstat>"


def _tags(name):
    """The tags of a property within a format string."""
    return [tag.replace("%", "%%") for tag in properties.tags(name)]

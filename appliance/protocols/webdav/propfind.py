"""PROPFIND (RFC 4918 §9.1): one answer for each member of a folder, streamed, with memory for one slice of them.

The body of a request is understood once: a ``Plan`` holds a template for each set of properties that nodes turn out to
have, and plans are remembered by the bytes they came from, because clients send the same few bodies all day.
"""
from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import places, properties, resumable, xmlbody
from appliance.protocols.webdav.addresses import encode
from appliance.protocols.webdav.answers import MULTISTATUS, MULTISTATUS_HEAD

_REMEMBERED = 256                                   # plans; about 10 KiB each with their templates
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
    first = [MULTISTATUS, plan.render(about, node, target.href(node.folder))]
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
    return _stream(plan, about, target.href(True), first, begun, slices)


def _stream(plan, about, base, first, begun, slices):
    """Turn each slice into one block. Reading a slice waits for a thread, so others get their turn between two blocks.

    What goes wrong meanwhile breaks the connection off: half a listing must never look like a whole one.
    """
    yield "".join(first).encode()
    yield _block(plan, about, base, begun)
    for nodes in slices:
        yield _block(plan, about, base, nodes)
    yield b"</d:multistatus>"


def _block(plan, about, base, nodes):
    render = plan.render
    return "".join([render(about, node, base + encode(node.name) + ("/" if node.folder else "")) for node in nodes]).encode()


def plan_for(body, minimal):
    """The plan of a request's body, from memory where it was seen before."""
    plan = _plans.get((body, minimal))
    if plan is None:
        plan = _read(body, minimal)
        if len(_plans) >= _REMEMBERED:
            _plans.clear()
        if len(body) <= 4096:
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
        self._values = values
        everything = named is None
        self._file = _Shape(_names("file", include) if everything else named, "file", everything, minimal)
        self._folder = _Shape(_names("folder", include) if everything else named, "folder", everything, minimal)
        self.wants_locks = any("{DAV:}lockdiscovery" in shape.names for shape in (self._file, self._folder))

    def render(self, about, node, href):
        """One ``response`` element."""
        shape = self._folder if node.folder else self._file
        about.href = href
        values = [getter(about, node) for getter in shape.getters]
        if not self._values:
            return shape.tell_names(href, values, about.files.properties(about.actor, node))
        if shape.dead:
            held = about.files.properties(about.actor, node)
            values += [held.get(name) for name in shape.dead]
        if None not in values:
            return shape.whole % (href, *values)
        missing = tuple(value is None for value in values)
        return shape.template(missing) % (href, *[value for value in values if value is not None])


def _names(kind, include):
    names = [row.name for row in properties.ROWS.values() if kind in row.all.split()]
    return names + [name for name in dict.fromkeys(include) if name not in names]


class _Shape:
    """The names asked for, sorted for one kind of node: those it may have, those clients put there, those it never has."""

    def __init__(self, names, kind, everything, minimal):
        self.names, self.getters, self.live, self.dead, self._never = names, [], [], [], []
        for name in names:
            row = properties.ROWS.get(name)
            getter = row and getattr(row, kind)
            if getter and (everything or name not in properties.UNNAMED):
                self.getters.append(getter)
                self.live.append(name)
            elif properties.dead(name):
                self.dead.append(name)
            else:
                self._never.append(name)
        self._quiet = minimal or everything         # nobody asked for what is missing
        self._templates = {}
        self.whole = self.template((False,) * (len(self.live) + len(self.dead)))

    def template(self, missing):
        """The format string for nodes that lack the properties marked in ``missing``."""
        template = self._templates.get(missing)
        if template is None:
            asked = list(zip(self.live + self.dead, missing, strict=True))
            if len(self._templates) >= 64:          # a hostile choice of dead properties must not fill the memory
                self._templates.clear()
            template = self._templates[missing] = _response(
                "%s", [(name, "%s") for name, absent in asked if not absent],
                [] if self._quiet else [name for name, absent in asked if absent] + self._never)
        return template

    def tell_names(self, href, values, held):
        """The answer to ``propname``: names alone, also of what clients put there (RFC 4918 §9.1)."""
        names = [name for name, value in zip(self.live, values, strict=True) if value is not None]
        return _response("%s", [(name, "") for name in [*names, *held]], []) % href


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

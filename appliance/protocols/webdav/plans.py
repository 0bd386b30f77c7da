"""What a PROPFIND asks for, understood once: a ``Plan`` holds a template for each set of properties that nodes turn out to have.

Plans are remembered by the bytes they came from, because clients send the same few bodies all day. A template is filled for
many nodes at once, a property at a time: that takes half the time of node after node, and most of what a listing costs is here.
"""
from appliance.core import errors
from appliance.protocols.webdav import properties, xmlbody
from appliance.protocols.webdav.multistatus import propstat

BLOCK = 1 << 19                                     # characters made at once: what was asked for may be long for each node
_REMEMBERED = 256                                   # plans; about 10 KiB each with their templates
_SHORT = 4096                                       # characters of the request, and of what it asks for, in a plan remembered
_GAP = "\0"                                         # in a template: no XML holds one, and nothing that has been escaped
_plans = {}


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

    def responses(self, about, nodes, name=None):
        """Texts of ``response`` elements, each for some of these nodes, folders first. They are addressed under their names
        in the folder that ``about`` has entered; a single one under ``name``, if that is given."""
        for shape, some in ((self._folder, [node for node in nodes if node.folder]),
                            (self._file, [node for node in nodes if not node.folder])):
            filled = shape.filled(about) if some else None
            step = filled.step if some and self._values else 1
            for start in range(0, len(some), step):
                about.address(some[start:start + step], name)
                yield filled.responses(about) if self._values else filled.names(about)


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
        known = tuple(getter(about) for getter in self.fixed.values())
        filled = self._filled.get(known)
        if filled is None:
            if len(self._filled) >= 64:
                self._filled.clear()
            filled = self._filled[known] = _Filled(self, dict(zip(self.fixed, known, strict=True)))
        return filled


class _Filled:
    """Templates for the nodes of one kind in one space, one for each set of properties that a node may lack.

    A template is a list of texts, every second of which is a gap: filled and joined it takes a third of the time of ``%``.
    """

    def __init__(self, shape, known):
        self._shape, self._known = shape, known
        self._getters, self._dead, self._templates = list(shape.live.values()), shape.dead, {}
        self._distinct = set(self._getters)         # clients ask for the same under two names
        self._whole = self._template((False,) * (len(shape.live) + len(shape.dead))) + [""]
        self.step = 1 if shape.dead else max(1, BLOCK // sum(len(text) for text in self._whole))    # nodes at once

    def responses(self, about):
        """The ``response`` elements of the nodes at hand."""
        made = {getter: getter(about, about.nodes) for getter in self._distinct}
        columns = [about.hrefs, *[made[getter] for getter in self._getters]]
        if self._dead:
            held = [about.files.properties(about.actor, node) for node in about.nodes]
            columns += [[each.get(name) for each in held] for name in self._dead]
        texts, width = self._whole * len(about.nodes), len(self._whole)
        for number, column in enumerate(columns):
            texts[2 * number + 1::width] = column
        try:
            return "".join(texts)
        except TypeError:                           # one lacks something: to look for that first takes longer
            return "".join([self._response(*values) for values in zip(*columns, strict=True)])

    def _response(self, href, *values):
        missing = tuple([value is None for value in values])
        template = (self._templates.get(missing) or self._template(missing)).copy()
        template[1::2] = href, *[value for value in values if value is not None]
        return "".join(template)

    def _template(self, missing):
        lacks = {name for name, absent in zip([*self._shape.live, *self._shape.dead], missing, strict=True) if absent}
        has = {name: value for name, value in self._known.items() if value is not None}
        has |= {name: _GAP for name in (*self._shape.live, *self._shape.dead) if name not in lacks}
        if len(self._templates) >= 64:              # a hostile choice of dead properties must not fill the memory
            self._templates.clear()
        names = self._shape.names
        texts = _response(_GAP, [(name, has[name]) for name in names if name in has],
                          [] if self._shape.quiet else [name for name in names if name not in has]).split(_GAP)
        template = self._templates[missing] = [""] * (2 * len(texts) - 1)
        template[::2] = texts
        return template

    def names(self, about):
        """The answer to ``propname`` for the only node at hand: names alone, also of what clients put there (RFC 4918 §9.1)."""
        found = [name for name, getter in self._shape.live.items() if getter(about, about.nodes) != [None]]
        found += [name for name, value in self._known.items() if value is not None]
        return _response(about.hrefs[0], [(name, "") for name in (*found, *about.files.properties(about.actor, about.nodes[0]))], [])


def _response(href, found, missing):
    """A ``response`` element; ``found`` pairs names with their content. What is there comes first."""
    parts = ["<d:response><d:href>", href, "</d:href>"]
    if found or not missing:
        parts += propstat(found, "200 OK")
    if missing:
        parts += propstat([(name, "") for name in missing], "404 Not Found")
    return "".join((*parts, "</d:response>"))

"""XML that strangers send, read into a tree within limits: 1 MiB, 64 levels, 1,000 properties, no DTD and no entities."""
import re
from xml.etree import ElementTree
from xml.parsers import expat

from appliance.core import errors

for _prefix, _namespace in (("d", "DAV:"), ("oc", "http://owncloud.org/ns"), ("s", "http://sabredav.org/ns")):
    ElementTree.register_namespace(_prefix, _namespace)     # clients compare these prefixes as text

BYTES, LEVELS, PROPERTIES = 1 << 20, 64, 1000
PARTS = 4 * PROPERTIES                              # elements, attributes, namespaces: a property may come in a set of its own
NAME = 2048                                         # characters of a name with its namespace


def parse(body):
    """The root element of an XML document; Invalid where it is broken, TooLarge where it has too much of something."""
    if len(body) > BYTES:
        raise errors.TooLarge()
    reader = expat.ParserCreate(namespace_separator="}")
    limits = _Limits()
    reader.buffer_text = True
    reader.StartElementHandler, reader.EndElementHandler = limits.start, limits.end
    reader.StartNamespaceDeclHandler = limits.namespace
    reader.CharacterDataHandler = limits.tree.data
    reader.StartDoctypeDeclHandler = reader.EntityDeclHandler = reader.ExternalEntityRefHandler = _refuse
    try:
        reader.Parse(body, True)
        return limits.tree.close()
    except (expat.ExpatError, ValueError, LookupError, AssertionError):   # LookupError: an encoding nobody knows
        raise errors.Invalid("The body is not well-formed XML.") from None


def _refuse(*_):
    raise errors.Invalid("A document type or an entity is not accepted.")


class _Limits:
    """Builds the tree while it counts."""

    def __init__(self):
        self.tree, self._depth, self._count = ElementTree.TreeBuilder(), 0, 0

    def start(self, name, attributes):
        self._depth += 1
        self._take(1 + len(attributes), name)
        if self._depth > LEVELS:
            raise errors.Invalid("The body is nested too deep.")
        self.tree.start(_clark(name), {_clark(key): value for key, value in attributes.items()})

    def namespace(self, prefix, uri):
        self._take(1, uri or "")

    def _take(self, parts, name):
        self._count += parts
        if self._count > PARTS or len(name) > NAME:
            raise errors.Invalid("The body has too many parts, or a name in it is too long.")

    def end(self, name):
        self._depth -= 1
        self.tree.end(_clark(name))


def _clark(name):
    return "{" + name if "}" in name else name


def inner(element):
    """What is inside an element, as XML that can stand anywhere: every part declares the namespaces it uses."""
    return escape(element.text or "") + "".join(ElementTree.tostring(child, "unicode") for child in element)


def properties(element):
    """The children of a ``prop``, or of any element; TooLarge beyond a thousand."""
    if len(element) > PROPERTIES:
        raise errors.TooLarge("A request may name 1,000 properties.")
    return list(element)


# Characters that XML 1.0 cannot hold, even escaped, become U+FFFD (and lone surrogates, which UTF-8 cannot hold).
_ODD = re.compile("[^\t\n -%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


def escape(text):
    """Text as the content of an element."""
    return _ODD.sub(lambda odd: _ESCAPES.get(odd[0], "\ufffd"), text) if _ODD.search(text) else text


def attribute(text):
    """Text as the value of an attribute in double quotes."""
    return escape(text).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")

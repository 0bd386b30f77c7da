"""Links: who knows the token of one may do something with a node, without an account. They lie on the node itself, by their id.

A visitor never may more than who made the link: what is told here is cut down to that by ``access``.
"""
from dataclasses import asdict, dataclass, field

from appliance.core import clock

VIEW, UPLOAD, EDIT, DROP, INTERNAL = "view", "upload", "edit", "createOnly", "internal"      # as Graph calls them
KINDS = (VIEW, UPLOAD, EDIT, DROP, INTERNAL)
OF_FOLDERS = (UPLOAD, DROP)
_VIEW = frozenset(("path/read", "quota/read", "content/read", "children/read", "basic/read"))
_EDIT = _VIEW | {"upload/create", "deleted/update"}
ACTIONS = {                                         # what a link lets do with a folder and what lies in it
    VIEW: _VIEW,
    UPLOAD: _VIEW | {"children/create"},            # new things; nothing that is there can be replaced
    EDIT: _EDIT | {"children/create", "standard/delete", "path/update"},
    DROP: frozenset(("basic/read", "path/read", "children/create")),
    INTERNAL: frozenset(),                          # an address for those who may go there anyway
}


@dataclass(frozen=True)
class Link:
    """A token that lets in, until it expires."""

    id: str
    token: str = field(repr=False)
    kind: str = VIEW
    name: str = ""
    by: str = ""                                    # the account that made it
    created: float = 0.0                            # seconds since 1970
    expires: float | None = None
    password: str = field(default="", repr=False)   # its hash; "" for none
    quick: bool = False                             # a client made it by itself, to be copied
    visits: int = 0                                 # how often somebody came by it
    quota: int | None = None                        # bytes that the folder may hold when a visitor adds something

    @property
    def over(self):
        """Whether it opens nothing any more."""
        return self.expires is not None and clock.now() >= self.expires

    def actions(self, folder):
        """What it lets do with what it is on."""
        if self.over:
            return frozenset()
        return ACTIONS[self.kind] if folder else ACTIONS[self.kind] & _EDIT


def read(kept):
    """Links as they are kept on a node: ``{id: Link}``; what makes no sense opens nothing."""
    found = {}
    for id, each in kept.items():
        if isinstance(each, dict) and _is_sound(each):
            found[id] = Link(id, **{name: each[name] for name in _TYPES if name in each})
    return found


def write(links):
    """The same to be kept."""
    return {id: {name: value for name, value in asdict(link).items() if name != "id" and value not in (None, "", False, 0)} for id, link in links.items()}


_TYPES = {"token": str, "kind": str, "name": str, "by": str, "created": (int, float), "expires": (int, float), "password": str, "quick": bool, "visits": int, "quota": int}


def _is_sound(each):
    """Whether all is there, and of its type: a damaged end or password must not become none."""
    return each.get("token") and each.get("by") and each.get("kind") in KINDS and all(isinstance(each[name], _TYPES[name]) for name in each if name in _TYPES)

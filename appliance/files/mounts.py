"""The Shares space: what somebody received, as if it lay in one folder. It is worked out each time; nothing of it is kept.

Its id is the one that OpenCloud's clients know. A mount in it is called like what was shared; of several with one name the later ones
get a number, in the order in which they were given.
"""
import hashlib
from typing import NamedTuple

from appliance.core import errors

JAIL = "a0ca6a90-a365-4782-871e-d44447bbc668"
SPACE = f"{JAIL}${JAIL}"
ROOT = f"{SPACE}!{JAIL}"                             # the root of it, as an item


class Mount(NamedTuple):
    """What was received, and where it shows."""

    id: str                                         # of the share; the resource id is SPACE!id
    name: str
    share: object

    @property
    def resource_id(self):
        """The id that clients know the mount by."""
        return f"{SPACE}!{self.id}"


def etag(mounts):
    """Of the Shares space: another one whenever anything received is."""
    return hashlib.md5(repr([(mount.id, mount.name, mount.share.node.etag) for mount in mounts]).encode(), usedforsecurity=False).hexdigest()


class Mounts:
    """What each actor finds in the Shares space."""

    def __init__(self, shares):
        self._shares = shares

    def all(self, actor):
        """Every Mount, by name."""
        found, taken, numbers = [], set(), {}       # numbers: how far each name has come, so that many alike cost no more
        for share in sorted(self._shares.with_me(actor), key=_given):
            name = share.node.name
            alike = name.casefold()
            while name.casefold() in taken:
                numbers[alike] = numbers.get(alike, 1) + 1
                name = _numbered(share.node, numbers[alike])
            taken.add(name.casefold())
            oldest = min(share.grants, key=lambda to: share.grants[to].created)
            found.append(Mount(self._shares.id(share.node, oldest), name, share))
        return sorted(found, key=lambda mount: mount.name.casefold())

    def at(self, actor, root, path):
        """The Mount that an address leads to, and the path beneath it: ``root`` is SPACE, or SPACE!id. NotFound."""
        _, _, id = root.partition("!")
        name, _, rest = path.partition("/")
        for mount in self.all(actor):
            if id in ("", JAIL) and mount.name == name:
                return mount, rest
            if id == mount.id:
                return mount, path
        raise errors.NotFound()


def is_received(root):
    """Whether a resource id names the Shares space, or something in it."""
    return root.partition("!")[0] in (JAIL, SPACE)


def is_all(root, path):
    """Whether an address names the Shares space itself."""
    return not path and root in (JAIL, SPACE, f"{JAIL}!{JAIL}", ROOT)


def _given(share):
    return min(grant.created for grant in share.grants.values()), share.node.id


def _numbered(node, number):
    stem, dot, ending = (node.name, "", "") if node.folder else node.name.rpartition(".")
    return f"{stem} ({number}){dot}{ending}" if stem else f"{node.name} ({number})"

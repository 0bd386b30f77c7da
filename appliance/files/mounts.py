"""The Shares space: what somebody received and did not decline, as if it lay in one folder. It is worked out each time; nothing of it is kept.

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
    hidden: bool = False                            # clients leave it out of their lists
    declined: bool = False                          # it is received, but not in the Shares space

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
        """Every Mount in the Shares space, by name."""
        return [mount for mount in self.received(actor) if not mount.declined]

    def received(self, actor):
        """The same with what was declined, which keeps its name, so that no other changes."""
        found, taken, numbers = [], set(), {}       # numbers: how far each name has come, so that many alike cost no more
        for share in sorted(self._shares.with_me(actor), key=_given):
            name = share.node.name
            alike = name.casefold()
            while name.casefold() in taken:
                numbers[alike] = numbers.get(alike, 1) + 1
                name = _numbered(share.node, numbers[alike])
            taken.add(name.casefold())
            oldest = min(share.grants, key=lambda to: share.grants[to].created)
            found.append(Mount(self._shares.id(share.node, oldest), name, share, share.is_hidden(actor), share.is_declined(actor)))
        return sorted(found, key=lambda mount: mount.name.casefold())

    def find(self, actor, id):
        """The Mount of a share, by the share's id, also of one that was declined. NotFound."""
        for mount in self.received(actor):
            if id in {self._shares.id(mount.share.node, to) for to in mount.share.grants}:
                return mount
        raise errors.NotFound("There is no such share.")

    def put_aside(self, actor, mount, **wanted):
        """Hide what was received, or decline it (``hidden``, ``declined``: True or False); the Mount as it is then. AlreadyExists where it is that already
        and was to be declined or accepted, NotFound."""
        if wanted.get("declined") == mount.declined:
            raise errors.AlreadyExists("It is that already.")
        self._shares.put_aside(actor, mount.share.node, **wanted)
        return self.find(actor, mount.id)

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

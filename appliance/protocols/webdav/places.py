"""From a target to a place in a space: whose it is, where it lies, and the node if there is one."""
from typing import NamedTuple

from appliance.core import errors, ids
from appliance.files import is_received
from appliance.protocols.webdav.addresses import TREE


class Place(NamedTuple):
    """A path in a space as one actor sees it; nothing need be there."""

    files: object
    actor: object
    space: object
    path: str                                       # relative to the root of the space, decoded
    target: object

    @property
    def name(self):
        """The last part of the path; "" for the root of the space."""
        return self.path.rpartition("/")[2]

    def node(self):
        """What is there, or NotFound."""
        return self.files.node(self.actor, self.space, self.path)

    def look(self):
        """What is there, or None."""
        try:
            return self.node()
        except errors.NotFound:
            return None

    def parent(self):
        """The folder this belongs in; Conflict where there is none (RFC 4918 §9.7.1)."""
        if not self.path:
            raise errors.Forbidden("This is the root of a space.")
        try:
            parent = self.files.folder_of(self.actor, self.space, self.path)
        except errors.NotFound:
            raise errors.Conflict("The folder this belongs in does not exist.") from None
        if not parent.folder:
            raise errors.Conflict("The place this belongs in is a file.")
        return parent


def find(house, environ, target):
    """The place of a target in the tree; NotFound where the actor cannot see that space."""
    actor, files = environ["hearth.actor"], house.files
    if target.kind != TREE:
        raise errors.NotFound("File not found in root")
    if "/spaces/" not in target.base:
        if target.root and target.root.lower() not in (actor.name.lower(), actor.id):
            raise errors.NotFound()
        return Place(files, actor, files.home(actor), target.path, target)
    if is_received(target.root):
        mount, rest = files.mounts.at(actor, target.root, target.path)
        share = mount.share
        return Place(files, actor, share.space, "/".join(part for part in (share.node.path, rest) if part), target)
    named = ids.ResourceId.parse(target.root)
    if named.node == named.space:
        space, top = files.space(actor, named), ""
    else:
        space, node = files.place(actor, named)
        top = node.path
    return Place(files, actor, space, "/".join(part for part in (top, target.path) if part), target)

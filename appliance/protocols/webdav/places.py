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
    if target.public or actor.kind == "link":
        return _by_link(files, environ, target)
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


def _by_link(files, environ, target):
    """What a visitor reaches: of a folder all that is in it, of a file that file, which stands in a collection with nothing else."""
    actor, link = environ["hearth.actor"], environ.get("hearth.link")
    if link is None or actor.kind != "link" or not target.public or target.root != link.token:
        raise errors.NotFound()                     # the destination of a COPY is not where the visitor is
    node, _ = files.links.link(actor)
    if not node.folder and target.path != node.name:
        raise errors.NotFound()
    path = "/".join(part for part in (node.path, target.path) if part) if node.folder else node.path
    return Place(files, actor, files.space_of(actor, node), path, target)

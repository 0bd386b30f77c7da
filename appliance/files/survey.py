"""What the house itself looks at to find files by: nobody's rights are asked here, so nothing of it may be shown to anybody unasked.

``reach`` and ``seen`` ask them: they say where to look for somebody, and what of what was found they may see.
"""
from typing import NamedTuple

from appliance.core import errors
from appliance.files import labels
from appliance.sharing import access as may


class Reach(NamedTuple):
    """Where an actor may look: ids of whole spaces, and ids of nodes with all beneath them; of these ``closed``, where they may not read what is in files."""

    spaces: tuple
    roots: dict                                     # node id -> the Mount it shows in, None for the folder of an app token
    closed: frozenset = frozenset()


class Found(NamedTuple):
    """A node that an actor sees: in ``mount`` where they have it by a share alone, else in its space. ``readable`` where they may read it."""

    node: object
    space: object
    mount: object
    readable: bool


class Survey:
    """Looks at everything, and answers for actors."""

    def __init__(self, storage, access, files):
        self._storage, self._access, self._files = storage, access, files

    def roots(self):
        """The root of every space, under the name of the space."""
        return [space.root._replace(name=space.name) for space in self._storage.spaces.all()]

    def members(self, folder):
        """What is in a folder, in lists of about 400: ``[(node, [tag])]``."""
        for some in self._storage.tree.children(folder):
            kept = self._storage.tagged.among({node.id for node in some})
            yield [(node, labels.tags_in(kept.get(node.id, {}))) for node in some]

    def nodes(self, wanted):
        """Those of these ids that are in the tree: ``{id: (node, [tag])}``; roots under the names of their spaces."""
        found = {node.id: (node, labels.tags_in(kept)) for node, kept in self._storage.tagged.look(wanted)}
        for id in [id for id, (node, _) in found.items() if node.parent is None]:
            found[id] = found[id][0]._replace(name=self._storage.spaces.get(id).name), found[id][1]
        return found

    def is_complete(self):
        """Whether what is not found by its id is nowhere; not so while the storage still looks for everything."""
        return self._storage.complete

    def open(self, id):
        """A file to be read by the house itself: ``.fd`` and ``.node``. The caller closes it."""
        return self._storage.tree.open(self._storage.tree.by_id(id))

    def reach(self, actor):
        """Where an actor may look. A visitor looks nowhere."""
        if actor.kind == may.LINK:
            return Reach((), {})
        if actor.folder:
            return Reach((), {actor.folder: None})
        spaces, closed = [], set()
        for space in self._storage.spaces.all():
            allowed = self._access.allowed(actor, space)
            if may.READ in allowed:
                spaces.append(space.id)
                closed |= {space.id} if may.DOWNLOAD not in allowed else set()
        roots = {}
        for mount in self._files.mounts.all(actor):
            node = mount.share.node
            if not mount.hidden:
                roots[node.id] = mount
                closed |= {node.id} if may.DOWNLOAD not in self._access.allowed(actor, node, mount.share.space) else set()
        return Reach(tuple(spaces), roots, frozenset(closed))

    def seen(self, actor, reach, wanted):
        """Those of these ids that the actor sees now, wherever they are now: ``{id: Found}``."""
        spaces, found = {}, {}
        for id, (node, _) in self.nodes(wanted).items():
            try:
                space = spaces.get(node.space) or spaces.setdefault(node.space, self._storage.spaces.get(node.space))
                allowed = self._access.allowed(actor, node, space)
            except errors.NotFound:                 # it went away in this moment
                continue
            mount = None if space.id in reach.spaces else self._mount(reach, node)
            if may.READ in allowed and (space.id in reach.spaces or mount or actor.folder):
                found[id] = Found(node, space, mount, may.DOWNLOAD in allowed)
        return found

    @staticmethod
    def _mount(reach, node):
        """The mount that a node shows in: the one nearest above it."""
        above = [mount for mount in reach.roots.values() if mount and mount.share.node.space == node.space
                 and (node.path == mount.share.node.path or node.path.startswith(mount.share.node.path + "/"))]
        return max(above, key=lambda mount: len(mount.share.node.path), default=None)

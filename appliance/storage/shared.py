"""What is shared: the grants, or the links, that lie on nodes, and which nodes those are.

They are kept on the node itself, so they go with it wherever it is moved and into the trash and back. An empty file in ``shared/`` (or
``linked/``), called like the node, is there before its first grant and until its last is gone, so that a start need not look at every node. In
memory lies what was read of them; it may be thrown away. The grants on the root of a space, its members, are no part of this.
"""
import os
from contextlib import suppress

from appliance.core import durable, errors, ids
from appliance.storage import attributes, nodes
from appliance.storage.finder import Finder
from appliance.storage.placing import Opened, look


class Shared:
    """Reads and changes the grants of nodes; a grant is a dict, by whom it is to. Links likewise, by their id."""

    def __init__(self, storage, group, folder):
        self._storage, self._group, self._folder = storage, group, folder
        self._kept = {}                             # id -> {to: grant}; None until it was read

    def load(self):
        """Find out which nodes are shared."""
        self._kept = dict.fromkeys(self._storage.run(_marked, self._folder))

    def any(self):
        """False where nothing is shared at all."""
        return bool(self._kept)

    def above(self, node):
        """The grants on a node and on the folders it lies in, from it upwards: ``[(whether it is the node itself, {to: grant})]``."""
        return self._storage.tree.at(node, _above, self._group) if self._kept and node.path else []

    def of(self, node):
        """The grants on a node itself."""
        return self._storage.tree.attribute(node, self._group) or {}

    def among(self, wanted):
        """Those of these ids whose nodes are shared, and the grants on each: ``{id: {to: grant}}``; from memory, once they were read."""
        marked = self._kept.keys() & wanted
        self._read(marked)
        return {id: kept for id in marked if (kept := self._kept.get(id))}

    def change(self, node, change):
        """Replace the grants of a node by what ``change`` makes of them; what it raises changes nothing. What they are then."""
        with self._storage.lock(node.space):
            after = change(self.of(node))
            if after:
                self._storage.run_long(_mark, self._folder, node.id)
                self._kept.setdefault(node.id)
            self._storage.tree.at(node, _write, node.id, self._group, after, long=True)
            self._kept[node.id] = after
            if not after:
                self._storage.run_long(_unmark, self._folder, node.id)
                self._kept.pop(node.id, None)
        return after

    def forget(self, wanted):
        """Forget nodes that are gone for good, and with them what marked them."""
        for id in wanted:
            if self._kept.pop(id, self) is not self:
                self._storage.run_long(_unmark, self._folder, id)

    def mentioning(self, wanted):
        """The ids of nodes with a grant for which ``wanted(to, grant)`` is true."""
        return [id for id, kept in self.everything() if any(wanted(to, grant) for to, grant in kept.items())]

    def everything(self):
        """The id of each shared node, and the grants on it: ``[(id, {to: grant})]``."""
        self._read(self._kept)
        return [(id, kept) for id, kept in self._kept.items() if kept]

    def look(self, wanted):
        """The nodes of these ids that are there, and the grants on each: ``[(node, {to: grant})]``."""
        return self._storage.run_long(_look, self._group, self._places(wanted))

    def _read(self, wanted):
        unread = [id for id in wanted if self._kept.get(id, {}) is None]
        for node, kept in self.look(unread) if unread else ():
            if self._kept.get(node.id, {}) is None:
                self._kept[node.id] = kept

    def _places(self, wanted):
        sites = {site.id: site for site in self._storage.spaces.sites()}
        found = self._storage.find(Finder.paths, wanted)
        return [(id, sites[space], real) for id, (space, real) in found.items() if space in sites]


def _marked(disk, folder):
    return filter(ids.is_uuid, os.listdir(disk.house_path / folder))


def _mark(disk, folder, id):
    path = disk.house_path / folder / id
    if not path.exists():
        durable.write_file(path, b"")


def _unmark(disk, folder, id):
    durable.remove_file(disk.house_path / folder / id)


def _above(disk, site, real, group):
    found, path = [], ""
    for name in real.split("/"):
        path = f"{path}/{name}" if path else name
        with Opened(disk, site, path) as opened:
            kept = attributes.read(disk.house_fd, opened.at, nodes.identify(opened.at), group)
        if kept:
            found.append((path == real, kept))
    return found[::-1]


def _write(disk, site, real, id, group, kept):
    with Opened(disk, site, real, os.O_RDONLY | os.O_NONBLOCK) as opened:
        attributes.write(disk.house_fd, disk.house_path, opened.at, id, group, kept)
        durable.fsync(opened.fd)


def _look(disk, group, places):
    found = []
    for id, site, real in places:
        with suppress(OSError, errors.NotFound):    # it went away
            node = look(disk, site, real)
            if node.id == id:
                with Opened(disk, site, real) as opened:
                    found.append((node, attributes.read(disk.house_fd, opened.at, id, group) or {}))
    return found

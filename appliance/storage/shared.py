"""What is shared: the grants, or the links, that lie on nodes, and which nodes those are. Tags and favourites likewise.

They are kept on the node itself, so they go with it wherever it is moved and into the trash and back. An empty file in ``shared/`` (or
``linked/``, ``tagged/``), called like the node, is there before its first grant and until its last is gone, so that a start need not look at every node. In
memory lies what was read of them; it may be thrown away. The grants on the root of a space, its members, are no part of this.
"""
import os
from contextlib import suppress

from gevent.lock import RLock

from appliance.core import durable, errors, ids
from appliance.storage import attributes, nodes
from appliance.storage.finder import Finder
from appliance.storage.placing import Opened, seen


class Shared:
    """Reads and changes the grants of nodes; a grant is a dict, by whom it is to. Links likewise, by their id; tags and favourites under these names."""

    def __init__(self, storage, group, folder, also=None):
        """``also``: the member of a grant by which it is found, too: the token of a link."""
        self._storage, self._group, self._folder, self._also = storage, group, folder, also
        self._kept = {}                             # id -> {to: grant}; None until it was read
        self._named = {}                            # to -> the ids of nodes with a grant to it, of what was read
        self._turn = RLock()
        self._unread = set()                        # the ids of which it is None: more than none only after a start, and of what lies in the trash then

    def load(self):
        """Find out which nodes are shared."""
        self._kept, self._named = dict.fromkeys(self._storage.run(_marked, self._folder)), {}
        self._unread = set(self._kept)

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
                if self._kept.setdefault(node.id) is None:
                    self._unread.add(node.id)
            self._storage.tree.at(node, _write, node.id, self._group, after, long=True)
            self._keep(node.id, after)
            if not after:
                self._storage.run_long(_unmark, self._folder, node.id)
                self._kept.pop(node.id, None)
        return after

    def forget(self, wanted):
        """Forget nodes that are gone for good, and with them what marked them."""
        for id in wanted:
            if id in self._kept:
                self._keep(id, {})
                del self._kept[id]
                self._storage.run_long(_unmark, self._folder, id)

    def given(self, names):
        """The ids of nodes with a grant to one of these names."""
        self._read(self._unread, sure=True)
        return set().union(*(self._named.get(to, ()) for to in names))

    def holding(self, name):
        """The id of a node with what goes by that name alone, or None: a link by its id or token. What was in the trash as others were read may be back."""
        if name not in self._named:
            self._read(self._unread, sure=True)
        return next(iter(self._named.get(name, ())), None)

    def mentioning(self, wanted):
        """The ids of nodes with a grant for which ``wanted(to, grant)`` is true."""
        return [id for id, kept in self.everything() if any(wanted(to, grant) for to, grant in kept.items())]

    def everything(self):
        """The id of each shared node, and the grants on it: ``[(id, {to: grant})]``."""
        self._read(self._unread, sure=True)
        return [(id, kept) for id, kept in self._kept.items() if kept]

    def look(self, wanted, sure=False):
        """The nodes of these ids that are there, and the grants on each: ``[(node, {to: grant})]``. To be ``sure`` that no other is there, too: Unavailable
        after a start without an index, until it is whole, and where something is not in the place that the index has for it. Whoever keeps a copy of what
        was shared may not hear that it is gone."""
        wanted = dict.fromkeys(wanted)              # each once, in order
        found = self._storage.run_long(_look, self._group, self._places(wanted))
        if sure and len(found) < len(wanted):
            found += self._look_again(wanted.keys() - {node.id for node, _ in found})
        return found

    def _look_again(self, missing):
        """Perhaps it was being moved just now, or a folder above it: in the turn of its space it stands still."""
        found, known = [], self._known(missing)
        for space in set(known.values()) - {""}:
            with self._storage.lock(space):
                found += self._storage.run_long(_look, self._group, [place for place in self._places(known) if place[1].id == space])
        if len(found) < len(missing) and not self._storage.complete:
            raise self._storage.unknown()
        left = known.keys() - {node.id for node, _ in found}
        if left and self._known(left):              # others moved or destroyed it; which of both is known soon
            raise errors.Unavailable(retry_after=5, nodes=" ".join(sorted(left)[:5]))
        return found

    def _known(self, wanted):
        sites = {"", *(site.id for site in self._storage.spaces.sites())}
        return {id: space for id, space in self._storage.find(Finder.whereabouts, wanted).items() if space in sites}

    def _read(self, wanted, sure=False):
        if self._unread.isdisjoint(wanted):
            return
        with self._turn:                            # after a start many ask at once: one reads for all of them
            unread = self._unread.intersection(wanted)
            for node, kept in self.look(unread, sure) if unread else ():
                if node.id in self._unread:
                    self._keep(node.id, kept)

    def _keep(self, id, kept):
        before = self._names(self._kept.get(id) or {})
        after = self._names(kept)
        for name in before - after:
            self._named[name].discard(id)
            if not self._named[name]:
                del self._named[name]
        for name in after:
            self._named.setdefault(name, set()).add(id)
        self._kept[id] = kept
        self._unread.discard(id)

    def _names(self, kept):
        found = set(kept)
        if self._also:
            found |= {each[self._also] for each in kept.values() if isinstance(each, dict) and isinstance(each.get(self._also), str)}
        return found

    def _places(self, wanted):
        sites = {site.id: site for site in self._storage.spaces.sites()}
        return [(id, sites[space], real) for id, (space, real) in self._storage.find(Finder.paths, wanted).items() if space in sites]


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
    found, folders = [], {}
    for id, site, real in places:
        with suppress(OSError, errors.NotFound), Opened(disk, site, real) as opened:    # suppress: it went away
            node = seen(disk, site, real, opened.at, opened.status, folders)
            if node.id == id:
                found.append((node, attributes.read(disk.house_fd, opened.at, id, group) or {}))
    return found

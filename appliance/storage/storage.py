"""Storage: opens the disk and keeps its parts together. Methods are called from greenlets; the disk work runs in threads."""
import os
from contextlib import contextmanager

from gevent.lock import RLock

from appliance.core import errors, jobs, log
from appliance.storage import adoption, placing, tidy
from appliance.storage.disk import Disk
from appliance.storage.finder import Finder
from appliance.storage.locks import Locks
from appliance.storage.spaces import Spaces
from appliance.storage.trash import Trash
from appliance.storage.tree import Tree
from appliance.storage.uploads import Uploads
from appliance.storage.versions import Versions, sync


class Storage:
    """Everybody's files."""

    def __init__(self, config, bus, disk):
        self.config, self.bus, self.disk = config, bus, disk
        self._locks, self._background, self._left_over = {}, [], []
        self._finder_turn = RLock()
        self.finder = Finder(config.cache, disk.id)
        self.spaces, self.tree, self.trash, self.versions = Spaces(self), Tree(self), Trash(self), Versions(self)
        self.locks, self.uploads = Locks(disk), Uploads(self)

    @classmethod
    def open(cls, config, bus, own=True):
        """Open the storage, laying it out in an empty folder; Unavailable with one clear sentence where that cannot be."""
        disk = jobs.bulk(Disk, config.data, config.reserve_percent, config.reserve_bytes, own)
        storage = cls(config, bus, disk)
        storage.spaces.load()
        storage.uploads.load()
        if own:
            storage._left_over = storage.run_long(tidy.leftovers, disk.unclean)
        return storage

    @property
    def id(self):
        """The storage's own id, the first part of every resource id."""
        return self.disk.id

    @property
    def fingerprint(self):
        """Changes when a backup was restored."""
        return self.disk.fingerprint

    @property
    def generation(self):
        """Raised after every unclean stop."""
        return self.disk.generation

    def present(self):
        """Unavailable unless the storage is there."""
        self.run(_nothing)

    def free(self):
        """Bytes that may still be written without touching the reserve."""
        return self.run(Disk.free)

    # For the rooms of this storey.

    def run(self, function, *args):
        """Short work on the disk, in a thread: ``function(disk, *args)``."""
        return jobs.blocking(placing.guarded, self.disk, function, *args)

    def run_long(self, function, *args):
        """Long work on the disk, in a thread of the other pool."""
        return jobs.bulk(placing.guarded, self.disk, function, *args)

    @contextmanager
    def lock(self, space_id):
        """The turn to change a space."""
        turn = self._locks.setdefault(space_id, RLock())
        with turn:
            yield

    def site(self, space_id):
        """Where a space lies."""
        return self.spaces.site(space_id)

    def find(self, function, *args):
        """Ask the finder; one question at a time."""
        with self._finder_turn:
            return jobs.blocking(function, self.finder, *args)

    def locate(self, node_id):
        """``(site, path as it stands on the disk)`` of a node, or None."""
        try:
            return self.site(node_id), ""
        except errors.NotFound:
            pass
        found = self.find(Finder.path, node_id)
        return (self.site(found[0]), found[1]) if found else None

    def remember(self, node_id, parent_id, name, space_id):
        """Tell the finder where a node is now."""
        self.find(Finder.put, node_id, parent_id, name, space_id)

    def learn(self, rows):
        """Tell the finder of nodes met for the first time."""
        self.find(Finder.put_all, rows)

    def forget(self, node_id):
        """Tell the finder that a node is gone with all beneath."""
        self.find(Finder.drop, node_id)

    def settle(self, site, *folders, versions=None):
        """Force the names in folders to the disk; only after this may a change be acknowledged."""
        self.run_long(_settle, site, folders, versions)

    def room(self, parent, name, size):
        """Bytes that a file may have which is written to a place, None without a limit; QuotaExceeded where ``size`` is more."""
        there = self.tree.there(parent, name)
        limit = self.spaces.room(parent.space, 0)
        limit = limit if limit is None or there is None else limit + there.size
        if limit is not None and size is not None and size > limit:
            raise errors.QuotaExceeded()
        return limit

    def index(self, site, real, parent_id):
        """Tell the finder of a node and all beneath it, giving ids to what has none."""
        self.learn(self.run_long(adoption.rows, site, real, parent_id))

    # In the background.

    def start(self):
        """Begin what goes on by itself: catching up after an unclean stop, retention, sweeping."""
        self._background.append(jobs.soon(self.run_long, tidy.remove, self._left_over))
        if self.disk.unclean or self.find(Finder.fact, "complete") is None:
            self._background.append(jobs.soon(self.walk))
        self._background.append(jobs.every(24 * 3600, self.sweep, first=5))

    def stop(self):
        """End it."""
        for job in self._background:
            getattr(job, "stop", getattr(job, "kill", None))()
        self._background.clear()

    def walk(self):
        """Look at every folder of every space, deepest first, and put right what was changed without us."""
        for site in self.spaces.sites():
            self.remember(site.id, None, "", site.id)
            for real in self.run_long(adoption.folders, site):
                self.adopt(site, real)
        self.find(Finder.fact, "complete", "1")

    def reindex(self):
        """Forget what the cache holds and find it again on the disk; all folders look changed then, so clients look again."""
        self.find(Finder.clear)
        self.walk()

    def adopt(self, site, real):
        """Put right one folder that somebody may have changed behind our back; True where that was so."""
        for row in self.run_long(adoption.stale, site, real):
            self.run_long(adoption.sum_up, site, *row)
        with self.lock(site.id):
            members = self.find(Finder.members, self.run(placing.id_at, site, real))
            changed, rows, gone = self.run_long(adoption.adopt, site, real, members)
            for id in gone:
                self.forget(id)
            if rows:
                self.learn(rows)
            return changed

    def sweep(self):
        """Remove what time and room demand: old trash, old versions, drafts that nobody writes."""
        config = self.config
        self.uploads.sweep()
        self.locks.sweep()
        self.trash.thin(config.trash_days)
        self.versions.thin(config.version_days, config.versions_per_file)
        if not self.free():
            self.trash.give_room(1)
            self.versions.give_room(1)

    def close(self):
        """Leave in good order."""
        self.stop()
        jobs.drain()                                # nothing may still use what is closed now
        self.finder.close()
        jobs.blocking(self.disk.close)


def _nothing(disk):
    pass


def _settle(disk, site, folders, versions):
    if versions:
        sync(disk, f"versions/{site.id}/{versions}")
    for real in dict.fromkeys(folders):
        try:
            with placing.Opened(disk, site, real, os.O_RDONLY | os.O_DIRECTORY) as folder:
                os.fsync(folder.fd)
        except FileNotFoundError:
            log.get("storage").info("a folder moved on before it was settled")

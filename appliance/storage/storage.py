"""Storage: opens the disk and keeps its parts together. Methods are called from greenlets; the disk work runs in threads."""
import os
import sqlite3
from contextlib import contextmanager, suppress

from gevent.lock import RLock

from appliance.core import clock, durable, errors, events, jobs, log
from appliance.storage import adoption, attributes, placing, quota, tidy
from appliance.storage.disk import Disk
from appliance.storage.finder import Finder
from appliance.storage.locks import Locks
from appliance.storage.quarantine import Quarantine
from appliance.storage.shared import Shared
from appliance.storage.spaces import Spaces
from appliance.storage.trash import Trash
from appliance.storage.tree import Tree
from appliance.storage.unscanned import Unscanned
from appliance.storage.uploads import Uploads
from appliance.storage.versions import Versions
from appliance.storage.watch import Watch


WRITTEN = 200                                       # files told of one by one, of those written in a folder behind our back
DRAFT_NS = 86_400 * 10**9                           # a draft in which nothing is written for so long is nobody's


class Change:
    """What a change must still force to the disk: open folders, in the order in which they were touched."""

    def __init__(self):
        self.folders = []

    def touch(self, fd):
        """Remember a folder open for reading."""
        self.folders.append(os.dup(fd))

    def forget(self):
        """Close what was not forced to the disk."""
        while self.folders:
            os.close(self.folders.pop())


class Storage:
    """Everybody's files."""

    def __init__(self, config, bus, disk):
        self.config, self.bus, self.disk = config, bus, disk
        self._locks, self._background, self._left_over = {}, [], []
        self._linked = set()                        # ids of folders with second names of files, of which the finder knows nothing
        self._finder_turn, self.complete = RLock(), True    # complete: an id that the finder does not know does not exist
        self.finder = Finder(config.cache, disk.id)
        self.spaces, self.tree, self.trash, self.versions = Spaces(self), Tree(self), Trash(self), Versions(self)
        self.locks, self.uploads = Locks(disk), Uploads(self)
        self.shared, self.linked = Shared(self, attributes.GRANTS, "shared"), Shared(self, attributes.LINKS, "linked", also="token")
        self.tagged = Shared(self, attributes.TAGS, "tagged")
        self.quarantine, self.unscanned = Quarantine(self), Unscanned(self)
        self.watch = Watch(self)

    @classmethod
    def open(cls, config, bus, own=True):
        """Open the storage, laying it out in an empty folder; Unavailable with one clear sentence where that cannot be."""
        disk = jobs.bulk(Disk, config.data, config.reserve_percent, config.reserve_bytes, own)
        try:
            storage = cls(config, bus, disk)
            storage.spaces.load()
            storage.spaces.complain()
            storage.uploads.load()
            storage.quarantine.load()
            storage.unscanned.load()
            storage.shared.load()
            storage.linked.load()
            storage.tagged.load()
            if own:
                storage._left_over = storage.run_long(tidy.leftovers, disk.unclean)
                storage.run(Disk.secure)
                if disk.unclean:
                    storage.find(Finder.fact, "complete", "")
                storage.complete = not storage.spaces.sites() or storage.find(Finder.fact, "complete") == "1"
            return storage
        except BaseException:
            jobs.blocking(disk.close, not disk.unclean)
            raise

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

    @contextmanager
    def change(self, space_id):
        """The turn to change a space; the folders given to ``touch`` of the answer are forced to the disk after it, outside
        of the turn. Only after this block may a change be acknowledged."""
        change = Change()
        try:
            with self.lock(space_id):
                yield change
            if change.folders:
                self.run_long(_settle, change)
        finally:
            change.forget()

    def site(self, space_id):
        """Where a space lies."""
        return self.spaces.site(space_id)

    def find(self, function, *args):
        """Ask the finder; one question at a time. A damaged one begins anew, and is filled by a walk."""
        with self._finder_turn:
            try:
                return jobs.blocking(function, self.finder, *args)
            except sqlite3.DatabaseError as error:
                if any(word in str(error) for word in ("locked", "full", "readonly", "closed")):
                    raise errors.Unavailable(finder=str(error)) from error
                log.get("storage").warning("the index is damaged and is made anew: %s", error)
            self.complete = False
            jobs.blocking(self.finder.renew)
            self._background.append(jobs.soon(self.walk))
            return jobs.blocking(function, self.finder, *args)

    def _tell(self, function, *args):
        """Tell the finder of something that has happened already: it may know less, but nothing fails for it."""
        try:
            self.find(function, *args)
        except (errors.Unavailable, sqlite3.DatabaseError) as error:
            self.complete = False
            log.get("storage").warning("the index is behind: %s", error.__cause__ or error)

    def unknown(self):
        """The error for an id that nobody knows: while the index is being filled, that says nothing."""
        return errors.NotFound() if self.complete else errors.Unavailable(retry_after=5)

    def locate(self, node_id):
        """``(site, path as it stands on the disk)`` of a node, or None."""
        try:
            return self.site(node_id), ""
        except errors.NotFound:
            pass
        found = self.find(Finder.path, node_id)
        try:
            return (self.site(found[0]), found[1]) if found else None
        except errors.NotFound:                     # its space is gone, or has become a folder of another one
            return None

    def remember(self, node_id, parent_id, name, space_id):
        """Tell the finder where a node is now."""
        self._tell(Finder.put, node_id, parent_id, name, space_id)

    def learn(self, rows):
        """Tell the finder of nodes met for the first time."""
        self._tell(Finder.put_all, rows)

    def acquaint(self, site, real, node_id):
        """Tell the finder of a folder that was found by its path, if it does not lead there: after an unclean stop it may be behind."""
        if self.locate(node_id) != (site, real):
            self.learn(self.run(adoption.way, site, real))

    def forget(self, node_id):
        """Tell the finder that a node is gone with all beneath."""
        self._tell(Finder.drop, node_id)

    def room(self, parent, name, size):
        """Bytes that a file may have which is written to a place; QuotaExceeded where ``size`` is more."""
        allowed, free = self.run(_allowed, self.site(parent.space), placing.join(parent.path, name)), self.free()
        if allowed is not None and (size or 0) > allowed:
            raise errors.QuotaExceeded()
        if free < (size or 1):
            free = self.make_room(size or 1)
        if (size or 0) > free:
            raise errors.QuotaExceeded()
        return free if allowed is None else min(free, allowed)

    def make_room(self, wanted):
        """Destroy the oldest of what was deleted or replaced until so many bytes are free; how many are."""
        free = self.free()
        if free >= wanted:
            return free
        oldest = sorted([(moment, size, self.trash.purge, place) for moment, size, *place in self.trash.all()]
                        + [(moment, size, self.versions.destroy, place) for moment, size, *place in self.versions.all()],
                        key=lambda row: row[0])
        if free + sum(size for _, size, _, _ in oldest) < wanted:
            return free                             # in vain: then nothing is destroyed
        for _, _, destroy, place in oldest:
            try:
                destroy(*place)
            except errors.NotFound:
                continue                            # somebody else did
            free = self.free()
            if free >= wanted:
                break
        log.get("storage").warning("the disk is full: the oldest of what was deleted or replaced had to go")
        return free

    def index(self, site, real, parent_id):
        """Tell the finder of a node and all beneath it, giving ids to what has none."""
        self.learn(self.run_long(adoption.rows, site, real, parent_id))

    # In the background.

    def start(self):
        """Begin what goes on by itself: catching up after an unclean stop, retention, sweeping."""
        self._background.append(jobs.soon(self.run_long, tidy.remove, self._left_over))
        self.watch.start()                          # first it walks, for what happened while nobody watched
        self._background.append(jobs.every(24 * 3600, self.sweep, first=5))
        self._background.append(jobs.every(3600, self.relieve, first=2))

    def stop(self):
        """End it."""
        self.watch.stop()
        for job in self._background:
            getattr(job, "stop", getattr(job, "kill", None))()
        self._background.clear()

    def walk(self):
        """Look at every folder of every space, from above, and put right what was changed without us."""
        for site in self.spaces.sites():
            self.remember(site.id, None, "", site.id)
            for real in self.run_long(adoption.folders, site):
                try:
                    self.adopt(site, real)
                except errors.NotFound:
                    continue                        # it went away meanwhile
        self.find(Finder.drop_lost)
        self.find(Finder.fact, "complete", "1")
        self.complete = True

    def reindex(self):
        """Forget what the cache holds and find it again on the disk; all folders look changed then, so clients look again."""
        self.complete = False
        self.find(Finder.clear)
        self.walk()

    def adopt(self, site, real):
        """Put right one folder that somebody may have changed behind our back; True where that was so."""
        written = []
        for row in self.run_long(adoption.stale, site, real):
            if self.run_long(adoption.sum_up, site, *row):
                written.append(row[0])
        with self.lock(site.id):
            own = self.run(placing.id_at, site, real)
            members = self.find(Finder.members, own)
            others = {name: self._elsewhere(site, placing.join(real, name), id)
                      for name, id in self.run_long(adoption.newcomers, site, real, members).items()}
            self._linked.discard(own)
            if adoption.LINK in others.values():
                self._linked.add(own)
            changed, rows, gone = self.run_long(adoption.adopt, site, real, members, others, bool(written))
            before = self.find(Finder.entries, [row[0] for row in rows])
            for name, id in gone.items():
                if self.find(Finder.entry, id) == (own, name, site.id):
                    self.find(Finder.lose, id)
            if rows:
                self.learn(rows)
        if changed:
            self.bus.publish(events.StorageChanged(site.id, own, "", path=real, written=tuple(written) if len(written) <= WRITTEN else (real,)))
        for parent in {parent for parent, _, _ in before.values() if parent and parent != own}:
            self._adopt_again(parent)
        return changed

    def _adopt_again(self, id):
        """Put right a folder from which something was moved to another."""
        found = self.locate(id)
        if found:
            try:
                self.adopt(*found)
            except errors.NotFound:
                pass

    def _elsewhere(self, site, real, id):
        """COPY or LINK where a node with this id lies in another place, too, else None."""
        found = self.locate(id)
        return self.run(adoption.twin, site, real, *found, id) if found and found != (site, real) else None

    def untouched(self, site, real, names):
        """True where these names of a folder are as we know them, so that what happened to them was our own doing."""
        own, found = self.run(adoption.ours, site, real, names)
        if len(found) < len(names):
            return False
        gone = {name for name, id in found.items() if id is None}
        if gone and (own in self._linked or gone & self.find(Finder.members, own).keys()):
            return False
        there = {id: (own, name, site.id) for name, id in found.items() if id}
        return there == self.find(Finder.entries, there)

    def sweep(self):
        """Remove what time and room demand: old trash, old versions, drafts that nobody writes."""
        config = self.config
        self.uploads.sweep()
        self.quarantine.sweep()
        self.locks.sweep()
        self.trash.thin(config.trash_days)
        self.spaces.thin(config.trash_days)
        self.versions.thin(config.version_days, config.versions_per_file)
        self.run_long(_sweep_drafts)

    def relieve(self):
        """When the disk is full, let the oldest of what was deleted or replaced go."""
        self.make_room(1)
        self.run(Disk.secure)

    def close(self):
        """Leave in good order."""
        self.stop()
        jobs.drain()                                # nothing may still use what is closed now
        self.finder.close()
        jobs.blocking(self.disk.close)


def _nothing(disk):
    pass


def _allowed(disk, site, path):
    """What the quota of a space leaves for a file at a path, None without one; what stands there makes way."""
    allowed = quota.allowed(disk, site)
    if allowed is not None:
        try:
            allowed += placing.look(disk, site, placing.real_path(disk, site, path)).size
        except (FileNotFoundError, errors.NotFound):
            pass
    return allowed


def _settle(disk, change):
    """Force every folder of a change to the disk, as it was opened: wherever it has been moved since."""
    while change.folders:
        fd = change.folders.pop(0)
        try:
            durable.fsync_folder(fd)
        finally:
            os.close(fd)


def _sweep_drafts(disk):
    """Remove drafts in which nothing has been written for a day: whoever wrote them is gone."""
    fd = os.open("drafts", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=disk.house_fd)
    try:
        oldest, old = clock.now_ns() - DRAFT_NS, []
        for name in os.listdir(fd):
            with suppress(FileNotFoundError):       # it became a file just now
                status = os.stat(name, dir_fd=fd, follow_symlinks=False)
                if max(status.st_mtime_ns, status.st_ctime_ns) < oldest:
                    old.append(name)
    finally:
        os.close(fd)
    tidy.remove(disk, [f"drafts/{name}" for name in old])

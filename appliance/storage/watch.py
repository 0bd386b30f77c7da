"""Changes made behind our back are seen within seconds: inotify on every folder of every space.

One greenlet reads the events and keeps the map of what is watched; a second one, when a folder has been quiet for a moment,
looks at the names that something happened to. What the server did itself is in good order then and costs no more than
that look; anything else has the whole folder put right (``Storage.adopt``). Where events may have been lost, and daily in
any case, everything is walked.
"""
import errno
import os
from collections import deque
from time import monotonic

import gevent
from gevent.event import Event
from gevent.socket import wait_read
from inotify_simple import INotify, flags, parse_events

from appliance.core import errors, log
from appliance.storage import nodes, paths
from appliance.storage.finder import Finder
from appliance.storage.placing import join

MASK = flags.CREATE | flags.DELETE | flags.MOVED_FROM | flags.MOVED_TO | flags.CLOSE_WRITE | flags.ATTRIB | flags.ONLYDIR \
    | flags.EXCL_UNLINK
QUIET, PATIENCE = 0.5, 3.0                          # seconds without an event before a folder is looked at, and at most
UNCLOSED = 10.0                                     # until a file is looked at that was made and perhaps is not closed yet
NAMES = 200                                         # with more of them a folder is looked at as a whole
WITHOUT = 300                                       # seconds between two walks where not all can be watched
_TICK, _IDLE = 0.2, 5.0                            # seconds between two looks at what is due; at whether the disk is the same
_BLOCK = 1 << 18


class Watched:
    """A folder that is watched; its path is that of its parent and its name, so that a rename is one change."""

    def __init__(self, wd, parent, name):
        self.wd, self.parent, self.name, self.members = wd, parent, name, {}

    def path(self):
        """Relative to the data folder."""
        names, here = [], self
        while here is not None:
            names.append(here.name)
            here = here.parent
        return "/".join(reversed(names))


class Pending:
    """What happened in a folder since it was looked at; ``names`` is None when everything in it is to be looked at."""

    def __init__(self, now):
        self.first, self.due, self.names = now, now + QUIET, set()

    def add(self, now, name):
        self.due = min(now + QUIET, self.first + PATIENCE)
        if name is None or self.names is None or len(self.names) >= NAMES:
            self.names = None
        else:
            self.names.add(name)


class Watch:
    """Keeps an eye on all spaces from ``start`` until ``stop``."""

    def __init__(self, storage):
        self._storage = storage
        self._inotify, self._greenlets = None, []
        self._roots, self._by_wd = {}, {}           # "people" and "projects" -> Watched; wd -> Watched
        self._pending, self._moved = {}, {}         # Watched -> Pending; cookie -> Watched
        self._made = deque(maxlen=100_000)          # (when to look, Watched, name) of files that were made
        self._partial = False                       # not every folder is watched
        self._anew, self._walk_now, self._stirred = Event(), Event(), Event()

    def start(self):
        """Begin: watch, then walk for what happened before."""
        self._anew.set()
        self._greenlets = [gevent.spawn(self._guarded, self._read), gevent.spawn(self._guarded, self._work)]

    def stop(self):
        """End it."""
        gevent.killall(self._greenlets)
        self._greenlets = []
        self._close()

    def _guarded(self, function):
        """A watcher that stumbled begins anew: it must not end while the server runs."""
        while True:
            try:
                function()
            except errors.Unavailable:
                pass                                # the disk is away; when it is back all is looked at
            except Exception:
                log.get("watch").exception("watching stumbled and begins anew")
            self._anew.set()
            gevent.sleep(2)

    # The reader: events, and the map of what is watched.

    def _read(self):
        while True:
            if self._anew.is_set():
                self._open()
            try:
                wait_read(self._inotify.fileno(), timeout=_IDLE, timeout_exc=TimeoutError())
            except TimeoutError:
                self._check_disk()
                continue
            for event in parse_events(os.read(self._inotify.fileno(), _BLOCK)):
                self._take(event)
            self._let_go()

    def _open(self):
        """Watch everything from scratch; only then are spaces walked, so that nothing falls between."""
        self._close()
        self._storage.present()
        self._seen, self._partial = self._storage.disk.seen, False
        try:
            self._inotify = INotify(nonblocking=True)
        except OSError as error:
            self._complain(error)
            self._inotify = _Blind()
        for kind in ("people", "projects"):
            self._watch(None, kind)
        self._anew.clear()
        self._walk_now.set()
        self._stirred.set()

    def _close(self):
        if self._inotify is not None:
            self._inotify.close()
        self._inotify = None
        self._roots, self._by_wd, self._pending, self._moved = {}, {}, {}, {}
        self._made.clear()

    def _check_disk(self):
        """A disk that went away and came back is another one to inotify."""
        self._storage.present()
        if self._storage.disk.seen != self._seen:
            self._anew.set()

    def _take(self, event):
        if event.mask & flags.Q_OVERFLOW:
            log.get("watch").info("too much happened at once; everything is looked at")
            self._anew.set()
            return
        here = self._by_wd.get(event.wd)
        if here is None:
            return
        if event.mask & flags.IGNORED:              # the folder is gone, or the disk
            self._forget(here)
            if here.parent is None:
                self._anew.set()
            return
        name = event.name
        if not name or paths.shown(name) is None:
            return
        if not event.mask & flags.ISDIR:
            if event.mask & flags.CREATE:           # its content is told by CLOSE_WRITE, which a mere link never gets
                self._made.append((monotonic() + UNCLOSED, here, name))
            else:
                self._happened(here, name)
            return
        if event.mask & flags.ATTRIB:               # the etag that every change carries up
            return
        self._happened(here, name)
        if event.mask & (flags.CREATE | flags.MOVED_TO):
            self._moved.pop(event.cookie, None)
            self._watch(here, name)
        elif event.mask & flags.MOVED_FROM:
            moved = here.members.pop(name, None)
            if moved is not None:
                self._moved[event.cookie] = moved

    def _happened(self, here, name):
        now = monotonic()
        self._pending.setdefault(here, Pending(now)).add(now, name)
        self._stirred.set()

    def _watch(self, parent, name):
        """Watch a folder and all beneath it. Each is watched before it is read, so that nothing falls between."""
        above = parent.path() + "/" if parent else ""
        watched, error = self._storage.run_long(_add, self._inotify, above + name)
        for wd, path in watched:
            self._place(wd, path)
        if error:
            self._complain(error)

    def _place(self, wd, path):
        """Put a watched folder into the map, or to the place to which it was moved."""
        above, _, name = path.rpartition("/")
        parent, here = self._at(above) if above else None, self._by_wd.get(wd)
        if here is None:
            here = self._by_wd[wd] = Watched(wd, parent, name)
            self._happened(here, None)              # nobody has looked into it yet
        else:
            if here.parent and here.parent.members.get(here.name) is here:
                del here.parent.members[here.name]
            here.parent, here.name = parent, name
        (parent.members if parent else self._roots)[name] = here

    def _at(self, path):
        first, *names = path.split("/")
        here = self._roots[first]
        for name in names:
            here = here.members[name]
        return here

    def _let_go(self):
        """Folders that were moved to where nobody watches: into the trash, or out of the storage."""
        gone, self._moved = list(self._moved.values()), {}
        while gone:
            here = gone.pop()
            gone.extend(here.members.values())
            try:
                self._inotify.rm_watch(here.wd)
            except OSError:
                pass                                # it is gone altogether
            self._by_wd.pop(here.wd, None)
            self._pending.pop(here, None)

    def _forget(self, here):
        self._by_wd.pop(here.wd, None)
        self._pending.pop(here, None)
        if here.parent and here.parent.members.get(here.name) is here:
            del here.parent.members[here.name]

    def _complain(self, error):
        if not self._partial:
            self._partial = True
            log.get("watch").warning(
                "Not every folder can be watched (%s): changes made outside are found by a look every %d minutes. Raise "
                "fs.inotify.max_user_watches with sysctl.", error, WITHOUT // 60)

    # The worker: looks at what has been quiet for a moment, and walks.

    def _work(self):
        walked = monotonic()
        while True:
            if self._pending:
                gevent.sleep(_TICK)
            else:
                self._stirred.wait(_IDLE)
                self._stirred.clear()
            if self._anew.is_set():
                continue                            # what is seen then is walked
            if self._walk_now.is_set() or monotonic() - walked > self._every():
                self._walk_now.clear()
                self._storage.walk()
                walked = monotonic()
            while self._made and self._made[0][0] <= monotonic():
                self._happened(*self._made.popleft()[1:])
            due = [here for here, pending in self._pending.items() if pending.due <= monotonic()]
            for here in due:
                self._look(here)
            if due and not self._pending and not self._partial:     # what left a place, and came to none that is watched
                self._storage.find(Finder.drop_lost)

    def _every(self):
        """Seconds from one walk to the next."""
        hours = self._storage.config.walk_hours
        return min(WITHOUT, hours * 3600) if self._partial else hours * 3600

    def _look(self, here):
        """Look at one folder, after those above: a folder must have an id of its own before its members get theirs."""
        if here.parent:
            self._look(here.parent)
        pending = self._pending.pop(here, None)
        if pending is None:
            return
        kind, _, inside = here.path().partition("/")
        if not inside:
            self._look_for_spaces(kind)
            return
        base, _, real = inside.partition("/")
        site = next((site for site in self._storage.spaces.sites() if site.base == f"{kind}/{base}"), None)
        try:
            if site and (pending.names is None or not self._storage.untouched(site, real, pending.names)):
                self._storage.adopt(site, real)
        except errors.NotFound:                     # it went away; that is a matter of the folder above
            pass

    def _look_for_spaces(self, kind):
        """A space was made, by us or by hand, or one is gone."""
        known = {site.base for site in self._storage.spaces.sites() if site.base.startswith(kind + "/")}
        if known != {f"{kind}/{name}" for name in self._storage.run(_names, kind)}:
            self._storage.spaces.load()


# On the disk.

def _add(disk, inotify, path):
    """Watch a folder and all beneath; ``([(wd, path)], why not all could be watched or None)``, each after its parent."""
    watched, to_see = [], [path]
    while to_see:
        here = to_see.pop()
        try:
            fd = paths.open_beneath(disk.root, here, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:                             # it went away meanwhile, or leads elsewhere
            continue
        try:
            watched.append((inotify.add_watch(nodes.at(fd), MASK), here))
            with os.scandir(fd) as entries:
                to_see.extend(join(here, entry.name) for entry in entries
                              if entry.is_dir(follow_symlinks=False) and paths.shown(entry.name) is not None)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.ENOMEM):
                return watched, error.strerror
        finally:
            os.close(fd)
    return watched, None


def _names(disk, kind):
    fd = paths.open_beneath(disk.root, kind, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return os.listdir(fd)
    finally:
        os.close(fd)


class _Blind:
    """What stands for inotify where there is none to be had."""

    def __init__(self):
        self._ends = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def fileno(self):
        return self._ends[0]

    def add_watch(self, path, mask):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def rm_watch(self, wd):
        pass

    def close(self):
        for fd in self._ends:
            os.close(fd)

"""The folder that holds the people: its layout, its one lock, and what it means when the disk is away.

Several processes use it: the server, and each command that changes accounts. Records are replaced whole, so that reading
needs no lock; whoever changes something holds the lock, looks again, and then writes.
"""
import errno
import fcntl
import os
from pathlib import Path

from gevent.lock import BoundedSemaphore

from appliance.core import durable, errors, jobs

PARTS = ("accounts", "groups", "credentials", "apps", "keys", "sessions", "throttle", "clients", "consents", "settings",
         "photos")
LOCK = "lock"


class Folder:
    """Runs plain functions on the folder, away from the hub."""

    def __init__(self, path):
        self.path = Path(path)
        self._turn = BoundedSemaphore(1)            # so that no more than one thread ever waits for the lock
        if self.path.parent.is_dir():               # without the storage around it, nothing is made: the disk is away
            _make(self.path)

    def look(self, function, *args):
        """Run a function that only reads."""
        return _translated(jobs.blocking, function, *args)

    def change(self, function, *args):
        """Run a function that changes something, while no other process does."""
        with self._turn:
            return _translated(jobs.bulk, _exclusively, self.path / LOCK, function, args)


def _make(path):
    missing = [each for each in (path, *(path / part for part in PARTS)) if not each.is_dir()]
    for each in missing:
        each.mkdir(mode=0o700, exist_ok=True)
    for each in {each.parent for each in missing}:
        durable.fsync_names(each)


def _exclusively(lock, function, args):
    fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        return function(*args)
    finally:
        os.close(fd)


def _translated(run, function, *args):
    try:
        return run(function, *args)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise errors.QuotaExceeded("The disk is full, so the change was not kept. Delete something first.") from None
        raise errors.Unavailable(detail=repr(error)) from None


def count(path):
    """How often people were changed, as it stands in the lock: odd while somebody is about it. Blocking."""
    try:
        return int((path / LOCK).read_bytes() or b"0")
    except (FileNotFoundError, ValueError):
        return 0


def set_count(path, number):
    """Write down how often people were changed. It need not outlive a power cut, because nobody does who has read it."""
    fd = os.open(path / LOCK, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(fd, b"%020d" % number, 0)         # one width, so that nobody reads half of it
    finally:
        os.close(fd)


def stamp(path):
    """What changes whenever the file or folder does; None where there is none. Blocking."""
    try:
        seen = os.stat(path)
    except FileNotFoundError:
        return None
    return seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size

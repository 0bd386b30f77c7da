"""WebDAV locks (RFC 4918 §6): kept by path in memory, and one record each on the disk, so that they outlive a restart.

Here it is known which locks there are and which of them stand against each other. Who must show which token is decided
by ``files``. A lock that has expired is as good as gone everywhere; its record goes with the next sweep.
"""
import os
from collections import defaultdict
from typing import NamedTuple

from appliance.core import clock, errors, ids, jobs, log, records
from appliance.storage import placing

MOST = 5_000                                        # locks of one account: each costs memory


class Lock(NamedTuple):
    """A lock on a path of a space, which need not be a node's any more."""

    token: str                                      # urn:uuid:…, as clients send it
    space: str
    path: str
    depth: str                                      # "0" or "infinity"
    owner: str                                      # XML in which the client tells about itself
    by: str                                         # the account's id
    by_name: str
    scope: str                                      # "exclusive" or "shared"
    created: float                                  # seconds since 1970
    expires: float | None                           # None: never

    def alive(self):
        """True until it expires."""
        return self.expires is None or self.expires > clock.now()


class Locks:
    """All locks of a storage."""

    def __init__(self, disk):
        self._disk = disk
        self._by_token, self._by_path = {}, defaultdict(dict)       # token -> Lock; space -> path -> [Lock]
        for lock in jobs.blocking(_load, _folder(disk)):
            self._remember(lock)

    def create(self, lock):
        """Add a lock. Locked, with the token in the way, where another one stands against it (RFC 4918 §6.1, §7)."""
        self._disk.guard()
        against = self.covering(lock.space, lock.path)
        if lock.depth == "infinity":
            against += self.beneath(lock.space, lock.path)
        for other in against:
            if "exclusive" in (lock.scope, other.scope):
                raise errors.Locked(token=other.token)
        if sum(other.by == lock.by for other in self._by_token.values()) >= MOST:
            self.sweep()
            raise errors.Conflict("You hold too many locks. Let go of some, or wait until they expire.")
        self._remember(lock)                        # at once, so that nobody comes between; taken back if the disk refuses
        try:
            self._keep(lock)
        except BaseException:
            self._drop(lock)
            raise

    def refresh(self, token, seconds):
        """Let a lock live ``seconds`` longer from now, None for ever. Returns it as it is then; NotFound."""
        old = self.get(token)
        new = old._replace(expires=None if seconds is None else clock.now() + seconds)
        self._keep(new)
        if self._by_token.get(token) is not old:    # taken away while the disk worked
            self._forget_record(token)
            raise errors.NotFound()
        self._drop(old)
        self._remember(new)
        return new

    def get(self, token):
        """The lock of that token; NotFound."""
        lock = self._by_token.get(token)
        if lock is None or not lock.alive():
            raise errors.NotFound("There is no such lock.")
        return lock

    def remove(self, token):
        """Take a lock away for good; no complaint when it is gone already."""
        lock = self._by_token.get(token)
        if lock is None:
            return
        self._forget_record(token)
        if self._by_token.get(token) is not None:
            self._drop(self._by_token[token])

    def any(self, space):
        """Whether there is any lock in a space."""
        return bool(self._by_path.get(space))

    def covering(self, space, path):
        """The locks that protect a path: those on it, and those with depth infinity on what is above, nearest first."""
        paths, found = self._by_path.get(space), []
        if not paths:
            return found
        found += [lock for lock in paths.get(path, ()) if lock.alive()]
        while path:
            path = path.rpartition("/")[0]
            found += [lock for lock in paths.get(path, ()) if lock.depth == "infinity" and lock.alive()]
        return found

    def beneath(self, space, path):
        """The locks on what is inside a folder, at any depth."""
        inside = path + "/" if path else ""
        return [lock for place, locks in self._by_path.get(space, {}).items() if place != path and place.startswith(inside)
                for lock in locks if lock.alive()]

    def forget(self, space, path):
        """A node has left its path: its locks and those beneath end (RFC 4918 §7.5, §9.6)."""
        locks = list(self._by_path.get(space, {}).get(path, ())) + self.beneath(space, path)
        for lock in locks:
            self._drop(lock)                        # first here: what comes next to this path must not find them
        for lock in locks:
            self._forget_record(lock.token)

    def forget_of(self, account):
        """All locks of an account end, because it is gone."""
        for lock in [lock for lock in self._by_token.values() if lock.by == account]:
            self.remove(lock.token)

    def sweep(self):
        """Take away what has expired."""
        for lock in [lock for lock in self._by_token.values() if not lock.alive()]:
            self.remove(lock.token)

    def _remember(self, lock):
        self._by_token[lock.token] = lock
        self._by_path[lock.space].setdefault(lock.path, []).append(lock)

    def _drop(self, lock):
        if self._by_token.get(lock.token) is not lock:
            return
        del self._by_token[lock.token]
        paths = self._by_path[lock.space]
        paths[lock.path].remove(lock)
        if not paths[lock.path]:
            del paths[lock.path]

    def _keep(self, lock):
        jobs.bulk(placing.guarded, self._disk, _write, lock)

    def _forget_record(self, token):
        jobs.bulk(placing.guarded, self._disk, _remove, token)


def _write(disk, lock):
    records.write(_record(disk, lock.token), lock._asdict())


def _remove(disk, token):
    records.remove(_record(disk, token))


def parse(record):
    """A Lock from its record; ValueError where it is malformed."""
    if set(record) != set(Lock._fields):
        raise ValueError("fields")
    lock = Lock(**record)
    text = (lock.token, lock.space, lock.path, lock.owner, lock.by, lock.by_name)
    numbers = (lock.created, 0 if lock.expires is None else lock.expires)
    if not all(isinstance(each, str) for each in text) or not all(type(each) in (int, float) for each in numbers) \
            or lock.depth not in ("0", "infinity") or lock.scope not in ("exclusive", "shared") or not _name(lock.token):
        raise ValueError("values")
    return lock


def _load(folder):
    """Every lock on the disk. A damaged record is left where it is and told: the start must not need a person."""
    locks = []
    for entry in os.listdir(folder):
        if not entry.endswith(".json") or entry.startswith("."):
            continue
        try:
            lock = parse(records.read(f"{folder}/{entry}"))
            if _name(lock.token) + ".json" != entry:
                raise ValueError("name")
            locks.append(lock)
        except (ValueError, errors.Corrupt):
            log.get("storage").warning("The lock %s cannot be read and does not count. Run hearth check --repair.", entry)
    return locks


def _folder(disk):
    return f"/proc/self/fd/{disk.house_fd}/locks"


def _record(disk, token):
    return f"{_folder(disk)}/{_name(token)}.json"


def _name(token):
    """The UUID in a lock token, which is the name of its record; empty where there is none."""
    name = token.removeprefix("urn:uuid:").removeprefix("opaquelocktoken:")
    return name if ids.is_uuid(name) else ""

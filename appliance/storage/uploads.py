"""Uploads: drafts that outlive a request and a restart: ``uploads/<id>/{record.json,data}``, and likewise what is in quarantine.

An offset is acknowledged only after the bytes before it are on the disk, and is kept as an attribute of ``data``. What lies
beyond it after a stop was never acknowledged and is cut off. The bytes are hashed as they come; the state of the hash is in
memory, and made again by reading when it was lost. In the end the data becomes a file by the same commit as any draft.
"""
import os
import shutil

from appliance.core import clock, durable, errors, ids, log, records
from appliance.storage import attributes, paths
from appliance.storage.drafts import Draft, Hasher
from appliance.storage.versions import sync

MOST = 1_000                                        # unfinished uploads of one account
SHELVES = ("uploads", "quarantine")
OFFSET = "offset"                                   # the attribute with the acknowledged offset, in decimal
KEPT = ("actor", "space", "parent", "name", "size", "mtime_ns", "metadata", "checksum", "expect", "expires")
_BLOCK = 1 << 20


class Uploads:
    """All unfinished uploads of a storage."""

    shelf = "uploads"

    def __init__(self, storage):
        self._storage, self._uploads = storage, {}

    def load(self):
        """Look which uploads lie on the disk."""
        self._uploads = {id: self._one(id, record, offset) for id, record, offset in self._storage.run_long(_scan, self.shelf)}

    def _one(self, id, record, offset):
        return Upload(self, self._storage, id, record, offset)

    def create(self, actor_id, parent, name, size, mtime_ns, metadata, checksum, expect, lifetime):
        """Begin an upload of exactly ``size`` bytes to a name in a folder (a Node), to be finished within ``lifetime`` seconds.

        ``checksum`` is ``(algorithm, hex)`` of the whole, ``expect`` the etag that the file there must have at the end, each
        None where it does not matter; ``metadata`` (texts) is kept for the caller. QuotaExceeded when it cannot fit, Conflict
        where the folder is gone, TooManyAttempts when the account has too many open.
        """
        paths.check_name(name)
        site, real = self._storage.tree.parent(parent)
        self._storage.acquaint(site, real, parent.id)       # it is found by its id from now on
        self._storage.room(parent, name, size)
        if sum(each.actor == actor_id for each in self._uploads.values()) >= MOST:
            self.sweep()
            raise errors.TooManyAttempts("You have too many unfinished uploads. Finish them, or wait until they expire.",
                                         retry_after=3600)
        id = ids.new()
        record = dict(zip(KEPT, (actor_id, parent.space, parent.id, name, size, mtime_ns, metadata, checksum and list(checksum), expect,
                                 clock.now() + lifetime)))
        upload = self._uploads[id] = self._one(id, record, 0)
        try:
            self._storage.run_long(_create, id, record)
        except BaseException:
            self._uploads.pop(id, None)
            raise
        return upload

    def get(self, id):
        """The unfinished upload of that id; NotFound."""
        upload = self._uploads.get(id)
        if upload is None or upload.expires <= clock.now():
            raise errors.NotFound()
        return upload

    def of(self, actor_id):
        """The unfinished uploads of an account."""
        return [upload for upload in self._uploads.values() if upload.actor == actor_id and upload.expires > clock.now()]

    def forget(self, id):
        """Take away the record, and the bytes if they are still there."""
        self._uploads.pop(id, None)
        self._storage.run(_discard, f"{self.shelf}/{id}")

    def sweep(self):
        """Take away what has expired."""
        for id in [id for id, upload in self._uploads.items() if upload.expires <= clock.now()]:
            self._uploads[id].remove()


class Upload:
    """One of them. One request at a time may write to it; the caller sees to that."""

    def __init__(self, uploads, storage, id, record, offset):
        self._uploads, self._storage, self.id = uploads, storage, id
        for name in KEPT:
            setattr(self, name, record[name])
        self.acknowledged = offset                  # bytes that are safe
        self._draft = self._fd = self._coming = None    # while bytes come in: the draft, its fd, the hash of all so far
        self._hasher = Hasher() if not offset else None     # of the acknowledged bytes; None: they must be read first

    @property
    def place(self):
        """Its folder, in the house."""
        return f"{self._uploads.shelf}/{self.id}"

    def open(self):
        """An fd of the bytes so far; the caller closes it."""
        return self._storage.run(_read, self.place)

    @property
    def offset(self):
        """Bytes taken in so far; those beyond ``acknowledged`` become safe with ``pause``."""
        return self._draft.size if self._draft else self.acknowledged

    def write(self, block):
        """Take in the next bytes; TooLarge beyond the size."""
        if self.offset + len(block) > self.size:
            raise errors.TooLarge("More bytes than the upload is to have.")
        if self._draft is None:
            if self.size - self.acknowledged > self._storage.free():
                raise errors.QuotaExceeded()
            self._draft = self._resume()
        try:
            self._draft.write(block)
        except BaseException:                       # nobody knows how many of them the disk took
            self.rewind(self.acknowledged)
            raise

    def pause(self):
        """Make all bytes so far safe: afterwards ``offset`` may be told to the client."""
        draft, self._draft = self._draft, None
        if draft is None:
            return
        try:
            self._storage.run_long(_acknowledge, self._fd, draft.size)
        finally:
            draft.close()
        self.acknowledged, self._hasher = draft.size, self._coming

    def retract(self, offset):
        """Ask for the bytes after ``offset`` once more, although they are safe: no client may think that a file is there which is not."""
        self._storage.run_long(_retract, self.place, offset)
        self.acknowledged, self._hasher = offset, None

    def rewind(self, offset):
        """Forget the bytes since the last pause, which was at ``offset``."""
        if offset != self.acknowledged:
            raise errors.Conflict("The upload is at another offset.")
        draft, self._draft = self._draft, None
        if draft:
            draft.close()

    def finish(self, name=None, absent=False, only=None, id=None):
        """Make it a file, under another ``name`` than announced if need be; ``(node, created)``. ``absent``: there must be none of that name;
        ``only``: the id of the one file that it may replace; ``id``: the one that it gets if it is new.

        Conflict where bytes are missing or the folder is gone; otherwise raises what ``Draft.commit`` does. The upload then
        stays as it is, so that it may be tried again.
        """
        if self.offset != self.size:
            raise errors.Conflict("The upload is not complete.")
        self.pause()
        try:
            parent = self._storage.tree.by_id(self.parent)
        except errors.NotFound:
            raise errors.Conflict() from None
        draft = self._resume(parent, name)
        draft.id = id or draft.id
        try:
            self._storage.run_long(_complete, self._fd)
            done = draft.commit(mtime_ns=self.mtime_ns, checksum=self.checksum, expect=self.expect, absent=absent, only=only)
        finally:
            draft.close()
        try:
            self._uploads.forget(self.id)
        except errors.HouseError as error:          # the file is there; the record goes with the next start
            log.get("storage").warning("What is left of upload %s stays for now: %s", self.id, error)
        return done

    def remove(self):
        """Give it up; its bytes are gone."""
        self.rewind(self.acknowledged)
        self._uploads.forget(self.id)

    def _resume(self, parent=None, name=None):
        """A draft that goes on after the acknowledged bytes."""
        self._fd, self._hasher = self._storage.run_long(_open, self.place, self.acknowledged, self._hasher)
        self._coming = self._hasher.copy()
        return Draft(self._storage, parent, name or self.name, self.place, "data", self._fd, self.size, self._coming, self.acknowledged)


# On the disk.

def parse(record):
    """The fields of a record; ValueError where it is malformed."""
    text = [record.get(name) for name in ("actor", "space", "parent", "name")]
    if set(record) != set(KEPT) or not all(isinstance(each, str) for each in text) or type(record["size"]) is not int \
            or record["size"] < 0 or not isinstance(record["metadata"], dict) or type(record["expires"]) not in (int, float) \
            or type(record["mtime_ns"]) not in (int, type(None)) or not isinstance(record["expect"], str | None) \
            or not isinstance(record["checksum"], list | None):
        raise ValueError("fields")
    return record


def acknowledged(path, size):
    """The acknowledged offset of a data file: without the attribute it was complete, and about to become a file."""
    text, there = attributes.raw(path, OFFSET), os.stat(path, follow_symlinks=False).st_size
    if text is None:
        return size if there == size else 0
    return min(int(text), there) if text.isdigit() else 0


def _scan(disk, shelf):
    """Every upload on the disk as ``(id, record, offset)``. What is damaged is told and left: the start needs no person."""
    found = []
    for id in os.listdir(disk.house_path / shelf):
        folder = disk.house_path / shelf / id
        try:
            record = records.read(folder / "record.json")
            if record is not None and ids.is_uuid(id):
                found.append((id, parse(record), acknowledged(folder / "data", record["size"])))
        except FileNotFoundError:
            continue                                # it became a file as the server died
        except (ValueError, errors.Corrupt):
            log.get("storage").warning("%s/%s cannot be read and does not count. Run hearth check --repair.", shelf, id)
    return found


def _create(disk, id, record):
    """Lay it out beside, and make it real by one rename."""
    beside = f"drafts/{id}"
    os.mkdir(beside, 0o700, dir_fd=disk.house_fd)
    fd = os.open(f"{beside}/data", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640, dir_fd=disk.house_fd)
    try:
        attributes.put_raw(fd, OFFSET, "0")
        durable.fsync(fd)
    finally:
        os.close(fd)
    records.write(f"/proc/self/fd/{disk.house_fd}/{beside}/record.json", record)
    durable.rename(disk.house_fd, beside, disk.house_fd, f"uploads/{id}", exclusive=True)
    sync(disk, "uploads")


def _open(disk, place, offset, hasher):
    """Open the data for going on after ``offset``, and cut off what is beyond; with the hash of what is before."""
    fd = paths.open_beneath(disk.house_fd, f"{place}/data", os.O_RDWR)
    try:
        os.ftruncate(fd, offset)
        if hasher is None:
            hasher, done = Hasher(), 0
            while done < offset:
                block = os.pread(fd, min(_BLOCK, offset - done), done)
                if not block:
                    raise errors.Corrupt(upload=place)
                hasher.update(block)
                done += len(block)
        return fd, hasher
    except BaseException:
        os.close(fd)
        raise


def _read(disk, place):
    return paths.open_beneath(disk.house_fd, f"{place}/data", os.O_RDONLY)


def _retract(disk, place, offset):
    fd = paths.open_beneath(disk.house_fd, f"{place}/data", os.O_RDWR)
    try:
        attributes.put_raw(fd, OFFSET, str(offset))
        durable.fsync(fd)
    finally:
        os.close(fd)


def _acknowledge(disk, fd, offset):
    """First the bytes, then the number that promises them."""
    os.fdatasync(fd)
    attributes.put_raw(fd, OFFSET, str(offset))
    durable.fsync(fd)


def _complete(disk, fd):
    """All bytes are safe. The attribute must not travel with the file; the commit forces this to the disk."""
    attributes.drop_raw(fd, OFFSET)


def leftovers(disk):
    """Those without a record (removed half-way) or data (became a file); a damaged record is not ours to throw away."""
    found = []
    for shelf in SHELVES:
        for id in os.listdir(disk.house_path / shelf):
            folder = disk.house_path / shelf / id
            if ids.is_uuid(id) and folder.is_dir() and not ((folder / "record.json").exists() and (folder / "data").exists()):
                found.append(f"{shelf}/{id}")
    return found


def _discard(disk, place):
    """The record goes first: without it the rest is a leftover."""
    try:
        os.unlink(f"{place}/record.json", dir_fd=disk.house_fd)
    except FileNotFoundError:
        pass
    shutil.rmtree(place, dir_fd=disk.house_fd, ignore_errors=True)

"""Draft: a file being written. It lies beside, is hashed as it comes, and becomes real by one rename. Or it never was.

The order of a commit: the body is on the disk, then its attributes, then the old content has its name among the versions,
then the rename, then the folders above are told, then the folders are forced to the disk. Only then is it acknowledged.
"""
import hashlib
import os
import zlib
from contextlib import nullcontext

from appliance.core import clock, durable, errors, ids
from appliance.storage import attributes, nodes, placing, quota, versions
from appliance.storage.placing import Opened, split

ATTEMPTS, POLITE = 20, 3                            # at a commit while others change the same name; so many without a turn
STRIDE = 64 << 20                                   # bytes between two looks at the room on the disk


class Hasher:
    """SHA-1, MD5 and Adler-32 of what goes by. Its methods block."""

    def __init__(self):
        self._sha1, self._md5, self._adler = hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False), 1

    def update(self, block):
        """Take in a block."""
        self._sha1.update(block)
        self._md5.update(block)
        self._adler = zlib.adler32(block, self._adler)

    def copy(self):
        """Another one that has taken in the same."""
        other = Hasher.__new__(Hasher)
        other._sha1, other._md5, other._adler = self._sha1.copy(), self._md5.copy(), self._adler
        return other

    def sums(self):
        """The sums of all so far."""
        return nodes.Sums(self._sha1.hexdigest(), self._md5.hexdigest(), f"{self._adler:08x}")


class Known:
    """Sums that need no reading."""

    def __init__(self, sums):
        self._sums = sums

    def sums(self):
        """The sums."""
        return self._sums


class Draft:
    """A file being written to a place; nothing shows before ``commit``."""

    def __init__(self, storage, parent, name, folder, entry, fd, limit, hasher=None, size=0):
        self._storage, self.parent, self.name = storage, parent, name
        self._folder, self._entry, self._fd, self._limit = folder, entry, fd, limit
        self._hasher, self.size, self.id, self._checked = hasher or Hasher(), size, ids.new(), size   # id: of a new file

    @classmethod
    def begin(cls, storage, parent, name, size=None, most=None):
        """Begin one under ``drafts/``, of at most ``most`` bytes."""
        limit = min((each for each in (storage.room(parent, name, size), most) if each is not None), default=None)
        entry = ids.new()
        fd = storage.run(_create, entry)
        return cls(storage, parent, name, "drafts", entry, fd, limit)

    def write(self, block):
        """Take in a block of the body; QuotaExceeded when there is no more room."""
        if self._limit is not None and self.size + len(block) > self._limit:
            raise errors.QuotaExceeded()
        if self.size - self._checked >= STRIDE:      # others write, too
            self._checked = self.size
            if not self._storage.free():
                raise errors.QuotaExceeded()
        self._storage.run_long(_write, self._fd, self._hasher, block, self.size)
        self.size += len(block)

    def copy_from(self, opened):
        """Take the whole content of an open file, with its sums where they are known to be right."""
        self._storage.run_long(_copy, self, opened)

    def commit(self, mtime_ns=None, checksum=None, expect=None, absent=False, only=None):
        """Make it real for good; ``(node, created)``.

        ``expect`` is the etag that the file there must have, ``absent`` that there must be none (PreconditionFailed);
        ``only`` is the id of the one file that it may replace (NotFound); ``checksum`` is ``(algorithm, hex)`` of the whole body
        (Invalid where it differs).
        """
        sums = self._hasher.sums()
        if checksum and getattr(sums, checksum[0], None) != checksum[1].lower():
            raise errors.Invalid("The computed checksum does not match the one received from the client.")
        moment = clock.now_ns()
        for attempt in range(ATTEMPTS):
            with nullcontext() if attempt < POLITE else self._storage.lock(self.parent.space):
                done = self._attempt(sums, mtime_ns, moment, expect, absent, only)
            if done:
                self.close()
                return done
        raise errors.Conflict("Somebody else keeps changing this file. Try again.")

    def _attempt(self, sums, mtime_ns, moment, expect, absent, only):
        """Seal it for what stands there, and publish it if that still stands there then; ``(node, created)`` or None."""
        storage, space, entry = self._storage, self.parent.space, self.place
        there, carried = storage.tree.inside(
            self.parent, _prepare, self.name, expect, absent, self._fd, self.id, sums, moment if mtime_ns is None else mtime_ns,
            self.size, long=True)
        if only and (there is None or there.id != only):
            raise errors.NotFound()
        with storage.change(space) as change:
            done = storage.tree.inside(self.parent, _publish, self.name, entry, there, carried, self.size, moment, change)
            if done is None:
                return None
            node, name = done
            storage.remember(node.id, self.parent.id, name, space)
        return node, there is None

    @property
    def fd(self):
        """What is written so far, to be read; it stays the draft's."""
        return self._fd

    @property
    def place(self):
        """Where it lies, in the house."""
        return f"{self._folder}/{self._entry}"

    def abort(self):
        """Forget it; once is enough."""
        if self._fd is not None:
            self.close()
            try:
                self._storage.run(_discard, self.place)
            except errors.HouseError:
                pass                                # it is swept at the next start

    def close(self):
        """Leave what is written where it is: for an upload, which goes on later."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def __del__(self):
        if getattr(self, "_fd", None) is not None:
            os.close(self._fd)


def _create(disk, entry):
    return os.open(f"drafts/{entry}", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640, dir_fd=disk.house_fd)


def _write(disk, fd, hasher, block, offset):
    view = memoryview(block)
    hasher.update(view)
    while view:
        done = os.pwrite(fd, view, offset)
        view, offset = view[done:], offset + done


def _copy(disk, draft, opened):
    """Copy by the kernel when the sums are known to be right; else through the hasher."""
    size, sums, done = opened.node.size, opened.node.sums, 0
    if sums:
        while done < size:
            some = os.copy_file_range(opened.fd, draft._fd, min(size - done, 1 << 26), done, done)
            if not some:
                break
            done += some
        draft._hasher = Known(sums)
    else:
        while block := os.pread(opened.fd, 1 << 20, done):
            _write(disk, draft._fd, draft._hasher, block, done)
            done += len(block)
    draft.size, now = done, os.fstat(opened.fd)
    if sums and (now.st_size, now.st_mtime_ns, done) != (size, opened.node.mtime_ns, size):
        raise errors.Conflict("The file changed while it was copied. Try again.")


def _discard(disk, entry):
    try:
        os.unlink(entry, dir_fd=disk.house_fd)
    except FileNotFoundError:
        pass


def _there(disk, site, above, name):
    """The node that a draft would replace, or None."""
    try:
        node = placing.look(disk, site, placing.target(disk, site, above, name))
    except FileNotFoundError:
        return None
    if node.folder:
        raise errors.Conflict("There is a folder of that name.")
    return node


def _check(there, expect, absent):
    if absent and there is not None:
        raise errors.PreconditionFailed()
    if expect is not None and (there is None or there.etag != expect):
        raise errors.PreconditionFailed()


def _prepare(disk, site, above, name, expect, absent, fd, *facts):
    """Look at what stands there and seal the draft for it; ``(the node there or None, what was taken from it)``."""
    there = _there(disk, site, above, name)
    _check(there, expect, absent)
    return there, _seal(disk, fd, site, there, *facts)


def _seal(disk, fd, site, there, own_id, sums, mtime_ns, size):
    """Put everything that belongs to the file on it, and all of it on the disk. Answers what it took from the file replaced."""
    os.ftruncate(fd, size)
    carried = _carried(disk, site, placing.real_path(disk, site, there.path)) if there else {}
    attributes.put_raw(fd, attributes.ID, there.id if there else own_id)
    for group in attributes.CARRIED:                # what lies beside the inode is found by the id, which stays
        if carried.get(group) is None:
            attributes.drop_raw(fd, group)
        else:
            attributes.write_text(disk.house_fd, disk.house_path, fd, there.id, group, carried[group])
    os.utime(fd, ns=(mtime_ns, mtime_ns))
    attributes.put_raw(fd, attributes.SUMS, nodes.sums_text(sums, os.fstat(fd)))
    durable.fsync(fd)
    return carried


def _carried(disk, site, real):
    with Opened(disk, site, real) as old:
        return {group: attributes.raw(old.at, group, strict=True) for group in attributes.CARRIED}


def _publish(disk, site, above, name, entry, there, carried, size, moment, change):
    """Make the sealed draft real: ``(node, its name on the disk)``; None where not that stands there which it was sealed for."""
    quota.afford(disk, site, size - (there.size if there else 0))
    target = placing.target(disk, site, above, name)
    final, now = split(target)[1], _there(disk, site, above, name)
    if (now and (now.id, now.etag)) != (there and (there.id, there.etag)) or now and _carried(disk, site, target) != carried:
        return None
    with Opened(disk, site, above, os.O_RDONLY | os.O_DIRECTORY) as folder:
        if there is None:
            try:
                durable.rename(disk.house_fd, entry, folder.fd, final, exclusive=True)
            except FileExistsError:
                return None
        else:
            versions.keep(disk, site, folder.fd, final, there, change)
            with disk.moving():
                durable.rename(disk.house_fd, entry, folder.fd, final)
        change.touch(folder.fd)
    node = placing.look(disk, site, target)
    placing.carry(disk, site, above, node.size - (there.size if there else 0), moment)
    return node, final

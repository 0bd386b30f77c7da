"""Draft: a file being written. It lies beside, is hashed as it comes, and becomes real by one rename. Or it never was.

The order of a commit: the body is on the disk, then its attributes, then the old content has its name among the versions,
then the rename, then the folders above are told, then the folders are forced to the disk. Only then is it acknowledged.
"""
import hashlib
import json
import os
import zlib

from appliance.core import clock, durable, errors, ids
from appliance.storage import attributes, nodes, placing, versions
from appliance.storage.placing import Opened, split

ATTEMPTS = 20                                       # at a commit, while others keep changing the same name


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

    def copy(self):
        """Another one that goes on from here."""
        other = Hasher.__new__(Hasher)
        other._sha1, other._md5, other._adler = self._sha1.copy(), self._md5.copy(), self._adler
        return other


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
        self._hasher, self.size = hasher or Hasher(), size

    @classmethod
    def begin(cls, storage, parent, name, size=None):
        """Begin one under ``drafts/``."""
        limit = storage.room(parent, name, size)
        entry = ids.new()
        fd = storage.run(_create, entry)
        return cls(storage, parent, name, "drafts", entry, fd, limit)

    def write(self, block):
        """Take in a block of the body; QuotaExceeded when there is no more room."""
        if self._limit is not None and self.size + len(block) > self._limit:
            raise errors.QuotaExceeded()
        self._storage.run_long(_write, self._fd, self._hasher, block, self.size)
        self.size += len(block)

    def copy_from(self, opened):
        """Take the whole content of an open file, with its sums where they are known to be right."""
        self._storage.run_long(_copy, self, opened)

    def commit(self, mtime_ns=None, checksum=None, expect=None, absent=False):
        """Make it real for good; ``(node, created)``.

        ``expect`` is the etag that the file there must have, ``absent`` that there must be none (PreconditionFailed);
        ``checksum`` is ``(algorithm, hex)`` of the whole body (Invalid where it differs).
        """
        sums = self._storage.run_long(_sums, self._hasher)
        if checksum and getattr(sums, checksum[0], None) != checksum[1].lower():
            raise errors.Invalid("The computed checksum does not match the one received from the client.")
        storage, moment = self._storage, clock.now_ns()
        for _ in range(ATTEMPTS):
            site, above = storage.tree.parent(self.parent)
            there = storage.run(_there, site, above, self.name)
            _check(there, expect, absent)
            entry = f"{self._folder}/{self._entry}"
            id = storage.run_long(_seal, self._fd, entry, site, there, sums, moment if mtime_ns is None else mtime_ns, self.size)
            with storage.lock(site.id):
                above = storage.tree.parent(self.parent)[1]
                limit = storage.spaces.room(site.id, 0)
                if limit is not None and self.size - (there.size if there else 0) > limit:
                    raise errors.QuotaExceeded()
                done = storage.run(_publish, site, above, self.name, entry, there, expect, moment)
                if done is None:
                    continue
                node, kept = done
                storage.remember(id, self.parent.id, split(placing.join(above, self.name))[1], site.id)
            storage.settle(site, above, versions=node.id if kept else None)
            self.close()
            return node, there is None
        raise errors.Conflict("Somebody else keeps changing this file. Try again.")

    def abort(self):
        """Forget it; once is enough."""
        if self._fd is not None:
            self.close()
            try:
                self._storage.run(_discard, f"{self._folder}/{self._entry}")
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
    draft.size = done
    if sums and done != size:
        raise errors.Conflict("The file changed while it was copied. Try again.")


def _sums(disk, hasher):
    return hasher.sums()


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


def _seal(disk, fd, entry, site, there, sums, mtime_ns, size):
    """Put everything that belongs to the file on it, and all of it on the disk; the id is that of the file replaced."""
    os.ftruncate(fd, size)
    if there is None:
        id = nodes.identify(fd)
    else:
        id = there.id
        attributes.put_raw(fd, attributes.ID, id)
        with Opened(disk, site, placing.real_path(disk, site, there.path)) as old:
            for group in attributes.CARRIED:
                text = attributes.raw(old.at, group)
                if text is not None:                # what lies beside the inode is found by the id, which stays
                    _put_somewhere(disk, fd, id, group, text)
                else:
                    attributes.drop_raw(fd, group)
    os.utime(fd, ns=(mtime_ns, mtime_ns))
    attributes.put_raw(fd, attributes.SUMS, nodes.sums_text(sums, os.fstat(fd)))
    durable.fsync(fd)
    return id


def _put_somewhere(disk, fd, id, group, text):
    attributes.write(disk.house_fd, disk.house_path, fd, id, group, json.loads(text))


def _publish(disk, site, above, name, entry, there, expect, moment):
    """Make the sealed draft real; None when another file stands there than the one it was sealed for."""
    target = placing.target(disk, site, above, name)
    now = _there(disk, site, above, name)
    if (now and now.id) != (there and there.id) or (now and now.etag) != (there and there.etag):
        if expect is not None or (there is None and now is not None):
            _check(now, expect, False)
        return None
    kept = False
    with Opened(disk, site, above, os.O_RDONLY | os.O_DIRECTORY) as folder:
        if there is None:
            try:
                durable.rename(disk.house_fd, entry, folder.fd, split(target)[1], exclusive=True)
            except FileExistsError:
                return None
        else:
            kept = versions.keep(disk, site, folder.fd, split(target)[1], there)
            durable.rename(disk.house_fd, entry, folder.fd, split(target)[1])
    node = placing.look(disk, site, target)
    placing.carry(disk, site, above, node.size - (there.size if there else 0), moment)
    return node, kept

"""The disk beneath the house: its layout, its marker, and whether it is there at all.

Everything is reached through two folders opened at start, so that nothing is ever written to another disk that happens to
lie at the same path. Plain blocking functions, run by the storage through ``jobs``.
"""
import errno
import fcntl
import os
import secrets
import stat
import struct
from contextlib import contextmanager
from pathlib import Path

from gevent import monkey

from appliance.core import durable, errors, ids
from appliance.storage.memory import Memory

FORMAT = 1
FOLDERS = ("drafts", "uploads", "trash", "versions", "attributes", "locks", "identity", "keys", "found", "audit", "shared", "linked", "tagged",
           "notices", "outbox", "quarantine", "unscanned", "system")
AWAY = (errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN, errno.EROFS, errno.ESHUTDOWN)
BALLAST, BALLAST_BYTES = "ballast", 256 << 10
MOVES = struct.Struct("<QQ")                        # in ``running``, after 8 bytes: moves begun and ended since the start
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_native_lock = monkey.get_original("_thread", "allocate_lock")  # used in threads, where gevent's must not be


def translated(error):
    """The house error that an OSError of the disk means; what was asked for goes to the log only."""
    detail = {"os": str(error)}
    if error.errno in AWAY:
        return errors.Unavailable(**detail)
    if error.errno in FULL:
        return errors.QuotaExceeded(**detail)
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
        return errors.NotFound(**detail)
    if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ):
        return errors.Invalid("This name or path is too long, or not one that the disk can hold.", **detail)
    if error.errno == errno.EEXIST:
        return errors.AlreadyExists(**detail)
    if error.errno in (errno.EACCES, errno.EPERM):
        return errors.Unavailable("The box may not read or write its own disk. Run \"hearth check\" on it.", **detail)
    return errors.Unavailable(**detail)


class Disk:
    """An open storage: ``root`` and ``house`` are fds of the data folder and of ``.hearth`` in it."""

    def __init__(self, data, reserve_percent, reserve_bytes, own=True):
        self.data, self.house_path = Path(data), Path(data) / ".hearth"
        self._reserve = reserve_percent, reserve_bytes
        self.root = self.house_fd = self._lock = None
        self._turn, self._moves = _native_lock(), [0, 0]
        self._prepare()
        self.unclean = False
        try:
            self._open()
            if own:
                self._hold()
        except BaseException:
            self._let_go()
            raise
        self.generation = self._generation()

    # At start.

    def _prepare(self):
        try:
            self.data.mkdir(mode=0o750, parents=True, exist_ok=True)
            if not self.house_path.exists():
                if (self.data / "people").exists() or (self.data / "projects").exists():
                    raise errors.Unavailable(
                        f"{self.data} holds people's files but no .hearth/FORMAT: this is not the whole storage. Is the right disk "
                        "mounted? Nothing was changed.")
                self._refuse_without_attributes()
                self._make()
        except OSError as error:
            raise errors.Unavailable(f"{self.data} cannot be used: {error.strerror}.") from None

    def _refuse_without_attributes(self):
        probe = self.data / f".hearth-{ids.new()}"
        probe.touch(0o600)
        try:
            os.setxattr(probe, "user.hearth.id", b"1")
        except OSError:
            raise errors.Unavailable(
                f"The file system of {self.data} has no user extended attributes, which hold ids and checksums: put the data on "
                "ext4, XFS or btrfs.") from None
        finally:
            probe.unlink()

    def _make(self):
        """Lay out an empty storage beside, and make it real with its marker in it, by one rename."""
        beside = self.data / f".hearth-{ids.new()}"
        beside.mkdir(0o700)
        for name in FOLDERS:
            (beside / name).mkdir(0o700)
        durable.write_file(beside / "generation", b"1\n")
        durable.write_file(beside / "FORMAT", f"{FORMAT}\n{ids.new()}\n{secrets.token_hex(16)}\n".encode())
        for name in ("people", "projects"):
            (self.data / name).mkdir(0o750, exist_ok=True)
        os.rename(beside, self.house_path)
        folder = os.open(self.data, os.O_RDONLY | os.O_DIRECTORY)
        durable.fsync_folder(folder)
        os.close(folder)

    def _open(self):
        number, self.id, self.fingerprint = self._marker()
        if number > FORMAT:
            raise errors.Unavailable(f"{self.data} was written by a newer Hearth (format {number}): update this one.")
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        root = os.open(self.data, flags)
        try:
            house = os.open(".hearth", flags | os.O_NOFOLLOW, dir_fd=root)
            try:
                for folder, names, mode in ((house, FOLDERS, 0o700), (root, ("people", "projects"), 0o750)):
                    for name in names:
                        self._folder(folder, name, mode)
                status = os.stat("FORMAT", dir_fd=house, follow_symlinks=False)
                if self.root is None:
                    self.root, self.house_fd = os.dup(root), os.dup(house)
                else:                               # under the same numbers: others are using them just now
                    os.dup2(root, self.root, inheritable=False)
                    os.dup2(house, self.house_fd, inheritable=False)
            finally:
                os.close(house)
        finally:
            os.close(root)
        self.seen, self.memory = (status.st_dev, status.st_ino), Memory()

    def _folder(self, above, name, mode):
        """Make a folder of the layout, or see that it is one, on the same disk."""
        try:
            os.mkdir(name, mode, dir_fd=above)
        except FileExistsError:
            status = os.stat(name, dir_fd=above, follow_symlinks=False)
            if not stat.S_ISDIR(status.st_mode) or status.st_dev != os.fstat(above).st_dev:
                raise errors.Unavailable(f"{name} in {self.data} must be a folder of its own on the same disk, not a link or a "
                                         "mount: a rename must reach it.") from None

    def _marker(self):
        try:
            lines = (self.house_path / "FORMAT").read_text().split("\n")
            number, id, fingerprint = int(lines[0]), lines[1], lines[2]
            if not ids.is_uuid(id) or not fingerprint:
                raise ValueError
            return number, id, fingerprint
        except (OSError, ValueError, IndexError):
            raise errors.Unavailable(
                f"There is no readable marker {self.house_path}/FORMAT: the disk is not there, or not whole. Mount it, or run "
                "\"hearth check\".") from None

    def _hold(self):
        """Keep others out, and learn whether the last one left in good order."""
        fd = os.open("running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600, dir_fd=self.house_fd)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            raise errors.Unavailable(f"{self.data} is being served already. Stop that server first.") from None
        self._lock = fd
        self.unclean = os.read(fd, 1) == b"1"
        if self.unclean:
            durable.write_file(self.house_path / "generation", b"%d\n" % (self._generation() + 1))
        os.pwrite(fd, b"1", 0)
        os.ftruncate(fd, 1)                         # what the last one counted
        os.fsync(fd)
        durable.fsync_folder(self.house_fd)

    def _generation(self):
        try:
            return int((self.house_path / "generation").read_text())
        except (OSError, ValueError):
            return int.from_bytes(secrets.token_bytes(4))

    def close(self, good=True):
        """Leave, in good order or as it was found."""
        if self._lock is not None and good:
            try:
                os.ftruncate(self._lock, 0)
                os.fsync(self._lock)
            except OSError:
                pass
        self._let_go()

    def _let_go(self):
        for fd in (self._lock, self.house_fd, self.root):
            if fd is not None:
                os.close(fd)
        self._lock = self.house_fd = self.root = None

    # In every operation.

    @contextmanager
    def moving(self):
        """Around a rename of something that people have: who copies the storage meanwhile may miss it, and counts these."""
        self._count(0)
        try:
            yield
        finally:
            self._count(1)

    def _count(self, which):
        with self._turn:
            self._moves[which] += 1
            if self._lock is not None:
                os.pwrite(self._lock, MOVES.pack(*self._moves), 8)

    def guard(self):
        """Unavailable unless the storage that was opened lies at its path now."""
        try:
            status = os.stat(self.house_path / "FORMAT")
        except OSError as error:
            raise errors.Unavailable(os=str(error)) from None
        if (status.st_dev, status.st_ino) != self.seen:
            self._again()

    def _again(self):
        """Another file lies there: take it if it is the marker of the same storage, come back."""
        with self._turn:
            status = os.stat(self.house_path / "FORMAT")
            if (status.st_dev, status.st_ino) == self.seen:
                return                              # another thread has done it
            if self._marker()[1] != self.id:
                raise errors.Unavailable()
            held, self._lock = self._lock, None
            self._open()
            if held is not None:
                os.close(held)
                self._hold()                        # it was taken away while in use: that was no good order
                self.generation = self._generation()

    def secure(self):
        """Keep a little room of our own, with which something can be deleted when others have filled the disk."""
        if self.free():
            try:
                fd = os.open(BALLAST, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600, dir_fd=self.house_fd)
            except FileExistsError:
                return
            try:
                os.posix_fallocate(fd, 0, BALLAST_BYTES)
            except OSError:
                pass                                # then there is none
            finally:
                os.close(fd)

    def release(self):
        """Give that room up."""
        try:
            os.unlink(BALLAST, dir_fd=self.house_fd)
        except FileNotFoundError:
            pass

    def free(self):
        """Bytes that may still be written without touching the reserve."""
        status = os.statvfs(self.root)
        percent, least = self._reserve
        reserve = max(int(status.f_blocks * status.f_frsize * percent / 100), least)
        return max(0, status.f_bavail * status.f_frsize - reserve)

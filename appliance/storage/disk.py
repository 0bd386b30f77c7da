"""The disk beneath the house: its layout, its marker, and whether it is there at all.

Everything is reached through two folders opened at start, so that nothing is ever written to another disk that happens to
lie at the same path. Plain blocking functions, run by the storage through ``jobs``.
"""
import errno
import fcntl
import os
import secrets
from pathlib import Path

from appliance.core import durable, errors, ids

FORMAT = 1
FOLDERS = ("drafts", "uploads", "trash", "versions", "attributes", "locks", "identity", "keys", "found")
AWAY = (errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN, errno.EROFS, errno.ESHUTDOWN)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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
        self._prepare()
        self._open()
        self.unclean = False
        if own:
            self._hold()
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
        self.root = os.open(self.data, flags)
        self.house_fd = os.open(".hearth", flags | os.O_NOFOLLOW, dir_fd=self.root)
        for name in FOLDERS:
            if not os.path.isdir(self.house_path / name):
                os.mkdir(name, 0o700, dir_fd=self.house_fd)
        for name in ("people", "projects"):
            if not os.path.isdir(self.data / name):
                os.mkdir(name, 0o750, dir_fd=self.root)
        status = os.stat("FORMAT", dir_fd=self.house_fd)
        self._seen = status.st_dev, status.st_ino

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
        os.fsync(fd)
        durable.fsync_folder(self.house_fd)

    def _generation(self):
        try:
            return int((self.house_path / "generation").read_text())
        except (OSError, ValueError):
            return int.from_bytes(secrets.token_bytes(4))

    def close(self):
        """Leave in good order."""
        if self._lock is not None:
            try:
                os.ftruncate(self._lock, 0)
                os.fsync(self._lock)
            except OSError:
                pass
            os.close(self._lock)
        for fd in (self.house_fd, self.root):
            if fd is not None:
                os.close(fd)
        self._lock = self.house_fd = self.root = None

    # In every operation.

    def guard(self):
        """Unavailable unless the storage that was opened lies at its path now."""
        try:
            status = os.stat(self.house_path / "FORMAT")
        except OSError as error:
            raise errors.Unavailable(os=str(error)) from None
        if (status.st_dev, status.st_ino) != self._seen:
            self._again()

    def _again(self):
        """Another file lies there: take it if it is the marker of the same storage, come back."""
        _, id, fingerprint = self._marker()
        if id != self.id:
            raise errors.Unavailable()
        old = self.root, self.house_fd
        self._open()
        for fd in old:
            os.close(fd)
        self.fingerprint = fingerprint

    def free(self):
        """Bytes that may still be written without touching the reserve."""
        status = os.statvfs(self.root)
        percent, least = self._reserve
        reserve = max(int(status.f_blocks * status.f_frsize * percent / 100), least)
        return max(0, status.f_bavail * status.f_frsize - reserve)

"""The one way in which bytes become permanent: write beside, fsync, rename, fsync the folder.

Everything here is a plain blocking function: call it through ``jobs``. Names are single path components under an open
folder. An fsync that fails means that the data is gone from the cache, so it is never tried again: the write failed.
"""
import ctypes
import errno
import fcntl
import os

from appliance.core import ids

_libc = ctypes.CDLL(None, use_errno=True)
RENAME_NOREPLACE = 1


def fsync(fd):
    """Force the file or folder behind ``fd`` to the disk."""
    os.fsync(fd)


def fsync_folder(fd):
    """Force the names in an open folder to the disk; only then has a rename in it happened for good."""
    os.fsync(fd)


def fsync_names(path):
    """The same for a folder by its path."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fsync_folder(fd)
    finally:
        os.close(fd)


def is_held(path):
    """Whether some process holds the lock (``flock``) of the file at a path; nobody does where there is none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(fd)


def rename(source_folder, source, target_folder, target, *, exclusive=False):
    """Rename across open folders of one file system; ``exclusive`` raises FileExistsError where the target is there."""
    if not exclusive:
        os.rename(source, target, src_dir_fd=source_folder, dst_dir_fd=target_folder)
        return
    if _libc.renameat2(source_folder, os.fsencode(source), target_folder, os.fsencode(target), RENAME_NOREPLACE) == 0:
        return
    code = ctypes.get_errno()
    raise OSError(code, os.strerror(code), target)


def publish(fd, source_folder, source, target_folder, target, *, exclusive=False):
    """Make a file written beside real: fsync it, then rename it. The caller fsyncs the folders, once for all."""
    fsync(fd)
    rename(source_folder, source, target_folder, target, exclusive=exclusive)


def write_file(path, content, mode=0o600):
    """Write the bytes to ``path`` whole or not at all, and for good."""
    folder, name = os.path.split(os.fspath(path))
    parent = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    beside = f".{name[:100]}.{ids.new()}"
    try:
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=parent)
        try:
            write_all(fd, content)
            publish(fd, parent, beside, parent, name)
        except BaseException:
            _unlink_quietly(beside, parent)
            raise
        finally:
            os.close(fd)
        fsync_folder(parent)
    finally:
        os.close(parent)


def write_all(fd, content):
    """Write every byte; ``os.write`` may stop early."""
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view):]


def remove_file(path):
    """Remove a file for good; no complaint when it is not there."""
    folder, name = os.path.split(os.fspath(path))
    parent = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.unlink(name, dir_fd=parent)
        fsync_folder(parent)
    except FileNotFoundError:
        pass
    finally:
        os.close(parent)


def _unlink_quietly(name, folder):
    try:
        os.unlink(name, dir_fd=folder)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EIO, errno.EROFS):
            raise

"""Previews on the disk, under ``previews/`` of the cache: a file each, named by a hash of what it shows. All of it may be deleted at any time.

What holds a word instead of a picture says why there is none. Kept within a number of bytes: those unused the longest go first.
"""
import os
import secrets
import time
from contextlib import contextmanager, suppress

from appliance.core import errors, jobs, log

USED = 3600                                         # seconds between two notes that a preview was used: each is a write
SLACK = 0.9                                         # of the limit is left when some had to go
BLOCK = 4096                                        # bytes that a file takes at least


class Cache:
    """Previews by their keys, which are hexadecimal. Its functions wait for a thread; those that write raise Unavailable where there is no room."""

    def __init__(self, folder, limit):
        self._folder, self._limit = folder, limit
        self._bytes = None                          # all together, known from the first look on

    def open(self, key):
        """An fd of the preview, which the caller closes; None where it is not here."""
        return jobs.blocking(self._open, key)

    def texts(self, keys):
        """What is kept under some keys, as bytes: ``{key: bytes}`` of those that are here."""
        return jobs.blocking(self._texts, keys)

    def write(self, key, content):
        """Keep some bytes."""
        fd, name = self.draft()
        try:
            with _room():
                jobs.blocking(os.write, fd, content)
            self.keep(key, fd, name)
        except BaseException:
            self.drop(fd, name)
            raise
        os.close(fd)

    def draft(self):
        """A new file to write a preview to: fd and name, for ``keep`` or ``drop``."""
        with _room():
            return jobs.blocking(self._draft)

    def keep(self, key, fd, name):
        """What was written is the preview of that key from now on."""
        with _room():
            jobs.blocking(self._keep, key, fd, name)

    def drop(self, fd, name):
        """Nothing came of it."""
        jobs.blocking(self._drop, fd, name)

    def _open(self, key):
        try:
            fd = os.open(self._path(key), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        status = os.fstat(fd)
        if not status.st_size:                      # a pulled plug left nothing in it
            os.close(fd)
            return None
        if abs(time.time() - status.st_atime) > USED:
            os.utime(fd, ns=(time.time_ns(), status.st_mtime_ns))
        return fd

    def _texts(self, keys):
        found = {}
        for key in keys:
            fd = self._open(key)
            if fd is not None:
                found[key] = os.pread(fd, 1 << 16, 0)
                os.close(fd)
        return found

    def _path(self, key):
        return self._folder / key[:2] / key

    def _draft(self):
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{secrets.token_hex(8)}.part"
        return os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), name

    def _keep(self, key, fd, name):
        path = self._path(key)
        path.parent.mkdir(exist_ok=True)
        os.rename(self._folder / name, path)
        if self._bytes is None:
            self._bytes = sum(each[1] for each in self._every())
        else:
            self._bytes += max(BLOCK, os.fstat(fd).st_size)
        if self._bytes > self._limit:
            self._clear()

    def _drop(self, fd, name):
        os.close(fd)
        try:
            os.unlink(self._folder / name)
        except FileNotFoundError:
            pass

    def _every(self):
        """``(last use, bytes, path)`` of each; what was left behind half made is taken away."""
        for folder in os.scandir(self._folder):
            if not folder.is_dir():
                with suppress(FileNotFoundError):   # it has just become whole
                    if folder.name.endswith(".part") and time.time() - folder.stat().st_mtime > USED:
                        os.unlink(folder.path)
                continue
            for each in os.scandir(folder.path):
                with suppress(FileNotFoundError):   # somebody else has just taken it away
                    status = each.stat()
                    yield status.st_atime, max(BLOCK, status.st_size), each.path

    def _clear(self):
        left, gone = self._bytes, 0
        for _, size, path in sorted(self._every()):
            if left <= self._limit * SLACK:
                break
            try:
                os.unlink(path)
            except FileNotFoundError:
                continue
            left, gone = left - size, gone + 1
        self._bytes = sum(each[1] for each in self._every())
        log.get("previews").info("%d previews that nobody looked at for long are gone", gone)


@contextmanager
def _room():
    try:
        yield
    except OSError as error:
        raise errors.Unavailable("There is no room for previews.", error=str(error)) from None

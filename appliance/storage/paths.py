"""Safe names, and no way out of a space.

A path is given as text relative to the root of a space, in any Unicode form. It is resolved by the kernel beneath an open
folder (openat2 with RESOLVE_BENEATH and no links of any kind), never by comparing strings. Plain blocking functions.
"""
import ctypes
import errno
import os
import struct
import unicodedata

from appliance.core import errors

NAME_BYTES = 255
_libc = ctypes.CDLL(None, use_errno=True)
_OPENAT2 = 437
_NO_XDEV, _NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 1, 2, 4, 8
_RESOLVE = _NO_XDEV | _NO_MAGICLINKS | _NO_SYMLINKS | _BENEATH
_GONE = (errno.ELOOP, errno.EXDEV, errno.ENOTDIR, errno.ENOENT)
_has_openat2 = True


def check_name(name):
    """The name as given, if a file may be called so; Invalid says what is wrong."""
    if not name.strip():
        raise errors.Invalid("name validation failed: must not be empty")
    if name in (".", ".."):
        raise errors.Invalid("name validation failed: must not be . or ..")
    if "/" in name or "\\" in name:
        raise errors.Invalid("name validation failed: must not contain / or \\")
    if any(ord(char) < 32 or ord(char) == 127 for char in name):
        raise errors.Invalid("name validation failed: must not contain control characters")
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        raise errors.Invalid("name validation failed: must be valid UTF-8") from None
    if length > NAME_BYTES:
        raise errors.Invalid("name validation failed: must not be longer than 255 bytes")
    return name


def shown(name):
    """The name as people see it, in NFC; None for one on the disk that cannot be shown."""
    if name.isascii():
        return name if name.isprintable() and "\\" not in name else None
    try:
        check_name(name)
    except errors.Invalid:
        return None
    return unicodedata.normalize("NFC", name)


def parts(path):
    """The components of a path; NotFound where it holds one that no file can have, or none that is shown."""
    found = [part for part in path.split("/") if part]
    for part in found:
        if part in (".", "..") or shown(part) is None:
            raise errors.NotFound()
    return found


def open_beneath(folder, path, flags):
    """Open ``path`` (as it stands on the disk) beneath an open folder. OSError ENOENT also for links of any kind."""
    global _has_openat2
    if "\0" in path:                                # where C would stop reading
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    if not path:
        return os.open(".", flags | os.O_CLOEXEC, dir_fd=folder)
    if _has_openat2:
        how = struct.pack("QQQ", flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0, _RESOLVE)
        for _ in range(8):                          # EAGAIN: somebody renamed a folder on the way
            fd = _libc.syscall(_OPENAT2, folder, os.fsencode(path), how, len(how))
            if fd >= 0:
                return fd
            code = ctypes.get_errno()
            if code != errno.EAGAIN:
                break
        if code not in (errno.ENOSYS, errno.EPERM):
            raise OSError(errno.ENOENT if code in _GONE else code, os.strerror(code))
        _has_openat2 = False
    return _walk(folder, path, flags)


def _walk(folder, path, flags):
    """The same where the kernel has no openat2: one component at a time, none of them a link."""
    *above, last = path.split("/")
    device = os.fstat(folder).st_dev
    here = os.dup(folder)
    try:
        for part in above:
            step = _step(here, part, os.O_PATH | os.O_DIRECTORY)
            os.close(here)
            here = step
            if os.fstat(here).st_dev != device:
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        fd = _step(here, last, flags)
        if os.fstat(fd).st_dev != device:
            os.close(fd)
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        return fd
    finally:
        os.close(here)


def _step(folder, name, flags):
    if name == "..":
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if error.errno in _GONE:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT)) from None
        raise


def find(folder, path):
    """The path as it stands on the disk: as given, in NFC, or any other form of the same; ENOENT otherwise."""
    wanted = parts(path)
    given = "/".join(wanted)
    if given.isascii() or _exists(folder, given):
        return given
    real = ""
    for part in wanted:
        real = real + "/" + _twin(folder, real, part) if real else _twin(folder, "", part)
    return real


def _twin(folder, above, name):
    """How a name is written in a folder on the disk."""
    start = above + "/" if above else ""
    composed = unicodedata.normalize("NFC", name)
    for form in dict.fromkeys((name, composed)):
        if _exists(folder, start + form):
            return form
    if not composed.isascii():
        fd = open_beneath(folder, above, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for other in os.listdir(fd):
                if not other.isascii() and unicodedata.normalize("NFC", other) == composed:
                    return other
        finally:
            os.close(fd)
    return name


def _exists(folder, path):
    try:
        os.close(open_beneath(folder, path, os.O_PATH))
        return True
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENAMETOOLONG, errno.EINVAL):
            return False
        raise
    except ValueError:
        return False

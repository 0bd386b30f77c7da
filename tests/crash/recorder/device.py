"""A disk that remembers: a FUSE file that writes down every write and flush, in the order in which they came.

Run as a program: ``device.py MOUNTPOINT LOG SIZE``. The mount point then holds ``disk``, to be put behind a loop device, and
``mark``: what is written there goes into the same log, so that an acknowledgement has its place among the writes. One
thread serves all requests, so the order in the log is the order in which the disk took them.

The log is a row of entries: kind (``W`` write, ``F`` flush, ``M`` mark), offset and length as little-endian 64-bit and
32-bit numbers, then the bytes.
"""
import errno
import stat
import struct
import sys

import mfusepy

ENTRY = struct.Struct("<cQI")


class Device(mfusepy.Operations):
    """Two files: the disk and the mark."""

    use_ns = True

    def __init__(self, log, size):
        self._log, self._bytes = open(log, "wb", buffering=1 << 20), bytearray(size)

    def _note(self, kind, offset=0, content=b""):
        self._log.write(ENTRY.pack(kind, offset, len(content)))
        self._log.write(content)

    @mfusepy.overrides(mfusepy.Operations)
    def getattr(self, path, fh=None):
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o700, "st_nlink": 2}
        if path in ("/disk", "/mark"):
            return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": len(self._bytes) if path == "/disk" else 0}
        raise mfusepy.FuseOSError(errno.ENOENT)

    @mfusepy.overrides(mfusepy.Operations)
    def readdir(self, path, fh):
        return [".", "..", "disk", "mark"]

    @mfusepy.overrides(mfusepy.Operations)
    def open(self, path, flags):
        return 1

    @mfusepy.overrides(mfusepy.Operations)
    def truncate(self, path, length, fh=None):
        return 0

    @mfusepy.overrides(mfusepy.Operations)
    def read(self, path, size, offset, fh):
        return bytes(self._bytes[offset:offset + size]) if path == "/disk" else b""

    @mfusepy.overrides(mfusepy.Operations)
    def write(self, path, data, offset, fh):
        if path == "/mark":
            self._note(b"M", 0, data)
            return len(data)
        if offset + len(data) > len(self._bytes):
            raise mfusepy.FuseOSError(errno.ENOSPC)
        self._bytes[offset:offset + len(data)] = data
        self._note(b"W", offset, data)
        return len(data)

    @mfusepy.overrides(mfusepy.Operations)
    def fsync(self, path, datasync, fh):
        if path == "/disk":
            self._note(b"F")
        return 0

    @mfusepy.overrides(mfusepy.Operations)
    def destroy(self, path):
        self._log.close()


if __name__ == "__main__":
    mountpoint, log, size = sys.argv[1:]
    mfusepy.FUSE(Device(log, int(size)), mountpoint, foreground=True, nothreads=True, fsname="recorder")

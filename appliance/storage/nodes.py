"""Node: one file or folder, as it was when it was looked at.

``path`` is relative to the root of the space, in NFC, "" for the root itself. ``etag`` is 32 hexadecimal digits without
quotes. ``size`` of a folder is that of all files beneath, ``mtime_ns`` its newest change beneath. ``sums`` is None for a
folder, and for a file changed behind our back until it has been read again.
"""
import os
import secrets
import stat
import uuid
from functools import lru_cache
from typing import NamedTuple

from appliance.core import ids
from appliance.storage import attributes


class Sums(NamedTuple):
    """Checksums in hexadecimal."""

    sha1: str
    md5: str
    adler32: str


class Node(NamedTuple):
    """One file or folder."""

    space: str
    id: str
    parent: str | None
    name: str
    path: str
    folder: bool
    size: int
    mtime_ns: int
    etag: str
    sums: Sums | None


class Branch(NamedTuple):
    """What the ``tree`` attribute of a folder holds."""

    etag: str
    size: int
    mtime_ns: int


class OpenFile:
    """A file open for reading: ``fd``, which its user closes, and the ``node`` it is."""

    def __init__(self, fd, node):
        self.fd, self.node = fd, node

    def close(self):
        """Close it; once is enough."""
        fd, self.fd = self.fd, None
        if fd is not None:
            os.close(fd)


MASK = (1 << 64) - 1
_INODES = uuid.UUID("5a1d6a4c-7f0e-4c55-9d5e-6f1f0f9b2c11")     # the name space of ids made from inodes
_SUMS = 40 + 1 + 32 + 1 + 8                         # three sums in hexadecimal, with a blank between


def _mix(one, other=0):
    """Sixteen hexadecimal digits in which every bit of two numbers below 2**64 counts."""
    value = (one * 0x9E3779B97F4A7C15 ^ other * 0xBF58476D1CE4E5B9) & MASK
    return f"{value ^ value >> 29:016x}"


def file_etag(sums, status):
    """The etag of a file: from its content where we know it, else from the time of its last change."""
    first = sums.sha1[:16] if sums else f"{status.st_ctime_ns & MASK:016x}"
    return first + _mix(status.st_mtime_ns, status.st_size)


@lru_cache(2)
def _of_generation(generation):
    return _mix(generation)


def folder_etag(branch, generation):
    """The etag of a folder; the generation makes all of them new after an unclean stop."""
    return branch.etag + _of_generation(generation)


def sums_text(sums, status):
    """What the ``sums`` attribute holds for a file in this state."""
    return f"1 {status.st_size} {status.st_mtime_ns} {sums.sha1} {sums.md5} {sums.adler32}"


def parse_sums(text, status):
    """The sums, if they are those of a file in this state; else None."""
    state = f"1 {status.st_size} {status.st_mtime_ns} "
    if not text or not text.startswith(state) or len(text) != len(state) + _SUMS:
        return None
    return Sums(text[-82:-42], text[-41:-9], text[-8:])


def branch_text(branch):
    """What the ``tree`` attribute of a folder holds."""
    return f"1 {branch.etag} {branch.size} {branch.mtime_ns}"


def parse_branch(text, status):
    """The tree attribute of a folder; a folder without one counts as empty and as old as its inode."""
    parts = text.split(" ") if text else ()
    if len(parts) == 4 and parts[0] == "1" and len(parts[1]) == 16 and parts[2].isdigit() and parts[3].lstrip("-").isdigit():
        return Branch(parts[1], int(parts[2]), int(parts[3]))
    return Branch(_mix(status.st_ino, status.st_ctime_ns), 0, status.st_mtime_ns)


def fresh_etag():
    """A new etag for a folder."""
    return secrets.token_hex(8)


def identify(target, id=None):
    """The id of a node, given to it now if it has none. ``target`` is an open fd or a path that is no link.

    One that takes no attribute, because it is full of others' or not ours to write, is known by its inode.
    """
    known = attributes.raw(target, attributes.ID)
    if known is not None and ids.is_uuid(known):
        return known
    id = id or ids.new()
    return id if attributes.try_raw(target, attributes.ID, id) else str(uuid.uuid5(_INODES, str(os.stat(target).st_ino)))


def look(space, parent, path, name, target, status, generation, id=None):
    """The Node of an open fd (or safe path) and its stat. Blocking."""
    id = id or identify(target)
    if stat.S_ISDIR(status.st_mode):
        branch = parse_branch(attributes.raw(target, attributes.TREE), status)
        return Node(space, id, parent, name, path, True, branch.size, branch.mtime_ns, folder_etag(branch, generation), None)
    sums = parse_sums(attributes.raw(target, attributes.SUMS), status)
    return Node(space, id, parent, name, path, False, status.st_size, status.st_mtime_ns, file_etag(sums, status), sums)


def listed(status):
    """True for what is listed at all: files and folders, no links, sockets or devices."""
    return stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)


def at(fd):
    """A path to what an fd has open; extended attributes of an O_PATH fd can only be reached so."""
    return f"/proc/self/fd/{fd}"


"""Where a backup lies: a folder on another disk, a computer that is reached by SSH, or a storage that speaks S3.

    /mnt/usb/hearth    sftp://ann@nas.local/home/ann/hearth    s3:https://s3.example.org/bucket/hearth
"""
import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from appliance.core import errors

_ODD = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff\\\\\"'`]")      # what no address has, or what makes it look like another one
_USUAL = {"lost+found", ".Trash-1000", "System Volume Information"}      # what an empty disk has in it


class Place(NamedTuple):
    """Where a backup lies; ``text`` is how people write it, ``repository`` how restic does."""

    kind: str                                       # disk, ssh, s3
    text: str
    repository: str
    host: str = ""                                  # for ssh: who and where, and the port
    port: int = 0

    @classmethod
    def parse(cls, text):
        """Read what somebody typed. Invalid."""
        text = text.strip()
        if len(text) > 1000 or _ODD.search(text):
            raise errors.Invalid("This is no place for a backup: it has signs in it that no address has.")
        if text.startswith("/"):
            return cls("disk", text.rstrip("/") or "/", text.rstrip("/") or "/")
        if text.startswith(("sftp://", "ssh://")):
            return cls._ssh(text)
        if text.startswith(("s3:https://", "s3:http://", "s3://")):
            return cls._s3(text)
        raise errors.Invalid('Write the place of a backup as /mnt/disk/folder, sftp://name@host/folder or s3:https://host/bucket.')

    @classmethod
    def _ssh(cls, text):
        parts = _split(text)
        user, host = parts.username or "", parts.hostname or ""
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", user) or not re.fullmatch(r"[A-Za-z0-9:][A-Za-z0-9.:_-]*", host) \
                or len(parts.path) < 2 or parts.password or parts.query:
            raise errors.Invalid("Write a computer that is reached by SSH as sftp://name@host/folder, with :port after the host if it is not 22.")
        port = parts.port or 22
        shown = f"[{host}]" if ":" in host else host
        text = f"sftp://{user}@{shown}{'' if port == 22 else f':{port}'}{parts.path}"
        return cls("ssh", text, f"sftp://{user}@{shown}:{port}/{parts.path}", f"{user}@{host}", port)

    @classmethod
    def _s3(cls, text):
        address = text.removeprefix("s3:") if not text.startswith("s3://") else "https" + text[2:]
        parts = _split(address)
        if not parts.hostname or not parts.path.strip("/") or parts.username or parts.query:
            raise errors.Invalid("Write a storage that speaks S3 as s3:https://host/bucket/folder.")
        return cls("s3", f"s3:{address}", f"s3:{address}")

    def folder(self):
        """The folder on this box, None where it is elsewhere."""
        return Path(self.repository) if self.kind == "disk" else None

    def check(self, data, new, same_disk):
        """Look whether the disk is there; with ``new``, whether a backup can begin there. Unavailable, Invalid. Blocking."""
        folder = self.folder()
        if folder is None:
            return
        try:
            self._look(folder, data, new, same_disk)
        except OSError as error:                    # not ours to see, or no name that a file system has
            raise errors.Unavailable(f"{folder} cannot be looked at: {error.strerror}. Name another folder, or give this one to the user that owns the data.") from None

    @staticmethod
    def _look(folder, data, new, same_disk):
        if (folder / "config").is_file():
            return
        if not new:
            raise errors.Unavailable(f"There is no backup in {folder}. Is its disk plugged in and mounted?")
        if not folder.parent.is_dir():
            raise errors.Unavailable(f"There is no folder {folder.parent}. Is the disk plugged in and mounted?")
        if folder.exists() and (not folder.is_dir() or set(os.listdir(folder)) - _USUAL):
            raise errors.Invalid(f"There is something else in {folder}. Name a folder of its own for the backup, such as {folder}/hearth.")
        below = folder if folder.exists() else folder.parent
        if not same_disk and below.stat().st_dev == Path(data).stat().st_dev:
            raise errors.Invalid(f"{folder} is on the disk that holds the data: what takes the one takes the other. Is the other disk mounted?")
        if folder.resolve().is_relative_to(Path(data).resolve()):
            raise errors.Invalid("A backup cannot lie within what it is a backup of.")


def disks(data, root="/"):
    """Disks that are mounted where people's own are, beneath /mnt, /media and /run/media, and not the one with the data: ``[{"place", "bytes",
    "free", "backup"}]``; ``backup`` says that one is there already. A place is a folder on it. Blocking."""
    found, here = [], os.stat(data).st_dev
    with open(Path(root) / "proc/self/mounts") as mounts:
        lines = mounts.read().splitlines()
    for line in lines[:1000]:
        point = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), line.split(" ")[1])
        if not f"{point}/".startswith(("/mnt/", "/media/", "/run/media/")):
            continue
        try:
            if os.stat(point).st_dev == here:
                continue
            status = os.statvfs(point)
            there = next((place for place in (point, f"{point}/hearth") if os.path.isfile(f"{place}/config") and os.path.isdir(f"{place}/snapshots")), None)
        except OSError:                             # it is being pulled out
            continue
        found.append({"place": there or f"{point}/hearth", "bytes": status.f_blocks * status.f_frsize, "free": status.f_bavail * status.f_frsize, "backup": there is not None})
    return found


def _split(text):
    try:
        parts = urlsplit(text)
        parts.port
        return parts
    except ValueError:
        raise errors.Invalid("This is not an address.") from None

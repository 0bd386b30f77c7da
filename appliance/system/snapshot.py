"""A storage held still while it is copied, where its file system can do that: btrfs, with the data folder as a subvolume."""
import os
from contextlib import contextmanager
from pathlib import Path

from appliance.core import log
from appliance.system import programs

NAME = "still"                                      # in ``.hearth/system``: the same path each time, so that restic knows what it saw
SUBVOLUME = 256                                     # the inode number of the root of each
BTRFS = 0x9123683E


@contextmanager
def of(data):
    """``(folder to copy, whether it is held still)``; the folder itself where the file system cannot do that. Blocking."""
    place = Path(data) / ".hearth" / "system" / NAME
    _remove(place)
    made = _able(data) and _make(data, place)
    try:
        yield (place, True) if made else (Path(data), False)
    finally:
        if made:
            _remove(place)


def _able(data):
    return os.stat(data).st_ino == SUBVOLUME and programs.there("btrfs") and programs.run(["stat", "-f", "-c", "%T", data]).out.strip() == "btrfs"


def _make(data, place):
    done = programs.run(["btrfs", "subvolume", "snapshot", "-r", data, place])
    if done.status:
        log.get("system").warning("the storage cannot be held still: %s", done.err.strip()[:300])
    return not done.status


def _remove(place):
    """Take a snapshot away, also as somebody who may not do so at once: then file by file."""
    if not place.exists():
        return
    if programs.run(["btrfs", "subvolume", "delete", place]).status:
        programs.run(["btrfs", "property", "set", "-ts", place, "ro", "false"])
        programs.run(["rm", "-rf", "--one-file-system", place])

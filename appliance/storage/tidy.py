"""What a server that was cut off leaves behind: files half written, records half written, a place in the trash never used.

None of it was ever acknowledged or shown. It is looked for before the first request and removed after, so that the start
takes no longer for it. Plain blocking functions.
"""
import os
import shutil

from appliance.core import ids
from appliance.storage import uploads

RECORDS = ("", "locks", "identity", "keys")         # folders of the house in which records are written
NESTED = ("attributes", "uploads", "identity")      # and those with folders of such


def leftovers(disk, unclean):
    """Paths of leftovers, relative to the house; after a stop in good order only files half written."""
    found = [f"drafts/{name}" for name in _names(disk, "drafts")] + uploads.leftovers(disk)
    if not unclean:
        return found
    items = [f"trash/{space}/{key}" for space in _names(disk, "trash") if space != "spaces"
             for key in _names(disk, f"trash/{space}")]
    found += [item for item in items if ids.is_uuid(item.rpartition("/")[2]) and not _there(disk, f"{item}/content")]
    folders = [*RECORDS, *(f"{name}/{inner}" for name in NESTED for inner in _names(disk, name)), *items]
    for folder in folders:
        found += [f"{folder}/{name}".lstrip("/") for name in _names(disk, folder)
                  if name.startswith(".") and ids.is_uuid(name.rpartition(".")[2])]
    return found


def remove(disk, found):
    """Remove them for good."""
    for path in found:
        try:
            os.unlink(path, dir_fd=disk.house_fd)
        except FileNotFoundError:
            continue
        except (IsADirectoryError, PermissionError):
            shutil.rmtree(path, dir_fd=disk.house_fd, ignore_errors=True)


def _there(disk, path):
    try:
        os.stat(path, dir_fd=disk.house_fd, follow_symlinks=False)
        return True
    except FileNotFoundError:
        return False


def _names(disk, path):
    try:
        fd = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=disk.house_fd)
    except (FileNotFoundError, NotADirectoryError):
        return []
    try:
        return os.listdir(fd)
    finally:
        os.close(fd)

"""What a server that was cut off leaves behind: files half written, records half written, a place in the trash never used.

None of it was ever acknowledged or shown. It is looked for before the first request and removed after, so that the start
takes no longer for it. Trees are removed without recursion, however deep they are. Plain blocking functions.
"""
import os

from appliance.core import durable, ids
from appliance.storage import nodes, uploads

RECORDS = ("", "locks", "identity", "keys", "shared", "linked", "tagged", "unscanned", "notices", "outbox", "system")       # folders of the house in which records are written
NESTED = ("attributes", "uploads", "quarantine", "identity")      # and those with folders of such


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
        except IsADirectoryError:
            raze(disk, path)


def raze(disk, path):
    """Remove a folder of the house with all in it, as far as the disk lets us."""
    to_go = [path]
    while to_go:
        here = to_go.pop()
        try:
            to_go += bring_up(disk, here)
            raze_level(disk, here)
        except OSError:
            continue                                # gone already, or it is looked at again with the next start


def bring_up(disk, path):
    """Put the folders in a folder beside all others, in ``drafts/``: a tree becomes flat. The places they have there."""
    found = []
    folder = _open(disk, path)
    try:
        for name in os.listdir(folder):
            inner = _open_folder(folder, name)
            if inner is None:
                continue
            try:
                _unlock(inner)
                found.append(f"drafts/{ids.new()}")
                durable.rename(folder, name, disk.house_fd, found[-1], exclusive=True)
            finally:
                os.close(inner)
        return found
    finally:
        os.close(folder)


def raze_level(disk, path):
    """Remove a folder in which there are no folders any more."""
    folder = _open(disk, path)
    try:
        for name in os.listdir(folder):
            os.unlink(name, dir_fd=folder)
    finally:
        os.close(folder)
    os.rmdir(path, dir_fd=disk.house_fd)


def _open(disk, path):
    """Open a folder of the house, for reading and changing whatever its owner had forbidden himself."""
    held = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=disk.house_fd)
    try:
        _unlock(held)
        return os.open(nodes.at(held), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    finally:
        os.close(held)


def _open_folder(folder, name):
    """An fd of a folder in an open folder, None for anything else."""
    try:
        return os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except (NotADirectoryError, FileNotFoundError):
        return None


def _unlock(folder):
    """Folders that came with a copy of others may be read-only."""
    if os.fstat(folder).st_mode & 0o700 != 0o700:
        try:
            os.chmod(nodes.at(folder), 0o700)
        except PermissionError:
            pass                                    # somebody else's


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

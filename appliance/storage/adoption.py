"""Changes made behind our back: by ssh, by Samba, by a restored snapshot. What is found is taken for what people want.

A folder is put right when each member has an id that is its own, each file has sums of what it holds now, and the folder's
size is that of its members. Plain blocking functions.
"""
import os
import stat

from appliance.core import clock, ids
from appliance.storage import attributes, drafts, nodes, paths, placing
from appliance.storage.placing import Opened, join

BLOCK = 1 << 20


def folders(disk, site):
    """The paths of all folders of a space as they stand on the disk, deepest first."""
    found, to_see = [], [""]
    while to_see:
        real = to_see.pop()
        found.append(real)
        try:
            with Opened(disk, site, real, os.O_RDONLY | os.O_DIRECTORY) as folder:
                with os.scandir(folder.fd) as entries:
                    to_see.extend(join(real, entry.name) for entry in entries
                                  if entry.is_dir(follow_symlinks=False) and paths.shown(entry.name) is not None)
        except FileNotFoundError:
            continue
    return found[::-1]


def rows(disk, site, real, parent):
    """Finder rows ``(id, parent, name, space)`` of a node and all beneath it."""
    found, to_see = [], [(real, parent)]
    while to_see:
        here, above = to_see.pop()
        try:
            with Opened(disk, site, here) as opened:
                id = nodes.identify(opened.at)
                found.append((id, above, here.rpartition("/")[2], site.id))
                if stat.S_ISDIR(opened.status.st_mode):
                    to_see.extend((join(here, name), id) for name in os.listdir(opened.at) if paths.shown(name) is not None)
        except FileNotFoundError:
            continue
    return found


def stale(disk, site, real):
    """The files of a folder whose sums are not those of what they hold: ``[(path, size, mtime_ns)]``."""
    found = []
    for name, target, status in _members(disk, site, real):
        if stat.S_ISREG(status.st_mode) and nodes.parse_sums(attributes.raw(target, attributes.SUMS), status) is None:
            found.append((join(real, name), status.st_size, status.st_mtime_ns))
    return found


def sum_up(disk, site, real, size, mtime_ns):
    """Read a file and write its sums, unless it changes meanwhile."""
    try:
        fd = paths.open_beneath(disk.root, f"{site.base}/{real}", os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return
    try:
        hasher = drafts.Hasher()
        while block := os.read(fd, BLOCK):
            hasher.update(block)
        status = os.fstat(fd)
        if (status.st_size, status.st_mtime_ns) == (size, mtime_ns):
            attributes.put_raw(fd, attributes.SUMS, nodes.sums_text(hasher.sums(), status))
    finally:
        os.close(fd)


def adopt(disk, site, real, known):
    """Put a folder right under the lock of its space; ``known`` is what the finder holds of it: ``{name: id}``.

    ``(changed, rows for the finder, ids that are gone)``.
    """
    total, found, changed = 0, [], False
    with Opened(disk, site, real) as folder:
        own = nodes.identify(folder.at)
        for name, target, status in _members(disk, site, real):
            id = attributes.raw(target, attributes.ID)
            if known.get(name) != id or id is None:
                changed = True
                id = nodes.identify(target)
                found.append((id, own, name, site.id))
            total += placing.size_of(status, target)
        branch = nodes.parse_branch(attributes.raw(folder.at, attributes.TREE), folder.status)
    here = {name for name, _, _ in _members(disk, site, real)}
    gone = [id for name, id in known.items() if name not in here]
    if changed or gone or total != branch.size:
        placing.carry(disk, site, real, total - branch.size, clock.now_ns())
        return True, found, gone
    return False, found, gone


def _members(disk, site, real):
    with Opened(disk, site, real, os.O_RDONLY | os.O_DIRECTORY) as folder:
        with os.scandir(folder.fd) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                if paths.shown(entry.name) is not None and nodes.listed(status):
                    yield entry.name, f"{folder.at}/{entry.name}", status


__all__ = ["adopt", "folders", "ids", "rows", "stale", "sum_up"]

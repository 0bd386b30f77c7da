"""What becomes of a space whose owner is gone: it lies in the trash for a while, or becomes a folder of somebody else.

Plain blocking functions, under the locks of the spaces. Each can be cut off at any moment and done again: the space itself is
moved by one rename, the last step of all, and until then it is found again by its owner.
"""
import os

from appliance.core import clock, durable, errors, ids, records
from appliance.storage import attributes, nodes, paths, placing, tidy, versions
from appliance.storage.placing import Opened, split

DAY_NS = 86_400 * 10**9
SHELF = "trash/spaces"


def to_trash(disk, site):
    """Put a whole space into the trash of the house, with the time at which that was."""
    write_facts(disk, site, {"removed_ns": clock.now_ns()})
    _make(disk, SHELF)
    kind, name = split(site.base)
    folder = paths.open_beneath(disk.root, kind, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with disk.moving():
            durable.rename(folder, name, disk.house_fd, f"{SHELF}/{site.id}", exclusive=True)
        versions.sync(disk, SHELF)
        durable.fsync_folder(folder)
    finally:
        os.close(folder)


def write_facts(disk, site, facts):
    """Change what is known of a space."""
    with Opened(disk, site, "", os.O_RDONLY | os.O_DIRECTORY) as root:
        old = attributes.read(disk.house_fd, root.at, site.id, attributes.SPACE) or {}
        attributes.write(disk.house_fd, disk.house_path, root.at, site.id, attributes.SPACE, {**old, **facts})
        durable.fsync(root.fd)


def expired(disk, days):
    """The ids of spaces that have been in the trash for more than so many days."""
    found, oldest = [], clock.now_ns() - days * DAY_NS
    for id in filter(ids.is_uuid, _names(disk, SHELF)):
        fd = paths.open_beneath(disk.house_fd, f"{SHELF}/{id}", os.O_RDONLY | os.O_DIRECTORY)
        try:
            facts = attributes.read(disk.house_fd, nodes.at(fd), id, attributes.SPACE) or {}
            if facts.get("removed_ns", os.fstat(fd).st_ctime_ns) < oldest:
                found.append(id)
        finally:
            os.close(fd)
    return found


def take(disk, id):
    """Take a space out of the trash by one rename, to be destroyed, after all that was kept beside it; its place in ``drafts/``."""
    for path in (f"trash/{id}", f"versions/{id}"):
        tidy.raze(disk, path)
    beside = f"drafts/{ids.new()}"
    durable.rename(disk.house_fd, f"{SHELF}/{id}", disk.house_fd, beside, exclusive=True)
    versions.sync(disk, SHELF)
    tidy.raze(disk, f"attributes/{id}")
    return beside


def hand_trash(disk, site, heir, name):
    """Put what lies in the trash of a space into that of another one, as deleted from the folder that the space becomes there."""
    shelf, other = f"trash/{site.id}", f"trash/{heir.id}"
    keys = [key for key in _names(disk, shelf) if ids.is_uuid(key)]
    if not keys:
        return
    _make(disk, other)
    for key in keys:
        file = f"{nodes.at(disk.house_fd)}/{shelf}/{key}/record.json"
        try:
            record = records.read(file)
        except errors.Corrupt:                      # it is restored under its key, there as here
            record = None
        if record and record.get("space") != heir.id:
            records.write(file, {**record, "space": heir.id, "path": f"{name}/{record.get('path', key)}"})
        _move(disk, f"{shelf}/{key}", f"{other}/{key}")
    versions.sync(disk, other)
    versions.sync(disk, shelf)


def hand_versions(disk, site, heir):
    """Put the earlier contents of the files of a space to those of another one."""
    shelf, other = f"versions/{site.id}", f"versions/{heir.id}"
    found = [id for id in _names(disk, shelf) if ids.is_uuid(id)]
    if not found:
        return
    _make(disk, other)
    for id in found:
        _move(disk, f"{shelf}/{id}", f"{other}/{id}")
    versions.sync(disk, other)
    versions.sync(disk, shelf)


def become_folder(disk, site, heir, name, change):
    """Make a space a folder directly in another one, by one rename; the name it got there."""
    kind, base = split(site.base)
    with Opened(disk, heir, "", os.O_RDONLY | os.O_DIRECTORY) as root:
        folder = paths.open_beneath(disk.root, kind, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for extra in range(1, 1000):
                final = placing.target(disk, heir, "", name if extra == 1 else f"{name} ({extra})")
                try:
                    with disk.moving():
                        durable.rename(folder, base, root.fd, final, exclusive=True)
                    break
                except FileExistsError:
                    continue
            else:
                raise errors.AlreadyExists()
            change.touch(root.fd)
            change.touch(folder)
        finally:
            os.close(folder)
    with Opened(disk, heir, final) as moved:
        attributes.write(disk.house_fd, disk.house_path, moved.at, site.id, attributes.SPACE, None)
        size = placing.size_of(moved.status, moved.at)
    placing.carry(disk, heir, "", size)
    return final


def _move(disk, source, target):
    """Rename within the house, unless a run before this one that was cut off has left something there already."""
    try:
        with disk.moving():
            durable.rename(disk.house_fd, source, disk.house_fd, target, exclusive=True)
    except FileExistsError:
        pass


def _make(disk, path):
    """Make a folder of the house for good."""
    try:
        os.mkdir(path, 0o700, dir_fd=disk.house_fd)
        versions.sync(disk, split(path)[0])
    except FileExistsError:
        pass


def _names(disk, path):
    try:
        fd = paths.open_beneath(disk.house_fd, path, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return []
    try:
        return os.listdir(fd)
    finally:
        os.close(fd)

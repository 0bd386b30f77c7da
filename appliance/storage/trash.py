"""Trash: what was deleted, and a record of whence it came: ``trash/<space>/<key>/{record.json,content}``."""
import os
import shutil
import stat
from typing import NamedTuple

from appliance.core import clock, durable, errors, ids, records
from appliance.storage import attributes, nodes, paths, placing
from appliance.storage.placing import Opened, split
from appliance.storage.versions import _names, sync

DAY_NS = 86_400 * 10**9


class TrashItem(NamedTuple):
    """Something in the trash; ``path`` is where it was, relative to the root of its space."""

    key: str
    name: str
    path: str
    deleted_ns: int
    size: int
    folder: bool
    mtime_ns: int
    by: str | None


class Trash:
    """What was deleted, in all spaces."""

    def __init__(self, storage):
        self._storage = storage

    def take(self, site, real, node, by):
        """Put a node into the trash; called under the lock of its space. Returns the key."""
        key = self._storage.run_long(_take, site, real, node, by)
        self._storage.forget(node.id)
        return key

    def list(self, space_id):
        """What lies in the trash of a space, newest first."""
        return self._storage.run(_list, space_id)

    def item(self, space_id, key, sub=""):
        """One thing in the trash, or something inside a trashed folder. NotFound."""
        return self._storage.run(_item, space_id, key, sub)

    def children(self, space_id, key, sub=""):
        """The members of a trashed folder."""
        return self._storage.run(_children, space_id, key, sub)

    def restore(self, space_id, key, parent, name, overwrite=False, sub=""):
        """Bring it back with the id it had; ``(node, replaced)``."""
        paths.check_name(name)
        if parent.space != space_id:
            raise errors.Unsupported("Something can only be restored to the space it was deleted from.")
        self.item(space_id, key, sub)
        tree = self._storage.tree
        with self._storage.lock(space_id):
            site, above = tree.parent(parent)
            target = self._storage.run(placing.target, site, above, name)
            replaced = tree.replace(site, target, overwrite)
            node = self._storage.run_long(_restore, site, key, sub, above, target)
            self._storage.index(site, target, parent.id)
        self._storage.settle(site, above)
        return node, replaced

    def purge(self, space_id, key, sub=""):
        """Destroy it for good, with the versions it had."""
        self.item(space_id, key, sub)
        self._storage.run_long(_purge, space_id, key, sub)

    def empty(self, space_id):
        """Destroy everything in the trash of a space for good."""
        for item in self.list(space_id):
            self._storage.run_long(_purge, space_id, item.key, "")

    def thin(self, days):
        """Destroy what was deleted longer ago than ``days`` (0: never)."""
        if days:
            self._storage.run_long(_thin, clock.now_ns() - days * DAY_NS)

    def give_room(self, wanted):
        """Destroy the oldest until ``wanted`` bytes are free; for when the disk runs full."""
        self._storage.run_long(_give_room, wanted)


def _where(space, key, sub=""):
    if not ids.is_uuid(key):
        raise errors.NotFound()
    return "/".join([f"trash/{space}/{key}/content", *paths.parts(sub)])


def _take(disk, site, real, node, by):
    for folder in (f"trash/{site.id}",):
        try:
            os.mkdir(folder, 0o700, dir_fd=disk.house_fd)
            sync(disk, "trash")
        except FileExistsError:
            pass
    key = node.id
    try:
        os.mkdir(f"trash/{site.id}/{key}", 0o700, dir_fd=disk.house_fd)
    except FileExistsError:
        key = ids.new()
        os.mkdir(f"trash/{site.id}/{key}", 0o700, dir_fd=disk.house_fd)
    records.write(disk.house_path / "trash" / site.id / key / "record.json", {
        "name": node.name, "path": node.path, "deleted_ns": clock.now_ns(), "by": by, "space": site.id, "node": node.id})
    above, name = split(real)
    with Opened(disk, site, above, os.O_RDONLY | os.O_DIRECTORY) as folder:
        durable.rename(folder.fd, name, disk.house_fd, f"trash/{site.id}/{key}/content", exclusive=True)
    placing.carry(disk, site, above, -node.size)
    sync(disk, f"trash/{site.id}/{key}")
    sync(disk, f"trash/{site.id}")
    return key


def _record(disk, space, key):
    record = records.read(disk.house_path / "trash" / space / key / "record.json") or {}
    return {"name": key, "path": key, "deleted_ns": 0, "by": None, **record}


def _item(disk, space, key, sub):
    fd = paths.open_beneath(disk.house_fd, _where(space, key, sub), os.O_PATH)
    try:
        status, target = os.fstat(fd), nodes.at(fd)
        record = _record(disk, space, key)
        name = sub.rstrip("/").rpartition("/")[2] or record["name"]
        path = record["path"] + ("/" + sub.strip("/") if sub.strip("/") else "")
        folder = stat.S_ISDIR(status.st_mode)
        mtime = nodes.parse_branch(attributes.raw(target, attributes.TREE), status).mtime_ns if folder else status.st_mtime_ns
        return TrashItem(key, name, path, record["deleted_ns"], placing.size_of(status, target), folder, mtime, record["by"])
    finally:
        os.close(fd)


def _list(disk, space):
    try:
        keys = [key for key in _names(disk, f"trash/{space}") if ids.is_uuid(key)]
    except FileNotFoundError:
        return []
    found = []
    for key in keys:
        try:
            found.append(_item(disk, space, key, ""))
        except (FileNotFoundError, errors.NotFound):
            continue                                # on its way in or out
    return sorted(found, key=lambda item: -item.deleted_ns)


def _children(disk, space, key, sub):
    names = _names(disk, _where(space, key, sub))
    start = sub.strip("/") + "/" if sub.strip("/") else ""
    return [_item(disk, space, key, start + name) for name in sorted(names) if paths.shown(name)]


def _restore(disk, site, key, sub, above, target):
    source = _where(site.id, key, sub)
    fd = paths.open_beneath(disk.house_fd, source, os.O_PATH)
    try:
        size = placing.size_of(os.fstat(fd), nodes.at(fd))
    finally:
        os.close(fd)
    with Opened(disk, site, above, os.O_RDONLY | os.O_DIRECTORY) as folder:
        durable.rename(disk.house_fd, source, folder.fd, split(target)[1], exclusive=True)
        placing.carry(disk, site, above, size)
        durable.fsync_folder(folder.fd)
    if not sub.strip("/"):
        shutil.rmtree(f"trash/{site.id}/{key}", dir_fd=disk.house_fd, ignore_errors=True)
    return placing.look(disk, site, target)


def _purge(disk, space, key, sub):
    where = _where(space, key, sub)
    fd = paths.open_beneath(disk.house_fd, where, os.O_PATH)
    try:
        folder = stat.S_ISDIR(os.fstat(fd).st_mode)
    finally:
        os.close(fd)
    for id in filter(ids.is_uuid, _ids(disk, where, folder)):
        shutil.rmtree(f"versions/{space}/{id}", dir_fd=disk.house_fd, ignore_errors=True)
        shutil.rmtree(f"attributes/{id}", dir_fd=disk.house_fd, ignore_errors=True)
    whole = where if sub.strip("/") else f"trash/{space}/{key}"
    if sub.strip("/") and not folder:
        os.unlink(where, dir_fd=disk.house_fd)
    else:
        shutil.rmtree(whole, dir_fd=disk.house_fd)


def _ids(disk, where, folder):
    """The ids of a trashed thing and of all in it."""
    start = f"/proc/self/fd/{disk.house_fd}/{where}"
    yield attributes.raw(start, attributes.ID) or ""
    if folder:
        for above, folders, files in os.walk(start):
            for name in folders + files:
                if not os.path.islink(f"{above}/{name}"):
                    yield attributes.raw(f"{above}/{name}", attributes.ID) or "none"


def _all(disk):
    return sorted((_record(disk, space, key)["deleted_ns"], space, key) for space in _names(disk, "trash")
                  for key in _names(disk, f"trash/{space}") if ids.is_uuid(key))


def _thin(disk, oldest):
    for deleted, space, key in _all(disk):
        if deleted and deleted < oldest:
            _purge(disk, space, key, "")


def _give_room(disk, wanted):
    for _, space, key in _all(disk):
        if disk.free() >= wanted:
            return
        _purge(disk, space, key, "")

"""Trash: what was deleted, and a record of whence it came: ``trash/<space>/<key>/{record.json,content}``."""
import os
import stat
from typing import NamedTuple

from appliance.core import clock, durable, errors, ids, log, records
from appliance.storage import attributes, nodes, paths, placing, tidy
from appliance.storage.disk import Disk
from appliance.storage.finder import Finder
from appliance.storage.placing import Opened, split
from appliance.storage.versions import _names, sync

DAY_NS = 86_400 * 10**9
ENOUGH = 1 << 20                                    # bytes with which a delete on a full disk certainly succeeds


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

    def take(self, site, real, by, change):
        """Put what is at a path into the trash, as a part of a change of its space. Returns the key."""
        try:
            key, id = self._storage.run_long(_take, site, real, by, change)
        except errors.QuotaExceeded:                # deleting works on a full disk, too
            self._storage.make_room(ENOUGH)
            self._storage.run(Disk.release)
            key, id = self._storage.run_long(_take, site, real, by, change)
        self._storage.forget(id)
        return key

    def put_back(self, site, key, target):
        """Undo ``take`` as far as that can be done: what could not be replaced is where it was."""
        try:
            self._storage.run_long(_restore, site, key, "", split(target)[0], target, None)
            self._storage.index(site, target, self._storage.run(placing.id_at, site, split(target)[0]))
        except errors.HouseError as error:
            log.get("storage").warning("%s stays in the trash: %s", key, error)

    def list(self, space_id):
        """What lies in the trash of a space, newest first."""
        return self._storage.run(_list, space_id)

    def item(self, space_id, key, sub=""):
        """One thing in the trash, or something inside a trashed folder. NotFound."""
        return self._storage.run(_item, space_id, key, sub)

    def children(self, space_id, key, sub=""):
        """The members of a trashed folder."""
        return self._storage.run(_children, space_id, key, sub)

    def open(self, space_id, key, sub=""):
        """An fd of a file in the trash, or None for a folder; the caller closes it."""
        return self._storage.run(_open, _where(space_id, key, sub))

    def restore(self, space_id, key, parent, name, overwrite=False, sub=""):
        """Bring it back with the id it had; ``(node, replaced)``."""
        paths.check_name(name)
        if parent.space != space_id:
            raise errors.Unsupported("Something can only be restored to the space it was deleted from.")
        tree = self._storage.tree
        with self._storage.change(space_id) as change:
            item = self.item(space_id, key, sub)
            site, above = tree.parent(parent)
            target = self._storage.run(placing.target, site, above, name)
            with tree.replacing(site, target, overwrite, change) as replaced:
                self._storage.spaces.afford(space_id, item.size)
                node = self._storage.run_long(_restore, site, key, sub, above, target, change)
            self._storage.index(site, target, parent.id)
        if not sub.strip("/"):                      # after it is in its place for good
            self._storage.run_long(_discard, f"trash/{space_id}/{key}")
        return node, replaced

    def purge(self, space_id, key, sub=""):
        """Destroy it for good, with the versions it had."""
        self.destroy(self._storage.run_long(_part, space_id, key, sub), space_id)

    def destroy(self, place, space_id):
        """Destroy a folder in ``drafts/`` that was taken out of the trash of a space."""
        to_go = [place]
        while to_go:
            here = to_go.pop()
            known, folders = self._storage.run_long(_unfold, here, space_id)
            to_go += folders
            alive = self._storage.find(Finder.entries, known) if known else ()      # a copy from a backup has the same id
            gone = [id for id in known if id not in alive]
            self._storage.run_long(_destroy, here, space_id, gone)
            self._storage.shared.forget(gone)
            self._storage.linked.forget(gone)
            self._storage.tagged.forget(gone)
            self._storage.unscanned.forget(gone)

    def empty(self, space_id):
        """Destroy everything in the trash of a space for good."""
        for item in self.list(space_id):
            try:
                self.purge(space_id, item.key)
            except errors.NotFound:
                continue                            # somebody else was faster

    def all(self):
        """``[(deleted_ns, bytes, space id, key)]`` of everything in all spaces, what was deleted first coming first."""
        return self._storage.run_long(_all)

    def thin(self, days):
        """Destroy what was deleted longer ago than ``days`` (0: never)."""
        oldest = clock.now_ns() - days * DAY_NS
        for deleted_ns, _, space_id, key in self.all() if days else ():
            if 0 < deleted_ns < oldest:             # without a readable record nobody knows
                try:
                    self.purge(space_id, key)
                except errors.HouseError as error:  # one that others made fast must not keep the rest
                    log.get("storage").warning("%s stays in the trash: %s", key, error)


def _where(space, key, sub=""):
    if not ids.is_uuid(key):
        raise errors.NotFound()
    return "/".join([f"trash/{space}/{key}/content", *paths.parts(sub)])


def _take(disk, site, real, by, change):
    """First the record for good, then the rename: a record without content is nothing, content without a record a riddle."""
    with Opened(disk, site, real) as opened:
        node = placing.seen(disk, site, real, opened.at, opened.status)
        placing.loosen(opened)
    shelf = f"trash/{site.id}"
    try:
        os.mkdir(shelf, 0o700, dir_fd=disk.house_fd)
        sync(disk, "trash")
    except FileExistsError:
        pass
    key = node.id
    try:
        os.mkdir(f"{shelf}/{key}", 0o700, dir_fd=disk.house_fd)
    except FileExistsError:
        key = ids.new()
        os.mkdir(f"{shelf}/{key}", 0o700, dir_fd=disk.house_fd)
    try:
        records.write(f"{nodes.at(disk.house_fd)}/{shelf}/{key}/record.json", {
            "name": node.name, "path": node.path, "deleted_ns": clock.now_ns(), "by": by, "space": site.id, "node": node.id})
        above, name = split(real)
        with Opened(disk, site, above, os.O_RDONLY | os.O_DIRECTORY) as folder:
            for path in (f"{shelf}/{key}", shelf):
                _touch(disk, change, path)
            change.touch(folder.fd)
            with disk.moving():
                durable.rename(folder.fd, name, disk.house_fd, f"{shelf}/{key}/content", exclusive=True)
    except BaseException:
        _withdraw(disk, f"{shelf}/{key}")
        raise
    placing.carry(disk, site, above, -node.size)
    return key, node.id


def _withdraw(disk, path):
    """Take away a place in the trash that was never used; with content in it, it stays."""
    for part, remove in (("record.json", os.unlink), ("", os.rmdir)):
        try:
            if part and "content" in _names(disk, path):
                return
            remove(f"{path}/{part}".rstrip("/"), dir_fd=disk.house_fd)
        except OSError:
            pass                                    # swept at the next start


def _touch(disk, change, path):
    fd = paths.open_beneath(disk.house_fd, path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        change.touch(fd)
    finally:
        os.close(fd)


def _record(disk, space, key):
    try:
        record = records.read(f"{nodes.at(disk.house_fd)}/trash/{space}/{key}/record.json") or {}
    except errors.Corrupt:                          # it can still be restored, under its key
        record = {}
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


def _open(disk, where):
    fd = paths.open_beneath(disk.house_fd, where, os.O_RDONLY | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    return None


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


def _restore(disk, site, key, sub, above, target, change):
    source = _where(site.id, key, sub)
    size = _size(disk, source)
    with Opened(disk, site, above, os.O_RDONLY | os.O_DIRECTORY) as folder:
        with disk.moving():
            durable.rename(disk.house_fd, source, folder.fd, split(target)[1], exclusive=True)
        if change:
            change.touch(folder.fd)
            _touch(disk, change, split(source)[0])
    placing.carry(disk, site, above, size)
    _shrink(disk, site.id, key, sub, size)
    if not change:
        _discard(disk, f"trash/{site.id}/{key}")
    return placing.look(disk, site, target)


def _size(disk, path):
    fd = paths.open_beneath(disk.house_fd, path, os.O_PATH)
    try:
        return placing.size_of(os.fstat(fd), nodes.at(fd))
    finally:
        os.close(fd)


def _shrink(disk, space, key, sub, size):
    """What was taken out of a trashed folder does not count in it any more."""
    inside = "/".join(paths.parts(sub))
    if inside:
        placing.carry(disk, placing.Site(space, f".hearth/trash/{space}/{key}/content"), split(inside)[0], -size)


def _discard(disk, path):
    """Take away the record of what is no longer there."""
    try:
        if "content" not in _names(disk, path):
            tidy.raze(disk, path)
    except FileNotFoundError:
        pass


def _part(disk, space, key, sub):
    """Take something out of the trash by one rename, to be destroyed; its place in ``drafts/``, a folder in any case."""
    where, beside = _where(space, key, sub), f"drafts/{ids.new()}"
    size = _size(disk, where)
    if paths.parts(sub):
        os.mkdir(beside, 0o700, dir_fd=disk.house_fd)
        durable.rename(disk.house_fd, where, disk.house_fd, f"{beside}/content", exclusive=True)
        _shrink(disk, space, key, sub, size)
        sync(disk, split(where)[0])
    else:
        durable.rename(disk.house_fd, f"trash/{space}/{key}", disk.house_fd, beside, exclusive=True)
        sync(disk, f"trash/{space}")
    return beside


def _unfold(disk, here, space):
    """Bring up the folders in a folder that goes; the ids in it of which more is kept, and the places of those folders."""
    fd = paths.open_beneath(disk.house_fd, here, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = [_id(f"{nodes.at(fd)}/{name}") for name in os.listdir(fd)]
    finally:
        os.close(fd)
    known = [id for id in found if id and ids.is_uuid(id) and (_kept(disk, space, id) or _marked(disk, id))]
    return known, tidy.bring_up(disk, here)


def _id(path):
    try:
        return attributes.raw_nofollow(path, attributes.ID)
    except PermissionError:
        return None


def _kept(disk, space, id):
    """Where versions and side files of a node are, those that are there."""
    return [path for path in (f"versions/{space}/{id}", f"attributes/{id}") if os.path.lexists(f"{nodes.at(disk.house_fd)}/{path}")]


def _marked(disk, id):
    """Whether a node is, or was, shared or tagged, or waits for a scanner."""
    return any(os.path.lexists(f"{nodes.at(disk.house_fd)}/{folder}/{id}") for folder in ("shared", "linked", "tagged", "unscanned"))


def _destroy(disk, here, space, gone):
    for id in gone:
        for path in _kept(disk, space, id):
            tidy.raze(disk, path)
    tidy.raze_level(disk, here)


def _all(disk):
    found = []
    for space in _names(disk, "trash"):
        items = _list(disk, space) if ids.is_uuid(space) else ()
        found += [(item.deleted_ns, item.size, space, item.key) for item in items]
    return sorted(found)

"""Versions: what a file was before. A name for the old inode, made before the new content takes its place.

They lie in ``versions/<space>/<node>/<time>``, the time being that of the version's last change; their attributes are the
ones they had as the file itself.
"""
import errno
import os
from datetime import datetime, timezone
from typing import NamedTuple

from appliance.core import clock, durable, errors, ids
from appliance.storage import attributes, nodes, paths, placing
from appliance.storage.nodes import OpenFile, Sums

DAY_NS = 86_400 * 10**9


class Version(NamedTuple):
    """An earlier content of a file; ``key`` names it."""

    key: str
    size: int
    mtime_ns: int
    etag: str
    sums: Sums | None


def moment_name(mtime_ns):
    """RFC 3339 with nanoseconds, UTC."""
    seconds, rest = divmod(mtime_ns, 10**9)
    try:
        start = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError, OSError):
        start = "1970-01-01T00:00:00"
    return f"{start}.{rest:09d}Z"


def keep(disk, site, folder_fd, name, node, change):
    """Give the file that is about to be replaced a name among the versions."""
    shelf = _shelf(disk, site.id, node.id)
    try:
        first = moment_name(node.mtime_ns)
        for extra in range(1000):
            key = f"{first}.{extra}" if extra else first
            try:
                os.link(name, key, src_dir_fd=folder_fd, dst_dir_fd=shelf, follow_symlinks=False)
                break
            except FileExistsError:
                if _same(os.stat(key, dir_fd=shelf, follow_symlinks=False), shelf, key, node):
                    break
        else:
            raise errors.Conflict("This file has too many versions of one moment.")
        change.touch(shelf)
    finally:
        os.close(shelf)


def _same(status, shelf, key, node):
    """Two overwrites with the same time and content keep one version."""
    fd = os.open(key, os.O_PATH | os.O_NOFOLLOW, dir_fd=shelf)
    try:
        sums = nodes.parse_sums(attributes.raw(nodes.at(fd), attributes.SUMS), status)
    finally:
        os.close(fd)
    return sums is not None and sums == node.sums and status.st_size == node.size


def _shelf(disk, space, node):
    """The open folder for the versions of a file, made if need be."""
    path = f"versions/{space}/{node}"
    try:
        return paths.open_beneath(disk.house_fd, path, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        for part in (f"versions/{space}", path):
            try:
                os.mkdir(part, 0o700, dir_fd=disk.house_fd)
                sync(disk, os.path.dirname(part))
            except FileExistsError:
                pass
        return paths.open_beneath(disk.house_fd, path, os.O_RDONLY | os.O_DIRECTORY)


def sync(disk, path):
    """Force the names in a folder of the house to the disk."""
    fd = paths.open_beneath(disk.house_fd, path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(fd)


class Versions:
    """The versions of all files."""

    def __init__(self, storage):
        self._storage = storage

    def list(self, node):
        """The versions of a file, oldest first."""
        return self._storage.run(_list, node.space, node.id)

    def open(self, node, key):
        """Open a version for reading; the caller closes it. NotFound."""
        return self._storage.run(_open, node, key)

    def restore(self, node, key):
        """Give a file that content again; the present one becomes a version."""
        tree = self._storage.tree
        parent = tree.by_id(node.parent)
        opened = self.open(node, key)
        try:
            draft = tree.draft(parent, node.name, opened.node.size)
            try:
                draft.copy_from(opened)
                return draft.commit(expect=None)[0]
            finally:
                draft.abort()
        finally:
            opened.close()

    def revive(self, node, key):
        """Let a file that is gone be there again, with that content and all that was known of it then; the Node. AlreadyExists."""
        with self._storage.change(node.space) as change:
            parent = self._storage.tree.by_id(node.parent)
            again = self._storage.tree.inside(parent, _revive, node, key, change, long=True)
            self._storage.remember(again.id, parent.id, node.name, node.space)
        return again

    def thin(self, days, most):
        """Remove what was replaced longer ago than ``days`` (0: never) and all but the newest ``most`` of a file (0: keep all)."""
        self._storage.run_long(_thin, days, most)

    def all(self):
        """``[(replaced_ns, bytes, path in the house)]`` of all files in all spaces, what was replaced first coming first."""
        return self._storage.run_long(_all)

    def destroy(self, path):
        """Remove one of ``all``."""
        self._storage.run_long(_remove, path)


def _list(disk, space, id):
    try:
        shelf = paths.open_beneath(disk.house_fd, f"versions/{space}/{id}", os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return []
    try:
        found = []
        for key in sorted(os.listdir(shelf)):
            fd = os.open(key, os.O_PATH | os.O_NOFOLLOW, dir_fd=shelf)
            try:
                found.append(_look(key, fd))
            finally:
                os.close(fd)
        return found
    finally:
        os.close(shelf)


def _open(disk, node, key):
    if not key or "/" in key or key.startswith("."):
        raise errors.NotFound()
    fd = paths.open_beneath(disk.house_fd, f"versions/{node.space}/{node.id}/{key}", os.O_RDONLY)
    version = _look(key, fd)
    return OpenFile(fd, node._replace(size=version.size, mtime_ns=version.mtime_ns, etag=version.etag, sums=version.sums))


def _revive(disk, site, above, node, key, change):
    target = placing.target(disk, site, above, node.name)
    with placing.Opened(disk, site, above, os.O_RDONLY | os.O_DIRECTORY) as folder:
        durable.rename(disk.house_fd, f"versions/{site.id}/{node.id}/{key}", folder.fd, placing.split(target)[1], exclusive=True)
        change.touch(folder.fd)
    again = placing.look(disk, site, target)
    placing.carry(disk, site, above, again.size)
    return again


def _look(key, fd):
    status = os.fstat(fd)
    sums = nodes.parse_sums(attributes.raw(nodes.at(fd), attributes.SUMS), status)
    return Version(key, status.st_size, status.st_mtime_ns, nodes.file_etag(sums, status), sums)


def _all(disk):
    return sorted(row for shelf in _shelves(disk) for row in _rows(disk, shelf))


def _shelves(disk):
    """The folders of all files that have versions."""
    for space in filter(ids.is_uuid, _names(disk, "versions")):
        for id in filter(ids.is_uuid, _names(disk, f"versions/{space}")):
            yield f"versions/{space}/{id}"


def _rows(disk, shelf):
    """``[(when it was replaced, bytes, path)]``; a file got its last name here when it was replaced, which the inode tells."""
    found = []
    try:
        for key in _names(disk, shelf):
            status = os.stat(f"{shelf}/{key}", dir_fd=disk.house_fd, follow_symlinks=False)
            found.append((status.st_ctime_ns, status.st_size, f"{shelf}/{key}"))
    except FileNotFoundError:
        pass                                        # purged meanwhile
    return found


def _thin(disk, days, most):
    oldest = clock.now_ns() - days * DAY_NS if days else None
    for shelf in _shelves(disk):
        rows = sorted(_rows(disk, shelf), key=lambda row: row[2])
        for place, (moment, _, path) in enumerate(rows, 1):
            if most and place <= len(rows) - most or oldest is not None and moment < oldest:
                _remove(disk, path)


def _remove(disk, path):
    try:
        os.unlink(path, dir_fd=disk.house_fd)
    except FileNotFoundError:
        pass


def _names(disk, path):
    fd = paths.open_beneath(disk.house_fd, path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return os.listdir(fd)
    finally:
        os.close(fd)

"""What we know of a node, kept on the node: one extended attribute a group, in a side file when the inode is full.

Nobody above can tell where a group lies. Values are text. Plain blocking functions; ``house`` is the open ``.hearth``.
"""
import errno
import json
import os

from appliance.core import durable

PREFIX = "user.hearth."
ID, SUMS, TREE, SPACE, PROPS, GRANTS, LINKS, TAGS = "id", "sums", "tree", "space", "props", "grants", "links", "tags"
CARRIED = ("props", "grants", "links", "tags")      # what stays with a file when its content is replaced
_FULL = (errno.ENOSPC, errno.E2BIG, errno.ERANGE, errno.EDQUOT)
REFUSED = (*_FULL, errno.EACCES, errno.EPERM)       # by the inode: full of others' attributes, or somebody else's


def raw(target, group, strict=False):
    """The text of a group in the inode of an open fd or a path, or None; also where we may not look, unless ``strict``."""
    try:
        return os.getxattr(target, PREFIX + group).decode("utf-8", "replace")
    except OSError as error:
        if error.errno == errno.ENODATA or error.errno == errno.EACCES and not strict:
            return None
        raise


def raw_nofollow(path, group):
    """The same for a path whose last component may be a link, which has none."""
    try:
        return os.getxattr(path, PREFIX + group, follow_symlinks=False).decode("utf-8", "replace")
    except OSError as error:
        if error.errno == errno.ENODATA:
            return None
        raise


def put_raw(target, group, text):
    """Write a group that must be in the inode (``id``, ``sums``, ``tree``)."""
    os.setxattr(target, PREFIX + group, text.encode())


def try_raw(target, group, text):
    """The same for a node that others made, which may have no room, or forbid it; True where it was written."""
    try:
        put_raw(target, group, text)
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        return False
    return True


def drop_raw(target, group):
    """Take a group out of the inode; no complaint when it is not there."""
    try:
        os.removexattr(target, PREFIX + group)
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise


def read(house, target, id, group):
    """A group as a dict, or None, wherever it lies."""
    text = raw(target, group, strict=True)          # what nobody may read is not absent
    if text is None and id:
        try:
            fd = os.open(f"attributes/{id}/{group}.json", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=house)
        except FileNotFoundError:
            return None
        with open(fd, "rb") as file:
            text = file.read().decode("utf-8", "replace")
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def write(house, house_path, target, id, group, value):
    """Write a group (None removes it): into the inode, or beside it when the inode is full."""
    if value:
        write_text(house, house_path, target, id, group, json.dumps(value, ensure_ascii=False, sort_keys=True))
        return
    _drop_side(house, id, group)                    # first: else it would show again if we stop in between
    drop_raw(target, group)


def write_text(house, house_path, target, id, group, text):
    """The same for the text of a group."""
    try:
        put_raw(target, group, text)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _put_side(house, house_path, id, group, text)
        drop_raw(target, group)
        return
    _drop_side(house, id, group)


def _put_side(house, house_path, id, group, text):
    try:
        os.mkdir(f"attributes/{id}", 0o700, dir_fd=house)
        fd = os.open("attributes", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=house)
        try:
            durable.fsync_folder(fd)
        finally:
            os.close(fd)
    except FileExistsError:
        pass
    durable.write_file(os.path.join(house_path, "attributes", id, group + ".json"), text.encode())


def _drop_side(house, id, group):
    try:
        os.unlink(f"attributes/{id}/{group}.json", dir_fd=house)
        os.rmdir(f"attributes/{id}", dir_fd=house)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTEMPTY):
            raise

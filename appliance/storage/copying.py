"""A tree is copied: made in ``drafts/`` with new ids, each file and folder forced to the disk, then renamed to where it belongs.

Plain blocking functions.
"""
import errno
import os
import stat

from appliance.core import clock, durable, errors, ids
from appliance.storage import attributes, nodes, placing, tidy
from appliance.storage.placing import Opened, look, split

DEEPEST = 200                                       # folders in folders; each holds two open files


def copy(disk, site, source, deep):
    """Copy a folder to ``drafts/`` with new ids; returns the name there."""
    beside = f"drafts/{ids.new()}"
    try:
        with Opened(disk, site, source, os.O_RDONLY | os.O_DIRECTORY) as opened:
            _folder(disk, opened.fd, disk.house_fd, beside, deep)
    except BaseException:
        discard(disk, beside)
        raise
    return beside


def _folder(disk, source, above, name, deep, depth=0):
    """Copy an open folder to a name in another; returns the bytes of all files in it."""
    if depth > DEEPEST:
        raise errors.Invalid("These folders are nested too deeply to be copied.")
    os.mkdir(name, 0o750, dir_fd=above)
    made = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW, dir_fd=above)
    try:
        size, id = 0, nodes.identify(made)
        _groups(disk, source, made, id)
        if deep:
            for entry in sorted(os.listdir(source)):
                size += _member(disk, source, made, entry, depth)
        attributes.put_raw(made, attributes.TREE, nodes.branch_text(nodes.Branch(nodes.fresh_etag(), size, clock.now_ns())))
        durable.fsync_folder(made)
        return size
    finally:
        os.close(made)


def _member(disk, source, made, entry, depth):
    try:
        fd = os.open(entry, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=source)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ENOTDIR):
            return 0                                # gone, a link or a socket
        raise
    try:
        status = os.fstat(fd)
        if stat.S_ISDIR(status.st_mode):
            return _folder(disk, fd, made, entry, True, depth + 1)
        return _content(disk, fd, status, made, entry) if stat.S_ISREG(status.st_mode) else 0
    finally:
        os.close(fd)


def _content(disk, fd, status, folder, name):
    """Copy an open file to a new name, forced to the disk; returns its size."""
    out = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640, dir_fd=folder)
    try:
        done = 0
        while done < status.st_size:
            some = os.copy_file_range(fd, out, min(status.st_size - done, 1 << 26), done, done)
            if not some:
                break
            done += some
        id = nodes.identify(out)
        _groups(disk, fd, out, id)
        sums = attributes.raw(fd, attributes.SUMS)
        os.utime(out, ns=(status.st_mtime_ns, status.st_mtime_ns))
        now = os.fstat(fd)
        if sums and (now.st_size, now.st_mtime_ns, done) == (status.st_size, status.st_mtime_ns, status.st_size):
            attributes.put_raw(out, attributes.SUMS, sums)
        durable.fsync(out)
        return done
    finally:
        os.close(out)


def _groups(disk, source, made, id):
    props = attributes.read(disk.house_fd, source, nodes.identify(source), attributes.PROPS)
    if props:
        attributes.write(disk.house_fd, disk.house_path, made, id, attributes.PROPS, props)


def place(disk, beside, site, above, target, change):
    """Make a copied tree real; its node."""
    with Opened(disk, site, above, os.O_RDONLY | os.O_DIRECTORY) as folder:
        durable.rename(disk.house_fd, beside, folder.fd, split(target)[1], exclusive=True)
        change.touch(folder.fd)
    node = look(disk, site, target)
    placing.carry(disk, site, above, node.size)
    return node


def discard(disk, beside):
    """Destroy a copied tree that is not wanted any more."""
    tidy.raze(disk, beside)

"""Changes made behind our back: by ssh, by Samba, by a restored snapshot. What is found is taken for what people want.

A folder is put right when each member has an id that is its own, each file has sums of what it holds now, and the folder's
size is that of its members. Plain blocking functions.
"""
import errno
import os
import stat

from appliance.core import clock, errors, ids
from appliance.storage import attributes, drafts, nodes, paths, placing
from appliance.storage.placing import Opened, join

BLOCK = 1 << 20
COPY, LINK = "copy", "link"                         # another file with the same id; another name of the same file
_NO_SUMS = "0" * 128                                # as long as any, and of no file
_SHUT = (errno.ENOENT, errno.ENAMETOOLONG, errno.EACCES)    # gone meanwhile, too deep to be reached, or somebody else's


def folders(disk, site):
    """The paths of all folders of a space as they stand on the disk, each before those in it."""
    found, to_see = [], [""]
    while to_see:
        real = to_see.pop()
        try:
            with Opened(disk, site, real, os.O_RDONLY | os.O_DIRECTORY) as folder:
                found.append(real)
                with os.scandir(folder.fd) as entries:
                    to_see.extend(join(real, entry.name) for entry in entries
                                  if entry.is_dir(follow_symlinks=False) and paths.shown(entry.name) is not None)
        except OSError as error:
            if error.errno not in _SHUT:
                raise
    return found


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
        except errors.NotFound:                     # a link or a socket
            continue
        except OSError as error:
            if error.errno not in _SHUT:
                raise
    return found


def way(disk, site, real):
    """Finder rows ``(id, parent, name, space)`` of a folder and all above it, from the root of its space on."""
    found, here, above = [], "", None
    for name in ["", *real.split("/")] if real else [""]:
        here = join(here, name) if name else here
        with Opened(disk, site, here) as opened:
            found.append((nodes.identify(opened.at), above, name, site.id))
        above = found[-1][0]
    return found


def stale(disk, site, real, names=None):
    """The files of a folder (of those names alone) whose sums are not of what they hold: ``[(path, size, mtime_ns)]``."""
    found = []
    for name, target, status in _members(disk, site, real):
        if stat.S_ISREG(status.st_mode) and (names is None or name in names) \
                and nodes.parse_sums(attributes.raw(target, attributes.SUMS), status) is None:
            found.append((join(real, name), status.st_size, status.st_mtime_ns))
    return found


def sum_up(disk, site, real, size, mtime_ns):
    """Read a file and write its sums, unless it changes meanwhile or does not take them. True where they were written."""
    try:
        fd = paths.open_beneath(disk.root, f"{site.base}/{real}", os.O_RDONLY | os.O_NONBLOCK)
    except (FileNotFoundError, PermissionError):
        return False
    try:
        if nodes.parse_sums(attributes.raw(fd, attributes.SUMS), os.fstat(fd)):
            return False                            # another file has taken its place, and brought its own
        if not attributes.try_raw(fd, attributes.SUMS, _NO_SUMS):
            return False                            # there is no room for them: then nothing is read in vain, again and again
        hasher = drafts.Hasher()
        while block := os.read(fd, BLOCK):
            hasher.update(block)
        status = os.fstat(fd)
        if (status.st_size, status.st_mtime_ns) != (size, mtime_ns):
            return False
        attributes.put_raw(fd, attributes.SUMS, nodes.sums_text(hasher.sums(), status))
        return True
    finally:
        os.close(fd)


def ours(disk, site, real, names):
    """Of these names in a folder, what is there in good order: ``(id of the folder, {name: id, None where nothing is})``.

    A name is left out where somebody else has been at work: no id, or sums of something else.
    """
    found = {}
    with Opened(disk, site, real, os.O_RDONLY | os.O_DIRECTORY) as folder:
        for name in names:
            try:
                status = os.stat(name, dir_fd=folder.fd, follow_symlinks=False)
            except FileNotFoundError:
                found[name] = None
                continue
            if paths.shown(name) is None or not nodes.listed(status):
                found[name] = None
                continue
            target = f"{folder.at}/{name}"
            id = attributes.raw(target, attributes.ID)
            if id and (stat.S_ISDIR(status.st_mode) or nodes.parse_sums(attributes.raw(target, attributes.SUMS), status)):
                found[name] = id
        return nodes.identify(folder.at), found


def newcomers(disk, site, real, known):
    """The ids of members that the finder does not know there, ``{name: id}``: they were moved here, or copied."""
    return {name: id for name, target, _ in _members(disk, site, real)
            if (id := attributes.raw(target, attributes.ID)) and known.get(name) != id}


def twin(disk, site, real, other, place, id):
    """COPY or LINK where the id of a newcomer still belongs to the file or folder at the place the finder knows, else None."""
    try:
        with Opened(disk, site, real) as here, Opened(disk, other, place) as there:
            if (here.status.st_dev, here.status.st_ino) == (there.status.st_dev, there.status.st_ino):
                return LINK
            return COPY if attributes.raw(there.at, attributes.ID) == id else None
    except (FileNotFoundError, errors.NotFound):
        return None


def adopt(disk, site, real, known, others, touched):
    """Put a folder right under the lock of its space; ``(changed, rows for the finder, {name: id} of what is gone)``.

    ``known`` is what the finder holds of it: ``{name: id}``; ``others`` says of newcomers what else has their id (``twin``); with
    ``touched`` it counts as changed in any case. A file with two names stays where the finder knows it: else each name would
    take it from the other, for ever.
    """
    total, found, here = 0, [], {}
    with Opened(disk, site, real, os.O_RDONLY | os.O_DIRECTORY) as folder:
        own = nodes.identify(folder.at)
        members = list(_listed(folder))
        taken = {attributes.raw(target, attributes.ID) for _, target, _ in members}
        for name, target, status in members:
            id = _identify(name, target, status, known, others.get(name), taken)
            if known.get(name) != id and others.get(name) != LINK:
                found.append((id, own, name, site.id))
            here[name] = id
            total += placing.size_of(status, target)
        text = attributes.raw(folder.at, attributes.TREE)
        branch = nodes.parse_branch(text, folder.status)
    gone = {name: id for name, id in known.items() if name not in here}
    changed = bool(touched or found or gone or total != branch.size or text != nodes.branch_text(branch))
    if changed:
        placing.carry(disk, site, real, total - branch.size, clock.now_ns())
    return changed, found, gone


def _identify(name, target, status, known, other, taken):
    """The id of a member. A file that was replaced under its name by an editor, or by rsync, stays the one it was."""
    id = attributes.raw(target, attributes.ID)
    if id is not None and ids.is_uuid(id) and other != COPY:
        return id
    old = known.get(name)
    id = old if old and old not in taken and stat.S_ISREG(status.st_mode) else ids.new()
    if not attributes.try_raw(target, attributes.ID, id):
        return nodes.identify(target)
    if other == COPY:                               # what is shared is the original
        attributes.drop_raw(target, attributes.GRANTS)
        attributes.drop_raw(target, attributes.LINKS)
        attributes.drop_raw(target, attributes.TAGS)
    return id


def _members(disk, site, real):
    with Opened(disk, site, real, os.O_RDONLY | os.O_DIRECTORY) as folder:
        yield from _listed(folder)


def _listed(folder):
    """``(name, path to it, status)`` of what is listed of an open folder; the paths hold as long as it is open."""
    with os.scandir(folder.fd) as entries:
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:               # gone meanwhile
                continue
            if paths.shown(entry.name) is not None and nodes.listed(status):
                yield entry.name, f"{folder.at}/{entry.name}", status

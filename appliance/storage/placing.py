"""What a change of the tree does to the disk, as plain blocking functions under the lock of the space.

A ``Site`` is one space on the disk. Paths given here are as they stand on the disk, relative to the root of the space.
"""
import os
import stat
from typing import NamedTuple

from appliance.core import clock, errors
from appliance.storage import attributes, nodes, paths
from appliance.storage.disk import translated

LONGEST = 3500                                      # bytes of a path that we make; the kernel takes 4096 with all that comes before


class Site(NamedTuple):
    """A space: its id, and its folder relative to the data folder (``people/ann``)."""

    id: str
    base: str


def guarded(disk, function, *args):
    """Run a function on a disk that is there; what the disk complains about becomes a house error."""
    disk.guard()
    try:
        return function(disk, *args)
    except OSError as error:
        raise translated(error) from error
    except UnicodeEncodeError:
        raise errors.Invalid("name validation failed: must be valid UTF-8") from None
    except ValueError as error:                     # an embedded NUL
        raise errors.NotFound(os=str(error)) from None


class Opened:
    """An open node: ``fd`` (O_PATH), ``at`` (a path to it that no rename disturbs), ``status``."""

    def __init__(self, disk, site, path, flags=os.O_PATH):
        self.fd = paths.open_beneath(disk.root, f"{site.base}/{path}" if path else site.base, flags)
        self.at, self.status = nodes.at(self.fd), os.fstat(self.fd)
        if not nodes.listed(self.status):
            os.close(self.fd)
            raise errors.NotFound()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        os.close(self.fd)


def real_path(disk, site, path):
    """How a path given by a person stands on the disk; it need not exist."""
    if path.isascii():
        return "/".join(paths.parts(path))
    with Opened(disk, site, "") as root:
        return paths.find(root.fd, path)


def split(path):
    """The folder and the last component."""
    above, _, name = path.rpartition("/")
    return above, name


def join(path, name):
    """One step down."""
    return f"{path}/{name}" if path else name


def look(disk, site, real):
    """The Node at a path as it stands on the disk."""
    with Opened(disk, site, real) as opened:
        return seen(disk, site, real, opened.at, opened.status)


def seen(disk, site, real, target, status, folders=None):
    """The Node of something open. ``folders`` keeps what was learned of the folders above, for one look at many nodes: ``{(space, path): id}``."""
    above, name = split(real)
    folders = {} if folders is None else folders
    if real and (site.id, above) not in folders:
        with Opened(disk, site, above) as folder:
            folders[site.id, above] = nodes.identify(folder.at)
    parent = folders[site.id, above] if real else None
    shown = "/".join(paths.shown(part) or part for part in real.split("/")) if not real.isascii() else real
    return nodes.look(site.id, parent, shown, paths.shown(name) or name, target, status, disk.generation)


def carry(disk, site, real, difference=0, moment=None):
    """Tell a folder and all above it that something beneath has changed, and by how many bytes."""
    moment, fresh = moment or clock.now_ns(), nodes.fresh_etag()
    while True:
        with Opened(disk, site, real) as folder:
            text = attributes.raw(folder.at, attributes.TREE)
            branch = nodes.parse_branch(text, folder.status)
            branch = nodes.Branch(fresh, max(0, branch.size + difference), max(branch.mtime_ns, moment))
            try:
                attributes.put_raw(folder.at, attributes.TREE, nodes.branch_text(branch))
            except OSError as error:
                if text is not None or error.errno not in attributes.REFUSED:
                    raise
                _stir(folder)
        if not real:
            return
        real = split(real)[0]


def _stir(folder):
    """Change the time of a folder that takes no attribute: its etag is made from that."""
    try:
        os.utime(folder.at, ns=(folder.status.st_atime_ns, folder.status.st_mtime_ns))
    except PermissionError:
        pass                                        # somebody else's, in which we can change nothing either


def loosen(opened):
    """Let a folder of ours be moved that came read-only from elsewhere: the kernel writes into it where it is now."""
    mode = stat.S_IMODE(opened.status.st_mode)
    if stat.S_ISDIR(opened.status.st_mode) and not mode & 0o200:
        try:
            os.chmod(opened.at, mode | 0o200)
        except PermissionError:
            pass                                    # somebody else's: the rename will say so


def size_of(node_or_status, target=None):
    """Bytes a thing adds to the folders above it."""
    if target is None:
        return node_or_status.size
    if stat.S_ISDIR(node_or_status.st_mode):
        return nodes.parse_branch(attributes.raw(target, attributes.TREE), node_or_status).size
    return node_or_status.st_size


def target(disk, site, above, name):
    """How a name to be used in a folder stands on the disk: in an existing twin's form, or as given."""
    with Opened(disk, site, above) as folder:
        found = join(above, name if name.isascii() else paths.find(folder.fd, name))
    if len(found.encode()) > LONGEST:
        raise errors.Invalid("The path would be too long.")
    return found


def id_at(disk, site, real):
    """The id of what stands at a path."""
    with Opened(disk, site, real) as opened:
        return nodes.identify(opened.at)

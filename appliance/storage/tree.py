"""The tree: look, make, move, copy, remove. Every change carries the etag and the size up to the root of its space.

Changes of one space happen one after another, under its lock, which is held for the renames and never while a body is read.
"""
import os
import stat
from contextlib import contextmanager, nullcontext

from gevent.lock import BoundedSemaphore

from appliance.core import clock, durable, errors, ids
from appliance.storage import attributes, copying, nodes, paths, placing
from appliance.storage.drafts import Draft
from appliance.storage.listing import Listing
from appliance.storage.nodes import OpenFile
from appliance.storage.placing import Opened, join, look, real_path, split

ORDERING = 2                                        # folders that are put in order at a time: it is work for the processor, and other look-ups want the threads


class Tree:
    """The nodes of all spaces."""

    def __init__(self, storage):
        self._storage = storage
        self._ordering = BoundedSemaphore(ORDERING)

    # Looking.

    def node(self, space_id, path=""):
        """The node at a path; NotFound."""
        return self._storage.run(_node, self._storage.site(space_id), path)

    def by_id(self, node_id):
        """The node with this id, wherever it is now; NotFound."""
        found = self._find(node_id, _by_id)
        if found is None:
            raise self._storage.unknown()
        return found[1]

    def _find(self, node_id, look):
        """``(site, what look says of the node where the index has it)``, or None. When it is not there, the index is asked
        again in a turn of our own: perhaps the node was being moved just now."""
        for turn in (nullcontext, self._storage.lock):
            place = self._storage.locate(node_id)
            if place is None:
                return None
            with turn(place[0].id):
                place = self._storage.locate(node_id) if turn is not nullcontext else place
                seen = self._storage.run(look, *place, node_id) if place else None
                if seen is not None:
                    return place[0], seen
        return None

    def children(self, node, by_name=False):
        """The members of a folder in lists of about 400, each read when it is asked for; as the disk has them, or by name as far as their number allows."""
        with self._ordering if by_name else nullcontext():
            listing, (nodes_read, strangers) = self.at(node, _list, node, by_name)
        try:
            while True:
                if strangers:
                    self._storage.learn(strangers)
                if nodes_read:
                    yield nodes_read
                if listing.done:
                    return
                nodes_read, strangers = self._storage.run(listing.read)
        finally:
            listing.close()

    def open(self, node):
        """Open a file for reading; the node is looked at again."""
        return self.at(node, _open)

    def properties(self, node):
        """Dead properties: ``{"{namespace}name": inner XML}``."""
        return self.attribute(node, attributes.PROPS) or {}

    def attribute(self, node, group):
        """A group of what is known of a node, as a dict, or None."""
        return self.at(node, _attribute, group)

    def at(self, node, function, *args, long=False):
        """What ``function(disk, site, path, *args)`` says of a node where it is now: at its path, or where its id has gone since.

        One turn of a thread is enough where it has not moved.
        """
        run = self._storage.run_long if long else self._storage.run
        done = run(_at, self._storage.site(node.space), node.path, node.id, function, args)
        if done is not None:
            return done[0]
        with self._storage.lock(node.space):        # it moves: in a turn of our own it stands still
            return run(function, *self._place(node), *args)

    def inside(self, parent, function, *args, long=False):
        """The same for a folder that things go into; Conflict where it is gone or no folder."""
        if not parent.folder:
            raise errors.Conflict()
        try:
            return self.at(parent, function, *args, long=long)
        except errors.NotFound:
            raise errors.Conflict() from None

    def _place(self, node, follow=True):
        """Where a node is now: at its path, or, unless told not to follow, where its id has gone since."""
        site = self._storage.site(node.space)
        real = self._storage.run(_confirm, site, node.path, node.id)
        if real is None and not follow:
            raise errors.NotFound()
        if real is None:
            found = self._find(node.id, _confirm)
            if found is None:
                raise self._storage.unknown()
            if found[0] != site:
                raise errors.NotFound()
            real = found[1]
        return site, real

    # Changing.

    def make_folder(self, parent, name):
        """Make a folder; AlreadyExists, Conflict where the parent is gone."""
        paths.check_name(name)
        with self._storage.change(parent.space) as change:
            node = self.inside(parent, _make_folder, name, change)
            self._storage.remember(node.id, parent.id, name, parent.space)
        return node

    def draft(self, parent, name, size=None, most=None):
        """Begin to write a file; QuotaExceeded when ``size`` is known and too large. It takes at most ``most`` bytes, None for as many as fit."""
        paths.check_name(name)
        return Draft.begin(self._storage, parent, name, size, most)

    def set_properties(self, node, changes):
        """Change dead properties, all or none; None takes one away."""
        with self._storage.lock(node.space):
            props = {**self.properties(node), **changes}
            return self.at(node, _set_attribute, attributes.PROPS, {name: text for name, text in props.items() if text is not None})

    def set_attribute(self, node, group, value):
        """Write a group; None or {} removes it."""
        with self._storage.lock(node.space):
            return self.at(node, _set_attribute, group, value)

    def move(self, node, parent, name, overwrite=False):
        """Give a node another place in its space with one rename; what is replaced goes to the trash."""
        if parent.space != node.space:
            raise errors.Unsupported("A thing cannot be moved to another space; copy it and delete it.")
        paths.check_name(name)
        with self._storage.change(node.space) as change:
            site, source = self._place(node, follow=False)      # of twenty who move one file, one does
            site, above = self.parent(parent)
            if not source:
                raise errors.Forbidden("The root of a space cannot be moved.")
            if above == source or above.startswith(source + "/"):
                raise errors.Conflict("can not move a folder into one of its children")
            target = self._storage.run(placing.target, site, above, name)
            if source.startswith(target + "/"):
                raise errors.Conflict("can not move a folder onto one of its parents")
            known = self._storage.complete
            with self.replacing(site, target, overwrite, change, but=source) as replaced:
                moved = self._storage.run(_move, site, source, target, change)
            if known or not moved.folder:
                self._storage.remember(moved.id, parent.id, split(target)[1], site.id)
            else:                                   # the look at everything may miss what is in it: at the old place, and at the new one
                self._storage.index(site, target, parent.id)
        return moved, replaced

    @contextmanager
    def replacing(self, site, target, overwrite, change, but=None):
        """Make room at a target: what stands there goes to the trash, and comes back if what follows fails. True where something did."""
        there = target != but and self._storage.run(_stands, site, target)
        if there and not overwrite:
            raise errors.AlreadyExists()
        key = self._storage.trash.take(site, target, None, change) if there else None
        try:
            yield there
        except BaseException:
            if key:
                self._storage.trash.put_back(site, key, target)
            raise

    def copy(self, node, parent, name, overwrite=False, deep=True):
        """Copy a node, also to another space; a tree is made beside and becomes real by one rename."""
        paths.check_name(name)
        site, source = self._place(node)
        home, above = self.parent(parent)
        if home.id == site.id and node.folder and deep and (above == source or above.startswith(source + "/")):
            raise errors.Conflict("can not copy a folder into one of its children")
        if not node.folder:
            return self._copy_file(node, parent, name, overwrite)
        self._storage.spaces.room(home.id, node.size if deep else 0)
        beside = self._storage.run_long(copying.copy, site, source, deep)
        try:
            with self._storage.change(home.id) as change:
                home, above = self.parent(parent)
                target = self._storage.run(placing.target, home, above, name)
                if home.id == site.id and (source == target or source.startswith(target + "/")):
                    raise errors.Conflict("can not copy a folder onto itself or one of its parents")
                with self.replacing(home, target, overwrite, change) as replaced:
                    self._storage.spaces.afford(home.id, node.size if deep else 0)
                    copied = self._storage.run(copying.place, beside, home, above, target, change)
                self._storage.index(home, target, parent.id)
        except BaseException:
            self._storage.run_long(copying.discard, beside)
            raise
        return copied, replaced

    def _copy_file(self, node, parent, name, overwrite):
        """A file is copied as if it were written: over another file it becomes its new version."""
        there = self.there(parent, name)
        if there and not overwrite:
            raise errors.AlreadyExists()
        if there and there.id == node.id:
            return there, True
        draft = self.draft(parent, name, node.size)
        try:
            opened = self.open(node)
            try:
                draft.copy_from(opened)
            finally:
                opened.close()
            props = self.attribute(node, attributes.PROPS)
            with self._over(parent, name, there):
                copied, created = draft.commit(mtime_ns=opened.node.mtime_ns, absent=not overwrite)
        except errors.PreconditionFailed:
            raise errors.AlreadyExists() from None
        finally:
            draft.abort()
        if props or there:
            copied = self.set_attribute(copied, attributes.PROPS, props)
        return copied, not created or bool(there)

    @contextmanager
    def _over(self, parent, name, there):
        """A file that takes the place of a folder: that goes to the trash first."""
        if not there or not there.folder:
            yield
            return
        with self._storage.change(parent.space) as change:
            site, above = self.parent(parent)
            target = self._storage.run(placing.target, site, above, name)
            with self.replacing(site, target, True, change):
                yield

    def there(self, parent, name):
        """What stands at a place now, or None."""
        try:
            return self.node(parent.space, join(parent.path, name))
        except errors.NotFound:
            return None

    def remove(self, node, by=None):
        """Put a node into the trash; returns its key there."""
        with self._storage.change(node.space) as change:
            site, real = self._place(node, follow=False)        # it must not be deleted under a name that nobody named
            if not real:
                raise errors.Forbidden("The root of a space cannot be deleted.")
            return self._storage.trash.take(site, real, by, change)

    def parent(self, parent):
        """Where a folder that things go into is now; Conflict where it is gone or no folder."""
        try:
            site, real = self._place(parent)
        except errors.NotFound:
            raise errors.Conflict() from None
        if not parent.folder:
            raise errors.Conflict()
        return site, real


# On the disk.

def _node(disk, site, path):
    return look(disk, site, real_path(disk, site, path))


def _by_id(disk, site, real, node_id):
    try:
        node = look(disk, site, real)
    except FileNotFoundError:
        return None
    return node if node.id == node_id else None


def _confirm(disk, site, path, node_id):
    """How a path stands on the disk, if the node with that id is there; else None."""
    try:
        real = real_path(disk, site, path)
        with Opened(disk, site, real) as opened:
            return real if nodes.identify(opened.at) == node_id else None
    except FileNotFoundError:
        return None


def _at(disk, site, path, node_id, function, args):
    real = _confirm(disk, site, path, node_id)
    if real is None:
        return None
    try:
        return (function(disk, site, real, *args),)
    except FileNotFoundError:
        if _confirm(disk, site, path, node_id) is None:     # it was moved between the two
            return None
        raise


def _stands(disk, site, real):
    """True where something is."""
    try:
        with Opened(disk, site, real):
            return True
    except (FileNotFoundError, errors.NotFound):
        return False


def _list(disk, site, real, node, by_name):
    """A folder, opened, and its first slice."""
    listing = Listing(disk, site, real, node, by_name)
    try:
        return listing, listing.read(disk)
    except BaseException:
        listing.close()
        raise


def _open(disk, site, real):
    with Opened(disk, site, real) as opened:
        if stat.S_ISDIR(opened.status.st_mode):
            raise errors.Conflict("This is a folder.")
    fd = paths.open_beneath(disk.root, f"{site.base}/{real}", os.O_RDONLY | os.O_NONBLOCK)
    try:
        return OpenFile(fd, placing.seen(disk, site, real, fd, os.fstat(fd)))
    except BaseException:
        os.close(fd)
        raise


def _attribute(disk, site, real, group):
    with Opened(disk, site, real) as opened:
        return attributes.read(disk.house_fd, opened.at, nodes.identify(opened.at), group)


def _set_attribute(disk, site, real, group, value):
    with Opened(disk, site, real, os.O_RDONLY | os.O_NONBLOCK) as opened:
        attributes.write(disk.house_fd, disk.house_path, opened.at, nodes.identify(opened.at), group, value)
        placing.carry(disk, site, real if stat.S_ISDIR(opened.status.st_mode) else split(real)[0])
        durable.fsync(opened.fd)
    return look(disk, site, real)


def _make_folder(disk, site, above, name, change):
    target = placing.target(disk, site, above, name)
    with Opened(disk, site, above, os.O_RDONLY | os.O_DIRECTORY) as folder:
        draft = f"drafts/{ids.new()}"
        os.mkdir(draft, 0o750, dir_fd=disk.house_fd)
        try:
            _furnish(disk, draft)
            durable.rename(disk.house_fd, draft, folder.fd, split(target)[1], exclusive=True)
        except BaseException as error:
            os.rmdir(draft, dir_fd=disk.house_fd)
            if isinstance(error, FileExistsError):
                raise errors.AlreadyExists("The resource you tried to create already exists") from None
            raise
        change.touch(folder.fd)
    placing.carry(disk, site, above)
    return look(disk, site, target)


def _furnish(disk, draft):
    """Give a new folder its attributes, for good."""
    made = os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=disk.house_fd)
    try:
        nodes.identify(made)
        attributes.put_raw(made, attributes.TREE, nodes.branch_text(nodes.Branch(nodes.fresh_etag(), 0, clock.now_ns())))
        durable.fsync_folder(made)
    finally:
        os.close(made)


def _move(disk, site, source, target, change):
    (from_folder, from_name), (to_folder, to_name) = split(source), split(target)
    with Opened(disk, site, from_folder, os.O_RDONLY) as old, Opened(disk, site, to_folder, os.O_RDONLY) as new:
        with Opened(disk, site, source) as opened:
            size = placing.size_of(opened.status, opened.at)
            placing.loosen(opened)
        if source != target:
            with disk.moving():
                durable.rename(old.fd, from_name, new.fd, to_name, exclusive=True)
        change.touch(new.fd)                        # first where it is now: a crash in between must not lose it
        if from_folder != to_folder:
            change.touch(old.fd)
    moment = clock.now_ns()
    placing.carry(disk, site, from_folder, -size if from_folder != to_folder else 0, moment)
    if from_folder != to_folder:
        placing.carry(disk, site, to_folder, size, moment)
    return look(disk, site, target)

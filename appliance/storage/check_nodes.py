"""The part of the examination that walks the nodes: people's files and folders, also those in the trash.

First the ids are collected, 16 bytes each, so that a million of them fit a small machine; then each node is judged. Which of
two twins is the copy must be known before anything is mended, because mending leaves its time on the node. Blocking.
"""
import json
import os
import stat
import uuid

from appliance.core import ids
from appliance.storage import attributes, drafts, nodes, paths

GROUPS = ("props", "grants", "links", "tags", "space")
_STEP = 500                                         # nodes between two words on how far it is
_BLOCK = 1 << 20


class Nodes:
    """What the walk learns; ``spaces`` maps the ids of spaces to their folders."""

    def __init__(self, examination):
        self._all, self._data = examination, examination.data
        self.spaces, self._seen, self._twice = {}, set(), set()
        self._with_side, self._inside = set(), set()    # ids that have side files; (id, group) of those also in the inode
        self._held = set()                          # the ids of files in quarantine, which may have side files and versions
        self.lost = False                           # a folder that should be a space is none
        self._count = 0

    def run(self):
        self._with_side = {path.name for path in self._all._list("attributes")}
        held = [item / "data" for item in self._all._list("quarantine")]
        self._held = {attributes.raw_nofollow(path, attributes.ID) for path in held if os.path.lexists(path)}
        self._find_spaces()
        roots = [*self.spaces.values(), *self._trash()]
        for root in roots:
            self._collect(root)
        if self._twice:
            self._twins(roots)
        for root in roots:
            self._walk(root)

    def knows(self, id):
        """True where a node has this id."""
        return ids.is_uuid(id) and uuid.UUID(id).bytes in self._seen or id in self._held

    def has_group(self, id, group):
        """True where a node that has side files holds this group in its inode."""
        return (id, group) in self._inside

    def _trash(self):
        """Everything in the trash, down from the thing that was deleted."""
        for space in self._all._list("trash"):
            for item in self._all._list("trash", space.name):
                content = item if space.name == "spaces" else item / "content"
                if os.path.lexists(content):
                    yield content

    # Spaces.

    def _find_spaces(self):
        for kind in ("people", "projects"):
            folder = self._data / kind
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if self._is_space(path):
                    self._space(attributes.raw_nofollow(path, attributes.ID) or f"none: {path}", path)
                else:
                    self.lost = self.lost or path.is_dir()
                    self._all.tell("space-unknown", path, "it is no space: nobody sees it through the server")

    def _is_space(self, path):
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            return False
        id = attributes.raw_nofollow(path, attributes.ID)
        return attributes.raw_nofollow(path, attributes.SPACE) is not None \
            or id in self._with_side and os.path.exists(self._all.house / "attributes" / id / "space.json")

    def _space(self, id, path):
        if id not in self.spaces:
            self.spaces[id] = path
            return
        older, younger = sorted((self.spaces[id], path), key=lambda each: os.lstat(each).st_ctime_ns)
        self.spaces[id] = older
        self._all.tell("space-duplicate", younger, f"it has the id of {self._all.place(older)}", lambda: self._all.set_aside(younger))

    # Ids.

    def _collect(self, root):
        for path in _everything(str(root)):
            id = _id(path)
            if id:
                (self._twice if id in self._seen else self._seen).add(id)

    def _twins(self, roots):
        """The one that has changed last got its id by being copied, and gets another; what is in the trash comes last."""
        twins = {}
        for root in roots:
            trashed = self._all.house in root.parents
            for path in _everything(str(root)):
                if _id(path) in self._twice:
                    status = os.lstat(path)
                    twins.setdefault(_id(path), {}).setdefault(status.st_ino, (trashed, status.st_ctime_ns, path))
        for group in twins.values():
            first, *others = sorted(group.values())     # names of one inode are one
            for _, _, path in others:
                self._all.tell("id-duplicate", path, f"it has the id of {self._all.place(first[2])}",
                               lambda path=path: attributes.put_raw(path, attributes.ID, ids.new()))

    # The walk: deepest first, so that a folder is judged when the sizes beneath it are known.

    def _walk(self, root):
        status = os.lstat(root)
        if not stat.S_ISDIR(status.st_mode):
            self._node(str(root), status, 0)
            return
        stack = [_Folder(str(root), status, self._members(str(root)))]
        while stack:
            here = stack[-1]
            entry = next(here.members, None)
            if entry is None:
                stack.pop()
                size = self._node(here.path, here.status, here.size)
                if stack:
                    stack[-1].size += size
            else:
                path, status = entry
                if stat.S_ISDIR(status.st_mode):
                    stack.append(_Folder(path, status, self._members(path)))
                else:
                    here.size += self._node(path, status, 0)

    def _members(self, folder):
        """What is listed of a folder, as ``(path, status)``; what is not is told."""
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    if not nodes.listed(status):
                        self._all.tell("link", entry.path, "it is neither file nor folder: nobody sees it through the server")
                    elif status.st_dev != self._all.owner.st_dev:
                        self._all.tell("link", entry.path, "another file system is mounted here: nobody sees it through the server")
                    elif paths.shown(entry.name) is None:
                        self._all.tell("name", entry.path, "its name cannot be shown: nobody sees it through the server")
                    else:
                        yield entry.path, status
        except OSError as error:
            self._all.tell("unreadable", folder, error.strerror)

    def _node(self, path, status, beneath):
        """Judge one node; returns the bytes that it adds to the folder above."""
        self._count += 1
        if self._count % _STEP == 0:
            self._all.on_progress(self._count)
        folder = stat.S_ISDIR(status.st_mode)
        try:
            self._permission(path, status, folder)
            id = self._id(path, status, folder)
            self._groups(path, id)
            if folder:
                self._size(path, status, beneath)
                return beneath
            self.sums_of(path, self._all.deep)
        except FileNotFoundError:                   # gone meanwhile
            return 0
        except OSError as error:
            self._all.tell("unreadable", path, error.strerror)
        return status.st_size

    def _permission(self, path, status, folder):
        needed = 0o700 if folder else 0o600
        if status.st_uid != self._all.owner.st_uid:
            self._all.tell("permission", path, "it belongs to somebody else", lambda: os.chown(
                path, self._all.owner.st_uid, self._all.owner.st_gid, follow_symlinks=False))
        if status.st_mode & needed != needed:
            self._all.tell("permission", path, "its owner may not read and write it",
                           lambda: os.chmod(path, stat.S_IMODE(status.st_mode) | needed))

    def _id(self, path, status, folder):
        id = attributes.raw_nofollow(path, attributes.ID)
        if id is None or not ids.is_uuid(id):
            text, id = "it has none" if id is None else "it is malformed", ids.new()
            if self._all.tell("id", path, text, lambda: attributes.put_raw(path, attributes.ID, id)):
                self._seen.add(uuid.UUID(id).bytes)
        if not folder and status.st_nlink > 1 and not self._is_version(id, status):
            self._all.tell("hard-link", path, f"the file has {status.st_nlink} names, and a change of one changes all")
        return id

    def _is_version(self, id, status):
        """A server that is cut off while it replaces a file leaves the present content among the versions, too."""
        for space in self._all._list("versions"):
            for version in self._all._list("versions", space.name, id):
                if os.lstat(version).st_ino == status.st_ino and status.st_nlink == 2:
                    return True
        return False

    def _groups(self, path, id):
        for group in GROUPS:
            text = attributes.raw_nofollow(path, group)
            if text is None:
                continue
            if id in self._with_side:
                self._inside.add((id, group))
            if not _is_record(text) and group == attributes.SPACE:
                self._all.tell("attribute", path, "what space says cannot be read: without it nobody is served; take it from a backup")
            elif not _is_record(text):
                self._all.tell("attribute", path, f"what {group} says cannot be read", lambda group=group, text=text: (
                    self._all.keep_text(path, group, text), os.removexattr(path, attributes.PREFIX + group, follow_symlinks=False)))
                self._inside.discard((id, group))

    def _size(self, path, status, beneath):
        text = attributes.raw_nofollow(path, attributes.TREE)
        branch = nodes.parse_branch(text, status)
        if text is None or nodes.branch_text(branch) != text or branch.size != beneath:
            wrong = "it has no size" if text is None else f"it says {text!r}, and {beneath} bytes are in it"
            self._all.tell("tree", path, wrong, lambda: attributes.put_raw(path, attributes.TREE, nodes.branch_text(
                nodes.Branch(nodes.fresh_etag(), beneath, branch.mtime_ns))))

    # Content.

    def sums_of(self, path, deep):
        """Compare the sums of a file with its state, and with ``deep`` with its content."""
        status = os.lstat(path)
        sums = nodes.parse_sums(attributes.raw_nofollow(path, attributes.SUMS), status)
        if sums is None:
            self._all.tell("sums", path, "they are missing, or it was changed since", lambda: _sum_up(path))
        elif deep and _read(path) != sums:
            # Either the disk lost bits, or somebody changed the file and set its time back. Writing new sums would give a
            # damaged file to clients that still have a good one.
            self._all.tell("sums-wrong", path, "its content is not what was written: take it from a backup or a version, "
                           "or touch it to keep it as it is")


class _Folder:
    """A folder on the way down, and the bytes met in it so far."""

    def __init__(self, path, status, members):
        self.path, self.status, self.members, self.size = path, status, members, 0


def _is_record(text):
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _read(path):
    hasher = drafts.Hasher()
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while block := os.read(fd, _BLOCK):
            hasher.update(block)
    finally:
        os.close(fd)
    return hasher.sums()


def _sum_up(path):
    status = os.stat(path, follow_symlinks=False)
    attributes.put_raw(path, attributes.SUMS, nodes.sums_text(_read(path), status))


def _id(path):
    """The id of a node as 16 bytes, None where it has none that is one."""
    id = attributes.raw_nofollow(path, attributes.ID)
    return uuid.UUID(id).bytes if id is not None and ids.is_uuid(id) else None


def _everything(root):
    """A node and all that is listed beneath it."""
    to_see = [root]
    while to_see:
        path = to_see.pop()
        try:
            status = os.lstat(path)
            if not nodes.listed(status):
                continue
            yield path
            if stat.S_ISDIR(status.st_mode):
                to_see.extend(f"{path}/{name}" for name in os.listdir(path) if paths.shown(name) is not None)
        except OSError:                             # gone meanwhile, or told when it is judged
            continue

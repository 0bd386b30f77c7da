"""Examine the storage against every rule of FORMAT.md, and mend what can be mended. Nothing is ever deleted.

What must get out of the way is moved to ``.hearth/found/<time>/``, under the path it had. Each rule has a name that stays.
A rule that no program can mend without guessing what people want is told and left as it is.
"""
import fcntl
import os
import secrets
import stat
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

import gevent

from appliance.core import clock, durable, errors, ids, jobs, records
from appliance.storage import attributes, check_nodes, copies, disk, locks, uploads

RULES = {
    "marker": "FORMAT holds the format number, the storage's id and the fingerprint",
    "generation": "generation is a number",
    "layout": "the folders of the house are there",
    "permission": "all belongs to who owns the data folder and may be read and written by them; keys and secrets by nobody else",
    "unreadable": "the disk gives back what lies on it",
    "link": "there are no links, devices or sockets among people's files",
    "name": "names can be shown: UTF-8 without control characters or backslashes",
    "space-unknown": "what lies in people/ and projects/ is a space",
    "space-duplicate": "no two spaces have one id",
    "id": "each file and folder has an id of its own form",
    "id-duplicate": "no two nodes have one id",
    "hard-link": "no file of people's has two names",
    "sums": "the sums of a file are there and of its present state",
    "sums-wrong": "the sums of a file are those of its content (looked at with deep only)",
    "tree": "a folder knows the size of all that is in it",
    "attribute": "what is known of a node can be read",
    "side": "a side file belongs to a node, can be read, and does not lie in the inode too",
    "version-orphan": "a version belongs to a file that is there or in the trash",
    "trash-record": "everything in the trash has a record of whence it came",
    "trash-empty": "every record in the trash belongs to something",
    "left-over": "nothing half-made lies about while nobody serves the storage",
    "lock": "a lock can be read and its path is there",
    "record": "accounts, groups, secrets, tokens and rules can be read",
    "notices": "what people are told are records that can be read",
    "audit": "the audit trail is plain files that nobody else may read",
}
_A_DAY = 86_400                                     # seconds: what is younger may be in use while a server runs


class Finding(NamedTuple):
    """A broken rule: its name, the place relative to the data folder, what is wrong in words, and whether it was mended."""

    rule: str
    where: str
    text: str
    mended: bool


def examine(data, repair=False, deep=False, on_progress=None):
    """Look at everything; a list of findings, empty where all is well.

    ``repair`` mends what can be mended, and needs a storage that nobody serves (Unavailable). ``deep`` reads the content of
    every file. ``on_progress`` is called with the number of nodes seen so far, in a thread. On a storage that is being
    served, only what is found twice is told, because what is changing just now looks broken.
    """
    first = jobs.bulk(_examine, Path(data), repair, deep, on_progress)
    if repair or not first or not jobs.blocking(copies.served, data):
        return first
    gevent.sleep(1)
    again = {finding[:2] for finding in jobs.bulk(_examine, Path(data), False, False, None)}
    return [finding for finding in first if finding[:2] in again or finding.rule == "sums-wrong"]


def _examine(data, repair, deep, on_progress):
    if not (data / ".hearth").is_dir():
        return [Finding("marker", ".hearth", "this is not a storage: there is no folder .hearth", False)]
    held = None if not repair else _hold(data)
    try:
        return _Examination(data, repair, deep, on_progress).run()
    finally:
        if held is not None:
            os.close(held)


def _hold(data):
    """Keep servers out while things are put right; the file says nothing new about how the last one left."""
    fd = os.open(data / ".hearth" / "running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise errors.Unavailable("The storage is being served. Stop the server, then repair.") from None
    return fd


class _Examination:
    """One round through everything. Blocking."""

    def __init__(self, data, repair, deep, on_progress):
        self.data, self.house = data, data / ".hearth"
        self.repair, self.deep, self.on_progress = repair, deep, on_progress or (lambda count: None)
        self.findings, self.owner = [], data.stat()
        self.served = not repair and copies.served(data)
        self._found = self.house / "found" / datetime.fromtimestamp(clock.now(), timezone.utc).strftime("%Y-%m-%dT%H-%M-%SZ")

    def run(self):
        self.marker()
        self.generation()
        self.layout()
        self.nodes = check_nodes.Nodes(self)
        self.nodes.run()
        self.side_files()
        self.versions()
        self.trash()
        self.left_over()
        self.locks()
        self.identity()
        self.audit()
        self.notices()
        self.owners()
        if any(finding.mended for finding in self.findings):
            self._renew()
            self._hand_over()
        return self.findings

    # What the parts share.

    def tell(self, rule, path, text, mend=None):
        """Note a broken rule; ``mend`` is called where mending is wanted. True where it was mended."""
        mended = False
        if mend and self.repair:
            try:
                mend()
                mended = True
            except OSError as error:
                text += f" (it could not be mended: {error.strerror})"
        self.findings.append(Finding(rule, self.place(path), text, mended))
        return mended

    def place(self, path):
        """A path relative to the data folder, fit to be printed."""
        return os.fsencode(os.path.relpath(path, self.data)).decode("utf-8", "backslashreplace")

    def set_aside(self, path):
        """Move something out of the way, to where nothing of it is lost."""
        target = self._beside(path)
        os.rename(path, target)
        durable.fsync_names(target.parent)
        durable.fsync_names(os.path.dirname(path))

    def keep_text(self, path, name, text):
        """Keep the text of something that is about to be replaced."""
        target = self._beside(f"{path}.{name}")
        durable.write_file(target, text if isinstance(text, bytes) else text.encode())

    def _beside(self, path):
        target = self._found / os.path.relpath(path, self.data)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        free, number = target, 1
        while os.path.lexists(free):
            free, number = target.with_name(f"{target.name}.{number}"), number + 1
        return free

    def _young(self, path):
        """True for what a running server may be working on."""
        return self.served and time.time() - os.lstat(path).st_ctime < _A_DAY

    def _list(self, *parts):
        """The members of a folder of the house, as paths; none where it is not there."""
        try:
            return sorted(self.house.joinpath(*parts).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    # The marker and the layout.

    def marker(self):
        path = self.house / "FORMAT"
        try:
            lines = path.read_text().split("\n")
        except (OSError, ValueError):
            lines = []
        number, id, fingerprint = (lines + ["", "", ""])[:3]
        if number.isdigit() and int(number) > disk.FORMAT:
            self.tell("marker", path, f"the format {number} is newer than this program")
            return
        whole = number == str(disk.FORMAT), ids.is_uuid(id), len(fingerprint) >= 16 and fingerprint.isalnum()
        if all(whole):
            return
        text = f"{disk.FORMAT}\n{id if whole[1] else ids.new()}\n{fingerprint if whole[2] else secrets.token_hex(16)}\n"
        self.tell("marker", path, "it is missing or not whole" + ("" if whole[1] else "; with a new id, clients must be set up again"),
                  lambda: self._rewrite(path, text))

    def generation(self):
        path = self.house / "generation"
        try:
            int(path.read_text())
        except (OSError, ValueError):
            # The time is higher than any number that counting from 1 may have reached.
            self.tell("generation", path, "it is missing or no number", lambda: self._rewrite(path, f"{int(clock.now())}\n"))

    def _rewrite(self, path, text):
        if os.path.lexists(path):
            self.set_aside(path)
        durable.write_file(path, text.encode())

    def _renew(self):
        """Something was changed behind the etags: raise the generation, so that clients look again."""
        path = self.house / "generation"
        durable.write_file(path, b"%d\n" % (int(path.read_text()) + 1))

    def layout(self):
        wanted = [(self.data / name, 0o750) for name in ("people", "projects")]
        wanted += [(self.house / name, 0o700) for name in disk.FOLDERS]
        for path, mode in wanted:
            if path.is_symlink() or not path.is_dir():
                self.tell("layout", path, "the folder is missing, or something else lies in its place",
                          lambda path=path, mode=mode: self._make(path, mode))
            elif path.name in ("identity", "keys", "audit", "notices", "outbox", "system") and stat.S_IMODE(path.stat().st_mode) & 0o077:
                self.tell("permission", path, "others may look into it", lambda path=path: path.chmod(0o700))

    def _make(self, path, mode):
        beside = path.with_name(f".{path.name}.{ids.new()}")
        there = os.path.lexists(path)
        if there:                                   # by two steps, as it may lie where things are set aside
            os.rename(path, beside)
        path.mkdir(mode)
        if there:
            os.rename(beside, self._beside(path))

    # What belongs to nodes.

    def side_files(self):
        for folder in self._list("attributes"):
            if self._young(folder):
                continue
            if not ids.is_uuid(folder.name) or not folder.is_dir() or not self.nodes.knows(folder.name):
                self.tell("side", folder, "it belongs to no node", self._lonely(folder))
                continue
            for path in self._list("attributes", folder.name):
                group = path.name.removesuffix(".json")
                if self.nodes.has_group(folder.name, group):
                    self.tell("side", path, "the same lies in the inode, which counts", lambda path=path: self.set_aside(path))
                elif not path.name.endswith(".json") or self._bad(path):
                    self.tell("side", path, "it cannot be read", lambda path=path: self.set_aside(path))

    def versions(self):
        for space in self._list("versions"):
            for node in self._list("versions", space.name):
                if not self.nodes.knows(node.name) and not self._young(node):
                    self.tell("version-orphan", node, "its file is neither there nor in the trash; it is kept")
                for version in self._list("versions", space.name, node.name):
                    if version.is_symlink() or not version.is_file():
                        self.tell("link", version, "this is no file", lambda version=version: self.set_aside(version))
                    elif self.deep:
                        self.nodes.sums_of(version, deep=True)

    def trash(self):
        for space in self._list("trash"):
            if space.name == "spaces":              # whole spaces, of people who are gone
                continue
            for item in self._list("trash", space.name):
                record, content = item / "record.json", item / "content"
                if not os.path.lexists(content):
                    if not self._young(item):
                        self.tell("trash-empty", item, "there is nothing but a record", lambda item=item: self.set_aside(item))
                    continue
                if self._bad(record, "name", "path", "deleted_ns"):
                    self.tell("trash-record", record, "it is missing or cannot be read; the name it had is lost",
                              lambda record=record, item=item, space=space: self._rebuild(record, item, space))

    def _rebuild(self, record, item, space):
        """All that is still known of something in the trash."""
        node = attributes.raw_nofollow(item / "content", attributes.ID) or item.name
        name = f"found-{item.name}"
        if os.path.lexists(record):
            self.set_aside(record)
        records.write(record, {"name": name, "path": name, "deleted_ns": os.lstat(item).st_ctime_ns, "by": None,
                               "space": space.name, "node": node})

    # What requests leave behind.

    def left_over(self):
        for path in self._list("drafts"):
            if not self._young(path):
                self.tell("left-over", path, "a file that was being written", lambda path=path: self.set_aside(path))
        for path in [path for shelf in uploads.SHELVES for path in self._list(shelf)]:
            if self._young(path):
                continue
            try:
                record = records.read(path / "record.json")
                whole = record is not None and bool(uploads.parse(record)) and (path / "data").is_file()
            except (ValueError, errors.Corrupt, OSError):
                whole = False
            if not whole:
                self.tell("left-over", path, "an upload or a file in quarantine that nobody can go on with", lambda path=path: self.set_aside(path))
        for path in self._beside_records():
            if not self._young(path):
                self.tell("left-over", path, "a record that was being written", lambda path=path: self.set_aside(path))

    def _beside_records(self):
        """What the writing of a record leaves when it is cut off: ``.<name>.<uuid>``."""
        folders = [self.house, *(self.house / name for name in ("locks", "identity", "keys", "unscanned", "notices", "outbox", "system"))]
        folders += [path for name in ("attributes", "uploads", "quarantine", "identity") for path in self._list(name) if path.is_dir()]
        folders += [item for space in self._list("trash") for item in self._list("trash", space.name)]
        for folder in folders:
            for path in self._list(folder):
                if path.name.startswith(".") and ids.is_uuid(path.name.rpartition(".")[2]):
                    yield path

    def locks(self):
        for path in self._list("locks"):
            if path.name.startswith(".") or self._young(path):
                continue
            try:
                lock = locks.parse(records.read(path))
            except (ValueError, TypeError, errors.Corrupt, OSError):
                self.tell("lock", path, "it cannot be read", lambda path=path: self.set_aside(path))
                continue
            folder = self.nodes.spaces.get(lock.space)
            if lock.alive() and not (folder and os.path.lexists(folder / lock.path)):
                self.tell("lock", path, "its path is not there any more", self._lonely(path))

    def _lonely(self, path):
        """How to mend what belongs to nothing: not at all while there are folders that may be spaces again tomorrow."""
        return None if self.nodes.lost else lambda: self.set_aside(path)

    def identity(self):
        firewall = self.house / "firewall.json"
        if os.path.lexists(firewall) and self._bad(firewall):
            self.tell("record", firewall, "it cannot be read; set the rules again")
        for folder, _, names in os.walk(self.house / "identity"):
            for name in sorted(names):
                if name.endswith(".json") and not name.startswith(".") and self._bad(Path(folder, name)):
                    self.tell("record", Path(folder, name), "it cannot be read; put it back from a backup")

    def notices(self):
        for path in (*self._list("notices"), *self._list("outbox")):
            if path.name.startswith(".") or self._young(path):
                continue
            if path.suffix != ".json" or self._bad(path, "notices"):
                self.tell("notices", path, "it cannot be read", lambda path=path: self.set_aside(path))

    def audit(self):
        for path in self._list("audit"):
            if path.is_symlink() or not path.is_file() or path.suffix != ".jsonl":
                self.tell("audit", path, "this is no part of the trail", lambda path=path: self.set_aside(path))
            elif stat.S_IMODE(path.stat().st_mode) & 0o077:
                self.tell("audit", path, "others may read it", lambda path=path: path.chmod(0o600))

    def owners(self):
        for path in self._foreign():
            self.tell("permission", path, "it belongs to somebody else", lambda path=path: self._give(path))

    def _hand_over(self):
        """What root has made while it repaired belongs to the owner of the storage, or the server could not read it."""
        for path in self._foreign():
            self._give(path)

    def _foreign(self):
        """What in the house belongs to somebody else, but for deleted things, which are nodes, and for drafts."""
        to_see = [self.house]
        while to_see:
            here = to_see.pop()
            with os.scandir(here) as entries:
                for path, status in [(Path(entry), entry.stat(follow_symlinks=False)) for entry in entries if entry.name != "content"]:
                    if status.st_uid != self.owner.st_uid and not self._young(path):
                        yield path
                    if stat.S_ISDIR(status.st_mode) and path.name not in ("drafts", "found"):
                        to_see.append(path)

    def _give(self, path):
        os.chown(path, self.owner.st_uid, self.owner.st_gid, follow_symlinks=False)

    def _bad(self, path, *fields):
        try:
            record = records.read(path)
        except (errors.Corrupt, OSError):
            return True
        return record is None or any(field not in record for field in fields)

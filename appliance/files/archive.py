"""Many files as one stream: zip or tar, made while it is sent, with memory for one block and a list of names.

Nothing is compressed: what people keep is photographs and films, and a small box would only get warm. The limits are
checked before the first byte, because afterwards the only way to say "too large" is to break off.
"""
import os
import struct
import tarfile
import time
import zipfile

from appliance.core import errors, jobs

BLOCK = 1 << 18                                     # bytes read and handed on at a time
_EARLIEST, _LATEST = 315532800, 4354819198          # zip's calendar: 1980 to 2107, seconds since 1970


def archive(files, actor, roots, kind, max_entries, max_bytes):
    """Begin an archive of these nodes with all beneath them; answer an iterator of its bytes.

    ``kind`` is a key of ``KINDS``. TooLarge beyond the limits, before anything is read. Closing the iterator (a client
    that went away) ends the work and closes the file just open. A file removed meanwhile is left out.
    """
    if kind not in KINDS:
        raise errors.Invalid("There are archives of the kinds zip and tar.")
    entries = _plan(files, actor, roots, max_entries, max_bytes)
    return _stream(files, actor, entries, KINDS[kind]())


def _plan(files, actor, roots, max_entries, max_bytes):
    """List all that goes in, as (name in the archive, node); a folder stands before what is in it."""
    roots = list({root.id: root for root in roots}.values())
    too_large = errors.TooLarge(
        f"An archive holds at most {max_entries} files and folders and {max_bytes} bytes. Choose fewer.")
    if sum(root.size for root in roots) > max_bytes:    # a folder's size is that of all beneath: no need to walk to refuse
        raise too_large
    entries, size, pending = [], 0, _top(files, actor, roots, max_entries)[::-1]
    while pending:
        name, node = pending.pop()
        entries.append((name, node))
        if node.folder:
            pending += reversed(_inside(files, actor, node, name + "/", max_entries))
        else:
            size += node.size
        if len(entries) + len(pending) > max_entries or size > max_bytes:
            raise too_large
    return entries


def _top(files, actor, roots, limit):
    """The first level, each under a name of its own. The root of a space is left out; its children stand there."""
    taken, top = set(), []
    for root in roots:
        nodes = [root] if root.path else [node for _, node in _inside(files, actor, root, "", limit)]
        top += [(_distinct(_safe(node.name), taken), node) for node in nodes]
    return top


def _inside(files, actor, folder, prefix, limit):
    """The children of a folder, sorted, as (name in the archive, node)."""
    found = []
    try:
        for some in files.children(actor, folder):
            found += some
            if len(found) > limit:
                break                               # the caller refuses; no need to read a million more
    except errors.NotFound:
        return []                                   # gone since its parent was listed
    taken = set()
    return [(prefix + _distinct(_safe(node.name), taken), node) for node in sorted(found, key=lambda node: node.name)]


def _safe(name):
    """A name that stays inside the folder it is unpacked in, on Windows too."""
    name = name.replace("/", "_").replace("\\", "_").replace("\0", "_")
    return "_" if name in ("", ".", "..") else name


def _distinct(name, taken):
    """The name, or ``name (2).ext`` and so on where another has it already."""
    stem, ending = os.path.splitext(name)
    fresh, number = name, 2
    while fresh in taken:
        fresh, number = f"{stem} ({number}){ending}", number + 1
    taken.add(fresh)
    return fresh


def _stream(files, actor, entries, form):
    for name, node in entries:
        if node.folder:
            form.begin(name + "/", 0, node.mtime_ns)
            form.end()
        else:
            yield from _file(files, actor, form, name, node)
        if form.waiting >= BLOCK:
            yield form.take()
    yield jobs.bulk(form.finish)


def _file(files, actor, form, name, node):
    try:
        opened = files.open(actor, node)
    except errors.NotFound:
        return
    still = files.still(actor, node)
    try:
        left = opened.node.size                     # said in the head of a tar, so no more and no less may follow
        form.begin(name, left, opened.node.mtime_ns)
        try:
            while left:
                if not still():
                    raise errors.Unavailable("Who asked for this may not read it any more.")
                left -= jobs.bulk(_add, opened.fd, min(left, BLOCK), form)
                if form.waiting >= BLOCK:
                    yield form.take()
        finally:
            form.end()                              # when broken off, too: zipfile must not be left with an open entry
    finally:
        os.close(opened.fd)


def _add(fd, length, form):
    """Copy up to ``length`` bytes into the archive; answer how many it were. Blocking."""
    block = os.read(fd, length)
    if not block:
        raise errors.Unavailable("A file became shorter while the archive was made.")
    form.add(block)
    return len(block)


class _Sink:
    """What zipfile writes to: a list that is emptied after each block. It cannot seek, so sizes follow the content."""

    def __init__(self):
        self.parts, self.waiting = [], 0            # bytes not taken yet

    def write(self, block):
        self.parts.append(bytes(block))
        self.waiting += len(block)
        return len(block)

    def flush(self):
        pass

    def take(self):
        """All that was written since the last time."""
        block = b"".join(self.parts)
        self.parts.clear()
        self.waiting = 0
        return block


class _Zip(_Sink):
    """A zip file without compression; zip64 where sizes or numbers ask for it."""

    def __init__(self):
        super().__init__()
        self._file, self._entry = zipfile.ZipFile(self, "w", zipfile.ZIP_STORED), None

    def begin(self, name, size, mtime_ns):
        seconds = mtime_ns // 1_000_000_000
        info = zipfile.ZipInfo(name, time.gmtime(min(max(seconds, _EARLIEST), _LATEST))[:6])
        info.file_size = size                       # decides about zip64 before the head is written
        info.external_attr = 0o40755 << 16 | 0x10 if name.endswith("/") else 0o100644 << 16
        if 0 <= seconds < 1 << 31:
            info.extra = struct.pack("<HHBi", 0x5455, 5, 1, int(seconds))   # the time in UTC, which zip's own is not
        self._entry = self._file.open(info, "w")

    def add(self, block):
        self._entry.write(block)

    def end(self):
        self._entry.close()

    def finish(self):
        self._file.close()
        return self.take()


class _Tar(_Sink):
    """A tar file in the POSIX format of 2001, which knows UTF-8 names and any size."""

    def __init__(self):
        super().__init__()
        self._pad = 0

    def begin(self, name, size, mtime_ns):
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, mtime_ns // 1_000_000_000, 0o644
        if name.endswith("/"):
            info.type, info.mode = tarfile.DIRTYPE, 0o755
        self.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
        self._pad = -size % tarfile.BLOCKSIZE

    def add(self, block):
        self.write(block)

    def end(self):
        self.write(bytes(self._pad))

    def finish(self):
        self.write(bytes(2 * tarfile.BLOCKSIZE))
        return self.take()


KINDS = {"zip": _Zip, "tar": _Tar}

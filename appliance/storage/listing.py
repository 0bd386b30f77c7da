"""An open folder whose members are read slice by slice."""
import errno
import os
import re
import unicodedata
from itertools import chain, islice

from appliance.storage import attributes, nodes, paths

SLICE = 400                                         # members read in one go
SORTED, LETTERS = 20_000, 600_000                   # members, and letters of their names, that are put in order before the first is read; more stay as the disk has them
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Listing:
    """The members of a folder. Plain blocking functions; ``done`` after the last slice, ``close`` in any case."""

    def __init__(self, disk, site, real, node, by_name=False):
        self._fd = paths.open_beneath(disk.root, f"{site.base}/{real}" if real else site.base, os.O_RDONLY | os.O_DIRECTORY)
        self._entries, self._memory, self.done = os.scandir(self._fd), disk.memory, False
        self._members = _by_name(self._entries) if by_name else self._entries
        self._space, self._parent, self._start = site.id, node.id, node.path + "/" if node.path else ""

    def read(self, disk):
        """The next nodes, and finder rows of those that had no id yet."""
        found, strangers, generation = [], [], disk.generation
        fd, stat, shown_as, recall = self._fd, os.stat, paths.shown, self._memory.recall
        space, parent, start, settled = self._space, self._parent, self._start, self._memory.begin()
        for entry in self._members:
            name = entry.name
            shown = shown_as(name)
            if shown is None:
                continue
            try:
                node = recall(stat(name, dir_fd=fd, follow_symlinks=False), space, parent, start, shown)
            except FileNotFoundError:
                continue                            # it went away meanwhile
            if node is None and (entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)):
                node = self._look(name, shown, generation, settled, strangers)
            if node is None:
                continue
            found.append(node)
            if len(found) == SLICE:
                return found, strangers
        self.done = True
        return found, strangers

    def _look(self, name, shown, generation, settled, strangers):
        """Read one member. Opening is cheaper than reading attributes by path. None for what is not listed."""
        try:
            fd = target = os.open(name, _LOOK, dir_fd=self._fd)
        except (FileNotFoundError, NotADirectoryError):
            return None                             # it went away meanwhile
        except PermissionError:                     # somebody else's: it is shown, and nobody can read it
            fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._fd)
            target = nodes.at(fd)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):
                return None                         # it became a link or a socket
            raise
        try:
            status = os.fstat(fd)
            if not nodes.listed(status):
                return None
            known = attributes.raw(target, attributes.ID)
            node = nodes.look(self._space, self._parent, self._start + shown, shown, target, status, generation, known)
        finally:
            os.close(fd)
        if known is None:
            strangers.append((node.id, self._parent, name, self._space))
        else:
            self._memory.keep(status, node, settled)
        return node

    def close(self):
        """Leave the folder."""
        self._entries.close()
        os.close(self._fd)


def _by_name(entries):
    """Folders first, then as people look for names. Whoever shows a list can show its beginning while the rest is on its way."""
    members = list(islice(entries, SORTED + 1))
    if len(members) > SORTED or sum(len(member.name) for member in members) > LETTERS:
        return chain(members, entries)
    return iter(sorted(members, key=lambda member: (not member.is_dir(follow_symlinks=False), *map(_units, (rank(member.name), unicodedata.normalize("NFC", member.name))))))


def _units(text):
    """A text as browsers compare it, by its units of UTF-16: an emoji comes before a full-width letter."""
    return text.encode("utf-16-be", "surrogatepass")


_NUMBERS = re.compile(r"([0-9]+)")


def rank(name):
    """A name as it is put in order: case and accents do not matter, and 10 comes after 9. The web client has the same rule (web/lib/i18n.js)."""
    small = name.lower()
    if not small.isascii():
        small = "".join(letter for letter in unicodedata.normalize("NFD", small) if unicodedata.category(letter)[0] != "M").replace("ß", "ss")
    parts = _NUMBERS.split(small)
    parts[1::2] = [digits.rjust(20, "0") for digits in parts[1::2]]
    return "".join(parts)

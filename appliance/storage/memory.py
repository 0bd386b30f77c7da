"""What was read of files, as long as they have not changed since: a folder listed again costs one stat for each of them.

A file is known by its device, its inode and its ctime, which the kernel renews at every change of content, attributes, names
or rights, and which nobody can set. Two changes within one tick of that clock look the same, so only a file is remembered
whose last change was long past when it was looked at. Whatever happens to it later, or to the number of its inode, has
another ctime. Threads use it side by side: each step is one of a dict.
"""
import time

from appliance.storage.nodes import Node

SETTLED_NS = 2 * 10**9                              # some inodes of ext4 count in whole seconds, all others in ticks of 10 ms at most
MOST = 12_288                                       # files in each half, of some 650 bytes
_tuple = tuple.__new__                              # half the time of calling the class, which matters here


class Memory:
    """``begin`` before looking at files, ``recall`` after the stat of one, ``keep`` after having read it."""

    def __init__(self):
        self._young, self._old, self._latest = {}, {}, 0

    def begin(self):
        """The ctime before which a file counts as settled, for those that are looked at from now on."""
        now = time.time_ns()                        # the clock of the kernel, whatever a test makes of ours
        if now < self._latest - SETTLED_NS // 2:    # somebody has set it back: a ctime may come a second time
            self._young, self._old = {}, {}
        self._latest = now
        return now - SETTLED_NS

    def recall(self, status, space, parent, start, name):
        """The Node of a file in this state, as a member of a folder, or None; ``start`` is the folder's path with a slash."""
        state = _state(status)
        known = self._young.get(state)
        if known is None:
            known = self._old.get(state)
            if known is None:
                return None
            self._put(state, known)
        id, etag, sums = known
        return _tuple(Node, (space, id, parent, name, start + name, False, status.st_size, status.st_mtime_ns, etag, sums))

    def keep(self, status, node, settled):
        """Remember a file read in this state, if that has been its state for a while and all is known of it."""
        if node.sums and status.st_ctime_ns < settled and len(node.id) == 36:    # no id of somebody's making that fills the memory
            self._put(_state(status), (node.id, node.etag, node.sums))

    def _put(self, state, known):
        """What was not asked for while the younger half filled up is forgotten."""
        if len(self._young) >= MOST:
            self._young, self._old = {}, self._young
        self._young[state] = known


def _state(status):
    """Device, inode and ctime as one number, which takes less than half of a tuple's memory."""
    return (status.st_dev << 64 | status.st_ino) + (status.st_ctime_ns << 128)

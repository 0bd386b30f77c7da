"""What no scanner has seen yet, although it is there: a file in ``unscanned/``, called like the node, with the id of who wrote it. Of a folder
all in it is meant.

A mark is on the disk before what it is for can be seen, and goes when that was looked at. It may stand for a node that never came to be.
"""
import os

from appliance.core import clock, durable, ids

KEPT = 90 * 86_400                                  # seconds that a mark is kept of which nobody knows the node: it may come back from the trash


class Mark:
    """That something is to be scanned; another one each time that it is marked."""

    def __init__(self, by):
        self.by = by                                # the id of who wrote it, "" where that is not known


class Unscanned:
    """The marks."""

    def __init__(self, storage):
        self._storage, self._ids = storage, {}      # id -> Mark

    def load(self):
        """Look which there are."""
        self._ids = {id: Mark(by) for id, by in self._storage.run(_marked)}

    def __len__(self):
        return len(self._ids)

    def all(self):
        """``[(id, Mark)]`` of all."""
        return list(self._ids.items())

    def add(self, wanted, by=""):
        """Mark nodes, for good, which somebody has written."""
        for id in wanted:
            mark = Mark(by)
            self._storage.run_long(_mark, id, by)
            self._ids[id] = mark

    def drop(self, id, mark):
        """Take a mark away, unless it was set anew since."""
        if self._ids.get(id) is mark:
            self.forget([id])

    def forget(self, wanted):
        """Take away the marks of nodes that are gone for good."""
        for id in wanted:
            if self._ids.pop(id, None):
                self._storage.run_long(_unmark, id)

    def is_old(self, id):
        """Whether it was marked so long ago that the node, if it is not there, is gone for good."""
        return self._storage.run(_age, id) > max(KEPT, 2 * 86_400 * self._storage.config.trash_days)


def _marked(disk):
    folder = disk.house_path / "unscanned"
    return [(id, (folder / id).read_text(errors="replace")) for id in os.listdir(folder) if ids.is_uuid(id)]


def _mark(disk, id, by):
    durable.write_file(disk.house_path / "unscanned" / id, by.encode())


def _unmark(disk, id):
    durable.remove_file(disk.house_path / "unscanned" / id)


def _age(disk, id):
    try:
        return clock.now() - os.stat(disk.house_path / "unscanned" / id).st_mtime
    except FileNotFoundError:
        return 0

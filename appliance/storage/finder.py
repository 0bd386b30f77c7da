"""From an id to a path: one disposable SQLite file under the cache, rebuilt by walking the storage at any time.

It is never the only place of a fact: the id lies on the node itself, and whoever finds a path here looks at that. The
functions block; the storage calls them one at a time.
"""
import os
import sqlite3
from pathlib import Path

SCHEMA = """CREATE TABLE IF NOT EXISTS nodes (id TEXT PRIMARY KEY, parent TEXT, name TEXT NOT NULL, space TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS members ON nodes (parent);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"""
DEEPEST = 2000                                      # components; a path has at most 4096 bytes


class Finder:
    """``id -> (parent, name, space)``; names as they stand on the disk, the root of a space has no parent."""

    def __init__(self, cache, storage_id):
        self._file = Path(cache) / f"finder-{storage_id}.sqlite"
        self._open()

    def _open(self):
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connect()
        except sqlite3.DatabaseError:
            self._forget_file()
            self._connect()

    def _connect(self):
        self._base = sqlite3.connect(self._file, check_same_thread=False, isolation_level=None, cached_statements=32)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=OFF")
        self._base.executescript(SCHEMA)

    def _forget_file(self):
        for ending in ("", "-wal", "-shm"):
            try:
                os.unlink(str(self._file) + ending)
            except FileNotFoundError:
                pass

    def renew(self):
        """Begin with an empty file."""
        self._base.close()
        self._forget_file()
        self._connect()

    def fact(self, name, value=None):
        """Read a fact about the index itself, or write it."""
        if value is not None:
            self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
            return value
        row = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def path(self, id):
        """``(space, path as it stands on the disk)`` of a node, or None."""
        names = []
        space = None
        for _ in range(DEEPEST):
            row = self._base.execute("SELECT parent, name, space FROM nodes WHERE id = ?", (id,)).fetchone()
            if row is None:
                return None
            space = row[2]
            if row[0] is None:
                return space, "/".join(reversed(names))
            names.append(row[1])
            id = row[0]
        return None

    def paths(self, wanted):
        """The same for many ids: ``{id: (space, path)}`` of those that are known."""
        found, folders = {}, {}                     # many lie in the same folder
        for id, (parent, name, space) in self.entries(wanted).items():
            if parent is None:
                found[id] = space, ""
                continue
            if parent not in folders:
                folders[parent] = self.path(parent)
            if folders[parent]:
                space, above = folders[parent]
                found[id] = space, f"{above}/{name}" if above else name
        return found

    def whereabouts(self, wanted):
        """``{id: its space}`` of those that lie somewhere, and "" for those that have left their place, or a folder above them has; see ``lose``."""
        found = {id: space for id, (space, _) in self.paths(wanted).items()}
        if self._base.execute("SELECT 1 FROM nodes WHERE parent = '' LIMIT 1").fetchone():
            found |= {id: "" for id in wanted if self._base.execute(
                "WITH RECURSIVE up(id) AS (VALUES(?) UNION SELECT nodes.parent FROM nodes JOIN up ON nodes.id = up.id) SELECT 1 FROM up WHERE id = ''", (id,)).fetchone()}
        return found

    def entry(self, id):
        """``(parent, name, space)``, or None."""
        return self._base.execute("SELECT parent, name, space FROM nodes WHERE id = ?", (id,)).fetchone()

    def entries(self, wanted):
        """The same for many ids: ``{id: (parent, name, space)}`` of those that are known."""
        return {id: found for id in wanted if (found := self.entry(id))}

    def members(self, id):
        """``{name: id}`` of what lies in a folder."""
        return dict(self._base.execute("SELECT name, id FROM nodes WHERE parent = ?", (id,)))

    def put(self, id, parent, name, space):
        """Say where a node is."""
        self._base.execute("INSERT OR REPLACE INTO nodes VALUES (?, ?, ?, ?)", (id, parent, name, space))

    def put_all(self, rows):
        """The same for many, in one go."""
        self._base.execute("BEGIN")
        try:
            self._base.executemany("INSERT OR REPLACE INTO nodes VALUES (?, ?, ?, ?)", rows)
        finally:
            self._base.execute("COMMIT")

    def drop(self, id):
        """Forget a node and all beneath it."""
        self._base.execute(
            "WITH RECURSIVE gone(id) AS (VALUES(?) UNION ALL SELECT nodes.id FROM nodes JOIN gone ON nodes.parent = gone.id)"
            " DELETE FROM nodes WHERE id IN (SELECT id FROM gone)", (id,))

    def lose(self, id):
        """A node has left its place, perhaps for another; what is beneath it is kept until that is known."""
        self._base.execute("UPDATE nodes SET parent = '' WHERE id = ?", (id,))

    def drop_lost(self):
        """Forget what was lost and not found in another place."""
        for id, in self._base.execute("SELECT id FROM nodes WHERE parent = ''").fetchall():
            self.drop(id)

    def clear(self):
        """Forget everything."""
        self._base.execute("DELETE FROM nodes")
        self._base.execute("DELETE FROM facts")

    def close(self):
        """Close the file."""
        self._base.close()

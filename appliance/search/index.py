"""The index: one disposable SQLite file under the cache. Never the only place of a fact, and never asked whether somebody may see something.

The functions block, so they are called in threads. One at a time writes; ``Readers`` read beside it (WAL), each for a bounded time.
"""
import json
import os
import sqlite3
import time
from pathlib import Path

from appliance.core import errors, log
from appliance.search import kinds

FORM = 2                                            # another number whenever the tables, or what stands in them, are others
SCHEMA = """
CREATE TABLE nodes (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, space TEXT NOT NULL, parent INTEGER, folder INTEGER NOT NULL, size INTEGER NOT NULL,
 mtime_ns INTEGER NOT NULL, media TEXT NOT NULL, name TEXT NOT NULL, low TEXT NOT NULL, words TEXT NOT NULL, etag TEXT NOT NULL,
 to_read INTEGER NOT NULL, to_tell INTEGER NOT NULL, taken INTEGER, facts TEXT);
CREATE INDEX members ON nodes (parent, name);
CREATE INDEX by_space ON nodes (space);
CREATE INDEX to_read ON nodes (number) WHERE to_read;
CREATE INDEX to_tell ON nodes (number) WHERE to_tell;
CREATE TABLE tags (number INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (number, tag)) WITHOUT ROWID;
CREATE INDEX by_tag ON tags (tag);
CREATE VIRTUAL TABLE names USING fts5 (low, content='nodes', content_rowid='number', tokenize='trigram case_sensitive 1', detail=none);
CREATE VIRTUAL TABLE texts USING fts5 (content, tokenize='porter unicode61 remove_diacritics 2');
CREATE TRIGGER named AFTER INSERT ON nodes BEGIN INSERT INTO names (rowid, low) VALUES (new.number, new.low); END;
CREATE TRIGGER renamed AFTER UPDATE OF low ON nodes WHEN old.low <> new.low BEGIN
 INSERT INTO names (names, rowid, low) VALUES ('delete', old.number, old.low); INSERT INTO names (rowid, low) VALUES (new.number, new.low); END;
CREATE TRIGGER gone AFTER DELETE ON nodes BEGIN INSERT INTO names (names, rowid, low) VALUES ('delete', old.number, old.low);
 DELETE FROM tags WHERE number = old.number; DELETE FROM texts WHERE rowid = old.number; END;
"""
SECONDS = 2.0                                       # that one question may take
READERS = 2
OPENED, CLOSED = "\x02", "\x03"                     # stand around what was found in a text, until it is escaped
_STEPS = 20_000                                     # of SQLite's machine between two looks at the clock
# +rowid: without the plus FTS5 is asked anew for each row, which takes half a minute for words that begin with a, and nothing can interrupt it.
FRAGMENTS = "SELECT rowid, snippet(texts, 0, ?, ?, '…', 24) FROM texts WHERE texts MATCH ? AND +rowid IN (SELECT value FROM json_each(?))"
_BELOW = """WITH RECURSIVE below(number) AS (SELECT number FROM nodes WHERE id = ? UNION ALL
 SELECT nodes.number FROM nodes JOIN below ON nodes.parent = below.number) SELECT number FROM below"""
_ROW = "UPDATE nodes SET space=?, parent=?, folder=?, size=?, mtime_ns=?, media=?, name=?, low=?, words=?, etag=?, to_read=?, to_tell=? WHERE number=?"
_NEW = ("INSERT INTO nodes (space, parent, folder, size, mtime_ns, media, name, low, words, etag, to_read, to_tell, id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")


class Index:
    """What is known of nodes, to find them by. Rows are called by their ``number``, nodes by their id."""

    def __init__(self, cache, storage_id, reads):
        """``reads(node)``: whether there may be a text in a file."""
        self._reads = reads
        self._file = Path(cache) / f"search-{storage_id}.sqlite"
        self._base, self._readers = None, []

    def open(self):
        """Open the file, or begin a new one where it is damaged or of another form. True where it is new."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            log.get("search").warning("the index of search is damaged and is made anew: %s", error)
            return self.renew()

    def renew(self):
        """Begin with an empty file. True."""
        self.close()
        for ending in ("", "-wal", "-shm"):
            try:
                os.unlink(str(self._file) + ending)
            except FileNotFoundError:
                pass
        return self._connect()

    def _connect(self):
        self._base = _opened(self._file)
        form = self._base.execute("PRAGMA user_version").fetchone()[0]
        if form not in (0, FORM):
            return self.renew()
        if form == 0:
            self._base.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {FORM}; COMMIT")
        self._base.execute("SELECT id FROM nodes LIMIT 1").fetchone()
        self._readers = [_opened(self._file) for _ in range(READERS)]
        for reader in self._readers:
            reader.execute("PRAGMA query_only=1")
        return form == 0

    def close(self):
        """Close the file; it can be opened again."""
        for each in [self._base, *self._readers]:
            if each is not None:
                each.close()
        self._base, self._readers = None, []

    # Writing.

    def put(self, seen):
        """Tell of nodes: ``[(node, [tag])]``, folders before what is in them. ``{id: number}`` of those that are in now; what is missing has no parent here."""
        numbers = {}
        with self._change():
            for node, tags in seen:
                parent = self._number(node.parent, numbers) if node.parent else None
                if parent is not None or not node.parent:
                    numbers[node.id] = self._put(node, parent, tags)
        return numbers

    def _number(self, id, numbers):
        if id not in numbers:
            row = self._base.execute("SELECT number FROM nodes WHERE id = ?", (id,)).fetchone()
            if row is None:
                return None
            numbers[id] = row[0]
        return numbers[id]

    def _put(self, node, parent, tags):
        known = self._base.execute("SELECT number, space, parent, name, size, mtime_ns, etag, to_read, to_tell FROM nodes WHERE id = ?", (node.id,)).fetchone()
        if known is None:
            row = self._base.execute(_NEW, (*_row(node, parent, "" if node.folder else node.etag, self._reads(node), _telling(node)), node.id))
            self._tag(row.lastrowid, tags, set())
            return row.lastrowid
        number, space, *before, etag, to_read, to_tell = known
        changed = not node.folder and etag != node.etag     # the etag of a folder is that of when all of it had been looked at
        if changed or [parent, node.name, node.size, node.mtime_ns] != before or space != node.space:
            if changed or kinds.ending(node.name) != kinds.ending(before[1]):
                to_read, to_tell = self._reads(node), _telling(node)
                self._base.execute("DELETE FROM texts WHERE rowid = ?", (number,))
                self._base.execute("UPDATE nodes SET taken = NULL, facts = NULL WHERE number = ?", (number,))
            self._base.execute(_ROW, (*_row(node, parent, etag if node.folder else node.etag, to_read, to_tell), number))
        if space != node.space and node.folder:
            self._base.execute(f"UPDATE nodes SET space = ? WHERE number IN ({_BELOW})", (node.space, node.id))
        self._tag(number, tags, {row[0] for row in self._base.execute("SELECT tag FROM tags WHERE number = ?", (number,))})
        return number

    def _tag(self, number, tags, before):
        after = {kinds.small(tag) for tag in tags}
        if after != before:
            self._base.execute("DELETE FROM tags WHERE number = ?", (number,))
            self._base.executemany("INSERT INTO tags VALUES (?, ?)", [(number, tag) for tag in after])

    def etag(self, id):
        """The etag that a folder had when all in it had been looked at; empty where it has not."""
        row = self._base.execute("SELECT etag FROM nodes WHERE id = ?", (id,)).fetchone()
        return row[0] if row else ""

    def settle(self, id, etag):
        """A folder with this etag has been looked at with all in it."""
        with self._change():
            self._base.execute("UPDATE nodes SET etag = ? WHERE id = ? AND folder", (etag, id))

    def absent(self, id, present):
        """The ids of what the index has in a folder beside the ``present`` (numbers)."""
        rows = self._base.execute("SELECT number, id FROM nodes WHERE parent = (SELECT number FROM nodes WHERE id = ?)", (id,))
        return [each for number, each in rows if number not in present]

    def others(self, parent, name, id):
        """The ids of what the index has at a place where a node is now."""
        return [row[0] for row in self._base.execute("SELECT id FROM nodes WHERE parent = (SELECT number FROM nodes WHERE id = ?) AND name = ? AND id <> ?",
                                                     (parent, name, id))]

    def spaces(self):
        """The ids of the roots that are in."""
        return [row[0] for row in self._base.execute("SELECT id FROM nodes WHERE parent IS NULL")]

    def below(self, id):
        """The numbers of a node and all beneath it, each after what it lies in."""
        return [row[0] for row in self._base.execute(_BELOW, (id,))]

    def drop(self, numbers):
        """Forget some nodes. What is beneath them goes before, else nobody finds it again."""
        with self._change():
            self._base.executemany("DELETE FROM nodes WHERE number = ?", [(number,) for number in numbers])

    def to_read(self, most):
        """``[(number, id)]`` of files whose text is to be taken."""
        return self._base.execute("SELECT number, id FROM nodes WHERE to_read LIMIT ?", (most,)).fetchall()

    def put_texts(self, read):
        """Keep what stands in files: ``[(number, etag of what was read, text)]``."""
        with self._change():
            for number, etag, text in read:
                if self._base.execute("UPDATE nodes SET to_read = 0 WHERE number = ? AND etag = ? AND to_read", (number, etag)).rowcount:
                    self._base.execute("DELETE FROM texts WHERE rowid = ?", (number,))
                    if text:
                        self._base.execute("INSERT INTO texts (rowid, content) VALUES (?, ?)", (number, text))

    def to_tell(self, after, most):
        """``[(number, id)]`` of files that perhaps tell something of themselves, of which it is not known here."""
        return self._base.execute("SELECT number, id FROM nodes WHERE to_tell AND number > ? LIMIT ?", (after, most)).fetchall()

    def put_facts(self, told):
        """Keep what files tell of themselves: ``[(id, etag, facets, seconds when it was taken or None)]``."""
        with self._change():
            for id, etag, facets, taken in told:
                self._base.execute("UPDATE nodes SET to_tell = 0, facts = ?, taken = ? WHERE id = ? AND etag = ?",
                                   (json.dumps(facets) if facets else None, taken, id, etag))

    def _change(self):
        self._base.execute("BEGIN")
        return self._base                           # commits, or takes all of it back

    # Reading.

    def find(self, reader, condition, score, match, order, limit, offset):
        """``([(id, score, number)], how many there are in all)``. ``match`` is what FTS5 is asked to rank texts by, or empty. Invalid where it takes too long."""
        ranked = "WITH hits AS MATERIALIZED (SELECT rowid AS hit, -bm25(texts) AS fit FROM texts WHERE texts MATCH ?) " if match else ""
        joined = "LEFT JOIN hits ON hits.hit = nodes.number" if match else ""
        fit = " + coalesce(0.2 + 2 * fit / (1 + abs(fit)), 0)" if match else ""
        sql = (f"{ranked}SELECT nodes.id, {score.sql}{fit} AS score, nodes.number, count(*) OVER () FROM nodes {joined} WHERE {condition.sql}"
               f" ORDER BY {ORDERS[order]} LIMIT ? OFFSET ?")
        end = time.monotonic() + SECONDS
        rows = self._ask(reader, sql, (*([match] if match else ()), *score.values, *condition.values, limit, offset), end)
        if rows or limit and not offset:
            return [row[:3] for row in rows], rows[0][3] if rows else 0
        return [], self._ask(reader, f"SELECT count(*) FROM nodes WHERE {condition.sql}", condition.values, end)[0][0]     # beyond the last one, or none was asked for

    def fragments(self, reader, match, numbers):
        """What is around the words that were found: ``{number: text}``, the words between OPENED and CLOSED."""
        return dict(self._ask(reader, FRAGMENTS, (OPENED, CLOSED, match, json.dumps(numbers))))

    def facts(self, reader, ids):
        """What files tell of themselves, as far as it is known here: ``{id: facets}``."""
        return {id: json.loads(text) for id, text in self._ask(
            reader, "SELECT id, facts FROM nodes WHERE facts IS NOT NULL AND id IN (SELECT value FROM json_each(?))", (json.dumps(ids),))}

    def count(self):
        """``(nodes, texts, files to be read)``."""
        return self._base.execute("SELECT (SELECT count(*) FROM nodes), (SELECT count(*) FROM texts), (SELECT count(*) FROM nodes WHERE to_read)").fetchone()

    def _ask(self, reader, sql, values, end=None):
        base, end = self._readers[reader], end or time.monotonic() + SECONDS
        base.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            return base.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise errors.Invalid("Too much is to be looked through for this. Ask for something more precise.") from None
            if any(word in str(error) for word in ("parser stack", "Expression tree", "too complex")):
                raise errors.Invalid("The query is nested too deep.") from None
            if "fts5" in str(error):
                raise errors.Invalid("The query cannot be understood.") from None
            raise


ORDERS = {
    "score": "score DESC, nodes.mtime_ns DESC, nodes.number",
    "taken": "coalesce(nodes.taken, nodes.mtime_ns / 1000000000) DESC, nodes.number DESC",
    "modified": "nodes.mtime_ns DESC, nodes.number DESC",
    "name": "nodes.low, nodes.number",
}


def _opened(file):
    base = sqlite3.connect(file, check_same_thread=False, isolation_level=None, cached_statements=64, timeout=30)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-4000", "temp_store=MEMORY", "mmap_size=0"):
        base.execute(f"PRAGMA {pragma}").fetchall()
    return base


def _row(node, parent, etag, to_read, to_tell):
    return (node.space, parent, node.folder, node.size, node.mtime_ns, kinds.FOLDER if node.folder else kinds.media(node.name), node.name,
            kinds.small(node.name), kinds.words(node.name), etag, to_read, to_tell)


def _telling(node):
    return not node.folder and kinds.media(node.name).startswith(("image/", "video/", "audio/"))

"""The files of the audit trail: JSON lines by month, in two books, appended by anybody and read backwards.

What people do to files is many lines, and whoever may upload may make as many as they like. So they have a book of their own:
they push out nothing but themselves. FORMAT.md says what a line holds. Everything here blocks, and is called through ``jobs``.
"""
import fcntl
import json
import os
import re
from datetime import UTC, datetime, timedelta
from heapq import merge
from pathlib import Path
from typing import NamedTuple

from appliance.core import clock, durable, errors

ACTS, FILES = "", ".files"                          # the books, as they stand in the names of the files
PART = 8 << 20                                      # bytes, after which a month goes on in another file
BLOCK = 1 << 16
LONGEST = 1 << 17                                   # bytes of a line; what is longer is none of ours
SCANNED = 20_000                                    # lines looked at before a page ends, full or not
_NAME = re.compile(r"([12][0-9]{3}-(?:0[1-9]|1[0-2]))(\.files)?(?:\.([0-9]{1,6}))?\.jsonl")
_TIME = "%Y-%m-%dT%H:%M:%S"


class Piece(NamedTuple):
    """One file, in the order in which they were written."""

    month: str
    part: int
    name: str


class Page(NamedTuple):
    """Some lines, the newest first, and where to go on; "" at the end."""

    entries: list
    after: str


class Trail:
    """The books in a folder, which is made by others: a missing disk must not get a trail of its own."""

    def __init__(self, folder, days, most):
        self.folder, self._days, self._most, self._part = Path(folder), days, most, min(PART, most // 4)

    # Writing.

    def append(self, lines):
        """Add ``(book, line)`` to the end, whole or not at all per book; acts are safe then, those on files in a while."""
        for book in (ACTS, FILES):
            text = b"".join(line + b"\n" for of, line in lines if of == book)
            if text:
                self._append(book, text)

    def _append(self, book, text):
        now = datetime.fromtimestamp(clock.now(), UTC)
        pieces = [piece for piece in self._pieces(book) if piece.month == f"{now:%Y-%m}"]
        part = pieces[-1].part if pieces else 0
        if pieces and os.stat(self.folder / pieces[-1].name).st_size + len(text) > self._part:
            part += 1
        path = self.folder / f"{now:%Y-%m}{book}{f'.{part}' if part else ''}.jsonl"
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)          # commands write here too
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":     # a line that a power cut tore
                text = b"\n" + text
            try:
                durable.write_all(fd, text)
            except OSError:
                os.ftruncate(fd, size)
                raise
            if book == ACTS:
                os.fdatasync(fd)
        finally:
            os.close(fd)
        if not pieces or part > pieces[-1].part:
            self._settle()

    def _settle(self):
        """A file is new: make its name safe, and room for it."""
        durable.fsync_names(self.folder)
        self.tidy()

    def tidy(self):
        """Remove what is older than it is kept, and the oldest of what is more than it may be; never the newest file."""
        for book in (ACTS, FILES):
            pieces = self._pieces(book)
            left = sum(os.stat(self.folder / piece.name).st_size for piece in pieces)
            for piece in pieces[:-1]:
                if left <= self._most and not self._is_old(piece):
                    break
                left -= os.stat(self.folder / piece.name).st_size
                durable.remove_file(self.folder / piece.name)

    def _is_old(self, piece):
        """Whether all of a month is too old; nothing is where the clock cannot be right."""
        if not self._days or clock.is_doubtful():
            return False
        return _end_of(piece.month) < datetime.fromtimestamp(clock.now(), UTC) - timedelta(days=self._days)

    def _pieces(self, book):
        """The files of a book, the oldest first."""
        try:
            read = [(name, _NAME.fullmatch(name)) for name in os.listdir(self.folder)]
        except (FileNotFoundError, NotADirectoryError):
            raise errors.Unavailable() from None
        return sorted(Piece(found[1], int(found[3] or 0), name) for name, found in read if found and (found[2] or "") == book)

    # Reading.

    def page(self, wanted, since="", until="", after="", limit=100, scanned=SCANNED):
        """The newest lines for which ``wanted(entry)`` is true, from both books; ``after`` is where the page before ended.

        ``since`` and ``until`` are times in UTC, ``2026-11-24T01:02:03Z``. A page may be short, or empty, and not be the last.
        """
        since, until = _read_time(since), _read_time(until)
        begins = _places(after)
        streams = [self._back(book, begins.get(book), since) for book in (ACTS, FILES)]
        found, ends = [], dict(begins)
        for count, (entry, book, place) in enumerate(merge(*streams, key=lambda each: each[0]["time"], reverse=True)):
            if count >= scanned or len(found) >= limit:
                return Page(found, _cursor(ends))
            ends[book] = place
            if (not until or entry["time"] < until) and entry["time"] >= since and wanted(entry):
                found.append(entry)
        return Page(found, "")

    def about(self, word, scanned):
        """The newest entries of both books that hold a word in whatever place, the newest first, out of ``scanned`` lines of each. What does not hold it is
        not even parsed: a line costs a microsecond then, instead of ten."""
        return merge(*(self._about(book, word.encode(), scanned) for book in (ACTS, FILES)), key=lambda entry: entry["time"], reverse=True)

    def _about(self, book, word, left):
        for piece in reversed(self._pieces(book)):
            for _, line in _lines_back(self.folder / piece.name, None):
                left -= 1
                if left < 0:
                    return
                entry = parsed(line) if word in line else None
                if entry is not None:
                    yield entry

    def _back(self, book, begin, since):
        """Every line of a book from its end, or from before ``begin``: ``(entry, book, (file name, offset))``."""
        for piece in reversed(self._pieces(book)):
            if begin and piece[:2] > _key(begin[0]):
                continue
            if since and _end_of(piece.month) < _end_of(since[:7]):
                return
            for offset, line in _lines_back(self.folder / piece.name, begin[1] if begin and piece.name == begin[0] else None):
                entry = parsed(line)
                if entry is not None:
                    yield entry, book, (piece.name, offset)


def parsed(line):
    """A line as a dict, or None where it is torn or not ours."""
    try:
        entry = json.loads(line) if len(line) < LONGEST else None
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("time"), str) and isinstance(entry.get("action"), str) else None


def shown_time(seconds):
    """A time as it stands in the lines: RFC 3339, UTC, milliseconds."""
    return f"{datetime.fromtimestamp(seconds, UTC):{_TIME}}.{int(seconds * 1000) % 1000:03d}Z"


def _read_time(text):
    """A time that somebody asks for, as it would stand in a line."""
    try:
        return text and shown_time(datetime.strptime(text, f"{_TIME}.%fZ" if "." in text else f"{_TIME}Z").replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        raise errors.Invalid("A time is written like 2026-11-24T01:02:03Z.") from None


def _lines_back(path, end):
    """``(offset, line)`` of a file, the last one first."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:                       # too old since a moment ago
        return
    try:
        end = min(os.fstat(fd).st_size if end is None else end, os.fstat(fd).st_size)
        rest = b""
        while end > 0:
            start = max(0, end - BLOCK)
            lines = (os.pread(fd, end - start, start) + rest).split(b"\n")
            offset, end, rest = start + len(lines[0]) + 1, start, lines[0]
            places = []
            for line in lines[1:]:
                places.append((offset, line))
                offset += len(line) + 1
            yield from (each for each in reversed(places) if each[1])
            if len(rest) > LONGEST:                 # not ours
                rest = rest[-LONGEST:]
        if rest:
            yield 0, rest
    finally:
        os.close(fd)


def _end_of(month):
    year, month = int(month[:4]), int(month[5:])
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _key(name):
    found = _NAME.fullmatch(name)
    return found[1], int(found[3] or 0)


def _cursor(ends):
    return ",".join(f"{name.removesuffix('.jsonl')}:{offset}" for name, offset in ends.values())


def _places(cursor):
    """Read what ``_cursor`` wrote; it comes from outside."""
    places = {}
    for each in cursor.split(",", 2)[:2] if cursor else ():
        name, _, offset = each.partition(":")
        found = _NAME.fullmatch(f"{name}.jsonl")
        if not found or not re.fullmatch("[0-9]{1,9}", offset):
            raise errors.Invalid("This is not where a page ended. Take \"next\" of the page before.")
        places[found[2] or ACTS] = f"{name}.jsonl", int(offset)
    return places

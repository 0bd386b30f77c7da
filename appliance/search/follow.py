"""Keeps the index as the storage is: events tell what to look at again, a walk finds what no event told, then texts and facts are taken.

Nothing of what is to be done is stored: folders whose etag is that of the index are as they were, with all in them. All of it
happens in one greenlet, piece by piece, each of which is short; the disk, SQLite and documents are looked at in threads and in the child.
"""
import sqlite3
from datetime import UTC, datetime

import gevent
from gevent.event import Event

from appliance.core import errors, events, jobs, log
from appliance.search.reading import Stumbled

QUIET = 0.5                                         # seconds that what happens is gathered for, before it is looked at
PATIENCE = 60                                       # seconds until what did not work is tried again, and until unknown facts are asked for again
BATCH, ROWS = 100, 50                               # nodes that are looked at, and rows that are dropped, at once; rows that are written
TEXTS, CHARACTERS = 20, 2_000_000                   # files that are read between two looks at what happened; characters that are written at once
WAITING = 20_000                                    # nodes that happened something to; with more of them everything is looked at
TRIES = 3                                           # of a document at which whoever reads it stumbles; then it has no text
VAIN = 5                                            # batches of which nobody knows anything, until others have their turn
PAUSE = 0.005                                       # seconds after each piece, for others

_LOOKED_AT = (events.FileWritten, events.FolderMade, events.NodeMoved, events.NodeCopied, events.NodeRestored, events.VersionRestored, events.TagsChanged,
              events.NodeTrashed, events.StorageChanged)
_DEEP = (events.NodeCopied, events.NodeRestored, events.StorageChanged)


class Follow:
    """Brings the index up to date, and keeps it so."""

    def __init__(self, bus, survey, index, reading, facts, renew):
        """``facts(nodes)`` tells what files tell of themselves, as far as it is known: ``{id: facets}``; ``renew()`` begins a damaged index anew."""
        self._renew = renew
        self._survey, self._index, self._reading, self._facts = survey, index, reading, facts
        self._nodes, self._folders, self._anew, self._walk_now = {}, {}, False, True    # ids, in order; look at everything, also where etags are the same
        self._told, self._stirred, self._greenlet = 0, Event(), None
        self._stumbled = {}                         # ids of documents at which whoever reads them stumbled, how often
        self._damaged, self._doubtful = False, {}   # doubtful: ids that were not found while that said nothing
        bus.follow(*_LOOKED_AT, events.SpaceAct, backlog=5000)(self._regard)

    def start(self):
        """Begin."""
        self._greenlet = gevent.spawn(self._run)

    def stop(self):
        """End it."""
        if self._greenlet:
            self._greenlet.kill()
        self._reading.close()

    def damaged(self):
        """Somebody who reads the index finds that it is damaged."""
        self._damaged = True
        self._stirred.set()

    # What happened.

    def _regard(self, event):
        if isinstance(event, events.Missed) or len(self._nodes) + len(self._folders) >= WAITING:
            self._anew = self._walk_now = True
            self._nodes, self._folders = {}, {}
        elif isinstance(event, events.SpaceAct):
            self._nodes[event.space] = True
            self._walk_now = True
        else:
            self._nodes[event.node] = True
            if isinstance(event, _DEEP):
                self._folders[event.node] = True
        self._stirred.set()

    def _run(self):
        while True:
            try:
                self.catch_up()
                self._stirred.wait(PATIENCE)
                gevent.sleep(QUIET)
            except errors.Unavailable as error:
                log.get("search").info("the index must wait: %s", error)
                gevent.sleep(PATIENCE)
            except sqlite3.OperationalError as error:   # the disk is full, or away
                log.get("search").warning("the index must wait: %s", error)
                gevent.sleep(PATIENCE)
            except sqlite3.DatabaseError as error:
                log.get("search").warning("the index of search is made anew: %s", error)
                self._renew()
                self._walk_now = self._anew = True
            except Exception:
                log.get("search").exception("following stumbled and goes on")
                gevent.sleep(PATIENCE)

    def catch_up(self):
        """Bring the index up to date, with all that stands in files."""
        more = True
        while more or self._stirred.is_set():
            self._stirred.clear()
            if self._damaged:
                self._damaged = False
                raise sqlite3.DatabaseError("it cannot be read")
            gevent.sleep(PAUSE)                     # what is told in this moment is heard first
            self._look()
            more = self._read()
        self._tell()

    # Where things are.

    def _look(self):
        """What events told of, then, where there is reason to, everything. No event tells of every space that comes and goes."""
        known, there = set(jobs.bulk(self._index.spaces)), {root.id for root in self._survey.roots()}
        self._nodes |= dict.fromkeys(known - there, True)   # it is gone, or has become a folder
        self._walk_now = self._walk_now or not there <= known
        if self._survey.is_complete():
            self._nodes |= self._doubtful
            self._doubtful = {}
        while self._nodes or self._folders or self._walk_now:
            nodes = dict.fromkeys(list(self._nodes)[:BATCH], True)
            folders = dict.fromkeys(list(self._folders)[:0 if nodes else 1], True)
            for id in (*nodes, *folders):
                (self._nodes if nodes else self._folders).pop(id)
            try:
                if nodes:
                    self._take(list(nodes))
                elif folders:
                    for node, _ in self._survey.nodes(folders).values():
                        self._descend(node, anew=True)
                else:
                    self._walk()
            except (errors.Unavailable, sqlite3.OperationalError):
                self._nodes, self._folders = nodes | self._nodes, folders | self._folders   # the disk is away: later
                raise

    def _take(self, wanted):
        """Look at some nodes: those that are there are put into the index with what they lie in, the others are dropped."""
        there = self._survey.nodes(wanted)
        self._miss([id for id in wanted if id not in there])
        seen, numbers = list(there.values()), {}
        while seen:
            numbers |= self._put(seen)
            orphans = {node.parent for node, _ in seen if node.id not in numbers and node.parent}
            above = self._survey.nodes(orphans) if orphans else {}
            self._folders |= dict.fromkeys(above)   # nobody has looked into them
            left = [each for each in seen if each[0].id not in numbers and each[0].parent in above]
            seen = [*above.values(), *left] if above else []
        for node, _ in there.values():
            if node.parent:
                for id in jobs.bulk(self._index.others, node.parent, node.name, node.id):
                    self._nodes[id] = True          # what it has replaced

    def _put(self, seen):
        """Put nodes into the index, few at once: while a thread runs Python, the hub waits for its turn again and again."""
        numbers = {}
        for start in range(0, len(seen), ROWS):
            numbers |= jobs.bulk(self._index.put, seen[start:start + ROWS])
            gevent.sleep(PAUSE)
        return numbers

    def _miss(self, ids):
        """Forget what is not there; while the storage itself is still looking for everything, that says nothing."""
        if self._survey.is_complete():
            for id in ids:
                self._drop(id)
        else:
            self._doubtful |= dict.fromkeys(ids, True)

    def _drop(self, id):
        """Forget a node with all beneath, deepest first: cut off anywhere, the rest is found again."""
        numbers = jobs.bulk(self._index.below, id)[::-1]
        for start in range(0, len(numbers), BATCH):
            jobs.bulk(self._index.drop, numbers[start:start + BATCH])
            gevent.sleep(PAUSE)

    def _walk(self):
        """Look at every folder whose etag is not that of the index; at all of them where that was asked for."""
        self._walk_now, anew, self._anew = False, self._anew, False
        try:
            roots = self._survey.roots()
            for root in roots:
                seen = self._survey.nodes([root.id]).get(root.id)
                if seen is None:                    # the space went away just now
                    self._nodes[root.id] = True
                    continue
                self._put([(root, seen[1])])
                self._descend(root, anew)
        except BaseException:
            self._walk_now, self._anew = True, anew
            raise

    def _descend(self, folder, anew):
        """Look at a folder and all beneath. Its etag is kept when all of that is done."""
        to_see = [(folder, False)] if folder.folder else []
        while to_see:
            here, done = to_see.pop()
            if done:
                jobs.bulk(self._index.settle, here.id, here.etag)
                continue
            if not anew and jobs.bulk(self._index.etag, here.id) == here.etag:
                continue
            to_see.append((here, True))
            try:
                to_see += [(node, False) for node in self._members(here)]
            except errors.NotFound:                 # it went away meanwhile
                to_see.pop()

    def _members(self, folder):
        """Put what is in a folder into the index; the folders among it."""
        present, folders = set(), []
        for some in self._survey.members(folder):
            numbers = self._put(some)
            if len(numbers) < len(some):            # the folder itself is not there: it has gone, or come, in this moment
                self._nodes[folder.id] = True
                self._folders[folder.id] = True
                raise errors.NotFound()
            present.update(numbers.values())
            folders += [node for node, _ in some if node.folder]
        for id in jobs.bulk(self._index.absent, folder.id, present):
            self._nodes[id] = True                  # it is gone, or elsewhere
        return folders

    # What is in files.

    def _read(self):
        """Take the text out of some files; whether there may be more to read now."""
        read, length = [], 0
        found = jobs.bulk(self._index.to_read, TEXTS)
        there = self._survey.nodes([id for _, id in found]) if found else {}
        self._miss([id for _, id in found if id not in there])
        try:
            for number, id in found:
                if id not in there:
                    continue
                node, _ = there[id]
                text = self._text(id)
                read.append((number, node.etag, text))
                length += len(text)
                if length > CHARACTERS:
                    break
                gevent.sleep(PAUSE)
        finally:                                    # nothing is read twice because of one that cannot be read just now
            if read:
                jobs.bulk(self._index.put_texts, read)
                self._nodes |= {node.id: True for node, _ in there.values()}    # one that was changed meanwhile is read again
        return bool(read)

    def _text(self, id):
        try:
            opened = self._survey.open(id)
        except (errors.NotFound, errors.Forbidden):
            return ""
        try:
            text = self._reading.text(opened)
        except Stumbled:
            self._stumbled[id] = self._stumbled.get(id, 0) + 1
            if self._stumbled[id] < TRIES:
                raise
            text = ""                               # others are not to wait for it
        finally:
            opened.close()
        self._stumbled.pop(id, None)
        return text

    def _tell(self):
        """Ask what files tell of themselves, some at a time, in turn, as long as something comes of it: there may be nobody who could say."""
        asked, vain = True, 0
        while asked and vain < VAIN:
            asked = jobs.bulk(self._index.to_tell, self._told, BATCH)
            self._told = asked[-1][0] if asked else 0
            nodes = [node for node, _ in self._survey.nodes([id for _, id in asked]).values()] if asked else []
            found = self._facts(nodes) if nodes else {}
            told = [(node.id, node.etag, found[node.id], taken(found[node.id])) for node in nodes if node.id in found]
            if told:
                jobs.bulk(self._index.put_facts, told)
            vain = 0 if told else vain + 1
            gevent.sleep(PAUSE)


def taken(facets):
    """Seconds since 1970 when a photo was taken, or None."""
    try:
        return int(datetime.fromisoformat(facets["photo"]["takenDateTime"]).astimezone(UTC).timestamp())
    except (KeyError, TypeError, ValueError, OverflowError):
        return None

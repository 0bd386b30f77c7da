"""Search: from a query and who asks to what they see of what was found."""
import html
import sqlite3
from typing import NamedTuple

import gevent
from gevent.lock import RLock

from appliance.core import errors, jobs
from appliance.files import SHARES
from appliance.search import kinds, kql, where
from appliance.search.follow import Follow
from appliance.search.index import CLOSED, OPENED, ORDERS, READERS, Index
from appliance.search.reading import Reading

MOST = 10_000                                       # results of one query
SLICE = 200                                         # that are looked at, and sent, at once
ASKING = 30                                         # questions that wait; the next one comes back later


class Hit(NamedTuple):
    """What was found: the Found of ``files.survey``, how well it fits, a piece of its text with ``<mark>`` in HTML, its facets as far as they are known."""

    found: object
    score: float
    highlights: str
    facts: dict


class Search:
    """All that can be found in the house."""

    def __init__(self, config, bus, files, facts):
        """``facts(nodes)`` tells what files tell of themselves, as far as it is known: ``{id: facets}``."""
        self._files, self._survey = files, files.survey
        self._reading = Reading(config.tika)
        self._index = Index(config.cache, files.storage_id, self._reading.reads)
        self._follow = Follow(bus, files.survey, self._index, self._reading, facts, self._renew)
        self._opening, self._is_open = RLock(), False   # commands that look in beside a server never do
        self._renewing = False
        self._turns, self._free = jobs.Turns(READERS, ASKING), list(range(READERS))

    def start(self):
        """Begin to keep the index up to date."""
        self._open()
        self._follow.start()

    def catch_up(self):
        """Bring the index up to date now, with all that stands in files."""
        self._open()
        self._follow.catch_up()

    def find(self, actor, text, limit=SLICE, offset=0, order="score", within=""):
        """``(how many there are in all, Hits)`` for a query in KQL; the Hits come in lists, each of which is looked at when it is asked for.

        ``order`` is one of ORDERS; ``within`` the id of a space or folder in which to look, or SHARES. Invalid for a query that cannot be understood, or takes too long.
        """
        if order not in ORDERS:
            raise errors.Invalid(f"Results can be sorted by {', '.join(sorted(ORDERS))}.")
        query, reach = kql.parse(text), self._survey.reach(actor)
        if within == SHARES:
            reach = reach._replace(spaces=())
        if not reach.spaces and not reach.roots:
            return 0, []
        visible = where.within(reach.spaces, reach.roots)
        readable = None
        if reach.closed:
            readable = where.within([id for id in reach.spaces if id not in reach.closed], {id for id in reach.roots if id not in reach.closed})
        parts = [visible, where.Translation(readable).condition(query.tree)]
        if within and within != SHARES:
            parts.append(where.inside(within))
        parts += [where.below([where.bare(scope)]) for scope in query.scopes]
        if query.favorites:
            parts.append(where.among(self._files.labels.favorites(actor)))
        condition = where.Condition(" AND ".join(f"({part.sql})" for part in parts), tuple(value for part in parts for value in part.values))
        match = " OR ".join(filter(None, map(where.content, query.terms(("content",)))))
        rows, total = self._ask(self._index.find, condition, where.score(query), match, order, min(limit, MOST), offset)
        slices = self._hits(actor, reach, rows, match)
        first = next(slices, [])
        if offset == 0 and total == len(rows) <= SLICE:     # then it is known which of them they really see
            total = len(first)
        return total, self._all(first, slices)

    @staticmethod
    def _all(first, slices):
        if first:
            yield first
        yield from slices

    def _hits(self, actor, reach, rows, match):
        for start in range(0, len(rows), SLICE):
            some = rows[start:start + SLICE]
            seen = self._survey.seen(actor, reach, [id for id, _, _ in some])
            wanted = [number for id, _, number in some if id in seen and seen[id].readable]
            fragments = self._ask(self._index.fragments, match, wanted) if match and wanted else {}
            facts = self._ask(self._index.facts, [id for id in seen if seen[id].readable])
            yield [Hit(seen[id], score, _marked(fragments.get(number, "")), facts.get(id, {})) for id, score, number in some if id in seen]

    def favorites(self, actor):
        """Hits for all that an actor has among their favourites and sees; right at once, because no index is asked."""
        return [Hit(found, 1.0, "", {}) for found in self._survey.seen(actor, self._survey.reach(actor), self._files.labels.favorites(actor)).values()]

    def tags(self, actor):
        """All tags on what an actor sees, in order; right at once, too. Of each tag one thing must be seen, so few are looked at."""
        reach, found, left = self._survey.reach(actor), {}, self._files.labels.every_tag()
        while left and (reach.spaces or reach.roots):
            some = [id for id, tags in left.items() if any(kinds.small(tag) not in found for tag in tags)][:SLICE]
            for id in self._survey.seen(actor, reach, some):
                found |= {kinds.small(tag): tag for tag in left[id] if kinds.small(tag) not in found}
            left = {id: left[id] for id in left.keys() - set(some)} if some else {}
        return [found[tag] for tag in sorted(found)]

    def _open(self):
        with self._opening:
            if not self._is_open:
                jobs.bulk(self._index.open)
                self._is_open = True

    def _ask(self, question, *args):
        self._open()
        with self._turns:
            if self._renewing:
                raise errors.Unavailable("The index of search is being made anew.", retry_after=5)
            reader = self._free.pop()
            try:
                return jobs.bulk(question, reader, *args)
            except sqlite3.OperationalError as error:   # the disk is full, or away
                raise errors.Unavailable("Nothing can be searched just now.", sqlite=str(error)) from error
            except sqlite3.DatabaseError as error:
                self._follow.damaged()
                raise errors.Unavailable("The index of search is damaged, and is made anew.", retry_after=5, sqlite=str(error)) from error
            finally:
                self._free.append(reader)

    def _renew(self):
        """Begin anew when nobody reads."""
        self._renewing = True
        try:
            while len(self._free) < READERS:
                gevent.sleep(0.01)
            jobs.bulk(self._index.renew)
        finally:
            self._renewing = False

    def close(self):
        """Leave the index in good order."""
        self._follow.stop()
        jobs.drain()
        jobs.bulk(self._index.close)


def _marked(fragment):
    """A piece of a text in HTML, what was found between ``<mark>`` and ``</mark>``."""
    return html.escape(fragment, quote=False).replace(OPENED, "<mark>").replace(CLOSED, "</mark>")


def forget(cache, storage_id):
    """Take the index away; it is made anew at the next start."""
    index = Index(cache, storage_id, None)
    index.renew()
    index.close()

"""The outbox: what people are to be told by mail, one small record a person, until a server has taken it.

What waits for one person goes in one letter. It goes at once, each morning or each Monday, as they have set it; where the server does not take it, later
and later again, and after ``DAYS`` not any more. A letter may come twice where the power fails just as it was taken; it is not lost.
"""
from datetime import datetime, timedelta

from gevent.lock import BoundedSemaphore

from appliance.activity import post
from appliance.core import clock, errors, jobs, log, records

FOLDER = "outbox"
GATHER = 5                                          # seconds in which notices come together
MORNING = 8                                         # o'clock, where the box is
MOST, DAYS = 100, 3                                 # notices in one letter; days that a letter is tried for
STALE = 10                                          # days after which it is not even tried
AHEAD = 8                                           # days that a letter may have to wait for its time; with more, the clock was wrong when it was put
FIRST, LONGEST = 60, 6 * 3600                       # seconds until the next try, doubled each time, up to
_NO_MAIL, _OFTEN = "33ffb5d6-cd07-4dc0-afb0-84f7559ae438", "08dec2fe-3f97-42a9-9d1b-500855e92f25"   # settings


class Outbox:
    """All that waits. ``server`` is None where no mail is configured: nothing is kept then."""

    def __init__(self, config, people):
        self.server, self._people = post.Server.parse(config.mail), people
        self._records, self._turn = records.Records(config.data / ".hearth" / FOLDER), BoundedSemaphore(1)
        self._put = set()                           # for whom something was put since the start: that is not old, whatever the clock said then
        self._pause, self._tries, self.last = 0.0, 0, None      # until when the server is left alone; how often it failed; what came of it last

    def put(self, account, notice):
        """Let a notice wait for a person, if they want such by mail and have an address."""
        known = self._people.everybody().accounts.get(account)
        if self.server is None or known is None or not known.enabled or not known.email or self.is_unwanted(known):
            return
        often = "instant" if notice.kind.startswith("health") else self._people.settings.of(account).get(_OFTEN, "instant")
        now = clock.now()
        due = now + GATHER if often == "instant" else _next(now, often)

        def add(kept):
            before = kept or {"notices": [], "due": due, "since": due, "tries": 0}
            others = [each for each in before["notices"] if not (notice.kind.startswith("health") and each.get("kind", "").startswith("health"))]   # its last word counts
            return {**before, "notices": [*others, notice._asdict()][-MOST:], "due": before["due"] if before["tries"] else min(before["due"], due)}
        self._change(account, add)
        self._put.add(account)

    def is_unwanted(self, account):
        """Whether somebody wants no mail at all."""
        wanted = self._people.settings.of(account.id)
        return wanted.get(_NO_MAIL, False) or wanted.get(_OFTEN) == "never"

    def deliver(self, letter):
        """Send what is due; ``letter(account, notices)`` makes it, or answers None where there is nothing left to say."""
        now = clock.now()
        if self.server is None or 0 < self._pause - now <= LONGEST:
            return
        every = [(id, kept) for id in self._records.ids() if (kept := self._kept(id)) and not 0 < kept["due"] - now <= AHEAD * 86_400]
        stale = [(id, kept) for id, kept in every if kept["since"] < now - STALE * 86_400 and id not in self._put]
        due = [each for each in every if each not in stale]
        for id, kept in stale:                      # there was no server for a while
            self._give_up(id, kept, "it is too old")
        try:
            self._send(due, letter)
        except errors.Unavailable as error:
            self._tries += 1
            self._pause = clock.now() + min(FIRST * 2 ** min(self._tries - 1, 20), LONGEST)
            self.last = {"time": clock.now(), "error": str(error)}
            log.get("mail").warning("%s %d letters wait.", error, len(due))
            for id, kept in due:
                if kept["since"] < clock.now() - DAYS * 86_400:
                    self._give_up(id, kept, "the server could not be reached")

    def _send(self, due, letter):
        connection = None
        try:
            for id, kept in due:
                account = self._people.everybody().accounts.get(id)
                try:
                    message = letter(account, kept["notices"]) if account is not None and account.enabled and account.email else None
                    if message is not None:
                        connection = connection or post.Connection(self.server)
                        connection.send(message)
                        self.last, self._tries = {"time": clock.now(), "error": ""}, 0
                    self._sent(id, kept)
                except post.Refused as error:
                    self._give_up(id, kept, error.detail.get("cause", error))
                except post.Later as error:
                    self._later(id, kept, error)
        finally:
            if connection is not None:
                connection.close()

    def test(self, letter):
        """Send ``letter(server)`` at once. Invalid, Unavailable, Refused."""
        if self.server is None:
            raise errors.Invalid("No mail server is configured. Set the option mail first.")
        with post.Connection(self.server) as connection:
            connection.send(letter(self.server))
        self.last, self._pause, self._tries = {"time": clock.now(), "error": ""}, 0.0, 0

    def waiting(self):
        """How many people have something waiting."""
        return len(self._records.ids())

    def of(self, account):
        """The notices that wait for an account, as they are kept."""
        return (self._kept(account) or {"notices": []})["notices"]

    def clear(self):
        """Nothing waits any more: a backup was put back, and what waited then was sent since."""
        for id in self._records.ids():
            self.forget(id)

    def forget(self, account):
        """Nothing waits for somebody who is gone."""
        with self._turn:
            self._records.remove(account)

    def tidy(self):
        """The same for all who are gone."""
        for id in set(self._records.ids()) - self._people.everybody().accounts.keys():
            self.forget(id)

    def _sent(self, id, kept):
        """What was sent waits no more; what came meanwhile does."""
        gone = {each["id"] for each in kept["notices"]}

        def rest(now):
            left = [each for each in (now or {"notices": []})["notices"] if each["id"] not in gone]
            return left and {**now, "notices": left, "since": clock.now(), "tries": 0}
        self._change(id, rest)

    def _later(self, id, kept, error):
        if kept["since"] < clock.now() - DAYS * 86_400:
            return self._give_up(id, kept, error.detail.get("cause", error))
        tries = kept["tries"] + 1
        due = clock.now() + min(FIRST * 2 ** min(tries, 20), LONGEST)
        return self._change(id, lambda now: now and {**now, "tries": tries, "due": due})

    def _give_up(self, id, kept, why):
        log.get("mail").warning("a letter to %s with %d notices is given up: %s", id, len(kept["notices"]), why)
        self._sent(id, kept)

    def _kept(self, id):
        return jobs.blocking(_read, self._records.path(id))

    def _change(self, id, change):
        with self._turn:
            jobs.bulk(_rewrite, self._records.path(id), change)


def _next(now, often):
    """The next morning, or Monday morning, where the box is."""
    here = datetime.fromtimestamp(now)
    when = here.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    while when <= here or often == "weekly" and when.weekday() != 0:
        when += timedelta(days=1)
    return when.timestamp()


def _read(path):
    """A record, or None: also where it is damaged. Blocking."""
    try:
        kept = records.read(path)
    except errors.Corrupt:
        log.get("mail").error("the record %s of the outbox is damaged, and nothing of it is sent", path.name)
        return None
    sound = kept and isinstance(kept.get("notices"), list) and all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in kept["notices"]) and all(
        type(kept.get(name)) in (int, float) for name in ("due", "since", "tries"))
    return kept if sound else None


def _rewrite(path, change):
    records.change(path, lambda path: change(_read(path)))

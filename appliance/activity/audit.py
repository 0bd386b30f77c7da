"""The audit: a witness that writes down who did what, on what, from where and with which client.

It never keeps anybody waiting and never fails anything. What it is told waits in memory, a fraction of a second, for one
writer; where the disk does not take it, up to ``WAITING`` lines wait longer, the rest is counted, and the log says so.

A line names people by their ids alone. Names are put to them when somebody reads it, while there are such people: so nothing
must be rewritten when somebody goes. It never holds what was typed at a sign-in, because that may be a password.
"""
import json
import re
from collections import deque
from dataclasses import fields
from typing import NamedTuple

import gevent
from gevent.event import Event

from appliance.activity.trail import ACTS, FILES, Trail, shown_time
from appliance.core import clock, errors, events, jobs, log
from appliance.identity import roles

GATHER = 0.25                                       # seconds in which lines come together, so that one fsync does for them
RETRY = 10                                          # seconds, after the disk took none
WAITING = 10_000                                    # lines in memory at most; about 5 MB
LONGEST = 1_000                                     # characters of any text in a line
A_DAY = 86_400                                      # seconds, in which a program that signs in with every request is told once
REPEATED = 600                                      # seconds, in which the same failure is told twice: the first, and how many;
                                                    # and the same download once, which may be many requests
KNOWN = 1_000                                       # such programs and failures in memory
ACTIONS = {                                         # as OpenCloud's audit calls them; everything else goes by its own name
    events.FileWritten: "file_create", events.FileRead: "file_read", events.FolderMade: "container_create",
    events.NodeMoved: "file_rename", events.NodeTrashed: "file_delete", events.NodePurged: "file_trash_delete",
    events.NodeRestored: "file_trash_restore", events.VersionRestored: "file_version_restore", events.NodeCopied: "file_copy",
    events.AccountMade: "user_created", events.AccountRemoved: "user_deleted", events.AccountChanged: "user_feature_changed",
    events.GroupMade: "group_created", events.GroupRemoved: "group_deleted", events.MemberAdded: "group_member_added",
    events.MemberRemoved: "group_member_removed", events.SpaceMade: "space_created", events.SpaceChanged: "space_updated",
    events.SpacePurged: "space_deleted", events.ShareGiven: "file_shared", events.ShareChanged: "share_permission_updated",
    events.ShareTaken: "file_unshared", events.ShareExpired: "share_expired", events.LinkMade: "link_created", events.LinkChanged: "link_updated",
    events.LinkRemoved: "link_removed", events.LinkExpired: "link_expired", events.LinkOpened: "link_accessed",
    events.LinkRefused: "link_access_failed", events.FileRefused: "file_refused", events.VirusFound: "virus_found",
    events.QuarantineReleased: "quarantine_released", events.QuarantineRemoved: "quarantine_removed",
}
UNTOLD = ("actor", "origin", "new", "label", "whose") # said in another way, or words of a person, or many
FAILURES = (events.SignInFailed, events.LinkRefused)


class Audit:
    """Writes the trail, and lets those read it who may."""

    def __init__(self, config):
        self.trail = trail_of(config)
        self._downloads = config.audit_downloads
        self._waiting, self._lost, self._wake = deque(), 0, Event()
        self._seen, self._failed = {}, {}           # what is not told again: until when; and how often it came since
        self._writer = gevent.spawn(self._write)

    def close(self):
        """Write what is still in memory."""
        self._tell_repeated(of_all=True)
        self._writer.kill()
        self.flush()

    def tidy(self):
        """Tell what was counted meanwhile, and remove what was kept long enough."""
        self._tell_repeated()
        jobs.bulk(self.trail.tidy)

    # Being told.

    def witness(self, event):
        """Write an event down, if it counts; in a while, in the background."""
        action = action_of(event)
        if action is None or isinstance(event, events.FileRead) and not self._downloads or self._is_known(event):
            return
        self._put(FILES if isinstance(event, events.NodeEvent) else ACTS, entry(event, action))

    def _put(self, book, line):
        if len(self._waiting) >= WAITING:
            self._lost += 1
            return
        self._waiting.append((book, json.dumps(line, separators=(",", ":")).encode()))
        self._wake.set()

    def _is_known(self, event):
        """Whether the same was told a short while ago."""
        now = clock.now()
        if isinstance(event, FAILURES):
            key = type(event), event.origin.address, getattr(event, "account", "") or getattr(event, "link", "")
            if key not in self._failed and len(self._failed) >= KNOWN:
                key = type(event), "", ""           # from everywhere: counted together
            known = self._failed.get(key)
            if known is None or not known.since <= now < known.since + REPEATED:
                self._tell(known)
                self._failed[key] = Repeated(event, now, 0)
                return False
            self._failed[key] = known._replace(times=known.times + 1)
            return True
        if isinstance(event, events.FileRead):
            key, lasts = (event.actor, event.node), REPEATED
        elif isinstance(event, events.SignedIn) and (event.client or not event.session):    # the web client asks for a token every five minutes
            key, lasts = (event.account, event.token, event.session, event.client, event.methods, event.origin[:2]), A_DAY
        else:
            return False
        known = self._seen.get(key)
        if known is not None and 0 <= now - known < lasts:
            return True
        if len(self._seen) >= KNOWN:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = now
        return False

    def _tell_repeated(self, of_all=False):
        now = clock.now()
        for key, known in list(self._failed.items()):
            if of_all or not known.since <= now < known.since + REPEATED:
                self._tell(self._failed.pop(key))

    def _tell(self, known):
        if known and known.times:
            self._put(ACTS, {**entry(known.event, action_of(known.event)), "times": known.times})

    # Writing.

    def _write(self):
        while True:
            self._wake.wait()
            gevent.sleep(GATHER)
            self._wake.clear()
            if not self.flush():
                gevent.sleep(RETRY)
                self._wake.set()

    def flush(self):
        """Write at once what waits; False where the disk does not take it."""
        lines = list(self._waiting)
        self._waiting.clear()
        if self._lost:
            lost = {"time": shown_time(clock.now()), "action": "audit_lost", "result": "failed", "who": "", "times": self._lost}
            lines.append((ACTS, json.dumps(lost).encode()))
        if not lines:
            return True
        try:
            jobs.bulk(self.trail.append, lines)
        except (OSError, errors.HouseError) as error:
            self._waiting.extendleft(reversed(lines[:len(lines) - bool(self._lost)]))
            log.get("audit").error("the audit trail cannot be written: %s; %d lines wait, %d were lost", error, len(self._waiting), self._lost)
            return False
        self._lost = 0
        return True

    # Reading.

    def photos(self, after, since):
        """A page of what was written since a time (seconds), newest first, for who counts the photos of each phone."""
        return jobs.bulk(look, self.trail, action="file_create", since=shown_time(since), after=after, limit=500)

    def read(self, actor, **asked):
        """A page of the trail for who may look after accounts; see ``look`` and ``Trail.page``. Forbidden, Invalid."""
        roles.require(actor, "Accounts.ReadWrite")
        self.flush()
        return jobs.bulk(look, self.trail, **asked)


class Repeated(NamedTuple):
    """A failure that was told, and how often it came again."""

    event: events.Event
    since: float
    times: int


def action_of(event):
    """What an event is called in the trail; None where it is not for it."""
    named = ACTIONS.get(type(event))
    if named is None and isinstance(event, events.Act):
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    return "file_update" if named == "file_create" and not event.new else named


def entry(event, action):
    """An event as a line of the trail."""
    origin = event.origin
    line = {"time": shown_time(clock.now()), "action": action, "result": "failed" if isinstance(event, FAILURES) else "done",
            "who": event.actor, "address": origin.address, "agent": origin.agent, "request": origin.request}
    for field in fields(event):
        value = getattr(event, field.name)
        if field.name not in UNTOLD and value not in ("", ()) and not (isinstance(event, events.AccountAct) and field.name == "name"):
            line[field.name] = value
    return {name: _bounded(value) for name, value in line.items()}


def trail_of(config):
    """The files, to be read beside a server that writes them."""
    return Trail(config.data / ".hearth" / "audit", config.audit_days, config.audit_bytes)


def _bounded(value):
    return value[:LONGEST] if isinstance(value, str) else [str(each)[:100] for each in value[:20]]


def look(trail, who="", action="", **asked):
    """A page of the trail: of what an account did or what was done to it, given by its id, and of one kind of action. Blocking."""
    def wanted(line):
        return (not who or who in (line.get("who"), line.get("account")) or line.get("to") == f"u:{who}") and action in ("", line["action"])
    return trail.page(wanted, **asked)


def named(lines, names):
    """The lines with the names of those who are still there: ``names`` by id."""
    return [{**line, **{f"{part}_name": names[line[part]] for part in ("who", "account") if line.get(part) in names}} for line in lines]

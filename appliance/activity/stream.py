"""The live stream: whoever listens is told at once of what they may see, as server-sent events (WHATWG HTML §9.2).

A listener costs a greenlet and a short queue. One that does not read is cut off. The newest tidings are remembered for a few minutes after the
last one left, so that whoever was away for a moment misses nothing; where that does not reach back, or where somebody may see less than
then, they are told ``missed``: look at everything again. README.md tells the words.
"""
import json
import secrets
import time
from collections import deque
from typing import NamedTuple

from gevent.queue import Empty, Full, Queue

from appliance.activity.tidings import TOLD, Tiding, of_event
from appliance.core import clock, errors, events, log

HEARTBEAT = 25                                      # seconds of silence; proxies cut a connection after 30 or 60. So often it is also asked who listens
LASTS = 3_600                                       # seconds; whoever goes on shows anew who they are: an access token is good for five minutes
RETRY = 5_000                                       # milliseconds until a client comes again
WAITING = 100                                       # tidings for one listener who does not read
REMEMBERED = 500                                    # tidings in all
KEPT = 600                                          # seconds that they are collected for when nobody listens
MOST = 16                                           # streams of one person: as many tabs and devices; the oldest makes room
KEEPALIVE = b": keepalive\n\n"
_NARROWS = (events.ShareTaken, events.ShareExpired, events.SpaceUnshared, events.SpaceDisabled, events.SpacePurged)   # somebody sees less from now on


class Kept(NamedTuple):
    """A tiding, as it is remembered. Its id is random: a number would tell how much happens that one may not see."""

    id: str
    tiding: Tiding


class Listener:
    """One open stream: iterate over it for blocks of bytes."""

    def __init__(self, streams, actor, mark, language):
        self.actor, self.mark, self.language, self.over, self.begun = actor, mark, language, False, time.monotonic()
        self._streams, self._queue = streams, Queue(WAITING)

    def offer(self, block):
        """Let a block wait to be sent; who has let too many wait is cut off."""
        try:
            self._queue.put_nowait(block)
        except Full:
            log.get("stream").info("a listener of %s does not read and is cut off", self.actor.id)
            self.over = True

    def end(self):
        """Send what waits, and no more."""
        self._streams.leave(self)
        try:
            self._queue.put_nowait(None)
        except Full:
            self.over = True

    close = end

    def __iter__(self):
        asked = self.begun
        while not self.over:
            try:
                block = self._queue.get(timeout=HEARTBEAT)
            except Empty:
                block = KEEPALIVE
            if block is None:
                return
            if time.monotonic() - asked >= HEARTBEAT:
                asked = time.monotonic()
                if not self._streams.still(self):
                    return
            yield block


class Streams:
    """Everybody who listens."""

    def __init__(self, people, files, bus, most):
        self._people, self._files, self._most = people, files, most
        self._listeners = {}                        # in the order in which they came
        self._kept, self._left = deque(maxlen=REMEMBERED), 0.0
        self._forget()
        bus.follow(*TOLD, events.PeopleChanged, events.TokenRevoked, events.PasswordChanged)(self._regard)

    def __len__(self):
        return len(self._listeners)

    def open(self, actor, language="en", last=""):
        """A Listener; ``last`` is the id of the last tiding that a client has seen. Forbidden, Unauthenticated, TooManyAttempts."""
        if actor.scoped:
            raise errors.Forbidden("An app token that reaches files alone is told nothing.")
        mark, names = self._people.standing(actor), names_of(self._people.everybody(), actor.id)
        if mark is None:
            raise errors.Unauthenticated()
        theirs = [each for each in self._listeners if each.actor.id == actor.id]
        if len(theirs) >= MOST:
            theirs[0].end()
        if len(self._listeners) >= self._most:
            raise errors.TooManyAttempts("Too many people listen just now. What changes is seen by looking again.", retry_after=60)
        if not self._collects():
            self._forget()
        listener = Listener(self, actor, mark, language)
        listener.offer(f"retry: {RETRY}\nid: {self._last}\n\n".encode() if not last else f"retry: {RETRY}\n\n".encode())
        for block in self._since(last, actor.id, names, language) if last else ():
            listener.offer(block)
        self._listeners[listener] = None
        if not self.still(listener):                # it ended while we looked, and nobody would tell us
            listener.end()
            raise errors.Unauthenticated()
        return listener

    def leave(self, listener):
        """Count a listener out."""
        if self._listeners.pop(listener, self) is None:
            self._left = clock.now()

    def still(self, listener):
        """Whether a listener may go on: whether what they showed as they came is still good. Where nobody can say, they may not."""
        try:
            return time.monotonic() - listener.begun < LASTS and self._people.standing(listener.actor) == listener.mark
        except errors.HouseError:
            return False

    def notify(self, account, spoken):
        """Tell one person of a notice, whose words are given by language."""
        if self._collects():
            self._keep(Tiding("userlog-notification", {}, frozenset({f"u:{account}"}), spoken=spoken), self._people.everybody())

    def close(self):
        """End all."""
        for listener in list(self._listeners):
            listener.end()

    # Being told.

    def _regard(self, event):
        if isinstance(event, events.Missed):
            self._forget()
            for listener in list(self._listeners):
                listener.offer(block("missed", {}, self._last))
            return
        if isinstance(event, TOLD) and self._collects():
            self._tell(event)
        if isinstance(event, (events.PeopleChanged, events.AccountAct)):
            self._look_after(event.account)

    def _tell(self, event):
        try:
            everybody = self._people.everybody()
            found = of_event(event, self._files, everybody)
        except errors.HouseError as error:          # the disk is away
            log.get("stream").warning("an event could not be told: %s", error)
            self._regard(events.Missed())
            return
        for tiding in found:
            self._keep(tiding, everybody)
        if isinstance(event, _NARROWS) or isinstance(event, events.NodeMoved) and len(found) > 1:
            self._forget()                          # what was told before may be of what somebody sees no more

    def _keep(self, tiding, everybody):
        """Remember a tiding and hand it to all whom it is for."""
        if len(self._kept) == REMEMBERED:
            self._begun = self._kept[0].id
        self._last = secrets.token_hex(8)
        self._kept.append(Kept(self._last, tiding))
        known, said = {}, {}
        for listener in list(self._listeners):
            account = listener.actor.id
            if account not in known:
                known[account] = names_of(everybody, account)
            key = account, listener.language
            if key not in said:
                body = tiding.of(account, known[account], listener.language)
                said[key] = body and block(tiding.kind, body, self._last)
            if said[key]:
                listener.offer(said[key])

    def _since(self, last, account, names, language):
        """What somebody missed since the tiding of that id."""
        ids = [each.id for each in self._kept]
        if last == self._last:
            return []
        begun = ids.index(last) + 1 if last in ids else 0 if last == self._begun else None      # the id before the first of them
        missed = None if begun is None else [(each, body) for each in list(self._kept)[begun:] if (body := each.tiding.of(account, names, language))]
        if missed is None or len(missed) > WAITING // 2:
            return [block("missed", {}, self._last)]
        return [*(block(each.tiding.kind, body, each.id) for each, body in missed), f"id: {self._last}\n\n".encode()]

    def _collects(self):
        """Whether anybody listens, or did a while ago."""
        return bool(self._listeners) or 0 <= clock.now() - self._left < KEPT

    def _forget(self):
        """Remember nothing of before: whoever comes again is told that they missed something."""
        self._kept.clear()
        self._begun = self._last = secrets.token_hex(8)

    def _look_after(self, account):
        """End the streams of somebody whose sign-in is not good any more."""
        for listener in [each for each in self._listeners if each.actor.id == account]:
            if not self.still(listener):
                listener.end()


def names_of(everybody, account):
    """By which names an account is told something; none where it is gone or may not sign in."""
    known = everybody.accounts.get(account)
    if known is None or not known.enabled:
        return frozenset()
    return frozenset((f"u:{account}", *(f"g:{group.id}" for group in everybody.groups_of(account))))


def block(kind, body, id):
    """A message of the stream."""
    return f"id: {id}\nevent: {kind}\ndata: {json.dumps(body, separators=(',', ':'))}\n\n".encode()

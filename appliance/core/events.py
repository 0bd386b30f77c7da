"""The catalogue of all events, and the bus that tells them.

Events tell what has happened, never what should: nothing is decided by them, and a lost one costs a second look at the
storage, not data. They hold ids and text only.
"""
from dataclasses import dataclass

import gevent
from gevent.queue import Full, Queue

from appliance.core import log


@dataclass(frozen=True)
class Event:
    """Something has happened."""


@dataclass(frozen=True)
class NodeEvent(Event):
    """Something has happened to a node; ``actor`` is an account's id, or "" for the house itself."""

    space: str
    node: str
    actor: str


class FileWritten(NodeEvent):
    """A file is there, new or with new content."""


class FolderMade(NodeEvent):
    """A folder is there."""


class NodeMoved(NodeEvent):
    """A node has another name or another parent."""


class NodeCopied(NodeEvent):
    """A node has been made as a copy; ``node`` is the new one."""


class NodeTrashed(NodeEvent):
    """A node lies in the trash."""


class NodeRestored(NodeEvent):
    """A node came back from the trash."""


class NodePurged(NodeEvent):
    """A node, or with an empty ``node`` the whole trash of the space, is gone for good."""


class VersionRestored(NodeEvent):
    """A file has an earlier content again."""


class PropertiesChanged(NodeEvent):
    """Properties of a node have changed."""


class StorageChanged(NodeEvent):
    """Somebody changed this folder behind the server's back."""


@dataclass(frozen=True)
class AccountChanged(Event):
    """An account was made, changed or removed, or its secrets were."""

    account: str


@dataclass(frozen=True)
class SignInFailed(Event):
    """Somebody could not sign in."""

    name: str
    address: str


@dataclass(frozen=True)
class Missed(Event):
    """Comes in place of events a slow follower could not take: look at the storage again."""


class Bus:
    """Tells what has happened. Publishing never waits and never fails."""

    def __init__(self):
        self._witnesses, self._followers = [], []

    def witness(self, function):
        """Call the function in line, before ``publish`` returns: for the audit alone."""
        self._witnesses.append(function)

    def follow(self, *kinds, backlog=1000):
        """Decorate a function to run in a greenlet of its own for each event of these kinds."""
        def subscribe(function):
            self._followers.append(_Follower(function, kinds or (Event,), backlog))
            return function
        return subscribe

    def publish(self, event):
        """Tell it."""
        for witness in self._witnesses:
            _call(witness, event)
        for follower in self._followers:
            follower.offer(event)


class _Follower:
    """One reader with a bounded queue."""

    def __init__(self, function, kinds, backlog):
        self._function, self._kinds, self._queue, self._missed = function, kinds, Queue(backlog), False
        gevent.spawn(self._run)

    def offer(self, event):
        if isinstance(event, self._kinds):
            try:
                self._queue.put_nowait(event)
            except Full:
                self._missed = True

    def _run(self):
        while True:
            _call(self._function, self._queue.get())
            if self._missed and self._queue.empty():
                self._missed = False
                _call(self._function, Missed())


def _call(function, event):
    try:
        function(event)
    except Exception:
        log.get("events").exception("%s failed at %s", getattr(function, "__qualname__", function), type(event).__name__)

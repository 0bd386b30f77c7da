"""The catalogue of all events, and the bus that tells them.

Events tell what has happened, never what should: nothing is decided by them, and a lost one costs a second look at the
storage, not data. They hold ids and text only, and never a secret.

``actor`` is the id of the account that did it, "" where that is nobody's: the house itself, or whoever holds the box.
"""
from dataclasses import dataclass
from typing import NamedTuple

import gevent
from gevent.queue import Full, Queue

from appliance.core import log


class Origin(NamedTuple):
    """Where something was asked for."""

    address: str = ""                               # of the client; "" where it was asked for on the box itself
    agent: str = ""                                 # what the client says it is
    request: str = ""                               # the id of the request
    initiator: str = ""                             # the tab of a browser, as it calls itself, so that it knows its own doing again


HERE = Origin(agent="hearth")                       # a command that somebody typed on the box


@dataclass(frozen=True)
class Event:
    """Something has happened."""


# Files.

@dataclass(frozen=True)
class NodeEvent(Event):
    """Something has happened to a node."""

    space: str
    node: str
    actor: str
    origin: Origin = Origin()
    path: str = ""                                  # in the space, as it is now


@dataclass(frozen=True)
class FileWritten(NodeEvent):
    """A file is there, new or with new content."""

    new: bool = True


class FileRead(NodeEvent):
    """A file is being read, by whoever may."""


class FolderMade(NodeEvent):
    """A folder is there."""


@dataclass(frozen=True)
class NodeMoved(NodeEvent):
    """A node has another name or another parent."""

    before: str = ""                                # the path it had


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


class NodeLocked(NodeEvent):
    """Somebody has locked a node."""


class NodeUnlocked(NodeEvent):
    """Somebody has let go of a node; a lock that expires is not told."""


@dataclass(frozen=True)
class VirusFound(NodeEvent):
    """A file was not taken, or was taken away, because something bad was found in it. The actor is who brought it; ``node`` may be "", or where it was
    to lie."""

    name: str = ""                                  # of the file
    virus: str = ""                                 # as the scanner calls it
    outcome: str = ""                               # refused, deleted, quarantined or marked ("action" is what the audit calls the event itself)


class TagsChanged(NodeEvent):
    """A node has other tags."""


class FavoriteAdded(NodeEvent):
    """The actor has a node among their favourites."""


class FavoriteRemoved(NodeEvent):
    """The actor has a node among their favourites no more."""


@dataclass(frozen=True)
class StorageChanged(NodeEvent):
    """Somebody changed this folder behind the server's back."""

    written: tuple = ()                             # paths in the space of the files that were written; of very many that of the folder


# What is not let in.

@dataclass(frozen=True)
class FileRefused(NodeEvent):
    """The rules of the house do not take a file. ``path`` is where it was to be, ``node`` the folder of that."""

    name: str = ""
    value: str = ""                                 # what the person was told


@dataclass(frozen=True)
class QuarantineAct(NodeEvent):
    """Somebody decided about a file in quarantine. ``path`` is where it was to be, ``node`` the folder of that."""

    name: str = ""
    virus: str = ""                                 # "" where it was there because no scanner had seen it


class QuarantineReleased(QuarantineAct):
    """A file was let out of quarantine."""


class QuarantineRemoved(QuarantineAct):
    """A file in quarantine was destroyed."""


# People.

@dataclass(frozen=True)
class PeopleChanged(Event):
    """What is known of an account is not what it was, whoever changed it, also from another process: look at it again."""

    account: str


@dataclass(frozen=True)
class Act(Event):
    """Somebody did something that counts for security. All of these are told once, by whoever did it for the actor."""

    actor: str
    origin: Origin


@dataclass(frozen=True)
class SignInFailed(Act):
    """Somebody could not sign in."""

    account: str = ""                               # whose name they said; what they said is not told, it may be a secret


@dataclass(frozen=True)
class AccountAct(Act):
    """It was done to an account, by its owner or by somebody else."""

    account: str = ""
    name: str = ""                                  # the login name


class AccountRescued(AccountAct):
    """Whoever holds the box gave an account a fresh password and took its second factor away."""


@dataclass(frozen=True)
class SignedIn(AccountAct):
    """Somebody has shown who they are, for the first time or anew."""

    methods: tuple = ()                             # password, token; or pwd, otp, recovery, rescue, passkey
    session: str = ""                               # what was opened
    client: str = ""                                # for whom: an OpenID client
    token: str = ""                                 # by which app token


@dataclass(frozen=True)
class SessionEnded(AccountAct):
    """A session is over, because somebody ended it."""

    session: str = ""                               # "" for all of them
    client: str = ""


class SignedOut(SessionEnded):
    """Somebody ended the session that they were using."""


class PasswordChanged(AccountAct):
    """An account has another password."""


@dataclass(frozen=True)
class FactorAdded(AccountAct):
    """An account has one more second factor, or other codes instead of it."""

    kind: str = ""                                  # totp, passkey, recovery, rescue


@dataclass(frozen=True)
class FactorRemoved(AccountAct):
    """An account has one second factor less."""

    kind: str = ""                                  # "" for all of them


@dataclass(frozen=True)
class TokenMade(AccountAct):
    """There is one more app token."""

    token: str = ""                                 # its id
    label: str = ""


@dataclass(frozen=True)
class TokenRevoked(AccountAct):
    """An app token opens nothing any more."""

    token: str = ""                                 # "" for all of them


@dataclass(frozen=True)
class ConsentGiven(AccountAct):
    """Somebody let an OpenID client know who they are."""

    client: str = ""
    scope: tuple = ()


class PersonalDataExported(AccountAct):
    """All that is known of a person was written down for them."""


# Administration.

class AccountMade(AccountAct):
    """There is one more account."""


@dataclass(frozen=True)
class AccountChanged(AccountAct):
    """An account is not what it was."""

    members: tuple = ()                             # the names of what was changed


class AccountRemoved(AccountAct):
    """An account is gone."""


@dataclass(frozen=True)
class RoleAssigned(AccountAct):
    """An account has another role."""

    role: str = ""


@dataclass(frozen=True)
class GroupAct(Act):
    """It was done to a group."""

    group: str = ""
    name: str = ""


class GroupMade(GroupAct):
    """There is one more group."""


class GroupChanged(GroupAct):
    """A group has another name."""


class GroupRemoved(GroupAct):
    """A group is gone; the people in it stay."""


@dataclass(frozen=True)
class MemberAct(GroupAct):
    """It was done to a group with an account."""

    account: str = ""


class MemberAdded(MemberAct):
    """Somebody is in a group."""


class MemberRemoved(MemberAct):
    """Somebody is not in a group any more."""


@dataclass(frozen=True)
class ClientAct(Act):
    """It was done to an OpenID client."""

    client: str = ""
    name: str = ""


class ClientAdded(ClientAct):
    """One more OpenID client may ask for sign-ins."""


class ClientRemoved(ClientAct):
    """An OpenID client may ask no more."""


@dataclass(frozen=True)
class SettingChanged(Act):
    """What holds for everybody is another."""

    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class HealthChanged(Event):
    """The box is as well as it was no more, or again."""

    state: str                                      # well, warning or critical
    findings: tuple = ()                            # the ids of what is wrong now
    texts: tuple = ()                               # in English for each of them: what is wrong, and in a second line what to do


@dataclass(frozen=True)
class BackupSet(Act):
    """Backups go somewhere, or nowhere any more."""

    kind: str = ""                                  # disk, ssh, s3; "" for nowhere


class RecoverySheetShown(Act):
    """Somebody has seen the sheet that opens the backup."""


@dataclass(frozen=True)
class StorageRestored(Act):
    """Everything is as a backup had it."""

    value: str = ""                                 # when that was made, RFC 3339


# Shares.

@dataclass(frozen=True)
class ShareEvent(NodeEvent):
    """A node is shared with somebody."""

    to: str = ""                                    # u: or g: and the id of an account or group


@dataclass(frozen=True)
class ShareGiven(ShareEvent):
    """Somebody was given a node."""

    role: str = ""


@dataclass(frozen=True)
class ShareChanged(ShareEvent):
    """Somebody has it in another role, or until another time."""

    role: str = ""


class ShareTaken(ShareEvent):
    """A share has ended, because somebody ended it."""


class ShareExpired(ShareEvent):
    """A share has ended, because its time was over."""


# Links.

@dataclass(frozen=True)
class LinkEvent(NodeEvent):
    """A node can be reached by a link. What a visitor does has the link as its actor."""

    link: str = ""                                  # its id; never its token


@dataclass(frozen=True)
class LinkMade(LinkEvent):
    """There is one more link."""

    kind: str = ""                                  # view, upload, edit, createOnly, internal


@dataclass(frozen=True)
class LinkChanged(LinkEvent):
    """A link is not what it was."""

    members: tuple = ()                             # the names of what was changed


class LinkRemoved(LinkEvent):
    """A link opens nothing any more, because somebody took it away."""


class LinkExpired(LinkEvent):
    """A link opens nothing any more, because its time was over."""


class LinkOpened(LinkEvent):
    """Somebody came by a link."""


class LinkRefused(LinkEvent):
    """Somebody came by a link, without its password."""


# Spaces.

@dataclass(frozen=True)
class SpaceAct(Act):
    """It was done to a space as a whole."""

    space: str = ""                                 # its id
    name: str = ""


class SpaceMade(SpaceAct):
    """There is one more space."""


@dataclass(frozen=True)
class SpaceChanged(SpaceAct):
    """What is known of a space is another."""

    members: tuple = ()                             # the names of what was changed


@dataclass(frozen=True)
class SpaceDisabled(SpaceAct):
    """A space can be used no more, until it is enabled again."""

    whose: tuple = ()                               # its members: u: or g: and the id of an account or group


class SpaceEnabled(SpaceAct):
    """A disabled space can be used again."""


@dataclass(frozen=True)
class SpacePurged(SpaceAct):
    """A space lies in the trash of the box."""

    whose: tuple = ()                               # those who were its members, as above


@dataclass(frozen=True)
class SpaceShared(SpaceAct):
    """Somebody is a member of a space, or has another role in it."""

    to: str = ""                                    # u: or g: and the id of an account or group
    role: str = ""
    new: bool = True                                # they were none before


@dataclass(frozen=True)
class SpaceUnshared(SpaceAct):
    """Somebody is no member of a space any more."""

    to: str = ""


class MembershipExpired(SpaceUnshared):
    """Somebody is no member of a space any more, because their time was over."""


# The bus.

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

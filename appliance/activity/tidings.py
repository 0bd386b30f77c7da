"""Tidings: what the live stream tells of an event, in the words of OpenCloud's clients, and to whom.

Nobody is told of what they may not see: not of a file, nor of the folder it lies in, nor of others that it is shared with.
"""
from datetime import UTC, datetime
from typing import NamedTuple

from appliance.core import clock, events

NOBODY = frozenset()
TOLD = (events.NodeEvent, events.SpaceAct, events.SessionEnded)     # the kinds of events that may be told
_OF_NODES = {
    events.FileWritten: "postprocessing-finished", events.VersionRestored: "postprocessing-finished", events.StorageChanged: "postprocessing-finished",
    events.FolderMade: "folder-created", events.NodeTrashed: "item-trashed", events.NodeRestored: "item-restored", events.NodeLocked: "file-locked",
    events.NodeUnlocked: "file-unlocked", events.TagsChanged: "postprocessing-finished",
}
_OF_FAVORITES = {events.FavoriteAdded: "item-favorite-added", events.FavoriteRemoved: "item-favorite-removed"}    # of one person alone
_OF_SHARES = {events.ShareGiven: "share-created", events.ShareChanged: "share-updated", events.ShareTaken: "share-removed", events.ShareExpired: "share-removed"}
_OF_LINKS = {events.LinkMade: "link-created", events.LinkChanged: "link-updated", events.LinkRemoved: "link-removed", events.LinkExpired: "link-removed"}
_OF_SPACES = {events.SpaceMade: "space-created", events.SpaceDisabled: "space-disabled", events.SpaceEnabled: "space-enabled",
              events.SpacePurged: "space-deleted"}


class Tiding(NamedTuple):
    """One message of the stream; people and groups go by their names (``u:`` or ``g:`` and an id)."""

    kind: str
    body: dict
    to: frozenset                                   # who are told
    above: frozenset | None = None                  # who of them may know the folder that it lies in; None for all
    know: frozenset = NOBODY                        # who of them may know all that are affected; others learn whether they are
    spoken: dict | None = None                      # the body by language, instead

    def of(self, account, names, language):
        """The body for an account with these names; None where it is not for them."""
        if not self.to & names:
            return None
        body = self.spoken[language] if self.spoken else self.body
        if self.above is not None and not self.above & names:
            body = {**body, "parentitemid": ""}
        if body.get("affecteduserids") and not self.know & names:
            body = {**body, "affecteduserids": [each for each in body["affecteduserids"] if each == account]}
        return body


def of_event(event, files, everybody):
    """The Tidings of an event; ``files`` say who sees what, ``everybody`` who is in a group."""
    told = _Told(event, files, everybody)
    if isinstance(event, events.SessionEnded):
        return [Tiding("backchannel-logout", {"userid": event.account, "timestamp": datetime.fromtimestamp(clock.now(), UTC).isoformat(),
                                              "sessionid": event.session}, frozenset({f"u:{event.account}"}))]
    if isinstance(event, (events.SpaceShared, events.SpaceUnshared)):
        return told.of_member()
    if isinstance(event, events.SpaceAct):
        return told.of_space()
    if isinstance(event, events.ShareEvent):
        return told.of_share()
    if isinstance(event, events.NodeMoved):
        return told.of_move()
    return told.of_node()


class _Told:
    def __init__(self, event, files, everybody):
        self._event, self._files, self._everybody = event, files, everybody

    def _body(self, node=None, itself=None, affected=()):
        """A FileEvent; ``itself`` is the id of the node where that is gone."""
        event, drive = self._event, f"{self._files.storage_id}${self._event.space}"
        id = node.id if node else itself
        return {"parentitemid": f"{drive}!{node.parent or node.id}" if node else "", "itemid": f"{drive}!{id}" if id else "", "spaceid": drive,
                "initiatorid": event.origin.initiator, "etag": f'"{node.etag}"' if node else "", "affecteduserids": list(affected)}

    def _members(self):
        """The Audience of the root of a space."""
        return self._files.audiences.of(events.NodeEvent(self._event.space, self._event.space, ""))

    def _affected(self):
        kind, _, id = self._event.to.partition(":")
        if kind == "u":
            return (id,)
        return self._everybody.groups[id].members if id in self._everybody.groups else ()

    def of_node(self):
        event, kind = self._event, {**_OF_NODES, **_OF_LINKS, **_OF_FAVORITES}.get(type(self._event))
        if kind is None and not isinstance(event, events.NodeCopied):
            return []
        audience = self._files.audiences.of(event)
        node = None if isinstance(event, events.NodeTrashed) else audience.node
        if node is None and not isinstance(event, events.NodeTrashed):
            return []                               # it went away since; that is told as well
        kind = kind or ("folder-created" if node.folder else "postprocessing-finished")
        to = {f"u:{event.actor}"} if type(event) in _OF_FAVORITES else audience.know if type(event) in _OF_LINKS else audience.see
        return [Tiding(kind, self._body(node, event.node), frozenset(to), audience.above)]

    def of_move(self):
        event = self._event
        audience, before = self._files.audiences.of(event), self._files.audiences.before(event)
        left = before - audience.see
        gone = [Tiding("item-trashed", self._body(None, event.node), left)] if left else []     # for them it is
        if audience.node is None:
            return gone
        stays = event.before.rpartition("/")[0] == event.path.rpartition("/")[0]
        return [Tiding("item-renamed" if stays else "item-moved", self._body(audience.node), audience.see, audience.above), *gone]

    def of_share(self):
        event, audience = self._event, self._files.audiences.of(self._event)
        return [Tiding(_OF_SHARES[type(event)], self._body(audience.node, event.node, self._affected()), audience.know | {event.to}, audience.above, audience.know)]

    def of_space(self):
        event, kind = self._event, _OF_SPACES.get(type(self._event))
        if kind is None:
            return []
        if isinstance(event, events.SpaceMade):
            to = frozenset({f"u:{event.actor}"})
        else:
            to = frozenset(event.whose) if hasattr(event, "whose") else self._members().see
        return [Tiding(kind, self._body(), to)]

    def of_member(self):
        event, members = self._event, self._members()
        if isinstance(event, events.SpaceShared):
            kind = "space-member-added" if event.new else "space-share-updated"
        else:
            kind = "space-member-removed"
        return [Tiding(kind, self._body(members.node, affected=self._affected()), members.see | {event.to}, None, members.know)]

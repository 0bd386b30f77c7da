"""Who may learn that something has happened to a node: by which names (``u:`` or ``g:`` and an id) people may see it, as of now.

Worked out once for an event, however many people listen. It is never asked whether somebody may do something: ``access`` answers that.
"""
from typing import NamedTuple

from appliance.core import errors
from appliance.sharing import grants
from appliance.sharing.access import READ, SHARE

KNOW = frozenset((SHARE, "permissions/read"))


class Audience(NamedTuple):
    """Names of people and groups, and the node itself, None where it is gone."""

    node: object = None
    see: frozenset = frozenset()                    # that it is there
    above: frozenset = frozenset()                  # and the folder that it lies in
    know: frozenset = frozenset()                   # and with whom it is shared


class Audiences:
    """Finds the audience of events."""

    def __init__(self, storage):
        self._storage = storage

    def of(self, event):
        """The Audience of a NodeEvent. Of what is gone: those who saw it where it was, or had it by a share."""
        try:
            space = self._storage.spaces.get(event.space)
        except errors.NotFound:
            return Audience()
        node = self._node(space, event.node)
        there = node or self._nearest(space, event.path.rpartition("/")[0])
        shared = self._storage.shared.above(there) if self._storage.shared.any() else []
        itself = [kept for is_it, kept in shared if is_it and node] if node else list(self._storage.shared.among({event.node}).values())
        upper = [kept for is_it, kept in shared if not (is_it and node)]
        above, know = self._names(space, upper, {READ}), self._names(space, [*itself, *upper], KNOW)
        see = above | self._names(space, itself, {READ})
        return Audience(node, see, see if node and not node.path else above, know)

    def before(self, event):
        """The names of those who saw a node that was moved, where it was; but for those who had it itself by a share, who still do."""
        try:
            space = self._storage.spaces.get(event.space)
        except errors.NotFound:
            return frozenset()
        there = self._nearest(space, event.before.rpartition("/")[0])
        return self._names(space, [kept for _, kept in self._storage.shared.above(there)] if self._storage.shared.any() else [], {READ})

    def _node(self, space, id):
        try:
            node = self._storage.tree.by_id(id)
        except errors.NotFound:
            return None
        return node if node.space == space.id else None

    def _nearest(self, space, path):
        """The folder at a path, or the first one above it that is still there."""
        while path:
            try:
                return self._storage.tree.node(space.id, path)
            except errors.NotFound:
                path = path.rpartition("/")[0]
        return space.root

    @staticmethod
    def _names(space, shared, actions):
        """Whom any of these actions are given, by the space or by these grants."""
        if space.disabled:
            return frozenset()
        owner = {f"{grants.USER}:{space.owner}"} if space.owner else set()
        return frozenset(owner | {to for kept in (space.grants, *shared) for to, grant in grants.read(kept).items() if grant.actions & actions})

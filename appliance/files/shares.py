"""Shares: one file or folder for a person or a group, in a role, until a time or for good. Each verb asks whether the actor may, does it, and says so.

Who may: whoever holds ``permissions/create`` where it lies, which are the owner of a personal space and the managers of another. They hold every
action there, so nobody gives more than they have.
"""
import uuid
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from appliance.core import clock, errors, events
from appliance.identity import roles
from appliance.sharing import FILE, FOLDER, ROLES, Grant, access, grants, offered

MOST = 200                                          # people and groups that one thing is shared with
_KINDS = {grants.USER: 0, grants.GROUP: 1}
GIVEN = 1_000                                       # that one person gives


class Share(NamedTuple):
    """A node, its space, and the Grants on it that matter to whoever asked: ``{to: Grant}``."""

    node: object
    space: object
    grants: dict

    def is_hidden(self, actor):
        """Whether the actor, who received it, does not want to see it in lists."""
        return any(actor.id in grant.hidden for grant in self.grants.values())

    def is_declined(self, actor):
        """Whether the actor does not want it in their Shares space; each of several ways to it brings it there."""
        return all(actor.id in grant.declined for grant in self.grants.values())


class Shares:
    """What is shared, by whom and with whom. Nodes are those of the storage."""

    def __init__(self, storage, access, people, bus):
        self._storage, self._shared, self._access, self._people, self._bus = storage, storage.shared, access, people, bus

    def id(self, node, to):
        """The id that clients know a share by: always the same for a node and whom it is shared with."""
        return f"{self._storage.id}:{node.space}:{_named(node.id, to)}"

    def named(self, node, id):
        """Whom the share of that id is with; NotFound."""
        for to in grants.read(self._shared.of(node)):
            if self.id(node, to) == id:
                return to
        raise errors.NotFound("There is no such share.")

    def held(self, actor, id):
        """The node that the share of that id is on, and whom it is with, for who may share that node. NotFound."""
        for node_id, kept in self._shared.everything():
            for to in kept:
                if id.endswith(_named(node_id, to)):
                    node = self._storage.tree.by_id(node_id)
                    if self.id(node, to) == id and access.SHARE in self._access.allowed(actor, node):
                        return node, to
        raise errors.NotFound("There is no such share.")

    def of(self, actor, node):
        """The Grants on a node, for who may see them: ``{to: Grant}``; others see their own."""
        held = grants.read(self._shared.of(node))
        if {access.SHARE, "permissions/read"} & self._access.allowed(actor, node):
            return held
        self._access.require(actor, node, access.READ)
        return {to: grant for to, grant in held.items() if to in grants.names(actor)}

    def kinds(self, actor, nodes, space):
        """How these nodes are shared, by their ids: 0 with people, 1 with groups, 3 by links, as OCS counts. Visitors are not told, and who received
        something only of that."""
        if actor.kind == access.LINK:
            return {}
        wanted = {node.id for node in nodes}
        all_of_it, mine = {access.SHARE, "permissions/read"} & access.of_space(actor, space), grants.names(actor)
        found = {id: {_KINDS[to[0]] for to, grant in grants.read(kept).items() if not grant.over and (all_of_it or to in mine)}
                 for id, kept in self._shared.among(wanted).items()}
        for id in self._storage.linked.among(wanted) if all_of_it else ():
            found.setdefault(id, set()).add(3)
        return {id: sorted(kinds) for id, kinds in found.items() if kinds}

    def is_received(self, actor, node, space):
        """Whether this very node is shared, and not by the actor or by others who look after its space with them."""
        return bool(node.path and actor.kind != access.LINK and access.SHARE not in access.of_space(actor, space) and self._shared.among({node.id}))

    def with_me(self, actor):
        """Every Share that the actor received, also by a group, by name."""
        mine = grants.names(actor)
        return self._found(actor, self._shared.given(mine), lambda to, grant: to in mine and not grant.over)

    def by_me(self, actor):
        """Every Share that the actor gave, by name."""
        def mine(to, grant):
            return grant.by == actor.id
        return self._found(actor, self._shared.mentioning(lambda to, kept: self._is(mine, to, kept)), mine)

    def _found(self, actor, ids, wanted):
        """The Shares with a Grant that is ``wanted``, of these nodes. The ids are from memory; the disk has the last word."""
        found = []
        if actor.scoped:
            return found
        spaces, names = {}, grants.names(actor)
        for node, kept in self._shared.look(ids, sure=True):
            try:
                space = spaces.setdefault(node.space, None) or self._storage.spaces.get(node.space)
            except errors.NotFound:                 # it was purged in this moment
                continue
            spaces[node.space] = space
            held = grants.read(kept)
            mine = {to: grant for to, grant in held.items() if wanted(to, grant)}
            here = any(access.READ in held[to].actions for to in names if to in held) and not space.disabled
            if mine and (here or access.READ in self._access.allowed(actor, node, space)):
                found.append(Share(node, space, mine))
        return sorted(found, key=lambda share: share.node.name.casefold())

    @staticmethod
    def _is(wanted, to, kept):
        return any(wanted(to, grant) for grant in grants.read({to: kept}).values())

    def roles_for(self, node):
        """The roles in which a node can be shared, as they are offered."""
        return offered(FOLDER if node.folder else FILE)

    def give(self, actor, node, to, role, expires=None):
        """Share a node with somebody (``u:`` or ``g:`` and an id); the Grant. AlreadyExists, Invalid, Forbidden."""
        self.require(actor, node)
        role, expires = self._role(node, role), grants.future(expires)
        self._receiver(node, to)
        grant = Grant(to, role, actor.id, clock.now(), expires, declined=self._asked_first(to))
        given = self._shared.mentioning(lambda to, kept: self._is(lambda to, grant: grant.by == actor.id, to, kept))
        if len(given) >= GIVEN and len(self._shared.look(given)) >= GIVEN:  # what lies in the trash does not count
            raise errors.Invalid(f"You share {GIVEN} things already. End some of these shares first.")

        def add(kept):
            held = grants.read(kept)
            if to in held:
                raise errors.AlreadyExists("It is shared with them already.")
            if len(held) >= MOST:
                raise errors.Invalid(f"One thing is shared with {MOST} at most. Use a group.")
            return grants.write({**held, to: grant})
        self._shared.change(node, add)
        self._say(events.ShareGiven, actor, node, to, grant.role)
        return grant

    def change(self, actor, node, to, role=None, **changes):
        """Give a share another role or ``expires``; None for the latter takes the end away. The Grant."""
        self.require(actor, node)

        def put(kept):
            held = grants.read(kept)
            before = held.get(to)
            if before is None:
                raise errors.NotFound("There is no such share.")
            expires = grants.future(changes["expires"]) if "expires" in changes else before.expires
            return grants.write({**held, to: replace(before, role=self._role(node, role or before.role), expires=expires)})
        grant = grants.read(self._shared.change(node, put))[to]
        self._say(events.ShareChanged, actor, node, to, grant.role)
        return grant

    def take(self, actor, node, to):
        """End a share; whoever received it in person may do so, too."""
        if actor.scoped or to != f"{grants.USER}:{actor.id}":
            self.require(actor, node)

        def drop(kept):
            held = grants.read(kept)
            if to not in held:
                raise errors.NotFound("There is no such share.")
            return grants.write({name: grant for name, grant in held.items() if name != to})
        self._shared.change(node, drop)
        self._say(events.ShareTaken, actor, node, to)

    def put_aside(self, actor, node, **wanted):
        """Say of what was received, also by a group, for oneself alone: ``hidden``, ``declined``, each True or False. Nothing of it changes who may
        what. NotFound."""
        mine = grants.names(actor)

        def say(kept):
            held = {to: grant for to, grant in grants.read(kept).items() if to in mine and not grant.over}
            if actor.scoped or not held:
                raise errors.NotFound("There is no such share.")
            return {**kept, **grants.write({to: replace(grant, **{name: _with(getattr(grant, name), actor.id, on) for name, on in wanted.items()})
                                            for to, grant in held.items()})}
        self._shared.change(node, say)

    def end(self):
        """Take away what has expired."""
        for node, kept in self._shared.look(self._shared.mentioning(lambda to, kept: self._is(lambda to, grant: grant.over, to, kept))):
            over = [to for to, grant in grants.read(kept).items() if grant.over]
            self._shared.change(node, lambda kept: {to: each for to, each in kept.items() if to not in over or not grants.read({to: each})[to].over})
            for to in over:
                self._bus.publish(events.ShareExpired(node.space, node.id, "", path=node.path, to=to))

    def forget(self, account):
        """Take an account that is gone out of all shares: those with it, and as who gave others."""
        for id in self._shared.mentioning(lambda to, kept: grants.without({to: kept}, account) != {to: kept}):
            try:
                self._shared.change(self._storage.tree.by_id(id), lambda kept: grants.without(kept, account))
            except errors.NotFound:
                continue

    def require(self, actor, node):
        """NotFound, Forbidden or Invalid where the actor may not share this node."""
        self._access.require(actor, node, access.READ)
        if actor.scoped:
            raise errors.Forbidden("An app token for one folder shares nothing.")
        roles.require(actor, "Shares.Write")
        self._access.require(actor, node, access.SHARE)
        if not node.path:
            raise errors.Invalid("A space is shared by its members, not as a folder.")

    def _role(self, node, role):
        if role not in ROLES or (FOLDER if node.folder else FILE) not in ROLES[role].on:
            raise errors.Invalid("There is no such role for this.")
        return role

    def _receiver(self, node, to):
        if to == f"{grants.USER}:{self._storage.spaces.get(node.space).owner}":
            raise errors.Invalid("It is theirs already.")
        if not grants.known(self._people.everybody(), to):
            raise errors.Invalid("There is no such person or group.")

    def _asked_first(self, to):
        """The accounts that this gives something to and that do not accept it unasked."""
        kind, _, id = to.partition(":")
        accounts = self._people.everybody().groups[id].members if kind == grants.GROUP else (id,)
        return tuple(account for account in accounts if not self._people.settings.accepts(account))

    def _say(self, event, actor, node, *details):
        self._bus.publish(event(node.space, node.id, actor.id, actor.origin, node.path, *details))


@lru_cache(4_096)                                   # lists ask for the same ones again
def _named(node_id, to):
    return str(uuid.uuid5(uuid.UUID(node_id), to))


def _with(accounts, account, on):
    """These accounts, with that one or without it."""
    return tuple(each for each in accounts if each != account) + (account,) * on

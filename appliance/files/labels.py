"""Tags and favourites: words that everybody sees who sees a file or folder, and marks that only who made them sees. Both lie on the node.

Tags are changed by who may change the node. Anybody may have what they see among their favourites.
"""
from appliance.core import clock, errors, events, ids
from appliance.sharing import access as may

TAGS, FAVORITES = "tags", "favorites"               # members of the group on the node
MOST, LONGEST = 100, 100                            # tags on one node, as OpenCloud; characters of one
FAVORITES_EACH = 10_000                             # of one account
_PEOPLE = 1_000                                     # accounts that have one node among their favourites


class Labels:
    """The tags of nodes and the favourites of people."""

    def __init__(self, storage, access, locking, bus):
        self._tagged, self._storage, self._access, self._locking, self._bus = storage.tagged, storage, access, locking, bus

    def tags(self, nodes):
        """``{id: [tag]}`` of those of some nodes, which the actor has seen, that have any."""
        return {id: found for id, kept in self._tagged.among({node.id for node in nodes}).items() if (found := tags_in(kept))}

    def every_tag(self):
        """``{id: [tag]}`` of all nodes with tags, whoever sees them."""
        return {id: found for id, kept in self._tagged.everything() if (found := tags_in(kept))}

    def favorites(self, actor, nodes=None):
        """The ids of what an actor has among their favourites, perhaps out of some nodes; also of what they do not see just now."""
        if actor.kind == may.LINK:
            return set()
        kept = self._tagged.everything() if nodes is None else self._tagged.among({node.id for node in nodes}).items()
        return {id for id, each in kept if actor.id in favorites_in(each)}

    def add_tags(self, actor, node, tags, tokens=()):
        """Give a node more tags. Invalid where none of them is new to it, or one cannot be a tag."""
        wanted = [_tag(tag) for tag in tags]

        def add(before):
            new = {tag.casefold(): tag for tag in wanted if tag.casefold() not in {each.casefold() for each in before}}
            if not new:
                raise errors.Invalid("It has these tags already.")
            if len(before) + len(new) > MOST:
                raise errors.Invalid(f"A file or folder has at most {MOST} tags.")
            return [*before, *new.values()]
        self._change_tags(actor, node, add, tokens)

    def remove_tags(self, actor, node, tags, tokens=()):
        """Take tags off a node. Invalid where it has none of them."""
        unwanted = {str(tag).strip().casefold() for tag in tags}

        def remove(before):
            left = [tag for tag in before if tag.casefold() not in unwanted]
            if left == before:
                raise errors.Invalid("It has none of these tags.")
            return left
        self._change_tags(actor, node, remove, tokens)

    def _change_tags(self, actor, node, change, tokens):
        self._access.require(actor, node, may.READ)
        if not {may.UPLOAD, may.CREATE} & self._access.allowed(actor, node):
            raise errors.Forbidden()
        self._locking.change(actor, node, tokens)
        self._tagged.change(node, lambda kept: _with(kept, TAGS, change(tags_in(kept))))
        self._bus.publish(events.TagsChanged(node.space, node.id, actor.id, actor.origin, node.path))

    def favor(self, actor, node, on):
        """Put a node among the actor's favourites, or take it away; no complaint where that is so already."""
        if actor.scoped:
            raise errors.Forbidden("Sign in yourself for this; this app token may not.")
        self._access.require(actor, node, may.READ)
        if (node.id in self.favorites(actor, [node])) == on:
            return
        if on and len(self.favorites(actor)) >= FAVORITES_EACH:
            raise errors.Invalid(f"You have {FAVORITES_EACH} favourites. Take some away first.")

        def change(kept):
            left = {account: since for account, since in favorites_in(kept).items() if account != actor.id}
            if on and len(left) >= _PEOPLE:
                raise errors.Invalid("Too many people have this among their favourites.")
            return _with(kept, FAVORITES, {**left, actor.id: int(clock.now())} if on else left)
        self._tagged.change(node, change)
        kind = events.FavoriteAdded if on else events.FavoriteRemoved
        self._bus.publish(kind(node.space, node.id, actor.id, actor.origin, node.path))

    def unfavor(self, actor, node_id):
        """Take something away from the actor's favourites by its resource id, also what they do not see any more. NotFound."""
        if actor.scoped:
            raise errors.Forbidden("Sign in yourself for this; this app token may not.")
        node_id = ids.ResourceId.parse(node_id).node
        if actor.id not in favorites_in(self._tagged.among({node_id}).get(node_id, {})):
            raise errors.NotFound("It is not among your favourites.")
        node = self._storage.tree.by_id(node_id)
        self._take(node_id, actor.id)
        self._bus.publish(events.FavoriteRemoved(node.space, node.id, actor.id, actor.origin, node.path))

    def marked(self, actor):
        """What an actor has among their favourites and sees now, with the seconds since when: ``[(node, since)]``."""
        found = []
        for node, kept in self._tagged.look(self.favorites(actor)):
            if may.READ in self._access.allowed(actor, node) and actor.id in favorites_in(kept):
                found.append((node, favorites_in(kept)[actor.id]))
        return found

    def forget(self, account):
        """Take an account that is gone out of all favourites."""
        for id, kept in self._tagged.everything():
            if account in favorites_in(kept):
                try:
                    self._take(id, account)
                except errors.NotFound:
                    continue

    def _take(self, node_id, account):
        def take(kept):
            return _with(kept, FAVORITES, {each: since for each, since in favorites_in(kept).items() if each != account})
        self._tagged.change(self._storage.tree.by_id(node_id), take)


def tags_in(kept):
    """The tags among what lies on a node, whatever others left there."""
    tags = kept.get(TAGS)
    return [tag for tag in tags if isinstance(tag, str) and tag] if isinstance(tags, list) else []


def favorites_in(kept):
    """``{account id: seconds since when}``, likewise."""
    favorites = kept.get(FAVORITES)
    return favorites if isinstance(favorites, dict) else {}


def _with(kept, member, value):
    """What lies on a node with another value of a member; none of it where that is empty."""
    left = {name: each for name, each in kept.items() if name != member}
    return {**left, member: value} if value else left


def _tag(text):
    tag = text.strip() if isinstance(text, str) else ""
    if not tag or "," in tag or len(tag) > LONGEST or not tag.isprintable():
        raise errors.Invalid(f"A tag has 1 to {LONGEST} characters and no comma.")
    return tag

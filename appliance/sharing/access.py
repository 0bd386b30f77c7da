"""May this actor do this to this node? The only place that answers.

What may be done is named as OpenCloud names its actions. An owner may do everything in a space of their own, members of a space what
their roles let them do, and nobody else anything, or even learn that it exists: what one may not see looks as if it were not there. A visitor with
a link may do what the link says, as far as who made it still may.
"""
from appliance.core import errors
from appliance.sharing import grants, links

READ = "basic/read"                     # that it is there, and its properties
LIST = "children/read"
DOWNLOAD = "content/read"
UPLOAD = "upload/create"                # new content for a file
CREATE = "children/create"
DELETE = "standard/delete"
MOVE = "path/update"
VERSIONS = "versions/read"
RESTORE_VERSION = "versions/update"
TRASH = "deleted/read"
RESTORE = "deleted/update"
PURGE = "deleted/delete"
QUOTA = "quota/read"
SHARE = "permissions/create"
DENY = "permissions/deny"

EVERYTHING = frozenset((READ, LIST, DOWNLOAD, UPLOAD, CREATE, DELETE, MOVE, VERSIONS, RESTORE_VERSION, TRASH, RESTORE, PURGE,
                        QUOTA, SHARE, DENY))
LOOKING = frozenset((READ, LIST, DOWNLOAD, VERSIONS, TRASH, QUOTA))
NOTHING = frozenset()
LINK = "link"                           # the kind of an actor who came by one

# What an app token for one folder leaves: of its space, of that folder, and of what lies in it.
OF_SPACE = frozenset((READ, QUOTA))
BENEATH = EVERYTHING - {TRASH, PURGE, SHARE, DENY}  # RESTORE is asked of spaces, and of nodes by their letters
ITSELF = BENEATH - {DELETE, MOVE}


class Access:
    """Answers for every door of the house."""

    def __init__(self, storage):
        self._storage = storage

    def allowed(self, actor, thing, space=None):
        """The set of actions that the actor has on a node or a space; ``space`` is that of a node, where it has just been looked at."""
        space = thing if hasattr(thing, "owner") else space or self._storage.spaces.get(thing.space)
        held = self._held(actor, thing, space)
        return held & self._reached(actor, thing) if actor.folder else held

    def beneath(self, actor, folder, space):
        """The set of actions that the actor has on what lies in a folder, unless some of it is shared again."""
        held = self._held(actor, folder, space, inside=True)
        return held & BENEATH if actor.folder else held

    def require(self, actor, thing, action, space=None):
        """Raise NotFound where the actor may not see the node or space, Forbidden where they may not do this to it."""
        allowed = self.allowed(actor, thing, space)
        if READ not in allowed:
            raise errors.NotFound()
        if action not in allowed:
            raise errors.Forbidden()

    @staticmethod
    def letters(allowed, folder):
        """What may be done to a node, in the letters of ``oc:permissions``, in OpenCloud's order."""
        write = UPLOAD in allowed and RESTORE in allowed
        create = folder and CREATE in allowed
        return "".join(letter for letter, wanted in (
            ("R", SHARE in allowed), ("D", DELETE in allowed), ("NV", write and MOVE in allowed), ("W", write and not folder), ("CK", create),
            ("Z", DENY in allowed), ("P", PURGE in allowed)) if wanted)

    def _held(self, actor, thing, space, inside=False):
        """What the person may do, by the space and by shares, less what an app token that only reads leaves out."""
        if actor.kind == LINK:
            return self._of_link(actor, thing, space)
        held = of_space(actor, space)
        if thing is not space:
            held |= self._shared(actor, thing, space, held, inside)
        return held & LOOKING if actor.read_only else held

    def _shared(self, actor, node, space, held, inside):
        """What shares of a node, and of folders it lies in, add to what is held in its space.

        What was shared lies where its owner put it: whoever received it does not take that very thing away.
        """
        if held >= EVERYTHING or space.disabled or not self._storage.shared.any():
            return NOTHING
        found = set()
        for itself, kept in self._storage.shared.above(node):
            actions = actions_of(actor, kept)
            found |= actions - {DELETE, MOVE} if itself and not inside else actions
        return frozenset(found)

    def _of_link(self, actor, thing, space):
        """What a link still lets do: as it is now, and no more than who made it may do there now. What was dropped is not for the visitors."""
        try:
            root = self._storage.tree.by_id(actor.folder)
            link = links.read(self._storage.linked.of(root)).get(actor.id)
        except errors.NotFound:
            return NOTHING
        if link is None or root.space != space.id or space.disabled or link.kind == links.DROP and thing is not space and not thing.folder:
            return NOTHING
        return link.actions(root.folder) & self.allowed(actor.giver, root, space)

    def _reached(self, actor, thing):
        """What a token for one folder, or a link, leaves of this."""
        try:
            folder = self._storage.tree.by_id(actor.folder)
        except errors.NotFound:                     # the folder is gone, and with it all that the token was good for
            return NOTHING
        if hasattr(thing, "owner"):
            return OF_SPACE if thing.id == folder.space else NOTHING
        if thing.space != folder.space:
            return NOTHING
        if thing.path == folder.path:
            return ITSELF
        return BENEATH if not folder.path or thing.path.startswith(folder.path + "/") else NOTHING


def granted(actor, space, disabled=False):
    """What the actor's memberships let them do in a space; nothing in a disabled one, unless that is asked for."""
    if not space.grants or space.disabled and not disabled:
        return NOTHING
    return actions_of(actor, space.grants)


def of_space(actor, space):
    """What the person may do everywhere in a space."""
    return EVERYTHING if space.owner and space.owner == actor.id else granted(actor, space)


def actions_of(actor, kept):
    """What of these grants, as they are kept, are for the actor or a group of theirs lets them do."""
    return frozenset().union(*(grant.actions for grant in grants.read({to: kept[to] for to in grants.names(actor) if to in kept}).values()))

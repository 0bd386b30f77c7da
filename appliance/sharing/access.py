"""May this actor do this to this node? The only place that answers.

What may be done is named as OpenCloud names its actions. In this house an owner may do everything in a space of their own
and nobody else may do anything, or even learn that it exists: what one may not see looks as if it were not there.
"""
from appliance.core import errors

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
NOTHING = frozenset()


class Access:
    """Answers for every door of the house."""

    def __init__(self, storage):
        self._storage = storage

    def allowed(self, actor, space):
        """The set of actions that the actor has in a space."""
        return EVERYTHING if space.owner and space.owner == actor.id else NOTHING

    def require(self, actor, thing, action):
        """Raise NotFound where the actor may not see the node or space, Forbidden where they may not do this to it."""
        space = thing if hasattr(thing, "owner") else self._storage.spaces.get(thing.space)
        allowed = self.allowed(actor, space)
        if READ not in allowed:
            raise errors.NotFound()
        if action not in allowed:
            raise errors.Forbidden()

    def letters(self, actor, space, folder):
        """What the actor may do to nodes of a space, in the letters of ``oc:permissions``, in OpenCloud's order."""
        allowed = self.allowed(actor, space)
        write = UPLOAD in allowed and RESTORE in allowed
        create = folder and CREATE in allowed and UPLOAD in allowed
        return "".join(letter for letter, wanted in (
            ("R", SHARE in allowed), ("D", DELETE in allowed), ("NV", write), ("W", write and not folder), ("CK", create),
            ("Z", DENY in allowed), ("P", PURGE in allowed)) if wanted)

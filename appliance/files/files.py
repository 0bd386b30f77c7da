"""Files: every verb that an actor has. Each asks whether they may, then for locks, then does it, then says so.

Nodes and spaces are those of the storage. ``tokens`` are the lock tokens that the caller has shown. Whatever an actor may
not see is NotFound.
"""
from appliance.core import Origin, clock, errors, events, ids
from appliance.files.archive import archive
from appliance.files.inspection import Inspection
from appliance.files.labels import Labels
from appliance.files.links import Links
from appliance.files.locking import Locking
from appliance.files.mounts import Mounts
from appliance.files.names import join, numbered
from appliance.files.projects import Projects
from appliance.files.shares import Shares
from appliance.files.survey import Survey
from appliance.identity import roles
from appliance.sharing import Audiences, grants
from appliance.sharing import access as may
from appliance.storage import Lock

PROPERTIES = 1 << 20                                # characters on one node: all are read to tell one, and count in no quota
ATTEMPTS = 20                                       # to find a name that nobody else takes in the same moment
RECONSIDERED = 10                                   # seconds between two looks whether somebody may still read what they are being sent
LOCKS = 64                                          # that cover one node: a listing tells all of them for each
LENT = 3600                                         # seconds that a lock lives, unless refreshed, on what one only received or edits


class Files:
    """The one door to files."""

    def __init__(self, storage, access, people, bus):
        self._storage, self._access, self._people, self._bus = storage, access, people, bus
        self._tree, self._locking = storage.tree, Locking(storage.locks)
        self.projects = Projects(storage, people, bus, self._in_space)
        self.shares = Shares(storage, access, people, bus)
        self.mounts = Mounts(self.shares)
        self.links = Links(storage, access, people, bus)
        self.audiences = Audiences(storage)
        self.labels = Labels(storage, access, self._locking, bus)
        self.survey = Survey(storage, access, self)
        self.inspection = Inspection(storage, bus, self._admit)
        self._rights = 0                            # another number whenever somebody may do something else
        bus.follow(events.ShareEvent, events.LinkEvent, events.SpaceAct, events.PeopleChanged, events.GroupAct, events.NodeMoved, backlog=1)(self._regard)

    # Where things are.

    @property
    def storage_id(self):
        """The first part of every resource id."""
        return self._storage.id

    @property
    def fingerprint(self):
        """Changes when a backup was restored, so that sync clients keep what is newer on their side."""
        return self._storage.fingerprint

    def resource_id(self, node):
        """The id of a node as clients see it."""
        return f"{self._storage.id}${node.space}!{node.id}"

    def home(self, actor):
        """The actor's own space, made at first use; guests have none."""
        if actor.role == "guest":
            raise errors.NotFound()
        return self._limited(self._storage.spaces.personal(actor.id, actor.name, actor.display_name), actor.quota)

    def _limited(self, space, quota):
        """A space with the quota that its owner has by now."""
        if quota is not None and quota != space.quota:
            self._storage.spaces.set_quota(space.id, quota)
            space = self._storage.spaces.get(space.id)
        return space

    def drive(self, actor, space_id):
        """A space for what is known of it: one the actor sees, or anybody's own to whom sets their quotas. NotFound."""
        space = self._storage.spaces.get(self._resource(space_id).space)
        if not self._oversees(actor, space):
            self._access.require(actor, space, may.READ)
        owner = self.owner(space)
        return self._limited(space, owner.quota) if owner and space.kind == "personal" else space

    def drive_of(self, actor, account_id):
        """The same by its owner; None where there is none yet."""
        space = self._storage.spaces.of_owner(account_id)
        return space and self.drive(actor, space.id)

    @staticmethod
    def _oversees(actor, space):
        return space.kind == "personal" and roles.allowed(actor, "Drives.ReadWritePersonalQuota")

    def tidy(self):
        """End what has expired: shares, memberships, links."""
        self.shares.end()
        self.projects.end()
        self.links.end()

    def clear_up(self):
        """Put the spaces of people who were removed into the trash of the box, or to their heirs. Their names are free then."""
        for account in self._people.departed():
            space = self._storage.spaces.of_owner(account.id)
            heir = self._home_of(account.heir) if space and account.heir else None
            if heir is not None:
                node = self._storage.spaces.hand_over(space.id, heir.id, f"Files of {account.name}")
                self._bus.publish(events.NodeMoved(node.space, node.id, ""))
            elif space is not None:
                self._storage.spaces.remove(space.id)
            self._leave(account.id)
            self._people.forget(account.id)

    def _leave(self, account_id):
        """Take somebody who is gone out of what others keep: memberships, favourites, locks, unfinished uploads."""
        for space in self._storage.spaces.all():
            if grants.without(space.grants, account_id) != space.grants:
                self._storage.spaces.grant(space.id, lambda kept: grants.without(kept, account_id))
        self.shares.forget(account_id)
        self.links.forget(account_id)
        self.labels.forget(account_id)
        self.inspection.forget(account_id)
        self._storage.locks.forget_of(account_id)
        for upload in self._storage.uploads.of(account_id):
            upload.remove()

    def _home_of(self, account_id):
        """The space of somebody else, made if need be; None where they are gone or may have none."""
        try:
            account = self._people.find(account_id)
        except errors.NotFound:
            return None
        return self._storage.spaces.personal(account.id, account.name, account.display_name) if account.role != "guest" else None

    def spaces(self, actor):
        """Every space that the actor may see, their own first."""
        seen = [space for space in self._storage.spaces.all() if may.READ in self._access.allowed(actor, space)]
        return sorted(seen, key=lambda space: (space.owner != actor.id, space.kind != "personal", space.name))

    def space(self, actor, space_id):
        """A space by its id (either form) or by that of any node in it."""
        space = self._storage.spaces.get(self._resource(space_id).space)
        self._access.require(actor, space, may.READ)
        return space

    def find(self, actor, resource_id, path=""):
        """The node at ``path`` beneath a space or a node."""
        return self.place(actor, resource_id, path)[1]

    def place(self, actor, resource_id, path=""):
        """The same with its space, which the actor need not see: the node may be shared with them alone."""
        wanted = self._resource(resource_id)
        space = self._storage.spaces.get(wanted.space)
        if wanted.node == wanted.space:
            self._access.require(actor, space, may.READ)
            return space, self._seen(actor, self._tree.node(space.id, path), space)
        node = self._tree.by_id(wanted.node)
        if node.space != space.id:
            raise errors.NotFound()
        return space, self._seen(actor, self._tree.node(space.id, f"{node.path}/{path}") if path else node, space)

    def node(self, actor, space, path=""):
        """The node at a path of a space, given as a Space or by its bare id."""
        space = space if hasattr(space, "owner") else self._storage.spaces.get(space)
        return self._seen(actor, self._tree.node(space.id, path), space)

    def known(self, actor, resource_id):
        """A node for whoever may know what others did to it: those who may see with whom it is shared; and whether they see its whole space. NotFound, Forbidden."""
        space, node = self.place(actor, resource_id)
        if actor.scoped or not {may.SHARE, "permissions/read"} & self._access.allowed(actor, node, space):
            raise errors.Forbidden()
        return node, may.READ in self._access.allowed(actor, space)

    def folder_of(self, actor, space, path):
        """The folder in which the node at a path lies, or would; also of a single file that is shared, where that can be written."""
        above, _, name = path.rpartition("/")
        parent = self._tree.node(space.id, above)
        if may.READ not in self._access.allowed(actor, parent, space):
            there = self._tree.there(parent, name)
            if there is None or there.folder or may.READ not in self._access.allowed(actor, there, space):
                raise errors.NotFound()
        return parent

    def _seen(self, actor, node, space):
        """The node, where the actor may see it: known only now that the path is resolved."""
        self._access.require(actor, node, may.READ, space)
        return node

    def _in_space(self, space, resource_id):
        """A node of this very space, by its id. NotFound."""
        node = self._tree.by_id(self._resource(resource_id).node)
        if node.space != space.id:
            raise errors.NotFound()
        return node

    def _resource(self, resource_id):
        wanted = resource_id if isinstance(resource_id, ids.ResourceId) else ids.ResourceId.parse(resource_id)
        if wanted.storage and wanted.storage != self._storage.id:
            raise errors.NotFound()
        return wanted

    # Looking.

    def children(self, actor, node, space=None, by_name=False):
        """The members of a folder, in lists of about 400, ``by_name`` if that is wanted. Here and below ``space`` is that of the node, where the caller has just got it."""
        self._access.require(actor, node, may.LIST, space)
        return self._tree.children(node, by_name)

    def may_list(self, actor, node, space=None):
        """Whether the actor may see what is in a folder that they see: visitors may be there to put something in."""
        return may.LIST in self._access.allowed(actor, node, space)

    def letters(self, actor, node):
        """The letters of ``oc:permissions`` for a node that the actor has just made; none where they may not see it."""
        space = self._storage.spaces.get(node.space)
        return _received(actor, space) + self._access.letters(self._access.allowed(actor, node, space), node.folder)

    def open(self, actor, node, space=None):
        """A file to be read: ``.fd`` and the ``.node`` it belongs to. The caller closes the fd."""
        self._access.require(actor, node, may.DOWNLOAD, space)
        opened = self._tree.open(node)
        self._say(events.FileRead, node, actor)
        return opened

    def look_into(self, node_id):
        """A file to be read by the house itself, which shows it to nobody who may not download it: ``.fd`` and ``.node``. The caller closes the fd."""
        return self._tree.open(self._tree.by_id(node_id))

    def still(self, actor, node):
        """A function that says whether the actor may still read a node that was opened: asked again and again while it is sent."""
        asked = [self._rights, clock.now()]

        def may_read():
            if asked[0] != self._rights or not 0 <= clock.now() - asked[1] < RECONSIDERED:
                asked[:] = self._rights, clock.now()
                try:
                    self._access.require(self._now(actor), self._tree.by_id(node.id), may.DOWNLOAD)
                except errors.HouseError:
                    return False
            return True
        return may_read

    def _now(self, actor):
        """The actor as they are by now. Unauthenticated."""
        if actor.kind == may.LINK:
            return self.links.again(actor.id, actor.token, actor.origin)
        return self._people.actor(actor.id, actor.method, actor.token)

    def _regard(self, event):
        self._rights += 1

    def archive(self, actor, nodes, kind, max_entries, max_bytes):
        """Many nodes as one stream of bytes; ``kind`` is zip or tar. TooLarge beyond the limits, before anything is read."""
        for node in nodes:
            self._access.require(actor, node, may.DOWNLOAD)
        return archive(self, actor, nodes, kind, max_entries, max_bytes)

    def permissions(self, actor, node, space):
        """The letters of ``oc:permissions``: for a node itself, and for folders and files in it."""
        beneath = self._access.beneath(actor, node, space)
        itself = self._access.letters(self._access.allowed(actor, node, space) if node.path else beneath, node.folder)
        received = "S" if self.shares.is_received(actor, node, space) else ""
        return received + itself, self._access.letters(beneath, True), self._access.letters(beneath, False)

    def nested(self, actor, nodes, space):
        """The letters of those among the members of a folder that are shared with the actor once more: ``{id: letters}``."""
        if space.owner == actor.id or actor.kind == may.LINK:
            return {}
        kept = self._storage.shared.among([node.id for node in nodes])
        return {node.id: "S" + self._access.letters(self._access.allowed(actor, node, space), node.folder)
                for node in nodes if node.id in kept and may.actions_of(actor, kept[node.id])}

    def space_of(self, actor, node):
        """The space of a node that the actor may see, which need not be one that they see."""
        space = self._storage.spaces.get(node.space)
        self._access.require(actor, node, may.READ, space)
        return space

    def path_of(self, actor, node):
        """Where a node lies, as far as the actor may know: in its space, or beneath what was shared with them."""
        space = self._storage.spaces.get(node.space)
        if may.READ in self._access.allowed(actor, space):
            return node.path
        parts, seen = node.path.split("/"), node.name
        for length in range(len(parts) - 1, 0, -1):
            above = self._tree.node(node.space, "/".join(parts[:length]))
            if may.READ not in self._access.allowed(actor, above, space):
                break
            seen = f"{above.name}/{seen}"
        return seen

    def quota(self, actor, space):
        """Bytes used and bytes left in a space; None for the latter where there is no limit but the disk."""
        if not self._oversees(actor, space):
            self._access.require(actor, space, may.QUOTA)
        used = space.root.size
        return used, max(0, space.quota - used) if space.quota else None

    def room(self, actor, space):
        """Bytes that still fit into a space: what its quota and the disk leave; None where the actor may not know."""
        if not self._oversees(actor, space) and may.QUOTA not in self._access.allowed(actor, space):
            return None
        left, free = self.quota(actor, space)[1], self._storage.free()
        return free if left is None else min(left, free)

    def owner(self, space):
        """The account that owns a space, or None."""
        try:
            return self._people.find(space.owner) if space.owner else None
        except errors.NotFound:
            return None

    def properties(self, actor, node):
        """The dead properties of a node: ``{"{namespace}name": inner XML}``."""
        self._access.require(actor, node, may.READ)
        return self._tree.properties(node)

    # Changing.

    def make_folder(self, actor, parent, name, tokens=()):
        """Make a folder."""
        self._access.require(actor, parent, may.CREATE)
        self._locking.membership(actor, parent, tokens)
        node = self._tree.make_folder(parent, name)
        self._say(events.FolderMade, node, actor)
        return node

    def write(self, actor, parent, name, size=None, tokens=(), space=None):
        """Begin to write a file; nothing changes until the draft is committed. ``size`` is what is expected, or None."""
        self._receives(actor, parent, name, space)
        self._may_write(actor, parent, name, tokens)
        self.inspection.begins(actor, parent, name, size)
        room = self.links.room(actor, size or 0)
        return Writing(self, actor, parent, name, tokens, self._tree.draft(parent, name, size, room), space)

    def _receives(self, actor, parent, name, space=None):
        """Ask whether a file of that name may be written: into a folder, or into that very file, which alone may be shared.

        Answers False where it may only be a new one, and the id where it may only be that file, which may be gone, or be another one, when the
        writing ends. What the actor may not see is no obstacle to that: it gets another name.
        """
        if may.UPLOAD in self._access.allowed(actor, parent, space):
            return True
        there = self._tree.there(parent, name)
        if there is None or actor.kind == may.LINK and may.READ not in self._access.allowed(actor, there, space):
            self._access.require(actor, parent, may.CREATE, space)
            return False
        self._access.require(actor, there, may.UPLOAD, space)
        return there.id

    def _admit(self, actor_id, parent, name):
        """Ask as ``_receives`` does for what somebody sent some time ago. Unauthenticated, Forbidden, NotFound."""
        try:
            actor = self._people.actor(actor_id, "upload")
        except errors.Unauthenticated:
            actor = self.links.again(actor_id, "", Origin())
        return self._receives(actor, parent, name)

    def _anew(self, actor, parent, name, commit):
        """Commit a new file as ``commit(name)`` does. Where there is one that the actor may not see, it is called "name (2)" and so on."""
        blind = may.LIST not in self._access.allowed(actor, parent)
        for _ in range(ATTEMPTS):
            try:
                return commit(self._free_name(parent, name) if blind else name)
            except errors.PreconditionFailed:
                if not blind:
                    raise errors.Forbidden("There is a file of that name already, and you may not replace it. Choose another name.") from None
        raise errors.Conflict("Others keep adding files of that name. Choose another one.")

    def _free_name(self, parent, name):
        free, number = name, 1
        while self._tree.there(parent, free) is not None:
            number += 1
            free = numbered(name, number)
        return free

    def _may_write(self, actor, parent, name, tokens):
        if not self._storage.locks.any(parent.space):
            return
        try:
            there = self._tree.node(parent.space, join(parent.path, name))
            seen = actor.kind != may.LINK or may.READ in self._access.allowed(actor, there)
        except errors.NotFound:
            seen = False
        if seen:
            self._locking.change(actor, there, tokens)
        else:                                       # what a visitor may not see is not written to, and its lock tells them nothing
            self._locking.membership(actor, parent, tokens)

    def move(self, actor, node, parent, name, overwrite=False, tokens=()):
        """Give a node another place in its space; returns it and whether something was replaced."""
        self._access.require(actor, node, may.MOVE)
        if parent.id != node.parent:                # it is gone from where it was, where others may have it by a share
            self._access.require(actor, node, may.DELETE)
        self._access.require(actor, parent, may.CREATE)
        self._locking.removal(actor, node, tokens)
        self._arrival(actor, parent, name, tokens, overwrite, leaves=True)
        self.inspection.moves(actor, node, parent, name)
        moved, replaced = self._tree.move(node, parent, name, overwrite)
        self._storage.locks.forget(node.space, node.path)
        self._say(events.NodeMoved, moved, actor, before=node.path)
        return moved, replaced

    def copy(self, actor, node, parent, name, overwrite=False, deep=True, tokens=()):
        """Make a copy, in any space; returns it and whether something was replaced."""
        self._access.require(actor, node, may.DOWNLOAD)
        self._access.require(actor, parent, may.CREATE)
        self._arrival(actor, parent, name, tokens, overwrite, leaves=node.folder)
        size = node.size if deep or not node.folder else 0
        self.links.room(actor, size)
        with self.inspection.copies(actor, node, parent, name, deep) as made, self.links.adding(actor, size):
            copied, replaced = self._tree.copy(node, parent, name, overwrite, deep)
            made(copied)
        self._say(events.NodeCopied, copied, actor)
        return copied, replaced

    def _arrival(self, actor, parent, name, tokens, overwrite, leaves):
        """Ask for the locks at a destination; what stands there is removed by it, or else written into."""
        try:
            there = self._tree.node(parent.space, join(parent.path, name))
        except errors.NotFound:
            self._locking.membership(actor, parent, tokens)
            return
        if overwrite:
            self._access.require(actor, there, may.DELETE)
            (self._locking.removal if leaves or there.folder else self._locking.change)(actor, there, tokens)

    def remove(self, actor, node, tokens=()):
        """Put a node into the trash; returns its key there."""
        self._access.require(actor, node, may.DELETE)
        self._locking.removal(actor, node, tokens)
        key = self._tree.remove(node, by=actor.id)
        self._storage.locks.forget(node.space, node.path)
        self._say(events.NodeTrashed, node, actor)
        return key

    def set_properties(self, actor, node, changes, tokens=()):
        """Change dead properties, all or none; None takes one away."""
        self._access.require(actor, node, may.UPLOAD)
        self._locking.change(actor, node, tokens)
        held = {**self._tree.properties(node), **changes}
        if any(text is not None for text in changes.values()) and sum(
                len(name) + len(text) for name, text in held.items() if text is not None) > PROPERTIES:
            raise errors.TooLarge("The properties of one file or folder may hold a million characters. Remove some.")
        node = self._tree.set_properties(node, changes)
        self._say(events.PropertiesChanged, node, actor)
        return node

    # Locks (RFC 4918 §6).

    def locks_on(self, actor, node):
        """Every lock that covers a node."""
        self._access.require(actor, node, may.READ)
        return self._storage.locks.covering(node.space, node.path)

    def locks_beneath(self, actor, node):
        """Every lock inside a folder."""
        self._access.require(actor, node, may.READ)
        return self._storage.locks.beneath(node.space, node.path)

    def lock(self, actor, node, token, scope, depth, owner="", seconds=None):
        """Lock a node for so many seconds, None for ever; Locked where another lock stands against it.

        ``scope`` is exclusive or shared, ``depth`` 0 or infinity, ``owner`` XML in which a client tells about itself.
        """
        self._access.require(actor, node, may.UPLOAD)
        if len(self._storage.locks.covering(node.space, node.path)) >= LOCKS:
            raise errors.Conflict("There are too many locks here already. Let go of some, or wait until they expire.")
        now, seconds = clock.now(), self._lent(actor, node, seconds)
        lock = Lock(token=token, space=node.space, path=node.path, depth=depth, owner=owner, by=actor.id,
                    by_name=actor.display_name or actor.name, scope=scope, created=now,
                    expires=None if seconds is None else now + seconds)
        self._storage.locks.create(lock)
        self._say(events.NodeLocked, node, actor)
        return lock

    def require_lockable(self, actor, parent):
        """Ask whether what is to be made in a folder may be locked there: who may only add things locks none."""
        self._access.require(actor, parent, may.UPLOAD)

    def refresh(self, actor, node, token, seconds):
        """Let a lock live ``seconds`` longer from now, None for ever; PreconditionFailed where it does not cover the node."""
        self._access.require(actor, node, may.UPLOAD)
        self._held(actor, node, token, errors.PreconditionFailed)
        return self._storage.locks.refresh(token, self._lent(actor, node, seconds))

    def unlock(self, actor, node, token):
        """Take a lock away; Conflict where it does not cover the node (RFC 4918 §9.11.1).

        Who decides with whom a thing is shared may take away the locks of others: they must not keep it for ever.
        """
        self._access.require(actor, node, may.UPLOAD)
        self._held(actor, node, token, errors.Conflict, others=may.SHARE in self._access.allowed(actor, node))
        self._storage.locks.remove(token)
        self._say(events.NodeUnlocked, node, actor)

    def _lent(self, actor, node, seconds):
        """How long a lock may live: for ever only where the actor decides with whom the node is shared."""
        if may.SHARE in self._access.allowed(actor, node):
            return seconds
        return LENT if seconds is None else min(seconds, LENT)

    def _held(self, actor, node, token, complaint, others=False):
        for lock in self._storage.locks.covering(node.space, node.path):
            if lock.token == token:
                if lock.by != actor.id and not others:
                    raise errors.Forbidden("The lock belongs to somebody else.")
                return
        raise complaint("There is no such lock here.")

    # Uploads: drafts that outlive a request.

    def begin_upload(self, actor, parent, name, size, mtime_ns=None, metadata=None, checksum=None, expect=None, lifetime=86400,
                     tokens=()):
        """Begin an upload that may be taken up again; see ``storage.uploads`` for the arguments."""
        self._receives(actor, parent, name)
        self._may_write(actor, parent, name, tokens)
        self.inspection.begins(actor, parent, name, size)
        self.links.room(actor, size)
        return self._storage.uploads.create(actor.id, parent, name, size, mtime_ns, metadata or {}, checksum, expect, lifetime)

    def upload(self, actor, upload_id):
        """An upload that this actor began."""
        upload = self._storage.uploads.get(upload_id)
        if upload.actor != actor.id:
            raise errors.NotFound()
        if actor.scoped:
            self._receives(actor, self._tree.by_id(upload.parent), upload.name)
        return upload

    def uploads(self, actor):
        """The unfinished uploads that this actor began."""
        return self._storage.uploads.of(actor.id)

    def finish_upload(self, actor, upload, tokens=()):
        """Make a complete upload a file; returns its node and whether it is new."""
        parent = self._tree.by_id(upload.parent)
        with self.inspection.upload(actor, parent, upload) as made:     # that may take long: the rest is asked after it
            self._may_write(actor, parent, upload.name, tokens)
            replaces = self._receives(actor, parent, upload.name)
            with self.links.adding(actor, upload.size):
                if replaces:
                    node, created = upload.finish(only=None if replaces is True else replaces, id=upload.id)
                else:
                    node, created = self._anew(actor, parent, upload.name, lambda name: upload.finish(name, absent=True, id=upload.id))
            made(node)
        self._say(events.FileWritten, node, actor, new=created)
        return node, created

    # Trash.

    def trash_list(self, actor, space):
        """What lies in the trash of a space."""
        self._access.require(actor, space, may.TRASH)
        return self._storage.trash.list(space.id)

    def trash_item(self, actor, space, key, sub=""):
        """One thing in the trash, or something inside a trashed folder."""
        self._access.require(actor, space, may.TRASH)
        return self._storage.trash.item(space.id, key, sub)

    def trash_children(self, actor, space, key, sub=""):
        """The members of a trashed folder."""
        self._access.require(actor, space, may.TRASH)
        return self._storage.trash.children(space.id, key, sub)

    def trash_restore(self, actor, space, key, parent, name, overwrite=False, sub="", tokens=()):
        """Take something out of the trash; returns its node and whether something was replaced."""
        self._access.require(actor, space, may.RESTORE)
        self._access.require(actor, parent, may.CREATE)
        self._arrival(actor, parent, name, tokens, overwrite, leaves=True)
        self.inspection.restores(actor, space.id, key, sub, parent, name)
        node, replaced = self._storage.trash.restore(space.id, key, parent, name, overwrite, sub)
        self._say(events.NodeRestored, node, actor)
        return node, replaced

    def trash_purge(self, actor, space, key, sub=""):
        """Destroy something in the trash for good."""
        self._access.require(actor, space, may.PURGE)
        self._storage.trash.purge(space.id, key, sub)
        self._bus.publish(events.NodePurged(space.id, key, actor.id, actor.origin))

    def trash_empty(self, actor, space):
        """Destroy everything in the trash of a space for good."""
        self._access.require(actor, space, may.PURGE)
        self._storage.trash.empty(space.id)
        self._bus.publish(events.NodePurged(space.id, "", actor.id, actor.origin))

    # Versions.

    def versions(self, actor, node):
        """What a file was before, oldest first."""
        self._access.require(actor, node, may.VERSIONS)
        return self._storage.versions.list(node)

    def open_version(self, actor, node, key):
        """An earlier content, to be read; the caller closes the fd."""
        self._access.require(actor, node, may.VERSIONS)
        self._access.require(actor, node, may.DOWNLOAD)
        return self._storage.versions.open(node, key)

    def restore_version(self, actor, node, key, tokens=()):
        """Give a file an earlier content again; the present one becomes a version."""
        self._access.require(actor, node, may.RESTORE_VERSION)
        self._locking.change(actor, node, tokens)
        self.inspection.reverts(actor, node, key)
        node = self._storage.versions.restore(node, key)
        self._say(events.VersionRestored, node, actor)
        return node

    def _say(self, event, node, actor, **more):
        self._bus.publish(event(node.space, node.id, actor.id, actor.origin, node.path, **more))


class Writing:
    """A file being written. ``write`` blocks of it, then ``commit`` once, or ``abort``; nothing shows before."""

    def __init__(self, files, actor, parent, name, tokens, draft, space):
        self._files, self._actor, self._parent, self._name, self._tokens = files, actor, parent, name, tokens
        self._draft, self._own = draft, space is not None and space.owner == actor.id
        self.write, self.abort = draft.write, draft.abort

    @property
    def size(self):
        """Bytes written so far."""
        return self._draft.size

    def commit(self, mtime_ns=None, checksum=None, expect=None, absent=False):
        """Make it real; returns the node and whether it is new. A lock taken while the body came in is honoured."""
        files, draft = self._files, self._draft
        with files.inspection.draft(self._actor, self._parent, self._name, draft, mtime_ns) as made:    # that may take long: the rest is asked after it
            replaces = self._own or files._receives(self._actor, self._parent, self._name)  # whose membership or share has ended meanwhile may not
            files._may_write(self._actor, self._parent, self._name, self._tokens)
            with files.links.adding(self._actor, draft.size):
                if replaces:
                    node, created = draft.commit(mtime_ns=mtime_ns, checksum=checksum, expect=expect, absent=absent, only=None if replaces is True else replaces)
                else:
                    def commit(name):
                        draft.name = name
                        return draft.commit(mtime_ns=mtime_ns, checksum=checksum, absent=True)
                    node, created = files._anew(self._actor, self._parent, self._name, commit)
            made(node)
        self._files._say(events.FileWritten, node, self._actor, new=created)
        return node, created


def _received(actor, space):
    """The letter of what is not one's own, but was shared with one."""
    return "S" if space.kind == "personal" and space.owner != actor.id and actor.kind != may.LINK else ""

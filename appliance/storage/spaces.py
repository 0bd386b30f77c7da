"""Space: a tree with an owner and a quota. A plain folder of ``people`` or ``projects`` whose root carries the facts."""
import os
from typing import NamedTuple

from appliance.core import clock, durable, errors, ids, log
from appliance.storage import attributes, departing, nodes, paths, placing, quota
from appliance.storage.nodes import Node
from appliance.storage.placing import Opened, Site


class Space(NamedTuple):
    """A space as it is now; ``quota`` in bytes, 0 for none; ``folder`` relative to the data folder.

    ``grants`` are those on its root, as they are kept; ``disabled`` while nobody may use it; ``special`` names nodes: readme, image.
    """

    id: str
    kind: str
    name: str
    alias: str
    owner: str
    quota: int
    folder: str
    root: Node
    description: str = ""
    disabled: bool = False
    special: dict = {}
    grants: dict = {}


class Spaces:
    """All spaces."""

    def __init__(self, storage):
        self._storage = storage
        self._sites = {}                            # id -> Site
        self._owned = {}                            # owner -> id of the personal space

    def load(self):
        """Look which spaces lie on the disk."""
        sites, owned = {}, {}
        for site, facts in self._storage.run_long(_scan):
            if site.id in sites or self._sites.get(site.id, site) != site and os.path.isdir(
                    self._storage.disk.data / self._sites[site.id].base):
                log.get("storage").warning("%s has the id of another space and is not served. Run hearth check.", site.base)
                continue
            sites[site.id] = site
            if facts.get("kind") == "personal":
                owned.setdefault(facts.get("owner"), site.id)
        self._sites, self._owned = sites, owned

    def complain(self):
        """Unavailable where there are people's folders and none of them is a space: a backup came back without attributes.

        To go on would give everybody a new home with nothing in it, and their computers would delete what they have.
        """
        if not self._sites and self._storage.run_long(_folders):
            raise errors.Unavailable(
                f"The folders in {self._storage.disk.data}/people have lost their extended attributes. Restore them with attributes "
                "(rsync -aX, tar --xattrs); or move them elsewhere, start, and copy the files into the new homes.")

    def site(self, space_id):
        """Where a space lies; NotFound."""
        site = self._sites.get(space_id)
        if site is None:
            raise errors.NotFound()
        return site

    def personal(self, owner_id, login, display_name):
        """The personal space of an account, made at first use."""
        space = self.of_owner(owner_id)
        if space:
            return space
        with self._storage.lock("spaces"):
            if owner_id not in self._owned:
                facts = {"kind": "personal", "name": display_name or login, "alias": f"personal/{login.lower()}", "owner": owner_id,
                         "quota": 0, "created_ns": clock.now_ns()}
                site = self._storage.run_long(_make, "people", paths.check_name(login), facts)
                self._sites[site.id], self._owned[owner_id] = site, site.id
                self._storage.remember(site.id, None, "", site.id)
        return self.of_owner(owner_id)

    def make(self, name, grants, **facts):
        """Make a project space with those grants on its root."""
        with self._storage.lock("spaces"):
            kept = {"kind": "project", "name": name, "owner": "", "quota": 0, "created_ns": clock.now_ns(), **facts}
            site = self._storage.run_long(_make, "projects", paths.check_name(name), kept, grants)
            self._sites[site.id] = site
            self._storage.remember(site.id, None, "", site.id)
        return self.get(site.id)

    def get(self, space_id):
        """A space by its id; NotFound."""
        return self._storage.run(_space, self.site(space_id))

    def of_owner(self, owner_id):
        """The personal space of an account, or None."""
        id = self._owned.get(owner_id)
        return self.get(id) if id else None

    def all(self):
        """Every space."""
        found = []
        for site in self.sites():
            try:
                found.append(self._storage.run(_space, site))
            except errors.NotFound:
                continue                            # its folder was moved by hand just now
        return found

    def sites(self):
        """Where all spaces lie."""
        return list(self._sites.values())

    def set_quota(self, space_id, bytes):
        """Limit a space; 0 takes the limit away."""
        return self.change(space_id, quota=bytes)

    def change(self, space_id, **facts):
        """Change what is known of a space: name (for people to see), alias, description, quota, disabled, special."""
        with self._storage.lock(space_id):
            self._storage.run_long(departing.write_facts, self.site(space_id), facts)
        return self.get(space_id)

    def grant(self, space_id, change):
        """Replace the grants on the root of a space by what ``change`` makes of them; what it raises changes nothing."""
        with self._storage.lock(space_id):
            self._storage.run_long(_write_grants, self.site(space_id), change(self.get(space_id).grants))
        return self.get(space_id)

    def room(self, space_id, more):
        """Bytes that may still be written to a space; QuotaExceeded where ``more`` do not fit."""
        allowed, free = self.allowed(space_id), self._storage.free()
        limit = free if allowed is None else min(free, allowed)
        if more > limit:
            raise errors.QuotaExceeded()
        return limit

    def allowed(self, space_id):
        """Bytes that the quota of a space still allows, None without one."""
        return self._storage.run(quota.allowed, self.site(space_id))

    def afford(self, space_id, more):
        """QuotaExceeded where the quota of a space does not allow so many bytes more; those are on the disk already."""
        if more > 0:
            self._storage.run(quota.afford, self.site(space_id), more)

    def remove(self, space_id):
        """Put a whole space into the trash of the house; an administrator can still take it from there, for a while."""
        with self._storage.lock(space_id):
            self._storage.run_long(departing.to_trash, self.site(space_id))
            self._gone(space_id)
            self._storage.forget(space_id)

    def hand_over(self, space_id, heir_id, name):
        """Make a space a folder of that name in another one, with its trash and versions, whatever the quota there; its Node."""
        with self._storage.lock(space_id), self._storage.change(heir_id) as change:
            site, heir = self.site(space_id), self.site(heir_id)
            self._storage.run_long(departing.hand_trash, site, heir, name)
            self._storage.run_long(departing.hand_versions, site, heir)
            real = self._storage.run_long(departing.become_folder, site, heir, name, change)
            self._storage.remember(space_id, heir_id, real, heir_id)    # and so all beneath it: what is shared of it is not gone until each has been told
            self._gone(space_id)
            self._storage.index(heir, real, heir_id)
        return self._storage.run(placing.look, heir, real)

    def _gone(self, space_id):
        self._sites.pop(space_id)
        self._owned = {owner: id for owner, id in self._owned.items() if id != space_id}
        self._storage.locks.forget(space_id, "")

    def thin(self, days):
        """Destroy spaces that have been in the trash for longer than ``days`` (0: never)."""
        for id in self._storage.run_long(departing.expired, days) if days else ():
            self._storage.trash.empty(id)
            self._storage.trash.destroy(self._storage.run_long(departing.take, id), id)


def _scan(disk):
    found = []
    for kind in ("people", "projects"):
        folder = paths.open_beneath(disk.root, kind, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for name in sorted(os.listdir(folder)):
                try:
                    with Opened(disk, Site("", f"{kind}/{name}"), "") as root:
                        facts = attributes.read(disk.house_fd, root.at, attributes.raw(root.at, attributes.ID), attributes.SPACE)
                        if facts:
                            found.append((Site(nodes.identify(root.at), f"{kind}/{name}"), facts))
                except (FileNotFoundError, errors.NotFound):
                    continue
        finally:
            os.close(folder)
    return found


def _folders(disk):
    return [path for path in (disk.data / "people").iterdir() if path.is_dir() and not path.is_symlink()]


def _space(disk, site):
    with Opened(disk, site, "") as opened:
        facts = attributes.read(disk.house_fd, opened.at, site.id, attributes.SPACE) or {}
        grants = attributes.read(disk.house_fd, opened.at, site.id, attributes.GRANTS) or {}
        root = nodes.look(site.id, None, "", "", opened.at, opened.status, disk.generation)
    name = facts.get("name") or site.base.rpartition("/")[2]
    return Space(site.id, facts.get("kind", "project"), name, facts.get("alias", ""), facts.get("owner", ""),
                 int(facts.get("quota") or 0), site.base, root, facts.get("description", ""), bool(facts.get("disabled")),
                 facts.get("special") or {}, grants)


def _write_grants(disk, site, grants):
    with Opened(disk, site, "", os.O_RDONLY | os.O_DIRECTORY) as root:
        attributes.write(disk.house_fd, disk.house_path, root.at, site.id, attributes.GRANTS, grants)
        durable.fsync(root.fd)


def _refuse_beside_a_lost_one(disk, kind, name):
    """Unavailable where files lie in a folder of this name that is no space: somebody's home, restored without attributes.

    An empty home beside it would make the computers of its owner delete what they have.
    """
    try:
        with Opened(disk, Site("", f"{kind}/{name}"), "", os.O_RDONLY | os.O_DIRECTORY) as there:
            id = attributes.raw(there.at, attributes.ID)
            lost = attributes.read(disk.house_fd, there.at, id, attributes.SPACE) is None and os.listdir(there.fd)
    except (FileNotFoundError, NotADirectoryError, errors.NotFound):
        return
    if lost:
        text = f"The folder {kind}/{name} holds files, but not the extended attributes of a space. Restore it with them (rsync -aX, " \
               "tar --xattrs); or move it elsewhere, sign in, and copy the files into the new home."
        log.get("storage").warning(text)
        raise errors.Unavailable(text)


def _make(disk, kind, name, facts, grants=None):
    _refuse_beside_a_lost_one(disk, kind, name)
    draft, id = f"drafts/{ids.new()}", ids.new()
    os.mkdir(draft, 0o750, dir_fd=disk.house_fd)
    made = os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=disk.house_fd)
    folder = paths.open_beneath(disk.root, kind, os.O_RDONLY | os.O_DIRECTORY)
    try:
        attributes.put_raw(made, attributes.ID, id)
        attributes.put_raw(made, attributes.TREE, nodes.branch_text(nodes.Branch(nodes.fresh_etag(), 0, clock.now_ns())))
        attributes.write(disk.house_fd, disk.house_path, made, id, attributes.SPACE, facts)
        if grants:
            attributes.write(disk.house_fd, disk.house_path, made, id, attributes.GRANTS, grants)
        durable.fsync_folder(made)
        for extra in range(1, 1000):
            final = name if extra == 1 else f"{name} ({extra})"
            try:
                durable.rename(disk.house_fd, draft, folder, final, exclusive=True)
                break
            except FileExistsError:
                continue                            # of somebody who is gone; theirs is left alone
        else:
            raise errors.AlreadyExists()
        durable.fsync_folder(folder)
        return Site(id, f"{kind}/{final}")
    finally:
        os.close(made)
        os.close(folder)

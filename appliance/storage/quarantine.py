"""Quarantine: files that nobody may see, kept for administrators: ``quarantine/<id>/{record.json,data}``, as unfinished uploads are kept.

Each is an upload that is whole and not yet a file. Its ``metadata`` says why it is here: ``why`` (``virus`` or ``unscanned``), ``virus`` (the
name of it) and ``since`` (seconds). It counts in no quota, but there is only so much room here. The record is there for good before the
bytes are moved in by one rename, so at any moment they are in one place, and a record alone is nothing.
"""
import os

from appliance.core import clock, durable, errors, ids, log, records
from appliance.storage import placing, versions
from appliance.storage.placing import Opened, split
from appliance.storage.uploads import KEPT, Upload, Uploads

ITEMS, BYTES = 1_000, 5_000_000_000                 # in all of it
FOR_EVER = 1 << 42                                  # seconds
_DAY = 86_400


class Quarantine(Uploads):
    """All that is in quarantine."""

    shelf = "quarantine"

    def all(self):
        """Everything, the oldest first."""
        return sorted(self._uploads.values(), key=lambda each: each.since)

    def require_room(self, size):
        """Unavailable where so many bytes more would be too many."""
        held = sum(each.size for each in self._uploads.values())
        if len(self._uploads) >= ITEMS or held + size > BYTES:
            raise errors.Unavailable("There is no more room in quarantine. Who looks after this box must look at what is there.", retry_after=3600)

    def take_draft(self, draft, actor, mtime_ns, expect, why, virus=""):
        """Take a Draft whose bytes are all in; it is closed."""
        self.require_room(draft.size)
        record = self._record(actor, draft.parent.space, draft.parent.id, draft.name, draft.size, mtime_ns, expect, why, virus)
        held = self._keep(ids.new(), record, _from_house, draft.place)
        draft.close()
        return held

    def take_upload(self, upload, expect, why, virus=""):
        """Take an Upload that is whole; there is no such upload any more."""
        self.require_room(upload.size)
        record = self._record(upload.actor, upload.space, upload.parent, upload.name, upload.size, upload.mtime_ns, expect, why, virus)
        held = self._keep(ids.new(), record, _from_house, f"{upload.place}/data")
        self._storage.uploads.forget(upload.id)
        return held

    def take_node(self, node, why, virus=""):
        """Take a file out of the tree, whatever room there is: there may be no other copy of it. What it was before stays where it is kept."""
        id, record = node.id if node.id not in self._uploads else ids.new(), self._of_node(node, node.size, node.mtime_ns, why, virus)
        with self._storage.change(node.space) as change:
            self._storage.tree.at(node, _keep_node, id, record, change, long=True)
            self._storage.forget(node.id)
        return self._kept(id, record)

    def take_version(self, node, version, why, virus=""):
        """Take an earlier content of a file."""
        return self._keep(ids.new(), self._of_node(node, version.size, version.mtime_ns, why, virus), _from_house,
                          f"versions/{node.space}/{node.id}/{version.key}")

    def condemn(self, held, virus):
        """Say of something that was to be scanned what was found."""
        held.metadata = {**held.metadata, "why": "virus", "virus": virus}
        self._storage.run_long(_write, held.id, {name: getattr(held, name) for name in KEPT})

    def _of_node(self, node, size, mtime_ns, why, virus):
        return self._record("", node.space, node.parent, node.name, size, mtime_ns, None, why, virus)

    def _record(self, actor, space, parent, name, size, mtime_ns, expect, why, virus):
        days, now = self._storage.config.trash_days, clock.now()
        metadata = {"why": why, "virus": virus, "since": str(now)}
        return dict(zip(KEPT, (actor, space, parent, name, size, mtime_ns, metadata, None, expect, now + days * _DAY if days else FOR_EVER)))

    def _keep(self, id, record, take, *source):
        self._storage.run_long(_keep, id, record, take, *source)
        return self._kept(id, record)

    def _kept(self, id, record):
        held = self._uploads[id] = self._one(id, record, record["size"])
        return held

    def _one(self, id, record, offset):
        return Held(self, self._storage, id, record, offset)


class Held(Upload):
    """Something in quarantine."""

    @property
    def since(self):
        """When it came here, in seconds."""
        return float(self.metadata.get("since", 0))

    @property
    def why(self):
        """``virus``, or ``unscanned``."""
        return self.metadata.get("why", "unscanned")

    @property
    def virus(self):
        """What was found in it."""
        return self.metadata.get("virus", "")


# On the disk.

def _keep(disk, id, record, take, *source):
    place = f"quarantine/{id}"
    os.mkdir(place, 0o700, dir_fd=disk.house_fd)
    try:
        _write(disk, id, record)
        versions.sync(disk, "quarantine")
        take(disk, f"{place}/data", *source)
        versions.sync(disk, place)
    except BaseException:
        _withdraw(disk, place)
        raise


def _write(disk, id, record):
    records.write(f"/proc/self/fd/{disk.house_fd}/quarantine/{id}/record.json", record)


def _withdraw(disk, place):
    """Take away a place that was never used."""
    try:
        if not os.path.lexists(f"/proc/self/fd/{disk.house_fd}/{place}/data"):
            os.unlink(f"{place}/record.json", dir_fd=disk.house_fd)
            os.rmdir(place, dir_fd=disk.house_fd)
    except OSError as error:                        # swept at the next start
        log.get("storage").warning("%s stays for now: %s", place, error)


def _from_house(disk, target, source):
    """Move in what lies elsewhere in the house, its bytes on the disk first."""
    fd = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=disk.house_fd)
    try:
        durable.fsync(fd)
    finally:
        os.close(fd)
    durable.rename(disk.house_fd, source, disk.house_fd, target, exclusive=True)
    versions.sync(disk, split(source)[0])


def _keep_node(disk, site, real, id, record, change):
    _keep(disk, id, record, _from_tree, site, real, change)


def _from_tree(disk, target, site, real, change):
    above, name = split(real)
    with Opened(disk, site, above, os.O_RDONLY | os.O_DIRECTORY) as folder:
        size = os.stat(name, dir_fd=folder.fd, follow_symlinks=False).st_size
        with disk.moving():
            durable.rename(folder.fd, name, disk.house_fd, target, exclusive=True)
        change.touch(folder.fd)
    placing.carry(disk, site, above, -size)

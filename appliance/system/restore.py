"""Restore: a backup becomes the storage of a box that has none yet.

All of it is put beside, looked through, forced to the disk; one rename then says that it is whole. Only what was said to be whole
takes the place of the empty storage, at the next start or at once, and a start that was cut off goes on with it. Until that
rename there is nothing but a folder to be thrown away.
"""
import ctypes
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from appliance.core import clock, durable, errors, log, records
from appliance.storage import copies, examine
from appliance.system.backup import normal
from appliance.system.places import Place
from appliance.system.restic import Repository, public_key

BESIDE, WHOLE = ".hearth-restoring", ".hearth-restored"     # in the data folder: on the same disk, so that a rename does
NOTE = "restored.json"                              # in ``system``: what was restored, until the audit trail has been told


class Restored(NamedTuple):
    """What came of it."""

    snapshot: str
    time: str                                       # when the backup was made, RFC 3339
    troubles: tuple = ()                            # what could not be had back, in words
    findings: tuple = ()                            # what ``check`` says of it


def fetch(config, place, key, snapshot="", access="", secret="", despite=False):
    """Put a backup beside, whole; a Restored. It is the storage after ``settle``. Blocking, but for what waits for restic.

    ``despite`` goes on where single files could not be had back. Conflict where there is a storage in use, Unavailable, Invalid.
    """
    data, place = config.data, Place.parse(place)
    _make_folder(data)
    refuse_unless_unused(data)
    place.check(data, False, True)
    beside = data / BESIDE
    _raze(beside)
    _raze(data / WHOLE)
    keys = data / ".hearth" / "system" / "ssh" if (data / ".hearth" / "system").is_dir() else config.cache / "ssh"
    mine = public_key(keys) if place.kind == "ssh" else ""
    repository = Repository(place, normal(key), config.cache, keys, access, secret)
    try:
        chosen = _chosen(repository.snapshots(), snapshot)
    except errors.Unavailable as error:
        raise errors.Unavailable(f"{error} It is: {mine}" if "public key" in str(error) else str(error)) from None
    beside.mkdir(mode=0o750)
    troubles = repository.restore(chosen["id"], beside)
    if not copies.storage_id(beside):
        _raze(beside)
        raise errors.Corrupt("What lies in this backup is not the storage of a Hearth.")
    if troubles and not despite:
        log.get("system").error("not restored: %s", troubles[:20])
        _raze(beside)
        raise errors.Corrupt(f"{len(troubles)} files could not be had back, the first: {troubles[0][:200]}. --despite-errors restores the rest.")
    copies.renew(beside)
    _end_sessions(beside)
    findings = tuple(f"{each.rule}: {each.where}: {each.text}" for each in examine(beside) if each.rule != "left-over")
    restored = Restored(chosen["id"], chosen["time"], tuple(troubles[:100]), findings[:100])
    records.write(beside / ".hearth" / "system" / NOTE, {**restored._asdict(), "at": clock.now()})
    _sync_all(beside)
    os.rename(beside, data / WHOLE)
    durable.fsync_names(data)
    return restored


def settle(data):
    """Let a storage that was restored whole take the place of the empty one; True where there was one. Cut off, it is done again."""
    data = Path(data)
    whole = data / WHOLE
    if not whole.is_dir():
        return False
    if (whole / ".hearth").is_dir():
        try:
            refuse_unless_unused(data)
        except errors.Conflict as error:
            log.get("system").error("what was restored stays in %s: %s", whole, error)
            return False
        if (data / ".hearth").exists():
            os.rename(data / ".hearth", whole / "before")
            durable.fsync_names(data)
        for name in ("people", "projects"):
            if (whole / name).is_dir():
                os.rename(whole / name, data / name)    # over an empty folder, or none
        durable.fsync_names(data)
        os.rename(whole / ".hearth", data / ".hearth")
        durable.fsync_names(data)
    _raze(whole)
    return True


def waits(data):
    """Whether a server holds the folder, and will begin anew with what was restored."""
    return copies.served(data)


def discard(data):
    """Throw away what was restored and is not to take its place."""
    _raze(Path(data) / WHOLE)


def told(data):
    """What was restored since the last time this was asked, as a dict; None where nothing was."""
    file = Path(data) / ".hearth" / "system" / NOTE
    note = records.read(file)
    if note is not None:
        records.remove(file)
    return note


def refuse_unless_unused(data):
    """Conflict where somebody has an account or files in a storage: a restore never takes the place of anything."""
    accounts = data / ".hearth" / "identity" / "accounts"
    whole = data / WHOLE / ".hearth"
    if not whole.is_dir() and not copies.empty(data) or whole.is_dir() and _crowded(data) or accounts.is_dir() and any(accounts.iterdir()):
        raise errors.Conflict(f"There are people or files in {data} already. Restore into an empty folder, or put these elsewhere first.")


def _crowded(data):
    """Whether something lies where a restored folder has still to go."""
    return any((data / WHOLE / name).is_dir() and (data / name).is_dir() and os.listdir(data / name) for name in ("people", "projects"))


def _chosen(snapshots, wanted):
    if wanted:
        for each in snapshots:
            if each["id"].startswith(wanted) and len(wanted) >= 4:
                return each
        raise errors.NotFound("There is no such snapshot in this backup. hearth backup list shows those there are.")
    if not snapshots:
        raise errors.NotFound("There is nothing in this backup yet.")
    if len({each["storage"] for each in snapshots}) > 1:
        raise errors.Conflict("Several boxes keep their backups here. Name the snapshot that is wanted.")
    return snapshots[-1]


def _end_sessions(data):
    """Nobody is signed in on a restored box: a session that was ended since the backup must not be there again."""
    folder = data / ".hearth" / "identity" / "sessions"
    for file in folder.iterdir() if folder.is_dir() else ():
        file.unlink()


def _make_folder(data):
    try:
        data.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise errors.Unavailable(f"{data} cannot be used: {error.strerror}.") from None


def _sync_all(folder):
    """Force all that is on this file system to its disk (syncfs(2))."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syncfs(fd):
            raise OSError(ctypes.get_errno(), "syncfs")
    finally:
        os.close(fd)


def _raze(folder):
    if folder.exists():
        shutil.rmtree(folder)

"""Backups: where they lie, how one is made from a storage that is in use, and whether there is one at all.

The server and the commands use the same records on the storage and the same lock, so there are never two at once, and each sees
what the other did. ``system/backup.json`` says where backups lie and holds the key that opens them; it is in the backup too, so
that a restored box goes on as before. ``system/backups.json`` says what came of them.
"""
import fcntl
import os
import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from appliance.core import clock, durable, errors, ids, log, records
from appliance.storage import copies
from appliance.system import snapshot
from appliance.system.places import Place
from appliance.system.restic import Repository, forget_host, public_key

PASSES = 3                                          # as often is a storage gone through in which things are moved meanwhile
PATIENCE = 5                                        # seconds for a move that is under way
PARTS = 30                                          # so many nights until all that was kept has been read back once
PRUNE = 7                                           # so many until the room of what was let go is given back
AGAIN = 3600                                        # seconds after one that failed
HOUR, WARN_DAYS = 3, 3                              # unless said otherwise: at night, and silent for three days at most
_KEY = re.compile(r"[a-z2-7]{24}")


class Settings(NamedTuple):
    """What was decided; all that is needed to read the backup on another box."""

    key: str = ""
    place: str = ""                                 # "" while nobody chose one
    repository: str = ""                            # the id of what lies there
    access: str = ""
    secret: str = ""
    hour: int = HOUR                                # of the day, in the time of the box
    warn_days: int = WARN_DAYS
    limit: int = 0                                  # KiB a second to send


class Backup:
    """The backups of one storage. Everything blocks, but for what waits for restic."""

    def __init__(self, config):
        self._config = config
        self._folder = config.data / ".hearth" / "system"
        self._keys = self._folder / "ssh"

    # What is known.

    def settings(self):
        """What was decided. Corrupt."""
        kept = records.read(self._folder / "backup.json") or {}
        return Settings(**{name: kept[name] for name in Settings._fields if name in kept})

    def past(self):
        """What came of them: ``last`` and ``checked`` (``state``, ``time``, ``error`` …), ``success`` (seconds), ``nights``."""
        try:
            return records.read(self._folder / "backups.json") or {}
        except errors.Corrupt:                      # nothing that must be known
            return {}

    def running(self):
        """Whether one is being made, or looked at."""
        return durable.is_held(self._folder / "lock")

    def due(self):
        """Whether it is time for one: after the hour that was chosen, unless there was one in the last day; an hour after one that failed."""
        settings, past, now = self.settings(), self.past(), clock.now()
        if not settings.place or clock.is_wrong() or self.running() or now - (past.get("last") or {}).get("time", 0) < AGAIN:
            return False
        return now - (past.get("success") or 0) > 20 * AGAIN and (past.get("success") or 0) < _last_hour(now, settings.hour)

    # Deciding.

    def choose(self, place, *, key="", access="", secret="", same_disk=False, **more):
        """Keep backups at a place from now on, beginning one there if there is none; the Settings. Invalid, Unavailable.

        With a key, what is there already is gone on with. ``more`` are ``hour``, ``warn_days`` and ``limit``.
        """
        place = Place.parse(place)
        with self._turn() as lock:
            old = self.settings()
            settings = old._replace(key=normal(key) or old.key or ids.token(120), place=place.text, access=access, secret=secret, repository="", **_checked(more))
            if settings.place == old.place:
                settings = settings._replace(access=access or old.access, secret=secret or old.secret)
            forget_host(place, self._keys)
            settings = settings._replace(repository=self._begun(self._opened(settings, lock), place, "", same_disk, key))
            self._write(settings)
            if settings.place != old.place or settings.repository != old.repository:
                past = self.past()                  # what was found of the one before says nothing of this one
                records.write(self._folder / "backups.json", {name: past[name] for name in past if name != "checked"})
            return settings

    def _begun(self, repository, place, known, same_disk, key=""):
        """The id of the repository at a place, made now if there is none and none was known."""
        place.check(self._config.data, not known, same_disk)
        try:
            found = repository.id()
        except errors.Unavailable as error:
            if known or "There is no backup" not in str(error):
                raise
            if key and not _KEY.fullmatch(normal(key)):     # mistyped, or of another backup: it would be all that keeps a new one closed
                raise
            repository.begin()
            found = repository.id()
        if known and found != known:
            raise errors.Unavailable("Another backup lies where this one was. Is the right disk plugged in? Choose the place again to go on with this one.")
        return found

    def adjust(self, **more):
        """Change ``hour``, ``warn_days`` or ``limit``; the Settings. Invalid."""
        settings = self.settings()._replace(**_checked(more))
        self._write(settings)
        return settings

    def forget(self):
        """Make no more backups by itself; what was kept stays where it is."""
        self._write(self.settings()._replace(place="", repository="", access="", secret=""))

    def _write(self, settings):
        records.write(self._folder / "backup.json", settings._asdict())

    def public_key(self):
        """What lets this box in by SSH."""
        return public_key(self._keys)

    # Making one.

    def create(self, place=None, same_disk=False):
        """Keep the storage as it is now, at the chosen place or at one given; what came of it, as in ``past()["last"]``."""
        begun = clock.now()
        with self._turn() as lock:
            settings = self._wanted(place)
            try:
                repository = self._opened(settings, lock)
                self._begun(repository, Place.parse(settings.place), settings.repository, same_disk)
                repository.unlock()
                outcome = self._keep(repository)
                outcome |= self._look_after(repository, place is None)
            except errors.HouseError as error:
                outcome = {"state": "failed", "error": str(error)}
            outcome |= {"time": begun, "seconds": round(clock.now() - begun, 1), "place": settings.place}
            if place is None or settings.place == self.settings().place:
                self._note(outcome)
        if outcome["state"] == "failed":
            raise errors.Unavailable(outcome["error"])
        return outcome

    def _wanted(self, place):
        """The settings with another place, where one is given."""
        settings = self.settings()
        if place is None and not settings.place:
            raise errors.Invalid("No place for backups was chosen yet. Name one: hearth backup set /mnt/disk/folder.")
        if place is None or Place.parse(place).text == settings.place:
            return settings
        if not settings.key:
            settings = settings._replace(key=ids.token(120))
            self._write(settings)
        return settings._replace(place=Place.parse(place).text, repository="")

    def _keep(self, repository):
        """Go through the storage until nothing was moved meanwhile; a file system that can hold it still does so instead."""
        data, storage = self._config.data, copies.storage_id(self._config.data)
        if not storage:
            raise errors.Unavailable("There is no readable storage to back up. Is its disk there?")
        with snapshot.of(data) as (source, still):
            house = source / ".hearth"
            left_out = [house / each for each in copies.LEFT_OUT] + [house / "system" / "lock", house / "system" / snapshot.NAME]
            for number in range(1, PASSES + 1):
                before = _settled(data)
                summary, troubles = repository.backup(source, storage, left_out)
                quiet = still or before is not None and copies.moves(data) == before
                if quiet:
                    break
        troubles = [(path, why) for path, why in troubles if not quiet or "no such file" not in why]
        if troubles:
            log.get("system").warning("%d files are not in the backup, the first %r: %s", len(troubles), *troubles[0])
        return {"state": "done" if quiet and not troubles else "incomplete", "snapshot": summary["snapshot_id"], "passes": number,
                "files": summary["total_files_processed"], "bytes": summary["total_bytes_processed"], "added": summary["data_added"],
                "error": "" if quiet and not troubles else _explained(quiet, troubles)}

    def _look_after(self, repository, regular):
        """Let old ones go; and of what lies there, read a part back each time. What goes wrong here is told, but the backup is made."""
        nights = self.past().get("nights", 0) + 1
        try:
            repository.forget(copies.storage_id(self._config.data), prune=regular and nights % PRUNE == 0)
            if regular:
                repository.check(f"{nights % PARTS + 1}/{PARTS}")
        except errors.Corrupt as error:
            return {"state": "damaged", "error": str(error)}
        except errors.HouseError as error:
            log.get("system").warning("the backup was made, but not looked after: %s", error)
        return {"nights": nights} if regular else {}

    def _note(self, outcome):
        past = self.past()
        nights = outcome.pop("nights", past.get("nights", 0))
        success = outcome["time"] if outcome["state"] in ("done", "incomplete") else past.get("success")
        records.write(self._folder / "backups.json", {**past, "last": outcome, "success": success, "nights": nights})

    # Looking at what is kept.

    def verify(self, place=None, part=None):
        """Prove that what lies there can be read back: all of it, or a ``part`` such as ``10%``. Corrupt, Unavailable."""
        with self._turn() as lock:
            settings = self._wanted(place)
            self._there(settings)
            outcome = {"state": "sound", "time": clock.now(), "part": part or "100%", "error": ""}
            try:
                repository = self._opened(settings, lock)
                repository.unlock()
                repository.check(part or "100%")
            except errors.HouseError as error:
                outcome |= {"state": "damaged" if isinstance(error, errors.Corrupt) else "failed", "error": str(error)}
                raise
            finally:
                if settings.place == self.settings().place:
                    records.write(self._folder / "backups.json", {**self.past(), "checked": outcome})
            return outcome

    def list(self, place=None):
        """What is kept of this storage, the oldest first: ``[{"id", "time", "storage"}]``."""
        settings = self._wanted(place)
        self._there(settings)
        return self._opened(settings).snapshots(copies.storage_id(self._config.data))

    def _there(self, settings):
        Place.parse(settings.place).check(self._config.data, False, True)

    def _opened(self, settings, lend=None):
        place = Place.parse(settings.place)
        if place.kind == "ssh":
            self.public_key()
        return Repository(place, settings.key, self._config.cache, self._keys, settings.access, settings.secret, settings.limit, lend)

    @contextmanager
    def _turn(self):
        """Nobody else makes a backup meanwhile; not even restic alone, should we be killed: it keeps the open lock that this gives."""
        try:
            fd = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:
            raise errors.NotFound(f"There is no storage in {self._config.data}. Name its folder with --data.") from None
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise errors.Conflict("A backup is being made just now. Wait until it is done.") from None
            yield fd
        finally:
            os.close(fd)


def normal(key):
    """A key as it was typed, without what people put between its letters; digits that are none of its own are letters misread."""
    letters = re.sub(r"[\s\-.]", "", key).lower().translate(str.maketrans("018", "olb"))
    return letters if _KEY.fullmatch(letters) else key.strip()


def shown(key):
    """A key in groups of four, as it is printed."""
    return "-".join(re.findall("....", key)) if _KEY.fullmatch(key) else key


def sheet(settings):
    """The recovery sheet, to be printed and kept elsewhere: all that is needed to have everything back on another box."""
    place = Place.parse(settings.place) if settings.place else None
    lines = ["HEARTH: HOW TO GET EVERYTHING BACK", "",
             "Whoever has this sheet can read the backup. Keep it where the box is not.", "",
             f"Place of the backup   {settings.place}", f"Key                   {shown(settings.key)}"]
    if settings.access:
        lines += [f"Access key            {settings.access}", f"Secret access key     {settings.secret}"]
    lines += ["", "On a new box that nobody has set up: open its address in a browser, choose",
              '"Restore a backup", and type what stands above. Or type on the box:', "",
              f"    hearth backup restore {settings.place}{f' --access-key {settings.access}' if settings.access else ''}", "", "With restic (restic.net) alone, where there is no Hearth any more:", "",
              f"    {f'AWS_ACCESS_KEY_ID={settings.access} AWS_SECRET_ACCESS_KEY={settings.secret} ' if settings.access else ''}RESTIC_PASSWORD={settings.key} restic -r {place.repository if place else '...'} restore latest --target FOLDER", ""]
    return "\n".join(lines)


def _last_hour(now, hour):
    """When it was last that hour of the day here, in seconds since 1970."""
    today = time.localtime(now)
    moment = time.mktime((*today[:3], hour, 0, 0, 0, 0, -1))
    return moment if moment <= now else moment - 86_400


def _checked(more):
    """Numbers within their bounds. Invalid."""
    bounds = {"hour": (0, 23, "an hour from 0 to 23"), "warn_days": (1, 365, "1 to 365 days"), "limit": (0, 10**7, "KiB a second, 0 for no limit")}
    wanted = {name: value for name, value in more.items() if value is not None}
    for name, value in wanted.items():
        least, most, text = bounds[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise errors.Invalid(f"This wants {text}.")
    return wanted


def _settled(data):
    """How often things were moved until now, when nothing is being moved; None where that does not happen."""
    deadline = time.monotonic() + PATIENCE
    while (counted := copies.moves(data)) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return counted


def _explained(quiet, troubles):
    if troubles:
        path, why = troubles[0]
        return f"{len(troubles)} files could not be read, among them {Path(path).name}: the disk of the data may be about to die."
    return "Things were moved all the time while it was made; what was moved may not be in it. The next one will tell."

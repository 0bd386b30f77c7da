"""The server's side of backups: one every night, when somebody asks, and the one that a fresh box is made from.

The work is done by the commands (``hearth backup …``), each a program of its own: what it takes is given back at its end, and the
hub waits for nothing. What came of it stands in the records that both read.
"""
import json
import os
import sys

from gevent.event import Event

from appliance.core import errors, events, jobs, log
from appliance.identity import roles
from appliance.system import programs, restore
from appliance.system.backup import Backup, sheet
from appliance.system.places import Place, disks

SHORT = 300                                         # seconds for choosing a place


class Nightly:
    """Makes backups for administrators, who are asked for first."""

    def __init__(self, config, bus):
        self._config, self._bus = config, bus
        self.backup = Backup(config)
        self._busy = False

    def tick(self):
        """Make one, where one is due."""
        if jobs.blocking(self.backup.due):
            self._make()

    def _make(self, work="create"):
        if self._busy:
            return
        self._busy = True
        try:
            command(self._config, [work])
        except errors.HouseError as error:          # it is written down: health tells of it
            log.get("system").warning("the backup failed (%s): %s", work, error)
        finally:
            self._busy = False

    # For administrators.

    def state(self, actor):
        """``(Settings, what came of the last, whether one is running)``. Forbidden."""
        roles.require(actor, "Settings.ReadWrite")
        return jobs.blocking(lambda: (self.backup.settings(), self.backup.past(), self._busy or self.backup.running()))

    @staticmethod
    def place(settings):
        """The Place that was chosen, None where none was, or one that is none."""
        try:
            return Place.parse(settings.place) if settings.place else None
        except errors.Invalid:
            return None

    def disks(self, actor):
        """Disks that a backup could go to; see ``places.disks``. Forbidden."""
        roles.require(actor, "Settings.ReadWrite")
        return jobs.blocking(disks, self._config.data)

    def snapshots(self, actor):
        """What is kept, the oldest first. Forbidden, Unavailable."""
        roles.require(actor, "Settings.ReadWrite")
        return command(self._config, ["list"], seconds=SHORT)

    def run(self, actor, work="create"):
        """Begin one now, or to "verify" all that is kept. Forbidden, Conflict where one is running."""
        _require(actor)
        settings, _, running = self.state(actor)
        if not settings.place:
            raise errors.Invalid("No place for backups was chosen yet.")
        if running:
            raise errors.Conflict("A backup is being made just now. Wait until it is done.")
        jobs.soon(self._make, work)

    def choose(self, actor, place, key="", access="", secret="", same_disk=False, hour=None, warn_days=None, limit=None):
        """Let backups go to a place; the recovery sheet. Forbidden, Invalid, Unavailable."""
        _require(actor)
        place = Place.parse(place)
        jobs.blocking(place.check, self._config.data, True, same_disk)
        given = {"--hour": hour, "--warn-days": warn_days, "--limit": limit}
        words = ["set", place.text, *(["--same-disk"] if same_disk else []), *(["--existing-key"] if key else []),
                 *([f"--access-key={access}"] if access else [])]
        for name, value in given.items():
            words += [f"{name}={value}"] if value is not None else []
        command(self._config, words, "".join(f"{_one_line(each)}\n" for each in (key, secret) if each), SHORT)
        self._bus.publish(events.BackupSet(actor.id, actor.origin, place.kind))
        return self.sheet(actor)

    def stop(self, actor):
        """Make no more."""
        _require(actor)
        jobs.bulk(self.backup.forget)
        self._bus.publish(events.BackupSet(actor.id, actor.origin))

    def sheet(self, actor):
        """The recovery sheet. Forbidden, NotFound."""
        _require(actor)
        settings = jobs.blocking(self.backup.settings)
        if not settings.key or not settings.place:
            raise errors.NotFound("There is no backup yet, so there is nothing to recover.")
        self._bus.publish(events.RecoverySheetShown(actor.id, actor.origin))
        return sheet(settings)

    def public_key(self, actor):
        """What lets this box in by SSH. Forbidden."""
        _require(actor)
        return command(self._config, ["key"], seconds=SHORT)["key"]


class Restoring:
    """Makes a fresh box what another one was. Whoever has the set-up code may ask for it; the caller has checked that."""

    def __init__(self, config, people, bus):
        self._config, self._people, self._bus = config, people, bus
        self.state, self.error, self.place, self.outcome = "none", "", "", {}
        self.done = Event()                         # the restored storage waits to take its place: serve begins anew

    def begin(self, place, key, access="", secret="", snapshot="", despite=False):
        """Begin; look at ``state`` (none, running, failed, done) and ``error``. Conflict, Invalid."""
        place = Place.parse(place)
        if self.state in ("running", "done"):
            raise errors.Conflict("A backup is being restored already.")
        words = ["restore", place.text, *([f"--snapshot={snapshot}"] if snapshot else []), *([f"--access-key={access}"] if access else []),
                 *(["--despite-errors"] if despite else [])]
        self.state, self.error, self.place = "running", "", place.text
        jobs.soon(self._run, words, "".join(f"{_one_line(each)}\n" for each in (key, secret) if each))

    def suggested(self):
        """The place that was asked for last, or where a disk that is plugged in has a backup; "" where nothing is known."""
        return self.place or next((each["place"] for each in jobs.blocking(disks, self._config.data) if each["backup"]), "")

    def _run(self, words, said):
        try:
            outcome = command(self._config, words, said)
        except errors.HouseError as error:
            self.state, self.error = "failed", str(error)
            return
        except BaseException:
            self.state, self.error = "failed", "It was cut off. Begin again."
            raise
        if not self._people.wants_setup():          # somebody was quicker: what is in use is never replaced
            jobs.bulk(restore.discard, self._config.data)
            self.state, self.error = "failed", "Somebody has made an account on this box meanwhile, so nothing was restored."
            return
        self.outcome, self.state = outcome, "done"
        self.done.set()

    def tell(self):
        """Let the audit trail know what was restored before this start."""
        note = jobs.bulk(restore.told, self._config.data)
        if note is not None:
            self._bus.publish(events.StorageRestored("", events.HERE, note["time"]))
            self.outcome = note


def command(config, words, said="", seconds=None):
    """Run ``hearth backup`` and read its answer; what it refuses is refused here. Unavailable."""
    environ = {"PYTHONPATH": programs.HOUSE, **{name: os.environ[name] for name in ("HEARTH_CONFIG",) if name in os.environ}}
    done = programs.run([sys.executable, "-P", "-m", "appliance", "backup", *words, "--json", "--data", config.data, "--cache", config.cache],
                        environ=environ, input=said.encode(), seconds=seconds)
    lines = [line for line in done.err.splitlines() if line.strip()]
    for line in lines:
        if not line.startswith("hearth: "):
            log.get("system").info("backup: %s", line[:1000])
    try:
        return json.loads(done.out)
    except ValueError:
        told = next((line.removeprefix("hearth: ") for line in reversed(lines) if line.startswith("hearth: ")), "It was cut off. Start it again.")
        raise errors.Unavailable(told) from None


def _require(actor):
    """Forbidden for all but an administrator in person: what a program was given must not carry everything away."""
    roles.require(actor, "Settings.ReadWrite")
    if actor.token:
        raise errors.Forbidden("Sign in yourself for this; an app token may not.")


def _one_line(text):
    if "\n" in text or "\r" in text or not text.isprintable():
        raise errors.Invalid("A key is one line of letters and digits.")
    return text

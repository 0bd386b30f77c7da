"""restic, Debian's: keeps what it is given once, encrypted, and can prove that it can be read. https://restic.readthedocs.io

It is told everything by its environment, runs after everything else (nice, ionice), and is kept small: one thread of Go's, whose
collector runs often. What it says when something goes wrong is put into words that tell what to do.
"""
import json
import os
import re
import shlex
from pathlib import Path

from appliance.core import errors, log
from appliance.system import programs

SMALL = {"GOGC": "20", "GOMAXPROCS": "1", "GOMEMLIMIT": "150MiB", "RESTIC_PROGRESS_FPS": "0.02", "TZ": "UTC"}
SHORT = 120                                         # seconds for what only asks; a disk that sleeps, a slow line
INCOMPLETE = 3                                      # its exit status where some files could not be read
TAG = "hearth"
_SAID = (                                           # what it says, and what that means
    ("wrong password or no key found", "The key does not open this backup. Look at the recovery sheet that belongs to it."),
    ("no space left on device", "There is no room left where the backup lies. Take a larger disk, or delete something else there."),
    ("Host key verification failed", "The computer that keeps the backup is not the one it was: its host key is another. If that is right, set the place up again."),
    ("Permission denied (", "The computer that keeps the backup does not let this box in. Add the public key of this box to authorized_keys there."),
    ("Access Key Id you provided", "The storage does not let this box in. Are the access key and the secret right?"),
    ("signature we calculated", "The storage does not let this box in. Are the access key and the secret right?"),
    ("Access Denied", "The storage does not let this box in. Are the access key and the secret right?"),
    ("ermission denied", "The box may not read or write where the backup lies. Give that folder to the user that owns the data."),
    ("read-only file system", "The disk that holds the backup cannot be written: it may be damaged, or mounted read-only."),
    ("input/output error", "A disk cannot be read or written (input/output error). It may be about to die."),
    ("already locked", "Another program is at work on this backup. Try again later."),
)
_NONE = "There is no backup at this place. Is the disk there, and is the address right?"
_CUT_OFF = "The place of the backup cannot be reached. Is it switched on, and is the address right?"
_AWAY = ("connection refused", "no such host", "no route to host", "timed out", "timeout", "network is unreachable", "Connection closed",
         "Could not resolve", "connection reset", "Connection refused", "subprocess ssh exited", "unable to start the sftp session",
         "file already closed", "EOF")


class Repository:
    """A backup at a place, opened by a key."""

    def __init__(self, place, key, cache, keys, access="", secret="", limit=0, lend=None):
        """``keys`` is the folder with this box's SSH key; ``limit`` is KiB a second to send, 0 for all there is."""
        self.place, self._lend = place, lend
        self._options = ["--limit-upload", str(limit)] if limit else []
        self._environ = {**SMALL, "RESTIC_REPOSITORY": place.repository, "RESTIC_PASSWORD": key, "RESTIC_CACHE_DIR": os.fspath(Path(cache) / "restic"),
                         "TMPDIR": "/var/tmp"}
        if place.kind == "s3":
            self._environ |= {"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret}
        if place.kind == "ssh":
            self._ssh = _ssh(place, keys)
            self._options += ["-o", f"sftp.command={shlex.join(self._ssh)}"]

    def id(self):
        """The id of the repository: another one in its place is not the same backup. Unavailable, Invalid."""
        return json.loads(self._run("cat", "config", seconds=SHORT).out)["id"]

    def begin(self):
        """Make it, where there is none yet."""
        self._run("init", seconds=SHORT)

    def unlock(self):
        """Forget locks of those who were cut off."""
        self._run("unlock", seconds=SHORT)

    def snapshots(self, storage=""):
        """What is kept, the oldest first: ``{"id", "time", "storage", "bytes"}``; of one storage, or of all."""
        found = json.loads(self._run("--no-lock", "snapshots", "--json", "--tag", f"{TAG},{storage}" if storage else TAG, seconds=SHORT).out or "null") or []
        return [{"id": each["short_id"], "time": _whole(each["time"]), "storage": next((tag for tag in each.get("tags", ()) if tag != TAG), "")}
                for each in sorted(found, key=lambda each: each["time"])]

    def backup(self, source, storage, exclude):
        """Keep a folder as it is; what restic tells at the end, and the files that it could not read as ``[(path, why)]``."""
        words = ["backup", ".", "--json", "--one-file-system", "--host", TAG, "--tag", f"{TAG},{storage}"]
        for each in exclude:
            words += ["--exclude", _literal(each)]
        done = self._run(*words, folder=source, passing=(INCOMPLETE,))
        lines = [_parsed(line) for line in done.out.splitlines()[-50:]] + [_parsed(line) for line in done.err.splitlines()]
        summary = next(line for line in lines if line.get("message_type") == "summary")
        return summary, [(line.get("item", ""), str(line.get("error"))) for line in lines if line.get("message_type") == "error"]

    def forget(self, storage, prune=False):
        """Let old ones go: one of each of the last 7 days, 5 weeks, 12 months and 3 years stays; ``prune`` gives their room back."""
        self._run("forget", "--tag", f"{TAG},{storage}", "--group-by", "tags", "--keep-last", "3", "--keep-daily", "7", "--keep-weekly", "5",
                  "--keep-monthly", "12", "--keep-yearly", "3", *(["--prune", "--max-unused", "10%"] if prune else []))

    def check(self, part=None):
        """Look whether it is whole; ``part`` reads back that much of what lies there, as ``2/30`` or ``100%``. Corrupt."""
        done = self._run("check", *(["--read-data-subset", part] if part else []), passing=(1,))
        if done.status:
            if "Fatal: repository contains errors" in done.err or "error" in done.out:
                log.get("system").error("the backup is damaged: %s", (done.err or done.out)[-2000:])
                raise errors.Corrupt("The backup is damaged where it lies. Make another one on another disk, today.")
            raise _refusal(done)

    def restore(self, snapshot, target):
        """Put a snapshot into a folder, reading back what was written; the lines of what went wrong with single files."""
        done = self._run("--no-lock", "restore", snapshot, "--target", target, "--verify", passing=(1,))
        if done.status and not re.search(r"There were \d+ errors", done.err):
            raise _refusal(done)
        return [line for line in done.err.splitlines() if line.strip() and "There were" not in line] if done.status else []

    def _run(self, *words, folder=None, seconds=None, passing=()):
        try:
            done = programs.run(["restic", *self._options, *words], environ=self._environ, folder=folder, gentle=True, seconds=seconds, lend=self._lend)
        except errors.Unavailable:                  # it tries for a quarter of an hour to reach who is not there
            raise errors.Unavailable(_CUT_OFF) from None
        if done.status and done.status not in passing:
            if self.place.kind == "ssh" and any(words in done.err for words in _AWAY):     # it may have ended before ssh said why
                done = done._replace(err=done.err + programs.run(self._ssh, seconds=SHORT).err)
            raise _refusal(done)
        return done


def forget_host(place, keys):
    """Let a computer be another one than the last time: an administrator who sets it up again means the one that answers now."""
    known = Path(keys) / "known_hosts"
    host = place.host.rpartition("@")[2]
    if place.kind == "ssh" and known.is_file():
        programs.run(["ssh-keygen", "-R", host if place.port == 22 else f"[{host}]:{place.port}", "-f", known], seconds=SHORT)


def public_key(keys):
    """The public SSH key of this box, to be put into ``authorized_keys`` elsewhere; made when first asked for."""
    file = Path(keys) / "id_ed25519"
    if not file.is_file():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        done = programs.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "hearth", "-f", file], seconds=SHORT)
        if done.status:
            raise errors.Unavailable("This box cannot make a key for SSH.", error=done.err)
    return file.with_suffix(".pub").read_text().strip()


def _ssh(place, keys):
    """The command that reaches a computer: with our key and nobody else's, its host key remembered from the first time."""
    options = {"IdentityFile": f"{keys}/id_ed25519", "IdentitiesOnly": "yes", "UserKnownHostsFile": f"{keys}/known_hosts",
               "StrictHostKeyChecking": "accept-new", "BatchMode": "yes", "ConnectTimeout": "30", "ServerAliveInterval": "30"}
    return ["ssh", "-F", "none", *(f"-o {name}={value}" for name, value in options.items()), "-p", str(place.port), place.host, "-s", "sftp"]


def _refusal(done):
    """What went wrong, in a sentence."""
    said = done.err + done.out[-2000:]
    log.get("system").log(10 if "config file" in said else 30, "restic ended with %s: %s", done.status, " | ".join(said.strip().splitlines()[-5:])[:2000])
    for words, meaning in _SAID:
        if words in said:
            return errors.Unavailable(meaning)
    if any(words in said for words in _AWAY):
        return errors.Unavailable(_CUT_OFF)
    if "unable to open config file" in said or "Is there a repository at" in said:
        return errors.Unavailable(_NONE)
    if done.status < 0:
        return errors.Unavailable("The backup was cut off. What was kept before is still there; start it again.")
    last = next((line for line in reversed(done.err.strip().splitlines()) if line.strip()), "restic failed")
    return errors.Unavailable(f"The backup did not work: {last[:200]}.")


def _parsed(line):
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _literal(path):
    """A path as a pattern that means it alone."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", os.fspath(path))


def _whole(time):
    """RFC 3339 without the fraction of a second, in UTC as restic is told to write it."""
    return re.sub(r"\.\d+", "", time)

"""Everybody in memory, read again whenever the folder has changed: by us, or by a command in another process."""
import os
import time
from typing import NamedTuple

from appliance.core import errors, events, log, records
from appliance.identity.accounts import Account, Group, folded, from_record
from appliance.identity.folder import stamp
from appliance.identity.policy import Policy

KINDS = {"accounts": Account, "groups": Group}
SETTLED = 100_000_000                               # nanoseconds; the clock of a file system ticks every few milliseconds


class Everybody(NamedTuple):
    """Everybody at one moment."""

    stamps: tuple | None                            # of the folders; None where they may change within the same tick
    files: dict                                     # (folder, file name) -> (stamp, Account or Group or None); and the Policy
    accounts: dict                                  # id -> Account
    groups: dict                                    # id -> Group
    by_login: dict                                  # folded login name -> Account
    by_email: dict
    by_group: dict                                  # folded name -> Group
    departed: tuple                                 # accounts of which only files are left
    policy: Policy                                  # what is asked of all

    def account(self, name_or_id):
        """The account of that id, login name or mail address, or None."""
        name = folded(name_or_id)
        return self.accounts.get(name_or_id) or self.by_login.get(name) or (self.by_email.get(name) if name else None)

    def group(self, name_or_id):
        """The group of that id or name, or None."""
        return self.groups.get(name_or_id) or self.by_group.get(folded(name_or_id))

    def groups_of(self, account_id):
        """The groups that an account is in, by name."""
        return sorted((group for group in self.groups.values() if account_id in group.members), key=lambda group: group.name)


class Directory:
    """Answers who there is, as of now."""

    def __init__(self, folder, bus):
        self._folder, self._bus, self._seen = folder, bus, None

    def look(self):
        """Everybody as of now; costs the look at two folders."""
        return self._keep(self._folder.look(read, self._folder.path, self._seen))

    def look_with(self, file):
        """Everybody as of now, and the stamp of one file, in one go."""
        seen, mark = self._folder.look(_read_with, self._folder.path, self._seen, file)
        return self._keep(seen), mark

    @property
    def seen(self):
        """Everybody as of the last look, or None; to begin another look from."""
        return self._seen

    def _keep(self, seen):
        before, self._seen = self._seen, seen
        if before is not None and seen is not before:
            for account in before.accounts.keys() | seen.accounts.keys():
                if before.accounts.get(account) != seen.accounts.get(account):
                    self._bus.publish(events.AccountChanged(account))
        return seen


def read(path, before=None):
    """Everybody as of now; ``before`` itself where nothing has changed. Blocking."""
    now = time.time_ns()
    stamps = tuple(stamp(path / part) for part in KINDS)
    if None in stamps:
        raise errors.Unavailable()
    mark = stamp(path / Policy.FILE)
    stamps = *stamps, mark
    if before is not None and before.stamps == stamps:
        return before
    settled = all(abs(now - each[1]) > SETTLED for each in stamps if each)
    known = before.files if before is not None else {}
    policy = known.get(Policy.FILE)
    if policy is None or policy[0] != mark:
        policy = mark, Policy.read(path)
    files = {Policy.FILE: policy}
    for part, kind in KINDS.items():
        with os.scandir(path / part) as entries:
            for entry in entries:
                if entry.name.endswith(".json") and not entry.name.startswith("."):
                    files[part, entry.name] = _file(kind, entry, known.get((part, entry.name)))
    return _people(stamps if settled else None, files)


def _read_with(path, before, file):
    return read(path, before), stamp(path / file)


def _file(kind, entry, known):
    mark = stamp(entry.path)
    if known is not None and known[0] == mark:
        return known
    try:
        record = records.read(entry.path)
        return mark, record and from_record(kind, record)
    except errors.Corrupt:                          # one damaged record must not keep everybody else out
        log.get("identity").error("the record %s is damaged; run \"hearth check\"", entry.name)
        return mark, None


def _people(stamps, files):
    read = [thing for _, thing in files.values() if thing is not None]
    accounts = [thing for thing in read if isinstance(thing, Account)]
    here = {each.id: each for each in accounts if each.removed is None}
    groups = {thing.id: thing for thing in read if isinstance(thing, Group)}
    return Everybody(stamps, files, here, groups,
                  by_login={folded(each.name): each for each in here.values()},
                  by_email={folded(each.email): each for each in here.values() if each.email},
                  by_group={folded(each.name): each for each in groups.values()},
                  departed=tuple(each for each in accounts if each.removed is not None), policy=files[Policy.FILE][1])

"""Everybody in memory, read again whenever something has changed: by us, or by a command in another process.

Who changes people counts it in the lock, once before the first record is written and once after the last one, so that no
change is missed however short the ticks of the file system's clock are. What we change ourselves we need not read again.
"""
import os
from typing import NamedTuple

from appliance.core import errors, events, log, records
from appliance.identity.accounts import Account, Group, folded, from_record, to_record
from appliance.identity.folder import count, set_count, stamp
from appliance.identity.policy import Policy

KINDS = {"accounts": Account, "groups": Group}


class Everybody(NamedTuple):
    """Everybody at one moment."""

    marks: tuple                                    # the count of changes, then the stamps of the folders and of the policy
    files: dict                                     # (folder, file name) -> (stamp, Account or Group or None); and the Policy
    accounts: dict                                  # id -> Account
    groups: dict                                    # id -> Group
    listed: tuple                                   # all accounts by name
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
        return sorted((group for group in self.groups.values() if account_id in group.who), key=lambda group: group.name)


class Directory:
    """Answers who there is, as of now."""

    def __init__(self, folder, bus):
        self._folder, self._bus, self._seen = folder, bus, None

    def look(self):
        """Everybody as of now; costs the look at two folders and two files."""
        return self._keep(self._folder.look(read, self._folder.path, self._seen))

    def look_with(self, file):
        """Everybody as of now, and the stamp of one file, in one go."""
        seen, mark = self._folder.look(_read_with, self._folder.path, self._seen, file)
        return self._keep(seen), mark

    def change(self, function, *args):
        """Run a function of ``changes`` under the lock; it gets a Book to write in. Answers what it does."""
        result, seen = self._folder.change(_changed, self._folder.path, self._seen, function, args)
        self._keep(seen)
        return result

    @property
    def seen(self):
        """Everybody as of the last look, or None."""
        return self._seen

    def _keep(self, seen):
        before, self._seen = self._seen, seen
        if before is not None and seen is not before:
            for account in before.accounts.keys() | seen.accounts.keys():
                old, new = before.accounts.get(account), seen.accounts.get(account)
                if old is not new and old != new:
                    self._bus.publish(events.PeopleChanged(account))
        return seen


class Book:
    """A change under way: ``everybody`` as of now, and what is written. Used under the lock, blocking."""

    def __init__(self, path, seen):
        self.path, self.everybody = path, read(path, seen)
        self._files, self._count = dict(self.everybody.files), None

    def write(self, thing):
        """Write an Account or a Group."""
        file = self._file(thing)
        records.write(file, to_record(thing))
        self._files[file.parent.name, file.name] = stamp(file), thing

    def remove(self, thing):
        """Take the record of an Account or a Group away."""
        file = self._file(thing)
        records.remove(file)
        self._files.pop((file.parent.name, file.name), None)

    def write_policy(self, policy):
        """Write what is asked of all."""
        self._begin()
        policy.write(self.path)
        self._files[Policy.FILE] = stamp(self.path / Policy.FILE), policy

    def close(self):
        """The change is over, or has failed."""
        if self._count is not None:
            set_count(self.path, self._count + 1)

    def after(self):
        """Everybody as of then."""
        return self.everybody if self._count is None else _people(_marks(self.path), self._files)

    def _file(self, thing):
        self._begin()
        part = next(part for part, kind in KINDS.items() if isinstance(thing, kind))
        return self.path / part / f"{thing.id}.json"

    def _begin(self):
        if self._count is None:
            self._count = count(self.path) // 2 * 2 + 1     # also where one before us was cut off
            set_count(self.path, self._count)


def read(path, before=None):
    """Everybody as of now; ``before`` itself where nothing has changed. Blocking."""
    marks = _marks(path)
    if before is not None and before.marks == marks and marks[0] % 2 == 0:
        return before
    known = before.files if before is not None else {}
    policy = known.get(Policy.FILE)
    if policy is None or policy[0] != marks[-1]:
        policy = marks[-1], Policy.read(path)
    files = {Policy.FILE: policy}
    for part, kind in KINDS.items():
        with os.scandir(path / part) as entries:
            for entry in entries:
                if entry.name.endswith(".json") and not entry.name.startswith("."):
                    files[part, entry.name] = _file(kind, entry, known.get((part, entry.name)))
    return _people(marks, files)


def _marks(path):
    """What is another one after every change."""
    found = count(path), *(stamp(path / part) for part in KINDS), stamp(path / Policy.FILE)
    if None in found[:-1]:
        raise errors.Unavailable()
    return found


def _changed(path, seen, function, args):
    book = Book(path, seen)
    try:
        result = function(book, *args)
    finally:
        book.close()
    return result, book.after()


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


def _people(marks, files):
    read = [thing for _, thing in files.values() if thing is not None]
    accounts = [thing for thing in read if isinstance(thing, Account)]
    here = {each.id: each for each in accounts if each.removed is None}
    groups = {thing.id: thing for thing in read if isinstance(thing, Group)}
    return Everybody(marks, files, here, groups, tuple(sorted(here.values(), key=lambda each: each.key)),
                     by_login={each.key: each for each in here.values()},
                     by_email={each.email_key: each for each in here.values() if each.email},
                     by_group={each.key: each for each in groups.values()},
                     departed=tuple(each for each in accounts if each.removed is not None), policy=files[Policy.FILE][1])

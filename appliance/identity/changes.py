"""The changes of accounts and groups: plain blocking functions that run under the lock of the folder.

Each looks at everybody once more before it writes, because another process may have been faster; ``seen`` is an earlier
look that makes this one cheap. What a crash could leave behind between two writes opens no door: secrets come before the
account that makes them count, and go after it.
"""
from dataclasses import replace

from appliance.core import errors, records
from appliance.identity import directory, keys, sessions, setup
from appliance.identity.accounts import folded, to_record


def add(path, seen, account, secret):
    """Write a new account and the hash of its password."""
    _insert(path, directory.read(path, seen), account, secret)
    if account.role == "admin":
        setup.forget(path)


def set_up(path, seen, account, secret, code):
    """Write the first administrator."""
    everybody = directory.read(path, seen)
    if any(each.role == "admin" for each in everybody.accounts.values()):
        raise errors.Forbidden(setup.GONE)
    if code is not None:
        setup.check(path, code)
    _insert(path, everybody, account, secret)
    setup.forget(path)


def put(path, seen, account_id, wanted):
    """Change members of an account; answers it as it is then."""
    everybody = directory.read(path, seen)
    account = _found(everybody, account_id)
    account = replace(account, **wanted)
    _unique(everybody, account)
    _write(path, "accounts", account)
    if account.role == "admin":
        setup.forget(path)
    return account


def set_password(path, seen, account, secret, but=""):
    """Replace the hash of a password, and end what the old one had opened."""
    _found(directory.read(path, seen), account.id)
    file = _secrets(path, account.id)
    records.write(file, {**(records.read(file) or {}), "password": secret})
    keys.forget(path, account.id)
    sessions.end_all(path, account.id, but)


def remove(path, seen, account, when):
    """Leave nothing of an account but the note that its files are to be cleared up."""
    everybody = directory.read(path, seen)
    account = _found(everybody, account.id)
    _write(path, "accounts", replace(account, removed=when, enabled=False))
    for group in everybody.groups_of(account.id):
        _write(path, "groups", _without(group, account.id))
    records.remove(_secrets(path, account.id))
    keys.forget(path, account.id)
    sessions.end_all(path, account.id)


def forget(path, _seen, account_id):
    """Remove the note."""
    records.remove(path / "accounts" / f"{account_id}.json")


def add_group(path, seen, group):
    """Write a new group."""
    if directory.read(path, seen).group(group.name) is not None:
        raise errors.AlreadyExists(f'There is a group "{group.name}" already.')
    _write(path, "groups", group)


def remove_group(path, _seen, group_id):
    """Remove a group."""
    records.remove(path / "groups" / f"{group_id}.json")


def set_member(path, seen, group_id, account_id, member):
    """Put an account into a group, or take it out."""
    everybody = directory.read(path, seen)
    _found(everybody, account_id)
    group = everybody.groups.get(group_id)
    if group is None:
        raise errors.NotFound()
    if (account_id in group.members) != member:
        _write(path, "groups", replace(group, members=(*group.members, account_id)) if member else _without(group, account_id))


def _found(everybody, account_id):
    account = everybody.accounts.get(account_id)
    if account is None:
        raise errors.NotFound()
    return account


def _insert(path, everybody, account, secret):
    _unique(everybody, account)
    if secret is not None:
        records.write(_secrets(path, account.id), {"password": secret})
    _write(path, "accounts", account)


def _unique(everybody, account):
    """No other account answers to one of these names."""
    for name in filter(None, (account.name, account.email)):
        for other in (everybody.by_login.get(folded(name)), everybody.by_email.get(folded(name))):
            if other is not None and other.id != account.id:
                raise errors.AlreadyExists(f'There is an account "{name}" already. Choose another name.')


def _without(group, account_id):
    return replace(group, members=tuple(each for each in group.members if each != account_id))


def _write(path, part, thing):
    records.write(path / part / f"{thing.id}.json", to_record(thing))


def _secrets(path, account_id):
    return path / "credentials" / f"{account_id}.json"

"""The changes of accounts and groups: plain blocking functions that run under the lock of the folder, with a Book to write in.

Its ``everybody`` was looked at once more, because another process may have been faster. What a crash could leave behind
between two writes opens no door: secrets come before the account that makes them count, and go after it.
"""
from dataclasses import replace

from appliance.core import errors, records
from appliance.identity import credentials, keys, sessions, setup
from appliance.identity.accounts import folded

LAST = "Somebody must look after this box, and this is its last administrator who can sign in. Make another one first."


def add(book, account, secret):
    """Write a new account and the hash of its password."""
    _unique(book.everybody, account)
    if secret is not None:
        records.write(credentials.path(book.path, account.id), {"password": secret})
    book.write(account)
    if account.role == "admin":
        setup.forget(book.path)


def set_up(book, account, secret, code):
    """Write the first administrator."""
    if any(each.role == "admin" for each in book.everybody.accounts.values()):
        raise errors.Forbidden(setup.GONE)
    if code is not None:
        setup.check(book.path, code)
    add(book, account, secret)
    if code is not None:
        setup.go_on(book.path, setup.STEPS[0])


def put(book, account_id, wanted, secret=None):
    """Change members of an account, and its password where one is given; answers the account as it is then."""
    before = _found(book.everybody, account_id)
    account = replace(before, **wanted)
    _unique(book.everybody, account)
    _somebody_looks_after_it(book.everybody, before, account)
    if secret is not None:
        set_password(book, account, secret)
    if account != before:
        book.write(account)
    if account.role == "admin":
        setup.forget(book.path)
    return account


def set_password(book, account, secret, but=""):
    """Replace the hash of a password, and end what the old one had opened."""
    _found(book.everybody, account.id)
    file = credentials.path(book.path, account.id)
    records.write(file, {**credentials.read_or_begin_anew(file), "password": secret})
    keys.forget(book.path, account.id)
    sessions.end_all(book.path, account.id, but)


def remove(book, account, when, heir):
    """Leave nothing of an account but the note that its files are to be cleared up, or handed on to an heir."""
    account = _found(book.everybody, account.id)
    _somebody_looks_after_it(book.everybody, account, None)
    if heir:
        _found(book.everybody, heir)
    book.write(replace(account, removed=when, enabled=False, heir=heir))
    for group in book.everybody.groups_of(account.id):
        book.write(_without(group, account.id))
    records.remove(credentials.path(book.path, account.id))
    keys.forget(book.path, account.id)
    sessions.end_all(book.path, account.id)
    for part in ("consents", "settings"):
        records.remove(book.path / part / f"{account.id}.json")


def forget(book, account_id):
    """Remove the note of an account that was removed."""
    for account in book.everybody.departed:
        if account.id == account_id:
            book.remove(account)


def add_group(book, group):
    """Write a new group."""
    _free(book.everybody, group)
    book.write(group)


def put_group(book, group_id, name, joining):
    """Change the name of a group, None for as it is, and put accounts into it; answers it as it is then."""
    group = before = _group(book.everybody, group_id)
    if name is not None:
        group = replace(group, name=name)
        _free(book.everybody, group)
    new = [account for account in dict.fromkeys(joining) if _found(book.everybody, account).id not in group.who]
    group = replace(group, members=(*group.members, *new))
    if group != before:
        book.write(group)
    return group


def remove_group(book, group):
    """Remove a group."""
    book.remove(group)


def set_member(book, group_id, account_id, member):
    """Put an account into a group, or take it out; whether that was a change."""
    _found(book.everybody, account_id)
    group = _group(book.everybody, group_id)
    if (account_id in group.who) == member:
        return False
    book.write(replace(group, members=(*group.members, account_id)) if member else _without(group, account_id))
    return True


def set_policy(book, policy):
    """Change what is asked of all."""
    book.write_policy(policy)


def _found(everybody, account_id):
    account = everybody.accounts.get(account_id)
    if account is None:
        raise errors.NotFound()
    return account


def _group(everybody, group_id):
    group = everybody.groups.get(group_id)
    if group is None:
        raise errors.NotFound()
    return group


def _unique(everybody, account):
    """No other account answers to one of these names."""
    for name in filter(None, (account.name, account.email)):
        for other in (everybody.by_login.get(folded(name)), everybody.by_email.get(folded(name))):
            if other is not None and other.id != account.id:
                raise errors.AlreadyExists(f'There is an account "{name}" already. Choose another name.')


def _free(everybody, group):
    """No other group has this name."""
    other = everybody.by_group.get(group.key)
    if other is not None and other.id != group.id:
        raise errors.AlreadyExists(f'There is a group "{group.name}" already.')


def _somebody_looks_after_it(everybody, before, after):
    """Forbidden where a change would leave the box without an administrator who can sign in."""
    if _looks_after_it(before) and not (after and _looks_after_it(after)) \
            and not any(_looks_after_it(each) for each in everybody.accounts.values() if each.id != before.id):
        raise errors.Forbidden(LAST)


def _looks_after_it(account):
    return account.role == "admin" and account.enabled


def _without(group, account_id):
    return replace(group, members=tuple(each for each in group.members if each != account_id))

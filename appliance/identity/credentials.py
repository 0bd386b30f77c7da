"""The record of what somebody signs in with: the hash of a password, and second factors. Its fields are those of ``factors``.

A damaged one opens nothing: to take it for an empty one would take the second factor away.
"""
from appliance.core import errors, log, records

_DAMAGED = ('What is kept of this sign-in is damaged. Whoever looks after the box can put it back from a backup, or set a new password with '
            '"hearth user passwd"; a second factor is then added anew.')


def path(folder, account):
    """Where the record of an account lies."""
    return folder / "credentials" / f"{account}.json"


def read(file):
    """What is kept, {} where nothing is; Corrupt, saying what to do, where it makes no sense. Blocking."""
    try:
        record = records.read(file) or {}
        if not _sound(record):
            raise errors.Corrupt()
    except errors.Corrupt:
        raise errors.Corrupt(_DAMAGED, record=str(file)) from None
    return record


def read_or_begin_anew(file):
    """The same for who sets a new password; what is damaged is left behind."""
    try:
        return read(file)
    except errors.Corrupt:
        log.get("identity").error("what %s signs in with was damaged: a new password takes its place, and no second factor is left", file.stem)
        return {}


def _sound(record):
    kept, rescue = record.get("totp", {}), record.get("rescue", {})
    return (isinstance(record.get("password", ""), str) and isinstance(record.get("passkeys", []), list) and isinstance(record.get("recovery", []), list)
            and isinstance(kept, dict) and isinstance(rescue, dict)
            and (not kept or isinstance(kept.get("secret"), str) and _number(kept.get("since")) and _number(kept.get("step")))
            and (not rescue or isinstance(rescue.get("hash"), str) and _number(rescue.get("until")))
            and all(isinstance(code, str) for code in record.get("recovery", []))
            and all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in record.get("passkeys", [])))


def _number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)

"""The way back in for whoever holds the box, when every password and every second factor is forgotten.

A file on the boot partition, ``hearth-rescue.txt``, which any computer can write, names an account (or nobody, where there is one administrator
alone). At the next start (``hearth rescue --boot``, a unit before the server) that account gets a fresh password and loses its second factor;
``hearth-rescued.txt`` in the same place says so.

Whoever holds the box can read its disk anyway, so nothing is given away that they did not have. What makes it safe for everybody
else: it works by hand on the card alone, and once; all sessions of the account end; it is written down in the audit trail, and every administrator is
told for a week, in every way in which the box tells that something is wrong.
"""
import os
import secrets
from pathlib import Path

from appliance.core import Bus, clock, durable, errors, events, records
from appliance.identity import People
from appliance.system.findings import WARNING, Finding

ASKED, ANSWERED = "hearth-rescue.txt", "hearth-rescued.txt"
TWICE = ASKED + ".txt"                              # where Windows hides endings, who calls it ASKED there gets this
NOTE = "rescued.json"                               # in ``.hearth/system``
WEEK = 7 * 86_400
GROUPS = 5                                          # of four letters: 100 bits
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"       # none that looks like another


def rescue(config, name=""):
    """Give an account a fresh password and no second factor: ``(name, password)``. NotFound; blocking, as who owns the storage."""
    home = config.data / ".hearth"
    if not (home / "FORMAT").is_file():
        raise errors.NotFound(f"There is no storage in {config.data}. Name its folder with --data.")
    people = People(home / "identity", Bus())
    try:
        account = _meant(people, name)
        password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(GROUPS))
        if not account.enabled:
            people.enable(account.id)
        if people.wants_setup():                    # nobody looks after the box any more
            people.set(account.id, role="admin")
        records.write(home / "system" / NOTE, {"account": account.id, "name": account.name, "at": clock.now(), "told": False})
        people.passwd(account.id, password)
        people.factors.reset(account.id)
        return account.name, password
    finally:
        people.close()


def asked(folder):
    """The name in the file in a folder, None where there is no file; the file is gone then, so that it works once."""
    file = next((file for name in (ASKED, TWICE) if (file := Path(folder) / name).exists()), None)
    if file is None:
        return None
    with open(file, "rb") as open_file:
        text = open_file.read(1000)
    file.unlink()
    _sync(folder)
    code = next((code for mark, code in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")) if text.startswith(mark)), "utf-8")
    lines = text.decode(code, "replace").split("\n")        # Windows' Notepad begins with a mark
    return lines[0].strip()


def answer(folder, text):
    """Leave the answer for whoever takes the card out again."""
    durable.write_file(Path(folder) / ANSWERED, text.replace("\n", "\r\n").encode())


def answered(name, password):
    """What stands in it."""
    return (f"Sign in as {name} with the password\n\n    {password}\n\nand choose another one at once. There is no second factor any more: add one again.\n"
            "All administrators are told of this. Delete this file.\n")


def tell(config, bus):
    """Let the audit trail know of a rescue before this start. In a greenlet."""
    file = config.data / ".hearth" / "system" / NOTE
    note = records.read(file)
    if note and clock.now() - note["at"] > WEEK:
        records.remove(file)
    elif note and not note.get("told"):
        records.write(file, {**note, "told": True})
        bus.publish(events.AccountRescued("", events.HERE, note["account"], note["name"]))


def check(box):
    """Every administrator is told for a week."""
    note = records.read(box.config.data / ".hearth" / "system" / NOTE)
    if not note or not 0 <= clock.now() - note["at"] < WEEK:
        return []
    return [Finding(f"account-rescued-{note['account'][:8]}", WARNING, f"The account {note['name']} got a new password from somebody who holds the box.",
                    "If that was none of you, keep the box where nobody else can reach it, and change all passwords.", {key: note[key] for key in ("account", "name", "at")})]


def _meant(people, name):
    """The account; no name means the only administrator there is."""
    admins = [account for account in people.list() if account.role == "admin"]
    try:
        if name:
            return people.find(name)
        if len(admins) == 1:
            return admins[0]
        raise errors.NotFound("The file does not say whom to let in.")
    except errors.NotFound as error:
        names = ", ".join(account.name for account in admins) or "nobody"
        raise errors.NotFound(f"{error} The administrators are: {names}. Write one of these names into {ASKED} and start the box again.") from None


def _sync(folder):
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        durable.fsync_folder(fd)
    finally:
        os.close(fd)

"""For whoever copies the whole storage while it is used, and puts a copy back. Plain blocking functions.

Files become real by one rename and are never written in place, so a copy of each is whole whenever it is read. What can be missed is
a name: something that is moved from where the copying has not been yet to where it has been already. So moves are counted
(``Disk.moving``), and a copy during which there were none has all that was there when it began.
"""
import os
import secrets
from pathlib import Path

from appliance.core import durable, ids
from appliance.storage.disk import FOLDERS, FORMAT, MOVES

LEFT_OUT = ("drafts/*", "uploads/*", "running", "ballast")      # in the house: not there yet, or of this start alone


def moves(data):
    """What is another one whenever something was moved or people were changed meanwhile; None while that is under way."""
    house = Path(data) / ".hearth"
    try:
        counted = (house / "running").read_bytes()
    except FileNotFoundError:
        counted = b""
    begun, ended = MOVES.unpack(counted[8:24]) if len(counted) >= 24 else (0, 0)
    try:
        people = (house / "identity" / "lock").read_bytes()
    except FileNotFoundError:
        people = b""
    if (begun != ended and served(data)) or people[-1:].isdigit() and int(people) % 2:
        return None
    return bool(counted), begun, people


def served(data):
    """Whether somebody serves or repairs the storage."""
    return durable.is_held(Path(data) / ".hearth" / "running")


def storage_id(data):
    """The id of the storage in a folder, "" where there is none that can be read."""
    try:
        lines = (Path(data) / ".hearth" / "FORMAT").read_text().split("\n")
        return lines[1] if lines[0] == str(FORMAT) and ids.is_uuid(lines[1]) else ""
    except (OSError, ValueError, IndexError):
        return ""


def renew(data):
    """Make a copy that was put back a storage of its own time: another fingerprint, so that sync clients keep what is newer than it
    (oc:data-fingerprint), and another generation at the next start, so that they look again."""
    house = Path(data) / ".hearth"
    for name in FOLDERS:
        (house / name).mkdir(mode=0o700, exist_ok=True)
    for name in ("people", "projects"):
        (Path(data) / name).mkdir(mode=0o750, exist_ok=True)
    durable.write_file(house / "FORMAT", f"{FORMAT}\n{storage_id(data)}\n{secrets.token_hex(16)}\n".encode())
    durable.write_file(house / "running", b"1")     # as after a pulled plug: what the cache knows is not believed


def empty(data):
    """Whether no space is in a folder: there is no storage in it, or one that nobody has begun to use."""
    data = Path(data)
    return not data.exists() or not any((data / name).is_dir() and os.listdir(data / name) for name in ("people", "projects"))

"""Small JSON files, written whole or not at all. A damaged one is an error, never an empty record."""
import errno
import json
import os
from pathlib import Path

from appliance.core import durable, errors, jobs

LARGEST = 1 << 20                                   # bytes; a record is small by nature


def read(path):
    """The record as a dict, or None where there is none. Blocking."""
    try:
        with open(path, "rb") as file:
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    try:
        record = json.loads(text) if len(text) <= LARGEST else None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise errors.Corrupt(record=os.fspath(path))
    return record


def write(path, record):
    """Write the record for good, whole or not at all. Blocking."""
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
    durable.write_file(path, text.encode() + b"\n")


def change(path, function):
    """Write what ``function`` makes of a record, which it reads itself; remove it where that is nothing. Blocking; errors of the house."""
    try:
        after = function(path)
        if after:
            write(path, after)
        else:
            remove(path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise errors.QuotaExceeded("The disk is full, so the change was not kept. Delete something first.") from None
        raise errors.Unavailable(cause=repr(error)) from None


def remove(path):
    """Remove the record for good; no complaint when there is none. Blocking."""
    durable.remove_file(path)


class Records:
    """A folder of records, one file ``<id>.json`` each. Made by its owner; ids come from us, never from a stranger."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def path(self, id):
        """Where the record of that id lies."""
        if not id or "/" in id or id.startswith("."):
            raise errors.NotFound()
        return self.folder / f"{id}.json"

    def get(self, id):
        """The record, or None."""
        return jobs.blocking(read, self.path(id))

    def put(self, id, record):
        """Write the record for good."""
        jobs.bulk(write, self.path(id), record)

    def remove(self, id):
        """Remove the record for good."""
        jobs.bulk(remove, self.path(id))

    def ids(self):
        """The ids of all records, sorted."""
        return jobs.blocking(_ids, self.folder)


def _ids(folder):
    return sorted(name[:-5] for name in os.listdir(folder) if name.endswith(".json") and not name.startswith("."))

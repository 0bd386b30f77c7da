"""Debian's programs, run for us: found by name, kept at the back of the queue, and never waited for by the hub.

A program is started by ``posix_spawn`` (a fork of ours is unsafe beside threads), with nothing of our environment but what it
needs. What it says goes to a file without a name, so that no pipe fills and keeps it waiting.
"""
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import NamedTuple

import gevent
from gevent.event import Event

from appliance.core import errors

HOUSE = str(Path(__file__).parents[2])               # where Python finds us
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MOST = 1 << 20                                      # bytes of what a program said, from its end


class Done(NamedTuple):
    """What came of a program."""

    status: int                                     # of its exit; negative for the signal that ended it
    out: str
    err: str


def there(name):
    """Whether a program is installed."""
    return shutil.which(name, path=PATH) is not None


def run(words, *, environ=None, input=b"", folder=None, gentle=False, seconds=None, lend=None):
    """Run a program to its end; a Done. NotFound where it is not installed, Unavailable where it takes longer than ``seconds``.

    ``gentle`` lets everything else go first; ``lend`` is an open file that lives as long as the program does, even if it
    outlives us. Whatever ends this call ends the program. From greenlets of the main thread alone.
    """
    if not there(words[0]):
        raise errors.NotFound(f"The program {words[0]} is not installed.")
    if gentle:
        words = ["nice", "-n", "19", *(["ionice", "-c", "3"] if there("ionice") else []), *words]
    if folder is not None:
        words = ["env", "-C", os.fspath(folder), *words]
    words = [os.fspath(word) for word in words]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        said.write(input)
        said.seek(0)
        actions = [(os.POSIX_SPAWN_DUP2, file.fileno(), fd) for fd, file in enumerate((said, out, err))]
        if lend is not None:
            actions.append((os.POSIX_SPAWN_DUP2, lend, 3))
        pid = os.posix_spawn(shutil.which(words[0], path=PATH), words, {"PATH": PATH, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", **(environ or {})},
                             file_actions=actions, setpgroup=0)
        watcher = gevent.get_hub().loop.child(pid)   # before the loop turns: it takes the status of every child that ended
        return Done(_wait(watcher, words[0], seconds), _said(out), _said(err))


def _wait(watcher, name, seconds):
    """The status of its exit."""
    ended = Event()
    watcher.start(lambda: ended.set())
    try:
        if not ended.wait(seconds):
            raise errors.Unavailable(f"The program {name} did not end in time.")
        return os.waitstatus_to_exitcode(watcher.rstatus)
    finally:
        watcher.stop()
        watcher.close()
        if not ended.is_set():
            _end(watcher.pid)


def _end(pid):
    """End it with all that it started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _said(file):
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - MOST))
    return file.read().decode("utf-8", "replace")

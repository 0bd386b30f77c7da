"""The house's end of the child: starts it, gives it one file at a time, ends it when it is slow, silent, or not needed."""
import json
import os
import signal
import socket
import sys
from pathlib import Path

import gevent
from gevent import socket as green

from appliance.core import errors, jobs, log

SECONDS = 30                                        # for one file; then the child is killed
IDLE = 60                                           # seconds without work, after which the child ends: it takes 40 MB
SERVED = 200                                        # files that one child looks at: what decoders lose ends with it
_CHANNEL = 3                                        # the socket, for the child
_HOUSE = str(Path(__file__).parents[2])


class Worker:
    """One child at most, of a program of ours (``appliance.previews.child``). ``make`` is called by one greenlet at a time."""

    def __init__(self, program):
        self._program = program
        self._channel = self._handle = self._timer = None
        self.pid = None                             # of the child, where there is one
        self._served = 0
        self.peak = 0                               # KiB that a child with its tool ever took

    def make(self, what, request, source, out, alone=False):
        """Have ``what`` (for the log, and for the child) made of the open file ``source``, written to ``out``; what the child answers; ``{"refused": why}``
        where nothing came of it: ``lost`` where the child was killed or took too long, which may be no fault of the file. ``alone``: the child hands the file to a tool by a path, and serves no other.

        Unavailable where no child can be had at all.
        """
        if self._timer:
            self._timer.kill()
        if self.pid is None or self._served >= SERVED or alone:
            self.end()
            self._start()
        self._served = SERVED if alone else self._served + 1    # one that may read a file for its tool reads no other
        message = json.dumps({**request, "what": what, "alone": alone}).encode()
        try:
            with gevent.Timeout(SECONDS):
                try:
                    socket.send_fds(self._channel, [message], [source, out])
                except OSError:                     # somebody killed it while it waited: that is not this file's fault
                    self.end()
                    self._start()
                    socket.send_fds(self._channel, [message], [source, out])
                answer = json.loads(self._channel.recv(1 << 16) or "{}x")
        except (gevent.Timeout, OSError, ValueError) as error:
            log.get("confined").warning("the child was replaced at a %s: %s", what, str(error) or type(error).__name__)
            self.end()
            return {"refused": "lost"}
        except BaseException:
            self.end()
            raise
        self.peak = max(self.peak, answer.get("peak", 0))
        if "refused" in answer:
            self._served = SERVED                   # a decoder that stumbled begins anew
        self._timer = gevent.spawn_later(IDLE, self.end)
        return answer

    def _start(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": _HOUSE, "MALLOC_ARENA_MAX": "1", "HOME": "/", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
        nothing = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1)]
        try:
            self.pid = os.posix_spawn(              # a millisecond; no fork of ours, which is unsafe beside threads. From the thread of the hub: it ends with that
                sys.executable, [sys.executable, "-P", "-m", self._program, str(_CHANNEL)], environ, setsid=True,
                file_actions=[*nothing, (os.POSIX_SPAWN_DUP2, theirs.fileno(), _CHANNEL)])
        except OSError as error:
            ours.close()
            raise errors.Unavailable("No file can be looked into just now.", error=str(error)) from None
        finally:
            theirs.close()
        self._handle = os.pidfd_open(self.pid)      # a number may be another process's by the time we kill it
        self._channel, self._served = green.socket(fileno=ours.detach()), 0

    def end(self):
        """End the child with all that it started."""
        pid, self.pid = self.pid, None
        if pid is None:
            return
        self._channel.close()
        try:
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)      # what it has started ends with it
        except ProcessLookupError:
            pass
        os.close(self._handle)
        try:
            jobs.blocking(os.waitpid, pid, 0)
        except ChildProcessError:                   # gevent's loop has seen it already
            pass

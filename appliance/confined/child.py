"""A child's end: it takes one file after the other from the house, and is alone with it.

It gets requests on a socket, each a JSON object with two open files: what to read, and where to write what comes of it. It answers
with a JSON object: what the work tells, ``"peak"`` (KiB), and ``"refused": "none"`` (there is nothing in it) or ``"large"`` (there is no
room for it), or ``"lost"`` (the disk is full, which says nothing of the file). It knows no path of any file, ends when nobody talks to it, and may be killed at any time.
"""
import errno
import json
import os
import resource
import socket
import sys
from contextlib import suppress

from appliance.confined import confine

MESSAGE = 1 << 16


class Refused(Exception):
    """Nothing comes of this file: ``none`` or ``large``."""


def serve(work):
    """Be the child until the other end closes. ``work(request, source, out)`` gets two fds, and returns what it tells as a dict."""
    confine.limit()
    channel, free = socket.socket(fileno=int(sys.argv[1])), True
    channel.setblocking(True)                       # gevent's sockets are not
    while True:
        message, files, _, _ = socket.recv_fds(channel, MESSAGE, 2)
        if not message:
            return
        try:
            request = json.loads(message)
            if free:
                confine.confine(files[:1] if request["alone"] else [])
            confine.more_time()
            answer = done(work, request, *files)
        finally:
            for fd in files:
                os.close(fd)
        free = False
        answer["peak"] = _most()
        with suppress(BrokenPipeError):             # nobody waits for it any more; the next message is the end
            channel.send(json.dumps(answer).encode())


def done(work, request, source, out):
    """One file's work, whatever comes of it."""
    os.lseek(source, 0, os.SEEK_SET)
    try:
        return work(request, source, out)
    except Refused as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"refused": "large"}
    except Exception as error:                      # whatever a hostile file can make of a decoder
        print(f"{request['what']}: {type(error).__name__}: {str(error)[:200]!r}", file=sys.stderr, flush=True)    # no lines of theirs in our log
        return {"refused": "lost" if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) else "none"}


def _most():
    """KiB that we ever took, with the largest tool; the kernel's own sum for us counts the house, which started us."""
    with open("/proc/self/status") as file:
        mine = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    return mine + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

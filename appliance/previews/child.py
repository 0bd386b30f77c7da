"""The program that opens what strangers made: ``python -m appliance.previews.child FD``. It is alone with one file at a time.

It gets requests on a socket, each a JSON object with two open files: what to read, and where to write the preview. It answers
with a JSON object: ``{"peak": KiB}``, and ``"refused": "none"`` (there is nothing to see in it) or ``"large"`` (there is no room for it).
Where a request says ``"facts"``, nothing is written, and the answer holds them.
It knows no path of any file, ends when nobody talks to it, and may be killed at any time.
"""
import json
import os
import resource
import socket
import sys

from appliance.previews import confine
from appliance.previews.renderers import RENDERERS, Refused

MESSAGE = 1 << 16


def main():
    """Serve until the other end closes."""
    confine.limit()
    channel, free = socket.socket(fileno=int(sys.argv[1])), True
    channel.setblocking(True)                       # gevent's sockets are not
    while True:
        message, files, _, _ = socket.recv_fds(channel, MESSAGE, 2)
        if not message:
            return
        try:
            answer = serve(json.loads(message), *files, free)
        finally:
            for fd in files:
                os.close(fd)
        free = False
        answer["peak"] = _most()
        channel.send(json.dumps(answer).encode())


def serve(request, source, out, free=False):
    """Make one preview; ``free`` says that we can still confine ourselves."""
    renderer = next(each for each in RENDERERS if each.NAME == request["renderer"])
    if free:
        confine.confine([source] if renderer.TOOLS else [])
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + confine.SECONDS, resource.RLIM_INFINITY))
    os.lseek(source, 0, os.SEEK_SET)
    try:
        if request.get("facts"):
            return {"facts": renderer.facts(source, request)}
        image = renderer.render(source, request)
        with open(out, "wb", closefd=False) as file:
            _write(image, file)
        return {}
    except Refused as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"refused": "large"}
    except Exception as error:                      # whatever a hostile file can make of a decoder
        print(f"{request['renderer']}: {type(error).__name__}: {str(error)[:200]!r}", file=sys.stderr, flush=True)    # no lines of theirs in our log
        return {"refused": "none"}


def _write(image, file):
    """JPEG, or PNG where one can see through it."""
    if image.mode == "RGBA":
        image.save(file, "PNG", compress_level=6)
    else:
        image.save(file, "JPEG", quality=82)


def _most():
    """KiB that we ever took, with the largest tool; the kernel's own sum for us counts the house, which started us."""
    with open("/proc/self/status") as file:
        mine = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    return mine + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


if __name__ == "__main__":
    main()

"""What both kinds of scanner share: a connection with time limits, and the blocks of a file."""
import os

import gevent
from gevent import socket

from appliance.core import jobs

CONNECT, IDLE, LONGEST = 5, 150, 240                # seconds: to connect; without a word (clamd thinks for 120); for one file. Sync clients wait 300
ANSWER = 10                                         # seconds in which one that is well says so
BLOCK = 1 << 18                                     # bytes read and sent at a time
LINE = 1 << 16                                      # bytes that a scanner may say before we hang up


class Away(Exception):
    """The scanner said nothing about a file: it is not there, or broke off, or cannot look at it. The text is for the log."""


class Talk:
    """A connection to a scanner, as a context. Whatever goes wrong on it is Away."""

    def __init__(self, address, longest=LONGEST):
        self._address, self._ahead = address, b""
        self._limit = gevent.Timeout(longest, Away(f"it took longer than {longest} s"))

    def __enter__(self):
        self._limit.start()
        try:
            self._socket = self._connected()
        except OSError as error:
            self._limit.close()
            raise Away(f"it cannot be reached: {error}") from None
        except BaseException:
            self._limit.close()
            raise
        return self

    def _connected(self):
        if isinstance(self._address, tuple):
            made = socket.create_connection(self._address, CONNECT)
        else:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                made.settimeout(CONNECT)
                made.connect(self._address)
            except BaseException:
                made.close()
                raise
        made.settimeout(IDLE)
        return made

    def __exit__(self, kind, error, trace):
        self._limit.close()
        self._socket.close()
        if isinstance(error, OSError):              # a time-out is one
            raise Away(f"it broke off: {error}") from None

    def send(self, *parts):
        """Send the bytes."""
        self._socket.sendall(b"".join(parts))

    def until(self, end):
        """What comes up to ``end``, without it."""
        while end not in self._ahead:
            if len(self._ahead) > LINE:
                raise Away("what it said has no end")
            self._ahead += self._more()
        said, _, self._ahead = self._ahead.partition(end)
        return said

    def blocks(self, length):
        """The next ``length`` bytes, as they come."""
        while length:
            block = self._ahead[:length] or self._more()
            self._ahead = self._ahead[length:] if self._ahead else block[length:]
            block = block[:length]
            length -= len(block)
            yield block

    def _more(self):
        more = self._socket.recv(LINE)
        if not more:
            raise Away("it broke off")
        return more


def content(fd, size, begin=0):
    """The bytes of an open file from ``begin`` up to ``size``, block by block."""
    while begin < size:
        block = jobs.bulk(os.pread, fd, min(BLOCK, size - begin), begin)
        if not block:
            return
        begin += len(block)
        yield block

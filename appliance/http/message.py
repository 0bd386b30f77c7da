"""HTTP/1.1 requests, read to the letter (RFC 9112).

What is not exactly right is refused: a message that two programs read differently lets one stranger speak inside
another's connection (§11.2).
"""
import re
import sys
import time
from typing import NamedTuple

from appliance.core import errors

HEAD_BYTES = 16 * 1024
HEADERS = 100
BLOCK = 1 << 18                                     # bytes asked of the socket at once
LITTLE = 1 << 16                                    # an unread body up to this size is read away instead of closing

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_METHOD = re.compile(rb"[A-Z]{1,20}")
_TARGET = re.compile(rb"[!-~]+")
_VALUE = re.compile(rb"[\t -~\x80-\xff]*")
_LENGTH = re.compile("[0-9]{1,18}")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(:[0-9]{1,5})?")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_LONELY = re.compile(rb"(?<!\r)\n|\r(?!\n)|\0")      # the end of a line to some, part of it to others
_ONCE = {"host", "content-length", "transfer-encoding", "content-type", "authorization", "expect", "destination", "depth",
         "overwrite", "range", "content-range", "cookie"}


class Refused(Exception):
    """A request that is not as it must be; it is answered with ``status`` and the connection ends."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class Head(NamedTuple):
    """All that a request says before its body."""

    method: str
    path: str                                       # as it was sent, still percent-encoded
    query: str
    version: str                                    # HTTP/1.1 or HTTP/1.0
    headers: dict                                   # names in lower case; the values of one that came twice, with commas
    length: int | None                              # of the body in bytes, None where it was not told
    chunked: bool
    stays: bool                                     # whether the client keeps the connection open
    waits: bool                                     # whether the body comes only after "100 Continue"


class Incoming:
    """The bytes of a connection, in order: heads and bodies."""

    def __init__(self, sock):
        self._socket, self._buffer = sock, bytearray()  # taken from at its beginning without moving the rest

    @property
    def waiting(self):
        """True while nothing has come of the next request."""
        return not self._buffer

    def more(self, seconds, size=BLOCK):
        """Read what comes next into the buffer; False at the end. TimeoutError after ``seconds`` of silence."""
        self._socket.settimeout(seconds)
        block = self._socket.recv(size)
        self._buffer += block
        return bool(block)

    def head(self, seconds):
        """The bytes of the next head without its empty line; all of it must come within ``seconds``."""
        deadline = time.monotonic() + seconds
        while (end := self._buffer.find(b"\r\n\r\n")) < 0 and len(self._buffer) <= HEAD_BYTES:
            if _LONELY.search(self._buffer.removesuffix(b"\r")):
                raise Refused(400, "a line does not end in CR LF")
            try:
                if not self.more(max(deadline - time.monotonic(), 0.001), HEAD_BYTES):
                    raise Refused(400, "the head ends too early")
            except TimeoutError:
                raise Refused(408, "the head took too long") from None
        if not 0 <= end <= HEAD_BYTES:
            raise Refused(431 if b"\r\n" in self._buffer[:HEAD_BYTES] else 414, "the head is too long")
        return self._cut(end, 4)

    def take(self, size, seconds):
        """At most ``size`` bytes; b"" at the end."""
        if self._buffer:
            return self._cut(size)
        self._socket.settimeout(seconds)
        return self._socket.recv(min(size, BLOCK))

    def line(self, limit, seconds):
        """A line of at most ``limit`` bytes, without its CR LF."""
        while (end := self._buffer.find(b"\r\n", 0, limit + 2)) < 0:
            if len(self._buffer) >= limit + 2:
                raise errors.Invalid("The body is malformed.")
            if not self.more(seconds):
                raise errors.Invalid("The body is cut short.")
        return self._cut(end, 2)

    def _cut(self, size, more=0):
        """The first ``size`` bytes of the buffer, which go, and ``more`` with them."""
        block = bytes(self._buffer[:size])
        del self._buffer[:size + more]
        return block


class Body:
    """``wsgi.input``: the body of one request. One cut short raises Invalid, so that nobody takes it for whole.

    ``go_on`` is called once, before the first byte is read: it asks a client that waits to send it. ``seconds`` is how long
    it may be silent.
    """

    def __init__(self, incoming, length, chunked, go_on, seconds):
        self._incoming, self._left, self._chunked = incoming, length, chunked
        self._go_on, self._seconds = go_on, seconds
        self.finished = not chunked and not length
        self.broken = None                          # why no more of it can be read

    def read(self, size=-1):
        """Up to ``size`` bytes, all of the rest with -1; b"" at the end.

        What came before a break is given first, and the next read tells of it: fewer bytes than asked for are not the end.
        """
        if self.finished or size == 0:
            return b""
        if self._go_on:
            go_on, self._go_on = self._go_on, None
            go_on()
        blocks, wanted = [], size if size >= 0 else sys.maxsize
        while wanted and not self.finished:
            try:
                if self.broken:
                    raise self.broken
                block = self._some(wanted)
            except (errors.Invalid, OSError) as error:
                self.broken = error if isinstance(error, errors.Invalid) else errors.Invalid("The body stopped coming.")
                if not blocks or size < 0:
                    raise self.broken from None
                break
            blocks.append(block)
            wanted -= len(block)
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    @property
    def is_little(self):
        """Whether the rest is so little, and on its way, that reading it away is kinder than closing the connection."""
        return self.finished or not (self._chunked or self._go_on or self.broken) and self._left <= LITTLE

    def skip(self, seconds):
        """Read the rest of a little body away; True where the next request follows within ``seconds``."""
        deadline = time.monotonic() + seconds
        try:
            while not self.finished and self.is_little and (left := deadline - time.monotonic()) > 0:
                self._seconds = left
                self._some(LITTLE)
        except (errors.Invalid, OSError):
            pass
        return self.finished

    def _some(self, wanted):
        if self._chunked and not self._left:
            self._next_chunk()
            if self.finished:
                return b""
        block = self._incoming.take(min(wanted, self._left), self._seconds)
        if not block:
            raise errors.Invalid("The body ends before its announced length.")
        self._left -= len(block)
        if not self._left:
            if not self._chunked:
                self.finished = True
            else:
                self._incoming.line(0, self._seconds)
        return block

    def _next_chunk(self):
        size = self._incoming.line(15, self._seconds)   # no extensions: nobody needs them, smugglers like them
        if not _SIZE.fullmatch(size):
            raise errors.Invalid("A chunk of the body is malformed.")
        self._left = int(size, 16)
        if not self._left:
            self._incoming.line(0, self._seconds)       # no trailers either
            self.finished = True


def parse(head):
    """The Head in these bytes; Refused where anything in it is not right."""
    if _LONELY.search(head):
        raise Refused(400, "a line does not end in CR LF")
    first, *lines = head.split(b"\r\n")
    method, target, version = _request_line(first)
    headers = _headers(lines)
    if method in ("CONNECT", "TRACE"):
        raise Refused(501, "this method is not served")
    path, _, query = _own(target, method, version, headers.get("host")).partition("?")
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None and (coding.lower() != "chunked" or length is not None or version != "HTTP/1.1"):
        raise Refused(400, "the length of the body is not clear")
    if length is not None and not _LENGTH.fullmatch(length):
        raise Refused(400, "the length of the body is malformed")
    expect = headers.get("expect", "").lower()
    if expect not in ("", "100-continue"):
        raise Refused(417, "this expectation is not known")
    wishes = {wish.strip().lower() for wish in headers.get("connection", "").split(",")}
    modern = version == "HTTP/1.1"
    length = None if length is None else int(length)
    return Head(method, path, query, version, headers, length, coding is not None,
                "close" not in wishes if modern else "keep-alive" in wishes,
                bool(expect and modern and (coding or length)))


def _request_line(line):
    words = line.split(b" ")
    if len(words) != 3 or not _METHOD.fullmatch(words[0]) or not _TARGET.fullmatch(words[1]):
        raise Refused(400, "the request line is malformed")
    method, target, version = (word.decode() if word.isascii() else "" for word in words)
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise Refused(505 if re.fullmatch(r"HTTP/[0-9]\.[0-9]", version) else 400, "the version is not known")
    return method, target, version


def _headers(lines):
    if len(lines) > HEADERS:
        raise Refused(431, "there are too many headers")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Refused(400, "a header is malformed")
        if b"_" in name:                            # in WSGI, A_B and A-B are one: take only the one
            continue
        name, value = name.decode().lower(), value.strip(b" \t").decode("latin-1")
        if name in headers and name in _ONCE:
            raise Refused(400, "a header came twice")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _own(target, method, version, host):
    """The path and query of a target that names us (RFC 9112 §3.2)."""
    if host is None and version == "HTTP/1.1" or host is not None and not _HOST.fullmatch(host):
        raise Refused(400, "the Host is missing or malformed")
    scheme, colon, rest = target.partition("://")
    if colon and scheme.lower() in ("http", "https"):
        authority, slash, path = rest.partition("/")
        if authority.lower() != (host or authority).lower() or not _HOST.fullmatch(authority):
            raise Refused(400, "the Host is not that of the address")
        return slash + path or "/"
    if not target.startswith("/") and not (target == "*" and method == "OPTIONS"):
        raise Refused(400, "the address is malformed")
    return target

"""ICAP (RFC 3507): any scanner that speaks it. A file is shown as the answer to a request (RESPMOD), or else as a request (REQMOD).

The scanner sees the first bytes (the preview), and may already know enough: 204 says that nothing is to be changed. An answer in which
it says that it found something, or in which the file is another one, is a refusal. Nothing of what it sends back is ever kept.
"""
import os
import re
from contextlib import suppress
from time import monotonic
from urllib.parse import quote

import gevent

from appliance.core import jobs
from appliance.files.scanning.wire import Away, Talk, content

TTL = 3_600                                         # seconds at most that we believe what OPTIONS said
PREVIEW = 65_536                                    # bytes at most
FOUND = ("x-infection-found", "x-virus-id", "x-violations-found", "x-virus-name")
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"      # harmless; in two parts, so that this file is not found, too
NOTHING = ("", "0", "none", "no threats", "clean")  # some say so in these very headers


class Icap:
    """A service of an ICAP server."""

    def __init__(self, host, port, service):
        self._address = host, port
        self._host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._url, self._known, self._until = f"icap://{self._host}/{service}", None, 0.0

    def ping(self):
        """Away where it does not answer, or finds nothing in what every scanner knows: a c-icap that was started before its clamd says of every file that it is clean."""
        self._until = 0.0
        fd = os.memfd_create("eicar", os.MFD_CLOEXEC)
        try:
            os.write(fd, EICAR)
            if not self.scan(fd, len(EICAR), "eicar.com"):
                raise Away("it does not find even the test virus")
        finally:
            os.close(fd)

    def scan(self, fd, size, name):
        """What it finds in the first ``size`` bytes of an open file, "" for nothing. Away."""
        method, preview = self._options()
        with Talk(self._address) as talk:
            first = min(size, preview) if preview is not None else None
            talk.send(self._head(method, name, size, first))
            if first is not None:
                for block in content(fd, first):
                    talk.send(_chunk(block))
                talk.send(b"0; ieof\r\n\r\n" if first == size else b"0\r\n\r\n")
                status, headers = _answer(talk)
                if status != 100:
                    return _verdict(talk, status, headers, fd, size)
            rest = gevent.spawn(_send_rest, talk, fd, size, first or 0)
            try:                                    # while it comes, some already answer: nobody may wait for the other
                status, headers = _answer(talk)
                return _verdict(talk, status, headers, fd, size)
            finally:
                rest.kill()

    def _options(self):
        """``(RESPMOD or REQMOD, bytes of preview or None)``: what the service wants, asked for now and then."""
        if monotonic() < self._until:
            return self._known
        with Talk(self._address) as talk:
            talk.send(f"OPTIONS {self._url} ICAP/1.0\r\nHost: {self._host}\r\nConnection: close\r\nEncapsulated: null-body=0\r\n\r\n".encode())
            status, headers = _answer(talk)
        methods = headers.get("methods", "").upper()
        method = next((each for each in ("RESPMOD", "REQMOD") if each in methods), None)
        if status != 200 or method is None:
            raise Away(f"the service answers {status} and can do {methods or 'nothing'}")
        preview = headers.get("preview", "")
        self._known = method, min(int(preview), PREVIEW) if re.fullmatch("[0-9]{1,9}", preview) else None
        ttl = headers.get("options-ttl", "")
        self._until = monotonic() + min(int(ttl) if re.fullmatch("[0-9]{1,9}", ttl) else TTL, TTL)
        return self._known

    def _head(self, method, name, size, preview):
        place = f"/{quote(name)}"
        request = f"GET {place} HTTP/1.1\r\nHost: hearth\r\n\r\n"
        about = f"Content-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n"
        if method == "RESPMOD":
            inner = request + f"HTTP/1.1 200 OK\r\n{about}"
            parts = f"req-hdr=0, res-hdr={len(request)}, res-body={len(inner)}"
        else:
            inner = f"PUT {place} HTTP/1.1\r\nHost: hearth\r\n{about}"
            parts = f"req-hdr=0, req-body={len(inner)}"
        head = f"{method} {self._url} ICAP/1.0\r\nHost: {self._host}\r\nUser-Agent: Hearth\r\nConnection: close\r\nAllow: 204\r\n"
        if preview is not None:
            head += f"Preview: {preview}\r\n"
        return f"{head}Encapsulated: {parts}\r\n\r\n{inner}".encode()


def _chunk(block):
    return b"%x\r\n%b\r\n" % (len(block), block)


def _send_rest(talk, fd, size, begin):
    with suppress(OSError):                         # it has heard enough; whoever reads will see
        for block in content(fd, size, begin):
            talk.send(_chunk(block))
        talk.send(b"0\r\n\r\n")


def _answer(talk):
    """The status and the headers of an answer, those by small letters."""
    first, *lines = talk.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("ICAP/1.") or not re.fullmatch("[0-9]{3}", words[1]):
        raise Away("it does not speak ICAP")
    headers, last = {}, ""
    for line in lines:
        if line[:1] in (" ", "\t") and last:        # x-violations-found has several lines
            headers[last] += f"\n{line.strip()}"
        elif ":" in line:
            last, value = line.split(":", 1)
            last = last.strip().lower()
            headers[last] = value.strip()
    return int(words[1]), headers


def _verdict(talk, status, headers, fd, size):
    found = next((headers[name] for name in FOUND if headers.get(name, "").lower() not in NOTHING), None)
    if found:
        return _virus(found)
    if status == 204:
        return ""
    if status not in (200, 201):
        raise Away(f"it answers {status}")
    return "" if _same(talk, headers, fd, size) else "blocked by the scanner"


def _virus(found):
    """The name in ``Type=0; Resolution=2; Threat=NAME;``, in lines of x-violations-found, or as it stands."""
    threat = re.search(r"Threat=([^;]+)", found)
    lines = found.split("\n")
    return (threat[1] if threat else lines[2] if len(lines) > 2 else found).strip()[:200] or "unknown"


def _same(talk, headers, fd, size):
    """Whether the answer holds the very file that was sent, under a status that says so; Away where it breaks off."""
    parts = re.findall(r"([a-z-]+)=([0-9]{1,9})", headers.get("encapsulated", ""))
    offset = next((int(at) for part, at in parts if part in ("res-body", "req-body")), None)
    if offset is None:
        return False                                # an answer without a body, in place of a file
    begin = next((int(at) for part, at in parts if part == "res-hdr"), None)
    if offset > 1 << 16:
        raise Away("its answer has too long a head")
    head = b"".join(talk.blocks(offset))
    if begin is not None and not re.match(rb"HTTP/1\.[01] 20[0-9] ", head[begin:]):
        return False
    done = 0
    while length := _length(talk):
        for block in talk.blocks(length):
            if jobs.bulk(os.pread, fd, len(block), done) != block or done + len(block) > size:
                return False
            done += len(block)
        talk.until(b"\r\n")
    return done == size


def _length(talk):
    text = talk.until(b"\r\n").partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", text):
        raise Away("its answer is malformed")
    return int(text, 16)

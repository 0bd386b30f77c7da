"""What bad input may never do: change the tree when it is refused, show an error of ours, hold the connection."""
import base64
import re
import socket
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

SECONDS = 20            # longer than this without an answer is a hang


class Answer(NamedTuple):
    """What came back; status 0 when the server closed without a word."""

    status: int
    raw: bytes


class Raw:
    """Send bytes as they are, on a connection of their own, and look at what came of it."""

    def __init__(self, server, person):
        host, _, port = server.url.split("//")[1].partition(":")
        self.host, self.port, self.url, self.name = host, int(port), server.url, person.name
        self.home = person.dav.removeprefix(server.url)
        self._auth = base64.b64encode(f"{person.name}:{person.password}".encode()).decode()
        self._folder = Path(server.data) / "people" / person.name
        self.session = requests.Session()
        self.session.auth = person.auth

    def head(self, method, path, headers=(), signed_in=True):
        """Spell a request head; header values may be bytes. Nothing is corrected."""
        lines = [f"{method} ".encode() + (path if isinstance(path, bytes) else path.encode()) + b" HTTP/1.1",
                 f"Host: {self.host}:{self.port}".encode(), b"Connection: close"]
        if signed_in:
            lines.append(f"Authorization: Basic {self._auth}".encode())
        for name, value in headers:
            lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def send(self, *pieces, hang_up=False):
        """Send the pieces, close our half when asked, and read to the end."""
        with socket.create_connection((self.host, self.port), SECONDS) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                if hang_up:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass                                    # refused early: the answer is there to read
            came = b""
            try:
                while more := connection.recv(65536):
                    came += more
            except TimeoutError:
                raise AssertionError(f"no end after {SECONDS} s; came {came[:500]!r} for {b''.join(pieces)[:500]!r}") from None
            except ConnectionError:
                pass
        while came.startswith(b"HTTP/1.1 100"):
            came = came.partition(b"\r\n\r\n")[2]
        return Answer(int(came[9:12]) if came.startswith(b"HTTP/1.") else 0, came)

    def snapshot(self):
        """Tell all that is: the files on the disk with their bytes, and the etag of the root on the wire."""
        answer = self.session.request("PROPFIND", self.url + self.home + "/", headers={"Depth": "0"}, timeout=SECONDS)
        files = {str(each.relative_to(self._folder)): None if each.is_dir() else each.read_bytes()
                 for each in sorted(self._folder.rglob("*"))}
        return files, re.search(r"getetag>([^<]*)<", answer.text)[1]

    def refused_changes_nothing(self, *pieces, hang_up=False):
        """Send; whatever the answer, it is no accident, and if it refuses, nothing has changed. Return it."""
        before = self.snapshot()
        answer = self.send(*pieces, hang_up=hang_up)
        shown = b"".join(pieces)[:2000]
        assert answer.status != 500, (shown, answer.raw[:2000])
        assert b"Traceback" not in answer.raw and b".py\"" not in answer.raw, (shown, answer.raw[:2000])
        if answer.status == 0 or answer.status >= 400:
            assert self.snapshot() == before, (shown, answer.raw[:500])
        return answer


@pytest.fixture
def raw(server, person, http):
    """A home with a file, a folder and a file in it, and the means to send it nonsense."""
    http.put(person.dav + "/a.txt", data=b"content of a").raise_for_status()
    http.request("MKCOL", person.dav + "/d").raise_for_status()
    http.put(person.dav + "/d/b.txt", data=b"content of b").raise_for_status()
    return Raw(server, person)

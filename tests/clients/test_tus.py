"""tus clients of others: 200 MiB, with the client or the server killed on the way, arrive whole and are not begun again."""
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".venv-clients/bin/python"
SIZE, CHUNK = 200 << 20, 8 << 20

CLIENTS = [
    pytest.param([PYTHON, HERE / "scripts/tuspy_upload.py"], id="tuspy", marks=pytest.mark.skipif(
        not PYTHON.exists(), reason="the client libraries are not installed (.venv-clients)")),
    pytest.param(["node", HERE / "scripts/tusjs_upload.mjs"], id="tus-js-client", marks=pytest.mark.skipif(
        not shutil.which("node") or not (HERE / "node_modules/tus-js-client").exists(),
        reason="node or the npm package tus-js-client is not installed")),
]
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("client", CLIENTS)]


@pytest.fixture
def big(tmp_path):
    """A file of 200 MiB in which every block is another; and its checksum."""
    path, digest = tmp_path / "big.bin", hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(SIZE >> 20):
            block = os.urandom(1 << 20)
            digest.update(block)
            file.write(block)
    return path, digest.hexdigest()


class Upload:
    """A client at work: it tells where it is before each chunk and waits until it may go on."""

    def __init__(self, client, path, state, person):
        environ = dict(os.environ, DAV=person.dav, USERNAME=person.name, PASSWORD=person.password)
        self.process = subprocess.Popen([*client, path, "big.bin", state], env=environ, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def position(self):
        """The offset of the next chunk, or "done"."""
        line = self.process.stdout.readline().strip()
        assert line, self.process.stderr.read()
        return line if line == "done" else int(line)

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def until(self, offset):
        """Go on up to the chunk that begins at or after the offset; it is not sent yet."""
        while (position := self.position()) != "done" and position < offset:
            self.go_on()
        return position

    def finish(self):
        while self.position() != "done":
            self.go_on()
        self.end()

    def end(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def anybody(own_server):
    """Somebody on the server that is going to be killed."""
    return own_server.add()


@pytest.fixture
def begin(client, big, tmp_path, anybody):
    """Start a client on the file; it remembers in a file of its own where its upload is."""
    running = []

    def start():
        running.append(Upload(client, big[0], tmp_path / "state", anybody))
        return running[-1]
    yield start
    for upload in running:
        upload.end()


def came(server):
    """How many bytes of the upload lie on the server's disk."""
    return max((each.stat().st_size for each in server.data.glob(".hearth/uploads/*/data")), default=0)


def arrived(server, person):
    """The checksum of what lies on the disk under the file's plain name."""
    with (server.data / "people" / person.name / "big.bin").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_uninterrupted(begin, big, own_server, anybody):
    begin().finish()
    assert arrived(own_server, anybody) == big[1]


def test_client_killed(begin, big, own_server, anybody, until):
    """The client is killed in the middle of a chunk; started again, it goes on where the server is."""
    first = begin()
    offset = first.until(SIZE // 3)
    first.go_on()
    until(lambda: came(own_server) > offset)
    first.end()
    second = begin()
    assert second.position() >= offset
    second.go_on()
    second.finish()
    assert arrived(own_server, anybody) == big[1]


def test_server_killed(begin, big, own_server, anybody, until):
    """The server is killed in the middle of a chunk and comes back; the client tries again by itself and goes on."""
    upload = begin()
    offset = upload.until(SIZE // 3)
    upload.go_on()
    until(lambda: came(own_server) > offset)
    own_server.kill()
    own_server.start()
    assert upload.position() >= offset              # said again: whatever was acknowledged is still there
    upload.go_on()
    upload.finish()
    assert arrived(own_server, anybody) == big[1]
    told = requests.head(anybody.dav + "/big.bin", auth=anybody.auth, timeout=30)
    assert told.headers["Last-Modified"].startswith("Sun, 13 Sep 2020 12:26:40")

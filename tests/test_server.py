"""The server against strangers: raw bytes in, exactly one answer out, and nobody speaks in another's connection.

The server runs in this process beside the test, in greenlets, with time limits short enough to wait for.
"""
import base64
import contextlib
import logging
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial

import gevent
import pytest
import requests
from gevent import socket

from appliance.core import Config, Listen, errors
from appliance.http import FileBody, request
from appliance.server import SPARE, Connection, Server, discreet, neighbourhood, request_id
from appliance.system import Certificates

PATIENCE = 20                                       # seconds until a silence of the server counts as a hang
BIG = os.urandom(1 << 20) * 5 + b"the end"
AFTER = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"


class Application:
    """Remembers what it was asked, and answers by the path."""

    def __init__(self, folder):
        self.seen, self.bodies, self.environs, self.go, self.folder = [], [], [], gevent.event.Event(), folder
        self.files = []
        (folder / "big").write_bytes(BIG)

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        self.seen.append(f"{environ['REQUEST_METHOD']} {path}")
        self.environs.append(environ)
        return getattr(self, path[1:].partition("/")[0], self.echo)(environ, start_response)

    def echo(self, environ, start_response):
        """Read the body and send it back."""
        try:
            body = request.stream(environ).read()
        except errors.Invalid as error:
            self.bodies.append(error)
            start_response("400 Bad Request", [("Content-Length", "0")])
            return []
        self.bodies.append(body)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def unread(self, environ, start_response):
        start_response("401 Unauthorized", [("Content-Length", "5")])
        return [b"no!!\n"]

    def short(self, environ, start_response):
        start_response("200 OK", [("Content-Length", "9")])
        return [b"no!!\n"]

    def fails(self, environ, start_response):
        raise ValueError("the secret of the house")

    def breaks(self, environ, start_response):
        start_response("200 OK", [])
        yield b"half"
        raise ValueError("the secret of the house")

    def away(self, environ, start_response):
        raise errors.Unavailable("The disk is away.")

    def slow(self, environ, start_response):
        self.go.wait()
        return self.echo(environ, start_response)

    def streamed(self, environ, start_response):
        start_response("200 OK", [])
        return iter([b"one", b"", b"two"])

    def endless(self, environ, start_response):
        start_response("200 OK", [("Content-Length", str(1 << 40))])
        try:
            while True:
                yield b"x" * 1_000_000
        finally:
            self.go.set()

    def file(self, environ, start_response):
        """A file, from ``QUERY_STRING`` on."""
        start, size = int(environ["QUERY_STRING"] or 0), os.path.getsize(self.folder / "big")
        self.files.append(FileBody(os.open(self.folder / "big", os.O_RDONLY), start, size))
        start_response("200 OK", [("Content-Length", str(size - start))])
        return self.files[-1]


class Box:
    """A running server, and the means to send it bytes."""

    def __init__(self, config, application, connection):
        certificates = Certificates(config, None)
        certificates.load()
        self.application, self.server = application, Server(config, application, certificates.wardrobe, connection)
        self.server.start()
        self.ports = [int(url.rpartition(":")[2]) for url in self.server.addresses()]

    def connect(self, *pieces, port=0):
        """A connection over which these bytes went."""
        connection = socket.create_connection(("127.0.0.1", self.ports[port]), PATIENCE)
        for piece in pieces:
            connection.sendall(piece)
        return connection

    def ask(self, *pieces, hang_up=False):
        """Send the bytes and read until the server ends the connection."""
        with self.connect() as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                if hang_up:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass                                # refused early; the answer can be read all the same
            return rest(connection)


def rest(connection):
    """All that comes until the end."""
    blocks = []
    while block := connection.recv(1 << 16):
        blocks.append(block)
    return b"".join(blocks)


def until(connection, end):
    """All that comes up to and with ``end``."""
    came = b""
    while not came.endswith(end):
        block = connection.recv(1)
        assert block, f"closed after {came!r}"
        came += block
    return came


def statuses(came):
    """The statuses of all answers in these bytes."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) ", came)]


@pytest.fixture
def box(tmp_path):
    """Start a server; ``box(**options)`` takes options of the configuration, and time limits of a connection by their names."""
    boxes = []

    def start(connection=Connection, **options):
        limits = {name: options.pop(name) for name in list(options) if name.endswith("_seconds")}
        config = replace(Config(), data=tmp_path, cache=tmp_path, **{"listen": (Listen(False, "127.0.0.1", 0),), **options})
        boxes.append(Box(config, Application(tmp_path), type("Limited", (connection,), limits)))
        return boxes[-1]
    yield start
    for each in boxes:
        each.application.go.set()
        each.server.stop(1)


@pytest.fixture
def log():
    """What the server says to the log."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage() + (str(record.exc_info[1]) if record.exc_info else ""))
    logger = logging.getLogger("hearth.http")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(handler)
    logger.setLevel(level)


def head(*lines, first=b"POST /a HTTP/1.1", host=b"Host: h"):
    """A request head of these lines."""
    return b"\r\n".join([first, *([host] if host else []), *lines]) + b"\r\n\r\n"


CHUNKED = b"Transfer-Encoding: chunked"
MALFORMED = {
    "two codings, the last chunked": (400, head(b"Transfer-Encoding: identity, chunked", b"Content-Length: 5") + b"0\r\n\r\n"),
    "a coding after chunked": (400, head(b"Transfer-Encoding: chunked, gzip") + b"0\r\n\r\n"),
    "another coding": (400, head(b"Transfer-Encoding: gzip") + b"0\r\n\r\n"),
    "an empty coding": (400, head(b"Transfer-Encoding:") + b"0\r\n\r\n"),
    "a coding with a tab": (400, head(b"Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n"),
    "two headers of codings": (400, head(CHUNKED, CHUNKED) + b"0\r\n\r\n"),
    "a coding and a length": (400, head(CHUNKED, b"Content-Length: 5") + b"0\r\n\r\n"),
    "a length and a coding": (400, head(b"Content-Length: 5", CHUNKED) + b"0\r\n\r\n"),
    "a coding in HTTP/1.0": (400, head(CHUNKED, first=b"POST /a HTTP/1.0") + b"0\r\n\r\n"),
    "two lengths": (400, head(b"Content-Length: 0", b"Content-Length: 37")),
    "the same length twice": (400, head(b"Content-Length: 0", b"content-length: 0")),
    "a list of lengths": (400, head(b"Content-Length: 0, 0")),
    "a length with an underscore": (400, head(b"Content-Length: 1_0")),
    "a length with a plus": (400, head(b"Content-Length: +5")),
    "a length below zero": (400, head(b"Content-Length: -5")),
    "a length in hexadecimal": (400, head(b"Content-Length: 0x5")),
    "an empty length": (400, head(b"Content-Length:")),
    "a length of 19 digits": (400, head(b"Content-Length: 1000000000000000000")),
    "a length of other digits": (400, head("Content-Length: ٥".encode())),
    "a blank before the colon": (400, head(b"Content-Length : 5")),
    "a tab before the colon": (400, head(b"Content-Length\t: 5")),
    "a folded header": (400, head(b"X-A: b", b" Content-Length: 5")),
    "a header folded with a tab": (400, head(b"X-A: b", b"\tc")),
    "a blank before the first header": (400, b"POST /a HTTP/1.1\r\n Host: h\r\n\r\n"),
    "bare line feeds": (400, b"POST /a HTTP/1.1\nHost: h\n\n"),
    "one bare line feed": (400, b"POST /a HTTP/1.1\r\nHost: h\r\nX-A: b\nContent-Length: 5\r\n\r\n"),
    "a bare carriage return": (400, b"POST /a HTTP/1.1\r\nHost: h\r\nX-A: b\rContent-Length: 5\r\n\r\n"),
    "a line feed ends the head": (400, b"POST /a HTTP/1.1\r\nHost: h\r\n\n"),
    "no version": (400, b"GET /\r\n\r\n"),
    "version 0.9": (505, head(first=b"GET / HTTP/0.9")),
    "version 2.0": (505, head(first=b"GET / HTTP/2.0")),
    "the preface of HTTP/2": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "version 1.2": (505, head(first=b"GET / HTTP/1.2")),
    "version 1.10": (400, head(first=b"GET / HTTP/1.10")),
    "a version in small letters": (400, head(first=b"GET / http/1.1")),
    "two blanks": (400, head(first=b"GET  / HTTP/1.1")),
    "a tab for a blank": (400, head(first=b"GET\t/ HTTP/1.1")),
    "a fourth word": (400, head(first=b"GET / x HTTP/1.1")),
    "a blank in front": (400, head(first=b" GET / HTTP/1.1")),
    "an empty line in front": (400, b"\r\n" + head(first=b"GET / HTTP/1.1")),
    "a method in small letters": (400, head(first=b"get / HTTP/1.1")),
    "a method that is none": (400, head(first=b"G@T / HTTP/1.1")),
    "no host": (400, head(host=None)),
    "an empty host": (400, head(host=b"Host:")),
    "two hosts": (400, head(b"Host: other")),
    "a host with a path": (400, head(host=b"Host: h/x")),
    "a host with a name": (400, head(host=b"Host: ann@h")),
    "a list of hosts": (400, head(host=b"Host: h, other")),
    "a bad host in HTTP/1.0": (400, head(first=b"GET / HTTP/1.0", host=b"Host: a b")),
    "no colon": (400, head(b"Nothing")),
    "no name": (400, head(b": value")),
    "a name with a bracket": (400, head(b"X[]: value")),
    "a name with letters that are not ASCII": (400, head("Ünicode: value".encode())),
    "a zero byte": (400, head(b"X-A: b\0c")),
    "a zero byte in the first line": (400, head(first=b"GET /\0 HTTP/1.1")),
    "an escape character": (400, head(b"X-A: b\x1bc")),
    "a delete character": (400, head(b"X-A: b\x7fc")),
    "a target that is not ASCII": (400, head(first="GET /ü HTTP/1.1".encode())),
    "a target without a slash": (400, head(first=b"GET a HTTP/1.1")),
    "a star for a file": (400, head(first=b"GET * HTTP/1.1")),
    "the address of another host": (400, head(first=b"GET http://other/ HTTP/1.1")),
    "an address with a name": (400, head(first=b"GET http://ann@h/ HTTP/1.1")),
    "an address without a host": (400, head(first=b"GET http:/// HTTP/1.1")),
    "another scheme": (400, head(first=b"GET ftp://h/ HTTP/1.1")),
    "CONNECT": (501, head(first=b"CONNECT h:443 HTTP/1.1")),
    "TRACE": (501, head(first=b"TRACE / HTTP/1.1")),
    "another expectation": (417, head(b"Expect: 200-ok", b"Content-Length: 5")),
    "two expectations": (417, head(b"Expect: 100-continue, x", b"Content-Length: 5")),
    "two authorizations": (400, head(b"Authorization: Basic YTpi", b"Authorization: Basic YTpj")),
    "101 headers": (431, head(*[b"X-%d: a" % number for number in range(100)])),
    "a large head": (431, head(b"X-A: " + b"a" * 16_400)),
    "a large head in small headers": (431, head(*[b"X-%d: " % number + b"a" * 400 for number in range(60)])),
    "a long first line": (414, head(first=b"GET /" + b"a" * 20_000 + b" HTTP/1.1")),
    "nothing but bytes": (414, b"\xff" * 20_000),
    "TLS where there is none": (None, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32)) * 15),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(box, name):
    """One answer, the end, and nobody behind the server ever saw a request."""
    status, sent = MALFORMED[name]
    running = box()
    came = running.ask(sent + AFTER)
    assert statuses(came) == [status or 400], came
    assert b"\r\nConnection: close\r\n" in came and b"Content-Length: 0\r\n" in came
    assert running.application.seen == []


BAD_CHUNKS = {
    "no number": b"zz\r\nabc\r\n0\r\n\r\n",
    "a number below zero": b"-1\r\na\r\n0\r\n\r\n",
    "a plus": b"+1\r\na\r\n0\r\n\r\n",
    "a prefix": b"0x1\r\na\r\n0\r\n\r\n",
    "an underscore": b"1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
    "a blank in front": b" 1\r\na\r\n0\r\n\r\n",
    "a blank behind": b"1 \r\na\r\n0\r\n\r\n",
    "a huge number": b"fffffffffffffffff\r\na\r\n0\r\n\r\n",
    "an empty number": b"\r\na\r\n0\r\n\r\n",
    "an extension": b"1;a=b\r\na\r\n0\r\n\r\n",
    "a long extension": b"1;" + b"a" * 100_000 + b"\r\na\r\n0\r\n\r\n",
    "a bare line feed": b"1\na\r\n0\r\n\r\n",
    "a line feed in an extension": b"1;\nxx\r\na\r\n0\r\n\r\n",
    "more bytes than told": b"1\r\nab\r\n0\r\n\r\n",
    "fewer bytes than told": b"3\r\na\r\n0\r\n\r\n",
    "nothing between chunks": b"1\r\na1\r\nb\r\n0\r\n\r\n",
    "a trailer": b"1\r\na\r\n0\r\nX-A: b\r\n\r\n",
    "a trailer that frames": b"0\r\nContent-Length: 5\r\n\r\n",
    "endless trailers": b"0\r\n" + b"X: a\r\n" * 10_000,
    "a wrong end": b"1\r\na\r\n0\r\n" + b"GET",
}


@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_malformed_chunks(box, name):
    """The application learns that the body is broken, and what follows it is no request."""
    running = box()
    came = running.ask(head(CHUNKED) + BAD_CHUNKS[name] + AFTER)
    assert statuses(came) == [400] and b"\r\nConnection: close\r\n" in came
    assert running.application.seen == ["POST /a"] and isinstance(running.application.bodies[0], errors.Invalid)


def test_wellformed_messages(box):
    """What is unusual, but right, is served; and the next request on the connection, too."""
    running = box()
    rights = {
        head(first=b"GET /a HTTP/1.1"): b"", head(b"Content-Length: 3") + b"abc": b"abc",
        head(b"content-length:3  ") + b"abc": b"abc",
        head(b"Transfer-Encoding: CHUNKED") + b"2\r\nab\r\n00A\r\n0123456789\r\n0\r\n\r\n": b"ab0123456789",
        head(first=b"POST http://H:80/a HTTP/1.1", host=b"Host: h:80"): b"", head(b"X-A: b", b"X-A: c", b"X-Empty:", b"X-L: \xe4"): b"",
        head(host=b"Host: [::1]:9200"): b"", head(first=b"OPTIONS * HTTP/1.1"): b"", head(first=b"PROPFIND /a?b=c/http://x HTTP/1.1"): b"",
        head(b"Content-Length: 000003") + b"abc": b"abc",
    }
    for sent, body in rights.items():
        came = running.ask(sent + head(b"Connection: close", first=b"GET /smuggled HTTP/1.1"))
        assert statuses(came) == [200, 200], (sent, came)
        assert running.application.bodies[-2] == body
        assert running.application.seen[-1] == "GET /smuggled"
    assert "HTTP_X_A" not in running.application.environs[0]
    assert [environ["HTTP_X_A"] for environ in running.application.environs if "HTTP_X_A" in environ] == ["b, c"]


def test_target_reaches_the_application_whole(box):
    """The path undone once, the query as it came, and both as they were sent."""
    running = box()
    running.ask(head(b"Connection: close", first=b"GET http://h/%C3%A4%2Fb%252f?x=%20&y HTTP/1.1"))
    environ = running.application.environs[0]
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/ä/b%2f"
    assert (environ["RAW_PATH"], environ["QUERY_STRING"]) == ("/%C3%A4%2Fb%252f", "x=%20&y")
    assert environ["REMOTE_ADDR"] == "127.0.0.1" and environ["wsgi.url_scheme"] == "http"


def test_underscores_are_not_hyphens(box):
    """In WSGI both would be one header; the one with underscores is not there."""
    running = box()
    running.ask(head(b"X_Forwarded_For: evil", b"Content_Length: 400", b"Authorization: Basic good", b"Authorization_: x", b"Connection: close"))
    environ = running.application.environs[0]
    assert environ["HTTP_AUTHORIZATION"] == "Basic good" and "CONTENT_LENGTH" not in environ
    assert not [name for name in environ if "FORWARDED" in name or name.endswith("_")]


def test_old_http(box):
    """HTTP/1.0 without a host is served, and ends the connection unless asked to keep it."""
    running = box()
    came = running.ask(b"GET /a HTTP/1.0\r\n\r\n" + AFTER)
    assert statuses(came) == [200] and b"Connection: close" in came and running.application.seen == ["GET /a"]
    came = running.ask(b"GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET /streamed HTTP/1.0\r\n\r\n")
    assert statuses(came) == [200, 200] and b"Connection: keep-alive" in came
    assert came.endswith(b"\r\n\r\nonetwo"), "there are no chunks in HTTP/1.0"


def test_pipelined_requests_are_answered_in_order(box):
    """Three at once."""
    running = box()
    came = running.ask(b"".join(head(b"Content-Length: 1", *extra) + body
                                for body, extra in ((b"1", ()), (b"2", ()), (b"3", [b"Connection: x, Close"]))) + AFTER)
    assert statuses(came) == [200] * 3 and running.application.bodies == [b"1", b"2", b"3"]


def test_head_has_no_body(box):
    """Neither one of known length nor a streamed one nor a file."""
    running = box()
    for path in (b"/unread", b"/streamed", b"/file"):
        came = running.ask(head(first=b"HEAD " + path + b" HTTP/1.1"), head(b"Connection: close", first=b"GET /a HTTP/1.1"))
        assert len(statuses(came)) == 2 and came.split(b"\r\n\r\n")[1].startswith(b"HTTP/1.1 200"), came


def test_head_makes_no_body(box):
    """What would take an hour to make is not made only to be thrown away."""
    running = box()
    assert statuses(running.ask(head(b"Connection: close", first=b"HEAD /endless HTTP/1.1"))) == [200]
    assert running.application.go.is_set()


def test_streamed_answer(box):
    """Chunks, and their end."""
    came = box().ask(head(b"Connection: close", first=b"GET /streamed HTTP/1.1"))
    assert came.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n") and b"Transfer-Encoding: chunked" in came


# Time.

def test_slow_head(box):
    """Bytes that trickle do not buy more time; the time is for all of the head."""
    running = box(head_seconds=1)
    with running.connect(b"GET /a HT") as connection:
        trickle = gevent.spawn(_trickle, connection)
        assert statuses(rest(connection)) == [408]
        trickle.kill()
    assert running.application.seen == []


def _trickle(connection):
    try:
        while True:
            gevent.sleep(0.05)
            connection.sendall(b"T")
    except OSError:
        pass


def test_cut_head(box):
    """A head that ends early is refused."""
    assert statuses(box().ask(b"GET /a HTTP/1.1\r\nHost: h\r\n", hang_up=True)) == [400]


def test_half_closed_client_is_answered(box):
    """Who says that nothing more comes still listens, even for what takes long."""
    assert box().ask(head(first=b"GET /file HTTP/1.1"), hang_up=True).endswith(BIG)


def test_idle_connection_ends(box):
    """Without a word, because nobody has asked anything."""
    running = box(idle_seconds=0.3)
    assert running.ask() == b""
    assert statuses(running.ask(head(first=b"GET /a HTTP/1.1"))) == [200]


@pytest.mark.parametrize("framing, body", [(b"Content-Length: 10", b"abc"), (CHUNKED, b"a\r\nabc"), (CHUNKED, b"3\r\nabc\r\n"), (CHUNKED, b"")])
@pytest.mark.parametrize("how", ["cut", "silent"])
def test_broken_body(box, framing, body, how):
    """A body that ends early or falls silent is told to the application, not taken for whole."""
    running = box(body_seconds=0.3 if how == "silent" else PATIENCE)
    assert statuses(running.ask(head(framing) + body, hang_up=how == "cut")) == [400]
    assert isinstance(running.application.bodies[0], errors.Invalid)


def test_body_gives_what_came_before_it_broke(box):
    """A resumable upload keeps it."""
    running, blocks = box(), []

    def application(environ, start_response):
        with pytest.raises(errors.Invalid):
            while block := request.stream(environ).read(4):
                blocks.append(block)
        start_response("400 Bad Request", [])
        return []
    running.application.parts = application
    running.ask(head(b"Content-Length: 100", first=b"PATCH /parts HTTP/1.1") + b"0123456789", hang_up=True)
    assert b"".join(blocks) == b"0123456789"


def test_reader_who_does_not_read(box):
    """It is let go, and the application's answer is closed."""
    running = box(write_seconds=0.3)
    with running.connect(head(first=b"GET /endless HTTP/1.1")):
        assert running.application.go.wait(PATIENCE)


def test_reader_of_a_file_who_does_not_read(box, tmp_path):
    """The same where the kernel sends; the file is closed."""
    running = box(write_seconds=0.3)
    with open(tmp_path / "big", "r+b") as file:
        file.truncate(1 << 30)
    with running.connect(head(first=b"GET /file HTTP/1.1")):
        _wait(lambda: running.application.files and running.application.files[0].fd is None)


def test_reader_who_leaves(box, tmp_path, log):
    """A download that is broken off is no fault: no traceback, and the file is closed."""
    running = box()
    with open(tmp_path / "big", "r+b") as file:
        file.truncate(1 << 30)
    with running.connect(head(first=b"GET /file HTTP/1.1")) as connection:
        connection.recv(100)
    _wait(lambda: running.application.files[0].fd is None)
    _wait(lambda: any("GET /file -200" in line for line in log))
    assert not any("failed" in line for line in log)


def _wait(check):
    deadline = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        gevent.sleep(0.01)


# Expectations and unread bodies.

@pytest.mark.parametrize("word", [b"100-continue", b"100-Continue", b"100-CONTINUE"])
def test_continue(box, word):
    """It is said once, when the application begins to read."""
    running = box()
    with running.connect(head(b"Expect: " + word, b"Content-Length: 3", b"Connection: close")) as connection:
        assert until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert statuses(rest(connection)) == [200]
    assert running.application.bodies == [b"abc"]


def test_no_continue_for_what_is_refused(box):
    """The client keeps its body, and the connection ends, because it might send it all the same."""
    running = box()
    came = running.ask(head(b"Expect: 100-continue", b"Content-Length: 3", first=b"PUT /unread HTTP/1.1"))
    assert statuses(came) == [401] and b"Connection: close" in came


def test_no_continue_where_nobody_waits(box):
    """Without a body, in HTTP/1.0, after the body has come."""
    running = box()
    for sent in (head(b"Expect: 100-continue", b"Connection: close"), head(b"Expect: 100-continue", b"Content-Length: 0", b"Connection: close"),
                 head(b"Expect: 100-continue", b"Content-Length: 1", first=b"POST /a HTTP/1.0") + b"a"):
        assert statuses(running.ask(sent)) == [200]


def test_large_unread_body_is_not_swallowed(box):
    """The answer can be read while the client still sends, and the server stops listening."""
    running = box()
    with running.connect(head(b"Content-Length: 1073741824", first=b"PUT /unread HTTP/1.1")) as connection:
        sent, block = 0, bytes(1 << 20)
        try:
            while sent < 1 << 30:
                sent += connection.send(block)
        except OSError:
            pass
        assert sent < 1 << 28, "it took all of it"
    with running.connect(head(b"Content-Length: 1073741824", first=b"PUT /unread HTTP/1.1"), bytes(1 << 20)) as connection:
        came = rest(connection)
    assert statuses(came) == [401] and came.endswith(b"no!!\n") and b"Connection: close" in came
    assert set(running.application.seen) == {"PUT /unread"}


def test_little_unread_body_is_read_away(box):
    """The connection stays, and the body is not taken for a request."""
    running = box()
    with running.connect(head(b"Content-Length: %d" % len(AFTER), first=b"PUT /unread HTTP/1.1")) as connection:
        came = until(connection, b"no!!\n")
        assert b"close" not in came
        connection.sendall(AFTER + head(b"Connection: close", first=b"GET /next HTTP/1.1"))
        assert statuses(rest(connection)) == [200]
    assert running.application.seen == ["PUT /unread", "GET /next"]


def test_little_unread_body_that_does_not_come(box):
    """It is not waited for long."""
    running = box(linger_seconds=0.3)
    assert statuses(running.ask(head(b"Content-Length: 50", first=b"PUT /unread HTTP/1.1") + b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n")) == [401]
    assert running.application.seen == ["PUT /unread"]


def test_unread_chunks_end_the_connection(box):
    """Nobody knows how many they are."""
    running = box()
    came = running.ask(head(CHUNKED, first=b"PUT /unread HTTP/1.1") + b"0\r\n\r\n" + AFTER)
    assert statuses(came) == [401] and b"Connection: close" in came and running.application.seen == ["PUT /unread"]


# Faults of ours.

def test_exception(box, log):
    """500 with the id under which the log has all of it."""
    running = box()
    came = running.ask(head(first=b"GET /fails HTTP/1.1") + AFTER)
    assert statuses(came) == [500] and b"secret" not in came and b"Traceback" not in came
    number = running.application.environs[0]["hearth.request_id"]
    assert number.encode() in came and any(number in line and "secret of the house" in line for line in log)
    assert running.application.seen == ["GET /fails"]


def test_exception_in_the_middle(box, log):
    """The answer has no end, so that nobody takes the half for the whole."""
    came = box().ask(head(first=b"GET /breaks HTTP/1.1"))
    assert came.endswith(b"4\r\nhalf\r\n") and any("GET /breaks -200" in line for line in log)


def test_answer_of_a_wrong_length(box, log):
    """The next one would begin in the middle of it, so there is none."""
    came = box().ask(head(first=b"GET /short HTTP/1.1") + AFTER)
    assert statuses(came) == [200] and came.endswith(b"no!!\n") and any("5 bytes instead of 9" in line for line in log)


def test_house_error_that_nobody_dressed(box):
    """Its own status and its own words."""
    came = box().ask(head(first=b"GET /away HTTP/1.1"))
    assert statuses(came) == [503] and came.endswith(b"The disk is away.\n")


def test_log_has_one_line_a_request(box, log):
    """With who, what, how it went; never what would let the reader in, nor a second line of a stranger's making."""
    box().ask(head(b"Connection: close", first=b"GET /a%0AERROR?x=1&code=topsecret HTTP/1.1"))
    assert len(log) == 1 and log[0].startswith("127.0.0.1 GET /a%0AERROR?x=1&code=* 200 ")
    assert re.fullmatch(r"\S+ \S+ \S+ \d+ \d+ B [\d.]+ ms - [0-9a-f-]{13}", log[0]) and len(log[0]) < 100


@pytest.mark.parametrize("given, taken", [
    ("5D3C9A57-0B3E-4B86-9E2E-0C9E1B8E4A11", "5d3c9a57-0b3e-4b86-9e2e-0c9e1b8e4a11"), ("", None), ("1234", None), ("a" * 36, None),
    ("5d3c9a57-0b3e-4b86-9e2e-0c9e1b8e4a11 forged 200", None), ("5d3c9a57-0b3e-4b86-9e2e-0c9e1b8e4a1\u0131", None)])
def test_the_id_of_a_request(given, taken):
    """A client's own, where it has the shape that clients give it; anything else could say what it likes in our log."""
    assert request_id(given) == taken if taken else re.fullmatch("[0-9a-f-]{13}", request_id(given))


@pytest.mark.parametrize("path, shown", [
    ("/data/56d238ff-2607-4e48-af4c-f4d16567d828.22fb9920-0000-4000-8000-000000000000.secret",
     "/data/56d238ff-2607-4e48-af4c-f4d16567d828.22fb9920*"),
    ("/dav/x?oc-jwt-sig=abc.1.def&a=b", "/dav/x?oc-jwt-sig=*&a=b"), ("/x?OC-Signature=abc", "/x?OC-Signature=*"),
    ("/auth-app/tokens?token=abc", "/auth-app/tokens?token=*"), ("/x?access_token=a&b=c", "/x?access_token=*&b=c"),
    ("/signin/v1/endsession?id_token_hint=abc.d.e", "/signin/v1/endsession?id_token_hint=*"), ("/x?client_secret=a", "/x?client_secret=*"),
    ("/dav/public-files/AmrLgxmciGRNSWE/a/b.txt?signature=abc", "/dav/public-files/*/a/b.txt?signature=*"),
    ("/s/AmrLgxmciGRNSWE/Day", "/s/*/Day"), ("//s/AmrLgx", "//s/*"), ("/index.php/s/AmrLgx", "/index.php/s/*"), ("/archiver?id=1&public-token=AmrLgx", "/archiver?id=1&public-token=*"),
    ("/ocs/v1.php/apps/files_sharing/api/v1/tokeninfo/unprotected/AmrLgx?format=json", "/ocs/v1.php/apps/files_sharing/api/v1/tokeninfo/unprotected/*?format=json"),
    ("/setup?code=abc", "/setup?code=*"), ("/" + "a" * 9999, "/" + "a" * 999), ("/dav/code=x", "/dav/code=x")])
def test_log_lets_nobody_in(path, shown):
    """Secrets in addresses are left out."""
    assert discreet(path) == shown


# Files.

@pytest.mark.parametrize("start", [0, 1, 1_000_003, len(BIG) - 100, len(BIG)])
def test_file(box, start):
    """Large by sendfile, small with the head; several on one connection; and closed afterwards."""
    running = box()
    first = b"GET /file?%d HTTP/1.1" % start
    came = running.ask(head(first=first) * 2, head(b"Connection: close", first=first))
    assert [part.partition(b"\r\n\r\n")[2] == BIG[start:] for part in came.split(b"HTTP/1.1 200 OK")[1:]] == [True] * 3
    assert [body.fd for body in running.application.files] == [None] * 3


def test_file_that_becomes_shorter(box, tmp_path):
    """The connection ends before the announced length."""
    running = box()
    with open(tmp_path / "big", "r+b") as file:
        file.truncate(1 << 30)
    with running.connect(head(first=b"GET /file HTTP/1.1")) as connection:
        connection.recv(1000)
        os.truncate(tmp_path / "big", 10)
        assert len(rest(connection)) < 1 << 30


# Limits.

def test_connections_of_one_address(box):
    """One too many is told so at once; when another has ended, there is room again."""
    running = box(connections_per_address=2)
    busy = [running.connect(head(first=b"GET /slow HTTP/1.1")) for _ in range(2)]
    _wait(lambda: len(running.application.seen) == 2)
    came = running.ask(AFTER)
    assert statuses(came) == [503] and b"Retry-After" in came
    running.application.go.set()
    for connection in busy:
        until(connection, b"\r\n\r\n")
        connection.close()
    _wait(lambda: statuses(running.ask(head(b"Connection: close", first=b"GET /a HTTP/1.1"))) == [200])


def test_connections_in_all(box):
    """The same for the whole house."""
    running = box(connections=2)
    for _ in range(2):
        running.connect(head(first=b"GET /slow HTTP/1.1"))
    _wait(lambda: len(running.application.seen) == 2)
    assert statuses(running.ask(AFTER)) == [503]


def test_many_who_are_refused(box):
    """More than there is room for refusing: each is told, and nobody waits for those who do not listen."""
    running = box(connections=2)
    for _ in range(2):
        running.connect(head(first=b"GET /slow HTTP/1.1"))
    _wait(lambda: len(running.application.seen) == 2)
    deaf = [running.connect() for _ in range(4 * SPARE)]
    _wait(lambda: running.server.limits.pool.free_count() >= SPARE // 2)
    assert [statuses(rest(connection)) for connection in deaf] == [[503]] * len(deaf)


@pytest.mark.parametrize("option", ["connections", "connections_per_address"])
def test_idle_connections_make_room(box, option):
    """Those who only hold a place lose it to those who ask, the longest idle first."""
    running = box(**{option: 2})
    idle = running.connect(head(first=b"GET /a HTTP/1.1"))
    until(idle, b"\r\n\r\n")
    later = running.connect(b"GET /h")
    gevent.sleep(0.05)
    assert statuses(running.ask(head(b"Connection: close", first=b"GET /a HTTP/1.1"))) == [200]
    assert idle.recv(1) == b""
    later.sendall(b" HTTP/1.1\r\nHost: h\r\n\r\n")
    assert until(later, b"\r\n\r\n").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("sent", [
    head(b"Content-Length: +1"), head(b"Content-Length: 50", first=b"PUT /unread HTTP/1.1"), head(CHUNKED, first=b"PUT /unread HTTP/1.1")])
def test_leaving_connections_make_room(box, sent):
    """Who has been answered and does not go holds nobody up: after a refusal, before a body that nobody wants, at the end."""
    running = box(connections=2, linger_seconds=PATIENCE)
    leaving = [running.connect(sent) for _ in range(2)]
    for connection in leaving:
        until(connection, b"\r\n\r\n")
    _wait(lambda: not running.server.limits.busy)
    assert statuses(running.ask(head(b"Connection: close", first=b"GET /a HTTP/1.1"), hang_up=True)) == [200]


def test_neighbours():
    """Who counts as one."""
    assert neighbourhood("192.0.2.1") == neighbourhood("::ffff:192.0.2.1") == "192.0.2.1"
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8:0:0:ffff::9") != neighbourhood("2001:db8:0:1::1")
    assert neighbourhood("fe80::1%eth0") == neighbourhood("fe80::2%eth1")


def test_small_answers_are_not_held_back(box):
    """TCP_NODELAY is set: without it each costs 44 ms on a kept connection."""
    found = []

    class Seen(Connection):
        def handle(self):
            found.append(self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            super().handle()
    box(Seen).ask(head(b"Connection: close"))
    assert found == [1]


def test_body_sent_apart_is_asked_for_at_once(box):
    """TCP_QUICKACK is set while a body is still to come: a client that sends it apart would wait 40 ms for our delayed ACK."""
    found = []

    class Seen(Connection):
        def _begin(self, head):
            super()._begin(head)
            found.append(self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK))
    with box(Seen).connect() as connection:
        for _ in range(3):
            connection.sendall(head(b"Content-Length: 3"))
            _wait(lambda: found)
            assert found.pop() == 1
            connection.sendall(b"abc")
            until(connection, b"\r\n\r\nabc")


# The end.

def test_running_requests_may_end(box):
    """New connections are refused, idle ones ended, and the running request is answered as the last of its connection."""
    running = box()
    busy, idle = running.connect(head(first=b"GET /slow HTTP/1.1")), running.connect(b"")
    _wait(lambda: running.application.seen)
    stopping = gevent.spawn(running.server.stop, 20)
    assert idle.recv(1) == b""
    with pytest.raises(OSError):
        running.connect()
    assert not stopping.ready()
    running.application.go.set()
    assert b"Connection: close" in rest(busy)
    assert stopping.ready() or stopping.join(PATIENCE) or stopping.successful()


def test_running_requests_end_in_time(box):
    """Who takes longer is cut off; a body that was coming is broken for the application."""
    running = box()
    with running.connect(head(b"Content-Length: 10") + b"abc") as connection:
        _wait(lambda: running.application.seen)
        running.server.stop(0.1)
        rest(connection)
    assert isinstance(running.application.bodies[0], errors.Invalid)


def test_address_that_is_taken(box):
    """One sentence that says what to do."""
    running = box()
    with pytest.raises(errors.Unavailable, match="--listen"):
        box(listen=(Listen(False, "127.0.0.1", running.ports[0]),))


# TLS.

@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate and its key, as options."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
                   check=True, capture_output=True)
    return {"certificate": str(folder / "certificate.pem"), "key": str(folder / "key.pem"),
            "listen": (Listen(False, "127.0.0.1", 0), Listen(True, "127.0.0.1", 0))}


def _client(version=None):
    from gevent.ssl import SSLContext
    context = SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def test_https(box, certificate):
    """Beside http in the same process: bodies, files, and the scheme is known."""
    running = box(**certificate)
    assert [url.partition(":")[0] for url in running.server.addresses()] == ["http", "https"]
    body = os.urandom(300_000)
    with _client().wrap_socket(running.connect(port=1)) as connection:
        connection.sendall(head(b"Content-Length: 300000") + body)
        assert until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 200")
        came = b""
        while len(came) < len(body):
            came += connection.recv(1 << 16)
        assert came == body
        connection.sendall(head(b"Connection: close", first=b"GET /file HTTP/1.1"))
        assert rest(connection).partition(b"\r\n\r\n")[2] == BIG
    assert running.application.environs[0]["wsgi.url_scheme"] == "https"
    assert statuses(running.ask(head(b"Connection: close"))) == [200]


def test_refusals_over_tls(box, certificate):
    """They arrive, and time limits hold as well."""
    running = box(head_seconds=1, **certificate)
    unread = head(b"Content-Length: 1000000", first=b"PUT /unread HTTP/1.1")
    for sent, status in ((head(b"Content-Length: +1"), 400), (b"GET / HT", 408), (unread, 401)):
        with _client().wrap_socket(running.connect(port=1)) as connection:
            connection.sendall(sent)
            came = b""
            try:
                while block := connection.recv(1 << 16):
                    came += block
            except ssl.SSLEOFError:
                pass
        assert statuses(came) == [status]


def test_silent_handshake(box, certificate):
    """Who does not begin TLS is let go, and their place is free again."""
    running = box(handshake_seconds=0.3, **certificate)
    with running.connect(port=1) as connection:
        assert rest(connection) == b""
    with running.connect(b"GET / HTTP/1.1\r\n\r\n", port=1) as connection, contextlib.suppress(ConnectionResetError):
        assert b"HTTP" not in rest(connection)
    _wait(lambda: not running.server.limits._inside)


def test_handshakes_make_room(box, certificate):
    """Who holds a place without having begun TLS loses it to those who ask."""
    running = box(connections=2, **certificate)
    silent = [running.connect(port=1) for _ in range(2)]
    _wait(lambda: len(running.server.limits.idle) == 2)
    with _client().wrap_socket(running.connect(port=1)) as connection:
        connection.sendall(head(b"Connection: close", first=b"GET /a HTTP/1.1"))
        assert until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 200")
    assert silent[0].recv(1) == b""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls(box, certificate):
    """Nothing before TLS 1.2."""
    running = box(**certificate)
    for version, fine in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
        context = _client(version)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with running.connect(port=1) as connection:
            try:
                context.wrap_socket(connection).close()
                assert fine
            except (ssl.SSLError, ConnectionError):
                assert not fine


def test_wrong_certificate(box, certificate, tmp_path):
    """One sentence that names the options."""
    for wrong in ({"certificate": str(tmp_path / "none")}, {"key": certificate["certificate"]}, {"key": str(tmp_path / "none")}):
        with pytest.raises(errors.Invalid, match="certificate and key"):
            box(**{**certificate, **wrong})


# As a program.

def test_program_ends_well(own_server):
    """SIGTERM: exit status 0, though a client holds a connection."""
    with socket.create_connection(("127.0.0.1", own_server.port)) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
        until(connection, b"alive\n")
        assert own_server.stop() == 0


def _download(running, person):
    """A connection over which the big file was asked for, whose reader is slow."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    connection.settimeout(PATIENCE)
    connection.connect(("127.0.0.1", running.port))
    signed = b"Authorization: Basic " + base64.b64encode(":".join(person.auth).encode())
    connection.sendall(head(signed, first=f"GET /dav/files/{person.name}/big HTTP/1.1".encode()))
    return connection


@pytest.fixture
def big(own_server):
    """Somebody with a file that no buffer holds, and its content."""
    person, content = own_server.add(), os.urandom(1 << 20) * 32
    assert requests.put(person.dav + "/big", data=content, auth=person.auth, timeout=60).status_code == 201
    return person, content


def test_program_ends_a_download_first(own_server, big):
    """SIGTERM amid one: it comes whole, nobody new comes in, and the exit status is 0."""
    person, content = big
    with _download(own_server, person) as connection:
        until(connection, b"\r\n\r\n")
        own_server.process.terminate()
        _wait(lambda: "stopping" in own_server.log)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", own_server.port), 5)
        assert rest(connection) == content
    assert own_server.stop() == 0


def test_program_keeps_no_file_open(own_server, big):
    """Downloads that are broken off leave neither a file nor a socket behind."""
    person, content = big
    folder = f"/proc/{own_server.process.pid}/fd"
    requests.get(person.dav + "/big", auth=person.auth, timeout=60)
    before = len(os.listdir(folder))
    for _ in range(20):
        with _download(own_server, person) as connection:
            assert connection.recv(100)
    _wait(lambda: len(os.listdir(folder)) <= before)
    answer = requests.get(person.dav + "/big", auth=person.auth, timeout=60, headers={"Range": "bytes=1000003-20000000"})
    assert answer.status_code == 206 and answer.content == content[1_000_003:20_000_001]
    assert "Traceback" not in own_server.log


def test_program_serves_parts_over_https(own_server, big, certificate):
    """The same bytes as without TLS, one part and several, and the address of the request is known to be https."""
    person, content = big
    own_server.stop()
    own_server.configure(certificate=certificate["certificate"], key=certificate["key"])
    own_server.options = ("--listen", "https://127.0.0.1:0")
    own_server.start()
    url = own_server.process.stdout.readline().split()[1]
    assert url.startswith("https://")
    ask = partial(requests.get, f"{url}/dav/files/{person.name}/big", auth=person.auth, timeout=60, verify=certificate["certificate"])
    assert ask().content == content
    assert ask(headers={"Range": "bytes=1000003-20000000"}).content == content[1_000_003:20_000_001]
    several = ask(headers={"Range": "bytes=0-9,-5"})
    assert several.status_code == 206 and content[:10] in several.content and content[-5:] in several.content
    assert f'"{url}' in requests.get(f"{url}/graph/v1.0/me/drives", auth=person.auth, timeout=60, verify=certificate["certificate"]).text


def test_program_tells_systemd(tmp_path):
    """READY when it accepts requests, signs of life meanwhile, also while the disk is away, STOPPING when it was told to end."""
    import socket as plain
    place = tmp_path / "notify"
    with plain.socket(plain.AF_UNIX, plain.SOCK_DGRAM) as listening:
        listening.bind(str(place))
        listening.settimeout(PATIENCE)
        program = subprocess.Popen([sys.executable, "-m", "appliance", "serve", "--data", tmp_path / "data", "--cache", tmp_path / "cache",
                                    "--listen", "http://127.0.0.1:0"], env={**os.environ, "NOTIFY_SOCKET": str(place), "WATCHDOG_USEC": "400000"},
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert listening.recv(1000) == b"READY=1\nSTATUS=ready"
            assert listening.recv(1000) == b"WATCHDOG=1\nSTATUS=ready"
            (tmp_path / "data").rename(tmp_path / "away")
            while (said := listening.recv(1000)) == b"WATCHDOG=1\nSTATUS=ready":
                pass
            assert said.startswith(b"WATCHDOG=1\nSTATUS=") and b"cannot be reached" in said
            (tmp_path / "away").rename(tmp_path / "data")
            program.terminate()
            while (said := listening.recv(1000)).startswith(b"WATCHDOG=1"):
                pass
            assert said == b"STOPPING=1"
            assert program.wait(PATIENCE) == 0
        finally:
            program.kill()

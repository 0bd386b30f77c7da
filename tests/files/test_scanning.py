"""The scanners: Debian's clamd and c-icap say what is in a file, and whatever else they do, or do not do, is Away."""
import os

import gevent
import pytest
from gevent import socket
from scanners import EICAR, NAME, CIcap, Clamd, needs_clamd, needs_icap

from appliance.core import errors
from appliance.files.scanning import Away, scanner

LARGE = 3 << 20                                     # bytes: c-icap begins to send such a file back before it knows


@pytest.fixture(scope="module")
def clamd():
    """One clamd for the tests of this page."""
    running = Clamd().start()
    yield running
    running.end()


@pytest.fixture(scope="module")
def icap(clamd):
    """One c-icap for the tests of this page."""
    running = CIcap(clamd).start()
    yield running
    running.end()


@pytest.fixture
def scan(tmp_path):
    """``scan(address, content)``: what is found in it."""
    def look(address, content, name="a ü.txt"):
        (tmp_path / "file").write_bytes(content)
        with open(tmp_path / "file", "rb") as file:
            return scanner(address).scan(file.fileno(), len(content), name)
    return look


CONTENTS = {"tiny": (b"x", ""), "clean": (b"hello\n" * 1000, ""), "eicar": (EICAR, NAME), "late": (bytes(LARGE) + EICAR, NAME),
            "early": (EICAR + bytes(LARGE), NAME), "large": (bytes(range(256)) * (LARGE >> 8), "")}


@needs_clamd
@pytest.mark.parametrize("content, found", CONTENTS.values(), ids=CONTENTS)
def test_clamd(clamd, scan, content, found):
    """What is clean, and what is not, wherever in the file it stands, over the socket and over TCP."""
    for address in (clamd.address, clamd.address_of_port):
        said = scan(address, content)
        assert said.startswith(found) and bool(found) == bool(said)


@needs_icap
@pytest.mark.parametrize("content, found", CONTENTS.values(), ids=CONTENTS)
@pytest.mark.parametrize("service", ("avscan", "virus_scan", "echo"))
def test_icap(icap, scan, service, content, found):
    """With 204 and without, with a preview; sent back while it still looks (virus_scan); echo finds nothing and answers 200."""
    said = scan(icap.address(service), content)
    if service == "echo":
        assert said == ""
    elif found and service == "virus_scan" and content != EICAR:
        assert said.startswith(NAME) or said == "blocked by the scanner"     # the head of the answer was on its way already
    else:
        assert said.startswith(found) and bool(said) == bool(found)


@needs_icap
def test_ping(clamd, icap):
    """Whoever answers is there; a service that nobody offers is not."""
    for address in (clamd.address, icap.address()):
        scanner(address).ping()
    with pytest.raises(Away, match="not find even the test virus"):
        scanner(icap.address("echo")).ping()
    for address in (icap.address("nothing"), "clamd:/none", "clamd://127.0.0.1:1", "icap://127.0.0.1:1/x"):
        with pytest.raises(Away):
            scanner(address).ping()


@needs_icap
def test_one_that_is_blind(scan):
    """c-icap that was started before its clamd finds nothing, for ever, and says so of every file; whoever asks how it is hears that."""
    first = Clamd()
    blind = CIcap(first).start()
    try:
        first.start()
        assert scan(blind.address(), EICAR) == ""
        with pytest.raises(Away, match="not find even the test virus"):
            scanner(blind.address()).ping()
        blind.kill()
        blind.start()
        scanner(blind.address()).ping()
    finally:
        blind.end()
        first.end()


@needs_clamd
def test_one_that_hangs_is_away_soon(clamd, monkeypatch):
    """It takes the connection and says nothing: whoever asks how it is does not wait as long as for a file."""
    monkeypatch.setattr("appliance.files.scanning.clamd.ANSWER", 0.2)
    clamd.freeze()
    try:
        with gevent.Timeout(30), pytest.raises(Away):
            scanner(clamd.address).ping()
    finally:
        clamd.thaw()


@needs_clamd
def test_more_than_clamd_takes(clamd, scan):
    """It hangs up in the middle and says why; that is no answer about the file."""
    with pytest.raises(Away, match="size limit"):
        scan(clamd.address, bytes(26 << 20))


def _blind(icap):
    """On a busy machine its clamd says nothing quickly enough when it asks, and then it never asks again."""
    try:
        scanner(icap.address()).ping()
    except Away:
        return True
    return False


@needs_icap
def test_dying_in_the_middle(scan, until):
    """Stopped while they look, then killed: who waits is told soon, and never that nothing was found. c-icap without its clamd says so, too."""
    first = Clamd().start()
    second = CIcap(first).start()
    try:
        for victim, address, content in ((second, second.address(), bytes(LARGE)), (first, first.address, bytes(LARGE)), (first, first.address, EICAR)):
            for each in (first, second):
                each.kill()
                each.start()
            while _blind(second):
                second.kill()
                second.start()
            victim.freeze()
            asked = gevent.spawn(scan, address, content)
            asked.join(0.3)
            assert not asked.ready()
            victim.kill()
            with pytest.raises(Away):
                asked.get(timeout=20)
        for content in (EICAR, b"clean"):           # its clamd is dead
            with pytest.raises(Away):
                scan(second.address(), content)
    finally:
        first.end()
        second.end()


def answering(*words):
    """A stand-in for servers that behave badly, which no real one can be made to: its address. It says the words one connection after another."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()

    def serve():
        for said in words:
            there, _ = listening.accept()
            there.settimeout(1)
            try:
                there.recv(1 << 16)
                there.sendall(said)
                while there.recv(1 << 16):
                    pass
            except OSError:
                pass
            there.close()
    gevent.spawn(serve)
    return f"127.0.0.1:{listening.getsockname()[1]}"


OPTIONS = b"ICAP/1.0 200 OK\r\nMethods: RESPMOD\r\nOptions-TTL: 60\r\n\r\n"
FILE = b"content of a file"
SAME = b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(FILE), FILE)


@pytest.mark.parametrize("said", [
    b"", b"stream: OK", b"stream: huh\0", b"\0", b"x" * 100_000 + b"\0", b"INSTREAM size limit exceeded. ERROR\0", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_is_no_answer_of_clamd(scan, said):
    """Only "OK" is."""
    with pytest.raises(Away):
        scan("clamd://" + answering(said), FILE)


@pytest.mark.parametrize("said", [
    b"", b"ICAP/1.0 500 Oh\r\n\r\n", b"ICAP/1.0 404 Not Found\r\n\r\n", b"HTTP/1.1 204 No\r\n\r\n", b"ICAP/1.0 204", b"x" * 100_000, SAME[:-20], b"ICAP/1.0 100 Continue\r\n\r\n",
    SAME.replace(b"\r\n11\r\n", b"\r\nzz\r\n"), SAME.replace(b"=19", b"=99999999")])
def test_what_is_no_answer_of_icap(scan, said):
    """Errors, other protocols, answers cut short."""
    with pytest.raises(Away):
        scan(f"icap://{answering(OPTIONS, said)}/x", FILE)


@pytest.mark.parametrize("said, found", [
    (b"ICAP/1.0 204 No Content\r\n\r\n", ""), (SAME, ""), (SAME.replace(b"200 OK\r\n\r\n%x" % len(FILE), b"403 No\r\n\r\n%x" % len(FILE)), "blocked by the scanner"),
    (SAME.replace(FILE, b"another content  "), "blocked by the scanner"), (b"ICAP/1.0 200 OK\r\nEncapsulated: null-body=0\r\n\r\n", "blocked by the scanner"),
    (b"ICAP/1.0 204 No\r\nX-Virus-ID: no threats\r\n\r\n", ""), (b"ICAP/1.0 200 OK\r\nX-Virus-ID: Bad.Thing\r\n\r\n", "Bad.Thing"),
    (b"ICAP/1.0 200 OK\r\nX-Infection-Found: Type=0; Resolution=1; Threat=Bad.Thing;\r\n\r\n", "Bad.Thing"),
    (b"ICAP/1.0 200 OK\r\nX-Violations-Found: 1\r\n\tfile\r\n\tBad.Thing\r\n\t0\r\n\t1\r\n\r\n", "Bad.Thing")])
def test_answers_of_icap(scan, said, found):
    """In the words of different makers."""
    assert scan(f"icap://{answering(OPTIONS, said)}/x", FILE) == found


def test_options_of_icap(scan):
    """Where nothing but requests can be looked at, it is asked about one; what can do neither is no scanner."""
    assert scan(f"icap://{answering(OPTIONS.replace(b'RESPMOD', b'REQMOD'), b'ICAP/1.0 204 No' + bytes.fromhex('0d0a0d0a'))}/x", FILE) == ""
    with pytest.raises(Away):
        scan(f"icap://{answering(OPTIONS.replace(b'RESPMOD', b'LOGMOD'))}/x", FILE)


def test_addresses():
    """What is none is refused with how to write one, when the box starts."""
    assert scanner("") is None
    for wrong in ("clamd", "clamd:", "clamd:relative", "http://h/x", "icap://host", "icap:/x", "clamd://host:99999", "clamd://[", "/run/clamav"):
        with pytest.raises(errors.Invalid, match="Write it like clamd:/run"):
            scanner(wrong)


def test_the_file_is_left_where_it_was(scan, tmp_path):
    """It is read at places, never from where it was read before."""
    (tmp_path / "file").write_bytes(FILE)
    with open(tmp_path / "file", "rb") as file:
        os.lseek(file.fileno(), 3, os.SEEK_SET)
        assert scanner(f"icap://{answering(OPTIONS, SAME)}/x").scan(file.fileno(), len(FILE), "a") == ""
        assert file.read() == FILE[3:]

"""EICAR over the wire, with Debian's clamd and c-icap: PUT, tus, chunks, links; readers who look all the time; scanner or server killed in the middle."""
import base64
import json
import threading
import time

import pytest
import requests
from scanners import EICAR, NAME, CIcap, Clamd, needs_clamd, needs_icap

from conftest import Server, until

pytestmark = [needs_clamd, pytest.mark.slow]
PART = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
CLEAN = b"nothing bad in here"


@pytest.fixture(scope="module")
def clamd():
    """One clamd for the tests of this page."""
    running = Clamd().start()
    yield running
    running.end()


@pytest.fixture(scope="module")
def box(clamd, tmp_path_factory):
    """One server with a scanner: ``ann``, and ``root``, who looks after it."""
    server = Server(tmp_path_factory.mktemp("box"))
    server.configure(scanner=clamd.address)
    server.start()
    server.ann, server.root = server.add("ann"), server.add("root", role="admin")
    yield server
    clamd.thaw()
    server.stop()
    assert "Traceback" not in server.log


@pytest.fixture
def ann(box):
    """A session of hers, in a folder of its own: ``session.dav``."""
    with requests.Session() as session:
        session.auth = box.ann.auth
        session.dav = f"{box.ann.dav}/{time.time_ns()}"
        assert session.request("MKCOL", session.dav, timeout=60).status_code == 201
        yield session


def ask(box, method, path, body=None, auth=None):
    """Ask what administrators ask."""
    return requests.request(method, f"{box.url}/api/v0/{path}", auth=auth or box.root.auth, data=json.dumps(body) if body is not None else None, timeout=60)


@pytest.fixture
def policy(box):
    """Say what is done; afterwards it is as before."""
    yield lambda **wanted: ask(box, "PUT", "firewall", wanted).raise_for_status()
    plain = {"infected": "remove", "away": "refuse", "most": 25_000_000, "large": "part"}
    ask(box, "PUT", "firewall", {"house": {}, "scan": plain}).raise_for_status()


def put(session, name, content, **headers):
    return session.put(f"{session.dav}/{name}", data=content, headers=headers, timeout=120)


def create(session, name, size, content=b"", **headers):
    said = {**PART, "Upload-Length": str(size), "Upload-Metadata": "filename " + base64.b64encode(name.encode()).decode(), **headers}
    return session.post(session.dav, data=content, headers=said, timeout=120)


def patch(location, offset, content):
    return requests.patch(location, data=content, headers={**PART, "Upload-Offset": str(offset)}, timeout=120)


def at_once(session, name, content):
    return create(session, name, len(content), content)


def in_parts(session, name, content):
    made = create(session, name, len(content))
    if made.status_code != 201:
        return made
    assert patch(made.headers["Location"], 0, content[:5]).status_code == 204
    return patch(made.headers["Location"], 5, content[5:])


def in_chunks(session, name, content):
    transfer = time.time_ns()
    for index, part in enumerate((content[:5], content[5:])):
        answer = put(session, f"{name}-chunking-{transfer}-2-{index}", part,
                     **{"OC-Chunked": "1", "OC-Total-Length": str(len(content)), "OC-Chunk-Size": "5"})
    return answer


WAYS = {"PUT": put, "tus at once": at_once, "tus in parts": in_parts, "chunks": in_chunks}


class Readers:
    """Two who ask for the same thing all the time, until ``stop``: everything they ever got."""

    def __init__(self, session, name):
        self._ends, self.seen = threading.Event(), set()
        self._threads = [threading.Thread(target=self._look, args=(session, method, name)) for method in ("GET", "PROPFIND")]
        for thread in self._threads:
            thread.start()

    def _look(self, session, method, name):
        with requests.Session() as own:
            own.auth = session.auth
            while not self._ends.is_set():
                answer = own.request(method, f"{session.dav}/{name}" if method == "GET" else session.dav, timeout=120)
                self.seen.add((method, answer.status_code, EICAR in answer.content, name in answer.text))

    def stop(self):
        self._ends.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_eicar(box, ann, way):
    """Refused with words for people, and there for nobody at any moment; the same way takes what is clean."""
    readers = Readers(ann, "bad.txt")
    answer = way(ann, "bad.txt", EICAR)
    readers.stop()
    assert answer.status_code == 403 and f"A virus was found in &quot;bad.txt&quot;: {NAME}" in answer.text.replace('"', "&quot;"), answer.text
    assert {row for row in readers.seen if row[0] == "GET"} == {("GET", 404, False, row[3]) for row in readers.seen if row[0] == "GET"}
    assert {row for row in readers.seen if row[0] == "PROPFIND"} == {("PROPFIND", 207, False, False)}
    assert way(ann, "good.txt", CLEAN).status_code in (201, 204) and ann.get(ann.dav + "/good.txt", timeout=60).content == CLEAN
    assert way(ann, "good.txt", EICAR + b"x").status_code == 403 and ann.get(ann.dav + "/good.txt", timeout=60).content == CLEAN


def test_eicar_in_german(box, ann):
    """Whoever brought it reads why in their language, and the web client is told that it may show that."""
    answer = ann.put(ann.dav + "/schlecht.txt", data=EICAR, headers={"Accept-Language": "de-DE,de;q=0.8"}, timeout=60)
    assert answer.status_code == 403 and answer.headers["Content-Language"] == "de"
    assert f"wurde ein Virus gefunden: {NAME}" in answer.text and "Die Datei wurde nicht angenommen." in answer.text


def test_a_refused_upload_is_gone(ann):
    """Whoever asks again is not told that all is well."""
    location = create(ann, "bad", len(EICAR)).headers["Location"]
    assert patch(location, 0, EICAR).status_code == 403
    assert requests.head(location, headers=PART, timeout=60).status_code == 404


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nothing_shows_while_it_is_looked_at(clamd, ann, way):
    """However long that takes; then it is whole at once."""
    clamd.freeze()
    answers = []
    sending = threading.Thread(target=lambda: answers.append(way(ann, "slow", CLEAN)))
    sending.start()
    try:
        for _ in range(5):
            assert ann.get(ann.dav + "/slow", timeout=60).status_code == 404 and "slow" not in ann.request("PROPFIND", ann.dav, timeout=60).text
            sending.join(0.1)
        assert sending.is_alive()
    finally:
        clamd.thaw()
    sending.join()
    assert answers[0].status_code in (201, 204) and ann.get(ann.dav + "/slow", timeout=60).content == CLEAN


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_clamd_dies_in_the_middle(clamd, ann, way):
    """503, with when to come again, and nothing there; the same sent again when clamd is back is taken."""
    clamd.freeze()
    answers = []
    sending = threading.Thread(target=lambda: answers.append(way(ann, "a", CLEAN)))
    sending.start()
    sending.join(0.5)
    assert sending.is_alive()
    clamd.kill()
    sending.join()
    assert answers[0].status_code == 503 and answers[0].headers["Retry-After"] == "120" and "virus scanner" in answers[0].text
    assert ann.get(ann.dav + "/a", timeout=60).status_code == 404 and way(ann, "a", EICAR).status_code == 503
    clamd.start()
    assert way(ann, "a", CLEAN).status_code in (201, 204) and ann.get(ann.dav + "/a", timeout=60).content == CLEAN


def test_a_client_goes_on_when_the_scanner_is_back(clamd, ann):
    """An upload that is whole and no file is never told to be all there: who asks sends the last byte again, and gets the file, or the refusal."""
    for content, status in ((CLEAN, 204), (EICAR, 403)):
        clamd.kill()
        location = create(ann, "again", len(content)).headers["Location"]
        assert patch(location, 0, content).status_code == 503
        told = int(requests.head(location, headers=PART, timeout=60).headers["Upload-Offset"])
        assert told == len(content) - 1
        clamd.start()
        assert patch(location, told, content[told:]).status_code == status
    assert ann.get(ann.dav + "/again", timeout=60).content == CLEAN


def test_the_last_chunk_sent_again_makes_the_file(clamd, ann):
    """It is not taken for one that is in already: that would be a file that nobody has."""
    said = {"OC-Chunked": "1", "OC-Total-Length": str(len(CLEAN)), "OC-Chunk-Size": "5"}
    clamd.kill()
    assert put(ann, "a-chunking-1-2-0", CLEAN[:5], **said).status_code == 201 and put(ann, "a-chunking-1-2-1", CLEAN[5:], **said).status_code == 503
    clamd.start()
    assert put(ann, "a-chunking-1-2-1", CLEAN[5:], **said).headers["ETag"] and ann.get(ann.dav + "/a", timeout=60).content == CLEAN


def test_the_server_dies_in_the_middle(box, clamd, ann):
    """kill -9 while the scanner looks: nothing is there afterwards, nothing lies about, and no acknowledged byte is lost."""
    location = create(ann, "tus", len(CLEAN)).headers["Location"]
    assert patch(location, 0, CLEAN[:10]).status_code == 204
    clamd.freeze()
    sending = [threading.Thread(target=lambda what=what: _cut_off(what)) for what in (
        lambda: put(ann, "put", EICAR), lambda: patch(location, 10, CLEAN[10:]), lambda: at_once(ann, "once", EICAR))]
    for each in sending:
        each.start()
    house = box.data / ".hearth"
    until(lambda: any((house / "uploads").glob("*/data")) and any(path.stat().st_size == len(EICAR) for path in (house / "drafts").iterdir()))
    sending[0].join(0.5)
    box.kill()
    for each in sending:
        each.join()
    box.start()
    clamd.thaw()
    names = ann.request("PROPFIND", ann.dav, timeout=60).text
    assert not any(name in names for name in ("/put<", "/tus<", "/once<"))
    until(lambda: not any((house / "drafts").iterdir()))
    told = int(requests.head(location, headers=PART, timeout=60).headers["Upload-Offset"])
    assert 10 <= told < len(CLEAN) and patch(location, told, CLEAN[told:]).status_code == 204
    assert ann.get(ann.dav + "/tus", timeout=60).content == CLEAN
    box.cli("check")


def _cut_off(what):
    with pytest.raises(requests.ConnectionError):
        what()


def test_administrators_look_after_it(box, clamd, ann, policy):
    """Rules and policy are shown and changed; what is in quarantine is listed, let out, destroyed. For nobody else."""
    shown = ask(box, "GET", "firewall").json()
    assert shown["scanner"] == {"address": clamd.address, "state": "well"} and shown["house"] == {"allow": [], "deny": []} and "program" in shown["families"]
    space = requests.get(box.url + "/graph/v1.0/me/drive", auth=box.ann.auth, timeout=60).json()["id"].partition("$")[2]
    policy(house={"deny": [".exe"]}, spaces={space: {"deny": ["program"]}}, scan={"infected": "quarantine"})
    assert ask(box, "GET", "firewall").json()["spaces"][space]["deny"] == ["program"]
    for name, content in (("a.exe", b"x"), ("a.txt", b"MZ\0\0")):
        for way in WAYS.values():
            assert way(ann, name, content + bytes(30)).status_code == 403
    assert ask(box, "PUT", "firewall", {"spaces": {space: None}}).json()["spaces"] == {}
    assert put(ann, "bad", EICAR).status_code == at_once(ann, "bad", EICAR).status_code == 403
    first, second = ask(box, "GET", "quarantine").json()["value"]
    assert (first["name"], first["byName"], first["why"], first["size"]) == ("bad", "ann", "virus", len(EICAR)) and first["path"].endswith("/bad")
    out = ask(box, "POST", f"quarantine/{first['id']}/release").json()
    assert out["name"] == "bad" and ann.get(ann.dav + "/bad", timeout=60).content == EICAR
    assert ask(box, "DELETE", f"quarantine/{second['id']}").status_code == 204 and ask(box, "GET", "quarantine").json() == {"value": []}
    for method, path in (("GET", "firewall"), ("PUT", "firewall"), ("GET", "quarantine"), ("POST", f"quarantine/{second['id']}/release"), ("DELETE", f"quarantine/{second['id']}")):
        assert ask(box, method, path, {}, box.ann.auth).status_code == 403, (method, path)
    assert ask(box, "DELETE", f"quarantine/{second['id']}").status_code == 404 and ask(box, "GET", "quarantine/x").status_code == 404
    assert ask(box, "POST", "firewall").status_code == 405 and ask(box, "PUT", "firewall", {"house": {"deny": ["exe"]}}).status_code == 400
    lines = ask(box, "GET", "audit?limit=500").json()["value"]
    assert {"virus_found", "file_refused", "quarantine_released", "quarantine_removed", "setting_changed"} <= {line["action"] for line in lines}


@needs_icap
def test_icap(box, clamd, own_server):
    """The same by c-icap; what it is asked when it dies in the middle is refused."""
    icap = CIcap(clamd).start()
    try:
        own_server.stop()
        own_server.configure(scanner=icap.address())
        own_server.start()
        session, person = requests.Session(), own_server.add()
        session.auth, session.dav = person.auth, person.dav
        for way in WAYS.values():
            assert way(session, "bad", EICAR).status_code == 403 and way(session, "good", CLEAN).status_code in (201, 204)
        icap.freeze()
        answers = []
        sending = [threading.Thread(target=lambda way=way, name=name: answers.append(way(session, name, EICAR).status_code)) for name, way in WAYS.items()]
        for each in sending:
            each.start()
        sending[0].join(0.5)
        icap.kill()
        for each in sending:
            each.join()
        assert answers == [503] * len(WAYS)
        assert "good" in session.request("PROPFIND", session.dav, timeout=60).text and b"EICAR" not in session.get(session.dav + "/bad", timeout=60).content
    finally:
        icap.end()


def test_what_is_no_scanner_is_told_at_the_start(own_server):
    """In one line, with how to write one."""
    own_server.stop()
    own_server.configure(scanner="/run/clamav/clamd.ctl")
    done = own_server.cli("serve", check=False)
    assert done.returncode == 1 and '"/run/clamav/clamd.ctl" is no virus scanner. Write it like clamd:/run/clamav/clamd.ctl' in done.stderr and "Traceback" not in done.stderr

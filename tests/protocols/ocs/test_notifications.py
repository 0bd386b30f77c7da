"""Notifications over the wire: the stream as clients open it, and the list."""
import json
import queue
import threading
import time

import pytest
import requests

from conftest import certificate
from test_links import TRIP, Owner, ann  # noqa: F401

LIST = "/ocs/v2.php/apps/notifications/api/v1/notifications"


class Stream:
    """An open stream; what comes is read by a thread."""

    def __init__(self, who, **headers):
        self.answer = who.session.get(who.server.url + LIST + "/sse", headers=headers, stream=True, timeout=60, verify=who.session.verify)
        assert self.answer.status_code == 200, self.answer.text
        self.came, self.id = queue.Queue(), ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        fields = {}
        try:
            for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
                name, _, value = line.partition(": ")
                if name and line:
                    fields[name] = value
                elif not line and fields:
                    self.came.put(fields)
                    fields = {}
            self.came.put(None)
        except requests.RequestException as error:
            self.came.put(error)

    def next(self):
        """The next message: (kind, body, id); ("", None, id) for the first, which says where it begins."""
        fields = self.came.get(timeout=20)
        assert isinstance(fields, dict), f"it ended: {fields!r}"
        return fields.get("event", ""), json.loads(fields["data"]) if "data" in fields else None, fields.get("id", "")

    def ended(self):
        """Whether nothing comes any more, in good order."""
        while (fields := self.came.get(timeout=20)) and isinstance(fields, dict):
            pass
        return fields is None


@pytest.fixture
def bob(server):
    return Owner(server)


def test_stream(ann, bob):  # noqa: F811
    """As OpenCloud's web client opens it; the tab's own id comes back, and where it was cut it goes on."""
    mine, theirs = Stream(ann), Stream(bob)
    answer = mine.answer.headers
    assert answer["Content-Type"] == "text/event-stream" and answer["Cache-Control"] == "no-store" and "Content-Length" not in answer
    assert mine.next()[:2] == ("", None) and theirs.next()[:2] == ("", None)
    ann.session.request("MKCOL", f"{ann.person.dav}/{TRIP}/new", headers={"Initiator-ID": "0c0ffee0-tab"}, timeout=30)
    kind, body, last = mine.next()
    assert kind == "folder-created" and body["initiatorid"] == "0c0ffee0-tab" and body["parentitemid"] == ann.id_of(TRIP)
    ann.session.put(f"{ann.person.dav}/{TRIP}/new/a.txt", b"a", headers={"Initiator-ID": "no\tsuch <tab>"}, timeout=30)
    again = Stream(ann, **{"Last-Event-ID": last})
    again.next()
    kind, body, _ = again.next()
    assert kind == "postprocessing-finished" and body["initiatorid"] == ""
    assert theirs.came.empty()


def test_who_may_not(server, ann):  # noqa: F811
    """Nobody without signing in, no token that reaches files alone; another method is nothing."""
    assert requests.get(server.url + LIST + "/sse", timeout=30).status_code == 401
    token = json.loads(server.cli("token", "create", ann.person.name, "--read-only", "--json").stdout)["token"]
    assert requests.get(server.url + LIST + "/sse", auth=(ann.person.name, token), timeout=30).status_code == 403
    assert ann.session.head(server.url + LIST + "/sse", timeout=30).status_code == 404 == ann.session.post(server.url + LIST + "/sse", timeout=30).status_code


def test_stream_ends_with_the_token(server, ann):  # noqa: F811
    made = json.loads(server.cli("token", "create", ann.person.name, "--json").stdout)
    phone = Owner.__new__(Owner)
    phone.server, phone.session = server, requests.Session()
    phone.session.auth = (ann.person.name, made["token"])
    stream = Stream(phone)
    assert ann.ask("DELETE", "/auth-app/tokens?token=" + made["token"]).status_code in (200, 204)
    assert stream.ended()


def test_stream_ends_with_the_account(server, bob):
    stream = Stream(bob)
    server.cli("user", "disable", bob.person.name)      # another process; seen with the next request that anybody makes
    requests.get(server.url + LIST, auth=bob.person.auth, timeout=30)
    assert stream.ended()


@pytest.mark.slow
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_streams_do_not_keep_others_out_and_end_at_once(own_server, tmp_path, secure):
    """More of them than connections are allowed; on SIGTERM nobody waits for them."""
    own_server.stop()
    more = {}
    if secure:
        key, cert = certificate(tmp_path)
        own_server.scheme, more = "https", {"certificate": cert, "key": key}
    own_server.configure(connections=4, connections_per_address=4, **more)
    own_server.port = 0
    own_server.start()
    own_server.url = own_server.url.replace("127.0.0.1", "localhost") if secure else own_server.url
    somebody = own_server.add()
    streams = []
    for _ in range(6):
        session = requests.Session()
        session.auth, session.verify = somebody.auth, str(tmp_path / "cert.pem") if secure else True
        who = Owner.__new__(Owner)
        who.server, who.session = own_server, session
        streams.append(Stream(who))
    assert session.get(own_server.url + "/status.php", timeout=30, verify=session.verify).status_code == 200
    begun = time.monotonic()
    assert own_server.stop() == 0 and time.monotonic() - begun < 10
    assert all(stream.ended() for stream in streams)


def test_list(server, ann, bob):  # noqa: F811
    """As OpenCloud's web client asks for it; nobody can take away what somebody else is told."""
    empty = {"ocs": {"meta": {"message": "", "status": "", "statuscode": 200}, "data": None}}
    assert bob.ask("GET", LIST).json() == empty == bob.ask("GET", LIST + "?format=xml").json()
    me = bob.ask("GET", "/graph/v1.0/me").json()["id"]
    view = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"
    stream = Stream(bob, **{"Accept-Language": "de-AT,de"})
    stream.next()
    assert ann.ask("POST", ann.item(TRIP, "invite"), json={"recipients": [{"objectId": me}], "roles": [view]}).status_code == 200
    kinds = dict(stream.next()[:2] for _ in range(2))
    assert set(kinds) == {"share-created", "userlog-notification"} and "mit dir geteilt" in kinds["userlog-notification"]["message"]
    answer = bob.ask("GET", LIST)
    (told,) = answer.json()["ocs"]["data"]
    assert answer.headers["Content-Type"] == "application/json" and told["object_id"] == ann.id_of(TRIP) and told["message"].endswith("shared Trip with you")
    assert bob.ask("GET", LIST, **{"Accept-Language": "de"}).json()["ocs"]["data"][0]["messageRich"] == "{user} hat {resource} mit dir geteilt"
    gone = {"ids": [told["notification_id"]]}
    assert ann.ask("DELETE", LIST, json=gone).status_code == 200 and bob.ask("GET", LIST).json()["ocs"]["data"] == [told]
    for bad in (None, [], {}, {"ids": "x"}, {"ids": [1]}):
        assert bob.ask("DELETE", LIST, json=bad).status_code == 400, bad
    assert bob.ask("DELETE", LIST, json=gone).json() == empty == bob.ask("GET", LIST).json()
    assert bob.ask("PUT", LIST).status_code == 404 == bob.ask("GET", LIST + "/other").status_code


def test_everybody_is_told(server, ann, bob):  # noqa: F811
    boss, wanted = Owner(server, "admin"), {"type": "deprovision", "data": {"deprovision_date": "2031-02-03T00:00:00Z", "deprovision_date_format": "x"}}
    assert bob.ask("POST", LIST + "/global", json=wanted).status_code == 403 and boss.ask("POST", LIST + "/global", json={}).status_code == 400
    assert boss.ask("POST", LIST + "/global", json=wanted).status_code == 200
    try:
        assert "2031-02-03" in bob.ask("GET", LIST).json()["ocs"]["data"][0]["message"]
    finally:
        assert boss.ask("DELETE", LIST + "/global", json={"ids": ["deprovision"]}).status_code == 200
    assert bob.ask("GET", LIST).json()["ocs"]["data"] is None


@pytest.mark.slow
def test_a_stranger_hears_nothing(server, ann, bob):  # noqa: F811
    """Whatever others do, by whatever protocol: a person beside them and an administrator hear of their own doing next."""
    eve, boss, carol = Owner(server), Owner(server, "admin"), Owner(server, "space-admin")
    streams = {each: Stream(each) for each in (eve, boss)}
    for stream in streams.values():
        stream.next()
    home, me = f"/dav/spaces/{ann.drive}", {each: each.ask("GET", "/graph/v1.0/me").json()["id"] for each in (ann, bob, carol)}
    view, member = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "a8d5fe5e-96e3-418d-825b-534dbdf22b99"
    there = {"Destination": f"{server.url}{home}/{TRIP}/b.txt"}

    def done(answer, *wanted):
        assert answer.status_code in (wanted or (200, 201, 204, 207)), answer.text
        return answer
    done(ann.ask("PUT", f"{home}/a.txt", "a")), done(ann.ask("PUT", f"{home}/a.txt", "b")), done(ann.ask("COPY", f"{home}/a.txt", **there))
    done(ann.ask("MOVE", f"{home}/a.txt", Destination=f"{server.url}{home}/c.txt"))
    lock = done(ann.ask("LOCK", f"{home}/c.txt", '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>'))
    done(ann.ask("UNLOCK", f"{home}/c.txt", **{"Lock-Token": lock.headers["Lock-Token"]}))
    done(ann.ask("POST", home, "tus", **{"Tus-Resumable": "1.0.0", "Upload-Length": "3", "Content-Type": "application/offset+octet-stream",
                                         "Upload-Metadata": "filename dC50eHQ="}))
    done(ann.ask("POST", ann.item(TRIP, "invite"), json={"recipients": [{"objectId": me[bob]}], "roles": [view]}))
    done(ann.link(TRIP, "edit").ask("PUT", "by-a-visitor.txt", "x"))
    done(ann.ask("PUT", "/graph/v1.0/extensions/org.libregraph/tags", json={"resourceId": ann.id_of(TRIP), "tags": ["sea"]}))
    done(ann.ask("DELETE", f"{home}/c.txt"))
    space = done(carol.ask("POST", "/graph/v1.0/drives", json={"name": "Garden"})).json()["id"]
    done(carol.ask("POST", f"/graph/v1beta1/drives/{space}/root/invite", json={"recipients": [{"objectId": me[bob]}], "roles": [member]}))
    done(carol.ask("PUT", f"/dav/spaces/{space}/plan.txt", "x")), done(carol.ask("DELETE", f"/graph/v1.0/drives/{space}"))
    done(carol.ask("DELETE", f"/graph/v1.0/drives/{space}", Purge="T"))
    for each, stream in streams.items():
        each.folder("mine")
        kind, body, _ = stream.next()
        assert kind == "folder-created" and body["itemid"] == each.id_of("mine"), f"{kind} {body}"
        assert each.ask("GET", LIST).json()["ocs"]["data"] is None


def test_what_is_not_taken(server, ann):  # noqa: F811
    """Whoever sent a file that the rules of the house do not take finds out why, once, however often their program tries."""
    boss, space = Owner(server, "admin"), ann.drive.partition("$")[2]
    assert boss.ask("PUT", "/api/v0/firewall", json={"spaces": {space: {"allow": [], "deny": [".exe"]}}}).status_code == 200
    try:
        for _ in range(3):
            assert ann.ask("PUT", f"/dav/spaces/{ann.drive}/game.exe", "x").status_code == 403
    finally:
        assert boss.ask("PUT", "/api/v0/firewall", json={"spaces": {space: None}}).status_code == 200
    ann.ask("PUT", f"/dav/spaces/{ann.drive}/fine.txt", "x")
    deadline = time.monotonic() + 20
    while not (told := ann.ask("GET", LIST).json()["ocs"]["data"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    (told,) = told
    assert told["subject"] == "Policies enforced" and told["message"].startswith("game.exe was not taken. ")

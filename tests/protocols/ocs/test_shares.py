"""Sharing by OCS, as ownCloud's and Nextcloud's clients do it, and what they must not get."""
import re

import pytest
import requests

from test_links import PASSWORD, TRIP, Owner, ann  # noqa: F401

API = "/ocs/v2.php/apps/files_sharing/api/v1"


@pytest.fixture
def bob(server):
    return Owner(server)


def ocs(who, method, address, /, **form):
    """The meta part, the data and the HTTP status."""
    asked, sent = ({**form, "format": "json"}, None) if method == "GET" else ({"format": "json"}, form)
    answer = who.session.request(method, f"{who.server.url}{API}{address}", params=asked, data=sent, timeout=30)
    told = answer.json()["ocs"]
    return told["meta"], told.get("data"), answer.status_code


def received(who, **asked):
    return [share["path"] for share in ocs(who, "GET", "/shares", shared_with_me="true", **asked)[1]]


def give(ann, bob, path=f"/{TRIP}", **more):  # noqa: F811
    return ocs(ann, "POST", "/shares", path=path, shareType=0, shareWith=bob.person.name, **more)


def test_an_answer_in_full(ann, bob):  # noqa: F811
    meta, share, status = give(ann, bob, permissions=15, expireDate="2090-01-31")
    assert status == 200 and meta == {"status": "ok", "statuscode": 200, "message": "OK"}
    assert share | {
        "share_type": 0, "uid_owner": ann.person.name, "displayname_owner": share["displayname_owner"], "permissions": 15, "expiration": "2090-01-31T23:59:59Z",
        "token": "", "uid_file_owner": ann.person.name, "state": 0, "path": f"/{TRIP}", "item_type": "folder", "mimetype": "httpd/unix-directory",
        "item_source": ann.id_of(TRIP), "file_source": ann.id_of(TRIP), "share_with": bob.person.name, "share_with_user_type": 0, "mail_send": 0, "name": "",
        "hidden": False} == share
    (mine,) = ocs(bob, "GET", "/shares", shared_with_me="true")[1]
    assert mine["id"] == share["id"] and mine["path"] == "/Shares/Trip" and mine["file_target"] == "/Shares/Trip"
    assert ocs(bob, "GET", "/shares")[1] == [] and ocs(ann, "GET", "/shares", shared_with_me="true")[1] == []
    assert [each["id"] for each in ocs(ann, "GET", "/shares")[1]] == [share["id"]] == [each["id"] for each in ocs(ann, "GET", "/shares", path=f"/{TRIP}")[1]]
    assert ocs(ann, "GET", "/shares", path="/Private", subfiles="true")[1][0]["id"] == share["id"] and ocs(ann, "GET", "/shares", path="/Private")[1] == []
    assert ocs(ann, "GET", "/shares", share_types="3")[1] == [] and ocs(ann, "GET", f"/shares/{share['id']}")[1][0]["id"] == share["id"]
    assert ocs(ann, "PUT", f"/shares/{share['id']}", expireDate="")[1]["expiration"] == ""
    again, _, status = give(ann, bob)
    assert again["statuscode"] == 104 and status == 403, "as OpenCloud says it"
    assert ocs(ann, "DELETE", f"/shares/{share['id']}")[2] == 200 and ocs(ann, "GET", "/shares")[1] == []


def test_declined_accepted_hidden(ann, bob):  # noqa: F811
    """A receiver takes it out of the Shares space and puts it back; that ends nothing, and nobody else can say so."""
    id = give(ann, bob)[1]["id"]
    for _ in range(2):
        meta, (share,), status = ocs(bob, "DELETE", f"/shares/pending/{id}")
        assert status == 200 and share["id"] == id and share["state"] == 2 and share["path"] == "/Trip"
    assert received(bob) == [] == received(bob, state="0") == received(bob, state="1") and received(bob, state="2") == received(bob, state="all") == ["/Trip"]
    assert ocs(bob, "GET", f"/shares/{id}")[1][0]["state"] == 2 and ocs(ann, "GET", f"/shares/{id}")[1][0]["state"] == 0
    for _ in range(2):
        assert ocs(bob, "POST", f"/shares/pending/{id}")[1][0]["path"] == "/Shares/Trip"
    assert received(bob) == ["/Shares/Trip"] == received(bob, space_ref=ann.id_of(TRIP)) and received(bob, path="/") == []
    assert ocs(bob, "PUT", f"/shares/pending/{id}?hidden=true")[1][0]["hidden"] is True
    assert received(bob) == [] and received(bob, show_hidden="true") == ["/Shares/Trip"]
    assert ocs(bob, "PUT", f"/shares/pending/{id}?hidden=false")[1][0]["hidden"] is False and received(bob) == ["/Shares/Trip"]
    for method in ("POST", "PUT", "DELETE"):
        for other in (id[:-1], "nothing", f"{id}x"):
            assert ocs(bob, method, f"/shares/pending/{other}")[2] == 404
        assert ocs(ann, method, f"/shares/pending/{id}")[2] == 404 and ocs(bob, method, "/shares/pending")[2] == 404, method
    assert received(bob) == ["/Shares/Trip"]


def test_in_xml(ann, bob):  # noqa: F811
    """As ownCloud 10's clients ask: version 1, in XML."""
    give(ann, bob)
    told = ann.ask("GET", "/ocs/v1.php/apps/files_sharing/api/v1/shares").text
    assert "<statuscode>100</statuscode>" in told and f"<element><uid_owner>{ann.person.name}</uid_owner>" in told and "<share_type>0</share_type>" in told


@pytest.mark.parametrize(("path", "bits", "kept"), [
    (TRIP, 1, 1), (TRIP, 17, 1), (TRIP, 5, 5), (TRIP, 15, 15), (TRIP, 31, 15), (TRIP, 3, None), (TRIP, 7, None), (TRIP, 2, None), (TRIP, 0, None),
    (f"{TRIP}/b.txt", 1, 1), (f"{TRIP}/b.txt", 3, 3), (f"{TRIP}/b.txt", 31, 3), (f"{TRIP}/b.txt", 2, None), (f"{TRIP}/b.txt", 99, None), (TRIP, "x", None), (TRIP, 9999, None),
    (TRIP, "", 1), (f"{TRIP}/b.txt", "", 1)])
def test_bits_never_become_more(ann, bob, path, bits, kept):  # noqa: F811
    meta, share, status = give(ann, bob, f"/{path}", permissions=bits)
    assert (status, share and share["permissions"]) == ((200, kept) if kept is not None else (400, None)), meta


@pytest.mark.parametrize(("bits", "kind"), [(0, "internal"), (1, "view"), (4, "createOnly"), (5, "upload"), (15, "edit"), (2, None), (8, None)])
def test_links(server, ann, bits, kind):  # noqa: F811
    secret = {} if kind == "internal" else {"password": PASSWORD}
    meta, link, status = ocs(ann, "POST", "/shares", path=f"/{TRIP}", shareType=3, permissions=bits, name="mine", **secret)
    if kind is None:
        assert status == 400
        return
    assert link["permissions"] == bits and link["url"].endswith(f"/s/{link['token']}") and link["name"] == "mine"
    assert link.get("share_with") == ("***redacted***" if secret else None) and re.fullmatch(r"\d{4}-\d\d-\d\d 23:59:59|[-0-9: ]*", link["expiration"])
    shown = ann.ask("GET", ann.item(TRIP, f"permissions/{link['id']}")).json()
    assert shown["link"]["type"] == kind
    told = requests.get(f"{server.url}{API}/tokeninfo/unprotected/{link['token']}?format=json", timeout=30).json()["ocs"]["data"]
    assert told == {"token": link["token"], "link_url": f"/s/{link['token']}", "password_protected": bool(secret), "alias_link": kind == "internal"}
    if secret:
        for password, knows in ((PASSWORD, True), ("wrong", False)):
            told = requests.get(f"{server.url}{API}/tokeninfo/unprotected/{link['token']}?format=json", auth=("public", password), timeout=30).json()
            assert (told["ocs"]["data"].get("id") == ann.id_of(TRIP)) == knows
    assert ocs(ann, "GET", f"/tokeninfo/protected/{link['token']}")[1]["path"] == f"/{TRIP}"


def test_nobody_elses(server, ann, bob):  # noqa: F811
    share, link = give(ann, bob)[1], ocs(ann, "POST", "/shares", path=f"/{TRIP}", shareType=3, password=PASSWORD)[1]
    eve = Owner(server)
    for id in (share["id"], link["id"]):
        for who in (bob, eve):
            assert ocs(who, "PUT", f"/shares/{id}", permissions=15, password="another one")[2] == 404 and ocs(who, "DELETE", f"/shares/{id}")[2] == 404
        assert ocs(eve, "GET", f"/shares/{id}")[2] == 404
    assert link["token"] not in str(ocs(bob, "GET", "/shares", space_ref=ann.id_of(TRIP)))
    assert ocs(eve, "GET", "/shares", space_ref=ann.id_of(TRIP))[2] == 404
    assert ocs(bob, "POST", "/shares", space_ref=ann.id_of(TRIP), shareType=3, password=PASSWORD)[2] == 403
    assert ocs(eve, "POST", "/shares", space_ref=ann.id_of(TRIP), shareType=0, shareWith=eve.person.name)[2] == 404
    assert ocs(ann, "GET", "/tokeninfo/protected/nosuchtoken")[2] == 404 and len(ocs(ann, "GET", "/shares")[1]) == 2


def test_of_a_space_of_several(server):
    """Whoever manages a space changes and ends what another manager shares of it, by the id that they are shown; an editor does not."""
    ann, bob, carl, dora = Owner(server, "space-admin"), Owner(server), Owner(server), Owner(server)
    drive = ann.ask("POST", "/graph/v1.0/drives", json={"name": f"Family {ann.person.name}"}).json()["id"]
    for who, role in ((bob, "312c0871-5ef7-4b3a-85b6-0e4074c64049"), (carl, "58c63c02-1d89-4572-916a-870abc5a1b7d")):
        assert ann.ask("POST", f"/graph/v1beta1/drives/{drive}/root/invite", json={"recipients": [{"objectId": who.ask("GET", "/graph/v1.0/me").json()["id"]}], "roles": [role]}).status_code == 200
    assert ann.ask("MKCOL", f"/dav/spaces/{drive}/Trip").status_code == 201
    share = ocs(ann, "POST", "/shares", space=drive, path="/Trip", shareType=0, shareWith=dora.person.name)[1]
    link = ocs(ann, "POST", "/shares", space=drive, path="/Trip", shareType=3, password=PASSWORD)[1]
    for id in (share["id"], link["id"]):
        assert ocs(carl, "PUT", f"/shares/{id}", permissions=15)[2] == 404 == ocs(carl, "DELETE", f"/shares/{id}")[2] == ocs(dora, "DELETE", f"/shares/{id}")[2]
        assert ocs(bob, "GET", f"/shares/{id}")[1][0]["uid_owner"] == ann.person.name
        assert ocs(bob, "PUT", f"/shares/{id}", permissions=15)[1]["permissions"] == 15
        assert ocs(bob, "DELETE", f"/shares/{id}")[2] == 200 and ocs(bob, "DELETE", f"/shares/{id}")[2] == 404
    assert ocs(ann, "GET", "/shares")[1] == []


def test_with_less_than_a_person(server, ann, bob):  # noqa: F811
    """App tokens for one folder or to read, guests, who is disabled, tokens of links in place of ids: none lists, makes or ends anything."""
    id, link = give(ann, bob)[1]["id"], ocs(ann, "POST", "/shares", path=f"/{TRIP}", shareType=3, password=PASSWORD)[1]

    def tried(name, secret):
        def ask(method, address, **form):
            return requests.request(method, f"{server.url}{API}{address}", params={"format": "json"}, data=form, auth=(name, secret), timeout=30)
        assert ask("GET", "/shares").json()["ocs"].get("data", []) == []
        for kind, to in ((0, bob.person.name), (0, "nobody"), (3, "")):
            refused = ask("POST", "/shares", space_ref=ann.id_of(TRIP), shareType=kind, shareWith=to, password=PASSWORD)
            assert refused.status_code in (403, 404), refused.text
            if kind == 0:
                yield refused.json()["ocs"]["meta"]["message"]
        for each in (id, link["id"], link["token"]):
            assert ask("PUT", f"/shares/{each}", permissions=15).status_code in (403, 404) and ask("DELETE", f"/shares/{each}").status_code in (403, 404)
        assert ask("DELETE", f"/shares/pending/{id}").status_code in (403, 404)
        assert ask("GET", "/sharees?search=" + bob.person.name).json()["ocs"]["data"]["exact"]["users"] == []
    for options in (("--read-only",), ("--folder", TRIP)):
        token = server.cli("token", "create", ann.person.name, *options, "--json").stdout.split('"token": "')[1].split('"')[0]
        assert len(set(tried(ann.person.name, token))) == 1, "who there is shows in no refusal"
    for who in (ann, bob):
        assert ocs(who, "DELETE", f"/shares/{link['token']}")[2] == 404
    server.cli("user", "set", bob.person.name, "--role", "guest")
    assert ocs(bob, "POST", "/shares", space_ref=ann.id_of(TRIP), shareType=0, shareWith=ann.person.name)[2] == 403
    assert ocs(bob, "DELETE", f"/shares/pending/{id}")[1][0]["state"] == 2, "guests say for themselves, too"
    server.cli("user", "disable", bob.person.name)
    assert requests.get(f"{server.url}{API}/shares?format=json", auth=(bob.person.name, bob.person.password), timeout=30).status_code == 401
    assert {share["id"] for share in ocs(ann, "GET", "/shares")[1]} == {id, link["id"]}


def test_bodies(ann, bob):  # noqa: F811
    """A form, an object, or nothing where nothing need be said; others are refused."""
    def put(id, body, kind=None, **headers):
        headers |= {"Content-Type": kind} if kind else {}
        return ann.session.put(f"{ann.server.url}{API}/shares/{id}?format=json", data=body, headers=headers, timeout=30)
    id = give(ann, bob)[1]["id"]
    assert put(id, None).json()["ocs"]["data"]["permissions"] == 1
    assert put(id, b'{"permissions": 15, "expireDate": null}', "application/json; charset=utf-8").json()["ocs"]["data"]["permissions"] == 15
    form = "application/x-www-form-urlencoded"
    for body, kind, status in ((b"permissions=1", "text/plain", 415), (b"permissions=1", None, 415), (b'{"permissions": [1]}', "application/json", 400),
                               (b"[" * 5000, "application/json", 400), (b"[]", "application/json", 400), (b"\xff", "application/json", 400),
                               (b"a&" * 100, form, 400), (b"x" * 70_000, form, 413), (b"{" + b" " * 70_000 + b"}", "application/json", 413)):
        answer = put(id, body, kind)
        assert answer.status_code == status and answer.json()["ocs"]["meta"]["message"], (body[:20], kind, answer.status_code)
    assert ocs(ann, "GET", f"/shares/{id}")[1][0]["permissions"] == 15


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site", "Origin": "null"},
                                     {"Origin": "null"}])
def test_other_sites(ann, bob, headers):  # noqa: F811
    """A page of somebody else's makes no share with the password that the browser remembers, here or by Graph, where a form can look like JSON."""
    form = {"path": f"/{TRIP}", "shareType": 0, "shareWith": bob.person.name}
    assert ann.session.post(f"{ann.server.url}{API}/shares?format=json", data=form, headers=headers, timeout=30).status_code == 403
    linked = ann.session.post(ann.server.url + ann.item(TRIP, "createLink"), data='{"type": "view", "password": "correct battery"}',
                              headers={"Content-Type": "text/plain", **headers}, timeout=30)
    assert linked.status_code == 403 and ocs(ann, "GET", "/shares")[1] == []
    own = {"Sec-Fetch-Site": "same-origin", "Origin": ann.server.url}
    assert ann.session.post(f"{ann.server.url}{API}/shares?format=json", data=form, headers=own, timeout=30).status_code == 200


@pytest.mark.parametrize("form", [
    {}, {"shareType": "7"}, {"shareType": "0"}, {"shareType": "0", "shareWith": "nobody"}, {"shareType": "1", "shareWith": "nobody"},
    {"shareType": "3", "expireDate": "x"}, {"shareType": "3", "expireDate": "2001-01-01"}, {"shareType": "3", "password": "x"}, {"path": "/nothing", "shareType": "3"},
    {"path": "/../x", "shareType": "3"}, {"path": "/", "shareType": "3", "password": PASSWORD}, {"shareType": "3", "permissions": "-1"}])
def test_odd_wishes(ann, form):  # noqa: F811
    assert ocs(ann, "POST", "/shares", **{"path": f"/{TRIP}", **form})[2] in (400, 404) and ocs(ann, "GET", "/shares")[1] == []


def test_looking_for_people(server, ann, bob):  # noqa: F811
    found = ocs(ann, "GET", "/sharees", search=bob.person.name, itemType="folder")[1]
    assert [each["value"]["shareWith"] for each in found["exact"]["users"]] == [bob.person.name] and found["users"] == []
    some = ocs(ann, "GET", "/sharees", search=bob.person.name[:-1], perPage="500")[1]
    assert bob.person.name in [each["value"]["shareWith"] for each in some["users"]]
    assert ocs(ann, "GET", "/sharees", search="")[2] == 400 and ocs(ann, "GET", "/sharees", search="a")[1]["users"] == []

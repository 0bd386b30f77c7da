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
    assert give(ann, bob)[0]["statuscode"] == 409
    assert ocs(ann, "DELETE", f"/shares/{share['id']}")[2] == 200 and ocs(ann, "GET", "/shares")[1] == []


@pytest.mark.parametrize(("path", "bits", "kept"), [
    (TRIP, 1, 1), (TRIP, 17, 1), (TRIP, 5, 5), (TRIP, 15, 15), (TRIP, 31, 15), (TRIP, 3, None), (TRIP, 7, None), (TRIP, 2, None), (TRIP, 0, None),
    (f"{TRIP}/b.txt", 1, 1), (f"{TRIP}/b.txt", 3, 3), (f"{TRIP}/b.txt", 31, 3), (f"{TRIP}/b.txt", 2, None), (TRIP, "x", None), (TRIP, 9999, None)])
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

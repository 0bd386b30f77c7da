"""Who I am and which drives I have, as clients of OpenCloud build their account from it."""
import re
from urllib.parse import quote

import pytest
import requests

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture
def ask(http, server):
    """GET an address of Graph."""
    return lambda path, version="v1.0", **query: http.get(f"{server.url}/graph/{version}{path}", params=query)


def test_me(ask, person, server):
    answer = ask("/me")
    me = answer.json()
    assert answer.headers["Content-Type"] == "application/json" and "no-store" in answer.headers["Cache-Control"]
    assert re.fullmatch(UUID, me["id"]) and me["onPremisesSamAccountName"] == person.name and me["displayName"]
    assert me["identities"] == [{"issuer": server.url, "issuerAssignedId": me["id"]}] and me["userType"] == "Member"
    assert "memberOf" not in me and ask("/me", "v1beta1").json() == me


def test_me_with_groups(ask, person, server):
    assert ask("/me", **{"$expand": "memberOf"}).json()["memberOf"] == []
    server.cli("group", "add", "of " + person.name), server.cli("group", "join", "of " + person.name, person.name)
    group, = ask("/me", **{"$expand": "memberOf,appRoleAssignments"}).json()["memberOf"]
    assert group["displayName"] == "of " + person.name and re.fullmatch(UUID, group["id"])


def test_anonymous(server):
    """A plain 401 without a body, as clients expect, also with a wrong password."""
    for auth in (None, ("nobody", "wrong")):
        answer = requests.get(server.url + "/graph/v1.0/me", auth=auth)
        assert answer.status_code == 401 and answer.content == b"" and "Basic" in answer.headers["WWW-Authenticate"]


def test_drives(ask, person, server, http):
    """The personal drive is there from the first question on, with an address under which its files are."""
    drive, shares = ask("/me/drives").json()["value"]
    assert shares["driveType"] == "virtual" and "quota" not in shares
    assert re.fullmatch(rf"({UUID})\$({UUID})", drive["id"]) and drive["driveType"] == "personal"
    assert drive["driveAlias"] == "personal/" + person.name and drive["name"] == ask("/me").json()["displayName"]
    assert drive["owner"]["user"]["id"] == ask("/me").json()["id"]
    assert drive["root"] == {"id": drive["id"], "webDavUrl": f"{server.url}/dav/spaces/{drive['id']}", "eTag": drive["root"]["eTag"]}
    assert re.fullmatch('"[0-9a-f]{1,32}"', drive["root"]["eTag"]) and drive["webUrl"] == f"{server.url}/f/{drive['id']}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", drive["lastModifiedDateTime"])
    assert drive["quota"] == {"remaining": (1 << 63) - 1, "state": "normal", "total": 0, "used": 0}
    http.put(drive["root"]["webDavUrl"] + "/a.txt", data=b"12345").raise_for_status()
    assert http.get(person.dav + "/a.txt").content == b"12345"
    after, _ = ask("/me/drives", "v1beta1").json()["value"]
    assert after["quota"]["used"] == 5 and after["root"]["eTag"] != drive["root"]["eTag"]
    assert ask("/drives").json()["value"] == [after, shares] and ask("/me/drive").json() == after


def test_a_drive_by_its_id(ask, person, server, http, refused):
    """With the signs of an id as they are, or percent-encoded; of others nothing is told."""
    drive = ask("/me/drive").json()
    for id in (drive["id"], quote(drive["id"], safe=""), drive["id"] + "/"):
        assert http.get(f"{server.url}/graph/v1.0/drives/{id}").json() == drive
    server.cli("user", "add", person.name + "-2", "--password-stdin", input="a long enough secret\n")
    other = requests.get(server.url + "/graph/v1.0/me/drive", auth=(person.name + "-2", "a long enough secret")).json()
    refused(ask("/drives/" + other["id"]), 404, "itemNotFound")
    refused(ask("/drives/" + drive["id"][:-1] + ("0" if drive["id"][-1] != "0" else "1")), 404, "itemNotFound")
    refused(ask("/drives/no-id"), 400, "invalidRequest")


@pytest.mark.parametrize("total, used, state", [(1000, 750, "normal"), (1000, 751, "nearing"), (1000, 901, "critical"), (1000, 995, "exceeded")])
def test_quota(server, person, total, used, state):
    """The quota of an account is that of its drive, and its state goes by how full it is."""
    name, secret = f"{person.name}-q{used}", "a long enough secret"
    server.cli("user", "add", name, "--quota", str(total), "--password-stdin", input=secret + "\n")
    requests.put(f"{server.url}/dav/files/{name}/a", data=b"x" * used, auth=(name, secret)).raise_for_status()
    drive = requests.get(server.url + "/graph/v1.0/me/drive", auth=(name, secret)).json()
    assert drive["quota"] == {"remaining": total - used, "state": state, "total": total, "used": used}


def test_filter_and_order(ask, refused):
    names = lambda **query: [drive["driveType"] for drive in ask("/me/drives", "v1beta1", **query).json()["value"]]
    assert names(**{"$filter": "driveType eq 'personal'", "$orderby": "name asc"}) == ["personal"]
    assert names(**{"$filter": "driveType eq 'project'", "$expand": "root($expand=permissions)", "$select": "@libre.graph.hasTrashedItems"}) == []
    assert names(**{"$filter": "driveType eq personal"}) == ["personal"] and names(**{"$filter": "driveType eq project"}) == []
    assert names(**{"$filter": f"id eq '{ask('/me/drive').json()['id']}'"}) == ["personal"]
    refused(ask("/me/drives", **{"$filter": "driveType ne 'personal'"}), 501, "notSupported")
    refused(ask("/me/drives", **{"$filter": "driveType eq"}), 400, "invalidRequest")
    refused(ask("/me/drives", **{"$orderby": "name sideways"}), 400, "invalidRequest")


def test_names_are_ordered_as_people_do():
    from appliance.protocols.graph.drives import _ordered
    every = [{"name": name} for name in ("b", "A10", "a9", "C")]
    assert [drive["name"] for drive in _ordered(every, [("name", False)])] == ["a9", "A10", "b", "C"]
    assert [drive["name"] for drive in _ordered(every, [("name", True)])] == ["C", "b", "A10", "a9"]


def test_shares_are_empty_lists(ask):
    for path in ("/me/drive/sharedWithMe", "/me/drive/sharedByMe"):
        assert ask(path, "v1beta1").json() == {"value": []}


def test_unknown_addresses(ask, http, server, refused):
    for path in ("/nothing", "/me/nothing", "/drives/x/y/z", "/%ff"):
        refused(ask(path), 404, "itemNotFound")
    refused(http.delete(server.url + "/graph/v1.0/me"), 405, "notAllowed")
    assert http.get(server.url + "/graph/v2.0/me").status_code == 404


def test_a_removed_account_has_no_drive(server, person, http):
    """Its token ends at once, and its name and folder are free for somebody else."""
    secret = "a long enough secret"
    name = person.name + "-gone"
    server.cli("user", "add", name, "--password-stdin", input=secret + "\n")
    first = requests.get(server.url + "/graph/v1.0/me/drive", auth=(name, secret)).json()
    requests.put(f"{server.url}/dav/files/{name}/a", data=b"x", auth=(name, secret)).raise_for_status()
    server.cli("user", "remove", name)
    assert requests.get(server.url + "/graph/v1.0/me", auth=(name, secret)).status_code == 401
    assert not (server.data / "people" / name).exists()
    server.cli("user", "add", name, "--password-stdin", input=secret + "\n")
    second = requests.get(server.url + "/graph/v1.0/me/drive", auth=(name, secret)).json()
    assert second["id"] != first["id"] and second["quota"]["used"] == 0
    assert (server.data / "people" / name).is_dir()

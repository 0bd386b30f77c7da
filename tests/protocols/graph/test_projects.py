"""Project spaces: made, described, shared with people and groups by role, disabled, restored, purged; through Graph and WebDAV."""
import json

import pytest
import requests

from somebody import BETA, V1, Somebody

VIEWER, EDITOR, MANAGER = ("a8d5fe5e-96e3-418d-825b-534dbdf22b99", "58c63c02-1d89-4572-916a-870abc5a1b7d", "312c0871-5ef7-4b3a-85b6-0e4074c64049")


@pytest.fixture
def carl(server):
    return Somebody(server, "space-admin")


@pytest.fixture
def ann(server):
    return Somebody(server)


@pytest.fixture
def family(carl):
    """Carl's space: its drive."""
    made = carl.ask("POST", V1 + "/drives", {"name": "Family", "driveType": "project", "description": "ours", "quota": {"total": 1_000_000}})
    assert made.status_code == 201, made.text
    return made.json()


def invite(carl, family, to, role, kind="user", **more):
    return carl.ask("POST", f"{BETA}/drives/{family['id']}/root/invite",
                    {"recipients": [{"objectId": to, "@libre.graph.recipient.type": kind}], "roles": [role], **more})


def test_make(carl, ann, family):
    """As OpenCloud answers; its maker manages it; nobody else sees it, and users make none."""
    assert family["driveAlias"] == "project/family" and family["quota"]["total"] == 1_000_000 and family["description"] == "ours"
    assert family["root"]["permissions"][0]["roles"] == ["manager"] and family["owner"]["user"]["id"] == family["id"].split("$")[1]
    assert carl.drives()["Family"]["id"] == family["id"] and ann.drives() == {}
    assert ann.ask("POST", V1 + "/drives", {"name": "Mine"}).status_code == 403
    for path in (f"{V1}/drives/{family['id']}", f"{BETA}/drives/{family['id']}/root/permissions"):
        assert ann.ask("GET", path).status_code == 404
    assert ann.ask("PROPFIND", f"/dav/spaces/{family['id']}").status_code == 404
    assert carl.ask("PROPFIND", f"/dav/spaces/{family['id']}").status_code == 207


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a.b", "a:b", "a" * 256, "a\nb", "?", "\\", None, 3])
def test_bad_names(carl, name):
    """400, and nothing is made."""
    before = carl.drives()
    assert carl.ask("POST", V1 + "/drives", {"name": name}).status_code == 400
    assert carl.drives() == before


def doing(who, family):
    """What somebody may do in the space, in statuses: list, read, write, make a folder, rename, delete, look into the trash, restore, empty it."""
    dav = f"/dav/spaces/{family['id']}"
    base = who.server.url
    trash = f"/dav/spaces/trash-bin/{family['id']}"
    found = [who.ask("PROPFIND", dav, Depth="1").status_code, who.ask("GET", f"{dav}/there.txt").status_code,
             who.ask("PUT", f"{dav}/new.txt", "x").status_code, who.ask("MKCOL", f"{dav}/folder").status_code,
             who.ask("MOVE", f"{dav}/there.txt", Destination=f"{base}{dav}/moved.txt").status_code, who.ask("DELETE", f"{dav}/gone.txt").status_code,
             who.ask("PROPFIND", trash, Depth="1").status_code, who.ask("DELETE", trash).status_code]
    return found


@pytest.mark.parametrize("role, wanted", [
    (VIEWER, [207, 200, 403, 403, 403, 403, 207, 403]), (EDITOR, [207, 200, 201, 201, 201, 204, 207, 403]), (MANAGER, [207, 200, 201, 201, 201, 204, 207, 204]),
    (None, [404] * 8)])
@pytest.mark.parametrize("kind", ["user", "group"])
def test_roles(server, carl, ann, family, role, wanted, kind):
    """Each role, given to a person or to their group, through WebDAV."""
    for name in ("there.txt", "gone.txt"):
        carl.ask("PUT", f"/dav/spaces/{family['id']}/{name}", "x").raise_for_status()
    if role:
        to = ann.id
        if kind == "group":
            group = "g" + ann.id[:8]
            to = json.loads(server.cli("group", "add", group, "--json").stdout)["id"]
            server.cli("group", "join", group, ann.person.name)
        assert invite(carl, family, to, role, kind).status_code == 200
        assert ann.drives()["Family"]["id"] == family["id"]
    found = doing(ann, family)
    assert found == wanted
    if role and kind == "group":
        server.cli("group", "leave", group, ann.person.name)
        assert ann.drives() == {} and ann.ask("GET", f"/dav/spaces/{family['id']}/moved.txt").status_code == 404


def test_members(carl, ann, family):
    """Listed, changed, ended; once each; by managers alone; a manager always stays."""
    made = invite(carl, family, ann.id, VIEWER).json()["value"][0]
    assert made["id"] == f"u:{ann.id}" and made["roles"] == [VIEWER] and made["grantedToV2"]["user"]["id"] == ann.id
    assert made["invitation"]["invitedBy"]["user"]["id"] == carl.id
    assert invite(carl, family, ann.id, EDITOR).status_code == 409
    place = f"{BETA}/drives/{family['id']}/root/permissions"
    listed = carl.ask("GET", place).json()
    assert {each["id"] for each in listed["value"]} == {f"u:{ann.id}", f"u:{carl.id}"}
    assert [role["id"] for role in listed["@libre.graph.permissions.roles.allowedValues"]] == [VIEWER, EDITOR, MANAGER]
    assert {each["id"] for each in ann.ask("GET", place).json()["value"]} == {f"u:{ann.id}", f"u:{carl.id}"}
    for method, path, sent in (("PATCH", f"{place}/u:{ann.id}", {"roles": [MANAGER]}), ("DELETE", f"{place}/u:{carl.id}", None),
                               ("POST", f"{BETA}/drives/{family['id']}/root/invite", {"recipients": [{"objectId": ann.id}], "roles": [EDITOR]})):
        assert ann.ask(method, path, sent).status_code == 403
    assert carl.ask("DELETE", f"{place}/u:{carl.id}").status_code == 403     # the last manager
    assert carl.ask("PATCH", f"{place}/u:{carl.id}", {"roles": [VIEWER]}).status_code == 403
    assert carl.ask("PATCH", f"{place}/u:{carl.id}", {"expirationDateTime": "2099-01-01T00:00:00Z"}).status_code == 403
    assert carl.ask("PATCH", f"{place}/u:{ann.id}", {"roles": [MANAGER]}).json()["roles"] == [MANAGER]
    assert carl.ask("DELETE", f"{place}/u:{carl.id}").status_code == 204
    assert carl.drives() == {} and "Family" in ann.drives()
    assert ann.ask("DELETE", f"{place}/u:{carl.id}").status_code == 404


def test_ones_own_space_has_no_members(carl, ann):
    """An empty list for its owner, and nothing for anybody else."""
    own = ann.ask("GET", V1 + "/me/drive").json()["id"]
    found = ann.ask("GET", f"{BETA}/drives/{own}/root/permissions").json()
    assert found["value"] == [] and found["@libre.graph.permissions.roles.allowedValues"] == []
    assert invite(ann, {"id": own}, carl.id, VIEWER).status_code == 400
    assert Somebody(carl.server).ask("GET", f"{BETA}/drives/{own}/root/permissions").status_code == 404


def test_whether_there_is_trash(carl, ann, family):
    """Told where it is asked for; who may not look into the trash hears of none."""
    def told(who, path):
        return who.ask("GET", f"{BETA}/{path}").json()
    name, one = "@libre.graph.hasTrashedItems", f"drives/{family['id']}"
    assert name not in told(carl, one) and told(carl, f"{one}?$select={name}")[name] is False
    carl.ask("PUT", f"/dav/spaces/{family['id']}/a.txt", "x")
    carl.ask("DELETE", f"/dav/spaces/{family['id']}/a.txt")
    assert told(carl, f"{one}?$select={name}")[name] is True
    assert [each[name] for each in told(carl, f"me/drives?$select={name}&$filter=driveType eq 'project'")["value"]] == [True]


def test_leave(carl, ann, family):
    """Everybody may take their own membership away."""
    invite(carl, family, ann.id, VIEWER)
    assert ann.ask("DELETE", f"{BETA}/drives/{family['id']}/root/permissions/u:{ann.id}").status_code == 204
    assert ann.drives() == {}


def test_expiry(carl, ann, family):
    """A membership ends by itself; the past is refused; null takes the end away."""
    assert invite(carl, family, ann.id, VIEWER, expirationDateTime="2020-01-01T00:00:00Z").status_code == 400
    assert invite(carl, family, ann.id, VIEWER, expirationDateTime="2099-01-01T00:00:00Z").json()["value"][0]["expirationDateTime"].startswith("2099")
    place = f"{BETA}/drives/{family['id']}/root/permissions/u:{ann.id}"
    from datetime import UTC, datetime, timedelta
    soon = (datetime.now(UTC) + timedelta(seconds=1.2)).isoformat()
    assert carl.ask("PATCH", place, {"expirationDateTime": soon}).status_code == 200
    from conftest import until
    until(lambda: ann.ask("PROPFIND", f"/dav/spaces/{family['id']}").status_code == 404)
    assert "expirationDateTime" not in carl.ask("PATCH", place, {"expirationDateTime": None}).json()
    assert "Family" in ann.drives()


@pytest.mark.parametrize("sent", [
    {}, {"recipients": [], "roles": [VIEWER]}, {"recipients": [{"objectId": "x"}], "roles": [VIEWER]}, {"recipients": [{"objectId": "x"}], "roles": []},
    {"recipients": [{"objectId": "x", "@libre.graph.recipient.type": "pet"}], "roles": [VIEWER]}, {"recipients": ["x"], "roles": [VIEWER]},
    {"recipients": [{"objectId": 3}], "roles": [VIEWER]}, {"recipients": [{"objectId": "x"}], "roles": ["b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"]},
    {"recipients": [{"objectId": "x"}], "roles": [3]}, {"recipients": "x", "roles": "y"}, {"x": 1}])
def test_bad_invitations(carl, family, sent):
    """400, and the members are as before."""
    place = f"{BETA}/drives/{family['id']}/root"
    before = carl.ask("GET", place + "/permissions").json()
    assert carl.ask("POST", place + "/invite", sent).status_code == 400
    assert carl.ask("GET", place + "/permissions").json() == before


def test_describe(carl, ann, family):
    """Name, description, quota, readme and image; by managers; not by members."""
    invite(carl, family, ann.id, EDITOR)
    place = f"{V1}/drives/{family['id']}"
    assert ann.ask("PATCH", place, {"name": "Ours"}).status_code == 403
    carl.ask("PUT", f"/dav/spaces/{family['id']}/readme.md", "# Hello").raise_for_status()
    id = carl.ask("PROPFIND", f"/dav/spaces/{family['id']}/readme.md", Depth="0").text.split("<oc:id>")[1].split("<")[0]
    changed = carl.ask("PATCH", place, {"name": "Ours", "description": "all of us", "quota": {"total": 5}, "special": [
        {"id": id, "specialFolder": {"name": "readme"}}]}).json()
    assert changed["name"] == "Ours" and changed["description"] == "all of us" and changed["quota"]["total"] == 5
    assert changed["special"][0]["specialFolder"]["name"] == "readme" and changed["special"][0]["file"]["mimeType"] == "text/markdown"
    assert ann.drives()["Ours"]["special"][0]["id"] == id
    assert carl.ask("PUT", f"/dav/spaces/{family['id']}/big", "x" * 100).status_code == 507
    assert "special" not in carl.ask("PATCH", place, {"special": [{"id": "", "specialFolder": {"name": "readme"}}]}).json()
    for bad in ({"special": [{"id": carl.ask("GET", V1 + "/me/drive").json()["id"], "specialFolder": {"name": "readme"}}]}, {"quota": {"total": -1}},
                {"special": [{"id": id, "specialFolder": {"name": "x"}}]}, {"name": "a/b"}, {"unknown": 1}, {"name": 3}):
        assert carl.ask("PATCH", place, bad).status_code in (400, 404)


def test_disable_restore_purge(server, carl, ann, family):
    """Disabled, it is gone for its members; enabled, it is back; purged, it lies in the trash of the box."""
    invite(carl, family, ann.id, EDITOR)
    carl.ask("PUT", f"/dav/spaces/{family['id']}/a.txt", "x").raise_for_status()
    place = f"{V1}/drives/{family['id']}"
    assert ann.ask("DELETE", place).status_code == 403
    assert carl.ask("DELETE", place, Purge="T").status_code == 400
    assert carl.ask("DELETE", place).status_code == 204
    assert ann.drives() == {} and carl.drives()["Family"]["root"]["deleted"] == {"state": "trashed"}
    for who in (carl, ann):
        assert who.ask("PROPFIND", f"/dav/spaces/{family['id']}").status_code == 404
        assert who.ask("GET", f"/dav/spaces/{family['id']}/a.txt").status_code == 404
    assert ann.ask("PATCH", place, {}, Restore="T").status_code == 404
    assert "deleted" not in carl.ask("PATCH", place, {}, Restore="T").json()["root"]
    assert ann.ask("GET", f"/dav/spaces/{family['id']}/a.txt").status_code == 200
    assert carl.ask("DELETE", place).status_code == 204 and carl.ask("DELETE", place, Purge="T").status_code == 204
    assert carl.drives() == {} and carl.ask("GET", place).status_code == 404
    id = family["id"].split("$")[1]
    assert (server.data / ".hearth/trash/spaces" / id / "a.txt").read_text() == "x"


def test_administrators_look_after_spaces_they_are_not_in(server, carl, family):
    """They list, rename and disable them, and do not see what is in them."""
    root = Somebody(server, "admin")
    every = {drive["id"]: drive for drive in root.ask("GET", V1 + "/drives?$filter=driveType eq 'project'").json()["value"]}
    assert family["id"] in every and family["id"] not in {drive["id"] for drive in root.drives().values()}
    assert root.ask("PROPFIND", f"/dav/spaces/{family['id']}").status_code == 404
    assert root.ask("PATCH", f"{V1}/drives/{family['id']}", {"quota": {"total": 7}}).json()["quota"]["total"] == 7
    assert invite(root, family, root.id, MANAGER).status_code == 403
    assert root.ask("GET", f"{BETA}/drives/{family['id']}/root/permissions").status_code == 200
    server.cli("user", "remove", carl.person.name)
    assert invite(root, family, root.id, MANAGER).status_code == 200      # nobody is left who manages it
    assert "Family" in root.drives()


def test_tokens_with_limits(server, carl, family):
    """An app token for one folder of one's own files reaches no project space; one that only reads reads."""
    requests.request("MKCOL", f"{carl.person.dav}/in", auth=carl.person.auth, timeout=30).raise_for_status()
    make = lambda *options: (carl.person.name, json.loads(server.cli(  # noqa: E731
        "token", "create", carl.person.name, *options, "--json").stdout)["token"])
    folder, reads = make("--folder", "in"), make("--read-only")
    dav = f"{server.url}/dav/spaces/{family['id']}"
    assert requests.request("PROPFIND", dav, auth=folder, timeout=30).status_code == 404
    assert requests.request("PROPFIND", dav, auth=reads, timeout=30).status_code == 207
    assert requests.put(f"{dav}/a", b"x", auth=reads, timeout=30).status_code == 403
    for auth in (folder, reads):
        assert requests.delete(f"{server.url}{V1}/drives/{family['id']}", auth=auth, timeout=30).status_code in (403, 404)
        assert requests.post(f"{server.url}{V1}/drives", json={"name": "x"}, auth=auth, timeout=30).status_code == 403


def test_sound(own_server):
    """The storage is content with it, also after a restart."""
    carl = Somebody(own_server, "admin")
    made = carl.ask("POST", V1 + "/drives", {"name": "Family"}).json()
    carl.ask("PUT", f"/dav/spaces/{made['id']}/a.txt", "x").raise_for_status()
    own_server.restart()
    carl.server = own_server
    assert carl.drives()["Family"]["id"] == made["id"] and carl.ask("GET", f"/dav/spaces/{made['id']}/a.txt").text == "x"
    assert (own_server.data / "projects/Family/a.txt").is_file()
    assert own_server.cli("check").returncode == 0


def test_the_same_again(carl, ann, family):
    """A membership that is changed to what it is stays; one that is not there is 404. In v1.0 a drive always tells its members."""
    invite(carl, family, ann.id, EDITOR)
    at = f"{BETA}/drives/{family['id']}/root/permissions/u:"
    for said in ({"roles": [EDITOR]}, {}):
        answer = carl.ask("PATCH", at + ann.id, said)
        assert answer.status_code == 200 and answer.json()["roles"] == [EDITOR], answer.text
    assert carl.ask("PATCH", at + family["id"].split("$")[1], {"roles": [EDITOR]}).status_code == 404
    assert carl.ask("DELETE", at + family["id"].split("$")[1]).status_code == 404
    drives = {drive["name"]: drive for drive in ann.ask("GET", V1 + "/me/drives").json()["value"]}
    assert sorted(each["roles"][0] for each in drives["Family"]["root"]["permissions"]) == ["editor", "manager"]
    assert "permissions" not in ann.ask("GET", f"{BETA}/drives/{family['id']}").json()["root"]

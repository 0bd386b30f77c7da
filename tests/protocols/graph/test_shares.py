"""Files and folders shared with people and groups: who is given what, by Graph; what they can do with it, by WebDAV; and what they cannot."""
import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import requests

from conftest import until
from somebody import BETA, Somebody

VIEWER, UPLOADER, EDITOR, FILE_EDITOR = ("b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "1c996275-f1c9-4e71-abdf-a42f6495e960",
                                         "fb6c3e19-e378-47e5-b277-9732f9de6e21", "2d00ce52-1fc2-4dbc-8b95-a73b73395f5a")
SECRET = "Long enough for a link"
SPACE_VIEWER = "a8d5fe5e-96e3-418d-825b-534dbdf22b99"


class Person(Somebody):
    """Somebody with files, who gives and receives."""

    def __init__(self, server):
        super().__init__(server)
        self.drive = self.ask("GET", "/graph/v1.0/me/drive").json()["id"]

    def id_of(self, path):
        """The resource id of a thing of one's own."""
        return self.prop(f"/dav/spaces/{self.drive}/{path}", "oc:fileid")

    def prop(self, address, name):
        """A property of what is at an address, None where it has none."""
        body = f'<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><{name}/></d:prop></d:propfind>'
        answer = self.ask("PROPFIND", address, body, Depth="0")
        assert answer.status_code == 207, answer.text
        return answer.text.split(f"<{name}>")[1].split(f"</{name}>")[0] if f"<{name}>" in answer.text else None

    def put(self, path, content="x"):
        assert self.ask("PUT", f"/dav/spaces/{self.drive}/{path}", content).status_code in (201, 204)

    def give(self, path, to, role, kind="user", **more):
        """Share a thing of one's own; the permission."""
        answer = self.try_give(self.id_of(path), to, role, kind, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"][0]

    def try_give(self, id, to, role, kind="user", **more):
        return self.ask("POST", f"{BETA}/drives/{self.drive}/items/{id}/invite",
                        {"recipients": [{"objectId": to, "@libre.graph.recipient.type": kind}], "roles": [role], **more})

    def received(self):
        return {item["name"]: item for item in self.ask("GET", BETA + "/me/drive/sharedWithMe").json()["value"]}


@pytest.fixture
def ann(server):
    """With Trip/Day/a.txt, Trip/b.txt, and a secret beside."""
    ann = Person(server)
    for folder in ("Private", "Private/Trip", "Private/Trip/Day"):
        assert ann.ask("MKCOL", f"/dav/spaces/{ann.drive}/{folder}").status_code == 201
    for path in ("Private/Trip/Day/a.txt", "Private/Trip/b.txt", "Private/secret.txt"):
        ann.put(path, path)
    return ann


@pytest.fixture
def bob(server):
    return Person(server)


def here(id, path=""):
    return f"/dav/spaces/{id}" + (f"/{path}" if path else "")


def verbs(somebody, id):
    """What somebody can do in a shared folder, by WebDAV: statuses by verb, each as on a fresh file."""
    ask, tag = somebody.ask, somebody.id[:6]
    return {
        "list": ask("PROPFIND", here(id), Depth="1").status_code, "get": ask("GET", here(id, "b.txt")).status_code,
        "put": ask("PUT", here(id, f"new {tag}.txt"), "new").status_code, "mkcol": ask("MKCOL", here(id, f"made {tag}")).status_code,
        "over": ask("PUT", here(id, "Day/a.txt"), "over").status_code,
        "move": ask("MOVE", here(id, "b.txt"), Destination=here(id, f"moved {tag}.txt")).status_code,
        "delete": ask("DELETE", here(id, "Day/a.txt")).status_code,
        "root": ask("DELETE", here(id)).status_code, "rename": ask("MOVE", here(id), Destination=here(id, "x")).status_code}


NOTHING = dict.fromkeys(("list", "get", "put", "mkcol", "over", "move", "delete", "root", "rename"), 404) | {"put": 409, "mkcol": 409, "over": 409}
READING = {"list": 207, "get": 200, "put": 403, "mkcol": 403, "over": 403, "move": 403, "delete": 403, "root": 403, "rename": 409}


@pytest.mark.parametrize("role, expected", [
    (None, None), (VIEWER, READING),
    (UPLOADER, READING | {"put": 201, "mkcol": 201, "over": 204, "move": 201}),
    (EDITOR, READING | {"put": 201, "mkcol": 201, "over": 204, "move": 201, "delete": 204})])
@pytest.mark.parametrize("by", ["user", "group"])
def test_roles(ann, bob, server, role, expected, by):
    """Each role lets do what it says, in person or by a group; without one there is nothing there."""
    id = ann.id_of("Private/Trip")
    if role:
        to = bob.id
        if by == "group":
            admin = Somebody(server, "admin")
            to = admin.ask("POST", "/graph/v1.0/groups", {"displayName": f"family {bob.id}"}).json()["id"]
            joined = admin.ask("POST", f"/graph/v1.0/groups/{to}/members/$ref", {"@odata.id": f"{server.url}/graph/v1.0/users/{bob.id}"})
            assert joined.status_code == 204
        ann.give("Private/Trip", to, role, by)
    found = verbs(bob, id)
    if role is None:
        assert set(found.values()) == {404} and bob.received() == {}
        return
    assert found == expected, found
    assert ann.ask("GET", f"/dav/spaces/{ann.drive}/Private/secret.txt").text == "Private/secret.txt"


def test_nothing_around_it(ann, bob):
    """Neither what lies beside nor the folders above, by id, by path or by name; nor its trash, its versions, its quota."""
    ann.give("Private/Trip", bob.id, EDITOR)
    trip, secret, above = (ann.id_of(path) for path in ("Private/Trip", "Private/secret.txt", "Private"))
    for address in (here(secret), here(above), here(ann.drive), here(ann.drive, "Private"), here(above, "secret.txt"), here(trip, "../secret.txt"),
                    here(trip, "%2e%2e/secret.txt"), f"/dav/spaces/trash-bin/{ann.drive}", f"/dav/meta/{secret}/v", f"/dav/files/{ann.person.name}"):
        for method in ("PROPFIND", "GET"):
            assert bob.ask(method, address, Depth="0").status_code in (400, 404, 501), (method, address)
    assert bob.ask("MOVE", here(trip, "b.txt"), Destination=here(above, "b.txt")).status_code in (404, 409)
    assert bob.ask("COPY", here(secret), Destination=here(trip, "stolen.txt")).status_code == 404
    assert bob.ask("GET", f"/archiver?id={secret}").status_code == 404 and bob.ask("GET", f"/archiver?id={trip}").status_code == 200
    listing = bob.ask("PROPFIND", here(trip), Depth="1").text
    assert "Private" not in listing and "secret" not in listing
    meta = '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:meta-path-for-user/></d:prop></d:propfind>'
    assert "<oc:meta-path-for-user>/Trip/b.txt<" in bob.ask("PROPFIND", f"/dav/meta/{ann.id_of('Private/Trip/b.txt')}", meta).text
    assert bob.prop(here(trip), "d:quota-available-bytes") == "-2"
    assert [drive["driveType"] for drive in bob.ask("GET", BETA + "/me/drives").json()["value"]] == ["personal", "virtual", "mountpoint"]
    for path in ("", "/root/permissions"):
        assert bob.ask("GET", f"{BETA}/drives/{ann.drive}{path}").status_code == 404


def test_letters(ann, bob):
    """What clients are told of it: the shared thing itself stays where it is."""
    ann.give("Private/Trip", bob.id, EDITOR)
    trip = ann.id_of("Private/Trip")
    assert bob.prop(here(trip), "oc:permissions") == "SCK" and bob.prop(here(trip, "Day"), "oc:permissions") == "DNVCK"
    assert bob.prop(here(trip, "b.txt"), "oc:permissions") == "DNVW"
    listing = bob.ask("PROPFIND", here(trip), Depth="1").text
    assert listing.count("<oc:permissions>DNVCK<") == 1 and listing.count("<oc:permissions>DNVW<") == 1
    assert ann.prop(here(trip), "oc:permissions") == "RDNVCKZP"


def test_letters_of_what_is_shared_again_inside(ann, bob):
    """A folder to view, in which one is to edit: a sync client must know from the listing of the first."""
    ann.give("Private/Trip", bob.id, VIEWER)
    ann.give("Private/Trip/Day", bob.id, EDITOR)
    listing = bob.ask("PROPFIND", here(ann.id_of("Private/Trip")), Depth="1").text
    assert listing.count("<oc:permissions>S<") == 1 and listing.count("<oc:permissions>SCK<") == 1


def test_one_file(ann, bob):
    """A single file: read, and written again where the role says so; nothing is made beside it."""
    id = ann.id_of("Private/Trip/b.txt")
    shared = ann.give("Private/Trip/b.txt", bob.id, VIEWER)
    assert bob.ask("GET", here(id)).text == "Private/Trip/b.txt" and bob.ask("PUT", here(id), "no").status_code == 403
    changed = ann.ask("PATCH", f"{BETA}/drives/{ann.drive}/items/{id}/permissions/{shared['id']}", {"roles": [FILE_EDITOR]})
    assert changed.status_code == 200 and changed.json()["roles"] == [FILE_EDITOR] and changed.json()["id"] == shared["id"]
    assert bob.ask("PUT", here(id), "bob's").status_code == 204 and bob.ask("GET", here(id)).text == "bob's"
    assert ann.id_of("Private/Trip/b.txt") == id, "the share stays with the file"
    assert bob.ask("PUT", here(id, "beside.txt"), "x").status_code in (404, 409)
    assert bob.ask("DELETE", here(id)).status_code == 403
    assert bob.ask("MOVE", here(id), Destination=here(id + "x")).status_code in (400, 403, 404, 409)
    ann.ask("DELETE", f"/dav/spaces/{ann.drive}/Private/Trip/b.txt")
    assert bob.ask("PUT", here(id), "again").status_code in (404, 409)
    assert ann.ask("GET", f"/dav/spaces/{ann.drive}/Private/Trip/b.txt").status_code == 404
    ann.put("Private/Trip/b.txt", "a new file of the same name")
    assert bob.ask("GET", here(id)).status_code == 404 and bob.ask("GET", here(ann.id_of("Private/Trip/b.txt"))).status_code == 404


def test_received_and_given(ann, bob):
    """As OpenCloud tells it to both."""
    shared = ann.give("Private/Trip", bob.id, VIEWER, expirationDateTime="2127-12-31T00:00:00Z")
    assert shared["grantedToV2"]["user"]["id"] == bob.id and shared["invitation"]["invitedBy"]["user"]["id"] == ann.id
    assert shared["roles"] == [VIEWER] and shared["expirationDateTime"] == "2127-12-31T00:00:00Z" and len(shared["id"].split(":")) == 3
    item = bob.received()["Trip"]
    assert item["remoteItem"]["id"] == ann.id_of("Private/Trip") and item["remoteItem"]["permissions"] == [shared]
    assert item["id"].endswith("!" + shared["id"]) and item["folder"] == {} and item["@client.synchronize"] is True and item["@UI.Hidden"] is False
    assert item["parentReference"]["driveType"] == "virtual" and item["createdBy"]["user"]["id"] == ann.id
    assert "Private" not in str(item) and bob.ask("PROPFIND", here(item["remoteItem"]["id"])).status_code == 207
    given, = ann.ask("GET", BETA + "/me/drive/sharedByMe").json()["value"]
    assert given["id"] == ann.id_of("Private/Trip") and given["permissions"] == [shared] and given["parentReference"]["path"] == "/Private"
    assert ann.received() == {} and bob.ask("GET", BETA + "/me/drive/sharedByMe").json() == {"value": []}
    kept = ann.ask("GET", f"{BETA}/drives/{ann.drive}/items/{given['id']}/permissions").json()
    assert kept["value"] == [shared] and [role["id"] for role in kept["@libre.graph.permissions.roles.allowedValues"]] == [VIEWER, UPLOADER, EDITOR]


def test_moved_trashed_restored(ann, bob):
    """A share goes with its folder wherever that is moved; in the trash it is gone, and back with it."""
    id = ann.id_of("Private/Trip")
    ann.give("Private/Trip", bob.id, VIEWER)
    assert ann.ask("MOVE", f"/dav/spaces/{ann.drive}/Private/Trip", Destination=f"/dav/spaces/{ann.drive}/Travels").status_code == 201
    assert bob.ask("GET", here(id, "b.txt")).status_code == 200 and list(bob.received()) == ["Travels"]
    copied = ann.ask("COPY", f"/dav/spaces/{ann.drive}/Travels", Destination=f"/dav/spaces/{ann.drive}/Copy")
    assert copied.status_code == 201 and bob.ask("PROPFIND", here(ann.id_of("Copy"))).status_code == 404
    assert ann.ask("DELETE", f"/dav/spaces/{ann.drive}/Travels").status_code == 204
    assert bob.ask("GET", here(id, "b.txt")).status_code == 404 and bob.received() == {}
    key = ann.ask("PROPFIND", f"/dav/spaces/trash-bin/{ann.drive}", Depth="1").text.split(f"/dav/spaces/trash-bin/{ann.drive}/")[-1].split("<")[0].strip("/")
    restored = ann.ask("MOVE", f"/dav/spaces/trash-bin/{ann.drive}/{key}", Destination=f"/dav/spaces/{ann.drive}/Back")
    assert restored.status_code == 201 and bob.ask("GET", here(id, "b.txt")).status_code == 200 and list(bob.received()) == ["Back"]


def test_ended(ann, bob):
    """By who gave it, by who received it, by its time; at once, and nobody else may."""
    id, carl = ann.id_of("Private/Trip"), Person(bob.server)
    permission = f"{BETA}/drives/{ann.drive}/items/{id}/permissions/"
    shared = ann.give("Private/Trip", bob.id, EDITOR)
    assert carl.ask("DELETE", permission + shared["id"]).status_code == 404
    other = ann.give("Private/Trip", carl.id, VIEWER)
    assert carl.ask("DELETE", permission + shared["id"]).status_code == 403 and carl.ask("PATCH", permission + other["id"], {"roles": [EDITOR]}).status_code == 403
    assert [each["id"] for each in carl.ask("GET", permission.rstrip("/")).json()["value"]] == [other["id"]], "others' are not told"
    assert ann.ask("DELETE", permission + shared["id"]).status_code == 204 and bob.ask("GET", here(id, "b.txt")).status_code == 404
    assert ann.ask("DELETE", permission + shared["id"]).status_code == 404
    assert carl.ask("DELETE", permission + other["id"]).status_code == 204 and carl.received() == {}
    again = ann.give("Private/Trip", bob.id, EDITOR)
    assert again["id"] == shared["id"] and bob.ask("GET", here(id, "b.txt")).status_code == 200
    bob.server.cli("user", "disable", bob.person.name)
    assert bob.ask("GET", here(id, "b.txt")).status_code == 401


def test_refused(ann, bob, server):
    """What cannot be shared, with whom, how; nothing changes by it."""
    trip, root = ann.id_of("Private/Trip"), ann.drive
    for id, to, role, kind, status in (
            (trip, bob.id, SPACE_VIEWER, "user", 400), (trip, bob.id, FILE_EDITOR, "user", 400), (trip, bob.id, "nonsense", "user", 400),
            (trip, "nobody", VIEWER, "user", 400), (trip, bob.id, VIEWER, "group", 400), (trip, ann.id, VIEWER, "user", 400),
            (trip, bob.id, VIEWER, "robot", 400), (root, bob.id, VIEWER, "user", 400), (bob.id_of(""), ann.id, VIEWER, "user", 404)):
        assert ann.try_give(id, to, role, kind).status_code == status, (id, to, role, kind)
    assert ann.try_give(trip, bob.id, VIEWER, expirationDateTime="2001-01-01T00:00:00Z").status_code == 400
    assert bob.received() == {} and bob.ask("PROPFIND", here(trip)).status_code == 404
    ann.give("Private/Trip", bob.id, EDITOR)
    assert ann.try_give(trip, bob.id, VIEWER).status_code == 409
    carl = Person(server)
    assert bob.ask("POST", f"{BETA}/drives/{ann.drive}/items/{trip}/invite",
                   {"recipients": [{"objectId": carl.id}], "roles": [VIEWER]}).status_code == 403
    token = server.cli("token", "create", ann.person.name, "--folder", "Private", "--json").stdout.split('"token": "')[1].split('"')[0]
    answer = requests.post(f"{server.url}{BETA}/drives/{ann.drive}/items/{trip}/invite", auth=(ann.person.name, token), timeout=30,
                           json={"recipients": [{"objectId": carl.id}], "roles": [VIEWER]})
    assert answer.status_code in (401, 403) and carl.received() == {}


def test_gone_people(ann, bob, server):
    """Who leaves takes their shares along; the next of the same name gets none of them."""
    id = ann.id_of("Private/Trip")
    ann.give("Private/Trip", bob.id, EDITOR)
    server.cli("user", "remove", bob.person.name)
    kept = ann.ask("GET", f"{BETA}/drives/{ann.drive}/items/{id}/permissions").json()["value"]
    assert kept == []


def test_after_a_restart(own_server):
    """What is shared is found again, also without the cache."""
    ann, bob = Person(own_server), Person(own_server)
    assert ann.ask("MKCOL", f"/dav/spaces/{ann.drive}/Trip").status_code == 201
    ann.give("Trip", bob.id, VIEWER)
    own_server.stop()
    shutil.rmtree(own_server.cache)
    own_server.start()
    until(lambda: bob.ask("GET", BETA + "/me/drive/sharedWithMe").status_code != 503)     # while it looks where everything is; never an empty list
    assert list(bob.received()) == ["Trip"]
    assert bob.ask("PROPFIND", here(ann.id_of("Trip"))).status_code == 207


JAIL = "a0ca6a90-a365-4782-871e-d44447bbc668"
SHARES = f"{JAIL}${JAIL}"
LOOK = ('<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:permissions/><oc:fileid/><oc:name/><d:getetag/><d:resourcetype/>'
        "<oc:size/><oc:share-types/><oc:owner-display-name/></d:prop></d:propfind>")


def test_the_shares_space(ann, bob):
    """One folder with all that was received, under names of which none is there twice; used like any other folder."""
    ann.give("Private/Trip", bob.id, EDITOR)
    assert ann.ask("MKCOL", f"/dav/spaces/{ann.drive}/Trip").status_code == 201
    ann.give("Trip", bob.id, VIEWER)
    ann.give("Private/secret.txt", bob.id, VIEWER)
    drives = {drive["name"]: drive for drive in bob.ask("GET", "/graph/v1.0/me/drives").json()["value"] if drive["driveType"] != "personal"}
    assert set(drives) == {"Shares", "Trip", "Trip (2)", "secret.txt"} and drives["Shares"]["id"] == SHARES
    assert drives["Trip"]["root"]["remoteItem"]["id"] == ann.id_of("Private/Trip") and "Private" not in str(drives)
    listing = bob.ask("PROPFIND", here(SHARES), LOOK, Depth="1")
    assert listing.status_code == 207 and listing.text.count("<d:response>") == 4
    for text in (f"<d:href>/dav/spaces/{SHARES}/</d:href>", f"<d:href>/dav/spaces/{SHARES}/Trip%20(2)/</d:href>".replace("(", "%28").replace(")", "%29"),
                 f"<d:href>/dav/spaces/{SHARES}/secret.txt</d:href>", "<oc:permissions>SCK</oc:permissions>", "<oc:share-type>0</oc:share-type>"):
        assert text in listing.text, text
    before = drives["Shares"]["root"]["eTag"]
    assert bob.ask("PUT", here(SHARES, "Trip/from bob.txt"), "hello").status_code == 201
    assert ann.ask("GET", f"/dav/spaces/{ann.drive}/Private/Trip/from%20bob.txt").text == "hello"
    after = bob.ask("GET", "/graph/v1.0/me/drives").json()["value"]
    assert next(drive for drive in after if drive["id"] == SHARES)["root"]["eTag"] != before
    by_id = here(f"{drives['Trip']['id']}", "from%20bob.txt")
    assert bob.ask("GET", by_id).text == bob.ask("GET", drives["Trip"]["root"]["webDavUrl"].removeprefix(bob.server.url) + "/from%20bob.txt").text == "hello"
    assert bob.ask("MOVE", here(SHARES, "Trip/from%20bob.txt"), Destination=here(SHARES, "Trip/Day/renamed.txt")).status_code == 201
    assert bob.ask("GET", here(SHARES, "secret.txt")).text == "Private/secret.txt"
    for method, path, status in (("PUT", "new.txt", 404), ("MKCOL", "new", 404), ("PUT", "Trip%20(2)/a", 403), ("DELETE", "Trip", 403), ("DELETE", "", 405),
                                 ("PROPFIND", "nothing", 404), ("MKCOL", "", 405), ("PUT", "secret.txt", 403)):
        assert bob.ask(method, here(SHARES, path)).status_code == status, (method, path)
    assert bob.ask("MOVE", here(SHARES, "Trip"), Destination=here(SHARES, "Other")).status_code in (403, 404, 409)
    assert ann.ask("PROPFIND", here(SHARES), LOOK, Depth="1").text.count("<d:response>") == 1
    assert ann.ask("GET", by_id).status_code == 404, "another's mount is none of one's own"


def aside(somebody, item):
    """Take what was received out of the Shares space."""
    return somebody.ask("DELETE", f"{BETA}/drives/{SHARES}/items/{item['id']}").status_code


def accept(somebody, id, drive=SHARES, **more):
    return somebody.ask("POST", f"{BETA}/drives/{drive}/root/children", {"name": "Trip", "remoteItem": {"id": id}, **more})


def in_shares(somebody):
    """What lies in the Shares space, by WebDAV and by the drives."""
    drives = [drive["name"] for drive in somebody.ask("GET", BETA + "/me/drives").json()["value"] if drive["driveType"] == "mountpoint"]
    listed = somebody.ask("PROPFIND", here(SHARES), LOOK, Depth="1").text
    assert all(f"/{quote(name)}" in listed for name in drives) and listed.count("<d:response>") == len(drives) + 1
    return drives


@pytest.mark.parametrize("by", ["user", "group"])
def test_not_in_step_and_in_step_again(ann, bob, server, by):
    """Taken out of the Shares space it stays shared; a new role, a rename and a restart leave it so; put back it is there as before."""
    admin, to, trip = Somebody(server, "admin"), bob.id, ann.id_of("Private/Trip")
    if by == "group":
        to = admin.ask("POST", "/graph/v1.0/groups", {"displayName": f"away {bob.id}"}).json()["id"]
        for member in (bob, carl := Person(server)):
            admin.ask("POST", f"/graph/v1.0/groups/{to}/members/$ref", {"@odata.id": f"{server.url}/graph/v1.0/users/{member.id}"})
    given, item = ann.give("Private/Trip", to, VIEWER, by), bob.received()["Trip"]
    assert bob.ask("GET", f"{BETA}/drives/{SHARES}/items/{item['id']}").json() == item
    tag = ann.prop(here(trip), "d:getetag")
    assert aside(ann, item) == 404 and aside(bob, item) == 204 and aside(bob, item) == 409
    ann.ask("PATCH", f"{BETA}/drives/{ann.drive}/items/{trip}/permissions/{given['id']}", {"roles": [EDITOR]})
    server.restart()
    away = bob.received()["Trip"]
    assert away["@client.synchronize"] is False and away["remoteItem"]["permissions"][0]["roles"] == [EDITOR] and in_shares(bob) == []
    assert bob.ask("GET", f"{BETA}/drives/{SHARES}/items/{item['id']}").json() == away
    for address in (here(SHARES, "Trip/b.txt"), here(item["id"], "b.txt")):
        assert bob.ask("GET", address).status_code == 404
    assert bob.ask("GET", here(trip, "b.txt")).status_code == 200, "it is still shared"
    assert ann.prop(here(trip), "d:getetag") == tag, "its owner's clients have nothing to fetch"
    assert ann.received() == {} and (by == "user" or carl.received()["Trip"]["@client.synchronize"] is True and in_shares(carl) == ["Trip"])
    assert accept(ann, trip).status_code == 404 and accept(bob, "nonsense").status_code == 404 and accept(bob, trip, ann.drive).status_code == 400
    assert accept(bob, trip, unknown=1).status_code == 400 and accept(bob, ann.id_of("Private/secret.txt")).status_code == 404
    back = accept(bob, trip)
    assert back.status_code == 201 and back.json()["@client.synchronize"] is True and back.json() == bob.received()["Trip"]
    assert in_shares(bob) == ["Trip"] and bob.ask("GET", here(SHARES, "Trip/b.txt")).status_code == 200 and accept(bob, trip).status_code == 409
    for id in ("nonsense", SHARES, trip, f"{SHARES}!x"):
        assert bob.ask("DELETE", f"{BETA}/drives/{SHARES}/items/{id}").status_code in (400, 404)


def test_given_again(ann, bob):
    """What ended takes along what its receiver said of it; what is declined keeps its name, and one way to it that is not declined is enough."""
    given, trip = ann.give("Private/Trip", bob.id, VIEWER), ann.id_of("Private/Trip")
    ann.ask("MKCOL", f"/dav/spaces/{ann.drive}/Trip")
    ann.give("Trip", bob.id, VIEWER)
    assert in_shares(bob) == ["Trip", "Trip (2)"] and aside(bob, bob.received()["Trip"]) == 204 and in_shares(bob) == ["Trip (2)"]
    assert ann.ask("DELETE", f"{BETA}/drives/{ann.drive}/items/{trip}/permissions/{given['id']}").status_code == 204
    ann.give("Private/Trip", bob.id, VIEWER)
    assert all(item["@client.synchronize"] for item in bob.received().values()) and len(in_shares(bob)) == 2


def test_not_unasked(ann, bob, server):
    """Who switched "Auto accept shares" off finds what is given to them, in person or by a group, outside of the Shares space, until they want it there."""
    admin, carl = Somebody(server, "admin"), Person(server)
    group = admin.ask("POST", "/graph/v1.0/groups", {"displayName": f"asked {bob.id}"}).json()["id"]
    for member in (bob, carl):
        admin.ask("POST", f"/graph/v1.0/groups/{group}/members/$ref", {"@odata.id": f"{server.url}/graph/v1.0/users/{member.id}"})
    answer = bob.ask("POST", "/api/v0/settings/values-save", {"value": {
        "accountUuid": "me", "bundleId": "2a506de7-99bd-4f0d-994e-c38e72c28fd9", "settingId": "ec3ed4a3-3946-4efc-8f9f-76d38b12d3a9",
        "resource": {"type": "TYPE_USER"}, "boolValue": False}})
    assert answer.status_code == 201, answer.text
    ann.give("Private/Trip", group, VIEWER, "group")
    ann.give("Private/secret.txt", bob.id, VIEWER)
    assert {name: item["@client.synchronize"] for name, item in bob.received().items()} == {"Trip": False, "secret.txt": False}
    assert in_shares(bob) == [] and in_shares(carl) == ["Trip"]
    assert accept(bob, ann.id_of("Private/Trip")).status_code == 201 and in_shares(bob) == ["Trip"]


def test_hidden(ann, bob, server):
    """Clients leave it out of their lists; it opens as before. Nobody else's sight of it changes, and nothing else can be said so."""
    ann.give("Private/Trip", bob.id, VIEWER)
    ann.give("Private/Trip", (carl := Person(server)).id, VIEWER)
    item = bob.received()["Trip"]

    def hide(who, value, id=item["id"], drive=SHARES):
        return who.ask("PATCH", f"{BETA}/drives/{drive}/items/{id}", value)
    hidden = hide(bob, {"@UI.Hidden": True})
    assert hidden.status_code == 200 and hidden.json() == item | {"@UI.Hidden": True} == bob.received()["Trip"]
    assert in_shares(bob) == ["Trip"] and bob.ask("GET", here(SHARES, "Trip/b.txt")).status_code == 200
    assert carl.received()["Trip"]["@UI.Hidden"] is False
    assert aside(bob, item) == 204 and hide(bob, {"@UI.Hidden": False}).json()["@client.synchronize"] is False
    assert bob.received()["Trip"]["@UI.Hidden"] is False
    for who, value, id, drive in ((ann, {"@UI.Hidden": True}, item["id"], SHARES), (carl, {"@UI.Hidden": True}, item["id"], SHARES),
                                  (bob, {"@UI.Hidden": "yes"}, item["id"], SHARES), (bob, {}, item["id"], SHARES), (bob, {"name": "x"}, item["id"], SHARES),
                                  (bob, {"@UI.Hidden": True}, item["remoteItem"]["id"], ann.drive)):
        assert hide(who, value, id, drive).status_code in (400, 404), value
    assert bob.received()["Trip"]["@UI.Hidden"] is False and carl.received()["Trip"]["@UI.Hidden"] is False
    token = server.cli("token", "create", bob.person.name, "--read-only", "--json").stdout.split('"token": "')[1].split('"')[0]
    address = f"{server.url}{BETA}/drives/{SHARES}/items/{item['id']}"
    assert requests.patch(address, json={"@UI.Hidden": True}, auth=(bob.person.name, token), timeout=30).status_code in (403, 404)


def test_nothing_of_who_went_stays(ann, bob, server):
    """The id of a removed account is on no node any more, also where it declined what a group has."""
    admin = Somebody(server, "admin")
    group = admin.ask("POST", "/graph/v1.0/groups", {"displayName": f"went {bob.id}"}).json()["id"]
    admin.ask("POST", f"/graph/v1.0/groups/{group}/members/$ref", {"@odata.id": f"{server.url}/graph/v1.0/users/{bob.id}"})
    ann.give("Private/Trip", group, VIEWER, "group")
    assert aside(bob, bob.received()["Trip"]) == 204
    trip = server.data / "people" / ann.person.name / "Private/Trip"
    assert bob.id in os.getxattr(trip, "user.hearth.grants").decode()
    assert admin.ask("DELETE", f"/graph/v1.0/users/{bob.id}").status_code == 204
    until(lambda: bob.id not in os.getxattr(trip, "user.hearth.grants").decode())
    assert group in os.getxattr(trip, "user.hearth.grants").decode()


def test_ended_while_it_comes_in(ann, bob):
    """A share that ends during an upload ends that, too: what was there stays."""
    id = ann.id_of("Private/Trip")
    shared = ann.give("Private/Trip", bob.id, EDITOR)

    def body():
        yield b"half of it, "
        until(lambda: any((bob.server.data / ".hearth/drafts").iterdir()))      # it is being written
        assert ann.ask("DELETE", f"{BETA}/drives/{ann.drive}/items/{id}/permissions/{shared['id']}").status_code == 204
        yield b"and the rest"
    assert bob.session.put(bob.server.url + here(id, "b.txt"), data=body(), timeout=30).status_code == 404
    assert ann.ask("GET", f"/dav/spaces/{ann.drive}/Private/Trip/b.txt").text == "Private/Trip/b.txt"


def test_its_time_is_over(ann, bob):
    """Then it opens nothing, and is not told of."""
    soon = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    id, _ = ann.id_of("Private/Trip"), ann.give("Private/Trip", bob.id, EDITOR, expirationDateTime=soon)
    until(lambda: bob.ask("PUT", here(id, "late.txt"), "x").status_code in (404, 409))
    assert bob.received() == {} and bob.ask("GET", here(id, "b.txt")).status_code == 404


LOCK = ('<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype><d:owner>b</d:owner></d:lockinfo>')
NOTE = '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x xmlns="urn:t">1</x></d:prop></d:set></d:propertyupdate>'


@pytest.mark.parametrize("address", ["by id", "in the Shares space", "by the mount"])
def test_who_only_views_changes_nothing(ann, bob, address):
    """Whatever the door."""
    id = ann.id_of("Private/Trip")
    ann.put("Private/Trip/b.txt", "second")
    shared = ann.give("Private/Trip", bob.id, VIEWER)
    base = {"by id": here(id), "in the Shares space": here(SHARES, "Trip"), "by the mount": here(f"{SHARES}!{shared['id']}")}[address]
    file, meta = base + "/b.txt", f"/dav/meta/{ann.id_of('Private/Trip/b.txt')}/v"
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "1", "Upload-Metadata": "filename eC50eHQ="}
    before = ann.ask("PROPFIND", f"/dav/spaces/{ann.drive}/Private/Trip", Depth="1").text
    for method, path, body, headers, statuses in (
            ("PUT", file, "x", {}, {403}), ("PUT", base + "/new", "x", {}, {403}), ("MKCOL", base + "/new", None, {}, {403}), ("POST", base, None, tus, {403}),
            ("DELETE", file, None, {}, {403}), ("PROPPATCH", file, NOTE, {}, {403}), ("LOCK", file, LOCK, {}, {403}), ("LOCK", base + "/new", LOCK, {}, {403}),
            ("MOVE", file, None, {"Destination": base + "/c.txt"}, {403}), ("COPY", file, None, {"Destination": base + "/c.txt"}, {403}),
            ("COPY", file, None, {"Destination": base + "/Day/a.txt"}, {403}), ("PROPFIND", meta, None, {}, {403}), ("GET", meta + "/1", None, {}, {403, 404}),
            ("MOVE", file, None, {"Destination": here(bob.drive, "b.txt")}, {403, 502}), ("DELETE", base, None, {}, {403})):
        assert bob.ask(method, path, body, **headers).status_code in statuses, (method, path)
    assert ann.ask("PROPFIND", f"/dav/spaces/{ann.drive}/Private/Trip", Depth="1").text == before
    assert bob.ask("COPY", file, Destination=here(bob.drive, "mine.txt")).status_code == 201 and bob.ask("GET", here(bob.drive, "mine.txt")).text == "second"
    assert bob.ask("PROPFIND", file, LOOK, Depth="0").status_code == 207


def test_shared_again_further_in(ann, bob):
    """The most of all that leads to a thing counts: to view the whole, to edit a folder in it."""
    ann.give("Private/Trip", bob.id, VIEWER)
    ann.give("Private/Trip/Day", bob.id, EDITOR)
    trip = ann.id_of("Private/Trip")
    assert bob.ask("PUT", here(trip, "Day/new.txt"), "x").status_code == 201 and bob.ask("PUT", here(trip, "new.txt"), "x").status_code == 403
    assert bob.ask("MOVE", here(trip, "Day/new.txt"), Destination=here(trip, "new.txt")).status_code == 403
    assert bob.ask("DELETE", here(trip, "Day")).status_code == 403 and bob.ask("DELETE", here(trip, "Day/a.txt")).status_code == 204
    assert set(bob.received()) == {"Trip", "Day"}


def test_others_and_less(ann, bob, server):
    """A group one has left, a disabled space, an app token that only reads, guests: none gets more than it should."""
    admin, id = Somebody(server, "admin"), ann.id_of("Private/Trip")
    group = admin.ask("POST", "/graph/v1.0/groups", {"displayName": f"club {bob.id}"}).json()["id"]
    admin.ask("POST", f"/graph/v1.0/groups/{group}/members/$ref", {"@odata.id": f"{server.url}/graph/v1.0/users/{bob.id}"})
    ann.give("Private/Trip", group, EDITOR, "group")
    assert bob.ask("PUT", here(id, "c.txt"), "x").status_code == 201
    token = server.cli("token", "create", bob.person.name, "--read-only", "--json").stdout.split('"token": "')[1].split('"')[0]
    auth = bob.person.name, token
    assert requests.get(server.url + here(id, "c.txt"), auth=auth, timeout=30).status_code == 200
    assert requests.put(server.url + here(id, "c.txt"), b"y", auth=auth, timeout=30).status_code == 403
    assert admin.ask("GET", here(id, "c.txt")).status_code == 404, "administrators see no files"
    server.cli("user", "set", bob.person.name, "--role", "guest")
    assert bob.ask("GET", here(SHARES, "Trip/c.txt")).status_code == 200
    assert [drive["driveType"] for drive in bob.ask("GET", "/graph/v1.0/me/drives").json()["value"]][-2:] == ["virtual", "mountpoint"]
    assert admin.ask("DELETE", f"/graph/v1.0/groups/{group}/members/{bob.id}/$ref").status_code == 204
    assert bob.ask("GET", here(id, "c.txt")).status_code == 404 and bob.received() == {}


def test_locks_of_others_do_not_stay(ann, bob, server):
    """Whoever received a folder locks it for an hour at most, and who shares it can take that lock away, also when the share is over."""
    given, trip = ann.give("Private/Trip", bob.id, EDITOR), ann.id_of("Private/Trip")
    body = ('<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>')
    locked = bob.ask("LOCK", here(trip), body, Timeout="Infinite")
    assert locked.status_code == 200 and re.search("Second-3(600|59.)", locked.text), locked.text
    token = locked.headers["Lock-Token"]
    refreshed = bob.ask("LOCK", here(trip), If=f"({token})", Timeout="Infinite")
    assert refreshed.status_code == 200 and re.search("Second-3(600|59.)", refreshed.text), refreshed.text
    assert ann.ask("DELETE", f"{BETA}/drives/{ann.drive}/items/{trip}/permissions/{given['id']}").status_code == 204
    assert ann.ask("PUT", here(trip, "b.txt"), "mine").status_code == 423
    assert ann.ask("UNLOCK", here(trip), **{"Lock-Token": token}).status_code == 204
    assert ann.ask("PUT", here(trip, "b.txt"), "mine").status_code == 204
    mine = ann.ask("LOCK", here(trip), body, Timeout="Infinite")
    assert "Infinite" in mine.text
    ann.give("Private/Trip", bob.id, EDITOR)
    assert bob.ask("UNLOCK", here(trip), **{"Lock-Token": mine.headers["Lock-Token"]}).status_code == 403


@pytest.mark.parametrize("nonsense", [
    [1], {"role": [1]}, {"role": {}}, {"role": EDITOR, "expires": "soon"}, {"role": EDITOR, "expires": float("nan")}, {"role": EDITOR, "expires": 1e300},
    {"role": EDITOR, "created": None}, {"role": EDITOR, "created": "then"}, {"role": EDITOR, "by": [1]}])
def test_nonsense_on_the_disk(ann, bob, server, nonsense):
    """Grants that somebody with a shell has damaged open nothing and stop nothing; those beside them hold."""
    carl = Person(server)
    ann.give("Private/Trip", carl.id, EDITOR)
    trip, folder = ann.id_of("Private/Trip"), server.data / "people" / ann.person.name / "Private" / "Trip"
    kept = json.loads(os.getxattr(folder, "user.hearth.grants"))
    os.setxattr(folder, "user.hearth.grants", json.dumps({f"u:{bob.id}": nonsense, "u:\ud800": kept[f"u:{carl.id}"], **kept}).encode())
    for somebody, status in ((ann, 207), (bob, 404), (carl, 207)):
        assert somebody.ask("PROPFIND", here(trip)).status_code == status
        assert somebody.ask("GET", BETA + "/me/drive/sharedWithMe").status_code == somebody.ask("GET", BETA + "/me/drive/sharedByMe").status_code == 200
    held = ann.ask("GET", f"{BETA}/drives/{ann.drive}/items/{trip}/permissions").json()["value"]
    assert [each["grantedToV2"]["user"]["id"] for each in held] == [carl.id]
    assert ann.ask("PATCH", f"{BETA}/drives/{ann.drive}/items/{trip}/permissions/{held[0]['id']}", {"roles": [VIEWER]}).status_code == 200
    ann.give("Private/Trip", bob.id, VIEWER)


def test_purged(ann, bob, server):
    """What is purged from the trash marks nothing as shared any more."""
    ann.give("Private/Trip", bob.id, EDITOR)
    ann.give("Private/Trip/b.txt", bob.id, VIEWER)
    marks = [server.data / ".hearth" / "shared" / ann.id_of(path).rpartition("!")[2] for path in ("Private/Trip", "Private/Trip/b.txt")]
    assert ann.ask("DELETE", f"/dav/spaces/{ann.drive}/Private/Trip").status_code == 204 and all(mark.exists() for mark in marks)
    assert ann.ask("DELETE", f"/dav/spaces/trash-bin/{ann.drive}").status_code == 204 and not any(mark.exists() for mark in marks)


def test_strange_marks(own_server):
    """A mark whose name nothing can have is passed over."""
    with open(os.fsencode(own_server.data / ".hearth" / "shared") + b"/\xff\xfe", "wb"):
        pass
    own_server.restart()
    ann = Person(own_server)
    assert ann.received() == {}


def test_written_only_while_it_is_there(ann, bob, server):
    """Of one shared file, whoever writes it as its owner deletes it makes no new one in the owner's folder."""
    ann.give("Private/secret.txt", bob.id, FILE_EDITOR)
    secret = ann.id_of("Private/secret.txt")
    with ThreadPoolExecutor(7) as threads:
        for _ in range(20):
            put = [threads.submit(requests.put, server.url + here(secret), b"new", auth=bob.person.auth, timeout=30) for _ in range(6)]
            gone = threads.submit(ann.ask, "DELETE", here(secret))
            assert {each.result().status_code for each in put} <= {204, 404, 409} and gone.result().status_code == 204
            assert ann.ask("HEAD", f"/dav/spaces/{ann.drive}/Private/secret.txt").status_code == 404
            back = ann.ask("MOVE", f"/dav/spaces/trash-bin/{ann.drive}/{secret.rpartition('!')[2]}", Destination=f"/dav/spaces/{ann.drive}/Private/secret.txt")
            assert back.status_code == 201


def test_what_is_asked_of_permissions(ann, bob):
    """One by its id; the options that OpenCloud knows, and no others."""
    given = ann.give("Private/Trip", bob.id, VIEWER)
    every = f"{BETA}/drives/{ann.drive}/items/{ann.id_of('Private/Trip')}/permissions"
    link = ann.ask("POST", every.replace("permissions", "createLink"), {"type": "view", "password": SECRET}).json()
    for each in (given, link):
        assert ann.ask("GET", f"{every}/{each['id']}").json() == each
    assert ann.ask("GET", every + "/none").status_code == 404 and bob.ask("GET", f"{every}/{link['id']}").status_code == 404

    def asked(query):
        answer = ann.ask("GET", f"{every}?{query}")
        assert answer.status_code == 200, answer.text
        return answer.json()
    roles, value = "@libre.graph.permissions.roles.allowedValues", "value"
    assert [each["id"] for each in asked("$filter=grantedToV2 ne ''")[value]] == [given["id"]]
    assert len(asked("$top=0")[value]) == 2 and asked("$count=true")["@odata.count"] == 2
    assert value not in asked("$count=true&$top=0") and asked("$count=true&$top=0")["@odata.count"] == 2
    assert list(asked(f"$select={roles}")) == [roles]
    federated = f"{roles}/rolePermissions/any(p:contains(p/condition, '@Subject.UserType==\"Federated\"'))"
    assert asked(f"$filter={federated}&$select={roles}") == {roles: []}
    for wrong in ("$filter=id eq 'x'", "$orderby=id", "$filter="):
        assert ann.ask("GET", f"{every}?{wrong}").status_code == 400, wrong


def test_shared_things_say_so(ann, bob, server):
    """In any listing: with people, by links; and S to who received it, who is told of nobody else."""
    path = f"/dav/spaces/{ann.drive}/Private"

    def types():
        return ann.prop(path + "/Trip", "oc:share-types")
    assert types() is None
    ann.give("Private/Trip", bob.id, EDITOR)
    assert types() == "<oc:share-type>0</oc:share-type>"
    made = ann.ask("POST", f"{BETA}/drives/{ann.drive}/items/{ann.id_of('Private/Trip')}/createLink", {"type": "view", "password": SECRET}).json()
    assert types() == "<oc:share-type>0</oc:share-type><oc:share-type>3</oc:share-type>"
    assert ann.prop(path + "/Trip/b.txt", "oc:share-types") is None and ann.prop(path, "oc:share-types") is None
    token = made["link"]["webUrl"].rpartition("/")[2]
    seen = requests.request("PROPFIND", f"{server.url}/dav/public-files/{token}", headers={"Depth": "0"}, timeout=30, auth=("public", SECRET), data=(
        '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:share-types/><oc:permissions/></d:prop></d:propfind>'))
    assert "share-type>" not in seen.text and "<oc:permissions></oc:permissions>" in seen.text.replace("<oc:permissions/>", "<oc:permissions></oc:permissions>")
    assert "S" not in ann.prop(path + "/Trip", "oc:permissions")
    trip = ann.id_of("Private/Trip")
    assert bob.prop(here(trip), "oc:permissions") == "SCK" and bob.prop(here(trip), "oc:share-types") == "<oc:share-type>0</oc:share-type>"


def test_thumbnails(ann, bob):
    """Where small pictures of a shared file are, where that is asked for; they can be had there."""
    from studio import photo, stored
    ann.put("Private/Trip/p.png", stored(photo()))
    ann.give("Private/Trip/p.png", bob.id, VIEWER)
    ann.give("Private/Trip", bob.id, VIEWER)
    for who, path in ((bob, "/me/drive/sharedWithMe"), (ann, "/me/drive/sharedByMe")):
        items = {item["name"]: item for item in who.ask("GET", f"{BETA}{path}?$expand=thumbnails").json()["value"]}
        assert "thumbnails" not in items["Trip"]
        for size, picture in items["p.png"]["thumbnails"][0].items():
            answer = who.ask("GET", picture["url"].removeprefix(who.server.url))
            assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg", size
        assert "thumbnails" not in str(who.ask("GET", BETA + path).json())

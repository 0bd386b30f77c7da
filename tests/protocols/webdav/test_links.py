"""Links, from Graph which makes them to the visitor who comes by them over WebDAV: what each kind lets do, and what it never does."""
import base64
import re
import socket
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from conftest import until

BETA = "/graph/v1beta1"
PASSWORD = "correct battery"
PROPS = ("fileid name permissions share-types size owner-id downloadURL signature-auth public-link-item-type public-link-permission "
         "public-link-expiration public-link-share-owner public-link-share-datetime").split()


class Owner:
    """Somebody with files, who makes links to them."""

    def __init__(self, server, role="user"):
        self.server, self.person, self.session = server, server.add(role=role), requests.Session()
        self.session.auth = self.person.auth
        self.drive = self.ask("GET", "/graph/v1.0/me/drive").json()["id"]

    def ask(self, method, path, data=None, json=None, **headers):
        return self.session.request(method, self.server.url + path, data=data, json=json, headers=headers, timeout=30)

    def put(self, path, content="x"):
        assert self.ask("PUT", f"/dav/spaces/{self.drive}/{path}", content).status_code in (201, 204)

    def folder(self, path):
        assert self.ask("MKCOL", f"/dav/spaces/{self.drive}/{path}").status_code == 201

    def id_of(self, path):
        body = '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:fileid/></d:prop></d:propfind>'
        return re.search("<oc:fileid>(.*?)<", self.ask("PROPFIND", f"/dav/spaces/{self.drive}/{path}", body, Depth="0").text)[1]

    def item(self, path, rest):
        return f"{BETA}/drives/{self.drive}/items/{self.id_of(path)}/{rest}"

    def try_link(self, path, kind="view", **more):
        return self.ask("POST", self.item(path, "createLink"), json={"type": kind, "password": PASSWORD, **more})

    def link(self, path, kind="view", **more):
        answer = self.try_link(path, kind, **more)
        assert answer.status_code == 200, answer.text
        return Visitor(self.server, answer.json())

    def there(self, path):
        """What lies in a folder on the disk: names and contents."""
        folder = self.server.data / "people" / self.person.name / path
        return {each.name: each.read_text() if each.is_file() else None for each in folder.iterdir()}


class Visitor:
    """Somebody who knows a link, and its password."""

    def __init__(self, server, permission, password=PASSWORD):
        self.server, self.permission, self.id = server, permission, permission["id"]
        self.token = permission["link"]["webUrl"].rpartition("/s/")[2]
        self.root, self.password = f"/dav/public-files/{self.token}", password

    def ask(self, method, path="", data=None, **headers):
        auth = ("public", self.password) if self.password is not None else None
        if "Destination" in headers and not headers["Destination"].startswith("/"):
            headers["Destination"] = f"{self.root}/{headers['Destination']}"
        return requests.request(method, f"{self.server.url}{self.root}{path and '/' + path}", data=data, auth=auth, headers=headers, timeout=30)

    def list(self, path="", depth="1"):
        body = ('<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:resourcetype/>'
                + "".join(f"<oc:{name}/>" for name in PROPS) + "</d:prop></d:propfind>")
        return self.ask("PROPFIND", path, body, Depth=depth)

    def names(self, path=""):
        answer = self.list(path)
        assert answer.status_code == 207, answer.text
        return sorted(re.findall("<oc:name>(.*?)<", answer.text)[1:])


@pytest.fixture
def ann(server):
    """With Trip/Day/a.txt, Trip/b.txt, and a secret beside."""
    ann = Owner(server)
    for path in ("Private", "Private/Trip", "Private/Trip/Day"):
        ann.folder(path)
    for path in ("Private/Trip/Day/a.txt", "Private/Trip/b.txt", "Private/secret.txt"):
        ann.put(path, path)
    return ann


TRIP = "Private/Trip"
# What a visitor tries in a folder: the request and its answer for view, upload, edit, createOnly.
TRIES = {
    "list": ("PROPFIND", "", {"Depth": "1"}, (207, 207, 207, 207)),
    "see a file": ("PROPFIND", "b.txt", {"Depth": "0"}, (207, 207, 207, 404)),
    "read": ("GET", "b.txt", {}, (200, 200, 200, 404)),
    "read deeper": ("GET", "Day/a.txt", {}, (200, 200, 200, 404)),
    "put new": ("PUT", "new.txt", {}, (403, 201, 201, 201)),
    "put over": ("PUT", "b.txt", {}, (403, 403, 204, 201)),
    "put deeper": ("PUT", "Day/new.txt", {}, (403, 201, 201, 201)),
    "make a folder": ("MKCOL", "New", {}, (403, 201, 201, 201)),
    "remove": ("DELETE", "b.txt", {}, (403, 403, 204, 404)),
    "remove a folder": ("DELETE", "Day", {}, (403, 403, 204, 403)),
    "remove itself": ("DELETE", "", {}, (403, 403, 403, 403)),
    "rename": ("MOVE", "b.txt", {"Destination": "c.txt"}, (403, 403, 201, 404)),
    "move itself": ("MOVE", "", {"Destination": "x"}, (409,) * 4),
    "copy": ("COPY", "b.txt", {"Destination": "c.txt"}, (403, 201, 201, 404)),
    "lock": ("LOCK", "b.txt", {}, (403, 403, 200, 403)),
    "set a property": ("PROPPATCH", "b.txt", {}, (403, 403, 207, 404)),
    "above": ("GET", "../secret.txt", {}, (404,) * 4),
}
BODIES = {"PUT": "new", "LOCK": '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>',
          "PROPPATCH": '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x xmlns="y">1</x></d:prop></d:set></d:propertyupdate>'}


@pytest.mark.parametrize("kind", ["view", "upload", "edit", "createOnly"])
def test_what_each_kind_lets_do(ann, kind):
    wrong = {}
    for name, (method, path, headers, expected) in TRIES.items():
        top = f"{TRIP}-{uuid.uuid4().hex}"
        ann.folder(top)
        ann.folder(f"{top}/Day")
        ann.put(f"{top}/Day/a.txt", "a")
        ann.put(f"{top}/b.txt", "b")
        status = ann.link(top, kind).ask(method, path, BODIES.get(method), **headers).status_code
        wanted = expected[["view", "upload", "edit", "createOnly"].index(kind)]
        if status != wanted:
            wrong[name] = (status, wanted)
        if status >= 400:
            assert ann.there(top) == {"Day": None, "b.txt": "b"} and ann.there(f"{top}/Day") == {"a.txt": "a"}, name
    assert not wrong


def test_what_is_told_of_the_root(ann):
    visitor = ann.link(TRIP, "edit", displayName="for you")
    told = visitor.list(depth="0").text
    assert "<oc:public-link-item-type>folder</oc:public-link-item-type>" in told and "<oc:public-link-permission>15</" in told
    assert "<oc:signature>" in told and "<oc:public-link-share-datetime>" in told and "<oc:public-link-expiration>" in told
    assert ann.id_of(TRIP) in told and "<oc:permissions>CK</oc:permissions>" in told
    assert ann.person.name not in re.sub("<oc:public-link-share-owner>.*?<", "", told)
    assert visitor.permission["link"] | {"@libre.graph.displayName": "for you", "type": "edit"} == visitor.permission["link"]
    inside = visitor.list().text.split("<d:response>")[2:]
    assert all("public-link-item-type></" not in each and "<oc:public-link-item-type>" not in each for each in inside)


def test_who_shows_what(ann):
    """No password, a wrong one, the right one; a token that nobody has; and the texts that clients compare."""
    visitor = ann.link(TRIP)
    visitor.password = None
    missing = visitor.list()
    assert missing.status_code == 401 and "ERR_MISSING_BASIC_AUTH" in missing.text and "No 'Authorization: Basic' header found" in missing.text
    assert missing.headers["WWW-Authenticate"].startswith("Basic")
    assert "WWW-Authenticate" not in visitor.ask("PROPFIND", "", **{"X-Requested-With": "XMLHttpRequest"}).headers
    visitor.password = "wrong"
    assert visitor.list().status_code == 401 and "ERR_INVALID_CREDENTIALS" in visitor.list().text
    visitor.password = PASSWORD
    assert visitor.list().status_code == 207
    for odd in ("nosuchtoken", visitor.id, visitor.token[:-1], visitor.token.swapcase(), "..."):
        visitor.root = f"/dav/public-files/{odd}"
        assert visitor.list().status_code in (400, 404), odd


def test_guessing_is_slowed(server, ann):
    visitor = ann.link(TRIP)
    found = []
    for number in range(30):
        visitor.password = f"guess {number}"
        found.append(visitor.list().status_code)
    assert found[0] == 401 and 429 in found
    visitor.password = PASSWORD
    assert visitor.list().status_code == 429            # also the right one, while they wait
    assert ann.link(TRIP).list().status_code == 207     # another link's visitors need not


def test_passwords_by_policy(server, ann):
    assert ann.try_link(TRIP, password=None).status_code == 400
    assert ann.try_link(TRIP, password="short").status_code == 400
    assert ann.try_link(TRIP, "internal").status_code == 400        # with a password
    admin = Owner(server, "admin")
    admin.folder("F")
    assert admin.try_link("F", "edit", password="").status_code == 400
    visitor = admin.link("F", "view", password="")
    visitor.password = None
    assert visitor.permission["hasPassword"] is False and visitor.list().status_code == 207
    assert admin.ask("PATCH", admin.item("F", f"permissions/{visitor.id}"), json={"link": {"type": "edit"}}).status_code == 400
    assert admin.ask("POST", admin.item("F", f"permissions/{visitor.id}/setPassword"), json={"password": PASSWORD}).json()["hasPassword"] is True
    assert visitor.list().status_code == 401


def test_a_link_is_changed_and_taken_away(ann):
    visitor, other = ann.link(TRIP), ann.link(TRIP)
    address = ann.item(TRIP, f"permissions/{visitor.id}")
    assert visitor.ask("PUT", "new.txt", "x").status_code == 403
    changed = ann.ask("PATCH", address, json={"link": {"type": "edit", "@libre.graph.displayName": "new"}})
    assert changed.status_code == 200 and changed.json()["link"]["type"] == "edit" and changed.json()["link"]["@libre.graph.displayName"] == "new"
    assert visitor.ask("PUT", "new.txt", "x").status_code == 201
    assert ann.ask("POST", address + "/setPassword", json={"password": "another one"}).status_code == 200
    assert visitor.list().status_code == 401
    visitor.password = "another one"
    assert visitor.list().status_code == 207
    assert ann.ask("DELETE", address).status_code == 204 and ann.ask("DELETE", address).status_code == 404
    assert visitor.list().status_code == 404 and other.list().status_code == 207
    found = ann.ask("GET", ann.item(TRIP, "permissions")).json()["value"]
    assert [each["id"] for each in found] == [other.id]


def test_it_ends_by_itself(ann):
    month = datetime.fromisoformat(ann.link(TRIP).permission["expirationDateTime"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < month <= timedelta(days=30)
    assert "expirationDateTime" not in ann.link(TRIP, expirationDateTime=None).permission
    chosen = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d")
    assert ann.link(TRIP, expirationDateTime=chosen + "T05:00:00Z").permission["expirationDateTime"] == chosen + "T23:59:59Z"
    assert ann.try_link(TRIP, expirationDateTime="2020-01-01T00:00:00Z").status_code == 400


def test_a_single_file_stands_alone(ann):
    """Nothing beside it is reachable (CVE-2025-58753)."""
    visitor = ann.link("Private/Trip/b.txt", "edit")
    listed = visitor.list()
    assert visitor.names() == ["b.txt"] and "<oc:public-link-item-type>file</" in listed.text and "<oc:public-link-permission>3</" in listed.text
    assert visitor.ask("GET", "b.txt").text == "Private/Trip/b.txt" and visitor.ask("PUT", "b.txt", "new").status_code == 204
    assert visitor.ask("GET", "b.txt").text == "new"
    for path in ("a.txt", "Day/a.txt", "Day", "b.txt/x", "secret.txt"):
        assert visitor.ask("GET", path).status_code == 404 and visitor.ask("PUT", path, "x").status_code in (404, 409), path
        assert visitor.ask("MOVE", "b.txt", Destination=path).status_code in (403, 404, 409), path
    assert visitor.ask("DELETE", "b.txt").status_code == 403 and visitor.ask("PUT", "", "x").status_code == 405
    assert ann.there(TRIP) == {"Day": None, "b.txt": "new"}
    assert ann.try_link("Private/Trip/b.txt", "upload").status_code == 400 and ann.try_link("Private/Trip/b.txt", "createOnly").status_code == 400


def test_no_other_file_takes_its_place(ann):
    """A link is to the file, not to its name."""
    visitor = ann.link("Private/Trip/b.txt")
    assert ann.ask("MOVE", f"/dav/spaces/{ann.drive}/Private/Trip/b.txt", Destination=f"/dav/spaces/{ann.drive}/moved.txt").status_code == 201
    ann.put("Private/Trip/b.txt", "another")
    assert visitor.ask("GET", "b.txt").status_code == 404 and visitor.ask("GET", "moved.txt").text == "Private/Trip/b.txt"
    assert ann.ask("DELETE", f"/dav/spaces/{ann.drive}/moved.txt").status_code == 204
    ann.put("moved.txt", "another")
    assert visitor.ask("GET", "moved.txt").status_code == 404 and visitor.list().status_code == 404


def test_nothing_is_reached_from_inside(server, ann):
    """Destinations and ids elsewhere (GHSA-vf5j-r2hw-2hrw): another link, one's own address by its id, a space."""
    visitor, other = ann.link(TRIP, "edit"), ann.link("Private", "edit")
    secret = ann.id_of("Private/secret.txt")
    for destination in (f"{other.root}/c.txt", f"/dav/spaces/{ann.drive}/c.txt", f"/dav/files/{ann.person.name}/c.txt", "/webdav/c.txt",
                        f"/dav/spaces/{ann.id_of('Private')}/c.txt", f"/dav/public-files/{ann.id_of('Private')}/c.txt"):
        for method in ("COPY", "MOVE"):
            assert visitor.ask(method, "b.txt", Destination=destination).status_code in (403, 404, 409, 502), destination
    for path in (secret, f"{secret}/x", f"{ann.drive}", "../Private/secret.txt", "%2e%2e/secret.txt"):
        assert visitor.ask("GET", path).status_code in (400, 404), path
    for address in (f"/dav/spaces/{ann.drive}", f"/dav/spaces/{secret}", f"/dav/files/{ann.person.name}", f"/dav/meta/{ann.id_of(TRIP)}/v", "/webdav",
                    f"/dav/spaces/trash-bin/{ann.drive}", "/graph/v1.0/me", "/ocs/v1.php/cloud/user"):
        for auth in (("public", PASSWORD), None):
            answer = requests.request("PROPFIND" if "dav" in address else "GET", server.url + address, auth=auth, params={"public-token": visitor.token},
                                      headers={"public-token": visitor.token}, timeout=30)
            assert answer.status_code == 401, address
    assert "c.txt" not in ann.there(TRIP) and "b.txt" in ann.there(TRIP)


def test_an_archive(server, ann):
    visitor = ann.link(TRIP)

    def archive(id, password=PASSWORD):
        return requests.get(f"{server.url}/archiver", params={"id": id, "public-token": visitor.token}, timeout=30,
                            auth=("public", password) if password else None)
    assert archive(ann.id_of(TRIP)).content[:2] == b"PK" and archive(ann.id_of("Private/Trip/Day")).status_code == 200
    assert archive(ann.id_of("Private/secret.txt")).status_code == 404 and archive(ann.id_of("Private")).status_code == 404
    assert archive(ann.id_of(TRIP), None).status_code == 401 and archive(ann.id_of(TRIP), "wrong").status_code == 401
    drop = ann.link(TRIP, "createOnly")
    assert requests.get(f"{server.url}/archiver", params={"id": ann.id_of(TRIP), "public-token": drop.token}, auth=("public", PASSWORD),
                        timeout=30).status_code == 403


def test_downloads_without_the_password(server, ann):
    """A signed address reads that for half an hour, and changes nothing; it ends with the password."""
    visitor = ann.link(TRIP, "edit")
    url = re.search("<oc:downloadURL>(.*?b.txt.*?)<", visitor.list().text)[1].replace("&amp;", "&")
    assert requests.get(url, timeout=30).text == "Private/Trip/b.txt"
    assert requests.put(url, "x", timeout=30).status_code == 401
    assert requests.get(url[:-3] + "abc", timeout=30).status_code == 401
    later = re.sub(r"expiration=20\d\d", "expiration=2098", url)
    assert later != url and requests.get(later, timeout=30).status_code == 401
    ann.ask("POST", ann.item(TRIP, f"permissions/{visitor.id}/setPassword"), json={"password": "another one"})
    assert requests.get(url, timeout=30).status_code == 401


def test_a_drop_renames_and_tells_nothing(ann):
    visitor = ann.link(TRIP, "createOnly")
    for content in ("one", "two", "three"):
        assert visitor.ask("PUT", "photo.jpg", content).status_code == 201
    assert visitor.ask("PUT", "b.txt", "mine").status_code == 201 and visitor.ask("PUT", "x.tar.gz", "1").status_code == 201
    assert visitor.ask("PUT", "x.tar.gz", "2").status_code == 201
    there = ann.there(TRIP)
    assert {name: there[name] for name in ("photo.jpg", "photo (2).jpg", "photo (3).jpg")} == {
        "photo.jpg": "one", "photo (2).jpg": "two", "photo (3).jpg": "three"}
    assert there["b.txt"] == "Private/Trip/b.txt" and there["b (2).txt"] == "mine" and there["x (2).tar.gz"] == "2"
    assert visitor.names() == [] and visitor.ask("HEAD", "photo.jpg").status_code == 404


def tus(visitor, name, content, parts=1):
    """Upload resumably, as browsers do; the status of the last answer."""
    said = base64.b64encode(name.encode()).decode()
    made = visitor.ask("POST", "", **{"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content)), "Upload-Metadata": f"filename {said}"})
    if made.status_code != 201:
        return made
    step = len(content) // parts
    for begin in range(0, len(content), step):
        made = requests.patch(made.headers.get("Location", made.url), content[begin:begin + step], timeout=30, headers={
            "Tus-Resumable": "1.0.0", "Upload-Offset": str(begin), "Content-Type": "application/offset+octet-stream"})
    return made


@pytest.mark.parametrize("kind", ["view", "upload", "edit", "createOnly"])
def test_resumable_uploads(ann, kind):
    visitor = ann.link(TRIP, kind)
    new, over = tus(visitor, "new.txt", "abcdef", 2).status_code, tus(visitor, "b.txt", "abcdef", 2).status_code
    assert (new, over) == {"view": (403, 403), "upload": (204, 403), "edit": (204, 204), "createOnly": (204, 204)}[kind]
    there = ann.there(TRIP)
    assert ("new.txt" in there) == (kind != "view") and (there["b.txt"] == "abcdef") == (kind == "edit") and ("b (2).txt" in there) == (kind == "createOnly")


def test_an_upload_ends_with_its_link(server, ann):
    for end in ("remove", "password"):
        visitor = ann.link(TRIP, "edit")
        made = visitor.ask("POST", "", **{"Tus-Resumable": "1.0.0", "Upload-Length": "3", "Upload-Metadata": "filename bGF0ZS50eHQ="})
        assert requests.head(made.headers["Location"], timeout=30).status_code == 200
        address = ann.item(TRIP, f"permissions/{visitor.id}")
        assert ann.ask("DELETE", address).ok if end == "remove" else ann.ask("POST", address + "/setPassword", json={"password": "another one"}).ok
        late = requests.patch(made.headers["Location"], "abc", timeout=30, headers={
            "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"})
        assert late.status_code == 404 and "late.txt" not in ann.there(TRIP)


def test_a_drop_has_an_end(ann):
    """Strangers add no more than was said: by PUT with and without a length, resumably."""
    visitor = ann.link(TRIP, "createOnly", **{"@hearth.quota": 100})
    assert visitor.permission["link"]["@hearth.quota"] == 100
    assert visitor.ask("PUT", "a", "x" * 30).status_code == 201
    assert visitor.ask("PUT", "b", "x" * 90).status_code == 507 and visitor.ask("PUT", "b", iter([b"x" * 45] * 2)).status_code == 507
    assert tus(visitor, "b", "x" * 90).status_code == 507
    assert "b" not in ann.there(TRIP) and ann.ask("PUT", f"/dav/spaces/{ann.drive}/{TRIP}/big", "x" * 1000).status_code == 201
    assert visitor.ask("PUT", "c", "x").status_code == 507
    assert ann.link(TRIP, "createOnly").permission["link"]["@hearth.quota"] > 10 ** 9


def test_copies_count_in_what_may_be_added(ann):
    visitor = ann.link(TRIP, "upload", **{"@hearth.quota": 100})
    found = [visitor.ask("COPY", "Day", Destination=f"Day {number}").status_code for number in range(8)]
    assert 201 in found and found[-1] == 507
    assert visitor.ask("COPY", "b.txt", Destination="c.txt").status_code == 507
    assert sum(len(each or "") for name in ann.there(TRIP) for each in ([ann.there(TRIP)[name]] if ann.there(TRIP)[name] is not None
               else ann.there(f"{TRIP}/{name}").values())) <= 100


@pytest.mark.parametrize("kind", ["createOnly", "edit"])
def test_many_at_once_add_no_more(ann, kind):
    """All begin while there is room for each of them."""
    visitor, all_of_us = ann.link(TRIP, kind, **{"@hearth.quota": 100}), threading.Barrier(8)

    def body():
        yield b"x" * 20
        all_of_us.wait(30)
        yield b"x" * 20
    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(lambda number: visitor.ask("PUT", f"{number}.txt", body()).status_code, range(8)))
    assert set(found) == {201, 507} and found.count(201) <= 2


def test_a_drop_tells_of_no_locks_inside(ann):
    """Where somebody locked a file of that name: what is dropped gets another one, as ever."""
    visitor = ann.link(TRIP, "createOnly")
    assert ann.ask("LOCK", f"/dav/spaces/{ann.drive}/{TRIP}/b.txt", BODIES["LOCK"]).status_code == 200
    assert visitor.ask("PUT", "b.txt", "mine").status_code == 201 and tus(visitor, "b.txt", "ours").status_code == 204
    there = ann.there(TRIP)
    assert (there["b.txt"], there["b (2).txt"], there["b (3).txt"]) == ("Private/Trip/b.txt", "mine", "ours")
    assert ann.ask("LOCK", f"/dav/spaces/{ann.drive}/{TRIP}/Day", BODIES["LOCK"]).status_code == 200
    assert visitor.ask("PUT", "Day/new.txt", "x").status_code == 423


def test_visitors_are_not_told_who_holds_a_lock(ann):
    visitor = ann.link(TRIP)
    said = BODIES["LOCK"].replace("</d:lockinfo>", "<d:owner>somebody in person</d:owner></d:lockinfo>")
    assert "somebody in person" in ann.ask("LOCK", f"/dav/spaces/{ann.drive}/{TRIP}/b.txt", said).text
    asked = '<d:propfind xmlns:d="DAV:"><d:prop><d:lockdiscovery/></d:prop></d:propfind>'
    for path, depth in (("b.txt", "0"), ("", "1")):
        told = visitor.ask("PROPFIND", path, asked, Depth=depth).text
        assert "<d:activelock>" in told and "in person" not in told and ann.person.name not in told
    assert "somebody in person" in ann.ask("PROPFIND", f"/dav/spaces/{ann.drive}/{TRIP}/b.txt", asked, Depth="0").text


def test_nobody_is_told_of_a_link_that_lets_do_more_than_they_may(server):
    """Members of a space see its links; one that edits, or adds, would make an editor of a viewer."""
    boss, bob = Owner(server, "space-admin"), Owner(server)
    boss.drive = boss.ask("POST", "/graph/v1.0/drives", json={"name": uuid.uuid4().hex}).json()["id"]
    boss.folder("F")
    me = bob.ask("GET", "/graph/v1.0/me").json()["id"]
    assert boss.ask("POST", f"{BETA}/drives/{boss.drive}/root/invite", json={"recipients": [{"objectId": me}],
                                                                           "roles": ["a8d5fe5e-96e3-418d-825b-534dbdf22b99"]}).ok
    made = {kind: boss.link("F", kind) for kind in ("view", "upload", "edit", "createOnly")}
    told = bob.ask("GET", boss.item("F", "permissions"))
    assert told.status_code == 200 and [kind for kind, link in made.items() if link.token in told.text] == ["view"]
    assert all(link.token in boss.ask("GET", boss.item("F", "permissions")).text for link in made.values())


def test_an_internal_link_lets_nobody_in_by_itself(server, ann):
    link = ann.link(TRIP, "internal", password=None)
    for password in (None, "x"):
        link.password = password
        assert link.list().status_code == 401
    link.password = None
    assert "ERR_MISSING_BEARER_AUTH" in link.list().text
    answer = ann.session.request("PROPFIND", server.url + link.root + "/b.txt", allow_redirects=False, timeout=30)
    assert answer.status_code == 307 and answer.headers["Location"].replace("%21", "!").endswith(f"{ann.id_of(TRIP)}/b.txt")
    bob = server.add()
    assert requests.request("PROPFIND", server.url + link.root, auth=bob.auth, allow_redirects=False, timeout=30).status_code == 404


def test_never_more_than_who_made_it(server):
    """A link ends with the rights, the account and the space of who made it: none is left hidden behind them (CVE-2026-45285, CVE-2026-45543)."""
    boss, ann = Owner(server, "space-admin"), Owner(server)
    me = ann.ask("GET", "/graph/v1.0/me").json()["id"]
    drive = boss.ask("POST", "/graph/v1.0/drives", json={"name": uuid.uuid4().hex}).json()["id"]
    given = boss.ask("POST", f"{BETA}/drives/{drive}/root/invite", json={"recipients": [{"objectId": me}], "roles": ["312c0871-5ef7-4b3a-85b6-0e4074c64049"]})
    ann.drive = drive
    ann.folder("F")
    ann.put("F/f.txt", "f")
    visitor = ann.link("F", "edit")
    assert visitor.ask("PUT", "g.txt", "g").status_code == 201
    member = f"{BETA}/drives/{drive}/root/permissions/{given.json()['value'][0]['id']}"
    assert boss.ask("PATCH", member, json={"roles": ["a8d5fe5e-96e3-418d-825b-534dbdf22b99"]}).status_code == 200
    assert visitor.ask("PUT", "h.txt", "h").status_code == 403 and visitor.ask("GET", "f.txt").text == "f"
    assert boss.ask("DELETE", member).status_code == 204
    assert visitor.ask("GET", "f.txt").status_code == 404 and visitor.list().status_code == 404
    boss.drive = drive
    mine = boss.link("F")
    assert mine.list().status_code == 200 + 7
    server.cli("user", "disable", boss.person.name)
    assert mine.list().status_code == 404
    server.cli("user", "enable", boss.person.name)
    assert mine.list().status_code == 207
    assert boss.ask("DELETE", f"/graph/v1.0/drives/{drive}").status_code == 204
    assert mine.list().status_code == 404


def test_links_to_a_whole_project_space(server, ann):
    boss = Owner(server, "space-admin")
    boss.drive = boss.ask("POST", "/graph/v1.0/drives", json={"name": uuid.uuid4().hex}).json()["id"]
    boss.put("f.txt", "f")
    root = f"{BETA}/drives/{boss.drive}/root"
    link = boss.ask("POST", f"{root}/createLink", json={"type": "edit", "password": PASSWORD}).json()
    visitor = Visitor(server, link)
    assert visitor.names() == ["f.txt"] and visitor.ask("PUT", "g.txt", "g").status_code == 201
    assert visitor.ask("DELETE", "").status_code in (403, 405)
    assert link["id"] in [each["id"] for each in boss.ask("GET", f"{root}/permissions").json()["value"]]
    assert boss.ask("DELETE", f"{root}/permissions/{link['id']}").status_code == 204 and visitor.list().status_code == 404
    mine = ann.ask("POST", f"{BETA}/drives/{ann.drive}/root/createLink", json={"type": "view", "password": PASSWORD})
    assert mine.status_code == 400


def test_who_may_make_them(server, ann):
    bob = Owner(server)
    id = ann.id_of(TRIP)
    for method, rest, sent in (("POST", "createLink", {"type": "view", "password": PASSWORD}), ("GET", "permissions", None)):
        assert bob.ask(method, f"{BETA}/drives/{ann.drive}/items/{id}/{rest}", json=sent).status_code == 404
    me = bob.ask("GET", "/graph/v1.0/me").json()["id"]
    ann.ask("POST", ann.item(TRIP, "invite"), json={"recipients": [{"objectId": me}], "roles": ["fb6c3e19-e378-47e5-b277-9732f9de6e21"]})
    visitor = ann.link(TRIP)
    assert bob.ask("POST", f"{BETA}/drives/{ann.drive}/items/{id}/createLink", json={"type": "view", "password": PASSWORD}).status_code == 403
    assert bob.ask("DELETE", f"{BETA}/drives/{ann.drive}/items/{id}/permissions/{visitor.id}").status_code == 403
    assert visitor.token not in bob.ask("GET", f"{BETA}/drives/{ann.drive}/items/{id}/permissions").text
    assert visitor.list().status_code == 207


@pytest.mark.parametrize("sent", [{"type": "blocksDownload"}, {"type": 3}, {"type": "view", "password": 7}, {"type": "view", "odd": 1},
                                  {"type": "view", "expirationDateTime": 5}, {"type": "view", "displayName": "x" * 300}, {"type": "view", "displayName": "a\nb"},
                                  {"type": "view", "@hearth.quota": -1}, {"type": "view", "@hearth.quota": True}, [], "x"])
def test_odd_wishes(ann, sent):
    asked = {"password": PASSWORD, **sent} if isinstance(sent, dict) else sent
    answer = ann.ask("POST", ann.item(TRIP, "createLink"), json=asked)
    assert answer.status_code == 400 and answer.json()["error"]["message"]
    assert ann.ask("GET", ann.item(TRIP, "permissions")).json()["value"] == []


def test_shared_by_me(ann):
    visitor = ann.link(TRIP)
    item = [each for each in ann.ask("GET", f"{BETA}/me/drive/sharedByMe").json()["value"] if each["name"] == "Trip"][0]
    assert [each["id"] for each in item["permissions"]] == [visitor.id] and item["permissions"][0]["link"]["webUrl"].endswith(visitor.token)


def test_visits_are_counted(ann):
    visitor = ann.link(TRIP)
    for _ in range(3):
        assert visitor.list().status_code == 207
    found = ann.ask("GET", ann.item(TRIP, "permissions")).json()["value"][0]
    assert found["link"]["@hearth.visits"] == 1         # they came once, though they asked three times


def test_a_download_ends_with_its_link(server, ann):
    """In the middle: what was not sent yet is never sent."""
    size = 64 << 20
    ann.put("Private/Trip/big", b"x" * size)
    visitor = ann.link(TRIP)
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        credentials = base64.b64encode(f"public:{PASSWORD}".encode()).decode()
        line.sendall(f"GET {visitor.root}/big HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Basic {credentials}\r\n\r\n".encode())
        got = len(line.recv(65536))
        assert ann.ask("DELETE", ann.item(TRIP, f"permissions/{visitor.id}")).status_code == 204
        assert visitor.list().status_code == 404
        while block := line.recv(1 << 20):
            got += len(block)
    assert got < size


def test_copies_have_none(ann):
    visitor = ann.link(TRIP)
    assert ann.ask("COPY", f"/dav/spaces/{ann.drive}/{TRIP}", Destination=f"/dav/spaces/{ann.drive}/Copy").status_code == 201
    assert ann.ask("GET", ann.item("Copy", "permissions")).json()["value"] == []
    assert visitor.names() == ["Day", "b.txt"]


def test_a_restart_and_the_trash(server, ann):
    visitor, other = ann.link(TRIP, "edit"), ann.link(TRIP)
    ann.ask("DELETE", ann.item(TRIP, f"permissions/{other.id}"))
    server.stop()
    server.start()
    assert visitor.names() == ["Day", "b.txt"] and other.list().status_code == 404
    assert ann.ask("DELETE", f"/dav/spaces/{ann.drive}/{TRIP}").status_code == 204
    assert visitor.list().status_code == 404 and visitor.ask("PUT", "x", "x").status_code == 404


def test_owners_see_what_is_shared(server, ann):
    """Share types of a listing: 0 a person, 1 a group, 3 a link; receivers and visitors are not told who else there is."""
    bob = Owner(server)
    me = bob.ask("GET", "/graph/v1.0/me").json()["id"]
    asked = '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:name/><oc:share-types/><oc:permissions/></d:prop></d:propfind>'

    def types(who, address):
        told = who.ask("PROPFIND", address, asked, Depth="1").text.split("<d:response>")[1:]
        return {re.search("<oc:name>(.*?)<", each)[1]: re.findall("<oc:share-type>(.)<", each) for each in told}
    assert ann.ask("POST", ann.item(TRIP, "invite"), json={"recipients": [{"objectId": me}], "roles": ["b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"]}).ok
    visitor = ann.link(TRIP)
    ann.link(f"{TRIP}/b.txt")
    assert types(ann, f"/dav/spaces/{ann.drive}/Private") == {"Private": [], "secret.txt": [], "Trip": ["0", "3"]}
    assert types(ann, f"/dav/spaces/{ann.drive}/{TRIP}") == {"Trip": ["0", "3"], "Day": [], "b.txt": ["3"]}
    assert types(bob, f"/dav/spaces/{ann.id_of(TRIP)}") == {"Trip": ["0"], "Day": [], "b.txt": []}
    assert "share-type>" not in visitor.list().text
    assert "<oc:permissions>S</oc:permissions>" in bob.ask("PROPFIND", f"/dav/spaces/{ann.id_of(TRIP)}", asked, Depth="0").text
    ann.ask("DELETE", ann.item(TRIP, f"permissions/{visitor.id}"))
    assert types(ann, f"/dav/spaces/{ann.drive}/Private")["Trip"] == ["0"]


def test_one_permission(ann):
    visitor = ann.link(TRIP)
    assert ann.ask("GET", ann.item(TRIP, f"permissions/{visitor.id}")).json()["id"] == visitor.id
    assert ann.ask("GET", ann.item("Private", f"permissions/{visitor.id}")).status_code == 404


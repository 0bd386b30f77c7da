"""Every row of matrix.md, every cell at every address that leads there; a refusal changes nothing."""
import base64
import json
import os
import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from appliance.sharing.roles import ROLES
from conftest import Server, until
from test_links import BETA, PASSWORD, Owner, Visitor

JAIL = "a0ca6a90-a365-4782-871e-d44447bbc668"
MEANT = {"yes": range(200, 300), "no": (403,), "hid": (404, 409), "who": (401,), "405": (405,)}
LOCK = '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>'
SET = '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x xmlns="y">1</x></d:prop></d:set></d:propertyupdate>'
NEW = {"Tus-Resumable": "1.0.0", "Upload-Length": "3", "Content-Type": "application/offset+octet-stream",
       "Upload-Metadata": "filename " + base64.b64encode(b"new.txt").decode()}
VERBS = {                                           # method, what beneath the address, headers, body
    "list": ("PROPFIND", "", {"Depth": "1"}, None), "see": ("PROPFIND", "b.txt", {"Depth": "0"}, None), "read": ("GET", "b.txt", {}, None),
    "preview": ("GET", "b.txt?preview=1&x=16&y=16", {}, None), "write over": ("PUT", "b.txt", {}, "new"), "put new": ("PUT", "new.txt", {}, "new"),
    "resumably": ("POST", "", NEW, "new"), "make folder": ("MKCOL", "New", {}, None), "rename": ("MOVE", "b.txt", {"Destination": "c.txt"}, None),
    "remove": ("DELETE", "b.txt", {}, None), "remove F": ("DELETE", "", {}, None), "copy": ("COPY", "b.txt", {"Destination": "c.txt"}, None),
    "set property": ("PROPPATCH", "b.txt", {}, SET), "lock": ("LOCK", "b.txt", {}, LOCK)}
CHANGE = {"write over", "put new", "resumably", "make folder", "rename", "remove", "remove F", "copy", "set property", "lock", "give", "give by OCS",
          "link"}


def tables():
    """The tables of the page by their headings: lists of dicts."""
    found = {}
    for part in re.split("^## ", Path(__file__).with_name("matrix.md").read_text(), flags=re.MULTILINE)[1:]:
        head, *rows = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in part.splitlines() if line.startswith("|") and "---" not in line)
        found[part.splitlines()[0]] = [dict(zip(head, row, strict=True)) for row in rows]
    return found


TABLES = tables()
pytestmark = pytest.mark.slow


class Crowd:
    """Ann, who shares; Bob, who comes; Dan, whose account is disabled in the end; Root; Eve, to be given something; Fay, who has been; a group."""

    def __init__(self, server):
        self.server = server
        self.ann, self.bob, self.dan, self.root, self.eve, self.fay = (Owner(server, role) for role in ("space-admin", "user", "user", "admin", "user", "user"))
        for each in (self.ann, self.bob, self.dan, self.eve, self.fay):
            each.me = each.ask("GET", "/graph/v1.0/me").json()["id"]
        self.group, self._members = self.root.ask("POST", "/graph/v1.0/groups", json={"displayName": uuid.uuid4().hex}).json()["id"], set()

    def member(self, account, there):
        """Put somebody into the group, or take them out."""
        if (account in self._members) == there:
            return
        self._members ^= {account}
        address = f"/graph/v1.0/groups/{self.group}/members"
        if there:
            self.root.ask("POST", f"{address}/$ref", json={"@odata.id": f"{self.server.url}/graph/v1.0/users/{account}"})
        else:
            self.root.ask("DELETE", f"{address}/{account}/$ref")


class Scene:
    """A folder F of Ann's, with a folder and b.txt in it, and what somebody was given of it."""

    def __init__(self, crowd, row, place):
        self.crowd, self.server, self.row, self.place = crowd, crowd.server, row, place
        self.comer = {"owner": crowd.ann, "account disabled": crowd.dan}.get(row["who"], crowd.bob)
        self.session = requests.Session() if row["who"] == "nobody" else self.comer.session
        self.above, self.name = uuid.uuid4().hex, uuid.uuid4().hex
        self.file = f"{self.name}.txt" if place == "file" else "b.txt"
        self._build("space" in row["given"] or place == "root")
        self.permissions = [self._give(*given.strip().split(" ", 1)) for given in row["given"].split(" and ") if given]
        self.received = bool(self.permissions) and self.drive == crowd.ann.drive
        self.doors = self._doors()
        self._end(row["then"])

    def _build(self, in_space):
        ann = self.crowd.ann
        self.drive, people = ann.drive, self.server.data / "people" / ann.person.name
        if in_space:
            self.drive = ann.ask("POST", "/graph/v1.0/drives", json={"name": f"Space {self.above}"}).json()["id"]
            people = self.server.data / "projects" / f"Space {self.above}"
        self.top = f"/dav/spaces/{self.drive}"
        self.path = "" if self.place == "root" else f"/{self.above}/{self.name}"
        self.disk = people / self.path.strip("/")
        for path in ([] if self.place == "root" else [f"/{self.above}", self.path]) + [f"{self.path}/Day"]:
            assert ann.ask("MKCOL", self.top + path).status_code == 201
        put = ann.ask("PUT", f"{self.top}{self.path}/{self.file}", "b")
        assert put.status_code == 201
        self.above_id, self.folder_id = self._ids(*(["", ""] if self.place == "root" else [f"/{self.above}", self.path]))
        self.file_id = put.headers["OC-FileId"]
        self.id = self.file_id if self.place == "file" else self.folder_id
        self.item = f"{BETA}/drives/{self.drive}/" + ("root" if self.place == "root" else f"items/{self.id}")
        self.viewer = next(role.id for role in ROLES.values() if ("exists @Resource.Root" if self.place == "root" else "exists @Resource.Folder") in role.on)
        assert ann.ask("POST", f"{self.item}/invite", json={"recipients": [{"objectId": self.crowd.fay.me}], "roles": [self.viewer]}).status_code == 200

    def _ids(self, above, inside):
        """The ids of a folder and of the one in it, or of the same twice."""
        body = '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:fileid/></d:prop></d:propfind>'
        found = re.findall("<oc:fileid>(.*?)<", self.crowd.ann.ask("PROPFIND", self.top + above, body, Depth="0" if above == inside else "1").text)
        return found[0], found[-1]

    def leave(self):
        """Take it away: somebody who was given a thousand folders is slow to be told of one."""
        if self.drive == self.crowd.ann.drive:
            self.crowd.ann.ask("DELETE", f"{self.top}/{self.above}")

    def _give(self, role, where):
        """Give something; the address of that permission."""
        role = next(id for id in ROLES if id.startswith(role))
        self.in_group = "to a group" in where
        to = {"objectId": self.crowd.group, "@libre.graph.recipient.type": "group"} if self.in_group else {"objectId": self.comer.me}
        soon = {"expirationDateTime": (datetime.now(UTC) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")} if self.row["then"] == "its end has come" else {}
        shared = f"{BETA}/drives/{self.drive}/" + ("root" if "space" in where else f"items/{self.above_id if 'above' in where else self.id}")
        self.crowd.member(self.comer.me, self.in_group)
        given = self.crowd.ann.ask("POST", f"{shared}/invite", json={"recipients": [to], "roles": [role], **soon})
        assert given.status_code == 200, given.text
        return f"{shared}/permissions/{given.json()['value'][0]['id']}"

    def _doors(self):
        """The addresses of F, or of the single file."""
        if not self.received:
            found = {"path": self.top + self.path, "id": f"/dav/spaces/{self.folder_id}"}
            return {"path": found["path"], "old path": f"/remote.php{found['path']}"} if self.place == "root" else found
        mounts = {each["name"]: each["id"] for each in self.comer.ask("GET", f"{BETA}/me/drive/sharedWithMe").json()["value"]}
        if self.place == "file":
            return {"id": f"/dav/spaces/{self.id}", "mount": f"/dav/spaces/{mounts[self.file]}", "Shares": f"/dav/spaces/{JAIL}${JAIL}/{self.file}"}
        name, below = (self.above, f"/{self.name}") if self.above in mounts else (self.name, "")
        return {"id": f"/dav/spaces/{self.id}", "mount": f"/dav/spaces/{mounts[name]}{below}", "Shares": f"/dav/spaces/{JAIL}${JAIL}/{name}{below}"}

    def _end(self, then):
        crowd = self.crowd
        if then == "taken away":
            assert all(crowd.ann.ask("DELETE", each).status_code == 204 for each in self.permissions)
        elif then == "leaves the group":
            crowd.member(self.comer.me, False)
        elif then == "the space is disabled":
            assert crowd.ann.ask("DELETE", f"/graph/v1.0/drives/{self.drive}").status_code == 204
        elif then == "the account is disabled":
            self.server.cli("user", "disable", crowd.dan.person.name)
        elif then == "its end has come":
            until(lambda: self.session.get(f"{self.server.url}/dav/spaces/{self.file_id}", timeout=30).status_code == 404)

    def there(self):
        """What lies in F, on the disk."""
        return {each.name: each.read_text() if each.is_file() else None for each in self.disk.iterdir()}

    def do(self, verb, door):
        """The status of it."""
        if verb in VERBS:
            method, inside, headers, body = VERBS[verb]
            headers = {name: f"{door}/{value}" if name == "Destination" else value for name, value in headers.items()}
            inside = inside.removeprefix("b.txt") if self.place == "file" else inside and f"/{inside}"
            return self._ask(method, door + inside, headers=headers, data=body)
        invitation = {"recipients": [{"objectId": self.crowd.eve.me}], "roles": [self.viewer]}
        return {
            "versions": lambda: self._ask("PROPFIND", f"/dav/meta/{self.file_id}/v"),
            "archive": lambda: self._ask("GET", f"/archiver?id={self.id}"),
            "trash": lambda: self._ask("PROPFIND", f"/dav/spaces/trash-bin/{self.drive}", headers={"Depth": "1"}),
            "people": self._people,
            "give": lambda: self._ask("POST", f"{self.item}/invite", json=invitation),
            "give by OCS": lambda: self._ask("POST", "/ocs/v2.php/apps/files_sharing/api/v1/shares?format=json", data={
                "space_ref": self.id, "shareType": 0, "shareWith": self.crowd.eve.person.name, "permissions": 1}),
            "link": lambda: self._ask("POST", f"{self.item}/createLink", json={"type": "view", "password": PASSWORD}),
            "beside": lambda: self._ask("GET", f"/dav/spaces/{self.folder_id}/Day"),
        }[verb]()

    def _people(self):
        """As good as refused where only one's own is told."""
        told = self.session.get(f"{self.server.url}{self.item}/permissions", timeout=30)
        return 403 if told.status_code == 200 and self.crowd.fay.me not in told.text else told.status_code

    def _ask(self, method, address, **more):
        return self.session.request(method, self.server.url + address, timeout=30, **more).status_code


@pytest.fixture(scope="module")
def crowd(server):
    return Crowd(server)


class ByLink(Scene):
    """The same folder, to which there is a link; the visitor has no account."""

    received = False

    def _give(self, kind, where):
        sent = {"type": kind, "password": PASSWORD} if where.startswith("with a password") else {"type": kind}
        link = self.crowd.ann.ask("POST", f"{BETA}/drives/{self.drive}/items/{self.folder_id}/createLink", json=sent)
        assert link.status_code == 200, link.text
        self.visitor, self.session = Visitor(self.server, link.json()), requests.Session()
        self.session.auth = {"with the password": ("public", PASSWORD), "with a wrong password": ("public", "a wrong one")}.get(where.partition(", ")[2])
        return f"{BETA}/drives/{self.drive}/items/{self.folder_id}/permissions/{link.json()['id']}"

    def _doors(self):
        root = self.visitor.root
        if self.row["given"].endswith("by the page"):
            self.session.post(f"{self.server.url}/s/{self.visitor.token}", data={"password": PASSWORD}, timeout=30)
        return {"path": root, "old path": f"/remote.php{root}"}

    def _end(self, then):
        if then == "its end has come":
            past = json.loads(os.getxattr(self.disk, "user.hearth.links"))
            os.setxattr(self.disk, "user.hearth.links", json.dumps({id: {**link, "expires": 1} for id, link in past.items()}).encode())
        elif then == "F was removed and made anew":
            ann = self.crowd.ann
            assert ann.ask("DELETE", self.top + self.path).status_code == 204 and ann.ask("MKCOL", self.top + self.path).status_code == 201
            assert ann.ask("MKCOL", f"{self.top}{self.path}/Day").status_code == 201
            assert ann.ask("PUT", f"{self.top}{self.path}/b.txt", "b").status_code == 201
        else:
            super()._end(then)

    def do(self, verb, door):
        if verb == "archive":
            return self._ask("GET", f"/archiver?id={self.folder_id}&public-token={self.visitor.token}")
        return super().do(verb, door)


def rows(heading):
    """The rows of a table, named as in it."""
    return pytest.mark.parametrize("row", TABLES[heading], ids=lambda row: re.sub(r"\W+", "-", f"{row['who']}-{row['then']}".strip("- ")))


def walk(crowd, row, place, scene_of=Scene):
    """Try every cell of a row. What was changed is put up anew, what was refused is not: there is nothing to mend."""
    wrong, cells, scene = [], 0, scene_of(crowd, row, place)
    verbs = [name for name in row if name not in ("who", "given", "then")]
    for door in scene.doors:
        for verb in verbs:
            meant = row[verb]
            status, cells = scene.do(verb, scene.doors[door]), cells + 1
            if status not in MEANT[meant]:
                wrong.append(f"{verb} by {door}: {status}, not {meant}")
            if meant != "yes" and scene.there() != {"Day": None, scene.file: "b"}:
                wrong.append(f"{verb} by {door}: refused, and yet {scene.there()}")
            if status < 300 and verb in CHANGE:
                scene.leave()
                scene = scene_of(crowd, row, place)
    scene.leave()
    print(f"{row['who']}: {cells} cells")
    assert cells and not wrong, "\n".join([row["who"], *wrong])


@rows("A folder")
def test_folder(crowd, row):
    walk(crowd, row, "folder")


@rows("The root of a space")
def test_root(crowd, row):
    walk(crowd, row, "root")


@rows("A single file")
def test_file(crowd, row):
    walk(crowd, row, "file")


@pytest.fixture(scope="module")
def lenient(tmp_path_factory):
    """A server on which links need no password."""
    running = Server(tmp_path_factory.mktemp("lenient"))
    running.configure(link_passwords="never")
    yield Crowd(running.start())
    running.stop()


@rows("By a link")
def test_link(crowd, lenient, row):
    walk(lenient if "without a password" in row["given"] else crowd, row, "folder", ByLink)

"""Every row of matrix.md, every cell at every address that leads there, each on a folder of its own; a refusal changes nothing."""
import uuid
from pathlib import Path

import pytest
import requests

from test_links import BETA, Owner

JAIL = "a0ca6a90-a365-4782-871e-d44447bbc668"
ROLES = {"viewer": "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "uploader": "1c996275-f1c9-4e71-abdf-a42f6495e960", "editor": "fb6c3e19-e378-47e5-b277-9732f9de6e21",
         "secure viewer": "aa97fe03-7980-45ac-9e50-b325749fd7e6", "space viewer": "a8d5fe5e-96e3-418d-825b-534dbdf22b99",
         "space editor": "58c63c02-1d89-4572-916a-870abc5a1b7d", "space manager": "312c0871-5ef7-4b3a-85b6-0e4074c64049"}
ALIKE = {"group editor": "editor", "editor above": "editor", "share taken": "editor", "group left": "editor", "account disabled": "editor",
         "member removed": "space manager", "space disabled": "space editor"}
HEAD, *ROWS = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in Path(__file__).with_name("matrix.md").read_text().splitlines()
               if line.startswith("|") and "---" not in line)
MEANT = {"yes": range(200, 300), "no": (403,), "hid": (404, 409), "who": (401,)}
LOCK = '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>'
SET = '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x xmlns="y">1</x></d:prop></d:set></d:propertyupdate>'
VERBS = {                                           # method, what is in F, headers, body
    "list": ("PROPFIND", "", {"Depth": "1"}, None), "read": ("GET", "/b.txt", {}, None), "write over": ("PUT", "/b.txt", {}, "new"),
    "put new": ("PUT", "/new.txt", {}, "new"), "make folder": ("MKCOL", "/New", {}, None), "rename": ("MOVE", "/b.txt", {"Destination": "/c.txt"}, None),
    "remove": ("DELETE", "/b.txt", {}, None), "remove F": ("DELETE", "", {}, None), "copy": ("COPY", "/b.txt", {"Destination": "/c.txt"}, None),
    "set property": ("PROPPATCH", "/b.txt", {}, SET), "lock": ("LOCK", "/b.txt", {}, LOCK)}


class Scene:
    """A folder of Ann's with something in it, and somebody who comes; by which addresses, and as whom."""

    def __init__(self, server, who, ann, comer, group):
        self.server, self.ann, self.comer, self.session = server, ann, comer, comer.session
        self.above, self.name, self.mount = uuid.uuid4().hex, uuid.uuid4().hex, ""
        in_space = who in ("space viewer", "space editor", "space manager", "member removed", "space disabled")
        self.base = server.data / ("projects" if in_space else "people") / (f"Space {self.above}" if in_space else ann.person.name)
        self.drive = ann.drive
        if in_space:
            self.drive = ann.ask("POST", "/graph/v1.0/drives", json={"name": f"Space {self.above}"}).json()["id"]
        home, ann.drive = ann.drive, self.drive
        self.folder = f"{self.above}/{self.name}"
        for path in (self.above, self.folder, f"{self.folder}/Day"):
            ann.folder(path)
        ann.put(f"{self.folder}/b.txt", "b")
        self.id, self.file = ann.id_of(self.folder), ann.id_of(f"{self.folder}/b.txt")
        self.invitation = {"recipients": [{"objectId": comer.me}], "roles": [ROLES.get(ALIKE.get(who, who))]}
        shared = f"{BETA}/drives/{self.drive}/" + ("root" if in_space else f"items/{ann.id_of(self.above) if who == 'editor above' else self.id}")
        if who in ("group editor", "group left"):
            self.invitation["recipients"] = [{"objectId": group, "@libre.graph.recipient.type": "group"}]
        if who not in ("owner", "stranger", "nobody"):
            given = ann.ask("POST", f"{shared}/invite", json=self.invitation)
            assert given.status_code == 200, given.text
            self.permission = f"{shared}/permissions/{given.json()['value'][0]['id']}"
        if who == "nobody":
            self.session = requests.Session()
        ann.drive = home

    def doors(self, who):
        """The addresses of F."""
        found = {"path": f"/dav/spaces/{self.drive}/{self.folder}", "id": f"/dav/spaces/{self.id}"}
        if who not in ("owner", "stranger", "nobody") and self.drive == self.ann.drive:
            mount = next(each for each in self.comer.ask("GET", f"{BETA}/me/drive/sharedWithMe").json()["value"] if each["name"] in (self.name, self.above))
            below = f"/{self.name}" if mount["name"] == self.above else ""
            found |= {"mount": f"/dav/spaces/{mount['id']}{below}", "Shares": f"/dav/spaces/{JAIL}${JAIL}/{mount['name']}{below}"}
            del found["path"]                       # the space is not theirs
        return found

    def there(self):
        """What lies in F, on the disk."""
        return {each.name: each.read_text() if each.is_file() else None for each in (self.base / self.folder).iterdir()}

    def do(self, verb, door):
        """The status of it."""
        ask = self.session.request
        if verb == "versions":
            return ask("PROPFIND", f"{self.server.url}/dav/meta/{self.file}/v", timeout=30).status_code
        if verb == "archive":
            return ask("GET", f"{self.server.url}/archiver", params={"id": self.id}, timeout=30).status_code
        if verb == "give":
            sent = {"recipients": [{"objectId": self.ann.friend}], "roles": [ROLES["viewer"]]}
            return ask("POST", f"{self.server.url}{BETA}/drives/{self.drive}/items/{self.id}/invite", json=sent, timeout=30).status_code
        if verb == "trash":
            return ask("PROPFIND", f"{self.server.url}/dav/spaces/trash-bin/{self.drive}", headers={"Depth": "1"}, timeout=30).status_code
        method, inside, headers, body = VERBS[verb]
        headers = {name: door + value if name == "Destination" else value for name, value in headers.items()}
        return ask(method, f"{self.server.url}{door}{inside}", headers=headers, data=body, timeout=30).status_code


@pytest.fixture(scope="module")
def crowd(server):
    """Ann, who shares; others who come, one of them to be disabled; a group; a friend to give something to."""
    ann, bob, eve, dan, root = Owner(server, "space-admin"), Owner(server), Owner(server), Owner(server), Owner(server, "admin")
    for each in (ann, bob, eve, dan):
        each.me = each.ask("GET", "/graph/v1.0/me").json()["id"]
    ann.friend = eve.me
    group = root.ask("POST", "/graph/v1.0/groups", json={"displayName": uuid.uuid4().hex}).json()["id"]
    return ann, bob, dan, root, group


def member(root, group, account, there):
    """Put somebody into the group, or take them out."""
    address = f"/graph/v1.0/groups/{group}/members"
    if there:
        root.ask("POST", f"{address}/$ref", json={"@odata.id": f"{root.server.url}/graph/v1.0/users/{account}"})
    else:
        root.ask("DELETE", f"{address}/{account}/$ref")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].replace(" ", "-"))
def test_row(server, crowd, row):
    who, wrong, cells = row[0], [], 0
    ann, bob, dan, root, group = crowd
    comer = {"owner": ann, "account disabled": dan}.get(who, bob)
    member(root, group, bob.me, who in ("group editor", "group left"))
    scene = Scene(server, who, ann, comer, group)
    doors = scene.doors(who)
    if who == "account disabled":                   # for good: this one folder does for all cells
        server.cli("user", "disable", dan.person.name)
    for name, door in doors.items():
        for verb, meant in zip(HEAD[1:], row[1:], strict=True):
            if who != "account disabled":
                member(root, group, bob.me, who in ("group editor", "group left"))
                scene = Scene(server, who, ann, comer, group)
                door = scene.doors(who)[name]
            if who in ("share taken", "member removed"):
                assert ann.ask("DELETE", scene.permission).status_code == 204
            elif who == "group left":
                member(root, group, bob.me, False)
            elif who == "space disabled":
                assert ann.ask("DELETE", f"/graph/v1.0/drives/{scene.drive}").status_code == 204
            status, cells = scene.do(verb, door), cells + 1
            if status not in MEANT[meant]:
                wrong.append(f"{verb} by {name}: {status}, not {meant}")
            elif meant != "yes" and scene.there() != {"Day": None, "b.txt": "b"}:
                wrong.append(f"{verb} by {name}: refused, and yet {scene.there()}")
    print(f"{who}: {cells} cells")
    assert not wrong, "\n".join([who, *wrong])

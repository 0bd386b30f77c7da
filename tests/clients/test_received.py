"""What somebody received, in real programs: owncloudcmd keeps the Shares space and a project space in step, rclone fills a shared folder."""
import shutil
import subprocess
from urllib.parse import quote

import pytest

from somebody import BETA, Somebody
from syncing import visible
from test_owncloudcmd import client_of

SHARES = "a0ca6a90-a365-4782-871e-d44447bbc668$a0ca6a90-a365-4782-871e-d44447bbc668"
VIEWER, EDITOR = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "fb6c3e19-e378-47e5-b277-9732f9de6e21"
SPACE_VIEWER, SPACE_EDITOR = "a8d5fe5e-96e3-418d-825b-534dbdf22b99", "58c63c02-1d89-4572-916a-870abc5a1b7d"
owncloudcmd = pytest.mark.skipif(not shutil.which("owncloudcmd"), reason="owncloudcmd is not installed")
LOOK = '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:fileid/></d:prop></d:propfind>'


@pytest.fixture
def ann(server):
    return Somebody(server, "space-admin")


@pytest.fixture
def bob(server):
    return Somebody(server)


def share(ann, bob, name, role):
    """A folder of Ann's with a file in it, shared with Bob; its id."""
    dav = f"/dav/files/{ann.person.name}/{name}"
    assert ann.ask("MKCOL", dav).status_code == 201 and ann.ask("PUT", f"{dav}/from ann.txt", "ann").status_code == 201
    id = ann.ask("PROPFIND", dav, LOOK, Depth="0").text.split("<oc:fileid>")[1].split("<")[0]
    given = ann.ask("POST", f"{BETA}/drives/{id.split('!')[0]}/items/{id}/invite", {"recipients": [{"objectId": bob.id}], "roles": [role]})
    assert given.status_code == 200, given.text
    return id


def lying(server, ann, name):
    """What lies in a folder of Ann's on the disk."""
    folder = server.data / "people" / ann.person.name / name
    return {path.name: path.read_text() for path in folder.iterdir()}


@owncloudcmd
def test_the_shares_space(server, ann, bob, home, tmp_path, tree):
    """Both ways in a folder to edit; one to view stays as it is, whatever is done to it here; one that ends goes from here."""
    share(ann, bob, "Edit", EDITOR)
    id = share(ann, bob, "View", VIEWER)
    client, here = client_of(home, bob.person, "--davpath", f"/remote.php/dav/spaces/{SHARES}/"), tmp_path / "here"
    here.mkdir()
    client.sync(here, server.url)
    assert visible(tree, here) == {"Edit": None, "Edit/from ann.txt": b"ann", "View": None, "View/from ann.txt": b"ann"}

    (here / "Edit/from bob.txt").write_text("bob")
    (here / "Edit/from ann.txt").write_text("changed by bob")
    ann.ask("PUT", f"/dav/files/{ann.person.name}/Edit/later.txt", "later")
    client.sync(here, server.url)
    assert lying(server, ann, "Edit") == {"from ann.txt": "changed by bob", "from bob.txt": "bob", "later.txt": "later"}
    assert (here / "Edit/later.txt").read_text() == "later"

    (here / "View").chmod(0o755)
    (here / "View/from ann.txt").chmod(0o644)
    (here / "View/from ann.txt").write_text("not bob's to change")
    (here / "View/new.txt").write_text("nor to add to")
    client.sync(here, server.url, expect=None)
    client.sync(here, server.url, expect=None)
    assert lying(server, ann, "View") == {"from ann.txt": "ann"}
    assert (here / "View/from ann.txt").read_text() == "ann", "the client takes back what may not be"

    (here / "View/new.txt").unlink()                # what is only here would keep its folder here
    permission = ann.ask("GET", f"{BETA}/drives/{id.split('!')[0]}/items/{id}/permissions").json()["value"][0]["id"]
    assert ann.ask("DELETE", f"{BETA}/drives/{id.split('!')[0]}/items/{id}/permissions/{permission}").status_code == 204
    client.sync(here, server.url, expect=None)
    assert not (here / "View/from ann.txt").exists() and (here / "Edit/from bob.txt").exists()
    assert lying(server, ann, "View") == {"from ann.txt": "ann"}


@owncloudcmd
def test_not_in_step(server, ann, bob, home, tmp_path, tree):
    """What Bob takes out of his Shares space goes from his disk and from nowhere else; what he puts back comes again."""
    id = share(ann, bob, "Edit", EDITOR)
    client, here = client_of(home, bob.person, "--davpath", f"/remote.php/dav/spaces/{SHARES}/"), tmp_path / "here"
    here.mkdir()
    client.sync(here, server.url)
    item, = bob.ask("GET", f"{BETA}/me/drive/sharedWithMe").json()["value"]
    for method, address, sent, there in (
            ("DELETE", f"items/{item['id']}", None, {}),
            ("POST", "root/children", {"name": "Edit", "remoteItem": {"id": id}}, {"Edit": None, "Edit/from ann.txt": b"ann"})):
        answer = bob.ask(method, f"{BETA}/drives/{SHARES}/{address}", sent)
        assert answer.status_code in (201, 204), answer.text
        client.sync(here, server.url)
        assert visible(tree, here) == there and lying(server, ann, "Edit") == {"from ann.txt": "ann"}


@owncloudcmd
@pytest.mark.parametrize("role, writes", [(SPACE_EDITOR, True), (SPACE_VIEWER, False)])
def test_a_project_space(server, ann, bob, home, tmp_path, role, writes):
    """Members who edit, do; viewers only get."""
    drive = ann.ask("POST", "/graph/v1.0/drives", {"name": f"Team {bob.person.name}"}).json()["id"]
    ann.ask("PUT", f"/dav/spaces/{drive}/a.txt", "ann")
    joined = ann.ask("POST", f"{BETA}/drives/{drive}/root/invite", {"recipients": [{"objectId": bob.id}], "roles": [role]})
    assert joined.status_code == 200, joined.text
    client, here = client_of(home, bob.person, "--davpath", f"/remote.php/dav/spaces/{drive}/"), tmp_path / "here"
    here.mkdir()
    client.sync(here, server.url)
    assert (here / "a.txt").read_text() == "ann"
    (here / "b.txt").write_text("bob")
    client.sync(here, server.url, expect=None)
    assert ann.ask("GET", f"/dav/spaces/{drive}/b.txt").status_code == (200 if writes else 404)


@pytest.mark.skipif(not shutil.which("rclone"), reason="rclone is not installed")
@pytest.mark.parametrize("role, writes", [(EDITOR, True), (VIEWER, False)])
def test_rclone(server, ann, bob, program, tmp_path, role, writes):
    """A shared folder as a remote of its own, by its id."""
    id = share(ann, bob, f"Box {bob.person.name}", role)
    secret = subprocess.run(["rclone", "obscure", bob.person.password], capture_output=True, text=True, check=True).stdout.strip()
    environ = {"RCLONE_CONFIG": str(tmp_path / "none"), "RCLONE_CONFIG_BOX_TYPE": "webdav", "RCLONE_CONFIG_BOX_VENDOR": "owncloud",
               "RCLONE_CONFIG_BOX_URL": f"{server.url}/dav/spaces/{quote(id, safe='')}", "RCLONE_CONFIG_BOX_USER": bob.person.name,
               "RCLONE_CONFIG_BOX_PASS": secret}
    there = tmp_path / "there"
    there.mkdir()
    program("rclone", "copy", "box:", there, environ=environ)
    assert (there / "from ann.txt").read_text() == "ann"
    (there / "from bob.txt").write_text("bob")
    program("rclone", "--retries", "1", "--low-level-retries", "1", "copy", there, "box:", environ=environ, expect=0 if writes else None)
    assert lying(server, ann, f"Box {bob.person.name}") == {"from ann.txt": "ann"} | ({"from bob.txt": "bob"} if writes else {})

"""The WebDAV libraries people's scripts use, each in its own way: pyocclient, webdav4, webdavclient3, npm's webdav."""
import json
import shutil
from pathlib import Path

import pytest
import requests

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".venv-clients/bin/python"     # of their own: one of them brings lxml, which the server must not see

libraries = pytest.mark.skipif(not PYTHON.exists(), reason="the client libraries are not installed (.venv-clients)")


@pytest.fixture
def play(program, server, person, tmp_path):
    """Run one of the scripts; return what it reports as JSON in its last line."""
    def run(*command):
        said = program(*command, cwd=tmp_path, environ={"URL": server.url, "DAV": person.dav, "USERNAME": person.name,
                                                        "PASSWORD": person.password}).stdout
        return json.loads(said.splitlines()[-1])
    return run


@libraries
def test_pyocclient(play, on_disk, tree):
    """ownCloud's own library: login asks for the capabilities, files go through /remote.php/webdav."""
    said = play(PYTHON, HERE / "scripts/pyocclient.py")
    assert said["content"] == "hello" and said["size"] == 5 and said["etag"]
    assert said["listed"] == ["/Ordner ü/a.txt", "/Ordner ü/sub/"]
    assert said["deep"] == ["/Ordner ü/a.txt", "/Ordner ü/sub/", "/Ordner ü/sub/c.txt"]
    assert said["version"] and "files" in said["capabilities"]
    assert tree(on_disk) == {"Ordner ü": None, "Ordner ü/a.txt": b"hello", "Ordner ü/moved.txt": b"from a file", "Ordner ü/sub": None,
                             "Ordner ü/sub/c.txt": b"hello"}


@libraries
def test_webdav4(play, on_disk, tree):
    """webdav4 as a client and as a file system for fsspec's users."""
    said = play(PYTHON, HERE / "scripts/webdav4_client.py")
    assert said["names"] == ["d/a b.txt", "d/sub"]
    assert said["length"] == 7 and said["type"] == "text/plain" and said["etag"] and said["modified"].startswith("20")
    assert said["read"] == "content" and said["range"] == "tent"
    assert said["exists"] == [True, False] and said["conflict"] and said["missing"]
    assert tree(on_disk) == {"d": None, "d/copy.txt": b"content", "d/sub": None, "d/sub/moved.txt": b"content"}


@libraries
def test_webdavclient3(play, on_disk, tree):
    """webdavclient3: checks, lists, transfers whole folders, properties, locks."""
    said = play(PYTHON, HERE / "scripts/webdavclient.py")
    assert said["list"] == ["a.txt", "sub/"]
    assert said["info"]["size"] == "7" and said["info"]["etag"]
    assert said["free"] is None or int(said["free"]) > 0
    assert said["property"] == "red" and said["locked"] is True and said["is_dir"] is True
    assert tree(on_disk) == {"d": None, "d/b.txt": b"content", "d/sub": None, "d/sub/copy.txt": b"content", "pushed": None,
                             "pushed/x.txt": b"x", "pushed/y": None, "pushed/y/z.txt": b"z"}


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.skipif(not (HERE / "node_modules/webdav").exists(), reason="the npm package webdav is not installed")
def test_npm_webdav(play, on_disk, tree):
    """npm's webdav: lists, streams, moves, copies, locks, quota, partial reads."""
    said = play("node", HERE / "scripts/webdav.mjs")
    assert said["listed"] == ["/d/a b.txt", "/d/sub"]
    assert said["text"] == "content" and said["part"] == "tent" and said["stat"] == ["file", 7, "text/plain"]
    assert said["quota"] is None                    # it looks for quotas in allprop, where RFC 4331 §3 leaves them out
    assert said["locked"] == 423 and said["token"] and said["exists"] == [True, False]
    assert said["overwrite"] is False
    assert tree(on_disk) == {"d": None, "d/copy.txt": b"content", "d/sub": None, "d/sub/moved.txt": b"streamed" * 20_000}


@libraries
def test_pyocclient_shares(program, server, person):
    """People and links by OCS, as its users do it."""
    other = server.add()
    assert requests.request("MKCOL", f"{server.url}/dav/files/{person.name}/Trip", auth=person.auth, timeout=30).status_code == 201
    done = program(PYTHON, HERE / "scripts/pyocclient_shares.py", server.url, person.name, person.password, other.name, "Trip", "a secret of theirs")
    assert done.stdout == "fine\n"

"""What others put into people's folders is served as it is, also where it takes none of our attributes or lets us in nowhere."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


def fill(path):
    """Leave no room for even one attribute more in an inode."""
    size = 3_000
    for number in range(1_000):
        try:
            os.setxattr(path, f"user.other.{number}", b"x" * size)
        except OSError:
            if size == 1:
                return
            size //= 2


def members(hands, path=""):
    return {each.name: each for part in hands.tree.children(hands.node(path)) for each in part}


def test_a_file_whose_inode_is_full(hands):
    (hands.root / "full").write_bytes(b"theirs")
    fill(hands.root / "full")
    hands.write("other")
    node = members(hands)["full"]
    assert hands.names() == ["full", "other"] and hands.read("full") == b"theirs"
    assert hands.node("full") == node and hands.tree.by_id(node.id) == node and node.sums is None
    hands.storage.walk()
    etag = hands.node().etag
    hands.storage.walk()
    assert hands.node("full") == node and hands.node().etag == etag
    hands.write("full", b"ours")
    assert hands.read("full") == b"ours" and hands.node("full").id == node.id


def test_a_folder_whose_inode_is_full(hands):
    (hands.root / "full").mkdir()
    fill(hands.root / "full")
    etag, root = hands.node("full").etag, hands.node().etag
    hands.write("full/a", b"four")
    assert hands.read("full/a") == b"four" and hands.node("full").etag != etag and hands.node().etag != root
    hands.storage.walk()
    etag = hands.node("full").etag
    inner = hands.folder("full/inner")
    hands.tree.remove(inner)
    assert hands.names("full") == ["a"] and hands.node("full").etag != etag


def test_a_file_of_others_is_moved_copied_and_deleted_like_any(hands):
    (hands.root / "full").write_bytes(b"theirs")
    fill(hands.root / "full")
    moved, _ = hands.tree.move(hands.node("full"), hands.folder("folder"), "moved")
    copied, _ = hands.tree.copy(moved, hands.node(), "copied")
    assert hands.read("folder/moved") == hands.read("copied") == b"theirs" and copied.id != moved.id and copied.sums
    key = hands.tree.remove(hands.node("folder"))
    back, _ = hands.storage.trash.restore(hands.space.id, key, hands.node(), "back")
    assert hands.node("back/moved").id == moved.id and hands.read("back/moved") == b"theirs"


START = """
import os, sys
from dataclasses import replace
from pathlib import Path
from appliance.core import Bus, Config, errors
from appliance.storage import Storage

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
data = Path(sys.argv[1])
storage = Storage.open(replace(Config(), data=data / "data", cache=data / "cache", reserve_percent=0.0, reserve_bytes=0), Bus())
space = storage.spaces.personal("11111111-1111-4111-8111-111111111111", "ann", "Ann")
print("ready", flush=True)
input()
"""

USE = """
tree = storage.tree
def listed():
    return {each.name: each for part in tree.children(tree.node(space.id)) for each in part}
def read(name):
    opened = tree.open(tree.node(space.id, name))
    try:
        return os.read(opened.fd, 100)
    finally:
        opened.close()
def refused(act):
    try:
        act()
    except errors.Unavailable:
        return True
found = listed()
assert sorted(found) == ["closed", "fast", "mine", "readable", "shut", "theirs"], found
assert read("mine") == b"mine" and read("readable") == b"readable" and read("theirs/a") == b"a"
assert refused(lambda: read("closed")) and refused(lambda: list(tree.children(found["shut"])))
storage.walk()
assert storage.complete and {each.id for each in listed().values()} == {each.id for each in found.values()}
assert all(tree.by_id(each.id).name == each.name for each in found.values())
draft = tree.draft(tree.node(space.id), "new")
draft.write(b"new")
draft.commit()
storage.trash.purge(space.id, tree.remove(tree.node(space.id, "fast")))
assert os.listdir(data / "data/.hearth/drafts") == []
tree.remove(tree.node(space.id, "mine"))
assert read("new") == b"new" and sorted(listed()) == ["closed", "new", "readable", "shut", "theirs"]
storage.close()
"""

AGAIN = """
try:
    storage = Storage.open(replace(Config(), data=data / "data", cache=data / "cache", reserve_percent=0.0, reserve_bytes=0), Bus())
except errors.Unavailable as error:
    print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_a_home_that_is_shut_is_no_empty_home():
    """Else its owner would be given another one, with nothing in it, and their computers would delete what they have."""
    def shut(root):
        os.chown(root, 0, 0)
        os.chmod(root, 0o700)
    assert "hearth check" in as_nobody(START + "storage.close()" + AGAIN, shut)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_files_of_another_user_spoil_nothing():
    """As after ``sudo cp``: what may not be written has an id all the same, what may not be read is shown and refused."""
    def copy(root):
        for name, mode, owner in (("mine", 0o444, 65534), ("readable", 0o644, 0), ("closed", 0o600, 0)):
            (root / name).write_bytes(name.encode())
            os.chown(root / name, owner, owner)
            os.chmod(root / name, mode)
        for name, mode in (("theirs", 0o755), ("shut", 0o700)):
            (root / name).mkdir(mode)
            (root / name / "a").write_bytes(b"a")
        (root / "fast/inner").mkdir(parents=True)
        for name in ("fast/inner", "fast"):
            (root / name / "a").write_bytes(b"a")
            os.chown(root / name, 65534, 65534)
            os.chmod(root / name, 0o555)
    as_nobody(START + USE, copy)


def as_nobody(program, act):
    """Run a program without rights, and something with all of them once it has made a home; what it says after that."""
    folder = Path(tempfile.mkdtemp())
    try:
        os.chown(folder, 65534, 65534)
        with subprocess.Popen([sys.executable, "-c", program, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.PIPE, cwd=ROOT) as server:
            if server.stdout.readline():
                act(folder / "data/people/ann")
            said, told = server.communicate("go\n", timeout=60)
        assert server.returncode == 0, told
        return said
    finally:
        shutil.rmtree(folder)

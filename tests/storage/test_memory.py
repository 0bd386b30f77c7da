"""What is remembered of files never outlives them: whoever changes a file, in whatever way, is seen by the next listing."""
import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from appliance.core import Bus
from appliance.storage import Storage, memory, nodes
from appliance.storage.memory import Memory
from tests.storage.conftest import Hands

SETTLED = memory.SETTLED_NS


@pytest.fixture(autouse=True)
def brave(monkeypatch):
    """Remember everything that did not change within the last 50 ms: the disks of today tick in 10 at most."""
    monkeypatch.setattr(memory, "SETTLED_NS", 50_000_000)


def settle():
    """Let everything become old enough to be remembered."""
    time.sleep(0.06)


def listed(hands, path=""):
    return {each.name: each for part in hands.tree.children(hands.node(path)) for each in part}


def seen(hands, path=""):
    """A folder, listed until it is remembered; the nodes."""
    settle()
    first = listed(hands, path)
    with no_reading():
        assert {name: node for name, node in listed(hands, path).items() if not node.folder} == \
            {name: node for name, node in first.items() if not node.folder}
    return first


@contextmanager
def no_reading():
    """Nothing that is remembered is read again."""
    real = nodes.parse_sums
    try:
        nodes.parse_sums = None
        yield
    finally:
        nodes.parse_sums = real


def fresh(hands, path=""):
    """What is listed is what is there, read anew."""
    found = listed(hands, path)
    hands.storage.disk.memory = Memory()
    assert found == listed(hands, path)
    return found


def external(program, *words):
    """Another process does something."""
    subprocess.run([sys.executable, "-c", "import os, sys\n" + program, *map(str, words)], check=True)


def test_what_has_not_changed_is_not_read_again(hands):
    hands.write("a", b"one")
    hands.write("b", b"two")
    before = seen(hands)
    assert before["a"].sums.sha1 == "fe05bcdcdc4928012781a5f1a2a77cbb5398e106" and before["a"].path == "a"
    assert fresh(hands) == before


def test_what_has_just_changed_is_not_remembered(hands):
    hands.write("a", b"one")
    listed(hands)
    assert not hands.storage.disk.memory._young


@pytest.mark.parametrize("change", ["write", "same length", "props", "move over", "trash", "version", "copy over"])
def test_changes_through_the_server(hands, change):
    first = hands.write("a", b"one")
    hands.write("b", b"bbb")
    hands.write("a", b"two", mtime_ns=first.mtime_ns)
    before = seen(hands)
    if change == "write":
        hands.write("a", b"longer")
    elif change == "same length":
        hands.write("a", b"six", mtime_ns=first.mtime_ns)
    elif change == "props":
        hands.tree.set_properties(hands.node("a"), {"{z}c": "red"})
    elif change == "move over":
        hands.tree.move(hands.node("b"), hands.node(), "a", overwrite=True)
    elif change == "copy over":
        hands.tree.copy(hands.node("b"), hands.node(), "a", overwrite=True)
    elif change == "trash":
        key = hands.tree.remove(hands.node("a"))
        hands.write("a", b"new")
        hands.storage.trash.restore(hands.space.id, key, hands.node(), "a", True)
    else:
        version = hands.storage.versions.list(hands.node("a"))[0]
        hands.storage.versions.restore(hands.node("a"), version.key)
    after = fresh(hands)
    assert (after["a"] == before["a"]) == (change in ("props", "trash"))
    settle()
    assert fresh(hands) == after


def test_written_in_place_by_another_process(hands):
    """Also where size and time are made what they were: the ctime cannot be."""
    hands.write("a", b"one")
    before = seen(hands)["a"]
    external("""
fd = os.open(sys.argv[1], os.O_WRONLY); os.write(fd, b"two")
os.utime(sys.argv[1], ns=(int(sys.argv[2]), int(sys.argv[2])))""", hands.root / "a", before.mtime_ns)
    listed(hands)
    hands.storage.disk.memory.begin()
    assert hands.storage.disk.memory.recall(os.stat(hands.root / "a"), "", "", "", "") is None


def test_attributes_changed_by_another_process(hands):
    """As setfattr does, or rsync -X, or a backup that is put back in place."""
    hands.write("a", b"one")
    before = seen(hands)["a"]
    other = "0" * 40 + " " + "1" * 32 + " " + "2" * 8
    external("""
os.setxattr(sys.argv[1], "user.hearth.id", b"22222222-2222-4222-8222-222222222222")
os.setxattr(sys.argv[1], "user.hearth.sums", os.getxattr(sys.argv[1], "user.hearth.sums")[:-82] + sys.argv[2].encode())""",
             hands.root / "a", other)
    after = fresh(hands)["a"]
    assert after.id == "22222222-2222-4222-8222-222222222222" != before.id and after.sums == ("0" * 40, "1" * 32, "2" * 8)
    seen(hands)
    external("os.removexattr(sys.argv[1], 'user.hearth.sums')", hands.root / "a")
    assert fresh(hands)["a"].sums is None


def test_times_set_back(hands):
    """touch -d, chmod and a second name change what is shown, or at least the ctime."""
    hands.write("a", b"one")
    seen(hands)
    os.utime(hands.root / "a", ns=(10**18, 10**18))
    assert fresh(hands)["a"].mtime_ns == 10**18
    seen_at = os.stat(hands.root / "a").st_ctime_ns
    settle()
    os.chmod(hands.root / "a", 0o600)
    assert os.stat(hands.root / "a").st_ctime_ns > seen_at
    fresh(hands)


def test_two_names_of_one_file(hands):
    """A hard link is listed under its own name, in its own folder, and both change together."""
    hands.write("a", b"one")
    hands.folder("d")
    os.link(hands.root / "a", hands.root / "d" / "b")
    settle()
    seen(hands)
    inner = seen(hands, "d")
    assert (inner["b"].name, inner["b"].path, inner["b"].parent) == ("b", "d/b", hands.node("d").id)
    (hands.root / "d" / "b").write_bytes(b"another")
    assert fresh(hands)["a"].size == fresh(hands, "d")["b"].size == 7


def test_names_are_not_remembered(hands):
    """A rename tells nothing of the content: the node is there under its new name, and what took the old one is another."""
    hands.write("a", b"one")
    hands.write("b", b"two")
    before = seen(hands)
    external("a, b, c = sys.argv[1:]; os.rename(a, c); os.rename(b, a); os.rename(c, b)",
             hands.root / "a", hands.root / "b", hands.root / "c")
    after = fresh(hands)
    assert after["a"].sums == before["b"].sums and after["b"].id == before["a"].id and after["b"].path == "b"


def test_folders_are_not_remembered(hands):
    """Their etags change with all that is beneath."""
    hands.folder("d")
    hands.folder("d/e")
    before = seen(hands)["d"]
    settle()
    hands.write("d/e/f", b"1")
    assert fresh(hands)["d"].etag != before.etag and fresh(hands)["d"].size == 1


def test_an_inode_used_again(hands):
    """Delete and create, again and again: the number comes back, the ctime does not."""
    reused = 0
    hands.write("a", b"0")
    for number in range(200):
        status = os.stat(hands.root / "a")
        hands.storage.disk.memory.keep(status, listed(hands)["a"]._replace(id="0" * 36, sums=nodes.Sums("0" * 40, "0" * 32, "0" * 8)),
                                       status.st_ctime_ns)
        hands.storage.disk.memory.keep(status, listed(hands)["a"], hands.storage.disk.memory.begin())
        os.unlink(hands.root / "a")
        (hands.root / "a").write_bytes(b"%d" % number)
        now = os.stat(hands.root / "a")
        reused += now.st_ino == status.st_ino
        assert listed(hands)["a"].size == now.st_size
    assert reused


WRITER = """
import time
folder, end, number = sys.argv[1], time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < end:
    number += 1
    path = f"{folder}/f{number % 5}"
    kind = number // 5 % 4
    if kind == 0:
        with open(path, "wb") as file: file.write(b"%08d" % number)
    elif kind == 1:
        with open(path + "~", "wb") as file: file.write(b"%08d" % number)
        os.rename(path + "~", path)
    elif kind == 2:
        os.setxattr(path, "user.hearth.id", b"%036d" % number)
        os.setxattr(path, "user.hearth.sums", b"1 8 %d %040d %032d %08d" % (os.stat(path).st_mtime_ns, number, number, number))
    else:
        os.unlink(path)
        with open(path, "wb") as file: file.write(b"%08d" % number)
    if number % 97 == 0:
        time.sleep(0.08)
"""


def test_beside_somebody_who_never_stops(hands):
    """Another process writes, replaces, marks and deletes as fast as it can; nothing is remembered that is not so."""
    hands.folder("d")
    for number in range(5):
        hands.write(f"d/f{number}", b"start")
    folder, looks = hands.root / "d", 0
    with subprocess.Popen([sys.executable, "-c", "import os, sys\n" + WRITER, folder, "3"]) as writer:
        while writer.poll() is None:
            listed(hands, "d")
            looks += 1
    assert looks > 50
    remembered = hands.storage.disk.memory
    for name, node in listed(hands, "d").items():
        status = os.stat(folder / name)
        known = remembered.recall(status, node.space, node.parent, "d/", name)
        assert known is None or known.id == os.getxattr(folder / name, "user.hearth.id").decode() == node.id
    fresh(hands, "d")


def marked(hands, seconds):
    """Change the id of a file and list it, on and on; how many changes had the ctime of the one before."""
    hands.write("a", b"one")
    path, same, before, number, end = hands.root / "a", 0, 0, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        number += 1
        os.setxattr(path, "user.hearth.id", b"%036d" % number)
        assert listed(hands)["a"].id == f"{number:036d}"
        now = os.stat(path).st_ctime_ns
        same, before = same + (now == before), now
    return same


def test_one_tick_after_another(hands):
    """Two changes within one tick of the clock have one ctime: what was listed between them must not be remembered."""
    marked(hands, 2)                                # since Linux 6.13 a time that was looked at is never given again


@pytest.mark.parametrize("small", [["-I", "128"]], indirect=True)
def test_whole_seconds(small, monkeypatch):
    """The oldest inodes of ext4 have no room for less than a second."""
    monkeypatch.setattr(memory, "SETTLED_NS", SETTLED)
    storage = Storage.open(small.config, Bus())
    try:
        hands = Hands(storage, small.config)
        assert marked(hands, 4) > 100
        time.sleep(2.1)
        seen(hands)
        assert storage.disk.memory._young
    finally:
        storage.close()


def test_after_a_stop_that_was_none(again):
    """The memory ends with the process; after a crash, all is read from the disk."""
    hands = again()
    hands.write("a", b"one")
    seen(hands)
    hands = again(cut=True)
    (hands.root / "a").write_bytes(b"changed meanwhile")
    assert not hands.storage.disk.memory._young and listed(hands)["a"].size == 17


def test_another_disk_is_another_memory(small):
    """A disk taken away and put back may have been changed elsewhere, whatever its inodes say."""
    storage = Storage.open(small.config, Bus())
    try:
        hands = Hands(storage, small.config)
        hands.write("a", b"one")
        seen(hands)
        before = storage.disk.memory
        small.unmount()
        small.mount()
        os.rename(hands.house / "FORMAT", hands.house / "F")
        (hands.house / "FORMAT").write_bytes((hands.house / "F").read_bytes())
        listed(hands)
        assert storage.disk.memory is not before
    finally:
        storage.close()


def test_a_clock_set_back(monkeypatch):
    """Then the same ctime may come a second time, so nothing that is known counts."""
    now = time.time_ns()
    remembered = Memory()
    monkeypatch.setattr(memory.time, "time_ns", lambda: now)
    remembered.begin()
    remembered._put(1, "text")
    monkeypatch.setattr(memory.time, "time_ns", lambda: now - memory.SETTLED_NS // 4)
    remembered.begin()
    assert remembered._young, "threads need not begin in the order of their times"
    monkeypatch.setattr(memory.time, "time_ns", lambda: now - memory.SETTLED_NS)
    remembered.begin()
    assert not remembered._young


def test_it_is_bounded(monkeypatch):
    """What is asked for stays, what is not asked for goes."""
    monkeypatch.setattr(memory, "MOST", 100)
    remembered = Memory()
    for number in range(1000):
        remembered._put(number, "text")
        if remembered._young.get(0) is None and 0 in remembered._old:
            remembered._put(0, remembered._old[0])
        assert len(remembered._young) + len(remembered._old) <= 200
    assert 0 in remembered._young or 0 in remembered._old
    assert 1 not in remembered._young and 1 not in remembered._old

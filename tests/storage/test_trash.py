"""The trash: what was deleted comes back as it was, or goes for good, and a full disk is no reason to keep anything."""
import os
import subprocess
from types import SimpleNamespace

import pytest

from appliance.core import Bus, clock, durable, errors
from appliance.storage import Storage, tidy, trash
from tests.storage.conftest import Hands

DAY_NS = 86_400 * 10**9


def lying(hands):
    return hands.storage.trash.list(hands.space.id)


def test_in_and_out(hands):
    hands.folder("folder")
    file = hands.write("folder/a.txt", b"12345", mtime_ns=10**18)
    key = hands.tree.remove(file, by="somebody")
    item, = lying(hands)
    assert (item.key, item.name, item.path, item.size, item.folder, item.mtime_ns, item.by) == (
        key, "a.txt", "folder/a.txt", 5, False, 10**18, "somebody")
    assert key == file.id and abs(item.deleted_ns - clock.now_ns()) < 60 * 10**9
    assert hands.storage.trash.item(hands.space.id, key) == item
    node, replaced = hands.storage.trash.restore(hands.space.id, key, hands.node("folder"), "a.txt")
    assert (node.id, node.etag, replaced) == (file.id, file.etag, False) and lying(hands) == []
    assert os.listdir(hands.house / "trash" / hands.space.id) == []
    assert hands.tree.by_id(file.id) == node
    hands.whole()


def test_what_is_restored_onto_something(hands):
    first = hands.write("a.txt", b"first")
    key = hands.tree.remove(first)
    second = hands.write("a.txt", b"second")
    with pytest.raises(errors.AlreadyExists):
        hands.storage.trash.restore(hands.space.id, key, hands.node(), "a.txt")
    node, replaced = hands.storage.trash.restore(hands.space.id, key, hands.node(), "a.txt", overwrite=True)
    assert replaced and node.id == first.id and [item.key for item in lying(hands)] == [second.id]
    with pytest.raises(errors.Conflict):
        hands.storage.trash.restore(hands.space.id, second.id, node, "x")
    hands.whole()


def test_inside_a_trashed_folder(hands):
    hands.folder("a")
    hands.folder("a/b")
    hands.write("a/b/one", b"1")
    hands.write("a/b/two", b"22")
    hands.write("a/three", b"333")
    key = hands.tree.remove(hands.node("a"))
    inside = hands.storage.trash.children(hands.space.id, key, "b")
    assert [(item.name, item.path, item.size) for item in inside] == [("one", "a/b/one", 1), ("two", "a/b/two", 2)]
    hands.storage.trash.restore(hands.space.id, key, hands.node(), "two", sub="b/two")
    assert lying(hands)[0].size == 4 and hands.node().size == 2
    hands.storage.trash.purge(hands.space.id, key, "b")
    assert lying(hands)[0].size == 3
    hands.storage.trash.restore(hands.space.id, key, hands.node(), "a")
    assert hands.node().size == 5 and hands.names("a") == ["three"]
    hands.whole()
    for sub in ("..", "../..", "none", "three/x"):
        with pytest.raises(errors.NotFound):
            hands.storage.trash.item(hands.space.id, key, sub)
    for other in ("spaces", "..", "", hands.space.id):
        with pytest.raises(errors.NotFound):
            hands.storage.trash.item(hands.space.id, other)


def test_purged_with_all_that_belonged_to_it(hands):
    hands.folder("a")
    file = hands.write("a/file", b"1")
    hands.write("a/file", b"2")
    hands.tree.set_properties(file, {"{urn:x}a": "x" * 20_000})
    key = hands.tree.remove(hands.node("a"))
    assert (hands.house / "versions" / hands.space.id / file.id).exists() and (hands.house / "attributes" / file.id).exists()
    hands.storage.trash.purge(hands.space.id, key)
    assert lying(hands) == [] and not (hands.house / "versions" / hands.space.id / file.id).exists()
    assert not (hands.house / "attributes" / file.id).exists()
    with pytest.raises(errors.NotFound):
        hands.storage.trash.purge(hands.space.id, key)
    hands.whole()


def test_purging_spares_the_versions_of_a_file_of_that_id_which_lives(hands):
    """A backup that was copied back has the ids of what lies in the trash."""
    file = hands.write("file", b"1")
    hands.write("file", b"2")
    key = hands.tree.remove(file)
    content = hands.house / "trash" / hands.space.id / key / "content"
    (hands.root / "file").write_bytes(b"2")
    for name in os.listxattr(content):
        os.setxattr(hands.root / "file", name, os.getxattr(content, name))
    hands.storage.walk()
    assert hands.tree.by_id(file.id).path == "file"
    hands.storage.trash.purge(hands.space.id, key)
    assert len(hands.storage.versions.list(hands.node("file"))) == 1


def test_what_comes_back_while_it_is_purged_keeps_its_versions(hands, monkeypatch):
    """Whoever is first, wins: nothing that lives loses what belongs to it."""
    file = hands.write("a.txt", b"1")
    hands.write("a.txt", b"2")
    key, size = hands.tree.remove(hands.node("a.txt")), trash._size

    def between(disk, path):
        found = size(disk, path)
        os.rename(hands.house / "trash" / hands.space.id / key / "content", hands.root / "a.txt")
        return found

    monkeypatch.setattr(trash, "_size", between)
    hands.storage.trash.purge(hands.space.id, key)
    assert hands.read("a.txt") == b"2" and len(hands.storage.versions.list(file)) == 1


@pytest.fixture
def deep(config):
    """Makes a tree deeper than any path can be, step by step, as others may."""
    def make(top):
        fd = os.open(top, os.O_RDONLY)
        for _ in range(2_500):
            os.mkdir("d", dir_fd=fd)
            fd, above = os.open("d", os.O_RDONLY, dir_fd=fd), fd
            os.close(above)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
        os.close(fd)

    yield make
    subprocess.run(["rm", "-rf", config.data], check=True)    # pytest's own clearing is recursive


def test_a_tree_deeper_than_any_path(hands, deep):
    top = hands.folder("top")
    deep(hands.root / "top")
    hands.storage.trash.purge(hands.space.id, hands.tree.remove(top))
    assert lying(hands) == []
    hands.whole()


def test_a_sweep_of_deep_leftovers(again, deep):
    hands = again()
    deep(hands.house / "drafts")
    hands = again(cut=True)
    hands.storage.run_long(tidy.remove, hands.storage._left_over)
    hands.whole()


def test_the_record_is_for_good_before_the_rename(hands, monkeypatch):
    order, rename, fsync = [], durable.rename, durable.fsync_folder
    monkeypatch.setattr(durable, "rename", lambda a, b, c, d, **how: (order.append(d), rename(a, b, c, d, **how)))
    monkeypatch.setattr(durable, "fsync_folder", lambda fd: (order.append(os.readlink(f"/proc/self/fd/{fd}")), fsync(fd)))
    file = hands.write("file", b"1")
    order.clear()
    hands.tree.remove(file)
    shelf = hands.house / "trash" / hands.space.id
    assert order.index("record.json") < order.index(f"trash/{hands.space.id}/{file.id}/content")
    after = order[order.index(f"trash/{hands.space.id}/{file.id}/content"):]
    assert {str(hands.root), str(shelf), str(shelf / file.id)} <= set(after)


def test_a_delete_that_fails_leaves_no_trace(hands, monkeypatch):
    file, rename = hands.write("file", b"1"), durable.rename

    def broken(a, b, c, d, **how):
        if d.endswith("content"):
            raise OSError(5, "Input/output error")
        rename(a, b, c, d, **how)
    monkeypatch.setattr(durable, "rename", broken)
    with pytest.raises(errors.Unavailable):
        hands.tree.remove(file)
    assert hands.node("file") == file and lying(hands) == []
    assert os.listdir(hands.house / "trash" / hands.space.id) == []


def test_a_record_without_content_is_nothing(again):
    hands = again()
    file = hands.write("file", b"1")
    shelf = hands.house / "trash" / hands.space.id / file.id
    shelf.mkdir(parents=True)
    (shelf / "record.json").write_text('{"name": "file"}')
    assert lying(hands) == []
    assert hands.tree.remove(file) != file.id       # its place is taken
    assert len(lying(hands)) == 1
    hands = again(cut=True)
    hands.storage.start()
    assert len(lying(hands)) == 1


def test_a_damaged_record_keeps_nothing_from_coming_back(hands):
    key = hands.tree.remove(hands.write("file", b"1"))
    (hands.house / "trash" / hands.space.id / key / "record.json").write_text("{")
    assert [item.name for item in lying(hands)] == [key]
    hands.storage.trash.thin(1)
    hands.storage.trash.restore(hands.space.id, key, hands.node(), "back")
    assert hands.read("back") == b"1"


def test_after_its_days_it_goes(hands):
    now = clock.now_ns()
    try:
        clock.set(lambda: now - 31 * DAY_NS)
        hands.tree.remove(hands.write("old", b"1"))
        clock.set(lambda: now - 29 * DAY_NS)
        hands.tree.remove(hands.write("new", b"1"))
    finally:
        clock.set()
    hands.storage.trash.thin(0)
    assert len(lying(hands)) == 2
    hands.storage.sweep()
    assert [item.name for item in lying(hands)] == ["new"]
    hands.storage.trash.empty(hands.space.id)
    assert lying(hands) == []


def test_restoring_needs_quota(hands):
    key = hands.tree.remove(hands.write("old", b"x" * 60))
    hands.storage.spaces.set_quota(hands.space.id, 100)
    there = hands.write("new", b"x" * 60)
    with pytest.raises(errors.QuotaExceeded):
        hands.storage.trash.restore(hands.space.id, key, hands.node(), "old")
    node, replaced = hands.storage.trash.restore(hands.space.id, key, hands.node(), "new", overwrite=True)
    assert replaced and there.id in {item.key for item in lying(hands)}
    hands.whole()


def test_deleting_on_a_disk_that_is_really_full(small):
    storage = Storage.open(small.config, Bus())
    try:
        hands = Hands(storage, SimpleNamespace(data=small.data))
        kept = hands.write("kept", b"k" * 100_000)
        hands.folder("folder")
        small.fill()
        with pytest.raises(errors.QuotaExceeded):
            for _ in range(1000):
                hands.write("more", b"m" * 100_000)
        assert os.listdir(hands.house / "drafts") == [] and "more" not in hands.names()
        key = hands.tree.remove(kept)
        assert hands.names() == ["folder"]
        hands.storage.trash.purge(hands.space.id, key)
        assert hands.write("again", b"x" * 50_000).size == 50_000
    finally:
        storage.close()


def test_the_oldest_goes_when_room_is_needed_and_nothing_in_vain(hands, monkeypatch):
    one, two, three = (hands.write(name, name.encode() * 1000) for name in ("one", "two", "three"))
    hands.write("three", b"new")                    # a version of 5000 bytes, replaced first
    for node in (one, two):
        hands.tree.remove(node)
    room = SimpleNamespace(left=100)

    def free():
        gone = 8_000 + 3_000 - sum(item.size for item in lying(hands)) - sum(
            version.size for version in hands.storage.versions.list(hands.node("three")))
        return room.left + gone
    monkeypatch.setattr(hands.storage, "free", free)
    with pytest.raises(errors.QuotaExceeded):
        hands.tree.draft(hands.node(), "huge", 10**6)
    assert len(lying(hands)) == 2 and len(hands.storage.versions.list(hands.node("three"))) == 1
    hands.tree.draft(hands.node(), "fits", 5_000).abort()
    assert len(lying(hands)) == 2 and hands.storage.versions.list(hands.node("three")) == []
    hands.tree.draft(hands.node(), "fits", 8_000).abort()
    assert [item.name for item in lying(hands)] == ["two"]
    assert trash.DAY_NS == DAY_NS


def test_a_whole_space(hands):
    hands.write("a", b"1")
    hands.storage.spaces.remove(hands.space.id)
    assert (hands.house / "trash" / "spaces" / hands.space.id / "a").read_bytes() == b"1"
    with pytest.raises(errors.NotFound):
        hands.node()
    hands.storage.sweep()
    assert (hands.house / "trash" / "spaces" / hands.space.id / "a").exists()

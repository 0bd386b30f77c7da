"""The tree: etag and size reach the root for every kind of change, ids stay, and what cannot be done changes nothing."""
import hashlib
import os
import time
import unicodedata

import gevent
import pytest

from appliance.core import errors
from appliance.storage import copying, listing, placing, tree

NFC, NFD = "ü.txt", unicodedata.normalize("NFD", "ü.txt")


def change_all(hands):
    """Every kind of change as (name, act, how much the root grows), one after another."""
    def copy_of(path, to):
        return hands.tree.copy(hands.node(path), hands.node(), to)
    space = hands.space.id
    return [
        ("make", lambda: hands.folder("one"), 0),
        ("make inside", lambda: hands.folder("one/two"), 0),
        ("write", lambda: hands.write("one/two/a.txt", b"12345"), 5),
        ("replace", lambda: hands.write("one/two/a.txt", b"123"), -2),
        ("properties", lambda: hands.tree.set_properties(hands.node("one/two/a.txt"), {"{urn:x}a": "1"}), 0),
        ("properties of a folder", lambda: hands.tree.set_properties(hands.node("one/two"), {"{urn:x}a": "1"}), 0),
        ("rename", lambda: hands.tree.move(hands.node("one/two/a.txt"), hands.node("one/two"), "b.txt"), 0),
        ("copy a file", lambda: copy_of("one/two/b.txt", "c.txt"), 3),
        ("copy a tree", lambda: copy_of("one", "three"), 3),
        ("move up", lambda: hands.tree.move(hands.node("one/two"), hands.node(), "four"), 0),
        ("version", lambda: hands.storage.versions.restore(
            hands.node("four/b.txt"), hands.storage.versions.list(hands.node("four/b.txt"))[0].key), 2),
        ("remove", lambda: hands.tree.remove(hands.node("four")), -5),
        ("restore", lambda: hands.storage.trash.restore(
            space, hands.storage.trash.list(space)[0].key, hands.node("three"), "back"), 5),
        ("replace by moving", lambda: hands.tree.move(hands.node("c.txt"), hands.node("three/back"), "b.txt", overwrite=True), -5),
        ("replace by copying", lambda: hands.tree.copy(hands.node("three/back"), hands.node(), "one", overwrite=True), 3),
    ]


def test_every_change_reaches_the_root_with_its_size(hands):
    size = 0
    for name, act, grows in change_all(hands):
        before = hands.node()
        act()
        after = hands.node()
        size += grows
        assert after.etag != before.etag and after.id == before.id, name
        assert after.size == size, name
        hands.whole()


def test_a_file_keeps_id_and_etag_over_renames_moves_trash_and_a_restart(again):
    hands = again()
    hands.folder("folder")
    first = hands.write("a.txt", b"1")
    hands.tree.set_properties(first, {"{urn:x}a": "1"})
    moved = hands.tree.move(first, hands.node("folder"), "b.txt")[0]
    assert (moved.id, moved.etag, moved.path) == (first.id, first.etag, "folder/b.txt")
    hands.tree.move(hands.node("folder"), hands.node(), "other")
    assert hands.tree.by_id(first.id).path == "other/b.txt"
    key = hands.tree.remove(hands.node("other/b.txt"))
    with pytest.raises(errors.NotFound):
        hands.tree.by_id(first.id)
    back = hands.storage.trash.restore(hands.space.id, key, hands.node(), "c.txt")[0]
    assert (back.id, back.etag) == (first.id, first.etag) and hands.tree.properties(back) == {"{urn:x}a": "1"}
    folder = hands.node()
    hands = again()
    assert hands.node("c.txt") == back and hands.node() == folder
    hands = again(cut=True)
    assert hands.node("c.txt") == back
    assert hands.node().etag[:16] == folder.etag[:16] and hands.node().etag != folder.etag


def test_onto_itself_and_into_itself(hands):
    hands.folder("a")
    hands.folder("a/b")
    file = hands.write("a/b/f.txt", b"x")
    assert hands.tree.move(file, hands.node("a/b"), "f.txt")[0].id == file.id
    assert hands.tree.move(hands.node("a"), hands.node(), "a", overwrite=True) == (hands.node("a"), False)
    for parent, name in (("a", "x"), ("a/b", "x"), ("a/b", "a")):
        with pytest.raises(errors.Conflict):
            hands.tree.move(hands.node("a"), hands.node(parent), name, overwrite=True)
        with pytest.raises(errors.Conflict):
            hands.tree.copy(hands.node("a"), hands.node(parent), name, overwrite=True)
    with pytest.raises(errors.Conflict):            # the target holds the source
        hands.tree.move(hands.node("a/b"), hands.node(), "a", overwrite=True)
    with pytest.raises(errors.Conflict):
        hands.tree.copy(hands.node("a/b"), hands.node(), "a", overwrite=True)
    assert hands.tree.copy(file, hands.node("a/b"), "f.txt", overwrite=True)[0].id == file.id
    assert hands.read("a/b/f.txt") == b"x"
    hands.whole()


def test_case_is_a_difference_and_form_is_none(hands):
    file = hands.write("a.txt", b"x")
    upper = hands.tree.move(file, hands.node(), "A.txt")[0]
    hands.write("a.txt", b"y")
    assert hands.names() == ["A.txt", "a.txt"] and upper.id == file.id
    (hands.root / NFD).write_bytes(b"old")          # by somebody on a Mac
    there = hands.node(NFC)
    assert there.name == NFC and there.size == 3
    assert hands.write(NFC, b"new one").id == there.id and os.path.exists(hands.root / NFD)
    assert hands.tree.move(hands.node(NFC), hands.node(), NFC)[0].id == there.id
    assert hands.tree.move(hands.node(NFD), hands.node(), NFD)[0].id == there.id
    with pytest.raises(errors.AlreadyExists):
        hands.tree.make_folder(hands.node(), NFC)
    assert hands.names() == ["A.txt", "a.txt", NFC] and hands.tree.by_id(there.id).name == NFC


def test_what_a_move_replaces_lies_in_the_trash_and_comes_back_when_the_move_fails(hands, monkeypatch):
    source, target = hands.write("source", b"source"), hands.write("target", b"target")
    with pytest.raises(errors.AlreadyExists):
        hands.tree.move(source, hands.node(), "target")

    def broken(*args):
        raise OSError(5, "Input/output error")
    monkeypatch.setattr(tree, "_move", broken)
    with pytest.raises(errors.Unavailable):
        hands.tree.move(source, hands.node(), "target", overwrite=True)
    monkeypatch.undo()
    assert hands.node("target") == target and hands.storage.trash.list(hands.space.id) == []
    assert hands.tree.by_id(target.id).path == "target"
    hands.whole()
    moved, replaced = hands.tree.move(source, hands.node(), "target", overwrite=True)
    assert replaced and moved.id == source.id
    assert [item.key for item in hands.storage.trash.list(hands.space.id)] == [target.id]
    hands.whole()


def test_a_copy_that_fails_leaves_what_it_was_to_replace(hands, monkeypatch):
    hands.folder("from")
    hands.write("from/a.txt", b"12345")
    target = hands.write("target", b"target")
    hands.storage.spaces.set_quota(hands.space.id, 17)
    monkeypatch.setattr(copying, "place", lambda *args: os.stat("/nonexistent"))
    with pytest.raises(errors.HouseError):
        hands.tree.copy(hands.node("from"), hands.node(), "target", overwrite=True)
    monkeypatch.undo()
    assert hands.node("target") == target
    hands.write("from/a.txt", b"1234567890")
    with pytest.raises(errors.QuotaExceeded):
        hands.tree.copy(hands.node("from"), hands.node(), "more")
    hands.whole()


def test_a_copy_has_ids_and_properties_of_its_own(hands):
    hands.folder("from")
    file = hands.write("from/a.txt", b"12345", mtime_ns=10**18)
    hands.tree.set_properties(file, {"{urn:x}a": "1"})
    other = hands.storage.spaces.personal("22222222-2222-4222-8222-222222222222", "bob", "Bob")
    copied, replaced = hands.tree.copy(hands.node("from"), other.root, "to")
    inner = hands.tree.node(other.id, "to/a.txt")
    assert not replaced and copied.size == 5 and inner.sums == file.sums and inner.mtime_ns == file.mtime_ns
    assert len({inner.id, file.id, copied.id, hands.node("from").id}) == 4
    assert hands.tree.properties(inner) == {"{urn:x}a": "1"}
    assert hands.tree.by_id(inner.id) == inner
    shallow = hands.tree.copy(hands.node("from"), hands.node(), "shallow", deep=False)[0]
    assert shallow.size == 0 and hands.names("shallow") == []
    with pytest.raises(errors.Unsupported):
        hands.tree.move(file, other.root, "a.txt")
    hands.whole()


def test_a_file_that_others_change_while_its_folder_is_copied_gets_no_wrong_sums(hands, monkeypatch):
    hands.folder("folder")
    file, copy = hands.write("folder/a", b"before"), os.copy_file_range

    def change(*args):
        (hands.root / "folder/a").write_bytes(b"later.")
        return copy(*args)

    monkeypatch.setattr(os, "copy_file_range", change)
    hands.tree.copy(hands.node("folder"), hands.node(), "copy")
    assert hands.node("copy/a").sums is None or hands.read("copy/a") == b"before"
    hands.storage.walk()
    assert hands.node("copy/a").sums.md5 == hashlib.md5(hands.read("copy/a")).hexdigest() != file.sums.md5


def test_a_file_copied_over_a_folder_and_over_a_file(hands):
    file = hands.write("a.txt", b"a")
    hands.folder("folder")
    hands.write("folder/inside", b"x")
    copied, replaced = hands.tree.copy(file, hands.node(), "folder", overwrite=True)
    assert replaced and not copied.folder and hands.storage.trash.list(hands.space.id)[0].name == "folder"
    old = hands.write("b.txt", b"b")
    hands.tree.set_properties(old, {"{urn:x}a": "of the replaced"})
    copied, replaced = hands.tree.copy(file, hands.node(), "b.txt", overwrite=True)
    assert replaced and copied.id == old.id and hands.tree.properties(copied) == {}
    assert len(hands.storage.versions.list(copied)) == 1
    with pytest.raises(errors.AlreadyExists):
        hands.tree.copy(file, hands.node(), "b.txt")
    hands.whole()


def test_a_stale_node_removes_what_is_there_now(hands):
    hands.folder("folder")
    stale = hands.node("folder")
    hands.write("folder/a.txt", b"12345")
    hands.tree.remove(stale)
    assert hands.node().size == 0
    hands.whole()


def test_a_stale_index_never_leads_to_another_node(hands):
    file, other = hands.write("a.txt", b"a"), hands.write("b.txt", b"b")
    os.rename(hands.root / "a.txt", hands.root / "c.txt")       # behind our back
    os.rename(hands.root / "b.txt", hands.root / "a.txt")
    hands.storage.remember(file.id, hands.space.id, "a.txt", hands.space.id)
    with pytest.raises(errors.NotFound):
        hands.tree.remove(file)
    with pytest.raises(errors.NotFound):
        hands.tree.by_id(file.id)
    assert hands.node("a.txt").id == other.id


def test_removing_a_tree_while_things_go_into_it(hands):
    hands.folder("folder")
    folder = hands.node("folder")

    def write(number):
        try:
            return hands.write(f"folder/{number}", b"x" * 10)
        except (errors.Conflict, errors.NotFound):
            return None
    jobs = [gevent.spawn(write, number) for number in range(20)]
    jobs.insert(10, gevent.spawn(hands.tree.remove, folder))
    gevent.joinall(jobs, raise_error=True)
    acknowledged = [job.value for job in jobs if isinstance(job.value, tuple)]
    inside = os.listdir(hands.house / "trash" / hands.space.id / folder.id / "content")
    assert sorted(node.name for node in acknowledged) == sorted(inside)
    hands.whole()


def test_links_are_nothing_at_all(hands, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "file").write_bytes(b"secret")
    hands.folder("folder")
    os.symlink(secret, hands.root / "folder" / "link")
    os.symlink(secret / "file", hands.root / "file")
    os.mkfifo(hands.root / "pipe")
    assert hands.names("folder") == [] and hands.names() == ["folder"]
    for path in ("folder/link", "folder/link/file", "file", "pipe", "folder/../../../..", "folder/./.."):
        with pytest.raises(errors.NotFound):
            hands.node(path)
    hands.tree.copy(hands.node("folder"), hands.node(), "copied")
    assert os.listdir(hands.root / "copied") == []
    for act in (lambda: hands.write("file", b"x"), lambda: hands.folder("folder/link"),
                lambda: hands.tree.move(hands.node("copied"), hands.node(), "file", overwrite=True)):
        with pytest.raises(errors.HouseError):
            act()
    assert (secret / "file").read_bytes() == b"secret" and os.listdir(secret) == ["file"]


def test_names_that_cannot_be_shown_are_hidden(hands):
    for name in (b"\xff.txt", b"a\nb", b"a\\b", b"\x7f"):
        with open(os.fsencode(hands.root) + b"/" + name, "wb"):
            pass
    assert hands.names() == []


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a/b", "a\\b", "a\nb", "\x7f", "a" * 256, "é" * 128, "\udcff"])
def test_names_nobody_may_give(hands, name):
    for act in (lambda: hands.tree.make_folder(hands.node(), name), lambda: hands.tree.draft(hands.node(), name)):
        with pytest.raises(errors.Invalid):
            act()
    assert os.listdir(hands.root) == []


def test_as_deep_as_a_path_can_be(hands):
    here = hands.node()
    with pytest.raises(errors.Invalid):
        for _ in range(100):
            here = hands.tree.make_folder(here, "d" * 200)
    assert len(here.path) <= placing.LONGEST
    hands.storage.walk()
    assert hands.tree.by_id(here.id) == here
    hands.tree.remove(hands.node("d" * 200))
    hands.whole()


def test_the_root_stays(hands):
    hands.folder("a")
    with pytest.raises(errors.Forbidden):
        hands.tree.remove(hands.node())
    with pytest.raises(errors.HouseError):
        hands.tree.move(hands.node(), hands.node("a"), "x")


def test_members_by_name(hands, monkeypatch):
    """Folders first, then as people look for names; a folder of too many stays as the disk has it, and whole."""
    wanted = ["Äpfel", "zum See", "1.txt", "apfel 1.txt", "Apfel 2.txt", "äpfel 03.txt", "apfel 10.txt", "Straße 3.txt", "Strasse 20.txt", "Zoo.txt"]
    for name in reversed(wanted):
        (hands.root / name).write_bytes(b"x") if "." in name else (hands.root / name).mkdir()
    def names():
        return [node.name for part in hands.tree.children(hands.node(), by_name=True) for node in part]
    assert names() == wanted
    monkeypatch.setattr(listing, "SORTED", 3)
    assert names() != wanted and sorted(names()) == sorted(wanted)
    monkeypatch.setattr(listing, "SORTED", 20)
    monkeypatch.setattr(listing, "LETTERS", 50)     # of names too long to be put in order in no time
    assert names() != wanted and sorted(names()) == sorted(wanted)


def test_members_by_name_to_the_last_letter(hands):
    """The order is that of the web client, else it could not show the beginning of a list: equal names by their letters, and letters as browsers compare them."""
    wanted = ["A 01", "A 1", "a 1", "É", "é", "👩 1", "（1）"]
    for name in (*wanted[::2], *wanted[1::2]):
        (hands.root / name).write_bytes(b"x")
    assert [node.name for part in hands.tree.children(hands.node(), by_name=True) for node in part] == wanted


def test_few_folders_are_put_in_order_at_a_time(hands, monkeypatch):
    """Other look-ups want the threads and the processor, too."""
    busy, most, by_name = [], [], listing._by_name
    def slow(entries):
        busy.append(1)
        most.append(len(busy))
        time.sleep(0.05)
        busy.pop()
        return by_name(entries)
    monkeypatch.setattr(listing, "_by_name", slow)
    hands.folder("a")
    asked = [gevent.spawn(lambda: list(hands.tree.children(hands.node(), by_name=True))) for _ in range(6)]
    gevent.joinall(asked, raise_error=True)
    assert max(most) == tree.ORDERING and all(len(each.value[0]) == 1 for each in asked)


def test_many_members_come_in_slices(hands):
    for number in range(450):
        (hands.root / f"{number}").write_bytes(b"x")
    parts = list(hands.tree.children(hands.node()))
    assert [len(part) for part in parts] == [400, 50]
    ids = {node.id for part in parts for node in part}
    assert len(ids) == 450 and hands.tree.by_id(next(iter(ids))).id in ids
    started = len(os.listdir("/proc/self/fd"))
    for part in hands.tree.children(hands.node()):
        break
    del part
    assert len(os.listdir("/proc/self/fd")) <= started

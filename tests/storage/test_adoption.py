"""A walk puts right whatever somebody did without us: ids, sums, sizes, and no id twice."""
import os
import shutil
import subprocess

import gevent
import pytest

from appliance.core import errors
from appliance.storage import adoption, examine


@pytest.fixture
def lain(hands):
    hands.folder("folder")
    hands.folder("folder/inner")
    hands.write("folder/inner/deep.txt", b"deep")
    hands.write("a.txt", b"first")
    hands.storage.walk()
    return hands


def walked(hands):
    """The etag of the root changed by a walk, and all rules hold then; a second walk finds nothing more to do."""
    before = hands.node().etag
    hands.storage.walk()
    after = hands.node().etag
    hands.storage.walk()
    assert hands.node().etag == after
    assert [finding for finding in examine(hands.config.data) if finding.rule != "served"] == []
    return before != after


def test_nothing_happened(lain):
    assert not walked(lain)


def test_a_new_tree(lain):
    new = lain.root / "folder" / "new"
    (new / "one").mkdir(parents=True)
    (new / "one" / "file").write_bytes(b"x" * 1000)
    assert walked(lain)
    node = lain.node("folder/new/one/file")
    assert node.sums.md5 and lain.tree.by_id(node.id) == node and lain.node().size == 9 + 1000
    assert lain.node("folder/new").size == 1000


def test_changed_in_place(lain):
    before = lain.node("folder/inner/deep.txt")
    (lain.root / "folder/inner/deep.txt").write_bytes(b"changed it")
    assert lain.node("folder/inner/deep.txt").sums is None
    assert lain.node("folder/inner/deep.txt").etag != before.etag
    assert walked(lain)
    now = lain.node("folder/inner/deep.txt")
    assert now.id == before.id and now.size == 10 and now.sums and lain.node().size == 15


def test_written_anew_while_it_was_looked_at_it_keeps_the_sums_it_has(lain, monkeypatch):
    """A look that began before the write must not take away what the write brought: the etag would change for nothing."""
    (lain.root / "a.txt").write_bytes(b"by hand")
    stale, written = adoption.stale, []

    def slow(*place):
        found = stale(*place)
        if found and not written:
            written.append(lain.write("a.txt", b"by the server"))
        return found
    monkeypatch.setattr(adoption, "stale", slow)
    monkeypatch.setattr(os, "read", lambda fd, most: pytest.fail("it was read in vain"))
    lain.storage.adopt(lain.storage.spaces.site(lain.space.id), "")
    assert lain.node("a.txt") == written[0] and written[0].sums


def test_replaced_under_its_name_it_stays_the_one_it_was(lain):
    before = lain.node("a.txt")
    (lain.root / ".a.swp").write_bytes(b"by an editor")
    os.rename(lain.root / ".a.swp", lain.root / "a.txt")
    assert walked(lain) and lain.node("a.txt").id == before.id


def test_moved_and_removed(lain):
    node, gone = lain.node("folder/inner"), lain.node("a.txt")
    os.rename(lain.root / "folder/inner", lain.root / "moved")
    os.unlink(lain.root / "a.txt")
    assert walked(lain)
    assert lain.tree.by_id(node.id).path == "moved" and lain.node().size == 4 and lain.node("folder").size == 0
    with pytest.raises(errors.NotFound):
        lain.tree.by_id(gone.id)


def test_a_copy_with_all_attributes_gets_ids_of_its_own(lain):
    ids = {lain.node(path).id for path in ("folder", "folder/inner", "folder/inner/deep.txt")}
    subprocess.run(["cp", "-a", lain.root / "folder", lain.root / "aaa"], check=True)
    subprocess.run(["cp", "-a", lain.root / "a.txt", lain.root / "zzz.txt"], check=True)
    first = lain.node("a.txt")
    assert walked(lain)
    copies = {lain.node(path).id for path in ("aaa", "aaa/inner", "aaa/inner/deep.txt")}
    assert len(copies) == 3 and not copies & ids
    assert {lain.node(path).id for path in ("folder", "folder/inner", "folder/inner/deep.txt")} == ids
    assert lain.node("a.txt").id == first.id != lain.node("zzz.txt").id


def test_copied_to_another_space(lain):
    other = lain.storage.spaces.personal("22222222-2222-4222-8222-222222222222", "bob", "Bob")
    subprocess.run(["cp", "-a", lain.root / "folder", lain.data / "people" / "bob" / "folder"], check=True)
    lain.storage.walk()
    assert lain.tree.node(other.id, "folder").id != lain.node("folder").id
    assert lain.tree.by_id(lain.node("folder").id).space == lain.space.id
    assert lain.storage.spaces.get(other.id).root.size == 4


@pytest.mark.parametrize("second", ["a second.txt", "folder/second.txt"])
def test_a_file_with_two_names(lain, second):
    """As jdupes, cp -al and rsync --link-dest make them: looked at once, not again and again for ever."""
    id = lain.node("a.txt").id
    os.link(lain.root / "a.txt", lain.root / second)
    with gevent.Timeout(20):
        lain.storage.walk()
    etag = lain.node().etag
    for _ in range(3):
        lain.storage.walk()
        assert lain.storage.complete and lain.node().etag == etag
    assert lain.node().size == 4 + 5 + 5 and lain.tree.by_id(id).path == "a.txt"
    lain.write("a.txt", b"written through us")
    lain.storage.walk()
    assert lain.read(second) == b"first" and lain.node(second).id != id == lain.node("a.txt").id


@pytest.mark.parametrize("second", ["a second.txt", "folder/second.txt"])
def test_one_of_two_names_is_changed_and_not_the_other(lain, second):
    os.link(lain.root / "a.txt", lain.root / second)
    lain.storage.walk()
    moved, _ = lain.tree.move(lain.node(second), lain.node("folder/inner"), "moved.txt")
    assert moved.path == "folder/inner/moved.txt" and lain.read("a.txt") == b"first"
    lain.storage.walk()
    lain.tree.remove(lain.node("folder/inner/moved.txt"))
    assert lain.read("a.txt") == b"first" and "moved.txt" not in lain.names("folder/inner")
    lain.storage.walk()
    assert lain.node().size == 4 + 5 and lain.tree.by_id(lain.node("a.txt").id).path == "a.txt"


def test_things_that_are_none_of_ours(lain, tmp_path):
    os.symlink(tmp_path, lain.root / "link")
    os.mkfifo(lain.root / "folder" / "pipe")
    os.symlink("/etc", lain.root / "folder" / "inner" / "etc")
    with open(os.fsencode(lain.root) + b"/\xff", "wb") as file:
        file.write(b"hidden")
    lain.storage.walk()
    assert lain.node().size == 9 and lain.names() == ["a.txt", "folder"]


def test_a_tree_deeper_than_a_path_can_say(lain):
    """Nobody can reach its end; everything else is found all the same."""
    here = os.open(lain.root, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    (lain.root / "new.txt").write_bytes(b"1")
    lain.storage.walk()
    assert lain.node("new.txt").sums
    lain.tree.remove(lain.node("d" * 200))
    shutil.rmtree(lain.house / "trash" / lain.space.id)


def test_reindexed(lain):
    node = lain.node("folder/inner/deep.txt")
    lain.storage.reindex()
    assert lain.tree.by_id(node.id) == node

"""The finder is disposable: whatever happens to its file, nothing is lost, and nobody is told that a node does not exist."""
import os
import sqlite3

import gevent
import pytest

from appliance.core import errors
from appliance.storage.finder import Finder


@pytest.fixture
def finder(tmp_path):
    made = Finder(tmp_path / "cache", "x")
    yield made
    made.close()


def test_paths(finder):
    finder.put("root", None, "", "root")
    finder.put_all([("a", "root", "a", "root"), ("b", "a", "b", "root"), ("c", "b", "c", "root")])
    assert finder.path("root") == ("root", "") and finder.path("c") == ("root", "a/b/c")
    finder.put("b", "root", "moved", "root")
    assert finder.path("c") == ("root", "moved/c") and finder.members("root") == {"a": "a", "moved": "b"}
    assert finder.entry("c") == ("b", "c", "root") and finder.entries(["c", "none"]) == {"c": ("b", "c", "root")}
    finder.drop("b")
    assert finder.path("c") is None and finder.path("b") is None and finder.path("a") == ("root", "a")


def test_a_circle_ends(finder):
    finder.put_all([("a", "b", "a", "s"), ("b", "a", "b", "s")])
    assert finder.path("a") is None


def test_rows_half_told_are_not_left_open(finder):
    with pytest.raises(sqlite3.Error):
        finder.put_all([("a", None, "a", "s"), ("b", None, None, "s")])
    finder.put_all([("c", None, "c", "s")])
    assert finder.path("c") == ("s", "")


def file_of(hands):
    return hands.config.cache / f"finder-{hands.storage.id}.sqlite"


@pytest.mark.parametrize("harm", ["missing", "garbage", "empty"])
def test_made_again_at_the_next_start(again, harm, until):
    hands = again()
    hands.folder("folder")
    node = hands.write("folder/a.txt", b"1")
    hands.storage.close()
    hands.storage.close = lambda: None
    for ending in ("-wal", "-shm"):
        assert not os.path.exists(str(file_of(hands)) + ending)
    if harm == "missing":
        file_of(hands).unlink()
    else:
        file_of(hands).write_bytes(b"" if harm == "empty" else b"garbage" * 1000)
    hands = again()
    with pytest.raises(errors.Unavailable):         # not: there is no such file
        hands.tree.by_id(node.id)
    hands.storage.walk()
    assert hands.tree.by_id(node.id) == node
    with pytest.raises(errors.NotFound):
        hands.tree.by_id("33333333-3333-4333-8333-333333333333")


def test_behind_after_an_unclean_stop(again):
    hands = again()
    node = hands.write("a.txt", b"1")
    hands.storage.walk()
    os.rename(hands.root / "a.txt", hands.root / "b.txt")
    hands = again(cut=True)
    with pytest.raises(errors.Unavailable):
        hands.tree.by_id(node.id)
    hands.storage.walk()
    assert hands.tree.by_id(node.id).path == "b.txt"
    hands = again()
    with pytest.raises(errors.NotFound):
        hands.tree.by_id("33333333-3333-4333-8333-333333333333")


def test_damaged_while_running(hands, until):
    hands.folder("folder")
    node = hands.write("folder/a.txt", b"1")
    hands.storage.walk()
    hands.storage.finder._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(file_of(hands), "r+b") as file:
        file.write(b"\0" * file.seek(0, 2) if not file.seek(0) else b"")
    hands.storage.finder._base.execute("PRAGMA shrink_memory")

    def found():
        try:
            return hands.tree.by_id(node.id)
        except errors.Unavailable:
            gevent.sleep(0.05)
            return None
    assert until(found) == node
    assert hands.write("folder/a.txt", b"2").id == node.id
    until(lambda: hands.storage.complete)
    assert hands.tree.by_id(hands.node("folder").id).path == "folder"


def test_a_change_never_fails_for_it(hands, monkeypatch):
    def locked(*args):
        raise sqlite3.OperationalError("database is locked")
    monkeypatch.setattr(hands.storage.finder, "put", locked)
    monkeypatch.setattr(Finder, "put", locked)
    node = hands.write("a.txt", b"1")
    assert hands.node("a.txt") == node
    monkeypatch.undo()
    with pytest.raises(errors.Unavailable):
        hands.tree.by_id(node.id)
    hands.storage.walk()
    assert hands.tree.by_id(node.id) == node


def test_asked_by_many_at_once(hands):
    nodes = [hands.write(str(number), b"x") for number in range(20)]
    jobs = [gevent.spawn(hands.tree.by_id, node.id) for node in nodes * 5]
    jobs += [gevent.spawn(hands.tree.move, node, hands.node(), "moved" + node.name) for node in nodes]
    gevent.joinall(jobs, raise_error=True)
    assert {hands.tree.by_id(node.id).name for node in nodes} == {"moved" + node.name for node in nodes}

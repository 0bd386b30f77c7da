"""What is known of a node lies in its inode, or beside it when that is full, and nobody above can tell."""
import errno
import os

import pytest

from appliance.storage import attributes

BIG = {"{urn:x}big": "x" * 60_000}


def side(hands, node):
    folder = hands.house / "attributes" / node.id
    return sorted(os.listdir(folder)) if folder.exists() else []


def test_too_big_for_the_inode_and_back(hands):
    node = hands.write("a.txt", b"1")
    hands.tree.set_properties(node, {"{urn:x}small": "1"})
    assert side(hands, node) == []
    hands.tree.set_properties(node, BIG)
    assert side(hands, node) == ["props.json"] and b"props" not in "".join(os.listxattr(hands.root / "a.txt")).encode()
    assert hands.tree.properties(node) == {"{urn:x}small": "1", **BIG}
    hands.whole()
    hands.tree.set_properties(node, {"{urn:x}big": None})
    assert side(hands, node) == [] and hands.tree.properties(node) == {"{urn:x}small": "1"}
    hands.tree.set_properties(node, {"{urn:x}small": None})
    assert hands.tree.properties(node) == {} and hands.tree.attribute(node, "props") is None
    hands.whole()


def test_what_lies_beside_stays_with_the_file(hands):
    node = hands.write("a.txt", b"1")
    hands.tree.set_properties(node, BIG)
    assert hands.tree.properties(hands.write("a.txt", b"2")) == BIG
    moved = hands.tree.move(node, hands.node(), "b.txt")[0]
    assert hands.tree.properties(moved) == BIG
    copied = hands.tree.copy(moved, hands.node(), "c.txt")[0]
    assert hands.tree.properties(copied) == BIG and side(hands, copied) == ["props.json"]
    hands.tree.set_properties(copied, {"{urn:x}big": None})
    assert hands.tree.properties(moved) == BIG
    back = hands.storage.trash.restore(hands.space.id, hands.tree.remove(moved), hands.node(), "d.txt")[0]
    assert hands.tree.properties(back) == BIG
    hands.folder("folder")
    hands.tree.set_properties(hands.node("folder"), BIG)
    assert hands.tree.properties(hands.tree.copy(hands.node("folder"), hands.node(), "other")[0]) == BIG
    hands.whole()


def test_an_inode_filled_by_many_groups(hands):
    node = hands.write("a.txt", b"1")
    for group in ("props", "grants", "links", "tags"):
        hands.tree.set_attribute(node, group, {group: "x" * 1500})
    for group in ("props", "grants", "links", "tags"):
        assert hands.tree.attribute(node, group) == {group: "x" * 1500}
    assert hands.node("a.txt") == node              # id and sums have their room
    new = hands.write("a.txt", b"2")
    for group in ("props", "grants", "links", "tags"):
        assert hands.tree.attribute(new, group) == {group: "x" * 1500}
    hands.whole()


def test_cut_off_between_the_two_places(hands, monkeypatch):
    """Whatever stood before or what was to stand there; never nothing, never something older."""
    node = hands.write("a.txt", b"1")
    hands.tree.set_properties(node, {"{urn:x}a": "old"})
    real = attributes.drop_raw

    def cut(target, group):
        raise KeyboardInterrupt
    monkeypatch.setattr(attributes, "drop_raw", cut)
    with pytest.raises(KeyboardInterrupt):
        hands.tree.set_properties(node, BIG)
    assert hands.tree.properties(node) == {"{urn:x}a": "old"}
    monkeypatch.setattr(attributes, "drop_raw", real)
    hands.tree.set_properties(node, {"{urn:x}a": None})
    assert hands.tree.properties(node) == {}


def test_garbage_is_nothing_and_can_be_replaced(hands):
    node = hands.write("a.txt", b"1")
    for text in (b"{", b"[]", b"\xff"):
        os.setxattr(hands.root / "a.txt", "user.hearth.props", text)
        assert hands.tree.properties(node) == {}
        assert hands.write("a.txt", b"2").id == node.id
    for text in (b"", b"1", b"1 x y z", b"\xff" * 100):
        os.setxattr(hands.root / "a.txt", "user.hearth.sums", text)
        os.setxattr(hands.root, "user.hearth.tree", text)
        assert hands.node("a.txt").sums is None and hands.node().size == 0


def test_a_full_disk_is_told(hands, monkeypatch):
    node = hands.write("a.txt", b"1")

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(attributes, "put_raw", full)
    monkeypatch.setattr(attributes.durable, "write_file", full)
    with pytest.raises(Exception) as told:
        hands.tree.set_properties(node, {"{urn:x}a": "1"})
    assert type(told.value).__name__ == "QuotaExceeded"

"""What is known of a node survives in its inode or beside it, and nobody can tell which."""
import json
import os

import pytest

from appliance.core import ids
from appliance.storage import attributes

LARGE = {"{urn:x}large": "x" * 20_000}


@pytest.fixture
def house(tmp_path):
    (tmp_path / "attributes").mkdir()
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd, tmp_path
    os.close(fd)


@pytest.fixture
def node(tmp_path):
    """A file and its id."""
    path = tmp_path / "node"
    path.write_bytes(b"")
    return str(path), ids.new()


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


def side(house, id, group="props"):
    return house[1] / "attributes" / id / f"{group}.json"


@pytest.mark.parametrize("value", [{"a": "1"}, LARGE, {"ü": "\U0001f600 \"\n"}], ids=["small", "large", "odd"])
def test_what_was_written_is_read(house, node, value):
    attributes.write(*house, *node, "props", value)
    assert attributes.read(house[0], *node, "props") == value


def test_a_small_group_lies_in_the_inode_and_a_large_one_beside(house, node):
    path, id = node
    attributes.write(*house, path, id, "props", {"a": "1"})
    assert attributes.raw(path, "props") and not side(house, id).exists()
    attributes.write(*house, path, id, "props", LARGE)
    assert attributes.raw(path, "props") is None and json.loads(side(house, id).read_text()) == LARGE
    attributes.write(*house, path, id, "props", {"a": "1"})
    assert attributes.raw(path, "props") and not side(house, id).parent.exists()


def test_a_full_inode(house, node):
    path, id = node
    fill(path)
    attributes.write(*house, path, id, "props", {"a": "1"})
    attributes.write(*house, path, id, "tags", {"b": "2"})
    assert attributes.read(house[0], path, id, "props") == {"a": "1"} and side(house, id).exists()
    assert attributes.read(house[0], path, id, "tags") == {"b": "2"}


@pytest.mark.parametrize("value", [{"a": "1"}, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("nothing", [None, {}])
def test_what_is_taken_away_is_gone(house, node, value, nothing):
    attributes.write(*house, *node, "props", value)
    attributes.write(*house, *node, "props", nothing)
    assert attributes.read(house[0], *node, "props") is None and not os.listdir(house[1] / "attributes")
    attributes.write(*house, *node, "props", nothing)


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "\udcff"])
def test_what_cannot_be_read_counts_as_nothing(house, node, text):
    os.setxattr(node[0], "user.hearth.props", os.fsencode(text))
    assert attributes.read(house[0], *node, "props") is None


def test_properties_too_large_for_the_inode_stay_through_everything(hand):
    node = hand.put("a")
    hand.tree.set_properties(node, LARGE)
    hand.put("a", b"new content")
    assert hand.tree.properties(hand.node("a")) == LARGE
    copied, _ = hand.tree.copy(hand.node("a"), hand.node(), "b")
    assert hand.tree.properties(copied) == LARGE
    hand.tree.set_properties(hand.node("a"), dict.fromkeys(LARGE))
    assert hand.tree.properties(hand.node("b")) == LARGE and hand.tree.properties(hand.node("a")) == {}
    moved, _ = hand.tree.move(hand.node("b"), hand.make("folder"), "c")
    key = hand.tree.remove(moved)
    back, _ = hand.storage.trash.restore(hand.space.id, key, hand.node(), "d")
    assert hand.tree.properties(back) == LARGE
    hand.storage.trash.purge(hand.space.id, hand.tree.remove(back))
    assert not os.listdir(hand.house / "attributes")


def test_a_file_of_others_whose_inode_is_full_is_served_like_any(hand):
    (hand.root / "full").write_bytes(b"theirs")
    fill(hand.root / "full")
    hand.put("other")
    listed = hand.listing()
    assert sorted(listed) == ["full", "other"] and hand.read("full") == b"theirs"
    assert hand.node("full").id == listed["full"].id and hand.tree.by_id(listed["full"].id) == hand.node("full")
    hand.storage.walk()
    assert hand.node("full") == listed["full"]._replace(parent=hand.space.id)
    hand.put("full", b"ours")
    assert hand.read("full") == b"ours" and hand.node("full").id == listed["full"].id

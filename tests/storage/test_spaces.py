"""Spaces: plain folders with an owner, found again at every start, and never mixed up."""
import os

import gevent
import pytest

from appliance.core import Bus, errors
from appliance.storage import Storage

ANN, BOB = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def test_made_at_first_use_and_found_again(again):
    hands = again()
    space = hands.space
    assert (space.kind, space.name, space.alias, space.owner, space.quota, space.folder) == (
        "personal", "Ann", "personal/ann", ANN, 0, "people/ann")
    assert space.root.id == space.id and space.root.path == "" and space.root.parent is None and space.root.folder
    assert hands.storage.spaces.personal(ANN, "ann", "Ann") == space == hands.storage.spaces.of_owner(ANN)
    hands.storage.spaces.set_quota(space.id, 1000)
    hands.storage.spaces.change(space.id, name="Änne")
    hands = again(cut=True)
    found = hands.storage.spaces.get(space.id)
    assert (found.id, found.quota, found.name, found.owner) == (space.id, 1000, "Änne", ANN)
    assert hands.storage.spaces.of_owner(BOB) is None
    with pytest.raises(errors.NotFound):
        hands.storage.spaces.get(ANN)


def test_made_once_by_many_requests(storage):
    found = [job.get() for job in [gevent.spawn(storage.spaces.personal, BOB, "bob", "Bob") for _ in range(20)]]
    assert len({space.id for space in found}) == 1 and os.listdir(storage.disk.data / "people") == ["bob"]


def test_a_folder_of_somebody_else_is_left_alone(again):
    hands = again()
    hands.write("old", b"theirs")
    space = hands.storage.spaces.personal(BOB, "ann", "Bob")
    assert space.folder == "people/ann (2)" and hands.read("old") == b"theirs"
    hands = again()
    assert hands.storage.spaces.of_owner(BOB).id == space.id


def test_one_home_that_came_back_without_attributes(again):
    """It gets no empty one beside it, which the computers of its owner would take for the truth; everybody else is served."""
    hands = again()
    home = hands.data / "people" / "bob"
    home.mkdir()
    (home / "old").write_bytes(b"theirs")
    with pytest.raises(errors.Unavailable, match="people/bob holds files"):
        hands.storage.spaces.personal(BOB, "bob", "Bob")
    assert sorted(os.listdir(hands.data / "people")) == ["ann", "bob"] and hands.names() == [] == os.listdir(hands.house / "drafts")
    (home / "old").unlink()
    assert hands.storage.spaces.personal(BOB, "bob", "Bob").folder == "people/bob (2)"


def test_a_backup_that_came_back_without_attributes_is_refused(again, config):
    """Else everybody would get a new home with nothing in it, and their computers would delete what they have."""
    hands = again()
    hands.write("a.txt", b"precious")
    kept = {name: os.getxattr(hands.root, name) for name in os.listxattr(hands.root)}
    hands.storage.close()
    for name in kept:
        os.removexattr(hands.root, name)
    for _ in range(2):
        with pytest.raises(errors.Unavailable, match="attributes"):
            Storage.open(config, Bus())
    assert os.listdir(hands.data / "people") == ["ann"]
    for name, value in kept.items():
        os.setxattr(hands.root, name, value)
    storage = Storage.open(config, Bus())
    assert storage.generation == hands.storage.generation and storage.tree.node(hands.space.id, "a.txt").size == 8
    storage.close()


def test_facts_that_lie_beside_the_inode(again):
    hands = again()
    hands.storage.spaces.change(hands.space.id, name="Ä" * 4000)
    assert "user.hearth.space" not in os.listxattr(hands.root)
    assert again().storage.spaces.of_owner(ANN).name == "Ä" * 4000


@pytest.mark.parametrize("login", ["..", ".", "", "a/b", "../../x", "a\\b", "a\0b"])
def test_logins_that_are_no_folder(storage, login):
    before = os.listdir(storage.disk.data / "people")
    with pytest.raises(errors.Invalid):
        storage.spaces.personal(BOB, login, "Bob")
    assert os.listdir(storage.disk.data / "people") == before and os.listdir(storage.disk.house_path / "drafts") == []


def test_cases_are_two_people(storage):
    one, two = storage.spaces.personal(ANN, "ann", "Ann"), storage.spaces.personal(BOB, "Ann", "Ann")
    assert {one.folder, two.folder} == {"people/ann", "people/Ann"} and one.id != two.id


def test_a_link_is_no_space(again, tmp_path):
    hands = again()
    os.rename(hands.root, tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", hands.root)
    with pytest.raises(errors.NotFound):
        hands.node()
    hands = again()
    assert hands.space.folder == "people/ann (2)"


def test_two_folders_with_one_id(again):
    """A copy of a whole space does not take its place."""
    hands = again()
    file = hands.write("a.txt", b"1")
    copy = hands.data / "people" / "aaa"
    copy.mkdir()
    for name in os.listxattr(hands.root):
        os.setxattr(copy, name, os.getxattr(hands.root, name))
    hands.storage.spaces.load()
    assert hands.storage.spaces.get(hands.space.id).folder == "people/ann" and hands.node("a.txt") == file


def test_room(hands):
    spaces = hands.storage.spaces
    assert spaces.room(hands.space.id, 0) == pytest.approx(hands.storage.free(), rel=0.1)
    spaces.set_quota(hands.space.id, 100)
    hands.write("a.txt", b"x" * 40)
    assert spaces.room(hands.space.id, 60) == 60
    with pytest.raises(errors.QuotaExceeded):
        spaces.room(hands.space.id, 61)
    spaces.set_quota(hands.space.id, 10)            # less than there is: nothing more goes in, all comes out
    assert spaces.room(hands.space.id, 0) == 0 and hands.read("a.txt") == b"x" * 40
    hands.write("a.txt", b"y" * 30)
    hands.tree.remove(hands.node("a.txt"))

"""What becomes of a space whose owner is gone: a while in the trash, or a folder of somebody else; also when cut off half-way."""
import os

import pytest

from appliance.core import clock, durable, errors

BOB = "22222222-2222-4222-8222-222222222222"
NAME = "Files of ann"


@pytest.fixture
def full(hands):
    """Ann's space with a tree, a version and something in the trash, and Bob's; all that is to be found again."""
    hands.folder("Photos")
    hands.write("Photos/a.txt", b"old")
    hands.kept = hands.write("Photos/a.txt", b"new one")
    hands.gone = hands.write("gone.txt", b"gone")
    hands.key = hands.tree.remove(hands.gone)
    hands.bob = hands.storage.spaces.personal(BOB, "bob", "Bob")
    return hands


def handed_over(hands, folder=NAME):
    """All of it is Bob's now, and nothing is left of Ann's."""
    tree, bob = hands.tree, hands.bob.id
    node = tree.node(bob, f"{folder}/Photos/a.txt")
    assert node.id == hands.kept.id == tree.by_id(hands.kept.id).id and tree.by_id(hands.kept.id).path == node.path
    assert [version.size for version in hands.storage.versions.list(node)] == [3]
    assert tree.node(bob, folder).id == hands.space.id == tree.by_id(hands.space.id).id
    assert hands.storage.spaces.get(bob).root.size == node.size == 7
    item, = hands.storage.trash.list(bob)
    assert (item.path, item.size) == (f"{NAME}/gone.txt", 4)
    assert hands.storage.spaces.of_owner("11111111-1111-4111-8111-111111111111") is None and os.listdir(hands.data / "people") == ["bob"]
    with pytest.raises(errors.NotFound):
        hands.storage.spaces.get(hands.space.id)
    restored, _ = hands.storage.trash.restore(bob, item.key, tree.node(bob, folder), "gone.txt")
    assert restored.id == hands.gone.id
    hands.whole()


def test_handing_over(full):
    node = full.storage.spaces.hand_over(full.space.id, full.bob.id, NAME)
    assert (node.path, node.id, node.space) == (NAME, full.space.id, full.bob.id)
    assert "user.hearth.space" not in os.listxattr(full.data / "people" / "bob" / NAME)
    handed_over(full)


def test_what_is_shared_stays(full, monkeypatch):
    """Also before each thing in the space, which may be large, has been told to the index."""
    shared, index = full.storage.shared, full.storage.index
    shared.change(full.kept, lambda kept: {"u:carl": {"role": "r"}})

    def then(*args):
        assert [(node.space, node.path) for node, _ in shared.look([full.kept.id], sure=True)] == [(full.bob.id, f"{NAME}/Photos/a.txt")]
        index(*args)
    monkeypatch.setattr(full.storage, "index", then)
    full.storage.spaces.hand_over(full.space.id, full.bob.id, NAME)
    handed_over(full)


def test_a_name_that_is_taken_and_a_quota(full):
    """Neither keeps the files from their heir."""
    full.storage.spaces.set_quota(full.bob.id, 1)
    full.tree.make_folder(full.storage.spaces.get(full.bob.id).root, NAME)
    assert full.storage.spaces.hand_over(full.space.id, full.bob.id, NAME).name == NAME + " (2)"
    full.storage.spaces.set_quota(full.bob.id, 0)
    handed_over(full, NAME + " (2)")


@pytest.mark.parametrize("step", range(1, 5))
def test_cut_off_half_way(full, monkeypatch, step):
    """At every rename on the way; what is begun again comes to the same end."""
    real, done = durable.rename, []

    def rename(*args, **how):
        done.append(args)
        if len(done) == step:
            raise OSError(5, "cut")
        return real(*args, **how)
    monkeypatch.setattr(durable, "rename", rename)
    try:
        full.storage.spaces.hand_over(full.space.id, full.bob.id, NAME)
    except errors.HouseError:
        assert full.tree.node(full.space.id, "Photos/a.txt").id == full.kept.id     # until the last step all is where it was
    else:
        assert len(done) < step
        return handed_over(full)
    monkeypatch.setattr(durable, "rename", real)
    full.storage.spaces.hand_over(full.space.id, full.bob.id, NAME)
    handed_over(full)


def test_the_server_was_killed_after_the_rename(again):
    """The space is a folder already: nothing is left to do but what a walk puts right."""
    hands = again()
    hands.kept = hands.write("a.txt", b"1234567")
    bob = hands.storage.spaces.personal(BOB, "bob", "Bob")
    os.rename(hands.root, hands.data / "people" / "bob" / NAME)
    hands = again(cut=True)
    assert hands.storage.spaces.of_owner(hands.space.owner).id != bob.id
    hands.storage.walk()
    assert hands.tree.node(bob.id, NAME + "/a.txt").size == 7 and hands.storage.spaces.get(bob.id).root.size == 7


def test_in_the_trash_for_a_while(full):
    """With all that belongs to it, and not a day longer."""
    space, house = full.space.id, full.house
    full.storage.spaces.remove(space)
    assert os.listdir(full.data / "people") == ["bob"] and os.listdir(house / "trash" / "spaces") == [space]
    now = clock.now_ns()
    for days, kept in ((29, True), (31, False)):
        clock.set(lambda days=days: now + days * 86_400 * 10**9)
        full.storage.spaces.thin(0)
        full.storage.spaces.thin(30)
        assert (house / "trash" / "spaces" / space).exists() is kept
    assert not (house / "versions" / space).exists() and not (house / "trash" / space).exists()
    clock.set()
    full.whole()


@pytest.fixture(autouse=True)
def right_time():
    """The clock goes right again."""
    yield
    clock.set()

"""A node that was looked up before somebody else changed it."""
import gevent
import pytest

from appliance.core import errors


def _put(storage, space, content):
    draft = storage.tree.draft(storage.tree.node(space.id), "a", len(content))
    draft.write(content)
    return draft.commit()[0]


def test_removing_what_has_grown(storage, space):
    """What leaves the folder is what lies there now, not what lay there when the request looked."""
    node = _put(storage, space, b"x")
    _put(storage, space, b"x" * 1000)
    storage.tree.remove(node)
    assert storage.tree.node(space.id).size == 0


def test_of_many_who_move_one_file_one_does(storage, space):
    """Those who come late find nothing at the path they named."""
    node = _put(storage, space, b"x")
    root = storage.tree.node(space.id)
    moves = [gevent.spawn(storage.tree.move, node, root, f"name {number}") for number in range(10)]
    gevent.joinall(moves)
    assert sum(move.successful() for move in moves) == 1
    with pytest.raises(errors.NotFound):
        storage.tree.remove(node)
    assert sum(len(slice) for slice in storage.tree.children(storage.tree.node(space.id))) == 1

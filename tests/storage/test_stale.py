"""A node that was looked up before somebody else changed it."""
import pytest


def _put(storage, space, content):
    draft = storage.tree.draft(storage.tree.node(space.id), "a", len(content))
    draft.write(content)
    return draft.commit()[0]


@pytest.mark.xfail(reason="trash.take subtracts the size that the node had before: /work/notes/attack.md, 3", strict=False)
def test_removing_what_has_grown(storage, space):
    """What leaves the folder is what lies there now, not what lay there when the request looked."""
    node = _put(storage, space, b"x")
    _put(storage, space, b"x" * 1000)
    storage.tree.remove(node)
    assert storage.tree.node(space.id).size == 0

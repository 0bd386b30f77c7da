"""Grants on nodes: they go with the node, and are found again."""
import os
import shutil
import subprocess

import pytest

from appliance.core import Bus, errors
from appliance.storage import Storage

GRANT = {"u:bob": {"role": "r", "by": "ann", "created": 1.0}}


@pytest.fixture
def folder(storage, space):
    return storage.tree.make_folder(storage.tree.make_folder(space.root, "above"), "folder")


def give(storage, node, grants=GRANT):
    return storage.shared.change(node, lambda kept: {**kept, **grants})


def everything(storage):
    return {node.path: kept for node, kept in storage.shared.look(storage.shared.mentioning(lambda to, grant: True))}


def write(storage, parent, name, content):
    draft = storage.tree.draft(parent, name)
    draft.write(content)
    return draft.commit()[0]


def test_given_and_taken(storage, space, folder):
    """On the node, seen from beneath; nothing is left of the last one."""
    inner = write(storage, folder, "a.txt", b"a")
    assert not storage.shared.any() and storage.shared.above(inner) == []
    give(storage, folder)
    give(storage, inner, {"u:carl": {"role": "r"}})
    assert storage.shared.above(inner) == [(True, {"u:carl": {"role": "r"}}), (False, GRANT)]
    assert storage.shared.above(space.root) == [] and storage.shared.above(folder) == [(True, GRANT)]
    assert everything(storage) == {"above/folder": GRANT, "above/folder/a.txt": {"u:carl": {"role": "r"}}}
    for node in (folder, inner):
        storage.shared.change(node, lambda kept: {})
    assert not storage.shared.any() and os.listdir(storage.disk.house_path / "shared") == [] and storage.shared.above(inner) == []


def test_refused_changes_nothing(storage, folder):
    """Whoever says no to a change says it in time."""
    def refuse(kept):
        raise errors.Invalid()
    with pytest.raises(errors.Invalid):
        storage.shared.change(folder, refuse)
    assert not storage.shared.any() and os.listdir(storage.disk.house_path / "shared") == []


def test_found_again(config, storage, space, folder):
    """After a start, also one without the cache; a mark without grants is nothing."""
    give(storage, folder)
    (storage.disk.house_path / "shared" / space.id).touch()
    storage.close()
    shutil.rmtree(config.cache)
    again = Storage.open(config, Bus())
    try:
        again.walk()
        assert everything(again) == {"above/folder": GRANT}
    finally:
        again.close()


def test_stays_with_a_file(storage, space):
    """New content, an older version, another name, the trash: all keep the grants."""
    file = write(storage, space.root, "a.txt", b"one")
    give(storage, file)
    write(storage, space.root, "a.txt", b"two")
    assert everything(storage) == {"a.txt": GRANT}
    storage.versions.restore(file, storage.versions.list(file)[0].key)
    assert everything(storage) == {"a.txt": GRANT}
    moved, _ = storage.tree.move(file, space.root, "b.txt")
    assert everything(storage) == {"b.txt": GRANT}
    key = storage.tree.remove(moved)
    assert everything(storage) == {}
    storage.trash.restore(space.id, key, space.root, "c.txt")
    assert everything(storage) == {"c.txt": GRANT}


def test_copies_are_not_shared(storage, space, folder):
    """Neither ours nor those made behind our back, which have the same attributes."""
    inner = write(storage, folder, "a.txt", b"a")
    give(storage, folder)
    give(storage, inner)
    storage.tree.copy(folder, space.root, "ours")
    root = storage.disk.data / storage.site(space.id).base
    subprocess.run(["cp", "-a", root / "above/folder", root / "theirs"], check=True)
    storage.walk()
    for name in ("ours", "theirs"):
        assert storage.shared.above(storage.tree.node(space.id, f"{name}/a.txt")) == []
    assert storage.shared.above(storage.tree.node(space.id, "above/folder/a.txt")) == [(True, GRANT), (False, GRANT)]
    assert set(everything(storage)) == {"above/folder", "above/folder/a.txt"}

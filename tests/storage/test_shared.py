"""Grants on nodes: they go with the node, and are found again."""
import os
import shutil
import subprocess

import gevent
import pytest

from appliance.core import Bus, errors
from appliance.storage import Storage, nodes

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


def test_found_by_whom_it_is_to(config, storage, space, folder):
    """As it is now: given, given to somebody else, taken, gone for good, and after a start."""
    inner = write(storage, folder, "a.txt", b"a")
    give(storage, folder)
    give(storage, inner, {"u:bob": {"role": "r"}, "g:kids": {"role": "r"}})
    assert storage.shared.given(["u:bob"]) == {folder.id, inner.id} and storage.shared.given(["g:kids", "u:carl"]) == {inner.id}
    storage.shared.change(inner, lambda kept: {"u:carl": {"role": "r"}})
    assert storage.shared.given(["u:bob"]) == {folder.id} and storage.shared.given(["u:carl"]) == {inner.id} and not storage.shared.given(["g:kids"])
    storage.close()
    again = Storage.open(config, Bus())
    try:
        assert again.shared.given(["u:bob"]) == {folder.id} and again.shared.given(["u:carl", "u:bob"]) == {folder.id, inner.id}
        again.shared.forget([inner.id])
        again.shared.change(again.tree.by_id(folder.id), lambda kept: {})
        assert not again.shared.given(["u:bob", "u:carl"]) and not again.shared._named
    finally:
        again.close()


def test_read_once(storage, folder, monkeypatch):
    """However many ask at once after a start."""
    give(storage, folder)
    storage.shared.load()
    look, looks = storage.shared.look, []
    monkeypatch.setattr(storage.shared, "look", lambda *args: looks.append(args) or look(*args))
    asking = [gevent.spawn(storage.shared.given, ["u:bob"]) for _ in range(20)]
    gevent.joinall(asking, raise_error=True)
    assert all(each.value == {folder.id} for each in asking) and len(looks) == 1


def test_looked_at_together(storage, space, folder):
    """Each is the node that it is by itself, whatever was looked at before it: a root, what lies in it, and what lies deeper."""
    inner, top = write(storage, folder, "a.txt", b"a"), write(storage, space.root, "b.txt", b"b")
    wanted = [top.id, inner.id, space.id, folder.id]
    assert {node for node, _ in storage.shared.look(wanted)} == {storage.tree.by_id(id) for id in wanted}


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


def test_never_told_as_gone(config, storage, folder):
    """A start without the cache, before everything was found again: nobody is told that nothing is shared, or linked."""
    give(storage, folder)
    storage.linked.change(folder, lambda kept: {"token": {"kind": "view"}})
    storage.close()
    shutil.rmtree(config.cache)
    again = Storage.open(config, Bus())
    try:
        for ask in (lambda: again.shared.given(["u:bob"]), again.shared.everything, again.linked.everything,
                    lambda: again.shared.look([folder.id], sure=True)):
            with pytest.raises(errors.Unavailable):
                ask()
        assert again.shared.look([folder.id]) == [] and again.shared.among({folder.id}) == {}     # a listing only tells less
        again.walk()
        assert again.shared.given(["u:bob"]) == {folder.id} and dict(again.linked.everything()) == {folder.id: {"token": {"kind": "view"}}}
    finally:
        again.close()


def test_moved_in_this_moment(storage, space, folder, monkeypatch):
    """What is moved between asking where it is and looking there, with a folder above it: it is there all the same."""
    give(storage, folder)
    places, above = storage.shared._places, storage.tree.node(space.id, "above")

    def then_it_moves(wanted):
        monkeypatch.undo()
        found = places(wanted)
        storage.tree.move(above, space.root, "elsewhere")
        return found
    for looks in (lambda: storage.shared.look([folder.id], sure=True), lambda: (storage.shared.load(), storage.shared.everything())[1]):
        monkeypatch.setattr(storage.shared, "_places", then_it_moves)
        assert len(looks()) == 1
        above, = [node for some in storage.tree.children(space.root) for node in some]
        storage.tree.move(above, space.root, "above")
        above = storage.tree.node(space.id, "above")


def test_moved_while_asked_who_may(storage, space, folder, monkeypatch):
    """Between two steps of the way down to it: who received it still may."""
    give(storage, folder)
    identify, above = nodes.identify, storage.tree.node(space.id, "above")
    root = storage.disk.root

    def then_it_moves(at):
        found = identify(at)
        if found == above.id and not moved:
            moved.append(os.rename("people/ann/above", "people/ann/elsewhere", src_dir_fd=root, dst_dir_fd=root))
            storage.finder.put(above.id, space.id, "elsewhere", space.id)
        return found
    moved = []
    monkeypatch.setattr(nodes, "identify", then_it_moves)
    assert storage.shared.above(folder) == [(True, GRANT)] and moved


def test_moved_during_the_first_look(config, storage, folder, monkeypatch):
    """After a start without the cache, from where it has not been seen to where nobody looks again."""
    give(storage, folder)
    storage.close()
    shutil.rmtree(config.cache)
    again, moved = Storage.open(config, Bus()), []

    def then_it_moves(site, real):
        if real == "above" and not moved:
            root, above = again.tree.node(site.id), again.tree.node(site.id, "above")
            moved.append(again.tree.move(above, root, "elsewhere"))
        return adopt(site, real)
    try:
        adopt = again.adopt
        monkeypatch.setattr(again, "adopt", then_it_moves)
        again.walk()
        assert moved and [node.path for node, _ in again.shared.look([folder.id], sure=True)] == ["elsewhere/folder"]
    finally:
        again.close()


def test_moved_by_others(config, storage, space, folder):
    """Behind our back: until the index has caught up nobody hears that it is gone, and then where it is; or that it is gone indeed."""
    inner = write(storage, folder, "a.txt", b"a")
    give(storage, folder)
    give(storage, inner)
    root, site = config.data / storage.site(space.id).base, storage.site(space.id)

    def doubtful():
        for wanted in (folder.id, inner.id):
            with pytest.raises(errors.Unavailable):
                storage.shared.look([wanted], sure=True)
        assert storage.shared.look([folder.id, inner.id]) == []
    (root / "above" / "folder").rename(root / "folder")
    doubtful()
    storage.adopt(site, "above")
    doubtful()
    storage.walk()
    assert sorted(node.path for node, _ in storage.shared.look([folder.id, inner.id], sure=True)) == ["folder", "folder/a.txt"]
    shutil.rmtree(root / "folder")
    doubtful()
    storage.walk()
    assert storage.shared.look([folder.id, inner.id], sure=True) == [] == storage.shared.look([folder.id])


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

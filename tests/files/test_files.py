"""The one door: every verb asks who may, asks for locks, does it, and says so."""
import os

import pytest
from ways import put

from appliance.core import errors, events
from appliance.core.events import Event


@pytest.fixture
def bob(house):
    """Somebody else."""
    house.people.add("bob", "correct horse battery")
    return house.people.actor("bob")


@pytest.fixture
def said(house):
    """What the bus tells, in order."""
    told = []
    house.bus.witness(told.append)
    return told


def locked(house, actor, node, depth="infinity", scope="exclusive", token="urn:uuid:00000000-0000-4000-8000-000000000001"):
    """Lock a node; its token."""
    return house.files.lock(actor, node, token, scope, depth).token


def test_home(house, ann, bob, root):
    """Everybody has one, made once; it is found by each form of its id; guests have none."""
    files = house.files
    assert files.home(ann).id == root.id != files.home(bob).id
    for form in (root.id, f"{files.storage_id}${root.id}", files.resource_id(root)):
        assert files.space(ann, form).id == root.id and files.find(ann, form).id == root.id
    assert [space.id for space in files.spaces(ann)] == [root.id]
    house.people.add("gus", "correct horse battery", role="guest")
    with pytest.raises(errors.NotFound):
        files.home(house.people.actor("gus"))


def test_find_by_id(house, ann, root):
    """A node by its id, a path beneath it, and never under the wrong space or storage."""
    folder = house.files.make_folder(ann, root, "d")
    file = put(house, ann, folder, "a.txt")
    assert house.files.find(ann, house.files.resource_id(file)).path == "d/a.txt"
    assert house.files.find(ann, house.files.resource_id(folder), "a.txt").id == file.id
    assert house.files.find(ann, house.files.resource_id(root), "d/a.txt").id == file.id
    other = "00000000-0000-4000-8000-000000000000"
    for wrong in (f"{other}${root.id}!{file.id}", f"{other}!{file.id}", f"{root.id}!{other}", other):
        with pytest.raises(errors.NotFound):
            house.files.find(ann, wrong)
    with pytest.raises(errors.Invalid):
        house.files.find(ann, "x")


def test_every_verb_tells(house, ann, root, said):
    """One event for each deed, with who did it; none for what failed."""
    files = house.files
    folder = files.make_folder(ann, root, "d")
    file = put(house, ann, folder, "a")
    copied, _ = files.copy(ann, file, root, "b")
    moved, _ = files.move(ann, file, root, "c")
    files.set_properties(ann, moved, {"{z}p": "1"})
    key = files.remove(ann, moved)
    files.trash_restore(ann, files.home(ann), key, root, "e")
    with pytest.raises(errors.AlreadyExists):
        files.make_folder(ann, root, "d")
    put(house, ann, root, "b", b"other")
    files.restore_version(ann, files.node(ann, root.space, "b"), files.versions(ann, copied)[0].key)
    files.trash_empty(ann, files.home(ann))
    assert [type(event) for event in said] == [
        events.FolderMade, events.FileWritten, events.NodeCopied, events.NodeMoved, events.PropertiesChanged, events.NodeTrashed,
        events.NodeRestored, events.FileWritten, events.VersionRestored, events.NodePurged]
    assert {event.actor for event in said} == {ann.id} and {event.space for event in said} == {root.space}
    assert said[2].node == copied.id and all(isinstance(event, Event) for event in said)


def test_strangers(house, ann, bob, root):
    """Nothing of Ann's is there for Bob, whatever the verb; and nothing changes."""
    files, home = house.files, house.files.home(bob).root
    file = put(house, ann, root, "a")
    space = files.home(ann)
    before = files.node(ann, space).etag
    mine = put(house, bob, home, "mine")
    for attempt in (
        lambda: files.space(bob, space.id), lambda: files.find(bob, files.resource_id(file)), lambda: files.node(bob, space, "a"), lambda: files.node(bob, space.id, "a"),
        lambda: list(files.children(bob, root)), lambda: files.open(bob, file), lambda: files.quota(bob, space), lambda: files.properties(bob, file),
        lambda: files.make_folder(bob, root, "d"), lambda: files.write(bob, root, "a"), lambda: files.move(bob, file, home, "a"), lambda: files.move(bob, mine, root, "m"),
        lambda: files.copy(bob, file, home, "a"), lambda: files.copy(bob, mine, root, "m"), lambda: files.remove(bob, file), lambda: files.set_properties(bob, file, {"{z}p": "1"}),
        lambda: files.locks_on(bob, file), lambda: files.locks_beneath(bob, root), lambda: locked(house, bob, file), lambda: files.refresh(bob, file, "x", 1),
        lambda: files.unlock(bob, file, "x"), lambda: files.begin_upload(bob, root, "u", 1), lambda: files.trash_list(bob, space), lambda: files.trash_item(bob, space, "k"),
        lambda: files.trash_children(bob, space, "k"), lambda: files.trash_restore(bob, space, "k", home, "x"), lambda: files.trash_purge(bob, space, "k"),
        lambda: files.trash_empty(bob, space), lambda: files.versions(bob, file), lambda: files.open_version(bob, file, "k"), lambda: files.restore_version(bob, file, "k"),
    ):
        with pytest.raises(errors.NotFound):
            attempt()
    assert files.node(ann, space).etag == before


def test_an_upload_is_its_beginners(house, ann, bob, root):
    """Another actor cannot go on with it; finished, it is a file like any other, and told."""
    upload = house.files.begin_upload(ann, root, "u", 3)
    with pytest.raises(errors.NotFound):
        house.files.upload(bob, upload.id)
    upload = house.files.upload(ann, upload.id)
    upload.write(b"abc")
    upload.pause()
    node, created = house.files.finish_upload(ann, upload)
    assert created and node.path == "u" and node.size == 3


def test_nothing_shows_before_commit(house, ann, root):
    """An aborted draft was never there; one committed has its content and its time."""
    writing = house.files.write(ann, root, "a")
    writing.write(b"half")
    assert writing.size == 4
    writing.abort()
    with pytest.raises(errors.NotFound):
        house.files.node(ann, root.space, "a")
    node = put(house, ann, root, "a", b"whole", mtime_ns=10**18)
    opened = house.files.open(ann, node)
    try:
        assert os.read(opened.fd, 100) == b"whole" and opened.node.mtime_ns == 10**18
    finally:
        os.close(opened.fd)


def test_quota(house, ann, root):
    """None where there is no limit, else what is left and never less than nothing."""
    put(house, ann, root, "a", b"12345")
    space = house.files.home(ann)
    assert house.files.quota(ann, space) == (5, None)
    assert house.files.quota(ann, space._replace(quota=8)) == (5, 3) and house.files.quota(ann, space._replace(quota=3)) == (5, 0)


def test_locks_in_the_way(house, ann, root):
    """Each verb that would change something locked is Locked, and works with the token."""
    files = house.files
    folder = files.make_folder(ann, root, "d")
    file, other = put(house, ann, folder, "a"), put(house, ann, root, "o")
    token = locked(house, ann, folder)
    for verb in (lambda **how: files.make_folder(ann, folder, "n", **how), lambda **how: files.write(ann, folder, "n", **how), lambda **how: files.write(ann, folder, "a", **how),
                 lambda **how: files.set_properties(ann, file, {"{z}p": "1"}, **how), lambda **how: files.copy(ann, other, folder, "c", **how),
                 lambda **how: files.copy(ann, other, folder, "a", True, **how), lambda **how: files.begin_upload(ann, folder, "u", 1, **how),
                 lambda **how: files.move(ann, other, folder, "o", **how), lambda **how: files.move(ann, file, root, "m", **how), lambda **how: files.remove(ann, folder, **how)):
        with pytest.raises(errors.Locked) as refused:
            verb()
        assert refused.value.detail["token"] == token
        with pytest.raises(errors.Locked):
            verb(tokens={"urn:uuid:00000000-0000-4000-8000-000000000009"})
        verb(tokens={token})
    assert files.locks_on(ann, root) == [] and files.locks_beneath(ann, root) == [], "a lock goes with what it was on"


def test_a_lock_taken_meanwhile(house, ann, root):
    """A lock that comes while the body is read is honoured at the end."""
    file = put(house, ann, root, "a", b"old")
    writing = house.files.write(ann, root, "a")
    writing.write(b"new")
    token = locked(house, ann, file)
    with pytest.raises(errors.Locked):
        writing.commit()
    writing.abort()
    assert house.files.node(ann, root.space, "a").etag == file.etag
    assert [lock.token for lock in house.files.locks_on(ann, file)] == [token]


def test_only_the_folder(house, ann, root):
    """A lock of depth 0 protects who is in a folder, not what they hold (RFC 4918 §7.4)."""
    folder = house.files.make_folder(ann, root, "d")
    file = put(house, ann, folder, "a")
    locked(house, ann, folder, depth="0")
    put(house, ann, folder, "a", b"new content")
    for verb in (lambda: house.files.write(ann, folder, "b"), lambda: house.files.remove(ann, file), lambda: house.files.move(ann, file, root, "x")):
        with pytest.raises(errors.Locked):
            verb()


def test_shared_locks(house, ann, root):
    """One token of several is enough; tokens of another path are not."""
    file, other = put(house, ann, root, "a"), put(house, ann, root, "b")
    one = locked(house, ann, file, "0", "shared")
    two = locked(house, ann, file, "0", "shared", "urn:uuid:00000000-0000-4000-8000-000000000002")
    third = locked(house, ann, other, "0", "shared", "urn:uuid:00000000-0000-4000-8000-000000000003")
    for token in (one, two):
        house.files.set_properties(ann, file, {"{z}p": token}, {token})
    with pytest.raises(errors.Locked):
        house.files.set_properties(ann, file, {"{z}p": "1"}, {third})


def test_refresh_and_unlock(house, ann, root):
    """Only a lock that covers the node, with the complaint that the protocol tells."""
    file, other = put(house, ann, root, "a"), put(house, ann, root, "b")
    token = locked(house, ann, file)
    assert house.files.refresh(ann, file, token, 60).expires is not None
    assert house.files.refresh(ann, file, token, None).expires is None
    with pytest.raises(errors.PreconditionFailed):
        house.files.refresh(ann, other, token, 60)
    with pytest.raises(errors.Conflict):
        house.files.unlock(ann, other, token)
    house.files.unlock(ann, file, token)
    assert house.files.locks_on(ann, file) == []


def test_somebody_elses_lock(house, ann, bob, root):
    """A token works only for who made the lock, and only they may prolong it; the owner of the space may end it, too."""
    file = put(house, ann, root, "a")
    token = locked(house, ann, file)
    lock = house.storage.locks.get(token)
    house.storage.locks.remove(token)
    house.storage.locks.create(lock._replace(by=bob.id))
    with pytest.raises(errors.Locked):
        house.files.set_properties(ann, file, {"{z}p": "1"}, {token})
    with pytest.raises(errors.Forbidden):
        house.files.refresh(ann, file, token, 60)
    house.files.unlock(ann, file, token)
    assert house.files.locks_on(ann, file) == []


def test_properties_have_a_limit(house, ann, root):
    """They count in no quota and are read as a whole: a million characters on one node, then only taking away helps."""
    node = put(house, ann, root, "a")
    house.files.set_properties(ann, node, {"{u:}a": "x" * 900_000})
    with pytest.raises(errors.TooLarge):
        house.files.set_properties(ann, node, {"{u:}b": "x" * 200_000})
    assert list(house.files.properties(ann, node)) == ["{u:}a"]
    house.files.set_properties(ann, node, {"{u:}a": None})
    house.files.set_properties(ann, node, {"{u:}b": "x" * 200_000})


def test_shared_locks_have_a_limit(house, ann, root):
    """5,000 of them on a folder made 22 MB of a listing's answer, for each node in it."""
    node = put(house, ann, root, "a")
    for number in range(64):
        locked(house, ann, node, scope="shared", token=f"urn:uuid:00000000-0000-4000-8000-{number:012}")
    with pytest.raises(errors.Conflict):
        locked(house, ann, node, scope="shared", token="urn:uuid:00000000-0000-4000-8000-999999999999")


def test_a_login_name_that_somebody_else_takes(house, ann, root):
    """The folder stays with whom it belongs to; who has the name now gets another one."""
    house.people.set("ann", name="anne")
    house.people.add("ann", "correct horse battery")
    assert house.files.home(house.people.actor("anne")).id == root.id
    assert house.files.home(house.people.actor("ann")).folder == "people/ann (2)"

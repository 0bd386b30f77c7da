"""Drafts: nothing shows before the commit, everything is for good after it, and two writers never mix."""
import gc
import os

import gevent
import pytest

from appliance.core import durable, errors
from appliance.storage import drafts, storage


@pytest.fixture
def calls(monkeypatch):
    """What is asked of the disk for good, in order: (what, path or name)."""
    made = []

    def told(name):
        real = getattr(durable, name)

        def spy(*args, **kwargs):
            made.append((name, args[3] if name == "rename" else os.readlink(f"/proc/self/fd/{args[0]}")))
            return real(*args, **kwargs)
        monkeypatch.setattr(durable, name, spy)

    for name in ("fsync", "fsync_folder", "rename"):
        told(name)
    return made


def test_the_order_of_a_commit(hands, calls):
    hands.write("a.txt", b"one")
    kinds = [kind for kind, _ in calls]
    assert kinds == ["fsync", "rename", "fsync_folder"]
    assert "/drafts/" in calls[0][1] and calls[1][1] == "a.txt" and calls[2][1] == str(hands.root)


def test_the_order_of_replacing(hands, calls):
    node = hands.write("a.txt", b"one")
    calls.clear()
    hands.write("a.txt", b"two")
    assert [kind for kind, _ in calls] == ["fsync", "rename", "fsync_folder", "fsync_folder"]
    assert calls[2][1].endswith(f"/versions/{hands.space.id}/{node.id}") and calls[3][1] == str(hands.root)


def test_the_folder_is_told_before_it_is_forced(hands, monkeypatch):
    before, seen, real = hands.node().etag, [], durable.fsync_folder

    def spy(fd):
        seen.append(os.getxattr(fd, "user.hearth.tree"))
        real(fd)
    monkeypatch.setattr(durable, "fsync_folder", spy)
    hands.write("a.txt", b"12345")
    assert seen and seen[-1].split()[2] == b"5" and not before.startswith(seen[-1].split()[1].decode())


def test_a_folder_that_moves_away_is_forced_to_the_disk_all_the_same(hands, monkeypatch):
    """It is forced as it was opened, not as it is called after the turn."""
    inner = hands.folder("inner")
    storage, forced, real = hands.storage, [], durable.fsync_folder
    started = storage.run_long

    def late(function, *args):
        if function.__name__ == "_settle":
            os.rename(hands.root / "inner", hands.root / "elsewhere")
        return started(function, *args)
    monkeypatch.setattr(storage, "run_long", late)
    monkeypatch.setattr(durable, "fsync_folder", lambda fd: (forced.append(os.fstat(fd).st_ino), real(fd)))
    draft = hands.tree.draft(inner, "a.txt")
    draft.write(b"x")
    draft.commit()
    assert os.stat(hands.root / "elsewhere").st_ino in forced


def test_an_fsync_that_fails_fails_the_write(hands, monkeypatch):
    hands.write("a.txt", b"old")

    def broken(fd):
        raise OSError(5, "Input/output error")
    monkeypatch.setattr(durable, "fsync", broken)
    with pytest.raises(errors.Unavailable):
        hands.write("a.txt", b"new")
    assert hands.read("a.txt") == b"old"


def test_nothing_shows_before_and_abort_leaves_nothing(hands):
    draft = hands.tree.draft(hands.node(), "a.txt")
    draft.write(b"half")
    assert hands.names() == []
    draft.abort()
    draft.abort()
    hands.whole()


def test_sums_time_and_etag(hands):
    node = hands.write("a.txt", b"hello", mtime_ns=1_500_000_000_123_456_789)
    assert node.sums == ("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", "5d41402abc4b2a76b9719d911017c592", "062c0215")
    assert node.mtime_ns == 1_500_000_000_123_456_789 and node.size == 5 and len(node.etag) == 32
    assert node == hands.node("a.txt")


def test_conditions(hands):
    first = hands.write("a.txt", b"1", absent=True)
    with pytest.raises(errors.PreconditionFailed):
        hands.write("a.txt", b"2", absent=True)
    with pytest.raises(errors.PreconditionFailed):
        hands.write("a.txt", b"2", expect="0" * 32)
    with pytest.raises(errors.PreconditionFailed):
        hands.write("b.txt", b"2", expect=first.etag)
    with pytest.raises(errors.Invalid):
        hands.write("a.txt", b"2", checksum=("sha1", "0" * 40))
    second = hands.write("a.txt", b"2", expect=first.etag)
    assert second.id == first.id and second.etag != first.etag and hands.read("a.txt") == b"2"
    hands.whole()


@pytest.mark.parametrize("how", [{"absent": True}, {"expect": "now"}])
def test_of_many_writers_with_one_condition_one_wins(hands, how):
    first = hands.write("a.txt", b"first") if "expect" in how else None
    how = {"expect": first.etag} if first else how

    def write(number):
        try:
            return hands.write("a.txt", b"%d" % number, **how)
        except errors.PreconditionFailed:
            return None
    done = [job.get() for job in [gevent.spawn(write, number) for number in range(12)]]
    assert sum(node is not None for node in done) == 1
    hands.whole()


def test_many_writers_all_get_through_and_every_content_is_kept(hands):
    wrote = [b"content %d" % number for number in range(30)]
    for job in [gevent.spawn(hands.write, "a.txt", content) for content in wrote]:
        job.get()
    node = hands.node("a.txt")
    kept = {hands.read("a.txt")}
    for version in hands.storage.versions.list(node):
        opened = hands.storage.versions.open(node, version.key)
        kept.add(os.pread(opened.fd, 100, 0))
        opened.close()
    assert kept == set(wrote)
    hands.whole()


def between(hands, monkeypatch, act):
    """Do something once, between the sealing of a draft and its publishing."""
    real, done = drafts._seal, []

    def seal(*args):
        result = real(*args)
        if not done:
            done.append(True)
            act()
        return result
    monkeypatch.setattr(drafts, "_seal", seal)


def test_a_property_set_while_a_file_is_replaced_is_not_lost(hands, monkeypatch):
    node = hands.write("a.txt", b"1")
    path = hands.root / "a.txt"
    between(hands, monkeypatch, lambda: os.setxattr(path, "user.hearth.props", b'{"{urn:x}a": "kept"}'))
    hands.write("a.txt", b"2")
    assert hands.tree.properties(hands.node("a.txt")) == {"{urn:x}a": "kept"} and hands.node("a.txt").id == node.id


def test_no_two_files_get_one_id_when_the_one_to_be_replaced_moves_away(hands, monkeypatch):
    old = hands.write("a.txt", b"1")
    hands.tree.set_properties(old, {"{urn:x}a": "of the old"})
    between(hands, monkeypatch, lambda: os.rename(hands.root / "a.txt", hands.root / "b.txt"))
    new = hands.write("a.txt", b"2")
    assert new.id != hands.node("b.txt").id == old.id
    assert hands.tree.properties(new) == {}


def test_the_folder_is_moved_or_deleted_while_the_body_comes(hands):
    folder = hands.folder("folder")
    draft = hands.tree.draft(folder, "a.txt")
    draft.write(b"body")
    hands.tree.move(folder, hands.node(), "moved")
    assert draft.commit()[0].path == "moved/a.txt"
    draft = hands.tree.draft(hands.node("moved"), "b.txt")
    draft.write(b"body")
    hands.tree.remove(hands.node("moved"))
    hands.folder("moved")                           # another one of the same name
    with pytest.raises(errors.Conflict):
        draft.commit()
    draft.abort()
    assert hands.names("moved") == []
    hands.whole()


def test_a_folder_of_that_name(hands):
    hands.folder("a")
    with pytest.raises(errors.Conflict):
        hands.write("a", b"x")
    hands.whole()


def test_a_storm_of_failures_leaks_no_descriptor(hands):
    hands.folder("folder")
    hands.write("a.txt", b"x")

    def storm():
        for _ in range(20):
            for wrong in (lambda: hands.write("folder", b"x"), lambda: hands.write("a.txt", b"x", absent=True),
                          lambda: hands.node("none"), lambda: hands.tree.open(hands.node("folder")),
                          lambda: hands.tree.make_folder(hands.node(), "a.txt"), lambda: hands.storage.versions.open(hands.node("a.txt"), "x"),
                          lambda: hands.tree.move(hands.node("folder"), hands.node("folder"), "x"),
                          lambda: hands.storage.trash.item(hands.space.id, hands.space.id),
                          lambda: hands.tree.move(hands.node("a.txt"), hands.node(), "folder")):
                with pytest.raises(errors.HouseError):
                    wrong()
        gc.collect()
        return len(os.listdir("/proc/self/fd"))
    storm()
    assert storm() <= storm()


def test_quota(hands):
    hands.storage.spaces.set_quota(hands.space.id, 100)
    hands.write("a.txt", b"x" * 60)
    with pytest.raises(errors.QuotaExceeded):
        hands.tree.draft(hands.node(), "b.txt", 50)
    draft = hands.tree.draft(hands.node(), "b.txt")
    draft.write(b"x" * 40)
    with pytest.raises(errors.QuotaExceeded):
        draft.write(b"x")
    draft.abort()
    hands.write("a.txt", b"y" * 100)                # what is replaced does not count
    one, two = (hands.tree.draft(hands.node(), "a.txt", 100), hands.tree.draft(hands.node(), "c.txt", 0))
    hands.write("a.txt", b"")
    three = hands.tree.draft(hands.node(), "d.txt", 80)
    three.write(b"x" * 80)
    three.commit()
    one.write(b"x" * 100)
    with pytest.raises(errors.QuotaExceeded):       # it fitted when it began
        one.commit()
    one.abort()
    two.abort()
    hands.whole()


def test_sweeping_while_others_write(hands, monkeypatch):
    """A draft that becomes a file while old ones are looked for does not end that."""
    left = hands.root.parents[1] / ".hearth" / "drafts" / "left"
    left.write_bytes(b"x")
    monkeypatch.setattr(storage, "DRAFT_NS", -(10**9) * 60)
    monkeypatch.setattr(storage.os, "listdir", lambda fd, real=os.listdir: ["gone", *real(fd)])
    storage._sweep_drafts(hands.storage.disk)
    assert not left.exists()

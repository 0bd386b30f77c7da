"""Versions: whatever was acknowledged once can be had again, until its time has come."""
import os

import pytest

from appliance.core import clock, errors
from appliance.storage.versions import moment_name

DAY_NS = 86_400 * 10**9


def content(hands, path, version):
    opened = hands.storage.versions.open(hands.node(path), version.key)
    try:
        assert opened.node.etag == version.etag and opened.node.size == version.size
        return os.pread(opened.fd, 1000, 0)
    finally:
        opened.close()


def test_listed_read_and_restored(hands):
    first = hands.write("a.txt", b"one", mtime_ns=10**18)
    hands.tree.set_properties(first, {"{urn:x}a": "1"})
    hands.write("a.txt", b"two", mtime_ns=10**18 + 1)
    now = hands.write("a.txt", b"three", mtime_ns=10**18 + 2)
    assert hands.tree.properties(now) == {"{urn:x}a": "1"} and now.id == first.id
    listed = hands.storage.versions.list(now)
    assert [content(hands, "a.txt", version) for version in listed] == [b"one", b"two"]
    assert listed[0].key == "2001-09-09T01:46:40.000000000Z" == moment_name(10**18)
    assert (listed[0].etag, listed[0].sums, listed[0].mtime_ns) == (first.etag, first.sums, 10**18)
    back = hands.storage.versions.restore(now, listed[0].key)
    assert back.id == first.id and hands.read("a.txt") == b"one" and hands.node().size == 3
    assert [content(hands, "a.txt", version) for version in hands.storage.versions.list(back)] == [b"one", b"two", b"three"]
    assert hands.tree.properties(back) == {"{urn:x}a": "1"}
    hands.whole()


def test_different_contents_of_one_moment(hands):
    for text in (b"1", b"2", b"1", b"2", b"3"):
        node = hands.write("a.txt", text, mtime_ns=10**18)
    kept = [content(hands, "a.txt", version) for version in hands.storage.versions.list(node)]
    assert sorted(kept) == [b"1", b"2"]             # each once


@pytest.mark.parametrize("key", ["", ".", "..", "../x", "none", "a/b", "\0"])
def test_none_of_that_name(hands, key):
    node = hands.write("a.txt", b"1")
    hands.write("a.txt", b"2")
    with pytest.raises(errors.NotFound):
        hands.storage.versions.open(node, key)


def test_times_nobody_can_write_down():
    assert moment_name(-1) == "1969-12-31T23:59:59.999999999Z"
    assert moment_name(10**30).startswith("1970-01-01T00:00:00.")


def test_restored_by_the_id_after_a_move(hands):
    node = hands.write("a.txt", b"1")
    hands.write("a.txt", b"2")
    hands.folder("folder")
    hands.tree.move(node, hands.node("folder"), "b.txt")
    version, = hands.storage.versions.list(node)
    assert hands.storage.versions.restore(hands.node("folder/b.txt"), version.key).path == "folder/b.txt"
    assert hands.read("folder/b.txt") == b"1"


def test_restoring_needs_quota(hands):
    hands.write("a.txt", b"x" * 100)
    node = hands.write("a.txt", b"")
    hands.storage.spaces.set_quota(hands.space.id, 50)
    with pytest.raises(errors.QuotaExceeded):
        hands.storage.versions.restore(node, hands.storage.versions.list(node)[0].key)
    assert hands.read("a.txt") == b""
    hands.whole()


def test_thinned_by_number_and_by_age(hands):
    for number in range(5):
        node = hands.write("a.txt", b"%d" % number, mtime_ns=10**18 + number)
    hands.storage.versions.thin(0, 0)
    hands.storage.versions.thin(1, 0)               # all of them were replaced just now, whatever their own time
    assert len(hands.storage.versions.list(node)) == 4
    hands.storage.versions.thin(0, 2)
    assert [content(hands, "a.txt", version) for version in hands.storage.versions.list(node)] == [b"2", b"3"]
    try:
        now = clock.now_ns()
        clock.set(lambda: now + 2 * DAY_NS)
        hands.storage.versions.thin(1, 0)
    finally:
        clock.set()
    assert hands.storage.versions.list(node) == [] and hands.read("a.txt") == b"4"

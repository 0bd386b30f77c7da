"""Uploads: offsets that are promises, hashes that survive, and an end that is a commit like any other."""
import hashlib
import os

import gevent
import pytest

from appliance.core import Bus, Config, clock, errors
from appliance.storage import Storage

CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def house(tmp_path):
    """Opens the storage, again and again, as a server that stops in good order or not."""
    opened = []

    class House:
        def start(self):
            self.storage = Storage.open(Config(data=tmp_path / "data", cache=tmp_path / "cache", reserve_bytes=0, reserve_percent=0.0),
                                        Bus())
            opened.append(self.storage)
            self.space = self.storage.spaces.personal("11111111-1111-4111-8111-111111111111", "ann", "Ann")
            return self.storage

        def cut(self):
            """Stop as a killed process does: nothing is said to the disk."""
            storage = opened.pop()
            storage.stop()
            storage.finder.close()
            disk = storage.disk
            for fd in (disk._lock, disk.house_fd, disk.root):
                os.close(fd)
            disk._lock = None
            return self.start()

        def begin(self, name="a.bin", size=len(CONTENT), parent=None, **more):
            given = dict(mtime_ns=None, metadata={"said": "x"}, checksum=None, expect=None, lifetime=3600) | more
            return self.storage.uploads.create("ann", parent or self.space.root, name, size, **given)

        def read(self, name="a.bin"):
            return (tmp_path / "data" / "people" / "ann" / name).read_bytes()

        @property
        def folder(self):
            return tmp_path / "data" / ".hearth" / "uploads"

    house = House()
    house.start()
    yield house
    clock.set()
    for storage in opened:
        storage.close()


def fill(upload, start, end, block=100_000):
    for place in range(start, end, block):
        upload.write(CONTENT[place:min(end, place + block)])


def test_in_parts_and_finished(house):
    upload = house.begin(mtime_ns=1_500_000_000_123_456_789)
    fill(upload, 0, 300_000)
    upload.pause()
    assert upload.offset == upload.acknowledged == 300_000
    fill(upload, 300_000, len(CONTENT))
    assert upload.offset == len(CONTENT)
    assert not (house.folder / ".." / ".." / "people" / "ann" / "a.bin").exists()
    node, created = upload.finish()
    assert created and house.read() == CONTENT
    assert node.sums.sha1 == hashlib.sha1(CONTENT).hexdigest() and node.mtime_ns == 1_500_000_000_123_456_789
    assert os.listdir(house.folder) == []
    assert b"user.hearth.offset" not in str(os.listxattr(house.folder.parent.parent / "people/ann/a.bin")).encode()
    with pytest.raises(errors.NotFound):
        house.storage.uploads.get(upload.id)
    assert house.storage.spaces.get(house.space.id).root.size == len(CONTENT)


@pytest.mark.parametrize("stop", ["close", "cut"])
def test_goes_on_after_a_restart(house, stop):
    upload = house.begin(metadata={"said": "ü", "secret": "s"})
    fill(upload, 0, 300_000)
    upload.pause()
    fill(upload, 300_000, 500_000)                  # never acknowledged
    if stop == "close":
        house.storage.close()
        house.start()
    else:
        house.cut()
    again = house.storage.uploads.get(upload.id)
    assert (again.offset, again.size, again.actor, again.metadata) == (300_000, len(CONTENT), "ann", {"said": "ü", "secret": "s"})
    fill(again, 300_000, len(CONTENT))
    again.pause()
    node, _ = again.finish()
    assert house.read() == CONTENT and node.sums.sha1 == hashlib.sha1(CONTENT).hexdigest()


def test_what_was_never_acknowledged_is_cut_off(house):
    upload = house.begin()
    upload.write(b"wrong" * 1000)
    upload = house.cut().uploads.get(upload.id)
    assert upload.offset == 0
    fill(upload, 0, len(CONTENT))
    upload.finish()
    assert house.read() == CONTENT


def test_complete_but_not_finished_survives_too(house):
    upload = house.begin()
    fill(upload, 0, len(CONTENT))
    upload.pause()
    again = house.cut().uploads.get(upload.id)
    assert again.offset == len(CONTENT)
    again.finish()
    assert house.read() == CONTENT


def test_a_finish_that_was_refused_may_be_tried_again(house):
    upload = house.begin(expect="0" * 32)
    fill(upload, 0, len(CONTENT))
    for _ in range(2):
        with pytest.raises(errors.PreconditionFailed):
            upload.finish()
    upload = house.cut().uploads.get(upload.id)
    assert upload.offset == len(CONTENT)
    upload.expect = None
    upload.finish()
    assert house.read() == CONTENT


def test_rewound_the_hash_is_right(house):
    upload = house.begin()
    fill(upload, 0, 300_000)
    upload.pause()
    upload.write(b"x" * 1000)
    upload.rewind(300_000)
    assert upload.offset == 300_000
    fill(upload, 300_000, len(CONTENT))
    node, _ = upload.finish()
    assert house.read() == CONTENT and node.sums.sha1 == hashlib.sha1(CONTENT).hexdigest()


def test_more_than_announced_is_refused_and_less_does_not_finish(house):
    upload = house.begin(size=10)
    upload.write(b"12345")
    with pytest.raises(errors.TooLarge):
        upload.write(b"678901")
    with pytest.raises(errors.Conflict):
        upload.finish()
    upload.write(b"67890")
    upload.finish()
    assert house.read() == b"1234567890"


def test_a_wrong_checksum_makes_no_file(house):
    upload = house.begin(checksum=("sha1", "0" * 40))
    fill(upload, 0, len(CONTENT))
    with pytest.raises(errors.Invalid):
        upload.finish()
    assert house.storage.tree.there(house.space.root, "a.bin") is None
    upload.remove()
    assert os.listdir(house.folder) == []


def test_over_a_file_it_is_a_new_version(house):
    draft = house.storage.tree.draft(house.space.root, "a.bin")
    draft.write(b"old")
    old, _ = draft.commit()
    upload = house.begin(expect=old.etag)
    fill(upload, 0, len(CONTENT))
    node, created = upload.finish()
    assert not created and node.id == old.id and house.read() == CONTENT
    assert [version.size for version in house.storage.versions.list(node)] == [3]


def test_quota_at_the_beginning_and_at_the_end(house):
    house.storage.spaces.set_quota(house.space.id, 1000)
    with pytest.raises(errors.QuotaExceeded):
        house.begin(size=1001)
    first, second = house.begin("1", size=600), house.begin("2", size=600)
    for each in (first, second):
        each.write(b"x" * 600)
    first.finish()
    with pytest.raises(errors.QuotaExceeded):
        second.finish()
    house.storage.spaces.set_quota(house.space.id, 0)
    second.finish()
    assert house.read("2") == b"x" * 600


def test_its_folder_may_move_but_not_vanish(house):
    folder = house.storage.tree.make_folder(house.space.root, "f")
    upload, lost = house.begin(parent=folder, size=1), house.begin("b", parent=folder, size=1)
    upload.write(b"1")
    lost.write(b"1")
    moved, _ = house.storage.tree.move(folder, house.space.root, "g")
    upload.finish()
    assert house.read("g/a.bin") == b"1"
    house.storage.tree.remove(moved)
    with pytest.raises(errors.Conflict):
        lost.finish()
    with pytest.raises(errors.Conflict):
        house.begin(parent=folder)


def test_after_its_time_it_is_gone(house):
    upload = house.begin(lifetime=60)
    fill(upload, 0, 1000)
    upload.pause()
    later = clock.now_ns() + 61 * 10 ** 9
    clock.set(lambda: later)
    with pytest.raises(errors.NotFound):
        house.storage.uploads.get(upload.id)
    house.storage.sweep()
    assert os.listdir(house.folder) == []


def test_the_start_takes_only_what_is_left_over(house, until):
    upload = house.begin()
    half, damaged = (house.folder / f"{number}1111111-1111-4111-8111-111111111111" for number in (1, 2))
    for folder in (half, damaged):
        folder.mkdir()
        (folder / "data").write_bytes(b"x")
    (damaged / "record.json").write_text("{")
    house.cut().start()
    until(lambda: gevent.sleep(0.01) or not half.exists())
    assert sorted(os.listdir(house.folder)) == sorted([upload.id, damaged.name])


def test_one_account_has_only_so_many(house, monkeypatch):
    monkeypatch.setattr("appliance.storage.uploads.MOST", 2)
    house.begin("1")
    house.begin("2")
    with pytest.raises(errors.TooManyAttempts):
        house.begin("3")


def test_a_name_no_file_may_have(house):
    with pytest.raises(errors.Invalid):
        house.begin("a/b")
    assert os.listdir(house.folder) == []


def test_removed_while_bytes_come(house):
    upload = house.begin()
    fill(upload, 0, 300_000)
    upload.remove()
    assert os.listdir(house.folder) == []
    with pytest.raises(errors.NotFound):
        house.storage.uploads.get(upload.id)


def test_begins_in_a_folder_that_the_index_has_not_caught_up_with(house):
    """Killed between a rename and the word to the index: the folder is there by its path, and that must do."""
    tree = house.storage.tree
    above = tree.make_folder(house.space.root, "above")
    folder = tree.make_folder(above, "folder")
    for node in (above, folder):
        house.storage.forget(node.id)
    house.storage.complete = False
    upload = house.begin(parent=folder, size=1)
    upload.write(b"x")
    node, _ = upload.finish()
    assert node.path == "above/folder/a.bin"

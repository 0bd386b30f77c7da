"""The disk: its layout and marker, a stop that was none, and a disk that goes away and comes back."""
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import gevent.pool
import pytest

from appliance.core import Bus, errors
from appliance.storage import Storage, disk
from tests.storage.conftest import Hands


def test_the_layout(config, storage):
    house = config.data / ".hearth"
    number, id, fingerprint, rest = (house / "FORMAT").read_text().split("\n")
    assert (number, id, fingerprint, rest) == ("1", storage.id, storage.fingerprint, "") and len(fingerprint) == 32
    assert (house / "generation").read_text() == "1\n" and (house / "running").read_bytes() == b"1"
    assert {each.name for each in house.iterdir() if each.is_dir()} == set(disk.FOLDERS)
    assert all(oct(each.stat().st_mode & 0o777) == "0o700" for each in [house, *house.iterdir()] if each.is_dir())
    assert (config.data / "people").is_dir() and (config.data / "projects").is_dir()


def test_one_at_a_time(config, storage):
    with pytest.raises(errors.Unavailable) as told:
        Storage.open(config, Bus())
    assert "being served already" in str(told.value)
    code = f"import fcntl,os; fd=os.open({str(config.data / '.hearth' / 'running')!r}, os.O_RDWR); fcntl.flock(fd, fcntl.LOCK_EX|fcntl.LOCK_NB)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode


def test_an_unclean_stop_raises_the_generation_and_changes_folders_only(again):
    hands = again()
    file, root = hands.write("a.txt", b"1"), hands.node()
    hands = again()
    assert (hands.storage.generation, hands.node(), hands.node("a.txt")) == (1, root, file)
    hands = again(cut=True)
    assert hands.storage.generation == 2 and hands.node("a.txt") == file
    assert hands.node().etag != root.etag and hands.node()._replace(etag="") == root._replace(etag="")


def test_refusals_change_nothing(config):
    data = config.data
    (data / "people" / "ann").mkdir(parents=True)
    with pytest.raises(errors.Unavailable, match="not the whole storage"):
        Storage.open(config, Bus())
    assert os.listdir(data) == ["people"]
    shutil.rmtree(data)
    Storage.open(config, Bus()).close()
    marker = data / ".hearth" / "FORMAT"
    good = marker.read_text()
    marker.write_text("2" + good[1:])
    with pytest.raises(errors.Unavailable, match="newer"):
        Storage.open(config, Bus())
    for bad in ("", "1\n", "x\ny\nz\n", "1\nnot-an-id\nabc\n"):
        marker.write_text(bad)
        with pytest.raises(errors.Unavailable, match="marker"):
            Storage.open(config, Bus())
    marker.unlink()
    with pytest.raises(errors.Unavailable, match="marker"):
        Storage.open(config, Bus())
    marker.write_text(good)
    before = len(os.listdir("/proc/self/fd"))
    for name in ("drafts", "trash", "identity"):
        os.rename(data / ".hearth" / name, data.parent / name)
        os.symlink(data.parent / name, data / ".hearth" / name)
        with pytest.raises(errors.Unavailable, match=name):
            Storage.open(config, Bus())
        os.unlink(data / ".hearth" / name)
        os.rename(data.parent / name, data / ".hearth" / name)
    assert len(os.listdir("/proc/self/fd")) == before
    Storage.open(config, Bus()).close()


def test_no_attributes_no_storage(config, monkeypatch):
    monkeypatch.setattr(os, "setxattr", lambda *args, **how: (_ for _ in ()).throw(OSError(95, "Operation not supported")))
    with pytest.raises(errors.Unavailable, match="extended attributes"):
        Storage.open(config, Bus())
    assert os.listdir(config.data) == []


def test_a_disk_goes_away_and_comes_back(small):
    storage = Storage.open(small.config, Bus())
    try:
        hands = Hands(storage, small.config)
        file = hands.write("a.txt", b"1")
        draft = hands.tree.draft(hands.node(), "b.txt")
        draft.write(b"half")
        generation, root, house = storage.generation, storage.disk.root, storage.disk.house_fd
        small.unmount()
        for act in (hands.node, storage.present, draft.commit, lambda: hands.folder("x"), lambda: hands.tree.remove(file)):
            with pytest.raises(errors.Unavailable):
                act()
        small.data.mkdir()                          # another disk, or none, at that path
        (small.data / ".hearth").mkdir()
        (small.data / ".hearth" / "FORMAT").write_text("1\n11111111-1111-4111-8111-111111111111\nabc\n")
        with pytest.raises(errors.Unavailable):
            hands.node("a.txt")
        assert sorted(os.listdir(small.data)) == [".hearth"]
        small.mount()
        found = gevent.pool.Pool(20).map(lambda _: hands.node("a.txt"), range(40))
        assert found == [file] * 40
        assert (storage.disk.root, storage.disk.house_fd) == (root, house)
        assert hands.write("a.txt", b"2").id == file.id
        draft.abort()
        assert storage.generation in (generation, generation + 1)
        with pytest.raises(errors.Unavailable, match="served already"):
            Storage.open(replace(small.config), Bus())
    finally:
        storage.close()


def test_the_same_storage_under_another_marker(config, storage, hands):
    """A disk that was taken away and came back has the same id and another inode."""
    hands.write("a.txt", b"1")
    marker = config.data / ".hearth" / "FORMAT"
    text = marker.read_text().split("\n")
    os.rename(marker, marker.with_name("old"))
    with pytest.raises(errors.Unavailable):
        hands.node()
    marker.write_text("\n".join(["1", text[1], "f" * 32, ""]))
    before, generation = len(os.listdir("/proc/self/fd")), storage.generation
    assert hands.read("a.txt") == b"1" and storage.fingerprint == "f" * 32 and storage.generation == generation + 1
    assert len(os.listdir("/proc/self/fd")) == before
    marker.with_name("old").unlink()


def test_the_reserve(config, storage, hands):
    assert storage.free() > 1 << 20
    storage.disk._reserve = (0, 1 << 60)
    assert storage.free() == 0
    with pytest.raises(errors.QuotaExceeded):
        hands.write("a.txt", b"1")
    hands.folder("folder")
    hands.tree.remove(hands.node("folder"))
    storage.disk._reserve = (100.0, 0)
    assert storage.free() == 0


@pytest.mark.parametrize("number, error", [
    (5, errors.Unavailable), (30, errors.Unavailable), (116, errors.Unavailable), (28, errors.QuotaExceeded), (122, errors.QuotaExceeded),
    (2, errors.NotFound), (40, errors.NotFound), (36, errors.Invalid), (17, errors.AlreadyExists), (13, errors.Unavailable)])
def test_what_the_disk_says(number, error):
    told = disk.translated(OSError(number, "/data/people/ann/secret name"))
    assert type(told) is error and "secret" not in str(told)

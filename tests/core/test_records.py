"""Records: whole or not at all, and a damaged one is an error."""
import os

import pytest

from appliance.core import Records, durable, errors, records


@pytest.fixture
def shelf(tmp_path):
    return Records(tmp_path)


def test_what_is_put_is_there(shelf):
    shelf.put("a", {"name": "Ann ü"})
    assert shelf.get("a") == {"name": "Ann ü"} and shelf.get("b") is None and shelf.ids() == ["a"]
    shelf.remove("a")
    shelf.remove("a")
    assert shelf.ids() == []


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 5000, b" " * (records.LARGEST + 1)])
def test_a_damaged_record_is_an_error_and_not_an_empty_one(shelf, text):
    shelf.path("a").write_bytes(text)
    with pytest.raises(errors.Corrupt):
        shelf.get("a")


@pytest.mark.parametrize("id", ["", "../a", "a/b", ".hidden"])
def test_an_id_names_no_other_place(shelf, id):
    with pytest.raises(errors.NotFound):
        shelf.get(id)


def test_a_write_that_fails_leaves_the_old_record_and_nothing_beside(shelf, monkeypatch):
    shelf.put("a", {"n": 1})
    monkeypatch.setattr(durable, "fsync", lambda fd: (_ for _ in ()).throw(OSError(5, "disk")))
    with pytest.raises(OSError):
        shelf.put("a", {"n": 2})
    assert shelf.get("a") == {"n": 1} and os.listdir(shelf.folder) == ["a.json"]


def test_the_file_is_on_the_disk_before_its_name_and_the_name_before_the_answer(tmp_path, monkeypatch):
    order = []
    for name in ("fsync", "rename", "fsync_folder"):
        real = getattr(durable, name)
        monkeypatch.setattr(durable, name, lambda *a, real=real, name=name, **k: (order.append(name), real(*a, **k)))
    records.write(tmp_path / "a.json", {})
    assert order == ["fsync", "rename", "fsync_folder"]


def test_nobody_else_reads_a_record(tmp_path):
    records.write(tmp_path / "a.json", {})
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o600


def test_an_exclusive_rename_replaces_nothing(tmp_path):
    for name in "ab":
        (tmp_path / name).write_text(name)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(FileExistsError):
            durable.rename(folder, "a", folder, "b", exclusive=True)
        durable.rename(folder, "a", folder, "c", exclusive=True)
    finally:
        os.close(folder)
    assert (tmp_path / "b").read_text() == "b" and (tmp_path / "c").read_text() == "a"

"""Names and the way down: no path leads out of a space, on kernels with openat2 and without."""
import os
import stat
import unicodedata

import pytest

from appliance.core import errors
from appliance.storage import paths


@pytest.fixture(params=[True, False], ids=["openat2", "walk"])
def folder(request, tmp_path, monkeypatch):
    """An open folder with things in it, and things beside it that nobody may reach."""
    monkeypatch.setattr(paths, "_has_openat2", request.param)
    (tmp_path / "in" / "a" / "b").mkdir(parents=True)
    (tmp_path / "in" / "a" / "file").write_text("file")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret").write_text("secret")
    os.symlink(tmp_path / "out", tmp_path / "in" / "away")
    os.symlink("../out/secret", tmp_path / "in" / "up")
    os.symlink("a", tmp_path / "in" / "beside")
    os.symlink("file", tmp_path / "in" / "a" / "same")
    os.symlink("loop", tmp_path / "in" / "loop")
    fd = os.open(tmp_path / "in", os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


@pytest.mark.parametrize("path", [
    "away", "away/secret", "up", "beside", "beside/file", "a/same", "loop", "loop/x", "../out/secret", "a/../../out/secret", "..",
    "none", "a/none", "a/file/x", "/etc/passwd", "a\0b"])
def test_nothing_is_there(folder, path):
    before = len(os.listdir("/proc/self/fd"))
    for flags in (os.O_PATH | os.O_DIRECTORY, os.O_RDONLY):
        with pytest.raises(OSError) as told:
            os.close(paths.open_beneath(folder, path, flags))
        assert isinstance(told.value, FileNotFoundError)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("path", ["away", "up", "beside", "a/same", "loop"])
def test_a_link_is_seen_as_what_it_is(folder, path):
    """For those who look only; they refuse what is neither a file nor a folder."""
    fd = paths.open_beneath(folder, path, os.O_PATH)
    assert stat.S_ISLNK(os.fstat(fd).st_mode)
    os.close(fd)


@pytest.mark.parametrize("path", ["", "a", "a/b", "a/file"])
def test_what_is_there(folder, path):
    fd = paths.open_beneath(folder, path, os.O_RDONLY)
    assert os.path.samefile(f"/proc/self/fd/{fd}", f"/proc/self/fd/{folder}/{path}") and not os.get_inheritable(fd)
    os.close(fd)


def test_another_file_system_is_not_part_of_it():
    folder = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    try:
        for has in (True, False):
            paths._has_openat2 = has
            with pytest.raises(FileNotFoundError):
                os.close(paths.open_beneath(folder, "proc/self/status", os.O_RDONLY))
    finally:
        paths._has_openat2 = True
        os.close(folder)


def test_a_kernel_without_openat2(folder, monkeypatch):
    monkeypatch.setattr(paths, "_has_openat2", True)
    monkeypatch.setattr(paths, "_OPENAT2", 9999)    # ENOSYS
    with pytest.raises(FileNotFoundError):
        paths.open_beneath(folder, "away/secret", os.O_RDONLY)
    assert paths._has_openat2 is False


def test_found_in_whatever_form(folder):
    composed, apart = "ü", unicodedata.normalize("NFD", "ü")
    os.mkdir(f"/proc/self/fd/{folder}/{apart}")
    os.mkdir(f"/proc/self/fd/{folder}/{apart}/{composed}")
    assert paths.find(folder, f"{composed}/{apart}") == f"{apart}/{composed}"
    assert paths.find(folder, f"{composed}/{composed}") == f"{apart}/{composed}"
    assert paths.find(folder, "ä") == "ä"
    with pytest.raises(FileNotFoundError):
        paths.find(folder, "none/ä")
    os.mkdir(f"/proc/self/fd/{folder}/{composed}")  # both: what was asked for
    assert paths.find(folder, composed) == composed and paths.find(folder, apart) == apart


def test_shown():
    assert paths.shown(unicodedata.normalize("NFD", "ü")) == "ü"
    for name in ("\udcff", "a\nb", "a\\b", "\x7f", "a\x00"):
        assert paths.shown(name) is None


def test_parts():
    assert paths.parts("/a//b/") == ["a", "b"]
    for path in ("..", "a/../b", "./a", "a/\0"):
        with pytest.raises(errors.NotFound):
            paths.parts(path)

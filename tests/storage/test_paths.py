"""Names are safe, and nothing leads out of a space: no dots, no links, no other disk, not even while somebody swaps folders."""
import ctypes
import os
import threading
import unicodedata

import pytest

from appliance.core import errors
from appliance.storage import paths

NFC, NFD = unicodedata.normalize("NFC", "Grüße.txt"), unicodedata.normalize("NFD", "Grüße.txt")


@pytest.fixture(params=["openat2", "step by step"])
def way(request, monkeypatch):
    """Both ways of opening: by the kernel in one go, and for old kernels one component at a time."""
    monkeypatch.setattr(paths, "_has_openat2", request.param == "openat2")


@pytest.fixture
def folder(tmp_path):
    """An open folder with something in it, and a secret beside it."""
    (tmp_path / "inside/below").mkdir(parents=True)
    (tmp_path / "inside/below/file").write_text("mine")
    (tmp_path / "secret").write_text("secret")
    fd = os.open(tmp_path / "inside", os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


def read(folder, path):
    fd = paths.open_beneath(folder, path, os.O_RDONLY)
    try:
        return os.read(fd, 100).decode()
    finally:
        os.close(fd)


@pytest.mark.parametrize("name", [
    "", "  ", ".", "..", "a/b", "a\\b", "a\0b", "a\nb", "\x1f", "\x7f", "\ud800", "a" * 256, "ü" * 128])
def test_names_that_nothing_can_have(name):
    with pytest.raises(errors.Invalid, match="name validation failed"):
        paths.check_name(name)


@pytest.mark.parametrize("name", ["a", " a", "a ", "...", ".hidden", "a" * 255, "ü" * 127, "😀.txt", "CON", "a:b", "a?b*", "-rf", "'\"<&>"])
def test_names_that_are_as_good_as_any(name, hand):
    hand.put(name, name.encode())
    assert (hand.root / name).read_bytes() == name.encode() and list(hand.listing()) == [name]


def test_what_lies_beneath_is_opened(way, folder):
    assert read(folder, "below/file") == "mine"


@pytest.mark.parametrize("path", ["../secret", "below/../../secret", "/etc/passwd", "..", "none", "below/file/x"])
def test_nothing_else_is(way, folder, path):
    with pytest.raises(FileNotFoundError):
        os.close(paths.open_beneath(folder, path, os.O_PATH))


@pytest.mark.parametrize("target", ["../secret", "below/file", "below", "/", "loop"])
@pytest.mark.parametrize("beyond", ["", "/file"])
def test_a_link_is_never_followed(way, folder, tmp_path, target, beyond):
    os.symlink(target, tmp_path / "inside/loop")
    with pytest.raises(FileNotFoundError):
        os.close(paths.open_beneath(folder, "loop" + beyond, os.O_RDONLY))


def test_another_disk_is_not_entered(way, folder):
    proc = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with pytest.raises(FileNotFoundError):
            os.close(paths.open_beneath(proc, "proc/version", os.O_RDONLY))
    finally:
        os.close(proc)


def test_a_folder_that_somebody_swaps_for_a_link_all_the_time(way, folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("secret")
    os.symlink(outside, tmp_path / "inside/trap")
    libc, over, swaps = ctypes.CDLL(None), threading.Event(), []

    def swap():
        while not over.is_set():
            swaps.append(libc.renameat2(folder, b"below", folder, b"trap", 2))

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = set()
    try:
        while len(swaps) < 2_000 or len(seen) < 2:
            try:
                seen.add(read(folder, "below/file"))
            except FileNotFoundError:
                seen.add(None)
    finally:
        over.set()
        swapper.join()
    assert set(swaps) == {0} and seen == {"mine", None}


@pytest.mark.parametrize("lain, asked", [(NFC, NFD), (NFD, NFC), (NFC, NFC), (NFD, NFD)])
def test_one_name_in_two_forms(hand, lain, asked):
    (hand.root / lain).write_bytes(b"before")
    assert hand.node(asked).name == NFC and list(hand.listing()) == [NFC]
    assert hand.read(asked) == b"before"
    hand.put(asked, b"after")
    assert os.listdir(hand.root) == [lain] and hand.read(NFC) == b"after"


def test_two_forms_of_a_folder_on_the_way(hand):
    (hand.root / NFD).mkdir()
    (hand.root / NFD / NFD).write_bytes(b"deep")
    assert hand.read(f"{NFC}/{NFC}") == b"deep" and hand.node(f"{NFC}/{NFD}").path == f"{NFC}/{NFC}"
    with pytest.raises(errors.AlreadyExists):
        hand.make(NFC)


def test_upper_and_lower_case_are_two(hand):
    hand.put("a.txt", b"small")
    hand.put("A.txt", b"large")
    assert sorted(hand.listing()) == ["A.txt", "a.txt"] and hand.read("a.txt") == b"small"


def test_what_cannot_be_shown_is_hidden(hand):
    for name in (b"\xff\xfe", b"a\nb", b"a\\b"):
        open(os.path.join(os.fsencode(hand.root), name), "w").close()
    hand.put("seen")
    os.symlink("/etc/passwd", hand.root / "link")
    os.mkfifo(hand.root / "pipe")
    assert list(hand.listing()) == ["seen"]
    for name in ("link", "pipe", "a\nb", "a\\b"):
        with pytest.raises(errors.NotFound):
            hand.node(name)


@pytest.mark.parametrize("path", ["..", "../bob", "a/../../bob", ".", "./a", "a\0b", "x" * 300, "x/" * 3000, "\udcff", "\ud800"])
def test_a_path_that_nothing_has_is_not_found(hand, path):
    with pytest.raises((errors.NotFound, errors.Invalid)):
        hand.node(path)

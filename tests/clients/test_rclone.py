"""rclone, as an ownCloud (checksums, times) and as a plain WebDAV server: copy, check, sync, bisync, move, purge, serve, mount."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.parse

import pytest
import requests

pytestmark = pytest.mark.skipif(not shutil.which("rclone"), reason="rclone is not installed")


@pytest.fixture(params=["owncloud", "other"])
def vendor(request):
    """The kind of server rclone is told it talks to."""
    return request.param


@pytest.fixture
def environ(vendor, person, tmp_path):
    """rclone's settings: a remote `home:` that is the person's files."""
    secret = subprocess.run(["rclone", "obscure", person.password], capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "rclone.conf").touch()
    return {"RCLONE_CONFIG": str(tmp_path / "rclone.conf"), "RCLONE_CONFIG_HOME_TYPE": "webdav", "RCLONE_CONFIG_HOME_URL": person.dav,
            "RCLONE_CONFIG_HOME_VENDOR": vendor, "RCLONE_CONFIG_HOME_USER": person.name, "RCLONE_CONFIG_HOME_PASS": secret}


@pytest.fixture
def rclone(program, environ):
    """Run rclone without retries, so that a failure once is a failure."""
    def run(*words, **more):
        return program("rclone", "--retries", "1", "--low-level-retries", "1", *words, environ=environ, **more)
    return run


@pytest.fixture
def check(rclone, vendor):
    """Compare a folder with a remote one: by checksums, or, where the server has none, by content."""
    return lambda here, there: rclone("check", here, there, *([] if vendor == "owncloud" else ["--download"]))


def test_odd_names_there_and_back(rclone, check, odd_tree, tree, tmp_path):
    """Every odd name is stored, listed, compared and brought back."""
    rclone("copy", odd_tree, "home:odd")
    check(odd_tree, "home:odd")
    rclone("copy", "home:odd", tmp_path / "back")
    assert tree(tmp_path / "back") == tree(odd_tree)


@pytest.mark.slow
def test_thousand_files(rclone, check, etag, vendor, thousand, on_disk, tree):
    """1,000 files in 100 folders: copied, compared; a second copy sends nothing."""
    rclone("copy", thousand, "home:many")
    check(thousand, "home:many")
    assert tree(on_disk / "many") == tree(thousand)
    before = etag()
    rclone("copy", thousand, "home:many")
    assert etag() == before
    rclone("purge", "home:many")
    assert not (on_disk / "many").exists()


def test_checksums_and_times(rclone, vendor, on_disk, tmp_path, plant):
    """The ownCloud flavour knows SHA-1 and MD5 of each file and keeps its time."""
    if vendor != "owncloud":
        pytest.skip("a plain WebDAV server has neither checksums nor times for rclone")
    folder = plant(tmp_path / "here", {"a.txt": b"hello\n"})
    os.utime(folder / "a.txt", (1_600_000_000, 1_600_000_000))
    rclone("copy", folder, "home:")
    listed = json.loads(rclone("lsjson", "--hash", "home:").stdout)[0]
    assert listed["Hashes"] == {"sha1": "f572d396fae9206628714fb2ce00f72e94f2258f", "md5": "b1946ac92492d2347c6235b4d2611184"}
    assert listed["ModTime"].startswith("2020-09-13T12:26:40")
    assert (on_disk / "a.txt").stat().st_mtime == 1_600_000_000


def test_sync_mirrors(rclone, check, etag, on_disk, tmp_path, plant, tree):
    """sync makes there what is here: new, changed and removed files; then finds nothing to do."""
    here = plant(tmp_path / "here", {"keep.txt": b"keep", "change.txt": b"old", "sub/gone.txt": b"gone", "sub/deep/x": b"x"})
    rclone("sync", here, "home:s")
    plant(here, {"change.txt": b"new and longer", "added/y": b"y"})
    (here / "sub/gone.txt").unlink()
    rclone("sync", here, "home:s")
    check(here, "home:s")
    assert tree(on_disk / "s") == tree(here)
    before = etag()
    rclone("sync", here, "home:s")
    assert etag() == before


def test_bisync_takes_both_sides(rclone, vendor, tmp_path, plant, tree, person, http):
    """bisync carries changes in both directions."""
    if vendor != "owncloud":
        pytest.skip("rclone's bisync needs times, which it does not ask of a plain WebDAV server")
    here = plant(tmp_path / "here", {"a.txt": b"a", "b.txt": b"b", "RCLONE_TEST": b""})
    work = ["--workdir", tmp_path / "work"]
    rclone("mkdir", "home:both")
    rclone("bisync", here, "home:both", "--resync", *work)
    plant(here, {"mine.txt": b"mine"})
    http.put(person.dav + "/both/theirs.txt", data=b"theirs").raise_for_status()
    http.delete(person.dav + "/both/b.txt").raise_for_status()
    rclone("bisync", here, "home:both", *work)
    rclone("copy", "home:both", tmp_path / "back")
    assert tree(here) == tree(tmp_path / "back") == {"a.txt": b"a", "mine.txt": b"mine", "theirs.txt": b"theirs", "RCLONE_TEST": b""}


def test_move_rename_remove(rclone, on_disk, tmp_path, plant, tree):
    """Moves and copies happen on the server; rmdir, deletefile and purge remove."""
    rclone("copy", plant(tmp_path / "here", {"a.txt": b"a", "d/b.txt": b"b"}), "home:")
    rclone("moveto", "home:a.txt", "home:renamed ä.txt")
    rclone("move", "home:d", "home:moved/inner")
    rclone("copyto", "home:moved/inner/b.txt", "home:copy.txt")
    rclone("mkdir", "home:empty")
    rclone("rmdir", "home:empty")
    assert tree(on_disk) == {"renamed ä.txt": b"a", "moved": None, "moved/inner": None, "moved/inner/b.txt": b"b", "copy.txt": b"b"} | \
        ({"d": None} if (on_disk / "d").exists() else {})
    rclone("deletefile", "home:copy.txt")
    rclone("purge", "home:moved")
    assert not (on_disk / "copy.txt").exists() and not (on_disk / "moved").exists()


def test_streams_and_ranges(rclone):
    """rcat uploads what has no known length; cat reads a part."""
    rclone("rcat", "home:stream.txt", input="0123456789" * 20_000)
    assert rclone("cat", "--offset", "100005", "--count", "7", "home:stream.txt").stdout == "5678901"
    assert rclone("size", "--json", "home:").stdout.startswith('{"count":1,"bytes":200000')


def test_about_tells_the_quota(rclone, person, server, plant, tmp_path):
    """used and free come from the quota properties."""
    rclone("copy", plant(tmp_path / "here", {"a": b"x" * 5000}), "home:")
    assert json.loads(rclone("about", "--json", "home:").stdout)["used"] == 5000


@contextlib.contextmanager
def _running(command, environ, ready):
    """Run a program until the block ends; enter the block when ``ready()`` is true."""
    process = subprocess.Popen(command, env=dict(os.environ, **environ), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while not ready():
            assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(60)
        process.stderr.close()


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def _listens(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True


@pytest.fixture
def thousand_there(thousand, tree, http, person):
    """The 1,000 files in 100 folders, already on the server under `many`."""
    for path, content in {"": None, **tree(thousand)}.items():
        place = f"{person.dav}/many/{urllib.parse.quote(path)}"
        (http.request("MKCOL", place) if content is None else http.put(place, data=content)).raise_for_status()
    return thousand


@pytest.mark.slow
def test_serves_a_thousand_files_on(environ, thousand_there, tree):
    """`rclone serve http` in front of us reads every file of a large tree."""
    port = _free_port()
    with _running(["rclone", "serve", "http", "home:many", "--addr", f"127.0.0.1:{port}"], environ, lambda: _listens(port)), \
            requests.Session() as session:
        for path, content in tree(thousand_there).items():
            if content is not None:
                assert session.get(f"http://127.0.0.1:{port}/{urllib.parse.quote(path)}").content == content, path


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/fuse") or os.geteuid() != 0, reason="mounting needs /dev/fuse and root")
@pytest.mark.skipif(not (shutil.which("fusermount3") or shutil.which("fusermount")), reason="fuse3 is not installed")
def test_mounted(environ, thousand_there, tree, plant, tmp_path, on_disk):
    """`rclone mount`: a large tree reads as a folder, and what is written into it arrives."""
    folder = tmp_path / "mnt"
    folder.mkdir()
    with _running(["rclone", "mount", "home:", str(folder), "--vfs-cache-mode", "writes", "--vfs-write-back", "0s",
                   "--cache-dir", str(tmp_path / "cache")], environ, lambda: os.path.ismount(folder)):
        assert tree(folder / "many") == tree(thousand_there)
        plant(folder, {"new/written.txt": b"written through the mount"})
        os.rename(folder / "many/folder 00", folder / "moved")
        deadline = time.monotonic() + 30
        while not (on_disk / "new/written.txt").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
    assert (on_disk / "new/written.txt").read_bytes() == b"written through the mount"
    assert (on_disk / "moved/file 001.txt").exists()


@pytest.mark.slow
def test_one_gigabyte(rclone, vendor, tmp_path, on_disk):
    """A file of 1 GiB goes up and comes back whole."""
    big = tmp_path / "big.bin"
    block = os.urandom(1 << 20)
    with open(big, "wb") as file:
        for number in range(1024):
            file.write(number.to_bytes(8, "big") + block[8:])
    rclone("copyto", big, "home:big.bin", timeout=400)
    assert (on_disk / "big.bin").stat().st_size == 1 << 30
    if vendor == "owncloud":
        rclone("check", tmp_path, "home:", "--include", "/big.bin", timeout=400)
    rclone("copyto", "home:big.bin", tmp_path / "back.bin", timeout=400)
    assert subprocess.run(["cmp", big, tmp_path / "back.bin"]).returncode == 0

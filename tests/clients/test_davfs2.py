"""davfs2: the person's files as a mounted folder, through FUSE, with locks."""
import contextlib
import errno
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(not shutil.which("mount.davfs", path=os.environ["PATH"] + ":/sbin:/usr/sbin"), reason="davfs2 is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root"),
    pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="there is no /dev/fuse"),
]


@pytest.fixture
def mounted(person):
    """A function that mounts the person's files and unmounts them; unmounting waits until all is uploaded."""
    folder = Path(tempfile.mkdtemp(prefix="davfs"))       # its daemon gives up root, and must reach its cache
    folder.chmod(0o755)
    (folder / "mnt").mkdir()
    (folder / "cache").mkdir()
    (folder / "cache").chmod(0o777)
    (folder / "secrets").touch(mode=0o600)
    (folder / "secrets").write_text(f'{person.dav}/ {person.name} "{person.password}"\n')
    (folder / "conf").write_text(f"use_locks 1\nask_auth 0\ndelay_upload 0\ncache_dir {folder}/cache\nsecrets {folder}/secrets\n")

    @contextlib.contextmanager
    def mount():
        done = subprocess.run(["mount", "-t", "davfs", "-o", f"conf={folder}/conf", person.dav + "/", str(folder / "mnt")],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        try:
            yield folder / "mnt"
        finally:
            subprocess.run(["umount", str(folder / "mnt")], check=True, capture_output=True, timeout=120)
    yield mount
    subprocess.run(["umount", "-l", str(folder / "mnt")], capture_output=True)
    shutil.rmtree(folder)


def test_write_read_move_remove(mounted, on_disk):
    """What is done in the mounted folder arrives on the server, and is there at the next mount."""
    content = os.urandom(300_000)
    with mounted() as folder:
        (folder / "Ordner ü").mkdir()
        (folder / "Ordner ü/a.bin").write_bytes(content)
        (folder / "b.txt").write_text("b")
        (folder / "gone.txt").write_text("gone")
        os.rename(folder / "b.txt", folder / "Ordner ü/c.txt")
        os.remove(folder / "gone.txt")
        with open(folder / "Ordner ü/c.txt", "a") as file:
            file.write(" and more")
    assert (on_disk / "Ordner ü/a.bin").read_bytes() == content
    assert (on_disk / "Ordner ü/c.txt").read_text() == "b and more"
    assert sorted(each.name for each in on_disk.iterdir()) == ["Ordner ü"]
    with mounted() as folder:
        assert (folder / "Ordner ü/a.bin").read_bytes() == content
        os.remove(folder / "Ordner ü/a.bin")
    assert not (on_disk / "Ordner ü/a.bin").exists()


def test_sees_what_others_change(mounted, http, person):
    """A file another program writes can be read in the mounted folder."""
    with mounted() as folder:
        assert http.put(person.dav + "/new.txt", data=b"from elsewhere").status_code == 201
        deadline = time.monotonic() + 70        # davfs2 asks again after a minute at the latest
        while time.monotonic() < deadline and not (folder / "new.txt").exists():
            time.sleep(0.5)
        assert (folder / "new.txt").read_bytes() == b"from elsewhere"


def test_lists_folders(mounted, http, person):
    """All entries are listed."""
    names = sorted(f"file {number}.txt" for number in range(50))
    for name in names:
        http.put(f"{person.dav}/{name}", data=b"x").raise_for_status()
    with mounted() as folder:
        try:
            assert sorted(set(os.listdir(folder)) - {"lost+found"}) == names
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            pytest.skip("this kernel and this davfs2 cannot list a folder together (EINVAL), whatever the server")

"""A power cut without pulling a plug: record what reaches a disk, then make disks as they would have been left.

``Recording`` mounts ext4 on a loop device on a file whose every write and flush is written down (``device.py``). ``cuts``
then replays the log up to chosen points. What came before the last flush is on the disk. Of what came after it, a disk
with a cache may have kept anything: each of those writes is there whole, not at all, or torn between two sectors.
"""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from recorder.device import ENTRY

SECTOR = 512
TOOLS = ("mkfs.ext4", "e2fsck", "losetup", "mount", "umount", "fusermount3")
SIZE = 96 << 20                                     # bytes of the disk


def missing():
    """Why a power cut cannot be recorded on this machine, as ``power-cut: <what is missing>``; None where it can."""
    if os.geteuid() != 0:
        return "power-cut: no root"
    if not os.path.exists("/dev/fuse"):
        return "power-cut: no /dev/fuse"
    for tool in TOOLS:
        if not shutil.which(tool):
            return f"power-cut: no {tool}"
    try:
        import mfusepy  # noqa: F401 (it looks for libfuse when imported)
    except (ImportError, OSError):
        return "power-cut: no libfuse"
    return _missing_mount()


def _missing_mount():
    """Loop devices and mounts may be forbidden to root as well, in a container; only trying tells."""
    with tempfile.TemporaryDirectory() as folder:
        image, point = Path(folder, "image"), Path(folder, "point")
        point.mkdir()
        try:
            _make_ext4(image)
            with mounted(image, point):
                return None
        except (OSError, subprocess.CalledProcessError):
            return "power-cut: no loop mount"


def _make_ext4(path):
    """Without discard, so that the log tells all; a small journal, so that it goes round."""
    if not path.exists():
        with open(path, "wb") as file:
            file.truncate(SIZE)
    _run("mkfs.ext4", "-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0", "-J", "size=8", "-m", "0", path)


class Recording:
    """A mounted disk whose every write is written down. ``folder`` is where it is mounted; use as a context."""

    def __init__(self, work):
        self.work = Path(work)
        self.log, self.folder = self.work / "log", self.work / "mounted"
        self._fuse = self.work / "fuse"
        self._mark = None

    def __enter__(self):
        for path in (self._fuse, self.folder):
            path.mkdir(parents=True)
        self._device = subprocess.Popen([sys.executable, str(Path(__file__).with_name("device.py")), self._fuse, self.log, str(SIZE)])
        disk = self._fuse / "disk"
        _until(disk.exists, "the device did not come up")
        self._mark = os.open(self._fuse / "mark", os.O_WRONLY)
        _make_ext4(disk)
        self._mounted = mounted(disk, self.folder, options="noatime,commit=1")
        self._mounted.__enter__()
        return self

    def mark(self, text):
        """Put a mark into the log: what it says had happened when the last write before it was taken."""
        os.pwrite(self._mark, text.encode(), 0)         # not at a moving place: that would be split at the end of a page

    def cut(self):
        """Say that from here on nothing counts: the log up to now is what replays are made from."""
        self.mark("cut")

    def __exit__(self, *error):
        try:
            self._mounted.__exit__(*error)
        finally:
            os.close(self._mark)
            subprocess.run(["fusermount3", "-u", "-z", self._fuse], capture_output=True)
            try:
                self._device.wait(10)
            except subprocess.TimeoutExpired:       # somebody still uses it, after a test that failed
                self._device.kill()
                self._device.wait()


class mounted:
    """A file system in an image, mounted while the context lasts."""

    def __init__(self, image, point, options="noatime"):
        self.image, self.point, self.options = image, point, options

    def __enter__(self):
        self.loop = _run("losetup", "-f", "--show", self.image).strip()
        try:
            _run("mount", "-t", "ext4", "-o", self.options, self.loop, self.point)
        except BaseException:
            _run("losetup", "-d", self.loop)
            raise
        return self.point

    def __exit__(self, *error):
        """Something may still look at it for a moment; what stays open after that is a fault of the test."""
        try:
            for patience in (0.05, 0.2, 1, 3):
                if subprocess.run(["umount", self.point], capture_output=True).returncode == 0:
                    return
                time.sleep(patience)
            _run("umount", "-l", self.point)        # nothing must stay mounted for those who come after
            if not error[0]:
                raise AssertionError(f"something keeps {self.point} busy")
        finally:
            _run("losetup", "-d", self.loop)        # at once, or with its last user


def entries(log):
    """Read a log: (kind, offset, bytes)."""
    with open(log, "rb") as file:
        while head := file.read(ENTRY.size):
            kind, offset, length = ENTRY.unpack(head)
            yield kind.decode(), offset, file.read(length)


def cut_points(log, count, chance):
    """Choose where the power goes: half of them anywhere, half right after a mark, where a promise is youngest.

    Only points after the mark ``start`` and before the mark ``cut`` count. A point is the number of entries that came.
    """
    kinds = [(kind, content) for kind, _, content in entries(log)]
    first = kinds.index(("M", b"start")) + 1
    last = kinds.index(("M", b"cut")) if ("M", b"cut") in kinds else len(kinds)
    marks = [place + 1 for place in range(first, last) if kinds[place][0] == "M"]
    chosen = set(chance.sample(marks, min(len(marks), count // 2)))
    others = [place for place in range(first, last) if place not in chosen]
    chosen.update(chance.sample(others, min(len(others), count - len(chosen))))
    return sorted(chosen)


def replay(log, points, chance, scratch):
    """For each cut point, in order, yield (point, image, marks): a disk as the cut left it, and the marks made before it.

    The image is not yet repaired, and gone when the next one is asked for.
    """
    whole, image = Path(scratch, "whole"), Path(scratch, "image")
    with open(whole, "wb") as file:
        file.truncate(SIZE)
    waiting, marks, stream, done = [], [], entries(log), 0
    with open(whole, "r+b") as disk:
        for point in points:
            for kind, offset, content in _next(stream, point - done):
                if kind == "M":
                    marks.append(content.decode())
                elif kind == "W":
                    waiting.append((offset, content))
                else:
                    for each in waiting:
                        _apply(disk, *each)
                    waiting = []
            done = point
            disk.flush()
            _run("cp", "--sparse=always", whole, image)
            with open(image, "r+b") as torn:
                _tear(torn, waiting, chance)
            yield point, image, list(marks)
            image.unlink()


def _tear(disk, writes, chance):
    """Let a disk with a cache lose power: every write since the last flush is there, torn, or not at all.

    One cut in three keeps all but a torn last one, as a disk does that works in order.
    """
    in_order = chance.random() < 1 / 3
    kept = chance.random()
    for place, (offset, content) in enumerate(writes):
        if in_order and place < len(writes) - 1:
            _apply(disk, offset, content)
            continue
        luck = chance.random()
        if luck < kept:
            _apply(disk, offset, content)
        elif luck < kept + (1 - kept) / 2:
            sectors = len(content) // SECTOR
            start = chance.randint(0, sectors)
            stop = chance.randint(start, sectors)
            _apply(disk, offset + start * SECTOR, content[start * SECTOR:stop * SECTOR])


def _apply(disk, offset, content):
    disk.seek(offset)
    disk.write(content)


def repair(image):
    """What the machine does at its next start. Raises where the file system could not be brought back by itself."""
    status = subprocess.run(["e2fsck", "-fy", image], capture_output=True, text=True)
    if status.returncode not in (0, 1, 2):
        raise AssertionError(f"e2fsck {status.returncode}\n{status.stdout}")


def _next(stream, count):
    for _ in range(count):
        yield next(stream)


def _until(condition, complaint, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(complaint)
        time.sleep(0.02)


def _run(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout

"""The recorder must be able to find faults: wrong ways of writing a file lose what was promised, the right one does not."""
import hashlib
import os
import random

import pytest

import recorder
from appliance.core import durable

MISSING = recorder.missing()
pytestmark = [pytest.mark.skipif(bool(MISSING), reason=MISSING or ""), pytest.mark.slow]

WRITES, NAMES, POINTS, SEED = 300, 12, 60, 20261123


def right(folder, name, content):
    """As the house writes its records: file, rename, folder."""
    durable.write_file(folder / name, content)


def without_folder(folder, name, content):
    """The file is on the disk, its name perhaps not."""
    _write(folder / "beside", content, force=True)
    os.replace(folder / "beside", folder / name)


def without_file(folder, name, content):
    """The name is on the disk, what is in the file perhaps not."""
    _write(folder / "beside", content, force=False)
    os.replace(folder / "beside", folder / name)


def in_place(folder, name, content):
    """The old content is gone before the new one is there."""
    _write(folder / name, content, force=False)


def _write(path, content, force):
    with open(path, "wb") as file:
        file.write(content)
        if force:
            file.flush()
            os.fsync(file.fileno())


def faults(writer, work, seed=SEED):
    """Write with ``writer`` while a recording runs, cut, and tell each promise that was broken as (cut point, name, why)."""
    chance, contents = random.Random(seed), {}
    with recorder.Recording(work / "recording") as recording:
        recording.mark("start")
        for number in range(WRITES):
            name, content = f"{chance.randrange(NAMES)}", chance.randbytes(chance.randrange(1, 30_000))
            contents[hashlib.sha1(content).hexdigest()] = content
            recording.mark(f"begin {name} {hashlib.sha1(content).hexdigest()}")
            writer(recording.folder, name, content)
            recording.mark(f"end {name} {hashlib.sha1(content).hexdigest()}")
        recording.cut()
    found, point = [], work / "mounted"
    point.mkdir()
    points = recorder.cut_points(recording.log, POINTS, chance)
    assert len(points) == POINTS
    for cut, image, marks in recorder.replay(recording.log, points, chance, work):
        recorder.repair(image)
        with recorder.mounted(image, point):
            found += [(cut, *fault) for fault in _compare(point, marks)]
    return found


def _compare(folder, marks):
    """A name holds what was promised last, or what was being written when the power went."""
    promised, begun = {}, {}
    for word, name, digest in (mark.split() for mark in marks if " " in mark):
        (begun if word == "begin" else promised)[name] = digest
    for name, digest in promised.items():
        if not (folder / name).exists():
            yield name, "missing"
        elif hashlib.sha1((folder / name).read_bytes()).hexdigest() not in (digest, begun[name]):
            yield name, "wrong"


def test_the_right_way_loses_nothing(tmp_path):
    assert faults(right, tmp_path) == []


@pytest.mark.parametrize("writer", [without_folder, without_file, in_place])
def test_a_wrong_way_is_found(writer, tmp_path):
    assert faults(writer, tmp_path)



def test_marks_have_their_place_among_the_writes(tmp_path):
    with recorder.Recording(tmp_path / "recording") as recording:
        recording.mark("start")
        for number in range(5):
            right(recording.folder, str(number), b"x")
            recording.mark(str(number))
        recording.cut()
    kinds = "".join(kind if kind != "M" else content.decode()[0] for kind, _, content in recorder.entries(recording.log))
    between = kinds[kinds.index("s") + 1:kinds.rindex("c")]
    assert [part[-1] for part in between.translate(str.maketrans("01234", "|||||")).split("|")[:-1]] == ["F"] * 5


def test_a_flushed_write_survives_and_an_unflushed_one_may_not(tmp_path):
    log, chance = tmp_path / "log", random.Random(SEED)
    with open(log, "wb") as file:
        for kind, offset, content in ((b"M", 0, b"start"), (b"W", 0, b"A" * 4096), (b"F", 0, b""), (b"W", 0, b"B" * 4096),
                                      (b"M", 0, b"cut")):
            file.write(recorder.ENTRY.pack(kind, offset, len(content)) + content)
    seen = set()
    for _ in range(40):
        for _, image, _ in recorder.replay(log, [4], chance, tmp_path):
            content = image.read_bytes()[:4096]
            assert not set(content) - set(b"AB")
            seen.add("torn" if len(set(content)) == 2 else content[:1].decode())
    assert seen == {"A", "B", "torn"}

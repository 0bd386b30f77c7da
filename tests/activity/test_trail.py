"""The files of the trail: appended by several, mended after a power cut, read backwards, and never more than they may be."""
import errno
import json
import os
import subprocess
import sys

import pytest

from appliance.activity import trail as page
from appliance.activity.trail import ACTS, FILES, Trail, parsed, shown_time
from appliance.core import clock, durable, errors

START = 1_793_577_600                               # 2 November 2026


@pytest.fixture
def at():
    """Set the clock to so many seconds after the start."""
    def turn(seconds):
        clock.set(lambda: int((START + seconds) * 1e9))
    turn(0)
    yield turn
    clock.set()


@pytest.fixture
def trail(tmp_path):
    return Trail(tmp_path, 365, 1 << 20)


def line(number, action="act", **more):
    return json.dumps({"time": shown_time(START + number), "action": action, "number": number, **more}).encode()


def put(trail, *numbers, book=ACTS):
    trail.append([(book, line(number)) for number in numbers])


def numbers(found):
    return [entry["number"] for entry in found.entries]


def everything(entry):
    return True


def test_both_books_are_read_as_one_a_page_at_a_time(trail, at):
    put(trail, *range(0, 100, 2))
    put(trail, *range(1, 100, 2), book=FILES)
    seen, after = [], ""
    while True:
        found = trail.page(everything, after=after, limit=7)
        seen += numbers(found)
        after = found.after
        if not after:
            break
        put(trail, 1000 + len(seen))                # what is new meanwhile does not shift the pages
    assert seen == list(range(99, -1, -1))
    assert sorted(each.name for each in trail.folder.iterdir()) == ["2026-11.files.jsonl", "2026-11.jsonl"]
    assert {each.stat().st_mode & 0o777 for each in trail.folder.iterdir()} == {0o600}


def test_what_is_asked_for(trail, at):
    put(trail, *range(100))
    since, until = shown_time(START + 10), shown_time(START + 20)
    assert numbers(trail.page(everything, since=since, until=until)) == list(range(19, 9, -1))
    assert numbers(trail.page(everything, since=since[:19] + "Z", limit=1)) == [99]
    assert numbers(trail.page(lambda entry: entry["number"] == 3)) == [3]
    found = trail.page(lambda entry: False, scanned=40)
    assert found.entries == [] and found.after and numbers(trail.page(everything, after=found.after, limit=1)) == [59]


@pytest.mark.parametrize("wrong", [{"after": "x"}, {"after": "../../etc/passwd:1"}, {"after": "2026-11:-1"}, {"after": "2026-13:1"}, {"since": "7d"},
                                   {"until": "2026-02-30T00:00:00Z"}, {"after": "2026-11:1" * 1000}, {"since": "\0"}, {"after": ","}])
def test_what_is_not_understood(trail, at, wrong):
    put(trail, 1)
    with pytest.raises(errors.Invalid):
        trail.page(everything, **wrong)


@pytest.mark.parametrize("torn", [b'{"time": "2026-11-02T00:00:00.000Z", "act', b"\xff\xfe\0", b"[1]", b"{}", b"[" * 100_000, b"x" * 250_000])
def test_a_line_that_a_power_cut_tore(trail, at, torn):
    """What is before and after it can be read."""
    put(trail, 1, 2)
    with open(trail.folder / "2026-11.jsonl", "ab") as file:
        file.write(torn)
    assert numbers(trail.page(everything)) == [2, 1]
    trail._part = 1 << 20
    put(trail, 3)
    assert numbers(trail.page(everything)) == [3, 2, 1]
    assert (trail.folder / "2026-11.jsonl").read_bytes().endswith(torn + b"\n" + line(3) + b"\n")


def test_a_full_disk_leaves_no_half_line(trail, at, monkeypatch):
    put(trail, 1)

    def write_all(fd, content):
        os.write(fd, content[:10])
        raise OSError(errno.ENOSPC, "full")
    monkeypatch.setattr(durable, "write_all", write_all)
    with pytest.raises(OSError):
        put(trail, 2)
    monkeypatch.undo()
    assert (trail.folder / "2026-11.jsonl").read_bytes() == line(1) + b"\n"


def test_a_link_in_place_of_a_file_is_not_followed(trail, at, tmp_path):
    (tmp_path / "other").write_text("")
    (trail.folder / "2026-11.jsonl").symlink_to(tmp_path / "other")
    with pytest.raises(OSError):
        put(trail, 1)


def test_no_disk_no_trail(tmp_path, at):
    with pytest.raises(errors.Unavailable):
        put(Trail(tmp_path / "away", 1, 1 << 20), 1)
    assert not (tmp_path / "away").exists()


def test_who_uploads_much_pushes_out_only_what_was_done_to_files(trail, at):
    """Each book has its size, and loses its oldest file."""
    put(trail, 1)
    for number in range(2, 400):
        trail.append([(FILES, line(number, path="x" * 9000))])
    sizes = {book: sum(each.stat().st_size for each in trail.folder.glob(f"*{book}*")) for book in (".files", "2026-11.jsonl")}
    assert sizes[".files"] < 1.3 * (1 << 20) and sizes["2026-11.jsonl"] == len(line(1)) + 1
    found = numbers(trail.page(everything, limit=1000))
    assert found[-1] == 1 and found[:-1] == list(range(399, 399 - len(found) + 1, -1)) and len(found) > 80


def test_old_months_go_but_not_by_a_wrong_clock(trail, at):
    put(trail, 0)
    at(200 * 86400)
    put(trail, 200 * 86400)
    at(390 * 86400)
    trail.tidy()
    assert len(list(trail.folder.iterdir())) == 2   # some of November's are not old enough yet
    at(-86400 * 365 * 50)
    trail.tidy()
    assert len(list(trail.folder.iterdir())) == 2
    at(400 * 86400)
    trail.tidy()
    assert numbers(trail.page(everything)) == [200 * 86400]
    at(40_000 * 86400)
    trail.tidy()
    assert numbers(trail.page(everything)) == [200 * 86400]    # the newest file stays whatever the clock says


def test_several_write_at_once(trail):
    """The server and commands: no line is mixed with another."""
    program = ("import sys; from appliance.activity.trail import *\n"
               "for n in range(200): Trail(sys.argv[1], 0, 1 << 30).append([('', b'{\"time\": \"2026-11-02T\", \"action\": \"%s\", \"number\": %d}' "
               "% (sys.argv[2].encode() * 500, n))])")
    several = [subprocess.Popen([sys.executable, "-c", program, trail.folder, letter]) for letter in "abc"]
    assert [each.wait(60) for each in several] == [0, 0, 0]
    text = b"".join(each.read_bytes() for each in trail.folder.iterdir())
    read = [parsed(each) for each in text.splitlines()]
    assert len(read) == 600 and None not in read
    assert all([each["number"] for each in read if each["action"][0] == letter] == list(range(200)) for letter in "abc")


def test_blocks_end_anywhere(trail, at, monkeypatch):
    monkeypatch.setattr(page, "BLOCK", 61)
    put(trail, *range(50))
    assert numbers(trail.page(everything)) == list(range(49, -1, -1))

"""Locks: which stand against each other, how long they live, and that a restart changes nothing."""
import json
import os

import pytest

from appliance.core import clock, errors, ids
from appliance.storage.locks import MOST, Lock, Locks

SPACE = "11111111-1111-4111-8111-111111111111"


class Ground:
    """The part of a disk that locks need."""

    def __init__(self, folder):
        (folder / "locks").mkdir(exist_ok=True)
        self.house_fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def guard(self):
        pass


@pytest.fixture
def disk(tmp_path):
    ground = Ground(tmp_path)
    yield ground
    os.close(ground.house_fd)


@pytest.fixture(autouse=True)
def time():
    """A clock that the test sets, in seconds."""
    now = [1_000_000]
    clock.set(lambda: now[0] * 10 ** 9)
    yield now
    clock.set()


def lock(path, depth="infinity", scope="exclusive", by="ann", seconds=600, space=SPACE):
    now = clock.now()
    return Lock(f"urn:uuid:{ids.new()}", space, path, depth, "<d:href>me</d:href>", by, "Ann", scope, now,
                None if seconds is None else now + seconds)


def held(disk, *locks):
    kept = Locks(disk)
    for each in locks:
        kept.create(each)
    return kept


@pytest.mark.parametrize("first, second, fits", [
    (("a", "0", "exclusive"), ("a", "0", "exclusive"), False),
    (("a", "0", "exclusive"), ("a", "0", "shared"), False),
    (("a", "0", "shared"), ("a", "0", "exclusive"), False),
    (("a", "0", "shared"), ("a", "0", "shared"), True),
    (("a", "infinity", "exclusive"), ("a/b/c", "0", "exclusive"), False),
    (("a", "0", "exclusive"), ("a/b", "0", "exclusive"), True),
    (("a/b/c", "0", "exclusive"), ("a", "infinity", "shared"), False),
    (("a/b/c", "0", "exclusive"), ("a", "0", "exclusive"), True),
    (("", "infinity", "exclusive"), ("a", "0", "shared"), False),
    (("a", "infinity", "exclusive"), ("ab", "0", "exclusive"), True),
    (("a", "infinity", "exclusive"), ("a.txt/b", "0", "exclusive"), True),
])
def test_which_locks_stand_together(disk, first, second, fits):
    one, two = lock(*first), lock(*second)
    locks = held(disk, one)
    if fits:
        locks.create(two)
        assert locks.get(two.token) == two
        return
    with pytest.raises(errors.Locked) as caught:
        locks.create(two)
    assert caught.value.detail["token"] == one.token
    assert Locks(disk).covering(SPACE, two.path) == locks.covering(SPACE, two.path)


def test_two_spaces_do_not_meet(disk):
    other = lock("a", space=ids.new())
    locks = held(disk, lock("a"), other)
    assert locks.covering(other.space, "a/b") == [other]


def test_covering_is_nearest_first_and_knows_depth(disk):
    top, deep, beside = lock("", scope="shared"), lock("a/b", scope="shared"), lock("a", "0", "shared")
    locks = held(disk, top, deep, beside)
    assert locks.covering(SPACE, "a/b") == [deep, top]
    assert locks.covering(SPACE, "a") == [beside, top]
    assert locks.covering(SPACE, "a/c") == [top]
    assert set(locks.beneath(SPACE, "")) == {deep, beside}
    assert locks.beneath(SPACE, "a") == [deep]
    assert locks.beneath(SPACE, "a/b") == []


def test_a_restart_changes_nothing(disk):
    for_ever, timed = lock("a", seconds=None), lock("b c/ü.txt", "0")
    held(disk, for_ever, timed)
    again = Locks(disk)
    assert again.covering(SPACE, "a/x") == [for_ever]
    assert again.covering(SPACE, "b c/ü.txt") == [timed]


def test_a_lock_ends_by_itself(disk, time, tmp_path):
    timed = lock("a", seconds=60)
    locks = held(disk, timed)
    time[0] += 59
    assert locks.covering(SPACE, "a") == [timed]
    time[0] += 1
    assert locks.covering(SPACE, "a") == [] == locks.beneath(SPACE, "")
    with pytest.raises(errors.NotFound):
        locks.get(timed.token)
    with pytest.raises(errors.NotFound):
        locks.refresh(timed.token, 60)
    locks.create(lock("a"))
    locks.sweep()
    assert len(os.listdir(tmp_path / "locks")) == 1


def test_refreshed_it_lives_longer_also_after_a_restart(disk, time):
    timed = lock("a", seconds=60)
    locks = held(disk, timed)
    time[0] += 30
    longer = locks.refresh(timed.token, 600)
    assert longer == timed._replace(expires=clock.now() + 600)
    time[0] += 500
    assert locks.covering(SPACE, "a") == [longer] == Locks(disk).covering(SPACE, "a")
    assert locks.refresh(timed.token, None).expires is None


def test_removed_it_is_gone_for_good(disk):
    one = lock("a")
    locks = held(disk, one)
    locks.remove(one.token)
    locks.remove(one.token)
    assert locks.covering(SPACE, "a") == [] == Locks(disk).covering(SPACE, "a")
    locks.create(lock("a"))


def test_what_leaves_its_path_leaves_its_locks(disk):
    inside, at, beside = lock("a/b", "0"), lock("a", "0"), lock("ab", "0")
    locks = held(disk, inside, at, beside)
    locks.forget(SPACE, "a")
    for each in (locks, Locks(disk)):
        assert each.beneath(SPACE, "") == [beside]


def test_a_damaged_record_stops_nothing(disk, tmp_path):
    good, bad = lock("a"), lock("b")
    held(disk, good, bad)
    record = tmp_path / "locks" / (bad.token.removeprefix("urn:uuid:") + ".json")
    record.write_text("{")
    assert Locks(disk).beneath(SPACE, "") == [good]
    record.write_text(json.dumps(bad._asdict() | {"depth": "7"}))
    assert Locks(disk).beneath(SPACE, "") == [good]
    assert record.exists()


def test_a_lock_that_cannot_be_kept_is_not_there(disk, tmp_path):
    locks = held(disk)
    (tmp_path / "locks").rename(tmp_path / "elsewhere")
    with pytest.raises(errors.HouseError):
        locks.create(lock("a"))
    assert locks.covering(SPACE, "a") == []


def test_one_account_cannot_fill_the_memory(disk, monkeypatch):
    monkeypatch.setattr("appliance.storage.locks.MOST", 3)
    locks = held(disk, *(lock(f"a{number}", "0") for number in range(3)))
    with pytest.raises(errors.Conflict):
        locks.create(lock("b"))
    locks.create(lock("b", by="bob"))
    assert MOST >= 1000

"""Guessing is slowed before anything is computed, and nobody is locked out for good."""
import itertools

import pytest

from appliance.core import Bus, Origin, errors
from appliance.identity import People, passwords
from appliance.identity.throttle import LIMITS, network

SECRET = "a long enough secret"
fresh = itertools.count()                           # no guess twice: a repeated one is no new guess
HOME, STRANGER = "192.0.2.1", "198.51.100.1"


@pytest.fixture
def computed(monkeypatch):
    """Count hashes, and spare their time: nothing but the secret of these tests fits."""
    count = []
    monkeypatch.setattr(passwords, "fits", lambda kept, secret: count.append(1) or (kept is not None and secret == SECRET))
    return count


def guess(people, number, name="ann", address=lambda number: STRANGER):
    """Try so many wrong passwords; answers how many were looked at, and the longest wait that was asked for."""
    looked, wait = 0, 0
    for each in range(number):
        try:
            people.sign_in(name, f"wrong {next(fresh)}", Origin(address(each)))
        except errors.Unauthenticated:
            looked += 1
        except errors.TooManyAttempts as error:
            wait = max(wait, error.retry_after)
    return looked, wait


def test_an_account_is_guarded_from_all_networks_together(people, ann, computed):
    looked, wait = guess(people, 40, address=lambda number: f"10.{number}.0.1")
    assert looked == LIMITS["account"].burst == len(computed) and 0 < wait <= 60


def test_unknown_names_are_slowed_like_known_ones(people, ann, computed):
    assert guess(people, 40, "nobody", lambda number: f"10.{number}.0.1")[0] == LIMITS["account"].burst


def test_a_network_is_slowed_whatever_names_it_tries(people, computed):
    """The neighbours in the same /24 and /56 are the same stranger."""
    looked = 0
    for number in range(100):
        looked += guess(people, 1, f"name {number}", lambda _: f"198.51.100.{number}")[0]
    assert looked == LIMITS["network"].burst


def test_the_house_is_slowed_whatever_comes_from_everywhere(people, computed):
    looked = sum(guess(people, 1, f"name {number}", lambda _: f"10.{number // 250}.{number % 250}.1")[0] for number in range(200))
    assert looked == LIMITS["house"].burst == len(computed)


def test_who_was_here_before_is_not_kept_out_by_strangers(people, ann, computed):
    """Neither by guesses at the account, nor by those at the whole house."""
    people.sign_in("ann", SECRET, Origin(HOME))
    guess(people, 40, address=lambda number: f"10.{number}.0.1")
    for number in range(200):
        guess(people, 1, f"name {number}", lambda _: f"10.{number // 250}.{number % 250}.1")
    people._sign_in._remembered.clear()
    assert people.sign_in("ann", SECRET, Origin(HOME)).id == ann.id
    people._sign_in._remembered.clear()
    with pytest.raises(errors.TooManyAttempts):
        people.sign_in("ann", SECRET, Origin("203.0.113.9"))


def test_nobody_guesses_in_the_memory_of_others(people, ann, computed):
    """While somebody's program comes by all day, strangers who must wait are not told which guess is right."""
    people.sign_in("ann", SECRET, Origin(HOME))
    guess(people, 40, address=lambda _: STRANGER)
    with pytest.raises(errors.TooManyAttempts):
        people.sign_in("ann", SECRET, Origin(STRANGER))
    assert people.sign_in("ann", SECRET, Origin(HOME)).id == ann.id


def test_a_known_network_may_not_guess_for_ever(people, ann, computed):
    people.sign_in("ann", SECRET, Origin(HOME))
    looked, wait = guess(people, 40, address=lambda _: HOME)
    assert looked == LIMITS["own"].burst and 0 < wait <= 60


def test_an_old_password_in_some_program_keeps_nobody_out(people, ann, computed):
    """It is the same wrong guess again and again: looked at once, not counted after."""
    people.sign_in("ann", SECRET, Origin(HOME))
    people.passwd("ann", "another good secret")
    for _ in range(100):
        with pytest.raises(errors.Unauthenticated):
            people.sign_in("ann", SECRET + " of old", Origin(HOME))
    assert len(computed) == 2
    people.passwd("ann", SECRET)
    assert people.sign_in("ann", SECRET, Origin(HOME)).id == ann.id


def test_nobody_waits_for_long(people, ann, computed, later):
    """However many guesses there were, after a minute the right password is looked at."""
    for _ in range(3):
        guess(people, 500)
        later(61)
    assert people.sign_in("ann", SECRET, Origin(STRANGER)).id == ann.id


def test_right_passwords_are_not_counted(people, ann, computed, later):
    for _ in range(50):
        later(301)
        people._sign_in._remembered.clear()
        people.sign_in("ann", SECRET, Origin(HOME))
    for number in range(30):
        people._sign_in._remembered.clear()
        people.sign_in("ann", SECRET, Origin(f"10.{number}.0.1"))
    assert guess(people, 40)[0] == LIMITS["account"].burst


def test_a_restart_forgets_nothing(people, ann, folder, computed):
    """Neither the guesses nor the networks that are known."""
    people.sign_in("ann", SECRET, Origin(HOME))
    guess(people, 40)
    people.close()
    again = People(folder, Bus())
    assert guess(again, 5)[0] == 0
    assert again.sign_in("ann", SECRET, Origin(HOME)).id == ann.id
    again.close()


@pytest.mark.parametrize("kept", ["{", "[]", '{"counters": 1}', '{"known": 5}', '{"counters": {"account x": 1}}'])
def test_damaged_counters_keep_nobody_out(people, ann, folder, kept):
    (folder / "throttle" / "counters.json").write_text(kept)
    assert people.sign_in("ann", SECRET, Origin(HOME)).id == ann.id


def test_a_disk_that_cannot_be_written_keeps_nobody_out(people, ann, folder, monkeypatch):
    """A full disk: signing in must work, so that something can be deleted."""
    secret, _ = people.tokens.create(ann.id)
    monkeypatch.setattr("appliance.core.durable.write_file", _full)
    assert people.sign_in("ann", SECRET, Origin(HOME)).id == ann.id
    assert people.sign_in("ann", secret, Origin(HOME)).id == ann.id
    people.close()
    with pytest.raises(errors.QuotaExceeded):
        people.add("ben")


def _full(*_):
    raise OSError(28, "No space left on device")


def test_counters_are_bounded(people, computed, monkeypatch):
    monkeypatch.setattr("appliance.identity.throttle.MOST", 50)
    for number in range(90):
        guess(people, 1, f"name {number}", lambda _: f"10.{number}.0.1")
    assert len(people._throttle._counters) <= 50


def test_a_clock_that_was_ahead(people, ann, computed, later):
    """What was counted by it drains as ever once it is right again."""
    later(3e7)
    guess(people, 20, address=lambda number: f"10.{number}.0.1")
    later(-3e7)
    assert guess(people, 1)[1]
    later(LIMITS["account"].seconds + 1)
    assert people.sign_in("ann", SECRET, Origin(HOME))


@pytest.mark.parametrize("address, wanted", [
    ("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"), ("::ffff:192.0.2.77", "192.0.2.0/24"),
    ("fe80::1%eth0", "fe80::/56"), ("", "unknown"), (None, "unknown"), ("socket", "unknown")])
def test_networks(address, wanted):
    assert network(address) == wanted

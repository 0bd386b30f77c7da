"""Signing in as a person: a password, then a factor, then a session; half of it opens nothing."""
import json

import pyotp
import pytest

from appliance.core import Origin, clock, errors
from appliance.identity.factors import recovery, totp

SECRET = "a long enough secret"

HERE = Origin("192.0.2.1")


@pytest.fixture
def app(people, ann):
    """Ann's authenticator app: what it shows now, or some steps later."""
    secret = totp.new()
    shows = lambda steps=0: pyotp.TOTP(secret).generate_otp(int(clock.now()) // 30 + steps)  # noqa: E731
    codes = people.factors.add_totp(ann.id, secret, shows(-1))
    shows.codes = codes
    return shows


def opened(people, pending):
    return people.entrance.open(pending.id, "Firefox", HERE, True)


def test_password_alone(people, ann):
    """Where nothing else is set, the password opens the session."""
    pending = people.entrance.password("ann", SECRET, HERE)
    secret, session = opened(people, pending)
    assert people.sessions.find(secret).methods == ("pwd",) == session.methods
    with pytest.raises(errors.Unauthenticated):     # once
        opened(people, pending)


def test_wrong_password(people, ann):
    """The same words for a wrong password and a wrong name."""
    said = []
    for name, secret in (("ann", "wrong wrong"), ("nobody", SECRET), ("nobody", "wrong wrong")):
        with pytest.raises(errors.Unauthenticated) as refused:
            people.entrance.password(name, secret, HERE)
        said.append(str(refused.value))
    assert len(set(said)) == 1


def test_half_signed_in(people, ann, app):
    """With a second factor, the password opens nothing, neither here nor at the door of the programs."""
    pending = people.entrance.password("ann", SECRET, HERE)
    assert pending.kinds == ("otp", "recovery") and not pending.complete
    with pytest.raises(errors.Forbidden):
        opened(people, pending)
    with pytest.raises(errors.Unauthenticated):
        people.sign_in("ann", SECRET, HERE)
    assert people.sessions.find(pending.id) is None and not people.sessions.of(ann.id)
    token, _ = people.tokens.create(ann.id)
    assert people.sign_in("ann", token, HERE).method == "token"


def test_a_code_works_once(people, ann, app):
    """The code of now, not that of the enrolment, and not twice; also not an earlier one."""
    with pytest.raises(errors.Unauthenticated):
        people.entrance.code(people.entrance.password("ann", SECRET, HERE).id, app(-1), HERE)
    code = app()
    done = people.entrance.code(people.entrance.password("ann", SECRET, HERE).id, code[:3] + " " + code[3:], HERE)
    assert people.sessions.find(opened(people, done)[0]).methods == ("pwd", "otp")
    again = people.entrance.password("ann", SECRET, HERE)
    for old in (code, app(-1)):
        with pytest.raises(errors.Unauthenticated):
            people.entrance.code(again.id, old, HERE)
    assert people.entrance.code(again.id, app(1), HERE).complete


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_too_early_or_late(people, ann, app, later, steps):
    """One step of drift, no more."""
    later(300)
    with pytest.raises(errors.Unauthenticated):
        people.entrance.code(people.entrance.password("ann", SECRET, HERE).id, app(steps), HERE)


@pytest.mark.parametrize("wrong", ["", "0", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "a" * 100, "\0\0\0\0\0\0"])
def test_what_is_no_code(people, ann, app, wrong):
    """It is refused."""
    with pytest.raises(errors.Unauthenticated):
        people.entrance.code(people.entrance.password("ann", SECRET, HERE).id, wrong, HERE)


def test_recovery_codes(people, ann, app):
    """Ten, each once, however they are typed; none of them lies on the disk."""
    assert len(set(app.codes)) == recovery.NUMBER
    kept = (people._folder.path / "credentials" / f"{ann.id}.json").read_text()
    assert not any(code in kept or code.replace("-", "") in kept for code in app.codes)
    typed = app.codes[3].upper().replace("-", " ")
    assert people.entrance.code(people.entrance.password("ann", SECRET, HERE).id, typed, HERE).methods == ("pwd", "recovery")
    assert people.factors.of(ann.id).recovery == 9
    with pytest.raises(errors.Unauthenticated):
        people.entrance.code(people.entrance.password("ann", SECRET, HERE).id, typed, HERE)
    people.factors.renew_recovery(ann.id)
    with pytest.raises(errors.Unauthenticated):
        people.entrance.code(people.entrance.password("ann", SECRET, HERE).id, app.codes[4], HERE)


def test_rescue(people, ann, app, later):
    """An administrator's code, once and for ten minutes."""
    code = people.factors.rescue(ann.id)
    done = people.entrance.code(people.entrance.password("ann", SECRET, HERE).id, code, HERE)
    assert done.complete and done.methods == ("pwd", "rescue")
    pending = people.entrance.password("ann", SECRET, HERE)
    with pytest.raises(errors.Unauthenticated):
        people.entrance.code(pending.id, code, HERE)
    late = people.factors.rescue(ann.id)
    later(recovery.RESCUE + 1)
    with pytest.raises(errors.Unauthenticated):
        people.entrance.code(people.entrance.password("ann", SECRET, HERE).id, late, HERE)


def test_required_of_all(people, ann):
    """Who must have a factor and has none adds one before anything opens; programs need tokens."""
    assert people.sign_in("ann", SECRET, HERE)
    people.set_policy("everyone")
    with pytest.raises(errors.Unauthenticated):
        people.sign_in("ann", SECRET, HERE)
    pending = people.entrance.password("ann", SECRET, HERE)
    assert pending.enrol
    with pytest.raises(errors.Forbidden):
        opened(people, pending)
    secret = totp.new()
    with pytest.raises(errors.Invalid):
        people.entrance.enrol(pending.id, secret, "000000", HERE)
    done, codes = people.entrance.enrol(pending.id, secret, pyotp.TOTP(secret).generate_otp(int(clock.now()) // 30), HERE)
    assert len(codes) == 10 and opened(people, done)[1].methods == ("pwd", "otp")
    people.set_policy("nobody")
    people.factors.reset(ann.id)
    assert people.sign_in("ann", SECRET, HERE)


def test_a_sign_in_that_waited(people, ann, elsewhere):
    """Who began with a password that was known too widely gets no further once its owner has done something about it."""
    secret, other = totp.new(), totp.new()
    shows = lambda secret: pyotp.TOTP(secret).generate_otp(int(clock.now()) // 30)  # noqa: E731
    lonely = people.entrance.password("ann", SECRET, HERE)
    people.set_policy("everyone")
    with pytest.raises(errors.Forbidden):           # enough as it began, too little now
        opened(people, lonely)
    theirs, mine = people.entrance.password("ann", SECRET, HERE), people.entrance.password("ann", SECRET, HERE)
    people.entrance.enrol(mine.id, secret, shows(secret), HERE)
    with pytest.raises(errors.Unauthenticated):     # an app is there: nobody replaces it who has not shown it
        people.entrance.enrol(theirs.id, other, shows(other), HERE)
    people.set_policy("nobody")
    with pytest.raises(errors.Forbidden):
        opened(people, lonely)
    half = people.entrance.password("ann", SECRET, HERE)
    elsewhere.passwd("ann", "another long secret")  # as "hearth user passwd" does, in a process of its own
    with pytest.raises(errors.Unauthenticated):
        people.entrance.code(half.id, people.factors.rescue(ann.id), HERE)


def test_required_of_administrators(people, ann):
    """Only of them."""
    people.set_policy("administrators")
    assert people.sign_in("ann", SECRET, HERE)
    people.set("ann", role="admin")
    with pytest.raises(errors.Unauthenticated):
        people.sign_in("ann", SECRET, HERE)
    with pytest.raises(errors.Invalid):
        people.set_policy("some")


def test_a_damaged_policy_is_the_strictest(people, ann):
    """Nobody gets in more easily because a file is broken."""
    (people._folder.path / "policy.json").write_text("{")
    with pytest.raises(errors.Unauthenticated):
        people.sign_in("ann", SECRET, HERE)
    assert people.entrance.password("ann", SECRET, HERE).enrol


def test_takes_too_long(people, ann, later):
    """Ten minutes for all of it."""
    pending = people.entrance.password("ann", SECRET, HERE)
    later(601)
    with pytest.raises(errors.Unauthenticated):
        opened(people, pending)


def test_another_password_ends_it(people, ann):
    """Who began with the old password does not finish."""
    pending = people.entrance.password("ann", SECRET, HERE)
    people.passwd("ann", "another long secret")
    with pytest.raises(errors.Unauthenticated):
        opened(people, pending)


def test_guessing_codes(people, ann, app):
    """A thousand guesses from one address, and from many: after ten, all wait; the right one of a known network does not for long."""
    pending, waited = people.entrance.password("ann", SECRET, HERE), 0
    for number in range(1000):
        try:
            people.entrance.code(pending.id, f"{number:06}", HERE if number < 500 else Origin(f"198.51.{number % 250}.1"))
        except errors.TooManyAttempts as wait:
            waited += 1
            assert wait.retry_after <= 60
        except errors.Unauthenticated:
            pass
    assert waited >= 985


def test_a_box_that_does_not_know_the_time(people, ann, app, monkeypatch):
    """It says so instead of refusing codes, and counts nothing."""
    pending = people.entrance.password("ann", SECRET, HERE)
    for wrong in (0, clock.OLDEST - 1000, clock.now() - 7200):
        clock.set(lambda wrong=wrong: int(wrong * 1e9))
        try:
            people.entrance._pending[pending.id] = type(pending)(**{**vars(pending), "since": clock.now()})
            for _ in range(20):
                with pytest.raises(errors.Unavailable, match="does not know the time"):
                    people.entrance.code(pending.id, "123456", HERE)
        finally:
            clock.set()


def test_factors_go(people, ann, app):
    """Without the last factor the recovery codes are gone, and the password is enough again."""
    people.factors.remove(ann.id, "totp")
    assert people.factors.of(ann.id).kinds == () and people.factors.of(ann.id).recovery == 0
    assert people.entrance.password("ann", SECRET, HERE).complete
    with pytest.raises(errors.NotFound):
        people.factors.remove(ann.id, "totp")
    with pytest.raises(errors.Invalid):
        people.factors.renew_recovery(ann.id)


@pytest.mark.parametrize("damage", [
    "", "[]", '{"password": 1}', '{"totp": []}', '{"totp": ""}', '{"totp": {"secret": 1, "since": 1, "step": 1}}', '{"totp": {"secret": "A"}}',
    '{"passkeys": {}}', '{"passkeys": [1]}', '{"recovery": "x"}', '{"recovery": [1]}', '{"rescue": 1}', '{"rescue": {"hash": "x"}}'])
def test_damaged_credentials_open_nothing(people, ann, folder, app, damage):
    """Neither with the password nor with what was a second factor, and it is said what to do; a new password mends it."""
    file = folder / "credentials" / f"{ann.id}.json"
    kept = json.loads(file.read_text())
    file.write_text(damage if damage in ("", "[]") else json.dumps({**kept, **json.loads(damage)}))
    for attempt in (lambda: people.entrance.password("ann", SECRET, HERE), lambda: people.sign_in("ann", SECRET, HERE),
                    lambda: people.factors.of(ann.id), lambda: people.factors.spend(ann.id, app.codes[0])):
        with pytest.raises(errors.Corrupt, match="hearth user passwd"):
            attempt()
    people.passwd("ann", "another long secret")
    assert people.entrance.password("ann", "another long secret", HERE) and not people.factors.of(ann.id).any

"""Signing in: by password and by app token, what is remembered and for how long, and that nothing tells a stranger anything."""
import gevent
import pytest
from argon2 import PasswordHasher

from appliance.core import Bus, Origin, errors, events, records
from appliance.identity import People, passwords

SECRET = "a long enough secret"


@pytest.fixture
def hashes(monkeypatch):
    """Every verification of a password that was really computed."""
    computed = []
    real = passwords.fits
    monkeypatch.setattr(passwords, "fits", lambda *args: computed.append(args) or real(*args))
    return computed


def test_the_right_password_opens(people, ann):
    for name in ("ann", "ANN", "ann@example.org"):
        actor = people.sign_in(name, SECRET, Origin("192.0.2.1"))
        assert (actor.id, actor.name, actor.display_name, actor.role, actor.method) == \
            (ann.id, "ann", "Ann Example", "user", "password")


def test_every_refusal_is_the_same(people, ann, told, hashes):
    """Unknown, wrong, disabled and without a password: one text, one hash each."""
    people.add("off", SECRET), people.disable("off"), people.add("tokens-only")
    said = set()
    for name, secret in (("ann", "wrong"), ("nobody", SECRET), ("off", SECRET), ("tokens-only", SECRET), ("", ""), ("ann", ""),
                         ("tokens-only", ""), ("a\0b", "\0"), ("ann", "\ud800"), ("ann", SECRET + "\0"), ("x" * 5000, "y" * 5000)):
        with pytest.raises(errors.Unauthenticated) as refused:
            people.sign_in(name, secret, Origin(f"198.51.{len(said)}.1"))
        said.add(str(refused.value))
    assert len(said) == 1 and len(hashes) == 11
    failed = [event for event in told if isinstance(event, events.SignInFailed)]
    assert [event.account for event in failed[:3]] == [ann.id, "", people.find("off").id] and len(failed) == 11


def test_a_wrong_secret_is_looked_at_again_when_it_may_be_right(people, elsewhere, ann, hashes, later):
    """What was refused may be right by the very next request: after a new password, an enabling, a new account."""
    people.disable("ann")
    for name, secret in (("ann", SECRET), ("ann", "another good secret"), ("ben", SECRET)):
        for _ in range(3):
            with pytest.raises(errors.Unauthenticated):
                people.sign_in(name, secret)
    assert len(hashes) == 3
    elsewhere.enable("ann"), elsewhere.add("ben", SECRET)
    assert people.sign_in("ann", SECRET).name == "ann" and people.sign_in("ben", SECRET).name == "ben"
    elsewhere.passwd("ann", "another good secret")
    assert people.sign_in("ann", "another good secret").name == "ann"


def test_a_password_is_the_same_from_every_keyboard(people):
    people.add("ben", "Grüße aus Köln")
    assert people.sign_in("ben", "Gru\u0308ße aus Ko\u0308ln").name == "ben"


def test_a_right_secret_is_remembered_for_a_while(people, ann, hashes, later):
    """One hash for many requests, and another one after five minutes."""
    for _ in range(20):
        people.sign_in("ann", SECRET)
    assert len(hashes) == 1
    later(299), people.sign_in("ann", SECRET)
    assert len(hashes) == 1
    later(2), people.sign_in("ann", SECRET)
    assert len(hashes) == 2
    later(-3600), people.sign_in("ann", SECRET)     # a clock that was set back makes nothing live longer
    assert len(hashes) == 3


def test_what_is_remembered_holds_no_secret(people, ann):
    people.sign_in("ann", SECRET)
    assert SECRET not in repr(vars(people._sign_in)) and "ann" not in repr(people._sign_in._remembered)


def test_memory_is_bounded(people, ann, monkeypatch):
    monkeypatch.setattr("appliance.identity.signin.MOST", 5)
    for _ in range(9):
        people.sign_in("ann", people.tokens.create(ann.id)[0])
    assert len(people._sign_in._remembered) == 5


def test_a_changed_password_ends_the_old_one_at_once(people, elsewhere, ann):
    """Also a remembered one, also by a command in another process; the signed addresses end too."""
    key = people.signing_key(ann.id)
    people.sign_in("ann", SECRET)
    elsewhere.passwd("ann", "another good secret")
    with pytest.raises(errors.Unauthenticated):
        people.sign_in("ann", SECRET)
    assert people.sign_in("ann", "another good secret").id == ann.id
    assert people.signing_key(ann.id) != key


def test_disabling_works_at_once(people, elsewhere, ann):
    """For passwords, tokens and signed addresses, remembered or not; enabling gives all of them back."""
    token, _ = people.tokens.create(ann.id)
    secrets = (SECRET, token)
    for secret in secrets:
        people.sign_in("ann", secret)
    elsewhere.disable("ann")
    for secret in secrets:
        with pytest.raises(errors.Unauthenticated):
            people.sign_in("ann", secret)
    with pytest.raises(errors.Unauthenticated):
        people.actor("ann")
    elsewhere.enable("ann")
    for secret in secrets:
        assert people.sign_in("ann", secret).id == ann.id
    assert people.actor(ann.id, "signature").method == "signature"


def test_a_changed_role_counts_at_once(people, elsewhere, ann):
    people.sign_in("ann", SECRET)
    elsewhere.set("ann", role="admin", display_name="Anne", quota=7)
    actor = people.sign_in("ann", SECRET)
    assert (actor.role, actor.display_name, actor.quota) == ("admin", "Anne", 7)


def test_a_secret_of_one_is_none_of_another(people, ann):
    people.add("ben", "another good secret")
    token, _ = people.tokens.create(ann.id)
    people.sign_in("ann", token)
    for secret in (SECRET, token):
        with pytest.raises(errors.Unauthenticated):
            people.sign_in("ben", secret)


def test_connections_that_come_together_share_one_hash(people, ann, hashes):
    """A client with twenty connections is not refused at its start."""
    greenlets = [gevent.spawn(people.sign_in, "ann", SECRET) for _ in range(20)]
    gevent.joinall(greenlets, raise_error=True)
    assert {each.value.id for each in greenlets} == {ann.id} and len(hashes) == 1
    wrong = [gevent.spawn(people.sign_in, "ann", "wrong") for _ in range(20)]
    gevent.joinall(wrong)
    assert all(isinstance(each.exception, errors.Unauthenticated) for each in wrong) and len(hashes) == 2


def test_the_queue_of_hashes_is_short(people, ann):
    """Strangers who all come at once are refused, and take no memory."""
    greenlets = [gevent.spawn(people.sign_in, "ann", f"wrong {number}", Origin(f"192.0.{number}.1")) for number in range(9)] \
        + [gevent.spawn(people.sign_in, f"nobody {number}", "wrong", Origin(f"198.51.{number}.1")) for number in range(10)]
    gevent.joinall(greenlets)
    refused = [each for each in greenlets if isinstance(each.exception, errors.TooManyAttempts)]
    assert len(refused) == 10 and all(each.exception.retry_after > 0 for each in refused)
    assert people.sign_in("ann", SECRET, Origin("203.0.113.1")).id == ann.id


def test_a_cheap_hash_is_renewed(people, ann, folder):
    """A password that was hashed at another cost is hashed at today's when it is next used."""
    file = folder / "credentials" / f"{ann.id}.json"
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(SECRET)
    records.write(file, {"password": old, "later": "kept"})
    people.sign_in("ann", SECRET)
    renewed = records.read(file)
    assert "m=19456,t=2,p=1" in renewed["password"] and renewed["later"] == "kept"
    assert people.sign_in("ann", SECRET).id == ann.id
    with pytest.raises(errors.Unauthenticated):
        people.sign_in("ann", SECRET + "x")


def test_what_nobody_knows_costs_what_everybody_costs():
    """The hash for unknown names has the same parameters as a new one."""
    assert passwords._NOBODYS.split("$")[:4] == passwords.hashed("something").split("$")[:4]


@pytest.mark.parametrize("password, accepted", [
    ("1234567", False), ("Tr0ub4d", False), ("xkcd-936", True), ("PASSWORD", False), ("password123", False), ("Qwertyuiop", False),
    ("correct horse battery", True), ("ä" * 8, True), ("a\u0308" * 7, False), ("benjamin2", True), ("z" * 64, True), ("k3" * 128, True),
    ("k3" * 128 + "x", False), ("ben@home.example", False), ("Ben@Home.Example", False), ("with\0nul inside", False), ("raspberrypi", False)])
def test_which_passwords_are_accepted(people, password, accepted):
    """Length counts, and not to be among the first guesses; no rule says which characters."""
    if accepted:
        people.add("ben", password, email="ben@home.example")
        assert people.sign_in("ben", password).name == "ben"
    else:
        with pytest.raises(errors.Invalid):
            people.add("ben", password, email="ben@home.example")
        people.add("ben", email="ben@home.example")
        with pytest.raises(errors.Invalid):
            people.passwd("ben", password)


def test_signing_keys(people, elsewhere, ann):
    """Made when first asked for, the same for every process, never empty, one for each."""
    key = people.signing_key(ann.id)
    assert len(bytes.fromhex(key)) == 64 and elsewhere.signing_key(ann.id) == key
    assert people.signing_key(people.add("ben").id) != key


def test_the_first_administrator(people, folder, later):
    """The code works once, for one day, and only while there is no administrator."""
    first = people.setup_code()
    code = people.setup_code()
    assert first != code and code not in (folder / "setup.json").read_text()
    for wrong in ("", first, code[:-1], "x" * 16):
        with pytest.raises(errors.Forbidden):
            people.set_up("ann", SECRET, code=wrong)
    people.check_setup(code.upper())
    later(86401)
    with pytest.raises(errors.Forbidden):
        people.set_up("ann", SECRET, code=code)
    code = people.setup_code()
    with pytest.raises(errors.Invalid):
        people.set_up("ann", "short", code=code)
    assert people.set_up("ann", SECRET, "Ann", code=code).role == "admin"
    assert people.setup_code() is None and not people.wants_setup()
    for late in (code, None):
        with pytest.raises(errors.Forbidden):
            people.set_up("ben", SECRET, code=late)
    with pytest.raises(errors.Forbidden):
        people.check_setup(code)


def test_an_administrator_made_otherwise_ends_the_code(people, elsewhere):
    code = people.setup_code()
    elsewhere.add("ann", SECRET, role="admin")
    with pytest.raises(errors.Forbidden):
        people.set_up("ben", SECRET, code=code)
    assert [account.name for account in people.list()] == ["ann"]


def test_guesses_of_the_code_are_counted(people):
    code = people.setup_code()
    for _ in range(10):
        with pytest.raises(errors.Forbidden):
            people.check_setup("x" * 16, "192.0.2.1")
    with pytest.raises(errors.TooManyAttempts):
        people.check_setup(code, "192.0.2.1")
    people.check_setup(code, "198.51.100.1")


def test_a_new_process_knows_everybody(people, ann, folder):
    assert People(folder, Bus()).sign_in("ann", SECRET).id == ann.id

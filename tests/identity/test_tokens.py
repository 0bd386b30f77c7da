"""App tokens: found without searching, ended at once, and their use written down now and then."""
import time

import gevent
import pytest

from appliance.core import Bus, Origin, errors
from appliance.identity import People, passwords, tokens

SECRET = "a long enough secret"


def wait_for(condition, seconds=5):
    """Wait until something that happens in the background has happened."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        gevent.sleep(0.01)


def test_a_token_opens_like_a_password(people, elsewhere, ann, monkeypatch):
    """With any name of the account, without a slow hash, in every process."""
    secret, token = elsewhere.tokens.create(ann.id, "rclone")
    monkeypatch.setattr(passwords, "fits", None)
    for name in ("ann", "ANN@example.org"):
        actor = people.sign_in(name, secret)
        assert (actor.id, actor.method) == (ann.id, "token")
    assert len(secret) == 32 and token.label == "rclone" and token.expires is None


def test_only_its_hash_is_kept(people, ann, folder):
    secret, token = people.tokens.create(ann.id)
    kept = (folder / "apps" / f"{ann.id}.{token.id}.json").read_text()
    assert secret not in kept and token.id not in secret and token.hash not in repr(token)


def test_a_revoked_token_ends_at_once(people, elsewhere, ann):
    """Also where it was remembered."""
    secret, token = people.tokens.create(ann.id)
    people.sign_in("ann", secret)
    elsewhere.tokens.revoke(token.id)
    with pytest.raises(errors.Unauthenticated):
        people.sign_in("ann", secret)
    for wrong in (token.id, "no-id", "../accounts/x", "0" * 20, ""):
        with pytest.raises(errors.NotFound):
            people.tokens.revoke(wrong)


def test_no_more_than_so_many(people, elsewhere, ann, later, monkeypatch):
    """Of one account; those that have expired make room."""
    monkeypatch.setattr(tokens, "MOST", 3)
    ben, short = people.add("ben"), people.tokens.create(ann.id, "short", 60)[1]
    for _ in range(2):
        people.tokens.create(ann.id), people.tokens.create(ben.id)
    with pytest.raises(errors.Conflict):
        elsewhere.tokens.create(ann.id)
    later(61)
    people.tokens.create(ann.id, "new")
    assert len(people.tokens.of(ann.id)) == 3 and short not in people.tokens.of(ann.id) and len(people.tokens.of(ben.id)) == 2


def test_old_names_of_records(people, ann, folder):
    """A token of before the first release goes on."""
    secret, token = people.tokens.create(ann.id)
    (folder / "apps" / f"{ann.id}.{token.id}.json").rename(folder / "apps" / f"{token.id}.json")
    (folder / "apps" / ("0" * 20 + ".json")).write_text("damaged")
    assert People(folder, Bus()).sign_in("ann", secret).token == token.id


def test_nobody_revokes_what_is_anothers(people, ann):
    ben = people.add("ben")
    secret, token = people.tokens.create(ann.id)
    with pytest.raises(errors.NotFound):
        people.tokens.revoke(token.id, ben.id)
    people.tokens.revoke(token.id, ann.id)


def test_an_expired_token_opens_nothing(people, ann, later):
    """To the second, also where it was remembered."""
    secret, token = people.tokens.create(ann.id, seconds=100)
    assert people.sign_in("ann", secret).id == ann.id
    later(99)
    assert people.sign_in("ann", secret).id == ann.id
    later(1.5)
    with pytest.raises(errors.Unauthenticated):
        people.sign_in("ann", secret)


def test_an_altered_secret_opens_nothing(people, ann):
    secret, token = people.tokens.create(ann.id)
    other = "b" if secret[-1] == "a" else "a"
    for wrong in (secret[:-1] + other, secret.upper(), secret + "a", token.id, token.hash, token.hash[:32]):
        with pytest.raises(errors.Unauthenticated):
            people.sign_in("ann", wrong)


def test_tokens_of_somebody(people, ann, later):
    ben = people.add("ben")
    made = []
    for number in range(3):
        later(1)
        made.append(people.tokens.create(ann.id, f"label {number}")[1])
    people.tokens.create(ben.id)
    assert people.tokens.of(ann.id) == made
    with pytest.raises(errors.Invalid):
        people.tokens.create(ann.id, "a\nb")


def test_the_last_use_is_noted_now_and_then(people, ann, later):
    """At once the first time, then at most every five minutes."""
    secret, token = people.tokens.create(ann.id)
    used = lambda: people.tokens.of(ann.id)[0].used
    people.sign_in("ann", secret, Origin("192.0.2.7"))
    wait_for(used)
    first = used()
    assert people.tokens.of(ann.id)[0].address == "192.0.2.7"
    later(200), people.sign_in("ann", secret, Origin("192.0.2.8")), gevent.sleep(0.2)
    assert used() == first
    later(301), people.sign_in("ann", secret, Origin("192.0.2.9"))
    wait_for(lambda: used() != first)
    assert people.tokens.of(ann.id)[0].address == "192.0.2.9"


def test_a_note_of_use_never_brings_a_revoked_token_back(people, elsewhere, ann):
    secret, token = people.tokens.create(ann.id)
    people.sign_in("ann", secret)                   # the note is on its way
    elsewhere.tokens.revoke(token.id)
    gevent.sleep(0.2)
    assert people.tokens.of(ann.id) == []


def test_tokens_keep_working_while_the_account_is_attacked(people, ann):
    """Guesses slow down passwords of strangers, never a token."""
    secret, _ = people.tokens.create(ann.id)
    for number in range(30):
        with pytest.raises((errors.Unauthenticated, errors.TooManyAttempts)):
            people.sign_in("ann", f"wrong {number}", Origin("192.0.2.1"))
    assert people.sign_in("ann", secret, Origin("192.0.2.1")).method == "token"


def test_tidy(people, ann, later):
    """What expired is listed for a month, so that its owner sees why, and goes then."""
    people.tokens.create(ann.id, "short", 60)
    people.tokens.create(ann.id, "long")
    later(20 * 86_400)
    people.tidy()
    assert len(people.tokens.of(ann.id)) == 2
    later(20 * 86_400)
    people.tidy()
    assert [token.label for token in people.tokens.of(ann.id)] == ["long"]

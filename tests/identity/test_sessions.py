"""Sessions: opened whole, ended at once, and their secrets used once."""
import pytest

from appliance.core import Origin, errors
from appliance.identity import sessions


def test_open_find_end(people, ann, elsewhere):
    """A session is found by its secret, by whoever looks, until it is ended."""
    secret, session = people.sessions.open(ann.id, methods=("pwd",), device="Firefox", address="192.0.2.1")
    assert people.sessions.find(secret) == elsewhere.sessions.find(secret) == session
    assert secret not in (people._folder.path / "sessions" / f"{session.id}.json").read_text()
    assert [each.device for each in people.sessions.of(ann.id)] == ["Firefox"]
    people.sessions.end(session.id, ann.id)
    assert people.sessions.find(secret) is None and not elsewhere.sessions.of(ann.id)
    with pytest.raises(errors.NotFound):
        people.sessions.end(session.id)


@pytest.mark.parametrize("wrong", ["", "x", "../../accounts/x", "a" * 300, "é" * 57])
def test_wrong_secrets(people, ann, wrong):
    """What is no secret finds nothing, also beneath the name of a real session."""
    _, session = people.sessions.open(ann.id, methods=("pwd",))
    assert people.sessions.find(wrong) is None
    assert people.sessions.find(f"{session.id}.{wrong}") is None
    assert people.sessions.get(session.id) is not None


def test_not_somebody_elses(people, ann):
    """Only one's own session can be ended by its id."""
    bob = people.add("bob", "a long enough secret")
    secret, session = people.sessions.open(ann.id, methods=("pwd",))
    for id in (session.id, f"{bob.id}.{session.id[37:]}", "nonsense"):
        with pytest.raises(errors.NotFound):
            people.sessions.end(id, bob.id)
    assert people.sessions.find(secret)


def test_ends_with_the_account(people, ann):
    """A disabled account, another password, a removed account."""
    secret, session = people.sessions.open(ann.id, methods=("pwd",))
    people.disable("ann")
    assert people.sessions.find(secret) is None
    people.enable("ann")
    kept, other = people.sessions.open(ann.id, methods=("pwd",))
    people.passwd("ann", "another long secret", but=other.id)
    assert people.sessions.find(secret) is None and people.sessions.find(kept)
    people.remove("ann")
    assert people.sessions.find(kept) is None
    assert not list((people._folder.path / "sessions").iterdir())


def test_limits(people, ann, later):
    """A session ends when nobody uses it, and after its time in any case."""
    secret, session = people.sessions.open(ann.id, methods=("pwd",), limits=(1000, 3000))
    later(900)
    people.sessions._touch(session.id, session.used + 900, "192.0.2.2")
    later(900)
    assert people.sessions.find(secret).address == "192.0.2.2"
    people.sessions._touch(session.id, session.used + 1800, "")
    later(900)
    people.sessions._touch(session.id, session.used + 2700, "")
    assert people.sessions.find(secret)
    later(400)
    assert people.sessions.find(secret) is None
    idle, _ = people.sessions.open(ann.id, methods=("pwd",), limits=(1000, 3000))
    later(1100)
    assert people.sessions.find(idle) is None
    people.sessions.tidy()
    assert not list((people._folder.path / "sessions").iterdir())


def test_a_clients_secret_is_used_once(people, ann, later):
    """Each secret gives the next; the same answer again within half a minute; any earlier one later ends the session."""
    first, session = people.sessions.open(ann.id, methods=("pwd",), client="desktop")
    second = people.sessions.rotate(people.sessions.find(first), first)
    assert second != first and people.sessions.find(second).id == session.id
    assert people.sessions.rotate(people.sessions.find(first), first) == second
    third = people.sessions.rotate(people.sessions.find(second), second)
    later(sessions.GRACE + 1)
    assert people.sessions.find(third)
    assert people.sessions.find(session.id + "." + "a" * 32) is None and people.sessions.find(third)
    assert people.sessions.find(first) is None
    assert people.sessions.find(third) is None


def test_rotation_does_not_go_back(people, ann):
    """Who is late with an old secret does not bring it back."""
    first, _ = people.sessions.open(ann.id, methods=("pwd",), client="desktop")
    found = people.sessions.find(first)
    second = people.sessions.rotate(found, first)
    third = people.sessions.rotate(people.sessions.find(second), second)
    assert people.sessions.rotate(found, first) is None
    assert people.sessions.find(third)


def test_a_browsers_new_secret_ends_the_old_one(people, ann):
    """At a rise of privilege the old secret is worth nothing, and who still sends it ends nothing."""
    first, _ = people.sessions.open(ann.id, methods=("pwd",))
    second = people.sessions.rotate(people.sessions.find(first), first, methods=("pwd", "otp"))
    assert people.sessions.find(first) is None
    assert people.sessions.find(second).methods == ("pwd", "otp")


def test_only_so_many(people, ann, monkeypatch):
    """The longest unused one makes room."""
    monkeypatch.setattr(sessions, "MOST", 3)
    opened = [people.sessions.open(ann.id, methods=("pwd",))[0] for _ in range(4)]
    assert [people.sessions.find(each) is not None for each in opened] == [False, True, True, True]


def test_nothing_is_left_of_a_removed_account(people, ann):
    """No record of any kind names it."""
    people.sessions.open(ann.id, methods=("pwd",))
    people.tokens.create(ann.id)
    people.signing_key(ann.id)
    people.settings.set(ann.id, "ec3ed4a3-3946-4efc-8f9f-76d38b12d3a9", False)
    client, _ = people.provider.clients.add("Frame", ["https://frame.example/"])
    people.provider.consent(ann.id, client, ("openid",), Origin())
    people.add_group("family")
    people.join("family", "ann")
    people.remove("ann")
    people.forget(ann.id)
    people.close()
    left = [file for file in people._folder.path.rglob("*.json") if ann.id in file.name or ann.id in file.read_text()]
    assert [file for file in left if file.name != "counters.json"] == []


@pytest.mark.parametrize("damage", [lambda text: text[:40], lambda text: "", lambda text: "[]", lambda text: text.replace("{", '{"limits": "of a later program", ', 1),
                                    lambda text: '{"id": "x"}'])
def test_damaged_records_open_nothing(people, ann, damage):
    """A session, an app token, a client whose record is torn, or says more than we understand, is none; everything else goes on."""
    secret, _ = people.sessions.open(ann.id, methods=("pwd",))
    token, _ = people.tokens.create(ann.id)
    client, _ = people.provider.clients.add("Frame", ["https://frame.example/"])
    for part in ("sessions", "apps", "clients"):
        for file in (people._folder.path / part).glob("*.json"):
            file.write_text(damage(file.read_text()))
    assert people.sessions.find(secret) is None and people.sessions.of(ann.id) == []
    assert people.tokens.find(token, ann.id) is None and people.tokens.of(ann.id) == []
    assert people.provider.clients.find(client.id, "https://x") is None and people.provider.clients.list() == []
    people.tidy()
    good, _ = people.sessions.open(ann.id, methods=("pwd",))
    assert people.sessions.find(good) and people.sign_in("ann", "a long enough secret")
    people.passwd("ann", "another long secret")
    people.tokens.revoke_all(ann.id)
    people.remove("ann")

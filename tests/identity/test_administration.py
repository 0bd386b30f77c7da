"""What people may do with the accounts of others: only administrators, never leaving the box without one, and every act is told."""
from dataclasses import replace

import pytest

from appliance.core import Origin, clock, errors, events
from appliance.identity import Administration

SECRET = "a long enough secret"
OTHER = "another long enough secret"
WHERE = Origin("192.0.2.7", "test", "r1")


@pytest.fixture
def administration(people, bus):
    return Administration(people, bus)


@pytest.fixture
def boss(people):
    people.add("boss", SECRET, role="admin")
    return replace(people.actor("boss"), origin=WHERE)


@pytest.fixture
def acts(told):
    """The acts that were told so far, without sign-ins and what only says that somebody should look again."""
    return lambda: [event for event in told if isinstance(event, events.Act) and not isinstance(event, events.SignedIn)]


def test_accounts(administration, people, boss, acts):
    made = administration.add(boss, "ben", SECRET, display_name="Ben", language="de", enabled=False, given_name="B", surname="N")
    assert (made.language, made.enabled, made.given_name, made.surname) == ("de", False, "B", "N") and people.find("ben") == made
    changed = administration.change(boss, made.id, name="benno", email="b@x.y", quota=5, enabled=True, display_name="Ben", password=OTHER)
    assert people.find("benno") == changed and people.sign_in("benno", OTHER).id == made.id and changed.quota == 5
    administration.assign(boss, made.id, "guest")
    administration.remove(boss, made.id)
    me = (boss.id, WHERE)
    assert acts() == [
        events.AccountMade(*me, made.id, "ben"), events.AccountChanged(*me, made.id, "benno", ("email", "enabled", "name", "quota")),
        events.PasswordChanged(*me, made.id, "benno"), events.RoleAssigned(*me, made.id, "benno", "guest"),
        events.AccountRemoved(*me, made.id, "benno")]


def test_groups(administration, people, boss, ann, acts):
    family = administration.add_group(boss, "Family")
    administration.change_group(boss, family.id, "Kin", [ann.id, ann.id])
    administration.join(boss, family.id, boss.id), administration.join(boss, family.id, boss.id)
    administration.leave(boss, family.id, ann.id)
    with pytest.raises(errors.NotFound):
        administration.leave(boss, family.id, ann.id)
    assert people.group("kin").members == (boss.id,)
    administration.remove_group(boss, family.id)
    assert people.groups() == []
    here = (boss.id, WHERE, family.id)
    assert acts() == [
        events.GroupMade(*here, "Family"), events.GroupChanged(*here, "Kin"), events.MemberAdded(*here, "Kin", ann.id),
        events.MemberAdded(*here, "Kin", boss.id), events.MemberRemoved(*here, "Kin", ann.id), events.GroupRemoved(*here, "Kin")]


@pytest.mark.parametrize("role", ["space-admin", "user", "guest"])
def test_nobody_else_may(administration, people, boss, ann, acts, role):
    people.set("ann", role=role)
    actor, group = people.actor("ann"), people.add_group("family")
    before = people.everybody()
    for verb in (lambda: administration.add(actor, "eve", SECRET), lambda: administration.change(actor, boss.id, display_name="x"),
                 lambda: administration.change(actor, ann.id, role="admin"), lambda: administration.change(actor, ann.id, quota=0),
                 lambda: administration.remove(actor, boss.id), lambda: administration.assign(actor, boss.id, "user"),
                 lambda: administration.assign(actor, ann.id, "admin"), lambda: administration.add_group(actor, "x"),
                 lambda: administration.change_group(actor, group.id, "x"), lambda: administration.remove_group(actor, group.id),
                 lambda: administration.join(actor, group.id, ann.id), lambda: administration.leave(actor, group.id, ann.id),
                 lambda: administration.accounts(actor), lambda: administration.accounts(actor, " an "), lambda: administration.groups(actor, "")):
        with pytest.raises(errors.Forbidden):
            verb()
    assert people.everybody() == before and acts() == []
    assert administration.accounts(actor, "ann") == [people.find("ann")] and administration.groups(actor, "FAM") == [group]


def test_app_tokens_take_nothing_over(administration, people, boss, ann, acts):
    """An administrator's app token looks after accounts, but gets no more than it has: no password, role or files of others."""
    actor = people.sign_in("boss", people.tokens.create(boss.id)[0])
    before = people.everybody()
    for verb in (lambda: administration.change(actor, boss.id, password=OTHER), lambda: administration.change(actor, ann.id, OTHER, display_name="x"),
                 lambda: administration.change(actor, ann.id, role="admin"), lambda: administration.assign(actor, ann.id, "admin"),
                 lambda: administration.add(actor, "eve", SECRET, role="admin"), lambda: administration.remove(actor, ann.id, boss.id),
                 lambda: administration.change_password(actor, SECRET, OTHER), lambda: administration.set_policy(actor, "nobody"),
                 lambda: administration.rescue(actor, ann.id), lambda: administration.reset_factors(actor, ann.id)):
        with pytest.raises(errors.Forbidden):
            verb()
    assert people.everybody() == before and acts() == []
    assert administration.add(actor, "ben", SECRET).role == "user" and administration.change(actor, ann.id, display_name="x").display_name == "x"


def test_oneself(administration, people, boss):
    """Nobody takes their own account or role away, however many others look after the box."""
    people.add("second", SECRET, role="admin")
    with pytest.raises(errors.Forbidden):
        administration.remove(boss, boss.id)
    with pytest.raises(errors.Forbidden):
        administration.assign(boss, boss.id, "user")


def test_the_last_administrator_stays(administration, people, boss, told):
    """Also against the commands of the box; one who may not sign in does not count."""
    people.add("sleeper", SECRET, role="admin"), people.disable("sleeper")
    for change in (lambda: people.remove("boss"), lambda: people.disable("boss"), lambda: people.set("boss", role="user"),
                   lambda: administration.change(boss, boss.id, enabled=False)):
        with pytest.raises(errors.Forbidden):
            change()
    secret, _ = people.tokens.create(boss.id)
    with pytest.raises(errors.Forbidden):
        people.remove("boss")
    assert people.sign_in("boss", SECRET).role == "admin" and people.sign_in("boss", secret)
    people.enable("sleeper")
    people.remove("boss")
    people.set("sleeper", display_name="still here")
    with pytest.raises(errors.Forbidden):
        people.remove("sleeper")


def test_all_or_nothing(administration, people, boss, ann):
    """One member that cannot be leaves all others, and the password, as they were."""
    before = people.everybody()
    for wanted in ({"email": "no address"}, {"name": "boss"}, {"language": "klingonisch"}, {"password": "short"}, {"password": "ann2", "name": "ann2"},
                   {"quota": -1}, {"quota": True}, {"given_name": "a\nb"}, {"role": "king"}):
        with pytest.raises((errors.Invalid, errors.AlreadyExists)):
            administration.change(boss, ann.id, **{"display_name": "Other", "password": OTHER, **wanted})
    assert people.everybody() == before and people.sign_in("ann", SECRET)


def test_ones_own_password(administration, people, ann, acts, later):
    """For the one before; guesses are throttled, and the session in which it was done stays."""
    actor = replace(people.actor("ann"), origin=WHERE)
    for session in ("a", "b"):
        _, opened = people.sessions.open(ann.id, methods=("pwd",))
    actor = replace(actor, session=opened.id)
    with pytest.raises(errors.Invalid, match="wrong current password"):
        administration.change_password(actor, "wrong", OTHER)
    with pytest.raises(errors.Invalid, match="too short"):
        administration.change_password(actor, SECRET, "x")
    administration.change_password(actor, SECRET, OTHER)
    assert people.sign_in("ann", OTHER) and [session.id for session in people.sessions.of(ann.id)] == [opened.id]
    assert acts()[-1] == events.PasswordChanged(ann.id, WHERE, ann.id, "ann")
    with pytest.raises(errors.TooManyAttempts):
        for number in range(30):
            with pytest.raises(errors.Invalid):
                administration.change_password(actor, f"guess {number}", SECRET)
    later(3600)
    administration.change_password(actor, OTHER, SECRET)


def test_ones_own_language(administration, people, ann):
    people.set("ann", role="guest")
    assert administration.speak(people.actor("ann"), "pt-BR").language == people.find("ann").language == "pt-BR"
    for wrong in ("x", "de_DE", "de-", "d" * 50, "1", "de\n"):
        with pytest.raises(errors.Invalid):
            administration.speak(people.actor("ann"), wrong)


def test_records_of_before_are_read(people, folder, ann):
    """Accounts that an earlier program wrote know no language, names or heir."""
    file = folder / "accounts" / f"{ann.id}.json"
    file.write_text('{"id": "%s", "name": "ann", "display_name": "Ann", "email": "", "role": "user", "enabled": true, "quota": null,'
                    '"created": 5.0, "removed": null}' % ann.id)
    again = type(people)(folder, people._bus).find("ann")
    assert (again.language, again.given_name, again.surname, again.heir) == ("", "", "", "") and again.created <= clock.now()


def test_an_heir(people, ann, boss):
    """Somebody else with room of their own; the note says who."""
    ben = people.add("ben", SECRET)
    guest = people.add("guest", SECRET, role="guest")
    for heir in (ann.id, guest.id):
        with pytest.raises(errors.Invalid):
            people.remove("ann", heir)
    with pytest.raises(errors.NotFound):
        people.remove("ann", "nobody")
    people.remove("ann", "ben")
    departed, = people.departed()
    assert (departed.id, departed.heir) == (ann.id, ben.id)

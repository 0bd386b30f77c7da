"""Accounts and groups: making, changing and removing them, which names they may have, and that other processes see it."""
import json
import multiprocessing
import os
import unicodedata

import pytest

from appliance.core import Bus, errors, events
from appliance.identity import ROLES, People

SECRET = "a long enough secret"


def test_an_account_is_found_by_every_name(people, ann):
    """By id, by login name and mail address without regard to case, composed or not."""
    eve = people.add("Évé", SECRET)
    for who in (ann.id, "ann", "ANN", "Ann@Example.ORG"):
        assert people.find(who) == ann
    assert people.find(unicodedata.normalize("NFD", "évÉ")) == eve
    assert eve.name == unicodedata.normalize("NFC", "Évé") and eve.display_name == eve.name
    for nobody in ("an", "", "ann@example.or"):
        with pytest.raises(errors.NotFound):
            people.find(nobody)


@pytest.mark.parametrize("name", [
    "", " ", ".", "..", ".ann", "a/b", "a\\b", "a:b", "a\nb", "a\0b", "a\u202eb", "a\ud800b", "a" * 65, "ö" * 64 + "ö", "𝄞" * 60,
    "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "6BA7B810-9DAD-41D1-80B4-00C04FD430C8"])
def test_names_that_cannot_be(people, name):
    """A name is that of a folder too, and Basic authentication cuts it at a colon."""
    with pytest.raises(errors.Invalid):
        people.add(name, SECRET)
    assert people.list() == []


@pytest.mark.parametrize("name", ["a", "ann.b", "Ann Example", "ann@example.org", "O'Neil", "日本", "a" * 64, "ann-2_x"])
def test_names_that_can_be(people, name):
    assert people.add(name, SECRET).name == name
    assert people.sign_in(name, SECRET).name == name


def test_names_and_addresses_are_unique(people, ann):
    """Without regard to case, and across the two: else one could sign in as the other."""
    for name, email in (("ANN", ""), ("ben", "ANN@example.org"), ("ann@example.org", ""), ("ben", "ann")):
        with pytest.raises((errors.AlreadyExists, errors.Invalid)):
            people.add(name, SECRET, email=email)
    people.add("ben", SECRET), people.add("cid", SECRET)     # two without an address
    with pytest.raises(errors.AlreadyExists):
        people.set("ben", email="ann@example.org")
    assert len(people.list()) == 3


def test_what_is_changed_is_kept(people, elsewhere, ann):
    people.set("ann", display_name="Anne", email="a@b.c", role="space-admin", quota=5)
    seen = elsewhere.find(ann.id)
    assert (seen.display_name, seen.email, seen.role, seen.quota, seen.enabled) == ("Anne", "a@b.c", "space-admin", 5, True)
    people.set("ann", quota=0, email="")
    assert (elsewhere.find("ann").quota, elsewhere.find("ann").email) == (0, "")
    for wrong in ({"role": "boss"}, {"role": ""}, {"quota": -1}, {"email": "no address"}, {"display_name": "a\nb"}):
        with pytest.raises(errors.Invalid):
            people.set("ann", **wrong)
    assert set(ROLES) == {"admin", "space-admin", "user", "guest"}


def test_changes_of_two_processes_do_not_undo_each_other(people, elsewhere, ann):
    """Each change is applied to the account as it is on the disk then, not as it was when somebody looked."""
    people.find("ann"), elsewhere.find("ann")
    elsewhere.disable("ann")
    people.set("ann", display_name="Anne")
    assert not people.find("ann").enabled and people.find("ann").display_name == "Anne"


def _add(folder, names):
    people = People(folder, Bus())
    for name in names:
        try:
            people.add(name)
        except errors.AlreadyExists:
            pass


def test_processes_that_add_the_same_names_at_once(people, folder):
    """No name is there twice, and none is lost."""
    names = [f"p{number}" for number in range(20)]
    workers = [multiprocessing.get_context("spawn").Process(target=_add, args=(folder, names)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert sorted(account.name for account in people.list()) == sorted(names)
    assert len(os.listdir(folder / "accounts")) == 20


def test_changes_elsewhere_are_seen_at_once(people, elsewhere, told):
    """However fast one change follows another, the very next look shows it, and tells it once."""
    people.list()
    for number in range(50):
        account = elsewhere.add(f"p{number}")
        assert people.find(f"p{number}").id == account.id
        elsewhere.set(account.id, display_name="other")
        assert people.find(account.id).display_name == "other"
    assert told.count(events.PeopleChanged(account.id)) == 2


def test_removing(people, ann, folder, told):
    """Nothing of an account answers any more, its name is free, and only the note that files may be left stays."""
    secret, _ = people.tokens.create(ann.id)
    people.signing_key(ann.id)
    family = people.add_group("family")
    people.join("family", "ann")
    people.remove("ann")
    assert people.list() == [] and people.group(family.id).members == ()
    for known in (SECRET, secret):
        with pytest.raises(errors.Unauthenticated):
            people.sign_in("ann", known)
    with pytest.raises(errors.HouseError):
        people.signing_key(ann.id)
    assert [each.id for each in people.departed()] == [ann.id]
    assert [os.listdir(folder / part) for part in ("credentials", "apps", "keys")] == [[], [], []]
    again = people.add("ann", SECRET)
    assert again.id != ann.id and people.sign_in("ann", SECRET).id == again.id
    people.forget(ann.id)
    assert people.departed() == () and people.find("ann") == again
    assert events.PeopleChanged(ann.id) in told


def test_groups(people, elsewhere, ann):
    family = people.add_group("Family")
    with pytest.raises(errors.AlreadyExists):
        people.add_group("family")
    elsewhere.join("family", "ann"), elsewhere.join("family", "ann")
    assert people.group("FAMILY").members == (ann.id,) and people.groups_of(ann.id) == [people.group(family.id)]
    people.leave(family.id, ann.id), people.leave(family.id, ann.id)
    assert elsewhere.groups_of(ann.id) == []
    people.remove_group("family")
    assert elsewhere.groups() == []
    for missing in (lambda: people.group("family"), lambda: people.join("none", "ann"), lambda: people.leave("none", "ann")):
        with pytest.raises(errors.NotFound):
            missing()


def test_a_damaged_record_keeps_nobody_else_out(people, ann, folder, elsewhere):
    ben = people.add("ben", SECRET)
    (folder / "accounts" / f"{ann.id}.json").write_text("{")
    (folder / "accounts" / "x.json").write_text(json.dumps({"id": 1, "name": None, "display_name": ""}))
    assert [account.id for account in elsewhere.list()] == [ben.id]
    assert elsewhere.sign_in("ben", SECRET).id == ben.id


def test_a_disk_that_is_away_is_said_to_be_away(people, ann, folder, bus):
    """Never "wrong password", and nothing is made in its place."""
    folder.parent.rename(folder.parent.with_name("away"))
    for ask in (lambda: people.sign_in("ann", SECRET), people.list, lambda: people.add("ben"), lambda: people.signing_key(ann.id),
                lambda: People(folder, bus).sign_in("ann", SECRET), people.wants_setup, lambda: people.tokens.of(ann.id)):
        with pytest.raises(errors.Unavailable):
            ask()
    assert not folder.parent.exists()
    folder.parent.with_name("away").rename(folder.parent)
    assert people.sign_in("ann", SECRET).id == ann.id


def test_secrets_are_for_the_owner_alone(people, ann, folder):
    people.tokens.create(ann.id), people.signing_key(ann.id)
    for place, folders, files in os.walk(folder):
        assert os.stat(place).st_mode & 0o077 == 0
        assert all(os.stat(os.path.join(place, file)).st_mode & 0o077 == 0 for file in files)
    assert SECRET not in "".join(file.read_text() for file in folder.rglob("*.json"))


def test_five_hundred_people(people, folder, monkeypatch):
    """A look-up among many reads nothing again while nothing has changed, or only by ourselves."""
    for number in range(500):
        (folder / "accounts" / f"00000000-0000-4000-8000-{number:012}.json").write_text(json.dumps(
            {"id": f"00000000-0000-4000-8000-{number:012}", "name": f"p{number}", "display_name": "", "email": f"p{number}@x.y"}))
    assert len(people.list()) == 500
    read = []
    from appliance.core import records
    real = records.read
    monkeypatch.setattr(records, "read", lambda path: read.append(path) or real(path))
    for number in range(500):
        assert people.find(f"P{number}@X.Y").name == f"p{number}"
    assert read == []
    people.set("p7", display_name="seven")
    assert people.find("p7").display_name == "seven" and read == []

"""What a person may have of what is known of them, and that nothing of it is left when they are gone."""
import json
import os
import uuid

import pytest

from appliance.activity import look
from appliance.core import Origin, clock, errors, events

SECRET, OTHER = "a long enough secret", "another good secret"
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
WHERE = Origin("192.0.2.7", "phone", "r-1")


class Ann:
    """Somebody of whom as much is known as can be; ``secrets`` is what must never be shown."""

    def __init__(self, house, name="ann-of-the-test"):
        people, self.house = house.people, house
        self.account = account = people.add(name, SECRET, "Ann Example-Test", "ann@test.example", given_name="Annabella", surname="Exampleson")
        people.add("boss", SECRET, role="admin")
        self.actor = people.actor(account.id)
        token, kept = people.tokens.create(account.id, "Phone of Annabella")
        session, opened = people.sessions.open(account.id, methods=("pwd", "otp"), device="Firefox of Annabella", address="192.0.2.9")
        totp = people.factors.new_totp()
        import pyotp
        codes = people.factors.add_totp(account.id, totp, pyotp.TOTP(totp).generate_otp(int(clock.now()) // 30))
        self.secrets = [SECRET, token, kept.hash, session.rpartition(".")[2], opened.hash, opened.salt, totp, *codes,
                        people.signing_key(account.id), people.factors.rescue(account.id)]
        people.photos.set(account.id, PNG)
        people.settings.set(account.id, "33ffb5d6-cd07-4dc0-afb0-84f7559ae438", True)
        people.provider.consent(account.id, people.provider.clients.add("Other", ["https://other.example/"])[0], ("openid",), WHERE)
        people.add_group("family")
        people.join("family", name)
        people.sign_in(name, token, WHERE)
        with pytest.raises(errors.Unauthenticated):
            people.sign_in(name, "wrong", Origin("203.0.113.1", "evil"))
        for other in (people.find("boss").id, "somebody else"):
            house.bus.publish(events.AccountChanged(other, Origin("198.51.100.99", "the laptop of the boss", "r-9"), account.id, name, ("email",)))
        self.home = house.files.home(self.actor)
        root = house.files.node(self.actor, self.home)
        writing = house.files.write(self.actor, root, "diary.txt")
        writing.write(b"dear diary"), writing.commit()
        folder = house.files.make_folder(self.actor, root, "gone")
        house.files.remove(self.actor, folder)
        house.files.lock(self.actor, house.files.node(self.actor, self.home, "diary.txt"), f"urn:uuid:{uuid.uuid4()}", "exclusive", "0", "Ann")
        house.files.begin_upload(self.actor, root, "film", 100)
        boss, projects = people.actor("boss"), house.files.projects
        self.project = projects.make(boss, "Garden")
        manager = self.project.grants[f"u:{boss.id}"]["role"]
        projects.invite(boss, self.project.id, f"u:{account.id}", manager)
        projects.invite(self.actor, self.project.id, f"g:{people.group('family').id}", manager)
        garden = house.files.node(boss, self.project.id)
        writing = house.files.write(boss, garden, "plan.txt")
        writing.write(b"plants"), writing.commit()
        house.files.remove(self.actor, house.files.make_folder(self.actor, garden, "weeds"))
        house.files.lock(self.actor, house.files.node(boss, self.project.id, "plan.txt"), f"urn:uuid:{uuid.uuid4()}", "exclusive", "0", "Ann")
        house.files.begin_upload(self.actor, garden, "film", 100)
        offered = {True: house.files.make_folder(boss, garden, "beds"), False: house.files.node(boss, self.project.id, "plan.txt")}
        for giver, to, node in ((boss, f"u:{account.id}", offered[True]), (self.actor, f"g:{people.group('family').id}", offered[False])):
            house.files.shares.give(giver, node, to, house.files.shares.roles_for(node)[0].id)
        house.files.labels.favor(self.actor, house.files.node(self.actor, self.home, "diary.txt"), True)
        house.audit.flush()

    def exported(self, path):
        """What was written to a path."""
        opened = self.house.files.open(self.actor, self.house.files.node(self.actor, self.home, path))
        with os.fdopen(opened.fd, "rb") as file:
            return file.read().decode()


@pytest.fixture
def ann(house):
    return Ann(house)


def test_export(house, ann):
    """Everything, no secret, and of others no more than that it was they."""
    house.personal_data.export(ann.actor, "/mine.json").get()
    text = ann.exported("mine.json")
    said = json.loads(text)
    assert said["user"].items() >= {"name": ann.account.name, "email": "ann@test.example", "given_name": "Annabella", "role": "user"}.items()
    assert said["groups"][0]["name"] == "family" and said["photo"] and said["settings"] and list(said["consents"].values()) == [["openid"]]
    assert said["sessions"][0]["device"] == "Firefox of Annabella" and said["tokens"][0]["label"] == "Phone of Annabella"
    assert said["secondFactors"]["app"] and said["secondFactors"]["recoveryCodes"] == 10 and said["networks"] == []
    assert said["spaces"][0]["own"] and said["spaces"][0]["used"] == len("dear diary")
    assert [share["name"] for share in said["shared"]] == ["plan.txt"] and [share["name"] for share in said["received"]] == ["beds"]
    assert said["received"][0]["grants"][0]["to"] == f"u:{ann.account.id}"
    assert [favorite["name"] for favorite in said["favorites"]] == ["diary.txt"] and said["favorites"][0]["since"] > 0
    assert said["received"][0]["hidden"] is False and said["received"][0]["declined"] is False
    told = [line["action"] for line in said["events"]]
    assert {"signed_in", "sign_in_failed", "user_feature_changed", "file_create", "container_create", "file_delete", "consent_given"} <= set(told)
    assert [secret for secret in ann.secrets if secret in text] == []
    assert "192.0.2.7" in text and "203.0.113.1" in text and "198.51.100.99" not in text and "laptop" not in text
    house.audit.flush()
    assert look(house.audit.trail, ann.account.id, "personal_data_exported").entries


def test_a_long_trail_is_never_in_memory_whole(house, ann, monkeypatch):
    """It is written piece by piece, and is one document all the same."""
    from appliance.activity import personal
    monkeypatch.setattr(personal, "LINES", 7)
    for number in range(100):
        house.bus.publish(events.FolderMade("s", "n", ann.account.id, WHERE, f"folder {number}"))
    house.audit.flush()
    house.personal_data.export(ann.actor, "mine.json").get()
    said = json.loads(ann.exported("mine.json"))
    assert [line["path"] for line in said["events"] if line.get("path", "").startswith("folder")] == [f"folder {n}" for n in range(99, -1, -1)]


@pytest.mark.parametrize("path", ["", "/", "x.txt", "x.json/y/", "a/../x.json", "/none/x.json", "x" * 2000 + ".json", "\0.json", "../x.json"])
def test_where_it_cannot_be_written(house, ann, path):
    """A clear refusal, and nothing has changed."""
    before = {node.name for nodes in house.files.children(ann.actor, house.files.node(ann.actor, ann.home)) for node in nodes}
    with pytest.raises(errors.HouseError):
        house.personal_data.export(ann.actor, path)
    assert {node.name for nodes in house.files.children(ann.actor, house.files.node(ann.actor, ann.home)) for node in nodes} == before
    assert os.listdir(house.config.data / ".hearth" / "drafts") == [] and house.personal_data._running == set()


def test_no_room(house, ann):
    """There is no file then, and the next try is a new one."""
    house.people.set(ann.account.id, quota=50)
    actor = house.people.actor(ann.account.id)
    try:
        house.personal_data.export(actor, "mine.json").get()
    except errors.QuotaExceeded:
        pass
    with pytest.raises(errors.NotFound):
        ann.exported("mine.json")
    assert os.listdir(house.config.data / ".hearth" / "drafts") == [] and house.personal_data._running == set()


def test_only_by_themselves(house, ann):
    from dataclasses import replace
    for less in ({"read_only": True}, {"folder": ann.home.id}):
        with pytest.raises(errors.Forbidden):
            house.personal_data.export(replace(ann.actor, **less), "x.json")


def test_nothing_is_left_of_who_was_removed(house, ann):
    """After the removal, the clearing up and the days of the trash: no name, no address, no id, but for the trail, which has the id alone."""
    said = [ann.account.id, ann.account.name, "ann@test.example", "Annabella", "Exampleson", "Ann Example-Test", "dear diary"]
    assert found(house, said)
    house.people.remove(ann.account.id)
    house.bus.publish(events.AccountRemoved("boss", WHERE, ann.account.id, ann.account.name))
    house.files.clear_up()
    real = clock._now_ns
    clock.set(lambda: real() + 31 * 86_400 * 10**9)
    try:
        house.storage.sweep()
    finally:
        clock.set()
    house.audit.flush()
    boss = house.people.actor("boss")
    assert house.files.node(boss, ann.project.id, "plan.txt").size == 6 and not house.files.locks_beneath(boss, house.files.node(boss, ann.project.id))
    assert {place.split("/")[1] for place, _ in found(house, said)} == {"audit"}
    assert {word for _, word in found(house, said)} == {ann.account.id}


def found(house, words):
    """Where under the data folder one of these words stands: in a name, a file or an attribute."""
    places, data = set(), house.config.data
    for folder, folders, files in os.walk(data):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            texts = [os.path.relpath(path, data).encode()]
            texts += [os.getxattr(path, each) for each in os.listxattr(path)]
            if name in files:
                with open(path, "rb") as file:
                    texts.append(file.read())
            places |= {(os.path.relpath(path, data), word) for word in words for text in texts if word.encode() in text}
    return places

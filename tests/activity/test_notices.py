"""Notices: who is told what, in which language, for how long, and that nothing of them stays behind."""
import json
import os
from dataclasses import replace

import gevent
import pytest

from appliance.activity import notices as page
from appliance.activity import words
from appliance.core import clock, errors, events
from appliance.identity import settings

SECRET = "a long enough secret"
VIEW, EDIT, MEMBER = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "fb6c3e19-e378-47e5-b277-9732f9de6e21", "a8d5fe5e-96e3-418d-825b-534dbdf22b99"


class Somebody:
    """A person with files."""

    def __init__(self, house, name, **more):
        self.house, self.files, self.account = house, house.files, house.people.add(name, SECRET, name.title(), **more)
        self.id, self.to, self.home = self.account.id, f"u:{self.account.id}", house.files.home(house.people.actor(self.account.id))

    @property
    def actor(self):
        return self.house.people.actor(self.id)

    def folder(self, path):
        return self.files.make_folder(self.actor, self.files.node(self.actor, self.home, path.rpartition("/")[0]), path.rpartition("/")[2])

    def told(self, language="en"):
        """The messages in the list, the newest first, once everything that has happened was told."""
        settle(self.house)
        return [each["message"] for each in self.house.notices.list(self.actor, language)]

    def file(self):
        return self.house.config.data / ".hearth/notices" / f"{self.id}.json"


def settle(house):
    """Wait until what was published before is told: a mark goes behind it through the bus, to somebody who is gone again."""
    mark = house.people.add(f"mark{os.urandom(4).hex()}")
    house.bus.publish(events.VirusFound("s", "n", mark.id, name="mark", virus="x"))
    with gevent.Timeout(20):
        while not house.notices.of(mark.id):
            gevent.sleep(0.005)
    house.people.remove(mark.id)


@pytest.fixture
def ann(house):
    return Somebody(house, "ann", role="admin")


@pytest.fixture
def bob(house):
    return Somebody(house, "bob")


@pytest.fixture
def eve(house):
    """A stranger, who is told nothing all the while."""
    somebody = Somebody(house, "eve")
    yield somebody
    assert somebody.told() == [] and not somebody.file().exists()


def test_shares(house, ann, bob, eve):
    trip = ann.folder("Trip")
    ann.files.shares.give(ann.actor, trip, bob.to, VIEW)
    settle(house)
    (told,) = house.notices.list(bob.actor, "en")
    id = house.files.resource_id(trip)
    assert told == {
        "notification_id": told["notification_id"], "app": "userlog", "user": "ann", "datetime": told["datetime"], "object_id": id, "object_type": "share",
        "subject": "Resource shared", "subjectRich": "Resource shared", "message": "Ann shared Trip with you", "messageRich": "{user} shared {resource} with you",
        "messageRichParameters": {"user": {"id": ann.id, "name": "ann", "displayname": "Ann"}, "resource": {"id": id, "name": "Trip"}}}
    ann.files.shares.change(ann.actor, trip, bob.to, EDIT)
    assert bob.told("de") == ["Ann hat geändert, was du mit Trip tun darfst", "Ann hat Trip mit dir geteilt"]
    ann.files.shares.take(ann.actor, trip, bob.to)
    assert bob.told() == ["Ann unshared Trip with you"], "what they see no more is not told any more"
    ann.files.shares.give(ann.actor, trip, bob.to, VIEW, clock.now() + 100)
    later(101, ann.files.tidy)
    assert bob.told()[:1] == ["Access to Trip expired"] and ann.told() == []
    ann.files.shares.give(ann.actor, trip, bob.to, VIEW), bob.told()
    ann.files.shares.take(bob.actor, trip, bob.to)
    assert bob.told()[:1] == ["Access to Trip expired"], "nobody is told what they did themselves"


def later(seconds, function):
    real = clock._now_ns
    clock.set(lambda: real() + seconds * 10 ** 9)
    try:
        return function()
    finally:
        clock.set()


def test_groups(house, ann, bob, eve):
    house.people.add_group("family"), house.people.join("family", "ann"), house.people.join("family", "bob")
    ann.files.shares.give(ann.actor, ann.folder("Trip"), f"g:{house.people.group('family').id}", VIEW)
    assert bob.told() == ["Ann shared Trip with you"] and ann.told() == []


def test_spaces(house, ann, bob, eve):
    projects = house.files.projects
    space = projects.make(ann.actor, "Garden")
    projects.invite(ann.actor, space.id, bob.to, MEMBER)
    assert bob.told() == ["Ann added you to Space Garden"]
    told = house.notices.list(bob.actor, "en")[0]
    drive = f"{house.files.storage_id}${space.id}"
    assert told["object_id"] == drive and told["object_type"] == "storagespace" and told["messageRichParameters"]["space"] == {"id": drive, "name": "Garden"}
    projects.disable(ann.actor, space.id)
    assert bob.told() == ["Ann disabled Space Garden"]
    projects.enable(ann.actor, space.id), projects.remove_member(ann.actor, space.id, bob.to)
    assert bob.told()[0] == "Ann removed you from Space Garden"
    projects.invite(ann.actor, space.id, bob.to, MEMBER, clock.now() + 100)
    later(101, ann.files.tidy)
    assert bob.told()[0] == "Access to Space Garden lost"
    projects.invite(ann.actor, space.id, bob.to, MEMBER), bob.told()
    projects.disable(ann.actor, space.id), projects.purge(ann.actor, space.id)
    assert bob.told()[:2] == ["Ann deleted Space Garden", "Ann disabled Space Garden"] and ann.told() == []


def test_viruses_and_health(house, ann, bob, eve):
    """Whoever brought it is told; of a visitor, who shares the folder; of the box, its administrators, and only the last word."""
    house.bus.publish(events.VirusFound(bob.home.id, "", bob.id, name="x.exe", virus="Eicar"))
    assert bob.told() == ["A virus was found in x.exe, so nobody gets it. Virus: Eicar"]
    assert house.notices.list(bob.actor, "en")[0]["messageRichParameters"]["virus"]["name"] == "Eicar"
    for _ in range(3):
        house.bus.publish(events.VirusFound(bob.home.id, "", bob.id, name="x.exe", virus="Eicar"))
    assert len(bob.told()) == 1, "a sync client tries again and again"
    house.bus.publish(events.FileRefused(bob.home.id, bob.home.id, bob.id, name="y.exe", value="Programs are not taken here."))
    assert bob.told()[0] == "y.exe was not taken. Programs are not taken here." and len(bob.told()) == 2
    drop = bob.folder("Drop")
    house.bus.publish(events.VirusFound(bob.home.id, drop.id, "some link", path="Drop", name="y.exe", virus="Eicar"))
    assert "y.exe" in bob.told()[0]
    for state, texts in (("warning", ("The disk is nearly full.",)), ("critical", ("The disk is full.", "No backup."))):
        house.bus.publish(events.HealthChanged(state, ("disk",), texts))
    assert ann.told() == ["The disk is full. No backup."]
    house.bus.publish(events.HealthChanged("critical", ("disk",), ("The disk is full: nothing new can be written.\nDelete something and empty the trash, or take a larger disk.",)))
    assert ann.told("de") == ["Die Platte ist voll: Nichts Neues passt mehr. Löschen Sie etwas und leeren Sie den Papierkorb, oder nehmen Sie eine größere Platte."]
    house.bus.publish(events.HealthChanged("well"))
    assert ann.told("de") == ["Alles, was nicht stimmte, ist wieder in Ordnung"] and len(bob.told()) == 3


def test_switches(house, ann, bob, eve):
    """Each kind can be turned off."""
    (id,) = [each.id for each in settings.SETTINGS.values() if each.name == "event-share-created-options"]
    house.people.settings.set(bob.id, id, {"in-app": False})
    trip = ann.folder("Trip")
    ann.files.shares.give(ann.actor, trip, bob.to, VIEW), ann.files.shares.take(ann.actor, trip, bob.to)
    assert bob.told() == ["Ann unshared Trip with you"]


def test_stream_tells_it_too(house, ann, bob):
    streams = {language: house.streams.open(bob.actor, language) for language in ("en", "de")}
    ann.files.shares.give(ann.actor, ann.folder("Trip"), bob.to, VIEW), bob.told()
    for language, message in (("en", "Ann shared Trip with you"), ("de", "Ann hat Trip mit dir geteilt")):
        streams[language].end()
        said = b"".join(streams[language]).decode().split("event: userlog-notification\ndata: ")
        assert len(said) == 2 and json.loads(said[1].split("\n")[0])["message"] == message


def test_bounds(house, ann, bob, monkeypatch):
    """No more than so many, and not for ever."""
    monkeypatch.setattr(page, "MOST", 8)
    for number in range(page.MOST + 5):
        house.bus.publish(events.VirusFound("s", "", bob.id, name=f"{number}.exe", virus="x"))
    told = bob.told()
    assert len(told) == page.MOST and f"{page.MOST + 4}.exe" in told[0]
    assert later(page.DAYS * 86_400 + 1, lambda: house.notices.list(bob.actor, "en")) == []


def test_taken_away(house, ann, bob):
    """By the ids; other people's stay."""
    for somebody in (ann, bob):
        for name in "ab":
            house.bus.publish(events.VirusFound("s", "", somebody.id, name=name, virus="x"))
    settle(house)
    first, second = house.notices.list(bob.actor, "en")
    house.notices.remove(bob.actor, {first["notification_id"], "nothing", *(each["notification_id"] for each in house.notices.list(ann.actor, "en"))})
    assert house.notices.list(bob.actor, "en") == [second] and len(ann.told()) == 2
    house.notices.remove(bob.actor, {second["notification_id"]})
    assert house.notices.list(bob.actor, "en") == [] and not bob.file().exists()


def test_who_is_gone(house, ann, bob):
    """Neither their notices are left nor their name in those of others."""
    bob.files.shares.give(bob.actor, bob.folder("Trip"), ann.to, VIEW), ann.files.shares.give(ann.actor, ann.folder("Ann"), bob.to, VIEW)
    house.files.projects.disable(ann.actor, house.files.projects.make(ann.actor, "S").id)
    assert len(bob.told()) == 1 and len(ann.told()) == 1 and bob.id in ann.file().read_text()
    house.people.remove(bob.id), settle(house)
    assert not bob.file().exists() and bob.id not in ann.file().read_text()
    assert ann.told() == ["Somebody shared Trip with you"] or ann.told() == []
    bob.file().write_text('{"notices": [{"id": "x", "kind": "virus", "time": 1}]}')     # cut off before it was removed
    house.notices.tidy()
    assert not bob.file().exists()


@pytest.mark.parametrize("content", ["", "x", "[]", '{"notices": 1}', '{"notices": [1, {"id": 1}, {"kind": "no"}, {"id": "a", "kind": "virus", "time": "x"}]}'])
def test_damaged_record(house, bob, content):
    """It tells nothing, and the next notice replaces it."""
    bob.file().write_text(content)
    assert house.notices.list(bob.actor, "en") == []
    house.bus.publish(events.VirusFound("s", "", bob.id, name="a", virus="x"))
    assert len(bob.told()) == 1


def test_full_disk(house, ann, bob, monkeypatch, caplog):
    """It is not told then; what happened has happened, and the log has one line."""
    def full(*_):
        raise OSError(28, "No space left on device")
    with monkeypatch.context() as patched:
        patched.setattr("appliance.core.durable.write_file", full)
        with pytest.raises(errors.QuotaExceeded):
            house.notices.announce(ann.actor, "2027-01-31")
        house.notices._regard(events.VirusFound("s", "", bob.id, name="a", virus="x"))
    assert bob.told() == []


def test_everybody(house, ann, bob):
    house.notices.announce(ann.actor, "2027-01-31")
    assert "2027-01-31" in bob.told()[0] and house.notices.list(ann.actor, "de")[0]["notification_id"] == "deprovision"
    with pytest.raises(errors.Forbidden):
        house.notices.announce(bob.actor, "2027-01-31")
    house.notices.announce(ann.actor, "")
    assert bob.told() == []


def test_app_tokens_for_files_are_told_nothing(house, bob):
    for call in (lambda who: house.notices.list(who, "en"), lambda who: house.notices.remove(who, set())):
        with pytest.raises(errors.Forbidden):
            call(replace(bob.actor, read_only=True))


def test_every_word_in_every_language():
    """With the same names in it; and each kind has a switch, but for what the house itself says."""
    for kind, said in words.NOTICES.items():
        assert set(said) == set(words.MAIL), kind
        names = {tuple(sorted(name for name in ("{user}", "{resource}", "{space}", "{virus}", "{text}", "{date}") if name in rich)) for _, rich in said.values()}
        assert len(names) == 1, kind
    assert words.NOTICES.keys() - page.SWITCHES.keys() == {"health", "health-well", "deprovision"}
    assert len({tuple(sorted(each)) for each in words.MAIL.values()}) == 1

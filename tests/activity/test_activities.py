"""Activities: what people did to a thing, for whoever may know, as far as the trail tells."""
import itertools
from dataclasses import replace

import pytest

from appliance.activity import activities as page
from appliance.core import clock, errors, ids

SECRET = "a long enough secret"
VIEW, KNOW, MEMBER = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "d5041006-ebb3-4b4a-b6a4-7c180ecfb17d", "a8d5fe5e-96e3-418d-825b-534dbdf22b99"


class Somebody:
    """A person with files."""

    def __init__(self, house, name, **more):
        self.house, self.files, self.account = house, house.files, house.people.add(name, display_name=name.title(), **more)
        self.id, self.to = self.account.id, f"u:{self.account.id}"
        self.home = house.files.home(self.actor)

    @property
    def actor(self):
        return self.house.people.actor(self.id)

    def node(self, path="", space=None):
        return self.files.node(self.actor, space or self.home, path)

    def write(self, path, space=None):
        writing = self.files.write(self.actor, self.node(path.rpartition("/")[0], space), path.rpartition("/")[2])
        writing.write(b"x")
        return writing.commit()[0]

    def folder(self, path, space=None):
        return self.files.make_folder(self.actor, self.node(path.rpartition("/")[0], space), path.rpartition("/")[2])

    def told(self, node, language="en", **more):
        """The activities of a node as sentences."""
        return [said(each) for each in self.house.activities.of(self.actor, self.id_of(node), language, **more)]

    @staticmethod
    def id_of(node):
        return ids.ResourceId("", node.space, node.id)


def said(activity):
    text = activity.template
    for name, value in activity.variables.items():
        assert "{" + name + "}" in text
        text = text.replace("{" + name + "}", value.get("displayName") or value.get("name") or "?")
    assert "{" not in text
    return text


@pytest.fixture
def ann(house):
    return Somebody(house, "ann", role="space-admin")


@pytest.fixture
def bob(house):
    return Somebody(house, "bob")


def test_of_a_file(house, ann, bob):
    """Every deed, in the order in which it was done, in both languages."""
    trip, note = ann.folder("Trip"), ann.write("a.txt")
    ann.write("a.txt"), ann.files.restore_version(ann.actor, ann.node("a.txt"), ann.files.versions(ann.actor, ann.node("a.txt"))[0].key)
    note, _ = ann.files.move(ann.actor, ann.node("a.txt"), ann.node(), "b.txt")
    note, _ = ann.files.move(ann.actor, note, trip, "b.txt")
    ann.files.shares.give(ann.actor, note, bob.to, VIEW), ann.files.shares.change(ann.actor, note, bob.to, VIEW), ann.files.shares.take(ann.actor, note, bob.to)
    link = ann.files.links.make(ann.actor, note, "view", password="a long Enough 1 password")
    ann.files.links.change(ann.actor, note, link.id, name="x"), ann.files.links.remove(ann.actor, note, link.id)
    wanted = ["Ann added a.txt to Ann", "Ann updated a.txt in Ann", "Ann updated a.txt in Ann", "Ann renamed a.txt to b.txt", "Ann moved b.txt to Trip",
              "Ann shared b.txt with Bob", "Ann updated permission for the b.txt", "Ann removed Bob from b.txt", "Ann shared b.txt via link",
              "Ann updated settings for a link ? on b.txt", "Ann removed link to b.txt"]
    assert ann.told(note) == wanted
    assert ann.told(note, limit=2, newest_first=True) == wanted[:-3:-1] and ann.told(note, limit=1) == wanted[:1]
    assert ann.told(note, "de")[:2] == ["Ann hat a.txt zu Ann hinzugefügt", "Ann hat a.txt in Ann geändert"]
    found = house.activities.of(ann.actor, ann.id_of(note))
    assert len({each.id for each in found}) == len(found) and found == house.activities.of(ann.actor, ann.id_of(note)), "ids stay"
    assert found[0].variables == {"user": {"id": ann.id, "displayName": "Ann"}, "resource": {"id": house.files.resource_id(note), "name": "a.txt"},
                                  "folder": {"id": house.files.resource_id(ann.node()), "name": "Ann"}}


def test_of_a_folder(house, ann):
    """With all that lies in it, as deep as is asked for, also under the names that it had, and what went away from it."""
    old = ann.folder("Old")
    ann.write("Old/a.txt"), ann.folder("Old/In"), ann.write("Old/In/deep.txt"), ann.write("beside.txt"), ann.folder("Older"), ann.write("Older/x")
    ann.files.move(ann.actor, old, ann.node(), "New")
    ann.write("New/b.txt"), ann.files.remove(ann.actor, ann.node("New/b.txt")), ann.files.move(ann.actor, ann.node("New/a.txt"), ann.node(), "out.txt")
    new = ann.node("New")
    inside = ["Ann added Old to Ann", "Ann added a.txt to Old", "Ann added In to Old", "Ann added deep.txt to In", "Ann renamed Old to New", "Ann added b.txt to New",
              "Ann deleted b.txt from New", "Ann moved out.txt to Ann"]
    assert ann.told(new) == inside
    assert ann.told(new, depth=0) == ["Ann added Old to Ann", "Ann renamed Old to New"]
    assert ann.told(new, depth=1) == [each for each in inside if "deep" not in each]
    assert "Ann added beside.txt to Ann" in ann.told(ann.node()) and "Ann added deep.txt to In" in ann.told(ann.node())


def test_of_a_space(house, ann, bob, monkeypatch):
    moments = itertools.count(clock.now(), 0.01)    # of one millisecond the trail does not know what came first
    monkeypatch.setattr(clock, "now", lambda: next(moments))
    space = house.files.projects.make(ann.actor, "Garden")
    house.files.projects.invite(ann.actor, space.id, bob.to, MEMBER), ann.write("plan.txt", space)
    assert bob.told(bob.node("", space.id)) == ["Ann added Bob as member of Garden", "Ann added plan.txt to Garden"]
    house.files.projects.remove_member(ann.actor, space.id, bob.to)
    with pytest.raises(errors.NotFound):
        bob.told(ann.node("", space.id))


def test_who_may_know(house, ann, bob):
    """Who may see with whom it is shared; and nothing of where it lies, or goes."""
    ann.folder("Private"), ann.folder("Private/Trip")
    trip = ann.node("Private/Trip")
    ann.write("Private/Trip/a.txt"), ann.write("Private/secret.txt")
    with pytest.raises(errors.NotFound):
        bob.told(trip)
    ann.files.shares.give(ann.actor, trip, bob.to, VIEW)
    with pytest.raises(errors.Forbidden):
        bob.told(trip)
    ann.files.shares.change(ann.actor, trip, bob.to, KNOW)
    ann.files.move(ann.actor, ann.node("Private/Trip/a.txt"), ann.node("Private"), "hidden.txt")
    assert bob.told(trip) == ["Ann added Trip to ?", "Ann added a.txt to Trip", "Ann shared Trip with Bob", "Ann updated permission for the Trip"]
    with pytest.raises(errors.NotFound):
        bob.told(ann.node("Private"))
    with pytest.raises(errors.Forbidden):
        house.activities.of(replace(ann.actor, read_only=True), ann.id_of(trip))


def test_who_is_gone(house, ann, bob):
    space = house.files.projects.make(ann.actor, "Garden")
    house.files.projects.invite(ann.actor, space.id, bob.to, MEMBER)
    house.people.add("boss", SECRET, role="admin"), house.people.remove("bob")
    assert ann.told(ann.node("", space.id)) == ["Ann added Somebody as member of Garden"]


def test_bounds(house, ann, monkeypatch):
    """No more lines are looked at, and no more are told, than there may be."""
    for number in range(6):
        ann.write(f"{number}.txt")
    monkeypatch.setattr(page, "MOST", 4)
    assert len(ann.told(ann.node())) == 4
    monkeypatch.setattr(page, "SCANNED", 2)
    assert ann.told(ann.node()) == ["Ann added 4.txt to Ann", "Ann added 5.txt to Ann"]

"""Who finds what: everything that somebody may see, and nothing else, from the moment on in which that changes."""
from dataclasses import replace

import pytest

from appliance.core import Origin, errors
from appliance.files import SHARES

VIEWER, SPACE_VIEWER, MANAGER, SECURE = ("b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "a8d5fe5e-96e3-418d-825b-534dbdf22b99", "312c0871-5ef7-4b3a-85b6-0e4074c64049",
                                         "aa97fe03-7980-45ac-9e50-b325749fd7e6")


@pytest.fixture
def bob(library):
    """Somebody else."""
    return library.person("bob", "Bob")


@pytest.fixture
def trip(library):
    """A folder of Ann's with a text deep in it, in the index."""
    library.write("Trip/Rome/forum.txt", b"the aqueduct carried water")
    library.write("Trip/plan.txt", b"first the train")
    library.write("other.txt", b"aqueducts elsewhere")
    library.search.catch_up()
    return library.node("Trip")


def put(library, actor, space, name, content=b"x"):
    """A file directly in a space."""
    writing = library.files.write(actor, library.files.node(actor, space.id), name)
    writing.write(content)
    return writing.commit()[0]


def test_nobody_elses(library, bob, trip):
    """Not by name, content, id, tag, place, or what is not."""
    library.files.labels.add_tags(library.ann, trip, ["rome"])
    library.files.labels.favor(library.ann, trip, True)
    library.search.catch_up()
    drive = library.files.home(library.ann).id
    for query in ("*.txt", "content:aqueduct", "tag:rome", f"id:{trip.id}", f"rootid:{drive}", f"scope:{drive}", f"scope:{trip.id}", "NOT zzz AND *.txt", "is:favorite", "path:trip",
                  "mtime:today AND mediatype:file"):
        assert library.found(query, bob) == [], query
    assert library.found("*", bob) == ["Bob"] and library.search.tags(bob) == [] and library.search.find(bob, "*.txt")[0] == 0
    assert library.found("*.txt", bob, within=drive) == library.found("*.txt", bob, within=trip.id) == []


def test_shared(library, bob, trip):
    """What lies beneath it, under the mount; hidden, declined or ended it is not found, at once."""
    files = library.files
    files.shares.give(library.ann, trip, f"u:{bob.id}", VIEWER)
    assert sorted(library.found("*", bob)) == ["Bob", "Rome", "Trip", "forum.txt", "plan.txt"]
    assert sorted(library.found("*", bob, within=SHARES)) == ["Rome", "Trip", "forum.txt", "plan.txt"]
    [hit] = library.hits("content:aqueduct", bob)
    assert hit.found.mount.name == "Trip" and hit.found.node.name == "forum.txt" and "<mark>aqueduct</mark>" in hit.highlights
    [mount] = files.mounts.all(bob)
    for aside in ({"hidden": True}, {"declined": True}):
        files.mounts.put_aside(bob, files.mounts.find(bob, mount.id), **aside)
        assert library.found("*.txt", bob) == []
        files.mounts.put_aside(bob, files.mounts.find(bob, mount.id), **dict.fromkeys(aside, False))
        assert len(library.found("*.txt", bob)) == 2
    files.shares.take(library.ann, trip, f"u:{bob.id}")
    assert library.found("*.txt", bob) == [] and library.hits("content:aqueduct", bob) == []


def test_moved_out_of_a_share(library, bob, trip):
    """The index still has it there, and it is not told."""
    library.files.shares.give(library.ann, trip, f"u:{bob.id}", VIEWER)
    file = library.node("Trip/Rome/forum.txt")
    assert library.found("content:aqueduct", bob) == ["forum.txt"]
    library.files.move(library.ann, file, library.node(), "secret.txt")
    assert library.found("content:aqueduct", bob) == [] and library.search.find(bob, "content:aqueduct")[0] == 0
    library.search.catch_up()
    assert library.found("content:aqueduct", bob) == [] and "secret.txt" in library.found("content:aqueduct")


def test_nested_shares(library, bob, trip):
    """Found once each, in the mount nearest above."""
    rome = library.node("Trip/Rome")
    library.files.shares.give(library.ann, trip, f"u:{bob.id}", VIEWER)
    library.files.shares.give(library.ann, rome, f"u:{bob.id}", VIEWER)
    [hit] = library.hits("content:aqueduct", bob)
    assert hit.found.mount.share.node.id == rome.id and library.search.find(bob, "content:aqueduct")[0] == 1


def test_by_group(library, bob, trip):
    """As long as one is in it."""
    people = library.house.people
    people.add_group("family")
    people.join("family", "bob")
    library.files.shares.give(library.ann, trip, f"g:{people.group('family').id}", VIEWER)
    assert library.found("content:aqueduct", people.actor("bob")) == ["forum.txt"]
    people.leave("family", "bob")
    assert library.found("content:aqueduct", people.actor("bob")) == []


def test_spaces(library, bob):
    """Members find what is in them; in a disabled one, or one that is purged, nobody does."""
    projects = library.files.projects
    library.house.people.set("ann", role="space-admin")
    ann = library.house.people.actor("ann")
    space = projects.make(ann, "Garden")
    put(library, ann, space, "beds.txt", b"tomatoes")
    library.search.catch_up()
    assert library.found("content:tomatoes", ann) == ["beds.txt"] and library.found("name:garden", ann) == ["Garden"] and library.found("beds", bob) == []
    projects.invite(ann, space.id, f"u:{bob.id}", SPACE_VIEWER)
    assert library.found("content:tomatoes", bob) == ["beds.txt"]
    projects.remove_member(ann, space.id, f"u:{bob.id}")
    assert library.found("content:tomatoes", bob) == []
    projects.invite(ann, space.id, f"u:{bob.id}", SPACE_VIEWER)
    projects.disable(ann, space.id)
    assert library.found("content:tomatoes", bob) == library.found("content:tomatoes", ann) == []


def test_seeing_without_reading(library, bob, trip, monkeypatch):
    """Who may not download finds names, but nothing by content, and no piece of it."""
    from appliance.sharing import access
    library.files.shares.give(library.ann, trip, f"u:{bob.id}", VIEWER)
    allowed = access.Access.allowed
    monkeypatch.setattr(access.Access, "allowed", lambda self, actor, thing, space=None: allowed(self, actor, thing, space) - ({access.DOWNLOAD} if actor.id == bob.id else set()))
    assert library.found("name:forum", bob) == ["forum.txt"]
    assert library.found("content:aqueduct", bob) == [] and library.found("content:aque*", bob) == []
    [hit] = library.hits('name:"*forum*" OR content:aqueduct', bob)
    assert hit.highlights == "" and hit.facts == {}
    assert library.found("name:forum AND NOT content:aqueduct", bob) == library.found("name:forum AND NOT content:nothing", bob) == ["forum.txt"]


def test_tokens_and_visitors(library, trip):
    """An app token for one folder finds what is in it; a visitor by a link nothing."""
    folder = replace(library.ann, folder=trip.id, method="token")
    assert sorted(library.found("*.txt", folder)) == ["forum.txt", "plan.txt"] and library.found("content:aqueduct", folder) == ["forum.txt"]
    assert library.found("*.txt", replace(library.ann, folder=library.node("Trip/Rome").id)) == ["forum.txt"]
    assert library.found("*.txt", replace(library.ann, folder="00000000-0000-4000-8000-000000000000")) == []
    assert len(library.found("*.txt", replace(library.ann, read_only=True))) == 3
    visitor = replace(library.ann, kind="link", folder=trip.id, giver=library.ann)
    assert library.found("*.txt", visitor) == [] and library.search.tags(visitor) == []
    for actor in (folder, visitor):
        with pytest.raises(errors.Forbidden):
            library.files.labels.favor(actor, trip, True)


def test_trash(library, trip):
    """What is thrown away is not found; what comes back is, without a look at all of it by the index first."""
    key = library.files.remove(library.ann, trip)
    assert library.found("*.txt") == ["other.txt"]
    library.search.catch_up()
    assert library.search._index.count()[0] == 2
    library.files.trash_restore(library.ann, library.files.home(library.ann), key, library.node(), "Trip")
    library.search.catch_up()
    assert sorted(library.found("content:aqueduct")) == ["forum.txt", "other.txt"]


def test_gone(library, bob):
    """Somebody's files are found by nobody when they are gone; handed on they are found by the heir."""
    library.write("mine.txt", b"treasure", actor=bob)
    library.search.catch_up()
    people = library.house.people
    people.remove("bob", heir="ann")
    library.files.clear_up()
    library.search.catch_up()
    [hit] = library.hits("content:treasure")
    assert hit.found.node.path == "Files of bob/mine.txt" and hit.found.space.id == library.files.home(library.ann).id
    assert library.search._index.spaces() == [library.files.home(library.ann).id]
    assert library.hits(f"rootid:{library.files.home(library.ann).id} AND mine")[0].found.node.id == hit.found.node.id


def test_nothing_is_left(library, bob):
    """Of somebody who is gone without an heir, not even in the index."""
    library.write("mine.txt", b"treasure", actor=bob)
    library.search.catch_up()
    before = library.search._index.count()
    library.house.people.remove("bob")
    library.files.clear_up()
    library.search.catch_up()
    assert library.search._index.count() == (before[0] - 2, before[1] - 1, 0) and library.hits("content:treasure") == []


def test_many_shares(library, bob):
    """Hundreds of them, as quickly as few."""
    library.folder("Many")
    for number in range(40):
        node = library.write(f"Many/{number}/file {number}.txt", b"x")
        library.files.shares.give(library.ann, library.files.node(library.ann, library.files.home(library.ann), f"Many/{number}"), f"u:{bob.id}", VIEWER)
    library.search.catch_up()
    assert len(library.found("*.txt", bob)) == 40 and node


def test_events_tell_where_it_was_asked(library, trip):
    """Tags and favourites are told of, with who did it."""
    told = []
    library.house.bus.witness(told.append)
    ann = replace(library.ann, origin=Origin("192.0.2.1", "test", "r-1"))
    library.files.labels.add_tags(ann, trip, ["a"])
    library.files.labels.favor(ann, trip, True)
    library.files.labels.favor(ann, trip, True)
    library.files.labels.favor(ann, trip, False)
    assert [(type(event).__name__, event.node, event.actor, event.origin.request, event.path) for event in told] == [
        (name, trip.id, ann.id, "r-1", "Trip") for name in ("TagsChanged", "FavoriteAdded", "FavoriteRemoved")]

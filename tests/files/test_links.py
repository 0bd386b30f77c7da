"""Links of the house itself: what happens between one step and the next."""
import gevent
import pytest

from appliance.core import Origin, errors
from appliance.identity import passwords, roles

PASSWORD = "battery staple"


@pytest.fixture
def trip(house, ann):
    return house.files.make_folder(ann, house.files.node(ann, house.files.home(ann)), "Trip")


def test_a_link_that_ends_while_its_password_is_compared(house, ann, trip, monkeypatch):
    link = house.files.links.make(ann, trip, "view", PASSWORD)
    monkeypatch.setattr(house.people.proofs, "fits", lambda *args: house.files.links.remove(ann, trip, link.id))
    with pytest.raises(errors.Unauthenticated):
        house.files.links.open(link.token, Origin("192.0.2.1"), password="wrong")


def test_a_link_made_while_all_are_looked_up(house, ann, trip, monkeypatch):
    """After a start the first visitor makes the house look where the links are; that takes a while."""
    links, looked = house.files.links, house.storage.linked.look
    links.make(ann, trip, "view", PASSWORD)
    house.storage.linked.load()

    def slowly(*args):
        found = looked(*args)
        gevent.sleep(0.05)
        return found
    with monkeypatch.context() as patched:
        patched.setattr(house.storage.linked, "look", slowly)
        visitor = gevent.spawn(house.storage.linked.everything)
        gevent.sleep(0)
        patched.undo()
        link = links.make(ann, trip, "view", PASSWORD)
        visitor.get()
    assert links.find(link.token)[1].id == link.id


def test_a_link_to_what_lay_in_the_trash_at_the_start(house, ann, trip):
    """It lets in again when that comes back, whatever was looked at meanwhile."""
    links, storage = house.files.links, house.storage
    link, other = links.make(ann, trip, "view", PASSWORD), links.make(ann, house.files.make_folder(ann, house.files.node(ann, house.files.home(ann)), "Other"), "view", PASSWORD)
    key = storage.tree.remove(trip)
    storage.linked.load()
    assert links.find(other.token)[1].id == other.id
    with pytest.raises(errors.NotFound):
        links.find(link.token)
    storage.trash.restore(trip.space, key, house.files.node(ann, house.files.home(ann)), "Trip")
    storage.linked.among({trip.id})                 # as a listing does
    assert links.find(link.token)[0].id == trip.id and links.held(ann, link.id).id == trip.id


def test_a_change_while_another_change_is_made(house, ann, trip, monkeypatch):
    """Neither undoes the other, and together they do not open what neither may."""
    links = house.files.links
    link, hashed = links.make(ann, trip, "edit", PASSWORD), passwords.hashed

    def meanwhile(password):
        monkeypatch.undo()
        links.change(ann, trip, link.id, kind="view", name="to look at")
        return hashed(password)
    monkeypatch.setattr(passwords, "hashed", meanwhile)
    assert (links.change(ann, trip, link.id, password="another battery").kind, links.of(ann, trip)[link.id].name) == ("view", "to look at")
    monkeypatch.setattr(roles, "allowed", lambda actor, permission, own=False: True)   # may leave the password of what is only looked at away
    kept = house.storage.linked.change

    def first(node, change):
        monkeypatch.setattr(house.storage.linked, "change", kept)
        links.change(ann, trip, link.id, kind="edit")
        return kept(node, change)
    monkeypatch.setattr(house.storage.linked, "change", first)
    with pytest.raises(errors.Invalid):
        links.change(ann, trip, link.id, password=None)
    assert links.of(ann, trip)[link.id].password

"""Links of the house itself: what happens between one step and the next."""
import gevent
import pytest

from appliance.core import Origin, errors

PASSWORD = "battery staple"


@pytest.fixture
def ann(house):
    house.people.add("ann", "correct horse battery")
    return house.people.actor("ann")


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
    links._index = None

    def slowly(wanted):
        found = looked(wanted)
        gevent.sleep(0.05)
        return found
    with monkeypatch.context() as patched:
        patched.setattr(house.storage.linked, "look", slowly)
        visitor = gevent.spawn(lambda: links._known)
        gevent.sleep(0)
        patched.undo()
        link = links.make(ann, trip, "view", PASSWORD)
        visitor.get()
    assert links.find(link.token)[1].id == link.id

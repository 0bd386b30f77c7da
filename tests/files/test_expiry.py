"""What has expired opens nothing from that moment on, and is cleared away, told and counted by ``tidy``."""
import pytest

from appliance import app
from appliance.core import Config, clock, errors, events
from appliance.sharing import Grant, grants

VIEWER = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"
SPACE_VIEWER = "a8d5fe5e-96e3-418d-825b-534dbdf22b99"


@pytest.fixture
def house(tmp_path):
    house = app.build(Config(data=tmp_path / "data", cache=tmp_path / "cache", reserve_percent=0.0, reserve_bytes=0))
    yield house
    house.close()


@pytest.fixture
def told(house):
    """What the house says, of expiry and of links."""
    told = []
    house.bus.witness(lambda event: isinstance(event, (events.ShareExpired, events.MembershipExpired, events.LinkEvent)) and told.append(event))
    return told


@pytest.fixture
def later(monkeypatch):
    """Turn the clock on by so many seconds."""
    ahead, now = [0], clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + ahead[0])
    return lambda seconds: ahead.__setitem__(0, ahead[0] + seconds)


def test_everything_that_ends(house, told, later):
    for name in ("ann", "bob"):
        house.people.add(name, "correct horse battery", role="space-admin")
    ann, bob = house.people.actor("ann"), house.people.actor("bob")
    files, soon = house.files, clock.now() + 100
    folder = files.make_folder(ann, files.node(ann, files.home(ann)), "Trip")
    files.shares.give(ann, folder, f"u:{bob.id}", VIEWER, soon)
    link = files.links.make(ann, folder, "view", "battery staple", expires=soon)
    stays = files.links.make(ann, folder, "view", "battery staple", expires=soon + 1000)
    space = files.projects.make(ann, "Family")
    files.projects.invite(ann, space.id, f"u:{bob.id}", SPACE_VIEWER, soon)
    assert files.links.open(link.token, bob.origin, password="battery staple") and [share.node.id for share in files.shares.with_me(bob)] == [folder.id]
    files.tidy()
    assert [type(event) for event in told] == [events.LinkMade, events.LinkMade, events.LinkOpened]
    assert files.links.of(ann, folder)[link.id].visits == 1
    told.clear()

    later(200)                                      # over from that moment, though nobody has cleared away yet
    with pytest.raises(errors.NotFound):
        files.links.open(link.token, bob.origin, password="battery staple")
    assert files.shares.with_me(bob) == []
    with pytest.raises(errors.NotFound):
        files.space(bob, space.id)
    files.tidy()
    assert sorted((type(event).__name__, getattr(event, "to", "") or event.link) for event in told) == [
        ("LinkExpired", link.id), ("MembershipExpired", f"u:{bob.id}"), ("ShareExpired", f"u:{bob.id}")]
    assert set(files.links.of(ann, folder)) == {stays.id} and files.shares.of(ann, folder) == {}
    assert list(grants.read(files.projects.get(ann, space.id).grants)) == [f"u:{ann.id}"]
    files.tidy()
    assert len(told) == 3
    assert isinstance(grants.read(files.projects.get(ann, space.id).grants)[f"u:{ann.id}"], Grant)

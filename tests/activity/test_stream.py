"""The live stream: who is told what, what is remembered for whoever was away, and when it ends."""
import json
from dataclasses import replace

import gevent
import pytest

from appliance.activity import stream as page
from appliance.core import Origin, clock, errors, events, ids
from appliance.sharing import grants

SECRET = "a long enough secret"
VIEW, EDIT, MEMBER = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "fb6c3e19-e378-47e5-b277-9732f9de6e21", "a8d5fe5e-96e3-418d-825b-534dbdf22b99"
TAB = Origin("192.0.2.1", "browser", "r-1", "tab-1")


class Somebody:
    """A person with files and an open stream."""

    def __init__(self, house, name, **more):
        self.house, self.files, self.account = house, house.files, house.people.add(name, SECRET, **more)
        self.actor = house.people.actor(self.account.id)
        self.id, self.to = self.account.id, f"u:{self.account.id}"
        self.home = self.files.home(self.actor)
        self.listener = house.streams.open(self.actor)
        self.told()

    def write(self, path, text=b"text", space=None):
        above, _, name = path.rpartition("/")
        writing = self.files.write(self.actor, self.node(above, space), name)
        writing.write(text)
        return writing.commit()[0]

    def folder(self, path, space=None):
        above, _, name = path.rpartition("/")
        return self.files.make_folder(self.actor, self.node(above, space), name)

    def node(self, path="", space=None):
        return self.files.node(self.actor, space or self.home, path)

    def told(self):
        """What has come since the last look: [(kind, body)]."""
        return [(kind, body) for _, kind, body in self.read()]

    def read(self):
        """The same with the ids. A mark of our own goes through the bus behind all that was published before."""
        mark, found = ids.new(), []
        self.house.bus.publish(events.SessionEnded(self.id, Origin(), self.id, "", mark))
        with gevent.Timeout(20):
            while not any(body.get("sessionid") == mark for _, _, body in found):
                gevent.sleep(0.005)
                found += read(self.listener)
        return found[:-1]

    def kinds(self):
        return [kind for kind, _ in self.told()]


def read(listener):
    """What waits for a listener: [(id, kind, body)], "" for the kind of what only says the id."""
    found, waiting = [], listener._queue
    while not waiting.empty():
        block = waiting.get()
        if block is None:
            break
        fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if line and not line.startswith(":"))
        if fields.get("event", "userlog-notification") != "userlog-notification":   # test_notices.py has those
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


@pytest.fixture
def ann(house):
    return Somebody(house, "ann")


@pytest.fixture
def bob(house):
    return Somebody(house, "bob")


@pytest.fixture
def eve(house):
    """A stranger, whose stream stays silent through everything."""
    somebody = Somebody(house, "eve", role="admin")
    yield somebody
    assert somebody.told() == []


def test_owner_is_told_of_files(house, ann, eve):
    """Each kind once, in the words of OpenCloud."""
    drive = f"{house.files.storage_id}${ann.home.id}"
    trip = ann.folder("Trip")
    (kind, body), = ann.told()
    assert kind == "folder-created" and body == {
        "parentitemid": f"{drive}!{ann.home.id}", "itemid": f"{drive}!{trip.id}", "spaceid": drive, "initiatorid": "",
        "etag": f'"{ann.node("Trip").etag}"', "affecteduserids": []}
    note = ann.write("Trip/a.txt")
    assert ann.told() == [("postprocessing-finished", {**body, "parentitemid": body["itemid"], "itemid": f"{drive}!{note.id}", "etag": f'"{note.etag}"'})]
    note, _ = ann.files.move(ann.actor, note, ann.node("Trip"), "b.txt")
    note, _ = ann.files.move(ann.actor, note, ann.node(), "b.txt")
    ann.files.copy(ann.actor, note, ann.node(), "c.txt"), ann.files.copy(ann.actor, ann.node("Trip"), ann.node(), "Copy")
    ann.files.lock(ann.actor, note, "urn:uuid:1b4e28ba-2fa1-11d2-883f-0016d3cca427", "exclusive", "0")
    ann.files.unlock(ann.actor, note, "urn:uuid:1b4e28ba-2fa1-11d2-883f-0016d3cca427")
    assert ann.kinds() == ["item-renamed", "item-moved", "postprocessing-finished", "folder-created", "file-locked", "file-unlocked"]
    ann.write("b.txt", b"other"), ann.files.restore_version(ann.actor, ann.node("b.txt"), ann.files.versions(ann.actor, ann.node("b.txt"))[0].key)
    key = ann.files.remove(ann.actor, ann.node("b.txt"))
    ann.files.trash_restore(ann.actor, ann.home, key, ann.node(), "b.txt")
    *_, (kind, body), (last, _) = ann.told()
    assert (kind, last) == ("item-trashed", "item-restored") and body["itemid"] == f"{drive}!{note.id}" and body["parentitemid"] == body["etag"] == ""
    link = ann.files.links.make(ann.actor, trip, "view", password="a long Enough 1 password")
    ann.files.links.remove(ann.actor, trip, link.id)
    assert ann.kinds() == ["link-created", "link-removed"]


def test_favourites_are_ones_own(house, ann, bob, eve):
    """Tags are everybody's who sees the file."""
    note = ann.write("a.txt")
    ann.files.shares.give(ann.actor, note, bob.to, VIEW), ann.told(), bob.told()
    ann.files.labels.favor(ann.actor, note, True), ann.files.labels.favor(ann.actor, note, False), ann.files.labels.add_tags(ann.actor, note, ["sea"])
    assert ann.kinds() == ["item-favorite-added", "item-favorite-removed", "postprocessing-finished"] and bob.kinds() == ["postprocessing-finished"]


def test_a_tab_knows_its_own_doing(house, ann):
    house.bus.publish(events.FolderMade(ann.home.id, ann.home.id, ann.id, TAB))
    assert ann.told()[0][1]["initiatorid"] == "tab-1"


def test_receivers_are_told_of_what_they_received(house, ann, bob, eve):
    """Of that and all beneath, but not where it lies, and with nobody else's name; and that it is gone when it is."""
    outside, inside = ann.folder("Private"), ann.folder("Private/Trip")
    ann.told()
    ann.files.shares.give(ann.actor, inside, bob.to, VIEW)
    (kind, given), = ann.told()
    assert kind == "share-created" and given["affecteduserids"] == [bob.id] and given["parentitemid"].endswith(outside.id)
    assert bob.told() == [("share-created", {**given, "parentitemid": ""})]
    carol = Somebody(house, "carol")
    house.people.add_group("family"), house.people.join("family", "carol"), house.people.join("family", "bob")
    family = f"g:{house.people.group('family').id}"
    ann.files.shares.give(ann.actor, inside, family, VIEW)
    assert bob.told()[0][1]["affecteduserids"] == [bob.id] and carol.told()[0][1]["affecteduserids"] == [carol.id]
    assert sorted(ann.told()[0][1]["affecteduserids"]) == sorted([bob.id, carol.id])
    note = ann.write("Private/Trip/a.txt")
    for each in (ann, bob, carol):
        (kind, body), = each.told()
        assert kind == "postprocessing-finished" and body["parentitemid"].endswith(inside.id)
    ann.write("Private/b.txt"), ann.files.shares.change(ann.actor, inside, family, EDIT)
    assert bob.kinds() == ["share-updated"] == carol.kinds(), "nothing of what lies beside it"
    link = ann.files.links.make(ann.actor, inside, "view", password="a long Enough 1 password")
    ann.files.links.change(ann.actor, inside, link.id, name="x"), ann.files.links.remove(ann.actor, inside, link.id)
    assert bob.told() == [], "links are for who may see them"
    ann.files.move(ann.actor, note, ann.node("Private"), "a.txt")
    assert bob.told() == [("item-trashed", {**body, "parentitemid": "", "etag": ""})], "for them it is gone"
    assert carol.kinds() == ["item-trashed"]
    ann.files.shares.take(ann.actor, inside, bob.to), ann.files.shares.take(ann.actor, inside, family)
    assert bob.kinds() == ["share-removed", "share-removed"] and carol.kinds() == ["share-removed"]
    ann.write("Private/Trip/c.txt"), ann.files.remove(ann.actor, ann.node("Private/Trip"))
    assert bob.told() == [] == carol.told()


def test_a_received_thing_in_the_trash(ann, bob, eve):
    """Whoever has it by a share learns that it went and came back."""
    trip = ann.folder("Trip")
    ann.files.shares.give(ann.actor, trip, bob.to, VIEW), bob.told()
    key = ann.files.remove(ann.actor, trip)
    assert bob.kinds() == ["item-trashed"]
    ann.files.trash_restore(ann.actor, ann.home, key, ann.node(), "Trip")
    assert bob.kinds() == ["item-restored"]
    ann.write("Trip/x")
    assert bob.kinds() == ["postprocessing-finished"]
    ann.files.remove(ann.actor, ann.node("Trip/x"))
    assert bob.kinds() == ["item-trashed"]


def test_members_of_a_space(house, ann, bob, eve):
    """They are told of what is in it, of each other, and of its end; who is none is not."""
    house.people.set("ann", role="space-admin")
    ann.actor, projects = house.people.actor(ann.id), house.files.projects
    space = projects.make(ann.actor, "Garden")
    assert ann.kinds() == ["space-created"]
    projects.invite(ann.actor, space.id, bob.to, MEMBER)
    (kind, body), = bob.told()
    assert kind == "space-member-added" and body["affecteduserids"] == [bob.id] and body["spaceid"].endswith(space.id)
    projects.set_member(ann.actor, space.id, bob.to, grants.MANAGER)
    ann.write("plan.txt", space=space)
    assert bob.kinds() == ["space-share-updated", "postprocessing-finished"] and len(ann.told()) == 3
    projects.disable(ann.actor, space.id), house.bus.publish(events.StorageChanged(space.id, space.id, "")), ann.told()
    projects.enable(ann.actor, space.id)
    assert bob.kinds() == ["space-disabled", "space-enabled"]
    projects.remove_member(ann.actor, space.id, bob.to)
    assert bob.kinds() == ["space-member-removed"]
    ann.write("plan2.txt", space=space)
    assert bob.told() == []
    ann.told(), projects.disable(ann.actor, space.id), projects.purge(ann.actor, space.id)
    assert ann.kinds() == ["space-disabled", "space-deleted"] and bob.told() == []


def test_who_comes_again_misses_nothing(house, ann):
    last = house.streams.open(ann.actor)
    begun = last._queue.get().decode().split("id: ")[1].strip()
    ann.folder("A")
    (first, _, _), = ann.read()
    last.end()
    ann.folder("B"), ann.read()
    again = house.streams.open(ann.actor, last=first)
    assert [(kind, body["itemid"].endswith(ann.node("B").id)) for _, kind, body in read(again) if "itemid" in body] == [("folder-created", True)]
    assert [kind for _, kind, body in read(house.streams.open(ann.actor, last=begun)) if "itemid" in body] == ["folder-created"] * 2
    assert [kind for _, kind, _ in read(house.streams.open(ann.actor, last="never was"))] == ["missed"]
    for _ in range(page.REMEMBERED // 50 + 1):
        for _ in range(50):
            house.bus.publish(events.FolderMade(ann.home.id, ann.home.id, ann.id))
        ann.read()
    assert len(house.streams._kept) == page.REMEMBERED
    for id in (begun, first):
        assert [kind for _, kind, _ in read(house.streams.open(ann.actor, last=id))] == ["missed"]


def test_who_sees_less_is_told_nothing_of_before(house, ann, bob, eve):
    """What was told while they were away may be of what they must not see any more."""
    trip = ann.folder("Trip")
    ann.files.shares.give(ann.actor, trip, bob.to, VIEW)
    (id, _, _), = bob.read()
    bob.listener.end()
    ann.write("Trip/secret.txt"), ann.files.shares.take(ann.actor, trip, bob.to), ann.read()
    assert [kind for _, kind, _ in read(house.streams.open(bob.actor, last=id))] == ["missed"]


def test_nothing_is_collected_for_nobody(house, ann):
    ann.listener.end()
    clock.set(lambda now=clock.now_ns(): now + (page.KEPT + 1) * 10 ** 9)
    try:
        before = list(house.streams._kept)
        ann.folder("A"), gevent.sleep(0.1)
        assert list(house.streams._kept) == before
    finally:
        clock.set()


def test_who_does_not_read_is_cut_off(house, ann):
    for _ in range(page.WAITING + 1):
        house.bus.publish(events.FolderMade(ann.home.id, ann.home.id, ann.id))
    with gevent.Timeout(20):
        while not ann.listener.over:
            gevent.sleep(0.01)
    assert list(ann.listener) == []


def test_too_many(house, ann):
    """The oldest stream of a person makes room; a full house refuses."""
    more = [house.streams.open(ann.actor) for _ in range(page.MOST)]
    assert len(house.streams) == page.MOST and len(list(ann.listener)) == 0 and not more[0].over
    house.streams._most = page.MOST
    somebody = house.people.add("bob", SECRET)
    with pytest.raises(errors.TooManyAttempts):
        house.streams.open(house.people.actor(somebody.id))


@pytest.mark.parametrize("how", ["disabled", "removed", "password", "session", "token", "factor"])
def test_it_ends_with_the_sign_in(house, ann, how):
    """And the streams of others go on."""
    people, other = house.people, Somebody(house, "bob")
    actor = ann.actor
    if how == "session":
        session = people.sessions.open(ann.id, methods=("pwd",))[1]
        actor = replace(ann.actor, session=session.id)
    if how == "token":
        token = people.tokens.create(ann.id, "phone")[1]
        actor = people.actor(ann.id, "token", token.id)
    listener = house.streams.open(actor)
    {"disabled": lambda: people.disable("ann"), "removed": lambda: people.remove("ann"), "password": lambda: people.passwd("ann", "another good secret"),
     "session": lambda: people.sessions.end(session.id), "token": lambda: people.tokens.revoke(token.id),
     "factor": lambda: people.set_policy("everyone")}[how]()
    if how in ("session", "token", "factor"):       # told by whoever does it; else it is seen at the next heartbeat
        assert not house.streams.still(listener)
        house.bus.publish({"session": events.SessionEnded, "token": events.TokenRevoked, "factor": events.PasswordChanged}[how](ann.id, Origin(), ann.id, "ann"))
    with gevent.Timeout(20):
        list(listener)
    assert how == "factor" or house.streams.still(other.listener) and not other.listener.over


def test_silence(house, ann, monkeypatch):
    """Now and then something is sent, so that nobody between cuts the connection, and it is looked whether the sign-in is still good."""
    monkeypatch.setattr(page, "HEARTBEAT", 0.01)
    blocks = iter(ann.listener)
    assert [next(blocks) for _ in range(2)] == [page.KEEPALIVE] * 2
    credentials = house.config.data / ".hearth/identity/credentials" / f"{ann.id}.json"
    credentials.write_bytes(credentials.read_bytes() + b" ")    # by another process, which tells nobody here
    assert list(blocks) == []


def test_it_lasts_an_hour(house, ann, monkeypatch):
    """Also one on which there is never silence; who goes on signs in anew."""
    blocks = iter(ann.listener)
    ann.listener.offer(b"a")
    assert next(blocks) == b"a"
    monkeypatch.setattr(page, "HEARTBEAT", 0), monkeypatch.setattr(page, "LASTS", 0)
    ann.listener.offer(b"b"), ann.listener.offer(b"c")
    assert list(blocks) == []


def test_an_end_elsewhere_is_told(house, ann, bob):
    house.bus.publish(events.SessionEnded(ann.id, Origin(), ann.id, "ann", "s-1"))
    (kind, body), = ann.told()
    assert kind == "backchannel-logout" and body["userid"] == ann.id and body["sessionid"] == "s-1" and bob.told() == []


def test_app_tokens_for_files_are_told_nothing(house, ann):
    secret, token = house.people.tokens.create(ann.id, "printer", read_only=True)
    with pytest.raises(errors.Forbidden):
        house.streams.open(house.people.actor(ann.id, "token", token.id))


def test_what_cannot_be_told_is_missed(house, ann, monkeypatch):
    """The disk is away for a moment: look again."""
    def away(event):
        raise errors.Unavailable()
    monkeypatch.setattr(house.files.audiences, "of", away)
    house.bus.publish(events.FolderMade(ann.home.id, ann.home.id, ann.id))
    assert ann.kinds() == ["missed"]

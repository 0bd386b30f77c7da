"""Between whole and visible: what a scanner finds, or cannot look at, is nothing that anybody can read. clamd is Debian's own."""
import os
from dataclasses import replace

import gevent
import pytest
from scanners import EICAR, NAME, Clamd, needs_clamd
from ways import names, put, sent

from appliance import app
from appliance.core import clock, durable, errors, events
from appliance.files.inspection import Infected, Kept

pytestmark = needs_clamd
CLEAN = b"nothing bad"


@pytest.fixture(scope="module")
def clamd():
    """One clamd for the tests of this page; who kills it starts it again."""
    running = Clamd().start()
    yield running
    running.end()


@pytest.fixture
def away(clamd):
    """No clamd, until the test is over."""
    clamd.kill()
    yield clamd
    clamd.kill()
    clamd.start()


@pytest.fixture
def config(config, clamd):
    """With a scanner."""
    return replace(config, scanner=clamd.address)


@pytest.fixture
def admin(house):
    """Who looks after the box."""
    house.people.add("root", "correct horse battery", role="admin")
    return house.people.actor("root")


@pytest.fixture
def said(house):
    """What was told of viruses."""
    told = []
    house.bus.witness(lambda event: told.append(event) if isinstance(event, events.VirusFound) else None)
    return told


@pytest.fixture
def policy(house):
    """``policy(away="pass")``: say what is done."""
    return lambda **wanted: house.files.inspection.firewall.set({"scan": wanted}, set())


@pytest.fixture
def whole(config):
    """At the end nothing lies about, and every rule of the format holds."""
    yield
    assert os.listdir(config.data / ".hearth" / "drafts") == [] and app.check(config) == []


def read(house, actor, node):
    opened = house.files.open(actor, node)
    try:
        return os.pread(opened.fd, 1 << 20, 0)
    finally:
        opened.close()


def lies(config):
    """Every file under the data folder in which EICAR stands."""
    return [os.path.relpath(os.path.join(folder, name), config.data) for folder, _, files in os.walk(config.data) for name in files
            if EICAR in open(os.path.join(folder, name), "rb").read()]


both = pytest.mark.parametrize("way", (put, sent))


@both
def test_infected_is_refused(house, config, ann, root, said, whole, way):
    """It is not there, nothing is kept of it, what was there stays, and it is told once: who, what, what became of it."""
    before = way(house, ann, root, "a", CLEAN)
    for name in ("a", "new"):
        with pytest.raises(Infected, match=f'"{name}": {NAME}.*The file was not taken'):
            way(house, ann, root, name, EICAR)
    assert names(house, ann, root) == ["a"] and house.files.node(ann, house.files.home(ann), "a") == before and house.files.versions(ann, before) == []
    assert lies(config) == [] and house.files.uploads(ann) == []
    first, second = said
    assert (first.actor, first.space, first.path, first.name, first.outcome) == (ann.id, root.space, "a", "a", "refused")
    assert first.virus.startswith(NAME) and second.path == "new"


@both
def test_infected_is_kept(house, config, ann, admin, root, said, policy, whole, way):
    """In quarantine, for administrators alone: to let it out, beside what is there, or to destroy it."""
    policy(infected="quarantine")
    way(house, ann, root, "a", CLEAN)
    for name in ("a", "b"):
        with pytest.raises(Infected):
            way(house, ann, root, name, EICAR)
    assert {event.outcome for event in said} == {"quarantined"} and len(lies(config)) == 2
    inspection = house.files.inspection
    for attempt in (lambda: inspection.quarantined(ann), lambda: inspection.let_out(ann, "x"), lambda: inspection.destroy(ann, "x"), lambda: inspection.state(ann),
                    lambda: inspection.set(ann, {}), lambda: inspection.destroy(replace(admin, token="t"), "x")):
        with pytest.raises(errors.Forbidden):
            attempt()
    first, second = inspection.quarantined(admin)
    assert (first.name, first.why, first.actor, first.size) == ("a", "virus", ann.id, len(EICAR)) and first.virus.startswith(NAME)
    assert [held.id for held in inspection.quarantined_of(ann)] == [first.id, second.id]
    assert inspection.let_out(admin, first.id).path == "a (2)" and names(house, ann, root) == ["a", "a (2)"]
    assert read(house, ann, house.files.node(ann, house.files.home(ann), "a (2)")) == EICAR
    inspection.destroy(admin, second.id)
    assert inspection.quarantined(admin) == [] and lies(config) == ["people/ann/a (2)"]
    with pytest.raises(errors.NotFound):
        inspection.destroy(admin, second.id)


@both
def test_away_is_refused(house, ann, root, away, whole, way, said):
    """By default, with when to ask again; an upload goes on from its end when the scanner is there again."""
    with pytest.raises(errors.Unavailable, match="try again in a few minutes") as refused:
        way(house, ann, root, "a", CLEAN)
    assert refused.value.retry_after == 120 and names(house, ann, root) == []
    away.start()
    for upload in house.files.uploads(ann):
        assert upload.acknowledged == upload.size == len(CLEAN)
        assert house.files.finish_upload(ann, upload)[0].name == "a"
    assert way(house, ann, root, "b", CLEAN).name == "b" and said == []


@both
def test_away_is_kept(house, config, ann, admin, root, away, policy, whole, way, said):
    """In quarantine until somebody has looked: what is clean appears by itself, what is not does not, and who may not write there any more has not written."""
    policy(away="quarantine")
    before = way(house, ann, root, "doc", b"")
    for name, content in (("doc", CLEAN), ("new", CLEAN), ("bad", EICAR)):
        with pytest.raises(Kept):
            way(house, ann, root, name, content)
    assert names(house, ann, root) == ["doc"] and [held.why for held in house.files.inspection.quarantined(admin)] == ["unscanned"] * 3
    house.files.inspection.catch_up()               # still away
    away.start()
    other = put(house, ann, root, "new", b"another since")
    house.files.inspection.catch_up()
    files, space = house.files, house.files.home(ann)
    assert names(house, ann, root) == ["doc", "new", "new (2)"] and house.files.inspection.quarantined(admin) == [] and lies(config) == []
    assert read(house, ann, files.node(ann, space, "doc")) == CLEAN == read(house, ann, files.node(ann, space, "new (2)"))
    assert files.node(ann, space, "doc").id == before.id and files.node(ann, space, "new") == other
    assert [(event.name, event.actor, event.outcome) for event in said] == [("bad", ann.id, "refused")]


def test_kept_until_who_sent_it_may_not_write_any_more(house, ann, admin, root, away, policy, whole):
    """It stays where it is, and goes with them."""
    policy(away="quarantine")
    with pytest.raises(Kept):
        put(house, ann, root, "a", CLEAN)
    house.people.set("ann", enabled=False)
    away.start()
    house.files.inspection.catch_up()
    assert len(house.files.inspection.quarantined(admin)) == 1
    house.people.remove("ann")
    house.files.clear_up()
    assert house.files.inspection.quarantined(admin) == [] and os.listdir(house.config.data / ".hearth" / "quarantine") == []


@both
def test_away_passes(house, config, ann, admin, root, away, policy, whole, way, said):
    """Let in and marked, over a restart, too; looked at later. What is found then is kept, and what the file was before comes back."""
    first = way(house, ann, root, "doc", b"")
    policy(away="pass")
    one = way(house, ann, root, "doc", CLEAN)
    two = way(house, ann, root, "doc", EICAR)
    bad = way(house, ann, root, "bad", EICAR)
    copy, _ = house.files.copy(ann, bad, root, "copy")
    fine = way(house, ann, root, "fine", CLEAN)
    assert first.id == one.id == two.id and {id for id, _ in house.storage.unscanned.all()} == {one.id, bad.id, copy.id, fine.id}
    house.files.inspection.catch_up()
    assert house.files.inspection.state(admin)[1:] == ({"address": config.scanner, "state": "away"}, 4, 0)
    away.start()
    house.storage.unscanned.load()                  # as after a restart
    house.files.inspection.catch_up()
    assert house.files.inspection.state(admin)[1:] == ({"address": config.scanner, "state": "well"}, 0, 3)
    again = house.files.node(ann, house.files.home(ann), "doc")
    assert names(house, ann, root) == ["doc", "fine"] and again.id == one.id and read(house, ann, again) == CLEAN
    assert {held.name for held in house.files.inspection.quarantined(admin)} == {"doc", "bad", "copy"} and all("quarantine" in path for path in lies(config))
    assert {(event.actor, event.outcome) for event in said} == {(ann.id, "quarantined")} and len(said) == 3
    assert house.files.home(ann).root.size == 2 * len(CLEAN)
    out = next(held for held in house.files.inspection.quarantined(admin) if held.name == "bad")
    assert house.files.inspection.let_out(admin, out.id).id == bad.id      # the one that it was


def test_earlier_contents_are_looked_at_too(house, config, ann, admin, root, away, policy, whole):
    """Of a file that was let in and has another content since."""
    policy(away="pass")
    put(house, ann, root, "doc", EICAR)
    file = put(house, ann, root, "doc", CLEAN)
    away.start()
    house.files.inspection.catch_up()
    assert house.files.versions(ann, file) == [] and read(house, ann, file) == CLEAN and len(house.files.inspection.quarantined(admin)) == 1


@both
def test_marked_before_it_shows(house, config, ann, root, away, policy, monkeypatch, way):
    """Whoever pulls the plug in between leaves a mark without a file, never a file without a mark."""
    policy(away="pass")
    rename, marks = durable.rename, []

    def watched(*names, **how):
        marks.append(set(os.listdir(config.data / ".hearth" / "unscanned")))
        rename(*names, **how)
    monkeypatch.setattr("appliance.core.durable.rename", watched)
    assert way(house, ann, root, "a", CLEAN).id in marks[-1]


def test_marked_again_while_it_is_looked_at(house, ann, root, away, policy):
    """A mark that was set anew stays."""
    policy(away="pass")
    file = put(house, ann, root, "a", CLEAN)
    (id, mark), = house.storage.unscanned.all()
    put(house, ann, root, "a", b"another")
    house.storage.unscanned.drop(file.id, mark)
    assert [each for each, _ in house.storage.unscanned.all()] == [id]


def test_a_mark_of_what_never_came_to_be_goes(house, ann, root, away, policy):
    """Where the commit was refused."""
    policy(away="pass")
    writing = house.files.write(ann, root, "a")
    writing.write(CLEAN)
    with pytest.raises(errors.PreconditionFailed):
        writing.commit(expect="another")
    writing.abort()
    assert len(house.storage.unscanned) == 0


def test_behind_our_back(house, config, ann, admin, root, said, whole):
    """Files that somebody wrote into the folder are looked at soon, and nothing is destroyed."""
    folder = house.files.make_folder(ann, root, "d")
    (config.data / "people" / "ann" / "d" / "bad").write_bytes(EICAR)
    (config.data / "people" / "ann" / "d" / "fine").write_bytes(CLEAN)
    house.storage.adopt(house.storage.site(root.space), "d")
    gevent.sleep(0)
    for _ in range(100):                            # the follower of events has its own turn
        if len(house.storage.unscanned) == 2:
            break
        gevent.sleep(0.02)
    house.files.inspection.catch_up()
    assert names(house, ann, folder) == ["fine"] and len(house.storage.unscanned) == 0
    assert [(event.name, event.path, event.actor, event.outcome) for event in said] == [("bad", "d/bad", ann.id, "quarantined")]


def test_large(house, ann, root, policy, clamd, whole):
    """Above what is scanned: the first part is, or none is taken, or all are unseen."""
    policy(most=len(EICAR) + 10)
    with pytest.raises(Infected):
        put(house, ann, root, "a", EICAR + bytes(1000))
    assert put(house, ann, root, "a", bytes(1000) + EICAR).name == "a"      # a part is a part
    policy(large="refuse")
    for attempt in (lambda: house.files.write(ann, root, "b", 1000), lambda: house.files.begin_upload(ann, root, "b", 1000)):
        with pytest.raises(errors.TooLarge, match="Files above 78 bytes"):
            attempt()
    writing = house.files.write(ann, root, "b")
    writing.write(bytes(1000))
    with pytest.raises(errors.TooLarge):
        writing.commit()
    writing.abort()
    policy(large="pass")
    assert put(house, ann, root, "b", EICAR + bytes(1000)).name == "b"
    policy(large="part", most=100_000_000)          # more than clamd takes: that is no answer, so nothing is let in
    with pytest.raises(errors.Unavailable):
        put(house, ann, root, "c", bytes(26 << 20))


@both
def test_dying_in_the_middle(house, ann, root, away, whole, way):
    """clamd is killed while it looks: nothing is there, and the next time it is."""
    away.start()
    away.freeze()
    writing = gevent.spawn(way, house, ann, root, "a", CLEAN)
    writing.join(0.3)
    assert not writing.ready() and names(house, ann, root) == []
    away.kill()
    with pytest.raises(errors.Unavailable):
        writing.get(timeout=20)
    assert names(house, ann, root) == []
    away.start()
    assert way(house, ann, root, "a", CLEAN).size == len(CLEAN)
    for upload in house.files.uploads(ann):
        upload.remove()


def test_who_may_is_asked_after_it_was_looked_at(house, ann, root, clamd, whole):
    """A share that ended while the scanner looked lets nothing in."""
    house.people.add("bob", "correct horse battery")
    bob, folder = house.people.actor("bob"), house.files.make_folder(ann, root, "d")
    house.files.shares.give(ann, folder, f"u:{bob.id}", "fb6c3e19-e378-47e5-b277-9732f9de6e21")
    clamd.freeze()
    try:
        writing = gevent.spawn(put, house, bob, folder, "a", CLEAN)
        writing.join(0.3)
        assert not writing.ready()
        house.files.shares.take(ann, folder, f"u:{bob.id}")
    finally:
        clamd.thaw()
    with pytest.raises((errors.NotFound, errors.Forbidden)):
        writing.get(timeout=20)
    assert names(house, ann, folder) == []


def test_no_more_than_a_few_at_once(house, ann, root, clamd, whole):
    """The others wait their turn, and all are looked at."""
    clamd.freeze()
    try:
        writings = [gevent.spawn(put, house, ann, root, f"{number}", CLEAN) for number in range(12)]
        gevent.joinall(writings, timeout=0.5)
        assert not any(writing.ready() for writing in writings)
    finally:
        clamd.thaw()
    assert sorted(writing.get(timeout=30).name for writing in writings) == names(house, ann, root)


def test_quarantine_has_bounds(house, ann, admin, root, policy, monkeypatch, whole):
    """When it is full, what is infected is not kept, and what nobody can look at is refused for now; old things go after a while."""
    monkeypatch.setattr("appliance.storage.quarantine.ITEMS", 1)
    policy(infected="quarantine")
    for name in ("a", "b"):
        with pytest.raises(Infected):
            put(house, ann, root, name, EICAR)
    held, = house.files.inspection.quarantined(admin)
    assert held.name == "a"
    later = clock.now_ns() + 31 * 86_400 * 10**9
    clock.set(lambda: later)
    try:
        house.storage.sweep()
    finally:
        clock.set()
    assert house.files.inspection.quarantined(admin) == []


def test_cut_off_in_the_middle(house, config, ann, root, policy, until, clamd):
    """What quarantine and marks leave behind when somebody pulls the plug is swept, or goes on."""
    policy(infected="quarantine")
    with pytest.raises(Infected):
        put(house, ann, root, "a", EICAR)
    held, = house.storage.quarantine.all()
    record = config.data / ".hearth" / "quarantine" / "00000000-0000-4000-8000-000000000000"
    record.mkdir()
    (record / "record.json").write_text("{}")       # nothing was moved in yet
    (config.data / ".hearth" / "unscanned" / ".x.00000000-0000-4000-8000-000000000000").write_text("")
    house.storage.unscanned.add(["00000000-0000-4000-8000-000000000001"])
    again = app.build(replace(config, scanner=""), own=False)
    try:
        assert [(each.id, each.why, each.size) for each in again.storage.quarantine.all()] == [(held.id, "virus", len(EICAR))]
        assert len(again.storage.unscanned) == 1
    finally:
        again.close()
    from appliance.storage import tidy
    assert set(tidy.leftovers(house.storage.disk, True)) == {
        "quarantine/00000000-0000-4000-8000-000000000000", "unscanned/.x.00000000-0000-4000-8000-000000000000"}

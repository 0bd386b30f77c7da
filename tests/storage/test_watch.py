"""Changes made behind the server's back reach the root's etag within seconds, with the right sizes and with ids of their own."""
import os
import shutil
import subprocess
import time

import gevent
import pytest

from appliance.core import errors, events, jobs
from appliance.storage import examine, watch
from tests.conftest import wanted


@pytest.fixture
def eye(storage, space, config):
    """A storage that is being watched, with a few files in it."""
    class Eye:
        def __init__(self):
            self.storage, self.tree, self.space = storage, storage.tree, space
            self.root, self.told = config.data / "people" / "ann", []
            storage.bus.follow(events.StorageChanged)(self.told.append)

        def write(self, path, content, mtime_ns=None):
            above, _, name = path.rpartition("/")
            draft = self.tree.draft(self.node(above), name)
            draft.write(content)
            return draft.commit(mtime_ns=mtime_ns)[0]

        def node(self, path=""):
            return self.tree.node(space.id, path)

        def until(self, condition, seconds=15):
            end = time.monotonic() + seconds
            while not (found := condition()):
                assert time.monotonic() < end, "it was not seen in time"
                gevent.sleep(0.05)
            return found

        def settled(self):
            """Everything that happened so far has been looked at, and all rules hold."""
            self.until(lambda: not storage.watch._pending and not storage.watch._anew.is_set())
            end = time.monotonic() + 15
            while findings := examine(config.data):
                assert time.monotonic() < end, findings

        def seen(self, act):
            """Do something outside, and wait until the root's etag has changed and all is in order."""
            before = self.node().etag
            act()
            self.until(lambda: self.node().etag != before)
            self.settled()

    found = Eye()
    folder = found.tree.make_folder(space.root, "folder")
    found.tree.make_folder(folder, "inner")
    found.write("folder/inner/deep.txt", b"deep")
    found.write("a.txt", b"first")
    storage.start()
    found.until(lambda: storage.find(type(storage.finder).fact, "complete"))
    found.settled()
    return found


def ids_of(eye):
    """Path -> id of all there is."""
    found, to_see = {}, [eye.node()]
    while to_see:
        for each in (each for part in eye.tree.children(to_see.pop()) for each in part):
            found[each.path] = each.id
            to_see += [each] if each.folder else []
    return found


def test_a_file_written(eye):
    eye.seen(lambda: (eye.root / "folder/inner/new.txt").write_bytes(b"x" * 1000))
    node = eye.node("folder/inner/new.txt")
    assert node.sums and eye.node().size == 4 + 5 + 1000 and eye.tree.by_id(node.id) == node
    eye.until(lambda: any(event.node == eye.node("folder/inner").id for event in eye.told))


def test_a_file_edited_in_place_to_the_same_length(eye):
    before = eye.node("a.txt")
    eye.seen(lambda: (eye.root / "a.txt").write_bytes(b"FIRST"))
    after = eye.node("a.txt")
    assert after.id == before.id and after.etag != before.etag and after.sums != before.sums


def test_a_file_renamed(eye):
    before = eye.node("a.txt")
    eye.seen(lambda: (eye.root / "a.txt").rename(eye.root / "folder/b.txt"))
    assert eye.tree.by_id(before.id).path == "folder/b.txt" and eye.node("folder").size == 9


def test_a_file_deleted(eye):
    eye.seen(lambda: (eye.root / "folder/inner/deep.txt").unlink())
    assert eye.node().size == 5 and eye.node("folder/inner").size == 0


def test_a_second_name_of_a_file(eye, monkeypatch):
    """It comes and goes, although the index knows the file under its first name only."""
    monkeypatch.setattr(watch, "UNCLOSED", 0.1)
    before = eye.node().etag
    os.link(eye.root / "a.txt", eye.root / "folder" / "second.txt")
    eye.until(lambda: eye.node().etag != before)
    assert eye.node().size == 14
    eye.seen(lambda: os.unlink(eye.root / "folder" / "second.txt"))
    assert eye.node().size == 9 and eye.tree.by_id(eye.node("a.txt").id).path == "a.txt"


def test_a_file_touched(eye):
    eye.seen(lambda: os.utime(eye.root / "a.txt", ns=(1, 1)))
    assert eye.node("a.txt").sums and eye.node("a.txt").mtime_ns == 1


def test_a_folder_moved_within(eye):
    before = ids_of(eye)
    eye.seen(lambda: (eye.root / "folder/inner").rename(eye.root / "up"))
    assert eye.node("up").size == 4 and eye.node("folder").size == 0 and eye.node().size == 9
    assert eye.tree.by_id(before["folder/inner/deep.txt"]).path == "up/deep.txt"
    eye.seen(lambda: (eye.root / "up/more").write_bytes(b"123"))    # it is still watched, under its new path
    assert eye.node("up").size == 7


def test_a_shared_folder_moved_and_deleted(eye):
    """Whoever it is shared with hears nothing, then where it is; then that it is gone, not at the next walk only."""
    shared, node = eye.storage.shared, eye.node("folder/inner")
    shared.change(node, lambda kept: {"u:bob": {"role": "r"}})

    def places():
        try:
            return [node.path for node, _ in shared.look([node.id], sure=True)]
        except errors.Unavailable:
            return None
    for act, after in ((lambda: (eye.root / "folder/inner").rename(eye.root / "inner"), ["inner"]), (lambda: shutil.rmtree(eye.root / "inner"), [])):
        before = places()
        act()
        told = []
        eye.until(lambda: told.append(places()) or told[-1] == after)
        assert all(each in (None, before, after) for each in told) and shared.any()


def test_a_folder_moved_out_and_another_in(eye, tmp_path):
    outside = tmp_path / "outside"
    eye.seen(lambda: (eye.root / "folder").rename(outside))
    assert eye.node().size == 5 and "folder" not in ids_of(eye)
    (outside / "inner" / "more.txt").write_bytes(b"123")
    eye.seen(lambda: outside.rename(eye.root / "back"))
    assert eye.node("back/inner").size == 7 and eye.node().size == 12
    eye.seen(lambda: (eye.root / "back/inner/more.txt").write_bytes(b"12345"))
    assert eye.node().size == 14


def test_a_tree_copied_with_its_attributes(eye):
    """``cp -a`` copies ids as well; the copy gets its own."""
    before = ids_of(eye)
    eye.seen(lambda: subprocess.run(["cp", "-a", eye.root / "folder", eye.root / "twin"], check=True))
    after = ids_of(eye)
    assert len(set(after.values())) == len(after) == len(before) + 3
    assert {path: after[path] for path in before} == before
    assert eye.node().size == 4 + 5 + 4 and eye.tree.by_id(after["twin/inner/deep.txt"]).path == "twin/inner/deep.txt"


def test_a_file_copied_over_another_with_its_attributes(eye):
    before = ids_of(eye)
    eye.seen(lambda: subprocess.run(["cp", "-a", eye.root / "folder/inner/deep.txt", eye.root / "a.txt"], check=True))
    assert ids_of(eye) == before and eye.node("a.txt").size == 4


def test_edited_as_vim_does(eye):
    before = eye.node("a.txt")

    def edit():
        (eye.root / "a.txt").rename(eye.root / "a.txt~")
        (eye.root / "a.txt").write_bytes(b"edited")
        (eye.root / "a.txt~").unlink()

    eye.seen(edit)
    after = eye.node("a.txt")
    assert after.id == before.id and after.size == 6 and ids_of(eye).keys() == {"a.txt", "folder", "folder/inner", "folder/inner/deep.txt"}


def test_edited_by_a_file_renamed_over_it(eye):
    before = eye.node("a.txt")

    def edit():
        (eye.root / ".a.txt.swap").write_bytes(b"edited")
        (eye.root / ".a.txt.swap").replace(eye.root / "a.txt")

    eye.seen(edit)
    assert eye.node("a.txt").id == before.id and eye.node("a.txt").size == 6


def big_tree(folder, files=300):
    for number in range(files):
        path = folder / f"d{number % 10}" / f"e{number % 3}" / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * number)
    return sum(range(files))


@wanted("rsync")
def test_a_tree_by_rsync(eye, tmp_path):
    size = big_tree(tmp_path / "source")
    eye.seen(lambda: subprocess.run(["rsync", "-a", f"{tmp_path}/source/", f"{eye.root}/rsynced/"], check=True))
    assert eye.node("rsynced").size == size and eye.node().size == size + 9


def test_a_tree_by_cp(eye, tmp_path):
    size = big_tree(tmp_path / "source")
    eye.seen(lambda: shutil.copytree(tmp_path / "source", eye.root / "copied"))
    eye.until(lambda: eye.node("copied").size == size)
    eye.settled()
    assert eye.node().size == size + 9 and len(set(ids_of(eye).values())) == 300 + 40 + 1 + 4


def test_while_the_server_writes_too(eye):
    """Neither the one nor the other is lost or counted twice."""
    def ours():
        for number in range(60):
            eye.write(f"folder/s{number}", b"s" * number)

    def theirs():
        for number in range(60):
            (eye.root / "folder" / f"t{number}").write_bytes(b"t" * number)
            gevent.sleep(0.01)

    gevent.joinall([gevent.spawn(ours), gevent.spawn(theirs)], raise_error=True)
    wanted = 2 * sum(range(60)) + 4
    eye.until(lambda: eye.node("folder").size == wanted)
    eye.settled()
    assert eye.node().size == wanted + 5 and len(ids_of(eye)) == 120 + 4


def test_what_the_server_does_itself_changes_nothing_afterwards(eye, monkeypatch):
    adopted = []
    monkeypatch.setattr(eye.storage, "adopt", lambda site, real: adopted.append(real))
    for number in range(30):
        eye.write(f"folder/n{number}", b"n")
    eye.write("folder/n1", b"again")
    eye.tree.move(eye.node("folder/n2"), eye.node(), "moved")
    eye.tree.remove(eye.node("folder/n3"))
    eye.tree.set_properties(eye.node("folder/n4"), {"{urn:x}a": "1"})
    etag = eye.node().etag
    eye.until(lambda: not eye.storage.watch._pending)
    assert adopted == [] and eye.node().etag == etag and not eye.told


def test_a_folder_made_and_filled_at_once(eye):
    """What is written between the making of a folder and the watching of it is not missed."""
    for number in range(20):
        path = eye.root / f"n{number}" / "a" / "b"
        path.mkdir(parents=True)
        (path / "file").write_bytes(b"12345")
    eye.until(lambda: eye.node().size == 9 + 20 * 5)
    eye.settled()


def test_a_space_that_comes_by_hand(eye, config):
    other = config.data / "people" / "bob"
    subprocess.run(["cp", "-a", eye.root, other], check=True)
    eye.until(lambda: not eye.storage.watch._pending)
    assert [space.folder for space in eye.storage.spaces.all()] == ["people/ann"]   # the copy has its id, and is not served
    shutil.rmtree(other)
    moved = config.data / "people" / "anna"
    eye.root.rename(moved)
    eye.until(lambda: [space.folder for space in eye.storage.spaces.all()] == ["people/anna"])
    before = eye.node().etag
    (moved / "folder" / "new").write_bytes(b"123")
    eye.until(lambda: eye.node().etag != before)
    assert eye.node().size == 12


def test_too_much_at_once(eye):
    """When the kernel drops events, everything is walked."""
    before = eye.node().etag
    reader = eye.storage.watch._greenlets[0]
    (eye.root / "unseen").write_bytes(b"123")
    eye.storage.watch._by_wd.clear()                # nothing that comes now is understood
    eye.storage.watch._take(watch.parse_events(b"\xff\xff\xff\xff\x00\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")[0])
    eye.until(lambda: eye.node().etag != before and not eye.storage.watch._anew.is_set())
    eye.settled()
    assert eye.node().size == 12 and not reader.dead
    eye.seen(lambda: (eye.root / "folder" / "seen").write_bytes(b"1"))


def test_not_enough_watches(eye, monkeypatch, caplog):
    """Without watches it is said once, and a look every now and then has to do."""
    monkeypatch.setattr(watch, "WITHOUT", 0.3)
    monkeypatch.setattr(watch, "INotify", lambda nonblocking: watch._Blind())
    monkeypatch.setattr(watch, "_IDLE", 0.1)
    caplog.set_level("WARNING", "hearth.watch")
    eye.storage.watch._anew.set()
    eye.until(lambda: eye.storage.watch._partial)
    eye.seen(lambda: (eye.root / "folder" / "new").write_bytes(b"123"))
    eye.seen(lambda: (eye.root / "folder" / "newer").write_bytes(b"123"))
    assert [record.name for record in caplog.records] == ["hearth.watch"] and "max_user_watches" in caplog.text


def test_what_happened_while_nobody_watched(eye, storage):
    storage.stop()
    jobs.drain()
    (eye.root / "folder" / "offline").write_bytes(b"123")
    (eye.root / "a.txt").unlink()
    storage.start()
    eye.until(lambda: eye.node().size == 7)
    eye.settled()


def test_watched_folders_are_forgotten_with_the_folder(eye):
    before = len(eye.storage.watch._by_wd)
    for number in range(20):
        eye.tree.make_folder(eye.node("folder"), f"n{number}")
    eye.until(lambda: len(eye.storage.watch._by_wd) == before + 20)
    for number in range(20):
        eye.tree.remove(eye.node(f"folder/n{number}"))
    eye.until(lambda: len(eye.storage.watch._by_wd) == before)

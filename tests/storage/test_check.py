"""Every rule of the format: broken by hand it is found, mended it is well again, and no byte of anybody's is lost."""
import hashlib
import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from appliance.core import Bus, clock, errors, ids
from appliance.storage import Lock, Storage, attributes, check, examine

OWNER = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def lain(config):
    """A storage as it lies on the disk after a server stopped in good order, with something of everything in it."""
    storage = Storage.open(config, Bus())
    space = storage.spaces.personal(OWNER, "ann", "Ann")
    tree = storage.tree

    def write(parent, name, content):
        draft = tree.draft(parent, name)
        draft.write(content)
        return draft.commit()[0]

    folder = tree.make_folder(space.root, "folder")
    inner = tree.make_folder(folder, "inner")
    file = write(folder, "file.txt", b"first")
    write(folder, "file.txt", b"second")
    write(inner, "ü.txt", b"inner")
    gone = write(space.root, "gone.txt", b"gone")
    trashed = tree.make_folder(space.root, "trashed")
    write(trashed, "inside.txt", b"inside")
    big = write(space.root, "big.txt", b"big")
    tree.set_properties(file, {"{urn:x}a": "1"})
    tree.set_properties(big, {"{urn:x}a": "1" * 20_000})
    key = tree.remove(gone)
    tree.remove(tree.node(space.id, "trashed"))
    now = clock.now()
    storage.locks.create(Lock(f"urn:uuid:{ids.new()}", space.id, "folder/file.txt", "0", "", OWNER, "Ann", "exclusive", now, None))
    upload = storage.uploads.create(OWNER, folder, "up", 10, None, {}, None, None, 3600)
    upload.write(b"12345")
    upload.pause()
    storage.close()
    data = config.data
    return SimpleNamespace(data=data, config=config, house=data / ".hearth", root=data / "people" / "ann", space=space, file=file,
                           big=big, gone=gone, key=key, trash=data / ".hearth" / "trash" / space.id, upload=upload)


def contents(data):
    """The sha1 of every file anywhere, records and attributes aside."""
    paths = [Path(folder, name) for folder, _, names in os.walk(data) for name in names]
    return {hashlib.sha1(path.read_bytes()).hexdigest() for path in paths if path.is_file() and not path.is_symlink()}


def attribute(path, group, text):
    if text is None:
        os.removexattr(path, "user.hearth." + group)
    else:
        os.setxattr(path, "user.hearth." + group, text if isinstance(text, bytes) else text.encode())


def copy_attributes(source, target):
    shutil.copy2(source, target)


# Each breaks one rule; the answer is where, relative to the data folder.

def marker_gone(lain):
    (lain.house / "FORMAT").unlink()
    return ".hearth/FORMAT"


def marker_malformed(lain):
    (lain.house / "FORMAT").write_text("x\n")
    return ".hearth/FORMAT"


def generation_malformed(lain):
    (lain.house / "generation").write_text("many\n")
    return ".hearth/generation"


def generation_gone(lain):
    (lain.house / "generation").unlink()
    return ".hearth/generation"


def folder_of_the_house_gone(lain):
    (lain.house / "drafts").rmdir()
    return ".hearth/drafts"


def file_for_a_folder_of_the_house(lain):
    (lain.house / "found").rmdir()
    (lain.house / "found").write_text("mine")
    return ".hearth/found"


def keys_open(lain):
    (lain.house / "keys").chmod(0o755)
    return ".hearth/keys"


def trail_open(lain):
    (lain.house / "audit" / "2026-11.jsonl").touch(0o644)
    (lain.house / "audit" / "2026-11.jsonl").chmod(0o644)
    return ".hearth/audit/2026-11.jsonl"


def no_trail(lain):
    (lain.house / "audit" / "2026-11.jsonl").symlink_to("/dev/null")
    return ".hearth/audit/2026-11.jsonl"


def notices_malformed(lain):
    (lain.house / "notices" / "ann.json").write_text("[]")
    return ".hearth/notices/ann.json"


def letters_of_nobody(lain):
    (lain.house / "outbox" / "ann").write_text("")
    return ".hearth/outbox/ann"


def id_gone(lain):
    attribute(lain.root / "folder/inner/ü.txt", "id", None)
    return "people/ann/folder/inner/ü.txt"


def id_malformed(lain):
    attribute(lain.root / "folder/inner", "id", "{UPPER}")
    return "people/ann/folder/inner"


def id_malformed_bytes(lain):
    attribute(lain.root / "folder/inner", "id", b"\xff\xfe")
    return "people/ann/folder/inner"


def id_twice(lain):
    copy_attributes(lain.root / "folder/inner/ü.txt", lain.root / "folder/inner/copy")
    grow(lain, 5, "folder/inner", "folder", "")
    return "people/ann/folder/inner/copy"


def id_twice_in_the_trash(lain):
    attribute(lain.root / "big.txt", "id", lain.gone.id)
    os.rename(lain.house / "attributes" / lain.big.id, lain.house / "attributes" / lain.gone.id)
    return f".hearth/trash/{lain.space.id}/{lain.key}/content"


def grow(lain, size, *folders):
    for folder in folders:
        old = os.getxattr(lain.root / folder, "user.hearth.tree").decode().split(" ")
        attribute(lain.root / folder, "tree", " ".join([old[0], old[1], str(int(old[2]) + size), old[3]]))


def sums_gone(lain):
    attribute(lain.root / "folder/file.txt", "sums", None)
    return "people/ann/folder/file.txt"


def sums_stale(lain):
    path = lain.root / "folder/file.txt"
    path.write_bytes(b"SECOND")
    return "people/ann/folder/file.txt"


def sums_malformed(lain):
    attribute(lain.root / "folder/file.txt", "sums", "1 2 3")
    return "people/ann/folder/file.txt"


def tree_wrong(lain):
    attribute(lain.root / "folder", "tree", "1 0123456789abcdef 99 0")
    return "people/ann/folder"


def tree_gone(lain):
    attribute(lain.root / "folder/inner", "tree", None)
    return "people/ann/folder/inner"


def tree_malformed(lain):
    attribute(lain.root, "tree", "rubbish")
    return "people/ann"


def tree_wrong_in_the_trash(lain):
    found = next(path for path in lain.trash.iterdir() if (path / "content").is_dir())
    attribute(found / "content", "tree", "1 0123456789abcdef 99 0")
    return f".hearth/trash/{lain.space.id}/{found.name}/content"


def attribute_malformed(lain):
    attribute(lain.root / "folder/file.txt", "props", "[1]")
    return "people/ann/folder/file.txt"


def attribute_no_text(lain):
    attribute(lain.root / "folder/file.txt", "tags", b"\xff")
    return "people/ann/folder/file.txt"


def side_of_nobody(lain):
    folder = lain.house / "attributes" / ids.new()
    folder.mkdir()
    (folder / "props.json").write_text("{}")
    return f".hearth/attributes/{folder.name}"


def side_malformed(lain):
    (lain.house / "attributes" / lain.big.id / "props.json").write_text("{")
    return f".hearth/attributes/{lain.big.id}/props.json"


def side_and_inode(lain):
    attribute(lain.root / "big.txt", "props", "{}")
    return f".hearth/attributes/{lain.big.id}/props.json"


def version_no_file(lain):
    folder = lain.house / "versions" / lain.space.id / lain.file.id / "2020-01-01T00:00:00.000000000Z"
    folder.symlink_to("/etc/passwd")
    return f".hearth/versions/{lain.space.id}/{lain.file.id}/{folder.name}"


def trash_record_gone(lain):
    (lain.trash / lain.key / "record.json").unlink()
    return f".hearth/trash/{lain.space.id}/{lain.key}/record.json"


def trash_record_malformed(lain):
    (lain.trash / lain.key / "record.json").write_text("[]")
    return f".hearth/trash/{lain.space.id}/{lain.key}/record.json"


def trash_without_content(lain):
    folder = lain.trash / ids.new()
    folder.mkdir()
    (folder / "record.json").write_text("{}")
    return f".hearth/trash/{lain.space.id}/{folder.name}"


def draft_left(lain):
    (lain.house / "drafts" / ids.new()).write_bytes(b"half")
    return f".hearth/drafts/{os.listdir(lain.house / 'drafts')[0]}"


def upload_without_record(lain):
    (lain.house / "uploads" / lain.upload.id / "record.json").unlink()
    return f".hearth/uploads/{lain.upload.id}"


def upload_malformed(lain):
    (lain.house / "uploads" / lain.upload.id / "record.json").write_text('{"size": "many"}')
    return f".hearth/uploads/{lain.upload.id}"


def record_half_written(lain):
    name = f".ann.json.{ids.new()}"
    (lain.house / "locks" / name).write_text("{")
    return f".hearth/locks/{name}"


def lock_malformed(lain):
    name = os.listdir(lain.house / "locks")[0]
    (lain.house / "locks" / name).write_text('{"token": 7}')
    return f".hearth/locks/{name}"


def lock_of_nothing(lain):
    name = os.listdir(lain.house / "locks")[0]
    record = json.loads((lain.house / "locks" / name).read_text()) | {"path": "folder/never"}
    (lain.house / "locks" / name).write_text(json.dumps(record))
    return f".hearth/locks/{name}"


def space_twice(lain):
    other = lain.data / "people" / "bob"
    other.mkdir()
    for group in ("id", "space", "tree"):
        attribute(other, group, os.getxattr(lain.root, "user.hearth." + group))
    (other / "theirs").write_bytes(b"theirs")
    return "people/bob"


def not_readable(lain):
    (lain.root / "folder/file.txt").chmod(0o044)
    return "people/ann/folder/file.txt"


def of_somebody_else(lain):
    if os.geteuid():
        pytest.skip("only root can give a file away")
    os.chown(lain.root / "folder/file.txt", 12345, 12345)
    return "people/ann/folder/file.txt"


MENDED = {
    "marker": [marker_gone, marker_malformed], "generation": [generation_malformed, generation_gone],
    "layout": [folder_of_the_house_gone, file_for_a_folder_of_the_house], "permission": [keys_open, not_readable, of_somebody_else],
    "id": [id_gone, id_malformed, id_malformed_bytes], "id-duplicate": [id_twice, id_twice_in_the_trash],
    "sums": [sums_gone, sums_stale, sums_malformed], "tree": [tree_wrong, tree_gone, tree_malformed, tree_wrong_in_the_trash],
    "attribute": [attribute_malformed, attribute_no_text], "side": [side_of_nobody, side_malformed, side_and_inode],
    "link": [version_no_file], "trash-record": [trash_record_gone, trash_record_malformed], "trash-empty": [trash_without_content],
    "left-over": [draft_left, upload_without_record, upload_malformed, record_half_written],
    "lock": [lock_malformed, lock_of_nothing], "audit": [trail_open, no_trail],
    "notices": [notices_malformed, letters_of_nobody], "space-duplicate": [space_twice],
}


@pytest.mark.parametrize("rule, damage", [(rule, damage) for rule, all_of_them in MENDED.items() for damage in all_of_them])
def test_found_and_mended(lain, rule, damage):
    where = damage(lain)
    before = contents(lain.data)
    assert [(each.rule, each.where, each.mended) for each in examine(lain.data)] == [(rule, where, False)]
    assert contents(lain.data) == before                            # looking changes nothing
    first = examine(lain.data, repair=True)
    assert (first[0].rule, first[0].where) == (rule, where) and all(each.mended for each in first)
    assert examine(lain.data, deep=True) == []
    lost = before - contents(lain.data)
    assert lost <= {hashlib.sha1(b"1\n").hexdigest()}               # the generation counts on; nothing else is gone
    storage = Storage.open(lain.config, Bus())
    assert storage.tree.node(lain.space.id, "folder/inner").folder
    storage.close()


# What only people can decide is told, and left as it is.

def a_link(lain):
    (lain.root / "folder/link").symlink_to("/etc/passwd")
    return "people/ann/folder/link"


def a_pipe(lain):
    os.mkfifo(lain.root / "folder/pipe")
    return "people/ann/folder/pipe"


def a_name_of_bytes(lain):
    os.mkdir(os.fsencode(lain.root / "folder") + b"/\xff\xfe")
    return "people/ann/folder/\\xff\\xfe"


def a_name_with_a_line_feed(lain):
    (lain.root / "a\nb").write_text("x")
    return "people/ann/a\nb"


def no_space(lain):
    (lain.data / "people" / "carl").mkdir()
    return "people/carl"


def a_file_among_spaces(lain):
    (lain.data / "projects" / "note.txt").write_text("x")
    return "projects/note.txt"


def versions_of_nothing(lain):
    folder = lain.house / "versions" / lain.space.id / ids.new()
    folder.mkdir()
    (folder / "2020-01-01T00:00:00.000000000Z").write_text("x")
    return f".hearth/versions/{lain.space.id}/{folder.name}"


def an_account_damaged(lain):
    folder = lain.house / "identity" / "accounts"
    folder.mkdir(exist_ok=True)
    (folder / f"{OWNER}.json").write_text("{")
    return f".hearth/identity/accounts/{OWNER}.json"


def a_newer_format(lain):
    (lain.house / "FORMAT").write_text("99\n" + (lain.house / "FORMAT").read_text().partition("\n")[2])
    return ".hearth/FORMAT"


def too_deep_to_be_reached(lain):
    here = os.open(lain.root / "folder", os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        for group, text in (("id", ids.new()), ("tree", "1 0123456789abcdef 0 0")):
            attribute(below, group, text)
        os.close(here)
        here = below
    os.close(here)
    where = "people/ann/folder"
    while len(f"{lain.data}/{where}/") + 200 <= 4095:
        where += "/" + "d" * 200
    return where


TOLD = {"unreadable": [too_deep_to_be_reached], "link": [a_link, a_pipe], "name": [a_name_of_bytes, a_name_with_a_line_feed], "space-unknown": [no_space, a_file_among_spaces],
        "version-orphan": [versions_of_nothing], "record": [an_account_damaged], "marker": [a_newer_format]}


@pytest.mark.parametrize("rule, damage", [(rule, damage) for rule, all_of_them in TOLD.items() for damage in all_of_them])
def test_told_and_left_alone(lain, rule, damage):
    where = damage(lain)
    before = contents(lain.data)
    for repair in (False, True):
        assert [(each.rule, each.where, each.mended) for each in examine(lain.data, repair=repair)] == [(rule, where, False)]
        assert contents(lain.data) == before


def test_a_file_with_two_names(lain):
    os.link(lain.root / "folder/file.txt", lain.root / "folder/twin")
    grow(lain, 6, "folder", "")
    assert {(each.rule, each.where) for each in examine(lain.data, repair=True)} == {
        ("hard-link", "people/ann/folder/twin"), ("hard-link", "people/ann/folder/file.txt")}


def test_nothing_is_orphaned_while_a_space_is_not_known(lain):
    """The attribute may come back from a backup tomorrow, and then all that belongs to its nodes is wanted."""
    os.removexattr(lain.root, "user.hearth.space")
    before = contents(lain.house)
    found = {(each.rule, each.mended) for each in examine(lain.data, repair=True)}
    assert {("space-unknown", False), ("side", False), ("lock", False)} <= found and contents(lain.house) == before


def test_a_space_that_cannot_be_read_is_left(lain):
    os.setxattr(lain.root, "user.hearth.space", b"{")
    for _ in range(2):
        assert [(each.rule, each.mended) for each in examine(lain.data, repair=True)] == [("attribute", False)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_has_left_or_makes_belongs_to_the_owner(lain):
    for path in (lain.data, *lain.data.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    account = lain.house / "identity" / "by-root.json"
    account.write_text("{}")
    (lain.house / "locks" / "bad.json").write_text("x")
    os.chown(lain.house / "locks" / "bad.json", 65534, 65534)
    found = [(each.rule, each.where) for each in examine(lain.data, repair=True)]
    assert found == [("lock", ".hearth/locks/bad.json"), ("permission", ".hearth/identity/by-root.json")]
    own = {path for path in lain.house.rglob("*") if lain.house / "found" not in path.parents}
    assert {path.stat().st_uid for path in own} == {65534} and examine(lain.data) == []


def test_a_storage_in_order(lain):
    assert examine(lain.data) == [] == examine(lain.data, repair=True, deep=True)
    assert not os.listdir(lain.house / "found")


def test_lost_bits_are_told_and_never_made_right(lain):
    path = lain.root / "folder/file.txt"
    status = path.stat()
    path.write_bytes(b"SECOND")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert examine(lain.data) == []
    for repair in (False, True):
        assert [each[:2] + (each.mended,) for each in examine(lain.data, repair, deep=True)] == [
            ("sums-wrong", "people/ann/folder/file.txt", False)]


def test_lost_bits_of_a_version(lain):
    path = next((lain.house / "versions" / lain.space.id / lain.file.id).iterdir())
    status = path.stat()
    path.write_bytes(b"FIRST")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert [each.rule for each in examine(lain.data, deep=True)] == ["sums-wrong"]


def test_everything_at_once(lain):
    """Mending one thing must not break another."""
    for damage in (id_gone, sums_stale, tree_malformed, attribute_no_text, side_of_nobody, trash_record_gone, trash_without_content,
                   draft_left, upload_malformed, lock_malformed, space_twice, generation_gone, folder_of_the_house_gone):
        if damage is not folder_of_the_house_gone:
            damage(lain)
    before = contents(lain.data)
    found = examine(lain.data, repair=True)
    assert len(found) >= 12 and all(each.mended for each in found)
    assert examine(lain.data, deep=True) == [] and before <= contents(lain.data)


def test_what_is_mended_makes_clients_look_again(lain):
    old = int((lain.house / "generation").read_text())
    tree_wrong(lain)
    examine(lain.data, repair=True)
    assert int((lain.house / "generation").read_text()) == old + 1


def test_what_was_in_the_way_is_found_under_its_path(lain):
    where = side_of_nobody(lain)
    examine(lain.data, repair=True)
    found, = (lain.house / "found").iterdir()
    assert (found / where / "props.json").read_text() == "{}"


def test_a_served_storage_is_not_repaired(lain):
    storage = Storage.open(lain.config, Bus())
    with pytest.raises(errors.Unavailable):
        examine(lain.data, repair=True)
    (lain.house / "drafts" / ids.new()).write_bytes(b"half")         # somebody is just uploading
    assert examine(lain.data) == []
    tree_wrong(lain)
    assert [each.rule for each in examine(lain.data)] == ["tree"]
    storage.close()


def test_no_storage_at_all(tmp_path):
    assert [each.rule for each in examine(tmp_path, repair=True)] == ["marker"]
    assert os.listdir(tmp_path) == []


def test_progress_is_told(lain):
    for number in range(1000):
        (lain.root / f"f{number}").write_bytes(b"")
    seen = []
    examine(lain.data, on_progress=seen.append)
    assert seen == [500, 1000]


def test_every_rule_has_its_sentence_and_its_test(lain):
    tested = set(MENDED) | set(TOLD) | {"hard-link", "sums-wrong"}
    assert tested == set(check.RULES)
    assert attributes.PREFIX == "user.hearth."

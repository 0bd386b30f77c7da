"""Archives: what goes in, under which names, how much memory it takes, and that a client that goes away ends the work."""
import contextlib
import io
import os
import tarfile
import tracemalloc
import zipfile

import pytest

from appliance.core import errors, ids
from appliance.files import archive
from appliance.identity import Actor

PLENTY = 10_000, 1 << 40                            # entries, bytes


@pytest.fixture
def ann():
    return Actor(ids.new(), "ann", "Ann")


@pytest.fixture
def home(house, ann):
    return house.files.home(ann).root


@pytest.fixture
def put(house, ann, home):
    """Write a file under a path of ann's, with the folders it needs; answers its node."""
    def write(path, content=b"", mtime_ns=None):
        parent = home
        *folders, name = path.split("/")
        for folder in folders:
            try:
                parent = house.files.make_folder(ann, parent, folder)
            except errors.AlreadyExists:
                parent = house.files.node(ann, parent.space, f"{parent.path}/{folder}".strip("/"))
        writing = house.files.write(ann, parent, name)
        writing.write(content)
        return writing.commit(mtime_ns=mtime_ns)[0]
    return write


@pytest.fixture
def pack(house, ann):
    """Make a whole archive of some paths of ann's."""
    def whole(kind, *paths, limits=PLENTY):
        space = house.files.home(ann)
        nodes = [house.files.node(ann, space, path) for path in paths]
        return b"".join(house.files.archive(ann, nodes, kind, *limits))
    return whole


def unzip(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def untar(content):
    with tarfile.open(fileobj=io.BytesIO(content)) as file:
        return {each.name + "/" * each.isdir(): b"" if each.isdir() else file.extractfile(each).read() for each in file}


@pytest.mark.parametrize("kind, unpack", [("zip", unzip), ("tar", untar)])
def test_folder_with_all_beneath(put, pack, kind, unpack):
    """A folder comes under its own name, with what is in it, also empty files and folders and names in UTF-8."""
    put("Fotos/ü 日本 😀.txt", b"umlaut")
    put("Fotos/deep/er/x.bin", bytes(range(256)) * 3000)
    put("Fotos/empty")
    assert unpack(pack(kind, "Fotos")) == {
        "Fotos/": b"", "Fotos/deep/": b"", "Fotos/deep/er/": b"", "Fotos/deep/er/x.bin": bytes(range(256)) * 3000,
        "Fotos/empty": b"", "Fotos/ü 日本 😀.txt": b"umlaut"}


@pytest.mark.parametrize("kind, unpack", [("zip", unzip), ("tar", untar)])
def test_root_of_a_space_is_left_out(put, pack, kind, unpack):
    """Its children stand at the top."""
    put("a.txt", b"a")
    put("b/c.txt", b"c")
    assert unpack(pack(kind, "")) == {"a.txt": b"a", "b/": b"", "b/c.txt": b"c"}


@pytest.mark.parametrize("kind, unpack", [("zip", unzip), ("tar", untar)])
def test_roots_of_one_name_are_told_apart(put, pack, kind, unpack):
    """Two files of one name from two folders both arrive; the same one twice arrives once."""
    put("x/photo.jpg", b"x")
    put("y/photo.jpg", b"y")
    put("z/photo.jpg", b"z")
    assert unpack(pack(kind, "x/photo.jpg", "y/photo.jpg", "x/photo.jpg", "z/photo.jpg")) == {
        "photo.jpg": b"x", "photo (2).jpg": b"y", "photo (3).jpg": b"z"}


def test_times(put, pack):
    """Both kinds keep the seconds of a file's time; zip cannot tell times before 1980 in its own field."""
    put("d/new", b"1", 1_700_000_001_000_000_000)
    put("d/old", b"2", 86_400_000_000_000)
    with tarfile.open(fileobj=io.BytesIO(pack("tar", "d"))) as file:
        assert [file.getmember(name).mtime for name in ("d/new", "d/old")] == [1_700_000_001, 86_400]
    with zipfile.ZipFile(io.BytesIO(pack("zip", "d"))) as file:
        new, old = file.getinfo("d/new"), file.getinfo("d/old")
        assert new.date_time == (2023, 11, 14, 22, 13, 20) and old.date_time == (1980, 1, 1, 0, 0, 0)
        assert new.extra.endswith((1_700_000_001).to_bytes(4, "little"))


@pytest.mark.parametrize("names, safe", [
    (["..", ".", ""], ["_", "_ (2)", "_ (3)"]), (["../x"], [".._x"]), (["..\\x", ".._x"], [".._x", ".._x (2)"]),
    (["a.tar.gz"] * 2, ["a.tar.gz", "a.tar (2).gz"]), ([".profile"] * 2, [".profile", ".profile (2)"])])
def test_names_stay_inside(names, safe):
    """No name leads out of the folder an archive is unpacked in, whoever put it on the disk."""
    taken = set()
    assert [archive._distinct(archive._safe(name), taken) for name in names] == safe


def test_limits_are_refused_before_the_first_byte(house, ann, put, pack):
    """Too many entries or bytes: refused when asked for, not in the middle."""
    for number in range(5):
        put(f"d/{number}", b"12345")
    space = house.files.home(ann)
    folder = house.files.node(ann, space, "d")
    assert len(unzip(pack("zip", "d", limits=(6, 25)))) == 6
    for limits in ((5, 25), (6, 24)):
        with pytest.raises(errors.TooLarge):
            house.files.archive(ann, [folder], "zip", *limits)
        with pytest.raises(errors.TooLarge):
            house.files.archive(ann, [space.root], "zip", *limits)
    files = [house.files.node(ann, space, f"d/{number}") for number in range(5)]
    with pytest.raises(errors.TooLarge):
        house.files.archive(ann, files, "zip", 4, 25)


def test_unknown_kind(house, ann, home):
    with pytest.raises(errors.Invalid):
        house.files.archive(ann, [home], "rar", *PLENTY)


def test_a_stranger_gets_nothing(house, home):
    """Who may not see the files cannot pack them either."""
    with pytest.raises(errors.NotFound):
        b"".join(house.files.archive(Actor(ids.new(), "eve", "Eve"), [home], "zip", *PLENTY))


def test_a_file_removed_meanwhile_is_left_out(house, ann, put):
    """The rest still arrives, in a whole archive."""
    gone = put("d/a", b"a" * (archive.BLOCK + 1))
    put("d/b", b"b")
    folder = house.files.node(ann, gone.space, "d")
    stream = house.files.archive(ann, [folder], "zip", *PLENTY)
    house.files.remove(ann, gone)
    assert unzip(b"".join(stream)) == {"d/": b"", "d/b": b"b"}


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_closing_ends_the_work(house, ann, put, kind):
    """A client that goes away leaves no file open."""
    node = put("big", bytes(8 * archive.BLOCK))
    stream = house.files.archive(ann, [node], kind, *PLENTY)
    next(stream)
    assert open_files("big") == 1
    stream.close()
    assert open_files("big") == 0


def open_files(name):
    """How many files of that name this process holds open."""
    number = 0
    for each in os.scandir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            number += os.readlink(each.path).endswith("/" + name)
    return number


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_memory_does_not_grow_with_the_content(house, ann, put, kind):
    """64 MiB go through without ever holding more than a few blocks."""
    nodes = [put("one", bytes(48 << 20)), put("two", bytes(16 << 20))]
    tracemalloc.start()
    try:
        size = sum(len(block) for block in house.files.archive(ann, nodes, kind, *PLENTY))
        assert size > 64 << 20 and tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_beyond_four_gibibytes(kind):
    """A file too large for 32 bits is told with its right size in every place."""
    size, block, form = (1 << 32) + (1 << 20), bytes(1 << 20), archive.KINDS[kind]()
    form.begin("huge", size, 0)
    head, length = form.take(), 0
    for _ in range(size >> 20):
        form.add(block)
        length += len(form.take())
    form.end()
    tail = form.finish()
    assert length == size
    if kind == "tar":
        assert tarfile.TarInfo.frombuf(head[-512:], "utf-8", "strict").size == size
    else:
        assert tail.count(size.to_bytes(8, "little")) == 4  # twice after the content, twice in the directory
        assert b"PK\x06\x06" in tail                       # the end of a zip64 directory

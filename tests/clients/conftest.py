"""What the tests with real programs share: a home of their own, small trees with odd names, and trees to compare."""
import os
import subprocess
from pathlib import Path

import pytest

# Names that are legal with us and that programs get wrong: quoting, percent signs, Unicode, dots, length.
ODD_NAMES = (
    "Grüße ☃ 日本語.txt", "a b.txt", "100%.txt", "100%25.txt", "a+b&c=d.txt", "semi;colon,comma.txt", "hash#tag.txt",
    "question?.txt", "quote'single.txt", 'quote"double.txt', "<angle>.txt", "pipe|star*.txt", "colon:name.txt",
    "[brackets] {braces}.txt", "~tilde.txt", "$dollar!.txt", "@at^caret`tick.txt", "no extension", "UPPER.txt", "upper.txt",
    "two..dots", "😀.txt", "Ünï/ñested ☂/deep.txt", "x" * 251 + ".txt",
)


@pytest.fixture
def home(tmp_path):
    """An empty home folder, so that no program reads or leaves settings in the real one."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def program(home):
    """Run a program in its own home; return it when it ends well, and show what it said when not."""
    def run(*words, expect=0, timeout=120, **more):
        environ = dict(os.environ, HOME=str(home), XDG_CONFIG_HOME=str(home / ".config"), XDG_CACHE_HOME=str(home / ".cache"),
                       XDG_DATA_HOME=str(home / ".local"), LC_ALL="C.UTF-8", **more.pop("environ", {}))
        done = subprocess.run([str(word) for word in words], env=environ, capture_output=True, text=True, errors="replace",
                              timeout=timeout, **more)
        assert expect is None or done.returncode == expect, \
            f"{' '.join(map(str, words))}\nended with {done.returncode}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
        return done
    return run


def tree(folder):
    """Tell what lies beneath: path -> bytes, and None for folders."""
    folder = Path(folder)
    return {str(each.relative_to(folder)): None if each.is_dir() else each.read_bytes() for each in sorted(folder.rglob("*"))}


def plant(folder, files):
    """Write ``{path: bytes}`` beneath the folder."""
    for path, content in files.items():
        place = Path(folder) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return Path(folder)


@pytest.fixture(name="tree")
def _tree():
    return tree


@pytest.fixture(name="plant")
def _plant():
    return plant


@pytest.fixture
def odd_tree(tmp_path):
    """A folder with a file of every odd name, each with its own content."""
    return plant(tmp_path / "odd", {name: f"{number} {name}".encode() for number, name in enumerate(ODD_NAMES)})


@pytest.fixture
def thousand(tmp_path):
    """1,000 small files in 100 folders."""
    return plant(tmp_path / "thousand", {f"folder {number // 10:02d}/file {number:03d}.txt": f"{number}\n".encode() * (number % 50)
                                         for number in range(1000)})


@pytest.fixture
def etag(http, person):
    """Ask for the etag of the person's root: it changes when anything beneath does."""
    return lambda: http.request("PROPFIND", person.dav + "/", headers={"Depth": "0"}).text.split("getetag>")[1]


@pytest.fixture
def on_disk(server, person):
    """The folder on the server's disk in which the person's files lie, as the format promises."""
    return Path(server.data) / "people" / person.name

"""What every sync client must do with us, whichever it is; test_owncloudcmd.py and test_nextcloudcmd.py name the client."""
import contextlib
import os
import re
import sqlite3
import subprocess
import threading
import time

import pytest

CHANGES = re.compile(r"\b(PUT|POST|PATCH|MKCOL|MOVE|COPY|DELETE|PROPPATCH|LOCK)\b")


class SyncClient:
    """A sync client with a home and folders of its own."""

    def __init__(self, command, words, home, secret):
        self._command, self._words, self._secret = command, words, secret
        self._environ = dict(os.environ, HOME=str(home), XDG_CONFIG_HOME=str(home / ".config"), XDG_DATA_HOME=str(home / ".local"),
                             XDG_CACHE_HOME=str(home / ".cache"), QT_QPA_PLATFORM="offscreen", LC_ALL="C.UTF-8",
                             OWNCLOUD_CHUNK_SIZE="5000000")

    def start(self, folder, address, *words):
        """Begin a run; return the process."""
        return subprocess.Popen([self._command, "--non-interactive", "--trust", "-u", self._secret[0], "-p", self._secret[1],
                                 *self._words, *words, str(folder), address], env=self._environ, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")

    def sync(self, folder, address, *words, expect=0, timeout=180):
        """Run once, to the end; return what it said."""
        process = self.start(folder, address, *words)
        watch = threading.Timer(timeout, process.kill)
        watch.start()
        said = process.communicate()[0]
        watch.cancel()
        assert expect is None or process.returncode == expect, f"ended with {process.returncode}\n{said[-8000:]}"
        return said


def visible(tree, folder):
    """What a person sees: the tree without the client's own files."""
    own = re.compile(r"(^|/)(\.sync_|\._sync_|\.owncloudsync|\.nextcloudsync|\.csync)")
    return {path: content for path, content in tree(folder).items() if not own.search(path)}


class SyncTests:
    """The cases. A subclass gives the fixtures `client` and `address`."""

    @pytest.fixture
    def here(self, tmp_path):
        """The folder that is kept in step."""
        folder = tmp_path / "here"
        folder.mkdir()
        return folder

    @pytest.fixture
    def sync(self, client, address, here):
        """One whole run."""
        return lambda *words, **more: client.sync(here, address, *words, **more)

    @pytest.fixture
    def same(self, here, on_disk, tree):
        """Assert that both sides hold the same, and return it."""
        def compare():
            mine, theirs = visible(tree, here), tree(on_disk)
            assert mine == theirs
            return mine
        return compare

    @pytest.fixture
    def put(self, http, person):
        """Change the other side: write files, or make folders."""
        def write(path, content=None):
            answer = http.request("MKCOL", f"{person.dav}/{path}") if content is None else http.put(f"{person.dav}/{path}", data=content)
            answer.raise_for_status()
        return write

    def test_first_sync_up_and_down(self, sync, same, put, here, plant):
        """What lies on either side is on both after one run; the next finds nothing to do."""
        plant(here, {"mine/a.txt": b"a", "mine/deep/er/b.txt": b"b", "Grüße ☃.txt": b"c", "100% & more+.txt": b"d", "empty.txt": b""})
        put("theirs"), put("theirs/x.bin", os.urandom(300_000)), put("Ünïcode 日本.txt", b"y"), put("bare")
        sync()
        assert {"mine/deep/er/b.txt", "theirs/x.bin", "bare", "Ünïcode 日本.txt", "empty.txt"} <= set(same())

    def test_second_run_finds_nothing(self, sync, server, etag, here, plant, put):
        """A run with nothing to do asks a few questions and changes nothing."""
        plant(here, {"a/b.txt": b"b"})
        put("c.txt", b"c")
        sync()
        before, mark = etag(), server.log_mark()
        sync()
        asked = server.log_since(mark)
        assert etag() == before
        assert not [line for line in asked if CHANGES.search(line)], asked
        assert not [line for line in asked if "b.txt" in line or "c.txt" in line], asked

    def test_changes_on_both_sides(self, sync, same, put, here, plant, http, person):
        """Edits, new files and deletions cross over in both directions."""
        plant(here, {"mine.txt": b"1", "theirs.txt": b"1", "both/gone-here.txt": b"1", "both/gone-there.txt": b"1"})
        sync()
        plant(here, {"mine.txt": b"changed by me", "new-here.txt": b"n"})
        (here / "both/gone-here.txt").unlink()
        put("theirs.txt", b"changed by them"), put("new-there.txt", b"n")
        http.delete(person.dav + "/both/gone-there.txt").raise_for_status()
        sync()
        assert same() == {"mine.txt": b"changed by me", "theirs.txt": b"changed by them", "new-here.txt": b"n", "new-there.txt": b"n",
                          "both": None}

    def test_conflict_keeps_both(self, sync, put, here, plant, tree, on_disk):
        """Two edits of one file: the server's stays under the name, mine becomes a conflict copy; nothing is lost."""
        plant(here, {"doc.txt": b"common"})
        sync()
        plant(here, {"doc.txt": b"edited by me, offline"})
        put("doc.txt", b"edited by them")
        sync(expect=None)
        sync(expect=None)
        mine = visible(tree, here)
        assert mine["doc.txt"] == b"edited by them" == (on_disk / "doc.txt").read_bytes()
        assert b"edited by me, offline" in mine.values(), mine

    def test_renamed_folder_is_moved_not_sent_again(self, sync, same, server, here, plant):
        """A renamed folder is one MOVE."""
        plant(here, {f"old name/sub/{number}.txt": os.urandom(2000) for number in range(20)})
        sync()
        mark = server.log_mark()
        os.rename(here / "old name", here / "new näme")
        sync()
        asked = server.log_since(mark)
        assert len([line for line in asked if re.search(r"\bMOVE\b", line)]) == 1, asked
        assert not [line for line in asked if re.search(r"\b(PUT|POST)\b", line)], asked
        assert "new näme/sub/3.txt" in same()

    def test_folder_renamed_on_the_server(self, sync, same, server, http, person, here, plant):
        """A folder renamed on the other side is renamed here: its id is known, nothing is fetched again."""
        plant(here, {f"old/{number}.txt": os.urandom(2000) for number in range(10)})
        sync()
        http.request("MOVE", person.dav + "/old", headers={"Destination": person.dav + "/new"}).raise_for_status()
        mark = server.log_mark()
        sync()
        assert "new/3.txt" in same()
        assert not [line for line in server.log_since(mark) if re.search(r"\bGET\b.*\d\.txt", line)]

    def test_deletes_folders(self, sync, same, http, person, here, plant):
        """A folder removed on one side disappears on the other."""
        plant(here, {"a/1/x.txt": b"x", "b/1/y.txt": b"y", "keep.txt": b"k"})
        sync()
        subprocess.run(["rm", "-r", here / "a"], check=True)
        http.delete(person.dav + "/b").raise_for_status()
        sync()
        assert set(same()) == {"keep.txt"}

    @pytest.mark.slow
    def test_five_hundred_small_files(self, sync, same, client, address, here, plant, tree, tmp_path):
        """500 small files go up; a second device gets them all."""
        plant(here, {f"folder {number % 10}/file {number}.txt": f"content {number}".encode() for number in range(500)})
        sync()
        assert len(same()) == 510
        other = tmp_path / "other"
        other.mkdir()
        client.sync(other, address)
        assert visible(tree, other) == visible(tree, here)

    @pytest.mark.slow
    def test_upload_goes_on_after_the_server_was_killed(self, client, address, sync, same, server, here, plant, on_disk):
        """The server is killed in the middle of a large upload; the next run sends what is missing and no more."""
        big = os.urandom(1_000_000) * 60
        plant(here, {"small.txt": b"s"})
        sync()
        plant(here, {"big.bin": big})
        mark = server.log_mark()
        process = client.start(here, address, "--uplimit", "8000", "--max-sync-retries", "1")
        try:
            _wait_for(lambda: len(_chunks(server.log_since(mark))) >= 4, process)
            server.kill()
        finally:
            process.communicate(timeout=120)
            before = _chunks(server.log_since(mark))
            server.restart()
        assert not (on_disk / "big.bin").exists()
        mark = server.log_mark()
        _retry_now(here)
        sync()
        assert same()["big.bin"] == big
        again = before & _chunks(server.log_since(mark))
        assert len(again) <= 1, "no chunk that was acknowledged is sent again, but for the last, whose answer may have been lost"


def _chunks(log):
    """The numbers of the chunks that the server has acknowledged."""
    return {int(index) for line in log for index in re.findall(r" PUT \S*big\.bin-chunking-\d+-\d+-(\d+) 201 ", line)}


def _retry_now(here):
    """What the client's button "retry all uploads" does: else it leaves a file alone for half a minute after an error."""
    for journal in (*here.glob(".sync_*.db"), *here.glob("._sync_*.db")):
        with contextlib.closing(sqlite3.connect(journal)) as database, database:
            database.execute("DELETE FROM blacklist")


def _wait_for(true, process, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert process.poll() is None and time.monotonic() < deadline, "the client ended before the moment came"
        time.sleep(0.02)

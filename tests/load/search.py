"""What search costs: an index of 100,000 files with 20,000 texts is made beside requests; how long these wait, how soon something is found, how much memory it takes.

    .venv-test/bin/python tests/load/search.py [FILES TEXTS]

Times are of this machine: read them beside the row "nothing else to do", and beside what the machine itself makes a sleeping program wait.
"""
import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from conftest import Server

REQUESTS = 0.05                                     # seconds between two
QUERIES = ['name:"*report*"', 'name:"*file 7*"', "name:report", "*.txt", 'content:"harbour"', '(name:"*harbour*" OR content:"harbour")', 'content:"harbour lantern"', "content:harb*",
           'name:"*re*" AND mediatype:("image")', 'mtime:"last 7 days" AND mediatype:("document")', "tag:nothing", "mediatype:image"]
WORDS = ("harbour lantern winter apple stone river letter garden window morning engine paper music silver mountain bridge candle forest island market "
         "needle ocean pepper quarry ribbon saddle thunder umbrella velvet wagon yellow zephyr").split()


def fill(folder, files, texts):
    """So many files, a hundred in a folder; every so manyth a text of some 1,500 characters."""
    dice, step = random.Random(1), files // texts
    vocabulary = [f"{one}{two}" for one in WORDS for two in ("", "s", "ing", "ly")] + [f"word{number}" for number in range(5_000)]
    for number in range(files):
        place = folder / f"folder {number // 100 % 40}" / f"sub {number // 4000}"
        place.mkdir(parents=True, exist_ok=True)
        if number % step == 0:
            (place / f"report {number}.txt").write_text(" ".join(dice.choices(vocabulary, k=200)))
        else:
            (place / f"file {number}.{dice.choice(('jpg', 'bin', 'mov', 'zip'))}").write_bytes(b"x")


class Asking(threading.Thread):
    """Asks for one small thing again and again, and notes how long each took, in ms."""

    def __init__(self, person):
        super().__init__(daemon=True)
        self.taken, self.slept, self._on, self._person = [], [], True, person

    def run(self):
        with requests.Session() as session:
            session.auth = self._person.auth
            while self._on:
                began = time.perf_counter()
                assert session.request("PROPFIND", self._person.dav + "/folder 1", headers={"Depth": "0"}, timeout=60).status_code == 207
                ended = time.perf_counter()
                self.taken.append((ended - began) * 1000)
                time.sleep(REQUESTS)
                self.slept.append((time.perf_counter() - ended - REQUESTS) * 1000)

    def stop(self):
        self._on = False
        self.join()
        return self


def row(name, asking):
    """A line of the table."""
    taken = sorted(asking.taken)
    print(f"| {name} | {len(taken)} | {statistics.median(taken):.1f} | {taken[int(len(taken) * .99)]:.1f} | {taken[-1]:.1f} | {max(asking.slept):.1f} |", flush=True)


def memory(pid):
    """MiB that a program has to itself (PSS), with its children."""
    total = 0
    for each in [pid, *(int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split())]:
        try:
            total += next(int(line.split()[1]) for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
    return total / 1024


def state(cache):
    """``(nodes, files whose text is to be taken)`` of the index."""
    try:
        base = sqlite3.connect(next(cache.glob("search-*.sqlite")), timeout=5)
        try:
            return base.execute("SELECT count(*), coalesce(sum(to_read), 0) FROM nodes").fetchone()
        finally:
            base.close()
    except (StopIteration, sqlite3.Error):
        return 0, 1


def ask(server, person, pattern):
    """``(seconds, how many there are)``."""
    body = f'<oc:search-files xmlns:oc="http://owncloud.org/ns"><oc:search><oc:pattern>{pattern.replace("&", "&amp;")}</oc:pattern></oc:search></oc:search-files>'
    began = time.perf_counter()
    answer = requests.request("REPORT", server.url + "/dav/spaces/", data=body, auth=person.auth, timeout=60)
    assert answer.status_code == 207, answer.text
    return time.perf_counter() - began, int(answer.headers.get("Content-Range", "/0").rpartition("/")[2])


def main(files=100_000, texts=20_000):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        person = server.add("ann")
        requests.request("MKCOL", person.dav + "/folder 1", auth=person.auth, timeout=30)
        server.stop()
        fill(server.data / "people" / "ann", files, texts)
        server.start()
        asking, most, began = Asking(person), 0.0, time.perf_counter()
        asking.start()
        print("| while | requests | median ms | 99 of 100 | longest | longest a sleeping program waited |\n|---|---|---|---|---|---|")
        listed = None
        while True:
            time.sleep(1)
            most, (nodes, left) = max(most, memory(server.process.pid)), state(server.cache)
            if listed is None and nodes > files:
                listed = time.perf_counter() - began
                row("ids are given and names indexed", asking.stop())
                asking = Asking(person)
                asking.start()
            if listed and not left:
                break
        row("texts are read", asking.stop())
        total = time.perf_counter() - began
        asking = Asking(person)
        asking.start()
        time.sleep(20)
        row("nothing else to do", asking.stop())
        print(f"\nNames after {listed:.0f} s, texts after {total:.0f} s; most memory with the child {most:.0f} MiB PSS;"
              f" the index has {sum(file.stat().st_size for file in server.cache.glob('search-*')) / 1e6:.0f} MB.\n")
        print("| query | found | first ms | median ms |\n|---|---|---|---|")
        for query in QUERIES:
            taken = [ask(server, person, query) for _ in range(7)]
            print(f"| `{query}` | {taken[0][1]} | {taken[0][0] * 1000:.0f} | {statistics.median(each[0] for each in taken) * 1000:.0f} |", flush=True)
        asking = Asking(person)
        asking.start()
        for query in QUERIES * 3:
            ask(server, person, query)
        row("queries are asked", asking.stop())
        print(f"Memory at the end {memory(server.process.pid):.0f} MiB PSS.")
        server.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

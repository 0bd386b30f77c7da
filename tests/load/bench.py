"""Measure this server beside others on one machine in one run; print a table, write JSON. tests/load/README.md tells how to read it."""
import argparse
import datetime
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import wire  # noqa: E402
from peers import PEERS  # noqa: E402

MEBI = 1 << 20
FOLDERS = (100, 1_000, 10_000)
# What a sync client asks of every entry.
PROPERTIES = (b'<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:resourcetype/>'
              b'<d:getlastmodified/><d:getcontentlength/><d:getetag/><oc:size/><oc:id/><oc:fileid/><oc:downloadURL/><oc:dDC/>'
              b'<oc:permissions/><oc:checksums/><oc:share-types/></d:prop></d:propfind>')


class Sampler(threading.Thread):
    """Look at a server's memory ten times a second while something runs."""

    def __init__(self, peer):
        super().__init__(daemon=True)
        self._peer, self._end, self.pss = peer, threading.Event(), 0.0

    def run(self):
        while True:
            self.pss = max(self.pss, self._peer.memory()["Pss"])
            if self._end.wait(0.1):
                return

    def __enter__(self):
        self._peer.forget_peak()
        self.start()
        return self

    def __exit__(self, *failure):
        self._end.set()
        self.join()
        self.highest = self._peer.memory()["VmHWM"]


class Bench:
    """The scenarios. Each takes a peer and the number of the repetition, and returns a number."""

    def __init__(self, big, size, seconds):
        self._big, self._size, self._seconds = big, size, seconds

    def fill(self, peer):
        """Put the same files on every peer, through its own door."""
        for name in ("s", "w", *(f"d{count}" for count in FOLDERS)):
            assert wire.once(peer.port, "MKCOL", f"{peer.base}/{name}")[0] == 201
        body = os.urandom(4096)
        _send(peer, [(f"{peer.base}/s/f{number}", body) for number in range(100)])
        for count in FOLDERS:
            _send(peer, [(f"{peer.base}/d{count}/Document%20number%20{number:05d}.txt", b"x" * (number % 512)) for number in range(count)])
        with open(self._big, "rb") as file:
            wire.upload(peer.port, peer.base + "/big.bin", file, self._size)
        for count in FOLDERS:
            status, body = wire.once(peer.port, "PROPFIND", f"{peer.base}/d{count}/", PROPERTIES, keep=True, Depth="1")
            assert status == 207 and len(re.findall(rb"</\w+:response>", body)) == count + 1, (type(peer).__name__, status, count)

    def get_256(self, peer, _):
        return wire.download(peer.port, peer.base + "/big.bin") / 1e6

    def put_256(self, peer, repetition):
        with open(self._big, "rb") as file:
            speed = wire.upload(peer.port, f"{peer.base}/w/big{repetition}.bin", file, self._size) / 1e6
        wire.once(peer.port, "DELETE", f"{peer.base}/w/big{repetition}.bin")
        peer.after_removal()
        return speed

    def get_small(self, connections):
        return lambda peer, _: wire.rate(peer.port, connections, self._seconds,
                                         lambda number: wire.request("GET", f"{peer.base}/s/f{number % 100}"))

    def put_small(self, connections):
        body = os.urandom(4096)

        def run(peer, repetition):
            folder = f"{peer.base}/w/small-{connections}-{repetition}"
            assert wire.once(peer.port, "MKCOL", folder)[0] == 201
            return wire.rate(peer.port, connections, self._seconds, lambda number: wire.request("PUT", f"{folder}/{number}", body))
        return run

    def list_folder(self, count):
        def run(peer, _):
            times = []
            with wire.connect(peer.port) as connection:
                for _ in range(max(1, min(10, 3000 // count))):
                    began = time.perf_counter()
                    connection.sendall(wire.request("PROPFIND", f"{peer.base}/d{count}/", PROPERTIES, Depth="1"))
                    assert wire.answer(connection)[0] == 207
                    times.append(time.perf_counter() - began)
            return statistics.median(times) * 1000
        return run

    def delay(self, direction):
        """How long a small PROPFIND takes at the 99th percentile while four large transfers run."""
        def run(peer, _):
            seconds, times = max(3.0, self._seconds), []
            load = subprocess.Popen([sys.executable, __file__, "--background", json.dumps([peer.port, peer.base, direction, seconds + 1.5,
                                                                                           str(self._big), self._size])],
                                    stdout=subprocess.PIPE)
            load.stdout.readline()
            time.sleep(0.7)
            with wire.connect(peer.port) as connection:
                end = time.perf_counter() + seconds
                while time.perf_counter() < end:
                    began = time.perf_counter()
                    connection.sendall(wire.request("PROPFIND", f"{peer.base}/s/f1", PROPERTIES, Depth="0"))
                    assert wire.answer(connection)[0] == 207
                    times.append(time.perf_counter() - began)
                    time.sleep(0.005)
            load.communicate()
            time.sleep(0.5)
            for number in range(4):
                wire.once(peer.port, "DELETE", f"{peer.base}/w/up{number}.bin")
            peer.after_removal()
            return sorted(times)[int(len(times) * 0.99)] * 1000
        return run

    def scenarios(self):
        """Return name -> (unit, whether more is better, how to run it)."""
        return {
            "GET 256 MiB": ("MB/s", True, self.get_256),
            "PUT 256 MiB": ("MB/s", True, self.put_256),
            **{f"GET 4 KiB, {n} at once": ("req/s", True, self.get_small(n)) for n in (1, 8)},
            **{f"PUT 4 KiB, {n} at once": ("req/s", True, self.put_small(n)) for n in (1, 8)},
            **{f"PROPFIND {n:,}": ("ms", False, self.list_folder(n)) for n in FOLDERS},
            "PROPFIND, 4 downloads": ("p99 ms", False, self.delay("down")),
            "PROPFIND, 4 uploads": ("p99 ms", False, self.delay("up")),
        }


def _send(peer, files):
    """Write small files, one after the other."""
    with wire.connect(peer.port) as connection:
        for path, body in files:
            connection.sendall(wire.request("PUT", path, body))
            assert wire.answer(connection)[0] in (200, 201, 204)


def measure(bench, peers, repetitions, only):
    """Run every scenario, the peers in turn within each repetition; return what came, and print it as it comes."""
    results = {}
    for name, (unit, more, run) in bench.scenarios().items():
        if only and only not in name:
            continue
        rows = {type(peer).__name__: {"values": [], "pss": 0.0, "hwm": 0.0} for peer in peers}
        for repetition in range(repetitions):
            for peer in peers[repetition % len(peers):] + peers[:repetition % len(peers)]:
                row = rows[type(peer).__name__]
                with Sampler(peer) as memory:
                    row["values"].append(round(run(peer, repetition), 2))
                row["pss"], row["hwm"] = max(row["pss"], memory.pss), max(row["hwm"], memory.highest)
        for row in rows.values():
            row["median"] = statistics.median(row["values"])
        results[name] = {"unit": unit, "more is better": more, "peers": rows}
        print(_line(name, results[name], [type(peer).__name__ for peer in peers]), flush=True)
    return results


def _line(name, result, names):
    """One line of the table: each peer's median, and in how far we are better (above 1) or worse."""
    ours = result["peers"][names[0]]
    cells = [f"{ours['median']:,.1f}"]
    for each in names[1:]:
        theirs = result["peers"][each]["median"]
        ratio = ours["median"] / theirs if result["more is better"] else theirs / ours["median"]
        cells.append(f"{theirs:,.1f} ({ratio:.2g}x)")
    return f"| {name} | {result['unit']} | " + " | ".join(cells) + f" | {ours['pss']:.0f} / {ours['hwm']:.0f} |"


def main():
    """Read the arguments, prepare, measure, tell."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--repetitions", type=int, default=5)
    words.add_argument("--seconds", type=float, default=2.0, help="how long each measurement of small requests takes")
    words.add_argument("--size", type=int, default=256, help="MiB of the large file")
    words.add_argument("--peers", default="", help="names, separated by commas; Hearth is always among them")
    words.add_argument("--only", default="", help="only scenarios with this in their name")
    words.add_argument("--folder", default="/var/tmp", help="where the files go; user attributes must work there")
    words.add_argument("--json", type=Path, default=Path(__file__).parent / "results/latest.json")
    words.add_argument("--background", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.background:
        return wire.background(*json.loads(given.background))
    return run(given)


def run(given):
    """The whole benchmark; everything it makes is removed at the end."""
    wanted = [name.lower() for name in given.peers.split(",") if name]
    kinds = [kind for kind in PEERS if kind is PEERS[0] or not wanted or kind.__name__.lower() in wanted]
    for kind in [kind for kind in kinds if kind.missing()]:
        print(f"left out: {kind.__name__}, {kind.missing()}")
        kinds.remove(kind)
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    folder = Path(tempfile.mkdtemp(prefix="hearth-bench-", dir=given.folder))
    big = folder / "big.bin"
    with open(big, "wb") as file:
        for _ in range(given.size):
            file.write(os.urandom(MEBI))
    bench, peers = Bench(big, given.size * MEBI, given.seconds), [kind(folder, cores[0]) for kind in kinds]
    try:
        rest = {}
        for peer in peers:
            peer.start()
            wire.once(peer.port, "PROPFIND", peer.base + "/", PROPERTIES, Depth="0")
            time.sleep(1)
            rest[type(peer).__name__] = peer.memory()
        print(f"at rest, MiB: {json.dumps(rest)}", flush=True)
        for peer in peers:
            bench.fill(peer)
        names = [type(peer).__name__ for peer in peers]
        print(f"\n| scenario | unit | {' | '.join(names)} | PSS / VmHWM, MiB |\n|{'---|' * (len(names) + 3)}")
        results = measure(bench, peers, given.repetitions, given.only)
        after = {type(peer).__name__: peer.memory() for peer in peers}
        print(f"\nafter all that, MiB: {json.dumps(after)}")
    finally:
        for peer in peers:
            peer.stop()
        shutil.rmtree(folder, ignore_errors=True)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps({
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), "machine": platform.platform(), "cores": len(cores),
        "repetitions": given.repetitions, "at rest": rest, "after": after, "scenarios": results}, indent=1))
    print(f"written: {given.json}")


if __name__ == "__main__":
    main()

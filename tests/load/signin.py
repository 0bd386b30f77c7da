"""What wrong sign-ins cost, and what their timing tells: memory and a running download beside eight at once; and whether the time of a
refusal differs by its reason. Prints tables and writes JSON. Needs loopback addresses of several networks, so Linux.
"""
import argparse
import base64
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/browser")]
import pyotp  # noqa: E402
import requests  # noqa: E402

from browser import HIDDEN, Browser  # noqa: E402
from conftest import Server  # noqa: E402

MEBI = 1 << 20
PASSWORD = "a long enough secret"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        found = {"eight at once": eight_at_once(folder / "a"), "timing": timing(folder / "b", options.rounds)}
    finally:
        shutil.rmtree(folder)
    print(json.dumps(found, indent=1))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


def attempt(server, source, name, secret):
    """Sign in by Basic from an address of the loopback; seconds until the answer, and its status."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60, source_address=(source, 0)) as connection:
        word = base64.b64encode(f"{name}:{secret}".encode()).decode()
        began = time.perf_counter()
        connection.sendall(f"GET /graph/v1.0/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic {word}\r\n\r\n".encode())
        head = connection.recv(65536)
        took = time.perf_counter() - began
    return took, int(head.split()[1])


def memory(server, name="Pss"):
    lines = Path(f"/proc/{server.process.pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def eight_at_once(folder):
    """Memory at rest and at most, in MiB; the longest pause of a download, in ms, alone and beside eight wrong sign-ins at a time."""
    folder.mkdir()
    server = Server(folder).start()
    person = server.add("ann", PASSWORD)
    requests.put(f"{person.dav}/big.bin", bytes(256 * MEBI), auth=person.auth, timeout=120).raise_for_status()
    rest = memory(server)
    highest, done = [rest], threading.Event()

    def watch():
        while not done.wait(0.005):
            highest.append(memory(server))
    watcher = threading.Thread(target=watch)
    watcher.start()
    alone = longest_pause(server, person)
    number = iter(range(10_000))
    statuses = []

    def guess(place):
        while not done.is_set():
            statuses.append(attempt(server, f"127.{place + 1}.{next(number) % 250}.1", f"nobody{next(number)}", "wrong wrong wrong")[1])
    guessers = [threading.Thread(target=guess, args=(place,)) for place in range(8)]
    for each in guessers:
        each.start()
    beside = longest_pause(server, person)
    done.set()
    for each in [*guessers, watcher]:
        each.join()
    server.stop()
    return {"rest MiB": round(rest, 1), "highest MiB": round(max(highest), 1), "longest pause alone ms": alone, "longest pause beside ms": beside,
            "hashed": statuses.count(401), "told to wait": statuses.count(429)}


def longest_pause(server, person):
    """The longest time between two arrivals of a download that takes about three seconds, in ms: the third longest of all, for a noisy machine."""
    pauses = []
    word = base64.b64encode(f"{person.name}:{person.password}".encode()).decode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(f"GET /dav/files/{person.name}/big.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic {word}\r\n\r\n".encode())
        connection.recv(65536)
        last = time.perf_counter()
        while block := connection.recv(MEBI):
            now = time.perf_counter()
            pauses.append(now - last)
            time.sleep(len(block) / (80 * MEBI))     # a phone in the next room, not loopback
            last = time.perf_counter()
    return [round(each * 1000, 1) for each in sorted(pauses)[-3:]]


def timing(folder, rounds):
    """Median and quartiles, in ms, of the time that a refusal takes, by its reason."""
    folder.mkdir()
    server = Server(folder).start()
    for name in ("ann", "factor", "disabled", "token"):
        server.add(name, PASSWORD)
    server.cli("user", "disable", "disabled")
    with Browser(server.url) as browser:
        browser.sign_in(argparse.Namespace(name="factor", password=PASSWORD))
        page = browser.see("/account/app")
        browser.fill(page, "/account/app", code=pyotp.TOTP(dict(HIDDEN.findall(page.text))["secret"]).now())
    reasons = {"no such name": ("nobody{}", "wrong"), "wrong password": ("ann", "wrong"), "wrong password, second factor": ("factor", "wrong"),
               "right password, second factor": ("factor", None), "wrong password, disabled": ("disabled", "wrong"), "right password, disabled": ("disabled", None)}
    times = {reason: [] for reason in reasons}
    number = 0
    for turn in range(rounds):
        server.stop()                               # with counters of guesses that begin anew, and nothing remembered
        (server.data / ".hearth/identity/throttle/counters.json").unlink(missing_ok=True)
        server.start()
        attempt(server, "127.200.1.1", "warm", "up")
        for _ in range(8 if turn else 9):
            for reason, (name, secret) in reasons.items():
                number += 1
                right = secret is None
                if right and _:
                    continue                        # the same secret again is refused from memory, for whatever reason
                took, status = attempt(server, f"127.{number % 200 + 1}.{number % 250}.1", name.format(number), PASSWORD if right else f"wrong {number}")
                if status == 401:
                    times[reason].append(took * 1000)
    server.stop()
    return {reason: {"n": len(each), "quartiles ms": [round(value, 2) for value in statistics.quantiles(each, n=4)]} for reason, each in times.items()}


if __name__ == "__main__":
    main()

"""What a backup takes: time and memory, the first, one with nothing new, and a restore; and whether anything is missed while files are moved.

    .venv-test/bin/python tests/load/backups.py [FILES]
"""
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import requests  # noqa: E402

from conftest import Server  # noqa: E402


def watch(peaks, ended):
    """Note the most memory that each restic and each command of ours took, KiB."""
    while not ended.is_set():
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                facts = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                command = (status.parent / "cmdline").read_bytes()
            except OSError:
                continue
            name = "restic" if facts["Name"].strip() == "restic" else "hearth backup" if b"\0backup\0" in command and b"python" in command.split(b"\0")[0] else None
            if name and "VmHWM" in facts:
                peaks[name] = max(peaks.get(name, 0), int(facts["VmHWM"].split()[0]))
        time.sleep(0.05)


def timed(title, work):
    """Do it, and print what it took."""
    peaks, ended = {}, threading.Event()
    watching = threading.Thread(target=watch, args=(peaks, ended))
    watching.start()
    begun = time.monotonic()
    try:
        return work()
    finally:
        ended.set()
        watching.join()
        print(f"{title:34} {time.monotonic() - begun:7.1f} s  " + "  ".join(f"{name} {peak / 1024:.0f} MiB" for name, peak in sorted(peaks.items())), flush=True)


def main(files):
    """Measure, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="hearth-backups-") as folder:
        server, chance = Server(folder), random.Random(1)
        server.cli("user", "add", "ann", "--password-stdin", input="correct horse battery staple\n")
        server.start()
        auth, home = ("ann", "correct horse battery staple"), server.data / "people/ann"
        requests.get(f"{server.url}/graph/v1.0/me/drive", auth=auth, timeout=30).raise_for_status()
        for number in range(files):
            place = home / f"{number % 97:02}" / f"{number % 13:02}"
            if number < 97 * 13:
                place.mkdir(parents=True, exist_ok=True)
            (place / f"{number}.bin").write_bytes(chance.randbytes(3000) + b"%d" % number)
        for number in range(20):
            (home / f"film {number}.mp4").write_bytes(chance.randbytes(5 << 20))
        kept = str(Path(folder) / "kept")
        timed(f"first, {files} files, 100 MB more", lambda: server.cli("backup", "create", kept, "--same-disk"))
        timed("again, nothing new", lambda: server.cli("backup", "create", kept))
        key = server.cli("backup", "sheet", "--json").stdout.split('"key": "')[1].split('"')[0]
        new = Server(Path(folder) / "new")
        new.folder.mkdir()
        timed("restore", lambda: new.cli("backup", "restore", kept, input=key + "\n"))
        subprocess.run(["rm", "-rf", new.data], check=True)
        moved, stop = [0], threading.Event()

        def move():
            session = requests.Session()
            session.auth = auth
            while not stop.is_set():
                here = chance.choice(os.listdir(home))
                name = f"{chance.randrange(10**9)}"
                target = f"{server.url}/dav/files/ann/{chance.choice(['00', '96', here])}/{name}" if here.startswith("film") else f"{server.url}/dav/files/ann/{name}"
                if session.request("MOVE", f"{server.url}/dav/files/ann/{here}", headers={"Destination": target}).status_code == 201:
                    moved[0] += 1
                time.sleep(0.02)
        moving = threading.Thread(target=move)
        moving.start()
        threading.Timer(6, stop.set).start()
        told = timed("while folders are moved, 6 s", lambda: server.cli("backup", "create", kept, check=False))
        stop.set()
        moving.join()
        new.cli("backup", "restore", kept, input=key + "\n")
        there = {path.read_bytes()[3000:] for path in new.data.glob("people/ann/**/*.bin")}
        print(f"  {moved[0]} moves; {told.stdout.strip().splitlines()[-1][:150]}; {files - len(there)} of {files} files missed")
        server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)

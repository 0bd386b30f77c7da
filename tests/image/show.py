"""Boots the image in QEMU and shows what it promises; prints a figure a line. Started by image-build/test.sh, not by pytest:
it takes an hour of an idle machine with two cores.

    show.py IMAGE --work FOLDER [--only start,load,…] [--cuts 10]
"""
import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import requests

from box import PATIENCE, GUEST, Box

READY = "echo $(($(systemctl show hearth -p ActiveEnterTimestampMonotonic --value) / 1000000))"     # s of the guest from its kernel's first line


def tell(name, value):
    """One figure, at once: a run that breaks off leaves those that it had."""
    print(time.strftime("%H:%M"), f"{name:42} {value}", flush=True)


def start(box):
    """The first start: partitions, ssh by hearth.toml, set-up over HTTP, a WebDAV round trip, no unit failed."""
    box.settings()
    box.power_on()
    tell("first start: power to /ready, s of this machine", box.ready())
    tell("the same, s of the guest", box.run(READY).strip())
    box.set_up()
    body = os.urandom(1 << 20)
    put = requests.put(f"{box.dav}/first.bin", body, auth=box.auth, timeout=300)
    assert put.status_code == 201, put.text
    assert requests.get(f"{box.dav}/first.bin", auth=box.auth, timeout=300).content == body
    tell("WebDAV round trip of 1 MiB", "same bytes")
    box.run("systemctl is-system-running --wait || true")
    failed = box.run("systemctl --failed --no-legend --plain").strip()
    tell("units that failed", failed or "none")
    tell("name, machine-id, root's password", box.run("hostname; cut -c1-8 /etc/machine-id; passwd -S root | cut -d' ' -f2").split())
    tell("partitions", box.run("lsblk -rno NAME,SIZE,LABEL,MOUNTPOINT /dev/vda; findmnt -no SOURCE /srv/hearth").replace("\n", "; "))
    tell("listening", box.run("ss -Hltn | awk '{print $4}' | sort | tr '\\n' ' '").strip())
    tell("root used, MiB", box.run("df -m --output=used / | tail -1").strip())
    tell("slowest units", box.run("systemd-analyze blame --no-pager | head -6 | tr -s ' ' | tr '\\n' ';'"))
    box.run("sleep 30")
    tell("memory at rest, MiB", json.dumps(box.memory()))
    before = int(box.run("awk '{print $7}' /sys/block/vda/stat"))
    box.run("sleep 120")
    tell("written to the card in 2 min at rest, KiB", (int(box.run("awk '{print $7}' /sys/block/vda/stat")) - before) // 2)
    assert not failed, failed


def load(box, seconds=60):
    """Four programs at once: uploads, downloads, listings; how many, and the least memory there was meanwhile."""
    stop, counts, wrong = time.monotonic() + seconds, {"put": 0, "get": 0, "list": 0}, []

    def work(number):
        session, chance = requests.Session(), random.Random(number)
        session.auth = box.auth
        while time.monotonic() < stop:
            body = chance.randbytes(chance.choice((2000, 60_000, 800_000)))
            name = f"{box.dav}/load-{number}-{chance.randrange(30)}.bin"
            try:
                assert session.put(name, body, timeout=120).status_code in (201, 204)
                counts["put"] += 1
                assert session.get(name, timeout=120).content == body
                counts["get"] += 1
                assert session.request("PROPFIND", box.dav, headers={"Depth": "1"}, timeout=120).status_code == 207
                counts["list"] += 1
            except (AssertionError, requests.RequestException) as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    least = []
    while time.monotonic() < stop:
        least.append(box.memory())
    for thread in threads:
        thread.join()
    tell("requests under load", json.dumps(counts | {"wrong": len(wrong)}))
    tell("memory under load, MiB", json.dumps({"least available": min(each["available"] for each in least), "most pss": max(each["pss"] for each in least),
                                            "peak of the service": least[-1]["peak"], "most swapped": max(each["swapped"] for each in least)}))
    assert not wrong, wrong[:3]


def cuts(box, times):
    """Power cuts in the middle of uploads; everything that was answered must be there, byte for byte, after the next start."""
    acknowledged, chance, lost, odd = {}, random.Random(7), [], []
    for turn in range(times):
        end = time.monotonic() + chance.uniform(4, 14)
        cut = threading.Timer(end - time.monotonic(), box.cut)
        cut.start()
        hands = [threading.Thread(target=_write, args=(box, turn, hand, acknowledged)) for hand in range(3)]
        for hand in hands:
            hand.start()
        cut.join()
        for hand in hands:
            hand.join()
        box.power_on()
        took = box.ready()
        for name, sums in list(acknowledged.items()):
            answer = requests.get(f"{box.dav}/{name}", auth=box.auth, timeout=300)
            found = hashlib.sha256(answer.content).hexdigest() if answer.status_code == 200 else answer.status_code
            if found == sums["sent"]:               # the one that was on its way when the power went may be there, too
                sums["sure"] = found
            elif found != sums["sure"]:
                (lost if sums["sure"] else odd).append((name, found))
        print(f"  cut {turn + 1}: {len(acknowledged)} files, lost {len(lost)}, ready after {took} s", flush=True)
    sure = sum(1 for sums in acknowledged.values() if sums["sure"])
    tell(f"{times} power cuts: uploads answered, files, lost", f"{sum(sums['answers'] for sums in acknowledged.values())}, {sure}, {len(lost)}")
    tell("fsck and check after them", box.run("journalctl -b --no-pager -o cat | grep -c 'recovering journal' || true; hearth check | tail -1").replace("\n", " "))
    assert not lost, lost[:5]


def _write(box, turn, hand, acknowledged):
    session, chance, count = requests.Session(), random.Random(turn * 10 + hand), 0
    session.auth = box.auth
    while box.process.poll() is None:
        name = f"cut-{hand}-{count % 12}.bin"       # overwritten again and again, and new ones
        body = chance.randbytes(chance.choice((10, 5000, 200_000)))
        sums = acknowledged.setdefault(name, {"sure": None, "sent": None, "answers": 0})
        sums["sent"], count = hashlib.sha256(body).hexdigest(), count + 1
        try:
            if session.put(f"{box.dav}/{name}", body, timeout=60).status_code in (201, 204):
                sums["sure"], sums["answers"] = sums["sent"], sums["answers"] + 1
        except requests.RequestException:
            return


def update(box):
    """A change that works is kept."""
    before = box.run("hearth-system status").splitlines()[0]
    began = time.monotonic()
    box.run("hearth-system --later try sh -c 'echo new > /etc/hearth/tried'")
    tell("copy to the other system, s", round(time.monotonic() - began))
    box.run("systemctl reboot", last=True)
    box.ended()
    box.power_on()
    box.ready()
    _settled(box, "done:")
    assert box.run("cat /etc/hearth/tried").strip() == "new" and box.starts[-1] == "b", box.starts
    tell("update: systems started", f"{box.starts}; before: {before.split()[1]}")
    tell("config.txt names", [line for line in box.read("config.txt").splitlines() if line.startswith("os_prefix")][0])



def broken(box):
    """A change that breaks the program, and one that leaves nothing to start: the system before comes back."""
    kept = box.starts[-1]
    began = time.monotonic()
    box.run("hearth-system try rm -r /opt/hearth/current", last=True)
    box.ended()
    tell("another copy and restart, s", round(time.monotonic() - began))
    mark = len(box.starts)
    box.power_on()
    box.ready()
    _settled(box, "failed:")
    tell("broken update: systems started", box.starts[mark:])
    assert box.starts[-1] == kept and len(set(box.starts[mark:])) == 2, box.starts
    tell("it says", box.run("cat /var/lib/hearth-box/last").strip())

    box.run("hearth-system try sh -c 'rm -r /usr/lib/systemd/systemd /usr/sbin/init'", last=True)       # one that does not even start
    box.ended()
    mark = len(box.starts)
    box.power_on()
    box.ready()
    _settled(box, "failed:")
    tell("system without init: systems started", box.starts[mark:])
    assert requests.get(f"{box.dav}/first.bin", auth=box.auth, timeout=300).status_code == 200


def _settled(box, word):
    for _ in range(120):
        if box.run("cat /var/lib/hearth-box/last; ls /boot/firmware").startswith(word) and not (box.read("tried.txt") or box.read("trial.txt")):
            return
        time.sleep(5)
    raise AssertionError(box.run("cat /var/lib/hearth-box/last; ls /boot/firmware; journalctl -b -u hearth-confirm --no-pager"))


def rescue(box):
    """Who holds the card gets in again, also with the name that Windows gives the file; and how long a start takes that is not the first."""
    box.cut()
    box.write("hearth-rescue.txt.txt", f"{box.auth[0]}\r\n")
    box.power_on()
    tell("second start: power to /ready, s of this machine", box.ready())
    tell("the same, s of the guest", box.run(READY).strip())
    said = box.read("hearth-rescued.txt") or "nothing"
    box.auth = box.auth[0], next((line.strip() for line in said.splitlines() if line.startswith("    ")), said)
    assert requests.get(f"{box.dav}/first.bin", auth=box.auth, timeout=300).status_code == 200, said
    tell("rescue by a file on the boot partition", "signed in with the password of hearth-rescued.txt")


def disk(image, folder):
    """A disk on USB called hearth is taken at the first start; without it the box offers nothing, and with it all is there again."""
    box = Box(image, folder / "disk")
    plugged = box.folder / "usb.img"
    plugged.unlink(missing_ok=True)
    subprocess.run(["truncate", "-s", "2G", plugged], check=True)
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-L", "hearth", plugged], check=True)
    box.settings()
    try:
        box.disk = plugged
        box.power_on()
        box.ready()
        tell("disk on USB: what people keep lies on", box.run("findmnt -no SOURCE,FSTYPE /srv/hearth").strip())
        box.set_up()
        assert requests.put(f"{box.dav}/first.txt", b"kept", auth=box.auth, timeout=300).status_code == 201
        box.cut()
        box.disk = None
        box.power_on()
        said = box.run("systemctl start hearth-says; cat /boot/firmware/hearth-says.txt; systemctl is-active hearth; ls /srv/hearth | wc -l")
        tell("without it", said.replace("\r", "").replace("\n", "; "))
        assert "disk with the files is not there" in said and "inactive" in said and said.split()[-1] == "0", said
        box.cut()
        box.disk = plugged
        box.power_on()
        box.ready()
        assert requests.get(f"{box.dav}/first.txt", auth=box.auth, timeout=300).content == b"kept"
        tell("and with it again", "the file is there")
    finally:
        box.cut()


def pi(image, folder, machine):
    """A board as far as QEMU has it: its card slot, and no network, because the guest finds none behind QEMU's USB. Hearth tells systemd that it is ready, and that the console."""
    box = Box(image, folder / machine, machine, "8G")      # the smallest that a box takes; QEMU wants a power of two
    box.settings()
    # QEMU's model of the 3A+ lacks what this driver of the kernel looks for, which then panics.
    box.power_on(append="initcall_blacklist=bcm2835_power_driver_init" if machine == "raspi3ap" else "")
    try:
        while "hearth" not in box.marks:            # main() knows how long is too long
            assert box.process.poll() is None and "panic" not in box.marks, box.log.read_text(errors="replace")[-3000:]
            time.sleep(1)
    finally:
        tell(f"{machine}: s of this machine until the console says", json.dumps(box.marks))
        box.cut()


def bare(image, folder):
    """Plain Debian with the same packages and kernel on the same machine: until systemd says that all is started."""
    box = Box(image, folder / "bare")
    subprocess.run(["dd", f"if={os.environ['BARE_ROOT']}", f"of={box.card}", "bs=1M", f"seek={os.environ['BARE_SEEK']}", "conv=notrunc,sparse", "status=none"], check=True)
    box.power_on(append="systemd.log_target=kmsg printk.devkmsg=on loglevel=7")
    while GUEST not in box.marks and box.process.poll() is None:
        time.sleep(1)
    tell("bare Debian: console", json.dumps(box.marks))
    box.cut()


# What can be asked for, in this order: minutes after which it has failed, and whether it wants the box that "start" sets up.
STEPS = {"start": (start, 40, True), "load": (load, 20, True), "rescue": (rescue, 25, True), "cuts": (cuts, 60, True), "update": (update, 60, True), "broken": (broken, 90, True),
         "bare": (bare, 20, False), "disk": (disk, 60, False), "raspi3b": (pi, 30, False), "raspi3ap": (pi, 30, False)}


def _late(*_):
    raise TimeoutError("it took too long")


def main():
    """All of it, or what --only names. A step that fails does not take those after it along, unless no box was set up."""
    said = argparse.ArgumentParser()
    said.add_argument("image", type=Path)
    said.add_argument("--work", type=Path, required=True)
    said.add_argument("--only", default=",".join(STEPS), help="which of these; start comes before all that want its box")
    said.add_argument("--cuts", type=int, default=10)
    said = said.parse_args()
    wanted = said.only.split(",")
    if unknown := set(wanted) - set(STEPS):
        raise SystemExit(f"there is no {', '.join(unknown)}; there are: {', '.join(STEPS)}")
    signal.signal(signal.SIGALRM, _late)
    boxes = any(STEPS[each][2] for each in wanted)
    box, failed = Box(said.image, said.work / "box") if boxes else None, []
    for name, (step, minutes, boxed) in STEPS.items():
        if name not in wanted and not (name == "start" and boxes):
            continue
        if boxed and "start" in failed:
            continue
        words = (box, said.cuts) if step is cuts else (box,) if boxed else (said.image, said.work, name) if step is pi else (said.image, said.work)
        signal.alarm(minutes * 60 * PATIENCE // 1200)
        try:
            if boxed and box.process and box.process.poll() is not None:
                box.power_on()
                box.ready()
            step(*words)
        except Exception as error:                  # whatever it was, it is told and counts
            failed.append(name)
            tell(f"FAILED: {name}", f"{type(error).__name__}: {error}")
        finally:
            signal.alarm(0)
    if boxes and box.process and box.process.poll() is None:
        box.cut()
    tell("steps that failed", ", ".join(failed) or "none")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

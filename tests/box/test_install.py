"""install.sh on a booted Debian with systemd as process 1: fresh, twice, upgraded, broken and back, taken away, disks adopted.

In every run on this machine's own system. On Debian's releases, made by mmdebstrap from Debian's packages:
``HEARTH_BOX=bookworm,trixie ./install.sh test tests/box`` (some ten minutes the first time).
"""
import json
import os
import re
import subprocess
from pathlib import Path

import container
import pytest

from appliance.core import Bus, Config
from appliance.storage import Storage

PASSWORD = "correct horse battery staple"
KEPT = Path(os.environ.get("HEARTH_BOX_KEPT", "/var/cache/hearth-tests"))     # roots and wheels that are made once
RELEASES = [name for name in os.environ.get("HEARTH_BOX", "").split(",") if name]
pytestmark = pytest.mark.slow


@pytest.fixture(params=["this machine", *RELEASES])
def lower(request):
    """The root beneath a container, and the Python packages for it. Where no container boots, only a test that was asked for by name fails."""
    if why_not := container.why_not():
        (pytest.fail if RELEASES else pytest.skip)(why_not)
    KEPT.mkdir(parents=True, exist_ok=True)
    if request.param != "this machine":
        return container.system(KEPT, request.param), container.wheels(KEPT, container.PYTHONS[request.param])
    python = subprocess.run(["/usr/bin/python3", "-c", "import venv, ensurepip, sys; print('%d.%d' % sys.version_info[:2])"],
                            capture_output=True, text=True, check=False).stdout.strip()
    if not python:
        pytest.skip("this machine's own Python cannot make virtual environments (python3-venv)")
    return "/", container.wheels(KEPT, python)


@pytest.fixture
def disk(tmp_path):
    """A block device with what another box kept on it, owned by a user that is not known here; None where there are no loop devices."""
    (tmp_path / "disk").touch()
    os.truncate(tmp_path / "disk", 512 << 20)        # more than the reserve that is left alone
    subprocess.run(["mkfs.ext4", "-q", tmp_path / "disk"], check=True)
    made = subprocess.run(["losetup", "--find", "--show", tmp_path / "disk"], capture_output=True, text=True, check=False)
    if made.returncode:
        yield None
        return
    device, place = made.stdout.strip(), tmp_path / "mounted"
    place.mkdir()
    subprocess.run(["mount", device, place], check=True)
    Storage.open(Config(data=place, cache=tmp_path / "cache", reserve_bytes=0, reserve_percent=0.0), Bus()).close()
    subprocess.run(["chown", "-R", "871:871", place], check=True)
    subprocess.run(["umount", place], check=True)
    yield device
    subprocess.run(["losetup", "-d", device], check=True)


@pytest.fixture
def box(lower, disk):
    """A booted system with the sources in /root/hearth."""
    root, wheels = lower
    with container.Container(root, {wheels: "/mnt", **({disk: disk} if disk else {})}) as booted:
        source(booted, "/root/hearth")
        yield booted


def source(box, place):
    """Lay the sources, as git has them, into a folder inside."""
    box.path(place).mkdir(parents=True)
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "install.sh", "pyproject.toml", "appliance", "web", "systemd"],
                           cwd=container.ROOT, capture_output=True, check=True).stdout
    pack = subprocess.run(["tar", "-cf", "-", "-T", "-"], cwd=container.ROOT, input=names, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-xf", "-", "-C", box.path(place)], input=pack, check=True)


def install(box, *words, place="/root/hearth", check=True):
    """Run install.sh inside, without a network."""
    return box.run(f"{place}/install.sh", "--wheels", "/mnt", *words, check=check, timeout=500)


def other_version(box, place, file, text):
    """The sources once more, changed in one place, in a folder inside."""
    box.run("cp", "-a", "/root/hearth", place)
    with open(box.path(f"{place}/{file}"), "a") as out:
        out.write(text)


def ask(box, method, path, *words):
    """One request from inside, as Ann; status and body."""
    said = box.run("curl", "-sk", "-m", "30", "-X", method, "-u", f"ann:{PASSWORD}", "-w", "\n%{http_code}", *words, f"http://127.0.0.1{path}").stdout
    body, _, status = said.rpartition("\n")
    return int(status), body


def version(box):
    """Which one runs."""
    return os.readlink(box.path("/opt/hearth/current"))


@pytest.mark.timeout(1500)
def test_the_life_of_a_box(box, disk):
    """From nothing to a service that is upgraded, survives a bad upgrade, goes, finds its files again, and takes the disk of another box."""
    first = install(box)
    assert "Make the first account" in first.stderr and re.search(r"/setup\?code=[a-z0-9]{16}", first.stderr), first.stderr
    assert "This is going to happen" in first.stderr and "make an empty storage in /srv/hearth" in first.stderr
    box.run("hearth", "user", "add", "ann", "--password-stdin", input=PASSWORD + "\n")
    assert ask(box, "PUT", "/remote.php/webdav/a.txt", "-d", "kept")[0] == 201
    assert ask(box, "GET", "/remote.php/webdav/a.txt") == (200, "kept")
    assert ask(box, "PROPFIND", "/remote.php/webdav/", "-H", "Depth: 1")[0] == 207
    assert box.run("hearth", "version").stdout.strip() == f"hearth {version(box)}"

    encrypted(box)
    confined(box)
    pictured(box)
    watched(box)
    if RELEASES:
        cared_for(box)

    again = install(box)
    assert "runs already" in again.stderr and "code=" not in again.stderr
    before = version(box)

    other_version(box, "/root/newer", "appliance/core/release.py", "\n# newer\n")
    assert f"changing over from {before}" in install(box, place="/root/newer").stderr
    newer = version(box)
    assert newer != before and ask(box, "GET", "/remote.php/webdav/a.txt") == (200, "kept")

    other_version(box, "/root/broken", "appliance/cli/serve.py", "\ndef run(config, given):\n    raise errors.Unavailable('This version is broken.')\n")
    broken = install(box, place="/root/broken", check=False)
    assert broken.returncode == 1 and f"going back to {newer}" in broken.stderr and "This version is broken" in broken.stderr, broken.stderr
    assert "runs again, and nothing of what people keep was changed" in broken.stderr
    assert version(box) == newer and ask(box, "GET", "/remote.php/webdav/a.txt") == (200, "kept")
    assert {path.name for path in box.path("/opt/hearth").iterdir() if path.is_dir() and not path.is_symlink()} == {before, newer}

    # Cut off while it tried another version: the next run knows which one was good. Options of a user with another number are given to this one.
    box.sh(f"echo {before} > /opt/hearth/trying; systemctl stop hearth; chgrp 4242 /etc/hearth/hearth.toml")
    install(box, place="/root/newer")
    assert version(box) == newer and not box.path("/opt/hearth/trying").exists()

    gone = install(box, "uninstall")
    assert "What people keep in /srv/hearth stays" in gone.stderr
    assert not box.path("/opt/hearth").exists() and not box.path("/usr/local/bin/hearth").exists()
    assert box.run("systemctl", "list-unit-files", "--no-legend", "hearth*", check=False).stdout == ""
    assert box.path("/srv/hearth/people/ann/a.txt").read_text() == "kept" and box.path("/etc/hearth/hearth.toml").exists()
    if RELEASES:
        assert "keep what lies in /srv/hearth" in install(box).stderr
        assert ask(box, "GET", "/remote.php/webdav/a.txt") == (200, "kept")
        install(box, "uninstall")
    if disk and RELEASES:
        moved_in(box, disk)


def moved_in(box, disk):
    """A disk that holds what a box kept is mounted and served as it is, by a user of its owner's number."""
    box.sh("mv /srv/hearth /srv/before; userdel hearth")
    done = install(box, "--disk", disk)
    assert "what a Hearth box keeps on it" in done.stderr
    assert box.run("findmnt", "-no", "SOURCE", "/srv/hearth").stdout.strip() == disk
    assert box.run("id", "-u", "hearth").stdout.strip() == box.run("stat", "-c", "%u", "/srv/hearth/.hearth/FORMAT").stdout.strip() == "871"
    unit = box.path("/etc/systemd/system/srv-hearth.mount").read_text()
    assert f"What={disk}" in unit                    # its own number, where udev gives names; not in a container
    box.run("hearth", "user", "add", "ann", "--password-stdin", input=PASSWORD + "\n")
    assert ask(box, "PUT", "/remote.php/webdav/a.txt", "-d", "kept")[0] == 201
    box.sh("systemctl stop hearth; umount /srv/hearth")
    assert not box.path("/srv/hearth/.hearth").exists()


def encrypted(box):
    """HTTPS is there by itself, and a device that knows the box's authority sees no warning."""
    box.sh("for i in $(seq 300); do curl -sf -o /root/ca.der http://127.0.0.1/ca.crt && break; sleep 0.2; done; openssl x509 -inform der -in /root/ca.der -out /root/ca.crt")
    name = ("--cacert", "/root/ca.crt", "--resolve", "hearth.local:443:127.0.0.1", "https://hearth.local/ready")
    assert box.sh("for i in $(seq 100); do " + " ".join(("curl", "-sf", *name)) + " && break; sleep 0.3; done").stdout == "ready\n"
    assert box.run("hearth", "certificate").stdout.startswith("well: ")


PROBE = """import os
from appliance.confined import confine
before = os.readlink("/proc/self/ns/net")
confine.confine([])
try:
    print("connected" if os.readlink("/proc/self/ns/net") == before else "alone")
    open("/etc/hostname").close()
    print("open")
except OSError:
    print("closed")
"""


def probe(box, unit):
    """What a child of ours gives up in a unit like this one."""
    place = "/opt/hearth/current/probe.py"
    box.sh(f"cat > {place}", input=PROBE)
    kept = [line for line in unit.partition("[Install]")[0].splitlines()
            if not line.startswith(("Type=", "Exec", "Restart", "Watchdog", "OnFailure", "NotifyAccess"))]
    text = "\n".join(kept).replace("[Service]", f"[Service]\nType=oneshot\nExecStart=/opt/hearth/current/venv/bin/python -I {place}")
    box.path("/etc/systemd/system/probe.service").write_text(text)
    box.sh(f"systemctl daemon-reload; systemctl start probe; rm {place}")
    return box.sh("journalctl -u probe -o cat --no-pager | grep -xE 'connected|alone|open|closed' | tail -n 2").stdout.split()


def confined(box):
    """What the unit promises holds where it runs: for the server, and for the program that opens strangers' pictures."""
    free = probe(box, "[Unit]\n[Service]\nUser=hearth\n")    # what this kernel gives to anybody: Landlock is not in each
    assert free and probe(box, box.path("/usr/local/lib/systemd/system/hearth.service").read_text()) == free, free
    pid = box.run("systemctl", "show", "hearth", "-p", "MainPID", "--value").stdout.strip()
    status = dict(line.split(":\t", 1) for line in box.run("cat", f"/proc/{pid}/status").stdout.splitlines() if ":\t" in line)
    assert status["CapEff"].strip() == "0000000000000400" and status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
    assert "no" in box.sh(f"nsenter -t {pid} -m sh -c 'touch /usr/x 2>/dev/null && echo yes || echo no'").stdout
    for unit in box.path("/opt/hearth/units").read_text().split():
        if unit.endswith(".service"):
            said = box.run("systemd-analyze", "security", "--no-pager", unit, check=False).stdout
            assert float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1]) <= 2.0, said
        assert box.run("systemd-analyze", "verify", "--man=no", f"/usr/local/lib/systemd/system/{unit}").stderr == "", unit


def pictured(box):
    """The programs that open strangers' files work in the unit's sandbox: ours, and Debian's where they are there."""
    box.sh("/opt/hearth/current/venv/bin/python -c \"from PIL import Image; Image.new('RGB', (64, 64), 'red').save('/root/a.png')\"")
    box.path("/root/a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="red"/></svg>')
    for name, program in (("a.png", "sh"), ("a.svg", "rsvg-convert")):
        if box.run("which", program, check=False).returncode == 0:
            assert ask(box, "PUT", f"/remote.php/webdav/{name}", "-T", f"/root/{name}")[0] == 201
            assert ask(box, "GET", f"/remote.php/webdav/{name}?preview=1&x=36&y=36&scalingup=0", "-o", "/root/small")[0] == 200, name
            assert box.path("/root/small").read_bytes()[1:3] in (b"PN", b"\xd8\xff"), name


def watched(box):
    """A server that hangs is ended by systemd and comes back; one that is killed comes back, too."""
    box.sh("kill -9 $(systemctl show hearth -p MainPID --value)")
    box.run("hearth", "ready", "--wait", "60")
    assert int(box.run("systemctl", "show", "hearth", "-p", "NRestarts", "--value").stdout) == 1
    says = "/bin/sh /opt/hearth/current/systemd/says"
    assert box.sh(says).stdout == ""
    box.sh("systemctl stop hearth")
    assert "switched off" in box.sh(says).stdout
    box.sh("systemctl start hearth; systemctl start hearth-check hearth-certificate hearth-says; systemctl is-failed hearth-check hearth-certificate hearth-says",
           check=False)
    assert box.run("systemctl", "list-units", "--failed", "--plain", "--no-legend", "hearth*").stdout == ""


def cared_for(box):
    """Units that look after the box do so, confined as they are: a backup that is due, the disks, and a way back in."""
    for unit in ("hearth-backup", "hearth-disks", "hearth-rescue", "hearth-keep"):      # nothing is due, nobody asks, no disk is there
        box.run("systemctl", "start", unit)
    box.sh("install -d -o hearth /media/kept && hearth backup set /media/kept/hearth --same-disk && systemctl start hearth-backup")
    shown = json.loads(box.run("hearth", "backup", "show", "--json").stdout)
    assert shown["last"]["state"] == "done", shown
    box.sh("hearth backup stop; mkdir -p /boot/firmware; echo ann > /boot/firmware/hearth-rescue.txt; systemctl restart hearth")
    box.run("hearth", "ready", "--wait", "60")
    said = box.path("/boot/firmware/hearth-rescued.txt").read_text()
    fresh = next(line.strip() for line in said.splitlines() if line.startswith("    "))
    assert not box.path("/boot/firmware/hearth-rescue.txt").exists() and ask(box, "GET", "/remote.php/webdav/a.txt")[0] == 401
    assert box.sh(f"curl -sk -u ann:{fresh} http://127.0.0.1/remote.php/webdav/a.txt").stdout == "kept"
    box.run("hearth", "user", "passwd", "ann", "--password-stdin", input=PASSWORD + "\n")
    assert box.run("systemctl", "list-units", "--failed", "--no-legend", "hearth*").stdout == ""


def test_what_is_refused_changes_nothing(box):
    """Wrong places, foreign files and other programs' ports are refused before anything is done, with what to do."""
    def refused(*words):
        done = install(box, *words, check=False)
        assert done.returncode == 1 and not box.path("/opt/hearth").exists() and not box.path("/etc/hearth").exists(), done.stderr
        return done.stderr
    box.sh("mkdir -p /srv/other /srv/half/people; echo mine > /srv/other/mine.txt")
    assert "not empty" in refused("--data", "/srv/other")
    assert "not the whole storage" in refused("--data", "/srv/half")
    assert "belongs to the system" in refused("--data", "/usr/share")
    assert "is no disk" in refused("--disk", "/dev/nothing")
    box.sh("truncate -s 1M /root/blank; mkdir -p /srv/newer/.hearth; printf '99\\n' > /srv/newer/.hearth/FORMAT")
    assert "newer Hearth" in refused("--data", "/srv/newer")
    box.sh("systemd-run -q --unit=other python3 -m http.server 80; for i in $(seq 100); do curl -s -o /dev/null http://127.0.0.1/ && break; sleep 0.1; done")
    assert "listens at port 80 already" in refused()

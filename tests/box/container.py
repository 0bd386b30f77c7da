"""A Debian system booted with systemd as process 1, in a container of systemd-nspawn with no network but its own loopback.

Its root is this machine's own, or one that mmdebstrap made, with a layer over it that goes afterwards.
"""
import functools
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
SYSTEM = ("systemd", "systemd-sysv", "dbus", "udev", "ca-certificates", "curl", "procps", "iproute2", "e2fsprogs", "util-linux",
          "python3", "python3-venv", "avahi-daemon", "restic", "openssl")
PATIENCE = 120                                      # seconds for one command, or the start


@functools.cache
def why_not():
    """Why no container can be booted here; None where one can: a bare one, with nothing of ours inside, was."""
    if os.geteuid() != 0:
        return "not root: systemd-nspawn needs it"
    for program in ("systemd-nspawn", "nsenter"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if "overlay" not in Path("/proc/filesystems").read_text() and subprocess.run(["modprobe", "-q", "overlay"], check=False).returncode:
        return "the kernel has no overlayfs"
    if not Path("/sys/fs/cgroup").is_dir():
        return "there are no control groups"
    try:
        with Container():
            return None
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        return f"a bare container does not boot here: {error}"


def wheels(folder, python):
    """The locked Python packages as files for one version of Python, in a folder that is filled once for each lock file."""
    lock = ROOT / "appliance" / "requirements.lock"
    place = Path(folder) / f"wheels-{python}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not (place / "whole").exists():
        tags = [word for tag in ("manylinux2014_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_x86_64") for word in ("--platform", tag)]
        pip = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps", "--dest", place]
        subprocess.run([*pip, "--require-hashes", "--python-version", python, "--implementation", "cp", *tags,
                        "-r", lock], check=True, timeout=600)
        subprocess.run([*pip, "setuptools>=68", "wheel", "packaging"], check=True, timeout=600)    # what comes as source (wsgidav) is built with it
        (place / "whole").touch()
    return place


def system(folder, release):
    """A root of a Debian release, made once by mmdebstrap."""
    place = Path(folder) / release
    if not (place / "whole").exists():
        subprocess.run(["rm", "-rf", place], check=True)
        subprocess.run(["mmdebstrap", "--mode=root", "--variant=minbase", "--quiet", "--dpkgopt=force-unsafe-io", "--aptopt=Acquire::Languages none",
                        f"--include={','.join(SYSTEM)}", release, place], check=True, timeout=1800)
        (place / "whole").touch()
    return place


class Container:
    """``lower`` is the root beneath; ``binds`` are folders or devices of ours that are seen inside, ``{outside: inside}``."""

    def __init__(self, lower="/", binds=()):
        self.folder = Path(tempfile.mkdtemp(prefix="hearth-box-", dir="/var/tmp"))
        self.lower, self.binds, self.root, self.leader, self.process = lower, dict(binds), self.folder / "root", None, None

    def __enter__(self):
        try:
            return self._boot()
        except BaseException:
            self.__exit__()
            raise

    def _boot(self):
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir()
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                        f"lowerdir={self.lower},upperdir={self.folder}/upper,workdir={self.folder}/work", self.root], check=True)
        self._plain()
        command = ["systemd-nspawn", "-q", "-D", self.root, "--register=no", "--keep-unit", "--private-network", "--console=pipe",
                   "--hostname=box", "--machine=box" + self.folder.name.encode().hex()[-16:], *(f"--bind={out}:{inside}" for out, inside in self.binds.items()),
                   "--boot", "--", "systemd.unit=test.target", "systemd.log_level=warning"]
        with open(self.folder / "console.log", "wb") as console:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
                                            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        self.leader = self._wait(self._find_leader, "the container did not start")
        self._wait(lambda: self.run("systemctl", "is-active", "test.target", check=False).stdout == "active\n", "systemd inside did not get ready")
        return self

    def _plain(self):
        """A system of its own name that starts nothing of this machine's."""
        (self.root / "etc" / "machine-id").write_text("")
        units = self.root / "etc" / "systemd" / "system"
        (units / "test.target").write_text("[Unit]\nDescription=As far as the tests need it\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n")
        for name in ("systemd-resolved", "systemd-timesyncd", "systemd-networkd", "systemd-firstboot", "docker.socket", "apt-daily.timer"):
            mask = units / (name if "." in name else name + ".service")
            mask.unlink(missing_ok=True)
            mask.symlink_to("/dev/null")
        (self.root / "etc" / "fstab").write_text("")
        (self.root / "etc" / "resolv.conf").unlink(missing_ok=True)
        (self.root / "etc" / "resolv.conf").write_text("")    # so that looking for a network ends at once
        for gone in ("opt/hearth", "etc/hearth", "srv/hearth", "var/cache/hearth"):
            subprocess.run(["rm", "-rf", self.root / gone], check=True)

    def _find_leader(self):
        """The process that is number 1 inside: the only child of systemd-nspawn."""
        for child in _children(self.process.pid):
            with suppress(OSError):
                if Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                    return child
        return None

    def _wait(self, check, complaint):
        deadline = time.monotonic() + PATIENCE
        while not (found := check()):
            assert time.monotonic() < deadline and self.process.poll() is None, f"{complaint}: {self._state()}"
            time.sleep(0.1)
        return found

    def _state(self):
        """What systemd-nspawn said, how it ended, and the processes below it where it has not."""
        below, states = [self.process.pid], []
        while below and len(states) < 20:
            pid = below.pop(0)
            below += _children(pid)
            with suppress(OSError):
                states.append(" ".join([str(pid), Path(f"/proc/{pid}/comm").read_text().strip(), Path(f"/proc/{pid}/wchan").read_text(),
                                        Path(f"/proc/{pid}/cgroup").read_text().split()[-1]]))
        said = (self.folder / "console.log").read_text(errors="replace")[-2000:].strip()
        return f"{said!r}, exit code {self.process.poll()}, {states}"

    def run(self, *words, check=True, timeout=PATIENCE, input=None):
        """Run a command inside as root, in its namespaces and its control group; what it said."""
        done = subprocess.run(["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                               "HOME=/root", "LANG=C.UTF-8", *map(str, words)], capture_output=True, text=True, timeout=timeout, check=False,
                              input=input)
        assert not check or done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def sh(self, script, **options):
        """The same for a line of shell."""
        return self.run("sh", "-c", script, **options)

    def path(self, inside):
        """Where a path of the inside lies for us."""
        return self.root / str(inside).lstrip("/")

    def __exit__(self, *error):
        if self.leader:
            with suppress(ProcessLookupError):
                os.kill(self.leader, signal.SIGRTMIN + 4)    # power off (systemd(1))
        if self.process:
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                if self.leader:
                    with suppress(ProcessLookupError):
                        os.kill(self.leader, signal.SIGKILL)
                self.process.wait(10)
        subprocess.run(["umount", "-l", self.root], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", self.folder], check=False)


def _children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []

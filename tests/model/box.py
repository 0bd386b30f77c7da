"""A server of its own on a small disk, to which anything may happen: full, gone and back, killed and started again."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[2]
MEBI = 1 << 20
DISK = 200 * MEBI
RESERVE = 4 * MEBI


class Person(NamedTuple):
    """Somebody with an empty home."""

    name: str
    password: str
    space: str


class Box:
    """The server process and its disk: an ext4 image on a loop device for root, else a plain folder that never fills up."""

    def __init__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="hearth-model-", dir="/var/tmp"))
        self._disk = self._folder / "disk"
        self._disk.mkdir()
        self.small = self._mount_image()
        self.data = self._disk / "data"
        (self._folder / "hearth.toml").write_text(f"reserve_percent = 0.0\nreserve_bytes = {RESERVE}\n")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._environ = dict(os.environ, HEARTH_DATA=str(self.data), HEARTH_CACHE=str(self._folder / "cache"),
                             HEARTH_CONFIG=str(self._folder / "hearth.toml"), HEARTH_LISTEN=self.url)
        self._process = None
        self.cli("setup", "--admin", "admin", "--password-stdin", text="the first password\n")
        self.start()

    def _mount_image(self):
        image = self._folder / "image"
        if os.geteuid() != 0 or not (shutil.which("mkfs.ext4") or os.path.exists("/sbin/mkfs.ext4")):
            return False
        with open(image, "wb") as file:
            file.truncate(DISK)
        environ = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")
        made = subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], env=environ, capture_output=True)
        return made.returncode == 0 and subprocess.run(["mount", "-o", "loop", str(image), str(self._disk)], env=environ, capture_output=True).returncode == 0

    def cli(self, *words, text=None):
        """Run a command of hearth; return what it printed."""
        done = subprocess.run([sys.executable, "-m", "appliance", *words], env=self._environ, cwd=PROJECT, input=text, capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self):
        """Start the server, and wait until it is ready."""
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen([sys.executable, "-m", "appliance", "serve"], env=self._environ, cwd=PROJECT, stdout=subprocess.PIPE, stderr=log,
                                             text=True)
        line = self._process.stdout.readline()
        assert line.startswith("ready "), line + self.log()[-3000:]

    def log(self):
        """Return what the server wrote to stderr."""
        return (self._folder / "log").read_text(errors="replace")

    def kill(self):
        """Pull the plug of the process."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    @contextlib.contextmanager
    def full(self, left=2 * MEBI):
        """While the block runs, someone else has filled the disk: only ``left`` bytes above the reserve are free."""
        ballast = self._disk / "ballast"
        room = os.statvfs(self._disk)
        with open(ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - RESERVE - left)
        try:
            yield
        finally:
            ballast.unlink()

    @contextlib.contextmanager
    def gone(self):
        """While the block runs, the data folder is not there."""
        away = self._disk / "away"
        self.data.rename(away)
        try:
            yield
        finally:
            away.rename(self.data)

    def close(self):
        """Stop the server, and remove all."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(40)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process.stdout.close()
        if self.small:
            for _ in range(20):
                if subprocess.run(["umount", str(self._disk)], capture_output=True).returncode == 0:
                    break
                time.sleep(0.1)
            else:
                subprocess.run(["umount", "-l", str(self._disk)], capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)

"""A box in QEMU, started from a copy of the image as a Pi's firmware starts one: read config.txt, take what ``os_prefix`` names.

QEMU has no such firmware, so this stands in for it: ``Box.firmware`` is the only part of a start that is not the image's own.
A guest that starts anew ends QEMU (``-no-reboot``), and the stand-in reads config.txt again.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import requests

BOOT = 4 << 20                                      # where the boot partition begins
PATIENCE = int(os.environ.get("PATIENCE", 1200))    # s; an emulated processor on a busy machine, which may be busier still
GUEST = "started, s of the guest"                    # systemd's own last word, where it goes to the console
COLOURS = re.compile(rb"\x1b\[[0-9;]*m")
BOARDS = {"raspi3b": "bcm2837-rpi-3-b.dtb", "raspi3ap": "bcm2837-rpi-3-a-plus.dtb"}


def free_port():
    """A port of loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Box:
    """One card and the machine it is put into. ``machine`` is QEMU's "virt" (512 MB, as a Zero 2 W has) or one of BOARDS."""

    def __init__(self, image, folder, machine="virt", size="6G"):
        self.folder, self.machine = Path(folder), machine
        self.folder.mkdir(parents=True, exist_ok=True)
        self.card, self.key, self.log = self.folder / "card.img", self.folder / "key", self.folder / "serial.log"
        subprocess.run(["cp", "--sparse=always", image, self.card], check=True)
        subprocess.run(["truncate", "-s", size, self.card], check=True)
        self.key.unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", self.key], check=True)
        self.process = self.began = None
        self.disk = None                            # an image that is plugged in as a disk on USB ("virt" only)
        self.starts, self.marks = [], {}            # the system of each start; seconds from power to what the console said
        self.http, self.ssh = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http}"

    # The boot partition, from outside: as a person does with the card in a laptop.

    def _mtools(self, tool, *words, **options):
        return subprocess.run([tool, "-i", f"{self.card}@@{BOOT}", *words], check=True, capture_output=True,
                              env={**os.environ, "MTOOLS_SKIP_CHECK": "1"}, **options).stdout

    def read(self, name):
        """A file of the boot partition, None where there is none."""
        try:
            return self._mtools("mtype", f"::{name}").decode()
        except subprocess.CalledProcessError:
            return None

    def write(self, name, text):
        """Put a file onto the boot partition."""
        self._mtools("mcopy", "-o", "-", f"::{name}", input=text.encode())

    def settings(self, extra=""):
        """A hearth.toml with our key in it."""
        self.write("hearth.toml", f'name = "testbox"\n{extra}\n[ssh]\nkeys = ["{self.key.with_suffix(".pub").read_text().strip()}"]\n')

    # Power.

    def firmware(self):
        """What the Pi's start program does: config.txt, then kernel, initramfs and command line of the system it names."""
        config = self.read("config.txt")
        system = re.search(r"(?m)^os_prefix=([ab])/\s*$", config)[1]
        taken = self.folder / "firmware"
        shutil.rmtree(taken, ignore_errors=True)
        taken.mkdir()
        names = ["vmlinuz", "initrd.img", "cmdline.txt"] + [board for machine, board in BOARDS.items() if machine == self.machine]
        for name in names:
            self._mtools("mcopy", f"::{system}/{name}", taken / name)
        return system, taken

    def power_on(self, append=""):
        """Start it; returns at once."""
        system, taken = self.firmware()
        self.starts.append(system)
        words = (taken / "cmdline.txt").read_text().strip()
        drive = f"file={self.card},format=raw,discard=unmap,cache=writeback"
        forward = f"hostfwd=tcp:127.0.0.1:{self.http}-:80,hostfwd=tcp:127.0.0.1:{self.ssh}-:22"
        # The guest's clock counts its instructions, two nanoseconds each, as a slow Pi does; so a busy machine under it makes a start
        # longer for us and not for the guest, whose time-outs are for real boards.
        command = ["qemu-system-aarch64", "-accel", "tcg,thread=single", "-icount", "shift=1", "-display", "none", "-monitor", "none", "-no-reboot",
                   "-kernel", taken / "vmlinuz", "-initrd", taken / "initrd.img"]
        if self.machine in BOARDS:                  # its console is the small UART, QEMU's second one
            command += ["-M", self.machine, "-dtb", taken / BOARDS[self.machine], "-drive", drive + ",if=sd", "-serial", "null", "-serial", "stdio",
                        "-device", "usb-net,netdev=net", "-netdev", f"user,id=net,restrict=on,{forward}"]
            # Its watchdog resets the emulated board at once, whatever time is asked for.
            words = words.replace("console=tty0", "") + " initcall_blacklist=bcm2835_wdt_driver_init module_blacklist=bcm2835_wdt"
        else:
            command += ["-M", "virt,gic-version=2", "-cpu", "cortex-a53", "-m", "512", "-smp", "2", "-serial", "stdio",
                        "-drive", drive + ",if=none,id=card", "-device", "virtio-blk-device,drive=card",
                        "-netdev", f"user,id=net,restrict=on,{forward}", "-device", "virtio-net-device,netdev=net",
                        "-device", "virtio-rng-device"]
            if self.disk:
                command += ["-device", "qemu-xhci", "-drive", f"file={self.disk},format=raw,if=none,id=disk", "-device", "usb-storage,drive=disk"]
            words = words.replace("console=ttyS1,115200", "").replace("console=tty0", "") + " console=ttyAMA0"
        command += ["-append", f"{words} systemd.show_status=1 {append}".strip()]
        self.began, self.marks = time.monotonic(), {}
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()

    def _listen(self, process):
        wanted = {"kernel": "Linux version", "systemd": "systemd 2", "login": " login:", "hearth": "Started hearth.service", "panic": "Kernel panic", "tried": "a system is tried"}
        line = b""                                  # a prompt has no end, so lines are not waited for
        with open(self.log, "ab") as log:
            while chunk := process.stdout.read1(4096):
                passed = time.monotonic() - self.began
                for piece in chunk.splitlines(keepends=True):
                    log.write(piece if line else b"[%7.1f] " % passed + piece)
                    line = COLOURS.sub(b"", line + piece)[-1000:]
                    for name, text in wanted.items():
                        if name not in self.marks and text.encode() in line:
                            self.marks[name] = round(passed, 1)
                    if found := re.search(rb"Startup finished in .* = (?:(\d+)min )?([\d.]+)s", line):
                        self.marks[GUEST] = round(60 * int(found[1] or 0) + float(found[2]), 1)
                    if piece.endswith(b"\n"):
                        line = b""
                log.flush()

    def cut(self):
        """Take the power away."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ended(self, patience=PATIENCE):
        """Wait until the guest starts anew or switches itself off."""
        self.process.wait(patience)

    # From the network.

    def ready(self):
        """Wait for /ready; the seconds since power came. A guest that starts anew meanwhile is given power again."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process.poll() is not None:
                self.power_on()
            try:
                if requests.get(f"{self.url}/ready", timeout=10).status_code == 200:
                    self.marks["ready"] = round(time.monotonic() - self.began, 1)
                    return self.marks["ready"]
            except requests.RequestException:
                pass
            time.sleep(0.5)
        raise AssertionError(f"not ready within {PATIENCE} s; the console's last words:\n{self.log.read_text(errors='replace')[-3000:]}")

    def run(self, command, patience=PATIENCE, check=True, last=False):
        """Run a shell command in the guest, over ssh with the key of hearth.toml; what it printed. The ``last`` one may end the guest."""
        end = time.monotonic() + patience
        while True:
            done = subprocess.run(["ssh", "-q", "-i", self.key, "-p", str(self.ssh), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                                   "-o", "BatchMode=yes", "-o", "ConnectTimeout=60", "-o", "ServerAliveInterval=30", "-o", "ServerAliveCountMax=10", "root@127.0.0.1", command],
                                  capture_output=True, text=True, timeout=patience)
            if done.returncode != 255 or time.monotonic() > end or last:
                break
            time.sleep(2)                           # sshd is not there yet
        assert not check or done.returncode == 0 or last, f"{command}: {done.returncode}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
        return done.stdout

    def set_up(self, name="ann", password="correct horse battery staple"):
        """Make the first account over HTTP, with the code that stands in the journal."""
        link = re.search(r"setup\?code=(\w+)", self.run("journalctl -b -u hearth -o cat --no-pager"))
        answer = requests.post(f"{self.url}/setup", timeout=300, headers={"Origin": self.url}, allow_redirects=False, data={
            "code": link[1], "name": name, "display_name": "Ann", "password": password, "again": password})
        assert answer.status_code == 303, answer.text
        self.auth = name, password
        self.dav = f"{self.url}/dav/files/{name}"

    def memory(self):
        """MiB in the guest: in all, available, and what Hearth's processes take (PSS)."""
        said = self.run("grep -E 'MemTotal|MemAvailable|SwapTotal|SwapFree' /proc/meminfo; cat /proc/$(systemctl show hearth -p MainPID --value)/smaps_rollup | grep ^Pss:; "
                        "systemctl show hearth -p MemoryCurrent -p MemoryPeak; swapon --show=NAME,USED --noheadings")
        fields = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in said.splitlines() if re.match(r"\w+: +\d+ kB", line)}
        peak = re.search(r"MemoryPeak=(\d+)", said)
        return {"total": fields["MemTotal"], "available": fields["MemAvailable"], "pss": fields["Pss"],
                "swapped": fields.get("SwapTotal", 0) - fields.get("SwapFree", 0), "peak": int(peak[1]) >> 20 if peak else None}

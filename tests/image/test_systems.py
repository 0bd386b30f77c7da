"""Two systems on the card: whatever happens while one is tried, the other comes back, unless it became ready.

The real scripts run here on a boot partition that is a folder; that the kernel and systemd do their part is shown in QEMU
(image-build/test.sh).
"""
import os
import subprocess
from pathlib import Path

import pytest

BOX = Path(__file__).parents[2] / "image-build/overlay"
TRIAL = BOX / "etc/initramfs-tools/scripts/local-top/hearth-trial"
SYSTEM = BOX / "usr/sbin/hearth-system"
CONFIG = (BOX.parent / "config.txt").read_text()

pytestmark = pytest.mark.skipif(not os.path.exists("/bin/dash"), reason="no dash, the shell of the initramfs")


class Card:
    """A boot partition in a folder, and the scripts with their places moved there."""

    def __init__(self, folder):
        self.folder, self.boot = folder, folder / "boot"
        for name in ("boot", "bin", "state", "share"):
            (folder / name).mkdir()
        self.write("config.txt", CONFIG)
        (folder / "device").touch()
        (folder / "log").touch()
        for name, text in {"mount": "exit 0", "umount": "exit 0", "systemctl": f'echo "systemctl $*" >> {folder}/log', "id": "echo 0",
                           "hearth": f'exit "$(cat {folder}/health)"'}.items():
            self.program(name, text)
        self.cmdline("a")
        (folder / "health").write_text("0")

    def program(self, name, text):
        """A program that stands in for a real one."""
        file = self.folder / "bin" / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    def cmdline(self, system):
        """Which of the two the kernel was started for."""
        (self.folder / "cmdline").write_text(f"quiet root=PARTUUID=48656172-0{'2' if system == 'a' else '3'} rw\n")

    def write(self, name, text):
        """Put a file onto the boot partition."""
        (self.boot / name).write_text(text)

    def named(self):
        """The system that the firmware would start."""
        return [line for line in (self.boot / "config.txt").read_text().splitlines() if line.startswith("os_prefix=")]

    def run(self, script, *words):
        """Run a script of the box here."""
        text = script.read_text()
        for place, here in {"/dev/disk/by-partuuid/48656172-01": "device", "/run/hearth-boot": "boot", "BOOT=/boot/firmware": f"BOOT={self.boot}",
                            "STATE=/var/lib/hearth-box": f"STATE={self.folder}/state", "/proc/cmdline": "cmdline", "/sys/class/reboot-mode": "modes",
                            "/run/hearth-box": "run"}.items():
            text = text.replace(place, here if "=" in here else str(self.folder / here))
        moved = self.folder / script.name
        moved.write_text(text)
        return subprocess.run(["dash", moved, *words], capture_output=True, text=True, timeout=60, cwd=self.folder,
                              env={"PATH": f"{self.folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin"})

    def arm(self, system="b"):
        """As hearth-system leaves it before the restart."""
        self.write("trial.txt", f"from={'a' if system == 'b' else 'b'} to={system} what=some change\n")
        self.write("config.txt", CONFIG.replace("os_prefix=a/", f"os_prefix={system}/"))


@pytest.fixture
def card(tmp_path):
    return Card(tmp_path)


def test_without_a_trial_the_initramfs_touches_nothing(card):
    before = {path.name: path.read_bytes() for path in card.boot.iterdir()}
    assert card.run(TRIAL).returncode == 0
    assert {path.name: path.read_bytes() for path in card.boot.iterdir()} == before


def test_the_first_thing_a_tried_system_does_is_to_name_the_old_one(card):
    card.arm()
    assert "comes back" in card.run(TRIAL).stdout
    assert card.named() == ["os_prefix=a/"]
    assert (card.boot / "config.txt").read_text() == CONFIG
    assert sorted(path.name for path in card.boot.iterdir()) == ["config.txt", "tried.txt"]


@pytest.mark.parametrize("last", range(1, 8))
def test_power_that_goes_meanwhile_still_leads_back(card, last):
    """After each of the programs that it runs, one by one; then a second start."""
    card.arm()
    count = card.folder / "count"
    for name in ("sync", "mv"):
        card.program(name, f'/bin/{name} "$@"; echo x >> {count}; [ "$(wc -l < {count})" -lt {last} ] || kill -9 $PPID')
    card.run(TRIAL)
    for name in ("sync", "mv"):
        (card.folder / "bin" / name).unlink()
    card.run(TRIAL)
    assert card.named() == ["os_prefix=a/"]
    assert not (card.boot / "trial.txt").exists() and (card.boot / "tried.txt").exists()


def test_a_system_that_gets_ready_is_kept(card):
    card.arm()
    card.run(TRIAL)
    card.cmdline("b")
    assert card.run(SYSTEM, "confirm").returncode == 0
    assert card.named() == ["os_prefix=b/"]
    assert [path.name for path in card.boot.iterdir()] == ["config.txt"]
    assert (card.folder / "state/last").read_text().startswith("done: some change.")
    assert "reboot" not in (card.folder / "log").read_text()


def test_a_system_that_does_not_get_ready_gives_way(card):
    card.arm()
    card.run(TRIAL)
    card.cmdline("b")
    (card.folder / "health").write_text("1")
    card.run(SYSTEM, "confirm")
    assert "systemctl reboot" in (card.folder / "log").read_text()
    assert card.named() == ["os_prefix=a/"] and (card.boot / "tried.txt").exists()
    card.cmdline("a")                               # the start after that
    card.run(TRIAL)
    assert card.run(SYSTEM, "confirm").returncode == 0
    assert card.named() == ["os_prefix=a/"] and [path.name for path in card.boot.iterdir()] == ["config.txt"]
    assert (card.folder / "state/last").read_text().startswith("failed: some change.")
    assert (card.folder / "state/failed").read_text() == "some change\n"


@pytest.mark.parametrize("init", ["sbin/init", "usr/lib/systemd/systemd", None])
def test_a_root_without_init_starts_anew(card, init):
    """The initramfs' own way out would be a shell that waits for ever."""
    for name, text in {"sleep": "exit 0", "reboot": f'echo "reboot $*" >> {card.folder}/log'}.items():
        card.program(name, text)
    if init:
        (card.folder / "root" / init).parent.mkdir(parents=True)
        (card.folder / "root" / init).touch(0o755)
    moved = card.folder / "hearth-init"
    moved.write_text(f"rootmnt={card.folder}/root\n" + (BOX / "etc/initramfs-tools/scripts/local-bottom/hearth-init").read_text())
    card.run(moved)
    assert (card.folder / "log").read_text() == ("" if init else "reboot -f\n")


def test_nothing_is_begun_while_a_change_is_tried(card):
    card.arm()
    said = card.run(SYSTEM, "try", "true")
    assert said.returncode == 1 and "another change is being tried" in said.stderr


@pytest.mark.parametrize("words", [["install", "nothing.tar"], ["try"], ["frobnicate"]])
def test_nonsense_is_refused(card, words):
    said = card.run(SYSTEM, *words)
    assert said.returncode in (1, 2) and said.stderr
    assert card.named() == ["os_prefix=a/"]


def test_a_system_of_strangers_is_refused(card):
    (card.folder / "system.tar.zst").write_bytes(b"x")
    said = card.run(SYSTEM, "install", "system.tar.zst")
    assert "knows no signer" in said.stderr
    for name in ("ours", "theirs"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", card.folder / name], check=True)
    signers = card.folder / "share/signers"
    signers.write_text("hearth " + (card.folder / "ours.pub").read_text())
    text = SYSTEM.read_text().replace("SHARE=/usr/share/hearth-box", f"SHARE={card.folder}/share")
    moved = card.folder / "moved"
    moved.write_text(text)
    subprocess.run(["ssh-keygen", "-Y", "sign", "-q", "-f", card.folder / "theirs", "-n", "hearth-system", card.folder / "system.tar.zst"], check=True)
    assert "not signed by somebody" in card.run(moved, "install", "system.tar.zst").stderr
    (card.folder / "system.tar.zst.sig").unlink()
    subprocess.run(["ssh-keygen", "-Y", "sign", "-q", "-f", card.folder / "ours", "-n", "hearth-system", card.folder / "system.tar.zst"], check=True)
    assert "no second system" in card.run(moved, "install", "system.tar.zst").stderr      # proved, and on to the next question

"""The first start makes the card's partitions, and takes a disk that is called "hearth"; neither ever loses a file.

The card is a real loop device with real file systems, because what is at stake is what sfdisk and mkfs do to one.
"""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

BOX = Path(__file__).parents[2] / "image-build/overlay/usr/lib/hearth-box"
NEEDED = ["losetup", "sfdisk", "partx", "wipefs", "mkfs.ext4", "mkfs.vfat"]
TABLE = "label: dos\nlabel-id: 0x48656172\nstart=1MiB, size=4MiB, type=c\nstart=5MiB, size=8MiB, type=83\n"


def _moved(script, folder, **places):
    text = (BOX / script).read_text()
    for place, here in {"/usr/share/hearth-box/root-mib": f"{folder}/root-mib", **places}.items():
        text = text.replace(place, str(here))
    moved = folder / script
    moved.write_text(text)
    return moved


def _program(folder, name, text):
    (folder / "bin").mkdir(exist_ok=True)
    file = folder / "bin" / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


class Loop:
    """A card of so many MiB, flashed."""

    def __init__(self, folder, size=64):
        self.folder, self.file = folder, folder / "card.img"
        (folder / "root-mib").write_text("8\n")
        self.file.touch()
        os.truncate(self.file, size << 20)
        self.flash(self.file)
        self.device = self._sh("losetup", "--find", "--show", self.file).strip()
        self._sh("partx", "--add", self.device)     # losetup's own scan needs a kernel with all partition tables
        _program(folder, "findmnt", f"echo {self.device}p2")
        _program(folder, "udevadm", "exit 0")
        self.nodes()

    def _sh(self, *words, **options):
        return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **options).stdout

    def flash(self, where):
        """Write the image's table, as flashing does: what lies behind it stays."""
        self._sh("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", "--wipe", "never", "--wipe-partitions", "never", where, input=TABLE)

    def flash_again(self):
        """The card in a laptop, and back."""
        self._out()
        self.flash(self.file)
        self._in()

    def grow(self, size):
        """The card's image copied to a larger card."""
        self._out()
        os.truncate(self.file, size << 20)
        self._in()

    def _out(self):
        self._sh("partx", "--delete", self.device)
        for number in "1234":
            Path(f"{self.device}p{number}").unlink(missing_ok=True)
        self._sh("losetup", "--detach", self.device)

    def _in(self):
        self._sh("losetup", self.device, self.file)
        self._sh("partx", "--add", self.device)

    def nodes(self):
        """What udev does."""
        for number in "1234":
            node, known = Path(f"{self.device}p{number}"), Path(f"/sys/class/block/{Path(self.device).name}p{number}/dev")
            if known.exists() and not node.exists():
                major, minor = map(int, known.read_text().split(":"))
                os.mknod(node, 0o60600, os.makedev(major, minor))

    def start(self):
        """The first start's script; its exit status and what it said. Nodes come while it runs, as from udev."""
        _program(self.folder, "udevadm", f'for n in 3 4; do [ -b {self.device}p$n ] || mknod {self.device}p$n b '
                                         f"$(tr : ' ' < /sys/class/block/{Path(self.device).name}p$n/dev) 2>/dev/null; done; exit 0")
        self.nodes()
        done = subprocess.run(["sh", _moved("card", self.folder)], capture_output=True, text=True,
                              env={"PATH": f"{self.folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin"})
        return done.returncode, done.stdout + done.stderr

    def sizes(self):
        """MiB of each partition."""
        return [int(line.split("size=")[1].split(",")[0]) >> 11 for line in self._sh("sfdisk", "--dump", self.device).splitlines() if "size=" in line and "start=" in line]

    def kind(self, number=4):
        """The file system on a partition, with its number."""
        return self._sh("blkid", "--probe", "--match-tag", "TYPE", "--match-tag", "UUID", "--output", "value", f"{self.device}p{number}").split()

    def close(self):
        """Give the device back."""
        self._out()


@pytest.fixture(params=[64])
def card(tmp_path, request):
    missing = [name for name in NEEDED if not shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")]
    if missing or os.getuid():
        pytest.skip(f"no {', '.join(missing)}" if missing else "loop devices want root")
    try:
        loop = Loop(tmp_path, request.param)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no loop devices here: {error.stderr.strip()}")
    yield loop
    loop.close()


def test_the_first_start_makes_two_partitions_and_the_second_nothing(card):
    assert card.start()[0] == 0
    assert card.sizes() == [4, 8, 8, 64 - 21]
    first = card.kind()
    assert "ext4" in first
    assert card.start()[0] == 0
    assert card.kind() == first                     # the same number: it was not made anew


@pytest.mark.parametrize("card", [40], indirect=True)
def test_a_card_that_is_too_small(card):
    """It is said what it takes, and nothing is begun."""
    before = card.sizes()
    status, said = card.start()
    assert status == 1 and "card: This card is too small" in said and card.sizes() == before


def test_a_larger_card_is_used_whole(card):
    card.start()
    first = card.kind()
    card.grow(128)
    assert card.start()[0] == 0
    assert card.sizes() == [4, 8, 8, 128 - 21] and card.kind() == first


def test_a_card_that_is_flashed_again_keeps_what_people_had_on_it(card):
    card.start()
    first = card.kind()
    card.flash_again()
    status, said = card.start()
    assert status == 0 and "stays" in said
    assert card.kind() == first and card.sizes() == [4, 8, 8, 64 - 21]


def test_an_old_mark_beside_it_does_not_hide_a_file_system_of_ours(card):
    """ext4 begins after 1,024 bytes, where an older FAT may have left its own."""
    card.start()
    first = card.kind()
    other = card.folder / "fat"
    other.touch()
    os.truncate(other, 40 << 20)
    subprocess.run(["mkfs.vfat", other], check=True, capture_output=True)
    with open(f"{card.device}p4", "r+b") as partition, open(other, "rb") as fat:
        partition.write(fat.read(512))
    card.flash_again()
    assert card.start()[0] == 0
    assert first[0] in subprocess.run(["blkid", "--probe", "--match-types", "ext4", f"{card.device}p4"], capture_output=True, text=True).stdout


def test_what_somebody_else_put_there_is_left_alone(card):
    card.start()
    subprocess.run(["wipefs", "--all", "--quiet", f"{card.device}p4"], check=True)
    subprocess.run(["mkfs.vfat", f"{card.device}p4"], check=True, capture_output=True)
    status, said = card.start()
    assert status == 1 and "left alone" in said and "vfat" in card.kind()


# A disk on USB.

UUID = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def box(tmp_path):
    """A root in a folder; ``plug(device, kind)`` puts disks in."""
    (tmp_path / "srv/card/hearth").mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    for name in ("udevadm", "systemctl", "sync"):
        _program(tmp_path, name, "exit 0")
    _program(tmp_path, "systemd-escape", "echo dev-disk-by.device")

    def plug(*disks):
        listed = "\n".join(device for device, _ in disks)
        kinds = "; ".join(f'case $* in *{device}*TYPE*|*TYPE*{device}*) echo {kind};; *{device}*UUID*|*UUID*{device}*) echo {UUID};; esac' for device, kind in disks)
        _program(tmp_path, "blkid", f'case $* in *LABEL=hearth*) printf "%s" "{listed}"; exit {0 if disks else 2};; esac; {kinds or "exit 2"}')
        script = _moved("disk", tmp_path, **{"/etc/systemd": f"{tmp_path}/etc/systemd", "/srv/card": f"{tmp_path}/srv/card", "/sys/bus/usb": f"{tmp_path}/usb"})
        return subprocess.run(["sh", script], capture_output=True, text=True, env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})
    return tmp_path, plug


def test_a_disk_called_hearth_is_taken_and_known_by_its_number(box):
    root, plug = box
    assert plug(("/dev/sda1", "ext4")).returncode == 0
    chosen = (root / "etc/systemd/system/srv-hearth.mount.d/disk.conf").read_text()
    assert f"What=/dev/disk/by-uuid/{UUID}" in chosen and "Type=ext4" in chosen and "noexec" in chosen
    assert (root / "etc/systemd/system/dev-disk-by.device.wants/srv-hearth.mount").is_symlink()
    again = plug()                                  # gone at the next start: nothing falls back to the card
    assert again.returncode == 0 and (root / "etc/systemd/system/srv-hearth.mount.d/disk.conf").read_text() == chosen


@pytest.mark.parametrize(("disks", "says"), [([], ""), ([("/dev/sda1", "ntfs")], "cannot keep"), ([("/dev/sda1", "ext4"), ("/dev/sdb1", "ext4")], "several disks")])
def test_no_disk_a_strange_one_and_two_are_not_taken(box, disks, says):
    root, plug = box
    done = plug(*disks)
    assert says in done.stderr and (done.returncode != 0) == bool(says)
    assert not (root / "etc/systemd").exists()


def test_a_box_that_has_files_on_its_card_stays_with_them(box):
    root, plug = box
    (root / "srv/card/hearth/.hearth").mkdir()
    assert plug(("/dev/sda1", "ext4")).returncode == 0
    assert not (root / "etc/systemd").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_disk_is_given_to_the_server(tmp_path):
    """One that was just formatted is root's; what another box kept is given over, also after a cut; what was never Hearth's stays whose it is."""
    def owner():
        subprocess.run([BOX / "owner", tmp_path, "nobody"], check=True)
    def whose(*names):
        return [(tmp_path / name).stat().st_uid for name in names]
    me = int(subprocess.run(["id", "-u", "nobody"], capture_output=True, text=True, check=True).stdout)
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "holiday.jpg").touch()
    owner()
    assert whose(".", "lost+found", "holiday.jpg") == [me, 0, 0]
    (tmp_path / ".hearth").mkdir()
    (tmp_path / "people").mkdir()
    for name in (".hearth/FORMAT", "people/a.txt"):
        (tmp_path / name).touch()
    (tmp_path / "people/away").symlink_to(tmp_path / "holiday.jpg")
    for name in (".", ".hearth", ".hearth/FORMAT", "people", "people/a.txt"):
        os.chown(tmp_path / name, 871, 871)
    (tmp_path / "people/seen").touch()               # root made it on the way
    owner()
    assert whose(".", ".hearth", ".hearth/FORMAT", "people", "people/a.txt") == [me] * 5 and whose("holiday.jpg", "people/seen") == [0, me]
    os.chown(tmp_path / "people/a.txt", 871, 871)    # as after a cut: all but some, and FORMAT, were given already
    os.chown(tmp_path / ".hearth/FORMAT", 871, 871)
    owner()
    assert whose(".hearth/FORMAT", "people/a.txt") == [me, me]

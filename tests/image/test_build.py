"""What of the image can be looked at without building one: scripts, units, lists, and the layout of a card from a small system."""
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[2] / "image-build"
OVERLAY = IMAGE / "overlay"


def _shell_scripts():
    for path in sorted(IMAGE.rglob("*")):
        if path.is_file() and (path.suffix == ".sh" or path.read_bytes()[:9] == b"#!/bin/sh"):
            yield path


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="no shellcheck")
def test_scripts_are_clean():
    done = subprocess.run(["shellcheck", "-x", "-P", IMAGE.parent, "-s", "sh", *_shell_scripts(), IMAGE / "config"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_scripts_can_be_run():
    wanted = [IMAGE / "build.sh", IMAGE / "test.sh", *(path for path in IMAGE.glob("hooks/*") if path.suffix != ".pref"), *OVERLAY.glob("usr/lib/hearth-box/*"),
              *OVERLAY.glob("usr/sbin/*"), *OVERLAY.glob("etc/initramfs-tools/hooks/*"), *OVERLAY.glob("etc/initramfs-tools/scripts/*/*")]
    assert not [str(path) for path in wanted if not os.access(path, os.X_OK)]


def test_what_units_start_is_there():
    for unit in (*OVERLAY.glob("usr/lib/systemd/system/*.service"), *OVERLAY.glob("usr/lib/systemd/system/*.timer")):
        for program in re.findall(r"(?m)^ExecStart=(/usr/\S+hearth\S+)", unit.read_text()):
            assert (OVERLAY / program[1:]).is_file(), f"{unit.name}: {program}"


def test_who_confirms_may_ask_hearth():
    """Every command of Hearth's becomes the owner of the storage; where it may not, every system that is tried would be taken for broken."""
    allowed = re.search(r"(?m)^CapabilityBoundingSet=(.*)$", (OVERLAY / "usr/lib/systemd/system/hearth-confirm.service").read_text())[1]
    assert {"CAP_SETUID", "CAP_SETGID", "CAP_SYS_BOOT"} <= set(allowed.split())


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_systemd_understands_the_units(tmp_path):
    names = []
    for unit in (OVERLAY / "usr/lib/systemd/system").iterdir():
        text = re.sub(r"(?m)^(ExecStart=)\S+.*", r"\1/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(text)
        names.append(tmp_path / unit.name)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *names], capture_output=True, text=True,
                          env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"})
    complaints = [line for line in done.stderr.splitlines() if str(tmp_path) in line or any(name.name in line for name in names)]
    assert not complaints, done.stderr


def test_the_same_names_everywhere():
    """The number of the card and the systems' partitions stand in several files, because none of them can read another."""
    config = (IMAGE / "config").read_text()
    disk = re.search(r"DISK_ID=0x([0-9a-f]{8})", config)[1]
    for path in ("cmdline.txt", "overlay/etc/fstab", "overlay/usr/sbin/hearth-system", "overlay/etc/initramfs-tools/scripts/local-top/hearth-trial"):
        assert set(re.findall(r"\b[0-9a-f]{8}(?=-0\d)|(?<=DISK_ID=)[0-9a-f]{8}", (IMAGE / path).read_text())) <= {disk}, path
    assert f"PARTUUID={disk}-02" in (IMAGE / "cmdline.txt").read_text()
    assert re.findall(r"(?m)^os_prefix=(.*)$", (IMAGE / "config.txt").read_text()) == ["a/"]


def test_no_secret_and_no_password_is_shipped():
    text = "".join(path.read_text() for path in OVERLAY.rglob("*") if path.is_file() and not path.is_symlink())
    assert "PRIVATE KEY" not in text and not re.search(r"\$(y|6|argon2)\$", text)
    assert "PasswordAuthentication no" in text
    assert not [path for path in OVERLAY.rglob("*") if path.name.startswith("ssh_host_")]


# The layout, from a system of a few files.

PROGRAMS = ["mkfs.vfat", "mke2fs", "sfdisk", "mcopy", "mmd", "mtype", "debugfs"]


@pytest.fixture
def build(tmp_path):
    """The steps on a small system, with this machine's tools."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    if missing:
        pytest.skip(f"no {', '.join(missing)}")
    cache, out = tmp_path / "cache", tmp_path / "out"
    (cache / "tools").mkdir(parents=True)
    out.mkdir()
    # As tools/tool does; mke2fs of Debian 12 reads no tar.
    run = cache / "tools/tool"
    run.write_text("""#!/bin/sh
PATH=$PATH:/usr/sbin:/sbin
[ "$1" != mke2fs ] || { for word do case $word in *.tar) mkdir -p "${word%.tar}.d"; tar -C "${word%.tar}.d" -xf "$word"; set -- "$@" "${word%.tar}.d";; *) set -- "$@" "$word";; esac; shift; done; }
exec "$@"
""")
    run.chmod(0o755)
    with tarfile.open(cache / "system.tar", "w") as tar:
        for name, text in {"boot/vmlinuz-7.0": "kernel", "boot/initrd.img-7.0": "initramfs", "usr/lib/raspi-firmware/start4.elf": "firmware",
                           "usr/lib/raspi-firmware/bootcode.bin": "rom", "usr/lib/raspi-firmware/fixup4.dat": "table", "usr/lib/raspi-firmware/start4db.elf": "for debugging",
                           "usr/lib/modules/7.0/dtb/broadcom/bcm2837-rpi-3-b.dtb": "board", "usr/share/hearth-box/cmdline.txt": "x",
                           "etc/hostname": "hearth"}.items():
            file = tmp_path / "file"
            file.write_text(text)
            tar.add(file, f"./{name}")
    def make(step):
        environment = {**os.environ, "HERE": str(IMAGE), "TOP": str(IMAGE.parent), "CACHE": str(cache), "OUT": str(out), "LC_ALL": "C.UTF-8"}
        script = f'set -eu; . "$HERE/config"; BOOT_MIB=40; ROOT_MIB=64; export SOURCE_DATE_EPOCH; . "$HERE/steps/{step}.sh"'
        done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return make, out / "hearth-arm64.img"


def test_a_card_of_a_small_system(build):
    make, image = build
    make("30-image")
    table = subprocess.run(["/usr/sbin/sfdisk", "--dump", image], capture_output=True, text=True).stdout
    disk = re.search(r"DISK_ID=(0x[0-9a-f]{8})", (IMAGE / "config").read_text())[1]
    assert f"label-id: {disk}" in table
    assert re.findall(r"start= *(\d+), size= *(\d+), type=(\w+)", table) == [("8192", str(40 << 11), "c"), (str((4 + 40) << 11), str(64 << 11), "83")]
    boot = ["-i", f"{image}@@4M"]
    environment = {**os.environ, "MTOOLS_SKIP_CHECK": "1"}
    def read(name):
        return subprocess.run(["mtype", *boot, f"::{name}"], capture_output=True, text=True, env=environment).stdout
    assert (read("a/vmlinuz"), read("a/initrd.img"), read("a/bcm2837-rpi-3-b.dtb"), read("start4.elf")) == ("kernel", "initramfs", "board", "firmware")
    assert read("start4db.elf") == ""
    assert read("config.txt") == (IMAGE / "config.txt").read_text()
    assert read("hearth.toml") == (OVERLAY / "boot/firmware/hearth.toml").read_text()
    root = image.with_suffix(".root")
    subprocess.run(["dd", f"if={image}", f"of={root}", "bs=1M", "skip=44", "status=none"], check=True)
    assert subprocess.run(["/usr/sbin/debugfs", "-R", "cat /etc/hostname", root], capture_output=True, text=True).stdout == "hearth"
    assert subprocess.run(["/usr/sbin/e2fsck", "-fn", root], capture_output=True).returncode == 0


def test_the_boot_partition_is_the_same_twice(build):
    make, image = build
    make("30-image")
    with open(image, "rb") as stream:
        first = stream.read(44 << 20)
    make("30-image")
    with open(image, "rb") as stream:
        assert stream.read(44 << 20) == first

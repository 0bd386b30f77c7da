"""How the machine is: room, heat, current, memory, clock, and what the kernel says of the disks.

Each check is a function that reads a few small files beneath ``/proc`` and ``/sys`` (or beneath another root, in tests) and answers
findings; numbers that are worth a look even when all is well go into ``figures``. Blocking, all of it.
"""
import os
import re
from pathlib import Path
from typing import NamedTuple

from appliance.core import Config, clock
from appliance.system.findings import CRITICAL, WARNING, Finding

HOT, TOO_HOT = 80, 85                               # degrees: a Pi slows down at 80, and stops itself at 85 and above
LITTLE, LEAST = 0.10, 0.05                          # of a disk, of memory
_WORN = 0x09                                        # of eMMC's life time: 80 to 90 % used (JESD84-B51, EXT_CSD 268)
_DISK = re.compile(r"(sd[a-z]+|mmcblk\d+|nvme\d+n\d+|vd[a-z]+)")


class Box(NamedTuple):
    """What is looked at, and where what is found goes."""

    config: Config
    figures: dict
    root: Path = Path("/")
    ask: bool = False                               # whether programs may be asked, too; not in a thread of the server

    def read(self, path):
        """The text of a small file, "" where it cannot be read."""
        try:
            with open(self.root / path, errors="replace") as file:
                return file.read(65_536).strip()
        except OSError:
            return ""

    def files(self, pattern):
        """Paths that fit a pattern, relative to the root."""
        try:
            return sorted(str(path.relative_to(self.root)) for path in self.root.glob(pattern))
        except OSError:
            return []

    def number(self, path):
        """The whole number in a file, None where there is none."""
        text = self.read(path)
        try:
            return int(text, 0)
        except ValueError:
            return None


def room(box):
    """Room on the disk of the data, in bytes and in names."""
    try:
        status = os.statvfs(box.config.data)
    except OSError:
        return [Finding("disk-away", CRITICAL, "The disk that holds everybody's files is not there.", "Plug it in again, or look whether it is broken.")]
    total, free = status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize
    reserve = max(int(total * box.config.reserve_percent / 100), box.config.reserve_bytes)
    box.figures["disk"] = {"bytes": total, "free": free, "reserve": reserve}
    values = {"free": free, "bytes": total}
    if free <= reserve:
        return [Finding("disk-full", CRITICAL, "The disk is full: nothing new can be written.", "Delete something and empty the trash, or take a larger disk.", values)]
    found = []
    if free - reserve < total * LITTLE:
        found.append(Finding("disk-nearly-full", WARNING, f"The disk is nearly full: {shown(free - reserve)} are left.",
                             "Delete what nobody needs, or plan for a larger disk.", values))
    if status.f_files and status.f_favail < status.f_files * LITTLE / 2:
        found.append(Finding("disk-names-nearly-full", WARNING, "The disk has room, but can hold few more files.",
                             "Delete many small files, or make the file system anew with more inodes.", {"free": status.f_favail}))
    return found


def mounted(box):
    """A file system that found errors, or was put to read-only because of them."""
    found, device, kind = [], *_device(box)
    if device is None:
        return []
    name = os.path.basename(os.path.realpath(box.root / device.lstrip("/"))) if device.startswith("/") else device
    if "ro" in kind[1].split(","):
        found.append(Finding("disk-read-only", CRITICAL, "The disk can only be read: its file system stopped writing, which it does when something is broken.",
                             "Make a backup now. Then look at the disk (hearth doctor) and let the file system be checked at the next start."))
    count = box.number(f"sys/fs/{kind[0]}/{name}/errors_count") or 0
    for file in box.files("sys/fs/btrfs/*/devinfo/*/error_stats") if kind[0] == "btrfs" else ():
        count += sum(int(number) for number in re.findall(r"_errs (\d+)", box.read(file)))
    if count:
        found.append(Finding("disk-errors", CRITICAL, f"The file system has found {count} errors on the disk.",
                             "Make a backup now, then let the file system be checked (fsck) and think of another disk.", {"errors": count}))
    return found


def _device(box):
    """``(device, (type, options))`` of the file system that holds the data, as /proc tells; ``(None, …)`` where it does not."""
    best, data = (None, ("", "")), os.path.realpath(box.config.data)
    length = -1
    for line in box.read("proc/self/mounts").splitlines():
        parts = line.split(" ")
        if len(parts) < 4:
            continue
        place = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), parts[1])
        if (data == place or data.startswith(place.rstrip("/") + "/")) and len(place) >= length:
            best, length = (parts[0], (parts[2], parts[3])), len(place)
    return best


def wear(box):
    """SD cards and eMMC that tell how worn they are, and disks that the kernel counts errors of."""
    found = []
    for folder in box.files("sys/block/*"):
        name = os.path.basename(folder)
        if not _DISK.fullmatch(name):
            continue
        used = max((int(part, 16) for part in box.read(f"{folder}/device/life_time").split() if re.fullmatch(r"0x[0-9a-fA-F]+", part)), default=0)
        end = box.number(f"{folder}/device/pre_eol_info") or 0
        if end >= 3 or used >= 0x0B:
            found.append(Finding(f"card-worn-out-{name}", CRITICAL, f"The memory card {name} is worn out.", "Make a backup now and take another card.", {"device": name}))
        elif end == 2 or used >= _WORN:
            found.append(Finding(f"card-worn-{name}", WARNING, f"The memory card {name} has used up {min(used * 10, 100) or 80} % of its life.",
                                 "Take another card in the next weeks.", {"device": name}))
        errors = box.number(f"{folder}/device/ioerr_cnt")
        asked = box.number(f"{folder}/device/iorequest_cnt") or 0
        if errors and errors > max(10, asked / 10_000):     # a few are usual: a disk that was asked for what it does not have
            found.append(Finding(f"disk-stumbles-{name}", WARNING, f"The disk {name} failed {errors} of {asked} requests since it was plugged in.",
                                 "Take another cable or another USB port first; then another disk.", {"device": name, "errors": errors}))
    return found


def heat(box):
    """The hottest place of the machine."""
    degrees = [number / 1000 for file in box.files("sys/class/thermal/thermal_zone*/temp") if (number := box.number(file)) and 1000 < number < 200_000]
    if not degrees:
        return []
    hottest = box.figures["temperature"] = round(max(degrees), 1)
    if hottest >= HOT:
        return [Finding("too-hot", CRITICAL if hottest >= TOO_HOT else WARNING, f"The box is {hottest:.0f} degrees hot and slows itself down.",
                        "Give it air, a heat sink or a fan.", {"degrees": hottest})]
    return []


def current(box):
    """Too little voltage, which damages what is being written. The firmware's register: bit 0 now, bit 16 since the start."""
    bits = box.read("sys/devices/platform/soc/soc:firmware/get_throttled")
    bits = int(bits, 16) if re.fullmatch(r"(0x)?[0-9a-fA-F]+", bits) else 0
    now = bits & 1 or any(box.number(file) == 1 for name in box.files("sys/class/hwmon/hwmon*/name") if box.read(name) == "rpi_volt"
                          for file in (name.removesuffix("name") + "in0_lcrit_alarm",))
    if now:
        return [Finding("under-voltage", CRITICAL, "The box gets too little voltage; what is written may be damaged.",
                        "Take the power supply that was made for it, and a short cable.")]
    if bits & 1 << 16:
        return [Finding("under-voltage-seen", WARNING, "The box got too little voltage at some time since it was started.",
                        "Take the power supply that was made for it, and a short cable.")]
    return []


def memory(box):
    """What is left of memory, and how long everything waits for it."""
    facts = {name: int(number) * 1024 for name, number in re.findall(r"^(\w+):\s+(\d+) kB", box.read("proc/meminfo"), re.MULTILINE)}
    if "MemTotal" not in facts:
        return []
    total, left = facts["MemTotal"], facts.get("MemAvailable", facts["MemTotal"])
    box.figures["memory"] = {"bytes": total, "free": left}
    waits = re.search(r"^full .*avg300=([\d.]+)", box.read("proc/pressure/memory"), re.MULTILINE)
    if left < total * LEAST or waits and float(waits[1]) > 10:
        return [Finding("memory-short", WARNING, f"Memory is short: {shown(left)} of {shown(total)} are left.",
                        "Start the box again. If it comes back, switch off what else runs on it.", {"free": left, "bytes": total})]
    return []


def time(box):
    """Whether the clock can be right."""
    uptime = box.read("proc/uptime").split()
    if uptime:
        box.figures["uptime"] = float(uptime[0])
    if clock.is_wrong():
        return [Finding("clock-wrong", CRITICAL, "The clock of the box is wrong: certificates, links and codes for signing in depend on it.",
                        "Connect the box to the internet, so that it can set its clock, or set it by hand.")]
    if uptime and float(uptime[0]) > 600 and clock.is_doubtful():
        return [Finding("clock-doubtful", WARNING, "The clock of the box was not set by the network since it was started.",
                        "Connect the box to the internet, so that it can set its clock.")]
    return []


def shown(bytes):
    """Bytes for people."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if bytes < 1000:
            return f"{bytes:.0f} {unit}"
        bytes /= 1000
    return f"{bytes:.1f} TB"


CHECKS = (room, mounted, wear, heat, current, memory, time)

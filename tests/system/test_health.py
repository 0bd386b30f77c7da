"""How the box is: each thing that can be wrong, in a tree shaped as the kernel's; what is told, and when."""
import json
import os
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import gevent
import pytest
import requests

from appliance.core import Bus, clock, errors, events, records
from appliance.identity import Actor
from appliance.system import Alarms, Backup, Finding, Health, Phones, survey
from appliance.system import disks as smart
from appliance.system import machine, silence
from appliance.system.machine import Box

ADMIN = Actor("a", "ann", role="admin", method="session", session="s")
PI = {                                              # shaped after the kernel's own pages on sysfs and procfs; nobody here has a Pi to record
    "proc/meminfo": "MemTotal:         440000 kB\nMemFree:           20000 kB\nMemAvailable:     210000 kB\n", "proc/uptime": "3600.12 7000.0\n",
    "proc/pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
    "proc/self/mounts": "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\n/dev/sda1 DATA ext4 rw,noatime 0 0\n",
    "sys/class/thermal/thermal_zone0/temp": "51540\n", "sys/class/hwmon/hwmon0/name": "cpu_thermal\n", "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n", "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
    "sys/block/mmcblk0/device/life_time": "0x01 0x02\n", "sys/block/mmcblk0/device/pre_eol_info": "0x01\n", "sys/block/sda/device/ioerr_cnt": "0x2\n",
    "sys/block/sda/device/iorequest_cnt": "0x4e20\n", "sys/block/loop0/size": "0\n", "sys/fs/ext4/sda1/errors_count": "0\n",
}


@pytest.fixture
def pi(tmp_path, config):
    """The files of a healthy Pi in a folder; a function that looks at it after some of them were changed, and gives the findings by id."""
    root = tmp_path / "root"
    config.data.mkdir()
    clock.set(lambda: time.time_ns())               # a clock of ours is not doubted, whatever this machine's own says
    (config.data / ".hearth" / "system").mkdir(parents=True)
    (config.data / ".hearth" / "FORMAT").write_text("1\n")

    def look(**more):
        for path, text in {**PI, **more.pop("files", {})}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text.replace("DATA", str(config.data)))
        found, figures = survey(replace(config, **more), Backup(config), root)
        look.figures = figures
        return {finding.id: finding for finding in found}
    yield look
    clock.set()


def test_a_healthy_box(pi):
    assert pi() == {}
    assert pi.figures["temperature"] == 51.5 and pi.figures["memory"] == {"bytes": 450560000, "free": 215040000} and pi.figures["uptime"] == 3600.12


@pytest.mark.parametrize("path, text, id, state", [
    ("sys/class/thermal/thermal_zone0/temp", "81000", "too-hot", "warning"), ("sys/class/thermal/thermal_zone0/temp", "86000", "too-hot", "critical"),
    ("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1", "under-voltage", "critical"),
    ("sys/devices/platform/soc/soc:firmware/get_throttled", "50005", "under-voltage", "critical"),
    ("sys/devices/platform/soc/soc:firmware/get_throttled", "0x50000", "under-voltage-seen", "warning"),
    ("proc/meminfo", "MemTotal: 440000 kB\nMemAvailable: 9000 kB\n", "memory-short", "warning"),
    ("proc/pressure/memory", "full avg10=80.00 avg60=70.00 avg300=25.00 total=9\n", "memory-short", "warning"),
    ("sys/fs/ext4/sda1/errors_count", "3", "disk-errors", "critical"),
    ("proc/self/mounts", "/dev/sda1 DATA ext4 ro,noatime 0 0\n", "disk-read-only", "critical"),
    ("sys/block/sda/device/ioerr_cnt", "0x40", "disk-stumbles-sda", "warning"),
    ("sys/block/mmcblk0/device/life_time", "0x0a 0x02", "card-worn-mmcblk0", "warning"),
    ("sys/block/mmcblk0/device/life_time", "0x0b 0x02", "card-worn-out-mmcblk0", "critical"),
    ("sys/block/mmcblk0/device/pre_eol_info", "0x03", "card-worn-out-mmcblk0", "critical")])
def test_what_the_machine_says(path, text, id, state, pi):
    """One thing wrong at a time is found, alone, with what to do."""
    found = pi(files={path: text})
    assert {id: each.state for id, each in found.items()} == {id: state}
    assert found[id].text.endswith(".") and found[id].remedy.endswith(".")


@pytest.mark.parametrize("text", ["", "nonsense", "-1", "\0\0"])
def test_files_that_make_no_sense(text, pi):
    """Nothing is made up of them, and nothing fails."""
    assert set(pi(files=dict.fromkeys(PI, text))) <= {"under-voltage-seen"}


@pytest.mark.parametrize("free, files, id", [(50, 50, None), (11, 50, "disk-nearly-full"), (2, 50, "disk-full"), (50, 4, "disk-names-nearly-full"), (50, 0, "disk-names-nearly-full")])
def test_room(free, files, id, pi, monkeypatch):
    """Of a disk with 100 GB and 100 files, and a reserve of 2 GB."""
    disk = SimpleNamespace(f_blocks=100_000, f_bavail=free * 1000, f_frsize=10**6, f_files=100, f_favail=files)
    monkeypatch.setattr(machine.os, "statvfs", lambda path: disk)
    assert set(pi(reserve_percent=2.0)) == ({id} if id else set())
    assert pi.figures["disk"] == {"bytes": 10**11, "free": free * 10**9, "reserve": 2 * 10**9}


def test_a_disk_that_is_away(pi, config):
    os.rename(config.data, config.data.with_name("away"))
    box = Box(config, {})
    assert [each.id for each in machine.room(box)] == ["disk-away"]


def _smartctl(**attributes):
    table = [{"id": {"reallocated": 5, "pending": 197, "uncorrectable": 198, "seek": 7}[name], "raw": {"value": value}} for name, value in attributes.items()]
    return {"model_name": "WDC WD10", "serial_number": "X", "smart_status": {"passed": True}, "ata_smart_attributes": {"table": table}}


@pytest.mark.parametrize("told, id", [
    (_smartctl(reallocated=0, seek=99999), None), (_smartctl(reallocated=11), "disk-ageing-sda"), (_smartctl(pending=1), "disk-dying-sda"),
    (_smartctl(uncorrectable=2), "disk-dying-sda"), ({**_smartctl(), "smart_status": {"passed": False}}, "disk-dying-sda"),
    ({"model_name": "NVMe", "smart_status": {"passed": True}, "nvme_smart_health_information_log": {"critical_warning": 4}}, "disk-dying-sda"),
    ({"model_name": "NVMe", "smart_status": {"passed": True}, "nvme_smart_health_information_log": {"percentage_used": 93}}, "disk-ageing-sda")])
def test_what_a_disk_says_of_itself(told, id, pi, tmp_path):
    """Root leaves it where the server finds it; what is old says nothing."""
    left = {"time": clock.now(), "disks": {"sda": smart.summary(told)}}
    assert set(pi(files={smart.SPOOL: json.dumps(left)})) == ({id} if id else set())
    assert pi.figures["disks"][0]["name"] == "sda"
    assert pi(files={smart.SPOOL: json.dumps({**left, "time": 1})}) == {}


def test_bridges_are_tried(monkeypatch):
    """A disk behind a bridge to USB is asked in another way; one that sleeps is let sleep."""
    tried = []

    class Done:
        def __init__(self, told):
            self.out = json.dumps(told)

    def run(words, seconds):
        tried.append(words)
        return Done(_smartctl(pending=2) if "sat" in words else {"smartctl": {"messages": [{"string": "Unknown USB bridge"}]}})
    monkeypatch.setattr(smart.programs, "run", run)
    assert smart._ask("/dev/sda")["pending"] == 2 and [words[-2] for words in tried] == ["-A", "sat"]
    monkeypatch.setattr(smart.programs, "run", lambda words, seconds: Done({"smartctl": {"messages": [{"string": "Device is in STANDBY mode, exit(2)"}]}}))
    assert smart._ask("/dev/sda") is None


@pytest.mark.parametrize("settings, past, age, id, state", [
    ({}, {}, 1, None, None), ({}, {}, 4, "backup-none", "warning"), ({"place": "/x"}, {"success": 1}, 4, None, None), ({"place": "/x"}, {"success": 4}, 9, "backup-silent", "warning"),
    ({"place": "/x"}, {"success": 13}, 99, "backup-silent", "critical"), ({"place": "/x"}, {}, 4, "backup-silent", "warning"), ({"place": "/x"}, {}, 1, None, None),
    ({"place": "/x", "warn_days": 7}, {"success": 5}, 9, None, None), ({"place": "/x"}, {"success": 1, "checked": {"state": "damaged"}}, 9, "backup-damaged", "critical"),
    ({"place": "/x"}, {"success": 1, "last": {"state": "damaged", "place": "/x"}}, 9, "backup-damaged", "critical"), ({"place": "/x"}, {"success": 1, "last": {"state": "damaged", "place": "/y"}}, 9, None, None)])
def test_backups_that_do_not_come(settings, past, age, id, state, pi, config):
    """The dead man's switch: silence is told, whatever the reason."""
    folder = config.data / ".hearth" / "system"
    records.write(folder / "backup.json", settings)
    records.write(folder / "backups.json", {**past, **({"success": clock.now() - past["success"] * 86_400} if "success" in past else {})})
    os.utime(config.data / ".hearth" / "FORMAT", (clock.now() - age * 86_400,) * 2)
    assert {id: each.state for id, each in pi().items()} == ({id: state} if id else {})


def test_phones_that_fall_silent():
    """One that sent photos on several days and sends none any more is told of; what an hour's visitor sent is not."""
    day, now = 86_400, clock.now()
    lines = [("ann", "ownCloud-android/4.1", "Camera/a.jpg", each) for each in (9, 10, 11, 12)] + [("bob", "Mozilla/5.0 (iOS) ownCloudApp/12", "b.heic", each) for each in (1, 9, 10, 11)]
    lines += [("ann", "rclone/1", "c.jpg", 20), ("gone", "ownCloud-android/4.1", "c.jpg", 20), ("eve", "PhotoSync", "c.jpg", 9)]

    class Page:
        entries, after = [{"who": who, "agent": agent, "path": path, "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now - days * day))}.000Z"}
                          for who, agent, path, days in lines], ""
    bus = Bus()
    phones = Phones(bus, lambda: {"ann": "Ann", "bob": "Bob", "eve": "Eve"}, lambda after, since: Page)
    phones.learn()
    assert [(each["name"], each["program"]) for each in phones.list()] == [("Ann", "ownCloud-android"), ("Bob", "Mozilla"), ("Eve", "PhotoSync")]
    assert [each.text for each in phones.check(phones.list())] == ["No photo came from Ann's phone (ownCloud-android) for 9 days."]
    bus.publish(events.FileWritten("s", "n", "ann", events.Origin("", "ownCloud-android/4.2"), "Camera/b.jpg"))
    gevent.sleep(0.01)
    assert phones.check(phones.list()) == []


@pytest.fixture
def watched(house, monkeypatch):
    """A Health whose box has what the test says: ``wrong``, a list of findings; and ``told``, the events that came of it."""
    wrong, told = [], []
    monkeypatch.setattr("appliance.system.health.survey", lambda config, backup: (list(wrong), {}))
    house.bus.witness(lambda event: told.append(event) if isinstance(event, events.HealthChanged) else None)

    class Watched:
        health = house.health
    Watched.wrong, Watched.told, Watched.house = wrong, told, house
    return Watched


def test_nothing_flickers_and_nothing_is_told_twice(watched):
    """It counts after two looks, is over after three, and a restart tells nothing again."""
    hot = Finding("too-hot", "warning", "Hot.", "Cool it.")
    watched.wrong.append(hot)
    watched.health.tick()
    assert not watched.told and watched.health.report().state == "well"
    for _ in range(3):
        watched.health.tick()
    assert [(each.state, each.findings, each.texts) for each in watched.told] == [("warning", ("too-hot",), ("Hot.\nCool it.",))]
    watched.wrong[:] = []
    watched.health.tick()
    watched.wrong[:] = [hot]                        # it was gone for a moment
    watched.health.tick()
    assert len(watched.told) == 1
    again = Health(watched.house.config, watched.house.bus, watched.house.nightly.backup, watched.house.health._phones)
    again.tick()
    assert len(watched.told) == 1 and again.report().state == "warning"
    watched.wrong[:] = [hot._replace(state="critical")]
    again.tick()
    assert watched.told[-1].state == "critical"
    watched.wrong[:] = []
    for _ in range(3):
        again.tick()
    assert (watched.told[-1].state, watched.told[-1].findings, len(watched.told)) == ("well", (), 3)


def test_a_check_that_stumbles_hides_no_other(watched):
    def source():
        raise errors.Unavailable()
    watched.health.sources += [source, lambda: [Finding("certificate", "critical", "It ended.", "Renew it.")]]
    watched.health.tick()
    watched.health.tick()
    assert watched.told[-1].findings == ("certificate",)


class _Ntfy(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append((self.path, self.headers["Title"], self.headers["Priority"], body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def ntfy():
    """A stand-in for ntfy, which is no Debian package: it takes what is published as its API has it."""
    server = HTTPServer(("127.0.0.1", 0), _Ntfy)
    server.got, server.status = [], 200
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield server
    server.shutdown()
    server.server_close()


def test_alarms(watched, ntfy):
    """Sent once, tried again where the place is away, and nothing while all is well."""
    alarms = watched.house.alarms
    alarms.change(ADMIN, f"http://127.0.0.1:{ntfy.server_port}/our-box")
    alarms.tick(watched.health.tick())
    assert not ntfy.got
    watched.wrong.append(Finding("disk-dying-sda", "critical", "It dies.", "Replace it."))
    ntfy.status = 500
    watched.health.tick()
    watched.health.tick()
    gevent.sleep(0.01)
    alarms.tick(watched.health.report())
    ntfy.status = 200
    alarms.tick(watched.health.report())
    alarms.tick(watched.health.report())
    assert ntfy.got[-1] == ("/our-box", "Hearth needs you now", "urgent", "- It dies. Replace it.") and len(ntfy.got) == 2
    alarms.test(ADMIN)
    assert len(ntfy.got) == 3
    alarms.change(ADMIN, f"http://127.0.0.1:{ntfy.server_port}/our-box", language="de")
    watched.house.bus.publish(events.HealthChanged("critical", ("memory-short",), ("The backup cannot be read back.\nChoose another disk for the backup, today.",)))
    gevent.sleep(0.01)
    alarms.tick(watched.health.report())
    assert ntfy.got[-1][1:] == ("Hearth braucht Sie jetzt", "urgent", "- Die Sicherung lässt sich nicht mehr lesen. Wählen Sie heute noch eine andere Platte für die Sicherung.")
    for address in ("ntfy.sh/x", "ftp://x/y", "https://ntfy.sh", "https://ntfy.sh/", "https://a b/c", "https://u:p@x/y", "http://x:0/y"):
        with pytest.raises(errors.Invalid):
            alarms.change(ADMIN, address)
    with pytest.raises(errors.Forbidden):
        alarms.change(replace(ADMIN, role="user"), "")
    with pytest.raises(errors.Forbidden):
        alarms.change(replace(ADMIN, token="t"), "")
    alarms.change(ADMIN, "")
    with pytest.raises(errors.Invalid):
        alarms.test(ADMIN)


def test_all_is_well_weekly_only_where_wanted(watched, ntfy):
    alarms = watched.house.alarms
    watched.health.tick()
    for weekly, messages in ((False, 0), (True, 1)):
        alarms.change(ADMIN, f"http://127.0.0.1:{ntfy.server_port}/our-box", weekly)
        clock.set(lambda: time.time_ns() + 8 * 86_400 * 10**9)
        try:
            alarms.tick(watched.health.report())
            alarms.tick(watched.health.report())
        finally:
            clock.set()
        assert len(ntfy.got) == messages


def test_the_doors(server):
    """For administrators alone."""
    ann, bob = server.add(), server.add()
    server.cli("user", "set", ann.name, "--role", "admin")
    for place in ("/api/v0/health", "/api/v0/health/alarms", "/api/v0/backup"):
        assert requests.get(server.url + place, auth=bob.auth, timeout=30).status_code == 403
        assert requests.get(server.url + place, timeout=30).status_code == 401
    health = requests.get(f"{server.url}/api/v0/health?now", auth=ann.auth, timeout=30).json()
    assert health["state"] in ("well", "warning", "critical") and health["figures"]["disk"]["free"] > 0 and health["checked"].endswith("Z")
    assert all({"id", "state", "text", "remedy", "values"} == set(finding) for finding in health["findings"])
    assert requests.get(f"{server.url}/api/v0/health/alarms", auth=ann.auth, timeout=30).json() == {"ntfy": "", "weekly": False}
    assert requests.put(f"{server.url}/api/v0/health/alarms", json={"ntfy": "nonsense"}, auth=ann.auth, timeout=30).status_code == 400
    assert requests.delete(f"{server.url}/api/v0/health", auth=ann.auth, timeout=30).status_code == 405
    assert requests.get(f"{server.url}/api/v0/backup", auth=ann.auth, timeout=30).json()["configured"] is False
    assert requests.post(f"{server.url}/api/v0/backup/run", auth=ann.auth, timeout=30).status_code == 400
    for wrong in ([], {}, {"place": 1}, {"place": "/x", "more": 1}, {"place": "/x", "hour": True}, {"place": "nowhere"}, {"place": "/x", "key": "a\nb"}):
        assert requests.put(f"{server.url}/api/v0/backup", json=wrong, auth=ann.auth, timeout=60).status_code == 400, wrong
    assert requests.post(f"{server.url}/api/v0/backup/sheet", auth=ann.auth, timeout=30).status_code == 404

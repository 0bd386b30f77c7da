"""Making backups: of a storage in use, cut off anywhere, on disks that are full or not there."""
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import requests

from appliance.core import clock, errors
from appliance.system import Backup, restic
from appliance.system.backup import normal, shown
from conftest import ROOT, until


def _put(storage, space, name, content):
    draft = storage.tree.draft(storage.tree.node(space.id), name, len(content))
    draft.write(content)
    return draft.commit()[0]


def test_what_was_moved_meanwhile_is_in_it(backup, storage, space, monkeypatch):
    """Moved from where it has not been yet to where it has been already, a file is missed; so it goes through everything again."""
    node = _put(storage, space, "z.txt", b"moved")
    folder = storage.tree.make_folder(storage.tree.node(space.id), "a")
    kept, passes = restic.Repository.backup, []

    def moved(self, *args):
        passes.append(args)
        if len(passes) == 1:
            storage.tree.move(storage.tree.by_id(node.id), folder, "z.txt")
        return kept(self, *args)
    monkeypatch.setattr(restic.Repository, "backup", moved)
    outcome = backup.create()
    assert (outcome["state"], outcome["passes"]) == ("done", 2) == ("done", len(passes))
    assert backup.past()["last"]["state"] == "done"
    passes.clear()
    _put(storage, space, "new.txt", b"what is new is no reason")
    assert backup.create()["passes"] == 1


def test_never_quiet(backup, storage, space, monkeypatch):
    """It ends all the same, and says so."""
    node, kept = _put(storage, space, "z.txt", b"moved"), restic.Repository.backup

    def moved(self, *args):
        storage.tree.move(storage.tree.by_id(node.id), storage.tree.node(space.id), f"{time.monotonic()}")
        return kept(self, *args)
    monkeypatch.setattr(restic.Repository, "backup", moved)
    outcome = backup.create()
    assert (outcome["state"], outcome["passes"]) == ("incomplete", 3) and "moved" in outcome["error"]


@pytest.mark.slow
def test_cut_off_anywhere_the_earlier_ones_are_whole(backup, storage, space, config):
    """Killed with all that belongs to it at many moments: what was kept is whole, and the next one works."""
    _put(storage, space, "first", b"first")
    first = backup.create()["snapshot"]
    words = [sys.executable, "-m", "appliance", "backup", "create", backup.settings().place, "--data", config.data, "--cache", config.cache]
    chance, cut = random.Random(7), 0
    for number in range(12):
        _put(storage, space, f"new {number}", os.urandom(3 << 20))
        running = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.4 + chance.random() * 2.5)     # a moment as good as another
        _kill(running)
        cut += running.returncode != 0
        assert first in [each["id"] for each in backup.list()]
    assert cut > 3
    last = backup.create()
    assert last["state"] == "done"
    assert backup.verify()["state"] == "sound"
    assert [each["id"] for each in backup.list()][-1] == last["snapshot"]


def _kill(running):
    """End a command and restic, which is in a group of its own."""
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(running.pid)], capture_output=True, text=True).stdout.split()
    running.kill()
    running.wait()
    for child in children:
        try:
            os.kill(int(child), signal.SIGKILL)
        except ProcessLookupError:
            pass


def test_a_place_that_is_not_what_it_was(backup, config, tmp_path):
    """The disk is away, or another one is there; nothing is begun in its stead."""
    kept = tmp_path / "kept"
    kept.rename(tmp_path / "away")
    with pytest.raises(errors.Unavailable, match="plugged in"):
        backup.create()
    kept.mkdir()
    with pytest.raises(errors.Unavailable, match="plugged in"):
        backup.create()
    assert not list(kept.iterdir()) and backup.past()["last"]["state"] == "failed"
    other = Backup(config)
    other.choose(str(tmp_path / "other"), same_disk=True)
    other.choose(str(tmp_path / "away"), same_disk=True)
    (tmp_path / "away").rename(tmp_path / "x")
    (tmp_path / "other").rename(tmp_path / "away")
    with pytest.raises(errors.Unavailable, match="Another backup"):
        backup.create()
    other.choose(str(tmp_path / "away"), same_disk=True)    # said again by a person, the disk that is there now is the right one
    assert backup.create()["state"] == "done"


def test_places_that_are_none(backup, config, tmp_path):
    """Each is refused with what to do, and nothing is changed."""
    before = backup.settings()
    (tmp_path / "full").mkdir()
    (tmp_path / "full/letter").write_text("")
    for place, says in ((tmp_path / "full", "something else"), (tmp_path / "no/where", "no folder"), (config.data / "people/kept", "within"),
                        ("relative", "/mnt/disk"), ("sftp://-oProxyCommand=x@host/x", "sftp://name"), ("sftp://a:b@host/x", "sftp://name"),
                        ("s3:https://host", "bucket"), ("ftp://host/x", "/mnt/disk"), ("sftp://a@host:x/y", "address"), ("/a\nb", "signs"), (f"{tmp_path}/\ud800", "signs"), (f"{tmp_path}/a\u202eb", "signs"), (f"{tmp_path}/{'x' * 300}", "cannot be looked at")):
        with pytest.raises(errors.HouseError, match=says):
            backup.choose(str(place), same_disk=True)
    with pytest.raises(errors.Invalid, match="disk that holds the data"):
        backup.choose(str(tmp_path / "near"))
    with pytest.raises(errors.Invalid):
        backup.choose(before.place, hour=24)
    with pytest.raises(errors.Unavailable, match="no backup at this place"):
        backup.choose(str(tmp_path / "new"), key="mistyped", same_disk=True)
    assert backup.settings() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk(storage, space, config, tmp_path):
    """It says so; what was kept before is whole."""
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small], check=True)
    try:
        backup = Backup(config)
        backup.choose(str(small / "kept"))
        first = backup.create()
        _put(storage, space, "large", os.urandom(12 << 20))
        with pytest.raises(errors.Unavailable, match="no room left"):
            backup.create()
        assert [each["id"] for each in backup.list()] == [first["snapshot"]]
        assert backup.verify()["state"] == "sound"
    finally:
        subprocess.run(["umount", small], check=True)


def test_damage_is_found(backup, storage, space, tmp_path):
    """What cannot be read back is told, before somebody needs it."""
    _put(storage, space, "a", os.urandom(1 << 20))
    backup.create()
    pack = max((tmp_path / "kept/data").rglob("*"), key=lambda path: path.stat().st_size)
    pack.chmod(0o600)
    with open(pack, "r+b") as file:
        file.seek(1000)
        file.write(b"rot")
    with pytest.raises(errors.Corrupt, match="damaged"):
        backup.verify()
    assert backup.past()["checked"]["state"] == "damaged"
    backup.choose(str(tmp_path / "another"), same_disk=True)
    assert "checked" not in backup.past(), "another disk is not damaged"


def test_never_two_at_once(backup):
    with backup._turn():
        assert backup.running()
        with pytest.raises(errors.Conflict):
            backup.create()
    assert not backup.running()


def test_a_key_is_read_as_people_type_it():
    assert normal("ABCD-efgh ijkl.2345\nmn0p-q1s8") == "abcdefghijkl2345mnopqlsb" == normal(shown("abcdefghijkl2345mnopqlsb"))
    assert normal("my own word") == "my own word"


@pytest.mark.parametrize("last, success, due", [
    (None, None, True), ("-04:00", "-04:00", True), ("01:00", "01:00", False), ("03:10", "03:10", False), ("03:30", None, False), ("02:50", None, True)])
def test_every_night(last, success, due, backup, monkeypatch):
    """After its hour, unless one was made since; after one that failed, in an hour again."""
    def at(text):
        if text is None:
            return None
        day, hour, minute = 27 if text[0] == "-" else 28, *map(int, text.strip("-").split(":"))
        return time.mktime((2026, 11, day, hour, minute, 0, 0, 0, -1))
    clock.set(lambda: int(at("04:10") * 1e9))
    try:
        monkeypatch.setattr(Backup, "past", lambda self: {"last": {"time": at(last)} if last else None, "success": at(success)})
        assert backup.due() == due
    finally:
        clock.set()


def test_programs_that_outlive_us_keep_their_turn(backup, tmp_path):
    """A restic whose command was killed still holds the lock."""
    from appliance.system import programs
    with backup._turn() as lock:
        done = programs.run(["sh", "-c", "readlink /proc/self/fd/3"], lend=lock)
    assert done.out.strip().endswith("/system/lock")


@pytest.mark.slow
def test_by_an_administrator(own_server, tmp_path):
    """Chosen, made, looked at and stopped over HTTP; it is written down, and an app token may not."""
    ann, place = own_server.add("ann"), f"{own_server.url}/api/v0/backup"
    own_server.cli("user", "set", "ann", "--role", "admin")
    token = ("ann", own_server.cli("token", "create", "ann").stdout.strip())
    wanted = {"place": str(tmp_path / "kept"), "sameDisk": True, "hour": 4, "warnDays": 5, "limit": 50_000}
    assert requests.put(place, json=wanted, auth=token, timeout=60).status_code == 403
    refused = requests.put(place, json={**wanted, "sameDisk": False}, auth=ann.auth, timeout=60)
    assert refused.status_code == 400 and "disk that holds the data" in refused.text
    sheet = requests.put(place, json=wanted, auth=ann.auth, timeout=120).json()["sheet"]
    assert str(tmp_path / "kept") in sheet and requests.post(f"{place}/sheet", auth=ann.auth, timeout=30).json()["sheet"] == sheet
    assert requests.post(f"{place}/sheet", auth=token, timeout=30).status_code == 403
    assert requests.post(f"{place}/run", auth=ann.auth, timeout=30).json() == {"running": True}
    assert requests.post(f"{place}/run", auth=ann.auth, timeout=30).status_code == 409
    told = until(lambda: (now := requests.get(place, auth=ann.auth, timeout=30).json())["last"] and not now["running"] and now, 120)
    assert (told["configured"], told["kind"], told["place"], told["hour"], told["warnDays"], told["limit"]) == (True, "disk", wanted["place"], 4, 5, 50_000)
    assert told["last"]["state"] == "done" and told["last"]["bytes"] > 0 and told["last"]["error"] is None and told["success"].endswith("Z")
    assert len(requests.get(f"{place}?snapshots", auth=ann.auth, timeout=60).json()["snapshots"]) == 1
    assert requests.post(f"{place}/verify", auth=token, timeout=30).status_code == 403
    assert requests.post(f"{place}/verify", auth=ann.auth, timeout=30).json() == {"running": True}
    checked = until(lambda: (now := requests.get(place, auth=ann.auth, timeout=30).json())["checked"] and not now["running"] and now["checked"], 120)
    assert checked["state"] == "sound" and checked["error"] is None and checked["time"].endswith("Z")
    assert requests.get(f"{place}/key", auth=ann.auth, timeout=60).json()["key"].startswith("ssh-ed25519 ")
    german = {"Accept-Language": "de-DE,de;q=0.9"}
    refused = requests.put(place, json={**wanted, "place": "/no/where"}, auth=ann.auth, headers=german, timeout=60)
    assert (refused.status_code, refused.headers["Content-Language"]) == (503, "de") and "Es gibt keinen Ordner /no." in refused.content.decode()
    (tmp_path / "kept").rename(tmp_path / "away")
    assert requests.post(f"{place}/run", auth=ann.auth, timeout=30).status_code == 200
    told = until(lambda: (now := requests.get(place, auth=ann.auth, headers=german, timeout=30).json())["last"]["error"] and not now["running"] and now, 120)
    assert told["last"]["error"] == f"In {tmp_path}/kept liegt keine Sicherung. Steckt die Platte, und ist sie eingehängt?"
    sheet = requests.put(place, json={**wanted, "place": str(tmp_path / "other"), "access": "--help", "secret": "-s"}, auth=ann.auth, headers=german, timeout=120).json()["sheet"]
    assert "--help" in sheet, "an access key is no option"
    assert "WIE SIE ALLES ZURÜCKHOLEN" in sheet
    assert requests.get(place, auth=ann.auth, timeout=30).json()["last"] is None, "what failed elsewhere says nothing of this place"
    assert requests.delete(place, auth=ann.auth, timeout=30).status_code == 204
    assert requests.get(place, auth=ann.auth, timeout=30).json()["configured"] is False
    until(lambda: (trail := own_server.cli("audit").stdout).count("backup_set") == 3 and trail.count("recovery_sheet_shown") == 3)   # it is written a moment later

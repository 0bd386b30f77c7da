"""A backup of a house in use is a house again: byte for byte, with its shares, links, accounts and tokens; or it is nothing."""
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import requests

from appliance.core import errors
from appliance.system import fetch, settle
from appliance.system import restore as page
from conftest import ROOT, Server, until
from system.conftest import attributes

LEFT_OUT = ["--exclude=drafts", "--exclude=uploads", "--exclude=running", "--exclude=ballast", "--exclude=FORMAT", "--exclude=sessions", "--exclude=lock",
            "--exclude=restored.json", "--exclude=audit", "--exclude=throttle", "--exclude=backups.json", "--exclude=generation"]


@pytest.mark.slow
def test_everything_comes_back(lived_in, tmp_path):
    """Made while the server runs, restored on another box; what was signed in there is not any more."""
    old, kept = lived_in.server, tmp_path / "kept"
    key = json.loads(old.cli("backup", "create", str(kept), "--same-disk", "--json").stdout)["key"]
    new = Server(tmp_path / "new")
    new.folder.mkdir()
    told = json.loads(new.cli("backup", "restore", str(kept), "--json", input=key.upper() + "\n").stdout)
    assert not told["findings"] and not told["troubles"]
    assert new.cli("check", "--deep").stdout.strip() == "The storage is sound."
    compared = subprocess.run(["diff", "-r", *LEFT_OUT, old.data, new.data], capture_output=True, text=True)
    assert not compared.stdout, compared.stdout
    before, after = attributes(old.data), attributes(new.data)
    assert before == after and len(before) > 6
    new.start()
    dav = f"{new.url}/dav/files/ann"
    assert requests.get(f"{dav}/old.txt", auth=("ann", lived_in.token), timeout=30).content == b"second"
    assert requests.get(f"{dav}/Photos/sea%20%26%20sun%20%E2%98%80.jpg", auth=lived_in.ann.auth, timeout=30).content == b"\xff\xd8" + b"sea" * 5000
    assert "blue" in requests.request("PROPFIND", f"{dav}/old.txt", auth=lived_in.ann.auth, headers={"Depth": "0"},
                                      data='<d:propfind xmlns:d="DAV:"><d:prop><x:colour xmlns:x="urn:x"/></d:prop></d:propfind>', timeout=30).text
    def ask():
        return requests.get(f"{new.url}/ocs/v2.php/apps/files_sharing/api/v1/shares?shared_with_me=true&format=json", auth=lived_in.bob.auth, timeout=30)
    received = until(lambda: (answer := ask()).status_code != 503 and answer)       # it may still look where everything is; never that nothing was shared
    assert [each["file_target"] for each in received.json()["ocs"]["data"]] == ["/Shares/Photos"]
    public = requests.request("PROPFIND", f"{new.url}/dav/public-files/{lived_in.link}", auth=("public", "Open-sesame-42"), timeout=30)
    assert "sea%20" in public.text
    assert (old.data / ".hearth/FORMAT").read_text().split()[1] == (new.data / ".hearth/FORMAT").read_text().split()[1]
    assert (old.data / ".hearth/FORMAT").read_text().split()[2] != (new.data / ".hearth/FORMAT").read_text().split()[2]
    assert not list((new.data / ".hearth/identity/sessions").iterdir())
    assert "storage_restored" in new.cli("audit").stdout
    assert new.cli("backup", "list", str(kept)).stdout            # and it goes on with the same backup
    assert new.stop() == 0


@pytest.mark.slow
def test_from_the_page_of_set_up(lived_in, tmp_path):
    """A fresh box is told where the backup lies; the server begins anew by itself, at the same address, and is the old one."""
    kept, new = tmp_path / "kept", Server(tmp_path / "new")
    key = json.loads(lived_in.server.cli("backup", "create", str(kept), "--same-disk", "--json").stdout)["key"]
    new.folder.mkdir()
    new.start()
    code = new.process.stdout.readline().strip().rpartition("=")[2]
    place = f"{new.url}/api/v0/setup/restore"
    assert requests.post(place, json={"code": "guess", "place": str(kept), "key": key}, timeout=30).status_code == 403
    assert requests.post(place, json={"code": code, "place": "elsewhere", "key": key}, timeout=30).status_code == 400
    assert requests.post(place, json={"code": code, "place": str(kept), "key": key}, headers={"Origin": "http://evil.example"}, timeout=30).status_code == 403
    wrong = requests.post(place, json={"code": code, "place": str(kept), "key": "wrong"}, timeout=30).json()
    assert wrong["state"] == "running"
    told = _until(lambda: (found := requests.post(place, json={"code": code}, timeout=30).json())["state"] != "running" and found)
    assert told["state"] == "failed" and "key does not open" in told["error"]
    assert requests.post(place, json={"code": code, "place": str(kept), "key": key}, timeout=30).json()["state"] == "running"
    assert new.process.stdout.readline().startswith(f"ready {new.url}")
    assert requests.get(f"{new.url}/dav/files/ann/old.txt", auth=lived_in.ann.auth, timeout=30).content == b"second"
    assert requests.post(place, json={"code": code}, timeout=30).status_code == 410
    assert new.cli("check").stdout.strip() == "The storage is sound."
    assert new.stop() == 0


def test_nothing_in_use_is_replaced(house, config, tmp_path):
    """A folder with people or files in it is no place to restore into."""
    house.people.add("ann", "correct horse battery")
    with pytest.raises(errors.Conflict):
        fetch(config, str(tmp_path / "kept"), "key")


@pytest.mark.parametrize("step", range(7))
def test_taking_its_place_may_be_cut_off_anywhere(step, config, tmp_path, monkeypatch):
    """At each of its steps; the next start goes on with it, and nobody is served anything half."""
    for folder in ("people/ann", "projects", ".hearth/identity", ".hearth/system"):
        (config.data / page.WHOLE / folder).mkdir(parents=True)
    for folder in ("people", "projects", ".hearth/identity/accounts"):
        (config.data / folder).mkdir(parents=True)
    (config.data / page.WHOLE / "people/ann/file").write_text("mine")
    (config.data / page.WHOLE / ".hearth/FORMAT").write_text("restored")
    (config.data / ".hearth/FORMAT").write_text("fresh")
    left, done = [step], {"rename": os.rename, "rmtree": page.shutil.rmtree, "sync": page.durable.fsync_names}

    def count(name):
        def stop(*args, **more):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            return done[name](*args, **more)
        return stop
    monkeypatch.setattr(page.os, "rename", count("rename"))
    monkeypatch.setattr(page.shutil, "rmtree", count("rmtree"))
    monkeypatch.setattr(page.durable, "fsync_names", count("sync"))
    with pytest.raises(KeyboardInterrupt):
        settle(config.data)
    assert (config.data / ".hearth/FORMAT").exists() is False or (config.data / ".hearth/FORMAT").read_text() == "fresh" \
        or (config.data / "people/ann/file").exists()
    monkeypatch.undo()
    assert settle(config.data)
    assert (config.data / ".hearth/FORMAT").read_text() == "restored"
    assert (config.data / "people/ann/file").read_text() == "mine"
    assert sorted(path.name for path in config.data.iterdir()) == [".hearth", "people", "projects"]
    assert not settle(config.data)


@pytest.mark.slow
def test_cut_off_while_it_is_fetched(backup, space, storage, config, tmp_path):
    """Killed at any moment, a restore leaves nothing that could be served, and can be done again."""
    for number in range(6):
        (config.data / space.path if hasattr(space, "path") else config.data / "people/ann").joinpath(f"file {number}").write_bytes(os.urandom(1 << 20))
    backup.create()
    key = backup.settings().key
    new = tmp_path / "new"
    words = [sys.executable, "-m", "appliance", "backup", "restore", backup.settings().place, "--data", new, "--cache", tmp_path / "cache2"]
    for cut in (0.6, 1.0, 1.4, 1.8, 2.4, None):     # seconds: on another machine other moments, and each has to do
        running = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, start_new_session=True)
        running.stdin.write(key.encode() + b"\n")
        running.stdin.close()
        try:
            running.wait(cut)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        running.stdout.close()
        running.stderr.close()
        settle(new)                                 # what the next start does
        if (new / ".hearth").exists():
            break
        assert not (new / "people").exists()
    assert (new / ".hearth").exists()
    compared = subprocess.run(["diff", "-r", config.data / "people", new / "people"], capture_output=True, text=True)
    assert not compared.stdout


def _until(check, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found

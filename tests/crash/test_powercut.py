"""Real power cuts: the real server on a disk that is cut off at any block. No acknowledged file is lost.

The load runs once; what reached the disk is recorded. Then the disk is made again as each of many cuts would have left it,
repaired as a machine does at its start, opened by the storage, and compared with what had been acknowledged by then. The
seed is printed, and taken from HEARTH_SEED; HEARTH_POINTS says how many cuts.
"""
import json
import os
import random
import shutil
import time

import pytest

import recorder
from appliance.core import Bus, Config
from appliance.storage import Storage, examine
from workload import FOLDER, Client, difference, lying, sha1

MISSING = recorder.missing()
POINTS = int(os.environ.get("HEARTH_POINTS", 120))
SEED = int(os.environ.get("HEARTH_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)
AT_ONCE, SECONDS = 4, 6                             # clients; how long the load runs


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(bool(MISSING), reason=MISSING or "")
def test_no_acknowledged_file_is_lost(tmp_path, own_server):
    print(f"HEARTH_SEED={SEED}")
    chance = random.Random(SEED)
    log, clients, cache = record(tmp_path, own_server)
    points = recorder.cut_points(log, POINTS, chance)
    assert len(points) == POINTS
    mounted, checked = tmp_path / "again", 0
    mounted.mkdir()
    for number, (point, image, marks) in enumerate(recorder.replay(log, points, chance, tmp_path)):
        recorder.repair(image)
        with recorder.mounted(image, mounted):
            config = Config(data=mounted / "data", cache=tmp_path / "cache", reserve_percent=0.0, reserve_bytes=0)
            shutil.rmtree(config.cache, ignore_errors=True)         # what may be deleted: it is gone, or it knows more
            if number % 2:                                          # than the disk does
                shutil.copytree(cache, config.cache)
            checked += look(config, clients, marks, f"cut {number} at {point}")
    print(f"{POINTS} cuts of {points[-1]} writes, flushes and marks; {checked} acknowledged changes looked at, none lost")
    assert checked > POINTS * 20, "too few changes to show anything"


def record(work, server):
    """Run the load on a disk that is recorded; its log, the clients, and the cache as it was at the end."""
    server.stop()
    with recorder.Recording(work / "recording") as recording:
        server.data = recording.folder / "data"
        try:
            clients = run_load(recording, server.start())
            recording.cut()
        finally:
            server.kill()
        shutil.copytree(server.cache, work / "kept")
    return recording.log, clients, work / "kept"


def run_load(recording, server):
    """Let the clients work for a while; each promise gets its mark."""
    people = [server.add(name) for name in ("ann", "bob")]
    for person in people:
        person.secret = json.loads(server.cli("token", "create", person.name, "--json").stdout)["token"]

    def tell(client, word):
        recording.mark(f"{word} {client.folder} {len(client.steps) - 1} "
                       + ",".join(f"{upload.id}:{upload.offset}" for upload in client.uploads))

    clients = [Client(number, people[number % 2].name, people[number % 2].secret, f"{SEED} {number}", tell, largest=30_000)
               for number in range(AT_ONCE)]
    recording.mark("start")
    for client in clients:
        client.start(server.url)
    time.sleep(SECONDS)
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join()
    return clients


def look(config, clients, marks, cut):
    """Start the storage as after any unclean stop, and compare. Returns how many acknowledged changes were looked at."""
    storage = Storage.open(config, Bus())
    try:
        storage.start()
        storage.walk()
        checked = sum(compare(client, storage, marks, cut) for client in clients)
    finally:
        storage.close()
    assert examine(config.data, deep=True) == [], cut
    assert len(list((config.data / ".hearth/identity/accounts").glob("*.json"))) == 2
    return checked


def compare(client, storage, marks, cut):
    """What one client finds is what it was promised, or that and all of the step that was under way."""
    mine = [mark.split(" ") for mark in marks if f" {client.folder} " in mark]
    begun = max((int(number) for word, _, number, _ in mine if word == "begin"), default=0)
    promised = max((int(number) for word, _, number, _ in mine if word == "end"), default=0)
    found = lying(storage.config.data / "people" / client.user / client.folder)
    before, after = client.steps[promised].after, client.steps[begun].after
    between = client.steps[begun].between if begun > promised else None
    assert found in (before, after, between), f"{cut}, {client.folder}, {client.steps[begun].name}:\n{difference(before, found)}"
    for word in filter(None, mine[-1][3].split(",") if mine else ()):
        id, offset = word.split(":")
        if found == after != before and client.begun[id].path in after:
            continue                                # it has become a file
        upload = storage.uploads.get(id)
        assert int(offset) <= upload.offset <= upload.size, f"{cut}: the offset of {id} is {upload.offset}, {offset} was promised"
        data = (storage.config.data / ".hearth/uploads" / id / "data").read_bytes()
        assert data[:upload.offset] == client.begun[id].content[:upload.offset], f"{cut}: the bytes of {id} are wrong"
    contents = {what for step in client.steps[:promised + 1] for what in step.after.values() if what != FOLDER}
    lost = contents - everywhere(storage.config.data)
    assert not lost, f"{cut}: {len(lost)} acknowledged contents of {client.folder} are nowhere"
    return promised


def everywhere(data):
    """The sha1 of all that lies on the disk: files, versions, trash."""
    return {sha1(path.read_bytes()) for path in data.rglob("*") if path.is_file()}

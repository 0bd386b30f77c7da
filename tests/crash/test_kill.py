"""``kill -9`` at random moments under a seeded mixed load: whatever was acknowledged is there, and nothing by half.

The seed is printed, and taken from HEARTH_SEED; HEARTH_CUTS says how often to cut.
"""
import json
import os
import random
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests

from appliance.storage import examine
from workload import FOLDER, Client, difference, lying, sha1

ROOT = Path(__file__).parents[2]
CUTS = int(os.environ.get("HEARTH_CUTS", 200))
SEED = int(os.environ.get("HEARTH_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)
AT_ONCE, LONGEST = 4, 0.5                           # clients; seconds of load before a cut
FRESH = 50                                          # cuts after which to begin with an empty storage, so that looking stays quick
PROPFIND = ('<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:t="urn:test"><d:prop><d:resourcetype/>'
            "<oc:size/><oc:checksums/><t:note/></d:prop></d:propfind>")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(-(-CUTS // FRESH)))
def test_nothing_acknowledged_is_lost(part, own_server):
    seed = SEED + part
    print(f"HEARTH_SEED={SEED} part {part}")
    chance = random.Random(seed)
    people = [own_server.add(name) for name in ("ann", "bob")]
    for person in people:
        person.secret = json.loads(own_server.cli("token", "create", person.name, "--json").stdout)["token"]
    clients = [Client(number, people[number % 2].name, people[number % 2].secret, f"{seed} {number}")
               for number in range(AT_ONCE)]
    for client in clients:
        client.start(own_server.url)
    cuts, steps, seen = min(FRESH, CUTS - part * FRESH), 0, {}
    for cut in range(cuts):
        time.sleep(chance.uniform(0.02, LONGEST))
        own_server.kill()
        for client in clients:
            client.join()
        if chance.random() < 0.1:
            cut_while_starting(own_server, chance)
        own_server.start()                          # it says that it is ready, and needs nobody
        for client in clients:
            verify(client, own_server)
        nothing_is_lost(own_server.data, clients, seen)
        content(own_server.data)
        for client in clients:
            client.start(own_server.url)
    own_server.kill()
    for client in clients:
        client.join()
        steps += client.done
    print(f"{cuts} cuts, {steps} acknowledged changes, none lost")
    assert steps > cuts * AT_ONCE / 2, "too few changes to show anything"
    assert "Traceback" not in own_server.log, own_server.log[-5000:]


def cut_while_starting(server, chance):
    """The start itself is cut off, too."""
    words = [sys.executable, "-m", "appliance", "serve", "--data", server.data, "--cache", server.cache, "--listen", "http://127.0.0.1:0"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    time.sleep(chance.uniform(0.1, 1.0))
    process.kill()
    process.wait()


def verify(client, server):
    """What lies on the disk is what was promised, or that and all of the one step that was under way."""
    found = lying(server.data / "people" / client.user / client.folder)
    step = client.step
    if step and found == step.between:
        client.model, step = step.between, None
        client.notes = {path: note for path, note in client.notes.items() if path in found}
    elif found == client.model:
        if step and step.after != client.model:     # it did not happen
            step = None
    else:
        assert step is not None and found == step.after, f"{client.folder}, {step and step.name}:\n{difference(client.model, found)}"
        client.model, client.notes = step.after, step.notes
        client.contents.update(what for what in found.values() if what != FOLDER)
        if client.going and client.going.path in found:
            client.uploads.remove(client.going)
    if found:
        notes = as_served(client, server, found)
        assert all(notes.get(path) in {note, step and step.notes.get(path)} for path, note in client.notes.items()), (client.notes, notes)
        client.notes = {path: notes[path] for path in client.notes}
    with requests.Session() as session:
        for upload in client.uploads:
            answer = session.head(server.url + upload.address, headers={"Tus-Resumable": "1.0.0"})
            assert answer.status_code == 200, (upload.path, answer.status_code)
            assert upload.offset <= int(answer.headers["Upload-Offset"]) <= len(upload.content), upload.path
            upload.offset = int(answer.headers["Upload-Offset"])


def as_served(client, server, found):
    """The server tells the same as the disk: names, kinds, sums, and the sizes of folders. Returns the notes."""
    told, notes, to_see = {}, {}, [""]
    deadline = time.monotonic() + 30
    with requests.Session() as session:
        session.headers["Authorization"] = client._authorization
        while to_see:
            path = to_see.pop()
            answer = session.request("PROPFIND", server.url + client._address(path), data=PROPFIND, headers={"Depth": "1"})
            assert answer.status_code == 207, (path, answer.status_code, answer.text)
            for place, kind, size, digest, note in members(answer.content, f"/dav/files/{client.user}/{client.folder}"):
                if kind == FOLDER and place != path:
                    to_see.append(place)
                told[place], notes[place] = FOLDER if kind == FOLDER else digest, note
    assert told == found, difference(found, told)
    assert time.monotonic() < deadline
    return notes


def members(text, root):
    """The rows of a multistatus: path, kind, size, sha1, note."""
    for answer in ElementTree.fromstring(text).iter("{DAV:}response"):
        path = unquote(answer.findtext("{DAV:}href"))[len(root):].strip("/")
        values = {each.tag: each for stat in answer.iter("{DAV:}propstat") if " 200 " in stat.findtext("{DAV:}status")
                  for each in stat.find("{DAV:}prop")}
        folder = values["{DAV:}resourcetype"].find("{DAV:}collection") is not None
        sums = values.get("{http://owncloud.org/ns}checksums")
        digest = "".join(sums.itertext()).split(" ")[0].partition(":")[2] if sums is not None else None
        note = values.get("{urn:test}note")
        yield path, FOLDER if folder else None, int(values["{http://owncloud.org/ns}size"].text), digest, note is not None and note.text or None


def nothing_is_lost(data, clients, seen):
    """Every content that was ever acknowledged lies somewhere: as a file, as a version, or in the trash."""
    here = set()
    for folder, _, names in os.walk(data):
        for name in names:
            path = os.path.join(folder, name)
            status = os.stat(path)
            key = status.st_ino, status.st_size, status.st_mtime_ns
            if key not in seen:
                with open(path, "rb") as file:
                    seen[key] = sha1(file.read())
            here.add(seen[key])
    lost = set().union(*(client.contents for client in clients)) - here
    assert not lost, f"{len(lost)} acknowledged contents are nowhere"


def content(data):
    """``check`` finds nothing, as soon as the start has put right what it puts right by itself."""
    deadline = time.monotonic() + 30
    while findings := examine(data):
        assert time.monotonic() < deadline, findings

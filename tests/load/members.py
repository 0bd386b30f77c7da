"""What access decisions cost: PROPFIND of 1,000 entries in a space with 200 members, beside one in a personal space; by its manager, by a member, by a link.

    .venv-test/bin/python tests/load/members.py

Times are of this machine: read the ratios.
"""
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import requests

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from appliance import app
from appliance.core import Config
from conftest import Server

EDITOR = "58c63c02-1d89-4572-916a-870abc5a1b7d"
PASSWORD, ENTRIES, MEMBERS, TIMES = "a long enough secret", 1_000, 200, 40
ASKED = ('<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:resourcetype/><d:getlastmodified/><d:getcontentlength/><d:getetag/><oc:id/>'
         '<oc:size/><oc:permissions/><oc:checksums/><oc:share-types/></d:prop></d:propfind>')


def prepare(folder):
    """A personal and a project space with the same in them; their ids, and the token of a link."""
    house = app.build(replace(Config(), data=folder / "data", cache=folder / "cache", reserve_percent=0.0, reserve_bytes=0))
    people = [house.people.add(f"p{number}", PASSWORD if number < 2 else None, role="space-admin") for number in range(MEMBERS)]
    ann = house.people.actor(people[0].id)
    home, project = house.files.home(ann), house.files.projects.make(ann, "Family")
    for person in people[1:]:
        house.files.projects.invite(ann, project.id, f"u:{person.id}", EDITOR)
    roots = [house.files.node(ann, space) for space in (home, project)]
    for number in range(ENTRIES):
        for root in roots:                          # in turn: a folder written later is read more slowly here, whoever's it is
            writing = house.files.write(ann, root, f"{number}.txt", 1)
            writing.write(b"x")
            writing.commit()
    found = [f"{house.files.storage_id}${space.id}" for space in (home, project)]
    link = house.files.links.make(ann, house.files.node(ann, house.files.projects.get(ann, project.id)), "view", PASSWORD)
    house.close()
    return *found, link.token


def main():
    with tempfile.TemporaryDirectory() as folder:
        home, project, token = prepare(Path(folder))
        server = Server(folder).start()
        asked = {"personal space, its owner": ("p0", f"/dav/spaces/{home}"), "200 members, a manager": ("p0", f"/dav/spaces/{project}"),
                 "200 members, an editor": ("p1", f"/dav/spaces/{project}"), "200 members, by a link": ("public", f"/dav/public-files/{token}")}
        session, taken = requests.Session(), {name: [] for name in asked}
        for _ in range(TIMES):
            for name, (who, address) in asked.items():      # in turn, so that what else runs slows all alike
                began = time.perf_counter()
                answer = session.request("PROPFIND", server.url + address, data=ASKED, headers={"Depth": "1"}, auth=(who, PASSWORD))
                taken[name].append(time.perf_counter() - began)
                assert answer.status_code == 207 and answer.text.count("<d:response>") == ENTRIES + 1
        server.stop()
    first = statistics.median(next(iter(taken.values())))
    for name, times in taken.items():
        print(f"{name}: {statistics.median(times) * 1000:.1f} ms, {statistics.median(times) / first:.2f} times")


if __name__ == "__main__":
    main()

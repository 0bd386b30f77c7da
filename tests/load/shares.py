"""What sharing costs: "shared with me" with 100 and 1,000 received of 10,000 shared nodes, by the house and over HTTP, and a listing of a shared folder
beside one of one's own.

    .venv-test/bin/python tests/load/shares.py

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

from conftest import Server

from appliance import app
from appliance.core import Config

VIEWER = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"
NODES, MINE, FEW = 10_000, 1_000, 100
SECRET = "a long enough secret"


def median_ms(function, times=7):
    """How long it takes, in ms."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        function()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def main():
    with tempfile.TemporaryDirectory() as folder:
        config = replace(Config(), data=Path(folder) / "data", cache=Path(folder) / "cache", reserve_percent=0.0, reserve_bytes=0)
        house = app.build(config)
        house.search.close()                        # they would read the new files meanwhile
        house.previews.close()
        ann, bob, carl, dora = (house.people.actor(house.people.add(name, SECRET).id) for name in ("ann", "bob", "carl", "dora"))
        space = house.files.home(ann)
        big = house.files.make_folder(ann, space.root, "big")
        for number in range(1_000):
            writing = house.files.write(ann, big, f"{number}.txt")
            writing.write(b"x")
            writing.commit()
        give = house.files._storage.shared.change
        for number in range(NODES):
            parent = house.files.node(ann, space, "big")
            node = house.files.make_folder(ann, parent if number % 100 else space.root, f"shared {number}") if number % 10 == 0 else \
                house.files.node(ann, space, f"big/{number % 1000}.txt") if number < 1_000 else house.files.make_folder(ann, space.root, f"s{number}")
            to = bob if number < MINE else dora if number < MINE + FEW else carl
            give(node, lambda kept, to=to: {**kept, f"u:{to.id}": {"role": VIEWER, "by": ann.id, "created": float(number)}})
        give(house.files.node(ann, space, "big"), lambda kept: {**kept, f"u:{bob.id}": {"role": VIEWER, "by": ann.id, "created": 1.0}})
        for actor in (bob, dora):
            began = time.perf_counter()
            received = house.files.shares.with_me(actor)
            first = (time.perf_counter() - began) * 1000
            print(f"shared with me, {len(received)} of {NODES} shared nodes: {median_ms(lambda: house.files.shares.with_me(actor)):.0f} ms (first {first:.0f})")
        print(f"as mounts: {median_ms(lambda: house.files.mounts.all(bob)):.0f} ms")

        def listing(actor):
            node = house.files.find(actor, house.files.resource_id(big))
            house.files.permissions(actor, node, house.files.space_of(actor, node))
            return sum(len(part) for part in house.files.children(actor, node))
        mine, theirs = median_ms(lambda: listing(ann), 30), median_ms(lambda: listing(bob), 30)
        print(f"listing of 1,000: its owner {mine:.1f} ms, who received it {theirs:.1f} ms: {theirs / mine:.2f} times")
        house.close()
        server = Server(folder).start()
        time.sleep(30)                              # the index of search is made meanwhile
        with requests.Session() as session:
            for name in ("bob", "dora"):
                def ask():
                    return session.get(f"{server.url}/graph/v1beta1/me/drive/sharedWithMe", auth=(name, SECRET), timeout=60).json()["value"]
                count = len(ask())
                print(f"over HTTP, {count} received: {median_ms(ask):.0f} ms")
        server.stop()


if __name__ == "__main__":
    main()

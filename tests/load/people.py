"""What 500 people cost compared with 10: two servers side by side, filled through Graph, each question asked of both in turn.

Prints a table of medians and writes JSON. Questions have the same answer on both, save for whole lists, which are told per entry.
"""
import argparse
import base64
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parent))
import wire  # noqa: E402
from peers import Hearth  # noqa: E402

SECRET = "a long enough secret"
SIZES = ((10, 2), (500, 100))                       # people, groups
TOGETHER = 10                                       # people in a group


class Family(Hearth):
    """A server with so many people and groups."""

    def __init__(self, folder, core, people, groups):
        super().__init__(Path(folder) / str(people), core)
        self.people, self.groups, self.ids, self.group_ids = people, groups, [], []

    def prepare(self):
        """Only once: it is started again to see what it takes at rest."""
        if not self.ids:
            super().prepare()

    def ask(self, method, path, body=None, auth=None, status=(200, 201, 204)):
        """Send one request on the connection that is kept; the answer and the milliseconds it took."""
        headers = {"Authorization": basic(*auth)} if auth else {}
        words = wire.request(method, "/graph/v1.0" + path, json.dumps(body).encode() if body is not None else b"", **headers)
        began = time.perf_counter()
        self.connection.sendall(words)
        got, content = wire.answer(self.connection, keep=True)
        took = (time.perf_counter() - began) * 1000
        if got not in status:
            raise RuntimeError(f"{method} {path}: {got} {content[:200]}")
        return json.loads(content) if content else None, took

    def begin(self):
        """Start, and open the connection."""
        self.start()
        self.connection = wire.connect(self.port)

    def fill(self):
        """Make everybody; the milliseconds for a person and for a group with its members."""
        spent = {"person": [], "group": [], "member": []}
        for number in range(self.people):
            made, took = self.ask("POST", "/users", {
                "displayName": f"Person Number {number:03}", "onPremisesSamAccountName": name(number), "mail": f"{name(number)}@example.org",
                "passwordProfile": {"password": SECRET}})
            self.ids.append(made["id"])
            spent["person"].append(took)
        for number in range(self.groups):
            made, took = self.ask("POST", "/groups", {"displayName": f"Group Number {number:03}"})
            self.group_ids.append(made["id"])
            spent["group"].append(took)
            for place in range(TOGETHER):
                member = self.ids[(number * TOGETHER + place) % self.people]
                spent["member"].append(self.ask("POST", f"/groups/{made['id']}/members/$ref", {"@odata.id": f"/users/{member}"})[1])
        return {kind: round(statistics.median(took[-20:]), 2) for kind, took in spent.items()}


def name(number):
    """The login name of a person."""
    return f"person{number:03}"


def basic(login, secret):
    """The header of Basic authentication."""
    return "Basic " + base64.b64encode(f"{login}:{secret}".encode()).decode()


def users(**options):
    """The address of a list of users."""
    return "/users?" + "&".join(f"${key}={quote(value)}" for key, value in options.items())


def everybody(house, turn):
    """The whole list, per entry."""
    found, took = house.ask("GET", "/users")
    return took / len(found["value"])


def new_person(house, turn):
    """Make a person without a password, so that no hash is computed; it is removed again."""
    made, took = house.ask("POST", "/users", {"displayName": "New", "onPremisesSamAccountName": f"new{turn}"})
    house.ask("DELETE", "/users/" + made["id"])
    return took


def gone_person(house, turn):
    """Remove one."""
    made, _ = house.ask("POST", "/users", {"displayName": "New", "onPremisesSamAccountName": f"gone{turn}"})
    return house.ask("DELETE", "/users/" + made["id"])[1]


def after_change(house, turn):
    """The first question after a change."""
    house.ask("PATCH", "/users/" + house.ids[1], {"displayName": f"Person Number {turn}"})
    return house.ask("GET", "/me")[1]


def get(path, auth=None):
    """A scenario that asks one address; ``path`` may depend on the server."""
    return lambda house, turn: house.ask("GET", path(house) if callable(path) else path, auth=auth)[1]


SCENARIOS = {
    "sign in with a password": lambda house, turn: house.ask("GET", "/me", auth=(name(turn), SECRET))[1] if turn < 9 else None,
    "sign in again": get("/me", (name(9), SECRET)),
    "a page of 10 people": get(users(orderby="displayName", top="10")),
    "all people, per entry": everybody,
    "search for one": get(users(search='"Number 007"')),
    "search for one, as anybody": get(users(search='"Number 007"'), (name(9), SECRET)),
    "filter by group": get(lambda house: users(filter=f"memberOf/any(m:m/id eq '{house.group_ids[0]}')")),
    "filter by name": get(users(filter="startswith(displayName,'Person Number 00') and accountEnabled eq true", top="10")),
    "one person, expanded": get(lambda house: f"/users/{house.ids[7]}?$expand=memberOf,appRoleAssignments"),
    "a page of 2 groups": get("/groups?$orderby=displayName&$top=2"),
    "a group with 10 members": get(lambda house: f"/groups/{house.group_ids[0]}?$expand=members"),
    "me, with groups": get("/me?$expand=memberOf", (name(9), SECRET)),
    "change a person": lambda house, turn: house.ask("PATCH", "/users/" + house.ids[3], {"displayName": f"Person Number 003 {turn}"})[1],
    "first question after a change": after_change,
    "make a person": new_person,
    "remove a person": gone_person,
}


def main():
    """Fill both, ask both, tell."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--repetitions", type=int, default=200)
    words.add_argument("--folder", default="/var/tmp", help="where the data goes; user attributes must work there")
    words.add_argument("--json", type=Path, default=Path(__file__).parent / "results/people.json")
    given = words.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    folder = Path(tempfile.mkdtemp(prefix="hearth-people-", dir=given.folder))
    houses = [Family(folder, cores[0], *size) for size in SIZES]
    try:
        results = {"made through Graph, ms": [], "at rest, MiB PSS": [], "after it all, MiB PSS": [], "scenarios": {}}
        for house in houses:
            house.begin()
            results["made through Graph, ms"].append(house.fill())
            house.stop()
            house.begin()
            house.ask("GET", "/me")
            time.sleep(1)
            results["at rest, MiB PSS"].append(house.memory()["Pss"])
        print("| ms | " + " | ".join(f"{house.people} people, {house.groups} groups" for house in houses) + " | ratio |\n|---|---|---|---|")
        for title, scenario in SCENARIOS.items():
            took = measure(scenario, houses, given.repetitions)
            results["scenarios"][title] = took
            print(f"| {title} | {took[0]:.3g} | {took[1]:.3g} | {took[1] / took[0]:.2f} |", flush=True)
        results["after it all, MiB PSS"] = [house.memory()["Pss"] for house in houses]
        print("\n" + "\n".join(f"{title}: {results[title]}" for title in results if title != "scenarios"))
        given.json.parent.mkdir(exist_ok=True)
        given.json.write_text(json.dumps(results, indent=1) + "\n")
    finally:
        for house in houses:
            house.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measure(scenario, houses, repetitions):
    """The medians of a scenario on both, asked in turn so that noise meets both alike; None from one leaves a turn out."""
    took = [[] for _ in houses]
    for turn in range(repetitions):
        for house, each in zip(houses, took, strict=True):
            each.append(scenario(house, turn))
    return [statistics.median(each for each in every if each is not None) for every in took]


if __name__ == "__main__":
    main()

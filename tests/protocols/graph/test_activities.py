"""Activities over the wire: as OpenCloud's web client asks, and what is no question."""
import re

import pytest
from somebody import BETA, V1, Somebody

PATH = "/extensions/org.libregraph/activities"


@pytest.fixture
def ann(server):
    return Somebody(server)


def asked(who, kql, status=200):
    answer = who.ask("GET", f"{BETA}{PATH}?kql={kql.replace(' ', '%20')}")
    assert answer.status_code == status, answer.text
    return answer.json().get("value")


def test_activities(server, ann):
    """In the order in which things were done, or the newest first, and no more than wanted; as the record of a real one has it."""
    for content in ("a", "b"):
        ann.ask("PUT", f"/dav/files/{ann.person.name}/a.txt", content)
    home = ann.ask("GET", V1 + "/me/drive").json()["id"]
    id = re.search("<oc:fileid>(.*?)<", ann.ask("PROPFIND", f"/dav/files/{ann.person.name}/a.txt", Depth="0").text)[1]
    first, second = asked(ann, f"itemid:{id}")
    assert first["template"]["message"] == "{user} added {resource} to {folder}" and second["template"]["message"] == "{user} updated {resource} in {folder}"
    assert first["template"]["variables"]["resource"] == {"id": id, "name": "a.txt"} and set(first["template"]["variables"]["user"]) == {"id", "displayName"}
    assert first["template"]["variables"]["folder"]["id"].startswith(home) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["times"]["recordedTime"])
    assert asked(ann, f"itemid:{id} AND limit:1 AND sort:desc") == [second] and asked(ann, f'itemid:"{id}" AND depth:0 AND sort:asc') == [first, second]
    german = ann.ask("GET", f"{BETA}{PATH}?kql=itemid:{id}", **{"Accept-Language": "de"}).json()["value"][0]["template"]["message"]
    assert german == "{user} hat {resource} zu {folder} hinzugefügt"
    eve = Somebody(server)
    asked(eve, f"itemid:{id}", 404)


@pytest.mark.parametrize("kql", ["", "itemid:", "itemid:x", "limit:3", "itemid:a itemid:b", "itemid:x OR limit:3", "(itemid:x)", "itemid:x AND time:1", "itemid:x AND sort:up",
                                 "itemid:x AND limit:x", "itemid:x AND limit:99999999999999", "itemid:" + "x" * 2000, "😀", "itemid:x AND"])
def test_no_questions(ann, kql):
    asked(ann, kql, 400)

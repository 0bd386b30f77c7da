"""Links in force, quotas and how far the set-up got: for administrators, and nobody else."""
import pytest
import requests


@pytest.fixture
def boss(server):
    """An administrator of the shared server."""
    someone = server.add()
    server.cli("user", "set", someone.name, "--role", "admin")
    return someone


def link(server, person, name):
    """A link to a new file of somebody's; its id and its address."""
    assert requests.put(f"{person.dav}/{name}", b"secret", auth=person.auth, timeout=30).ok
    listing = requests.request("PROPFIND", f"{person.dav}/{name}", headers={"Depth": "0"}, auth=person.auth, timeout=30).text
    item = listing.split("<oc:fileid>")[1].split("<")[0]
    at = f"{server.url}/graph/v1beta1/drives/{item.split('!')[0]}/items/{item}/createLink"
    made = requests.post(at, json={"type": "view", "password": "seven words and more"}, auth=person.auth, timeout=30).json()
    return made["id"], made["link"]["webUrl"]


def test_links_of_others_are_seen_and_ended(server, person, boss):
    """Without their addresses; what is ended opens nothing from then on, and the trail tells who did it."""
    id, address = link(server, person, "letter.txt")
    token = address.rpartition("/")[2]
    listed = requests.get(f"{server.url}/api/v0/links", auth=boss.auth, timeout=30)
    shown = next(each for each in listed.json()["value"] if each["id"] == id)
    assert (shown["item"], shown["type"], shown["password"], shown["spaceType"]) == ("letter.txt", "view", True, "personal") and token not in listed.text
    assert requests.get(address, timeout=30).status_code == 200
    for method, path in (("GET", "links"), ("DELETE", f"links/{id}")):
        assert requests.request(method, f"{server.url}/api/v0/{path}", auth=person.auth, timeout=30).status_code == 403
    assert requests.delete(f"{server.url}/api/v0/links/{token}", auth=boss.auth, timeout=30).status_code == 404, "a token is no id"
    assert requests.delete(f"{server.url}/api/v0/links/{id}", auth=boss.auth, timeout=30).status_code == 204
    assert requests.get(address, timeout=30).status_code == 404
    assert requests.delete(f"{server.url}/api/v0/links/{id}", auth=boss.auth, timeout=30).status_code == 404
    assert not [each for each in requests.get(f"{server.url}/api/v0/links", auth=boss.auth, timeout=30).json()["value"] if each["id"] == id]


def test_a_quota_before_the_first_visit(server, boss):
    """Somebody who was never here has the room that they were given, and no more."""
    child = server.add()
    at = f"{server.url}/api/v0/people/{child.name}/quota"
    assert requests.put(at, json={"total": 1000}, auth=boss.auth, timeout=30).json() == {"total": 1000, "used": 0}
    assert requests.put(f"{child.dav}/a.bin", b"x" * 900, auth=child.auth, timeout=30).status_code == 201
    assert requests.put(f"{child.dav}/b.bin", b"x" * 200, auth=child.auth, timeout=30).status_code == 507
    assert requests.get(at, auth=boss.auth, timeout=30).json() == {"total": 1000, "used": 900}
    assert requests.get(at, auth=child.auth, timeout=30).status_code == 403 and requests.put(at, json={"total": 0}, auth=child.auth, timeout=30).status_code == 403
    for wrong in ({"total": -1}, {"total": True}, {"total": "1"}, {}, []):
        assert requests.put(at, json=wrong, auth=boss.auth, timeout=30).status_code == 400, wrong
    assert requests.put(at, json={"total": 0}, auth=boss.auth, timeout=30).json()["total"] == 0


def test_where_the_set_up_stands(server, person, boss):
    """None where there is no link out any more; nobody else is told."""
    assert requests.get(f"{server.url}/api/v0/setup", auth=boss.auth, timeout=30).json() == {"step": None}
    assert requests.get(f"{server.url}/api/v0/setup", auth=person.auth, timeout=30).status_code == 403

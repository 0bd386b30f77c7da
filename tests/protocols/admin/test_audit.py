"""``/api/v0/audit``: for administrators, filtered, a page at a time."""
import pytest
import requests

SECRET = "a long enough secret"


@pytest.fixture(scope="module")
def admin(server):
    server.cli("user", "add", "reader", "--role", "admin", "--password-stdin", input=SECRET + "\n")
    return "reader", SECRET


@pytest.fixture
def ask(server, admin):
    def get(auth=admin, method="GET", path="", **asked):
        return requests.request(method, f"{server.url}/api/v0/audit{path}", params=asked, auth=auth, timeout=30)
    return get


def test_pages(ask, server, person, until):
    """All that somebody did, newest first, in pages that do not overlap."""
    for number in range(5):
        assert requests.request("MKCOL", f"{person.dav}/{number}", auth=person.auth, timeout=30).status_code == 201
    until(lambda: len(ask(who=person.name, action="container_create").json()["value"]) == 5)
    seen, asked = [], {"who": person.name, "action": "container_create", "limit": 2}
    while True:
        page = ask(**asked).json()
        assert len(page["value"]) <= 2
        seen += page["value"]
        if page["next"] is None:
            break
        asked["next"] = page["next"]
    assert [line["path"] for line in seen] == ["4", "3", "2", "1", "0"]
    assert seen[0].items() >= {"who_name": person.name, "result": "done", "address": "127.0.0.1"}.items()
    assert ask(who=person.name, until=seen[-1]["time"], action="container_create").json()["value"] == []
    assert ask(who=seen[0]["who"], since=seen[0]["time"], action="container_create").json()["value"][0] == seen[0]


def test_what_came_by_a_link(ask, server, person, until):
    """Its visitors are no people that are gone."""
    assert requests.request("MKCOL", f"{person.dav}/In", auth=person.auth, timeout=30).status_code == 201
    item = requests.request("PROPFIND", f"{person.dav}/In", headers={"Depth": "0"}, auth=person.auth, timeout=30).text.split("<oc:fileid>")[1].split("<")[0]
    made = requests.post(f"{server.url}/graph/v1beta1/drives/{item.split('!')[0]}/items/{item}/createLink", json={"type": "createOnly", "password": SECRET}, auth=person.auth, timeout=30).json()
    token = made["link"]["webUrl"].rsplit("/", 1)[1]
    assert requests.put(f"{server.url}/dav/public-files/{token}/a.txt", data=b"x", auth=("public", SECRET), timeout=30).ok
    lines = until(lambda: [each for each in ask(action="file_create").json()["value"] if each["path"].endswith("In/a.txt")])
    assert lines[0]["link"] == lines[0]["who"] and "who_name" not in lines[0]


def test_a_wrong_password_for_a_link(ask, server, person, until):
    """Says to what the link leads, by its name."""
    assert requests.request("MKCOL", f"{person.dav}/Holidays", auth=person.auth, timeout=30).status_code == 201
    item = requests.request("PROPFIND", f"{person.dav}/Holidays", headers={"Depth": "0"}, auth=person.auth, timeout=30).text.split("<oc:fileid>")[1].split("<")[0]
    made = requests.post(f"{server.url}/graph/v1beta1/drives/{item.split('!')[0]}/items/{item}/createLink", json={"type": "view", "password": SECRET}, auth=person.auth, timeout=30).json()
    token = made["link"]["webUrl"].rsplit("/", 1)[1]
    assert requests.request("PROPFIND", f"{server.url}/dav/public-files/{token}", auth=("public", "wrong"), timeout=30).status_code == 401
    line, = until(lambda: [each for each in ask(action="link_access_failed").json()["value"] if each["link"] == made["id"]])
    assert line["path"] == "Holidays" and line["result"] == "failed"


def test_for_administrators(ask, person):
    assert ask(auth=person.auth).status_code == 403
    assert ask(auth=None).status_code == 401
    assert ask(auth=person.auth, who=person.name).status_code == 403
    answer = ask()
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    head = ask(method="HEAD")
    assert head.status_code == 200 and head.content == b""


@pytest.mark.parametrize("asked", [{"since": "7d"}, {"until": "\0"}, {"limit": "0"}, {"limit": "501"}, {"limit": "-1"}, {"limit": "٣"}, {"next": "x"},
                                   {"next": "../../2026-11:1"}, {"colour": "red"}, {"who": ["a", "b"]}, {"since": "9999-99-99T00:00:00Z"}])
def test_what_is_not_understood(ask, asked):
    assert ask(**asked).status_code == 400


def test_nobody_and_elsewhere(ask):
    assert ask(who="nobody at all").status_code == 404
    assert ask(path="/more").status_code == 404
    assert ask(method="POST").status_code == 405 and ask(method="DELETE").status_code == 405

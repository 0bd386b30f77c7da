"""/auth-app/tokens."""
import pytest
import requests


@pytest.fixture
def address(server):
    return server.url + "/auth-app/tokens"


@pytest.mark.parametrize("slash", ["", "/"])
def test_make_list_end(server, person, http, address, slash):
    """Made, used, listed without its text, ended by its id or its text."""
    made = http.post(address + slash, params={"expiry": "72h", "label": "phone"}, timeout=30)
    assert made.status_code == 200 and made.json()["label"] == "phone"
    secret = made.json()["token"]
    me = server.url + "/graph/v1.0/me"
    assert requests.get(me, auth=(person.name, secret), timeout=30).status_code == 200
    listed, = http.get(address + slash, timeout=30).json()
    assert listed["token"] != secret and listed["expiration_date"] == made.json()["expiration_date"]
    other = http.post(address, params={"expiry": "1h30m"}, timeout=30).json()
    assert other["label"] == "Generated via API"
    assert http.delete(address + slash, params={"token": listed["token"]}, timeout=30).status_code == 200
    assert http.delete(address, params={"token": other["token"]}, timeout=30).status_code == 200
    assert http.get(address, timeout=30).json() == [] and requests.get(me, auth=(person.name, secret), timeout=30).status_code == 401


@pytest.mark.parametrize("expiry", [None, "", "72", "3d", "h", "-1h", "0s", "1e9h", "9" * 40 + "h", "999999999999h", "72h ", "1h1x"])
def test_bad_expiry(http, address, expiry):
    """400, and no token."""
    assert http.post(address, params={"expiry": expiry} if expiry is not None else {}, timeout=30).status_code == 400
    assert http.get(address, timeout=30).json() == []


def test_refused(server, person, http, address):
    """Not for others, not by a token, not without a sign-in; nobody ends somebody else's."""
    assert http.post(address, params={"expiry": "1h", "userName": "bob"}, timeout=30).status_code == 403
    assert requests.get(address, timeout=30).status_code == 401
    token = http.post(address, params={"expiry": "1h"}, timeout=30).json()["token"]
    for method in ("GET", "POST", "DELETE"):
        assert requests.request(method, address, params={"expiry": "1h", "token": "x"}, auth=(person.name, token), timeout=30).status_code == 403
    other = server.add()
    mine, = http.get(address, timeout=30).json()
    for named in (mine["token"], token, "nonsense", "../accounts/x"):
        assert requests.delete(address, params={"token": named}, auth=other.auth, timeout=30).status_code == 404
    assert http.delete(address, timeout=30).status_code == 400
    assert http.put(address, timeout=30).status_code == 405
    assert http.get(address + "/more", timeout=30).status_code == 404

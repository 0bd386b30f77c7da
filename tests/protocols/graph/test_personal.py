"""``/users/{id}/exportPersonalData``: a file in one's own space, and only for oneself."""
import pytest
import requests


def test_export(server, call, made):
    dora = made("dora-of-export", mail="dora@export.example")
    for sent, name in (({"json": {"storageLocation": "/.personal_data_export.json"}}, ".personal_data_export.json"), ({}, "personal_data_export.json")):
        answer = call("POST", f"/users/{dora.id}/exportPersonalData", auth=dora.auth, **sent)
        assert (answer.status_code, answer.content) == (202, b"")
        said = requests.get(f"{server.url}/dav/files/{dora.name}/{name}", auth=dora.auth, timeout=30).json()
        assert said["user"]["email"] == "dora@export.example" and any(line["action"] == "user_created" for line in said["events"])
    assert dora.auth[1] not in str(said) and "argon2" not in str(said)


def test_of_others(call, made, refused):
    """Not even for an administrator; and somebody who is not there looks the same as ever."""
    dora, carl = made("dora-of-others"), made("carl-of-others")
    refused(call("POST", f"/users/{dora.id}/exportPersonalData", auth=carl.auth), 400, "invalidRequest")
    refused(call("POST", f"/users/{dora.id}/exportPersonalData"), 400, "invalidRequest")
    refused(call("POST", "/users/nobody/exportPersonalData", auth=carl.auth), 404, "itemNotFound")
    assert call("GET", f"/users/{dora.id}/exportPersonalData", auth=dora.auth).status_code == 405


@pytest.mark.parametrize("sent, status, code", [
    ({"json": {"storageLocation": "x.txt"}}, 400, "invalidRequest"), ({"json": {"storageLocation": 7}}, 400, "invalidRequest"),
    ({"json": {"other": "x"}}, 400, "invalidRequest"), ({"data": "{"}, 400, "invalidRequest"),
    ({"json": {"storageLocation": "/none/x.json"}}, 404, "itemNotFound")])
def test_what_is_not_understood(call, made, refused, sent, status, code):
    dora = made(f"dora-{abs(hash(str(sent)))}")
    refused(call("POST", f"/users/{dora.id}/exportPersonalData", auth=dora.auth, **sent), status, code)

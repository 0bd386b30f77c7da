"""How people must sign in, and help for who has lost a second factor: for administrators, not for their app tokens."""
import json

import pytest
import requests


@pytest.fixture
def box(own_server):
    """A server of its own, because the policy is asked of all; ``ask(method, path, auth, body)``."""
    admin, ann = own_server.add("root"), own_server.add("ann")
    own_server.cli("user", "set", "root", "--role", "admin")

    def ask(method, path, auth=admin.auth, body=None):
        return requests.request(method, f"{own_server.url}/api/v0/{path}", auth=auth, data=body, timeout=30)
    ask.server, ask.ann, ask.admin = own_server, ann, admin
    return ask


def test_policy(box):
    """Read and changed by administrators; what makes no sense changes nothing."""
    assert box("GET", "policy").json() == {"secondFactor": "nobody"}
    for body in ("", "[", "[]", "{}", '{"secondFactor": "some"}', '{"secondFactor": []}', "[" * 3000):
        assert box("PUT", "policy", body=body).status_code == 400
    token = json.loads(box.server.cli("token", "create", "root", "--json").stdout)["token"]
    wanted = json.dumps({"secondFactor": "everyone"})
    assert box("PUT", "policy", ("root", token), wanted).status_code == 403
    assert box("GET", "policy", box.ann.auth).status_code == box("PUT", "policy", box.ann.auth, wanted).status_code == 403
    assert box("PUT", "policy", body=wanted).json() == {"secondFactor": "everyone"}
    assert box("GET", "policy").status_code == 401  # whose password alone is not enough now, either
    assert box("GET", "policy", ("root", token)).json() == {"secondFactor": "everyone"}


def test_help(box):
    """Told what there is; a rescue code; all gone."""
    people = "people/ann/"
    assert box("GET", people + "second-factor").json() == {"authenticatorApp": False, "passkeys": 0, "recoveryCodes": 0}
    made = box("POST", people + "rescue").json()
    assert made["seconds"] == 600 and len(made["code"]) == 19
    for method, path in (("GET", people + "second-factor"), ("DELETE", people + "second-factor"), ("POST", people + "rescue")):
        assert box(method, path, box.ann.auth).status_code == 403
    assert box("DELETE", people + "second-factor").status_code == 204
    assert box("POST", "people/nobody/rescue").status_code == 404 and box("GET", "people/ann/nothing").status_code == 404
    assert box("PUT", people + "rescue").status_code == 405 and box("POST", "policy").status_code == 405

"""What the tests of Graph share: an administrator, and a way to ask and to be refused."""
from datetime import datetime
from types import SimpleNamespace

import pytest
import requests

SECRET = "a long enough secret"


@pytest.fixture(scope="session")
def root(server):
    """An administrator of the server for the whole run."""
    server.cli("user", "add", "root-of-graph", "--role", "admin", "--email", "root@example.org", "--password-stdin", input=SECRET + "\n")
    return ("root-of-graph", SECRET)


@pytest.fixture
def call(server, root):
    """Send a request to Graph: ``call("PATCH", "/me", json={}, auth=…)``, by default as the administrator."""
    with requests.Session() as session:
        def send(method, path, version="v1.0", auth=root, **more):
            return session.request(method, f"{server.url}/graph/{version}{path}", auth=auth, timeout=30, **more)
        yield send


@pytest.fixture
def made(call):
    """Make a person through Graph."""
    def make(name, **more):
        answer = call("POST", "/users", json={"displayName": name.title(), "onPremisesSamAccountName": name,
                                              "passwordProfile": {"password": SECRET}, **more})
        assert answer.status_code == 201, answer.text
        return SimpleNamespace(**answer.json(), name=name, auth=(name, SECRET))
    return make


@pytest.fixture
def refused():
    """Assert that an answer refuses in Graph's form."""
    def check(answer, status, code):
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json"), answer.text
        error = answer.json()["error"]
        assert error["code"] == code and error["message"] and set(error["innererror"]) == {"date", "request-id"}
        datetime.strptime(error["innererror"]["date"], "%Y-%m-%dT%H:%M:%SZ")
    return check

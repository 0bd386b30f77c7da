"""openid-client, a certified relying party, signs somebody in, and each misuse is refused."""
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

from browser import Browser

CLIENTS = Path(__file__).parents[1] / "clients"
pytestmark = pytest.mark.skipif(not shutil.which("node") or not (CLIENTS / "node_modules/openid-client").exists(),
                                reason="node or the npm package openid-client is not installed")
DESKTOP, BACK = "OpenCloudDesktop", "http://127.0.0.1:43210/"


class Program:
    """openid-client at work."""

    def __init__(self, server, story, id=DESKTOP, redirect=BACK, secret=""):
        self.process = subprocess.Popen(["node", CLIENTS / "scripts/openid.mjs", server.url, id, redirect, story, secret], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.authorize = self.next()["authorize"]

    def next(self):
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line)

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()


@pytest.fixture
def browser(server):
    with Browser(server.url) as browser:
        yield browser


@pytest.fixture
def program(server):
    begun = []

    def begin(*args, **more):
        begun.append(Program(server, *args, **more))
        return begun[-1]
    yield begin
    for each in begun:
        each.process.kill()
        each.process.communicate()


def signed_in(program, browser, person, *args, **more):
    """A program that has what it wants."""
    running = program(*args, **more)
    running.say(browser.authorize(running.authorize, person))
    return running


def test_flow(server, program, browser, person):
    """Discovery, code with PKCE, id token, userinfo; the access token opens the house, and as nobody else."""
    running = signed_in(program, browser, person, "flow")
    got = running.next()
    assert got["claims"]["iss"] == server.url and got["claims"]["preferred_username"] == person.name and got["expires"] == 300
    assert running.next()["userinfo"]["preferred_username"] == person.name
    bearer = {"Authorization": f"Bearer {got['access']}"}
    me = requests.get(server.url + "/graph/v1.0/me", headers=bearer, timeout=30).json()
    assert me["onPremisesSamAccountName"] == person.name and me["id"] == got["claims"]["sub"]
    assert requests.put(f"{person.dav}/by-token.txt", b"x", headers=bearer, timeout=30).status_code == 201
    for wrong in (got["access"][:-3] + "AAA", got["id"], got["refresh"], "x.y.z", got["access"] + ".a"):
        assert requests.get(server.url + "/graph/v1.0/me", headers={"Authorization": f"Bearer {wrong}"}, timeout=30).status_code == 401


def test_refresh(program, browser, person):
    """Each refresh token works once; using an old one ends everything that came of it."""
    running = signed_in(program, browser, person, "refresh")
    running.next(), running.next()
    assert running.next()["different"] == 3
    assert running.next()["reused"] == running.next()["ended"] == "invalid_grant"


def test_reused_code(program, browser, person):
    """It is refused, and what came of it has ended."""
    running = signed_in(program, browser, person, "reused code")
    running.next(), running.next()
    assert running.next()["refused"] == running.next()["refresh"] == "invalid_grant"
    assert running.next()["userinfo"] != "not refused"


def test_wrong_verifier(program, browser, person):
    """Refused, and the code is gone."""
    running = signed_in(program, browser, person, "wrong verifier")
    assert running.next()["refused"] == running.next()["again"] == "invalid_grant"


def test_revoke(program, browser, person):
    """A revoked refresh token takes the access token along."""
    running = signed_in(program, browser, person, "revoke")
    running.next(), running.next()
    assert running.next()["refresh"] == "invalid_grant" and running.next()["userinfo"] != "not refused"


def test_log_out(server, program, browser, person):
    """The browser is signed out and comes back to the program."""
    running = signed_in(program, browser, person, "log out", "web", server.url + "/oidc-callback.html")
    running.next(), running.next()
    running.say(server.url + "/")
    answer = browser.get(running.next()["end"], allow_redirects=False, timeout=30)
    assert answer.headers["Location"] == server.url + "/?state=bye"
    assert browser.see("/account", allow_redirects=False).status_code == 303


def test_another_program_in_the_house(server, program, browser, person):
    """A client that the administrator adds: the person is asked once, it learns who they are, and gets at no file."""
    added = json.loads(server.cli("client", "add", "Photo frame", "--redirect", "https://frame.example/back", "--json").stdout)
    running = signed_in(program, browser, person, "introspect", added["id"], "https://frame.example/back", secret=added["secret"])
    got = running.next()
    assert running.next()["userinfo"]["preferred_username"] == person.name
    said = running.next()
    assert said["access"]["active"] and said["refresh"]["active"] and said["access"]["sub"] == got["claims"]["sub"]
    assert requests.get(server.url + "/graph/v1.0/me", headers={"Authorization": f"Bearer {got['access']}"}, timeout=30).status_code == 401
    assert browser.asked == 1
    signed_in(program, browser, person, "flow", added["id"], "https://frame.example/back", secret=added["secret"]).next()
    assert browser.asked == 1                       # remembered
    server.cli("client", "remove", added["id"])
    assert browser.get(running.authorize, allow_redirects=False, timeout=30).status_code == 400

"""OpenCloud's own client library, npm's @opencloud-eu/web-client: each call that it offers against the running server."""
import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

from browser import Browser
from sims.relying import Person, Program

HERE = Path(__file__).parent
SCRIPT = HERE / "scripts/webclient.mjs"
CALLS = re.findall(r'^await call\("([^"]+)"', SCRIPT.read_text(), re.M)

pytestmark = [pytest.mark.skipif(not shutil.which("node"), reason="node is not installed"),
              pytest.mark.skipif(not (HERE / "node_modules/@opencloud-eu/web-client").exists(),
                                 reason="the npm package @opencloud-eu/web-client is not installed")]


def basic(server, person):
    """Name and password."""
    return "Basic " + base64.b64encode(":".join(person.auth).encode()).decode()


def bearer(server, person):
    """As the web client itself does: a code, and an access token for it."""
    program = Program(server.url, True, "node", "web", "web", server.url + "/oidc-callback.html", "openid profile email")
    program.found = requests.get(server.url + "/.well-known/openid-configuration", timeout=30).json()
    with Browser(server.url) as browser:
        program.redeem(browser.authorize(program.authorization(), Person(person.name, person.password)), client_id=program.client)
    return "Bearer " + program.tokens["access_token"]


@pytest.fixture(scope="module", params=[basic, bearer], ids=["basic", "bearer"])
def made(request, server):
    """What each call came to, ``{name: error or None}``, and which calls nothing made."""
    ann, bob = server.add(), server.add()
    server.cli("user", "set", ann.name, "--role", "admin")
    environ = {"URL": server.url, "AUTHORIZATION": request.param(server, ann), "NAME": ann.name, "OTHER": bob.name, "PASSWORD": ann.password}
    done = subprocess.run(["node", SCRIPT], env={**os.environ, **environ}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    *made, last = map(json.loads, done.stdout.splitlines())
    return {each["name"]: each["error"] for each in made}, last["left"]


@pytest.mark.parametrize("call", CALLS)
def test_call(call, made):
    """It answers in the shape that the library wants, or says cleanly that it does not."""
    assert made[0][call] is None, made[0][call]


def test_every_call_is_made(made):
    """None that the library offers is left out."""
    assert not made[1] and list(made[0]) == CALLS

"""``hearth audit``: a day in the house, read beside the running server; and that no secret of the day was written anywhere."""
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyotp
import pytest
import requests

from browser import HIDDEN, Browser

SECRET = "a long enough secret"


@pytest.fixture
def audit(own_server):
    """What ``hearth audit`` tells, once all of it is written."""
    def read(*words):
        return json.loads(own_server.cli("audit", "--json", *words).stdout)
    return read


def test_a_day(own_server, audit, until):
    """Every kind of secret is used, and none is in the trail, in the log, or in what the command tells."""
    server, secrets = own_server, {SECRET, "wrong guess number one", "my password typed as a name"}
    ann = server.add("ann", SECRET)
    server.cli("user", "add", "root", "--role", "admin", "--password-stdin", input=SECRET + "\n")
    app_token = server.cli("token", "create", "ann", "--label", "Phone of Ann").stdout.strip()
    secrets.add(app_token)

    # Programs.
    def ask(method, path, auth=ann.auth, **more):
        return requests.request(method, server.url + path, auth=auth, headers={"User-Agent": "day/1.0"} | more.pop("headers", {}), timeout=30, **more)
    assert ask("PUT", "/dav/files/ann/a.txt", data=b"1").status_code == 201
    assert ask("PUT", "/dav/files/ann/a.txt", data=b"22").status_code == 204
    assert ask("MKCOL", "/dav/files/ann/d").status_code == 201
    assert ask("MOVE", "/dav/files/ann/a.txt", headers={"Destination": server.url + "/dav/files/ann/d/b.txt"}).status_code == 201
    assert ask("DELETE", "/dav/files/ann/d").status_code == 204
    assert ask("GET", "/graph/v1.0/me", auth=("ann", app_token)).status_code == 200
    for name, word in (("ann", "wrong guess number one"), ("my password typed as a name", "x"), ("ann", "wrong guess number one")):
        assert ask("GET", "/graph/v1.0/me", auth=(name, word)).status_code == 401
    upload = ask("POST", "/dav/files/ann/", headers={
        "Tus-Resumable": "1.0.0", "Upload-Length": "3", "Upload-Metadata": "filename Yy50eHQ="}).headers["Location"]
    secrets.add(upload.rpartition(".")[2])
    assert requests.patch(upload, b"333", headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0",
                                                   "Content-Type": "application/offset+octet-stream"}, timeout=30).status_code == 204
    listing = ask("PROPFIND", "/dav/files/ann/c.txt", data='<propfind xmlns="DAV:"><prop><downloadURL xmlns="http://owncloud.org/ns"/></prop></propfind>')
    download = re.search(r"downloadURL>([^<]+)<", listing.text)[1].replace("&amp;", "&")
    secrets.add(download.rpartition(".")[2])
    assert requests.get(download, timeout=30).content == b"333"

    # Ann in her browser.
    with Browser(server.url) as browser:
        browser.sign_in(ann)
        secrets.add(browser.cookies["hearth"].rpartition(".")[2])
        page = browser.see("/account/app")
        key = dict(HIDDEN.findall(page.text))["secret"]
        now = int(time.time()) // 30
        code = pyotp.TOTP(key).generate_otp(now)
        shown = browser.fill(page, "/account/app", code=code)
        secrets |= {key, code, *re.findall(r"<li><code>([a-z2-7-]{19})</code>", shown.text)}
        page = browser.fill(browser.see("/account"), "/account/token", label="Tablet of Ann", days="30")
        secrets |= set(re.findall(r"<code[^>]*>([a-z2-7]{32})</code>", page.text))
        second = "another good secret"
        secrets.add(second)
        browser.fill(browser.see("/account"), "/account/password", current=SECRET, new=second, again=second)
        secrets.add(browser.cookies["hearth"].rpartition(".")[2])
        browser.fill(browser.see("/signout"), "/signout")
    # Who holds the box, and an administrator.
    secrets.add(json.loads(server.cli("user", "rescue", "ann", "--json").stdout)["code"])
    server.cli("user", "reset-second-factor", "ann")
    server.cli("policy", "--second-factor", "nobody")
    graph = {"auth": ("root", SECRET)}
    made = ask("POST", "/graph/v1.0/users", json={"displayName": "Bob", "onPremisesSamAccountName": "bob", "mail": "bob@example.org",
                                                  "passwordProfile": {"password": "the secret of Bob"}}, **graph)
    secrets.add("the secret of Bob")
    assert made.status_code == 201, made.text
    assert ask("DELETE", f"/graph/v1.0/users/{made.json()['id']}", **graph).status_code == 204

    until(lambda: any(line["action"] == "user_deleted" for line in audit()))
    lines = audit()
    told = [line["action"] for line in lines]
    for action in ("user_created", "token_made", "file_create", "file_update", "container_create", "file_rename", "file_delete", "signed_in",
                   "sign_in_failed", "factor_added", "factor_removed", "password_changed", "signed_out", "setting_changed", "user_deleted"):
        assert action in told, action
    assert told.count("sign_in_failed") == 2 and told.count("token_made") == 2    # the same wrong secret again is no new guess
    moved = next(line for line in lines if line["action"] == "file_rename")
    assert moved.items() >= {"who_name": "ann", "path": "d/b.txt", "before": "a.txt", "address": "127.0.0.1", "agent": "day/1.0"}.items()
    request = next(line["request"] for line in lines if line["action"] == "user_deleted")
    assert f" {request}\n" in server.log             # the line of the journal for the same request
    server.stop()
    trail = b"".join(each.read_bytes() for each in (server.data / ".hearth" / "audit").iterdir())
    assert len(secrets) >= 22
    for place, text in (("trail", trail.decode()), ("log", server.log), ("command", json.dumps(lines))):
        assert [secret for secret in secrets if secret in text] == [], place
    for name in ("Phone of Ann", "Tablet of Ann", "Bob", "bob@example.org", "typed as a name"):
        assert name not in trail.decode()


def test_what_is_shown(own_server, audit, until):
    """A table for people, filtered, that no terminal is fooled by; and JSON."""
    ann = own_server.add("ann")
    folder = requests.utils.quote("x\u202egnp.exe\u009b2J")
    requests.request("MKCOL", f"{own_server.url}/dav/files/ann/{folder}", auth=ann.auth, headers={"User-Agent": "\u009b1mred"}, timeout=30)
    until(lambda: audit("--action", "container_create"))
    shown = own_server.cli("audit", "--since", "1h", "--who", "ann").stdout
    assert re.search(r"^20[0-9-]+T[0-9:]+ +- +user_created +ann +- +hearth$", shown, re.MULTILINE)
    assert "x\\u202egnp.exe\\u009b2J" in shown and not set("\u202e\u009b\x1b") & set(shown)
    assert [line["action"] for line in audit("--lines", "2", "--who", "ann")] == ["signed_in", "container_create"]
    assert audit("--action", "none") == [] and audit("--who", "00000000-0000-4000-8000-000000000000") == []
    assert "no account" in own_server.cli("audit", "--who", "nobody", check=False).stderr
    assert "Nothing" in own_server.cli("audit", "--action", "none").stdout
    assert own_server.cli("audit", "--since", "yesterday", check=False).returncode == 2


def test_follow(own_server):
    """What happens from now on is told as it happens."""
    own_server.add("ann")
    following = subprocess.Popen([sys.executable, "-m", "appliance", "audit", "--follow", "--json", "--data", own_server.data], text=True,
                                 stdout=subprocess.PIPE, env={**os.environ, "HEARTH_CONFIG": own_server._config()}, cwd=Path(__file__).parents[2],
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))    # a shell's background jobs ignore it
    assert json.loads(following.stdout.readline())["action"] == "user_created"
    own_server.cli("group", "add", "family")
    assert json.loads(following.stdout.readline())["name"] == "family"
    own_server.cli("group", "remove", "family")
    assert json.loads(following.stdout.readline())["action"] == "group_deleted"
    following.send_signal(signal.SIGINT)
    following.wait(20)


def test_no_storage(tmp_path):
    done = subprocess.run([sys.executable, "-m", "appliance", "audit", "--data", tmp_path], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "--data" in done.stderr and not list(tmp_path.iterdir())

"""Accounts from the command line: what is printed, how it ends, and that a running server sees it at once."""
import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import requests

from appliance.cli import account

SECRET = "a long enough secret"


@pytest.fixture
def hearth(tmp_path):
    """Run a command on a storage of its own, without a server."""
    def run(*words, input="", expect=0):
        done = subprocess.run([sys.executable, "-m", "appliance", *words, "--data", str(tmp_path / "data"), "--cache", str(tmp_path / "cache")],
                              input=input, capture_output=True, text=True, timeout=60,
                              env={key: value for key, value in os.environ.items() if not key.startswith("HEARTH_")})
        assert done.returncode == expect, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        if expect == 1:
            assert done.stdout == "" and done.stderr.count("\n") == 1
        return json.loads(done.stdout) if "--json" in words and expect == 0 else done.stdout if expect == 0 else done.stderr
    return run


@pytest.fixture
def box(hearth):
    """The same, with an administrator."""
    hearth("setup", "--admin", "root", "--password-stdin", input=SECRET + "\n")
    return hearth


def test_setup(hearth):
    """Once, with the password from standard input."""
    said = hearth("setup", "--admin", "ann", "--password-stdin", "--email", "a@b.c", "--display-name", "Ann", "--json", input=SECRET + "\n")
    assert (said["name"], said["role"], said["email"], said["display_name"]) == ("ann", "admin", "a@b.c", "Ann")
    assert "set up already" in hearth("setup", "--admin", "ben", "--password-stdin", input=SECRET + "\n", expect=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can work for somebody else")
def test_root_works_for_whom_the_storage_belongs_to(box, tmp_path):
    """An administrator types sudo; the server runs as somebody else and must be able to read what came of it."""
    outside = [path for path in tmp_path.parents if path.stat().st_uid == 0 and not path.stat().st_mode & 1]
    for path in outside:
        path.chmod(path.stat().st_mode | 1)
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 65534, 65534)
    try:
        box("user", "add", "ben", "--password-stdin", input=SECRET + "\n")
        box("token", "create", "ben")
        box("user", "add", "tom")
        box("user", "remove", "tom")
        box("reindex")
    finally:
        for path in outside:
            path.chmod(path.stat().st_mode & ~1)
    assert {path.stat().st_uid for path in tmp_path.rglob("*")} == {65534}


def test_wrong_usage(hearth):
    for words in (("setup", "--admin", "ann"), ("user",), ("user", "add"), ("user", "add", "a", "--role", "boss"), ("token", "create"),
                  ("user", "add", "a", "--quota", "much"), ("token", "create", "a", "--expires", "soon"), ("group", "join", "a"),
                  ("serve", "--listen", "foo"), ("serve", "--listen", "ftp://a:1")):
        hearth(*words, expect=2)


def test_refusals_are_one_line(hearth):
    assert "--data" in hearth("user", "list", expect=1)
    assert "too short" in hearth("setup", "--admin", "ann", "--password-stdin", input="short\n", expect=1)
    assert "password" in hearth("setup", "--admin", "ann", "--password-stdin", input="", expect=1)
    hearth("setup", "--admin", "ann", "--password-stdin", input=SECRET + "\n")
    for words in (("user", "show", "ben"), ("user", "add", "ANN"), ("group", "join", "x", "ann"), ("token", "revoke", "x"),
                  ("user", "add", "a/b"), ("token", "create", "ann", "--folder", ""), ("token", "create", "ann", "--folder", "nothing"),
                  ("token", "create", "ann", "--folder", "../..")):
        hearth(*words, expect=1)


def test_accounts(box):
    box("user", "add", "ann", "--password-stdin", "--display-name", "Ann", "--email", "a@b.c", "--role", "guest", "--quota", "5GB", input=SECRET + "\n")
    shown = box("user", "show", "ANN", "--json")
    assert (shown["name"], shown["display_name"], shown["email"], shown["role"], shown["quota"], shown["enabled"], shown["groups"]) == \
        ("ann", "Ann", "a@b.c", "guest", 5_000_000_000, True, [])
    assert "ann" in box("user", "show", "ann") and "guest" in box("user", "list")
    assert [each["name"] for each in box("user", "list", "--json")] == ["ann", "root"]
    assert box("user", "disable", "ann", "--json")["enabled"] is False and "disabled" in box("user", "list")
    assert box("user", "enable", "ann", "--json")["enabled"] is True
    box("user", "passwd", "ann", "--password-stdin", input="another good secret\n")
    box("user", "reset-second-factor", "ann")
    box("user", "remove", "ann")
    assert [each["name"] for each in box("user", "list", "--json")] == ["root"]


def test_changing_an_account(box):
    """What is named, and nothing else."""
    box("user", "add", "ann", "--email", "a@b.c")
    said = box("user", "set", "ann", "--login", "anne", "--quota", "5GB", "--language", "de", "--role", "space-admin", "--json")
    assert (said["name"], said["quota"], said["language"], said["role"], said["email"]) == ("anne", 5_000_000_000, "de", "space-admin", "a@b.c")
    for wrong in (("--email", "x"), ("--login", "root"), ("--language", "d_e")):
        box("user", "set", "anne", "--display-name", "Other", *wrong, expect=1)
    assert box("user", "show", "anne", "--json")["display_name"] == "ann"
    assert "last administrator" in box("user", "set", "root", "--role", "user", expect=1)


def test_files_are_given_on(box, tmp_path):
    """To somebody who has room of their own, else nothing happens."""
    for name, role in (("ann", "user"), ("gus", "guest")):
        box("user", "add", name, "--role", role, "--password-stdin", input=SECRET + "\n")
    for heir in ("ann", "gus", "nobody"):
        box("user", "remove", "ann", "--give-files-to", heir, expect=1)
    assert "administrator" in box("user", "remove", "root", expect=1)
    assert 'root has the files, in the folder "Files of ann"' in box("user", "remove", "ann", "--give-files-to", "root")
    assert box("user", "show", "ann", expect=1)


def test_groups(box):
    box("group", "add", "family"), box("group", "join", "family", "root")
    assert box("group", "list", "--json")[0]["members"] == ["root"] and box("user", "show", "root", "--json")["groups"] == ["family"]
    assert "family" in box("group", "list")
    box("group", "leave", "family", "root"), box("group", "remove", "family")
    assert box("group", "list", "--json") == [] and box("group", "list").strip() == ""


def test_tokens(box):
    made = box("token", "create", "root", "--label", "rclone", "--expires", "72h", "--json")
    assert set(made) == {"token", "id", "label", "expires"} and made["label"] == "rclone"
    expires = datetime.fromisoformat(made["expires"])
    assert timedelta(hours=71) < expires - datetime.now(UTC) <= timedelta(hours=72)
    bare = box("token", "create", "root").strip()
    assert len(bare) == 32
    every = box("token", "list", "root", "--json")
    assert [each["label"] for each in every] == ["rclone", ""] and made["token"] not in json.dumps(every)
    assert "rclone" in box("token", "list", "root")
    box("token", "revoke", made["id"])
    assert len(box("token", "list", "root", "--json")) == 1
    box("token", "create", "root", "--folder", "/", "--read-only")
    assert "read-only one-folder" in box("token", "list", "root")


def test_a_password_may_hold_any_sign(box):
    """Only the end of the line is cut off."""
    for number, password in enumerate((" blanks at both ends ", "tab\tin it", "ümläute 日本", "quotes ' \" \\ $x")):
        box("user", "add", f"p{number}", "--password-stdin", input=password + "\r\n")


def test_a_running_server_sees_it_at_once(server):
    """Every change, by the very next request."""
    name = "cli-account"
    status = lambda secret: requests.get(server.url + "/graph/v1.0/me", auth=(name, secret)).status_code
    assert status(SECRET) == 401
    server.cli("user", "add", name, "--password-stdin", input=SECRET + "\n")
    assert status(SECRET) == 200
    token = json.loads(server.cli("token", "create", name, "--json").stdout)
    assert status(token["token"]) == 200
    server.cli("user", "disable", name)
    assert status(SECRET) == status(token["token"]) == 401
    server.cli("user", "enable", name)
    assert status(SECRET) == status(token["token"]) == 200
    server.cli("user", "passwd", name, "--password-stdin", input="another good secret\n")
    assert status(SECRET) == 401 and status("another good secret") == status(token["token"]) == 200
    server.cli("token", "revoke", token["id"])
    assert status(token["token"]) == 401
    server.cli("user", "remove", name)
    assert status("another good secret") == 401


@pytest.mark.parametrize("text, bytes", [
    ("0", 0), ("123", 123), ("10k", 10240), ("10kB", 10_000), ("1.5GiB", 1_610_612_736), ("50GB", 50_000_000_000), ("2 TB", 2 * 10 ** 12),
    ("7b", 7), ("1M", 1 << 20)])
def test_sizes(text, bytes):
    assert account.size(text) == bytes


@pytest.mark.parametrize("text, seconds", [("72h", 259_200), ("30d", 2_592_000), ("1h30m", 5400), ("2w", 1_209_600), ("10s", 10)])
def test_lengths_of_time(text, seconds):
    assert account.seconds(text) == seconds


@pytest.mark.parametrize("read, text", [(account.size, each) for each in ("", "-1", "5 apples", "1e9", "GB")]
                         + [(account.seconds, each) for each in ("", "72", "0h", "h", "1h x", "999999w", "-1h")])
def test_what_is_no_size_and_no_time(read, text):
    with pytest.raises(argparse.ArgumentTypeError):
        read(text)

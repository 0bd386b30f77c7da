"""hearth check, reindex and version; and what a person sees when something is wrong."""
import json
import os
import socket

import pytest
import requests


def test_a_sound_storage_and_a_broken_one(own_server):
    person = own_server.add()
    requests.put(person.dav + "/a.txt", data=b"a", auth=person.auth, timeout=30)
    assert json.loads(own_server.cli("check", "--json").stdout) == {"sound": True, "findings": []}
    own_server.stop()
    os.removexattr(own_server.data / "people" / person.name / "a.txt", "user.hearth.sums")
    found = own_server.cli("check", "--json", check=False)
    assert found.returncode == 1 and [each["rule"] for each in json.loads(found.stdout)["findings"]] == ["sums"]
    assert own_server.cli("check", "--repair").returncode == 0
    assert own_server.cli("check").stdout == "The storage is sound.\n"


def test_repair_is_refused_while_a_server_runs(own_server):
    done = own_server.cli("check", "--repair", check=False)
    assert done.returncode == 1 and "Stop the server" in done.stderr and done.stderr.count("\n") == 1


def test_the_index_is_found_again_on_the_disk(own_server):
    person = own_server.add()
    answer = requests.put(person.dav + "/a.txt", data=b"a", auth=person.auth, timeout=30)
    own_server.stop()
    for file in own_server.cache.iterdir():
        file.unlink()
    own_server.cli("reindex")
    own_server.start()
    by_id = f"{own_server.url}/dav/spaces/{answer.headers['OC-FileId']}"
    assert requests.get(by_id, auth=person.auth, timeout=30).content == b"a"


@pytest.mark.parametrize("words, status, text", [
    (("version",), 0, "hearth "), (("check",), 1, "--data"), (("nonsense",), 2, "usage"), (("serve", "--listen", "ftp://x"), 2, "http://"),
])
def test_one_line_that_names_the_remedy(words, status, text, tmp_path, monkeypatch, capsys):
    from appliance.cli import main
    monkeypatch.setenv("HEARTH_DATA", str(tmp_path / "none"))
    monkeypatch.setenv("HEARTH_CACHE", str(tmp_path / "cache"))
    try:
        assert main(list(words)) == status
    except SystemExit as ended:
        assert ended.code == status
    said = capsys.readouterr()
    assert text in said.out + said.err and "Traceback" not in said.err


def test_an_address_in_use_is_told_in_one_line(own_server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        own_server.stop()
        done = own_server.cli("serve", "--listen", f"http://127.0.0.1:{taken.getsockname()[1]}", check=False)
    assert done.returncode == 1 and "in use" in done.stderr and "Traceback" not in done.stderr


def test_a_storage_is_served_once(own_server):
    done = own_server.cli("serve", "--listen", "http://127.0.0.1:0", check=False)
    assert done.returncode == 1 and "already" in done.stderr and "Traceback" not in done.stderr


def test_a_file_system_without_attributes_is_refused_in_one_sentence(tmp_path, monkeypatch, capsys):
    from appliance.cli import main
    monkeypatch.setattr(os, "setxattr", lambda *a, **k: (_ for _ in ()).throw(OSError(95, "Operation not supported")))
    assert main(["serve", "--data", str(tmp_path / "data"), "--cache", str(tmp_path / "cache")]) == 1
    said = capsys.readouterr().err
    assert "ext4" in said and said.count("\n") == 1

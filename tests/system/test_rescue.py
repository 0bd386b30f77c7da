"""The way back in for whoever holds the box: by a file on the boot partition, once; written down, and told to all administrators."""
import json

import pytest
import requests

from appliance.system import rescue


@pytest.fixture
def boot(tmp_path):
    folder = tmp_path / "boot"
    folder.mkdir()
    return folder


@pytest.mark.slow
def test_by_a_file(own_server, boot):
    """As Windows' Notepad writes it, before the server starts: the account is in again, its second factor and sessions are gone."""
    ann = own_server.add("ann")
    own_server.cli("user", "set", "ann", "--role", "admin")
    own_server.stop()
    (boot / rescue.ASKED).write_bytes("ann\r\n".encode("utf-16"))
    own_server.cli("rescue", "--boot", str(boot))
    assert not (boot / rescue.ASKED).exists() and (boot / rescue.ANSWERED).stat().st_mode & 0o077 == 0
    text = (boot / rescue.ANSWERED).read_text()
    password = next(line.strip() for line in text.splitlines() if line.startswith("    "))
    assert "Sign in as ann" in text
    own_server.start()
    assert requests.get(f"{own_server.url}/graph/v1.0/me", auth=("ann", password), timeout=30).status_code == 200
    assert requests.get(f"{own_server.url}/graph/v1.0/me", auth=ann.auth, timeout=30).status_code == 401
    assert "account_rescued" in own_server.cli("audit").stdout
    health = requests.get(f"{own_server.url}/api/v0/health?now", auth=("ann", password), timeout=30).json()
    assert [each["text"] for each in health["findings"] if each["id"].startswith("account-rescued")] == \
        ["The account ann got a new password from somebody who holds the box."]
    own_server.restart()
    assert own_server.cli("audit").stdout.count("account_rescued") == 1
    assert json.loads(own_server.cli("rescue", "--boot", str(boot), "--json").stdout) == {"name": None}     # it works once
    assert requests.get(f"{own_server.url}/graph/v1.0/me", auth=("ann", password), timeout=30).status_code == 200


def test_a_name_that_nobody_has(house, config, boot):
    """The administrators are named in the answer, so that the next try is right; nothing is changed."""
    house.people.add("ann", "correct horse battery", role="admin")
    house.people.add("bob", "correct horse battery", role="admin")
    house.people.add("eve", "correct horse battery")
    for name in ("nobody", "", "../../x", "--help"):
        with pytest.raises(Exception, match="The administrators are: ann, bob"):
            rescue.rescue(config, name)
    assert not (config.data / ".hearth" / "system" / rescue.NOTE).exists()
    assert house.people.sign_in("ann", "correct horse battery").name == "ann"


def test_the_only_administrator_need_not_be_named(house, config, boot):
    """And where there is none, whoever is named becomes one."""
    house.people.add("eve", "correct horse battery")
    assert rescue.rescue(config, "eve")[0] == "eve" and house.people.find("eve").role == "admin"
    name, password = rescue.rescue(config)
    assert name == "eve" and house.people.sign_in("eve", password).name == "eve"
    (boot / "hearth-rescue.txt.txt").write_text("\n")       # made where endings are hidden
    assert rescue.asked(boot) == "" and rescue.asked(boot) is None

"""hearth ready: what install.sh, updates and whoever watches ask; and which version this is."""
import json

import requests
from conftest import PASSWORD, ROOT

from appliance.core import release


def listening(server):
    """The options that name where the server listens, as a configuration."""
    server.configure(listen=server.url)
    return server


def test_ready_and_not(own_server):
    """0 with the address; 1 with why, in one line; it waits where that is wanted."""
    listening(own_server)
    said = own_server.cli("ready", "--json")
    assert json.loads(said.stdout) == {"ready": True, "address": own_server.url}
    own_server.data.rename(own_server.folder / "away")
    away = own_server.cli("ready", check=False)
    assert away.returncode == 1 and "cannot be reached" in away.stderr and away.stderr.count("\n") == 1
    (own_server.folder / "away").rename(own_server.data)
    own_server.stop()
    gone = own_server.cli("ready", "--wait", "1", check=False)
    assert gone.returncode == 1 and "nobody answers" in gone.stderr
    assert own_server.cli("ready", "--wait", "soon", check=False).returncode == 2


def test_a_full_disk_is_no_fault_of_a_version(own_server):
    """Who watches is told by 503; for an upgrade it is ready, or none would ever succeed again."""
    own_server.stop()
    own_server.configure(reserve_percent=100.0)
    own_server.start()
    assert requests.get(own_server.url + "/ready", timeout=30).status_code == 503
    own_server.configure(reserve_percent=100.0, listen=own_server.url)
    assert "The disk is full" in own_server.cli("ready").stdout


def test_version(own_server):
    """The number of the package, or what install.sh wrote beside it; told to administrators, who are told how the next one comes."""
    assert not (ROOT / "VERSION").exists() and release.number()[0].isdigit()
    own_server.cli("user", "add", "ann", "--role", "admin", "--password-stdin", input=PASSWORD + "\n")
    found = requests.get(own_server.url + "/api/v0/update", auth=("ann", PASSWORD), timeout=30).json()
    assert found["version"] == release.number() and found["available"] is None and "install.sh" in found["text"]
    refused = requests.post(own_server.url + "/api/v0/update", auth=("ann", PASSWORD), timeout=30)
    assert refused.status_code == 409 and "install.sh" in refused.text
    bob = own_server.add()
    assert requests.get(own_server.url + "/api/v0/update", auth=bob.auth, timeout=30).status_code == 403

"""hearth doctor: what is wrong with this box, for people and for programs; it works with and without a server."""
import json
import time

import requests


def test_what_is_wrong(own_server):
    """A sentence and what to do, an exit status for scripts; and the phone that sends no photos any more."""
    person = own_server.add("ann")
    requests.put(f"{person.dav}/a.jpg", data=b"a", auth=person.auth, headers={"User-Agent": "OpenCloud-android/1.2"}, timeout=30)
    notes = own_server.data / ".hearth/system/backup.json"
    notes.write_text(json.dumps({"place": "/mnt/kept", "key": "k"}))
    (own_server.data / ".hearth/system/backups.json").write_text(json.dumps({"success": time.time() - 5 * 86_400, "last": {"state": "failed", "time": 1, "error": "The disk is away."}}))
    done = own_server.cli("doctor", check=False)
    assert done.returncode == 1 and "WARNING: There was no backup for 5 days. The disk is away.\n    See that " in done.stdout and "not running" not in done.stdout
    own_server.stop()
    told = json.loads(own_server.cli("doctor", "--json", check=False).stdout)
    assert told["running"] is False and "backup-silent" in [each["id"] for each in told["findings"]] and told["state"] in ("warning", "critical")
    assert [(each["name"], each["program"]) for each in told["figures"]["phones"]] == [("ann", "OpenCloud-android")]


def test_no_storage(own_server, tmp_path):
    own_server.stop()
    own_server.data.rename(tmp_path / "away")
    done = own_server.cli("doctor", check=False)
    assert done.returncode == 1 and "Is its disk mounted?" in done.stderr

"""What sync clients and phones ask at their start, as they ask it."""
import re
import xml.etree.ElementTree as ET

import pytest
import requests

CORE = ("installed", "maintenance", "needsDbUpgrade", "version", "versionstring", "edition", "productname", "product", "productversion")


def data(answer, version=1):
    """The data of an answer in JSON that says all is well."""
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Ocs-Api-Version"] == str(version)
    ocs = answer.json()["ocs"]
    assert ocs["meta"] == {"status": "ok", "statuscode": 100 if version == 1 else 200, "message": "OK"}
    return ocs["data"]


@pytest.fixture
def ask(http, server):
    """GET an address of OCS in JSON."""
    return lambda path, **more: http.get(f"{server.url}/ocs{path}", params={"format": "json", **more})


@pytest.mark.parametrize("path", ["/status.php", "/status"])
def test_status(server, path):
    """Anonymous, small, with digits and dots in the version, and never Nextcloud."""
    answer = requests.get(server.url + path)
    found = answer.json()
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json" and len(answer.content) < 4096
    assert tuple(found) == CORE and found["installed"] is True and found["maintenance"] is False
    assert re.fullmatch(r"\d+(\.\d+){3}", found["version"]) and found["productversion"] and found["productname"].lower() != "nextcloud"
    assert requests.head(server.url + path).headers["Content-Length"] == str(len(answer.content))
    assert requests.post(server.url + path).status_code == 405


def test_config_of_the_web_client(server):
    found = requests.get(server.url + "/config.json").json()
    assert found["server"] == server.url and {"theme", "options", "apps"} <= set(found)


def test_capabilities(ask, server):
    """The parts without which a client fails or behaves otherwise."""
    first, second = data(ask("/v1.php/cloud/capabilities")), data(ask("/v2.php/cloud/capabilities"), 2)
    assert first == second
    can = first["capabilities"]
    assert can["core"]["status"] == requests.get(server.url + "/status.php").json()
    assert can["core"]["webdav-root"] == "remote.php/webdav" and can["core"]["support-url-signing"] is True
    assert can["checksums"] == {"supportedTypes": ["sha1", "md5", "adler32"], "preferredUploadType": "sha1"}
    tus = can["files"]["tus_support"]
    assert tus["max_chunk_size"] == 10_000_000 and tus["version"] == "1.0.0" and "creation-with-upload" in tus["extension"].split(",")
    archiver, = can["files"]["archivers"]
    assert archiver["enabled"] and archiver["archiver_url"] == "/archiver" and archiver["max_num_files"] == "10000"
    assert can["files"]["undelete"] is True and can["files"]["versioning"] is True and can["files"]["bigfilechunking"] is False
    assert can["spaces"]["enabled"] is True and "projects" in can["spaces"] and can["dav"]["trashbin"] == "1.0"
    assert can["files_sharing"]["api_enabled"] is True
    assert first["version"]["string"] == can["core"]["status"]["versionstring"]


@pytest.mark.parametrize("agent, preferred", [
    ("Mozilla/5.0 (Linux) mirall/2.11.0 (owncloudcmd, debian-6.18 ClientArchitecture: x86_64)", "SHA1"),
    ("Mozilla/5.0 (Linux) mirall/3.7.3git (nextcloudcmd, debian-6.18)", "SHA1"), ("Mozilla/5.0 (Linux) mirall/3.0.1 (OpenCloud)", "sha1"),
    ("Mozilla/5.0 (Linux) mirall/4.0.0 (OpenCloud)", "sha1"), ("OpenCloud-android/4.5", "sha1")])
def test_older_sync_clients_are_told_in_capitals(http, server, agent, preferred):
    """Else they do not know the name, and send files without a checksum."""
    answer = http.get(server.url + "/ocs/v1.php/cloud/capabilities?format=json", headers={"User-Agent": agent})
    assert data(answer)["capabilities"]["checksums"]["preferredUploadType"] == preferred
    assert ("tus_support" in data(answer)["capabilities"]["files"]) == (preferred == "sha1")


def test_who_may_see_the_capabilities(server):
    """Version 1 everyone, version 2 only who is signed in."""
    assert requests.get(server.url + "/ocs/v1.php/cloud/capabilities", params={"format": "json"}).status_code == 200
    refused = requests.get(server.url + "/ocs/v2.php/cloud/capabilities", params={"format": "json"})
    assert refused.status_code == 401 and "Basic realm=" in refused.headers["WWW-Authenticate"]


def test_xml_unless_json_is_asked_for(http, server):
    for more in ("", "?format=xml", "?format=JSON"):
        answer = http.get(f"{server.url}/ocs/v1.php/cloud/capabilities{more}", headers={"Accept": "application/json"})
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8" and answer.content.startswith(b"<?xml ")
        ocs = ET.fromstring(answer.content)
        assert ocs.tag == "ocs" and ocs.findtext("meta/statuscode") == "100" and ocs.findtext("meta/status") == "ok"
        assert ocs.findtext("data/capabilities/core/webdav-root") == "remote.php/webdav"
        assert [each.text for each in ocs.findall("data/capabilities/checksums/supportedTypes/element")] == ["sha1", "md5", "adler32"]
        assert ocs.findtext("data/capabilities/files/undelete") == "1" and ocs.findtext("data/capabilities/files/bigfilechunking") == "0"


def test_xml_escapes(server, person):
    """A name with signs that mean something in XML comes through whole."""
    server.cli("user", "add", person.name + "-x", "--display-name", 'A <b> & "c"', "--password-stdin", input="a long enough secret\n")
    answer = requests.get(server.url + "/ocs/v1.php/cloud/user", auth=(person.name + "-x", "a long enough secret"))
    assert ET.fromstring(answer.content).findtext("data/display-name") == 'A <b> & "c"'


def test_config(server):
    """Everyone may ask, in either version."""
    for version in (1, 2):
        found = data(requests.get(f"{server.url}/ocs/v{version}.php/config?format=json"), version)
        assert found == {"version": "1.7", "website": "OpenCloud", "host": server.url.split("//")[1], "contact": "", "ssl": "false"}


def test_user(ask, person):
    for version in (1, 2):
        found = data(ask(f"/v{version}.php/cloud/user"), version)
        assert found["id"] == person.name and set(found) == {"id", "display-name", "email", "user-type"}
        assert found["user-type"] == "primary" and isinstance(found["display-name"], str)


def test_user_with_quota(ask, person, http):
    """Only one's own; the used bytes are those of the space."""
    http.put(person.dav + "/a.txt", data=b"x" * 1234).raise_for_status()
    found = data(ask(f"/v1.php/cloud/users/{person.name}"))
    assert found["enabled"] == "true" and found["quota"]["used"] == 1234 and found["quota"]["free"] > 0
    assert data(ask(f"/v1.php/cloud/users/{person.name.upper()}/groups")) == {"groups": []}
    other = ask("/v2.php/cloud/users/somebody-else")
    assert other.status_code == 404 and other.json()["ocs"]["meta"]["statuscode"] == 998


def test_signing_key(ask, http, server):
    found = data(ask("/v1.php/cloud/user/signing-key"))
    assert re.fullmatch("[0-9a-f]{128}", found["signing-key"]) and re.fullmatch("[0-9a-f-]{36}", found["user"])
    answer = ask("/v2.php/cloud/user/signing-key")
    assert data(answer, 2) == found and "no-store" in answer.headers["Cache-Control"]
    assert requests.get(server.url + "/ocs/v1.php/cloud/user/signing-key").status_code == 401


@pytest.mark.parametrize("path", [
    "/apps/files_sharing/api/v1/shares?shared_with_me=true", "/apps/files_sharing/api/v1/remote_shares",
    "/apps/notifications/api/v1/notifications"])
def test_lists_that_are_empty(http, server, path):
    """Sync clients ask for these at their start, and want well-formed answers."""
    for version in (1, 2):
        address = f"{server.url}/ocs/v{version}.php{path}"
        if (version, path) == (2, "/apps/notifications/api/v1/notifications"):
            continue                                # test_notifications.py
        assert data(http.get(address, params={"format": "json"}), version) == []
        assert ET.fromstring(http.get(address).content).find("data") is not None


def test_nobody_to_share_with(ask):
    found = data(ask("/v1.php/apps/files_sharing/api/v1/sharees", search="an", itemType="folder"))
    assert found["exact"] == {"users": [], "groups": [], "remotes": []} and found["users"] == found["groups"] == found["remotes"] == []


def test_unknown_addresses(http, server):
    """998: with HTTP 200 in version 1, with 404 in version 2."""
    for version, status in ((1, 200), (2, 404)):
        for path in ("/cloud/nothing", "", "/", "/config/x", "/apps/%ff"):
            answer = http.get(f"{server.url}/ocs/v{version}.php{path}", params={"format": "json"})
            assert answer.status_code == status and answer.json()["ocs"]["meta"]["statuscode"] == 998
            assert answer.json()["ocs"]["meta"]["status"] == "error" and "data" not in answer.json()["ocs"]
    assert http.post(f"{server.url}/ocs/v2.php/apps/files_sharing/api/v1/shares", data={"shareType": 9}).status_code == 400


def test_anonymous(server):
    answer = requests.get(server.url + "/ocs/v1.php/cloud/user?format=json")
    assert answer.status_code == 401

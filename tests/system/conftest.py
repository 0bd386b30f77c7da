"""A house in use, and a place for its backups."""
import shutil
import subprocess
from types import SimpleNamespace

import pytest
import requests

from appliance.system import Backup

if shutil.which("restic") is None:
    collect_ignore_glob = ["test_backup*.py", "test_restore*.py", "test_places*.py"]


@pytest.fixture
def backup(storage, config):
    """The backups of a storage, which go to a folder beside it."""
    config.cache.mkdir(exist_ok=True)
    backup = Backup(config)
    backup.choose(str(config.data.parent / "kept"), same_disk=True)
    return backup


@pytest.fixture
def lived_in(own_server):
    """A server with two people, a share, a link, an app token, versions and a trash: ``server``, ``ann``, ``bob``, ``token`` …"""
    ann, bob = own_server.add("ann"), own_server.add("bob")
    own_server.cli("user", "set", "ann", "--role", "admin")
    web = requests.Session()
    web.auth = ann.auth
    for path, content in (("Photos", None), ("Photos/sea & sun ☀.jpg", b"\xff\xd8" + b"sea" * 5000), ("old.txt", b"first"), ("old.txt", b"second"),
                          ("gone.txt", b"gone"), ("empty", b"")):
        answer = web.request("MKCOL", f"{ann.dav}/{path}") if content is None else web.put(f"{ann.dav}/{requests.utils.quote(path)}", data=content)
        assert answer.status_code in (201, 204), answer.text
    assert web.request("PROPPATCH", f"{ann.dav}/old.txt", data='<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x:colour xmlns:x="urn:x">blue</x:colour>'
                       "</d:prop></d:set></d:propertyupdate>").status_code == 207
    assert web.delete(f"{ann.dav}/gone.txt").status_code == 204
    shared = {"path": "/Photos", "shareType": "0", "shareWith": "bob", "permissions": "1"}
    ocs = f"{own_server.url}/ocs/v2.php/apps/files_sharing/api/v1/shares?format=json"
    assert web.post(ocs, data=shared, headers={"OCS-APIREQUEST": "true"}).status_code == 200
    link = web.post(ocs, data={"path": "/Photos", "shareType": "3", "permissions": "1", "password": "Open-sesame-42"}, headers={"OCS-APIREQUEST": "true"}).json()
    token = own_server.cli("token", "create", "ann", "--json").stdout
    return SimpleNamespace(server=own_server, ann=ann, bob=bob, link=link["ocs"]["data"]["token"], token=requests.models.complexjson.loads(token)["token"])


def attributes(folder):
    """All user attributes beneath a folder, by path, as getfattr tells them."""
    told = subprocess.run(["getfattr", "-R", "-d", "-m", "user.", "."], cwd=folder, capture_output=True, check=True, text=True).stdout
    return dict(part.split("\n", 1) for part in told.split("\n\n") if part)

"""App tokens that may do less: for one folder, or only to look. Every door, and what each lets through."""
import json
from types import SimpleNamespace

import pytest
import requests

REFUSED = (400, 403, 404, 405, 409, 412)
FOLDER, READ_ONLY, BOTH = ("--folder", "in"), ("--read-only",), ("--folder", "in", "--read-only")

LOCK = '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'
PATCH = '<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:x">1</x></prop></set></propertyupdate>'


@pytest.fixture
def files(server, person, http):
    """``in/`` with a file and a folder, ``out/`` with a file, a file beside them, a version, something in the trash."""
    put = lambda path, body=b"1": http.put(f"{person.dav}/{path}", body, timeout=30).raise_for_status()  # noqa: E731
    for folder in ("in", "in/sub", "out", "in-too"):
        http.request("MKCOL", f"{person.dav}/{folder}", timeout=30).raise_for_status()
    for path in ("in/a.txt", "in/sub/b.txt", "out/c.txt", "d.txt", "in-too/e.txt", "gone.txt"):
        put(path)
    put("out/c.txt", b"22"), put("in/a.txt", b"22")
    http.delete(f"{person.dav}/gone.txt", timeout=30).raise_for_status()
    id = lambda path: http.request("PROPFIND", f"{person.dav}/{path}", headers={"Depth": "0"}, timeout=30).text.split(  # noqa: E731
        "<oc:id>")[1].split("<")[0]
    return SimpleNamespace(id=id, **{"in_": id("in/a.txt"), "out": id("out/c.txt"), "folder_in": id("in"), "folder_out": id("out")})


@pytest.fixture
def ask(server, person, files):
    """Ask as the token of these options: the status."""
    def begin(options):
        token = json.loads(server.cli("token", "create", person.name, *options, "--json").stdout)["token"]

        def ask(method, path, body=None, **headers):
            address = server.url + path.format(name=person.name, space=person.space, **vars(files))
            headers = {name.replace("_", "-"): value.format(url=server.url, name=person.name, space=person.space, **vars(files))
                       for name, value in headers.items()}
            return requests.request(method, address, data=body, headers=headers, auth=(person.name, token), timeout=30).status_code
        return ask
    return begin


def begin_tus(ask, path, name="new.bin"):
    return ask("POST", path, Tus_Resumable="1.0.0", Upload_Length="3", Upload_Metadata="filename " + __import__("base64").b64encode(name.encode()).decode())


def test_a_folder_inside(ask):
    """In its folder, by whatever address, everything goes that goes for its owner."""
    ask = ask(FOLDER)
    assert ask("PROPFIND", "/dav/files/{name}/in", Depth="1") == 207
    assert ask("PROPFIND", "/remote.php/webdav/in/sub", Depth="1") == 207
    assert ask("PROPFIND", "/dav/spaces/{space}/in", Depth="0") == 207
    assert ask("PROPFIND", "/dav/spaces/{folder_in}", Depth="1") == 207
    assert ask("GET", "/dav/spaces/{in_}") == 200
    assert ask("PUT", "/dav/files/{name}/in/new.txt", b"x") == 201
    assert ask("MKCOL", "/dav/files/{name}/in/deep") == 201
    assert ask("MOVE", "/dav/files/{name}/in/new.txt", Destination="{url}/dav/files/{name}/in/deep/moved.txt") == 201
    assert ask("COPY", "/dav/files/{name}/in/a.txt", Destination="{url}/dav/files/{name}/in/copy.txt") == 201
    assert ask("DELETE", "/dav/files/{name}/in/deep") == 204
    assert begin_tus(ask, "/dav/files/{name}/in") == 201
    assert ask("PROPFIND", "/dav/meta/{in_}/v", Depth="1") == 207
    assert ask("GET", "/archiver?id={folder_in}") == 200
    assert ask("GET", "/graph/v1.0/me") == 200


OUTSIDE = [
    ("PROPFIND", "/dav/files/{name}/", {"Depth": "0"}), ("PROPFIND", "/dav/files/{name}/", {"Depth": "1"}), ("PROPFIND", "/webdav/out", {"Depth": "0"}),
    ("PROPFIND", "/dav/spaces/{space}", {"Depth": "1"}), ("PROPFIND", "/dav/spaces/{folder_out}", {"Depth": "1"}),
    ("PROPFIND", "/dav/files/{name}/in-too", {"Depth": "1"}), ("GET", "/dav/files/{name}/in/../d.txt", {}), ("GET", "/dav/files/{name}/in/%2e%2e/d.txt", {}),
    ("GET", "/dav/files/{name}/d.txt", {}), ("HEAD", "/dav/files/{name}/d.txt", {}), ("GET", "/dav/spaces/{out}", {}), ("GET", "/dav/spaces/{space}/out/c.txt", {}),
    ("PUT", "/dav/files/{name}/d.txt", {}), ("PUT", "/dav/files/{name}/new.txt", {}), ("PUT", "/dav/files/{name}/out/new.txt", {}), ("PUT", "/dav/spaces/{out}", {}),
    ("DELETE", "/dav/files/{name}/out/c.txt", {}), ("DELETE", "/dav/files/{name}/in", {}), ("DELETE", "/dav/files/{name}/", {}), ("DELETE", "/dav/spaces/{out}", {}),
    ("MKCOL", "/dav/files/{name}/new", {}), ("LOCK", "/dav/files/{name}/d.txt", {"body": LOCK}), ("LOCK", "/dav/files/{name}/nothing.txt", {"body": LOCK}),
    ("PROPPATCH", "/dav/files/{name}/d.txt", {"body": PATCH}),
    ("MOVE", "/dav/files/{name}/in/a.txt", {"Destination": "{url}/dav/files/{name}/out/a.txt"}),
    ("MOVE", "/dav/files/{name}/in/a.txt", {"Destination": "{url}/dav/files/{name}/out/c.txt", "Overwrite": "T"}),
    ("MOVE", "/dav/files/{name}/in", {"Destination": "{url}/dav/files/{name}/elsewhere"}),
    ("MOVE", "/dav/files/{name}/out/c.txt", {"Destination": "{url}/dav/files/{name}/in/c.txt"}),
    ("COPY", "/dav/files/{name}/out/c.txt", {"Destination": "{url}/dav/files/{name}/in/c.txt"}),
    ("COPY", "/dav/files/{name}/in/a.txt", {"Destination": "{url}/dav/spaces/{space}/out/a.txt"}),
    ("PROPFIND", "/dav/meta/{out}/v", {"Depth": "1"}), ("PROPFIND", "/dav/trash-bin/{name}", {"Depth": "1"}),
    ("PROPFIND", "/dav/spaces/trash-bin/{space}", {"Depth": "1"}), ("DELETE", "/dav/spaces/trash-bin/{space}", {}),
    ("GET", "/archiver?id={folder_out}", {}), ("GET", "/archiver?id={out}", {}), ("GET", "/ocs/v2.php/cloud/user/signing-key", {}),
    ("GET", "/graph/v1.0/users?$search=abc", {}), ("GET", "/graph/v1.0/groups?$search=abc", {}), ("POST", "/auth-app/tokens?expiry=1h", {}),
    ("GET", "/auth-app/tokens", {}), ("POST", "/graph/v1.0/me/changePassword", {}), ("PATCH", "/graph/v1.0/me", {}),
]


def test_a_folder_outside(ask, person, http, server):
    """Beyond it there is nothing, whichever way."""
    token = ask(FOLDER)
    before = http.request("PROPFIND", f"{person.dav}/", headers={"Depth": "1"}, timeout=30).text
    opened = [(method, path, status) for method, path, headers in OUTSIDE
              if (status := token(method, path, headers.get("body", b""), **{name: value for name, value in headers.items() if name != "body"})) not in REFUSED]
    assert not opened
    for path in ("/dav/files/{name}", "/dav/spaces/{space}", "/dav/files/{name}/out"):
        assert begin_tus(token, path) in REFUSED
    assert begin_tus(token, "/dav/files/{name}/in", "../out/new.bin") in REFUSED
    assert begin_tus(token, "/dav/spaces/{space}", "in/../out/new.bin") in REFUSED
    assert http.request("PROPFIND", f"{person.dav}/", headers={"Depth": "1"}, timeout=30).text == before


@pytest.fixture
def limited(server, person, files):
    """The secret and id of a new token of these options."""
    return lambda *options: json.loads(server.cli("token", "create", person.name, *options, "--json").stdout)


def download_url(person, secret, path):
    """The address that a token is told for a file."""
    body = '<propfind xmlns="DAV:"><prop><downloadURL xmlns="http://owncloud.org/ns"/></prop></propfind>'
    listed = requests.request("PROPFIND", path, data=body, headers={"Depth": "0"}, auth=(person.name, secret), timeout=30)
    return listed.text.partition("downloadURL>")[2].partition("<")[0].replace("&amp;", "&")


def test_signed_addresses(server, person, http, files, limited):
    """They end with the token that they were made for, and with its folder."""
    token = limited(*FOLDER)
    by_id, by_name = (download_url(person, token["token"], base) for base in (f"{server.url}/dav/spaces/{files.in_}", f"{person.dav}/in/a.txt"))
    assert requests.get(by_id, timeout=30).content == requests.get(by_name, timeout=30).content == b"22"
    http.request("MOVE", f"{person.dav}/in/a.txt", headers={"Destination": f"{person.dav}/out/a.txt"}, timeout=30).raise_for_status()
    assert requests.get(by_id, timeout=30).status_code == 404
    http.request("MOVE", f"{person.dav}/out/a.txt", headers={"Destination": f"{person.dav}/in/a.txt"}, timeout=30).raise_for_status()
    assert requests.get(by_id, timeout=30).status_code == 200
    server.cli("token", "revoke", token["id"])
    assert requests.get(by_id, timeout=30).status_code == requests.get(by_name, timeout=30).status_code == 401


def test_uploads_end_too(server, person, http, limited):
    """An upload that a token began reaches no further, and is good no longer."""
    token, other = limited(*FOLDER), limited()
    begin = lambda secret, path: requests.post(f"{person.dav}/{path}", headers={  # noqa: E731
        "Tus-Resumable": "1.0.0", "Upload-Length": "3", "Upload-Metadata": "filename eA=="}, auth=(person.name, secret), timeout=30).headers["Location"]
    send = lambda address: requests.patch(address, b"abc", headers={  # noqa: E731
        "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}, timeout=30).status_code
    moved, ended = begin(token["token"], "in/sub"), begin(other["token"], "out")
    http.request("MOVE", f"{person.dav}/in/sub", headers={"Destination": f"{person.dav}/out/sub"}, timeout=30).raise_for_status()
    server.cli("token", "revoke", other["id"])
    assert (send(moved), send(ended)) == (404, 404)
    for path in ("out/x", "out/sub/x", "in/x"):
        assert http.get(f"{person.dav}/{path}", timeout=30).status_code == 404
    assert send(begin(token["token"], "in")) == 204


def test_uploads_of_others_of_ones_own(ask, person, http, server):
    """An upload that somebody else of the same person's programs began elsewhere is not there for it."""
    begun = http.post(f"{person.dav}/out", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "3", "Upload-Metadata": "filename eA=="}, timeout=30)
    place = begun.headers["Location"].removeprefix(server.url)
    for options in (FOLDER, READ_ONLY):
        token = ask(options)
        if place.startswith("/data"):               # such an address lets in by itself, and nobody learns it but who began
            continue
        for method in ("HEAD", "PATCH", "DELETE"):
            assert token(method, place, Tus_Resumable="1.0.0", Upload_Offset="0") in REFUSED


WRITING = [
    ("PUT", "/dav/files/{name}/in/a.txt", {}), ("PUT", "/dav/files/{name}/new.txt", {}), ("MKCOL", "/dav/files/{name}/in/x", {}),
    ("DELETE", "/dav/files/{name}/in/a.txt", {}), ("MOVE", "/dav/files/{name}/in/a.txt", {"Destination": "{url}/dav/files/{name}/in/b.txt"}),
    ("COPY", "/dav/files/{name}/in/a.txt", {"Destination": "{url}/dav/files/{name}/in/b.txt"}), ("LOCK", "/dav/files/{name}/in/a.txt", {"body": LOCK}),
    ("PROPPATCH", "/dav/files/{name}/in/a.txt", {"body": PATCH}), ("DELETE", "/dav/spaces/trash-bin/{space}", {}), ("POST", "/auth-app/tokens?expiry=1h", {}),
    ("POST", "/graph/v1.0/me/changePassword", {}), ("PATCH", "/graph/v1.0/me", {}), ("GET", "/ocs/v2.php/cloud/user/signing-key", {}),
]


@pytest.mark.parametrize("options", [READ_ONLY, BOTH])
def test_read_only(ask, options, person, http):
    """It looks, and changes nothing."""
    token = ask(options)
    assert token("PROPFIND", "/dav/files/{name}/in", Depth="1") == 207 and token("GET", "/dav/files/{name}/in/a.txt") == 200
    if options is READ_ONLY:
        assert token("PROPFIND", "/dav/files/{name}/", Depth="1") == 207 and token("PROPFIND", "/dav/trash-bin/{name}", Depth="1") == 207
    changed = [(method, path, status) for method, path, headers in WRITING
               if (status := token(method, path, headers.get("body", b""), **{name: value for name, value in headers.items() if name != "body"})) not in REFUSED]
    assert not changed
    assert begin_tus(token, "/dav/files/{name}/in") in REFUSED


def test_the_folder_moves_and_goes(ask, person, http):
    """The token follows its folder, and is good for nothing once it is gone."""
    token = ask(FOLDER)
    http.request("MOVE", f"{person.dav}/in", headers={"Destination": f"{person.dav}/renamed"}, timeout=30).raise_for_status()
    assert token("GET", "/dav/files/{name}/renamed/a.txt") == 200
    http.request("MKCOL", f"{person.dav}/in", timeout=30).raise_for_status()
    assert token("PROPFIND", "/dav/files/{name}/in", Depth="1") == 404
    http.delete(f"{person.dav}/renamed", timeout=30).raise_for_status()
    assert token("PROPFIND", "/dav/files/{name}/renamed", Depth="1") == 404 and token("GET", "/dav/files/{name}/d.txt") == 404

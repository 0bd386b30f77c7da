"""Versions over the wire: list, read with ranges, restore; and the path of an id."""
from email.utils import parsedate_to_datetime
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

DAV, OC = "{DAV:}", "{http://owncloud.org/ns}"
PATH = ('<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:meta-path-for-user/></d:prop></d:propfind>')


@pytest.fixture
def file(http, person):
    """A file with three contents of three times; answers its id."""
    for number in (1, 2, 3):
        put = http.put(f"{person.dav}/a ü.txt", data=b"content %d" % number * number,
                       headers={"X-OC-Mtime": str(1_600_000_000 + number * 1000)})
    return put.headers["OC-FileId"]


@pytest.fixture
def meta(server, file):
    return f"{server.url}/dav/meta/{file}"


def listing(http, url, **headers):
    told = http.request("PROPFIND", url, headers=headers)
    assert told.status_code == 207, told.text
    return [(response.findtext(DAV + "href"), {each.tag: each for each in response.find(DAV + "propstat").find(DAV + "prop")})
            for response in ElementTree.fromstring(told.content)]


def test_list(http, meta, file):
    """The collection, then what the file was, the oldest first; what it is now is not among them."""
    (first, own), *old = listing(http, meta + "/v")
    assert unquote(first) == f"/dav/meta/{file}/" and own[DAV + "resourcetype"].find(DAV + "collection") is not None
    node = file.rpartition("!")[2]
    assert [each[DAV + "getcontentlength"].text for _, each in old] == ["9", "18"]
    assert [parsedate_to_datetime(each[DAV + "getlastmodified"].text).timestamp() for _, each in old] == [1_600_001_000, 1_600_002_000]
    assert old[0][0].partition("/v/")[2].startswith(node + ".REV.2020-09-13T12:43:20")
    assert old[0][1][OC + "fileid"].text == f"versions$!{node}@{old[0][0].partition('/v/')[2]}"
    assert old[0][1][DAV + "getetag"].text.strip('"') and old[0][1][DAV + "getetag"].text != old[1][1][DAV + "getetag"].text
    assert all(each[DAV + "resourcetype"].find(DAV + "collection") is None for _, each in old)


def test_read(http, server, meta):
    """A version is a download like the file, whole and in part, under the name the file has now."""
    href, told = listing(http, meta + "/v")[1]
    got = http.get(server.url + href)
    assert (got.status_code, got.content) == (200, b"content 1")
    assert got.headers["ETag"] == told[DAV + "getetag"].text and got.headers["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in got.headers["Content-Disposition"] and "a%20%C3%BC.txt" in got.headers["Content-Disposition"]
    part = http.get(server.url + href, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"nte", "bytes 2-4/9")
    head = http.head(server.url + href)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "9")
    assert http.get(server.url + href, headers={"If-None-Match": got.headers["ETag"]}).status_code == 304


def test_restore(http, server, meta, person, file):
    """The old content is there again under the same id; what it replaced is a version now, and nothing is lost."""
    href = listing(http, meta + "/v")[1][0]
    etag = http.head(person.dav).headers["ETag"]
    done = http.request("COPY", server.url + href, headers={"Destination": f"{person.dav}/ignored"})
    assert done.status_code == 204
    got = http.get(f"{person.dav}/a ü.txt")
    assert got.content == b"content 1" and got.headers["OC-FileId"] == file
    assert http.head(person.dav).headers["ETag"] != etag and http.get(f"{person.dav}/ignored").status_code == 404
    held = [http.get(server.url + href).content for href, _ in listing(http, meta + "/v")[1:]]
    assert b"content 3" * 3 in held and b"content 2" * 2 in held


def test_restore_at_the_folder(http, server, meta, person, file):
    """OpenCloud's web client names the folder in which the file lies; no other folder will do, and no file in its place."""
    key = listing(http, meta + "/v")[1][0].partition("/v/")[2]
    http.request("MKCOL", f"{person.dav}/elsewhere")
    here, elsewhere = (http.request("PROPFIND", f"{person.dav}/{path}", headers={"Depth": "0"}).text.split("<oc:id>")[1].split("<")[0]
                       for path in ("", "elsewhere"))
    for wrong in (f"{elsewhere}/v/{key}", f"{here}/v/x", f"{here}/v/{here.partition('!')[2]}.REV.2020-09-13T12:43:20Z"):
        assert http.request("COPY", f"{server.url}/dav/meta/{wrong}").status_code == 404, wrong
    assert http.request("COPY", f"{server.url}/dav/meta/{here}/v/{key}").status_code == 204
    assert http.get(f"{person.dav}/a ü.txt").content == b"content 1"


def test_unknown(http, server, meta, file, person):
    """Neither a version nor a file that is not there; no key of another file; no way out by a path."""
    node = file.rpartition("!")[2]
    other = http.put(f"{person.dav}/other", data=b"1").headers["OC-FileId"]
    http.put(f"{person.dav}/other", data=b"22")
    key = listing(http, f"{server.url}/dav/meta/{other}/v")[1][0].partition("/v/")[2]
    for wrong in (key, node, f"{node}.REV.", f"{node}.REV.2020-09-13T12:43:21Z", f"{node}.REV...", "x", f"{node}.REV.x%2Fy",
                  f"{node}.REV.%2E%2E%2F{node}"):
        for method in ("GET", "HEAD", "COPY"):
            assert http.request(method, f"{meta}/v/{wrong}").status_code in (400, 404), wrong
    for wrong in (file.replace(node, "00000000-0000-4000-8000-000000000000"), "x", "x$y!z"):
        assert http.request("PROPFIND", f"{server.url}/dav/meta/{wrong}/v").status_code in (400, 404)
    assert http.get(f"{person.dav}/a ü.txt").content == b"content 3" * 3


@pytest.mark.parametrize("method", ["DELETE", "PUT", "MOVE", "MKCOL", "LOCK", "PROPPATCH"])
def test_other_methods(http, server, meta, method):
    """A version cannot be changed or deleted."""
    href = listing(http, meta + "/v")[1][0]
    assert http.request(method, server.url + href).status_code == 501
    assert len(listing(http, meta + "/v")) == 3


def test_other_people(http, server, meta, person):
    other = server.add()
    href = listing(http, meta + "/v")[1][0]
    http.auth = other.auth
    for method, url in (("PROPFIND", meta + "/v"), ("PROPFIND", meta), ("GET", server.url + href), ("COPY", server.url + href)):
        assert http.request(method, url, data=PATH if url == meta else None).status_code == 404


def test_path_of_an_id(http, server, person):
    """Where a node lies in its space."""
    http.request("MKCOL", f"{person.dav}/Ordner ü")
    id = http.put(f"{person.dav}/Ordner ü/a.txt", data=b"1").headers["OC-FileId"]
    told = http.request("PROPFIND", f"{server.url}/dav/meta/{id}", data=PATH)
    assert told.status_code == 207
    found = {each.tag: each.text for each in ElementTree.fromstring(told.content).find(f"{DAV}response/{DAV}propstat/{DAV}prop")}
    assert found[OC + "meta-path-for-user"] == "/Ordner ü/a.txt" and found[OC + "fileid"] == id
    assert found[OC + "spaceid"] == id.partition("!")[0]
    assert http.request("PROPFIND", f"{server.url}/dav/meta/{id}").status_code == 400
    assert http.get(f"{server.url}/dav/meta/{id}").status_code == 400

"""Resumable uploads over the wire: creating, going on, checksums, conditions, limits, ends."""
import base64
import hashlib
import socket
import time
import uuid
import zlib
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
import requests

PART = "application/offset+octet-stream"
CONTENT = bytes(range(256)) * 4000                  # 1,024,000 bytes


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


@pytest.fixture
def create(http, person):
    """POST to a folder of the person's: metadata as keywords, headers as ``headers``."""
    def post(length, body=b"", folder="", headers=(), **metadata):
        said = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length),
                "Upload-Metadata": ",".join(f"{key} {b64(value)}" for key, value in metadata.items())}
        if body:
            said["Content-Type"] = PART
        said = {key: value for key, value in {**said, **dict(headers)}.items() if value is not None}
        return http.post(person.dav + folder, data=body, headers=said)
    return post


def patch(location, offset, body, method="PATCH", **headers):
    """Send a part without any other authority than the address."""
    said = {"Tus-Resumable": "1.0.0", "Content-Type": PART, "Upload-Offset": str(offset)}
    said.update({key.replace("_", "-"): value for key, value in headers.items()})
    return requests.request(method, location, data=body, headers=said, timeout=30)


def offset_of(location):
    told = requests.head(location, headers={"Tus-Resumable": "1.0.0"}, timeout=30)
    return int(told.headers["Upload-Offset"]) if told.status_code == 200 else told.status_code


def properties(http, url, *names):
    body = '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop>' + "".join(f"<{name}/>" for name in names) + \
        "</d:prop></d:propfind>"
    text = http.request("PROPFIND", url, data=body, headers={"Depth": "0"}).text
    return [text.partition(f"<{name}>")[2].partition(f"</{name}>")[0] for name in names]


# What the server says it can do.

def test_announced_on_folders(http, person):
    """OPTIONS on a folder, with and without a sign-in, says just what clients compare."""
    wanted = {"Tus-Resumable": "1.0.0", "Tus-Version": "1.0.0", "Tus-Extension": "creation,creation-with-upload,checksum,expiration",
              "Tus-Checksum-Algorithm": "md5,sha1,crc32"}
    for told in (http.options(person.dav), requests.options(person.dav, timeout=20),
                 requests.options(person.dav, auth=("nobody", "wrong"), timeout=20)):
        assert told.status_code == 204 and wanted.items() <= told.headers.items()


def test_listing_tells_of_tus(http, person):
    """iOS looks at the answer to a PROPFIND on a folder, and puts whole files where it finds nothing."""
    told = http.request("PROPFIND", person.dav, headers={"Depth": "0"})
    assert told.headers["Tus-Resumable"] == "1.0.0" and "creation" in told.headers["Tus-Extension"]


def test_announced_at_data(server):
    told = requests.options(server.url + "/data/", timeout=20)
    assert told.status_code in (200, 204) and told.headers["Tus-Version"] == "1.0.0"
    assert {"creation", "creation-with-upload", "checksum", "expiration", "termination"} <= set(told.headers["Tus-Extension"].split(","))


# The plain way.

def test_in_parts(http, person, create, server):
    """Create, ask, send three parts of odd sizes; the file appears with the last one, whole."""
    made = create(len(CONTENT), filename="big.bin", mtime="1600000000.5", other="ignored")
    location = made.headers["Location"]
    assert made.status_code == 201 and made.headers["Upload-Offset"] == "0" and made.headers["Tus-Resumable"] == "1.0.0"
    assert location.startswith(server.url + "/data/") and len(location.rpartition("/")[2]) >= 26
    asked = requests.head(location, headers={"Tus-Resumable": "1.0.0"}, timeout=20)
    assert asked.headers["Upload-Length"] == str(len(CONTENT)) and asked.headers["Cache-Control"] == "no-store"
    assert f"filename {b64('big.bin')}" in asked.headers["Upload-Metadata"]
    assert parsedate_to_datetime(asked.headers["Upload-Expires"]).timestamp() > time.time() + 3600
    for start, end in ((0, 1), (1, 300_001), (300_001, len(CONTENT))):
        assert http.get(person.dav + "/big.bin").status_code == 404
        sent = patch(location, start, CONTENT[start:end])
        assert (sent.status_code, sent.headers["Upload-Offset"]) == (204, str(end)), sent.text
    got = http.get(person.dav + "/big.bin")
    assert got.content == CONTENT
    assert sent.headers["ETag"] == sent.headers["OC-ETag"] == got.headers["ETag"]
    assert sent.headers["OC-FileId"] == got.headers["OC-FileId"] and "W" in sent.headers["OC-Perm"]
    assert got.headers["Last-Modified"].startswith("Sun, 13 Sep 2020 12:26:40") and sent.headers["X-OC-Mtime"] == "accepted"
    assert offset_of(location) == 404               # its work is done


def test_with_the_creation(http, person, create):
    """A small file needs one request, and its answer says all of the new file."""
    made = create(9, b"all of it", filename="small.txt", mtime="1600000000")
    assert made.status_code == 201 and made.headers["Upload-Offset"] == "9"
    got = http.get(person.dav + "/small.txt")
    assert got.content == b"all of it" and made.headers["OC-ETag"] == got.headers["ETag"]
    assert made.headers["OC-FileId"] == got.headers["OC-FileId"] and made.headers["OC-Perm"]


def test_begun_with_the_creation(http, person, create):
    """Part of the body with the creation, the rest later."""
    made = create(10, b"01234", filename="part.txt", headers={"Upload-Offset": "0"})
    assert made.headers["Upload-Offset"] == "5"
    assert patch(made.headers["Location"], 5, b"56789").status_code == 204
    assert http.get(person.dav + "/part.txt").content == b"0123456789"


def test_name_with_folders(http, person, create):
    """The desktop client posts to the root of the space, with the whole path as the name."""
    http.request("MKCOL", person.dav + "/Ordner")
    assert create(1, b"x", filename="/Ordner/f ü.bin").status_code == 201
    assert http.get(person.dav + "/Ordner/f%20%C3%BC.bin").content == b"x"
    assert create(1, b"y", folder="/Ordner", filename="g.bin").status_code == 201
    assert http.get(person.dav + "/Ordner/g.bin").content == b"y"


def test_by_space_id(http, person, create, server):
    """A POST to a space, and to a folder by its own id, brings the file there."""
    http.request("MKCOL", person.dav + "/Ordner")
    folder, = properties(http, person.dav + "/Ordner", "oc:fileid")
    said = {"Tus-Resumable": "1.0.0", "Upload-Length": "2", "Content-Type": PART, "Upload-Metadata": f"filename {b64('by id')}"}
    assert http.post(f"{server.url}/dav/spaces/{folder}", data=b"id", headers=said).status_code == 201
    assert http.get(person.dav + "/Ordner/by%20id").content == b"id"


@pytest.mark.parametrize("mtime", ["null", ""])
def test_no_time_said(http, person, create, mtime):
    """The web client says null where a browser does not know."""
    assert create(1, b"x", filename="now", mtime=mtime).status_code == 201
    modified = parsedate_to_datetime(http.head(person.dav + "/now").headers["Last-Modified"]).timestamp()
    assert abs(modified - time.time()) < 60


@pytest.mark.parametrize("headers", [{}, {"Content-Type": PART, "Upload-Offset": "0"}])
def test_empty_file(http, person, create, headers):
    """Nothing is to come, so the file is there at once, with its time; a second one is a new version of it."""
    for number in (1, 2):
        made = create(0, filename="empty", mtime=str(1600000000 + number), headers=headers)
        assert made.status_code == 201 and made.headers["Upload-Offset"] == "0" and made.headers["OC-FileId"]
    got = http.get(person.dav + "/empty")
    assert got.content == b"" and got.headers["ETag"] == made.headers["ETag"] and "12:26:42" in got.headers["Last-Modified"]


def test_over_an_existing_file(http, person, create):
    """The id stays, the content changes, the old one is a version."""
    http.put(person.dav + "/a.txt", data=b"old")
    before = http.head(person.dav + "/a.txt").headers
    made = create(3, b"new", filename="a.txt")
    assert made.status_code == 201
    assert made.headers["OC-FileId"] == before["OC-FileId"] and made.headers["ETag"] != before["ETag"]
    assert http.get(person.dav + "/a.txt").content == b"new"


def test_method_override(http, person, create):
    """Some networks let nothing but GET and POST through."""
    location = create(4, filename="over").headers["Location"]
    assert patch(location, 0, b"ov", "POST", X_HTTP_Method_Override="PATCH").status_code == 204
    told = requests.post(location, headers={"Tus-Resumable": "1.0.0", "X-HTTP-Method-Override": "HEAD"}, timeout=20)
    assert told.headers["Upload-Offset"] == "2"
    assert patch(location, 2, b"er", "POST", X_HTTP_Method_Override="PATCH").status_code == 204
    assert http.get(person.dav + "/over").content == b"over"
    location = create(4, filename="over2").headers["Location"]
    assert patch(location, 0, b"", "POST", X_HTTP_Method_Override="DELETE").status_code == 204
    assert offset_of(location) == 404


def test_termination(http, person, create):
    """A DELETE ends it; nothing is left."""
    location = create(10, b"01234", filename="gone").headers["Location"]
    assert requests.delete(location, headers={"Tus-Resumable": "1.0.0"}, timeout=20).status_code == 204
    assert offset_of(location) == 404 and patch(location, 5, b"56789").status_code == 404
    assert http.get(person.dav + "/gone").status_code == 404


# Checksums.

def checksum(algorithm, body):
    return zlib.crc32(body).to_bytes(4, "big") if algorithm == "crc32" else zlib.adler32(body).to_bytes(4, "big") \
        if algorithm == "adler32" else hashlib.new(algorithm, body).digest()


@pytest.mark.parametrize("form", ["hex", "base64"])
@pytest.mark.parametrize("algorithm", ["sha1", "md5", "crc32", "adler32", "SHA1"])
def test_checksum_of_a_part(http, person, create, algorithm, form):
    """A right one passes, a wrong one costs the part and nothing else, in both writings that clients use."""
    def told(body):
        digest = checksum(algorithm.lower(), body)
        return f"{algorithm} {digest.hex() if form == 'hex' else b64(digest)}"
    location = create(10, filename="sums").headers["Location"]
    assert patch(location, 0, b"01234", Upload_Checksum=told(b"01234")).status_code == 204
    assert patch(location, 5, b"5678x", Upload_Checksum=told(b"56789")).status_code == 460
    assert offset_of(location) == 5
    assert patch(location, 5, b"56789", Upload_Checksum=told(b"56789")).status_code == 204
    assert http.get(person.dav + "/sums").content == b"0123456789"


@pytest.mark.parametrize("value", ["sha1", "sha1 x", "sha256 " + "0" * 64, "sha1 " + "0" * 39, "md5 !!!!", ","])
def test_malformed_checksum(create, value):
    """It is refused before the part is taken."""
    location = create(5, filename="sums").headers["Location"]
    assert patch(location, 0, b"01234", Upload_Checksum=value).status_code == 400
    assert offset_of(location) == 0


@pytest.mark.parametrize("said", [{"checksum": "SHA1 {sha1}"}, {"checksum": "md5 {md5}"}, {"checksum": "ADLER32 {adler32}"},
                                  {"headers": {"OC-Checksum": "SHA1:{sha1}"}}])
def test_checksum_of_the_whole(http, person, create, said):
    """It is verified at the end; a wrong one leaves what was there before, and no upload."""
    http.put(person.dav + "/whole", data=b"before")

    def filled(content):
        sums = {name: checksum(name, content).hex() for name in ("sha1", "md5", "adler32")}
        return {key: value.format(**sums) if isinstance(value, str) else {k: v.format(**sums) for k, v in value.items()}
                for key, value in said.items()}
    wrong = create(5, filename="whole", **filled(b"other"))
    sent = patch(wrong.headers["Location"], 0, b"after")
    assert sent.status_code == 460 and offset_of(wrong.headers["Location"]) == 404
    assert create(5, b"after", filename="whole", **filled(b"other")).status_code == 460
    assert http.get(person.dav + "/whole").content == b"before"
    assert create(5, b"after", filename="whole", **filled(b"after")).status_code == 201
    assert http.get(person.dav + "/whole").content == b"after"


@pytest.mark.parametrize("value", ["SHA1", "SHA1 xyz", "crc32 00000000", "SHA512 " + "0" * 128])
def test_malformed_checksum_of_the_whole(create, value):
    assert create(5, b"01234", filename="whole", checksum=value).status_code == 400


# Conditions.

def test_if_match(http, person, create):
    """Only over the content that the client knows, at the creation and at the end."""
    first = http.put(person.dav + "/a", data=b"1").headers["ETag"]
    assert create(1, b"x", filename="a", headers={"If-Match": '"stale"'}).status_code == 412
    begun = create(2, b"n", filename="a", headers={"If-Match": first})
    assert begun.status_code == 201
    http.put(person.dav + "/a", data=b"meanwhile")
    assert patch(begun.headers["Location"], 1, b"o").status_code == 412
    assert http.get(person.dav + "/a").content == b"meanwhile"
    now = http.head(person.dav + "/a").headers["ETag"]
    assert create(1, b"x", filename="a", headers={"If-Match": now}).status_code == 201
    assert http.get(person.dav + "/a").content == b"x"


def test_if_none_match(http, person, create):
    http.put(person.dav + "/a", data=b"1")
    assert create(1, b"x", filename="a", headers={"If-None-Match": "*"}).status_code == 412
    assert http.get(person.dav + "/a").content == b"1"


def test_two_uploads_of_one_new_name(http, person, create):
    """Whoever finishes first has made the file; the second hears of it instead of covering it unseen."""
    one, two = (create(1, filename="same").headers["Location"] for _ in "12")
    assert patch(one, 0, b"1").status_code == 204
    assert patch(two, 0, b"2").status_code == 409
    assert http.get(person.dav + "/same").content == b"1"


def test_locked(http, person, create):
    """A lock stops the creation, and the end of what was begun before; its holder passes."""
    http.put(person.dav + "/a", data=b"1")
    begun = create(1, filename="a").headers["Location"]
    body = '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>'
    token = http.request("LOCK", person.dav + "/a", data=body).headers["Lock-Token"]
    assert create(1, b"x", filename="a").status_code == 423
    assert patch(begun, 0, b"y").status_code == 423
    assert http.get(person.dav + "/a").content == b"1"
    held = create(1, filename="a", headers={"If": f"({token})"})
    assert held.status_code == 201 and patch(held.headers["Location"], 0, b"z").status_code == 204
    assert http.get(person.dav + "/a").content == b"z"
    http.request("UNLOCK", person.dav + "/a", headers={"Lock-Token": token})
    assert patch(begun, 1, b"").status_code == 204  # all bytes are here; it only has to become a file
    assert http.get(person.dav + "/a").content == b"y"


# What is refused.

@pytest.mark.parametrize("headers, status", [
    ({"Tus-Resumable": None}, 412), ({"Tus-Resumable": "0.2.2"}, 412), ({"Upload-Length": None}, 412),
    ({"Upload-Length": None, "Upload-Defer-Length": "1"}, 412), ({"Upload-Length": "x"}, 400), ({"Upload-Length": "-1"}, 400),
    ({"Upload-Length": "1" * 30}, 400), ({"Upload-Metadata": None}, 412), ({"Upload-Metadata": "filename"}, 412),
    ({"Upload-Metadata": "filename !!"}, 400), ({"Upload-Metadata": "filename " + b64(b"\xff")}, 400),
    ({"Upload-Metadata": "filename " + b64("..")}, 400), ({"Upload-Metadata": "filename " + b64("a/../b")}, 400),
    ({"Upload-Metadata": "filename " + b64("a\\b")}, 400), ({"Upload-Metadata": "filename " + b64("a\nb")}, 400),
    ({"Upload-Metadata": "filename " + b64("a\0b")}, 400), ({"Upload-Metadata": "filename " + b64("ü" * 128)}, 400),
    ({"Upload-Metadata": f"filename {b64('a')},mtime {b64('x')}"}, 400),
    ({"Upload-Metadata": f"filename {b64('a')},mtime {b64('9' * 11)}"}, 400),
    ({"Upload-Metadata": "filename " + b64("none/a")}, 412), ({"Upload-Metadata": "filename " + b64("file/a")}, 412),
    ({"Upload-Metadata": "filename " + b64("folder")}, 409)])
def test_refused_creation(http, person, create, headers, status):
    """With the status that clients know, and with nothing changed."""
    http.put(person.dav + "/file", data=b"file")
    http.request("MKCOL", person.dav + "/folder")
    etag, = properties(http, person.dav, "d:getetag")
    refused = create(5, filename="new", headers=headers)
    assert (refused.status_code, refused.headers["Tus-Resumable"]) == (status, "1.0.0")
    assert "Location" not in refused.headers
    assert properties(http, person.dav, "d:getetag") == [etag]


@pytest.mark.parametrize("headers, status", [({"Content-Type": "text/plain"}, 400), ({"Upload-Offset": "1"}, 409), ({"Upload-Offset": "x"}, 400),
                                             ({"Upload-Length": "4"}, 413), ({"Upload-Checksum": "sha1 " + "0" * 40}, 460)])
def test_refused_first_part(http, person, create, server, headers, status):
    """A creation whose bytes are not right makes neither a file nor an upload."""
    before = set((server.data / ".hearth/uploads").iterdir())
    refused = create(5, b"01234", filename="new", headers=headers)
    assert refused.status_code == status and "Location" not in refused.headers
    assert http.get(person.dav + "/new").status_code == 404
    assert set((server.data / ".hearth/uploads").iterdir()) == before


def test_creation_needs_a_sign_in(person):
    refused = requests.post(person.dav, headers={"Tus-Resumable": "1.0.0", "Upload-Length": "1",
                                                 "Upload-Metadata": "filename " + b64("a")}, timeout=20)
    assert refused.status_code == 401


def test_wrong_parts(create, http, person):
    """Each is refused, and the upload can still be ended well."""
    location = create(10, b"01234", filename="parts").headers["Location"]
    for offset in (0, 4, 6, 10, 11):
        assert patch(location, offset, b"56789").status_code == 409
    assert patch(location, 5, b"567890").status_code == 413
    assert patch(location, 5, iter([b"56", b"7890"])).status_code == 413       # chunked: no length to refuse by
    assert patch(location, "x", b"56789").status_code == 400
    assert patch(location, 5, b"56789", Content_Type="text/plain").status_code == 400
    assert patch(location, 5, b"56789", Tus_Resumable="0.2.2").status_code == 412
    assert requests.get(location, timeout=20).status_code == 405
    assert requests.put(location, data=b"x", timeout=20).status_code == 405
    assert offset_of(location) == 5
    assert patch(location, 5, b"").headers["Upload-Offset"] == "5"
    assert patch(location, 5, iter([b"56", b"789"])).status_code == 204
    assert http.get(person.dav + "/parts").content == b"0123456789"


def test_the_address_is_the_authority(create, server):
    """Nothing but the whole token opens an upload."""
    location = create(10, filename="a").headers["Location"]
    token = location.rpartition("/")[2]
    for wrong in (token[:-1], token + "a", token.upper(), token[:-1] + ("a" if token[-1] != "a" else "b"), token.rpartition(".")[0],
                  token.rpartition(".")[0] + ".", "", "%00", "a.b.c", token.replace(".", "/"), "x" * 2000):
        assert offset_of(f"{server.url}/data/{wrong}") in (400, 404)
    assert offset_of(location) == 0
    assert token.rpartition(".")[2] not in server.log       # nor does who reads the log learn it


def test_a_disabled_account_uploads_nothing(server, person, create):
    """The address does not outlive the right to sign in."""
    location = create(10, b"01234", filename="a").headers["Location"]
    server.cli("user", "disable", person.name)
    assert patch(location, 5, b"56789").status_code == 404
    server.cli("user", "enable", person.name)
    assert patch(location, 5, b"56789").status_code == 204


def test_over_quota(server, http):
    """Refused at the creation, before a byte is sent."""
    name = "q" + uuid.uuid4().hex[:10]
    server.cli("user", "add", name, "--password-stdin", "--quota", "1000", input="correct horse battery")
    http.auth = (name, "correct horse battery")
    said = {"Tus-Resumable": "1.0.0", "Upload-Length": "1001", "Upload-Metadata": "filename " + b64("a")}
    assert http.post(f"{server.url}/dav/files/{name}", headers=said).status_code == 507
    assert http.post(f"{server.url}/dav/files/{name}", headers={**said, "Upload-Length": "1000"}).status_code == 201


# Broken lines.

def broken_patch(location, offset, body, promised, headers=""):
    """Send less than promised, then hang up."""
    parts = urlsplit(location)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        line.sendall(f"PATCH {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nTus-Resumable: 1.0.0\r\nContent-Type: {PART}\r\n"
                     f"Upload-Offset: {offset}\r\nContent-Length: {promised}\r\n{headers}\r\n".encode() + body)
        line.shutdown(socket.SHUT_WR)
        while line.recv(4096):
            pass


def test_broken_part_is_kept(http, person, create, until):
    """What came before the line broke need not be sent again."""
    location = create(len(CONTENT), filename="broken").headers["Location"]
    broken_patch(location, 0, CONTENT[:700_000], len(CONTENT))
    until(lambda: offset_of(location) == 700_000)
    assert patch(location, 700_000, CONTENT[700_000:]).status_code == 204
    assert http.get(person.dav + "/broken").content == CONTENT


def test_broken_part_with_a_checksum_is_not_kept(http, person, create, until):
    """It can never be verified, so it is as if it had not come."""
    location = create(len(CONTENT), CONTENT[:5], filename="broken").headers["Location"]
    sum_ = "Upload-Checksum: sha1 " + hashlib.sha1(CONTENT[5:]).hexdigest() + "\r\n"
    broken_patch(location, 5, CONTENT[5:700_000], len(CONTENT) - 5, sum_)
    until(lambda: offset_of(location) == 5)
    assert patch(location, 5, CONTENT[5:]).status_code == 204
    assert http.get(person.dav + "/broken").content == CONTENT


def test_two_writers_at_once(http, person, create, until):
    """The second is told to wait; the file is that of the first."""
    location = create(len(CONTENT), filename="two").headers["Location"]
    parts = urlsplit(location)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        line.sendall(f"PATCH {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nTus-Resumable: 1.0.0\r\nContent-Type: {PART}\r\n"
                     f"Upload-Offset: 0\r\nContent-Length: {len(CONTENT)}\r\n\r\n".encode() + CONTENT[:500_000])
        until(lambda: patch(location, 0, b"").status_code == 423)
        assert patch(location, 500_000, CONTENT[500_000:]).status_code in (409, 423)
        assert requests.delete(location, headers={"Tus-Resumable": "1.0.0"}, timeout=20).status_code == 423
        line.sendall(CONTENT[500_000:])
        assert line.recv(4096).startswith(b"HTTP/1.1 204")
    assert http.get(person.dav + "/two").content == CONTENT


def test_broken_creation_leaves_nothing(person, server, until):
    """Nobody learnt its address, so nobody could go on with it."""
    parts = urlsplit(person.dav)
    before = len(list((server.data / ".hearth/uploads").iterdir()))
    basic = b64(f"{person.name}:{person.password}")
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        line.sendall(f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Basic {basic}\r\nTus-Resumable: 1.0.0\r\n"
                     f"Upload-Length: 1000\r\nUpload-Metadata: filename {b64('x')}\r\nContent-Type: {PART}\r\n"
                     f"Content-Length: 1000\r\n\r\n".encode() + b"x" * 500)
        line.shutdown(socket.SHUT_WR)
        while line.recv(4096):
            pass
    until(lambda: len(list((server.data / ".hearth/uploads").iterdir())) == before)


def test_survives_a_restart(own_server):
    """The server ends, well and not so well; the client goes on where it was."""
    person = own_server.add()
    said = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(CONTENT)), "Upload-Metadata": "filename " + b64("restart"),
            "Content-Type": PART}
    location = requests.post(person.dav, data=CONTENT[:300_000], auth=person.auth, headers=said, timeout=30).headers["Location"]
    own_server.restart()
    assert offset_of(location) == 300_000
    assert patch(location, 300_000, CONTENT[300_000:600_000]).status_code == 204
    own_server.kill()
    own_server.start()
    assert offset_of(location) == 600_000
    assert patch(location, 600_000, CONTENT[600_000:]).status_code == 204
    assert requests.get(person.dav + "/restart", auth=person.auth, timeout=30).content == CONTENT


def test_ends_by_itself(own_server):
    """After its time nobody can go on with it, and its bytes are gone."""
    own_server.stop()
    own_server.configure(upload_hours=0)
    own_server.start()
    person = own_server.add()
    said = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": "filename " + b64("late")}
    made = requests.post(person.dav, auth=person.auth, headers=said, timeout=30)
    assert made.status_code == 201
    assert offset_of(made.headers["Location"]) == 404 and patch(made.headers["Location"], 0, b"x").status_code == 404

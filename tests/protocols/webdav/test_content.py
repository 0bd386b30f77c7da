"""GET, HEAD and PUT over the wire."""
import hashlib
import socket
import time
import zlib

import pytest
import requests
from davwire import problem, propfind, value


def raw(server, http, head, body=b""):
    """Send bytes as they are, hang up our half, and return the answer's status (0 for none)."""
    auth = http.prepare_request(requests.Request("GET", server.url)).headers["Authorization"]
    host, port = server.url.rpartition("/")[2].split(":")
    with socket.create_connection((host, int(port)), 20) as connection:
        connection.sendall(f"{head} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: {auth}\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    return int(answer[9:12] or 0)


def test_new_and_over(person, http):
    """201, then 204 with the same id and another etag; the headers clients go by, the same in PUT, HEAD, GET and PROPFIND."""
    url = person.dav + "/a.txt"
    made = http.put(url, data=b"hello world", headers={"X-OC-Mtime": "1700000000", "OC-Checksum": "SHA1:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"})
    assert made.status_code == 201 and made.headers["X-OC-Mtime"] == "accepted"
    assert made.headers["Last-Modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    over = http.put(url, data=b"second")
    assert over.status_code == 204 and over.headers["OC-FileId"] == made.headers["OC-FileId"] and over.headers["ETag"] != made.headers["ETag"]
    assert "X-OC-Mtime" not in over.headers
    got, head = http.get(url), http.head(url)
    assert got.content == b"second" and head.content == b""
    for answer in (over, got, head):
        assert answer.headers["ETag"] == answer.headers["OC-ETag"] == value(http, url, "d:getetag")
        assert answer.headers["OC-FileId"] == value(http, url, "oc:id")
        assert answer.headers["OC-Checksum"] == "SHA1:" + hashlib.sha1(b"second").hexdigest()
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == "6" and got.headers["Accept-Ranges"] == "bytes"
    assert got.headers["Content-Type"] == "text/plain; charset=UTF-8"


def test_what_people_store_is_no_page(person, http):
    """No browser runs a stored page in our name."""
    http.put(person.dav + "/x%20%22%C3%BC%22.html", data=b"<script>alert(1)</script>").raise_for_status()
    answer = http.get(person.dav + "/x%20%22%C3%BC%22.html")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''x%20%22%C3%BC%22.html; filename=\"x ___.html\""
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers["Content-Security-Policy"]
    for wanted, status in (("script", 403), ("style", 403), ("serviceworker", 403), ("image", 200), ("empty", 200), ("document", 200)):
        assert http.get(person.dav + "/x%20%22%C3%BC%22.html", headers={"Sec-Fetch-Dest": wanted}).status_code == status, wanted


def test_folder(person, http):
    """GET of a folder is empty; HEAD tells its size; PUT onto it and beneath a file is a conflict."""
    http.request("MKCOL", person.dav + "/d").raise_for_status()
    http.put(person.dav + "/d/a", data=b"12345").raise_for_status()
    got = http.get(person.dav + "/d")
    assert got.status_code == 200 and got.content == b"" and got.headers["Content-Length"] == "0"
    head = http.head(person.dav + "/d")
    assert head.headers["Content-Type"] == "httpd/unix-directory" and head.headers["Content-Length"] == "5"
    assert http.put(person.dav + "/d", data=b"x").status_code == 409
    assert http.put(person.dav + "/d/a/b", data=b"x").status_code == 409
    assert http.put(person.dav + "/none/b", data=b"x").status_code == 409
    assert http.get(person.dav + "/none").status_code == 404
    assert http.get(person.dav + "/d/a").content == b"12345"


def test_ranges(person, http):
    """206 with the bytes, 416 with the size, several as multipart; If-Range decides."""
    url = person.dav + "/r.bin"
    content = bytes(range(256)) * 10
    etag = http.put(url, data=content).headers["ETag"]
    for asked, wanted in (("bytes=0-9", content[:10]), ("bytes=100-", content[100:]), ("bytes=-5", content[-5:]), ("bytes=2550-9999", content[2550:])):
        answer = http.get(url, headers={"Range": asked})
        assert answer.status_code == 206 and answer.content == wanted
        assert answer.headers["Content-Range"].endswith("/2560") and int(answer.headers["Content-Length"]) == len(wanted)
    answer = http.get(url, headers={"Range": "bytes=2560-"})
    assert answer.status_code == 416 and answer.headers["Content-Range"] == "bytes */2560"
    answer = http.get(url, headers={"Range": "bytes=0-1,4-5"})
    assert (answer.status_code, answer.content) == (200, content) or (
        answer.status_code == 206 and answer.headers["Content-Type"].startswith("multipart/byteranges")
        and answer.content.count(b"Content-Range: bytes ") == 2 and b"\r\n\r\n\x00\x01\r\n" in answer.content and b"\r\n\r\n\x04\x05\r\n" in answer.content)
    assert http.get(url, headers={"Range": "bytes=0-1", "If-Range": etag}).status_code == 206
    assert http.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).content == content
    assert http.get(url, headers={"Range": "lines=0-1"}).content == content


def test_conditions_of_reading(person, http):
    """304 and 412 as RFC 9110 says."""
    url = person.dav + "/c.txt"
    etag = http.put(url, data=b"x", headers={"X-OC-Mtime": "1700000000"}).headers["ETag"]
    same = http.get(url, headers={"If-None-Match": etag})
    assert same.status_code == 304 and same.content == b"" and same.headers["ETag"] == etag
    assert http.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    assert http.head(url, headers={"If-None-Match": f'"other", W/{etag}'}).status_code == 304
    assert http.get(url, headers={"If-Match": '"other"'}).status_code == 412
    assert http.get(url, headers={"If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT"}).status_code == 304
    assert http.get(url, headers={"If-Modified-Since": "Tue, 14 Nov 2023 22:13:19 GMT"}).status_code == 200
    assert http.get(url, headers={"If-Unmodified-Since": "Tue, 14 Nov 2023 22:13:19 GMT"}).status_code == 412


def test_conditions_of_writing(person, http):
    """OpenCloud overwrites in spite of If-None-Match; we do not."""
    url = person.dav + "/w.txt"
    assert http.put(url, data=b"1", headers={"If-Match": "*"}).status_code == 412
    assert http.put(url, data=b"1", headers={"If-None-Match": "*"}).status_code == 201
    etag = http.head(url).headers["ETag"]
    for headers in ({"If-None-Match": "*"}, {"If-None-Match": etag}, {"If-Match": '"bad"'}, {"If": '(["bad"])'}, {"If": f"(Not [{etag}])"},
                    {"If-Unmodified-Since": "Tue, 14 Nov 2000 22:13:20 GMT"}):
        answer = http.put(url, data=b"2", headers=headers)
        assert answer.status_code == 412 and problem(answer)[0] == "PreconditionFailed", headers
    assert http.get(url).content == b"1"
    assert http.put(url, data=b"3", headers={"If-Match": f'"other", {etag}'}).status_code == 204
    etag = http.head(url).headers["ETag"]
    assert http.put(url, data=b"4", headers={"If": f'(["bad"]) ([{etag}])'}).status_code == 204
    assert http.put(url, data=b"5", headers={"If": f'<{person.dav}/none> (["x"]) <{url}> (Not ["x"])'}).status_code == 204


@pytest.mark.parametrize("headers, status", [
    ({"OC-Checksum": "SHA1:" + "0" * 40}, 400), ({"OC-Checksum": "SHA1:zz"}, 400), ({"OC-Checksum": "SHA256:" + "0" * 64}, 400), ({"OC-Checksum": "x"}, 400),
    ({"Upload-Checksum": "sha1 " + "0" * 40, "OC-Checksum": "MD5:9dd4e461268c8034f5c8564e155c67a6"}, 400), ({"X-OC-Mtime": "soon"}, 400), ({"X-OC-Mtime": "1e9"}, 400),
    ({"X-OC-Mtime": "99999999999999"}, 400), ({"X-OC-Mtime": ""}, 400), ({"Content-Range": "bytes 0-0/1"}, 501), ({"X-Expected-Entity-Length": "2"}, 400),
    ({"X-Expected-Entity-Length": "x"}, 400), ({"If": "nonsense"}, 400),
])
def test_refused_puts_change_nothing(person, http, headers, status):
    """A wrong checksum, time or length: refused, and nothing is there."""
    before = value(http, person.dav, "d:getetag")
    answer = http.put(person.dav + "/no.txt", data=b"x", headers=headers)
    assert answer.status_code == status
    problem(answer)
    assert http.head(person.dav + "/no.txt").status_code == 404
    assert value(http, person.dav, "d:getetag") == before


def test_checksum_text(person, http):
    """Sync clients compare this sentence."""
    answer = http.put(person.dav + "/no.txt", data=b"x", headers={"OC-Checksum": "SHA1:" + "0" * 40})
    assert problem(answer) == ("BadRequest", "The computed checksum does not match the one received from the client.")


@pytest.mark.parametrize("algorithm", ["SHA1", "MD5", "ADLER32"])
def test_good_checksums(person, http, algorithm):
    """Each kind that we keep is verified, in any case of letters."""
    right = {"SHA1": hashlib.sha1(b"x").hexdigest(), "MD5": hashlib.md5(b"x").hexdigest(), "ADLER32": f"{zlib.adler32(b'x'):08x}"}[algorithm]
    assert http.put(person.dav + "/y.txt", data=b"x", headers={"OC-Checksum": f"{algorithm}:{right.upper()}"}).status_code == 201
    assert http.put(person.dav + "/y.txt", data=b"x", headers={"Upload-Checksum": f"{algorithm.lower()} {right}"}).status_code == 204


@pytest.mark.parametrize("text, seconds", [("1600000000", 1600000000), ("1600000000.75", 1600000000), ("0", 0), ("-1", -1)])
def test_times(person, http, text, seconds):
    """Decimal seconds, with a fraction or not."""
    http.put(person.dav + "/t.txt", data=b"x", headers={"X-OC-Mtime": text}).raise_for_status()
    wanted = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))
    assert value(http, person.dav + "/t.txt", "d:getlastmodified") == wanted


def test_chunked(person, http):
    """Finder's way: chunked, with the length told elsewhere."""
    body = b"mac" * 100_000
    answer = http.put(person.dav + "/f.bin", data=iter([body[:100], body[100:]]), headers={"X-Expected-Entity-Length": str(len(body))})
    assert answer.status_code == 201 and http.get(person.dav + "/f.bin").content == body
    assert http.put(person.dav + "/f.bin", data=iter([b"short"]), headers={"X-Expected-Entity-Length": "6"}).status_code == 400
    assert http.get(person.dav + "/f.bin").content == body
    assert http.put(person.dav + "/empty", data=b"").status_code == 201 and http.get(person.dav + "/empty").content == b""


def test_cut_short(server, person, http):
    """A body that ends early, with a length or in chunks, stores nothing."""
    path = person.dav.removeprefix(server.url)
    http.put(person.dav + "/kept.txt", data=b"kept").raise_for_status()
    for name in ("kept.txt", "new.txt"):
        assert raw(server, http, f"PUT {path}/{name}", b"Content-Length: 100\r\n\r\nhalf") in (0, 400)
        assert raw(server, http, f"PUT {path}/{name}", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n") in (0, 400)
        assert raw(server, http, f"PUT {path}/{name}", b"Transfer-Encoding: chunked\r\n\r\n9\r\nhalf") in (0, 400)
    assert http.get(person.dav + "/kept.txt").content == b"kept"
    assert list(propfind(http, person.dav, depth="1")) == [path + "/", path + "/kept.txt"]


@pytest.mark.parametrize("name", ["a%5Cb", "a%0Ab", "a%0Db", "%20", "x" * 256, "%FF", "a%00"])
def test_names_that_cannot_be(person, http, name):
    """400 before anything is stored."""
    assert http.put(f"{person.dav}/{name}", data=b"x").status_code == 400
    assert http.request("MKCOL", f"{person.dav}/{name}").status_code == 400

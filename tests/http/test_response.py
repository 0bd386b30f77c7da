"""Files as answers: whole, in parts, or not at all; and always closed."""
import contextlib
import json
import os
from email import message_from_bytes
from email.policy import HTTP

import pytest

from appliance.core import errors
from appliance.http import FileBody, answer, headers_of, json_answer, line, response, status_of

CONTENT = os.urandom(700_000)
ETAG, MTIME = '"abc"', 1_700_000_000_000_000_000


@pytest.fixture
def get(tmp_path):
    """Ask for a file; answers the status, the headers and the body, and the file must be closed then."""
    (tmp_path / "file").write_bytes(CONTENT)

    def ask(method="GET", size=len(CONTENT), **headers):
        said, fd = [], os.open(tmp_path / "file", os.O_RDONLY)
        environ = {"REQUEST_METHOD": method, **{f"HTTP_{name.upper()}": value for name, value in headers.items()}}
        try:
            body = response.send_file(environ, lambda status, fields: said.extend([int(status[:3]), dict(fields)]), fd, size=size, etag=ETAG,
                                      mtime_ns=MTIME, content_type="text/plain", headers=[("Content-Disposition", "attachment")])
            with contextlib.closing(body) if hasattr(body, "close") else contextlib.nullcontext():
                content = b"".join(body)
        finally:
            with pytest.raises(OSError):
                os.fstat(fd)
        return *said, content
    return ask


def test_whole_file(get):
    """With all that a client needs to ask for a part later."""
    status, headers, content = get()
    assert status == 200 and content == CONTENT
    assert headers == {"Content-Type": "text/plain", "Content-Length": "700000", "ETag": ETAG, "Accept-Ranges": "bytes",
                       "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT", "Content-Disposition": "attachment"}
    assert get("HEAD") == (200, headers, b"")
    assert get("HEAD", range="bytes=0-4") == (200, headers, b""), "ranges are for GET (RFC 9110 §14.2)"


def test_one_part(get):
    """Across blocks."""
    status, headers, content = get(range="bytes=100-600000")
    assert status == 206 and content == CONTENT[100:600_001]
    assert headers["Content-Range"] == "bytes 100-600000/700000" and headers["Content-Length"] == "599901"


def test_several_parts(get):
    """A multipart that any parser of mail can read, of the length it says."""
    status, headers, content = get(range="bytes=0-9,300000-600000,-5")
    assert status == 206 and len(content) == int(headers["Content-Length"])
    parsed = message_from_bytes(b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n" + content, policy=HTTP)
    parts = list(parsed.iter_parts())
    assert [part["Content-Range"] for part in parts] == ["bytes 0-9/700000", "bytes 300000-600000/700000", "bytes 699995-699999/700000"]
    boundary = b"--" + headers["Content-Type"].partition("boundary=")[2].encode()
    raw = [piece.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for piece in content.split(boundary)[1:-1]]
    assert raw == [CONTENT[:10], CONTENT[300_000:600_001], CONTENT[-5:]]


def test_no_part(get):
    """Nothing there; the size is told."""
    status, headers, content = get(range="bytes=700000-")
    assert status == 416 and headers["Content-Range"] == "bytes */700000" and content == b""


def test_unchanged(get):
    """No body and nothing about one, but the etag."""
    status, headers, content = get(if_none_match=ETAG)
    assert status == 304 and content == b"" and headers["ETag"] == ETAG and "Content-Length" not in headers
    assert get(if_none_match=ETAG, range="bytes=0-1")[0] == 304


def test_condition_that_fails(get):
    """The file is closed, too."""
    with pytest.raises(errors.PreconditionFailed):
        get(if_match='"other"')
    assert get(if_match=ETAG, if_none_match=ETAG)[0] == 304


def test_file_that_is_shorter_than_said(get):
    """Is no whole answer."""
    with pytest.raises(errors.Unavailable):
        get(size=len(CONTENT) + 1)


def test_closing_twice(tmp_path):
    """Closes once: the number may belong to another file by then."""
    body = FileBody(os.open(tmp_path, os.O_RDONLY), 0, 0)
    body.close()
    other = os.open(tmp_path, os.O_RDONLY)
    body.close()
    os.fstat(other)
    os.close(other)


def test_small_answers():
    """With their length; none where there is no body by nature."""
    said = []
    assert answer(lambda *given: said.append(given), 200, b"abc", headers=[("X-A", "b")]) == [b"abc"]
    assert answer(lambda *given: said.append(given), 204) == []
    assert json.loads(b"".join(json_answer(lambda *given: said.append(given), {"ä": 1}, 201))) == {"ä": 1}
    assert said[0] == ("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "3"), ("X-A", "b")])
    assert said[1] == ("204 No Content", []) and said[2][0] == "201 Created" and ("Content-Length", "9") in said[2][1]


def test_every_house_error_has_a_status():
    """The one table knows them all, and what it does not know is a fault of ours."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.HouseError)]
    for kind in kinds:
        status = int(status_of(kind())[:3])
        assert (status == 500) == (kind in (errors.HouseError, errors.Corrupt)), kind
    assert status_of(type("Special", (errors.Locked,), {})("x")) == "423 Locked"
    assert status_of(ValueError()) == line(500) == "500 Internal Server Error"
    assert headers_of(errors.TooManyAttempts(retry_after=7)) == [("Retry-After", "7")] and headers_of(errors.NotFound()) == []

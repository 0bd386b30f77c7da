"""Headers that make no sense: If, Range, Destination, Depth, Timeout, Overwrite, times, checksums, upload headers."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm import calm

CALM = calm(150)

# Latin-1 without what ends a line: anything else may stand in a header's value.
LINES = st.text(st.characters(min_codepoint=32, max_codepoint=255, blacklist_characters="\x7f"), max_size=60)
IF = st.lists(st.sampled_from(["(", ")", "<", ">", "[", "]", "Not", " ", "<urn:uuid:00000000-0000-0000-0000-000000000000>", '["etag"]', "<http://127.0.0.1/x>",
                               "<DAV:no-lock>", '"', "(<opaquelocktoken:x>)", "<>", "[]", "()", "W/"]), max_size=12).map("".join)
RANGES = st.one_of(st.sampled_from(["bytes=0-", "bytes=-0", "bytes=-5", "bytes=5-2", "bytes=0-0,5-5", "bytes=" + "0-0," * 500 + "0-0", "bytes=0-99999999999999999999",
                                    "bytes=--5", "lines=0-5", "bytes=", "bytes", "bytes=a-b", "bytes=0-5, 3-9", "bytes=１-２", "bytes= 0 - 5"]), LINES.map("bytes=".__add__), LINES)
DEPTHS = st.one_of(st.sampled_from(["0", "1", "infinity", "Infinity", "2", "-1", "", "0,1", "1,noroot", "infinity,noroot", "00"]), LINES)
TIMEOUTS = st.one_of(st.sampled_from(["Second-0", "Second--1", "Second-99999999999999999999", "Infinite", "Infinite, Second-5", "Second-", "Hour-1", "Second-1.5", ""]), LINES)
DESTINATIONS = st.one_of(st.sampled_from(["", "/", "x", "http://", "http://[", "http://[::1", "//", "http://a:b:c/", "%", "/%", "http://127.0.0.1:99999/x", "?", "#", "*"]), LINES)
TIMES = st.one_of(st.sampled_from(["0", "-1", "1.5", "1e9", "99999999999999999999", "nan", "inf", "", "1600000000.123456789123", "0x10", "１", "+5", "-99999999999999"]), LINES)
CHECKSUMS = st.one_of(st.sampled_from(["SHA1:", "SHA1:zz", ":", "SHA1", "SHA256:" + "0" * 64, "sha1:" + "0" * 40, "MD5:" + "0" * 31, "ADLER32:1 MD5:2", "SHA1:" + "0" * 4000]), LINES)
DATES = st.one_of(st.sampled_from(["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo 0000 99:99:99 GMT", "0", "", "Thu, 01 Jan 9999999 00:00:00 GMT", '"etag"', "W/\"x\"", "*", "*, *"]), LINES)
VALUES = {"If": IF, "Range": RANGES, "Depth": DEPTHS, "Timeout": TIMEOUTS, "Destination": DESTINATIONS, "Overwrite": st.one_of(st.sampled_from(["T", "F", "X", "", "t"]), LINES),
          "X-OC-Mtime": TIMES, "OC-Checksum": CHECKSUMS, "If-Match": DATES, "If-None-Match": DATES, "If-Modified-Since": DATES, "If-Unmodified-Since": DATES, "If-Range": DATES,
          "Lock-Token": IF, "Content-Type": LINES, "Prefer": LINES, "Accept-Encoding": LINES, "Upload-Length": TIMES, "Upload-Offset": TIMES, "Upload-Metadata": LINES,
          "Upload-Checksum": CHECKSUMS, "Tus-Resumable": LINES, "X-Expected-Entity-Length": TIMES, "X-HTTP-Method-Override": LINES, "Cookie": LINES, "X-Request-Id": LINES,
          "X-Forwarded-For": LINES, "X-Forwarded-Host": LINES, "Origin": LINES, "Content-Encoding": LINES, "Expect": LINES, "User-Agent": LINES}
HEADERS = st.lists(st.sampled_from(sorted(VALUES)).flatmap(lambda name: st.tuples(st.just(name), VALUES[name])), min_size=1, max_size=5)
METHODS = st.sampled_from(["GET", "HEAD", "PUT", "MKCOL", "DELETE", "PROPFIND", "PROPPATCH", "LOCK", "UNLOCK", "COPY", "MOVE", "POST", "OPTIONS", "PATCH", "REPORT"])


@CALM
@given(method=METHODS, target=st.sampled_from(["/a.txt", "/d", "/d/b.txt", "/none.txt", "/none/none", "/", ""]), headers=HEADERS, body=st.sampled_from([b"", b"12345"]))
def test_any_headers(raw, method, target, headers, body):
    """Any values in the headers we read: an answer is meant, and a refusal changes nothing."""
    fields = [("Content-Length", str(len(body)))] + [(name, value.encode("latin-1", "replace")) for name, value in headers]
    answer = raw.refused_changes_nothing(raw.head(method, raw.home + target, fields), body, hang_up=True)
    for line in answer.raw.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if line.lower().startswith(b"lock-token:"):
            raw.send(raw.head("UNLOCK", raw.home + target, [("Lock-Token", line.split(b":", 1)[1].strip())]))
    if answer.status < 300:                  # put back what may be gone
        for path in ("/a.txt", "/d/b.txt"):
            raw.send(raw.head("MKCOL", raw.home + "/d"))
            raw.send(raw.head("PUT", raw.home + path, [("Content-Length", "1")]), b"x")


@pytest.mark.parametrize("auth", ["", "Basic", "Basic ", "Basic %%%", "Basic YQ==", "Basic " + "A" * 8000, "Basic //79", "Bearer", "Bearer x", "Bearer " + "a." * 500, "Digest x=1",
                                  "Negotiate abc", "basic", "Basic Og=="])
def test_nonsense_for_a_password(raw, auth):
    """Whatever is no good credential is 401, and changes nothing."""
    answer = raw.refused_changes_nothing(raw.head("DELETE", raw.home + "/a.txt", [("Authorization", auth)], signed_in=False))
    assert answer.status in (400, 401, 429), answer.raw[:200]


@pytest.mark.parametrize("headers", [[("Depth", "0"), ("Depth", "1")], [("If", "(<a>)"), ("If", "(<b>)")], [("Destination", "/a"), ("Destination", "/b")],
                                     [("Content-Length", "0"), ("Content-Length", "5")], [("Range", "bytes=0-1"), ("Range", "bytes=2-3")],
                                     [("Authorization", "Basic eDp5")]])
def test_headers_twice(raw, headers):
    """A header that may stand once stands twice."""
    for method in ("PROPFIND", "MOVE", "PUT", "GET"):
        raw.refused_changes_nothing(raw.head(method, raw.home + "/a.txt", headers), hang_up=True)

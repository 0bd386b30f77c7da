"""What a request brings: bodies within bounds, conditions, ranges."""
import pytest

from appliance.core import errors
from appliance.http import message, request
from appliance.http.response import http_date

ETAG, MTIME = '"abc"', 1_700_000_000_123_456_789
SAME, OLDER, NEWER = (http_date(MTIME // 10**9 + seconds) for seconds in (0, -1, 1))


class Drip:
    """A socket that gives a byte at a time."""

    def __init__(self, data):
        self.data = data

    def settimeout(self, seconds):
        """As a socket."""

    def recv(self, size):
        """As a socket."""
        first, self.data = self.data[:1], self.data[1:]
        return first


def environ(**headers):
    """A request with these headers."""
    return {"REQUEST_METHOD": "GET", **{f"HTTP_{name.upper()}": value for name, value in headers.items()}}


def with_body(data, length=None):
    """A request with a body that says to be so long."""
    incoming = message.Incoming(Drip(data))
    if length is None:
        return {"hearth.chunked": True, "wsgi.input": message.Body(incoming, 0, True, None, 1)}
    return {"hearth.chunked": False, "CONTENT_LENGTH": str(length), "wsgi.input": message.Body(incoming, length, False, None, 1)}


def test_body():
    """All of it, also in chunks; not too much, not too little."""
    assert request.body(with_body(b"abc", 3), 3) == b"abc"
    assert request.body(with_body(b"3\r\nabc\r\n0\r\n\r\n"), 3) == b"abc"
    for given, error in ((with_body(b"abcd", 4), errors.TooLarge), (with_body(b"4\r\nabcd\r\n0\r\n\r\n"), errors.TooLarge),
                         (with_body(b"ab", 3), errors.Invalid), (with_body(b"3\r\nab"), errors.Invalid)):
        with pytest.raises(error):
            request.body(given, 3)
    assert request.body({"wsgi.input": with_body(b"", 0)["wsgi.input"]}, 3) == b""
    assert (request.length(with_body(b"", 0)), request.length(with_body(b"")), request.length({})) == (0, None, 0)


def test_query():
    """Names with all their values; too many are refused."""
    assert request.query({"QUERY_STRING": "a=1&a=%20&b"}) == {"a": ["1", " "], "b": [""]}
    with pytest.raises(errors.Invalid):
        request.query({"QUERY_STRING": "a&" * 2000})


@pytest.mark.parametrize("headers, there, absent", [
    ({}, True, True), ({"if_match": ETAG}, True, False), ({"if_match": '"other"'}, False, False), ({"if_match": "*"}, True, False),
    ({"if_match": '"other", "abc"'}, True, False), ({"if_match": 'W/"abc"'}, False, False), ({"if_match": "abc"}, True, False),
    ({"if_none_match": ETAG}, False, True), ({"if_none_match": "*"}, False, True), ({"if_none_match": '"other"'}, True, True),
    ({"if_none_match": 'W/"abc"'}, False, True), ({"if_unmodified_since": SAME}, True, False), ({"if_unmodified_since": NEWER}, True, False),
    ({"if_unmodified_since": OLDER}, False, False), ({"if_unmodified_since": "nonsense"}, True, True),
    ({"if_match": ETAG, "if_unmodified_since": OLDER}, True, False), ({"if_match": ETAG, "if_none_match": ETAG}, False, False)])
def test_conditions_of_a_change(headers, there, absent):
    """RFC 9110 §13.2.2, for a file that is there and for one that is not."""
    for etag, passes in ((ETAG, there), (None, absent)):
        try:
            request.require(environ(**headers), etag, MTIME)
        except errors.PreconditionFailed:
            assert not passes, (headers, etag)
        else:
            assert passes, (headers, etag)


@pytest.mark.parametrize("headers, same", [
    ({}, False), ({"if_none_match": ETAG}, True), ({"if_none_match": 'W/"abc"'}, True), ({"if_none_match": "*"}, True),
    ({"if_none_match": '"other"'}, False), ({"if_none_match": '"other"', "if_modified_since": NEWER}, False),
    ({"if_modified_since": SAME}, True), ({"if_modified_since": NEWER}, True), ({"if_modified_since": OLDER}, False),
    ({"if_modified_since": "nonsense"}, False), ({"if_modified_since": "Thu, 99 Foo 0000 99:99:99 GMT"}, False)])
def test_what_is_unchanged(headers, same):
    """An etag counts before a time."""
    assert request.unchanged(environ(**headers), ETAG, MTIME) is same


@pytest.mark.parametrize("header, found", [
    ("", None), ("bytes=0-4", [(0, 5)]), ("bytes=5-", [(5, 10)]), ("bytes=-3", [(7, 10)]), ("bytes=0-99", [(0, 10)]), ("bytes=-99", [(0, 10)]),
    ("bytes=10-", []), ("bytes=-0", []), ("bytes=10-, 0-0", [(0, 1)]), ("bytes=0-0,5-6", [(0, 1), (5, 7)]), ("Bytes=1-1", [(1, 2)]),
    ("bytes=5-4", None), ("bytes=a-b", None), ("bytes=", None), ("bytes=-", None), ("bytes=1", None), ("lines=0-4", None), ("bytes=--5", None),
    ("bytes=" + "0-0," * 600 + "0-0", None), ("bytes=0-9,0-9", None), ("bytes=0-99999999999999999999", None)])
def test_ranges(header, found):
    """Of ten bytes; what is malformed or greedy gets the whole."""
    assert request.ranges(environ(range=header), 10, ETAG, MTIME) == found


@pytest.mark.parametrize("condition, fits", [
    (ETAG, True), ('"other"', False), ('W/"abc"', False), (SAME, True), (OLDER, False), (NEWER, False), ("nonsense", False), ("", False)])
def test_range_only_if(condition, fits):
    """A part of another content would be glued to what the client has."""
    assert request.ranges(environ(range="bytes=0-4", if_range=condition), 10, ETAG, MTIME) == ([(0, 5)] if fits else None)


def test_range_of_nothing():
    """Programs ask for it of every file; an empty one is answered whole."""
    assert request.ranges(environ(range="bytes=0-"), 0, ETAG, MTIME) is None


@pytest.mark.parametrize("header, found", [
    ("", set()), ("return=minimal", {"return=minimal"}), ("Return = \"Minimal\"; x=1 , order=name", {"return=minimal", "order=name"}), ("respond-async", {"respond-async"})])
def test_what_is_preferred(header, found):
    assert request.preferred({"HTTP_PREFER": header}) - {""} == found

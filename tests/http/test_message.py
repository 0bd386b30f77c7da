"""Reading requests to the letter, whatever comes and in whatever pieces."""
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core import errors
from appliance.http import message

HEAD = b"POST /a HTTP/1.1\r\nHost: h\r\n"


class Wire:
    """A socket on which these pieces come, then silence or the end."""

    def __init__(self, *pieces, silent=False):
        self.pieces, self.silent = [piece for piece in pieces if piece], silent

    def settimeout(self, seconds):
        """As a socket."""

    def recv(self, size):
        """As a socket: what is there, at most ``size`` bytes."""
        if not self.pieces:
            if self.silent:
                raise TimeoutError
            return b""
        first = self.pieces.pop(0)
        if first[size:]:
            self.pieces.insert(0, first[size:])
        return first[:size]


def cut(data, places):
    """The bytes in pieces."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in zip(edges, edges[1:])]


def body(*pieces, length=0, chunked=False):
    """A body on a wire."""
    return message.Body(message.Incoming(Wire(*pieces)), length, chunked, None, 1)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(noise):
    """No other way out, also where the noise follows a good beginning."""
    for data in (noise, HEAD + noise, HEAD + noise + b"\r\n\r\n"):
        try:
            head = message.parse(message.Incoming(Wire(data)).head(1))
        except message.Refused as refusal:
            assert 400 <= refusal.status <= 599
        else:
            assert head.headers["host"] and head.path.startswith(("/", "*"))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_pieces_make_no_difference(places):
    """A head, its chunks and the next head, cut anywhere."""
    data = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n" + HEAD + b"\r\n"
    incoming = message.Incoming(Wire(*cut(data, places)))
    head = message.parse(incoming.head(1))
    came = message.Body(incoming, 0, head.chunked, None, 1)
    assert came.read() == b"abc0123456789" and came.finished and came.read() == b""
    assert message.parse(incoming.head(1)).length is None


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=60), st.lists(st.integers(0, 100), max_size=5), st.integers(1, 20))
def test_any_chunks_are_whole_or_invalid(noise, places, size):
    """A broken body raises, once and again; it never ends as if it were whole."""
    came, blocks = body(*cut(noise, places), chunked=True), []
    try:
        while block := came.read(size):
            blocks.append(block)
    except errors.Invalid:
        assert not came.finished and came.broken
        with pytest.raises(errors.Invalid):
            came.read(1)
    else:
        assert came.finished and noise.count(b"\r\n") >= 2


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_no_byte_past_the_body(size):
    """What follows belongs to the next request."""
    incoming = message.Incoming(Wire(b"abcGET / HTTP/1.1\r\nHost: h\r\n\r\n"))
    came = message.Body(incoming, 3, False, None, 1)
    blocks = []
    while block := came.read(size):
        blocks.append(block)
    assert b"".join(blocks) == b"abc"
    assert message.parse(incoming.head(1)).path == "/"


def test_broken_body_gives_first_what_came():
    """And tells then, every time."""
    came = body(b"abcdef", length=10)
    assert came.read(4) == b"abcd" and came.read(4) == b"ef"
    for _ in range(2):
        with pytest.raises(errors.Invalid):
            came.read(4)
    with pytest.raises(errors.Invalid):
        body(b"abcdef", length=10).read()


def test_silence():
    """In a head it is refused, in a body it breaks it."""
    with pytest.raises(message.Refused) as refusal:
        message.Incoming(Wire(HEAD, silent=True)).head(0.01)
    assert refusal.value.status == 408
    with pytest.raises(errors.Invalid, match="stopped coming"):
        message.Body(message.Incoming(Wire(silent=True)), 5, False, None, 0.01).read(5)


def test_continue_is_asked_for_once():
    """When the first byte is wanted, not before."""
    asked = []
    came = message.Body(message.Incoming(Wire(b"abc")), 3, False, lambda: asked.append(1), 1)
    assert not came.is_little and came.read(0) == b"" and not asked
    assert came.read(1) == b"a" and came.read(2) == b"bc" and asked == [1]


def test_what_is_read_away():
    """Little bodies only, not such as wait, are chunked or broken."""
    assert body(b"x" * 1000, length=1000).skip(1)
    assert not body(b"x" * 10, length=message.LITTLE + 1).skip(1)
    assert not body(b"x" * 10, length=100).skip(1)
    assert not body(b"0\r\n\r\n", chunked=True).skip(1)
    assert not message.Body(message.Incoming(Wire(b"x")), 1, False, lambda: None, 1).skip(1)


def test_connection_wishes():
    """Kept in 1.1 unless said otherwise, ended in 1.0 unless said otherwise."""
    def stays(version, *lines):
        return message.parse(b"\r\n".join([b"GET / HTTP/" + version, b"Host: h", *lines])).stays
    assert stays(b"1.1") and not stays(b"1.1", b"Connection: Close") and not stays(b"1.1", b"Connection: TE, close")
    assert not stays(b"1.0") and stays(b"1.0", b"Connection: Keep-Alive") and not stays(b"1.1", b"Connection: a", b"Connection: close")

"""Bodies cut anywhere, lengths that lie, chunks that break off: nothing half-written, nothing changed."""
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm import calm

CALM = calm(60)
CONTENT = bytes(range(256)) * 40
TARGETS = st.sampled_from(["/new.txt", "/a.txt", "/d/b.txt", "/d/new"])


@CALM
@given(target=TARGETS, length=st.integers(1, 1 << 40), sent=st.integers(0, len(CONTENT)))
def test_put_shorter_than_it_says(raw, target, length, sent):
    """A body that ends early is not a file."""
    sent = min(sent, length - 1)
    answer = raw.refused_changes_nothing(raw.head("PUT", raw.home + target, [("Content-Length", str(length))]), CONTENT[:sent], hang_up=True)
    assert answer.status == 0 or answer.status >= 400, answer


@CALM
@given(target=TARGETS, cut=st.integers(0, 10_000), size=st.integers(1, 5000))
def test_chunked_put_cut_anywhere(raw, target, cut, size):
    """A chunked body is whole only with its last chunk."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(CONTENT[at:at + size]), CONTENT[at:at + size]) for at in range(0, len(CONTENT), size)) + b"0\r\n\r\n"
    cut = min(cut * len(body) // 10_000, len(body) - 3)
    answer = raw.refused_changes_nothing(raw.head("PUT", raw.home + target, [("Transfer-Encoding", "chunked")]), body[:cut], hang_up=True)
    assert answer.status == 0 or answer.status >= 400, answer


@CALM
@given(target=TARGETS, broken=st.sampled_from([b"zz\r\n", b"-5\r\n", b"5", b"5\r\nabc", b"5\r\nabcdefg\r\n0\r\n\r\n", b"\r\n", b"0x5\r\nabcde\r\n",
                                               b"fffffffffffffffffff\r\n", b"5;" + b"x" * 70_000 + b"\r\nabcde\r\n", b" 5\r\nabcde\r\n"]))
def test_broken_chunks(raw, target, broken):
    """What is not a chunk is refused."""
    answer = raw.refused_changes_nothing(raw.head("PUT", raw.home + target, [("Transfer-Encoding", "chunked")]), broken, hang_up=True)
    assert answer.status == 0 or answer.status >= 400, answer


@CALM
@given(target=TARGETS, length=st.one_of(
    st.sampled_from(["", "-1", "+5", "1_0", "0x10", "5, 5", "5,6", "１２", "1e3", " ", "99999999999999999999999", "5.0", "NaN"]), st.text("0123456789abc+-_ ,.", max_size=20)))
def test_lengths_that_are_none(raw, target, length):
    """Content-Length is digits, or the request is refused."""
    answer = raw.refused_changes_nothing(raw.head("PUT", raw.home + target, [("Content-Length", length.encode())]), b"abcde", hang_up=True)
    if not (length.strip(" ").isascii() and length.strip(" ").isdigit()):
        assert answer.status == 0 or answer.status >= 400, answer


@pytest.mark.parametrize("header, value", [("OC-Checksum", "SHA1:" + "0" * 40), ("OC-Checksum", "MD5:" + "0" * 32),
                                           ("OC-Checksum", "ADLER32:00000000"), ("OC-Checksum", "SHA1:xyz"), ("OC-Checksum", "CRC99:00"),
                                           ("OC-Checksum", ""), ("If-Match", '"stale"'), ("Content-Range", "bytes 0-3/10"),
                                           ("X-Expected-Entity-Length", "999")])
@pytest.mark.parametrize("target", ["/a.txt", "/new.txt"])
def test_body_that_is_not_what_was_told(raw, header, value, target):
    """A whole body with a wrong promise is refused too."""
    answer = raw.refused_changes_nothing(raw.head("PUT", raw.home + target, [("Content-Length", "5"), (header, value)]), b"abcde")
    assert answer.status >= 400 or (value == "" and answer.status in (201, 204)), answer


@CALM
@given(method=st.sampled_from(["MKCOL", "DELETE", "MOVE", "COPY", "GET", "HEAD", "UNLOCK", "OPTIONS", "PROPFIND", "BREW", "TRACE", "CONNECT"]),
       body=st.binary(min_size=1, max_size=3000), lie=st.integers(-10, 10))
def test_bodies_where_none_belongs(raw, method, body, lie):
    """Methods that take no body get one, with a wrong length."""
    destination = [("Destination", raw.url + raw.home + "/elsewhere"), ("Overwrite", "F")]
    raw.refused_changes_nothing(raw.head(method, raw.home + "/d/b.txt", [("Content-Length", str(max(0, len(body) + lie))), *destination]), body, hang_up=True)


@CALM
@given(offset=st.sampled_from(["0", "5", "-1", "x", "", "99999999999999999999"]), length=st.sampled_from(["10", "0", "-1", "x", "", str(1 << 70), "5"]),
       cut=st.integers(0, 10), metadata=st.sampled_from(["", "filename bmV3", "filename", "filename %%%", "filename Li4vLi4vZXRj", "filename YS50eHQ=,mtime eA==",
                                                        "filename bmV3,checksum eA==", ",,,", "filename bmV3,filename b3RoZXI=", "\xff"]))
def test_resumable_uploads(raw, offset, length, cut, metadata):
    """POST for an upload with wrong numbers or metadata, and a body cut short: no half file appears."""
    head = raw.head("POST", raw.home + "/", [("Tus-Resumable", "1.0.0"), ("Upload-Length", length), ("Upload-Offset", offset), ("Content-Length", "10"),
                                             ("Upload-Metadata", metadata.encode("latin-1")), ("Content-Type", "application/offset+octet-stream")])
    raw.refused_changes_nothing(head, b"0123456789"[:cut], hang_up=True)


def test_compressed_body_is_refused_or_kept_as_it_is(raw):
    """We do not undo Content-Encoding; storing the packed bytes under the name would be a lie."""
    packed = zlib.compress(b"hello" * 100)
    answer = raw.refused_changes_nothing(raw.head("PUT", raw.home + "/a.txt", [("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))]), packed)
    assert answer.status in (415, 501, 400) or raw.snapshot()[0]["a.txt"] == packed

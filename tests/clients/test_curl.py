"""curl as people use it in scripts: upload, download, resume, chunked from a pipe, rename, delete."""
import hashlib
import os
import shutil

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


@pytest.fixture
def curl(program, person):
    """Run curl as the person; a status of 400 or more is a failure."""
    def run(*words, **more):
        return program("curl", "-sS", "--fail", "-u", f"{person.name}:{person.password}", *words, **more)
    return run


def test_upload_and_download(curl, person, tmp_path):
    """-T sends a file, a later GET brings the same bytes."""
    content = os.urandom(3_000_000)
    (tmp_path / "up.bin").write_bytes(content)
    curl("-T", tmp_path / "up.bin", person.dav + "/")
    curl("-o", tmp_path / "down.bin", person.dav + "/up.bin")
    assert (tmp_path / "down.bin").read_bytes() == content


def test_resumes_a_download(curl, person, tmp_path):
    """-C - asks only for what is missing."""
    content = os.urandom(500_000)
    (tmp_path / "up.bin").write_bytes(content)
    curl("-T", tmp_path / "up.bin", person.dav + "/")
    (tmp_path / "down.bin").write_bytes(content[:200_000])
    curl("-C", "-", "-o", tmp_path / "down.bin", person.dav + "/up.bin")
    assert (tmp_path / "down.bin").read_bytes() == content


def test_upload_from_a_pipe_is_chunked(curl, person):
    """-T - sends a chunked body of unknown length, and asks for 100-continue first."""
    text = "from a pipe\n" * 10_000
    curl("-T", "-", "-H", "Expect: 100-continue", person.dav + "/piped.txt", input=text)
    assert curl(person.dav + "/piped.txt").stdout == text


def test_upload_with_checksum_and_time(curl, person, tmp_path):
    """OC-Checksum and X-OC-Mtime are honoured; a wrong checksum leaves nothing behind."""
    (tmp_path / "f").write_bytes(b"checked")
    right = "OC-Checksum: SHA1:" + hashlib.sha1(b"checked").hexdigest()
    answer = curl("-i", "-T", tmp_path / "f", "-H", right, "-H", "X-OC-Mtime: 1600000000", person.dav + "/good").stdout.lower()
    assert "x-oc-mtime: accepted" in answer
    assert "sun, 13 sep 2020 12:26:40" in curl("-I", person.dav + "/good").stdout.lower()
    curl("-T", tmp_path / "f", "-H", "OC-Checksum: SHA1:" + "0" * 40, person.dav + "/bad", expect=22)
    curl(person.dav + "/bad", expect=22)


def test_folder_rename_delete(curl, person, tmp_path):
    """MKCOL, MOVE and DELETE by -X."""
    (tmp_path / "f").write_bytes(b"content")
    curl("-X", "MKCOL", person.dav + "/New%20folder")
    curl("-T", tmp_path / "f", person.dav + "/New%20folder/f")
    curl("-X", "MOVE", "-H", f"Destination: {person.dav}/Renamed", person.dav + "/New%20folder")
    assert curl(person.dav + "/Renamed/f").stdout == "content"
    curl("-X", "DELETE", person.dav + "/Renamed")
    curl(person.dav + "/Renamed/f", expect=22)


def test_conditional_download(curl, person, tmp_path):
    """--etag-compare fetches a file once and again only when it changed."""
    (tmp_path / "f").write_bytes(b"first")
    curl("-T", tmp_path / "f", person.dav + "/f")
    tag, kept = tmp_path / "tag", tmp_path / "kept"
    curl("--etag-save", tag, "-o", kept, person.dav + "/f")
    assert curl("--etag-compare", tag, "-w", "%{http_code}", "-o", tmp_path / "none", person.dav + "/f").stdout == "304"
    (tmp_path / "f").write_bytes(b"other")
    curl("-T", tmp_path / "f", person.dav + "/f")
    assert curl("--etag-compare", tag, "-w", "%{http_code}", "-o", kept, person.dav + "/f").stdout == "200"
    assert kept.read_bytes() == b"other"

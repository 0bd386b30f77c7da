"""ownCloud's first chunked upload: chunks in any order, sent again, broken off; the file is whole or not there."""
import hashlib
import os
import threading

import pytest
import requests

CONTENT = os.urandom(2_500_000)
SIZE = 1_000_000
CHUNKS = [CONTENT[start:start + SIZE] for start in range(0, len(CONTENT), SIZE)]
SHA1 = hashlib.sha1(CONTENT).hexdigest()


@pytest.fixture
def send(http, person):
    """Send a chunk of a transfer."""
    def put(index, body=None, name="big.bin", transfer=4711, **headers):
        return requests.put(f"{person.dav}/{name}-chunking-{transfer}-{len(CHUNKS)}-{index}", CHUNKS[index] if body is None else body,
                            auth=person.auth, timeout=90, headers={
                                "OC-Chunked": "1", "OC-Total-Length": str(len(CONTENT)), "OC-Chunk-Size": str(SIZE),
                                "X-OC-Mtime": "1700000000", **headers})
    return put


def test_in_order(http, person, send):
    assert [send(index).status_code for index in (0, 1)] == [201, 201]
    assert http.get(person.dav + "/big.bin").status_code == 404
    last = send(2, **{"OC-Checksum": "SHA1:" + SHA1})
    assert last.status_code == 201 and last.headers["ETag"] == last.headers["OC-ETag"] and last.headers["X-OC-Mtime"] == "accepted"
    there = http.get(person.dav + "/big.bin")
    assert there.content == CONTENT and there.headers["ETag"] == last.headers["ETag"]
    assert "chunking" not in http.request("PROPFIND", person.dav + "/", headers={"Depth": "1"}).text
    assert [send(index, transfer=1).status_code for index in range(3)] == [201, 201, 204]


def test_all_at_once_and_backwards(http, person, send):
    answers = {}
    threads = [threading.Thread(target=lambda index=index: answers.update({index: send(index).status_code})) for index in (2, 1, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers.values()) == {201} and http.get(person.dav + "/big.bin").content == CONTENT


def test_a_chunk_that_comes_again_is_no_harm(http, person, send):
    assert [send(index).status_code for index in (0, 0, 1, 1, 0, 2)] == [201] * 6
    assert http.get(person.dav + "/big.bin").content == CONTENT


def test_a_wrong_checksum_or_length_makes_no_file(http, person, send):
    send(0), send(1)
    assert send(2, **{"OC-Checksum": "SHA1:" + "0" * 40}).status_code == 400
    assert send(0, **{"OC-Total-Length": "x"}).status_code == 400
    assert http.get(person.dav + "/big.bin").status_code == 404


def test_only_over_the_file_that_was_meant(http, person, send):
    http.put(person.dav + "/big.bin", data=b"theirs")
    assert send(0, **{"If-Match": '"stale"'}).status_code == 412
    assert http.get(person.dav + "/big.bin").content == b"theirs"


def test_survives_a_killed_server(own_server):
    person = own_server.add()
    put = lambda index: requests.put(f"{person.dav}/big.bin-chunking-1-3-{index}", CHUNKS[index], auth=person.auth, timeout=60, headers={
        "OC-Chunked": "1", "OC-Total-Length": str(len(CONTENT)), "OC-Chunk-Size": str(SIZE)})
    assert [put(0).status_code, put(1).status_code] == [201, 201]
    own_server.kill()
    own_server.start()
    assert put(2).status_code == 201
    assert requests.get(person.dav + "/big.bin", auth=person.auth, timeout=60).content == CONTENT


def test_without_the_header_it_is_a_name_like_any_other(http, person):
    assert http.put(person.dav + "/a-chunking-1-1-0", data=b"x").status_code == 201
    assert http.get(person.dav + "/a-chunking-1-1-0").content == b"x"

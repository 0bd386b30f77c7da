"""Archives over the wire: the address, the headers, the limits' status, and who may ask."""
import io
import tarfile
import zipfile

import pytest
import requests


@pytest.fixture
def planted(http, person):
    """A folder with two files; answers the ids of all three."""
    http.request("MKCOL", f"{person.dav}/Fotos")
    for name in ("a.txt", "ü.txt"):
        http.put(f"{person.dav}/Fotos/{name}", data=b"content of " + name.encode())
    return [http.head(f"{person.dav}/{path}").headers["OC-FileId"] for path in ("Fotos", "Fotos/a.txt", "Fotos/ü.txt")]


def test_zip(http, server, planted):
    """The folder with what is in it, as a download."""
    got = http.get(f"{server.url}/archiver", params={"id": planted[0]})
    assert got.status_code == 200 and got.headers["Content-Type"] == "application/zip"
    assert got.headers["Content-Disposition"] == 'attachment; filename="download.zip"'
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    with zipfile.ZipFile(io.BytesIO(got.content)) as file:
        assert file.testzip() is None
        assert {name: file.read(name) for name in file.namelist()} == {
            "Fotos/": b"", "Fotos/a.txt": b"content of a.txt", "Fotos/ü.txt": "content of ü.txt".encode()}


def test_tar_of_several(http, server, planted):
    got = http.get(f"{server.url}/archiver", params={"id": planted[1:], "output-format": "tar"})
    assert got.headers["Content-Type"] == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(got.content)) as file:
        assert file.getnames() == ["a.txt", "ü.txt"]


def test_escaped_and_raw_ids(http, server, planted):
    """Clients write $ and ! both ways."""
    for id in (planted[1], planted[1].replace("$", "%24").replace("!", "%21")):
        assert http.get(f"{server.url}/archiver?id={id}").status_code == 200


def test_by_path(http, server, planted):
    got = http.get(f"{server.url}/archiver", params={"path": "/Fotos/a.txt"})
    assert zipfile.ZipFile(io.BytesIO(got.content)).namelist() == ["a.txt"]


@pytest.mark.parametrize("query, status", [("", 400), ("id=", 400), ("id=x", 400), ("path=/none", 404), ("id={id}&output-format=rar", 400),
                                           ("id=00000000-0000-4000-8000-000000000000", 404), ("path=/../x", 400)])
def test_refused(http, server, planted, query, status):
    got = http.get(f"{server.url}/archiver?" + query.format(id=planted[0]))
    assert got.status_code in ({400, 404} if ".." in query else {status})


def test_who_may_ask(http, server, person, planted):
    """Nobody without a sign-in, and no other person."""
    assert requests.get(f"{server.url}/archiver", params={"id": planted[0]}, timeout=20).status_code == 401
    other = server.add()
    http.auth = other.auth
    assert http.get(f"{server.url}/archiver", params={"id": planted[0]}).status_code == 404


def test_other_methods(http, server, planted):
    assert http.post(f"{server.url}/archiver", params={"id": planted[0]}).status_code == 405


def test_head(http, server, planted):
    got = http.head(f"{server.url}/archiver", params={"id": planted[0]})
    assert got.status_code == 200 and got.content == b""


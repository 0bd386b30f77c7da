"""The trash over the wire: list, look inside, restore, destroy, empty; by space and by name."""
import re
import time
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest

DAV, OC = "{DAV:}", "{http://owncloud.org/ns}"
NAMED = ('<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:trashbin-original-filename/>'
         '<oc:trashbin-original-location/><oc:trashbin-delete-timestamp/><oc:trashbin-delete-datetime/><d:getcontentlength/>'
         '<d:resourcetype/><oc:spaceid/><oc:fileid/></d:prop></d:propfind>')


@pytest.fixture(params=["space", "user", "old user"])
def bin(request, server, person):
    """The address of the trash, in each of its forms."""
    return server.url + {"space": f"/dav/spaces/trash-bin/{person.space}", "user": f"/dav/trash-bin/{person.name}",
                         "old user": f"/remote.php/dav/trash-bin/{person.name}"}[request.param]


@pytest.fixture
def deleted(http, person):
    """Something in the trash: a file from a folder, an own folder with a file in a folder."""
    for folder in ("Ordner ü", "whole", "whole/in"):
        assert http.request("MKCOL", f"{person.dav}/{folder}").status_code == 201
    http.put(f"{person.dav}/Ordner ü/a b.txt", data=b"12345")
    http.put(f"{person.dav}/whole/in/deep.txt", data=b"deep")
    ids = [http.head(f"{person.dav}/{path}").headers["OC-FileId"] for path in ("Ordner ü/a b.txt", "whole")]
    assert http.delete(f"{person.dav}/Ordner ü/a b.txt").status_code == http.delete(f"{person.dav}/whole").status_code == 204
    return ids


def listing(http, url, depth="1", body=NAMED, **headers):
    """Tell what a PROPFIND answers: [(href, {name: element} of what is there, names of what is not)]."""
    told = http.request("PROPFIND", url, data=body, headers={"Depth": depth, **headers})
    assert told.status_code == 207, told.text
    assert told.headers["Content-Type"] == "application/xml; charset=utf-8"
    found = []
    for response in ElementTree.fromstring(told.content):
        parts = {part.findtext(DAV + "status").split()[1]: {each.tag: each for each in part.find(DAV + "prop")}
                 for part in response.findall(DAV + "propstat")}
        found.append((unquote(response.findtext(DAV + "href")), parts.get("200", {}), set(parts.get("404", {}))))
    return found


def test_list(http, bin, deleted, person):
    """The trash itself comes first, then each thing with its name, its place and the time it went."""
    first, *items = listing(http, bin)
    path = unquote(urlsplit(bin).path)
    assert first[0] == path + "/" and first[1][DAV + "resourcetype"].find(DAV + "collection") is not None
    assert OC + "trashbin-original-filename" in first[2]
    assert len(items) == 2
    byname = {found[OC + "trashbin-original-filename"].text: (href, found, missing) for href, found, missing in items}
    href, found, missing = byname["a b.txt"]
    assert re.fullmatch(re.escape(path) + "/[^/]+", href)
    assert found[OC + "trashbin-original-location"].text == "Ordner ü/a b.txt"
    assert found[DAV + "getcontentlength"].text == "5" and found[DAV + "resourcetype"].find(DAV + "collection") is None
    gone = int(found[OC + "trashbin-delete-timestamp"].text)
    assert abs(gone - time.time()) < 60
    text = found[OC + "trashbin-delete-datetime"].text
    assert text.endswith(" +0000") and parsedate_to_datetime(text).timestamp() == gone
    assert found[OC + "spaceid"].text == person.space.rpartition("$")[2] and OC + "fileid" in missing
    href, found, missing = byname["whole"]
    assert href.endswith("/") and found[DAV + "resourcetype"].find(DAV + "collection") is not None
    assert found[OC + "trashbin-original-location"].text == "whole" and DAV + "getcontentlength" in missing


def test_depths(http, bin, deleted):
    """0 tells of the trash alone, infinity is refused, and nobody asks for names to get a list of what is not."""
    assert len(listing(http, bin, "0")) == 1
    assert http.request("PROPFIND", bin, data=NAMED, headers={"Depth": "infinity"}).status_code == 400
    assert all(not missing for _, _, missing in listing(http, bin, body=""))
    assert all(not missing for _, _, missing in listing(http, bin, Prefer="return=minimal"))


def test_look_inside(http, bin, deleted):
    """A trashed folder can be opened, step by step."""
    folder = next(href for href, found, _ in listing(http, bin)[1:] if href.endswith("/"))
    base = bin.partition("/dav/")[0].removesuffix("/remote.php")
    own, inside = listing(http, base + folder)
    assert own[0] == folder and inside[0] == folder + "in/" and inside[1][OC + "trashbin-original-filename"].text == "in"
    _, deep = listing(http, base + inside[0])
    assert deep[0] == folder + "in/deep.txt" and deep[1][DAV + "getcontentlength"].text == "4"
    assert deep[1][OC + "trashbin-original-location"].text == "whole/in/deep.txt"
    assert http.request("PROPFIND", base + folder + "none").status_code == 404


def restore(http, server, href, destination, **headers):
    return http.request("MOVE", server.url + href, headers={"Destination": destination, **headers})


def keys(http, bin):
    return {found[OC + "trashbin-original-filename"].text: href for href, found, _ in listing(http, bin)[1:]}


def test_restore(http, server, person, bin, deleted):
    """A thing comes back with its id and its content, to its own place or another; its key is gone."""
    held = keys(http, bin)
    to = person.dav if "/trash-bin/" + person.name in bin else f"{server.url}/dav/spaces/{person.space}"
    to = to.replace("/dav/", "/remote.php/dav/") if "remote.php" in bin else to
    back = restore(http, server, held["a b.txt"], f"{to}/Ordner%20%C3%BC/back.txt", Overwrite="F")
    assert back.status_code == 201 and back.headers["ETag"] == back.headers["OC-ETag"]
    got = http.get(f"{person.dav}/Ordner ü/back.txt")
    assert got.content == b"12345" and got.headers["OC-FileId"] == back.headers["OC-FileId"] == deleted[0]
    assert restore(http, server, held["whole"], f"{to}/whole").status_code == 201
    assert http.get(f"{person.dav}/whole/in/deep.txt").content == b"deep"
    assert http.head(f"{person.dav}/whole").headers["OC-FileId"] == deleted[1]
    assert keys(http, bin) == {} and restore(http, server, held["whole"], f"{to}/again").status_code == 404


def test_restore_a_part(http, server, person, bin, deleted):
    """One file out of a trashed folder; the rest stays."""
    held = keys(http, bin)
    assert restore(http, server, held["whole"] + "in/deep.txt", f"{person.dav}/deep.txt").status_code == 201
    assert http.get(f"{person.dav}/deep.txt").content == b"deep"
    assert "whole" in keys(http, bin)


def test_restore_over_something(http, server, person, bin, deleted):
    """Never without being told so; what was there lies in the trash then."""
    http.put(f"{person.dav}/there.txt", data=b"there")
    held = keys(http, bin)
    refused = restore(http, server, held["a b.txt"], f"{person.dav}/there.txt", Overwrite="F")
    assert refused.status_code == 412 and "<s:header>Overwrite</s:header>" in refused.text
    assert http.get(f"{person.dav}/there.txt").content == b"there" and keys(http, bin) == held
    assert restore(http, server, held["a b.txt"], f"{person.dav}/there.txt").status_code == 204
    assert http.get(f"{person.dav}/there.txt").content == b"12345"
    assert set(keys(http, bin)) == {"there.txt", "whole"}


@pytest.mark.parametrize("destination, status", [
    (None, 400), ("", 400), ("/dav/files/{other}/x", 400), ("/somewhere/else", 400), ("/dav/files/{name}", 400), ("relative", 400),
    ("/dav/files/{name}/none/x", 409), ("/dav/spaces/00000000-0000-4000-8000-000000000000/x", 400)])
def test_refused_restore(http, server, person, bin, deleted, destination, status):
    """Nothing leaves the trash for a place that is not there, or not the person's."""
    held = keys(http, bin)
    headers = {} if destination is None else {"Destination": destination.format(name=person.name, other="nobody")}
    assert http.request("MOVE", server.url + held["a b.txt"], headers=headers).status_code == status
    assert keys(http, bin) == held


def test_destroy(http, server, bin, deleted):
    """One thing, one part of a thing, then all that is left; a key that is not there is a conflict."""
    held = keys(http, bin)
    assert http.delete(server.url + held["a b.txt"]).status_code == 204
    gone = http.delete(server.url + held["a b.txt"])
    assert gone.status_code == 409 and "not found" in gone.text
    assert http.delete(server.url + held["whole"] + "in/deep.txt").status_code == 204
    assert len(listing(http, server.url + held["whole"] + "in/")) == 1
    assert http.delete(bin).status_code == 204
    assert keys(http, bin) == {} and http.delete(bin).status_code == 204


def test_other_people(http, server, person, deleted):
    """Somebody else's trash does not exist, by name or by id."""
    other = server.add()
    held = keys(http, f"{server.url}/dav/spaces/trash-bin/{person.space}")
    http.auth = other.auth
    assert http.get(f"{server.url}/dav/files/{other.name}").status_code == 200
    for url in (f"/dav/trash-bin/{person.name}", f"/dav/spaces/trash-bin/{person.space}", held["whole"]):
        assert http.request("PROPFIND", server.url + url).status_code == 404
        assert http.request("MOVE", server.url + held["whole"],
                            headers={"Destination": f"/dav/files/{other.name}/stolen"}).status_code == 404
    for url in (f"/dav/trash-bin/{person.name}", f"/dav/spaces/trash-bin/{person.space}", held["whole"]):
        assert http.delete(server.url + url).status_code in (404, 409)
    http.auth = person.auth
    assert keys(http, f"{server.url}/dav/spaces/trash-bin/{person.space}") == held


@pytest.mark.parametrize("method", ["GET", "PUT", "COPY", "MKCOL", "PROPPATCH", "LOCK", "POST"])
def test_other_methods(http, bin, deleted, method):
    assert http.request(method, bin).status_code == 501
    assert http.request("MOVE", bin, headers={"Destination": "/dav/x"}).status_code == 501

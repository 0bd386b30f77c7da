"""MKCOL, DELETE, COPY, MOVE and PROPPATCH over the wire."""
import pytest
from davwire import DAV, OC, asking, problem, propfind, responses, value

UPDATE = '<d:propertyupdate xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:z="http://z.example">{}</d:propertyupdate>'


@pytest.fixture
def tree(person, http):
    """``d/a.txt`` and ``e.txt``."""
    http.request("MKCOL", person.dav + "/d").raise_for_status()
    http.put(person.dav + "/d/a.txt", data=b"a", headers={"X-OC-Mtime": "1700000000"}).raise_for_status()
    http.put(person.dav + "/e.txt", data=b"e").raise_for_status()
    return person.dav


def everything(http, url):
    """The etag of a home: it tells whether anything changed."""
    return value(http, url, "d:getetag")


def test_make_folder(tree, http):
    """201; 405 where there is something; 409 without a parent; 415 with a body."""
    assert http.request("MKCOL", tree + "/n").status_code == 201
    assert http.request("MKCOL", tree + "/n/m/").status_code == 201
    before = everything(http, tree)
    again = http.request("MKCOL", tree + "/n")
    assert again.status_code == 405 and problem(again) == ("MethodNotAllowed", "The resource you tried to create already exists")
    assert http.request("MKCOL", tree + "/e.txt").status_code == 405
    assert http.request("MKCOL", tree + "/no/such").status_code == 409
    assert http.request("MKCOL", tree + "/e.txt/x").status_code == 409
    assert http.request("MKCOL", tree + "/b", data=b"<x/>").status_code == 415
    assert http.request("MKCOL", tree + "/b", data=iter([b"<x/>"])).status_code == 415
    assert everything(http, tree) == before
    assert http.request("MKCOL", tree + "/b", data=iter([])).status_code == 201, "an empty chunked body is no body"


def test_delete(server, person, tree, http):
    """204 and gone; 404 again; the root stays; a body, a depth and a stale etag are refused."""
    before = everything(http, tree)
    assert http.delete(tree + "/none").status_code == 404
    assert http.delete(tree + "/").status_code == 405
    assert http.delete(f"{server.url}/dav/spaces/{person.space}").status_code == 405
    assert http.delete(tree + "/d", data=b"x").status_code == 415
    assert http.delete(tree + "/d", headers={"Depth": "0"}).status_code == 400
    assert http.delete(tree + "/e.txt", headers={"If-Match": '"stale"'}).status_code == 412
    assert everything(http, tree) == before
    gone = http.delete(tree + "/d")
    assert gone.status_code == 204 and gone.content == b""
    assert http.get(tree + "/d/a.txt").status_code == 404


def test_copy(tree, http):
    """A copy has an id of its own, the time of the original, and its dead properties."""
    answer = http.request("COPY", tree + "/d/a.txt", headers={"Destination": tree + "/c.txt"})
    assert answer.status_code == 201 and answer.headers["OC-FileId"] == value(http, tree + "/c.txt", "oc:id") != value(http, tree + "/d/a.txt", "oc:id")
    assert value(http, tree + "/c.txt", "d:getlastmodified") == "Tue, 14 Nov 2023 22:13:20 GMT"
    refused = http.request("COPY", tree + "/e.txt", headers={"Destination": tree + "/c.txt", "Overwrite": "F"})
    assert refused.status_code == 412 and http.get(tree + "/c.txt").content == b"a"
    kept = value(http, tree + "/c.txt", "oc:id")
    over = http.request("COPY", tree + "/e.txt", headers={"Destination": tree + "/c.txt"})
    assert over.status_code == 204 and http.get(tree + "/c.txt").content == b"e"
    assert value(http, tree + "/c.txt", "oc:id") == kept, "a file over a file is a new version of it"


def test_copy_folders(tree, http):
    """All that is in it, or with depth 0 the folder alone; 1 is no depth for a copy."""
    assert http.request("COPY", tree + "/d", headers={"Destination": tree + "/deep"}).status_code == 201
    assert http.get(tree + "/deep/a.txt").content == b"a"
    assert http.request("COPY", tree + "/d", headers={"Destination": tree + "/flat", "Depth": "0"}).status_code == 201
    assert len(propfind(http, tree + "/flat", depth="1")) == 1
    assert http.request("COPY", tree + "/d", headers={"Destination": tree + "/no", "Depth": "1"}).status_code == 400
    assert http.request("COPY", tree + "/d", headers={"Destination": tree + "/e.txt"}).status_code == 204
    assert http.get(tree + "/e.txt/a.txt").content == b"a"


def test_move(tree, http):
    """One rename: the id stays, the etag of a file too; the headers clients go by."""
    id, etag = value(http, tree + "/d/a.txt", "oc:id"), value(http, tree + "/d/a.txt", "d:getetag")
    answer = http.request("MOVE", tree + "/d/a.txt", headers={"Destination": tree + "/m%20%C3%BC.txt"})
    assert answer.status_code == 201 and answer.headers["OC-FileId"] == id and answer.headers["ETag"] == answer.headers["OC-ETag"] == etag
    assert http.get(tree + "/d/a.txt").status_code == 404
    assert (value(http, tree + "/m%20%C3%BC.txt", "oc:id"), value(http, tree + "/m%20%C3%BC.txt", "d:getetag")) == (id, etag)
    assert http.request("MOVE", tree + "/m%20%C3%BC.txt", headers={"Destination": tree + "/e.txt", "Overwrite": "F"}).status_code == 412
    assert http.get(tree + "/e.txt").content == b"e"
    assert http.request("MOVE", tree + "/m%20%C3%BC.txt", headers={"Destination": tree + "/e.txt"}).status_code == 204
    assert http.get(tree + "/e.txt").content == b"a" and value(http, tree + "/e.txt", "oc:id") == id


def test_move_by_id(server, person, tree, http):
    """As the web client does: from a node id to a path in a space; a path alone is a destination too."""
    id = value(http, tree + "/e.txt", "oc:id")
    assert http.request("MOVE", f"{server.url}/dav/spaces/{id}", headers={"Destination": f"/dav/spaces/{person.space.replace('$', '%24')}/d/f.txt"}).status_code == 201
    assert http.get(tree + "/d/f.txt").content == b"e"


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
@pytest.mark.parametrize("source, destination, headers, status", [
    ("/d", "/d/sub", {}, 409), ("/d/a.txt", "/d", {}, 409), ("/e.txt", "/no/e.txt", {}, 409), ("/none", "/n", {}, 404), ("/e.txt", "", {}, 400), ("", "/n", {}, 400),
    ("/e.txt", "/d/a.txt/x", {}, 409), ("/e.txt", "/f", {"Overwrite": "X"}, 400), ("/e.txt", "/f", {"Depth": "1"}, 400), ("/e.txt", "/f", {"If-Match": '"stale"'}, 412),
    ("/e.txt", "/f", {"If": "(<urn:uuid:none>)"}, 412), ("/e.txt", "/a%5Cb", {}, 400), ("/e.txt", "/e.txt", {"Overwrite": "F"}, 412),
])
def test_refused_copies_and_moves(tree, http, method, source, destination, headers, status):
    """Each with its own status, and nothing has changed."""
    before = everything(http, tree)
    answer = http.request(method, tree + source, headers={"Destination": tree + destination, **headers})
    assert answer.status_code == status
    problem(answer)
    assert everything(http, tree) == before


@pytest.mark.parametrize("destination", [None, "", "x", "http://[", "*", "/dav/spaces", "/dav/trash-bin/x", "/ocs/v1.php", "/webdav/%FF", "/webdav/../x"])
def test_bad_destinations(tree, http, destination):
    """400 for what is no address of files."""
    headers = {} if destination is None else {"Destination": destination}
    for method in ("COPY", "MOVE"):
        assert http.request(method, tree + "/e.txt", headers=headers).status_code == 400


def test_onto_itself(tree, http):
    """Copied or moved onto itself, a thing stays as it is."""
    before = everything(http, tree)
    for method in ("COPY", "MOVE"):
        assert http.request(method, tree + "/e.txt", headers={"Destination": tree + "/e.txt"}).status_code == 204
    assert everything(http, tree) == before and http.get(tree + "/e.txt").content == b"e"


def test_strangers_destination(tree, http):
    """What one may not see is not there to be copied into."""
    for destination in ("/dav/files/somebody-else/x", "/dav/spaces/11111111-1111-4111-8111-111111111111/x"):
        assert http.request("COPY", tree + "/e.txt", headers={"Destination": destination}).status_code == 409


def patch(http, url, inside, **headers):
    """PROPPATCH; the statuses by property."""
    answer = http.request("PROPPATCH", url, data=UPDATE.format(inside), headers=headers)
    assert answer.status_code == 207, answer.text
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8" and "<d:multistatus" in answer.text
    found, = responses(answer.content).values()
    return {name: status for status, names in found.items() for name in names}


def test_dead_properties(tree, http):
    """What a client stores comes back as it was, follows a move, and goes when removed."""
    url = tree + "/e.txt"
    assert patch(http, url, "<d:set><d:prop><z:color>r&amp;d<z:b x='1'>!</z:b></z:color><plain xmlns=''>p</plain></d:prop></d:set>") == {
        "{http://z.example}color": "200", "plain": "200"}
    http.request("MOVE", url, headers={"Destination": tree + "/g.txt"}).raise_for_status()
    found, = propfind(http, tree + "/g.txt", "{http://z.example}color", "{}plain", "{http://z.example}none").values()
    color = found["200"]["{http://z.example}color"]
    assert color.text == "r&d" and color[0].tag == "{http://z.example}b" and color[0].get("x") == "1" and found["200"]["plain"].text == "p"
    assert list(found["404"]) == ["{http://z.example}none"]
    http.put(tree + "/g.txt", data=b"new content").raise_for_status()
    assert patch(http, tree + "/g.txt", "<d:remove><d:prop><z:color/></d:prop></d:remove><d:set><d:prop><z:size>1</z:size></d:prop></d:set>") == {
        "{http://z.example}color": "200", "{http://z.example}size": "200"}
    found, = propfind(http, tree + "/g.txt", "{http://z.example}color", "{http://z.example}size", "{}plain").values()
    assert set(found["404"]) == {"{http://z.example}color"} and set(found["200"]) == {"{http://z.example}size", "plain"}


def test_in_order(tree, http):
    """Instructions are followed in the order of the document (RFC 4918 §9.2)."""
    both = "<d:set><d:prop><z:p>1</z:p></d:prop></d:set><d:remove><d:prop><z:p/></d:prop></d:remove>"
    patch(http, tree + "/e.txt", both)
    assert "404" in next(iter(propfind(http, tree + "/e.txt", "{http://z.example}p").values()))
    patch(http, tree + "/e.txt", "<d:remove><d:prop><z:p/></d:prop></d:remove><d:set><d:prop><z:p>2</z:p></d:prop></d:set>")
    assert value(http, tree + "/e.txt", "{http://z.example}p") == "2"


@pytest.mark.parametrize("name", ["d:getetag", "oc:id", "oc:tags", "oc:permissions", "d:resourcetype", "d:lockdiscovery", "oc:unknown", "d:quota-used-bytes"])
def test_protected_properties(tree, http, name):
    """All or nothing: one that may not be set keeps the others from being set."""
    before = everything(http, tree)
    answer = patch(http, tree + "/e.txt", f"<d:set><d:prop><z:color>red</z:color><{name}>x</{name}></d:prop></d:set>")
    assert answer.pop("{http://z.example}color") == "424" and list(answer.values()) == ["403"]
    assert everything(http, tree) == before
    assert "404" in next(iter(propfind(http, tree + "/e.txt", "{http://z.example}color").values()))


def test_favorite(tree, http):
    """Clients of ownCloud and Nextcloud put things among one's favourites so, with other properties or alone."""
    favorite = "{http://owncloud.org/ns}favorite"
    answer = patch(http, tree + "/e.txt", "<d:set><d:prop><oc:favorite>1</oc:favorite><z:color>red</z:color></d:prop></d:set>")
    assert answer == {favorite: "200", "{http://z.example}color": "200"} and value(http, tree + "/e.txt", favorite) == "1"
    assert patch(http, tree + "/e.txt", "<d:set><d:prop><oc:favorite>0</oc:favorite></d:prop></d:set>") == {favorite: "200"}
    assert value(http, tree + "/e.txt", favorite) == "0"
    patch(http, tree + "/e.txt", "<d:set><d:prop><oc:favorite>1</oc:favorite></d:prop></d:set>")
    patch(http, tree + "/e.txt", "<d:remove><d:prop><oc:favorite/></d:prop></d:remove>")
    assert value(http, tree + "/e.txt", favorite) == "0"
    patch(http, tree + "/e.txt", "<d:set><d:prop><oc:favorite>1</oc:favorite><d:getetag>x</d:getetag></d:prop></d:set>")
    assert value(http, tree + "/e.txt", favorite) == "0"


def test_what_explorer_sets(tree, http):
    """Windows gives up a copy unless these are all 200."""
    names = ("Win32CreationTime", "Win32LastAccessTime", "Win32LastModifiedTime", "Win32FileAttributes")
    answer = patch(http, tree + "/e.txt", "<d:set><d:prop>" + "".join(
        f'<w:{name} xmlns:w="urn:schemas-microsoft-com:">00000020</w:{name}>' for name in names) + "<d:getlastmodified>x</d:getlastmodified></d:prop></d:set>")
    assert set(answer.values()) == {"200"} and len(answer) == 5


@pytest.mark.parametrize("body, status", [
    (b"", 400), (b"<a", 400), (b"<a/>", 400), (UPDATE.format("").encode(), 400), (UPDATE.format("<d:set><d:prop/></d:set>").encode(), 400),
    (UPDATE.format("<d:remove><d:prop><z:p><z:q/></z:p></d:prop></d:remove>").encode(), 400), (UPDATE.format("<d:nope><d:prop><z:p/></d:prop></d:nope>").encode(), 400),
    (UPDATE.format("<d:set><z:prop><z:p/></z:prop></d:set>").encode(), 400), (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 400),
    (UPDATE.format("<d:set><d:prop>" + "".join(f"<z:p{n}/>" for n in range(1001)) + "</d:prop></d:set>").encode(), 413), (b" " * (2 << 20), 413),
])
def test_bad_updates(tree, http, body, status):
    """Refused, and nothing has changed."""
    before = everything(http, tree)
    assert http.request("PROPPATCH", tree + "/e.txt", data=body).status_code == status
    assert everything(http, tree) == before


def test_no_such_thing(tree, http):
    """PROPPATCH makes nothing."""
    assert http.request("PROPPATCH", tree + "/none", data=UPDATE.format("<d:set><d:prop><z:p/></d:prop></d:set>")).status_code == 404


def test_many_dead_properties_in_a_listing(tree, http):
    """They are told for each member of a folder."""
    patch(http, tree + "/d/a.txt", "<d:set><d:prop><z:color>red</z:color></d:prop></d:set>")
    answer = http.request("PROPFIND", tree + "/d", data=asking("{http://z.example}color", "oc:name"), headers={"Depth": "1"})
    folder, file = responses(answer.content).values()
    assert set(folder["404"]) == {"{http://z.example}color"} and file["200"]["{http://z.example}color"].text == "red"
    names = next(iter(responses(http.request("PROPFIND", tree + "/d/a.txt", headers={"Depth": "0"},
                                             data='<d:propfind xmlns:d="DAV:"><d:propname/></d:propfind>').content).values()))["200"]
    assert "{http://z.example}color" in names and DAV + "getetag" in names and OC + "id" in names

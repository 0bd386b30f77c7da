"""PROPFIND over the wire."""
import io
import re
from urllib.parse import unquote

import pytest
import requests
from davwire import DAV, OC, problem, propfind, responses, value

from appliance.protocols import webdav


@pytest.fixture
def tree(person, http):
    """``d`` with ``a.txt`` and ``ü & b``, a folder."""
    http.request("MKCOL", person.dav + "/d").raise_for_status()
    http.request("MKCOL", person.dav + "/d/%C3%BC%20&%20b").raise_for_status()
    http.put(person.dav + "/d/a.txt", data=b"hello", headers={"X-OC-Mtime": "1700000000"}).raise_for_status()
    return person.dav


def test_depth(tree, http):
    """0: the folder. 1, and no depth: its members too, the folder first. Infinity and nonsense: refused as OpenCloud does."""
    base = tree.partition("/dav/")[1] + tree.partition("/dav/")[2]
    assert list(propfind(http, tree + "/d")) == [base + "/d/"]
    members = propfind(http, tree + "/d", depth="1")
    assert list(members)[0] == base + "/d/" and set(members) == {base + "/d/", base + "/d/a.txt", base + "/d/ü & b/"}
    assert set(responses(http.request("PROPFIND", tree + "/d").content)) == set(members)
    for depth in ("infinity", "2", "-1", "", "1,noroot"):
        answer = http.request("PROPFIND", tree + "/d", headers={"Depth": depth})
        assert answer.status_code == 400
        assert problem(answer) == ("BadRequest", f"Invalid Depth header value: {depth}")


def test_head(tree, http):
    """The content type letter by letter, and what iOS looks for in the listing of a folder."""
    answer = http.request("PROPFIND", tree + "/d", headers={"Depth": "1", "Prefer": "return=minimal"})
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert answer.headers["DAV"] == "1, 3, extended-mkcol"
    assert answer.headers["Tus-Resumable"] == "1.0.0" and "creation" in answer.headers["Tus-Extension"]
    assert answer.headers["Preference-Applied"] == "return=minimal" and "Prefer" in answer.headers["Vary"]
    assert "Tus-Resumable" not in http.request("PROPFIND", tree + "/d/a.txt", headers={"Depth": "0"}).headers


def test_hrefs_keep_the_beginning(server, person, tree, http):
    """Every address of the same folder answers with itself."""
    node = value(http, tree + "/d", "oc:id")
    space = value(http, tree + "/d", "oc:spaceid")
    for beginning in ("/webdav/d", "/remote.php/webdav/d", f"/dav/files/{person.name}/d", f"/remote.php/dav/files/{person.name.upper()}/d",
                      f"/dav/spaces/{space}/d", f"/remote.php/dav/spaces/{space.replace('$', '%24')}/d", f"/dav/spaces/{node}", f"/dav/spaces/{node.replace('!', '%21')}"):
        answer = http.request("PROPFIND", server.url + beginning, headers={"Depth": "1"})
        assert answer.status_code == 207, beginning
        decoded = beginning.replace("%24", "$").replace("%21", "!")
        assert set(responses(answer.content)) == {decoded + "/", decoded + "/a.txt", decoded + "/ü & b/"}
        assert "/%C3%BC%20&amp;%20b/" in answer.text or "/%C3%BC%20&%20b/" in answer.text


def test_by_id(server, tree, http):
    """A node id, with and without a path beneath it, from anywhere."""
    folder, file = value(http, tree + "/d", "oc:id"), value(http, tree + "/d/a.txt", "oc:id")
    assert value(http, f"{server.url}/dav/spaces/{file}", "oc:name") == "a.txt"
    assert value(http, f"{server.url}/dav/spaces/{folder}/a.txt", "oc:id") == file
    assert value(http, tree + "/d/a.txt", "oc:file-parent") == folder
    assert http.get(f"{server.url}/dav/spaces/{file}").content == b"hello"


def test_values(person, tree, http):
    """The properties of a file and of folders are right."""
    names = ("d:getcontentlength", "d:getlastmodified", "d:getetag", "d:getcontenttype", "oc:permissions", "oc:checksums", "oc:size", "oc:owner-id",
             "oc:favorite", "oc:tags", "d:quota-used-bytes", "d:quota-available-bytes", "oc:data-fingerprint", "oc:privatelink", "d:supportedlock", "d:lockdiscovery", "oc:share-types")
    file, = propfind(http, tree + "/d/a.txt", *names).values()
    text = {name: "".join(element.itertext()) for name, element in file["200"].items()}
    assert text[DAV + "getcontentlength"] == text[OC + "size"] == "5"
    assert text[DAV + "getlastmodified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert text[DAV + "getcontenttype"] == "text/plain"
    assert text[OC + "permissions"] == "RDNVWZP" and text[OC + "owner-id"] == person.name and text[OC + "favorite"] == "0" and text[OC + "tags"] == ""
    assert text[OC + "checksums"] == "SHA1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d MD5:5d41402abc4b2a76b9719d911017c592 ADLER32:062c0215"
    assert text[DAV + "getetag"] == http.head(tree + "/d/a.txt").headers["ETag"]
    assert set(file["404"]) == {DAV + "quota-used-bytes", DAV + "quota-available-bytes", DAV + "lockdiscovery", OC + "share-types"}
    folder, = propfind(http, tree + "/d", *names).values()
    text = {name: "".join(element.itertext()) for name, element in folder["200"].items()}
    assert text[OC + "permissions"] == "RDNVCKZP" and text[OC + "size"] == text[DAV + "quota-used-bytes"] == "5" and int(text[DAV + "quota-available-bytes"]) > 0
    assert text[OC + "data-fingerprint"]


def test_etags_change_up_to_the_root(tree, http):
    """What happens deep down is seen at the top."""
    before = [value(http, url, "d:getetag") for url in (tree, tree + "/d")]
    http.put(tree + "/d/%C3%BC%20&%20b/new", data=b"x").raise_for_status()
    after = [value(http, url, "d:getetag") for url in (tree, tree + "/d")]
    assert not set(before) & set(after)


def test_more_than_one_slice(tree, http):
    """A big folder comes whole, each member once."""
    for number in range(450):
        http.put(f"{tree}/d/f{number:04}.txt", data=b"x").raise_for_status()
    found = propfind(http, tree + "/d", "oc:id", depth="1")
    assert len(found) == 450 + 3
    assert len({"".join(each["200"][OC + "id"].itertext()) for each in found.values()}) == len(found)


def test_by_name(tree, http):
    """Who prefers them in order gets them so, and is told."""
    for name in ("b10", "B9", "a"):
        http.put(f"{tree}/d/{name}", data=b"x").raise_for_status()
    http.request("MKCOL", f"{tree}/d/zoo").raise_for_status()
    answer = http.request("PROPFIND", tree + "/d", headers={"Depth": "1", "Prefer": "return=minimal, order=name"})
    assert answer.headers["Preference-Applied"] == "return=minimal, order=name"
    found = [unquote(each).rpartition("/d/")[2] for each in re.findall("<d:href>(.*?)</d:href>", answer.text)]
    assert found[0] == "" and [each for each in found if each in ("a", "B9", "b10", "zoo/")] == ["zoo/", "a", "B9", "b10"]
    assert "order" not in http.request("PROPFIND", tree + "/d", headers={"Depth": "1", "Prefer": "return=minimal"}).headers["Preference-Applied"]


def test_half_a_listing_never_looks_whole(house, config):
    """When the disk goes away in the middle, the answer breaks off; a client must not take the rest for deleted."""
    house.people.add("ann", "correct horse battery")
    ann = house.people.actor("ann")
    root = house.files.home(ann).root
    for number in range(450):
        house.files.make_folder(ann, root, f"f{number}")
    environ = {"REQUEST_METHOD": "PROPFIND", "PATH_INFO": "/webdav", "HTTP_DEPTH": "1", "hearth.actor": ann, "hearth.url": "http://box",
               "CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}
    blocks = iter(webdav.app(house)(environ, lambda status, headers: None))
    came = next(blocks) + next(blocks)
    (config.data / ".hearth/FORMAT").rename(config.data / "FORMAT")
    with pytest.raises(OSError, match="broken off"):
        came += b"".join(blocks)
    assert b"<d:response>" in came and b"</d:multistatus>" not in came


def test_chunked_body(tree, http):
    """A body without a length is read as well."""
    answer = http.request("PROPFIND", tree + "/d/a.txt", data=iter([b'<d:propfind xmlns:d="DAV:"><d:prop>', b"<d:getetag/></d:prop></d:propfind>"]), headers={"Depth": "0"})
    found, = responses(answer.content).values()
    assert list(found["200"]) == [DAV + "getetag"]


@pytest.mark.parametrize("body, status", [(b"<a", 400), (b"<a/>", 400), (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 400), (b" " * (2 << 20), 413)])
def test_bad_bodies(tree, http, body, status):
    """Bad XML, a document type, too much: refused, chunked or not."""
    assert http.request("PROPFIND", tree, data=body, headers={"Depth": "0"}).status_code == status
    try:
        assert http.request("PROPFIND", tree, data=iter([body]), headers={"Depth": "0"}).status_code == status
    except OSError:
        assert status == 413, "only a large body may be cut off before it is sent"


def test_not_there(server, person, tree, http):
    """404 for what is not there, for spaces of others and for ids that nobody has."""
    for path in (f"/dav/files/{person.name}/none", "/dav/files/somebody-else", f"/dav/files/{person.name}/d/a.txt/x", "/dav/nothing",
                 "/dav/spaces/11111111-1111-4111-8111-111111111111", "/dav/spaces/11111111-1111-4111-8111-111111111111$22222222-2222-4222-8222-222222222222!33333333-3333-4333-8333-333333333333"):
        answer = http.request("PROPFIND", server.url + path, headers={"Depth": "0"})
        assert answer.status_code == 404, path
        assert problem(answer)[0] == "NotFound"


def test_bare_collections(server, person, tree, http):
    """The list of spaces and of people is not to be had; with a depth /dav/files means one's own."""
    for path in ("/dav/files", "/dav/files/", "/dav/spaces", "/remote.php/dav/spaces/"):
        answer = http.request("PROPFIND", server.url + path)
        assert answer.status_code == 405 and problem(answer)[1] == "Listing members of this collection is disabled", path
    own = propfind(http, server.url + "/remote.php/dav/files/", depth="1")
    assert f"/remote.php/dav/files/{person.name}/d/" in own


def test_options_needs_nobody(server, person):
    """What the server speaks is no secret."""
    answer = requests.options(person.dav + "/")
    assert answer.status_code == 204 and answer.headers["DAV"] == "1, 2" and answer.headers["MS-Author-Via"] == "DAV"
    assert "PROPFIND" in answer.headers["Allow"] and answer.headers["Tus-Version"] == "1.0.0"
    refused = requests.request("PROPFIND", person.dav + "/", headers={"Depth": "0"})
    assert refused.status_code == 401 and "Authentication error" in refused.text and "WWW-Authenticate" in refused.headers


def test_options_of_the_root(server):
    """Explorer gives up on a redirect, a 404 or a 405 there; nothing else is at the root."""
    assert requests.options(server.url + "/").status_code == 204
    assert requests.get(server.url + "/no/such/page").status_code == 404


def test_unknown_methods(server, person, http):
    """501 by space, 405 elsewhere, as OpenCloud."""
    assert http.request("SEARCH", person.dav + "/").status_code == 405
    assert http.request("SEARCH", f"{server.url}/dav/spaces/{person.space}").status_code == 501


def test_a_browser_gets_it_pressed(http, person):
    """A script that says so, byte for byte the same; nobody else."""
    for number in range(300):
        http.request("MKCOL", f"{person.dav}/folder {number:03d}")
    asked = {"Depth": "1", "Accept-Encoding": "gzip"}
    plain = http.request("PROPFIND", person.dav + "/", headers=asked)
    pressed = http.request("PROPFIND", person.dav + "/", headers={**asked, "X-Requested-With": "XMLHttpRequest"})
    assert "Content-Encoding" not in plain.headers and pressed.headers["Content-Encoding"] == "gzip"
    assert pressed.text == plain.text and "folder%20299" in plain.text

"""REPORT search-files over the wire: every address, the order of properties, what is refused, and what of others is not told."""
import re
from xml.etree import ElementTree

import pytest
import requests

D, OC = "{DAV:}", "{http://owncloud.org/ns}"
VIEWER = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"
BODY = ('<?xml version="1.0"?><oc:search-files xmlns:a="DAV:" xmlns:oc="http://owncloud.org/ns"><a:prop><oc:fileid/></a:prop>'
        "<oc:search><oc:pattern>{}</oc:pattern>{}</oc:search></oc:search-files>")
COMMON = ["fileid", "file-parent", "name", "getlastmodified", "permissions", "highlights", "getcontenttype"]


class Answer:
    """What came back, as dicts of texts by local name, in order."""

    def __init__(self, answer):
        self.status, self.headers, self.text = answer.status_code, answer.headers, answer.text
        tree = ElementTree.fromstring(answer.content) if answer.content else ()
        self.hits = [{"href": each.findtext(f"{D}href"), **{prop.tag.rpartition("}")[2]: prop.text or "" for prop in each.iter(f"{D}prop") for prop in prop}}
                     for each in tree if each.tag == f"{D}response"]
        self.names = sorted(hit["name"] for hit in self.hits)


def report(person, pattern, address="/dav/spaces/", more="", body=None, **headers):
    """Ask."""
    pattern = pattern.replace("&", "&amp;").replace("<", "&lt;")
    return Answer(requests.request("REPORT", person.dav.partition("/dav/")[0] + address, data=(body or BODY.format(pattern, more)).encode(), auth=person.auth,
                                   headers=headers, timeout=30))


@pytest.fixture(scope="module")
def ann(server):
    """Somebody with a few files, all of them found."""
    someone = server.add()
    for folder in ("Trip", "Trip/Rome"):
        assert requests.request("MKCOL", f"{someone.dav}/{folder}", auth=someone.auth, timeout=30).status_code == 201
    for path, content in (("Trip/Rome/forum & co.txt", "The <b>aqueduct</b> carried water"), ("Trip/plan.md", "first the train"), ("readme.txt", "aqueducts")):
        assert requests.put(f"{someone.dav}/{path.replace('&', '%26')}", data=content, auth=someone.auth, timeout=30).status_code == 201
    someone.space = requests.get(server.url + "/graph/v1.0/me/drive", auth=someone.auth, timeout=30).json()["id"]
    return someone


@pytest.fixture
def found(ann, until):
    """Ann, when all of it is in the index."""
    until(lambda: len(report(ann, "content:aqueduct").hits) == 2, 60)
    return ann


def test_every_address(server, found):
    """All of them answer the same; with an id only what is in there."""
    everywhere = ["/dav/spaces", "/dav/spaces/", "/remote.php/dav/spaces", f"/dav/files/{found.name}", f"/remote.php/dav/files/{found.name}", "/webdav", "/remote.php/webdav/",
                  f"/dav/spaces/{found.space}", f"/remote.php/dav/spaces/{found.space}"]
    for address in everywhere:
        answer = report(found, "*.txt", address)
        assert answer.status == 207 and answer.names == ["forum & co.txt", "readme.txt"], address
        assert answer.headers["Content-Range"] == "rows 0-1/2" and answer.headers["DAV"] == "1, 3, extended-mkcol"
        assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    [trip] = report(found, "name:trip").hits
    for address in (f"/dav/spaces/{trip['fileid']}", f"/dav/spaces/{found.space}/Trip"):
        assert report(found, "*.txt", address).names == ["forum & co.txt"]
    assert report(found, "*.txt", f"/dav/spaces/{server.add().name}").status == 400
    assert report(found, "*.txt", "/dav/trash-bin/x").status in (404, 405, 501)


def test_properties(found):
    """Always these, in OpenCloud's order."""
    [file] = report(found, '(name:"*forum*" OR content:"aqueduct") AND NOT readme').hits
    assert list(file) == ["href", *COMMON, "has-preview", "tags", "getetag", "resourcetype", "getcontentlength", "score", "privatelink", "favorite"]
    space = found.space
    assert file["href"] == f"/remote.php/dav/spaces/{space}/Trip/Rome/forum%20&%20co.txt"
    assert file["name"] == "forum & co.txt" and file["getcontenttype"] == "text/plain" and file["has-preview"] in "01" and file["favorite"] == "0"
    assert file["highlights"] == "The &lt;b&gt;<mark>aqueduct</mark>&lt;/b&gt; carried water" and re.fullmatch(r"\d+\.\d{4}", file["score"])
    assert file["permissions"] == "RDNVWZP" and file["privatelink"].endswith("/f/" + file["fileid"].replace("!", "%21")) and file["getetag"].startswith('"')
    [folder] = report(found, "name:rome").hits
    assert list(folder) == ["href", *COMMON, "tags", "getetag", "resourcetype", "size", "score", "privatelink", "favorite"]
    assert folder["href"].endswith("/Trip/Rome") and folder["getcontenttype"] == "httpd/unix-directory" and file["file-parent"] == folder["fileid"]
    assert requests.request("PROPFIND", found.dav.partition("/dav/")[0] + file["href"], auth=found.auth, timeout=30).status_code == 207
    [root] = report(found, f"id:{space}").hits
    assert root["href"] == f"/remote.php/dav/spaces/{space}" and root["file-parent"] == space


def test_limits(found):
    """How many, from where on, and sorted by what."""
    assert "Content-Range" not in report(found, "nothing").headers and report(found, "nothing").hits == []
    answer = report(found, "*.txt", more="<oc:limit>1</oc:limit>")
    assert len(answer.hits) == 1 and answer.headers["Content-Range"] == "rows 0-0/2"
    answer = report(found, "*.txt", more="<oc:limit>1</oc:limit><oc:offset>1</oc:offset><oc:sort>name</oc:sort>")
    assert answer.names == ["readme.txt"] and answer.headers["Content-Range"] == "rows 1-1/2"
    for more in ("<oc:limit>0</oc:limit>", "<oc:limit/>", "<oc:limit>-1</oc:limit>", "<oc:limit>999999999</oc:limit>"):
        assert len(report(found, "*.txt", more=more).hits) == 2
    for more in ("<oc:limit>x</oc:limit>", "<oc:limit>-2</oc:limit>", "<oc:limit>1e3</oc:limit>", "<oc:offset>-1</oc:offset>", "<oc:sort>size</oc:sort>",
                 "<oc:limit>99999999999999999999</oc:limit>"):
        assert report(found, "*.txt", more=more).status == 400
    assert report(found, "*.txt", more="<oc:offset>999</oc:offset>").hits == []


def test_refusals(server, found):
    """What cannot be understood is 400 and says so; who is nobody gets nothing."""
    assert "missing search-files tag" in report(found, "", body="<d:propfind xmlns:d='DAV:'/>").text
    for body in ("", "<", "<oc:search-files/>", "<!DOCTYPE x [<!ENTITY a 'a'>]><x>&a;</x>"):
        assert report(found, "", body=body or " ").status == 400
    assert "empty query provided" in report(found, "").text
    answer = report(found, "AND a")
    assert answer.status == 400 and "the expression can't begin from a binary operator: 'AND'" in answer.text and "BadRequest" in answer.text
    assert requests.request("REPORT", server.url + "/dav/spaces", data=BODY.format("*", ""), timeout=30).status_code == 401


def test_others(server, found, until):
    """What somebody may not see is not found, by whatever way they ask; what is shared with them is, until that ends."""
    bob, space = server.add(), found.space
    [trip] = report(found, "name:trip").hits
    for query in ("*.txt", "content:aqueduct", f"scope:{space}", f"scope:{trip['fileid']}", f"id:{trip['fileid']}", f"rootid:{space}", "NOT nothing AND name:*.txt"):
        assert report(bob, query).hits == [], query
    assert report(bob, "*", f"/dav/spaces/{space}").status == 404
    me = requests.get(server.url + "/graph/v1.0/me", auth=bob.auth, timeout=30).json()["id"]
    answer = requests.post(f"{server.url}/graph/v1beta1/drives/{space}/items/{trip['fileid']}/invite", auth=found.auth, timeout=30,
                           json={"recipients": [{"objectId": me, "@libre.graph.recipient.type": "user"}], "roles": [VIEWER]})
    assert answer.status_code == 200, answer.text
    share = answer.json()["value"][0]["id"]
    [file] = report(bob, "content:aqueduct").hits
    assert list(file)[3:6] == ["shareid", "shareroot", "remote-item-id"] and file["remote-item-id"] == trip["fileid"] and file["shareroot"] == "/Trip"
    assert file["href"].startswith("/remote.php/dav/spaces/a0ca6a90-a365-4782-871e-d44447bbc668$a0ca6a90-a365-4782-871e-d44447bbc668%21")
    assert file["href"].endswith("/Rome/forum%20&%20co.txt") and "/Trip" not in file["href"] and file["permissions"] == ""
    assert requests.get(server.url + file["href"], auth=bob.auth, timeout=30).text == "The <b>aqueduct</b> carried water"
    [folder] = report(bob, "name:trip").hits
    assert folder["file-parent"].startswith("a0ca6a90-a365-4782-871e-d44447bbc668$")
    jail = "/dav/spaces/a0ca6a90-a365-4782-871e-d44447bbc668$a0ca6a90-a365-4782-871e-d44447bbc668"
    assert report(bob, "*", jail).names == ["Rome", "Trip", "forum & co.txt", "plan.md"]
    assert report(bob, "*", folder["href"]).names == ["Rome", "forum & co.txt", "plan.md"]
    assert requests.delete(f"{server.url}/graph/v1beta1/drives/{space}/items/{trip['fileid']}/permissions/{share}", auth=found.auth, timeout=30).status_code == 204
    assert report(bob, "content:aqueduct").hits == [] and report(bob, f"id:{trip['fileid']}").hits == []

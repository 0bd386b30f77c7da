"""Tags and favourites through Graph, as listings over WebDAV show them: whose they are, who changes them, and what is left when somebody goes."""
import pytest

from conftest import until
from somebody import BETA, V1
from test_shares import FILE_EDITOR, VIEWER, Person

TAGS = V1 + "/extensions/org.libregraph/tags"


@pytest.fixture
def ann(server):
    return Person(server)


@pytest.fixture
def bob(server):
    return Person(server)


def tag(person, id, *tags, method="PUT"):
    """Add tags to what has that id, or take them off."""
    return person.ask(method, TAGS, {"resourceId": id, "tags": list(tags)}).status_code


def share(ann, id, bob, role):
    """Share with somebody; the id of the permission."""
    answer = ann.ask("POST", f"{BETA}/drives/{ann.drive}/items/{id}/invite",
                     {"recipients": [{"objectId": bob.id, "@libre.graph.recipient.type": "user"}], "roles": [role]})
    assert answer.status_code == 200, answer.text
    return answer.json()["value"][0]["id"]


def test_tags(ann):
    """Added, listed, taken off; one that is there already is no change, whatever its case."""
    ann.put("a.txt")
    id, address = ann.id_of("a.txt"), f"/dav/spaces/{ann.drive}/a.txt"
    assert ann.prop(address, "oc:tags") == "" and ann.ask("GET", TAGS).json() == {"value": []}
    answer = ann.ask("PUT", TAGS, {"resourceId": id, "tags": ["Urlaub", " red & <blue> "]})
    assert (answer.status_code, answer.text) == (200, "")
    assert ann.prop(address, "oc:tags") == "Urlaub,red &amp; &lt;blue&gt;"
    assert tag(ann, id, "urlaub") == 400 and tag(ann, id, "urlaub", "green") == 200
    until(lambda: ann.ask("GET", TAGS).json() == {"value": ["green", "red & <blue>", "Urlaub"]})
    assert tag(ann, id, "GREEN", "none", method="DELETE") == 200 and tag(ann, id, "green", method="DELETE") == 400
    ann.put("a.txt", "other")                       # they stay with new content
    assert ann.prop(address, "oc:tags") == "Urlaub,red &amp; &lt;blue&gt;"
    assert tag(ann, id, "Urlaub", "red & <blue>", method="DELETE") == 200 and ann.prop(address, "oc:tags") == ""
    until(lambda: ann.ask("GET", TAGS).json() == {"value": []})


@pytest.mark.parametrize("tags", [[], [""], [" "], ["a,b"], ["x" * 101], ["a\nb"], [1], [None], "a", ["a"] * 101, ["\u202ea"]])
def test_no_tags(ann, tags):
    """What cannot be a tag changes nothing."""
    ann.put("a.txt")
    assert ann.ask("PUT", TAGS, {"resourceId": ann.id_of("a.txt"), "tags": tags}).status_code == 400
    assert ann.prop(f"/dav/spaces/{ann.drive}/a.txt", "oc:tags") == ""


def test_a_hundred_tags(ann):
    """And no more."""
    ann.put("a.txt")
    id = ann.id_of("a.txt")
    assert tag(ann, id, *(f"tag {number}" for number in range(100))) == 200 and tag(ann, id, "one more") == 400
    assert tag(ann, "nonsense", "a") == 400 and tag(ann, f"{ann.drive}!{ann.drive.partition('$')[2][::-1]}", "a") in (400, 404)


def test_tags_of_what_is_shared(ann, bob):
    """All who see it see them; who may change it may tag it; others are told nothing."""
    ann.put("a.txt")
    id = ann.id_of("a.txt")
    assert tag(ann, id, "ours") == 200 and tag(bob, id, "mine") == 404
    permission = share(ann, id, bob, VIEWER)
    assert bob.prop(f"/dav/spaces/{id}", "oc:tags") == "ours" and tag(bob, id, "mine") == 403 and tag(bob, id, "ours", method="DELETE") == 403
    until(lambda: bob.ask("GET", TAGS).json() == {"value": ["ours"]})
    ann.ask("DELETE", f"{BETA}/drives/{ann.drive}/items/{id}/permissions/{permission}")
    assert bob.ask("GET", TAGS).json() == {"value": []}
    share(ann, id, bob, FILE_EDITOR)
    assert tag(bob, id, "mine") == 200 and ann.prop(f"/dav/spaces/{id}", "oc:tags") == "ours,mine"


def favorite(person, id):
    """Whether it is marked as a favourite in a listing."""
    return person.prop(f"/dav/spaces/{id}", "oc:favorite")


def test_favorites(ann, bob):
    """Each has their own, of whatever they see; nobody else learns of them."""
    ann.put("a.txt")
    id = ann.id_of("a.txt")
    answer = ann.ask("POST", f"{V1}/me/drive/items/{id}/follow")
    assert answer.status_code == 201 and answer.json()["id"] == id and answer.json()["parentReference"]["driveId"] == ann.drive
    assert ann.ask("POST", f"{V1}/me/drive/items/{id}/follow").status_code == 201
    answer = bob.ask("POST", f"{V1}/me/drive/items/{id}/follow")
    assert answer.status_code == 400 and answer.json()["error"]["message"] == "resource not found"
    permission = share(ann, id, bob, VIEWER)
    assert favorite(ann, id) == "1" and favorite(bob, id) == "0"
    assert bob.ask("POST", f"{V1}/me/drive/items/{id}/follow").status_code == 201 and favorite(bob, id) == "1"
    assert ann.ask("DELETE", f"{V1}/me/drive/following/{id}").status_code == 204 and favorite(ann, id) == "0" and favorite(bob, id) == "1"
    assert ann.ask("DELETE", f"{V1}/me/drive/following/{id}").status_code == 404
    ann.ask("DELETE", f"{BETA}/drives/{ann.drive}/items/{id}/permissions/{permission}")
    assert bob.ask("DELETE", f"{V1}/me/drive/following/{id}").status_code == 204


def test_favorites_are_found(ann, until):
    """By the query that OpenCloud's web client sends."""
    from test_report import report
    ann.put("a.txt"), ann.put("b.txt")
    until(lambda: report(ann.person, "*.txt").names == ["a.txt", "b.txt"], 60)
    assert report(ann.person, "is:favorite").names == []
    ann.ask("POST", f"{V1}/me/drive/items/{ann.id_of('a.txt')}/follow")
    [found] = report(ann.person, "is:favorite").hits
    assert found["name"] == "a.txt" and found["favorite"] == "1"
    ann.ask("MOVE", f"/dav/spaces/{ann.drive}/a.txt", Destination=f"{ann.server.url}/dav/spaces/{ann.drive}/c.txt")
    assert report(ann.person, "is:favorite").names == ["c.txt"]
    ann.ask("DELETE", f"/dav/spaces/{ann.drive}/c.txt")
    assert report(ann.person, "is:favorite").names == []


def test_left_behind(server, ann, bob):
    """Who is gone is among nobody's favourites any more."""
    import os
    ann.put("a.txt")
    id = ann.id_of("a.txt")
    share(ann, id, bob, VIEWER)
    bob.ask("POST", f"{V1}/me/drive/items/{id}/follow")
    file = server.data / "people" / ann.person.name / "a.txt"
    assert bob.id in os.getxattr(file, "user.hearth.tags").decode()
    server.cli("user", "remove", bob.person.name)

    def gone():
        try:
            return bob.id not in os.getxattr(file, "user.hearth.tags").decode()
        except OSError:
            return True
    until(gone)

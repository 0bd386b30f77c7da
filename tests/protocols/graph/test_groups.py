"""Groups through Graph, and who is in them."""
import uuid

import pytest


@pytest.fixture
def group(call):
    """A fresh group."""
    answer = call("POST", "/groups", json={"displayName": "Group " + uuid.uuid4().hex[:8]})
    assert answer.status_code == 201 and answer.json()["groupTypes"] == []
    return answer.json()


@pytest.fixture
def person(made):
    return made("m" + uuid.uuid4().hex[:8])


def link(id, kind="users"):
    return {"@odata.id": f"https://box.example/graph/v1.0/{kind}/{id}"}


def test_members(call, group, person, refused):
    path = f"/groups/{group['id']}/members"
    assert call("GET", path).json() == []
    for _ in range(2):
        assert call("POST", path + "/$ref", json=link(person.id)).status_code == 204
    assert [user["id"] for user in call("GET", path).json()] == [person.id]
    assert [user["mail"] for user in call("GET", "/groups/" + group["id"], params={"$expand": "members"}).json()["members"]] == [""]
    assert call("GET", "/me", auth=person.auth, params={"$expand": "memberOf"}).json()["memberOf"] == [group]
    assert call("GET", "/users/" + person.id, params={"$expand": "memberOf"}).json()["memberOf"] == [group]
    assert call("DELETE", f"{path}/{person.id}/$ref").status_code == 204 and call("GET", path).json() == []
    refused(call("DELETE", f"{path}/{person.id}/$ref"), 404, "itemNotFound")
    refused(call("POST", path + "/$ref", json=link(group["id"], "groups")), 400, "invalidRequest")
    refused(call("POST", path + "/$ref", json=link("nobody")), 404, "itemNotFound")
    refused(call("POST", path + "/$ref", json={**link(person.id), "more": 1}), 400, "invalidRequest")
    refused(call("POST", f"/groups/{uuid.uuid4()}/members/$ref", json=link(person.id)), 404, "itemNotFound")


def test_changes(call, group, person, refused):
    path = "/groups/" + group["id"]
    answer = call("PATCH", path, json={"displayName": group["displayName"] + "!", "members@odata.bind": [link(person.id)["@odata.id"]] * 2})
    assert answer.status_code == 204 and answer.content == b""
    assert call("GET", path).json()["displayName"] == group["displayName"] + "!" and len(call("GET", path + "/members").json()) == 1
    for wrong, status, code in (({"displayName": ""}, 400, "invalidRequest"), ({"displayName": "x" * 300}, 400, "invalidRequest"),
                                ({"members@odata.bind": ["x"]}, 400, "invalidRequest"), ({"members@odata.bind": [5]}, 400, "invalidRequest"),
                                ({"members@odata.bind": [link(person.id)["@odata.id"]] * 21}, 400, "invalidRequest"),
                                ({"members@odata.bind": [link("nobody")["@odata.id"]]}, 404, "itemNotFound"), ({"id": "x"}, 400, "invalidRequest")):
        refused(call("PATCH", path, json={"displayName": "changed", **wrong}), status, code)
    assert call("GET", path).json()["displayName"] == group["displayName"] + "!"
    assert call("DELETE", path).status_code == 204
    for method in ("GET", "DELETE"):
        refused(call(method, path), 404, "itemNotFound")
    assert call("GET", "/users/" + person.id).status_code == 200


def test_names(call, group, refused):
    refused(call("POST", "/groups", json={"displayName": group["displayName"].upper()}), 409, "nameAlreadyExists")
    for wrong in ({}, {"displayName": " "}, {"displayName": str(uuid.uuid4())}, {"displayName": "a\nb"}, {"name": "x"}):
        refused(call("POST", "/groups", json=wrong), 400, "invalidRequest")
    assert call("GET", "/groups/" + group["displayName"]).json() == group


def test_lists(call, group, person, refused):
    found = lambda **options: call("GET", "/groups", params={"$" + name: value for name, value in options.items()}).json()["value"]
    term = group["displayName"][6:]
    assert found(search=term) == [group] and group in found() and found(search=term, select="id") == [{"id": group["id"]}]
    assert found(search=term, expand="members") == [{**group, "members": []}]
    ordered = [each["displayName"].casefold() for each in found(orderby="displayName desc")]
    assert ordered == sorted(ordered, reverse=True) and found(orderby="displayName", top="1") == found()[:1]
    refused(call("GET", "/groups", params={"$orderby": "size"}), 400, "invalidRequest")
    refused(call("GET", "/groups", params={"$expand": "owners"}), 501, "notSupported")


def test_what_others_may(call, group, person, refused):
    """Find one by three letters of its name; who is in it is not theirs to know."""
    ask = lambda method, path, **more: call(method, path, auth=person.auth, **more)
    refused(ask("GET", "/groups"), 403, "accessDenied")
    refused(ask("GET", "/groups", params={"$search": "gr"}), 403, "accessDenied")
    assert ask("GET", "/groups", params={"$search": group["displayName"][6:]}).json()["value"] == [group]
    assert ask("GET", "/groups/" + group["id"]).json() == group
    path = "/groups/" + group["id"]
    for method, path, sent in (("GET", path + "/members", None), ("GET", path + "?$expand=members", None), ("POST", "/groups", {"displayName": "mine"}),
                               ("PATCH", path, {"displayName": "mine"}), ("DELETE", path, None), ("POST", path + "/members/$ref", link(person.id)),
                               ("DELETE", f"{path}/members/{person.id}/$ref", None)):
        refused(ask(method, path, json=sent), 403, "accessDenied")


def test_addresses(call, refused):
    """Wrong methods name the right ones; there is no education here."""
    answer = call("PUT", "/groups")
    refused(answer, 405, "notAllowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))
    refused(call("GET", "/education/schools"), 404, "itemNotFound")
    refused(call("GET", "/users/%ff"), 404, "itemNotFound")

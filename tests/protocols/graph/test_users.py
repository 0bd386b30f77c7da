"""People through Graph, as OpenCloud's administration pages and clients ask for them."""
import json
import re
import uuid

import pytest
import requests

SECRET = "a long enough secret"
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
APPLICATION = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
ROLES = {"User": "d7beeea8-8ff4-406b-8fb6-ab2dd81e6b11", "User Light": "38071a68-456a-4553-846a-fa67bf5596cc",
         "Admin": "71881883-1768-46bd-a24d-a356a2afdf7f", "Space Admin": "2aadd357-682c-406b-8874-293091995fdd"}


def names(answer):
    """The login names in a list."""
    assert answer.status_code == 200, answer.text
    return [user["onPremisesSamAccountName"] for user in answer.json()["value"]]


def test_a_person_from_beginning_to_end(call, server, refused):
    """Made, shown, changed, kept out, let in, removed."""
    answer = call("POST", "/users", json={
        "displayName": "Carol Carlson", "mail": "carol@example.org", "onPremisesSamAccountName": "carol", "accountEnabled": True,
        "givenName": "Carol", "surname": "Carlson", "passwordProfile": {"password": SECRET, "forceChangePasswordNextSignIn": False}})
    carol = answer.json()
    assert answer.status_code == 201 and UUID.fullmatch(carol.pop("id"))
    id = answer.json()["id"]
    assert carol == {
        "displayName": "Carol Carlson", "mail": "carol@example.org", "onPremisesSamAccountName": "carol", "accountEnabled": True,
        "givenName": "Carol", "surname": "Carlson", "userType": "Member", "identities": [{"issuer": server.url, "issuerAssignedId": id}]}
    assert call("GET", "/users/" + id).json() == call("GET", "/users/CAROL", "v1beta1").json() == {"id": id, **carol}
    refused(call("GET", "/users/carol@example.org"), 404, "itemNotFound")
    assert call("PATCH", "/users/" + id, json={"displayName": "Carol C.", "mail": ""}).json()["displayName"] == "Carol C."
    assert call("PATCH", "/users/" + id, json={}).status_code == 204
    me = lambda secret=SECRET: requests.get(server.url + "/graph/v1.0/me", auth=("carol", secret)).status_code
    assert me() == 200
    call("PATCH", "/users/" + id, json={"passwordProfile": {"password": SECRET + "2"}})
    assert (me(), me(SECRET + "2")) == (401, 200)
    assert call("PATCH", "/users/" + id, json={"accountEnabled": False}).json()["accountEnabled"] is False and me(SECRET + "2") == 401
    assert call("PATCH", "/users/" + id, json={"accountEnabled": True}).status_code == 200 and me(SECRET + "2") == 200
    answer = call("DELETE", "/users/" + id)
    assert (answer.status_code, answer.content) == (204, b"") and me(SECRET + "2") == 401
    for method in ("GET", "PATCH", "DELETE"):
        refused(call(method, "/users/" + id, **({"json": {"displayName": "x"}} if method == "PATCH" else {})), 404, "itemNotFound")


@pytest.mark.parametrize("change", [
    {"displayName": ""}, {"displayName": None}, {"onPremisesSamAccountName": "bad name/"}, {"mail": "x"}, {"unknown": 1}, {"id": "x"}, {"memberOf": []},
    {"userType": "Member"}, {"preferredLanguage": "de"}, {"displayName": 5}, {"accountEnabled": "yes"}, {"passwordProfile": {"password": "short"}},
    {"passwordProfile": {"password": "password"}}, {"passwordProfile": {"passwort": SECRET}}, {"passwordProfile": []}, {"displayName": "a\ud800b"},
    {"passwordProfile": {"password": SECRET, "forceChangePasswordNextSignIn": True}}, {"displayName": "x" * 300}, {"givenName": "a\nb"}])
def test_people_that_cannot_be(call, refused, change):
    good = {"displayName": "Nobody", "onPremisesSamAccountName": "nobody-at-all", "passwordProfile": {"password": SECRET}}
    refused(call("POST", "/users", json={**good, **change}), 400, "invalidRequest")
    refused(call("GET", "/users/nobody-at-all"), 404, "itemNotFound")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"displayName":' * 4000])
def test_bodies_that_are_no_objects(call, refused, body):
    for method, path in (("POST", "/users"), ("POST", "/groups"), ("PATCH", "/me"), ("POST", "/me/changePassword")):
        refused(call(method, path, data=body), 400, "invalidRequest")


def test_a_body_too_large(call):
    assert call("POST", "/users", data=b" " * 70_000).status_code == 413


def test_names_are_taken(call, made, refused):
    made("dora", mail="dora@example.org")
    for taken in ({"onPremisesSamAccountName": "DORA"}, {"onPremisesSamAccountName": "dora2", "mail": "Dora@example.org"}):
        refused(call("POST", "/users", json={"displayName": "x", "passwordProfile": {"password": SECRET}, **taken}), 409, "nameAlreadyExists")
    other = made("dorothy")
    refused(call("PATCH", "/users/" + other.id, json={"mail": "dora@example.org", "displayName": "changed"}), 409, "nameAlreadyExists")
    assert call("GET", "/users/" + other.id).json()["displayName"] == "Dorothy"


def test_lists(call, made):
    """Searched, filtered, ordered, cut; each as a client does it."""
    mark = uuid.uuid4().hex[:8]
    b, a = made(f"{mark}-b", mail=f"zz{mark}@example.org"), made(f"{mark}-a")
    group = call("POST", "/groups", json={"displayName": mark}).json()["id"]
    call("POST", f"/groups/{group}/members/$ref", json={"@odata.id": f"https://h/graph/v1.0/users/{b.id}"})
    ask = lambda **options: names(call("GET", "/users", params={"$" + name: value for name, value in options.items()}))
    assert ask(search=f'"{mark}"') == [a.name, b.name] and ask(search=mark.upper()) == [a.name, b.name] and ask(search='"zz' + mark + '@"') == [b.name]
    assert ask(search=mark, orderby="displayName desc") == ask(search=mark, orderby="mail desc,displayName") == [b.name, a.name]
    assert ask(search=mark, top="1") == [a.name] and ask(search=mark, skip="1") == [b.name] and ask(search=mark, top="0") == []
    assert ask(filter=f"memberOf/any(m:m/id eq '{group}')") == [b.name]
    assert ask(filter=f"memberOf/any(m:m/id eq '{uuid.uuid4()}')") == []
    assert a.name in ask(filter=f"appRoleAssignments/any(m:m/appRoleId eq '{ROLES['User']}')")
    assert a.name not in ask(filter=f"appRoleAssignments/any(m:m/appRoleId eq '{ROLES['Admin']}')")
    assert ask(filter=f"contains(displayName,'{mark.upper()}') and userType eq 'Member' and not startswith(mail,'zz')") == [a.name]
    assert ask(filter=f"(onPremisesSamAccountName eq '{a.name}' or id eq '{b.id}') and accountEnabled eq true", orderby="displayName") == [a.name, b.name]
    assert {a.name, b.name} <= set(ask())
    expanded = call("GET", "/users", params={"$search": mark, "$expand": "memberOf,appRoleAssignments"}).json()["value"]
    assert [[each["displayName"] for each in user["memberOf"]] for user in expanded] == [[], [mark]]
    assert all(user["appRoleAssignments"][0]["appRoleId"] == ROLES["User"] for user in expanded)
    selected = call("GET", "/users", params={"$search": mark, "$select": "displayName"}).json()["value"]
    assert [set(user) for user in selected] == [{"id", "displayName"}] * 2


@pytest.mark.parametrize("option, value, status, code", [
    ("$filter", "userType eq", 400, "invalidRequest"), ("$filter", "surname gt 'a'", 501, "notSupported"), ("$filter", "city eq 'x'", 501, "notSupported"),
    ("$filter", "concat(displayName,'x')", 501, "notSupported"), ("$filter", "groups/any(g:g/id eq 'x')", 501, "notSupported"),
    ("$filter", "displayName eq 5", 501, "notSupported"), ("$filter", "(" * 3000, 400, "invalidRequest"), ("$filter", "\udc80", 400, "invalidRequest"),
    ("$search", "a b", 400, "invalidRequest"), ("$orderby", "city", 400, "invalidRequest"), ("$orderby", "displayName up", 400, "invalidRequest"),
    ("$expand", "manager", 501, "notSupported"), ("$expand", "a(b", 400, "invalidRequest"), ("$top", "-1", 400, "invalidRequest"),
    ("$apply", "x", 400, "invalidRequest"), ("$compute", "x", 400, "invalidRequest")])
def test_options_that_are_refused(call, refused, option, value, status, code):
    refused(call("GET", "/users", params={option: value.encode("utf-8", "surrogateescape")}), status, code)


def test_what_others_may_find(call, made, refused, root):
    """Names of whom they look for by three letters, and no more; OpenCloud's rules."""
    mark = uuid.uuid4().hex[:8]
    ann, ben = made(mark + "-ann", mail=mark + "@example.org"), made(mark + "-ben")
    for options in ({}, {"$search": '"be"'}, {"$search": '"  b "'}, {"$filter": "userType eq 'Member'"}):
        answer = call("GET", "/users", params=options, auth=ben.auth)
        refused(answer, 403, "accessDenied")
        assert answer.json()["error"]["message"] == "search term too short"
    found, = call("GET", "/users", params={"$search": f'"{mark}-an"'}, auth=ben.auth).json()["value"]
    assert set(found) == {"id", "displayName", "userType", "identities", "onPremisesSamAccountName"} and found["id"] == ann.id
    assert call("GET", "/users/" + ann.id, auth=ben.auth).json() == found
    assert set(call("GET", "/users/" + ben.id, auth=ben.auth).json()) > {"mail", "accountEnabled"}
    assert len(call("GET", "/users", params={"$search": mark, "$filter": "userType eq 'Member' or userType eq 'Guest'"}, auth=ben.auth).json()["value"]) == 2
    for options in ({"$expand": "memberOf"}, {"$filter": "startswith(mail,'a')"}, {"$filter": "memberOf/any(m:m/id eq 'x')"}):
        refused(call("GET", "/users", params={"$search": mark, **options}, auth=ben.auth), 403, "accessDenied")
    refused(call("GET", "/users/" + ann.id, params={"$expand": "memberOf"}, auth=ben.auth), 403, "accessDenied")
    assert names(call("GET", "/users", params={"$search": mark, "$orderby": "mail desc"}, auth=ben.auth)) == [ann.name, ben.name]
    for method, path, sent in (("POST", "/users", {"displayName": "x", "onPremisesSamAccountName": "x"}), ("PATCH", "/users/" + ben.id, {"displayName": "x"}),
                               ("DELETE", "/users/" + ann.id, None), ("GET", f"/users/{ben.id}/appRoleAssignments", None)):
        refused(call(method, path, json=sent, auth=ben.auth), 403, "accessDenied")
    application = call("GET", "/applications", auth=ben.auth).json()["value"][0]["id"]
    refused(call("POST", f"/users/{ben.id}/appRoleAssignments", auth=ben.auth,
                 json={"principalId": ben.id, "resourceId": application, "appRoleId": ROLES["Admin"]}), 403, "accessDenied")


def test_roles(call, made, refused, root):
    """One application with four roles; an assignment takes the place of the one before."""
    application, = call("GET", "/applications").json()["value"]
    assert application["displayName"] == "OpenCloud" and {role["displayName"]: role["id"] for role in application["appRoles"]} == ROLES
    assert APPLICATION.fullmatch(application["id"]) and call("GET", "/applications/" + application["id"]).json() == application
    refused(call("GET", "/applications/nothing"), 404, "itemNotFound")
    person = made("role-" + uuid.uuid4().hex[:8])
    path = f"/users/{person.id}/appRoleAssignments"
    first, = call("GET", path).json()["value"]
    assert first == {"id": first["id"], "appRoleId": ROLES["User"], "principalId": person.id, "principalType": "User",
                     "resourceId": application["id"], "resourceDisplayName": "OpenCloud"}
    wanted = {"principalId": person.id, "resourceId": application["id"], "appRoleId": ROLES["User Light"]}
    answer = call("POST", path, json=wanted)
    assert answer.status_code == 201 and call("GET", path).json()["value"] == [answer.json()] and answer.json()["id"] != first["id"]
    assert call("GET", "/me", auth=person.auth).json()["userType"] == "Guest"
    for wrong in ({"appRoleId": "x"}, {"appRoleId": ""}, {"principalId": str(uuid.uuid4())}, {"resourceId": "x"}, {"more": "x"}):
        refused(call("POST", path, json={**wanted, **wrong}), 400, "invalidRequest")
    refused(call("DELETE", f"{path}/{first['id']}"), 404, "itemNotFound")
    assert call("DELETE", f"{path}/{answer.json()['id']}").status_code == 204 and call("GET", path).json()["value"] == [first]
    me = call("GET", "/me").json()["id"]
    refused(call("POST", f"/users/{me}/appRoleAssignments", json={**wanted, "principalId": me}), 403, "accessDenied")
    refused(call("DELETE", "/users/" + me), 403, "accessDenied")


def test_ones_own(call, made, refused):
    """The language and the password; nothing else, and the latter not without the one before."""
    person = made("own-" + uuid.uuid4().hex[:8])
    me = lambda method, path, auth=person.auth, **sent: call(method, path, auth=auth, json=sent)
    assert me("PATCH", "/me", preferredLanguage="de").json()["preferredLanguage"] == call("GET", "/me", auth=person.auth).json()["preferredLanguage"] == "de"
    assert call("PATCH", "/me", auth=person.auth, json={}).status_code == 204
    for sent in ({"displayName": "x"}, {"mail": "a@b.c"}, {"passwordProfile": {"password": SECRET + "2"}}, {"preferredLanguage": "x_y"}, {"accountEnabled": True}):
        refused(me("PATCH", "/me", **sent), 400, "invalidRequest")
    for sent in ({"currentPassword": SECRET}, {"currentPassword": SECRET, "newPassword": SECRET}, {"currentPassword": SECRET, "newPassword": "x1"},
                 {"currentPassword": "", "newPassword": SECRET + "2"}, {"currentPassword": SECRET, "newPassword": SECRET + "2", "more": 1}):
        refused(me("POST", "/me/changePassword", **sent), 400, "invalidRequest")
    answer = me("POST", "/me/changePassword", currentPassword="wrong", newPassword=SECRET + "2")
    refused(answer, 400, "invalidRequest")
    assert answer.json()["error"]["message"] == "wrong current password"
    assert me("POST", "/me/changePassword", currentPassword=SECRET, newPassword=SECRET + "2").status_code == 204
    assert call("GET", "/me", auth=person.auth).status_code == 401
    person.auth = (person.name, SECRET + "2")
    for number in range(11):
        answer = me("POST", "/me/changePassword", person.auth, currentPassword=f"guess {number}", newPassword=SECRET)
    refused(answer, 429, "activityLimitReached")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("wanted", [True, False])
def test_files_of_who_is_removed(call, made, server, refused, until, wanted):
    """They go to the trash of the box, or become a folder of somebody else, with everything in them."""
    ann, ben = (made(uuid.uuid4().hex[:8] + "-files") for _ in range(2))
    dav = lambda person, path, method="GET", **more: requests.request(
        method, f"{server.url}/dav/files/{person.name}/{path}", auth=person.auth, timeout=30, **more)
    dav(ann, "Photos", "MKCOL"), dav(ann, "Photos/a.jpg", "PUT", data=b"picture").raise_for_status()
    id = dav(ann, "Photos/a.jpg").headers["OC-FileId"].partition("!")[2]
    for wrong, status, code in ((ann.id, 400, "invalidRequest"), ("nobody", 404, "itemNotFound"), (f"{ben.id}&give-files-to={ben.id}", 400, "invalidRequest")):
        refused(call("DELETE", f"/users/{ann.id}?give-files-to={wrong}"), status, code)
    assert dav(ann, "Photos/a.jpg").status_code == 200
    assert call("DELETE", f"/users/{ann.id}" + (f"?give-files-to={ben.id}" if wanted else "")).status_code == 204
    until(lambda: not (server.data / "people" / ann.name).exists())
    answer = dav(ben, f"Files of {ann.name}/Photos/a.jpg")
    assert answer.status_code == (200 if wanted else 404)
    if wanted:
        assert answer.content == b"picture" and answer.headers["OC-FileId"].partition("!")[2] == id


def test_quotas(call, made, refused, server):
    """Administrators see how full somebody's drive is and set its limit, and learn nothing else of it."""
    person, other = made(uuid.uuid4().hex[:8] + "-quota"), made(uuid.uuid4().hex[:8] + "-other")
    assert "drive" not in call("GET", "/users/" + person.id, params={"$expand": "drive"}).json()
    refused(call("GET", f"/users/{person.id}/drive"), 404, "itemNotFound")
    drive = call("GET", "/me/drive", auth=person.auth).json()
    assert call("GET", "/users/" + person.id, params={"$expand": "drive,drives"}).json()["drives"] == [drive]
    assert call("GET", f"/users/{person.id}/drive").json() == call("GET", "/drives/" + drive["id"]).json() == drive
    path = "/drives/" + drive["id"]
    answer = call("PATCH", path, json={"quota": {"total": 1000}})
    assert answer.status_code == 200 and answer.json()["quota"] == {"remaining": 1000, "state": "normal", "total": 1000, "used": 0}
    put = lambda: requests.put(f"{server.url}/dav/spaces/{drive['id']}/a", data=b"x" * 2000, auth=person.auth, timeout=30).status_code
    assert put() == 507 and call("GET", "/me/drive", auth=person.auth).json()["quota"]["total"] == 1000
    for wrong in ({"quota": {"total": -1}}, {"quota": {"total": "5"}}, {"quota": {"total": 1.5}}, {"quota": {"used": 5}}, {"quota": 5}, {"name": "x"},
                  {"quota": {"total": True}}, {"quota": {"total": 1 << 63}}):
        refused(call("PATCH", path, json=wrong), 400, "invalidRequest")
    assert call("PATCH", path, json={}).json()["quota"]["total"] == 1000
    refused(call("PATCH", path, json={"quota": {"total": 0}}, auth=person.auth), 403, "accessDenied")
    for method, address in (("PATCH", path), ("GET", path), ("GET", f"/users/{person.id}/drive")):
        refused(call(method, address, json={"quota": {"total": 0}} if method == "PATCH" else None, auth=other.auth), 404, "itemNotFound")
    assert call("PATCH", path, json={"quota": {"total": 0}}).json()["quota"]["total"] == 0 and put() == 201
    root = ("root-of-graph", SECRET)
    assert requests.get(f"{server.url}/dav/spaces/{drive['id']}/a", auth=root, timeout=30).status_code == 404


PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff\xe0", "image/gif": b"GIF89a", "image/webp": b"RIFF\0\0\0\0WEBPVP8 "}


def test_photos(call, made, refused, server):
    """Pictures only, of whoever is signed in; seen by everybody, and gone with the account."""
    person, other = made(uuid.uuid4().hex[:8] + "-photo"), made(uuid.uuid4().hex[:8] + "-other")
    mine, path = "/me/photo/$value", f"/users/{person.id}/photo/$value"
    refused(call("GET", mine, auth=person.auth), 404, "generalException")
    for method, (kind, content) in zip(("PUT", "PATCH", "PUT", "PATCH"), PICTURES.items(), strict=True):
        answer = call(method, mine, auth=person.auth, data=content + b"x" * 100, headers={"Content-Type": "text/html"})
        assert (answer.status_code, answer.content) == (200, b"")
        seen = call("GET", path, auth=other.auth)
        assert (seen.content, seen.headers["Content-Type"], seen.headers["X-Content-Type-Options"]) == (content + b"x" * 100, kind, "nosniff")
    for wrong in (b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"RIFF....WAVE"):
        refused(call("PUT", mine, auth=person.auth, data=wrong), 400, "invalidRequest")
    assert call("PUT", mine, auth=person.auth, data=PICTURES["image/png"] + b"x" * (1 << 20)).status_code == 413
    assert call("GET", mine, auth=person.auth).headers["Content-Type"] == "image/webp"
    refused(call("PUT", path, data=PICTURES["image/png"]), 405, "notAllowed")
    assert call("DELETE", mine, auth=person.auth).status_code == 200
    refused(call("GET", path), 404, "generalException")
    application = call("GET", "/applications").json()["value"][0]["id"]
    call("POST", f"/users/{other.id}/appRoleAssignments", json={"principalId": other.id, "resourceId": application, "appRoleId": ROLES["User Light"]})
    refused(call("PUT", mine, auth=other.auth, data=PICTURES["image/png"]), 403, "accessDenied")
    assert call("PUT", mine, data=PICTURES["image/png"]).status_code == 200 and call("DELETE", mine).status_code == 200


def test_a_photo_goes_with_the_account(call, made, server, until):
    person = made(uuid.uuid4().hex[:8] + "-gone")
    call("PUT", "/me/photo/$value", auth=person.auth, data=PICTURES["image/png"]).raise_for_status()
    file = server.data / ".hearth" / "identity" / "photos" / person.id
    assert file.read_bytes() == PICTURES["image/png"]
    call("DELETE", "/users/" + person.id)
    until(lambda: not file.exists())


def test_a_token_for_files_sees_nobody(call, made, refused, server):
    """Not even where its owner looks after everybody."""
    person = made(uuid.uuid4().hex[:8] + "-token")
    group = call("POST", "/groups", json={"displayName": person.name}).json()["id"]
    token = json.loads(server.cli("token", "create", "root-of-graph", "--read-only", "--json").stdout)["token"]
    ask = lambda method, path, **more: call(method, path, auth=("root-of-graph", token), **more)
    for path in (f"/users/{person.id}", f"/users/{person.id}/photo/$value", f"/users/{person.id}/drive"):
        refused(ask("GET", path), 404, "itemNotFound")
    for method, path, sent in (("GET", "/users?$search=" + person.name[:8], None), ("GET", "/groups/" + group, None), ("GET", "/groups", None),
                               ("PATCH", "/me", {"preferredLanguage": "de"}), ("POST", "/groups", {"displayName": "x"}), ("PUT", "/me/photo/$value", None)):
        refused(ask(method, path, json=sent), 403, "accessDenied")
    for method in ("PATCH", "DELETE"):
        refused(ask(method, "/users/" + person.id, json={"displayName": "x"}), 404, "itemNotFound")
    assert ask("GET", "/me").status_code == ask("GET", "/me/drive").status_code == 200

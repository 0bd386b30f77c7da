"""The settings service: what OpenCloud's web client asks for, what administrators may, and what is refused."""
import pytest
import requests

from appliance.identity import roles, settings

OTHER = "4c510ada-c86b-4815-8820-42cdf82c3d51"
LANGUAGE, SWITCH = settings.LANGUAGE, "ec3ed4a3-3946-4efc-8f9f-76d38b12d3a9"
OFTEN, EVENT, FIXED = ("08dec2fe-3f97-42a9-9d1b-500855e92f25", "872d8ef6-6f2a-42ab-af7d-f53cc81d7046", "d7484394-8321-4c84-9677-741ba71e1f80")


@pytest.fixture
def call(server, http):
    """Call the service: the status and what came back."""
    def call(name, sent=None, auth=None, **more):
        answer = http.post(f"{server.url}/api/v0/settings/{name}", json={} if sent is None else sent, auth=auth, timeout=30, **more)
        assert answer.headers["Content-Type"] == "application/json", answer.text
        return answer.status_code, answer.json()
    return call


@pytest.fixture
def admin(server):
    someone = server.add()
    server.cli("user", "set", someone.name, "--role", "admin")
    return someone


def test_roles(call):
    """Four, with OpenCloud's ids and numbers of permissions."""
    status, said = call("roles-list")
    assert status == 201
    assert {bundle["name"]: len(bundle["settings"]) for bundle in said["bundles"]} == {"admin": 33, "spaceadmin": 26, "user": 20, "user-light": 4}
    user = next(bundle for bundle in said["bundles"] if bundle["name"] == "user")
    assert user["id"] == roles.ROLES["user"].id
    create = next(each for each in user["settings"] if each["name"] == "Drives.Create")
    assert create["permissionValue"] == {"operation": "OPERATION_READWRITE", "constraint": "CONSTRAINT_OWN"} and create["resource"] == {"type": "TYPE_SYSTEM"}


def test_own_role_and_permissions(call, server, person, http):
    """By the own id; of others nothing is told."""
    me = http.get(server.url + "/graph/v1.0/me", timeout=30).json()["id"]
    for named in ("me", me, None):
        status, said = call("assignments-list", {"account_uuid": named} if named else {})
        assert status == 201 and said["assignments"][0]["roleId"] == roles.ROLES["user"].id and said["assignments"][0]["accountUuid"] == me
    status, said = call("permissions-list", {"accountUuid": me})
    assert status == 201 and "Drives.Create.own" in said["permissions"] and "Accounts.ReadWrite.all" not in said["permissions"]
    assert call("permissions-list", {"account_uuid": OTHER})[0] == 404
    assert call("assignments-list", {"account_uuid": OTHER})[0] == 403
    assert call("permissions-get-by-id", {"permission_id": roles.PERMISSIONS["Shares.Write"].id}) == (
        201, {"permission": {"operation": "OPERATION_WRITE", "constraint": "CONSTRAINT_ALL"}})
    assert call("permissions-get-by-id", {"permission_id": roles.PERMISSIONS["Accounts.ReadWrite"].id})[0] == 404


def test_administrators_assign(call, server, person, admin, http):
    """Roles of others, not their own; others assign nothing."""
    me = http.get(server.url + "/graph/v1.0/me", timeout=30).json()["id"]
    light = roles.ROLES["guest"].id
    assert call("assignments-add", {"account_uuid": me, "role_id": light})[0] == 403
    assert call("assignments-list-filtered", {"filters": [{"account_uuid": []}, {"term": {"role_id": {}}}]}, auth=admin.auth) == (201, {"assignments": []})
    status, said = call("assignments-add", {"account_uuid": me, "role_id": light}, auth=admin.auth)
    assert status == 201 and said["assignment"]["roleId"] == light
    assert [each["accountUuid"] for each in call("assignments-list-filtered", {"filters": [{"term": {"roleId": light}}]}, auth=admin.auth)[1]["assignments"]
            if each["accountUuid"] == me] == [me]
    assert call("assignments-list-filtered")[0] == 403
    call("assignments-remove", {"id": me}, auth=admin.auth)
    assert call("assignments-list")[1]["assignments"][0]["roleId"] == roles.ROLES["user"].id
    assert call("assignments-add", {"account_uuid": me, "role_id": "nonsense"}, auth=admin.auth)[0] == 400


def test_bundles(call):
    """The profile, and the roles by their ids; nobody makes new ones."""
    bundle, = call("bundles-list")[1]["bundles"]
    assert bundle["name"] == "profile" and [each["name"] for each in bundle["settings"]][:4] == [
        "language", "disable-email-notifications", "auto-accept-shares", "email-sending-interval-options"]
    assert call("bundle-get", {"bundle_id": bundle["id"]})[1]["bundle"] == bundle
    assert call("bundle-get", {"bundleId": roles.ROLES["user"].id})[1]["bundle"]["name"] == "user"
    assert call("bundle-get", {"bundleId": "x"})[0] == 404
    for name in ("bundle-save", "bundles-add-setting", "bundles-remove-setting"):
        assert call(name)[0] == 403


def save(call, id, **value):
    return call("values-save", {"value": {"accountUuid": "me", "bundleId": "2a506de7-99bd-4f0d-994e-c38e72c28fd9", "settingId": id,
                                          "resource": {"type": "TYPE_USER"}, **value}})


@pytest.mark.parametrize("id, value, kept", [
    (LANGUAGE, {"listValue": {"values": [{"stringValue": "de"}]}}, None), (SWITCH, {"boolValue": False}, None), (OFTEN, {"stringValue": "weekly"}, None),
    (EVENT, {"collectionValue": {"values": [{"key": "mail", "boolValue": False}]}},
     {"collectionValue": {"values": [{"key": "in-app", "boolValue": True}, {"key": "mail", "boolValue": False}]}}),
    (FIXED, {"collectionValue": {"values": [{"key": "mail", "boolValue": True}]}},
     {"collectionValue": {"values": [{"key": "in-app", "boolValue": True}, {"key": "mail", "boolValue": False}]}})])
def test_values(call, server, http, id, value, kept):
    """Saved, listed, and found by their id; the language is that of Graph."""
    status, said = save(call, id, **value)
    assert status == 201 and said["value"]["value"].items() >= (kept or value).items()
    listed = next(each for each in call("values-list", {"account_uuid": "me"})[1]["values"] if each["value"]["settingId"] == id)
    assert listed == said["value"]
    assert call("values-get", {"id": listed["value"]["id"]})[1]["value"] == listed
    if id == LANGUAGE:
        assert http.get(server.url + "/graph/v1.0/me", timeout=30).json()["preferredLanguage"] == "de"


@pytest.mark.parametrize("id, value", [
    (LANGUAGE, {"stringValue": "klingon"}), (LANGUAGE, {"boolValue": True}), (SWITCH, {"stringValue": "yes"}), (SWITCH, {}), (OFTEN, {"boolValue": True}),
    (EVENT, {"collectionValue": {"values": [{"key": "pigeon", "boolValue": True}]}}), (EVENT, {"collectionValue": []}), (EVENT, {"collectionValue": {"values": "x"}}),
    (EVENT, {"collectionValue": {"values": [{"key": "mail", "boolValue": "x"}]}}), ("nonsense", {"boolValue": True}), (LANGUAGE, {"listValue": {"values": []}}),
    (LANGUAGE, {"listValue": {"values": [{"stringValue": ["de"]}]}})])
def test_bad_values(call, id, value):
    """400, and nothing is kept."""
    before = call("values-list")[1]
    assert save(call, id, **value)[0] == 400
    assert call("values-list")[1] == before


def test_refused(call, server, http):
    """Other methods, other bodies, somebody else's values, nobody."""
    address = server.url + "/api/v0/settings/values-list"
    assert http.get(address, timeout=30).status_code == 405
    assert requests.post(address, json={}, timeout=30).status_code == 401
    for body in (b"[", b"[]", b"1", b"\xff", b"[" * 5000, b" " * 100_000):
        assert http.post(address, data=body, timeout=30).status_code in (400, 413)
    assert call("values-list", {"account_uuid": OTHER})[0] == 404
    assert call("values-save", {"value": {"accountUuid": OTHER, "settingId": SWITCH, "boolValue": True}})[0] == 404
    assert call("values-save", {"value": []})[0] == 400 and call("nothing")[0] == 404
    assert [call("values-get", {"id": odd})[0] for odd in ([], {}, None)] == [404] * 3
    for name in ("nobody", "nobody@example.org"):   # who may not assign learns not who there is
        assert call("assignments-add", {"account_uuid": name, "role_id": roles.ROLES["user"].id})[0] == 403
        assert call("assignments-remove", {"id": name})[0] == 403
    assert call("permissions-list-by-resource", {"resource": {"type": "TYPE_SHARE"}})[0] == 201 and call("permissions-list-by-resource")[0] == 400


def test_every_notice_needs_its_permission():
    """A role that lacks it cannot choose; being told of mentions needs none."""
    from appliance.identity import settings
    by_name = {each.name: settings.PERMISSION.get(id) for id, each in settings.SETTINGS.items() if each.name.startswith("event-")}
    assert by_name["event-share-created-options"] == "Event.ShareCreated.ReadWrite"
    assert by_name["event-space-membership-expired-options"] == "Event.SpaceMembershipExpired.ReadWrite"
    assert [name for name, permission in by_name.items() if permission is None] == ["event-resource-mention-options"]

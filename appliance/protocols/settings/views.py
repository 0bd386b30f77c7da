"""Roles, permissions and settings in the words of the wire."""
from uuid import UUID, uuid5

from appliance.core import errors
from appliance.identity import roles, settings

PROFILE = "2a506de7-99bd-4f0d-994e-c38e72c28fd9"
_NAMES = UUID("b7b6a3d5-5a8a-4c1e-9a52-0b1f6f0f7c31")   # ids of values and assignments are made from what they belong to
_OPERATIONS = {"ReadWrite": "READWRITE", "ReadWriteDisabled": "READWRITE", "Manage": "READWRITE", "Create": "READWRITE", "Write": "WRITE",
               "List": "READ", "DeletePersonal": "DELETE", "DeleteProject": "DELETE", "Delete": "WRITE", "Publish": "WRITE"}
_TYPES = {"Accounts": ("TYPE_USER", "all"), "Roles": ("TYPE_USER", "all"), "Settings": ("TYPE_USER", "all"), "Groups": ("TYPE_GROUP", "all"),
          "Self": ("TYPE_USER", "me"), "PublicLink": ("TYPE_SHARE", ""), "Shares": ("TYPE_SHARE", ""), "ReadOnlyPublicLinkPassword": ("TYPE_SHARE", "")}


def role(role):
    """A role with all that it permits."""
    held = roles.permissions_of(role.name)
    return {"id": role.id, "name": role.bundle, "type": "TYPE_ROLE", "extension": "opencloud-roles", "displayName": role.display_name,
            "settings": [{"id": roles.PERMISSIONS[name].id, "name": name, "displayName": name, "permissionValue": permission_value(name, constraint),
                          "resource": resource_of(name)} for name, constraint in held.items()],
            "resource": {"type": "TYPE_SYSTEM"}}


def permission_value(name, constraint):
    """What a permission lets do, and to what."""
    last = name.rpartition(".")[2]
    return {"operation": "OPERATION_" + _OPERATIONS.get(last, "READWRITE"), "constraint": f"CONSTRAINT_{constraint.upper()}"}


def resource_of(name):
    """What a permission is about."""
    setting = next((id for id, permission in settings.PERMISSION.items() if permission == name), None)
    if setting:
        return {"type": "TYPE_SETTING", "id": setting}
    if name == "Favorites.Write":
        return {"type": "TYPE_FILE"}
    kind, id = _TYPES.get(name.partition(".")[0], ("TYPE_SYSTEM", ""))
    return {"type": kind, **({"id": id} if id else {})}


def assignment(account):
    """Which role an account has; the assignment goes by the account's own id."""
    return {"id": account.id, "accountUuid": account.id, "roleId": roles.ROLES[account.role].id}


def profile():
    """The settings that there are."""
    return {"id": PROFILE, "name": "profile", "type": "TYPE_DEFAULT", "extension": "opencloud-accounts", "displayName": "Profile",
            "settings": [_setting(each) for each in settings.SETTINGS.values()], "resource": {"type": "TYPE_SYSTEM"}}


def _setting(setting):
    if setting.kind == settings.SWITCH:
        kind = {"boolValue": {**({"default": True} if setting.default else {}), "label": setting.description.lower()}}
    elif setting.kind == settings.CHOICE:
        kind = {"singleChoiceValue": {"options": [
            {"value": {"stringValue": value}, **({"default": True} if value == setting.default else {}), "displayValue": text}
            for value, text in setting.choices]}}
    else:
        kind = {"multiChoiceCollectionValue": {"options": [
            {"value": {"boolValue": {"default": True} if on else {}}, "key": key, **({"attribute": "disabled"} if key in setting.fixed else {}),
             "displayValue": {"in-app": "In-App", "mail": "Email"}[key]} for key, on in setting.default.items()]}}
    return {"id": setting.id, "name": setting.name, "displayName": setting.display_name, "description": setting.description, **kind,
            "resource": {"type": "TYPE_USER"}}


def value_id(account, setting):
    """The id of a value."""
    return str(uuid5(_NAMES, account + setting))


def value(account, id, meant):
    """A value with what it belongs to."""
    setting = settings.SETTINGS[id]
    if setting.kind == settings.SWITCH:
        held = {"boolValue": meant}
    elif setting.kind == settings.CHOICE:
        held = {"listValue": {"values": [{"stringValue": meant}]}} if id == settings.LANGUAGE else {"stringValue": meant}
    else:
        held = {"collectionValue": {"values": [{"key": key, "boolValue": on} for key, on in meant.items()]}}
    return {"identifier": {"extension": "opencloud-accounts", "bundle": "profile", "setting": setting.name},
            "value": {"id": value_id(account, id), "bundleId": PROFILE, "settingId": id, "accountUuid": account, "resource": {"type": "TYPE_USER"}, **held}}


def read_value(sent):
    """What a value that was sent means; Invalid."""
    try:
        if "boolValue" in sent:
            return sent["boolValue"]
        if "stringValue" in sent:
            return sent["stringValue"]
        if "listValue" in sent:
            single, = sent["listValue"]["values"]
            return single["stringValue"]
        return {each["key"]: each.get("boolValue", False) for each in sent["collectionValue"]["values"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise errors.Invalid("The value is not understood.") from None

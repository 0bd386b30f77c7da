"""What people set for themselves: OpenCloud's profile settings, kept in one small record a person. Language is kept with the account."""
from typing import NamedTuple

from appliance.core import errors, records
from appliance.identity.roles import PERMISSIONS

PART = "settings"
CHOICE, SWITCH, CHANNELS = "choice", "switch", "channels"   # one of some texts; yes or no; told in the app, by mail


class Setting(NamedTuple):
    """One thing that can be set."""

    id: str
    name: str
    display_name: str
    description: str
    kind: str                                       # CHOICE, SWITCH or CHANNELS
    default: object                                 # a text; a bool; {"in-app": bool, "mail": bool}
    choices: tuple = ()                             # of a CHOICE: (value, text)
    fixed: tuple = ()                               # of CHANNELS: those that nobody can change


LANGUAGE, AUTO_ACCEPT = "aa8cfbe5-95d4-4f7e-a032-c3c01f5f062f", "ec3ed4a3-3946-4efc-8f9f-76d38b12d3a9"
LANGUAGES = (("bg", "български"), ("cs", "Čeština"), ("de", "Deutsch"), ("en", "English"), ("es", "Español"), ("fr", "Français"), ("gl", "Galego"),
             ("it", "Italiano"), ("ko", "한국어"), ("nl", "Nederlands"), ("sq", "Shqipja"), ("sv", "Svenska"), ("tr", "Türkçe"), ("zh", "汉语"))
_OFTEN = (("instant", "Instant"), ("daily", "Daily"), ("weekly", "Weekly"), ("never", "Never"))
_BOTH, _APP = {"in-app": True, "mail": True}, {"in-app": True, "mail": False}


def _event(id, name, display_name, description, mail):
    return Setting(id, f"event-{name}-options", display_name, description, CHANNELS, _BOTH if mail else _APP, fixed=() if mail else ("mail",))


def _permission(name):
    """``event-share-created-options`` needs ``Event.ShareCreated.ReadWrite``."""
    kind, *words = name.removesuffix("-options").split("-")
    return f"{kind.capitalize()}.{''.join(map(str.capitalize, words))}.ReadWrite"


SETTINGS = {setting.id: setting for setting in (
    Setting(LANGUAGE, "language", "Language", "User language", CHOICE, "", LANGUAGES),
    Setting("33ffb5d6-cd07-4dc0-afb0-84f7559ae438", "disable-email-notifications", "Disable Email Notifications", "Disable email notifications", SWITCH, False),
    Setting(AUTO_ACCEPT, "auto-accept-shares", "Auto accept shares", "Automatically accept shares", SWITCH, True),
    Setting("08dec2fe-3f97-42a9-9d1b-500855e92f25", "email-sending-interval-options", "Email sending interval", "Selected value:", CHOICE, "instant", _OFTEN),
    _event("872d8ef6-6f2a-42ab-af7d-f53cc81d7046", "share-created", "Share Received", "Notify when I have received a share", True),
    _event("d7484394-8321-4c84-9677-741ba71e1f80", "share-removed", "Share Removed", "Notify when a received share has been removed", False),
    _event("e1aa0b7c-1b0f-4072-9325-c643c89fee4e", "share-expired", "Share Expired", "Notify when a received share has expired", True),
    _event("08aaa973-a622-449d-97dc-3857160d1e97", "resource-mention", "Mentioned", "Notify when somebody mentions me", True),
    _event("694d5ee1-a41c-448c-8d14-396b95d2a918", "space-shared", "Added as space member", "Notify when I have been added as a member to a space", True),
    _event("26c20e0e-98df-4483-8a77-759b3a766af0", "space-unshared", "Removed as space member", "Notify when I have been removed as member from a space", True),
    _event("7275921e-b737-4074-ba91-3c2983be3edd", "space-membership-expired", "Space membership expired", "Notify when a space membership has expired", True),
    _event("eb5c716e-03be-42c6-9ed1-1105d24e109f", "space-disabled", "Space disabled", "Notify when a space I am member of has been disabled", False),
    _event("094ceca9-5a00-40ba-bb1a-bbc7bccd39ee", "space-deleted", "Space deleted", "Notify when a space I am member of has been deleted", False),
    _event("fe0a3011-d886-49c8-b797-33d02fa426ef", "postprocessing-step-finished", "File rejected",
           "Notify when a file I uploaded was rejected because of a virus infection or policy violation", False),
)}
# The permission that each setting needs; being told of mentions needs none.
PERMISSION = {LANGUAGE: "Language.ReadWrite", "33ffb5d6-cd07-4dc0-afb0-84f7559ae438": "EmailNotifications.ReadWriteDisabled",
              AUTO_ACCEPT: "AutoAcceptShares.ReadWriteDisabled",
              "08dec2fe-3f97-42a9-9d1b-500855e92f25": "EmailSendingInterval.ReadWrite",
              **{id: name for id, name in ((each.id, _permission(each.name)) for each in SETTINGS.values()) if name in PERMISSIONS}}


class Settings:
    """What everybody has set."""

    def __init__(self, folder):
        self._folder = folder

    def of(self, account):
        """All settings of an account, by its id: id of the setting -> value, where it was set."""
        kept = self._folder.look(records.read, self._file(account)) or {}
        return {id: value for id, value in kept.items() if id in SETTINGS}

    def accepts(self, account):
        """Whether an account takes what is shared with it at once; as usual where that cannot be read."""
        try:
            return self.of(account).get(AUTO_ACCEPT, True)
        except errors.HouseError:
            return True

    def set(self, account, id, value):
        """Set one. Invalid."""
        value = checked(id, value)
        self._folder.change(_set, self._file(account), id, value)
        return value

    def _file(self, account):
        return self._folder.path / PART / f"{account}.json"


def checked(id, value):
    """A value that this setting can have; Invalid."""
    setting = SETTINGS.get(id)
    if setting is None:
        raise errors.Invalid("There is no such setting.")
    if setting.kind == CHOICE and value in [choice for choice, _ in setting.choices]:
        return value
    if setting.kind == SWITCH and isinstance(value, bool):
        return value
    if setting.kind == CHANNELS and isinstance(value, dict) and all(
            name in setting.default and isinstance(each, bool) for name, each in value.items()):
        return {**setting.default, **{name: each for name, each in value.items() if name not in setting.fixed}}
    raise errors.Invalid(f'The setting "{setting.name}" cannot have this value.')


def _set(file, id, value):
    records.write(file, {**(records.read(file) or {}), id: value})

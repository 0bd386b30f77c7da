"""The roles of a house and what each permits: OpenCloud's, with the ids its clients know them by. The one place that answers.

A permission holds for everything in the house (``all``) or only for what is one's own (``own``).
"""
from typing import NamedTuple

from appliance.core import errors

ALL, OWN = "all", "own"


class Role(NamedTuple):
    """A role; each account has one."""

    name: str                                       # as typed in commands
    id: str
    bundle: str                                     # OpenCloud's name for it
    display_name: str


class Permission(NamedTuple):
    """What a role may permit."""

    name: str
    id: str
    held: dict                                      # name of a role -> ALL or OWN


ROLES = {role.name: role for role in (
    Role("admin", "71881883-1768-46bd-a24d-a356a2afdf7f", "admin", "Admin"),
    Role("space-admin", "2aadd357-682c-406b-8874-293091995fdd", "spaceadmin", "Space Admin"),
    Role("user", "d7beeea8-8ff4-406b-8fb6-ab2dd81e6b11", "user", "User"),
    Role("guest", "38071a68-456a-4553-846a-fa67bf5596cc", "user-light", "User Light"),
)}

#        admin space-admin user guest; A: all, o: own, -: not at all
_TABLE = """
A - - -  8e587774-d929-4215-910b-a317b1e80f73  Accounts.ReadWrite
A - - -  522adfbe-5908-45b4-b135-41979de73245  Groups.ReadWrite
A - - -  a53e601e-571f-4f86-8fec-d4576ef49c62  Roles.ReadWrite
A - - -  3d58f441-4a05-42f8-9411-ef5874528ae1  Settings.ReadWrite
A - - -  ed83fc10-1f54-4a9e-b5a7-fb517f5f3e01  Logo.Write
A - - -  27a29046-a816-424f-bd71-2ffb9029162f  WebOffice.Manage
A - - -  5de9fe0a-4bc5-4a47-b758-28f370caf169  Drives.DeletePersonal
A - - -  4e6f9709-f9e7-44f1-95d4-b762d27b7896  Drives.ReadWritePersonalQuota
A A - -  977f0ae6-0da2-4856-93f3-22e0a8482489  Drives.ReadWriteProjectQuota
A A - -  016f6ddd-9501-4a0a-8ebe-64a20ee8ec82  Drives.List
A A - -  b44b4054-31a2-42b8-bb71-968b15cfbd4f  Drives.ReadWrite
A A - -  cf3faa8c-50d9-4f84-9650-ff9faf21aa9d  Drives.ReadWriteEnabled
A A - -  fb60b004-c1fa-4f09-bf87-55ce7d46ac61  Drives.DeleteProject
A A o -  79e13b30-3e22-11eb-bc51-0b9f0bad9a58  Drives.Create
A A - -  e9a697c5-c67b-40fc-982b-bcf628e9916d  ReadOnlyPublicLinkPassword.Delete
A A A -  11516bbd-7157-49e1-b6ac-d00c820f980b  PublicLink.Write
A A A -  069c08b1-e31f-4799-9ed6-194b310e7244  Shares.Write
A A A -  43e5948e-8238-41d6-9ef1-f259f00591db  Collaboration.Notification.Publish
- o o -  e03070e9-4362-4cc6-a872-1c7cb2eb2b8e  Self.ReadWrite
o o o -  4ebaa725-bfaa-43c5-9817-78bc9994bde4  Favorites.List
o o o -  a54778fd-1c45-47f0-892d-655caf5236f2  Favorites.Write
A o o o  7d81f103-0488-4853-bce5-98dcce36d649  Language.ReadWrite
o o o o  4e41363c-a058-40a5-aec8-958897511209  AutoAcceptShares.ReadWriteDisabled
o o o o  ad5bb5e5-dc13-4cd3-9304-09a424564ea8  EmailNotifications.ReadWriteDisabled
o o o o  7dc204ee-799a-43b6-b85d-425fb3b1fa5a  EmailSendingInterval.ReadWrite
o o o -  8a50540c-1cdd-481f-b85f-44654393c8f0  Event.ShareCreated.ReadWrite
o o o -  5ef55465-8e39-4a6c-ba97-1d19f5b07116  Event.ShareRemoved.ReadWrite
o o o -  7d4f961b-d471-451b-b1fd-ac6a9d59ce88  Event.ShareExpired.ReadWrite
o o o -  feb16d2c-614c-4f79-ac37-755a028f5616  Event.SpaceShared.ReadWrite
o o o -  4f979732-631b-4f27-9be7-a89fb223a6d2  Event.SpaceUnshared.ReadWrite
o o o -  a3cc45bf-9720-4e08-b403-b9133fe33f0b  Event.SpaceMembershipExpired.ReadWrite
o o o -  896194c2-5055-4ea3-94a3-0a1419187a00  Event.SpaceDisabled.ReadWrite
o o o -  2083c280-b140-4b73-a931-9a4af2931531  Event.SpaceDeleted.ReadWrite
o o o -  27ba8e97-0bdf-4b18-97d4-df44c9568cda  Event.PostprocessingStepFinished.ReadWrite
"""
PERMISSIONS = {name: Permission(name, id, {role: {"A": ALL, "o": OWN}[letter] for role, letter in zip(ROLES, letters, strict=True)
                                           if letter != "-"})
               for *letters, id, name in map(str.split, _TABLE.strip().splitlines())}


def by_id(id):
    """The role of that id; Invalid where there is none."""
    for role in ROLES.values():
        if role.id == id:
            return role
    raise errors.Invalid("There is no role of that id.")


def permissions_of(role):
    """What a role permits: name of the permission -> ``all`` or ``own``."""
    return {name: each.held[role] for name, each in PERMISSIONS.items() if role in each.held}


def allowed(actor, name, own=False):
    """Whether the actor's role permits this; ``own`` where only something of their own is concerned."""
    if actor.scoped:
        return False
    held = PERMISSIONS[name].held.get(actor.role)
    return held == ALL or own and held == OWN


def require(actor, name, own=False):
    """Forbidden where the actor's role does not permit this."""
    if not allowed(actor, name, own):
        raise errors.Forbidden()

"""Who may what by their role."""
import pytest

from appliance.core import errors
from appliance.identity import Actor, roles


def actor(role):
    return Actor("id", "name", role=role)


@pytest.mark.parametrize("name, admin, space_admin, user, guest", [
    ("Accounts.ReadWrite", "all", None, None, None), ("Groups.ReadWrite", "all", None, None, None),
    ("Drives.List", "all", "all", None, None), ("Drives.Create", "all", "all", "own", None), ("Shares.Write", "all", "all", "all", None),
    ("Self.ReadWrite", None, "own", "own", None), ("Language.ReadWrite", "all", "own", "own", "own")])
def test_table(name, admin, space_admin, user, guest):
    """Some rows of the table, in words."""
    for role, held in (("admin", admin), ("space-admin", space_admin), ("user", user), ("guest", guest)):
        assert roles.permissions_of(role).get(name) == held
        assert roles.allowed(actor(role), name) == (held == "all")
        assert roles.allowed(actor(role), name, own=True) == bool(held)


def test_refused():
    """Forbidden, also for a role that nobody knows."""
    roles.require(actor("admin"), "Accounts.ReadWrite")
    for role in ("user", "guest", "nonsense", ""):
        with pytest.raises(errors.Forbidden):
            roles.require(actor(role), "Accounts.ReadWrite")
    assert roles.by_id(roles.ROLES["user"].id).display_name == "User"
    with pytest.raises(errors.Invalid):
        roles.by_id("nonsense")
    assert len({each.id for each in roles.PERMISSIONS.values()}) == len(roles.PERMISSIONS) == 34

"""Who is signed in: name, quota, groups, and the key to sign addresses with. Of others nothing is told."""
from appliance.core import errors

_TYPES = {"guest": "guest"}                         # of roles; all others are "primary"
_UNLIMITED = (1 << 63) - 1


def me(house, environ):
    """``/cloud/user``"""
    account = house.people.find(environ["hearth.actor"].id)
    return {"id": account.name, "display-name": account.display_name, "email": account.email,
            "user-type": _TYPES.get(account.role, "primary")}


def signing_key(house, environ):
    """``/cloud/user/signing-key``"""
    actor = environ["hearth.actor"]
    if actor.token:                                 # what the key signs would outlive the token, and reach further
        raise errors.Forbidden("Sign in yourself for this; an app token may not.")
    return {"user": actor.id, "signing-key": house.people.signing_key(actor.id)}


def user(house, environ, name):
    """``/cloud/users/{self}``"""
    account = _self(house, environ, name)
    return {"enabled": "true", "quota": _quota(house, environ["hearth.actor"]), "email": account.email,
            "displayname": account.display_name, "user-type": _TYPES.get(account.role, "primary"),
            "two_factor_auth_enabled": False, "last_login": 0}


def groups(house, environ, name):
    """``/cloud/users/{self}/groups``"""
    return {"groups": [group.name for group in house.people.groups_of(_self(house, environ, name).id)]}


def _self(house, environ, name):
    """The account of who asks; NotFound where it has another name."""
    actor = environ["hearth.actor"]
    account = house.people.find(actor.id)
    if name.casefold() not in (account.name.casefold(), account.id):
        raise errors.NotFound("User not found")
    return account


def _quota(house, actor):
    try:
        space = house.files.home(actor)
    except errors.NotFound:                         # guests have no space of their own
        return {"free": 0, "used": 0, "total": 0, "relative": 0, "definition": "none"}
    used, free = house.files.quota(actor, space)
    if free is None:
        return {"free": _UNLIMITED - used, "used": used, "total": 0, "relative": 0, "definition": "none"}
    return {"free": free, "used": used, "total": space.quota, "relative": round(100 * used / space.quota, 2),
            "definition": "default"}

"""``/users``: everybody, for administrators; for others those whom they look for by name."""
import operator

from appliance.core import errors
from appliance.http import request
from appliance.identity import ROLES, folded, roles
from appliance.protocols.graph import body, drives, odata, views

_OPTIONS = {"search", "filter", "orderby", "expand", "select", "top", "skip"}
_EXPANDED = {"memberOf", "appRoleAssignments"}
_OF_ONE = {*_EXPANDED, "drive", "drives"}
_MEMBERS = {                                        # of the wire -> of an account
    "displayName": "display_name", "mail": "email", "onPremisesSamAccountName": "name", "givenName": "given_name",
    "surname": "surname", "accountEnabled": "enabled"}
_KNOWN = {**dict.fromkeys(_MEMBERS, str), "accountEnabled": bool, "passwordProfile": dict}
_PROFILE = {"password": str, "forceChangePasswordNextSignIn": bool}
_KEYS = {"displayName": "display_key", "mail": "email_key", "onPremisesSamAccountName": "key", "id": "id"}     # folded: what is compared
_CALLS = {"contains": str.__contains__, "startswith": str.startswith, "endswith": str.endswith}


def every(house, environ):
    """``GET /users``"""
    actor, asked = environ["hearth.actor"], odata.query(request.query(environ), _OPTIONS)
    everything = house.administration.all_seen(actor)
    if asked.expand and not everything:
        raise errors.Forbidden("Only administrators may expand users.")
    _expandable(asked)
    everybody = house.people.everybody()
    fits = odata.predicate(asked.filter, lambda leaf: _leaf(leaf, everybody, everything))
    found = [account for account in house.administration.accounts(actor, asked.search) if fits(account)]
    for name, descending in reversed(asked.orderby):
        found.sort(key=_order(name), reverse=descending)
    view = (lambda account: views.user(house, environ, account, asked.expand, everybody)) if everything else \
        (lambda account: views.name_of(environ, account))
    return {"value": [asked.selected(view(account)) for account in asked.page(found)]}


def one(house, environ, id):
    """``GET /users/{id}``, by the id or the login name."""
    actor, asked = environ["hearth.actor"], odata.query(request.query(environ), {"expand", "select"})
    _expandable(asked, _OF_ONE)
    account = account_of(house, environ, id)
    if account.id == actor.id or house.administration.all_seen(actor):
        found = views.user(house, environ, account, asked.expand)
        drive = drives.of(house, environ, account) if asked.expand & {"drive", "drives"} else None
        if drive and "drive" in asked.expand:
            found["drive"] = drive
        if "drives" in asked.expand:
            found["drives"] = [drive] if drive else []
        return asked.selected(found)
    if asked.expand:
        raise errors.Forbidden("Only administrators may expand users.")
    return asked.selected(views.name_of(environ, account))


def drive(house, environ, id):
    """``GET /users/{id}/drive``"""
    actor, account = environ["hearth.actor"], account_of(house, environ, id)
    found = drives.of(house, environ, account) if account.id == actor.id or house.administration.all_seen(actor) else None
    if found is None:
        raise errors.NotFound("drive not found")
    return found


def make(house, environ):
    """``POST /users``"""
    wanted, password = _wanted(environ)
    for name, member in (("displayName", "display_name"), ("onPremisesSamAccountName", "name")):
        if not wanted.get(member):
            raise errors.Invalid(f"Empty {name.lower()}")
    account = house.administration.add(environ["hearth.actor"], wanted.pop("name"), password, **wanted)
    return 201, views.user(house, environ, account)


def change(house, environ, id):
    """``PATCH /users/{id}``"""
    wanted, password = _wanted(environ)
    account = account_of(house, environ, id)
    if not wanted and password is None:
        return 204, None
    if wanted.get("display_name") == "":
        raise errors.Invalid("Empty displayname")
    account = house.administration.change(environ["hearth.actor"], account.id, password, **wanted)
    return views.user(house, environ, account)


def remove(house, environ, id):
    """``DELETE /users/{id}``; ``?give-files-to={id}`` hands the files on."""
    heirs = request.query(environ).get("give-files-to", [])
    if len(heirs) > 1:
        raise errors.Invalid("The files can be given to one person.")
    heir = account_of(house, environ, heirs[0]).id if heirs else None
    house.administration.remove(environ["hearth.actor"], account_of(house, environ, id).id, heir)
    return 204, None


def assignments(house, environ, id):
    """``GET /users/{id}/appRoleAssignments``"""
    _administrator(house, environ)
    return {"value": [views.assignment(house, account_of(house, environ, id))]}


def assign(house, environ, id):
    """``POST /users/{id}/appRoleAssignments``: the role takes the place of the one before."""
    sent = body.read(environ, {"principalId": str, "appRoleId": str, "resourceId": str})
    account = account_of(house, environ, id)
    if sent.get("principalId") != account.id or sent.get("resourceId") != views.application(house)["id"]:
        raise errors.Invalid("principalId must be the user, and resourceId the application.")
    role = roles.by_id(sent.get("appRoleId"))
    return 201, views.assignment(house, house.administration.assign(environ["hearth.actor"], account.id, role.name))


def unassign(house, environ, id, assignment):
    """``DELETE /users/{id}/appRoleAssignments/{id}``: back to the role that everybody begins with."""
    _administrator(house, environ)
    account = account_of(house, environ, id)
    if views.assignment(house, account)["id"] != assignment:
        raise errors.NotFound("There is no such assignment.")
    house.administration.assign(environ["hearth.actor"], account.id, "user")
    return 204, None


def _administrator(house, environ):
    if not house.administration.all_seen(environ["hearth.actor"]):
        raise errors.Forbidden()


def account_of(house, environ, id):
    """An account by its id or login name: not by its mail address, which is not for everybody to try. An app token for files sees
    nobody but its owner."""
    actor, account = environ["hearth.actor"], house.people.everybody().account(id)
    if account is None or account.id != id and account.key != folded(id) or actor.scoped and account.id != actor.id:
        raise errors.NotFound("not found")
    return account


def _wanted(environ):
    """What the body wants an account to be: ``(members, password or None)``."""
    sent = body.read(environ, _KNOWN)
    profile = body.checked(sent.pop("passwordProfile", {}), _PROFILE)
    if profile.get("forceChangePasswordNextSignIn"):
        raise errors.Invalid("Nobody can be made to change a password here. Give them a new one.")
    return {_MEMBERS[name]: value for name, value in sent.items()}, profile.get("password")


def _expandable(asked, known=_EXPANDED):
    if asked.expand - known:
        raise errors.Unsupported(f"This can be expanded by {', '.join(sorted(known))}.")


def _order(name):
    if name not in _KEYS or name == "id":
        raise errors.Invalid("Users are ordered by displayName, mail or onPremisesSamAccountName.")
    return operator.attrgetter(_KEYS[name])


def _leaf(leaf, everybody, everything):
    """What a comparison in a $filter means; who is no administrator may ask for the type alone, as with OpenCloud."""
    match leaf:
        case odata.Compare("userType", "eq", value):
            return lambda account: views.user_type(account) == value
        case _ if not everything:
            raise errors.Forbidden("This $filter is for administrators.")
        case odata.Has("memberOf", odata.Compare("id", "eq", value)):
            group = everybody.groups.get(value)
            members = group.who if group else ()
            return lambda account: account.id in members
        case odata.Has("appRoleAssignments", odata.Compare("appRoleId", "eq", value)):
            return lambda account: ROLES[account.role].id == value
        case odata.Compare("accountEnabled", "eq", bool(value)):
            return lambda account: account.enabled == value
        case odata.Compare(path, "eq", str(value)) if path in _KEYS:
            key, value = operator.attrgetter(_KEYS[path]), folded(value)
            return lambda account: key(account) == value
        case odata.Call(function, path, str(value)) if path in _KEYS and function in _CALLS:
            key, value, judge = operator.attrgetter(_KEYS[path]), folded(value), _CALLS[function]
            return lambda account: judge(key(account), value)
    raise errors.Unsupported("This $filter is not supported for users.")

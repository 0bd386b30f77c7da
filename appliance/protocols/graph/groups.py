"""``/groups`` and who is in them."""
from appliance.core import errors
from appliance.http import request
from appliance.protocols.graph import body, odata, views

_AT_ONCE = 20                                       # people put into a group in one go, as with OpenCloud


def every(house, environ):
    """``GET /groups``"""
    actor = environ["hearth.actor"]
    asked = odata.query(request.query(environ), {"search", "orderby", "expand", "select", "top", "skip"})
    everybody = _expandable(house, environ, asked)
    found = house.administration.groups(actor, asked.search)
    for name, descending in reversed(asked.orderby):
        if name != "displayName":
            raise errors.Invalid("Groups are ordered by displayName.")
        found.sort(key=lambda group: group.key, reverse=descending)
    return {"value": [asked.selected(_view(house, environ, group, everybody)) for group in asked.page(found)]}


def one(house, environ, id):
    """``GET /groups/{id}``, by the id or the name."""
    asked = odata.query(request.query(environ), {"expand", "select"})
    everybody = _expandable(house, environ, asked)
    if environ["hearth.actor"].scoped:              # an app token for files sees nobody
        raise errors.Forbidden()
    return asked.selected(_view(house, environ, house.people.group(id), everybody))


def make(house, environ):
    """``POST /groups``"""
    sent = body.read(environ, {"displayName": str})
    return 201, views.group(house.administration.add_group(environ["hearth.actor"], sent.get("displayName", "")))


def change(house, environ, id):
    """``PATCH /groups/{id}``: another name, and people who join."""
    sent = body.read(environ, {"displayName": str, "members@odata.bind": list})
    joining = sent.get("members@odata.bind", [])
    if len(joining) > _AT_ONCE:
        raise errors.Invalid(f"At most {_AT_ONCE} people can be put into a group at once.")
    accounts = [_account(house, odata.reference(each, "users")) for each in joining]
    house.administration.change_group(environ["hearth.actor"], house.people.group(id).id, sent.get("displayName"), accounts)
    return 204, None


def remove(house, environ, id):
    """``DELETE /groups/{id}``"""
    house.administration.remove_group(environ["hearth.actor"], house.people.group(id).id)
    return 204, None


def members(house, environ, id):
    """``GET /groups/{id}/members``: a list without anything around it, as OpenCloud has it."""
    if not house.administration.all_seen(environ["hearth.actor"]):
        raise errors.Forbidden()
    everybody = house.people.everybody()
    return _members(house, environ, house.people.group(id), everybody)


def join(house, environ, id):
    """``POST /groups/{id}/members/$ref``"""
    sent = body.read(environ, {"@odata.id": str})
    account = _account(house, odata.reference(sent.get("@odata.id"), "users"))
    house.administration.join(environ["hearth.actor"], house.people.group(id).id, account)
    return 204, None


def leave(house, environ, id, member):
    """``DELETE /groups/{id}/members/{id}/$ref``"""
    house.administration.leave(environ["hearth.actor"], house.people.group(id).id, _account(house, member))
    return 204, None


def _account(house, id):
    """The id of an account, which must be one."""
    account = house.people.everybody().accounts.get(id)
    if account is None:
        raise errors.NotFound("not found")
    return account.id


def _expandable(house, environ, asked):
    """Everybody where members are asked for, else None."""
    if asked.expand - {"members"}:
        raise errors.Unsupported("Groups can be expanded by members.")
    if asked.expand and not house.administration.all_seen(environ["hearth.actor"]):
        raise errors.Forbidden("Only administrators may expand groups.")
    return house.people.everybody() if asked.expand else None


def _view(house, environ, group, everybody):
    found = views.group(group)
    return {**found, "members": _members(house, environ, group, everybody)} if everybody else found


def _members(house, environ, group, everybody):
    accounts = (everybody.accounts.get(id) for id in group.members)
    return [views.user(house, environ, account) for account in sorted(filter(None, accounts), key=lambda each: each.key)]

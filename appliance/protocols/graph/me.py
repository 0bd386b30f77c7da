"""``/me``: the person who is signed in."""
from appliance.core import errors
from appliance.http import request
from appliance.protocols.graph import body, odata, views


def answer(house, environ):
    """``GET /me``; ``$expand=memberOf,appRoleAssignments`` adds groups and the role. Other names are let pass: clients ask for more."""
    asked = odata.query(request.query(environ), {"expand", "select"})
    return asked.selected(_view(house, environ, house.people.find(environ["hearth.actor"].id), asked.expand))


def change(house, environ):
    """``PATCH /me``: one's own language. A password is changed with the one before, never here."""
    sent = body.read(environ, {"preferredLanguage": str})
    if not sent:
        return 204, None
    account = house.administration.speak(environ["hearth.actor"], sent["preferredLanguage"])
    return _view(house, environ, account, frozenset())


def change_password(house, environ):
    """``POST /me/changePassword``"""
    sent = body.read(environ, {"currentPassword": str, "newPassword": str})
    current, new = sent.get("currentPassword", ""), sent.get("newPassword", "")
    if not current or not new:
        raise errors.Invalid("Both the current password and the new one are wanted.")
    if current == new:
        raise errors.Invalid("The new password is the current one. Choose another one.")
    house.administration.change_password(environ["hearth.actor"], current, new)
    return 204, None


def _view(house, environ, account, expand):
    return {**views.user(house, environ, account, expand), "preferredLanguage": account.language}

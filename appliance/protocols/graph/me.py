"""``/me``: the person who is signed in."""
from appliance.http import request


def answer(house, environ):
    """The user object; ``$expand=memberOf`` adds their groups and what else the accounts know."""
    account = house.people.find(environ["hearth.actor"].id)
    user = {
        "displayName": account.display_name, "id": account.id,
        "identities": [{"issuer": environ["hearth.url"], "issuerAssignedId": account.id}],
        "mail": account.email, "onPremisesSamAccountName": account.name, "preferredLanguage": "",
        "userType": "Guest" if account.role == "guest" else "Member",
    }
    if "memberOf" in _expanded(environ):
        user["accountEnabled"] = account.enabled
        user["memberOf"] = [{"displayName": group.name, "groupTypes": [], "id": group.id}
                            for group in house.people.groups_of(account.id)]
    return user


def _expanded(environ):
    return {name.strip() for value in request.query(environ).get("$expand", []) for name in value.split(",")}

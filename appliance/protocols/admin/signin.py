"""/api/v0/policy, /api/v0/people/{id}/… and /api/v0/setup: how people must sign in, help for who has lost a second factor, the room that somebody has, and how far
the set-up has got. JSON, for administrators."""
import json

from appliance.core import errors
from appliance.http import request
from appliance.identity import roles
from appliance.protocols.admin.pages import pages

LIMIT = 4_096                                       # bytes


def app(house):
    """The application."""
    person = "/api/v0/people/([^/]{1,255})"
    return pages(house, {
        "/api/v0/setup": {"GET": _setup}, "/api/v0/policy": {"GET": _policy, "PUT": _set_policy},
        f"{person}/second-factor": {"GET": _factors, "DELETE": _reset}, f"{person}/rescue": {"POST": _rescue}, f"{person}/quota": {"GET": _quota, "PUT": _set_quota}})


def _policy(house, actor, environ):
    return {"secondFactor": house.administration.policy(actor).second_factor}


def _set_policy(house, actor, environ):
    try:
        sent = json.loads(request.body(environ, LIMIT))
        wanted = sent["secondFactor"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise errors.Invalid('Send {"secondFactor": "nobody", "administrators" or "everyone"}.') from None
    return {"secondFactor": house.administration.set_policy(actor, wanted).second_factor}


def _factors(house, actor, environ, who):
    state = house.administration.factors(actor, who)
    return {"authenticatorApp": state.totp is not None, "passkeys": len(state.passkeys), "recoveryCodes": state.recovery}


def _reset(house, actor, environ, who):
    house.administration.reset_factors(actor, who)


def _rescue(house, actor, environ, who):
    return {"code": house.administration.rescue(actor, who), "seconds": 600}


def _quota(house, actor, environ, who):
    roles.require(actor, "Accounts.ReadWrite")
    account = house.people.find(who)
    space = house.files.drive_of(actor, account.id)
    return {"total": account.quota if account.quota is not None else space.quota if space else 0, "used": space.root.size if space else 0}


def _set_quota(house, actor, environ, who):
    try:
        total = json.loads(request.body(environ, LIMIT))["total"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise errors.Invalid('Send {"total": bytes}, 0 for no limit.') from None
    if isinstance(total, bool) or not isinstance(total, int):
        raise errors.Invalid('Send {"total": bytes}, 0 for no limit.')
    house.administration.change(actor, who, quota=total)
    return _quota(house, actor, environ, who)


def _setup(house, actor, environ):
    roles.require(actor, "Settings.ReadWrite")
    return {"step": house.people.setup_step()}

"""/api/v0/firewall and /api/v0/quarantine: which files are taken, and what becomes of those that are not. JSON, for administrators."""
import json
from dataclasses import asdict
from datetime import UTC, datetime

from appliance.core import errors
from appliance.files import KINDS
from appliance.http import request
from appliance.protocols.admin.pages import pages

LIMIT = 1 << 19                                     # bytes


def app(house):
    """The application."""
    held = "/api/v0/quarantine/([0-9a-f-]{36})"
    return pages(house, {
        "/api/v0/firewall": {"GET": _show, "PUT": _set}, "/api/v0/quarantine": {"GET": _list}, held: {"DELETE": _destroy}, f"{held}/release": {"POST": _release}})


def _show(house, actor, environ):
    settings, scanner, unscanned, quarantined = house.files.inspection.state(actor)
    names = _names(house)
    shown = asdict(settings)
    return {"house": shown["house"], "spaces": {id: {"name": names.get(id, ""), **rule} for id, rule in shown["spaces"].items()}, "scan": shown["scan"],
            "scanner": scanner, "unscanned": unscanned, "quarantined": quarantined, "families": KINDS}


def _set(house, actor, environ):
    try:
        sent = json.loads(request.body(environ, LIMIT))
    except (ValueError, RecursionError):
        raise errors.Invalid("The body must be JSON.") from None
    house.files.inspection.set(actor, sent)
    return _show(house, actor, environ)


def _list(house, actor, environ):
    held, names = house.files.inspection.quarantined(actor), _names(house)
    people = {account.id: account.name for account in house.people.list()}
    return {"value": [{
        "id": each.id, "name": each.name, "path": house.files.inspection.path_of(each), "size": each.size, "space": each.space,
        "spaceName": names.get(each.space, ""), "by": each.actor, "byName": people.get(each.actor, ""), "why": each.why, "virus": each.virus,
        "since": datetime.fromtimestamp(int(each.since), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")} for each in held]}


def _release(house, actor, environ, id):
    node = house.files.inspection.let_out(actor, id)
    return {"id": house.files.resource_id(node), "name": node.name, "path": node.path}


def _destroy(house, actor, environ, id):
    house.files.inspection.destroy(actor, id)


def _names(house):
    return house.files.inspection.spaces()

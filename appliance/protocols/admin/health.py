"""``GET /api/v0/health``: how the box is, and ``/api/v0/health/alarms``: who is told, for administrators, as JSON. README.md says what is in it."""
from datetime import UTC, datetime

from appliance.http import language, request
from appliance.protocols.admin import body
from appliance.protocols.admin.pages import in_words, pages
from appliance.system import shown


def app(house):
    """The application."""
    return pages(house, {
        "/api/v0/health": {"GET": _report}, "/api/v0/health/alarms": {"GET": _alarms, "PUT": _set_alarms}, "/api/v0/health/alarms/test": {"POST": _test}})


def _report(house, actor, environ):
    report = house.health.asked(actor, "now" in request.query(environ))
    return {"state": report.state, "findings": [_finding(house, environ, shown(finding)) for finding in report.findings], "figures": _figures(report.figures), "checked": _time(report.checked)}


def _finding(house, environ, finding):
    return {**finding, "text": in_words(house, environ, finding["text"]), "remedy": in_words(house, environ, finding["remedy"])}


def _alarms(house, actor, environ):
    kept = house.alarms.settings(actor)
    return {"ntfy": kept["ntfy"], "weekly": kept["weekly"]}


def _set_alarms(house, actor, environ):
    said = body.fields(environ, {"ntfy": str, "weekly": bool}, ("ntfy",))
    house.alarms.change(actor, said["ntfy"].strip(), said.get("weekly", False), language.of_person(environ, house.people))
    return _alarms(house, actor, environ)


def _test(house, actor, environ):
    house.alarms.test(actor)


def _figures(figures):
    phones = [{"name": phone["name"], "program": phone["program"], "last": _time(phone["last"])} for phone in figures.get("phones", ())]
    return {**figures, "phones": phones, "backup": _time(figures.get("backup"))}


def _time(seconds):
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"

"""/api/v0/backup: where backups go and what came of them, as JSON for administrators. README.md says what may be asked and sent."""
from datetime import UTC, datetime

from appliance.http import request
from appliance.protocols.admin import body
from appliance.protocols.admin.pages import in_words, pages

_FIELDS = {"place": str, "key": str, "access": str, "secret": str, "sameDisk": bool, "hour": int, "warnDays": int, "limit": int}


def app(house):
    """The application."""
    return pages(house, {
        "/api/v0/backup": {"GET": _show, "PUT": _choose, "DELETE": _stop}, "/api/v0/backup/run": {"POST": _run}, "/api/v0/backup/verify": {"POST": _verify},
        "/api/v0/backup/sheet": {"POST": _sheet}, "/api/v0/backup/key": {"GET": _key}})


def _show(house, actor, environ):
    nightly = house.nightly
    settings, past, running = nightly.state(actor)
    place = nightly.place(settings)
    last, checked = (None if each and place and each.get("place", place.text) != place.text else each for each in (past.get("last"), past.get("checked")))
    shown = {"configured": place is not None, "kind": place and place.kind, "place": settings.place, "running": running, "hour": settings.hour,
             "warnDays": settings.warn_days, "limit": settings.limit, "last": _outcome(house, environ, last), "checked": _outcome(house, environ, checked),
             "success": _time(past.get("success")), "snapshots": [], "disks": nightly.disks(actor)}
    if place and "snapshots" in request.query(environ):     # the disk, or the line to it, is asked: it may take a while
        shown["snapshots"] = nightly.snapshots(actor)
    return shown


def _choose(house, actor, environ):
    said = body.fields(environ, _FIELDS, ("place",))
    more = {"same_disk": said.pop("sameDisk", False), "warn_days": said.pop("warnDays", None)}
    return {"sheet": in_words(house, environ, house.nightly.choose(actor, **said, **more))}


def _stop(house, actor, environ):
    house.nightly.stop(actor)


def _run(house, actor, environ):
    house.nightly.run(actor)
    return {"running": True}


def _verify(house, actor, environ):
    house.nightly.run(actor, "verify")
    return {"running": True}


def _sheet(house, actor, environ):
    return {"sheet": in_words(house, environ, house.nightly.sheet(actor))}


def _key(house, actor, environ):
    return {"key": house.nightly.public_key(actor)}


def _outcome(house, environ, outcome):
    return outcome and {"state": outcome.get("state"), "time": _time(outcome.get("time")), "error": in_words(house, environ, outcome.get("error") or None),
                        "bytes": outcome.get("bytes"), "added": outcome.get("added"), "seconds": outcome.get("seconds")}


def _time(seconds):
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"

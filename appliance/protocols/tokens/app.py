"""/auth-app/tokens as one WSGI application. Only people who signed in themselves make and end tokens; a token makes no others."""
import re
from datetime import UTC, datetime

from appliance.core import errors, events
from appliance.http import headers_of, json_answer, request, status_of
from appliance.http import answer as reply

_DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
LONGEST = 100 * 366 * 86_400


def app(house):
    """The application."""
    def application(environ, start_response):
        page = _METHODS.get(environ["REQUEST_METHOD"])
        try:
            if environ["PATH_INFO"].rstrip("/") != "/auth-app/tokens":
                raise errors.NotFound()
            if page is None:
                return reply(start_response, 405, b"", headers=[("Allow", "GET, POST, DELETE")])
            actor = environ["hearth.actor"]
            if actor.method not in ("password", "bearer", "session"):
                raise errors.Forbidden("Sign in yourself for this; an app token may not.")
            asked = {name: values[0] for name, values in request.query(environ).items()}
            return json_answer(start_response, page(house, actor, asked), headers=[("Cache-Control", "no-store")])
        except errors.HouseError as error:
            start_response(status_of(error), [("Content-Type", "text/plain; charset=utf-8"), *headers_of(error)])
            return [f"{error}\n".encode()]
    return application


def _make(house, actor, asked):
    """``POST ?expiry=72h&label=…``: the only time that the token's text is shown."""
    if {"userID", "userName"} & asked.keys():
        raise errors.Forbidden("Nobody makes tokens for somebody else.")
    secret, token = house.people.tokens.create(actor.id, asked.get("label") or "Generated via API", seconds(asked.get("expiry", "")))
    house.bus.publish(events.TokenMade(actor.id, actor.origin, actor.id, actor.name, token.id, token.label))
    return {**_view(token), "token": secret}


def _list(house, actor, asked):
    return [_view(token) for token in house.people.tokens.of(actor.id)]


def _end(house, actor, asked):
    """``DELETE ?token=``: by its id or its text."""
    named = asked.get("token", "")
    if not named:
        raise errors.Invalid("Which token? Say so with ?token=.")
    token = house.people.tokens.find(named, actor.id)
    id = token.id if token else named
    house.people.tokens.revoke(id, actor.id)
    house.bus.publish(events.TokenRevoked(actor.id, actor.origin, actor.id, actor.name, id))
    return None


_METHODS = {"POST": _make, "GET": _list, "DELETE": _end}


def seconds(text):
    """The seconds of a duration as Go writes it: ``72h``, ``1h30m``. Invalid."""
    parts = _DURATION.findall(text)
    total = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text or not 1 <= total <= LONGEST:
        raise errors.Invalid('How long is it good? Say so with ?expiry=72h; "h", "m" and "s" are known.')
    return total


def _view(token):
    return {"token": token.id, "expiration_date": _time(token.expires), "created_date": _time(token.created), "label": token.label}


def _time(when):
    """RFC 3339 in UTC; the year 9999 for never, because clients want a date."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when is not None else "9999-12-31T23:59:59Z"

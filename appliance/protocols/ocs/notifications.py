"""Notifications as OpenCloud's clients ask for them: the list, always as JSON, and the stream that says at once what has changed."""
import json
from datetime import datetime

from appliance.core import errors
from appliance.http import Stream, json_answer, language, request
from appliance.protocols.ocs import envelope

LIST = "/ocs/v2.php/apps/notifications/api/v1/notifications"
LIMIT = 1 << 16                                     # bytes of a body
_MOST = 1_000                                       # ids in it


def app(house):
    """The application for everything beneath ``/ocs/v2.php/apps/notifications``."""
    def application(environ, start_response):
        try:
            page = _PAGES.get((environ["PATH_INFO"].rstrip("/").removeprefix(LIST), environ["REQUEST_METHOD"]))
            if page is None:
                raise errors.NotFound("Not Found")
            return page(house, environ, start_response)
        except errors.HouseError as error:
            return envelope.refuse(environ, start_response, 2, True, error)
    return application


def _list(house, environ, start_response):
    """``GET``: what one is told; ``data`` is null where that is nothing, as with OpenCloud."""
    told = house.notices.list(environ["hearth.actor"], _language(house, environ))
    return _answer(start_response, told or None)


def _remove(house, environ, start_response):
    """``DELETE`` with ``{"ids": [...]}``: one is told of these no more."""
    house.notices.remove(environ["hearth.actor"], _ids(environ))
    return _answer(start_response, None)


def _announce(house, environ, start_response):
    """``POST /global``: for administrators, ``{"type": "deprovision", "data": {"deprovision_date": RFC 3339}}`` tells everybody."""
    sent = _read(environ)
    data = sent.get("data")
    try:
        if sent.get("type") != "deprovision" or not isinstance(data, dict):
            raise ValueError
        day = datetime.fromisoformat(data["deprovision_date"]).strftime("%Y-%m-%d")
    except (ValueError, KeyError, TypeError):
        raise errors.Invalid('Send {"type": "deprovision", "data": {"deprovision_date": "2027-01-31T00:00:00Z"}}.') from None
    house.notices.announce(environ["hearth.actor"], day)
    return _answer(start_response, None)


def _take_back(house, environ, start_response):
    """``DELETE /global`` with ``{"ids": ["deprovision"]}``"""
    if _ids(environ) == {"deprovision"}:
        house.notices.announce(environ["hearth.actor"], "")
        return _answer(start_response, None)
    raise errors.Invalid("Only deprovision can be taken back.")


def _stream(house, environ, start_response):
    """``GET /sse``"""
    listener = house.streams.open(environ["hearth.actor"], _language(house, environ), environ.get("HTTP_LAST_EVENT_ID", "")[:64])
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")])
    return Stream(listener, listener.end)


def _language(house, environ):
    return language.of(environ, house.people.find(environ["hearth.actor"].id).language)


def _ids(environ):
    wanted = _read(environ).get("ids")
    if not isinstance(wanted, list) or len(wanted) > _MOST or not all(isinstance(each, str) for each in wanted):
        raise errors.Invalid('Send {"ids": ["..."]}.')
    return set(wanted)


def _read(environ):
    try:
        sent = json.loads(request.body(environ, LIMIT).decode())
    except (ValueError, RecursionError):
        raise errors.Invalid("The body is no JSON.") from None
    if not isinstance(sent, dict):
        raise errors.Invalid("The body must be an object.")
    return sent


def _answer(start_response, data):
    return json_answer(start_response, {"ocs": {"meta": {"message": "", "status": "", "statuscode": 200}, "data": data}}, headers=[("Cache-Control", "no-store")])


_PAGES = {("", "GET"): _list, ("", "DELETE"): _remove, ("/global", "POST"): _announce, ("/global", "DELETE"): _take_back, ("/sse", "GET"): _stream}

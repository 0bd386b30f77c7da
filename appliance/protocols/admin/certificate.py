"""``/api/v0/certificate``: which certificate the box shows, and the wish for one that everybody trusts. JSON, for administrators; README.md has the fields."""
import json
from datetime import UTC, datetime

from appliance.core import errors
from appliance.http import request
from appliance.protocols.admin.pages import in_words, pages

LIMIT = 8_192                                       # bytes


def app(house):
    """The application."""
    return pages(house, {"/api/v0/certificate": {"GET": _show, "PUT": _choose, "POST": _order}})


def _show(house, actor, environ):
    shown = house.certificates.shown(actor)
    return {**shown, "text": in_words(house, environ, shown["text"]), "expires": shown["expires"] and datetime.fromtimestamp(shown["expires"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _choose(house, actor, environ):
    house.certificates.choose(actor, _sent(environ))
    return _order(house, actor, environ)


def _order(house, actor, environ):
    house.certificates.order(actor)
    return _show(house, actor, environ)


def _sent(environ):
    try:
        return json.loads(request.body(environ, LIMIT))
    except (ValueError, RecursionError):
        raise errors.Invalid("Send a JSON object.") from None

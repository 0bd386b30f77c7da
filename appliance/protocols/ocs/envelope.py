"""How an OCS answer is dressed: a meta part and the data, as XML, or as JSON where ``format=json`` says so."""
import json
from xml.sax.saxutils import escape

from appliance.core import errors

# What goes wrong, as (OCS code, HTTP status under v2). Under v1 the HTTP status is always 200.
_CODES = (
    (errors.Invalid, 400, 400), (errors.Unauthenticated, 997, 401), (errors.Forbidden, 104, 403), (errors.NotFound, 998, 404),
    (errors.Locked, 423, 423), (errors.Conflict, 409, 409), (errors.AlreadyExists, 104, 403),
    (errors.TooLarge, 413, 413), (errors.Unsupported, 415, 415), (errors.TooManyAttempts, 429, 429), (errors.Unavailable, 503, 503), (errors.HouseError, 996, 500),
)
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 413: "Content Too Large",
            415: "Unsupported Media Type", 423: "Locked", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}


def answer(environ, start_response, version, as_json, data):
    """Send data."""
    meta = {"status": "ok", "statuscode": 100 if version == 1 else 200, "message": "OK"}
    return _send(environ, start_response, version, as_json, 200, {"meta": meta, "data": data})


def refuse(environ, start_response, version, as_json, error):
    """Send an error of the house."""
    code, status = next((code, status) for kind, code, status in _CODES if isinstance(error, kind))
    meta = {"status": "error", "statuscode": code, "message": str(error)}
    retry = [("Retry-After", str(error.retry_after))] if hasattr(error, "retry_after") else []
    # Clients take 200 as "the server is well" and go on; an absent disk must stop them in either version.
    http = status if version == 2 or status in (429, 503) else 200
    return _send(environ, start_response, version, as_json, http, {"meta": meta}, retry)


def _send(environ, start_response, version, as_json, status, document, headers=()):
    body = json.dumps({"ocs": document}).encode() if as_json else to_xml(document)
    start_response(f"{status} {_REASONS[status]}", [
        ("Content-Type", "application/json; charset=utf-8" if as_json else "text/xml; charset=utf-8"),
        ("Content-Length", str(len(body))), ("Ocs-Api-Version", str(version)), ("Cache-Control", "no-store"), *headers])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def to_xml(document):
    """The document as XML: booleans are 1 and 0, members of a list are called ``element``."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + _element("ocs", document)).encode("utf-8", "replace")


def _element(name, value):
    if isinstance(value, dict):
        inner = "".join(_element(key, each) for key, each in value.items())
    elif isinstance(value, (list, tuple)):
        inner = "".join(_element("element", each) for each in value)
    elif isinstance(value, bool):
        inner = str(int(value))
    else:
        inner = escape("" if value is None else str(value))
    return f"<{name}>{inner}</{name}>"

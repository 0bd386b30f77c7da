"""The JSON that a request brings, read as strictly as OpenCloud does: an unknown member is an error, so that no misspelt one is lost."""
import json

from appliance.core import errors
from appliance.http import request

LIMIT = 1 << 16                                     # bytes; people and groups are small
_KINDS = {str: "text", bool: "true or false", dict: "an object", list: "a list", int: "a whole number"}


def read(environ, known):
    """The object that was sent. ``known`` tells what each member must be; null counts as not sent."""
    return checked(_json(environ), known)


def raw(environ, known):
    """The object that was sent, whatever its members are, null among them, if only their names are ``known``."""
    sent = _json(environ)
    if not isinstance(sent, dict) or sent.keys() - known:
        raise errors.Invalid(f"The body must be an object with no members but {', '.join(sorted(known))}.")
    return sent


def _json(environ):
    try:
        return json.loads(request.body(environ, LIMIT).decode())
    except (ValueError, RecursionError):
        raise errors.Invalid("The body is no JSON.") from None


def checked(sent, known):
    """An object within the body, likewise."""
    if not isinstance(sent, dict):
        raise errors.Invalid("The body must be an object.")
    for name, value in sent.items():
        if name not in known:
            raise errors.Invalid(f'The member "{name[:60]}" is not known here.')
        if value is not None and (not isinstance(value, known[name]) or isinstance(value, bool) != (known[name] is bool)):
            raise errors.Invalid(f'The member "{name}" must be {_KINDS[known[name]]}.')
    return {name: value for name, value in sent.items() if value is not None}

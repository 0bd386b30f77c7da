"""What is sent to these pages: a JSON object with the members that a page knows, each of its kind."""
import json

from appliance.core import errors
from appliance.http import request

LIMIT = 16_384                                      # bytes


def fields(environ, kinds, wanted=()):
    """The members that were sent, by name; ``kinds`` says which there may be, ``wanted`` which must be. Invalid, TooLarge."""
    try:
        sent = json.loads(request.body(environ, LIMIT))
    except (ValueError, RecursionError):
        raise errors.Invalid("Send a JSON object.") from None
    if not isinstance(sent, dict) or not set(wanted) <= sent.keys() <= kinds.keys():
        raise errors.Invalid(f"Send a JSON object with {', '.join(wanted) or 'some'} of {', '.join(kinds)}.")
    for name, value in sent.items():
        if not isinstance(value, kinds[name]) or isinstance(value, bool) != (kinds[name] is bool) or isinstance(value, str) and len(value) > 4096:
            raise errors.Invalid(f"{name} is not of the kind that is wanted.")
    return sent

"""House error to status: the only such table."""
from http import HTTPStatus

from appliance.core import errors

STATUS = {
    errors.Invalid: 400, errors.Unauthenticated: 401, errors.Forbidden: 403, errors.NotFound: 404, errors.AlreadyExists: 409,
    errors.Conflict: 409, errors.PreconditionFailed: 412, errors.TooLarge: 413, errors.Unsupported: 415, errors.Locked: 423,
    errors.TooManyAttempts: 429, errors.Corrupt: 500, errors.Unavailable: 503, errors.QuotaExceeded: 507,
}


def line(status):
    """A status line for WSGI, such as ``404 Not Found``."""
    return f"{int(status)} {HTTPStatus(status).phrase}"


def status_of(error):
    """The status line of a house error."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return line(STATUS[kind])
    return line(500)


def headers_of(error):
    """What goes with it: when to try again."""
    retry_after = getattr(error, "retry_after", None)
    return [("Retry-After", str(int(retry_after)))] if retry_after else []

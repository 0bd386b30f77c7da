"""Pages that people see and the forms on them: headers that keep other sites out of them, and forms that only ours may send."""
from urllib.parse import parse_qsl

from appliance.core import errors
from appliance.http import request

OTHER_SITE = "This form was sent by another site. Open the page again."
UNCLEAR = "The form is not understood. Open the page again."
_KIND = "application/x-www-form-urlencoded"


def headers(*more):
    """The headers of a page; ``more`` are directives for its Content-Security-Policy, which allows styles and pictures of ours and nothing else."""
    # With Referrer-Policy no-referrer, browsers say "Origin: null" of our own forms, and on plain http they say nothing else.
    policy = "; ".join(("default-src 'none'", "style-src 'self'", "img-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", *more))
    return (("Content-Security-Policy", policy), ("Referrer-Policy", "same-origin"), ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"), ("Cross-Origin-Opener-Policy", "same-origin"), ("X-Robots-Tag", "none"))


def ours(environ):
    """Forbidden where a page of somebody else's sends a form in our person's name; browsers say whose it is."""
    site, origin = environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_ORIGIN")
    if not (site in ("same-origin", "none") if site else origin in (None, environ["hearth.url"])):
        raise errors.Forbidden(OTHER_SITE)


def read(environ, limit, most=50):
    """The fields of a form: ``[(name, value)]``. Unsupported or Invalid where it is none, TooLarge past ``limit`` bytes."""
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != _KIND:
        raise errors.Unsupported(UNCLEAR)
    try:
        return parse_qsl(request.body(environ, limit).decode(), keep_blank_values=True, max_num_fields=most, errors="strict")
    except ValueError:
        raise errors.Invalid(UNCLEAR) from None

"""Previews over WebDAV: GET and HEAD of any file with ``preview=1`` answer with a small picture of it, as OpenCloud's clients ask for one."""
from appliance.core import errors
from appliance.http import request, response
from appliance.previews import Wanted

GUARDED = [("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'; sandbox"), ("Content-Disposition", "inline")]
_DEFAULT, _MOST = 32, 100_000                       # pixels
_CROP = {"thumbnail": True, "fill": True, "fit": False, "resize": False}


def wanted(environ):
    """Whether a request wants a preview instead of the file."""
    return "preview=1" in environ.get("QUERY_STRING", "").split("&")


def send(house, environ, start_response, opened, name):
    """Answer with the preview of an open file, which is closed."""
    try:
        asked = _asked(request.query(environ))
    except BaseException:
        opened.close()
        raise
    node = opened.node
    preview = house.previews.preview(opened, name, asked)
    headers = [*GUARDED, ("OC-FileId", house.files.resource_id(node)), ("Cache-Control", "private, max-age=0, must-revalidate")]
    return response.send_file(environ, start_response, preview.fd, size=preview.size, etag=f'"{preview.etag}"', mtime_ns=node.mtime_ns,
                              content_type=preview.kind, headers=headers)


def _asked(query):
    """``x`` and ``y`` in pixels; ``processor``, or ``a=1`` of older clients, which want all of the picture. The rest is not looked at."""
    processor = query.get("processor", [""])[0].lower()
    if processor and processor not in _CROP:
        raise errors.Invalid("The processor is one of fit, fill, resize and thumbnail.")
    crop = _CROP[processor] if processor else query.get("a") != ["1"]
    return Wanted(_pixels(query, "x", "width"), _pixels(query, "y", "height"), crop)


def _pixels(query, name, word):
    text = query.get(name, [""])[0] or str(_DEFAULT)
    if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit() or len(text) > 9:
        raise errors.Invalid(f"Cannot set {word} of {text[:20]!r}: it must be a number of pixels.")
    if int(text) < 1:
        raise errors.Invalid(f"Cannot set {word} of 0 or smaller!")
    return min(int(text), _MOST)

"""What a request brings: its body within bounds, its query, its conditions, its password."""
import base64
import binascii
import re
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs

from appliance.core import Origin, errors

LIMIT = 1 << 20
AGENT = 200                                         # characters of what a client says it is
_INITIATOR = re.compile("[A-Za-z0-9-]{1,64}")        # others get to see it


def origin(environ):
    """Where a request comes from."""
    agent = environ.get("HTTP_USER_AGENT", "")[:AGENT]
    initiator = environ.get("HTTP_INITIATOR_ID", "")
    return Origin(environ.get("REMOTE_ADDR", ""), agent, environ.get("hearth.request_id", ""), initiator if _INITIATOR.fullmatch(initiator) else "")


def length(environ):
    """The announced length of the body in bytes, 0 for none, None where it comes in chunks."""
    if environ.get("hearth.chunked"):
        return None
    return int(environ.get("CONTENT_LENGTH") or 0)


def stream(environ):
    """The body as it comes: ``read(n)``; a body cut short raises Invalid."""
    return environ["wsgi.input"]


def body(environ, limit=LIMIT):
    """The whole body; TooLarge past ``limit`` bytes, Invalid where it is cut short."""
    announced = length(environ)
    if announced is not None and announced > limit:
        raise errors.TooLarge()
    blocks, left = [], limit
    while block := stream(environ).read(left + 1):
        left -= len(block)
        if left < 0:
            raise errors.TooLarge()
        blocks.append(block)
    return b"".join(blocks)


def query(environ):
    """The fields of the query: ``{name: [value]}``; Invalid where there are too many."""
    try:
        return parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        raise errors.Invalid("The query of this address has too many parts.") from None


def preferred(environ):
    """What the client prefers (RFC 7240), as a set of texts such as ``return=minimal``."""
    said = environ.get("HTTP_PREFER", "").lower().replace(" ", "").replace('"', "")
    return {each.partition(";")[0] for each in said.split(",")}


def require(environ, etag, mtime_ns):
    """The conditions of RFC 9110 §13 for a change: PreconditionFailed. ``etag`` is quoted, None where there is nothing."""
    match, none = environ.get("HTTP_IF_MATCH"), environ.get("HTTP_IF_NONE_MATCH")
    if match is not None and not (etag and _listed(match, etag, strong=True)):
        raise errors.PreconditionFailed()
    since = _date(environ.get("HTTP_IF_UNMODIFIED_SINCE"))
    if match is None and since is not None and (not etag or mtime_ns // 10**9 > since):
        raise errors.PreconditionFailed()
    if none is not None and etag and _listed(none, etag, strong=False):
        raise errors.PreconditionFailed()


def unchanged(environ, etag, mtime_ns):
    """True where a GET may be answered with 304."""
    none = environ.get("HTTP_IF_NONE_MATCH")
    if none is not None:
        return _listed(none, etag, strong=False)
    since = _date(environ.get("HTTP_IF_MODIFIED_SINCE"))
    return since is not None and mtime_ns // 10**9 <= since


def _listed(header, etag, strong):
    if header.strip() == "*":
        return True
    for weak, tag in re.findall(r'(W/)?("[^"]*"|[^\s,"]+)', header):
        if tag.strip('"') == etag.strip('"') and not (strong and weak):
            return True
    return False


def _date(text):
    if not text:
        return None
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def ranges(environ, size, etag, mtime_ns):
    """The byte ranges asked for: ``[(start, end)]`` with ``end`` not in it, or None for the whole; [] cannot be satisfied."""
    header = environ.get("HTTP_RANGE", "")
    if header[:6].lower() != "bytes=" or len(header) > 2000 or not size:   # programs ask for bytes=0- of empty files, too
        return None
    condition = environ.get("HTTP_IF_RANGE")
    if condition is not None:
        if condition.startswith('"'):
            if condition != etag:
                return None
        elif condition.startswith("W/") or _date(condition) != mtime_ns // 10**9:
            return None
    found = []
    for part in header[6:].split(","):
        given = re.fullmatch(r"\s*([0-9]{0,18})-([0-9]{0,18})\s*", part)
        if not given or not (given[1] or given[2]):
            return None
        if not given[1]:
            start, end = max(0, size - int(given[2])), size
            if not int(given[2]):
                continue
        else:
            start, end = int(given[1]), min(size, int(given[2]) + 1) if given[2] else size
            if given[2] and int(given[2]) < start:
                return None
        if start < size:
            found.append((start, end))
    return None if sum(end - start for start, end in found) > size or len(found) > 100 else found


def basic_password(environ):
    """The password of a link, with whatever name; None where none was shown."""
    scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return credentials(rest)[1] if scheme.lower() == "basic" else None


def credentials(encoded):
    """The name and the secret of RFC 7617 §2."""
    try:
        name, colon, secret = _text(base64.b64decode(encoded.strip(), validate=True)).partition(":")
    except binascii.Error:
        raise errors.Unauthenticated() from None
    if not colon or "\0" in name:
        raise errors.Unauthenticated()
    return name, secret


def _text(credentials):
    """UTF-8, as we ask for (RFC 7617 §2.1), or what old programs on Windows send instead."""
    try:
        return credentials.decode()
    except UnicodeDecodeError:
        return credentials.decode("latin-1")

"""How answers over WebDAV are dressed: errors in the XML that clients know, the head of a multistatus."""
from http.client import responses

from appliance.core import errors, sentences
from appliance.http import headers_of, language, status_of
from appliance.protocols.webdav.xmlbody import escape

NAMESPACES = 'xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns"'
MULTISTATUS = f'<?xml version="1.0" encoding="utf-8"?>\n<d:multistatus {NAMESPACES}>'
XML = ("Content-Type", "application/xml; charset=utf-8")     # compared letter by letter by sync clients
MULTISTATUS_HEAD = [XML, ("DAV", "1, 3, extended-mkcol")]

ALLOW = "OPTIONS, LOCK, GET, HEAD, POST, DELETE, PROPPATCH, COPY, MOVE, UNLOCK, PROPFIND, MKCOL, REPORT, SEARCH, PUT"

_EXCEPTIONS = {400: "BadRequest", 401: "NotAuthenticated", 402: "PaymentRequired", 403: "Forbidden", 404: "NotFound",
               405: "MethodNotAllowed", 409: "Conflict", 411: "LengthRequired", 412: "PreconditionFailed",
               415: "UnsupportedMediaType", 416: "RequestedRangeNotSatisfiable", 423: "Locked", 501: "NotImplemented",
               503: "ServiceUnavailable", 507: "InsufficientStorage"}


_ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">'
# Only these have a body where nobody is signed in: a browser shows the body of a GET.
_DAV_ONLY = {"PROPFIND", "DELETE", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"}


class Refused(errors.HouseError):
    """A refusal that only WebDAV knows: it names its own status."""

    def __init__(self, status, message, code=""):
        super().__init__(message)
        self.status, self.code = status, code       # 405; ERR_LISTING_MEMBERS_NOT_ALLOWED


def refuse(environ, start_response, error, status=None, header=""):
    """Answer with an error of the house; ``status`` overrides its own, ``header`` names the header that was at fault."""
    status, headers, body = refusal(environ, error, status, header)
    start_response(status, headers)
    return [body]


def refusal(environ, error, status=None, header=""):
    """The status line, headers and body for an error of the house."""
    line, headers = status_of(error), headers_of(error)
    status = status or getattr(error, "status", None) or int(line[:3])
    line = f"{status} {responses.get(status, 'Checksum Mismatch')}"
    method = environ["REQUEST_METHOD"]
    if isinstance(error, errors.Unauthenticated):
        body = _unauthenticated() if method in _DAV_ONLY else b""
    else:
        speech = language.of(environ) if getattr(error, "spoken", False) else ""
        headers += [("Content-Language", speech)] if speech else []
        body = b"" if method == "HEAD" else _body(error, sentences.told(str(error), speech), status, header)
    if status == 405:
        headers.append(("Allow", ALLOW))
    if isinstance(error, errors.Locked) and error.detail.get("token"):
        headers.append(("Lock-Token", f"<{error.detail['token']}>"))
    if body:
        headers.append(("Content-Type", "text/xml; charset=utf-8"))
    return line, [*headers, ("Content-Length", str(len(body)))], body


def _unauthenticated():
    """Its elements have capital letters, which clients know."""
    return (_ERROR + "<s:Exception>Sabre\\DAV\\Exception\\PermissionDenied</s:Exception>"
            "<s:Message>Authentication error</s:Message></d:error>").encode()


def _body(error, text, status, header):
    exception = f"Sabre\\DAV\\Exception\\{_EXCEPTIONS[status]}" if status in _EXCEPTIONS else ""
    return (f"{_ERROR}<s:exception>{exception}</s:exception><s:message>{escape(text)}</s:message>"
            f"<s:errorcode>{getattr(error, 'code', '')}</s:errorcode>{header and f'<s:header>{header}</s:header>'}"
            "</d:error>").encode()

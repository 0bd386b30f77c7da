"""The provider as one WSGI application: which address answers what."""
import json

from appliance.core import errors
from appliance.http import forms, headers_of, request, status_of
from appliance.identity import Refused
from appliance.protocols.oidc import authorize, discovery, pages, token
from appliance.protocols.oidc.endsession import end

LARGEST = 65_536                                    # bytes of a form
_PAGE = forms.headers()
_ANY = ("Access-Control-Allow-Origin", "*")
_OPEN = {"/.well-known/openid-configuration": "application/json", "/konnect/v1/jwks.json": "application/jwk-set+json",
         "/.well-known/webfinger": "application/json"}
_FORMS = {"/konnect/v1/token": token.token, "/konnect/v1/revoke": token.revoke, "/konnect/v1/introspect": token.introspect}


def app(house):
    """The application."""
    return _Application(house)


class _Application:
    def __init__(self, house):
        self._house = house

    def __call__(self, environ, start_response):
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path in _OPEN:
            return self._open(environ, start_response, path, method)
        if path in _FORMS:
            return self._form(environ, start_response, _FORMS[path], method)
        if path == "/konnect/v1/userinfo":
            return self._userinfo(environ, start_response, method)
        try:
            status, body, headers = self._page(environ, path, method)
        except errors.HouseError as error:
            status, body, headers = status_of(error), pages.wrong(environ, str(error)), headers_of(error)
        return _send(environ, start_response, status, body, "text/html; charset=utf-8", [*_PAGE, *headers])

    def _open(self, environ, start_response, path, method):
        """What everybody may read."""
        if method not in ("GET", "HEAD"):
            return _send(environ, start_response, "405 Method Not Allowed", b"", "", [("Allow", "GET, HEAD")])
        try:
            if path.endswith("webfinger"):
                found = discovery.webfinger(environ, self._house.people)
            else:
                found = discovery.metadata(environ["hearth.url"]) if "openid" in path else self._house.people.provider.keys()
        except errors.HouseError as error:
            return _send(environ, start_response, status_of(error), f"{error}\n".encode(), "text/plain; charset=utf-8", [_ANY, *headers_of(error)])
        return _send(environ, start_response, "200 OK", json.dumps(found).encode(), _OPEN[path], [_ANY])

    def _form(self, environ, start_response, answer, method):
        """What programs send; errors as RFC 6749 §5.2 has them."""
        headers = [_ANY, ("Pragma", "no-cache")]
        try:
            if method != "POST":
                raise Refused("invalid_request", "Send a form with POST.")
            status, found = "200 OK", answer(environ, self._house, _read(environ))
        except Refused as error:
            status = "401 Unauthorized" if error.code == "invalid_client" else "400 Bad Request"
            found = {"error": error.code, "error_description": str(error)}
            if status.startswith("401"):
                headers.append(("WWW-Authenticate", 'Basic realm="token"'))
        except (errors.Invalid, errors.Unsupported) as error:
            status, found = "400 Bad Request", {"error": "invalid_request", "error_description": str(error)}
        except errors.HouseError as error:
            status, found = status_of(error), {"error": "temporarily_unavailable", "error_description": str(error)}
            headers += headers_of(error)
        return _send(environ, start_response, status, json.dumps(found).encode(), "application/json", headers)

    def _userinfo(self, environ, start_response, method):
        if method not in ("GET", "HEAD", "POST"):
            return _send(environ, start_response, "405 Method Not Allowed", b"", "", [("Allow", "GET, HEAD, POST")])
        try:
            found = token.userinfo(environ, self._house)
        except errors.Unauthenticated:
            return _send(environ, start_response, "401 Unauthorized", b"", "", [_ANY, ("WWW-Authenticate", 'Bearer error="invalid_token"')])
        return _send(environ, start_response, "200 OK", json.dumps(found).encode(), "application/json", [_ANY])

    def _page(self, environ, path, method):
        """What people see, or where their browser goes: status, body, headers."""
        if method not in ("GET", "HEAD", "POST"):
            raise errors.Unsupported("This page can be looked at, and its form can be sent.")
        said = _read(environ) if method == "POST" else _single(request.query(environ).items())
        if path == discovery.AUTHORIZE:
            found, headers = authorize.answer(environ, self._house, said), ()
        elif path == "/signin/v1/consent" and method == "POST":
            forms.ours(environ)
            found, headers = authorize.consent(environ, self._house, said), ()
        elif path == discovery.END_SESSION or path == "/signin/v1/signout" and method == "POST":
            if path == "/signin/v1/signout":
                forms.ours(environ)
            found, headers = end(environ, self._house, said, asked=path == discovery.END_SESSION)
        else:
            raise errors.NotFound("There is no such page.")
        if isinstance(found, bytes):
            return "200 OK", found, headers
        return "303 See Other", b"", [("Location", found), *headers]


def _read(environ):
    """A form as a dict; Invalid where it is none, or says something twice."""
    grouped = {}
    for name, value in forms.read(environ, LARGEST):
        grouped.setdefault(name, []).append(value)
    return _single(grouped.items())


def _single(fields):
    fields = list(fields)
    if any(len(values) > 1 for _, values in fields):
        raise errors.Invalid("Each parameter may be given once (RFC 6749 §3.1).")
    return {name: values[0] for name, values in fields}


def _send(environ, start_response, status, body, kind, headers):
    start_response(status, [*([("Content-Type", kind)] if kind else []), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"), *headers])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

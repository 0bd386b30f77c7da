"""OCS as one WSGI application, versions 1 and 2.

``/ocs/v1.php/config``, ``/ocs/v2.php/config`` and ``/ocs/v1.php/cloud/capabilities`` are open to everyone, as with OpenCloud;
and what is told of a link; the route table says so. Version 1 has no notifications, but clients ask for them as they start: there are none.
"""
from urllib.parse import urlsplit

import bottle

from appliance.core import errors
from appliance.http import request
from appliance.protocols.ocs import capabilities, envelope, shares, users

_UNKNOWN = "Not Found"


def app(house):
    """The application for everything beneath /ocs."""
    return _Application(house)


class _Application:
    def __init__(self, house):
        self._house = house
        self._pages = bottle.Router()
        for method, rule, page in _ROUTES:
            self._pages.add("/ocs/v<version:re:[12]>.php" + rule, method, page)

    def __call__(self, environ, start_response):
        version = 2 if environ["PATH_INFO"].startswith("/ocs/v2") else 1
        as_json = request.query(environ).get("format") == ["json"]
        try:
            page, names = self._find(environ)
            names.pop("version")
            return envelope.answer(environ, start_response, version, as_json, page(self._house, environ, **names))
        except errors.HouseError as error:
            return envelope.refuse(environ, start_response, version, as_json, error)

    def _find(self, environ):
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace").rstrip("/")
        try:
            return self._pages.match({"REQUEST_METHOD": environ["REQUEST_METHOD"], "PATH_INFO": path})
        except bottle.HTTPError:
            raise errors.NotFound(_UNKNOWN) from None


def _config(house, environ):
    address = urlsplit(environ["hearth.url"])
    return {"version": "1.7", "website": "OpenCloud", "host": address.netloc, "contact": "",
            "ssl": "true" if address.scheme == "https" else "false"}


def _capabilities(house, environ):
    return capabilities.document(house.config, environ.get("HTTP_USER_AGENT", ""))


def _nothing(house, environ):
    return []


_ROUTES = (
    ("GET", "/config", _config),
    ("GET", "/cloud/capabilities", _capabilities),
    ("GET", "/cloud/user", users.me),
    ("GET", "/cloud/user/signing-key", users.signing_key),
    ("GET", "/cloud/users/<name>", users.user),
    ("GET", "/cloud/users/<name>/groups", users.groups),
    ("GET", "/apps/files_sharing/api/v1/shares", shares.every),
    ("POST", "/apps/files_sharing/api/v1/shares", shares.make),
    ("GET", "/apps/files_sharing/api/v1/shares/pending", _nothing),
    ("POST", "/apps/files_sharing/api/v1/shares/pending/<id>", shares.accept),
    ("PUT", "/apps/files_sharing/api/v1/shares/pending/<id>", shares.hide),
    ("DELETE", "/apps/files_sharing/api/v1/shares/pending/<id>", shares.decline),
    ("GET", "/apps/files_sharing/api/v1/remote_shares", _nothing),
    ("GET", "/apps/files_sharing/api/v1/shares/remote_shares", _nothing),
    ("GET", "/apps/files_sharing/api/v1/shares/<id>", shares.one),
    ("PUT", "/apps/files_sharing/api/v1/shares/<id>", shares.change),
    ("DELETE", "/apps/files_sharing/api/v1/shares/<id>", shares.remove),
    ("GET", "/apps/files_sharing/api/v1/sharees", shares.sharees),
    ("GET", "/apps/files_sharing/api/v1/tokeninfo/unprotected/<token>", shares.token_info),
    ("GET", "/apps/files_sharing/api/v1/tokeninfo/protected/<token>", shares.my_token_info),
    ("GET", "/apps/notifications/api/v1/notifications", _nothing),
)

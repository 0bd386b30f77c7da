"""The gate: from a request to the Actor who makes it."""
import base64
import binascii
from dataclasses import replace

from appliance.core import errors
from appliance.http import request, signed


class Gate:
    """Asks ``people`` who somebody is."""

    def __init__(self, people):
        self._people = people

    def actor(self, environ):
        """Who makes this request; Unauthenticated where that is nobody we know."""
        origin = request.origin(environ)
        found = signed.actor(self._people, environ) or self._bearer(environ, origin) or self._basic(environ, origin)
        return replace(found, origin=origin)

    def _bearer(self, environ, origin):
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        return self._people.provider.actor(token.strip(), environ["hearth.url"], origin) if scheme.lower() == "bearer" else None

    def _basic(self, environ, origin):
        scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "basic":
            raise errors.Unauthenticated("No 'Authorization: Basic' header found")
        try:
            name, colon, secret = _text(base64.b64decode(rest.strip(), validate=True)).partition(":")
        except binascii.Error:
            raise errors.Unauthenticated() from None
        if not colon or "\0" in name:
            raise errors.Unauthenticated()
        return self._people.sign_in(name, secret, origin)

    @staticmethod
    def challenge(environ):
        """The headers that ask for a sign-in; none for a browser's script, so that no window pops up."""
        if environ.get("HTTP_X_REQUESTED_WITH") == "XMLHttpRequest":
            return []
        realm = environ.get("HTTP_HOST", "localhost").replace('"', "")
        return [("WWW-Authenticate", f'Bearer realm="{realm}", charset="UTF-8"'),
                ("WWW-Authenticate", f'Basic realm="{realm}", charset="UTF-8"')]


def _text(credentials):
    """UTF-8, as we ask for (RFC 7617 §2.1), or what old programs on Windows send instead."""
    try:
        return credentials.decode()
    except UnicodeDecodeError:
        return credentials.decode("latin-1")

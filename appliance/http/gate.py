"""The gate: from a request to the Actor who makes it: an account, or a visitor who comes by a link."""
from dataclasses import replace

from appliance.core import errors
from appliance.http import cookies, forms, request, signed

PUBLIC = "public-files"                             # the part of an address after which the token of a link stands


class Gate:
    """Asks ``people`` who somebody is, and ``links`` who comes by one."""

    def __init__(self, people, links):
        self._people, self._links = people, links

    def actor(self, environ):
        """Who makes this request; Unauthenticated where that is nobody we know."""
        origin = request.origin(environ)
        found = signed.actor(self._people, environ) or self._bearer(environ, origin) or self._basic(environ, origin)
        return replace(found, origin=origin)

    def visitor(self, environ):
        """Who comes by the link that the address, or a header or parameter ``public-token``, names; by none, the same as ``actor``. NotFound."""
        token = _link_token(environ)
        if not token:
            return self.actor(environ)
        link = environ["hearth.link"] = self._links.find(token)[1]
        if link.kind == "internal":
            return self.actor(environ)
        query = request.query(environ)
        signature = tuple(query[name][0] for name in ("expiration", "signature") if query.get(name))
        return self._links.open(token, request.origin(environ), environ["REQUEST_METHOD"], request.basic_password(environ), signature if len(signature) == 2 else None,
                                cookies.read(environ, f"link-{token}"))

    def _bearer(self, environ, origin):
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        return self._people.provider.actor(token.strip(), environ["hearth.url"], origin) if scheme.lower() == "bearer" else None

    def _basic(self, environ, origin):
        scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "basic":
            raise errors.Unauthenticated("No 'Authorization: Basic' header found")
        if environ["REQUEST_METHOD"] == "POST":     # a browser that was once told a password sends it with the form of any site
            forms.ours(environ)
        return self._people.sign_in(*request.credentials(rest), origin)

    @staticmethod
    def challenge(environ):
        """The headers that ask for a sign-in; none for a browser's script, so that no window pops up."""
        if environ.get("HTTP_X_REQUESTED_WITH") == "XMLHttpRequest":
            return []
        realm = environ.get("HTTP_HOST", "localhost").replace('"', "")
        basic = ("WWW-Authenticate", f'Basic realm="{realm}", charset="UTF-8"')
        if "hearth.link" in environ and environ["hearth.link"].kind != "internal":
            return [basic]
        return [("WWW-Authenticate", f'Bearer realm="{realm}", charset="UTF-8"'),
                basic]


def _link_token(environ):
    before, public, after = environ["PATH_INFO"].partition(f"/{PUBLIC}/")
    if public and before.endswith("/dav"):
        return after.partition("/")[0]
    return environ.get("HTTP_PUBLIC_TOKEN") or (request.query(environ).get("public-token") or [""])[-1]

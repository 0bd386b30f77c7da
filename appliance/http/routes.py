"""The dispatcher: the longest prefix wins, and each says who may come in."""
from appliance.core import errors
from appliance.http import response
from appliance.http.headers import dressed

UNSIGNED, SIGNED_IN, BY_LINK = "everyone", "signed in", "signed in, or by a link"


class Dispatcher:
    """The house as one WSGI application. ``routes`` holds ``(prefix, application, who may come in)``."""

    def __init__(self, gate, routes, url=""):
        self._gate, self._url = gate, url.rstrip("/")
        for prefix, _, who in routes:
            assert who in (UNSIGNED, SIGNED_IN, BY_LINK), f"{prefix}: who is {who}?"
        self._routes = sorted(routes, key=lambda route: -len(route[0]))

    def __call__(self, environ, start_response):
        environ["hearth.url"] = self._url or f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', 'localhost')}"
        start_response = dressed(environ, start_response)
        path = environ["PATH_INFO"]
        application, who = next(((app, who) for prefix, app, who in self._routes if _beneath(path, prefix)), (None, None))
        try:
            if application is None:
                raise errors.NotFound()
            if who != UNSIGNED and environ["REQUEST_METHOD"] not in getattr(application, "open_methods", ()):
                environ["hearth.actor"] = (self._gate.actor if who == SIGNED_IN else self._gate.visitor)(environ)
        except errors.HouseError as error:
            return self._refuse(application, environ, start_response, error)
        try:
            return application(environ, start_response)
        except errors.HouseError as error:
            return self._refuse(application, environ, start_response, error)

    def _refuse(self, application, environ, start_response, error):
        challenge = self._gate.challenge(environ) if isinstance(error, errors.Unauthenticated) else []
        dress = getattr(application, "refuse", None)
        if dress is None:
            return response.refusal(start_response, error, challenge)
        status, headers, content = dress(environ, error)
        start_response(status, [*headers, *challenge])
        return [content] if isinstance(content, bytes) else content


def _beneath(path, prefix):
    return path.startswith(prefix) and (prefix.endswith("/") or path[len(prefix):len(prefix) + 1] in ("", "/"))

"""``/s/{token}[/{path}]`` as one WSGI application: what a link leads to, for people with nothing but a browser; ``/s/{token}?qr`` is its
address as a picture, for a phone's camera.

The page asks for the password once; then a cookie opens the addresses of WebDAV, which the page refers to for everything else.
"""
from pathlib import Path
from urllib.parse import quote

from appliance.core import errors, sentences
from appliance.http import cookies, forms, headers_of, html, request, status_of, words
from appliance.protocols.links import pages

_HERE = Path(__file__).parent
_FILES = {f"/s/{name}": (name, "text/javascript; charset=utf-8") for name in ("pictures.js", "upload.js")}
_HEADERS = forms.headers("script-src 'self'", "connect-src 'self'", "media-src 'self'", "form-action 'self'")
LARGEST = 8_192                                     # bytes of the form with the password
MOST = 2_000                                        # rows on a page


def app(house):
    """The application."""
    return _Application(house)


class _Application:
    def __init__(self, house):
        self._house, self._links = house, house.files.links

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path in _FILES:
            name, kind = _FILES[path]
            return _send(environ, start_response, "200 OK", (_HERE / name).read_bytes(), kind=kind, cache="max-age=3600")
        says = words.of(_HERE, environ)
        try:
            if environ["QUERY_STRING"] == "qr":
                return _send(environ, start_response, "200 OK", self._code(environ), kind="image/svg+xml")
            status, body, headers = self._answer(environ, says)
        except errors.HouseError as error:
            status, text = status_of(error), says["gone"] if isinstance(error, errors.NotFound) else sentences.told(str(error), says["lang"])
            body, headers = pages.refusal(says, text), headers_of(error)
        return _send(environ, start_response, status, body, headers)

    def _answer(self, environ, says):
        parts = [part for part in environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace").split("/")[2:] if part]
        method = environ["REQUEST_METHOD"]
        if not parts or method not in ("GET", "HEAD", "POST"):
            raise errors.NotFound()
        token, path = parts[0], "/".join(parts[1:])
        node, link = self._links.find(token)
        if link.kind == "internal":
            return "303 See Other", b"", [("Location", f"/f/{quote(self._house.files.resource_id(node))}")]
        if method == "POST":
            return self._sign_in(environ, says, token)
        try:
            actor = self._links.open(token, request.origin(environ), cookie=cookies.read(environ, f"link-{token}"))
        except errors.Unauthenticated:
            return "200 OK", pages.password(says, token), []
        return self._show(says, actor, token, node, link, path)

    def _code(self, environ):
        """The address as a QR code. Without the password: it says what is known to whoever asks."""
        link = self._links.find(environ["PATH_INFO"].removeprefix("/s/"))[1]
        return html.qr_svg(f"{environ['hearth.url']}/s/{link.token}")

    def _sign_in(self, environ, says, token):
        """Take the password, and leave a cookie instead of it."""
        forms.ours(environ)
        given = dict(forms.read(environ, LARGEST)).get("password", "")
        try:
            actor = self._links.open(token, request.origin(environ), password=given)
        except errors.Unauthenticated:
            return "200 OK", pages.password(says, token, says["wrong"]), []
        except errors.TooManyAttempts as error:
            return status_of(error), pages.password(says, token, says["wait"].format(seconds=error.retry_after)), headers_of(error)
        return "303 See Other", b"", [("Location", f"/s/{token}"), cookies.give(environ, f"link-{token}", self._links.cookie(actor))]

    def _show(self, says, actor, token, root, link, path):
        files = self._house.files
        here = files.find(actor, files.resource_id(root), path) if path else root
        if not here.folder:
            above = self._listed(actor, files.find(actor, files.resource_id(root), path.rpartition("/")[0]) if "/" in path else root)[0] if root.folder else []
            return "200 OK", pages.single(says, token, path or here.name, here, link, above, self._house.previews.supports), []
        found, more = self._listed(actor, here)
        adds = "CK" in files.letters(actor, here)
        return "200 OK", pages.folder(says, token, path, here, link, found, more, adds, files.resource_id(here), self._house.previews.supports), []

    def _listed(self, actor, folder):
        """What lies in a folder, folders first, and whether there is more than is shown."""
        files, found = self._house.files, []
        if files.may_list(actor, folder):
            for some in files.children(actor, folder):
                found += some
                if len(found) > MOST:
                    break
        found.sort(key=lambda node: (not node.folder, node.name.casefold()))
        return found[:MOST], len(found) > MOST


def _send(environ, start_response, status, body, headers=(), kind="text/html; charset=utf-8", cache="no-store"):
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", cache), *_HEADERS, *headers])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

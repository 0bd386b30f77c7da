"""``/s/{token}[/{path}]`` as one WSGI application: what a link leads to, for people with nothing but a browser.

The page asks for the password once; then a cookie opens the addresses of WebDAV, which the page refers to for everything else.
"""
import json
from functools import cache
from pathlib import Path
from urllib.parse import quote

from appliance.core import errors
from appliance.http import cookies, forms, headers_of, language, request, status_of
from appliance.protocols.links import pages

_HERE = Path(__file__).parent
_FILES = {"/s/links.css": ("links.css", "text/css; charset=utf-8"), "/s/upload.js": ("upload.js", "text/javascript; charset=utf-8")}
_HEADERS = forms.headers("script-src 'self'", "connect-src 'self'", "form-action 'self'")
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
        words = _words(language.of(environ))
        try:
            status, body, headers = self._answer(environ, words)
        except errors.HouseError as error:
            status, text = status_of(error), words["gone"] if isinstance(error, errors.NotFound) else str(error)
            body, headers = pages.refusal(words, text), headers_of(error)
        return _send(environ, start_response, status, body, headers)

    def _answer(self, environ, words):
        parts = [part for part in environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace").split("/")[2:] if part]
        method = environ["REQUEST_METHOD"]
        if not parts or method not in ("GET", "HEAD", "POST"):
            raise errors.NotFound()
        token, path = parts[0], "/".join(parts[1:])
        node, link = self._links.find(token)
        if link.kind == "internal":
            return "303 See Other", b"", [("Location", f"/f/{quote(self._house.files.resource_id(node))}")]
        if method == "POST":
            return self._sign_in(environ, words, token)
        try:
            actor = self._links.open(token, request.origin(environ), cookie=cookies.read(environ, f"link-{token}"))
        except errors.Unauthenticated:
            return "200 OK", pages.password(words, token), []
        return self._show(words, actor, token, node, link, path)

    def _sign_in(self, environ, words, token):
        """Take the password, and leave a cookie instead of it."""
        forms.ours(environ)
        given = dict(forms.read(environ, LARGEST)).get("password", "")
        try:
            actor = self._links.open(token, request.origin(environ), password=given)
        except errors.Unauthenticated:
            return "200 OK", pages.password(words, token, words["wrong"]), []
        except errors.TooManyAttempts as error:
            return status_of(error), pages.password(words, token, words["wait"].format(seconds=error.retry_after)), headers_of(error)
        return "303 See Other", b"", [("Location", f"/s/{token}"), cookies.give(environ, f"link-{token}", self._links.cookie(actor))]

    def _show(self, words, actor, token, root, link, path):
        files = self._house.files
        here = files.find(actor, files.resource_id(root), path) if path else root
        room = f"/s/{token}"
        if not root.folder:
            return "200 OK", pages.single(words, token, root, link), []
        if not here.folder:
            return "303 See Other", b"", [("Location", f"/dav/public-files/{token}/{quote(path)}")]
        found, more = [], False
        if files.may_list(actor, here):
            for some in files.children(actor, here):
                found += some
                more = len(found) > MOST
                if more:
                    break
        found.sort(key=lambda node: (not node.folder, node.name.casefold()))
        adds = "CK" in files.letters(actor, here)
        return "200 OK", pages.folder(words, token, path, here, link, found[:MOST], more, adds, files.resource_id(here), room), []


@cache
def _words(lang):
    """The words of the pages in a language."""
    return {"lang": lang, **json.loads((_HERE / "strings" / f"{lang}.json").read_text(encoding="utf-8"))}


def _send(environ, start_response, status, body, headers=(), kind="text/html; charset=utf-8", cache="no-store"):
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", cache), *_HEADERS, *headers])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

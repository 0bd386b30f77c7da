"""The web client: the tree ``web/`` in memory, compressed once, under an address of its own content that browsers keep for ever.

``/_/<hash of the tree>/…`` never changes what it answers, so a page and its modules are always of one version; only the shell,
``index.html``, is asked for anew each time.
"""
import gzip
import hashlib
import mimetypes
import sys
from pathlib import Path

from appliance.core import errors
from appliance.http import response

PLACES = (Path(__file__).parents[2] / "web", Path(sys.prefix) / "share" / "hearth" / "web")    # beside the source, or installed
SHELL, WORKER, MARK = "index.html", "sw.js", b"/_/HASH/"
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json",
         ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml"}
FOR_EVER = ("Cache-Control", "public, max-age=31536000, immutable")
POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "media-src 'self' blob:", "frame-src blob:", "connect-src 'self'",
    "manifest-src 'self'", "worker-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", "trusted-types 'none'"))
_WORKING = "default-src 'none'; connect-src 'self'"
_SHELL = (("Content-Security-Policy", POLICY), ("X-Frame-Options", "DENY"), ("Cross-Origin-Opener-Policy", "same-origin"),
          ("Cross-Origin-Resource-Policy", "same-origin"), ("Cache-Control", "no-cache"))


class Site:
    """The web client of ``folder``; as an application it answers ``/_/…``."""

    def __init__(self, folder=None):
        folder = folder or next((place for place in PLACES if (place / SHELL).exists()), None)
        found = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md") if folder else []
        tree = {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
        whole = hashlib.sha256()
        for name, content in tree.items():
            whole.update(b"%s\0%d\0%b" % (name.encode(), len(content), content))
        self.hash = whole.hexdigest()[:16]
        shell = tree.pop(SHELL, b"<!doctype html><title>Hearth</title><p>The web client is not installed. WebDAV and the sync clients work.")
        self._shell = _pressed(shell.replace(MARK, self._root.encode()))
        self._worker = _pressed(tree.pop(WORKER, b"").replace(MARK, self._root.encode()))
        self._files = {self._root + name: (_kind(name), *_pressed(content)) for name, content in tree.items()}

    @property
    def _root(self):
        return f"/_/{self.hash}/"

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return response.answer(start_response, 405, b"These files can be read.\n", headers=[("Allow", "GET, HEAD")])
        found = self._files.get(environ["PATH_INFO"])
        if found is None:
            raise errors.NotFound("There is no such file in this version of the web client. Reload the page.")
        kind, plain, pressed = found
        return _send(environ, start_response, plain, pressed, kind, [FOR_EVER])

    def worker(self, environ, start_response):
        """Answer ``/sw.js``, the service worker, which must lie at the root to see all pages; a browser asks for it anew each day at least."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return response.answer(start_response, 405, b"This file can be read.\n", headers=[("Allow", "GET, HEAD")])
        return _send(environ, start_response, *self._worker, KINDS[".js"], [("Cache-Control", "no-cache"), ("Content-Security-Policy", _WORKING)])

    def icon(self, environ, start_response):
        """Answer ``/icon.svg``, for pages that know no version of the client."""
        kind, plain, pressed = self._files.get(self._root + "icons/icon.svg", (KINDS[".svg"], b"", None))
        return _send(environ, start_response, plain, pressed, kind, [("Cache-Control", "max-age=3600")])

    def shell(self, environ, start_response):
        """Answer ``index.html``, whatever the address: the client itself reads that."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return response.answer(start_response, 405, b"This page can be looked at.\n", headers=[("Allow", "GET, HEAD")])
        etag = f'"{self.hash}"'
        if etag in environ.get("HTTP_IF_NONE_MATCH", "").replace("W/", ""):
            start_response("304 Not Modified", [*_SHELL, ("ETag", etag), ("Vary", "Accept-Encoding")])
            return [b""]
        return _send(environ, start_response, *self._shell, "text/html; charset=utf-8", [*_SHELL, ("ETag", etag)])


def _kind(name):
    ending = "." + name.rpartition(".")[2]
    return KINDS.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _pressed(content):
    """The content as it is, and by gzip, or None where that is no shorter."""
    pressed = gzip.compress(content, 9, mtime=0)
    return content, pressed if len(pressed) < len(content) else None


def _send(environ, start_response, plain, pressed, kind, headers):
    takes = pressed is not None and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    body = pressed if takes else plain
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body))), ("Vary", "Accept-Encoding"), *headers,
                              *([("Content-Encoding", "gzip")] if takes else [])])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

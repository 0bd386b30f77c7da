"""WebDAV as one WSGI application: from the address and the method to the page that answers."""
from appliance.core import errors
from appliance.files import is_all
from appliance.http import lost
from appliance.protocols.webdav import (
    addresses, answers, archiver, change, get, locks, propfind, proppatch, public, put, received, report, resumable, trashbin, versions)

_TREE = {
    "PROPFIND": propfind.answer, "PROPPATCH": proppatch.answer, "GET": get.answer, "HEAD": get.answer, "PUT": put.answer,
    "POST": resumable.create, "MKCOL": change.make_folder, "DELETE": change.remove, "COPY": change.copy, "MOVE": change.move,
    "LOCK": locks.lock, "UNLOCK": locks.unlock, "REPORT": report.answer,
}
_OPTIONS = [("Allow", answers.ALLOW), ("DAV", "1, 2"), ("MS-Author-Via", "DAV"), ("Content-Type", "application/xml"),
            *resumable.OPTIONS]
_OTHERS = {addresses.TRASH: trashbin.answer, addresses.META: versions.answer, addresses.ARCHIVER: archiver.answer}


def app(house):
    """The application for every address of WebDAV."""
    return _Application(house)


def front(page):
    """The application for every address that no other answers; ``page`` is what people see at the root.

    Explorer asks for the OPTIONS of the root before it looks anywhere else, and must not be sent elsewhere.
    """
    def answer(environ, start_response):
        if environ["REQUEST_METHOD"] == "OPTIONS":
            start_response("204 No Content", _OPTIONS)
            return [b""]
        if environ["PATH_INFO"] == "/" and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return page(environ, start_response)
        return lost(environ, start_response)
    return answer


class _Application:
    open_methods = {"OPTIONS"}                      # programs ask what a server speaks before they sign in

    def __init__(self, house):
        self._house = house

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "OPTIONS":
            start_response("204 No Content", _OPTIONS)
            return [b""]
        try:
            target = addresses.of_request(environ)
            page = public.page(self._house, environ, target) if target.public else None
            return (page or _page(environ, target))(self._house, environ, start_response, _at_home(environ, target))
        except errors.HouseError as error:
            return answers.refuse(environ, start_response, error)

    def refuse(self, environ, error):
        """Dress an error of the gate."""
        return public.refusal(environ, error) if "hearth.link" in environ else answers.refusal(environ, error)


def _page(environ, target):
    """The function that answers this method at this kind of address."""
    method = environ["REQUEST_METHOD"]
    if target.kind in _OTHERS:
        return _OTHERS[target.kind]
    if target.kind == addresses.OTHER:
        raise answers.Refused(404, "File not found in root", "ERR_FILE_NOT_FOUND_IN_ROOT")
    if method == "REPORT" and target.kind in (addresses.TREE, addresses.SPACES, addresses.FILES):
        return report.answer
    if target.kind == addresses.SPACES or (target.kind == addresses.FILES and "HTTP_DEPTH" not in environ):
        raise answers.Refused(405, "Listing members of this collection is disabled", "ERR_LISTING_MEMBERS_NOT_ALLOWED")
    if is_all(target.root, target.path) and "/spaces/" in target.base:
        return received.answer
    if method not in _TREE:
        raise answers.Refused(501 if "/spaces/" in target.base else 405, f"There is no method {method[:20]} here.")
    return _TREE[method]


def _at_home(environ, target):
    """``/dav/files`` with a Depth means the files of who asks."""
    if target.kind != addresses.FILES:
        return target
    name = environ["hearth.actor"].name
    return target._replace(kind=addresses.TREE, base=f"{target.base}/{name}", root=name)

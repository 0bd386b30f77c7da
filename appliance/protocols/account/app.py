"""/signin, /signout and /account as one WSGI application: which page answers what, and the headers that all of them have."""
from pathlib import Path

from appliance.core import errors, sentences
from appliance.http import forms, headers_of, status_of, words
from appliance.protocols.account import mine, pages, signin
from appliance.protocols.account.visit import Answer, Visit

_HERE = Path(__file__).parent
_FILES = {"/account/account.css": ("account.css", "text/css; charset=utf-8"),
          "/account/passkey.js": ("passkey.js", "text/javascript; charset=utf-8"), "/account/page.js": ("page.js", "text/javascript; charset=utf-8")}
# Forms lead on to the programs that asked for the sign-in (oc://, 127.0.0.1 …), so there is no form-action.
_HEADERS = forms.headers("script-src 'self'")
_OPEN = {                                           # for everybody
    ("GET", "/signin"): signin.ask, ("POST", "/signin"): signin.password, ("POST", "/signin/code"): signin.code,
    ("POST", "/signin/enrol"): signin.enrol, ("POST", "/signin/passkey"): signin.passkey,
    ("GET", "/signout"): signin.ask_out, ("POST", "/signout"): signin.out,
}
_MINE = {("GET", "/account"): mine.look, ("GET", "/account/audit"): mine.audit, ("POST", "/account/session/end"): mine.end_session,
         ("POST", "/account/session/others"): mine.end_others, ("POST", "/account/token/end"): mine.end_token,
         ("POST", "/account/password"): mine.password, ("POST", "/account/told"): mine.told, ("POST", "/account/look"): mine.appear}
_FRESH = {                                          # for who has shown a short while ago who they are
    ("GET", "/account/app"): mine.ask_app, ("POST", "/account/app"): mine.add_app, ("POST", "/account/app/remove"): mine.remove_app,
    ("POST", "/account/recovery"): mine.renew_recovery, ("POST", "/account/passkey"): mine.passkey,
    ("POST", "/account/passkey/remove"): mine.remove_passkey, ("POST", "/account/token"): mine.make_token,
    ("POST", "/account/export"): mine.export,
}


def app(house):
    """The application."""
    return _Application(house)


class _Application:
    def __init__(self, house):
        self._house = house

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"].rstrip("/")
        if path in _FILES:
            name, kind = _FILES[path]
            return _send(environ, start_response, Answer((_HERE / name).read_bytes()), kind, "max-age=3600")
        try:
            answer = self._answer(environ, path)
        except errors.HouseError as error:
            says = words.of(_HERE, environ)
            answer = Answer(pages.refusal(says, sentences.told(str(error), says["lang"])),
                            "403 Forbidden" if isinstance(error, errors.Unauthenticated) else status_of(error), tuple(headers_of(error)))
        return _send(environ, start_response, answer)

    def _answer(self, environ, path):
        method = "GET" if environ["REQUEST_METHOD"] == "HEAD" else environ["REQUEST_METHOD"]
        page = next((pages[method, path] for pages in (_OPEN, _MINE, _FRESH) if (method, path) in pages), None)
        if page is None:
            raise errors.NotFound(words.of(_HERE, environ)["no_page"])
        visit = Visit(environ, self._house)
        if (method, path) not in _OPEN:
            if visit.session is None:
                return visit.to_sign_in("/account")
            if (method, path) in _FRESH and not visit.fresh:
                return visit.to_sign_in(path if method == "GET" else visit.place, again=True)
            visit.people.sessions.touch(visit.session, visit.address)
        return page(visit)


def _send(environ, start_response, answer, kind="text/html; charset=utf-8", cache="no-store"):
    headers = [("Content-Length", str(len(answer.body))), ("Cache-Control", cache), *_HEADERS, *answer.headers]
    start_response(answer.status, [("Content-Type", kind), *headers])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

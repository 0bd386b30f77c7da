"""/setup: pages without JavaScript that lead from the one-time link, which the server prints, to a box that a family can use.

The code in the link makes the first administrator and nothing else. No other site knows it, so none can send the form in somebody's name. It is
checked before anything costly happens, and tries are counted. What comes then (steps.py) is for administrators who are signed in; how far
they got is kept with the people, so that it can be left and taken up again, in another browser, too.
"""
from pathlib import Path

from appliance.core import errors, events, log, sentences
from appliance.http import agent, cookies, forms, headers_of, request, status_of, words
from appliance.identity import STEPS
from appliance.protocols.setup import pages, steps

HERE = Path(__file__).parent
LARGEST = 16_384                                    # bytes of a form
LASTING = 90 * 86_400                               # seconds that the browser keeps the cookie; the session may end earlier
_HEADERS = forms.headers("script-src 'self'", "connect-src 'self'", "form-action 'self'")


def app(house, shell=None):
    """The application for /setup and the page at the root: ``shell``, once somebody has an account."""
    return _Application(house, shell)


class _Application:
    def __init__(self, house, shell):
        self._house, self._people, self._bus, self._shell = house, house.people, house.bus, shell

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/" and self._shell and not self._people.wants_setup():
            return self._shell(environ, start_response)
        says = words.of(HERE, environ)
        try:
            status, page, *headers = self._page(environ, says)
        except errors.HouseError as error:
            status = "403 Forbidden" if isinstance(error, errors.Unauthenticated) else status_of(error)
            return _send(environ, start_response, status, pages.refusal(says, _said(error, says)), headers_of(error))
        return _send(environ, start_response, status, page, headers)

    def _page(self, environ, says):
        path, method = environ["PATH_INFO"].rstrip("/"), environ["REQUEST_METHOD"]
        step = path.removeprefix("/setup/")
        if not path:
            return "200 OK", pages.welcome(says, environ["hearth.url"], self._people.wants_setup())
        if path == "/setup/restore" and self._people.wants_setup():
            return self._restore(environ, method == "POST")
        if path != "/setup" and step not in STEPS:
            raise errors.NotFound("There is no such page.")
        if method not in ("GET", "HEAD", "POST"):
            raise errors.Unsupported("This page can be looked at, and its form can be sent.")
        if not self._people.wants_setup():
            return self._step(environ, says, step if step in STEPS else None, method == "POST")
        if path != "/setup":
            return "303 See Other", b"", ("Location", "/setup")
        return self._make(environ) if method == "POST" else self._ask(environ, says)

    def _ask(self, environ, says):
        """Show the form, or first the question for the code."""
        asked = request.query(environ)
        code, lang = ("".join(asked.get(name, [])[:1]) for name in ("code", "lang"))
        if not code:
            return "200 OK", pages.code(says)
        says = words.of(HERE, environ, lang)
        try:
            self._people.check_setup(code, environ.get("REMOTE_ADDR"))
        except errors.Forbidden as error:
            return "403 Forbidden", pages.code(says, _said(error, says))
        return "200 OK", pages.form(says, code)

    def _make(self, environ):
        """Make the account from what the form says and sign this browser in, or show the form again with what is wrong."""
        forms.ours(environ)
        said = dict(forms.read(environ, LARGEST, 20))
        code, name, says = said.get("code", ""), said.get("name", ""), words.of(HERE, environ, said.get("lang", ""))
        try:
            self._people.check_setup(code, environ.get("REMOTE_ADDR"))
        except errors.Forbidden as error:
            return "403 Forbidden", pages.code(says, _said(error, says))
        try:
            if said.get("password", "") != said.get("again", ""):
                raise errors.Invalid(says["differ"])
            account = self._people.set_up(name, said.get("password", ""), said.get("display_name", ""), code=code)
        except (errors.Invalid, errors.AlreadyExists) as error:
            return "422 Unprocessable Content", pages.form(says, code, name, said.get("display_name", ""), _said(error, says))
        self._people.set(account.id, language=says["lang"])
        origin = request.origin(environ)
        self._bus.publish(events.AccountMade(account.id, origin, account.id, account.name))
        log.get("setup").info("the first administrator is %s", account.name)
        secret, session = self._people.sessions.open(account.id, methods=("pwd",), device=agent.device(environ), address=origin.address)
        self._bus.publish(events.SignedIn(account.id, origin, account.id, account.name, ("pwd",), session.id))
        return "303 See Other", b"", ("Location", f"/setup/{STEPS[0]}"), cookies.give(environ, "hearth", secret, LASTING)

    def _restore(self, environ, sent):
        """Ask for a backup to make this box what another one was; or tell how that goes, looking again by itself."""
        if sent:
            forms.ours(environ)
        said = dict(forms.read(environ, LARGEST, 20)) if sent else {name: values[0] for name, values in request.query(environ).items()}
        code, says, restoring = said.get("code", ""), words.of(HERE, environ, said.get("lang", "")), self._house.restoring
        try:
            self._people.check_setup(code, environ.get("REMOTE_ADDR"))
        except errors.Forbidden as error:
            return "403 Forbidden", pages.code(says, _said(error, says))
        if sent:
            try:
                restoring.begin(*(said.get(name, "").strip() for name in ("place", "key", "access", "secret")))
            except errors.HouseError as error:
                return "422 Unprocessable Content", pages.restore(says, code, said, _said(error, says))
        if restoring.state in ("running", "done"):
            return "200 OK", pages.restoring(says, code)
        return "200 OK", pages.restore(says, code, {"place": restoring.suggested()}, sentences.told(restoring.error, says["lang"]))

    def _step(self, environ, says, step, sent):
        """What comes after the account: a step, or the one that they had got to."""
        reached, session = self._people.setup_step(), cookies.session(environ, self._people)
        account = self._people.find(session.account) if session else None
        if reached is None or account is not None and account.role != "admin":
            return "410 Gone", pages.already(says, environ["hearth.url"])
        if account is None:
            return ("410 Gone", pages.unfinished(says)) if step is None else ("303 See Other", b"", ("Location", f"/signin?continue=/setup/{step}"))
        if step is None or STEPS.index(step) > STEPS.index(reached):
            return "303 See Other", b"", ("Location", f"/setup/{reached}")
        says = words.of(HERE, environ, account.language)
        said = {}
        if sent:
            forms.ours(environ)
            said = forms.read(environ, LARGEST, 200)
        return steps.answer(self._house, environ, says, session, step, said, sent)


def _said(error, says):
    return sentences.told(str(error), says["lang"])


def _send(environ, start_response, status, body, headers=()):
    start_response(status, [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"),
                            *_HEADERS, *headers])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

"""/setup: a form without JavaScript that makes the first administrator, opened by the one-time link that the server prints.

The code in the link is the only proof that counts: no other site knows it, so none can send the form in somebody's name.
It is checked before anything costly happens, and tries are counted.
"""
from appliance.core import errors, events, log
from appliance.http import forms, headers_of, request, status_of
from appliance.protocols.admin import pages

LARGEST = 16_384                                    # bytes of a form
_HEADERS = forms.headers("form-action 'self'")


def app(house, shell=None):
    """The application for /setup and the page at the root: ``shell``, once somebody has an account."""
    return _Application(house, shell)


class _Application:
    def __init__(self, house, shell):
        self._people, self._bus, self._shell = house.people, house.bus, shell

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/" and self._shell and not self._people.wants_setup():
            return self._shell(environ, start_response)
        try:
            status, page = self._page(environ)
        except errors.HouseError as error:
            status, page = status_of(error), pages.refusal(str(error))
            return _send(environ, start_response, status, page, headers=headers_of(error))
        return _send(environ, start_response, status, page)

    def _page(self, environ):
        if environ["PATH_INFO"] == "/":
            return "200 OK", pages.welcome(environ["hearth.url"], self._people.wants_setup())
        if environ["PATH_INFO"].rstrip("/") != "/setup":
            raise errors.NotFound("There is no such page.")
        if not self._people.wants_setup():
            return "410 Gone", pages.already(environ["hearth.url"])
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self._ask(environ)
        if environ["REQUEST_METHOD"] == "POST":
            return self._make(environ)
        raise errors.Unsupported("This page can be looked at, and its form can be sent.")

    def _ask(self, environ):
        """Show the form, or first the question for the code."""
        code = "".join(request.query(environ).get("code", [])[:1])
        if not code:
            return "200 OK", pages.code()
        try:
            self._people.check_setup(code, environ.get("REMOTE_ADDR"))
        except errors.Forbidden as error:
            return "403 Forbidden", pages.code(str(error))
        return "200 OK", pages.form(code)

    def _make(self, environ):
        """Make the account from what the form says, or show it again with what is wrong."""
        forms.ours(environ)
        said = dict(forms.read(environ, LARGEST, 20))
        code, name = said.get("code", ""), said.get("name", "")
        try:
            self._people.check_setup(code, environ.get("REMOTE_ADDR"))
        except errors.Forbidden as error:
            return "403 Forbidden", pages.code(str(error))
        try:
            if said.get("password", "") != said.get("again", ""):
                raise errors.Invalid("The two passwords are not the same. Type them again.")
            account = self._people.set_up(name, said.get("password", ""), said.get("display_name", ""), code=code)
        except (errors.Invalid, errors.AlreadyExists) as error:
            return "422 Unprocessable Content", pages.form(code, name, said.get("display_name", ""), str(error))
        self._bus.publish(events.AccountMade(account.id, request.origin(environ), account.id, account.name))
        log.get("admin").info("the first administrator is %s", account.name)
        return "200 OK", pages.done(account, environ["hearth.url"])


def _send(environ, start_response, status, body, headers=()):
    start_response(status, [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"),
                            *_HEADERS, *headers])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

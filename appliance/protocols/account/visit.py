"""One request to these pages: what it brings, and how it is answered."""
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

from appliance.core import clock, errors, sentences
from appliance.http import agent, cookies, forms, headers_of, request, status_of, words
from appliance.protocols.account import pages

HERE = Path(__file__).parent
LARGEST = 131_072                                   # bytes of a form; a passkey's answer may be some KiB
FRESH = 900                                         # seconds since somebody showed who they are, for what changes how they do
LONGEST_PLACE = 8_000                               # characters of an address to go to


class Answer(NamedTuple):
    """What goes back."""

    body: bytes = b""
    status: str = "200 OK"
    headers: tuple = ()


class Visit:
    """A request with what these pages want of it."""

    def __init__(self, environ, house):
        self.environ, self.house, self.people = environ, house, house.people
        self.url, self.origin = environ["hearth.url"], request.origin(environ)
        self.address = self.origin.address
        self.said = _sent(environ) if environ["REQUEST_METHOD"] == "POST" else {
            name: values[0] for name, values in request.query(environ).items()}
        self.session = cookies.session(environ, house.people)
        self.account = house.people.find(self.session.account) if self.session else None
        self.words = words.of(HERE, environ, getattr(self.account, "language", "") or "")
        self.place = _local(self.said.get("continue", ""))

    @property
    def fresh(self):
        """Whether the person has shown who they are a short while ago."""
        return self.session is not None and 0 <= clock.now() - self.session.authenticated < FRESH

    @property
    def actor(self):
        """The person as an Actor, for what is asked of other rooms."""
        return replace(self.people.actor(self.account.id, "session"), origin=self.origin, session=self.session.id)

    @property
    def device(self):
        """The browser and the system that this is, for people."""
        return agent.device(self.environ)

    def tell(self, kind, *details, account=None):
        """Tell the house what this person has just done to their own account; core/events.py has the kinds and their details."""
        account = account or self.account
        self.house.bus.publish(kind(account.id, self.origin, account.id, account.name, *details))

    def to(self, place, *headers):
        """Send the browser on."""
        return Answer(b"", "303 See Other", (("Location", place), *headers))

    def to_sign_in(self, place, again=False):
        """Ask who this is, and come back then."""
        return self.to("/signin?" + urlencode({"continue": place, **({"again": "1"} if again else {})}, quote_via=quote))

    def refused(self, error, show=None):
        """An error as a page: the one that ``show(alert)`` makes, or a page of its own."""
        text = self.words["wait"].format(seconds=error.retry_after) if isinstance(error, errors.TooManyAttempts) else sentences.told(str(error), self.words["lang"])
        status = "403 Forbidden" if isinstance(error, errors.Unauthenticated) else status_of(error)
        return Answer(show(text) if show else pages.refusal(self.words, text), status, tuple(headers_of(error)))


def _sent(environ):
    forms.ours(environ)
    return dict(forms.read(environ, LARGEST, 60))


def _local(place):
    """An address on this very server to go to; the account's page in place of anything else."""
    fine = place.startswith("/") and not place.startswith(("//", "/\\")) and len(place) <= LONGEST_PLACE \
        and place.isascii() and place.isprintable() and "\\" not in place
    return place if fine else "/account"

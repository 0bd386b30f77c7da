"""The authorization endpoint (OpenID Connect Core §3.1.2): from a program's question, by the person's browser, to a code.

Until the client and its address are known to be right, an error is a page here; after that it is an answer to the program.
"""
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from appliance.core import clock, errors
from appliance.http import cookies, request
from appliance.identity import SCOPES
from appliance.protocols.oidc import pages
from appliance.protocols.oidc.discovery import AUTHORIZE

LONGEST = 4_000                                     # characters of a parameter
KNOWN = ("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age", "login_hint", "id_token_hint", "response_mode",
         "code_challenge", "code_challenge_method", "request", "request_uri")


@dataclass(frozen=True)
class Asked:
    """A program's question, understood."""

    client: object
    redirect: str
    state: str
    scope: tuple
    nonce: str
    prompt: tuple
    max_age: int | None
    challenge: str


class Answer(errors.HouseError):
    """An error that goes to the program (RFC 6749 §4.1.2.1)."""

    def __init__(self, asked, code, message):
        super().__init__(message)
        self.asked, self.code = asked, code


def answer(environ, house, said):
    """Answer the question: where to send the browser, or a page as bytes. ``said`` is the query or the form."""
    url = environ["hearth.url"]
    try:
        asked = _understood(said, house.people.provider, url)
        return _decide(environ, house.people, asked, said)
    except Answer as error:
        return _back(error.asked, url, error=error.code, error_description=str(error))


def consent(environ, house, said):
    """What the person said on the page that asks them."""
    people, url = house.people, environ["hearth.url"]
    try:
        asked = _understood(said, people.provider, url)
        session = cookies.session(environ, people)
        if session is None:
            return _sign_in(said)
        if said.get("answer") != "yes":
            raise Answer(asked, "access_denied", "The person said no.")
        people.provider.consent(session.account, asked.client, asked.scope, request.origin(environ))
        return _grant(people, session, asked, url)
    except Answer as error:
        return _back(error.asked, url, error=error.code, error_description=str(error))


def _understood(said, provider, url):
    if any(len(value) > LONGEST for value in said.values()):
        raise errors.Invalid("This address is too long.")
    client = provider.clients.find(said.get("client_id", ""), url)
    if client is None:
        raise errors.Invalid("The program that sent you here is not known to this box. Its administrator can add it.")
    redirect = said.get("redirect_uri", "")
    if not client.takes(redirect):
        raise errors.Invalid("The program that sent you here wants you back at an address that is not its own. Nothing was told to it.")
    try:
        max_age = int(said["max_age"]) if said.get("max_age") else None
    except ValueError:
        max_age = -1
    scope = tuple(dict.fromkeys(each for each in said.get("scope", "").split() if each in SCOPES))
    asked = Asked(client, redirect, said.get("state", ""), scope, said.get("nonce", ""), tuple(said.get("prompt", "").split()), max_age,
                  said.get("code_challenge", ""))
    _check(asked, said)
    return asked


def _check(asked, said):
    if said.get("response_type") != "code":
        raise Answer(asked, "unsupported_response_type", "Only response_type=code is possible.")
    if said.get("response_mode", "query") != "query":
        raise Answer(asked, "invalid_request", "Only response_mode=query is possible.")
    if "request" in said or "request_uri" in said:
        raise Answer(asked, "request_not_supported", "Request objects are not possible.")
    if said.get("code_challenge_method") != "S256" or len(asked.challenge) != 43:
        raise Answer(asked, "invalid_request", "A code_challenge with the method S256 is needed (RFC 7636).")
    if "openid" not in asked.scope:
        raise Answer(asked, "invalid_scope", "The scope openid is needed.")
    if asked.max_age is not None and asked.max_age < 0 or "none" in asked.prompt and len(asked.prompt) > 1:
        raise Answer(asked, "invalid_request", "max_age or prompt make no sense.")


def _decide(environ, people, asked, said):
    session, quiet = cookies.session(environ, people), "none" in asked.prompt
    stale = session is not None and asked.max_age is not None and clock.now() - session.authenticated > asked.max_age
    if session is None or stale or "login" in asked.prompt or quiet and _another(people, session, said, environ["hearth.url"]):
        if quiet:
            raise Answer(asked, "login_required", "Nobody is signed in.")
        return _sign_in(said, again=session is not None)
    fresh = clock.now() - session.authenticated < 60
    wanted = {"consent", "select_account"} & set(asked.prompt)
    known = people.provider.consented(session.account, asked.client, asked.scope)
    # A native program is known by its address alone, which another on the same machine can claim: the person looks (RFC 8252 §8.6).
    claimable = asked.client.native and not asked.redirect.startswith("https://")
    if not asked.client.trusted and (not known or (wanted or claimable) and not fresh):
        if quiet:
            raise Answer(asked, "consent_required", "The person must be asked.")
        account = people.find(session.account)
        carried = {name: value for name, value in said.items() if name in KNOWN}
        return pages.consent(environ, asked.client, account, asked.scope, asked.redirect, carried, _address({**carried, "prompt": ""}))
    return _grant(people, session, asked, environ["hearth.url"])


def _another(people, session, said, url):
    """Whether a program means somebody else than who is signed in, by the id token that it had."""
    hint = said.get("id_token_hint")
    return bool(hint) and (people.provider.hinted(hint, url) or ("",))[0] != session.account


def _grant(people, session, asked, url):
    code = people.provider.grant(session, asked.client, asked.redirect, asked.scope, asked.challenge, asked.nonce)
    return _back(asked, url, code=code)


def _back(asked, url, **answer):
    """The address that brings the answer to the program; ``iss`` tells it whose it is (RFC 9207)."""
    answer |= {**({"state": asked.state} if asked.state else {}), "iss": url}
    return asked.redirect + ("&" if "?" in asked.redirect else "?") + urlencode(answer, quote_via=quote)


def _sign_in(said, again=False):
    """The sign-in, and back here then.

    It has been done by then, so the question is asked without ``prompt=login`` and ``max_age``, of which 0 would never end; the
    id token tells the program when it was.
    """
    prompt = " ".join(each for each in said.get("prompt", "").split() if each != "login")
    place = _address({**{name: value for name, value in said.items() if name in KNOWN}, "prompt": prompt, "max_age": ""})
    more = {"continue": place, **({"again": "1"} if again else {}), **({"hint": said["login_hint"]} if said.get("login_hint") else {})}
    return "/signin?" + urlencode(more, quote_via=quote)


def _address(said):
    return AUTHORIZE + "?" + urlencode({name: value for name, value in said.items() if value}, quote_via=quote)

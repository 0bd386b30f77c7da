"""Signing in and out: a page for each step; without JavaScript but for passkeys, which cannot do without.

A sign-in that has begun is known by a cookie of its own, which opens nothing; see ``identity/entrance.py``.
"""
from appliance.core import errors, events
from appliance.http import cookies, html
from appliance.protocols.account import pages
from appliance.protocols.account.visit import Answer

PENDING, SECONDS = "hearth-signin", 600
LASTING = 90 * 86_400                               # seconds that the browser keeps the cookie; the session may end earlier


def ask(visit):
    """``GET /signin``: the form; straight on for who is signed in, but for ``again``."""
    again = bool(visit.said.get("again"))
    if visit.session and not again:
        return visit.to(visit.place)
    return Answer(pages.sign_in(visit.words, visit.place, visit.said.get("hint", "")[:255], again and bool(visit.session)))


def password(visit):
    """``POST /signin``: a name and a password."""
    name = visit.said.get("name", "")
    try:
        pending = visit.people.entrance.password(name, visit.said.get("password", ""), visit.origin)
    except (errors.Unauthenticated, errors.TooManyAttempts, errors.Corrupt) as error:
        return visit.refused(error, lambda alert: pages.sign_in(visit.words, visit.place, name[:255], alert=alert))
    return _on(visit, pending)


def code(visit):
    """``POST /signin/code``: of an authenticator app, of the printed ones, or an administrator's."""
    try:
        pending = visit.people.entrance.code(_pending(visit), visit.said.get("code", ""), visit.origin)
    except (errors.Unauthenticated, errors.TooManyAttempts, errors.Unavailable) as error:
        return _again(visit, error)
    return _on(visit, pending)


def enrol(visit):
    """``POST /signin/enrol``: the first code of an app, where a second factor is required."""
    secret = visit.said.get("secret", "")
    try:
        pending, codes = visit.people.entrance.enrol(_pending(visit), secret, visit.said.get("code", ""), visit.origin)
    except errors.Unauthenticated as error:
        return _again(visit, error)
    except (errors.Invalid, errors.TooManyAttempts) as error:
        if not visit.people.factors.is_secret(secret):
            raise
        return visit.refused(error, lambda alert: _enrolment(visit, visit.people.entrance.find(_pending(visit)), secret, alert))
    visit.tell(events.FactorAdded, "totp", account=pending.account)
    opened = _on(visit, pending)
    if not codes:
        return opened
    return Answer(pages.codes(visit.words, codes, visit.place), headers=tuple(each for each in opened.headers if each[0] == "Set-Cookie"))


def passkey(visit):
    """``POST /signin/passkey``: without an answer, let the browser ask for one."""
    try:
        if visit.said.get("answer"):
            return _on(visit, visit.people.entrance.passkey(_pending(visit), visit.said["answer"], visit.url, visit.origin))
        known = visit.said.get("lasting") is not None and _pending(visit)
        pending, options = visit.people.entrance.challenge(visit.url, known or "")
    except (errors.Unauthenticated, errors.TooManyAttempts, errors.Corrupt) as error:
        return visit.refused(error, lambda alert: pages.sign_in(visit.words, visit.place, alert=alert))
    carried = html.hidden("continue", visit.place) + html.hidden("lasting", visit.said.get("lasting", "1"))
    return Answer(pages.passkey(visit.words, "/signin/passkey", options, "get", carried, visit.place),
                  headers=(cookies.give(visit.environ, PENDING, pending.id, SECONDS),))


def ask_out(visit):
    """``GET /signout``: ask, because another site's link may lead here."""
    return Answer(pages.out(visit.words, visit.session is not None))


def out(visit):
    """``POST /signout``"""
    if visit.session:
        _end(visit, visit.session.id)
        visit.tell(events.SignedOut, visit.session.id)
    return Answer(pages.out(visit.words, False), headers=(cookies.take(visit.environ, "hearth"),))


def _pending(visit):
    return cookies.read(visit.environ, PENDING)


def _again(visit, error):
    """Ask for the factor once more, or begin again where the sign-in is over."""
    try:
        pending = visit.people.entrance.find(_pending(visit))
    except errors.Unauthenticated as over:
        return visit.refused(over, lambda alert: pages.sign_in(visit.words, visit.place, alert=alert))
    return visit.refused(error, lambda alert: pages.second(visit.words, visit.place, visit.said.get("lasting", ""), pending.kinds, alert))


def _on(visit, pending):
    """The next page: what is still missing, or where the person wanted to go."""
    lasting, words = visit.said.get("lasting", ""), visit.words
    keep = cookies.give(visit.environ, PENDING, pending.id, SECONDS)
    if pending.enrol:
        return Answer(_enrolment(visit, pending, visit.people.factors.new_totp()), headers=(keep,))
    if not pending.complete:
        return Answer(pages.second(words, visit.place, lasting, pending.kinds), headers=(keep,))
    before = visit.session
    secret, _ = visit.people.entrance.open(pending.id, visit.device, visit.origin, bool(lasting))
    if before:
        _end(visit, before.id)
    return visit.to(visit.place, cookies.give(visit.environ, "hearth", secret, LASTING if lasting else None),
                    cookies.take(visit.environ, PENDING))


def _enrolment(visit, pending, secret, alert=""):
    carried = html.hidden("continue", visit.place) + html.hidden("lasting", visit.said.get("lasting", ""))
    return pages.enrol(visit.words, "/signin/enrol", secret, visit.people.factors.totp_uri(secret, pending.account.name, visit.url), carried,
                       required=True, alert=alert)


def _end(visit, session):
    try:
        visit.people.sessions.end(session)
    except errors.NotFound:                         # ended elsewhere in this moment
        pass

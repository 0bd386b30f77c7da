"""Signing out on a program's wish (OpenID Connect RP-Initiated Logout 1.0)."""
from urllib.parse import quote, urlencode

from appliance.core import errors, events
from appliance.http import cookies, request
from appliance.protocols.oidc import pages

_CARRIED = ("id_token_hint", "post_logout_redirect_uri", "state", "client_id")


def end(environ, house, said, asked):
    """Sign this browser out and go back: (where to, or a page, headers).

    ``asked`` while the person has not said yes themselves: without an id token of theirs, they are asked.
    """
    people, url = house.people, environ["hearth.url"]
    session = cookies.session(environ, people)
    hint = people.provider.hinted(said.get("id_token_hint", ""), url) if said.get("id_token_hint") else None
    place = _place(people, said, hint, url)
    if session is None:
        return place or "/signout", ()
    if asked and (hint is None or hint[0] != session.account):
        return pages.sign_out(environ, people.find(session.account), {name: said[name] for name in _CARRIED if said.get(name)}), ()
    try:
        people.sessions.end(session.id)
        account = people.find(session.account)
        house.bus.publish(events.SignedOut(account.id, request.origin(environ), account.id, account.name, session.id))
    except errors.NotFound:                         # elsewhere in this moment
        pass
    return place or "/signout", (cookies.take(environ, "hearth"),)


def _place(people, said, hint, url):
    """Where the program wants the browser, if that is one of its own addresses; else nowhere."""
    wanted = said.get("post_logout_redirect_uri", "")
    client = people.provider.clients.find(hint[1] if hint else said.get("client_id", ""), url)
    if not wanted or client is None or wanted not in client.logout or said.get("client_id", client.id) != client.id:
        return None
    if not said.get("state"):
        return wanted
    return wanted + ("&" if "?" in wanted else "?") + urlencode({"state": said["state"]}, quote_via=quote)

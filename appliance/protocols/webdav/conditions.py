"""Conditions of a request: If-Match and its kin, and the If header of WebDAV (RFC 4918 §10.4), which also shows lock tokens."""
import re
from typing import NamedTuple

from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import addresses, places

_TOKEN = re.compile(r'\s*(?:(?P<open>\()|(?P<close>\))|(?P<not>not\b)|<(?P<url>[^<>\s]+)>|\[(?P<etag>(?:W/)?"[^"\]]*")\])\s*', re.IGNORECASE)


class Condition(NamedTuple):
    """One state a resource should be in: locked with a token or having an etag; ``wanted`` is False after a Not."""

    wanted: bool
    token: str
    etag: str


def parse(value):
    """Read an If header into pairs: a resource ("" for that of the request) and a list of its conditions."""
    groups, resource, conditions, wanted, position = [], "", None, True, 0
    value = value.strip()
    while position < len(value):
        part = _TOKEN.match(value, position)
        if part is None:
            raise errors.Invalid("The If header is not understood.")
        position, kind = part.end(), part.lastgroup
        inside = conditions is not None
        if kind == "url" and not inside:
            resource = part["url"]
        elif kind == "open" and not inside:
            conditions, wanted = [], True
        elif kind == "close" and conditions and wanted:
            groups.append((resource, conditions))
            conditions = None
        elif kind == "not" and inside and wanted:
            wanted = False
        elif kind in ("url", "etag") and inside:
            conditions.append(Condition(wanted, part["url"] or "", part["etag"] or ""))
            wanted = True
        else:
            raise errors.Invalid("The If header is not understood.")
    if not groups or conditions is not None:
        raise errors.Invalid("The If header is not understood.")
    return groups


def tokens(environ):
    """Every lock token that a request shows, in its If header or, as old clients do, in Lock-Token."""
    shown = set()
    if "HTTP_IF" in environ:
        shown.update(each.token for _, conditions in parse(environ["HTTP_IF"]) for each in conditions if each.token)
    lock_token = environ.get("HTTP_LOCK_TOKEN", "").strip()
    if lock_token:
        shown.add(lock_token.removeprefix("<").removesuffix(">"))
    return shown


def check(house, environ, place, node):
    """Raise PreconditionFailed unless the conditions of a request that changes something hold; ``node`` may be None.

    Returns the lock tokens the request shows.
    """
    request.require(environ, node and f'"{node.etag}"', node and node.mtime_ns)
    if "HTTP_IF" in environ:
        groups = parse(environ["HTTP_IF"])
        if not any(all(_holds(house, environ, place, node, resource, each) for each in conditions)
                   for resource, conditions in groups):
            raise errors.PreconditionFailed("The condition in the If header does not hold.")
    return tokens(environ)


def guarded(environ):
    """True where a request means one content of a resource, so that another one must not be overwritten at the end either."""
    return environ.get("HTTP_IF_MATCH", "*").strip() != "*" or "HTTP_IF_UNMODIFIED_SINCE" in environ or "[" in environ.get("HTTP_IF", "")


def _holds(house, environ, place, node, resource, condition):
    if resource:
        try:
            place = places.find(house, environ, addresses.of_destination(resource))
            node = place.look()
        except (errors.NotFound, errors.Invalid):
            return not condition.wanted             # nothing there: no etag and no lock
    if condition.etag:
        return (node is not None and condition.etag == f'"{node.etag}"') == condition.wanted
    return (condition.token in _tokens_on(place, node)) == condition.wanted


def _tokens_on(place, node):
    """The tokens of the locks on a resource; where nothing is, those that a parent's depth extends to it."""
    if node is not None:
        return [lock.token for lock in place.files.locks_on(place.actor, node)]
    try:
        parent = place.parent()
    except errors.HouseError:
        return []
    return [lock.token for lock in place.files.locks_on(place.actor, parent) if lock.depth == "infinity"]

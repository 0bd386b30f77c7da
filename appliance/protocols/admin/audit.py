"""``GET /api/v0/audit``: the audit trail for administrators, as JSON, a page at a time. README.md says what may be asked."""
from appliance.activity import named
from appliance.core import errors, ids
from appliance.http import request
from appliance.protocols.admin.pages import pages

MOST = 500                                          # lines of a page
_NAMES = ("since", "until", "who", "action", "limit", "next")


def app(house):
    """The application."""
    return pages(house, {"/api/v0/audit": {"GET": _page}})


def _page(house, actor, environ):
    asked = _asked(environ)
    page = house.audit.read(actor, since=asked["since"], until=asked["until"], who=_account(house, asked["who"]), action=asked["action"],
                            limit=_limit(asked["limit"]), after=asked["next"])
    names = {account.id: account.name for account in house.people.list()}
    links = _links(house, actor) if any(line.get("who") not in names for line in page.entries) else ()
    return {"value": [{**line, "link": line["who"]} if line.get("who") in links else line for line in named(page.entries, names)], "next": page.after or None}


def _links(house, actor):
    try:
        return {id for linked in house.files.links.in_force(actor) for id in linked.links}
    except errors.Unavailable:                      # the index is being filled: the trail is told without
        return set()


def _asked(environ):
    """What is asked for by name, "" where nothing is; Invalid for anything else."""
    query = request.query(environ)
    for name, values in query.items():
        if name not in _NAMES or len(values) != 1:
            raise errors.Invalid(f"The trail can be asked for {', '.join(_NAMES)}, once each.")
    return {name: query.get(name, [""])[0] for name in _NAMES}


def _limit(text):
    if not text:
        return 100
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 0 < int(text) <= MOST):
        raise errors.Invalid(f"A page has 1 to {MOST} lines.")
    return int(text)


def _account(house, who):
    """The id of an account by its name; an id may be that of one who is gone."""
    return who if not who or ids.is_uuid(who) else house.people.find(who).id

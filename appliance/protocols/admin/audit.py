"""``GET /api/v0/audit``: the audit trail for administrators, as JSON, a page at a time. README.md says what may be asked."""
from appliance.activity import named
from appliance.core import errors, ids
from appliance.http import json_answer, request

MOST = 500                                          # lines of a page
_NAMES = ("since", "until", "who", "action", "limit", "next")


def app(house):
    """The application."""
    def answer(environ, start_response):
        if environ["PATH_INFO"].rstrip("/") != "/api/v0/audit":
            raise errors.NotFound("There is nothing here.")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            raise errors.Unsupported("The audit trail can only be read.")
        asked = _asked(environ)
        page = house.audit.read(environ["hearth.actor"], since=asked["since"], until=asked["until"], who=_account(house, asked["who"]),
                                action=asked["action"], limit=_limit(asked["limit"]), after=asked["next"])
        names = {account.id: account.name for account in house.people.list()}
        shown = {"value": named(page.entries, names), "next": page.after or None}
        answered = json_answer(start_response, shown, headers=[("Cache-Control", "no-store")])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else answered
    return answer


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

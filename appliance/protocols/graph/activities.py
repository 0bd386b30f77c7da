"""``/extensions/org.libregraph/activities``: what people did to a file, a folder or a space."""
import re

from appliance.core import errors, ids
from appliance.files import is_received
from appliance.http import language, request

_TERM = re.compile(r'\s*(?:AND\s+)?([a-z]+)[:=]"?([^\s"]{1,200})"?', re.IGNORECASE)
_LIMIT = 200


def of_item(house, environ):
    """``GET …/activities?kql=itemid:… [AND limit:6] [AND sort:desc] [AND depth:-1]``"""
    asked, actor = _asked((request.query(environ).get("kql") or [""])[-1]), environ["hearth.actor"]
    id = asked.get("itemid", "")
    if is_received(id):                             # as it shows in the Shares space
        node = house.files.mounts.find(actor, id.partition("!")[2]).share.node
        id = ids.ResourceId(house.files.storage_id, node.space, node.id)
    spoken = language.of(environ, house.people.find(actor.id).language)
    found = house.activities.of(actor, id if isinstance(id, ids.ResourceId) else ids.ResourceId.parse(id), spoken, _number(asked, "depth", -1),
                                _number(asked, "limit", _LIMIT), asked.get("sort") == "desc")
    return {"value": [{"id": each.id, "template": {"message": each.template, "variables": each.variables}, "times": {"recordedTime": each.time}} for each in found]}


def _asked(kql):
    """The terms of a query, all of which must hold; Invalid for anything else."""
    terms, at = {}, 0
    while kql[at:].strip():
        found = _TERM.match(kql, at) if len(kql) < 1_000 else None
        name = found[1].lower() if found else ""
        if name not in ("itemid", "limit", "sort", "depth") or name in terms:
            raise errors.Invalid("Ask for itemid:…, and with AND for limit:…, depth:… and sort:asc or sort:desc.")
        terms[name], at = found[2], found.end()
    if "itemid" not in terms or terms.get("sort", "asc") not in ("asc", "desc"):
        raise errors.Invalid("Ask for itemid:… and sort:asc or sort:desc.")
    return terms


def _number(asked, name, usual):
    text = asked.get(name, str(usual))
    if not re.fullmatch("-?[0-9]{1,6}", text):
        raise errors.Invalid(f"{name} is a number.")
    return int(text) if name == "depth" or int(text) > 0 else usual

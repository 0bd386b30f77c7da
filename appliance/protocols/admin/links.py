"""/api/v0/links: every link in force, whoever made it, and an end to each. JSON, for administrators."""
from datetime import UTC, datetime

from appliance.protocols.admin.pages import pages


def app(house):
    """The application."""
    return pages(house, {"/api/v0/links": {"GET": _list}, "/api/v0/links/([^/]+)": {"DELETE": _end}})


def _list(house, actor, environ):
    people = house.people.everybody().accounts
    return {"value": [_view(house, linked, people) for linked in house.files.links.in_force(actor)]}


def _end(house, actor, environ, id):
    house.files.links.revoke(actor, id)


def _view(house, linked, people):
    """A link without its token: who looks after the box learns that it is there, not what lies behind it."""
    link, maker = next(iter(linked.links.values())), people.get(next(iter(linked.links.values())).by)
    return {"id": link.id, "type": link.kind, "name": link.name, "by": link.by, "byName": maker.display_name if maker else "",
            "item": linked.node.name or linked.space.name, "folder": linked.node.folder, "space": linked.space.name, "spaceType": linked.space.kind,
            "password": bool(link.password), "created": _time(link.created), "expires": _time(link.expires), "visits": link.visits}


def _time(seconds):
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""Drives, which is what Graph calls spaces."""
import re
from datetime import UTC, datetime

from appliance.core import errors
from appliance.http import request
from appliance.protocols.graph import body, odata

_UNLIMITED = (1 << 63) - 1



def home(house, environ):
    """``/me/drive``"""
    return view(house, environ, house.files.home(environ["hearth.actor"]))


def mine(house, environ):
    """``/me/drives`` and ``/drives``: every drive that the person may see, ``$filter`` and ``$orderby`` applied."""
    actor = environ["hearth.actor"]
    if actor.role != "guest":
        house.files.home(actor)                     # made at the latest now
    asked = odata.query(request.query(environ), {"filter", "orderby", "expand", "select", "top", "skip"})
    every = [view(house, environ, space) for space in house.files.spaces(actor)]
    return {"value": asked.page(_ordered(list(filter(odata.predicate(asked.filter, _leaf), every)), asked.orderby))}


def one(house, environ, id):
    """``GET /drives/{id}``"""
    return view(house, environ, house.files.drive(environ["hearth.actor"], id))


def change(house, environ, id):
    """``PATCH /drives/{id}``: the quota of somebody's own space. More can be changed when there are other spaces."""
    actor, space = environ["hearth.actor"], house.files.drive(environ["hearth.actor"], id)
    total = body.checked(body.read(environ, {"quota": dict}).get("quota", {}), {"total": int}).get("total")
    if total is not None:
        house.administration.change(actor, space.owner, quota=total)
    return view(house, environ, house.files.drive(actor, id))


def of(house, environ, account):
    """The drive of an account for somebody who may know of it; None where there is none yet."""
    space = house.files.drive_of(environ["hearth.actor"], account.id)
    return space and view(house, environ, space)


def view(house, environ, space):
    """A space as Graph shows it."""
    actor, url = environ["hearth.actor"], environ["hearth.url"]
    id = f"{house.files.storage_id}${space.id}"
    owner = house.files.owner(space) if space.kind == "personal" else None
    return {
        "driveAlias": space.alias, "driveType": space.kind, "id": id, "lastModifiedDateTime": _time(space.root.mtime_ns),
        "name": owner.display_name if owner else space.name,
        "owner": {"user": {"displayName": owner.display_name if owner else "", "id": owner.id if owner else space.id}},
        "quota": _quota(*house.files.quota(actor, space), space.quota),
        "root": {"eTag": f'"{space.root.etag}"', "id": id, "webDavUrl": f"{url}/dav/spaces/{id}"},
        "webUrl": f"{url}/f/{id}",
    }


def _quota(used, remaining, total):
    if remaining is None:
        return {"remaining": _UNLIMITED, "state": "normal", "total": 0, "used": used}
    share = used / total if total else 1
    state = "normal" if share <= .75 else "nearing" if share <= .9 else "critical" if share <= .99 else "exceeded"
    return {"remaining": remaining, "state": state, "total": total, "used": used}


def _time(nanoseconds):
    """RFC 3339 with nanoseconds, in UTC."""
    seconds, rest = divmod(nanoseconds, 10 ** 9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def _leaf(leaf):
    """OpenCloud knows ``driveType eq '…'`` and ``id eq '…'``, and ignores other members."""
    if not isinstance(leaf, odata.Compare) or leaf.operator != "eq":
        raise errors.Unsupported("A $filter of drives knows only eq.")
    return lambda drive: leaf.path not in ("driveType", "id") or drive[leaf.path] == leaf.value


def _ordered(every, orderby):
    for member, descending in reversed(orderby):
        if member not in ("name", "lastModifiedDateTime"):
            raise errors.Invalid("Drives are ordered by name or lastModifiedDateTime.")
        every = sorted(every, key=lambda drive, member=member: _natural(drive[member]), reverse=descending)
    return every


def _natural(text):
    """Numbers within names in the order of numbers, letters without regard to case."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in re.split(r"(\d+)", text)]

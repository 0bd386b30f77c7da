"""Drives, which is what Graph calls spaces."""
import re
from datetime import UTC, datetime

from appliance.core import errors
from appliance.http import request

_UNLIMITED = (1 << 63) - 1
_FILTER = re.compile(r"\s*(\w+)\s+(\w+)\s+'((?:[^']|'')*)'\s*")
_ORDER = re.compile(r"\s*(\w+)(?:\s+(asc|desc))?\s*")


def home(house, environ):
    """``/me/drive``"""
    return _drive(house, environ, house.files.home(environ["hearth.actor"]))


def mine(house, environ):
    """``/me/drives`` and ``/drives``: every drive that the person may see, ``$filter`` and ``$orderby`` applied."""
    actor = environ["hearth.actor"]
    if actor.role != "guest":
        house.files.home(actor)                     # made at the latest now
    query = request.query(environ)
    every = [_drive(house, environ, space) for space in house.files.spaces(actor)]
    return {"value": _ordered(_filtered(every, query.get("$filter")), query.get("$orderby"))}


def one(house, environ, id):
    """``/drives/{id}``"""
    return _drive(house, environ, house.files.space(environ["hearth.actor"], id))


def _drive(house, environ, space):
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


def _filtered(every, asked):
    """Only those that a filter names; OpenCloud knows ``driveType eq '…'`` and ``id eq '…'``, and ignores other members."""
    if not asked:
        return every
    read = _FILTER.fullmatch(asked[0])
    if read is None:
        raise errors.Invalid("The $filter is not understood.")
    member, operator, value = read[1], read[2], read[3].replace("''", "'")
    if operator != "eq":
        raise errors.Unsupported("A $filter of drives knows only eq.")
    return [drive for drive in every if drive[member] == value] if member in ("driveType", "id") else every


def _ordered(every, asked):
    if not asked:
        return every
    read = _ORDER.fullmatch(asked[0])
    if read is None or read[1] not in ("name", "lastModifiedDateTime"):
        raise errors.Invalid("Drives are ordered by name or lastModifiedDateTime.")
    return sorted(every, key=lambda drive: _natural(drive[read[1]]), reverse=read[2] == "desc")


def _natural(text):
    """Numbers within names in the order of numbers, letters without regard to case."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in re.split(r"(\d+)", text)]

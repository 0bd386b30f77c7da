"""REPORT search-files: what somebody sees of what fits a query, best first, as OpenCloud answers it. search/README.md tells what can be asked.
And filter-files, for favourites alone.

The properties are always the same, whatever a client names. Beside OpenCloud's ``limit``, ``offset`` counts here, and ``sort`` (score, taken, modified, name).
"""
import re

from appliance.core import errors
from appliance.files import SHARES, SHARES_ROOT, is_all
from appliance.http import request
from appliance.protocols.webdav import answers, places, xmlbody
from appliance.protocols.webdav.addresses import SPACES, encode
from appliance.protocols.webdav.answers import MULTISTATUS, MULTISTATUS_HEAD
from appliance.protocols.webdav.multistatus import propstat
from appliance.protocols.webdav.properties import DAV, FACETS, OC, content_type, facet, http_date
from appliance.protocols.webdav.xmlbody import escape

FOLDER = "httpd/unix-directory"
SLICE, USUAL, MOST = 200, 200, 10_000                           # results in a block; where nobody says how many; where somebody wants all of them


def answer(house, environ, start_response, target):
    """Answer a REPORT at any address of somebody's files."""
    actor = environ["hearth.actor"]
    if actor.kind == "link":
        raise answers.Refused(501, "There is no search by a link.")
    asked, url = xmlbody.parse(request.body(environ, xmlbody.BYTES)), environ["hearth.url"]
    if _local(asked) == "filter-files":
        return _favorites(house, start_response, actor, url, asked)
    pattern, limit, offset, order = _asked(asked)
    total, slices = house.search.find(actor, pattern, limit, offset, order, _within(house, environ, target))
    headers = list(MULTISTATUS_HEAD)
    shown = min(limit, total - offset)
    if shown > 0:
        headers.append(("Content-Range", f"rows {offset}-{offset + shown - 1}/{total}"))
    slices = iter(slices)
    first = _responses(house, actor, url, next(slices, []))     # what can go wrong at the start still gets a status of its own
    start_response("207 Multi-Status", headers)
    return _stream(first, slices, lambda hits: _responses(house, actor, url, hits))


def _stream(first, slices, respond):
    yield (MULTISTATUS + first).encode()
    try:
        for hits in slices:
            yield respond(hits).encode()
    except errors.HouseError as error:
        raise OSError(f"an answer was broken off: {error}") from error
    yield b"</d:multistatus>"


def _favorites(house, start_response, actor, url, asked):
    """The only rule of ``filter-files`` that is known: ``favorite``. Clients of ownCloud and Nextcloud ask so."""
    rules = [_local(rule) for each in asked if _local(each) == "filter-rules" for rule in each]
    if rules != ["favorite"]:
        raise errors.Invalid("missing search-files tag")
    hits = house.search.favorites(actor)
    start_response("207 Multi-Status", MULTISTATUS_HEAD)
    slices = (hits[start:start + SLICE] for start in range(0, len(hits), SLICE))
    return _stream("", slices, lambda some: _responses(house, actor, url, some))


def _asked(root):
    """``(pattern, limit, offset, sort)``. Elements are known by their local names alone, as with OpenCloud."""
    if _local(root) != "search-files":
        raise errors.Invalid("missing search-files tag")
    said = {_local(child): "".join(child.itertext()).strip() for each in root if _local(each) == "search" for child in each}
    limit, offset = _number(said, "limit"), _number(said, "offset")
    if offset < 0 or limit < -1:
        raise errors.Invalid("The offset counts from 0, and -1 is the only limit below that.")
    return said.get("pattern", ""), MOST if limit == -1 else min(limit, MOST) or USUAL, offset, said.get("sort") or "score"


def _local(element):
    return element.tag.rpartition("}")[2]


def _number(said, name):
    text = said.get(name, "") or "0"
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise errors.Invalid(f"The {name} is no number.")
    return int(text)


def _within(house, environ, target):
    """The id of the space or folder that an address names, "" where it names none, SHARES for all that one received."""
    if target.kind == SPACES or "/spaces/" not in target.base:
        return ""
    return SHARES if is_all(target.root, target.path) else places.find(house, environ, target).node().id


def _responses(house, actor, url, hits):
    labels, nodes = house.files.labels, [hit.found.node for hit in hits]
    tags, favorites, told = labels.tags(nodes), labels.favorites(actor, nodes), []
    for hit in hits:
        try:
            href, values = _href(house, hit.found), _values(house, actor, url, hit, tags, favorites)
        except errors.NotFound:                     # gone in this moment
            continue
        told += ["<d:response><d:href>", escape(href), "</d:href>", *propstat(values, "200 OK"), "</d:response>"]
    return "".join(told)


def _href(house, found):
    """Without a slash at its end, also for folders. What one has by a share alone is named by that."""
    if found.mount is None:
        root, path = f"{house.files.storage_id}${found.space.id}", found.node.path
    else:
        root, path = found.mount.resource_id, found.node.path[len(found.mount.share.node.path):].lstrip("/")
    return encode(f"/remote.php/dav/spaces/{root}{'/' if path else ''}{path}")


def _values(house, actor, url, hit, tags, favorites):
    """The properties in OpenCloud's order, as XML."""
    node, space, mount, _ = hit.found
    drive = f"{house.files.storage_id}${space.id}"
    id, itself = f"{drive}!{node.id}", mount is not None and mount.share.node.id == node.id
    parent = SHARES_ROOT if itself else f"{drive}!{node.parent}" if node.parent else drive
    yield f"{{{OC}}}fileid", id
    yield f"{{{OC}}}file-parent", parent
    if mount is not None:
        yield f"{{{OC}}}shareid", mount.id
        yield f"{{{OC}}}shareroot", escape(f"/{mount.share.node.name}")     # not where it lies: that is the owner's affair
        yield f"{{{OC}}}remote-item-id", f"{drive}!{mount.share.node.id}"
    yield f"{{{OC}}}name", escape(mount.name if itself else node.name)
    yield f"{{{DAV}}}getlastmodified", http_date(node.mtime_ns // 10 ** 9)
    yield f"{{{OC}}}permissions", house.files.permissions(actor, node, space)[0]
    yield f"{{{OC}}}highlights", escape(hit.highlights)
    yield f"{{{DAV}}}getcontenttype", FOLDER if node.folder else content_type(node.name)
    if not node.folder:
        yield f"{{{OC}}}has-preview", "1" if house.previews.supports(node.name) else "0"
    yield f"{{{OC}}}tags", escape(",".join(tags.get(node.id, ())))
    yield f"{{{DAV}}}getetag", f'"{node.etag}"'
    yield f"{{{DAV}}}resourcetype", "<d:collection/>" if node.folder else ""
    yield (f"{{{OC}}}size" if node.folder else f"{{{DAV}}}getcontentlength"), str(node.size)
    yield f"{{{OC}}}score", f"{hit.score:.4f}"
    yield f"{{{OC}}}privatelink", escape(f"{url}/f/{encode(id)}")
    yield f"{{{OC}}}favorite", "1" if node.id in favorites else "0"
    for name in FACETS:
        if hit.facts.get(name):
            yield f"{{{OC}}}{name}", facet(hit.facts[name])

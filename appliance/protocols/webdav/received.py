"""The Shares space over WebDAV: one collection of all that somebody received. What lies in a mount is answered as the tree it is."""
from appliance.core import errors
from appliance.files import SHARES, SHARES_ROOT, etag_of_mounts
from appliance.protocols.webdav import answers
from appliance.protocols.webdav.addresses import encode
from appliance.protocols.webdav.multistatus import Asked
from appliance.protocols.webdav.properties import DAV, OC, checksums, content_type, http_date
from appliance.protocols.webdav.xmlbody import escape


def answer(house, environ, start_response, target):
    """Answer PROPFIND, GET and HEAD at the collection itself; nothing can be put into it."""
    method = environ["REQUEST_METHOD"]
    if method in ("GET", "HEAD"):
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]
    if method != "PROPFIND":
        raise answers.Refused(405, "What you received is in here; nothing else can be put here.")
    asked, actor = Asked(environ), environ["hearth.actor"]
    mounts = house.files.mounts.all(actor)
    url = environ["hearth.url"]
    first = asked.response(target.href(True), _itself(actor, url, mounts))
    return asked.answer(start_response, first, mounts if asked.depth == "1" else [],
                        lambda mount: _told(house, actor, url, mount, asked, f"{target.whole}/{mount.name}"))


def _told(house, actor, url, mount, asked, path):
    """The response element of a mount; nothing where its share has just ended."""
    try:
        return asked.response(encode(path) + "/" * mount.share.node.folder, _mount(house, actor, url, mount))
    except errors.NotFound:
        return ""


def _itself(actor, url, mounts):
    nodes = [mount.share.node for mount in mounts]
    newest = max((node.mtime_ns for node in nodes), default=0)
    size = str(sum(node.size for node in nodes))
    return {**_named(SHARES_ROOT, "Shares", SHARES, url), f"{{{OC}}}permissions": "", f"{{{DAV}}}getetag": f'"{etag_of_mounts(mounts)}"',
            f"{{{DAV}}}resourcetype": "<d:collection/>", f"{{{DAV}}}getlastmodified": http_date(newest // 10 ** 9), f"{{{OC}}}size": size,
            f"{{{OC}}}owner-id": escape(actor.name), f"{{{OC}}}owner-display-name": escape(actor.display_name),
            f"{{{DAV}}}quota-used-bytes": size, f"{{{DAV}}}quota-available-bytes": "-2"}


def _mount(house, actor, url, mount):
    node, space, files = mount.share.node, mount.share.space, house.files
    owner, labels = files.owner(space), files.labels
    found = {**_named(files.resource_id(node), mount.name, f"{files.storage_id}${space.id}", url),
             f"{{{OC}}}file-parent": SHARES_ROOT, f"{{{OC}}}tags": escape(",".join(labels.tags([node]).get(node.id, ()))),
             f"{{{OC}}}favorite": "1" if labels.favorites(actor, [node]) else "0",
             f"{{{OC}}}permissions": files.permissions(actor, node, space)[0], f"{{{DAV}}}getetag": f'"{node.etag}"',
             f"{{{DAV}}}resourcetype": "<d:collection/>" if node.folder else "", f"{{{DAV}}}getlastmodified": http_date(node.mtime_ns // 10 ** 9),
             f"{{{OC}}}size": str(node.size), f"{{{OC}}}share-types": "".join(f"<oc:share-type>{kind}</oc:share-type>" for kind in _kinds(mount.share)),
             f"{{{OC}}}shareid": mount.id, f"{{{DAV}}}quota-available-bytes": "-2" if node.folder else None,
             f"{{{DAV}}}quota-used-bytes": str(node.size) if node.folder else None}
    if owner:
        found |= {f"{{{OC}}}owner-id": escape(owner.name), f"{{{OC}}}owner-display-name": escape(owner.display_name)}
    if not node.folder:
        found |= {f"{{{DAV}}}getcontentlength": str(node.size), f"{{{DAV}}}getcontenttype": content_type(node.name)}
        found[f"{{{OC}}}checksums"] = checksums(None, [node])[0]
        found[f"{{{OC}}}has-preview"] = "1" if house.previews.supports(node.name) else "0"
    return found


def _named(id, name, space, url):
    return {f"{{{OC}}}id": id, f"{{{OC}}}fileid": id, f"{{{OC}}}privatelink": f"{url}/f/{encode(id)}", f"{{{OC}}}name": escape(name), f"{{{OC}}}spaceid": space, f"{{{OC}}}favorite": "0", f"{{{OC}}}tags": ""}


def _kinds(share):
    """0 for one's own, 1 for a group's, as OCS counts."""
    return sorted({"u": "0", "g": "1"}[to[0]] for to in share.grants)


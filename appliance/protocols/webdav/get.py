"""GET and HEAD (RFC 9110 §9.3, RFC 4918 §9.4): files as downloads, in ranges; a folder is an empty answer.

What people store is never trusted: it is a download, not a page, and no script in it runs in our name.
"""
from urllib.parse import quote

from appliance.core import errors
from appliance.http import response
from appliance.protocols.webdav import places, previews
from appliance.protocols.webdav.properties import content_type, http_date

GUARDED = [("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'; sandbox")]
PARTS_OF_PAGES = {"script", "style", "worker", "sharedworker", "serviceworker", "manifest"}    # what browsers say that they want a thing for


def answer(house, environ, start_response, target):
    """Answer a GET or HEAD on a file or folder."""
    place = places.find(house, environ, target)
    node = place.node()
    head = environ["REQUEST_METHOD"] == "HEAD"
    if previews.wanted(environ) and not node.folder:
        return previews.send(house, environ, start_response, house.files.open(place.actor, node, place.space), node.name)
    if node.folder:
        start_response("200 OK", _folder(house.files, node) if head else [("Content-Length", "0")])
        return [b""]
    return send(house.files, environ, start_response, house.files.open(place.actor, node, place.space), node.name,
                house.files.still(place.actor, node))


def send(files, environ, start_response, opened, name, still=None):
    """Send what was opened under a name; the fd is closed when it is sent or broken off, also as soon as ``still()`` is false."""
    node = opened.node
    if environ.get("HTTP_SEC_FETCH_DEST") in PARTS_OF_PAGES:    # the pages' policy lets them load scripts from here, but none that people store
        opened.close()
        raise errors.Forbidden("What people store is no part of a page. Download it instead.")
    return response.send_file(environ, start_response, opened.fd, size=node.size, etag=f'"{node.etag}"', mtime_ns=node.mtime_ns,
                              content_type=media_type(name), headers=described(files, node) + download_headers(name), still=still)


def media_type(name):
    """The media type for a header: text is taken for UTF-8, as nearly all of it is."""
    media = content_type(name)
    return media + "; charset=UTF-8" if media.startswith("text/") else media


def described(files, node):
    """The headers that tell clients which node, and which content of it, an answer is about."""
    headers = [("OC-ETag", f'"{node.etag}"'), ("OC-FileId", files.resource_id(node))]
    return headers + ([("OC-Checksum", f"SHA1:{node.sums.sha1}")] if node.sums else [])


def download_headers(name):
    """The headers that keep a browser from showing a stranger's file as a page of ours (RFC 6266 §4.3)."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)
    return GUARDED + [("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}; filename=\"{plain}\"")]


def _folder(files, node):
    return [("Content-Type", "httpd/unix-directory"), ("ETag", f'"{node.etag}"'), *described(files, node),
            ("Last-Modified", http_date(node.mtime_ns // 1_000_000_000)), ("Content-Length", str(node.size))]

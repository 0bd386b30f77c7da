"""Many files in one download: ``/archiver?id=..&id=..&output-format=zip|tar``, as OpenCloud's clients ask for it."""
from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import answers

TYPES = {"zip": "application/zip", "tar": "application/x-tar"}
MOST = 1000                                         # ids in one address; its length is limited anyway


def answer(house, environ, start_response, target):
    """Send the nodes named by ``id`` (or by ``path``, in the caller's own space) with all beneath them."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        raise answers.Refused(405, "Only GET is possible here.")
    actor = environ["hearth.actor"]
    asked = request.query(environ)
    wanted, paths = asked.get("id", []), asked.get("path", [])
    kind = (asked.get("output-format") or ["zip"])[-1]
    if not wanted and not paths:
        raise errors.Invalid("Name at least one file by its id.")
    if kind not in TYPES or len(wanted) + len(paths) > MOST:
        raise errors.Invalid("An archive is zip or tar, of at most 1,000 files or folders by name.")
    nodes = [house.files.find(actor, id) for id in wanted]
    nodes += [house.files.node(actor, house.files.home(actor), path.strip("/")) for path in paths]
    config = house.config
    body = house.files.archive(actor, nodes, kind, config.archive_max_entries, config.archive_max_bytes)
    start_response("200 OK", [
        ("Content-Type", TYPES[kind]), ("Content-Disposition", f'attachment; filename="download.{kind}"'),
        ("Content-Transfer-Encoding", "binary"), ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")])
    return body if environ["REQUEST_METHOD"] == "GET" else [b""]

"""What a link leads to, over WebDAV (``/dav/public-files/{token}``): a folder is a tree like any other; a file stands in a collection of its own."""
from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import answers, plans, properties, xmlbody
from appliance.protocols.webdav.addresses import encode
from appliance.protocols.webdav.answers import MULTISTATUS, MULTISTATUS_HEAD


def page(house, environ, target):
    """The page that answers instead of the tree's, or None."""
    actor = environ["hearth.actor"]
    if actor.kind != "link":
        return _elsewhere
    return None if target.path or house.files.links.link(actor)[0].folder else _collection


def _elsewhere(house, environ, start_response, target):
    """An internal link only tells who has signed in where to go."""
    node, _ = house.files.links.find(target.root)
    house.files.find(environ["hearth.actor"], house.files.resource_id(node))
    rest = f"/{target.path}" if target.path and node.folder else ""
    start_response("307 Temporary Redirect", [("Location", encode(f"/dav/spaces/{house.files.resource_id(node)}{rest}")), ("Content-Length", "0")])
    return [b""]


def _collection(house, environ, start_response, target):
    """The collection in which a single file stands."""
    method = environ["REQUEST_METHOD"]
    if method in ("GET", "HEAD"):
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]
    if method != "PROPFIND":
        raise answers.Refused(405, "There is only a file in here.")
    depth = environ.get("HTTP_DEPTH", "1").strip().lower()
    if depth not in ("0", "1"):
        raise errors.Invalid(f"Invalid Depth header value: {environ['HTTP_DEPTH']}")
    actor = environ["hearth.actor"]
    plan = plans.plan_for(request.body(environ, xmlbody.BYTES), "return=minimal" in request.preferred(environ))
    node, _ = house.files.links.link(actor)
    about = properties.About(house, actor, house.files.space_of(actor, node), node, environ["hearth.url"])
    above, slash, name = target.whole.rpartition("/")
    about.enter(above + slash)
    parts = [MULTISTATUS, *plan.responses(about, [node._replace(folder=True)], name)]
    if depth == "1":
        about.enter(target.whole + "/")
        parts += plan.responses(about, [node])
    body = "".join((*parts, "</d:multistatus>")).encode()
    start_response("207 Multi-Status", MULTISTATUS_HEAD + [("Vary", "Prefer"), ("Content-Length", str(len(body)))])
    return [body]


def refusal(environ, error):
    """Dress an error of the gate for who comes by a link: clients compare these texts to know what to ask for."""
    if not isinstance(error, errors.Unauthenticated):
        return answers.refusal(environ, error)
    internal, shown = environ["hearth.link"].kind == "internal", "HTTP_AUTHORIZATION" in environ
    code = "ERR_MISSING_BEARER_AUTH" if internal else "ERR_INVALID_CREDENTIALS" if shown else "ERR_MISSING_BASIC_AUTH"
    return answers.refusal(environ, answers.Refused(401, str(error), code))

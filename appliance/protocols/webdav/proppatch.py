"""PROPPATCH (RFC 4918 §9.2). wsgidav reads the request, judges each property in turn and writes the answer; what comes of
it is then stored in one write, so that all of a request happens or nothing."""
import io

from wsgidav.dav_error import DAVError, HTTP_FORBIDDEN
from wsgidav.request_server import RequestServer

from appliance.core import errors
from appliance.http import request
from appliance.protocols.webdav import conditions, places, properties, xmlbody
from appliance.protocols.webdav.answers import MULTISTATUS_HEAD, Refused


FAVORITE = f"{{{properties.OC}}}favorite"


def answer(house, environ, start_response, target):
    """Answer a PROPPATCH on a file or folder."""
    body = request.body(environ, xmlbody.BYTES)
    _check(body)
    place = places.find(house, environ, target)
    node = place.node()
    tokens = conditions.check(house, environ, place, node)
    resource, sent = _Resource(target.href(node.folder)), []
    try:
        answered = b"".join(RequestServer(_Provider(resource)).do_PROPPATCH(
            _request(environ, body), lambda status, headers: sent.append(status)))
    except DAVError as error:
        raise Refused(error.value, "The body is not a propertyupdate as RFC 4918 describes it.") from None
    if resource.favorite is not None:
        house.files.labels.favor(place.actor, node, resource.favorite)
    if resource.changes:
        house.files.set_properties(place.actor, node, resource.changes, tokens)
    start_response(sent[0], MULTISTATUS_HEAD + [("Content-Length", str(len(answered)))])
    return [answered]


def _check(body):
    """Hold the body to our limits before wsgidav reads it."""
    found = [name for change in xmlbody.parse(body) for group in change for name in group]
    if not found:
        raise errors.Invalid("A propertyupdate must name a property.")
    if len(found) > xmlbody.PROPERTIES:
        raise errors.TooLarge("A request may name 1,000 properties.")


def _request(environ, body):
    """What wsgidav is to see: the body, and none of the conditions, which are checked already."""
    return {"PATH_INFO": environ["PATH_INFO"], "REQUEST_METHOD": "PROPPATCH", "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body), "wsgidav.user_name": ""}


class _Provider:
    """wsgidav's view of the house: one resource and no locks, which are our files' affair."""

    lock_manager = None

    def __init__(self, resource):
        self._resource = resource

    def is_readonly(self):
        return False

    def get_resource_inst(self, path, environ):
        return self._resource


class _Resource:
    """wsgidav's view of a node; collects the changes that it found allowed."""

    def __init__(self, href):
        self._href, self.changes = href, {}         # {"{namespace}name": inner XML, or None to remove it}
        self.favorite = None                        # True or False where that was asked for

    def get_href(self):
        return self._href

    def get_etag(self):
        return None

    def get_last_modified(self):
        return None

    def set_property_value(self, name, value, dry_run):
        """wsgidav asks for every property with ``dry_run`` first, and only if none was refused without it."""
        if name == FAVORITE:                        # OpenCloud's clients use Graph for it; those of ownCloud and Nextcloud this
            if not dry_run:
                self.favorite = value is not None and (value.text or "").strip().lower() not in ("", "0", "false", "no", "off")
            return
        if properties.protected(name):
            raise DAVError(HTTP_FORBIDDEN)
        if not dry_run:
            self.changes[name] = None if value is None else xmlbody.inner(value)

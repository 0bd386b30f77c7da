"""Graph as one WSGI application: /graph/v1.0 and /graph/v1beta1, which answer the same here."""
import json
from datetime import UTC, datetime

import bottle

from appliance.core import clock, errors, sentences
from appliance.http import headers_of, language, line, status_of
from appliance.identity import Photo
from appliance.protocols.graph import activities, applications, drives, groups, items, labels, links, me, members, personal, photos, roles, users

_CODES = (
    (errors.Invalid, "invalidRequest"), (errors.Unauthenticated, "unauthenticated"), (errors.Forbidden, "accessDenied"),
    (errors.NotFound, "itemNotFound"), (errors.AlreadyExists, "nameAlreadyExists"), (errors.Locked, "itemIsLocked"),
    (errors.PreconditionFailed, "preconditionFailed"), (errors.QuotaExceeded, "quotaLimitReached"),
    (errors.Unsupported, "notSupported"), (errors.TooManyAttempts, "activityLimitReached"),
    (errors.Unavailable, "serviceNotAvailable"), (errors.HouseError, "generalException"),
)


def app(house):
    """The application for everything beneath /graph."""
    return _Application(house)


class _Application:
    def __init__(self, house):
        self._house = house
        self._pages = bottle.Router()
        for method, rule, page in _ROUTES:
            self._pages.add("/graph/<version:re:v1\\.0|v1beta1>" + rule, method, page)

    def __call__(self, environ, start_response):
        try:
            page, names = self._find(environ)
            names.pop("version")
            answer = page(self._house, environ, **names)
            status, value = answer if isinstance(answer, tuple) else (200, answer)
            if value is None:
                start_response(line(status), [("Cache-Control", "no-store"), *([] if status == 204 else [("Content-Length", "0")])])
                return []
            kind, body = value if isinstance(value, Photo) else ("application/json", json.dumps(value, ensure_ascii=False).encode())
            start_response(line(status), [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")])
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
        except errors.HouseError as error:
            status, headers, body = self.refuse(environ, error)
            start_response(status, headers)
            return [body]

    def _find(self, environ):
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace").rstrip("/")
        try:
            return self._pages.match({"REQUEST_METHOD": environ["REQUEST_METHOD"], "PATH_INFO": path})
        except bottle.HTTPError as error:
            if error.status_code == 405:
                raise _WrongMethod(allowed=error.get_header("Allow")) from None
            raise errors.NotFound("There is nothing here.") from None

    def refuse(self, environ, error):
        """Dress an error; also those of the gate. A missing sign-in has no body, as with OpenCloud."""
        status = "501 Not Implemented" if isinstance(error, errors.Unsupported) else getattr(error, "status", None) or status_of(error)
        headers = [*headers_of(error), *([("Allow", error.detail["allowed"])] if isinstance(error, _WrongMethod) else [])]
        if isinstance(error, errors.Unauthenticated) or environ["REQUEST_METHOD"] == "HEAD":
            return status, [*headers, ("Content-Length", "0")], b""
        code = getattr(error, "code", None) or next(code for kind, code in _CODES if isinstance(error, kind))
        now = datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = json.dumps({"error": {"code": code, "message": sentences.told(str(error), language.of_person(environ, self._house.people)), "innererror": {
            "date": now, "request-id": environ.get("hearth.request_id", "")}}}).encode()
        return status, [*headers, ("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body


class _WrongMethod(errors.HouseError):
    """This method is not possible here."""

    status, code = "405 Method Not Allowed", "notAllowed"


_ROUTES = (
    ("GET", "/me", me.answer),
    ("PATCH", "/me", me.change),
    ("POST", "/me/changePassword", me.change_password),
    ("GET", "/me/photo/$value", photos.mine),
    ("PUT", "/me/photo/$value", photos.put),
    ("PATCH", "/me/photo/$value", photos.put),
    ("DELETE", "/me/photo/$value", photos.remove),
    ("GET", "/users/<id>/photo/$value", photos.one),
    ("GET", "/me/drive", drives.home),
    ("GET", "/me/drives", drives.mine),
    ("GET", "/me/drive/sharedWithMe", items.with_me),
    ("GET", "/me/drive/sharedByMe", items.by_me),
    ("POST", "/me/drive/items/<id>/follow", labels.follow),
    ("DELETE", "/me/drive/following/<id>", labels.unfollow),
    ("GET", "/extensions/org.libregraph/tags", labels.every),
    ("PUT", "/extensions/org.libregraph/tags", labels.add),
    ("DELETE", "/extensions/org.libregraph/tags", labels.remove),
    ("GET", "/drives", drives.every),
    ("POST", "/drives", drives.make),
    ("GET", "/drives/<id>", drives.one),
    ("PATCH", "/drives/<id>", drives.change),
    ("DELETE", "/drives/<id>", drives.remove),
    ("GET", "/drives/<id>/root/permissions", links.all_on_root),
    ("POST", "/drives/<id>/root/invite", members.invite),
    ("GET", "/drives/<id>/root/permissions/<permission>", items.root_permission),
    ("PATCH", "/drives/<id>/root/permissions/<permission>", links.change_on_root),
    ("DELETE", "/drives/<id>/root/permissions/<permission>", links.remove_on_root),
    ("POST", "/drives/<id>/root/createLink", links.on_root),
    ("POST", "/drives/<id>/root/permissions/<permission>/setPassword", links.password_on_root),
    ("GET", "/drives/<drive>/items/<id>", items.received),
    ("PATCH", "/drives/<drive>/items/<id>", items.hide),
    ("DELETE", "/drives/<drive>/items/<id>", items.leave),
    ("POST", "/drives/<drive>/root/children", items.accept),
    ("GET", "/drives/<drive>/items/<id>/permissions", items.permissions),
    ("POST", "/drives/<drive>/items/<id>/invite", items.invite),
    ("POST", "/drives/<drive>/items/<id>/createLink", items.create_link),
    ("POST", "/drives/<drive>/items/<id>/permissions/<permission>/setPassword", items.set_password),
    ("GET", "/drives/<drive>/items/<id>/permissions/<permission>", items.permission),
    ("PATCH", "/drives/<drive>/items/<id>/permissions/<permission>", items.change),
    ("DELETE", "/drives/<drive>/items/<id>/permissions/<permission>", items.remove),
    ("GET", "/users", users.every),
    ("POST", "/users", users.make),
    ("GET", "/users/<id>", users.one),
    ("PATCH", "/users/<id>", users.change),
    ("DELETE", "/users/<id>", users.remove),
    ("GET", "/users/<id>/drive", users.drive),
    ("POST", "/users/<id>/exportPersonalData", personal.export),
    ("GET", "/users/<id>/appRoleAssignments", users.assignments),
    ("POST", "/users/<id>/appRoleAssignments", users.assign),
    ("DELETE", "/users/<id>/appRoleAssignments/<assignment>", users.unassign),
    ("GET", "/groups", groups.every),
    ("POST", "/groups", groups.make),
    ("GET", "/groups/<id>", groups.one),
    ("PATCH", "/groups/<id>", groups.change),
    ("DELETE", "/groups/<id>", groups.remove),
    ("GET", "/groups/<id>/members", groups.members),
    ("POST", "/groups/<id>/members/$ref", groups.join),
    ("DELETE", "/groups/<id>/members/<member>/$ref", groups.leave),
    ("GET", "/extensions/org.libregraph/activities", activities.of_item),
    ("GET", "/roleManagement/permissions/roleDefinitions", roles.every),
    ("GET", "/roleManagement/permissions/roleDefinitions/<id>", roles.one),
    ("GET", "/applications", applications.every),
    ("GET", "/applications/<id>", applications.one),
)

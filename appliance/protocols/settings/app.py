"""The settings service as one WSGI application: every call is a POST with JSON, answered with 201 as OpenCloud does."""
import json

from appliance.core import errors, ids
from appliance.http import headers_of, json_answer, request, status_of
from appliance.http import answer as reply
from appliance.identity import roles
from appliance.identity import settings as known
from appliance.protocols.settings import views

PREFIX = "/api/v0/settings/"
LIMIT = 1 << 16                                     # bytes


def app(house):
    """The application."""
    def application(environ, start_response):
        page = _PAGES.get(environ["PATH_INFO"].rstrip("/").removeprefix(PREFIX))
        try:
            if page is None:
                raise errors.NotFound()
            if environ["REQUEST_METHOD"] != "POST":
                return reply(start_response, 405, b"", headers=[("Allow", "POST")])
            return json_answer(start_response, page(house, environ["hearth.actor"], _read(environ)), 201, [("Cache-Control", "no-store")])
        except errors.HouseError as error:
            status = status_of(error)
            body = json.dumps({"id": "hearth-settings", "code": int(status[:3]), "detail": str(error), "status": status[4:]}).encode()
            start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers_of(error)])
            return [body]
    return application


def _read(environ):
    try:
        sent = json.loads(request.body(environ, LIMIT).decode() or "{}")
    except (ValueError, RecursionError):
        raise errors.Invalid("The body is no JSON.") from None
    if not isinstance(sent, dict):
        raise errors.Invalid("The body must be an object.")
    return sent


def _said(sent, name):
    """A member, in either spelling of the wire: ``accountUuid`` and ``account_uuid``."""
    first, *rest = name.split("_")
    return sent.get(name, sent.get(first + "".join(map(str.capitalize, rest))))


def _other(actor, sent):
    """The id of somebody else that this is about, or None; whatever is no id ("me" and the like) means the actor."""
    named = _said(sent, "account_uuid")
    return named if isinstance(named, str) and ids.is_uuid(named) and named != actor.id else None


def _own(actor, sent):
    """Refuse what is about somebody else, who for this service is not there."""
    if _other(actor, sent):
        raise errors.NotFound("user not found")


def _roles_list(house, actor, sent):
    return {"bundles": [views.role(role) for role in roles.ROLES.values()]}


def _assignments_list(house, actor, sent):
    who = _other(actor, sent)
    if who:
        roles.require(actor, "Roles.ReadWrite")
        return {"assignments": [views.assignment(house.people.find(who))]}
    return {"assignments": [views.assignment(house.people.find(actor.id))]}


def _assignments_filtered(house, actor, sent):
    roles.require(actor, "Roles.ReadWrite")
    filters = sent.get("filters") or []
    if not isinstance(filters, list) or not all(isinstance(each, dict) for each in filters) or len(filters) > 1000:
        raise errors.Invalid("The filters must be a list of objects.")
    terms = [each.get("term") if isinstance(each.get("term"), dict) else each for each in filters]
    ids, wanted = ({str(said) for each in terms if (said := _said(each, name)) is not None} for name in ("account_uuid", "role_id"))
    found = [views.assignment(account) for account in house.people.list() if not ids or account.id in ids]
    return {"assignments": [each for each in found if not wanted or each["roleId"] in wanted]}


def _assign(house, actor, sent):
    roles.require(actor, "Roles.ReadWrite")         # first: who may not must not learn who there is
    role = roles.by_id(str(_said(sent, "role_id")))
    who = house.people.find(str(_said(sent, "account_uuid")))
    return {"assignment": views.assignment(house.administration.assign(actor, who.id, role.name))}


def _unassign(house, actor, sent):
    """Everybody has a role, so taking one away leaves that of a user."""
    roles.require(actor, "Roles.ReadWrite")
    who = house.people.find(str(sent.get("id")))
    house.administration.assign(actor, who.id, "user")
    return {}


def _permissions_list(house, actor, sent):
    _own(actor, sent)
    held = {} if actor.scoped else roles.permissions_of(actor.role)
    return {"permissions": sorted(f"{name}.{constraint}" for name, constraint in held.items())}


def _permission(house, actor, sent):
    id = _said(sent, "permission_id")
    held = {} if actor.scoped else roles.permissions_of(actor.role)
    name = next((each.name for each in roles.PERMISSIONS.values() if each.id == id and each.name in held), None)
    if name is None:
        raise errors.NotFound("no permission")
    return {"permission": views.permission_value(name, held[name])}


def _permissions_by_resource(house, actor, sent):
    resource = sent.get("resource")
    if not isinstance(resource, dict):
        raise errors.Invalid("Which resource?")
    held = {} if actor.scoped else roles.permissions_of(actor.role)
    return {"permissions": [views.permission_value(name, constraint) for name, constraint in held.items()
                            if views.resource_of(name).items() >= {key: value for key, value in resource.items() if value}.items()]}


def _bundles_list(house, actor, sent):
    return {"bundles": [views.profile()]}


def _bundle(house, actor, sent):
    id = _said(sent, "bundle_id")
    if id == views.PROFILE:
        return {"bundle": views.profile()}
    found = next((role for role in roles.ROLES.values() if role.id == id), None)
    if found is None:
        raise errors.NotFound("bundle not found")
    return {"bundle": views.role(found)}


def _no_bundles(house, actor, sent):
    raise errors.Forbidden("The roles and settings of this server are fixed.")


def _values_list(house, actor, sent):
    _own(actor, sent)
    return {"values": [views.value(actor.id, id, value) for id, value in _values(house, actor).items()]}


def _value(house, actor, sent):
    named = {str(_said(sent, "id")), str(_said(sent, "setting_id"))}
    found = next((views.value(actor.id, id, value) for id, value in _values(house, actor).items()
                  if named & {id, views.value_id(actor.id, id)}), None)
    if found is None:
        raise errors.NotFound("value not found")
    return {"value": found}


def _values(house, actor):
    """What is set and what is meant where nothing was: id -> value."""
    kept = house.people.settings.of(actor.id)
    language = house.people.find(actor.id).language
    every = {id: kept.get(id, setting.default) for id, setting in known.SETTINGS.items() if id != known.LANGUAGE}
    return {**({known.LANGUAGE: language} if language else {}), **every}


def _save(house, actor, sent):
    value = sent.get("value")
    if not isinstance(value, dict):
        raise errors.Invalid("Which value?")
    _own(actor, value)
    id = str(_said(value, "setting_id"))
    permission = known.PERMISSION.get(id)
    if permission is not None:
        roles.require(actor, permission, own=True)
    elif actor.scoped:
        raise errors.Forbidden()
    meant = known.checked(id, views.read_value(value))
    if id == known.LANGUAGE:
        house.administration.speak(actor, meant)
    else:
        meant = house.people.settings.set(actor.id, id, meant)
    return {"value": views.value(actor.id, id, meant)}


_PAGES = {
    "roles-list": _roles_list, "assignments-list": _assignments_list, "assignments-list-filtered": _assignments_filtered,
    "assignments-add": _assign, "assignments-remove": _unassign, "permissions-list": _permissions_list,
    "permissions-list-by-resource": _permissions_by_resource, "permissions-get-by-id": _permission, "bundles-list": _bundles_list,
    "bundle-get": _bundle, "bundle-save": _no_bundles, "bundles-add-setting": _no_bundles, "bundles-remove-setting": _no_bundles,
    "values-list": _values_list, "values-get": _value, "values-get-by-unique-identifiers": _value, "values-save": _save,
}

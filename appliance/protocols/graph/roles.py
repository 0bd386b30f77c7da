"""The roles in which something can be shared."""
from appliance.core import errors
from appliance.sharing import PREFIX, ROLES, SHARED_ACTIONS


def every(house, environ):
    """``/roleManagement/permissions/roleDefinitions``: a plain list, as OpenCloud has it."""
    return [_view(role) for role in sorted(ROLES.values(), key=lambda role: role.weight) if role.usual]


def one(house, environ, id):
    """``/roleManagement/permissions/roleDefinitions/{id}``"""
    if id not in ROLES:
        raise errors.NotFound("There is no such role.")
    return _view(ROLES[id])


def _view(role):
    actions = [PREFIX + action for action in SHARED_ACTIONS if action in role.actions]
    return {"@libre.graph.weight": role.weight, "description": role.description, "displayName": role.display_name, "id": role.id,
            "rolePermissions": [{"allowedResourceActions": actions, "condition": condition} for condition in role.on]}

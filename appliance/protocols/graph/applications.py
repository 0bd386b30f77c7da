"""``/applications``: the one application there is, with the roles that people can have in it."""
from appliance.core import errors
from appliance.protocols.graph import views


def every(house, environ):
    """``GET /applications``"""
    return {"value": [views.application(house)]}


def one(house, environ, id):
    """``GET /applications/{id}``"""
    found = views.application(house)
    if found["id"] != id:
        raise errors.NotFound("not found")
    return found

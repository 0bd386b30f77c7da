"""``/me/photo/$value`` and those of others, as plain bytes."""
from appliance.core import errors
from appliance.http import request
from appliance.identity import Photo
from appliance.protocols.graph import users


def mine(house, environ):
    """``GET /me/photo/$value``"""
    return _photo(house, environ["hearth.actor"].id)


def one(house, environ, id):
    """``GET /users/{id}/photo/$value``"""
    return _photo(house, users.account_of(house, environ, id).id)


def put(house, environ):
    """``PUT`` and ``PATCH /me/photo/$value``: 200 without a body, as OpenCloud has it."""
    house.administration.show(environ["hearth.actor"], request.body(environ))
    return 200, Photo("text/plain", b"")


def remove(house, environ):
    """``DELETE /me/photo/$value``"""
    house.administration.show(environ["hearth.actor"], None)
    return 200, Photo("text/plain", b"")


def _photo(house, account_id):
    try:
        return 200, house.people.photos.get(account_id)
    except errors.NotFound as error:
        error.code = "generalException"             # as OpenCloud has it
        raise

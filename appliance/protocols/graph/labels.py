"""Tags on files and folders, and what somebody follows: their favourites."""
from appliance.core import errors
from appliance.protocols.graph import body, views

NAMED = 100                                         # tags in one request, as many as one thing may have


def every(house, environ):
    """``GET /extensions/org.libregraph/tags``: all that are on what one sees."""
    return {"value": house.search.tags(environ["hearth.actor"])}


def add(house, environ):
    """``PUT /extensions/org.libregraph/tags``"""
    house.files.labels.add_tags(environ["hearth.actor"], *_sent(house, environ))
    return 200, None


def remove(house, environ):
    """``DELETE /extensions/org.libregraph/tags``"""
    house.files.labels.remove_tags(environ["hearth.actor"], *_sent(house, environ))
    return 200, None


def _sent(house, environ):
    sent = body.read(environ, {"resourceId": str, "tags": list})
    tags = sent.get("tags", [])
    if not tags or len(tags) > NAMED or not all(isinstance(tag, str) for tag in tags):
        raise errors.Invalid(f"The tags must be 1 to {NAMED} texts.")
    return house.files.find(environ["hearth.actor"], sent.get("resourceId", "")), tags


def follow(house, environ, id):
    """``POST /me/drive/items/{id}/follow``: makes it a favourite. What is not there is 400, as with OpenCloud."""
    actor = environ["hearth.actor"]
    try:
        node = house.files.find(actor, id)
    except errors.NotFound:
        raise errors.Invalid("resource not found") from None
    house.files.labels.favor(actor, node, True)
    parent = {"driveId": f"{house.files.storage_id}${node.space}", "id": f"{house.files.storage_id}${node.space}!{node.parent or node.id}"}
    return 201, {**views.item(house, node), "parentReference": parent}


def unfollow(house, environ, id):
    """``DELETE /me/drive/following/{id}``: also what one does not see any more."""
    house.files.labels.unfavor(environ["hearth.actor"], id)
    return 204, None

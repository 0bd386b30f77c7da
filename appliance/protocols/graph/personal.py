"""``POST /users/{id}/exportPersonalData``: all that is known of a person, as a file in their own space."""
from appliance.core import errors
from appliance.http import request
from appliance.protocols.graph import body
from appliance.protocols.graph.users import account_of

PLACE = "/personal_data_export.json"
PATIENCE = 2                                        # seconds; it is written by then, unless the audit trail is very long


def export(house, environ, id):
    """Begin it, and most often end it, before the answer; nobody's but one's own."""
    actor = environ["hearth.actor"]
    if account_of(house, environ, id).id != actor.id:
        raise errors.Invalid("personal data export for other users are not permitted")
    sent = body.read(environ, {"storageLocation": str}) if request.length(environ) != 0 else {}
    running = house.personal_data.export(actor, sent.get("storageLocation", PLACE))
    if running is not None:
        running.join(timeout=PATIENCE)
    return 202, None

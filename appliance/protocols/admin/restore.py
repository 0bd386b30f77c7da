"""/api/v0/setup/restore: makes a fresh box what another one was. Nobody has an account yet, so the set-up code lets in.

``POST {"code", "place", "key", "access", "secret", "snapshot", "despite"}`` begins; ``POST`` with the code alone tells how it goes. When it is
done the server begins anew by itself, and the box is no fresh one any more: then this page is gone (410).
"""
from appliance.core import errors, log
from appliance.http import answer as reply
from appliance.http import forms, json_answer
from appliance.protocols.admin import body
from appliance.protocols.admin.pages import in_words

_FIELDS = {"code": str, "place": str, "key": str, "access": str, "secret": str, "snapshot": str, "despite": bool}


def app(house):
    """The application."""
    def answer(environ, start_response):
        if environ["PATH_INFO"].rstrip("/") != "/api/v0/setup/restore":
            raise errors.NotFound("There is nothing here.")
        if environ["REQUEST_METHOD"] != "POST":
            return reply(start_response, 405, headers=[("Allow", "POST")])
        forms.ours(environ)
        if not house.people.wants_setup():
            return json_answer(start_response, {"state": "gone", "error": "This box is set up already. Sign in."}, 410)
        said = body.fields(environ, _FIELDS, ("code",))
        house.people.check_setup(said.pop("code"), environ.get("REMOTE_ADDR"))
        if said:
            if not said.get("place") or not said.get("key"):
                raise errors.Invalid("Name the place of the backup and the key, as they stand on the recovery sheet.")
            house.restoring.begin(**said)
            log.get("admin").info("a backup is being restored, asked for from %s", environ.get("REMOTE_ADDR"))
        shown = {"state": house.restoring.state, "error": in_words(house, environ, house.restoring.error) or None}
        return json_answer(start_response, shown, headers=[("Cache-Control", "no-store")])
    return answer

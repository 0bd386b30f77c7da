"""/api/v0/policy and /api/v0/people/{id}/…: how people must sign in, and help for who has lost a second factor. JSON, for administrators."""
import json
import re

from appliance.core import errors
from appliance.http import answer as reply
from appliance.http import json_answer, request

LIMIT = 4_096                                       # bytes
_PERSON = re.compile(r"/api/v0/people/([^/]{1,255})/(second-factor|rescue)")


def app(house):
    """The application."""
    def answer(environ, start_response):
        path, method, actor = environ["PATH_INFO"].rstrip("/"), environ["REQUEST_METHOD"], environ["hearth.actor"]
        person = _PERSON.fullmatch(path)
        pages = _POLICY if path == "/api/v0/policy" else {"second-factor": _FACTORS, "rescue": _RESCUE}[person[2]] if person else None
        if pages is None:
            raise errors.NotFound("There is nothing here.")
        if method not in pages:
            return reply(start_response, 405, headers=[("Allow", ", ".join(pages))])
        who = person and person[1].encode("latin-1").decode("utf-8", "replace")
        found = pages[method](house.administration, actor, who, environ)
        if found is None:
            return reply(start_response, 204)
        return json_answer(start_response, found, headers=[("Cache-Control", "no-store")])
    return answer


def _policy(administration, actor, who, environ):
    return {"secondFactor": administration.policy(actor).second_factor}


def _set_policy(administration, actor, who, environ):
    try:
        sent = json.loads(request.body(environ, LIMIT))
        wanted = sent["secondFactor"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise errors.Invalid('Send {"secondFactor": "nobody", "administrators" or "everyone"}.') from None
    return {"secondFactor": administration.set_policy(actor, wanted).second_factor}


def _factors(administration, actor, who, environ):
    state = administration.factors(actor, who)
    return {"authenticatorApp": state.totp is not None, "passkeys": len(state.passkeys), "recoveryCodes": state.recovery}


def _reset(administration, actor, who, environ):
    administration.reset_factors(actor, who)


def _rescue(administration, actor, who, environ):
    return {"code": administration.rescue(actor, who), "seconds": 600}


_POLICY = {"GET": _policy, "PUT": _set_policy}
_FACTORS = {"GET": _factors, "DELETE": _reset}
_RESCUE = {"POST": _rescue}

"""``/api/v0/mail``: for administrators, whether mail goes out, and a letter to oneself to try it. README.md says more."""
from appliance.activity import shown_time
from appliance.identity import roles
from appliance.protocols.admin.pages import in_words, pages


def app(house):
    """The application."""
    return pages(house, {"/api/v0/mail": {"GET": _show}, "/api/v0/mail/test": {"POST": _test}})


def _show(house, actor, environ):
    roles.require(actor, "Settings.ReadWrite")
    return _shown(house, environ)


def _test(house, actor, environ):
    roles.require(actor, "Settings.ReadWrite")
    house.notices.test_mail(actor)
    return _shown(house, environ)


def _shown(house, environ):
    outbox = house.outbox
    server, last = outbox.server, outbox.last
    return {"configured": server is not None, "server": f"{'smtps' if server.tls else 'smtp'}://{server.host}:{server.port}" if server else None,
            "sender": server.sender if server else None, "waiting": outbox.waiting(),
            "last": last and {"time": shown_time(last["time"]), "error": in_words(house, environ, last["error"])}}

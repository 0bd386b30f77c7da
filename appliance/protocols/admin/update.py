"""``/api/v0/update``: which version runs, and how a newer one comes. JSON, for administrators."""
from appliance.protocols.admin.pages import in_words, pages


def app(house):
    """The application."""
    return pages(house, {"/api/v0/update": {"GET": _show, "POST": _begin}})


def _show(house, actor, environ):
    shown = house.updates.shown(actor)
    return {**shown, "text": in_words(house, environ, shown["text"])}


def _begin(house, actor, environ):
    house.updates.begin(actor)
    return _show(house, actor, environ)

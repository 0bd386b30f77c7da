"""What is answered where nothing is: a page that says so to a person with a browser, a line to a program."""
from html import escape
from pathlib import Path

from appliance.core import errors
from appliance.http import forms, html, response, words

_HERE = Path(__file__).parent
_HEADERS = (*forms.headers("form-action 'none'"), ("Cache-Control", "no-store"), ("Vary", "Accept, Accept-Language, Cookie"))


def lost(environ, start_response):
    """The application. NotFound for whoever wants no page."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or "text/html" not in environ.get("HTTP_ACCEPT", ""):
        raise errors.NotFound()
    says = words.of(_HERE, environ)
    page = html.page(says, says["lost"], f'<p>{escape(says["why"])}</p>\n<p class="buttons">{html.button("/", says["home"])}</p>\n')
    sent = response.answer(start_response, 404, page, "text/html; charset=utf-8", _HEADERS)
    return sent if environ["REQUEST_METHOD"] == "GET" else []

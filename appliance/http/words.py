"""The words of the server's own pages, in every language there is, and how they look to whoever asks.

A room keeps them in ``strings/<language>.json`` beside its pages. In what a page is given, ``lang`` says which language it is, and ``theme`` what
the person chose on this device: ``light``, ``dark`` or, for whatever the system has, "".
"""
import json
from functools import cache
from pathlib import Path

from appliance.http import cookies, language

THEMES = ("light", "dark")


def of(folder, environ, wanted=""):
    """The words for whoever asks, from the ``strings`` of a folder; ``wanted`` is the account's language, else the browser's counts."""
    return {**read(folder, language.of(environ, wanted or cookies.plain(environ, "language"))), "theme": theme(environ)}


def theme(environ):
    """The theme that was chosen on this device, "" for that of the system."""
    chosen = cookies.plain(environ, "theme")
    return chosen if chosen in THEMES else ""


@cache
def read(folder, lang):
    """The words of one language."""
    return {"lang": lang, "theme": "", **json.loads((Path(folder) / "strings" / f"{lang}.json").read_text(encoding="utf-8"))}

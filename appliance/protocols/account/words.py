"""The words of the pages in every language there is; English where one is missing."""
import json
from functools import cache
from pathlib import Path

from appliance.http import language

FOLDER = Path(__file__).with_name("strings")


def of(environ, wanted=""):
    """The words for whoever asks: ``wanted`` is the account's language, else the browser's; a dict that holds its ``lang``."""
    return read(language.of(environ, wanted))


@cache
def read(lang):
    """The words of one language."""
    return {"lang": lang, **json.loads((FOLDER / f"{lang}.json").read_text(encoding="utf-8"))}

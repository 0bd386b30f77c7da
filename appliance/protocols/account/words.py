"""The words of the pages in every language there is; English where one is missing."""
import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("strings")
LANGUAGES = ("en", "de")


def of(environ, wanted=""):
    """The words for whoever asks: ``wanted`` is the account's language, else the browser's; a dict that holds its ``lang``."""
    asked = [wanted, *(each.partition(";")[0].strip() for each in environ.get("HTTP_ACCEPT_LANGUAGE", "")[:200].split(","))]
    for each in asked:
        language = each.partition("-")[0].lower()
        if language in LANGUAGES:
            return read(language)
    return read("en")


@cache
def read(language):
    """The words of one language."""
    return {"lang": language, **json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))}

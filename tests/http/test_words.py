"""The words of the server's own pages: every room that has some says the same in all languages, and nothing that nobody asks for."""
import json
import re
from pathlib import Path

import pytest

from appliance.http import language

HOUSE = Path(__file__).parents[2] / "appliance"
ROOMS = sorted(path.parent for path in HOUSE.rglob("strings"))
FREE = ("said", "told", "told_often")               # by names of others


def flat(words, before=""):
    """Names and texts, also of what is grouped."""
    for name, text in words.items():
        if isinstance(text, dict):
            yield from flat(text, f"{before}{name}.")
        else:
            yield before + name, text


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_languages_say_the_same(room):
    """The same names and the same gaps; a text is not empty."""
    found = {lang: json.loads((room / "strings" / f"{lang}.json").read_text()) for lang in language.LANGUAGES}
    english = dict(flat({name: text for name, text in found["en"].items() if name != "said"}))
    for lang, words in found.items():
        other = dict(flat({name: text for name, text in words.items() if name != "said"}))
        assert other.keys() == english.keys(), lang
        assert all(other.values())
        for name, text in other.items():
            assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", english[name])), f"{lang}: {name}"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_word_is_used(room):
    """By its name, or by a name that is put together and begins or ends alike."""
    code = "".join(page.read_text() for page in room.glob("*.py"))
    begun = set(re.findall(r'f"(\w+[_-]){', code)) | set(re.findall(r'"(\w+[_-])" \+', code))
    ended = set(re.findall(r'\+ "(_\w+)"', code))
    for name in json.loads((room / "strings" / "en.json").read_text()):
        assert name in FREE or f'"{name}"' in code or f"'{name}'" in code or any(map(name.startswith, begun)) or any(map(name.endswith, ended)), name
    for name in re.findall(r'words\["(\w+)"\]', code):
        assert name in ("lang", "theme", "said") or f'"{name}"' in (room / "strings" / "en.json").read_text(), name

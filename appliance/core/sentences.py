"""What the house says to people, in their language. The house itself speaks English, and ``languages/<language>.json`` has its sentences in another one.

A sentence is its own name: so it is also understood where it was written down, or comes from a command or an old record. Where something stands in
the middle of one, the file has ``{1}``, ``{2}`` … in the English order; that may be a sentence again. What is not in the file stays English.
"""
import json
import re
from functools import cache
from pathlib import Path

LONGEST = 600                                       # characters of a line that is looked up: a pattern with three places takes their third power
DEEP = 3                                            # sentences within sentences
_PLACE = re.compile(r"\{(\d)\}")
_SIZE = re.compile(r"(\d+)\.(\d) ([kMGT]B)")


def told(text, language):
    """A text of one or more lines in a language."""
    known = _known(language)
    return "\n".join(_line(line, known, DEEP) for line in text.split("\n")) if known and text else text


def _line(line, known, deep):
    whole, patterns = known
    if line in whole or not deep or len(line) > LONGEST:
        return whole.get(line, line)
    for pattern, said in patterns:
        if found := pattern.fullmatch(line):
            parts = ["", *(_part(part, known, deep - 1) for part in found.groups())]
            return _PLACE.sub(lambda place: parts[int(place[1])], said)     # noqa: B023  (used up before the next turn)
    return line


def _part(text, known, deep):
    """What stands in the middle of a sentence; the blank before it may be its own."""
    inner = text.strip()
    return text.replace(inner, _SIZE.sub(r"\1,\2 \3", inner) if _SIZE.fullmatch(inner) else _line(inner, known, deep)) if inner else text


@cache
def _known(language):
    """The sentences that are whole, and patterns of those with places, the most certain first; None where the house speaks that itself."""
    file = Path(__file__).parent / "languages" / f"{language}.json"
    if not re.fullmatch("[a-z]{2}", language) or not file.is_file():
        return None
    said = json.loads(file.read_text(encoding="utf-8"))
    begun = sorted((each for each in said if _PLACE.search(each)), key=lambda each: -len(_PLACE.sub("", each)))
    return ({each: said[each] for each in said if not _PLACE.search(each)},
            [(re.compile("(.*?)".join(re.escape(part) for part in _PLACE.split(each)[::2])), said[each]) for each in begun])

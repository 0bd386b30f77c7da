"""From the tree of a query to a condition of SQL over ``index.SCHEMA``. Every value goes in as a parameter.

Conditions are such that none of them takes long on one row; how long all of them take is for the index to limit.
"""
import json
import re
from datetime import UTC
from typing import NamedTuple

from appliance.core import errors
from appliance.search import kinds, kql, times

# What files tell of themselves, in the words of OpenCloud's facets. Small letters -> as it is written.
_FACETS = {f"{facet}.{name}".lower(): f"$.{facet}.{name}" for facet, names in {
    "photo": "cameraMake cameraModel exposureDenominator exposureNumerator fNumber focalLength iso orientation", "image": "width height",
    "location": "latitude longitude altitude", "video": "duration bitrate width height",
    "audio": "album albumArtist artist bitrate composers copyright disc discCount duration genre title track trackCount year"}.items() for name in names.split()}
_COMPARISONS = {":": "=", "=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_UNITS = {"": 1, "b": 1, "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9, "t": 10**12, "tb": 10**12}
_words = re.compile(r"\w+").findall
NEVER = "0"


class Condition(NamedTuple):
    """A piece of SQL that is true or false of a row of ``nodes``, and the values of its parameters."""

    sql: str
    values: tuple = ()


class Translation:
    """Translates the terms of one query; ``readable`` is the Condition that a person may read a file's content, None where that is all they see."""

    def __init__(self, readable=None):
        self._readable = readable

    def condition(self, tree):
        """The Condition for a tree."""
        if isinstance(tree, kql.Term):
            return self._term(tree)
        parts = [self.condition(part) for part in tree.parts]
        if not parts:
            return Condition("1")
        values = tuple(value for part in parts for value in part.values)
        if tree.kind == "not":
            return Condition(f"NOT ({parts[0].sql})", values)
        return Condition("(" + f" {tree.kind.upper()} ".join(part.sql for part in parts) + ")", values)

    def _term(self, term):
        if term.key in _FACETS:
            return _facet(term)
        translate = {"": _name, "name": _name, "title": _name, "tag": _tag, "tags": _tag, "mediatype": _media, "mimetype": _media, "type": _type,
                     "size": _size, "mtime": _mtime, "taken": _taken, "photo.takendatetime": _taken, "id": _id, "rootid": _root, "path": _path,
                     "hidden": _hidden, "content": self._content}.get(term.key)
        return translate(term) if translate else Condition(NEVER)   # as in OpenCloud: a field that nothing has

    def _content(self, term):
        match = content(term)
        if not match:
            return Condition(NEVER)
        found = Condition("nodes.number IN (SELECT rowid FROM texts WHERE texts MATCH ?)", (match,))
        if self._readable is None:
            return found
        return Condition(f"({found.sql} AND {self._readable.sql})", found.values + self._readable.values)


def content(term):
    """What FTS5 is asked for a term: its words in a row; with a * at the end the last of them goes on. Empty where there are no words."""
    words = _words(term.value.replace("_", " "))
    return words and f'"{" ".join(words)}"' + (" *" if term.value.endswith("*") else "")


def has_wildcard(value):
    """Whether a value stands for many."""
    return "*" in value or "?" in value


def _glob(value):
    """A pattern for GLOB: its only special characters are * and ?. Stars in a row are one: each more would cost time."""
    return re.sub(r"\*[*?]*\*", lambda stars: "*" + "?" * stars[0].count("?"), value).replace("[", "[[]")


def _compared(column, value, exact="="):
    """A text in small letters, with wildcards or without."""
    value = kinds.small(value)
    return Condition(f"{column} GLOB ?", (_glob(value),)) if has_wildcard(value) else Condition(f"{column} {exact} ?", (value,))


def _likely(value):
    """A Condition for the index of three letters, which rules out nearly all names; None where a value is too short for it."""
    parts = {part[at:at + 3] for part in re.split(r"[*?]", kinds.small(value)) for at in range(len(part) - 2)}
    asked = " AND ".join('"' + part.replace('"', '""') + '"' for part in sorted(parts)[:40])
    return Condition("nodes.number IN (SELECT rowid FROM names WHERE names MATCH ?)", (asked,)) if parts else None


def _both(first, second):
    return Condition(f"({first.sql} AND {second.sql})", first.values + second.values) if first else second


def _name(term):
    """Without wildcards: the whole name, or these words in a row in it. With them: the whole name, or all of it but its ending."""
    value = kinds.small(term.value)
    if term.comparison not in (":", "=") or not value:
        return Condition(NEVER)
    if has_wildcard(value):
        if not value.strip("*"):
            return Condition("1")
        pattern = _glob(value)
        found = Condition("nodes.low GLOB ?", (pattern,))
        if not value.endswith("*") and term.comparison == ":":
            found = Condition("(nodes.low GLOB ? OR nodes.low GLOB ?)", (pattern, pattern + ".*"))
        return _both(_likely(value), found)
    whole = Condition("nodes.low = ?", (value,))
    words = kinds.words(value)
    if term.comparison == "=":
        return whole
    if not words.strip():
        return Condition("instr(nodes.low, ?) > 0", (value,))
    found = Condition("(nodes.low = ? OR instr(nodes.words, ?) > 0)", (value, words))
    return _both(_likely("*".join(words.split())), found)


def _tag(term):
    if term.comparison not in (":", "="):
        return Condition(NEVER)
    found = _compared("tags.tag", term.value)
    return Condition(f"EXISTS (SELECT 1 FROM tags WHERE tags.number = nodes.number AND {found.sql})", found.values)


def _media(term):
    """A kind that people know (document, image), or a media type."""
    value = term.value.lower()
    if value == "file":
        return Condition("NOT nodes.folder")
    if value in kinds.KINDS:
        parts = [_compared("nodes.media", media) for media in kinds.KINDS[value]]
        return Condition("(" + " OR ".join(part.sql for part in parts) + ")", tuple(value for part in parts for value in part.values))
    return _compared("nodes.media", value)


def _type(term):
    """1 or file, 2 or folder."""
    number = {"file": "1", "folder": "2"}.get(term.value.lower(), term.value)
    return _number("(nodes.folder + 1)", term._replace(value=number))


def _size(term):
    return _number("nodes.size", term)


def _number(column, term):
    found = re.fullmatch(r"(-?\d{1,18}(?:\.\d{1,6})?)\s*([A-Za-z]{0,2})", term.value.strip(), re.ASCII)
    if not found or found[2].lower() not in _UNITS:
        raise errors.Invalid(f'"{term.value[:60]}" is no number.')
    return Condition(f"{column} {_COMPARISONS[term.comparison]} ?", (float(found[1]) * _UNITS[found[2].lower()],))


def _mtime(term):
    return _during("nodes.mtime_ns", term, times.span(term.value), 10**9)


def _taken(term):
    """When a photo was taken. Cameras do not tell their time zone: their time counts as UTC."""
    return _during("nodes.taken", term, times.span(term.value, UTC), 1)


def _during(column, term, span, scale):
    first, end = (int(moment * scale) for moment in span)
    if term.comparison in (":", "="):
        return Condition(f"{column} >= ? AND {column} < ?", (first, end))
    return Condition(f"{column} {term.comparison} ?", (first,))


def bare(id):
    """The last part of a resource id: that of the node."""
    return id.rpartition("!")[2].rpartition("$")[2].lower()


def _id(term):
    return Condition("nodes.id = ?", (bare(term.value),))


def _root(term):
    return Condition("nodes.space = ?", (bare(term.value),))


def _hidden(term):
    wanted = {"true": "", "1": "", "false": "NOT ", "0": "NOT "}.get(term.value.lower())
    return Condition(NEVER if wanted is None else f"{wanted}nodes.low LIKE '.%'")


_WAY = """(WITH RECURSIVE way(path, parent) AS (SELECT nodes.low, nodes.parent UNION ALL
 SELECT up.low || '/' || way.path, up.parent FROM way JOIN nodes AS up ON up.number = way.parent AND up.parent IS NOT NULL)
 SELECT path FROM way ORDER BY length(path) DESC LIMIT 1)"""


def _path(term):
    """``./a/b``: that, and all beneath; with wildcards just what they say."""
    value = kinds.small(term.value).removeprefix("./").strip("/")
    if has_wildcard(value):
        return Condition(f"{_WAY} GLOB ?", (_glob(value),))
    return Condition(f"({_WAY} = ? OR {_WAY} GLOB ?)", (value, _glob(value.replace("*", "")) + "/*"))


def _facet(term):
    column = f"json_extract(nodes.facts, '{_FACETS[term.key]}')"
    if re.fullmatch(r"-?\d{1,15}(?:\.\d{1,9})?", term.value, re.ASCII):
        return Condition(f"{column} {_COMPARISONS[term.comparison]} ?", (float(term.value),))
    if term.comparison not in (":", "="):
        raise errors.Invalid(f'"{term.value[:60]}" is no number.')
    return _compared(f"lower({column})", term.value)


def score(query):
    """How well a row fits the names that were asked for, as SQL: 1, and more where its name begins with one, or is one."""
    parts, values = [], []
    for term in query.terms(("", "name"))[:3]:
        literal = kinds.small(term.value).strip("*?")
        if literal:
            parts.append("CASE WHEN nodes.low = ? OR nodes.low GLOB ? THEN 1.0 WHEN nodes.low GLOB ? THEN 0.5 WHEN instr(nodes.words, ?) > 0 THEN 0.25 ELSE 0 END")
            values += [literal, _glob(literal.replace("*", "?")) + ".*", _glob(literal.replace("*", "?")) + "*", " " + literal]
    return Condition(" + ".join(["1.0", *parts]), tuple(values))


def below(ids):
    """The Condition that a row lies beneath one of these nodes."""
    return Condition("""EXISTS (WITH RECURSIVE up(number) AS (SELECT nodes.parent UNION ALL
 SELECT above.parent FROM up JOIN nodes AS above ON above.number = up.number WHERE above.parent IS NOT NULL)
 SELECT 1 FROM up JOIN nodes AS top ON top.number = up.number WHERE top.id IN (SELECT value FROM json_each(?)))""", (json.dumps(list(ids)),))


def inside(id):
    """The Condition that a row is in the space of that id, or beneath the node of it."""
    return Condition(f"(nodes.space = ? OR {below([id]).sql})", (id, *below([id]).values))


def among(ids):
    """The Condition that a row is one of these nodes."""
    return Condition("nodes.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))


def within(spaces, roots):
    """The Condition that a row lies in one of these spaces, or is one of these nodes or lies beneath one."""
    parts = [Condition("nodes.space IN (SELECT value FROM json_each(?))", (json.dumps(list(spaces)),))]
    parts += [among(roots), below(roots)] if roots else []
    return Condition("(" + " OR ".join(part.sql for part in parts) + ")", tuple(value for part in parts for value in part.values))

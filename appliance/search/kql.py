"""KQL, the language in which clients ask: from a text to a tree of terms, or Invalid with what is wrong with it.

    query = alternative { "OR" alternative }
    alternative = part { [ "AND" | "+" ] part }
    part = ( "NOT" | "-" ) part | [ key ( ":" | "=" ) ] "(" query ")" | [ key comparison ] value
    comparison = ":" | "=" | "<" | "<=" | ">" | ">="
    value = '"' anything but '"' '"' | word

Operators are in capital letters. Terms side by side mean AND; those with one key mean OR (``tag:a tag:b``), unless they stand in a group with a
key (``tag:(a b)``). ``scope:<id>`` and ``is:favorite`` hold for the whole query, wherever they stand. A query is short by nature: it is held to
2,000 characters, 100 terms and 20 levels.
"""
import re
from typing import NamedTuple

from appliance.core import errors

LONGEST, TERMS, LEVELS, VALUE = 2000, 100, 20, 256
FAVORITE, SCOPE = "is", "scope"
WORDS_OF_TIME = ("today", "yesterday", "this week", "last week", "last 7 days", "this month", "last month", "last 30 days", "this year", "last year")
_TIMES = ("mtime", "taken", "photo.takendatetime")
_ALL = "all"                                        # a term that holds for the whole query leaves this where it stood


class Term(NamedTuple):
    """One condition: ``key`` in small letters, "" for free text; ``comparison``; the value without quotes."""

    key: str
    comparison: str
    value: str


class Branch(NamedTuple):
    """Conditions that hold together: ``kind`` is and, or, not; ``parts`` are Terms and Branches. An empty ``and`` is true of everything."""

    kind: str
    parts: tuple


class Query(NamedTuple):
    """What was asked: the tree, the ids within which to look, and whether only among favourites."""

    tree: object
    scopes: tuple = ()
    favorites: bool = False

    def terms(self, keys):
        """The Terms with one of these keys that are not negated."""
        found, to_see = [], [self.tree]
        while to_see:
            each = to_see.pop(0)
            if isinstance(each, Term):
                found += [each] if each.key in keys else []
            elif each.kind != "not":
                to_see[:0] = each.parts
        return found


_TOKEN = re.compile(r"""
    (?P<blank>\s+) | (?P<open>\() | (?P<close>\)) | (?P<operator>(?:AND|OR|NOT)(?=[\s()"]|$)) | (?P<and>\+(?=[\s\w"(*?]|$)) | (?P<not>-(?=[^\s)]))
    | (?P<key>[A-Za-z][\w.]*)\s*(?P<comparison>>=|<=|[:=<>])\s* | "(?P<quoted>[^"]*)" | (?P<word>[^\s()"]+)""", re.VERBOSE)
_LATER = re.compile("(?:" + "|".join(map(re.escape, sorted(WORDS_OF_TIME, key=len, reverse=True))) + r')(?=[\s)]|$)', re.IGNORECASE)


def parse(text):
    """Understand a query; Invalid."""
    if not text.strip():
        raise errors.Invalid("empty query provided")        # OpenCloud's words
    if len(text) > LONGEST:
        raise errors.Invalid(f"A query has at most {LONGEST} characters.")
    if not text.isprintable() and any("\ud800" <= char <= "\udfff" or char == "\0" for char in text):
        raise errors.Invalid("There are characters in the query that nothing can have.")
    reader = _Reader(_tokens(text))
    tree = reader.query("", 0)
    if reader.kind():
        raise errors.Invalid("A ) has no ( that belongs to it.")
    return Query(_simple(tree), tuple(reader.scopes), reader.favorites)


def _tokens(text):
    found, at, after_key = [], 0, ""
    while at < len(text):
        token = (_LATER.match(text, at) if after_key in _TIMES else None) or _TOKEN.match(text, at)
        if token is None:
            raise errors.Invalid('A quote (") is not closed.')
        at, kind = token.end(), token.lastgroup or "word"
        if token.re is _LATER:
            found.append(("value", token[0]))
        elif kind in ("quoted", "word"):
            found.append(("value", token[kind]))
        elif kind == "comparison":
            found.append(("key", (token["key"].lower(), token["comparison"])))
        elif kind != "blank":
            found.append((kind if kind in ("open", "close") else {"and": "AND", "not": "NOT"}.get(kind) or token[0], None))
        after_key = found[-1][1][0] if found and found[-1][0] == "key" else ""
    return found


class _Reader:
    """Goes through the tokens once."""

    def __init__(self, tokens):
        self._tokens, self._at, self._terms = tokens, 0, 0
        self.scopes, self.favorites = [], False

    def kind(self):
        """Of the next token, "" at the end."""
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self):
        self._at += 1
        return self._tokens[self._at - 1]

    def query(self, key, level):
        """Alternatives; ``key`` is that of the group they stand in."""
        if level > LEVELS:
            raise errors.Invalid(f"A query is nested {LEVELS} levels deep at most.")
        if self.kind() in ("AND", "OR"):
            raise errors.Invalid(f"the expression can't begin from a binary operator: '{self.kind()}'")      # OpenCloud's words
        parts = [self._alternative(key, level)]
        while self.kind() == "OR":
            self._take()
            parts.append(self._alternative(key, level))
        return Branch("or", tuple(parts))

    def _alternative(self, key, level):
        parts, alike, run = [], None, False         # alike: the key of the last part, where another with it may follow at once; run: one has
        while True:
            negated, start = False, self._at
            part, own = self._part(key, level)
            negated = self._tokens[start][0] == "NOT"
            if alike and own == alike and not negated and not key and not joined:
                parts[-1] = Branch("or", (*(parts[-1].parts if run else parts[-1:]), part))
                run = True
            else:
                parts.append(part)
                run = False
            alike, joined = None if negated else own, self.kind() == "AND"
            if joined:
                self._take()
                if self.kind() in ("AND", "OR", "", "close"):
                    if self.kind() in ("", "close") and self._scoped(parts):
                        break
                    raise errors.Invalid("Something is missing after AND.")
            if self.kind() in ("", "close", "OR"):
                break
        return Branch("and", tuple(parts))

    def _scoped(self, parts):
        return parts[-1] == _ALL

    def _part(self, key, level):
        kind, value = self._take() if self.kind() else ("", None)
        if kind == "NOT":
            if level > LEVELS:
                raise errors.Invalid(f"A query is nested {LEVELS} levels deep at most.")
            part, own = self._part(key, level + 1)
            if part == _ALL:
                raise errors.Invalid("scope: and is: hold for the whole query, and cannot be negated.")
            return Branch("not", (part,)), own
        if kind == "open":
            return self._group(key, level), None
        if kind == "key":
            if key:
                raise errors.Invalid(f"In a group that has a key ({key}) there is no other one.")
            return self._keyed(*value, level)
        if kind == "value":
            return self._term(key, ":", value), key or None
        raise errors.Invalid(f"Something is missing {'before ' + kind.replace('close', ')') if kind else 'at the end'}.")

    def _group(self, key, level):
        found = self.query(key, level + 1)
        if self.kind() != "close":
            raise errors.Invalid("A ( is not closed.")
        self._take()
        return found

    def _keyed(self, key, comparison, level):
        if self.kind() == "open" and comparison in (":", "="):
            self._take()
            return self._group(key, level), None
        if self.kind() != "value":
            raise errors.Invalid(f"Something is missing after {key}{comparison}")
        value = self._take()[1]
        if key == SCOPE:
            self.scopes.append(value)
            return _ALL, None
        if key == FAVORITE and value.lower() in ("favorite", "favourite"):
            self.favorites = True
            return _ALL, None
        return self._term(key, comparison, value), key

    def _term(self, key, comparison, value):
        self._terms += 1
        if self._terms > TERMS:
            raise errors.Invalid(f"A query has {TERMS} terms at most.")
        if len(value) > VALUE:
            raise errors.Invalid(f"A term has at most {VALUE} characters.")
        return Term(key, comparison, value)


def _simple(tree):
    """The tree without what holds for all of it, and without branches of one part."""
    if isinstance(tree, Term) or tree == _ALL:
        return Branch("and", ()) if tree == _ALL else tree
    parts = [_simple(part) for part in tree.parts if part != _ALL]
    parts = [part for part in parts if tree.kind == "not" or part != Branch("and", ())]
    if tree.kind == "not":
        return Branch("not", tuple(parts))
    return parts[0] if len(parts) == 1 else Branch("and" if not parts else tree.kind, tuple(parts))

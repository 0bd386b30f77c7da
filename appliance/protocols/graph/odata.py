"""The options of OData that clients use in a query, read within bounds: what is not understood is Invalid, never a guess.

A ``$filter`` becomes a tree of ``All``, ``Some``, ``Not`` and, as leaves, ``Compare``, ``Call`` and ``Has``. What the leaves mean
is told by whoever asks, who says Unsupported (501) to those that make sense but not here.
"""
import re
from functools import reduce
from typing import NamedTuple

from appliance.core import errors

LONGEST, DEEPEST, LEAVES = 8192, 20, 50            # characters of an option, brackets in brackets, comparisons
NAMES = 20                                          # in one list
_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[@A-Za-z_][\w.@]*(?:/[@A-Za-z_][\w.@]*)*)|(?P<number>-?[0-9]{1,15})"
                    r"|(?P<sign>[(),:]))\s*")
_NAME = re.compile(r"[@A-Za-z_][\w.@]*")
# OpenCloud's web client asks for kinds of drives without quotes; it shows no files where that is refused.
_WORDS = {"true": True, "false": False, "null": None, **{kind: kind for kind in ("personal", "project", "mountpoint", "virtual")}}
_OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le")


class Compare(NamedTuple):
    """``path operator value``"""

    path: str
    operator: str
    value: object


class Call(NamedTuple):
    """``function(path, value)``"""

    function: str
    path: str
    value: object


class Has(NamedTuple):
    """``collection/any(x:condition)``; paths in the condition are those of a member."""

    collection: str
    condition: object


class All(NamedTuple):
    """``and``"""

    parts: list


class Some(NamedTuple):
    """``or``"""

    parts: list


class Not(NamedTuple):
    """``not``"""

    part: object


class Query(NamedTuple):
    """What a request asks of a list."""

    filter: object = None                           # a tree
    search: str | None = None                       # without its quotes
    orderby: tuple = ()                             # (property, descending)
    expand: frozenset = frozenset()
    select: frozenset = frozenset()                 # empty for all
    top: int | None = None
    skip: int = 0

    def page(self, found):
        """The part of a list that is asked for."""
        return found[self.skip:None if self.top is None else self.skip + self.top]

    def selected(self, thing):
        """A dict with only the properties asked for; the id is always among them."""
        return {name: value for name, value in thing.items() if name in self.select or name == "id"} if self.select else thing


def query(fields, known):
    """Read the fields of a query; of its options (``$…``) only those in ``known`` are accepted, each once."""
    found = {}
    for name, values in fields.items():
        if not name.startswith("$"):
            continue
        if name[1:] not in known:
            raise errors.Invalid(f"The option {name[:40]} is not known here.")
        if len(values) > 1 or len(values[0]) > LONGEST:
            raise errors.Invalid(f"The option {name} is given twice, or too long.")
        found[name[1:]] = _READ[name](values[0].strip())
    return Query(**found)


def predicate(tree, leaf):
    """A function that says of a thing whether it fits a filter; ``leaf`` makes one of a leaf, or raises Unsupported."""
    if tree is None:
        return lambda thing: True
    if isinstance(tree, Not):
        inner = predicate(tree.part, leaf)
        return lambda thing: not inner(thing)
    if isinstance(tree, All | Some):
        return reduce(_both if isinstance(tree, All) else _either, [predicate(part, leaf) for part in tree.parts])
    return leaf(tree)


def _both(one, other):
    return lambda thing: one(thing) and other(thing)


def _either(one, other):
    return lambda thing: one(thing) or other(thing)


def reference(text, kind):
    """The id at the end of an address like ``https://host/graph/v1.0/users/ID``; Invalid for another kind of thing."""
    parts = text.rstrip("/").split("/") if isinstance(text, str) else []
    if len(parts) < 2 or parts[-2] != kind or not parts[-1] or len(parts[-1]) > 255:
        raise errors.Invalid(f"This is not the address of one of the {kind}.")
    return parts[-1]


class _Filter:
    """A recursive descent over the tokens; ``or`` binds least, then ``and``, then ``not``."""

    def __init__(self, text):
        self._tokens, self._at, self._leaves, self._depth = _tokens(text), 0, 0, 0

    def whole(self):
        found = self._some()
        if self._at < len(self._tokens):
            raise _misunderstood()
        return found

    def _some(self):
        self._depth += 1
        if self._depth > DEEPEST:
            raise errors.Invalid("The $filter has too many brackets in brackets.")
        parts = [self._all()]
        while self._word("or"):
            parts.append(self._all())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Some(parts)

    def _all(self):
        parts = [self._not()]
        while self._word("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else All(parts)

    def _not(self):
        negated = False
        while self._word("not"):
            negated = not negated
        found = self._one()
        return Not(found) if negated else found

    def _one(self):
        if self._sign("("):
            found = self._some()
            self._want(")")
            return found
        self._leaves += 1
        if self._leaves > LEAVES:
            raise errors.Invalid(f"The $filter compares more than {LEAVES} times.")
        path = self._path()
        if not self._sign("("):
            operator = self._path()
            if operator not in _OPERATORS:
                raise _misunderstood()
            return Compare(path, operator, self._value())
        return self._has(path[:-4]) if path.endswith("/any") else self._call(path)

    def _call(self, function):
        path = self._path()
        self._want(",")
        value = self._value()
        self._want(")")
        return Call(function, path, value)

    def _has(self, collection):
        variable = self._path()
        self._want(":")
        condition = self._some()
        self._want(")")
        return Has(collection, _within(condition, variable + "/"))

    def _next(self):
        if self._at == len(self._tokens):
            raise _misunderstood()
        self._at += 1
        return self._tokens[self._at - 1]

    def _path(self):
        kind, text = self._next()
        if kind != "name":
            raise _misunderstood()
        return text

    def _value(self):
        kind, text = self._next()
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text)
        if text not in _WORDS:
            raise _misunderstood()
        return _WORDS[text]

    def _word(self, word):
        return self._take(("name", word))

    def _sign(self, sign):
        return self._take(("sign", sign))

    def _take(self, token):
        here = self._at < len(self._tokens) and self._tokens[self._at] == token
        self._at += here
        return here

    def _want(self, sign):
        if not self._sign(sign):
            raise _misunderstood()


def _tokens(text):
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise _misunderstood()
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


def _within(tree, start):
    """A condition with its paths seen from a member; each must begin with the variable that stands for it."""
    if isinstance(tree, All | Some):
        return type(tree)([_within(part, start) for part in tree.parts])
    if isinstance(tree, Not):
        return Not(_within(tree.part, start))
    if isinstance(tree, Has) or not tree.path.startswith(start):
        raise _misunderstood()
    return tree._replace(path=tree.path[len(start):])


def _misunderstood():
    return errors.Invalid("The $filter is not understood.")


def _search(text):
    """One word, or anything in double quotes."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        inner = text[1:-1]
        if re.fullmatch(r'(?:[^"\\]|\\["\\])*', inner):
            return re.sub(r"\\(.)", r"\1", inner)
    elif text.isalnum():
        return text
    raise errors.Invalid('The $search is not understood. Put what is no single word into double quotes.')


def _orderby(text):
    found = []
    for part in _parts(text):
        words = part.split()
        if not 1 <= len(words) <= 2 or not _NAME.fullmatch(words[0]) or words[1:] not in ([], ["asc"], ["desc"]):
            raise errors.Invalid("The $orderby is not understood.")
        found.append((words[0], words[1:] == ["desc"]))
    return tuple(found)


def _names(text):
    found = [part.strip() for part in _parts(text)]
    if not all(map(_NAME.fullmatch, found)):
        raise errors.Invalid("$expand and $select take names with commas between them.")
    return frozenset(found)


def _expanded(text):
    """Names as well; what a client asks of their members in brackets is let pass."""
    outside, depth = "", 0
    for letter in text:
        if letter == ")" and not depth:
            break
        depth += (letter == "(") - (letter == ")")
        if letter != ")" and not depth:
            outside += letter
    else:
        if not depth:
            return _names(outside)
    raise errors.Invalid("The $expand has a bracket without another.")


def _parts(text):
    parts = text.split(",") if text else []
    if len(parts) > NAMES:
        raise errors.Invalid(f"There are more than {NAMES} names in this list.")
    return parts


def _number(text):
    if not re.fullmatch("[0-9]{1,9}", text):
        raise errors.Invalid("$top and $skip are numbers.")
    return int(text)


_READ = {"$filter": lambda text: _Filter(text).whole(), "$search": _search, "$orderby": _orderby, "$expand": _expanded,
         "$select": _names, "$top": _number, "$skip": _number}

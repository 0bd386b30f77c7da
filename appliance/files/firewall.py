"""The file firewall: which files are taken, for the house and for single spaces, by their names and by what they really are.

A rule is a list of what is allowed and one of what is denied. An entry is an ending (``.exe``, ``.tar.gz``), a family or mark of
``kinds`` (``program``, ``macros``), or a media type (``application/zip``, ``image/*``). What is denied is refused; of what is allowed, a
file must fit one of the endings, if there are any, and one of the others, if there are any. The house's rule and the space's both hold.

All of it is one record, ``firewall.json``, which administrators change while the box runs.
"""
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from gevent.lock import RLock

from appliance.core import errors, jobs, log, records
from appliance.files import kinds

ENTRIES, ALL = 300, 5_000                           # in one list, and in the record
_TYPE = re.compile(r"[a-z]+/(?:\*|[a-z0-9][a-z0-9.+-]*)")
AWAY, INFECTED, LARGE = ("refuse", "quarantine", "pass"), ("remove", "quarantine"), ("part", "refuse", "pass")


class Refused(errors.Forbidden):
    """This file is not accepted here."""

    spoken = True                                   # it says to the person themselves what is wrong, so in their language


@dataclass(frozen=True)
class Rule:
    """What is taken; nothing in it takes everything."""

    allow: tuple = ()
    deny: tuple = ()

    @property
    def looks(self):
        """Whether the name alone does not tell."""
        return any(not entry.startswith(".") for entry in (*self.allow, *self.deny))

    def refuse(self, name, kind=None):
        """Refused where a file of that name, and of that Kind where it is known by now, is not taken."""
        name = kinds.plain(name)
        endings = [entry for entry in self.allow if entry.startswith(".")]
        for entry in self.deny:
            if entry.startswith(".") and name.endswith(entry):
                raise Refused(f"Files that end in {entry} are not accepted here.")
        if endings and not name.endswith(tuple(endings)):
            raise Refused(f"Only files that end in {_some(endings)} are accepted here.")
        if kind is None or kind.family == "empty":
            return
        for entry in self.deny:
            if entry in kind.labels:
                raise Refused(f"This file is {_WORDS.get(entry, entry)}, whatever its name says. That is not accepted here.")
        wanted = {entry for entry in self.allow if not entry.startswith(".")}
        if wanted and not wanted & kind.labels:
            raise Refused(f"This file is {_WORDS.get(kind.family, kind.type)}. Only these are accepted here: {_some(sorted(wanted))}.")


_WORDS = {"program": "a program", "script": "a script", "archive": "an archive", "disk": "an image of a disk", "page": "a web page", "image": "an image",
          "video": "a video", "audio": "a recording", "document": "a document", "office": "an office document", "text": "a text",
          "unknown": "of a kind that nobody knows", "macros": "a document with macros", "disguised": "something else than its name says"}


def _some(entries):
    return ", ".join(entries[:10]) + (" ..." if len(entries) > 10 else "")


@dataclass(frozen=True)
class Scan:
    """What is done about viruses, where there is a scanner."""

    infected: str = "remove"                        # one of INFECTED: what becomes of an upload in which one was found; it is refused in any case
    away: str = "refuse"                            # one of AWAY: what becomes of uploads while the scanner does not answer
    most: int = 25_000_000                          # bytes of a file that are scanned; clamd of Debian takes 25 MiB
    large: str = "part"                             # one of LARGE, of larger files: their first bytes are scanned, they are refused, or taken unseen

    def __post_init__(self):
        for name, choices in (("infected", INFECTED), ("away", AWAY), ("large", LARGE)):
            if getattr(self, name) not in choices:
                raise errors.Invalid(f'"{name}" is one of: {", ".join(choices)}.')
        if type(self.most) is not int or not 0 < self.most <= 1 << 40:
            raise errors.Invalid('"most" is a number of bytes, at least 1.')


@dataclass(frozen=True)
class Settings:
    """The record."""

    house: Rule = Rule()
    spaces: dict = field(default_factory=dict)      # id -> Rule
    scan: Scan = Scan()


class Firewall:
    """Keeps the rules, and asks them."""

    def __init__(self, data):
        self._path, self._turn = Path(data) / ".hearth" / "firewall.json", RLock()
        self._damaged = False
        try:
            kept = jobs.blocking(records.read, self._path)
            self.settings = _settings(kept or {}, Settings())
        except (errors.Corrupt, errors.Invalid):
            log.get("firewall").error("the record firewall.json is damaged: nothing is taken until the rules are set again")
            self.settings, self._damaged = Settings(), True

    @property
    def open(self):
        """Whether everything is taken."""
        return not self._damaged and not self.settings.spaces and self.settings.house == Rule()

    def looks(self, space_id):
        """Whether it matters in a space what a file really is."""
        return any(rule.looks for rule in self._rules(space_id))

    def refuse(self, space_id, name, kind=None):
        """Refused where a space does not take a file of that name, and of that Kind where it is known."""
        for rule in self._rules(space_id):
            rule.refuse(name, kind)

    def _rules(self, space_id):
        if self._damaged:
            raise errors.Unavailable("The rules about which files are accepted cannot be read. Who looks after this box must set them again.")
        space = self.settings.spaces.get(space_id)
        return (self.settings.house, space) if space else (self.settings.house,)

    def set(self, wanted, there):
        """Change what ``wanted`` names of ``house``, ``spaces`` (``{id: rule, or None for none}``) and ``scan``, all or nothing. Invalid.

        ``there`` are the ids of the spaces that there are; rules of others are dropped.
        """
        with self._turn:
            changed = _settings(wanted, self.settings)
            if unknown := set(wanted.get("spaces") or ()) - set(there):
                raise errors.Invalid(f"There is no space {min(unknown)[:100]}.")
            changed = replace(changed, spaces={id: rule for id, rule in changed.spaces.items() if id in there})
            self._keep(changed)

    def forget(self, there):
        """Drop the rules of spaces that are gone."""
        with self._turn:
            kept = {id: rule for id, rule in self.settings.spaces.items() if id in there}
            if kept != self.settings.spaces:
                self._keep(replace(self.settings, spaces=kept))

    def _keep(self, settings):
        if sum(len(rule.allow) + len(rule.deny) for rule in (settings.house, *settings.spaces.values())) > ALL:
            raise errors.Invalid(f"All rules together have at most {ALL} entries.")
        jobs.bulk(records.write, self._path, asdict(settings))
        self.settings, self._damaged = settings, False


def _settings(wanted, before):
    """The Settings that come of what is wanted and of those before. Invalid."""
    if not isinstance(wanted, dict) or wanted.keys() - {"house", "spaces", "scan"}:
        raise errors.Invalid('Send an object with any of "house", "spaces" and "scan".')
    spaces, scan = wanted.get("spaces", {}), wanted.get("scan", {})
    if not isinstance(spaces, dict) or not isinstance(scan, dict) or scan.keys() - asdict(Scan()).keys():
        raise errors.Invalid(f'"spaces" and "scan" are objects; the latter has {", ".join(asdict(Scan()))}.')
    rules = {**before.spaces, **{id: _rule(rule) if rule else None for id, rule in spaces.items()}}
    return Settings(_rule(wanted["house"]) if "house" in wanted else before.house,
                    {id: rule for id, rule in rules.items() if rule and rule != Rule()}, replace(before.scan, **scan))


def _rule(given):
    if not isinstance(given, dict) or given.keys() - {"allow", "deny"}:
        raise errors.Invalid('A rule is an object with "allow" and "deny", each a list.')
    return Rule(_entries(given.get("allow", [])), _entries(given.get("deny", [])))


def _entries(given):
    if not isinstance(given, list | tuple) or len(given) > ENTRIES or not all(isinstance(entry, str) for entry in given):
        raise errors.Invalid(f"A list holds at most {ENTRIES} texts.")
    entries = [entry.strip().lower() for entry in given]
    for entry in entries:
        ending = entry.startswith(".") and len(entry) > 1 and kinds.plain(entry) == entry and "/" not in entry and len(entry) <= 64
        if not (ending or entry in kinds.NAMES or _TYPE.fullmatch(entry)):
            raise errors.Invalid(f'"{entry[:100]}" is neither an ending such as .exe, nor a media type such as image/*, nor one of: '
                                 f'{", ".join(kinds.NAMES)}.')
    return tuple(dict.fromkeys(entries))

"""Accounts and groups: what is known of people and is no secret, and which names they may have."""
import re
import unicodedata
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property

from appliance.core import clock, errors, ids
from appliance.identity.roles import ROLES

LONGEST_NAME, LONGEST_TEXT = 64, 255                # characters
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")     # as BCP 47 has them, without its rarer forms


@dataclass(frozen=True)
class Account:
    """A person. Secrets are kept apart."""

    id: str
    name: str                                       # to sign in with, and of the folder; unique without regard to case
    display_name: str
    email: str = ""                                 # unique, or empty
    role: str = "user"
    enabled: bool = True
    quota: int | None = None                        # bytes, 0 without limit; None where nobody said
    created: float = field(default_factory=clock.now)   # seconds since 1970
    removed: float | None = None                    # since when only their files are left, to be cleared up
    heir: str = ""                                  # then: the id of the account that gets the files; empty for the trash
    language: str = ""                              # that they read, like de or pt-BR; empty where nobody said
    given_name: str = ""
    surname: str = ""

    @cached_property
    def key(self):
        """The name as it is compared and sorted."""
        return folded(self.name)

    @cached_property
    def email_key(self):
        """The mail address as it is compared."""
        return folded(self.email)

    @cached_property
    def display_key(self):
        """The name for people to see, likewise."""
        return folded(self.display_name)

    @cached_property
    def haystack(self):
        """What a search looks through, folded."""
        return folded("\n".join((self.display_name, self.name, self.email)))


@dataclass(frozen=True)
class Group:
    """Some people under one name."""

    id: str
    name: str
    members: tuple = ()                             # ids of accounts

    @cached_property
    def key(self):
        """The name as it is compared and sorted."""
        return folded(self.name)

    @cached_property
    def who(self):
        """The members as a set."""
        return frozenset(self.members)


def to_record(thing):
    """An account or a group as a record."""
    return asdict(thing)


def from_record(kind, record):
    """Read a record as an Account or a Group; members that a later program added are left alone."""
    known = {each.name for each in fields(kind)}
    try:
        read = kind(**{name: tuple(value) if name == "members" else value for name, value in record.items() if name in known})
    except TypeError:
        raise errors.Corrupt(record=record.get("id")) from None
    if not all(isinstance(getattr(read, each.name), str) for each in fields(kind) if each.type is str):
        raise errors.Corrupt(record=read.id)
    return read


def folded(text):
    """The form in which names and addresses are compared: NFC, without regard to case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def checked_login(name):
    """A login name in NFC, which is the name of a folder too; Invalid with the reason where it cannot be one."""
    name = checked_text(name, "name", LONGEST_NAME)
    if not name:
        raise errors.Invalid("A name is missing.")
    if set(name) & set('/\\:') or name.startswith(".") or len(name.encode()) > 200:
        raise errors.Invalid('A name must not begin with a dot, nor hold "/", "\\" or ":". Choose another one.')
    if ids.is_uuid(name.lower()):
        raise errors.Invalid("A name must not look like an id. Choose another one.")
    return name


def checked_group(name):
    """The name of a group."""
    name = checked_text(name, "name of the group")
    if not name or ids.is_uuid(name.lower()):
        raise errors.Invalid("A group needs a name that does not look like an id.")
    return name


def checked_text(text, what, longest=LONGEST_TEXT):
    """A line of text in NFC without blanks around it; Invalid where it is too long or cannot be shown."""
    if not isinstance(text, str):
        raise errors.Invalid(f"The {what} must be text.")
    text = unicodedata.normalize("NFC", text.strip())
    if len(text) > longest:
        raise errors.Invalid(f"The {what} is longer than {longest} characters.")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in text):
        raise errors.Invalid(f"The {what} holds characters that cannot be shown.")
    return text


def checked_email(email):
    """A mail address, or nothing."""
    email = checked_text(email, "mail address")
    if email and not _MAIL.fullmatch(email):
        raise errors.Invalid(f'"{email}" is not a mail address.')
    return email


def checked_language(language):
    """The tag of a language, or nothing."""
    if not isinstance(language, str) or language and not _LANGUAGE.fullmatch(language):
        raise errors.Invalid("A language is written like de or pt-BR.")
    return language


def checked_role(role):
    """A role's name."""
    if role not in ROLES:
        raise errors.Invalid(f"The roles are: {', '.join(ROLES)}.")
    return role


def checked_quota(quota):
    """Bytes, 0 without limit, or None."""
    if quota is not None and (not isinstance(quota, int) or isinstance(quota, bool) or not 0 <= quota < 1 << 63):
        raise errors.Invalid("A quota is a number of bytes, 0 for none.")
    return quota

"""Passwords: which are accepted, how they are kept, and whether one fits. Argon2id, one at a time, never in the hub."""
import ctypes
import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance.core import errors, jobs
from appliance.identity.accounts import folded

SHORTEST, LONGEST = 8, 256                          # characters
_COMMON = Path(__file__).with_name("common-passwords.txt")

# OWASP's least: 19 MiB, two rounds. 30 ms on a desktop, about half a second on a Raspberry Pi 3. Several at once would
# take the memory of a small box, and more waiting than this would only be a queue of strangers.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_turns = jobs.Turns(1, 8)

# What nobody's password fits, so that an unknown name costs as much time as a known one.
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$llazInPM5BXTxtGkuIrEZw$h36lddRhZfcAzlKWS3k/gm/aipeVCj4DWBEERRxFL54"


def check(password, *known):
    """Invalid, with the reason, where a password is too short, too long, very common, or one of the ``known`` words.

    There are no rules on which characters it is made of; they make passwords worse (NIST SP 800-63B §5.1.1.2).
    """
    if len(unicodedata.normalize("NFC", password)) < SHORTEST:
        raise errors.Invalid(f"The password is too short. Take at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise errors.Invalid(f"The password is too long. Take at most {LONGEST} characters.")
    if "\0" in password or folded(password) in _common():
        raise errors.Invalid("This password is among the first that a stranger would try. Choose another one.")
    if folded(password) in {folded(word) for word in known if word}:
        raise errors.Invalid("The password must not be your name or mail address. Choose another one.")


def hashed(password):
    """The text under which a password is kept."""
    with _turns:
        return jobs.bulk(_hasher.hash, _normal(password))


def fits(kept, password):
    """Whether a password is the one kept; None for ``kept`` takes as long and says no."""
    if len(password) > 4 * LONGEST:
        return False
    with _turns:
        return jobs.bulk(_fits, kept or _NOBODYS, _normal(password)) and bool(kept)


def is_outdated(kept):
    """Whether a password was hashed at another cost than today's."""
    return _hasher.check_needs_rehash(kept)


def _fits(kept, password):
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _normal(password):
    """The same bytes from every keyboard: macOS composes letters in another way (RFC 8265 §4.2)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _common():
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(folded(line) for line in lines if line and not line.startswith("#"))


def _return_large_blocks():
    """Tell the C library to give blocks of 8 MiB back when they are freed.

    Else it learns from the first hash to keep 19 MiB for the next one: measured, 37 MB at rest instead of 18.
    """
    mmap_threshold, trim_threshold = -3, -1         # <malloc.h>
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:                         # glibc; others do not keep it
        mallopt(mmap_threshold, 8 << 20)
        mallopt(trim_threshold, 4 << 20)


_return_large_blocks()

"""Codes on paper: ten that the person prints, and one that an administrator tells somebody who lost everything.

They are random, so that SHA-256 keeps them well enough; letters and digits that nobody confuses, since people type them.
"""
import hashlib
import re

from appliance.core import clock, ids

NUMBER = 10
RESCUE = 600                                        # seconds


def new(number=NUMBER):
    """Fresh codes as people see them: four groups of four, 80 bits."""
    return tuple("-".join(re.findall("....", ids.token(80))) for _ in range(number))


def hashed(code):
    """How a code is kept; blanks, dashes and capitals do not matter."""
    return hashlib.sha256(re.sub(r"[\s-]", "", code).lower().encode("utf-8", "surrogatepass")).hexdigest()


def rescue(code):
    """How an administrator's code is kept."""
    return {"hash": hashed(code), "until": clock.now() + RESCUE}


def is_rescue(kept, code):
    """Whether this is the code that was kept, in its time."""
    return bool(kept) and kept["hash"] == hashed(code) and kept["until"] - RESCUE - 60 <= clock.now() < kept["until"]

"""What is wrong with the box: a finding says it in one sentence, and in another one what to do."""
from typing import NamedTuple

WELL, WARNING, CRITICAL = STATES = ("well", "warning", "critical")


class Finding(NamedTuple):
    """Something that needs a person. ``id`` stays the same while it lasts; ``values`` are the numbers in the sentence."""

    id: str
    state: str                                      # warning: soon; critical: now
    text: str
    remedy: str
    values: dict = {}


def worst(findings):
    """The state of a box with these findings."""
    return max((finding.state for finding in findings), key=STATES.index, default=WELL)

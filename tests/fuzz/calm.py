"""How many examples: the same ones every day; HEARTH_FUZZ_EXAMPLES asks for that many others, by chance, to hunt."""
import os

from hypothesis import HealthCheck, settings

HUNT = int(os.environ.get("HEARTH_FUZZ_EXAMPLES", 0))


def calm(examples):
    """Settings for a test that talks to a server: no deadline, no complaints about fixtures."""
    return settings(max_examples=HUNT or examples, derandomize=not HUNT, database=None, deadline=None, suppress_health_check=list(HealthCheck))

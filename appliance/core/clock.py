"""The time, from one place, so that a test can set it."""
import time

_now_ns = time.time_ns


def now_ns():
    """Nanoseconds since 1970, UTC."""
    return _now_ns()


def now():
    """Seconds since 1970, UTC, as a float."""
    return _now_ns() / 1e9


def set(source=None):
    """Take the time from ``source()`` (nanoseconds); without one, from the machine again."""
    global _now_ns
    _now_ns = source or time.time_ns

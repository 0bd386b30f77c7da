"""The time, from one place, so that a test can set it; and whether it can be right."""
import ctypes
import os
import time

OLDEST = 1_793_491_200                              # 1 November 2026: no clock that shows less is right
_UNSYNCHRONISED, _ERROR = 0x40, 5                   # <sys/timex.h>: STA_UNSYNC, TIME_ERROR
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


def is_wrong(latest=0):
    """Whether the clock cannot be right: before this program was written, or before ``latest``, which has been already."""
    return now() < max(OLDEST, latest)


def is_doubtful():
    """Whether nothing says that the clock is right: no battery keeps it, and the network has not set it. Linux alone can tell."""
    if is_wrong():
        return True
    if os.path.exists("/dev/rtc0") or _now_ns is not time.time_ns:
        return False
    told = ctypes.create_string_buffer(256)         # struct timex; asked for with no mode it is only filled in
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    return adjtimex is not None and adjtimex(told) == _ERROR

"""Times in a query: from what people write to a span of seconds since 1970."""
import re
from datetime import datetime, timedelta

from appliance.core import clock, errors

_DAY = timedelta(days=1)
_WRITTEN = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def span(text, zone=None):
    """``(first, end)`` in seconds: a year, month, day, minute or second that is written out (RFC 3339 or the beginning of it), or one of
    ``kql.WORDS_OF_TIME``. Without a time zone it is that of the box, or ``zone``. Invalid."""
    today = datetime.fromtimestamp(clock.now(), zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first, end = _by_words(" ".join(text.lower().split()), today) or _written(text, zone)
    return _seconds(first), _seconds(end)


def _by_words(text, today):
    monday, month = today - today.weekday() * _DAY, today.replace(day=1)
    year, tomorrow = month.replace(month=1), today + _DAY
    return {
        "today": (today, tomorrow), "yesterday": (today - _DAY, today),
        "this week": (monday, monday + 7 * _DAY), "last week": (monday - 7 * _DAY, monday), "last 7 days": (today - 6 * _DAY, tomorrow),
        "this month": (month, _next_month(month)), "last month": ((month - _DAY).replace(day=1), month), "last 30 days": (today - 29 * _DAY, tomorrow),
        "this year": (year, year.replace(year=year.year + 1)), "last year": (year.replace(year=year.year - 1), year),
    }.get(text)


def _written(text, zone):
    found = _WRITTEN.fullmatch(text.strip())
    try:
        if not found or found[4] and not found[3]:
            raise ValueError
        year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups()[:6])
        first = datetime(year, month or 1, day or 1, hour or 0, minute or 0, second or 0)
        if found[7]:
            first = first.replace(tzinfo=datetime.strptime(found[7].replace("Z", "+0000"), "%z").tzinfo)
        elif zone:
            first = first.replace(tzinfo=zone)
        if month is None:
            return first, first.replace(year=year + 1)
        if day is None:
            return first, _next_month(first)
        return first, first + (_DAY if hour is None else timedelta(minutes=1) if second is None else timedelta(seconds=1))
    except (ValueError, OverflowError):
        raise errors.Invalid(f'"{text[:60]}" is no time. Write it like 2026-11-27, 2026-11-27T09:30:00Z or "last 7 days".') from None


def _next_month(first):
    return (first.replace(day=28) + 4 * _DAY).replace(day=1)


def _seconds(moment):
    """A moment without a zone is one of the box."""
    try:
        return moment.timestamp()
    except (OverflowError, OSError, ValueError):
        raise errors.Invalid("There is no such time.") from None

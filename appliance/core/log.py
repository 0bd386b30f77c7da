"""The log: one line a fact on standard error, which systemd carries to the journal."""
import logging
import sys

LINE = "%(levelname)s %(name)s: %(message)s"


def get(name):
    """The logger of a room."""
    return logging.getLogger("hearth." + name)


def start(level="INFO", stream=None):
    """Send what the house says to ``stream`` (standard error). Called once, by the program, never by a room."""
    house = logging.getLogger("hearth")
    house.handlers[:] = [logging.StreamHandler(stream or sys.stderr)]
    house.handlers[0].setFormatter(OneLine(LINE))
    house.setLevel(level)
    house.propagate = False


class OneLine(logging.Formatter):
    """Keeps an entry to one line whatever a stranger put into it; tracebacks, which are ours, keep theirs."""

    def formatMessage(self, record):
        return super().formatMessage(record).translate(ESCAPES)


ESCAPES = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
ESCAPES |= {0x2028: "\\u2028", 0x2029: "\\u2029"}

"""How text comes out of each kind of file: one page each.

``ENDINGS``, in small letters; ``text(file, ending, out)`` gives an open file's text to ``out``, a ``gathered.Text``, piece by piece, and stops when that is
full. Pages are read by the house for their names alone, so what is heavy is imported when it is used.
"""
from appliance.search.extractors import book, mail, office, page, pdf, plain

EXTRACTORS = (plain, page, office, pdf, book, mail)
LARGEST = 64 << 20                                  # bytes of a file that is read whole; of plain texts only the beginning is read anyway


def of_ending(ending):
    """The page for files of this ending, or None."""
    return next((each for each in EXTRACTORS if ending in each.ENDINGS), None)


__all__ = ["EXTRACTORS", "LARGEST", "of_ending"]

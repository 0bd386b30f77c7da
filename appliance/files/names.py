"""Names: the next one where one is taken, and the path one step down."""
import re


def numbered(name, number):
    """``name (2).ext``; endings like .tar.gz stay together."""
    stem, ending = re.fullmatch(r"(.*?)((?:\.tar)?\.[^.]{1,16}|)", name, re.DOTALL).groups()
    while len(f"{stem} ({number}){ending}".encode()) > 255:
        stem = stem[:-1]
    return f"{stem} ({number}){ending}"


def join(path, name):
    """A path relative to the root of a space, one step down."""
    return f"{path}/{name}" if path else name

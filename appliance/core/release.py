"""Which version this is: what install.sh wrote beside the program, else the package's number."""
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

WRITTEN = Path(__file__).parents[2] / "VERSION"


def number():
    """The version as text, ``0.1.0`` or, installed on a box, ``0.1.0-1a2b3c4d``: the number and what its files are. Blocking."""
    try:
        return WRITTEN.read_text().strip()
    except OSError:
        pass
    try:
        return version("hearth-appliance")
    except PackageNotFoundError:
        return "0.1.0"

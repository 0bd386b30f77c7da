"""hearth version: which one this is. hearth check and reindex: look after the storage."""
from importlib.metadata import PackageNotFoundError, version


def register(commands, shared):
    """Add the commands."""
    commands.add_parser("version", parents=[shared], help="tell which version this is").set_defaults(run=_version)


def _version(config, options):
    try:
        number = version("hearth-appliance")
    except PackageNotFoundError:
        number = "0.1.0"
    return {"version": number}, f"hearth {number}"

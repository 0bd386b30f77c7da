"""The plan of the house: imports go down, rooms on one floor do not meet, guests use the door, and the tree is behind the files."""
import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "appliance"
PLAN = ("core", "storage identity confined", "sharing", "files", "search previews activity system", "http", "protocols", "cli")
FLOOR = {room: floor for floor, rooms in enumerate(PLAN) for room in rooms.split()}
ROOF = ("app", "server", "__main__", "__init__")    # builds and serves everything, so it may see everything
ONLY_FOR = {"storage": ("sharing", "files", "system")}
EXAMINER = ("cli", "check")                          # looks at the disk itself, where the rest of the house may not even start
PAGES = sorted(HOUSE.rglob("*.py"))


def room_of(path):
    """The room of a dotted path within the house, as a tuple; each protocol is a room of its own."""
    return tuple(path[:2]) if path[0] == "protocols" else (path[0],)


def imported(tree):
    """Every module that a page imports, wherever in it, as (dotted name, line)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            if node.module == "appliance":          # from appliance import http
                for alias in node.names:
                    yield f"appliance.{alias.name}", node.lineno
            else:
                yield "." * node.level + (node.module or ""), node.lineno


def complaint(page, name):
    """Why this page may not import that module; None where it may."""
    if name.startswith("."):
        return "names are written in full"
    if name.split(".")[0] != "appliance" or page[0] in ROOF:
        return None
    target = name.split(".")[1:]
    if not target or target[0] in ROOF:
        return None if page[0] == "cli" else "only the commands take the whole house"
    here, there = room_of(page), room_of(target)
    if here == there:
        return None
    if there[0] not in FLOOR:
        return f"{there[0]} is not on the plan"
    if here[0] not in ONLY_FOR.get(there[0], (here[0],)) and page != EXAMINER:
        return f"only {', '.join(ONLY_FOR[there[0]])} may enter {there[0]}"
    if FLOOR[there[0]] >= FLOOR[here[0]]:
        return "imports go down, and rooms on one floor do not meet"
    if len(target) > len(there):
        return f"use the door: appliance.{'.'.join(there)}"
    return None


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(HOUSE)))
def test_page(file):
    """Each page says what it is, and imports only what it may."""
    tree = ast.parse(file.read_text())
    assert ast.get_docstring(tree), "a page begins by saying what it is"
    page = file.relative_to(HOUSE).with_suffix("").parts
    found = [f"line {line}: {name}: {why}" for name, line in imported(tree) if (why := complaint(page, name))]
    assert not found


def test_rooms_are_on_the_plan():
    """There is no utils; rooms that are not built yet are not missed."""
    assert {folder.name for folder in HOUSE.iterdir() if folder.is_dir() and folder.name != "__pycache__"} <= set(FLOOR)
    assert {file.stem for file in HOUSE.glob("*.py")} <= set(ROOF)


@pytest.mark.parametrize("page, name", [
    (("core", "log"), "appliance.storage"), (("storage", "tree"), "appliance.identity"), (("storage", "tree"), "appliance.files"),
    (("protocols", "ocs", "app"), "appliance.protocols.graph"), (("protocols", "ocs", "app"), "appliance.storage"),
    (("http", "gate"), "appliance.identity.signin"), (("files", "files"), "appliance.app"), (("files", "files"), "appliance"),
    (("sharing", "access"), ".roles"), (("core", "log"), "appliance.utils"), (("cli", "serve"), "appliance.storage"),
    (("protocols", "ocs", "app"), "appliance.protocols"), (("search", "index"), "appliance.activity"), (("http", "gate"), "appliance.server")])
def test_every_broken_rule_is_found(page, name):
    """Staircases through a ceiling, siblings, windows instead of doors, rooms nobody planned."""
    assert complaint(page, name)


def test_imports_are_found_wherever_they_stand():
    """In functions, of several names, from the package itself."""
    found = [name for name, _ in imported(ast.parse("def f():\n from appliance import http, core\n import a.b, c\n from . import d"))]
    assert found == ["appliance.http", "appliance.core", "a.b", "c", "."]

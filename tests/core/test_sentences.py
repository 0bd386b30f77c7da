"""What the house says, in the person's language: every sentence of what an administrator may read has a German one."""
import ast
import json
import re
from pathlib import Path

import pytest

from appliance.core import sentences

HOUSE = Path(__file__).parents[2] / "appliance"
GERMAN = json.loads((HOUSE / "core/languages/de.json").read_text())
ROOMS = ("system", "identity", "protocols/admin", "protocols/setup", "activity")
OTHERS = ("words.py", "openid", "trail.py", "stream.py")      # have their words themselves, or speak to programs
FIRST = re.compile(r"[A-Z\"{]")
# What nobody reads in a browser: files beside the program, the log, names of things.
ELSEWHERE = re.compile(r"Sign in as \{1}|\{1} The administrators are|The file does not say|There are several|Lets this device trust|Token \{1}|Hearth |[^a-z]*$")


def template(node):
    """A text as the file of sentences has it; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        count = iter(range(1, 10))
        return "".join(part.value if isinstance(part, ast.Constant) else f"{{{next(count, 0)}}}" for part in node.values)
    return None


def said(file):
    """The sentences in a page of the house that are not for its log, nor for who reads the source."""
    tree, left = ast.parse(file.read_text()), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) and not (isinstance(node, ast.ClassDef) and file.name == "errors.py"):
            left.add(id(node.body[0].value))
        if isinstance(node, ast.JoinedStr):
            left.update(map(id, node.values))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call) and ast.unparse(node.func.value.func) == "log.get":
            left.update(map(id, ast.walk(node)))
    texts = (template(node) for node in ast.walk(tree) if id(node) not in left)
    return {text for text in texts if text and " " in text and FIRST.match(text) and text.rstrip("}")[-1:] in (".", "?", "") and not ELSEWHERE.match(text)}


PAGES = [HOUSE / "core/errors.py", HOUSE / "http/health.py", HOUSE / "files/firewall.py", HOUSE / "files/inspection.py",
         *sorted(path for room in ROOMS for path in (HOUSE / room).rglob("*.py") if not set(path.parts) & set(OTHERS))]


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(HOUSE)))
def test_every_sentence_has_a_german_one(file):
    assert not said(file) - GERMAN.keys()


def test_the_german_ones_fill_the_same_places():
    for english, german in GERMAN.items():
        assert set(re.findall(r"\{\d\}", english)) == set(re.findall(r"\{\d\}", german)), english


@pytest.mark.parametrize(("text", "german"), [
    ("Sign in first.", "Melden Sie sich erst an."),
    ("The disk is nearly full: 1.5 GB are left.", "Die Platte ist fast voll: 1,5 GB sind noch frei."),
    ("There was no backup for 5 days.", "Seit 5 Tagen gab es keine Sicherung."),
    ("There was no backup for 5 days. There is no folder /mnt/x. Is the disk plugged in and mounted?",
     "Seit 5 Tagen gab es keine Sicherung. Es gibt keinen Ordner /mnt/x. Steckt die Platte, und ist sie eingehängt?"),
    ("The backup cannot be read back.\nChoose another disk for the backup, today.", "Die Sicherung lässt sich nicht mehr lesen.\nWählen Sie heute noch eine andere Platte für die Sicherung."),
    ("Nobody ever said this.", "Nobody ever said this."), ("", ""),
])
def test_told(text, german):
    """Whole sentences, such with places, a sentence within another, several lines; what is not known stays."""
    assert sentences.told(text, "de") == german
    assert sentences.told(text, "en") == sentences.told(text, "../de") == text


def test_what_a_stranger_wrote_costs_little():
    """A text that fits nearly everything is looked up while it is short, and backslashes in it are no groups."""
    assert sentences.told("There was no backup for " + "a.b " * 100 + r"\1 days.", "de").startswith("Seit a.b")
    long = "There was no backup for " + "a.b " * 900 + "1 days."
    assert sentences.told(long, "de") == long

"""What a stranger reads first: every public function and class says what it does, and every option why it is as it is."""
import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from appliance.core import Config

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "appliance").rglob("*.py"))


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_public_names_have_a_sentence(file):
    """Functions and classes that a page offers to others say what they do."""
    public = [node for node in ast.parse(file.read_text()).body
              if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")]
    assert not [node.name for node in public if not ast.get_docstring(node)]


def test_every_option_has_its_reason():
    """A comment beside it, in the page where all options stand; no more than forty of them."""
    text = (ROOT / "appliance" / "core" / "config.py").read_text()
    assert len(fields(Config)) <= 40
    for field in fields(Config):
        assert re.search(rf"^    {field.name}: [^\n]*(# \S|\n +# )", text, re.MULTILINE) or field.name in ("key", "log_level"), field.name


def test_nothing_is_promised_that_is_not_there():
    """Links between the project's own papers lead somewhere."""
    for paper in [*ROOT.glob("*.md"), *(ROOT / "appliance").rglob("*.md"), *(ROOT / "tests" / "load").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", paper.read_text()):
            assert (paper.parent / target).exists(), f"{paper.relative_to(ROOT)}: {target}"


def test_top_level_holds_what_the_contract_names():
    """Folders of the product and the usual files; what git leaves out is not looked at."""
    usual = {"appliance", "systemd", "image-build", "web", "tests", "install.sh", "README.md", "CHANGELOG.md", "DECISIONS.md", "LICENSE",
             "pyproject.toml"}
    assert {path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.name != "node_modules"} <= usual

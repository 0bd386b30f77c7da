"""The plan of the web client, kept by reading it: floors, sizes, words, what is loaded at once, and types."""
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
FLOORS = ("lib", "api", "router", "model", "actions", "elements", "views", "app", "sw")
MODULES = sorted(WEB.rglob("*.js"))
LANGUAGES = {path.stem: json.loads(path.read_text()) for path in sorted((WEB / "strings").glob("*.json"))}
TSC = ROOT / "tests/clients/node_modules/.bin/tsc"
IMPORT = re.compile(r'(?:^import (?:[^"]*? from )?|=> import\()"([^"]+)"', re.MULTILINE)


def name(path):
    return path.relative_to(WEB).as_posix()


def floor(path):
    return FLOORS.index(path.relative_to(WEB).parts[0].removesuffix(".js"))


def imports(path, later=True):
    """The modules that one imports; without ``later`` those that it cannot begin without."""
    text = path.read_text()
    return [(path.parent / match[1]).resolve() for match in IMPORT.finditer(text) if later or not match[0].startswith("=>")]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_module(path):
    """Below 200 lines, imports go down or along, only api/ asks the server, only what is above actions touches the page, and no markup is made of text."""
    text = path.read_text()
    assert len(text.splitlines()) < 200 and max(map(len, text.splitlines())) < 400
    assert text.startswith("//"), "a module begins by saying what it is"
    for target in imports(path):
        assert target.exists(), target
        assert floor(target) <= floor(path), f"{name(path)} imports {name(target)}"
    if floor(path) not in (FLOORS.index("api"), FLOORS.index("sw")):
        assert not re.search(r"\b(fetch\(|XMLHttpRequest|EventSource)", text)
    if floor(path) < FLOORS.index("actions") and path.parent.name != "lib":
        assert not re.search(r"\bdocument\.", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|\.style\.cssText", text)


def test_the_shell_loads_all_at_once():
    """Whatever app.js needs to begin stands in the shell, so that no module waits for another to be read."""
    needed, left = set(), [WEB / "app.js"]
    while left:
        path = left.pop()
        if path not in needed:
            needed.add(path)
            left += imports(path, later=False)
    shell = (WEB / "index.html").read_text()
    assert set(re.findall(r'modulepreload" href="/_/HASH/([^"]+)"', shell)) == {name(path) for path in needed} - {"app.js"}
    assert not re.search(r"<style|style=|<script(?![^>]*src=)| on\w+=", shell)


def test_what_comes_later_is_there():
    """Whatever is asked for by ``app.load`` and ``app.dialog`` is a module of that name."""
    source = "\n".join(path.read_text() for path in MODULES)
    asked = set(re.findall(r'\bload\("([^"]+)"\)', source)) | {f"elements/{found}" for found in re.findall(r'\bdialog\("([^"]+)"', source)}
    asked |= {f"views/{found}-view" for found in re.findall(r'"?[\w-]+"?: "(\w+)"', re.search(r"VIEWS = {(.*)}", (WEB / "router.js").read_text())[1])}
    assert len(asked) > 15
    assert asked <= {name(path).removesuffix(".js") for path in MODULES}


def test_styles_come_with_their_parts():
    """A stylesheet stands in the shell or is asked for by a module that is loaded later; none is left over, none missing."""
    shell = set(re.findall(r'href="/_/HASH/styles/([^"]+)\.css"', (WEB / "index.html").read_text()))
    asked = {found for path in MODULES for found in re.findall(r'^await style\("([^"]+)"\)', path.read_text(), re.MULTILINE)}
    assert not shell & asked
    assert shell | asked == {path.stem for path in (WEB / "styles").glob("*.css")}


def test_every_language_says_everything():
    """The same names, the same places to fill, plurals alike; nothing is said that nobody asks for."""
    english = LANGUAGES["en"]
    assert len(LANGUAGES) > 1
    for language, strings in LANGUAGES.items():
        assert strings.keys() == english.keys(), language
        for key, text in strings.items():
            assert type(text) is type(english[key]) and places(text) == places(english[key]), f"{language}: {key}"
            assert text and "" not in (text.values() if isinstance(text, dict) else [text]), f"{language}: {key}"


def places(text):
    forms = text.values() if isinstance(text, dict) else [text]
    return set(re.findall(r"{\w+}", " ".join(forms)))


def test_every_word_is_known_and_used():
    """Names in the source stand in the strings, and the other way round; of a name that is put together, the beginning."""
    source = "\n".join(path.read_text() for path in MODULES)
    whole = set(re.findall(r'\bt\("([^"]+)"', source)) | set(re.findall(r'\bt\([^()"`]*\? "([^"]+)" : "[^"]+"', source)) | set(re.findall(r'\bt\([^()"`]*\? "[^"]+" : "([^"]+)"', source))
    begun = set(re.findall(r'\bt\(`([^`$]+)\$', source))
    strings = LANGUAGES["en"].keys()
    assert not whole - strings
    for beginning in begun:
        assert any(key.startswith(beginning) for key in strings), beginning
    unused = {key for key in strings if f'"{key}"' not in source and not any(key.startswith(beginning) for beginning in begun)}
    assert not unused


def test_every_act_has_words():
    """What the audit trail calls an act can be asked for in its page, and is said in every language."""
    from appliance.activity.audit import action_of
    from appliance.core import events
    published = set(re.findall(r"events\.(\w+)", "\n".join(path.read_text() for path in (ROOT / "appliance").rglob("*.py") if path.name != "audit.py"))) - {"AccountAct", "GroupAct", "SpaceAct"}
    acts = {action for each in published if isinstance(kind := getattr(events, each, None), type)
            and issubclass(kind, events.Event) and (action := action_of(kind.__new__(kind)))}
    known = set(re.findall(r'"(\w+)"', re.search(r"ACTIONS = \[(.*?)]", (WEB / "views/admin/trail.js").read_text(), re.DOTALL)[1]))
    assert len(acts) > 30 and not acts - known
    assert {f"trail.{each}" for each in known} <= LANGUAGES["en"].keys()


def test_all_is_installed():
    """Every folder of the tree is named in pyproject.toml."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    assert {path.parent.relative_to(ROOT).as_posix() + "/*.*" for path in WEB.rglob("*") if path.is_file()} == {pattern for patterns in named.values() for pattern in patterns}


@pytest.mark.slow
@pytest.mark.skipif(not TSC.exists() or not shutil.which("node"), reason="the npm package typescript is not installed")
def test_types():
    """What JSDoc says of types is true."""
    done = subprocess.run([TSC, "-p", Path(__file__).parent / "tsconfig.json"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout

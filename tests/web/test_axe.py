"""Can everybody use it: axe-core on every page and state, in both themes, on a phone and on a desk; nothing is wider than the window."""
import re
from pathlib import Path

import pytest

import tour

AXE = Path(__file__).parents[1] / "clients/node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not AXE.exists(), reason="the npm package axe-core is not installed")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(360, 740), (1280, 800)], ids=["phone", "desk"])
def test_every_state(chromium, own_server, size, theme):
    """No violation anywhere."""
    people = tour.furnish(own_server)
    context = chromium.new_context(base_url=own_server.url, locale="en-GB", color_scheme=theme, reduced_motion="reduce", viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(10_000)
    page = context.new_page()
    tour.enter(page, people["ann"])
    found = look(context, page, tour.stops(page, people))
    context.close()
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("theme, size", [("dark", (360, 740)), ("light", (1280, 800))], ids=["phone", "desk"])
def test_first_start(chromium, own_server, size, theme):
    """The set-up, from the printed link to the files, by the keyboard."""
    context = chromium.new_context(base_url=own_server.url, locale="en-GB", color_scheme=theme, reduced_motion="reduce", viewport={"width": size[0], "height": size[1]})
    context.set_default_timeout(10_000)
    page = context.new_page()
    found = look(context, page, tour.start(page, own_server.process.stdout.readline()))
    context.close()
    assert not found, "\n".join(map(str, found))


def look(context, page, stops):
    """What axe finds at each of the stops: ``(stop, rule, nodes)``."""
    found, debugger = [], context.new_cdp_session(page)
    for name in stops:                              # some are pages of the server's
        # By the debugger, for which the page's policy does not hold; a page as strict as ours lets no script in.
        debugger.send("Runtime.evaluate", {"expression": f"window.axe || (() => {{ {AXE.read_text()} }})()"})
        said = page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", TAGS)
        found += [(name, each["id"], [re.sub(r"\s+", " ", node["html"])[:160] for node in each["nodes"]][:3]) for each in said["violations"]]
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name
    return found

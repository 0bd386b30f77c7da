"""For everyone: pages hold at 320 pixels (that is 400 % on a desk) and from right to left, and styles know no left and right."""
import re
from pathlib import Path

import pytest

import tour

ROOT = Path(__file__).parents[2]
STYLES = sorted([*(ROOT / "web/styles").glob("*.css"), *(ROOT / "appliance").rglob("*.css")])
PAGES = ("/files/personal/ann", "/shared/with-me", "/trash/personal/ann", "/spaces", "/search", "/photos", "/admin", "/admin/people", "/admin/uploads", "/admin/trail", "/account", "/signout")


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_no_left_and_right(path):
    """Margins, paddings, borders, places and texts begin and end instead. What stands in the middle may."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    found = re.findall(r"(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)|[;{\s](?:left|right): |float:", text)
    for insets in re.findall(r"inset: ([^;]+);", text):
        each = re.findall(r"calc\([^)]*\)+|\S+", insets)
        if len(each) == 4 and each[1] != each[3] and "50%" not in each:
            found.append(insets)
    assert not found


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_narrow_and_from_the_right(chromium, own_server, direction):
    """Nothing is wider than the window, whichever way people read; buttons stay within it."""
    people = tour.furnish(own_server)
    context = chromium.new_context(base_url=own_server.url, locale="en-GB", viewport={"width": 320, "height": 640}, service_workers="block")
    page = context.new_page()
    tour.enter(page, people["ann"])
    for address in (*PAGES, people["album"]):
        page.goto(address)
        page.wait_for_load_state("load")
        page.evaluate("direction => { document.documentElement.dir = direction }", direction)
        page.wait_for_selector("h1", state="attached")
        page.wait_for_timeout(150)
        wide = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], address
        outside = page.evaluate("""() => [...document.querySelectorAll("button, a.button, input:not([type=hidden])")].filter(each => each.checkVisibility({ visibilityProperty: true })
            && !each.closest("nav, .filters, .columns, [class*=unseen]")).map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()]).filter(([, box]) => box.width > 1 && (box.left < -1 || box.right > innerWidth + 1))
            .map(([html]) => html)""")
        assert not outside, (address, outside)
    context.close()

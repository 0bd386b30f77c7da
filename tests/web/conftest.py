"""Chromium at the running server, signed in, with everything that goes wrong in a page collected."""
import shutil

import pytest

CHROMIUM = shutil.which("chromium")
# The console tells of every answer from 400 on; refusals that a test wants are no mistakes of the page.
EXPECTED = ("Failed to load resource", "Service Worker registration blocked by Playwright")


@pytest.fixture(scope="module")
def chromium():
    """Its own for each module: there can be one Playwright at a time, and other tests start theirs."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def _after(page, move):
    """Load a page only once the history has forgotten what lay over the page: nobody is as quick as to type an address while the browser goes back by itself."""
    def moved(*words, **options):
        page.wait_for_function("() => !document.querySelector('context-menu:not(:popover-open), dialog:not([open])')")     # the browser tells of what Escape closed in a task of its own
        page.evaluate("() => document.querySelector('side-bar')?.app?.settled")
        return move(*words, **options)
    return moved


@pytest.fixture
def visit(chromium, server):
    """Sign somebody in: a page at their files. What the page complains of is an error of the test."""
    contexts, said = [], []

    def open_page(person, path="", **options):
        options = {"base_url": server.url.replace("127.0.0.1", "localhost"), "locale": "en-GB", "viewport": {"width": 1280, "height": 800}, "service_workers": "block", **options}
        context = chromium.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and not message.text.startswith(EXPECTED) and said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()) if dialog.type != "beforeunload" else dialog.accept())
        for name in ("goto", "reload"):
            setattr(page, name, _after(page, getattr(page, name)))
        page.goto(path or f"/files/personal/{person.name}")
        page.wait_for_url("**/signin**")
        page.fill("#name", person.name)
        page.fill("#password", person.password)
        page.click("main form[action='/signin'] button")
        page.wait_for_selector("side-bar")
        return page
    yield open_page
    for context in contexts:
        context.close()
    assert not said

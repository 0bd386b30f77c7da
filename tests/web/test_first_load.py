"""What a browser that knows nothing yet loads until a list of files can be used and hears of changes: at most 25 requests and 120 KiB."""
import pytest
import requests

from rows import act, row

pytestmark = pytest.mark.slow
REQUESTS, BYTES = 25, 120 * 1024


def test_first_load(visit, person, server):
    """All that is asked for by itself, from the sign-in of the page to the live stream; what is left comes with its first use."""
    assert requests.put(f"{person.dav}/a.txt", data=b"a", auth=person.auth, timeout=30).ok
    page = visit(person)
    row(page, "a.txt")
    debugger, asked, loaded = page.context.new_cdp_session(page), [], []
    debugger.send("Network.enable")
    debugger.send("Network.clearBrowserCache")
    debugger.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"].removeprefix(server.url)))
    debugger.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    with page.expect_response(lambda answer: answer.url.endswith("/notifications/sse"), timeout=60_000):
        page.goto(f"/files/personal/{person.name}")
        row(page, "a.txt")
    assert len(asked) <= REQUESTS, asked
    assert sum(loaded) <= BYTES
    act(page, "a.txt", "Details")                    # each part comes when it is wanted, with its styles
    page.wait_for_selector("details-panel h2")
    assert page.evaluate("[...document.styleSheets].some(each => each.href.endsWith('/styles/panel.css'))")

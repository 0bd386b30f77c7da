"""/setup/restore: the page on which a fresh box is told where a backup lies."""
import json
import shutil
import time

import pytest
import requests

from conftest import Server, secret_in

CHROMIUM = shutil.which("chromium")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_the_page(own_server, tmp_path):
    """It asks for what stands on the recovery sheet, says what was wrong, and is gone once somebody has an account."""
    code, place = secret_in(own_server.process.stdout.readline()), f"{own_server.url}/setup/restore"
    assert f"/setup/restore?code={code}" in requests.get(f"{own_server.url}/setup?code={code}", timeout=30).text
    assert requests.get(f"{place}?code=guess", timeout=30).status_code == 403
    page = requests.get(f"{place}?code={code}&lang=de", timeout=30)
    assert page.status_code == 200 and "Wiederherstellungsblatt" in page.text and "script-src" in page.headers["Content-Security-Policy"]
    form = {"code": code, "lang": "en", "place": str(tmp_path / "none"), "key": "aaaa"}
    assert requests.post(place, data=form, headers={"Sec-Fetch-Site": "cross-site"}, timeout=30).status_code == 403
    assert requests.post(place, data={**form, "code": "guess"}, timeout=30).status_code == 403
    refused = requests.post(place, data={**form, "place": "<b>x"}, timeout=30)
    assert refused.status_code == 422 and "&lt;b&gt;x" in refused.text
    begun = requests.post(place, data=form, timeout=30)
    assert begun.status_code == 200 and f'<noscript><meta http-equiv="refresh" content="10; url=/setup/restore?code={code}&amp;lang=en">' in begun.text
    assert requests.post(place, data=form, timeout=30).status_code == 422       # one at a time
    deadline = time.monotonic() + 60
    while "plugged in" not in (page := requests.get(f"{place}?code={code}", timeout=30)).text:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert 'http-equiv="refresh"' not in page.text and f'value="{tmp_path / "none"}"' in page.text
    own_server.add("ann")
    own_server.cli("user", "set", "ann", "--role", "admin")
    assert requests.get(f"{place}?code={code}", timeout=30).status_code in (404, 410)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("restic") is None or CHROMIUM is None, reason="restic or chromium is not installed")
def test_in_a_browser(own_server, tmp_path):
    """Who waits on the page sees neither an error while the box starts anew nor anything to press: at the end they can sign in."""
    playwright = pytest.importorskip("playwright.sync_api")
    own_server.add("ann")
    own_server.cli("user", "set", "ann", "--role", "admin")
    key = json.loads(own_server.cli("backup", "create", str(tmp_path / "kept"), "--same-disk", "--json").stdout)["key"]
    new, failed = Server(tmp_path / "new"), []
    new.folder.mkdir()
    new.start()
    code = secret_in(new.process.stdout.readline())
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(base_url=new.url, locale="en-GB").new_page()
        page.on("requestfailed", lambda request: request.is_navigation_request() and failed.append(request.url))
        busy = [503, 429]                           # what a proxy says before a box that starts, and the box to who asks too often
        page.route("**/setup/restore?**", lambda route: route.fulfill(status=busy.pop()) if route.request.method == "HEAD" and busy else route.continue_())
        page.goto(f"/setup/restore?code={code}")
        page.fill("#place", str(tmp_path / "kept"))
        page.fill("#key", key)
        page.click("main button[type=submit]")
        page.wait_for_selector("progress")
        page.wait_for_url("**/signin**", timeout=120_000)
        browser.close()
    assert failed == [] and busy == []
    assert new.stop() == 0

"""/setup/restore: the page on which a fresh box is told where a backup lies."""
import shutil
import time

import pytest
import requests

from conftest import secret_in


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
    assert begun.status_code == 200 and begun.headers["Refresh"].startswith("10; url=/setup/restore?code=")
    assert requests.post(place, data=form, timeout=30).status_code == 422       # one at a time
    deadline = time.monotonic() + 60
    while "plugged in" not in (page := requests.get(f"{place}?code={code}", timeout=30)).text:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert "Refresh" not in page.headers and f'value="{tmp_path / "none"}"' in page.text
    own_server.add("ann")
    own_server.cli("user", "set", "ann", "--role", "admin")
    assert requests.get(f"{place}?code={code}", timeout=30).status_code in (404, 410)

"""What whoever watches the box may ask, and what a visitor sees at the root."""
import requests


def test_alive_and_ready(server):
    """Both say yes, to everybody."""
    assert requests.get(server.url + "/health", timeout=30).text == "alive\n"
    assert requests.get(server.url + "/ready", timeout=30).text == "ready\n"
    assert requests.head(server.url + "/health", timeout=30).status_code == 200


def test_not_ready_without_the_disk(own_server):
    """Alive, but not ready, with the reason; and ready again when it is back."""
    away = own_server.folder / "away"
    own_server.data.rename(away)
    answer = requests.get(own_server.url + "/ready", timeout=30)
    assert answer.status_code == 503 and answer.text.strip() and "Retry-After" in answer.headers and str(own_server.data) not in answer.text
    assert requests.get(own_server.url + "/health", timeout=30).status_code == 200
    away.rename(own_server.data)
    assert requests.get(own_server.url + "/ready", timeout=30).status_code == 200


def test_not_ready_without_room(own_server):
    """The reserve is not for new files."""
    own_server.stop()
    own_server.configure(reserve_percent=100.0)
    own_server.start()
    answer = requests.get(own_server.url + "/ready", timeout=30)
    assert answer.status_code == 503 and "full" in answer.text


def test_metrics(own_server):
    """On loopback; behind a proxy, where all come from there, only with the token."""
    text = requests.get(own_server.url + "/metrics", timeout=30).text
    assert "\nhearth_health_state 0\n" in text
    values = dict(line.split() for line in text.splitlines() if not line.startswith("#"))
    assert int(values["process_resident_memory_bytes"]) > 1 << 20 and int(values["process_open_fds"]) > 3
    own_server.stop()
    own_server.configure(url="https://files.example.org", metrics_token="t0ken")
    own_server.start()
    for header, status in (({}, 404), ({"Authorization": "Bearer wrong"}, 404), ({"Authorization": "Bearer t0ken"}, 200)):
        assert requests.get(own_server.url + "/metrics", headers=header, timeout=30).status_code == status


def test_root(own_server):
    """Says what this is and how to connect, in a page without scripts; where nothing is, a person gets a page that leads there; OPTIONS is WebDAV's, as Explorer wants it."""
    answer = requests.get(own_server.url + "/", timeout=30)
    assert answer.headers["Content-Type"].startswith("text/html") and own_server.url + "/remote.php/webdav/" in answer.text
    assert "<script" not in answer.text and "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert 'href="/setup"' in answer.text, "nobody has an account yet"
    own_server.cli("setup", "--admin", "ann", "--password-stdin", input="correct horse battery staple\n")
    assert 'href="/setup"' not in requests.get(own_server.url + "/", timeout=30).text
    options = requests.options(own_server.url + "/", timeout=30, allow_redirects=False)
    assert options.status_code == 204 and "1, 2" in options.headers["DAV"]
    nothing = requests.get(own_server.url + "/nothing", timeout=30)
    assert nothing.status_code == 404 and nothing.headers["Content-Type"].startswith("text/plain")
    lost = requests.get(own_server.url + "/not<b>", headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "de-AT"}, timeout=30)
    assert lost.status_code == 404 and "Hier ist nichts" in lost.text and 'href="/"' in lost.text and "<b>" not in lost.text
    assert requests.head(own_server.url + "/nothing", headers={"Accept": "text/html"}, timeout=30).headers["Content-Length"] != "0"
    assert requests.request("PROPFIND", own_server.url + "/", timeout=30).status_code in (404, 405)

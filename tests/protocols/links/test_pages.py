"""The pages that a link opens: for a browser without script, and in Chromium, on a phone's width and with a hostile folder."""
import io
import os
import re
import shutil

import pytest
import requests
from PIL import Image

from appliance.http.html import qr_svg
from test_links import PASSWORD, TRIP, Owner, ann  # noqa: F401

NAUGHTY = ("<img src=x onerror=alert(1)>.txt", "a&b;\"'.txt", "\u202egpj.exe", "100%2e.txt", "é" * 100 + ".txt", "?x#y.txt")


@pytest.fixture
def stranger(server):
    session = requests.Session()
    session.headers["Sec-Fetch-Site"] = "same-origin"
    return session


def enter(server, stranger, visitor, password=PASSWORD):
    return stranger.post(f"{server.url}/s/{visitor.token}", data={"password": password}, timeout=30)


def test_the_password_is_asked_once(server, stranger, ann):  # noqa: F811
    visitor = ann.link(TRIP, displayName="Our trip")
    asked = stranger.get(f"{server.url}/s/{visitor.token}", timeout=30)
    assert asked.status_code == 200 and 'type="password"' in asked.text and "Trip" not in asked.text
    wrong = enter(server, stranger, visitor, "wrong")
    assert "does not fit" in wrong.text and not stranger.cookies
    shown = enter(server, stranger, visitor)
    assert "Our trip" in shown.text and ">Day<" in shown.text and ">b.txt<" in shown.text and "secret" not in shown.text
    assert stranger.get(f"{server.url}/s/{visitor.token}/Day", timeout=30).text.count("a.txt") == 2
    for address in re.findall('href="(/dav[^"]*|/archiver[^"]*)"', shown.text):
        assert stranger.get(server.url + address.replace("&amp;", "&"), timeout=30).status_code == 200
        assert requests.get(server.url + address.replace("&amp;", "&"), timeout=30).status_code == 401


def test_the_cookie_opens_one_link_and_ends_with_its_password(server, stranger, ann):  # noqa: F811
    one, other = ann.link(TRIP), ann.link("Private")
    enter(server, stranger, one)
    assert stranger.get(f"{server.url}{one.root}/b.txt", timeout=30).status_code == 200
    assert stranger.get(f"{server.url}{other.root}/secret.txt", timeout=30).status_code == 401
    value = stranger.cookies.get_dict()[f"link-{one.token}"]
    for forged in (value[:-1] + ("0" if value[-1] != "0" else "1"), "9" + value, value.replace(".", "", 1), "", "a.b", "9999999999." + value.split(".")[1]):
        assert requests.get(f"{server.url}{one.root}/b.txt", cookies={f"link-{one.token}": forged}, timeout=30).status_code == 401, forged
    ann.ask("POST", ann.item(TRIP, f"permissions/{one.id}/setPassword"), json={"password": "another one"})
    assert stranger.get(f"{server.url}{one.root}/b.txt", timeout=30).status_code == 401


def test_a_code_for_cameras(server, stranger, ann):  # noqa: F811
    """The address as a picture, and nothing else of the link; as long as there is one."""
    visitor = ann.link(TRIP)
    answer = stranger.get(f"{server.url}/s/{visitor.token}?qr", timeout=30)
    assert answer.headers["Content-Type"] == "image/svg+xml" and answer.content == qr_svg(f"{server.url}/s/{visitor.token}")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for other in (f"{visitor.token}/b.txt", visitor.id, "nothing", ""):
        assert stranger.get(f"{server.url}/s/{other}?qr", timeout=30).status_code == 404
    ann.ask("DELETE", ann.item(TRIP, f"permissions/{visitor.id}"))
    assert stranger.get(f"{server.url}/s/{visitor.token}?qr", timeout=30).status_code == 404


def test_other_sites_send_no_form(server, ann):  # noqa: F811
    visitor = ann.link(TRIP)
    answer = requests.post(f"{server.url}/s/{visitor.token}", data={"password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}, timeout=30)
    assert answer.status_code == 403 and not answer.cookies


def test_a_file_and_an_address_and_nothing(server, stranger, ann):  # noqa: F811
    one = ann.link("Private/Trip/b.txt")
    shown = enter(server, stranger, one)
    assert "b.txt" in shown.text and "a.txt" not in shown.text and f'href="{one.root}/b.txt"' in shown.text
    inside = ann.link(TRIP, "internal", password=None)
    answer = requests.get(f"{server.url}/s/{inside.token}", allow_redirects=False, timeout=30)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/f/")
    for token in ("nosuchtoken", "../account", "", "%00", one.id):
        answer = requests.get(f"{server.url}/s/{token}", timeout=30)
        assert answer.status_code in (200, 404) and "b.txt" not in answer.text
    ann.ask("DELETE", ann.item("Private/Trip/b.txt", f"permissions/{one.id}"))
    gone = stranger.get(f"{server.url}/s/{one.token}", timeout=30)
    assert gone.status_code == 404 and "does not work any more" in gone.text
    german = stranger.get(f"{server.url}/s/{one.token}", headers={"Accept-Language": "de-AT"}, timeout=30)
    assert 'lang="de"' in german.text and "geht nicht mehr" in german.text


def test_a_drop_page_lists_nothing(server, stranger, ann):  # noqa: F811
    shown = enter(server, stranger, ann.link(TRIP, "createOnly"))
    assert 'type="file"' in shown.text and "b.txt" not in shown.text and "Day" not in shown.text and "archiver" not in shown.text


def test_a_gallery(server, stranger, ann):  # noqa: F811
    """Pictures as pictures, each with a page of its own and a way to the next; a film plays, and all of it can be had. Nobody sees them without the password."""
    for name, colour in (("sea.png", "blue"), ("wood.png", "green")):
        drawn = io.BytesIO()
        Image.new("RGB", (900, 600), colour).save(drawn, "PNG")
        ann.put(f"{TRIP}/{name}", drawn.getvalue())
    ann.put(f"{TRIP}/waves.mp4", b"no film at all")
    visitor = ann.link(TRIP)
    shown = enter(server, stranger, visitor)
    thumbs = [each.replace("&amp;", "&") for each in re.findall('<img src="([^"]+)"', shown.text)]
    assert [each.partition("?")[0].rpartition("/")[2] for each in thumbs] == ["sea.png", "wood.png"] and ">b.txt<" in shown.text
    small = stranger.get(server.url + thumbs[0], timeout=60)
    assert small.headers["Content-Type"].startswith("image/") and max(Image.open(io.BytesIO(small.content)).size) <= 256
    assert requests.get(server.url + thumbs[0], timeout=30).status_code == 401
    sea = stranger.get(f"{server.url}/s/{visitor.token}/sea.png", timeout=30)
    assert f'href="{visitor.root}/sea.png" download' in sea.text and f'rel="next" href="/s/{visitor.token}/waves.mp4"' in sea.text and 'rel="prev"' not in sea.text
    assert "img-src 'self'" in sea.headers["Content-Security-Policy"] and "unsafe" not in sea.headers["Content-Security-Policy"]
    assert f'<video src="{visitor.root}/waves.mp4"' in stranger.get(f"{server.url}/s/{visitor.token}/waves.mp4", timeout=30).text
    assert requests.get(f"{server.url}/s/{visitor.token}/sea.png", timeout=30).text.count("sea.png") == 0
    alone = ann.link(f"{TRIP}/sea.png")
    page = enter(server, stranger, alone)
    assert f'<img src="{alone.root}/sea.png?' in page.text and "wood.png" not in page.text


def test_hostile_names(server, stranger, ann):  # noqa: F811
    for name in NAUGHTY:
        ann.put(f"{TRIP}/{requests.utils.quote(name, safe='')}", name)
    visitor = ann.link(TRIP)
    shown = enter(server, stranger, visitor)
    assert "<img" not in shown.text
    found = [stranger.get(server.url + href.replace("&amp;", "&"), timeout=30).content.decode() for href in re.findall('href="(/dav[^"]*)"', shown.text)]
    assert sorted(found) == sorted([*NAUGHTY, f"{TRIP}/b.txt"])


def test_names_that_turn_the_direction(server, stranger, ann):  # noqa: F811
    """The end of a name is shown where it is, in a list, as a picture, above a folder and as a page."""
    for name in ("a\u202egpj.exe", "b\u2066\u202egnp.png", "c\u202etxt"):
        ann.put(f"{TRIP}/{requests.utils.quote(name)}", "x") if "." in name else ann.folder(f"{TRIP}/{requests.utils.quote(name)}")
    visitor = ann.link(TRIP)
    pages = [enter(server, stranger, visitor).text] + [stranger.get(f"{server.url}/s/{visitor.token}/{requests.utils.quote(name)}", timeout=30).text for name in ("b\u2066\u202egnp.png", "c\u202etxt")]
    assert "<bdi>a\ufffdgpj.exe</bdi>" in pages[0] and "<bdi>b\ufffd\ufffdgnp.png</bdi>" in pages[0] and "<title>c\ufffdtxt" in pages[2] and "<h1><bdi>c\ufffdtxt</bdi></h1>" in pages[2]
    assert not re.search("<bdi>[^<]*[\u202a-\u202e\u2066-\u2069]|<title>[^<]*[\u202a-\u202e\u2066-\u2069]", "".join(pages))


playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("kind", ["upload", "createOnly"])
def test_uploads_in_chromium(server, ann, kind, tmp_path):  # noqa: F811
    """With the password once, a large file in parts, one with a name that is there, on a phone; nothing is wider than the screen. A picture that cannot be drawn is an icon."""
    (tmp_path / "large.bin").write_bytes(b"x" * (20 << 20))
    (tmp_path / "b.txt").write_text("mine")
    ann.put(f"{TRIP}/broken.png", b"no picture at all")
    visitor, said = ann.link(TRIP, kind), []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(base_url=server.url, locale="en-GB", viewport={"width": 360, "height": 640}).new_page()
        page.on("console", lambda message: message.type == "error" and said.append(message.text))
        page.goto(f"/s/{visitor.token}")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#files")
        page.wait_for_function("() => !document.querySelector('.gallery img')")
        assert page.locator(".gallery svg").count() == (kind == "upload")
        page.set_input_files("#files", [tmp_path / "large.bin", tmp_path / "b.txt"])
        page.locator("#tray li").nth(1).wait_for()
        playwright.expect(page.locator("#tray progress")).to_have_count(0, timeout=60_000)
        texts = page.locator("#tray li").all_inner_texts()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        if pictures := os.environ.get("HEARTH_PICTURES"):
            page.screenshot(path=f"{pictures}/{kind}.png", full_page=True)
        browser.close()
    there = server.data / "people" / ann.person.name / TRIP
    assert (there / "large.bin").stat().st_size == 20 << 20 and "Has arrived." in texts[0]
    assert (there / "b.txt").read_text() == f"{TRIP}/b.txt"
    assert ("Has arrived." if kind == "createOnly" else "Was refused.") in texts[1]
    assert (there / "b (2).txt").exists() == (kind == "createOnly")
    assert [line for line in said if "403" not in line and "404" not in line] == []

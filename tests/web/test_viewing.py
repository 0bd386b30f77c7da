"""Files over the whole window: pictures, sounds, PDF, texts; and the editor that notices another's change."""
import io
import wave

import pytest
import requests
from PIL import Image

from rows import act, row

pytestmark = pytest.mark.slow
HOSTILE = """# <img src=x onerror=alert(1)>

A [link](javascript:alert(1)) and [another](https://example.org/) and ![picture](http://example.org/track.png) <script>alert(1)</script>

- one
  - two **bold**
- [x] done

| a | b |
|---|---|
| `<b>` | 2 |

```
<iframe src="javascript:alert(1)">
```
""" + "[" * 5000 + "*" * 5000 + "\n"


def put(person, name, content, **headers):
    answer = requests.put(f"{person.dav}/{requests.utils.quote(name)}", data=content, auth=person.auth, headers=headers, timeout=30)
    assert answer.ok, answer.text


def content(person, name):
    return requests.get(f"{person.dav}/{requests.utils.quote(name)}", auth=person.auth, timeout=30).content


def picture(colour, size=(1200, 800), kind="JPEG"):
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind)
    return made.getvalue()


def width(page):
    return page.evaluate("document.querySelector('view-picture img').getBoundingClientRect().width")


def test_pictures(visit, person):
    """By keys, buttons, swipes; larger by wheel, double click and keys; one after the other as a show; what browsers do not know through its preview."""
    for name, colour in (("a.jpg", "red"), ("b.jpg", "green"), ("c.tif", "blue")):
        put(person, name, picture(colour, kind="TIFF" if name.endswith("tif") else "JPEG"))
    put(person, "d.txt", b"text")
    page = visit(person, has_touch=True)
    row(page, "a.jpg").locator("a").click()
    page.wait_for_function("() => document.querySelector('view-picture img')?.naturalWidth > 300")
    fitted = width(page)
    page.keyboard.press("+")
    page.wait_for_function("width => document.querySelector('view-picture img').getBoundingClientRect().width > width * 1.4", arg=fitted)
    page.keyboard.press("0")
    assert abs(width(page) - fitted) < 1
    page.mouse.move(640, 400)
    page.mouse.wheel(0, -400)
    page.wait_for_function("width => document.querySelector('view-picture img').getBoundingClientRect().width > width * 1.4", arg=fitted)
    page.wait_for_function("() => document.querySelector('view-picture img').src.startsWith('http')")     # sharp: the file itself
    page.dblclick("view-picture")
    assert abs(width(page) - fitted) < 1
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("view-dialog h2:has-text('b.jpg')")
    page.evaluate("""() => { const at = document.querySelector('view-picture'), tell = (type, x, y) => at.dispatchEvent(new PointerEvent(type, {pointerId: 1, pointerType: 'touch', clientX: x, clientY: y, bubbles: true, isPrimary: true}))
        at.setPointerCapture = () => {}; tell('pointerdown', 600, 300); tell('pointermove', 500, 305); tell('pointerup', 480, 305) }""")
    page.wait_for_selector("view-dialog h2:has-text('c.tif')")
    page.click("view-dialog button[aria-label='Previous']")
    page.wait_for_selector("view-dialog h2:has-text('b.jpg')")
    page.clock.install()
    page.click("view-dialog button[aria-label='Show one after the other']")
    page.clock.fast_forward(5100)
    page.wait_for_selector("view-dialog h2:has-text('c.tif')")
    page.clock.fast_forward(5100)
    page.wait_for_selector("view-dialog h2:has-text('a.jpg')")           # never the text
    page.keyboard.press("Escape")
    page.wait_for_selector("view-dialog", state="detached")


def test_back_leads_out(visit, person):
    """Back closes what is looked at and nothing else, asks where something is not saved, and leaves no trace behind when one leaves otherwise."""
    assert requests.request("MKCOL", f"{person.dav}/In", auth=person.auth, timeout=30).ok
    put(person, "In/a.txt", b"text")
    page = visit(person)
    row(page, "In").locator("a").click()
    row(page, "a.txt").locator("a").click()
    page.wait_for_selector("view-text pre")
    page.go_back()
    page.wait_for_selector("view-dialog", state="detached")
    assert page.url.endswith("/In") and page.locator(".file-row").count() == 1
    row(page, "a.txt").locator("a").click()
    page.click("view-dialog button[aria-label=Edit]")
    page.fill("view-text textarea", "mine")
    page.go_back()
    page.click("confirm-dialog >> text=Cancel")
    page.wait_for_selector("confirm-dialog", state="detached")
    page.go_back()
    page.click("confirm-dialog .primary")
    page.wait_for_selector("view-dialog", state="detached")
    row(page, "a.txt").locator("a").click()
    page.wait_for_selector("view-text textarea")
    page.keyboard.press("Escape")
    page.click("confirm-dialog .primary")
    page.wait_for_selector("view-dialog", state="detached")
    page.go_back()
    row(page, "In")
    assert not page.url.endswith("/In")


def test_back_closes_what_lies_over(visit, server, person):
    """Back closes the topmost dialog or menu, and the next one leads on; Forward leads to no ghost; what is closed otherwise leaves nothing behind."""
    assert requests.request("MKCOL", f"{person.dav}/In", auth=person.auth, timeout=30).ok
    put(person, "In/a.txt", b"text")
    page = visit(person)
    row(page, "In").locator("a").click()
    row(page, "a.txt")

    def stays():
        assert page.url.endswith("/In") and page.locator(".file-row").count() == 1
    act(page, "a.txt", "Share")
    page.wait_for_selector("share-dialog .lines li")
    page.click("share-dialog >> text=New link")
    page.wait_for_selector("form-dialog dialog")
    page.go_back()
    page.wait_for_selector("form-dialog", state="detached")
    assert page.is_visible("share-dialog dialog")
    page.go_back()
    page.wait_for_selector("share-dialog", state="detached")
    stays()
    page.go_forward()
    page.wait_for_function("() => !history.state?.over")
    stays()
    row(page, "a.txt").locator(".more").click()
    page.wait_for_selector("context-menu button")
    page.go_back()
    page.wait_for_selector("context-menu", state="detached")
    stays()
    for way in ("Escape", "Cancel"):
        act(page, "a.txt", "Rename")
        page.wait_for_selector("#name-field:focus")
        page.keyboard.press("Escape") if way == "Escape" else page.click("name-dialog >> text=Cancel")
        page.wait_for_selector("name-dialog", state="detached")
    assert page.evaluate("history.state?.over") is None
    act(page, "a.txt", "Share")
    page.wait_for_selector("share-dialog .lines li")
    page.evaluate("() => { history.back(); history.back() }")
    page.wait_for_url(f"**/personal/{person.name}")
    page.wait_for_selector("share-dialog", state="detached")
    row(page, "In")
    page.go_forward()
    row(page, "a.txt")
    page.click(".bell")
    page.wait_for_selector("notices-dialog dialog")
    page.evaluate("document.querySelector('notices-dialog .lines').append(Object.assign(document.createElement('a'), {href: '/spaces', textContent: 'there'}))")
    page.evaluate("() => { const dialog = document.querySelector('notices-dialog'); dialog.querySelector('.lines > a').addEventListener('click', () => dialog.close()) }")
    page.click("notices-dialog .lines > a")          # as a notice does that leads to what it is about
    page.wait_for_url("**/spaces")
    page.go_back()
    row(page, "a.txt")
    stays()
    page.click("button.me")
    page.click("context-menu button:has-text('Account')")
    page.wait_for_selector("h1:has-text('Your account')")
    page.go_back()
    row(page, "a.txt")


@pytest.mark.parametrize("way", ["reload", "away"])
def test_what_lay_over_a_page_that_is_loaded_again(visit, person, way):
    """The dialog is gone, and no Back is lost to it: the first one leads out of the folder."""
    assert requests.request("MKCOL", f"{person.dav}/In", auth=person.auth, timeout=30).ok
    put(person, "In/a.txt", b"text")
    page = visit(person)
    row(page, "In").locator("a").click()
    row(page, "a.txt").locator("a").click()
    page.wait_for_selector("view-dialog pre")
    page.wait_for_function("() => history.state?.over === 1")
    if way == "reload":
        page.reload()
    else:
        page.goto("/account")
        page.go_back()
    row(page, "a.txt")
    page.wait_for_function("() => !history.state?.over")
    page.go_back()
    row(page, "In")
    page.wait_for_url(f"**/personal/{person.name}")


def test_sound_with_seeking(visit, person):
    """It plays from an address of its own, which answers any part that is asked for."""
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(8000 * 2 * 120))
    put(person, "long.wav", made.getvalue())
    page = visit(person)
    ranges = []
    page.on("request", lambda request: "long.wav" in request.url and request.resource_type == "media" and ranges.append(request.headers.get("range")))
    row(page, "long.wav").locator("a").click()
    page.wait_for_function("() => document.querySelector('audio')?.duration > 119")
    page.evaluate("document.querySelector('audio').currentTime = 100")
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 100 && document.querySelector('audio').readyState >= 2")
    assert ranges and all(ranges)


def test_pdf(visit, person):
    """In the browser's own viewer, under the page's policy."""
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/MediaBox[0 0 300 200]/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n"
    put(person, "paper.pdf", body)
    page = visit(person)
    row(page, "paper.pdf").locator("a").click()
    if page.evaluate("navigator.pdfViewerEnabled"):
        page.wait_for_selector("view-dialog iframe[src^=blob]")
    else:
        page.wait_for_selector("view-dialog view-picture, view-dialog .nothing")
        return
    page.keyboard.press("Escape")
    page.wait_for_selector("view-dialog", state="detached")
    put(person, "broken.pdf", b"%PDF-1.4\n")          # of which the viewer complains, and takes the focus for that
    page.reload()
    page.evaluate("addEventListener('blur', () => { window.taken = true })")
    row(page, "broken.pdf").locator("a").click()
    page.wait_for_function("() => window.taken && document.activeElement.tagName !== 'IFRAME'")
    page.keyboard.press("Escape")
    page.wait_for_selector("view-dialog", state="detached")


def test_markdown_is_harmless(visit, person):
    """Its marks become elements, its markup stays text, its links go nowhere but to the web, its pictures are links."""
    put(person, "note.md", HOSTILE.encode())
    put(person, "stars.md", b"*a " * 1300 + b"\n\n" + b"*a " * 330_000)     # as much as is shown at all
    page = visit(person)
    elsewhere = []
    page.on("request", lambda request: "example.org" in request.url and elsewhere.append(request.url))
    row(page, "note.md").locator("a").click()
    article = page.locator("view-text article")
    assert article.locator("h3").inner_text() == "<img src=x onerror=alert(1)>"
    assert article.locator("li strong").inner_text() == "bold" and article.locator("td code").inner_text() == "<b>"
    assert {each.get_attribute("href") for each in article.locator("a").all()} == {"https://example.org/", "http://example.org/track.png"}
    assert article.locator("img, script, iframe").count() == 0 and not elsewhere
    page.keyboard.press("Escape")
    row(page, "stars.md").locator("a").click()
    page.wait_for_selector("view-text article > p + pre")


def test_write(visit, person):
    """A text is made, written, saved with the keyboard, with the line breaks it had; and a note that is only read stays as it is."""
    put(person, "dos.txt", b"one\r\ntwo\r\n")
    put(person, "latin.txt", "Grüße".encode("latin-1"))
    page = visit(person)
    row(page, "dos.txt").locator("a").click()
    page.click("view-dialog button[aria-label=Edit]")     # also while the text is on its way
    page.wait_for_selector("view-text textarea:focus")
    page.keyboard.type("zero\n")
    page.keyboard.press("Control+s")
    page.wait_for_selector("view-text .bar small:text-is('Saved')")
    assert content(person, "dos.txt") == b"zero\r\none\r\ntwo\r\n"
    page.keyboard.press("Escape")
    row(page, "latin.txt").locator("a").click()
    page.wait_for_selector("view-text pre:has-text('Grüße')")
    page.click("view-dialog button[aria-label=Edit]")
    page.wait_for_selector(".toast:has-text('UTF-8')")
    page.keyboard.press("Escape")
    page.click(".head .primary")
    page.click("context-menu button:has-text('New text file')")
    page.fill("#name-field", "Plan.md")
    page.keyboard.press("Enter")
    page.wait_for_selector("view-text textarea")
    page.keyboard.type("# Plan")
    page.click("view-text button:has-text('Save')")
    page.wait_for_selector("view-text .bar small:text-is('Saved')")
    assert content(person, "Plan.md") == b"# Plan"


def test_another_was_faster(visit, person):
    """Nobody's words are lost: compare, take theirs, mine as a copy, mine over theirs; what was left unsaved is there again."""
    put(person, "shared.txt", b"one\ntwo\nthree\n")
    page = visit(person)

    def write(words):
        row(page, "shared.txt").locator("a").click()
        page.click("view-dialog button[aria-label=Edit]")
        page.wait_for_selector("view-text textarea:focus")
        page.keyboard.type(words)
    write("mine\n")
    put(person, "shared.txt", b"one\n2\nthree\n")
    page.keyboard.press("Control+s")
    page.click("view-text .trouble button:has-text('Compare')")
    assert page.locator(".both section").nth(0).locator(".differs").all_inner_texts() == ["mine", "two"]
    assert page.locator(".both section").nth(1).locator(".differs").all_inner_texts() == ["2"]
    page.click("text=Back to mine")
    page.click("view-text .trouble button:has-text('Save mine as a copy')")
    page.wait_for_selector("view-dialog", state="detached")
    assert content(person, "shared (2).txt") == b"mine\none\ntwo\nthree\n" and content(person, "shared.txt") == b"one\n2\nthree\n"

    write("again\n")
    put(person, "shared.txt", b"theirs\n")
    page.keyboard.press("Control+s")
    page.click("view-text .trouble button:has-text('Compare')")
    page.click("text=Save mine over theirs")
    page.wait_for_selector("view-text .bar small:text-is('Saved')")
    assert content(person, "shared.txt") == b"again\none\n2\nthree\n"
    page.keyboard.type("kept\n")
    page.keyboard.press("Escape")
    page.click("confirm-dialog .primary")
    page.wait_for_selector("view-dialog", state="detached")
    row(page, "shared.txt").locator("a").click()
    assert "kept" in page.input_value("view-text textarea")
    page.click("view-dialog button[aria-label=Edit]")
    assert "kept" in page.input_value("view-text textarea")
    put(person, "shared.txt", b"theirs again\n")
    page.keyboard.press("Control+s")
    page.click("view-text .trouble button:has-text('Take theirs')")
    assert page.input_value("view-text textarea") == "theirs again\n"
    page.click("view-text .trouble button:has-text('Back to mine')")
    assert "kept" in page.input_value("view-text textarea") and page.is_enabled("view-text .bar .primary")

"""Search as one types, with filters and what was found standing out; favourites; photos by the day they were taken."""
import io
import zipfile

import pytest
import requests
from PIL import Image

from rows import act, row

pytestmark = pytest.mark.slow
LIVE = "() => performance.getEntriesByName(location.origin + '/ocs/v2.php/apps/notifications/api/v1/notifications').length"


def put(person, name, content=b"x", headers=None):
    assert requests.put(f"{person.dav}/{requests.utils.quote(name)}", data=content, auth=person.auth, headers=headers, timeout=30).ok


def folder(person, name):
    assert requests.request("MKCOL", f"{person.dav}/{requests.utils.quote(name)}", auth=person.auth, timeout=30).ok


def indexed(person, name):
    """Wait until the server finds it."""
    body = f'<oc:search-files xmlns:oc="http://owncloud.org/ns"><oc:search><oc:pattern>name:"{name}"</oc:pattern></oc:search></oc:search-files>'
    for _ in range(300):
        if "<d:response>" in requests.request("REPORT", person.dav, data=body, auth=person.auth, timeout=30).text:
            return
    pytest.fail(f"{name} is not found")


def photo(colour):
    made = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(made, "JPEG")
    return made.getvalue()


def test_search(visit, person):
    """By names and words, only in a folder, only of a kind; from the result to its folder."""
    folder(person, "Garden")
    put(person, "Garden/tomato plan.txt", b"Red ones and <b>yellow</b> ones")
    put(person, "tomato <i>soup.md", b"Cut them. Then cook them.")
    indexed(person, "tomato*")
    page = visit(person)
    page.click("side-bar a:has-text('Search')")
    page.wait_for_selector("input[type=search]:focus")
    page.keyboard.type("tomato")
    row(page, "tomato plan")
    row(page, "soup")
    assert page.locator(".file-row mark").first.inner_text() == "tomato"
    page.select_option("select[aria-label=Kind]", "folder")
    page.wait_for_selector("text=Nothing found")
    page.select_option("select[aria-label=Kind]", "")
    row(page, "tomato plan")
    page.reload()                                     # the address says what was looked for
    row(page, "tomato plan")
    act(page, "tomato plan", "Show in its folder")
    page.wait_for_selector("h1:has-text('Garden')", state="attached")
    page.wait_for_selector(".file-row[aria-selected=true]:has-text('tomato plan')")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.wait_for_selector("button:has-text('In Garden')")
    page.wait_for_selector("input[type=search]:focus")
    page.keyboard.type("tomato")
    row(page, "tomato plan")
    assert page.locator(".file-row").count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("view-text pre:has-text('Red ones')")


def test_favourites(visit, person):
    """A star puts a thing on the page of favourites, and takes it off again."""
    put(person, "recipe.txt")
    page = visit(person)
    act(page, "recipe.txt", "Add to favourites")
    page.wait_for_selector(".file-row:has-text('Favourite')")
    page.click("side-bar a:has-text('Favourites')")
    page.wait_for_selector("h1:has-text('Favourites')")
    act(page, "recipe.txt", "Take from favourites")
    page.wait_for_selector("text=No favourites yet")


def test_photos(visit, person):
    """By month, the newest first; arrows go through them, and the viewer steps through all."""
    # What stands in the files themselves comes first, but is read a minute later; until then they count by their own time.
    for time, name, colour in ((1714557600, "may.jpg", "red"), (1783670400, "july.jpg", "green"), (1784534400, "later.jpg", "blue")):
        put(person, name, photo(colour), {"X-OC-Mtime": str(time)})
    indexed(person, "later.jpg")
    page = visit(person, "/photos")
    page.wait_for_selector(".photo img[src^=blob]")
    assert page.locator(".month h2").all_inner_texts() == ["July 2026", "May 2024"]
    page.focus(".photo >> nth=0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("view-dialog h2:has-text('july.jpg')")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("view-dialog h2:has-text('may.jpg')")
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.activeElement.getAttribute('aria-label')?.startsWith('may.jpg')")


def shot(person, name, time, colour="teal"):
    """A photo taken at a time, by the time of the file."""
    put(person, name, photo(colour), {"X-OC-Mtime": str(time)})


def there(person, name):
    return requests.get(f"{person.dav}/{name}", auth=person.auth, timeout=30).status_code == 200


def labels(page, which=".photo"):
    """The names of the photos that are shown, in order."""
    return [text.split(",")[0] for text in page.locator(which).evaluate_all("all => all.sort((a, b) => a.index - b.index).map(each => each.getAttribute('aria-label'))")]


CHOSEN = ".photo[aria-selected=true]"


def test_choose_photos(visit, person):
    """By mouse and keyboard: one, several, a reach, all; what is deleted goes at once and comes back; the arrangement stays."""
    folder(person, "Album")
    for number in range(8):
        shot(person, f"Album/p{number}.jpg", 1783670400 - number * 3600)
    indexed(person, "p7.jpg")
    page = visit(person, "/photos")
    page.wait_for_selector(".photo >> nth=7")
    all_of_them = [f"p{number}.jpg" for number in range(8)]
    assert labels(page) == all_of_them and not page.is_visible("tool-bar") and not page.locator(CHOSEN).count()
    page.hover(".photo >> nth=1")
    page.click(".photo >> nth=1 >> .tick")
    page.wait_for_selector("tool-bar >> text=1 chosen")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("p1.jpg")
    page.click(".photo >> nth=4", modifiers=["Shift"])
    assert labels(page, CHOSEN) == all_of_them[1:5]
    page.click(".photo >> nth=2")                    # while one chooses, a click chooses
    assert labels(page, CHOSEN) == ["p1.jpg", "p3.jpg", "p4.jpg"] and not page.query_selector("view-dialog")
    page.keyboard.press("Escape")
    page.wait_for_selector("tool-bar", state="hidden")
    assert not page.locator(CHOSEN).count()
    page.click(".photo >> nth=0", modifiers=["ControlOrMeta"])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert labels(page, CHOSEN) == ["p0.jpg", "p2.jpg"]
    page.keyboard.press("Shift+ArrowRight")
    assert labels(page, CHOSEN) == ["p2.jpg", "p3.jpg"]
    with page.expect_download() as told:
        page.click("tool-bar button[data-action=download]")
    with zipfile.ZipFile(told.value.path()) as archive:
        assert sorted(archive.namelist()) == ["p2.jpg", "p3.jpg"]
    page.keyboard.press("ControlOrMeta+a")
    page.wait_for_selector("tool-bar >> text=8 chosen")
    page.keyboard.press("Escape")
    page.focus(".photo >> nth=2")
    page.keyboard.press("Space")
    page.click("tool-bar button[aria-label='More']")
    page.click("context-menu button:has-text('Details')")
    page.wait_for_selector("details-panel dd:has-text('My files / Album')")
    page.click("details-panel button[aria-label=Close]")
    page.click("tool-bar button[data-action=remove]")
    page.wait_for_selector(".toast:has-text('p2.jpg')")
    assert labels(page) == [name for name in all_of_them if name != "p2.jpg"] and not there(person, "Album/p2.jpg")
    page.click(".toast >> text=Undo")
    page.wait_for_selector(".photo[aria-label^=p2]")
    assert labels(page) == all_of_them and there(person, "Album/p2.jpg")
    page.click(".photo[aria-label^=p2]")              # nothing is chosen: a click opens
    page.wait_for_selector("view-dialog h2:has-text('p2.jpg')")


def test_choose_photos_by_touch(visit, person):
    """A long touch begins, further ones add; then the bar moves them, and to choose ends with the last one."""
    folder(person, "Album")
    for number in range(3):
        shot(person, f"p{number}.jpg", 1783670400 - number * 3600)
    indexed(person, "p2.jpg")
    page = visit(person, "/photos", has_touch=True, viewport={"width": 390, "height": 800})
    tile = page.locator(".photo >> nth=0")
    tile.wait_for()
    box = tile.bounding_box()
    at = {"clientX": box["x"] + 20, "clientY": box["y"] + 20, "pointerType": "touch", "pointerId": 1, "bubbles": True}
    tile.dispatch_event("pointerdown", at)
    page.wait_for_selector(f"{CHOSEN}[aria-label^=p0]")
    tile.dispatch_event("pointerup", at)
    tile.locator("a").dispatch_event("click")
    assert labels(page, CHOSEN) == ["p0.jpg"] and not page.query_selector("view-dialog")
    page.tap(".photo >> nth=2")
    assert labels(page, CHOSEN) == ["p0.jpg", "p2.jpg"]
    page.tap("tool-bar button[aria-label='More']")
    page.tap("context-menu button:has-text('Move')")
    page.tap("place-dialog button:has-text('My files')")
    page.tap("place-dialog button:has-text('Album')")
    page.tap("place-dialog footer .primary")
    page.wait_for_selector(".toast:has-text('moved')")
    assert there(person, "Album/p0.jpg") and there(person, "Album/p2.jpg") and not there(person, "p0.jpg")
    for number in (0, 2):
        page.tap(f".photo >> nth={number}") if page.locator(CHOSEN).count() else None
    page.wait_for_selector("tool-bar", state="hidden")
    page.tap(".photo >> nth=1")
    page.wait_for_selector("view-dialog h2:has-text('p1.jpg')")


def test_new_photos_appear(visit, person):
    """What comes and goes elsewhere is seen without a reload; what one looks at stays where it is, and chosen."""
    day = 86_400
    for number in range(60):
        shot(person, f"p{number:02d}.jpg", 1783670400 - number * 3 * day)
    indexed(person, "p59.jpg")
    page = visit(person, "/photos")
    page.wait_for_selector(".photo[aria-label^=p00]")
    page.wait_for_function(LIVE)
    page.wait_for_timeout(1000)                      # the stream
    shot(person, "new.jpg", 1783670400 + day)
    page.wait_for_selector(".photo[aria-label^=new]")     # at the top, new ones are seen at once
    page.evaluate("document.querySelector('photo-grid').scrollTop = 900")
    page.wait_for_selector(".photo[aria-label^=p30]")
    seen = page.evaluate("() => { const box = document.querySelector('photo-grid').getBoundingClientRect(); return document.elementFromPoint(box.x + 60, box.y + 60).closest('.photo').getAttribute('aria-label') }")
    page.click(f".photo[aria-label='{seen}']", modifiers=["ControlOrMeta"])
    at = page.locator(f".photo[aria-label='{seen}']").bounding_box()["y"]
    for number in range(12):
        shot(person, f"later{number}.jpg", 1783670400 + (2 + number) * day)
    requests.delete(f"{person.dav}/p01.jpg", auth=person.auth, timeout=30)
    page.wait_for_function("() => /7[2]/.test(document.querySelector('photos-view .head small').textContent)")
    assert abs(page.locator(f".photo[aria-label='{seen}']").bounding_box()["y"] - at) < 2
    assert labels(page, CHOSEN) == [seen.split(",")[0]]
    page.evaluate("document.querySelector('photo-grid').scrollTop = 0")
    page.wait_for_selector(".photo[aria-label^=later11]")
    assert not page.locator(".photo[aria-label^=p01]").count()

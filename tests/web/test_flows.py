"""What people do in the web client, in Chromium against the running server."""
import hashlib
import io
import re
import zipfile

import pytest
import requests

from rows import act, row

pytestmark = pytest.mark.slow
HOSTILE = ('<img src=x onerror="alert(1)">.txt', "'\"><script src=x>.html", "javascript:alert(1)", "100%25 a+b&c=d#e?.txt", "\u202egpj.exe", "x" * 251 + ".txt", "{n} ${1}.txt")


def put(person, name, content=b"x"):
    answer = requests.put(f"{person.dav}/{requests.utils.quote(name)}", data=content, auth=person.auth, timeout=30)
    assert answer.ok, answer.text


def folder(person, name):
    assert requests.request("MKCOL", f"{person.dav}/{requests.utils.quote(name)}", auth=person.auth, timeout=30).ok


def content(person, name):
    return requests.get(f"{person.dav}/{requests.utils.quote(name)}", auth=person.auth, timeout=30)


def names(page):
    return page.locator(".file-row .name bdi").all_inner_texts()


def test_look_and_go(visit, person):
    """Sign-in leads to one's files; folders open, the way leads back, the browser's back button too, an address can be opened at once."""
    folder(person, "Photos")
    folder(person, "Photos/Summer & Sun 100%")
    put(person, "Photos/Summer & Sun 100%/beach #1.jpg")
    put(person, "b.txt", b"b" * 10)
    put(person, "A.txt", b"a" * 2000)
    page = visit(person)
    row(page, "Photos")
    assert names(page) == ["Photos", "A.txt", "b.txt"]
    page.click("role=columnheader[name=Size] >> button")
    assert names(page) == ["Photos", "A.txt", "b.txt"]
    page.click("role=columnheader[name=Size] >> button")
    assert names(page) == ["Photos", "b.txt", "A.txt"]
    row(page, "Photos").locator("a").click()
    row(page, "Summer & Sun").locator("a").click()
    row(page, "beach #1.jpg")
    assert page.inner_text("h1") == "Summer & Sun 100%" and page.title() == "Summer & Sun 100% – Hearth"
    page.reload()
    row(page, "beach #1.jpg")
    page.click("bread-crumbs a:has-text('Photos')")
    row(page, "Summer & Sun")
    page.go_back()
    row(page, "beach #1.jpg")
    listing = requests.request("PROPFIND", person.dav + "/Photos", headers={"Depth": "0"}, auth=person.auth, timeout=30).text
    page.goto("/f/" + listing.split("<oc:fileid>")[1].split("<")[0])     # the private link that clients give
    page.wait_for_selector("h1:has-text('Photos')")
    page.goto("/files/personal/nobody/x")
    page.wait_for_selector("h2:has-text('could not be shown')")


def test_keyboard_alone(visit, person):
    """Choose, reach, rename, make a folder, delete and bring back without a mouse."""
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        put(person, name, name.encode())
    page = visit(person)
    row(page, "a.txt")
    page.focus(".grid")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    assert page.inner_text("tool-bar .count .desk-only") == "2 chosen"
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    assert page.locator(".file-row[aria-selected=true]").inner_text().startswith("c.txt")
    page.keyboard.press("F2")
    page.wait_for_selector("#name-field:focus")
    assert page.evaluate("getSelection().toString() || document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)") == "c"
    page.keyboard.type("a")
    page.keyboard.press("Enter")
    page.wait_for_selector("name-dialog .wrong:not([hidden])")
    page.fill("#name-field", "z.txt")
    page.keyboard.press("Enter")
    row(page, "z.txt")
    page.focus(".grid")
    page.keyboard.press("Delete")
    page.wait_for_selector(".toast:has-text('deleted')")
    assert content(person, "z.txt").status_code == 404
    page.click(".toast:has-text('deleted') >> text=Undo")
    row(page, "z.txt")
    assert content(person, "z.txt").content == b"c.txt"


def test_move_and_copy(visit, person):
    """By the dialog and by dragging; where the name is taken one is asked; a move can be undone."""
    folder(person, "To")
    put(person, "one.txt", b"one")
    put(person, "two.txt", b"two")
    put(person, "To/one.txt", b"other")
    page = visit(person)
    act(page, "one.txt", "Move")
    page.click("place-dialog .pick button:has-text('To')")
    page.wait_for_selector("place-dialog strong:has-text('To')")
    page.click("place-dialog .primary")
    page.click("conflict-dialog >> text=Keep both")
    page.wait_for_selector(".toast:has-text('moved')")
    assert content(person, "To/one (2).txt").content == b"one" and content(person, "To/one.txt").content == b"other"
    page.click(".toast >> text=Undo")
    row(page, "one.txt")
    assert content(person, "one.txt").content == b"one"
    row(page, "two.txt").drag_to(row(page, "To"))
    page.wait_for_selector(".toast:has-text('two.txt')")
    assert content(person, "To/two.txt").content == b"two"


def test_upload(visit, person):
    """Small and large, a name that is taken, what another changed meanwhile, all byte for byte; the tray tells."""
    put(person, "taken.txt", b"before")
    page = visit(person)
    row(page, "taken.txt")
    large = bytes(range(256)) * 80_000               # 20 MB: three parts
    page.set_input_files("input[type=file]:not([webkitdirectory])", [
        {"name": "large.bin", "mimeType": "", "buffer": large}, {"name": "empty.txt", "mimeType": "", "buffer": b""},
        {"name": "taken.txt", "mimeType": "", "buffer": b"after"}, {"name": "Grüße ☃.txt", "mimeType": "", "buffer": b"hi"}])
    page.click("conflict-dialog button:has-text('Replace')")
    page.wait_for_selector("upload-tray:has-text('4 files uploaded')")
    assert hashlib.sha256(content(person, "large.bin").content).digest() == hashlib.sha256(large).digest()
    assert content(person, "taken.txt").content == b"after" and content(person, "Grüße ☃.txt").content == b"hi" and content(person, "empty.txt").content == b""
    row(page, "large.bin")
    row(page, "taken.txt").locator(".tick").click()
    page.click("button[aria-label=Details]")
    page.click("details-panel button[title='Put back']")
    page.wait_for_selector(".toast:has-text('older version')")
    assert content(person, "taken.txt").content == b"before"


def test_an_upload_survives_the_network_and_a_reload(visit, person):
    """Cut off in the middle it goes on by itself; after a reload, once the file is chosen again. Bytes that arrived are not sent again."""
    page = visit(person)
    page.wait_for_selector(".empty")
    large = bytes(range(256)) * 120_000              # 30 MB: four parts
    parts, cut = [], []

    def patch(route):
        parts.append(int(route.request.headers["upload-offset"]))
        if len(parts) == 2 and not cut:
            cut.append(1)
            route.abort()
        elif len(parts) >= 4:
            return                                   # hangs, until the page goes
        else:
            route.continue_()
    page.route("**/data/**", lambda route: patch(route) if route.request.method == "PATCH" else route.continue_())
    file = {"name": "film.mov", "mimeType": "", "buffer": large}
    page.evaluate("""async () => { const bytes = new Uint8Array(30_720_000); for (let i = 0; i < bytes.length; i++) bytes[i] = i % 256
        window.film = () => { const all = new DataTransfer(); all.items.add(new File([bytes], "film.mov", {lastModified: 1700000000000})); return all } }""")
    choose = "const input = document.querySelector('input[type=file]:not([webkitdirectory])'); input.files = film().files; input.dispatchEvent(new Event('change'))"
    page.evaluate(choose)
    page.wait_for_function("() => JSON.parse(localStorage.uploads || '[]')[0]?.sent >= 16777216", timeout=30_000)
    assert parts[:3] == [0, 8388608, 8388608]
    page.reload()
    page.wait_for_selector("upload-tray:has-text('choose the file again')")
    page.unroute_all(behavior="ignoreErrors")
    seen = []
    page.on("request", lambda request: request.method == "PATCH" and seen.append(int(request.headers["upload-offset"])))
    page.evaluate("""async () => { const bytes = new Uint8Array(30_720_000); for (let i = 0; i < bytes.length; i++) bytes[i] = i % 256
        window.film = () => { const all = new DataTransfer(); all.items.add(new File([bytes], "film.mov", {lastModified: 1700000000000})); return all } }""")
    page.evaluate(choose)
    page.wait_for_selector("upload-tray:has-text('1 file uploaded')", timeout=30_000)
    assert min(seen) >= 16777216
    assert content(person, "film.mov").content == file["buffer"]
    # What was whole already when the page went, without its knowing, is not asked for again.
    page.wait_for_function("() => localStorage.uploads === '[]'")
    page.evaluate("drive => localStorage.setItem('uploads', JSON.stringify([{drive, folder: '', name: 'film.mov', size: 30720000, modified: 1, address: '/data/gone', sent: 5}]))", person.space)
    page.reload()
    page.wait_for_function("() => localStorage.uploads === '[]'")
    assert page.locator("upload-tray li").count() == 0


def test_download(visit, person):
    """One file as it is, several as an archive."""
    put(person, "a b.txt", b"one")
    folder(person, "F")
    put(person, "F/in.txt", b"two")
    page = visit(person)
    with page.expect_download() as got:
        act(page, "a b.txt", "Download")
    assert got.value.suggested_filename == "a b.txt" and got.value.path().read_bytes() == b"one"
    page.keyboard.press("Control+a")
    with page.expect_download() as got:
        page.click("tool-bar button:has-text('Download')")
    archive = zipfile.ZipFile(io.BytesIO(got.value.path().read_bytes()))
    assert {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")} == {"a b.txt": b"one", "F/in.txt": b"two"}


def test_share(visit, server, person):
    """With somebody, who finds it and loses it again; by a link with a password, which a stranger opens."""
    other = server.add()
    folder(person, "Trip")
    put(person, "Trip/map.txt", b"map")
    page = visit(person)
    act(page, "Trip", "Share")
    page.fill("#people", other.name)
    page.click("people-field li")
    page.wait_for_selector(f"share-dialog li:has-text('{other.name}')")
    page.select_option(f"share-dialog li:has-text('{other.name}') select", label="can edit")
    page.click("text=New link")
    page.fill("#link-password", "a password of words")
    page.click("text=Make the link")
    link = page.locator("share-dialog a[target=_blank]")
    link.wait_for()
    stranger = requests.get(link.get_attribute("href").replace("localhost", "127.0.0.1"), timeout=30)
    assert stranger.status_code in (200, 401) and "map.txt" not in stranger.text
    page.keyboard.press("Escape")
    page.wait_for_selector(".file-row:has-text('Shared by a link')")

    theirs = visit(other, "/shared/with-me")
    row(theirs, "Trip").locator("a").click()
    theirs.wait_for_selector("h1:has-text('Trip')")
    row(theirs, "map.txt")
    theirs.set_input_files("input[type=file]:not([webkitdirectory])", [{"name": "added.txt", "mimeType": "", "buffer": b"by another"}])
    theirs.wait_for_selector("upload-tray:has-text('1 file uploaded')")
    assert content(person, "Trip/added.txt").content == b"by another"

    page.goto("/shared/by-me")
    act(page, "Trip", "Share")
    page.click(f"share-dialog button[aria-label='Stop sharing with {other.name}']")
    page.wait_for_selector(f"share-dialog li:has-text('{other.name}')", state="detached")
    theirs.goto("/shared/with-me")
    theirs.wait_for_selector("text=Nothing is shared with you")


def test_trash(visit, person):
    """What was deleted is put back where it was, under another name if that is taken; or is gone for good, but not unasked."""
    for name in ("a.txt", "b.txt"):
        put(person, name, name.encode())
        requests.delete(f"{person.dav}/{name}", auth=person.auth, timeout=30)
    put(person, "a.txt", b"new")
    page = visit(person, f"/trash/personal/{person.name}")
    act(page, "a.txt", "Put back")
    page.wait_for_selector(".toast:has-text('is back')")
    assert content(person, "a (2).txt").content == b"a.txt" and content(person, "a.txt").content == b"new"
    act(page, "b.txt", "Delete for good")
    page.click("confirm-dialog >> text=Cancel")
    row(page, "b.txt")
    act(page, "b.txt", "Delete for good")
    page.click("confirm-dialog .primary")
    page.wait_for_selector("text=The trash is empty")


def test_hostile_names(visit, person):
    """They are shown and nothing of them runs; they open, rename and go like others."""
    folder(person, HOSTILE[0])
    for name in HOSTILE[1:]:
        put(person, name, b"<script>alert(1)</script>")
    page = visit(person)
    row(page, "<img")
    assert sorted(names(page)) == sorted(HOSTILE)
    for name in HOSTILE[1:]:
        page.locator(".file-row .name a").nth(names(page).index(name)).click()
        page.wait_for_selector("view-dialog dialog")
        assert page.inner_text("view-dialog h2") == name
        page.keyboard.press("Escape")
        page.wait_for_selector("view-dialog", state="detached")
    row(page, "<img").locator("a").click()
    page.wait_for_selector(".empty")
    assert page.inner_text("h1") == HOSTILE[0]


def test_ten_thousand(visit, server, person):
    """A folder of 10,000 entries is shown with a few rows, from its first to its last."""
    place = server.data / "people" / person.name / "Many"
    place.mkdir()
    for number in range(10_000):
        (place / f"file {number:05d}.txt").write_bytes(b"")
    page = visit(person, f"/files/personal/{person.name}/Many")
    row(page, "file 00000.txt")
    assert page.get_attribute(".grid", "aria-rowcount") == "10001"
    page.focus(".grid")
    page.keyboard.press("End")
    row(page, "file 09999.txt")
    assert page.locator(".file-row").count() < 60
    page.keyboard.press("Control+a")
    assert page.inner_text("tool-bar .count .desk-only") == "10,000 chosen"


def test_signed_out_elsewhere(visit, person):
    """Whose session ends somewhere else is asked to sign in, and comes back to the same place."""
    folder(person, "Deep")
    page = visit(person)
    row(page, "Deep")
    page.context.clear_cookies()
    row(page, "Deep").locator("a").click()
    page.wait_for_selector(".empty")                  # the token still holds, for its five minutes
    page.reload()
    page.wait_for_url(re.compile(r"/signin\?continue=%2Ffiles%2Fpersonal%2F.*%2FDeep"))


def test_small_pictures(visit, person):
    """Where a listing says that there is one, it is fetched with the token, and shown in the list."""
    put(person, "a.jpg")
    dot = bytes.fromhex("47494638396101000100800000ff0000ffffff21f90401000000002c00000000010001000002024401003b")
    asked = []
    page = visit(person, "/spaces")
    page.route("**/dav/spaces/**/a.jpg?preview=1**", lambda route: (asked.append(route.request.headers), route.fulfill(body=dot, content_type="image/gif")))

    def listed(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("has-preview>0<", "has-preview>1<"))
    page.route(lambda url: url.endswith(person.space), listed)
    page.goto(f"/files/personal/{person.name}")
    page.wait_for_selector(".file-row img[src^=blob]:not([hidden])")
    page.click("button[aria-label='Show as tiles']")
    page.wait_for_selector(".tiles .file-row img[src^=blob]:not([hidden])")
    page.reload()
    page.wait_for_selector(".tiles .file-row img[src^=blob]:not([hidden])")
    page.click("button[aria-label='Show as a list']")
    page.wait_for_selector("file-list:not(.tiles) .file-row img[src^=blob]:not([hidden])")
    assert asked[0]["authorization"].startswith("Bearer ")


def test_spaces(visit, own_server):
    """One is made and gets a member, who may add to it; who may not make one is told so."""
    boss, member = own_server.add(), own_server.add()
    own_server.cli("user", "set", boss.name, "--role", "admin")
    page = visit(boss, "/spaces", base_url=own_server.url)
    page.click("button:has-text('New space')")
    page.fill("#name-field", "Family & friends")
    page.keyboard.press("Enter")
    page.click("button[aria-label='Members of Family & friends']")
    page.fill("#people", member.name)
    page.click("people-field li")
    page.select_option(f"share-dialog li:has-text('{member.name}') select", label="can edit")
    page.keyboard.press("Escape")

    theirs = visit(member, "/spaces", base_url=own_server.url)
    theirs.click(".cards a")
    theirs.wait_for_selector("h1:has-text('Family & friends')")
    theirs.click(".head .primary")
    theirs.click("context-menu button:has-text('New folder')")
    theirs.fill("#name-field", "Plans")
    theirs.keyboard.press("Enter")
    row(theirs, "Plans")
    page.click(".cards a")
    row(page, "Plans")

"""What people do in the web client, in Chromium against the running server."""
import hashlib
import io
import re
import zipfile

import pytest
import requests

from appliance.storage.listing import rank
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


def legible(name):
    """A name as it is shown."""
    return re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "\ufffd", name)


def names(page):
    return page.locator(".file-row .name bdi").all_inner_texts()


def test_order_of_names(visit, person):
    """Folders first; case, accents and leading zeros do not matter, numbers are put in order by what they count."""
    wanted = ["Äpfel", "zum See", "1.txt", "apfel 1.txt", "Apfel 2.txt", "äpfel 03.txt", "apfel 10.txt", "IMG_20260712_101500.txt", "IMG_20260712_101501.txt", "Strasse 2.txt", "Straße 3.txt", "Zoo.txt"]
    for name in reversed(wanted):
        put(person, name) if name.endswith(".txt") else folder(person, name)
    page = visit(person)
    row(page, "Zoo.txt")
    assert page.locator(".file-row").evaluate_all("rows => rows.sort((a, b) => a.index - b.index).map(each => each.querySelector('bdi').textContent)") == wanted
    many = [*wanted, *HOSTILE, "ÅNGSTRÖM", "ﬁn", "ĳ", "İ", "ẞ", "Ⅷ 8", "１２", "٣", "e\u0301 1", "👩‍👩‍👧 2", "007", "1" * 30]
    assert page.evaluate("names => import(document.querySelector('[href$=\"lib/i18n.js\"]').href).then(({ rank }) => names.map(rank))", many) == [rank(name) for name in many]     # the server has the same order


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


def test_a_name_is_typed(visit, person):
    """Letters lead to the name that begins with them, spaces within it, too; a space that goes on with no name chooses, as ever."""
    for name in ("IMG 2026 1.txt", "IMG 2026 2.txt", "b.txt"):
        put(person, name)
    page = visit(person)
    row(page, "b.txt")
    page.focus(".grid")
    page.keyboard.press("Home")
    page.keyboard.type("img 2026 2")
    page.wait_for_selector(".file-row.at:has-text('IMG 2026 2.txt')")
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 5000 }")      # a while later
    page.keyboard.type("b ")
    page.wait_for_selector(".file-row.at:has-text('b.txt')")
    page.wait_for_function("() => !document.querySelector('.file-row[aria-selected=true]')")  # the jump chose it, the space let it go


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


def test_move_into_a_new_folder(visit, person):
    """It is made where one is while one chooses where to, and one is in it then."""
    folder(person, "Album")
    put(person, "a.txt", b"a")
    page = visit(person)
    act(page, "a.txt", "Move")
    page.click("place-dialog button:has-text('Album')")
    page.wait_for_selector("place-dialog .way strong:has-text('Album')")
    page.click("place-dialog footer button:has-text('New folder')")
    page.fill("name-dialog #name-field", "New")
    page.keyboard.press("Enter")
    page.wait_for_selector("place-dialog .way strong:has-text('New')")
    page.wait_for_selector("place-dialog footer .primary:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector(".toast:has-text('moved')")
    assert content(person, "Album/New/a.txt").content == b"a"
    act(page, "Album", "Move")
    page.click("place-dialog button:has-text('All places')")
    page.wait_for_selector("place-dialog button:has-text('New folder'):disabled")       # no folder is in nowhere


@pytest.mark.parametrize("language, long, bad", [("en-GB", "That name is too long.", "backslash"), ("de-DE", "Dieser Name ist zu lang.", "umgekehrten")])
def test_names_that_no_disk_takes(visit, person, language, long, bad):
    """People read in their own language what is wrong with a name, not what the disk calls it; then another one is taken."""
    page = visit(person, locale=language)
    page.click(".head .primary")
    page.click("context-menu button >> nth=0")
    page.wait_for_selector("#name-field")
    for name, told in (("ü" * 128, long), ("a\\b", bad), ("a/b", bad)):
        page.fill("#name-field", name)
        page.keyboard.press("Enter")
        page.wait_for_selector(f"name-dialog .wrong:has-text('{told}')")
    page.fill("#name-field", "ü" * 127)
    page.keyboard.press("Enter")
    row(page, "ü" * 127)


def test_upload(visit, person, tmp_path):
    """Small and large, a name that is taken, what another changed meanwhile, all byte for byte; the tray tells."""
    put(person, "taken.txt", b"before")
    page = visit(person)
    row(page, "taken.txt")
    large = bytes(range(256)) * 80_000               # 20 MB: three parts
    files = {"large.bin": large, "empty.txt": b"", "taken.txt": b"after", "Grüße ☃.txt": b"hi"}
    for name, bytes_ in files.items():
        (tmp_path / name).write_bytes(bytes_)
    page.set_input_files("input[type=file]:not([webkitdirectory])", [tmp_path / name for name in files])
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


def test_nothing_lies_over_the_list_of_a_phone(visit, person, tmp_path):
    """Uploads that are over leave the list and the button for more in reach, and that button the menu of the last row."""
    for i in range(20):
        put(person, f"{i:02}.txt", b"x")
    page = visit(person, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    row(page, "00.txt")
    (tmp_path / "zz.txt").write_bytes(b"mine")
    reach = """at => { const box = at.getBoundingClientRect(); return at.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)) }"""

    def end():
        page.evaluate("document.querySelector('.grid').scrollTop = 1e6")
        assert row(page, "zz.txt").locator(".more").evaluate(reach)
    page.set_input_files("input[type=file]:not([webkitdirectory])", tmp_path / "zz.txt")
    page.wait_for_selector("upload-tray:has-text('1 file uploaded')")
    row(page, "01.txt")
    assert page.locator(".fab").evaluate(reach) and page.locator("upload-tray [aria-expanded]").evaluate(reach)
    page.wait_for_function("() => document.querySelector('.grid').getAttribute('aria-rowcount') === '22'")
    end()
    page.click("upload-tray button[aria-label='Clear what is over']")
    end()


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
    kept = "([drive, modified]) => localStorage.setItem('uploads', JSON.stringify([{drive, folder: '', name: 'film.mov', size: 30720000, modified, address: '/data/gone', sent: 5}]))"
    page.evaluate(kept, [person.space, 1700000000000])
    page.reload()
    page.wait_for_function("() => localStorage.uploads === '[]'")
    assert page.locator("upload-tray li").count() == 0
    # What lies there and is as large, but older or newer, is another.
    page.evaluate(kept, [person.space, 1700000005000])
    with page.expect_response(lambda answer: answer.request.method == "PROPFIND" and answer.url.endswith("film.mov")):
        page.reload()
    page.evaluate("async () => { await fetch('/signin'); await new Promise(done => requestIdleCallback(done)) }")       # it has been heard by now
    assert page.locator("upload-tray li.lost").count() == 1


def test_the_last_answer_is_lost(visit, person, tmp_path):
    """All has arrived, and only the answer to that has not: nobody is told that the name is taken, by the file itself."""
    page = visit(person)
    page.wait_for_selector(".empty")
    page.evaluate("""() => { const { open, send } = XMLHttpRequest.prototype
        XMLHttpRequest.prototype.open = function (method, ...more) { this.method = method; return open.call(this, method, ...more) }
        XMLHttpRequest.prototype.send = function (body) { if (this.method === "PATCH") { XMLHttpRequest.prototype.send = send; this.onload = () => this.onerror() } return send.call(this, body) } }""")
    (tmp_path / "film.bin").write_bytes(b"f" * (2 << 20))
    page.set_input_files("input[type=file]:not([webkitdirectory])", tmp_path / "film.bin")
    page.wait_for_selector("upload-tray h2:not(:has-text('Uploading'))")
    assert page.inner_text("upload-tray h2") == "1 file uploaded"
    assert page.locator(".file-row").count() == 1


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
    page.fill("#form-name", "For grandma")
    page.fill("#form-password", "a password of words")
    page.click("text=Make the link")
    link = page.locator("share-dialog a[target=_blank]")
    link.wait_for()
    page.wait_for_selector("share-dialog li:has-text('For grandma · can view')")
    stranger = requests.get(link.get_attribute("href").replace("localhost", "127.0.0.1"), timeout=30)
    assert stranger.status_code in (200, 401) and "map.txt" not in stranger.text
    page.keyboard.press("Escape")
    page.wait_for_selector(".file-row:has-text('Shared by a link')")

    theirs = visit(other, "/shared/with-me")
    theirs.wait_for_selector(f".file-row:has-text('from {person.name}')")
    row(theirs, "Trip").locator("a").click()
    theirs.wait_for_selector("h1:has-text('Trip')")
    row(theirs, "map.txt")
    theirs.set_input_files("input[type=file]:not([webkitdirectory])", [{"name": "added.txt", "mimeType": "", "buffer": b"by another"}])
    theirs.wait_for_selector("upload-tray:has-text('1 file uploaded')")
    assert content(person, "Trip/added.txt").content == b"by another"

    beta = f"{server.url}/graph/v1beta1"            # a client of another make gave a role that we do not offer: nobody is told that it is another one
    given = requests.get(f"{beta}/me/drive/sharedByMe", auth=person.auth, timeout=30).json()["value"][0]
    share = next(each["id"] for each in given["permissions"] if "roles" in each)
    changed = requests.patch(f"{beta}/drives/{given['id'].partition('!')[0]}/items/{given['id']}/permissions/{share}", auth=person.auth, timeout=30,
                             json={"roles": ["d1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"]})
    assert changed.status_code == 200, changed.text
    page.goto("/shared/by-me")
    act(page, "Trip", "Share")
    page.wait_for_selector("share-dialog option:checked:text-is('another role')", state="attached")
    page.click(f"share-dialog button[aria-label='Stop sharing with {other.name}']")
    page.wait_for_selector(f"share-dialog li:has-text('{other.name}')", state="detached")
    theirs.goto("/shared/with-me")
    theirs.wait_for_selector("text=Nothing is shared with you")


def test_share_by_keyboard(visit, server, person):
    """Somebody, their role, a link and its code for cameras, and the end of both, without a mouse; the focus is never lost."""
    other = server.add()
    folder(person, "Trip")
    page = visit(person)
    row(page, "Trip")

    def focused():
        return page.evaluate("() => (document.activeElement.getAttribute('aria-label') || document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent).trim()")

    def press(label, key="Enter"):
        """Go there by Tab, the short way round, and press a key."""
        for _ in range(30):
            if focused() == label:
                return page.keyboard.press(key)
            page.keyboard.press("Tab")
        raise AssertionError(f"{label} is not reached by the keyboard")
    page.focus(".grid")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+F10")
    page.wait_for_selector("context-menu button")
    for _ in range(20):
        if focused() == "Share":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("share-dialog li")
    press("Add people or groups by name", "End")
    page.keyboard.type(other.name)
    page.wait_for_selector("people-field li")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"share-dialog li:has-text('{other.name}')")
    label, chosen = f"What {other.name} may do", "() => document.activeElement.selectedOptions?.[0]?.text"
    for _ in range(5):                              # each step of the arrow is a choice that is sent, after which it is drawn anew
        press(label, "Shift")
        if page.evaluate(chosen) == "can edit":
            break
        with page.expect_response(lambda answer: answer.url.endswith("/permissions") and answer.request.method == "GET"):
            page.keyboard.press("ArrowDown")
        page.wait_for_function(f"() => document.activeElement.ariaLabel === '{label}' && !document.activeElement.disabled")
    assert page.evaluate(chosen) == "can edit"
    assert focused() == f"What {other.name} may do"
    press(f"no end date · {other.name}")
    page.wait_for_selector("form-dialog #form-end")
    page.fill("#form-end", "2031-05-06")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"share-dialog li:has-text('{other.name}') button:has-text('until 6 May 2031')")
    page.wait_for_function("() => document.activeElement.innerText.startsWith('until 6 May 2031')")
    page.keyboard.press("Enter")
    page.fill("#form-end", "")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"share-dialog li:has-text('{other.name}') button:has-text('no end date')")
    press("New link")
    page.wait_for_function("() => document.activeElement.id === 'form-kind'")
    page.wait_for_function("() => document.querySelector('#form-password').required && document.querySelector('#form-end').value")
    press("Password", "End")
    page.keyboard.type("a password of words")
    page.keyboard.press("Enter")
    page.wait_for_selector("share-dialog a[target=_blank]")
    page.wait_for_function("() => document.activeElement.textContent === 'New link'")
    press("Change the link “can view”")
    page.wait_for_function("() => document.activeElement.id === 'form-kind'")
    assert not page.is_visible("text=Take the password away")      # the house wants one
    press("New password", "End")
    page.keyboard.type("another one of words")
    page.fill("#form-end", "2031-05-06")
    page.keyboard.press("Enter")
    page.wait_for_selector("share-dialog li:has-text('until 6 May 2031')")
    page.wait_for_function("() => document.activeElement.getAttribute('aria-label') === 'Change the link “can view”'")
    press("QR code")
    page.wait_for_function("() => document.querySelector('.code img')?.naturalWidth")
    press("Remove the link")
    page.wait_for_selector("share-dialog a[target=_blank]", state="detached")
    page.wait_for_function("() => document.activeElement.textContent === 'New link'")
    press(f"Stop sharing with {other.name}")
    page.wait_for_selector(f"share-dialog li:has-text('{other.name}')", state="detached")
    page.wait_for_function("() => document.activeElement.id === 'people'")
    page.keyboard.press("Escape")
    page.wait_for_selector("share-dialog", state="detached")
    page.wait_for_function("() => document.activeElement.matches('.grid, .grid *')")


def test_a_link_is_changed(visit, own_server):
    """Where the rules allow it, its password goes; its end is that of the day where one is, also far from Greenwich; to let more be done, it may need a password first."""
    own_server.stop()
    own_server.configure(link_passwords="writing")
    own_server.start()
    person = own_server.add()
    folder(person, "Trip")
    page = visit(person, base_url=own_server.url, timezone_id="Pacific/Auckland")
    act(page, "Trip", "Share")

    def change(kind=None, **fields):
        page.click("share-dialog .does button:has-text('Change')")
        page.select_option("#form-kind", label=kind) if kind else None
        for name, value in fields.items():
            page.check("#form-open") if name == "open" else page.fill(f"#form-{name}", value)
        page.click("form-dialog .primary")
        page.wait_for_selector("form-dialog", state="detached")
    page.click("text=New link")
    page.fill("#form-password", "a password of words")
    page.fill("#form-end", "2031-05-06")
    page.click("text=Make the link")
    page.wait_for_selector("share-dialog li:has-text('can view · password · until 6 May 2031')")
    place = page.get_attribute("share-dialog a[target=_blank]", "href")
    change(open=True, end="", name="For all")
    page.wait_for_selector("share-dialog li:has-text('For all · can view') small:text-is('For all · can view')")
    assert "Download all" not in requests.get(place, timeout=30).text and "password" not in requests.get(place, timeout=30).text
    change("can edit", password="other words than before")
    page.wait_for_selector("share-dialog li:has-text('For all · can edit · password')")
    page.click("share-dialog .does button:has-text('Change')")
    assert not page.is_visible("#form-open")
    assert 'name="password"' in requests.get(place, timeout=30).text


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
    assert sorted(names(page)) == sorted(map(legible, HOSTILE))
    for name in HOSTILE[1:]:
        page.locator(".file-row .name a").nth(names(page).index(legible(name))).click()
        page.wait_for_selector("view-dialog dialog")
        assert page.inner_text("view-dialog h2") == legible(name)
        page.keyboard.press("Escape")
        page.wait_for_selector("view-dialog", state="detached")
    put(person, "a\u202egpj.exe", b"x")
    page.reload()
    assert row(page, "a\ufffdgpj.exe").locator("a").get_attribute("title") == "a\u202egpj.exe"     # where it is shown, its end is where it ends
    act(page, "a\ufffdgpj.exe", "Rename")
    assert page.input_value("#name-field") == "a\u202egpj.exe"
    page.keyboard.press("Escape")
    page.wait_for_selector("name-dialog", state="detached")
    act(page, "a\ufffdgpj.exe", "Delete")
    page.wait_for_selector(".toast:has-text('“a\ufffdgpj.exe” was deleted')")
    assert "\u202e" not in page.inner_text(".toast")        # it would turn what is said of it round
    row(page, "<img").locator("a").click()
    page.wait_for_selector(".empty")
    assert page.inner_text("h1") == HOSTILE[0]
    folder(person, "b\u202etxt")
    page.goto(f"/files/personal/{person.name}/b\u202etxt")
    page.wait_for_selector("bread-crumbs h1 bdi:text-is('b\ufffdtxt')")
    assert page.title().startswith("b\ufffdtxt")


def test_ten_thousand(visit, server, person):
    """A folder of 10,000 entries that come piece by piece is shown with a few rows, from its first to its last."""
    place = server.data / "people" / person.name / "Many"
    place.mkdir()
    for number in range(10_000):
        (place / f"file {number:05d}.txt").write_bytes(b"")
    page = visit(person)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", {"offline": False, "latency": 20, "downloadThroughput": 500_000, "uploadThroughput": 500_000})
    page.evaluate("""() => {
        window.early = {}
        const grid = document.querySelector('.grid'), rows = () => [...grid.querySelectorAll('.file-row')]
        new MutationObserver(() => grid.getAttribute('aria-busy') === 'true' && rows().forEach(row => early[row.index] = [row.entry.name, grid.getAttribute('aria-rowcount')])).observe(grid, { childList: true, subtree: true })
    }""")
    row(page, "Many").locator("a").click()
    row(page, "file 00000.txt")
    page.wait_for_function("() => document.querySelector('.grid').getAttribute('aria-rowcount') === '10001'")
    early = page.evaluate("early")                  # what was seen while the rest was on its way: the beginning, where it is now
    assert early["0"] == ["file 00000.txt", "-1"] and all(f"file {int(index):05d}.txt" == name for index, (name, _) in early.items())
    assert page.evaluate("() => new Set(document.querySelector('file-list').entries.map(each => each.name)).size") == 10_000
    page.focus(".grid")
    page.keyboard.press("End")
    row(page, "file 09999.txt")
    assert page.locator(".file-row").count() < 60
    page.evaluate("() => document.querySelector('.grid').scrollTop -= 480")
    row(page, "file 09978.txt")
    page.wait_for_function("() => [...document.querySelectorAll('.file-row')].every((row, at, all) => !at || all[at - 1].index < row.index)")     # as it is read aloud
    page.keyboard.press("Control+a")
    assert page.inner_text("tool-bar .count .desk-only") == "10,000 chosen"


@pytest.mark.parametrize("where", ["far down", "at the end"])
def test_what_one_looks_at_stays_in_sight(visit, server, person, where):
    """A phone that is turned has rows of another height, and tiles stand otherwise than rows: what was the first in sight still is."""
    place = server.data / "people" / person.name
    for number in range(400):
        (place / f"file {number:03d}.txt").write_bytes(b"")
    page = visit(person, viewport={"width": 390, "height": 844})
    row(page, "file 000.txt")
    first = """() => {
      const grid = document.querySelector('.grid'), under = grid.getBoundingClientRect().top + document.querySelector('.columns').offsetHeight
      return Math.min(...[...document.querySelectorAll('.file-row')].filter(each => each.getBoundingClientRect().bottom > under + 1).map(each => each.index))
    }"""
    page.evaluate("to => { document.querySelector('.grid').scrollTop = to }", 12_800 if where == "far down" else 1e6)
    page.wait_for_function(f"() => ({first})() > 150")
    had = page.evaluate(first)
    for change in ((844, 390), (390, 844), "tiles", (844, 390), (390, 844), "a list"):
        if isinstance(change, tuple):
            page.set_viewport_size(dict(zip(("width", "height"), change, strict=True)))
        else:
            page.click(f"button[title='Show as {change}']")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))")
        page.wait_for_function(f"had => had - 6 <= ({first})() && ({first})() <= had", arg=had)     # of tiles, the line that it stands in


@pytest.mark.parametrize("name, answer", [
    ("cut off", lambda whole: {"body": whole[:len(whole) // 2]}), ("just before its end", lambda whole: {"body": whole.removesuffix("</d:multistatus>")}),
    ("nothing", lambda whole: {"body": ""}), ("somebody else's page", lambda whole: {"body": "<html>Welcome to our hotel</html>", "content_type": "text/html"})])
def test_half_an_answer(visit, person, name, answer):
    """What a proxy cuts off ends like a whole answer: half a folder is never shown as if it were all of it."""
    folder(person, "Some")
    for number in range(4):
        put(person, f"Some/{number}.txt")
    page = visit(person)
    row(page, "Some")

    def cut(route):
        whole = route.fetch()
        route.fulfill(response=whole, **answer(whole.text()))
    page.route("**/dav/spaces/**", lambda route: cut(route) if route.request.method == "PROPFIND" else route.continue_())
    row(page, "Some").locator("a").click()
    page.wait_for_selector(".empty:has-text('The server does not answer')")
    assert page.locator(".file-row").count() == 0
    page.unroute("**/dav/spaces/**")
    page.click(".empty >> text=Try again")
    row(page, "3.txt")
    assert page.locator(".file-row").count() == 4


def test_a_long_list_is_cut_off(visit, server, person):
    """Its beginning was shown already: that goes, too, and it is said why."""
    place = server.data / "people" / person.name / "Long"
    place.mkdir()
    for number in range(900):
        (place / f"{number:03d}.txt").write_bytes(b"")
    page = visit(person)
    row(page, "Long")
    page.route("**/dav/spaces/**", lambda route: route.fulfill(response=(whole := route.fetch()), body=whole.text().removesuffix("</d:multistatus>")) if route.request.method == "PROPFIND" else route.continue_())
    page.evaluate("""() => { window.most = 0; new MutationObserver(() => most = Math.max(most, document.querySelectorAll('.file-row').length)).observe(document.querySelector('.grid'), { childList: true, subtree: true }) }""")
    row(page, "Long").locator("a").click()
    page.wait_for_selector(".empty:has-text('The server does not answer')")
    assert page.locator(".file-row").count() == 0 and page.evaluate("most") > 5


GATED = """() => {
    const whole = window.fetch
    window.most = 0                                 // responses that have come
    window.fetch = async (address, how) => {
        const answer = await whole(address, how)
        if (how?.method !== 'PROPFIND') return answer
        const parts = (await answer.text()).split(/(?<=<\\/d:response>)/), gone = () => how.signal?.aborted
        let at = 0
        window.asked = (window.asked || 0) + 1
        return new Response(new ReadableStream({ async pull(into) {
            while (at >= most && !gone()) await new Promise(resolve => setTimeout(resolve, 10))
            if (gone()) return into.error(new DOMException('', 'AbortError'))
            into.enqueue(new TextEncoder().encode(parts.slice(at, at = Math.min(most, parts.length)).join('')))
            if (at === parts.length) into.close()
        } }), answer)
    }
}"""


@pytest.fixture
def arriving(visit, server, person):
    """A page at the beginning of a folder of 2,000; ``window.most`` says how much of it comes."""
    place = server.data / "people" / person.name / "Long"
    (place / "A folder").mkdir(parents=True)
    for number in range(1, 2000):
        (place / f"{number:04d}.txt").write_bytes(b"")
    page = visit(person)
    row(page, "Long")
    page.wait_for_function("() => document.querySelector('side-bar').app.live?.notices")
    page.evaluate(GATED)
    page.evaluate("most = 900")
    row(page, "Long").locator("a").click()
    row(page, "0001.txt")
    page.wait_for_function("() => document.querySelector('side-bar').app.folder.entries.length === 799")
    return page


def _there(page):
    page.evaluate("most = 9999")
    page.wait_for_function("() => document.querySelector('.grid').getAttribute('aria-busy') === 'false'")


def test_others_are_busy_in_a_long_list(arriving, person, http):
    """It comes to its end, shows no less meanwhile, and then what they did."""
    page = arriving
    page.evaluate("() => { window.least = 9999; const { folder } = document.querySelector('side-bar').app; folder.addEventListener('change', () => least = Math.min(least, folder.entries.length)) }")
    http.put(f"{person.dav}/Long/zz.txt", data=b"x").raise_for_status()
    page.wait_for_timeout(1500)                     # longer than it takes to look again
    assert page.evaluate("asked") == 1
    page.evaluate("document.querySelector('side-bar').app.refresh() && 0")       # as who comes back to the page does
    page.wait_for_function("() => asked === 2")
    _there(page)
    page.wait_for_function("() => document.querySelector('side-bar').app.folder.named('zz.txt')")
    assert page.evaluate("least") >= 799


def test_deleting_while_a_long_list_comes(arriving):
    """What was deleted does not come back with the rest."""
    page = arriving
    page.evaluate("""() => { const { folder } = document.querySelector('side-bar').app; folder.addEventListener('change', () => window.back ||= folder.entries.length && folder.named('0001.txt')) }""")
    page.route("**/Long/0001.txt", lambda route: (page.evaluate("most = 1700"), page.wait_for_timeout(300), route.continue_()))
    row(page, "0001.txt").locator(".tick").click()
    page.wait_for_selector("tool-bar")
    page.evaluate("window.back = null")
    page.keyboard.press("Delete")
    page.wait_for_selector("toast-area :text('0001.txt')")
    _there(page)
    page.wait_for_function("() => document.querySelector('side-bar').app.folder.entries.length === 1999")
    assert page.evaluate("back") is None


def test_choosing_all_of_what_is_still_coming(arriving):
    """All are all; but not what comes after one of them was taken out, or all were deleted."""
    page = arriving
    page.focus(".grid")
    page.keyboard.press("Control+a")
    _there(page)
    page.wait_for_selector("tool-bar .count:has-text('2000')")
    page.evaluate("most = 900")
    page.evaluate("document.querySelector('side-bar').app.show() && 0")
    page.wait_for_function("() => document.querySelector('side-bar').app.folder.entries.length === 799")
    page.focus(".grid")
    page.keyboard.press("Control+a")
    row(page, "0001.txt").locator(".tick").click()
    _there(page)
    assert page.evaluate("document.querySelector('side-bar').app.selection.ids.size") == 798


def test_another_order_while_a_long_list_comes(arriving):
    """What comes would belong anywhere in it, so it is shown when all is there."""
    page = arriving
    page.click("role=columnheader[name=Size] >> button")
    page.wait_for_function("() => !document.querySelector('.file-row')")
    page.evaluate("most = 1700")
    _there(page)
    page.wait_for_function("() => document.querySelector('.grid').getAttribute('aria-rowcount') === '2001'")
    row(page, "A folder")


def test_going_on_while_a_long_list_comes(arriving):
    """The view that still shows it knows where it lies."""
    page = arriving
    page.evaluate("() => { const { app } = document.querySelector('side-bar'), load = app.load; app.load = async (...words) => { await new Promise(resolve => window.go = resolve); return load.apply(app, words) }; app.go('/photos') }")
    page.wait_for_function("() => window.go && document.querySelector('side-bar').app.place.view === 'photos'")
    page.evaluate("most = 1700")
    page.wait_for_function("() => document.querySelector('side-bar').app.folder.entries.length === 1599")
    assert row(page, "A folder").locator("a").get_attribute("href").endswith("/Long/A%20folder")
    page.evaluate("go()")
    page.wait_for_selector("photos-view")


def test_what_was_seen_stays_without_a_network(visit, person):
    """A phone wakes before its network does: the list, what is chosen and the place stay, it is said that the server is away, and nothing looks deleted that is there."""
    for number in range(60):
        put(person, f"{number:02d}.txt")
    page = visit(person)
    row(page, "00.txt")
    page.evaluate("document.querySelector('.grid').scrollTop = 1000")
    row(page, "25.txt").locator(".tick").click()
    page.wait_for_selector("tool-bar:not([hidden])")
    stood = page.evaluate("document.querySelector('.grid').scrollTop")     # a click may have scrolled
    page.context.set_offline(True)
    wake = "document.dispatchEvent(new Event('visibilitychange'))"
    for _ in range(2):
        page.evaluate(wake)
        page.wait_for_selector(".toast:has-text('The server does not answer')")
    assert page.get_attribute(".grid", "aria-rowcount") == "61" and page.evaluate("document.querySelector('.grid').scrollTop") == stood > 0
    assert page.locator(".file-row[aria-selected=true]").all_inner_texts()[0].startswith("25.txt")
    page.keyboard.press("Delete")
    page.wait_for_function("() => document.querySelector('.grid').getAttribute('aria-rowcount') === '61' && !document.querySelector('.file-row[aria-selected=true]')")     # it is not chosen any more, but there
    row(page, "25.txt")
    assert page.locator(".toast").count() == 1
    page.context.set_offline(False)
    assert requests.delete(f"{person.dav}/00.txt", auth=person.auth, timeout=30).ok
    page.evaluate(wake)
    page.wait_for_function("() => document.querySelector('.grid').getAttribute('aria-rowcount') === '60'")
    row(page, "25.txt")


def test_away_at_the_second_try(visit, person):
    """A token that is refused is fetched anew; where the network goes just then, people read that, not what the browser calls it."""
    folder(person, "Some")
    page, tries = visit(person), []
    row(page, "Some")

    def refuse(route):
        tries.append(route)
        return route.fulfill(status=401) if len(tries) == 1 else route.abort()
    page.route("**/dav/spaces/**", lambda route: refuse(route) if route.request.method == "PROPFIND" else route.continue_())
    row(page, "Some").locator("a").click()
    page.wait_for_selector(".empty:has-text('The server does not answer')")
    assert len(tries) == 2


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

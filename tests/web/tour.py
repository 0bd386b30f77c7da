"""Every page and state of the web client that is worth a look, one after the other, for pictures and for axe."""
import io
from urllib.parse import quote, urlsplit

import pyotp
import requests
from PIL import Image

from rows import row

PEOPLE = ("ann", "ben")
LINK_PASSWORD = "seven words and more"


def furnish(server):
    """Two people with things in all states; the first is an administrator. Answers them by name."""
    people = {name: server.add(name) for name in PEOPLE}
    ann, ben = people.values()
    server.cli("user", "set", "ann", "--role", "admin", "--display-name", "Ann Miller", "--quota", "20GB")
    server.cli("user", "set", "ben", "--display-name", "Ben Miller")
    requests.get(f"{server.url}/graph/v1.0/me/drive", auth=ben.auth, timeout=30)
    for folder in ("Documents", "Documents/School", "Holiday 2026", "Recipes", "Empty"):
        dav("MKCOL", ann, folder)
    for name, size in (("Budget 2026.xlsx", 45_000), ("Letter to grandma.txt", 1_400), ("Garden plan.pdf", 820_000), ("Summer.jpg", 3_400_000), ("Birthday.mp4", 9_000_000),
                       ("Lullaby.mp3", 5_200_000), ("Backup.zip", 2_000_000), ("A rather long name of a letter to the tax office about the year 2025, second draft.docx", 88_000)):
        dav("PUT", ann, name, b"Dear all,\n" * (size // 10))
    dav("PUT", ann, "Letter to grandma.txt", b"Dear grandma,\n\nthe tomatoes are ripe.\n")
    for name in ("Old list.txt", "Scan 4.jpg"):
        dav("PUT", ann, name, b"x" * 2_000)
        dav("DELETE", ann, name)
    graph = f"{server.url}/graph/v1.0"
    space = requests.post(f"{graph}/drives", json={"name": "Family", "driveType": "project", "description": "What belongs to all of us"}, auth=ann.auth, timeout=30).json()
    requests.post(f"{graph}/drives", json={"name": "Football club", "driveType": "project"}, auth=ann.auth, timeout=30)
    for name, colour in (("Beach", "#e8b35a"), ("Dunes", "#caa472"), ("Sea", "#2e7d9a"), ("Sunset", "#c2562d")):
        dav("PUT", ann, f"Holiday 2026/{name}.jpg", picture(colour))
    star(server, ann, "Budget 2026.xlsx")
    dav("MKCOL", ben, "From Ben")
    share(server, ben, "From Ben", ann)
    share(server, ann, "Holiday 2026", ben)
    dav("MKCOL", ben, "Album")
    dav("MKCOL", ben, "Album/More of it")
    for name, colour in (("Sea.png", (70, 130, 180)), ("Wood.png", (60, 120, 70)), ("Sunset.png", (220, 120, 60)), ("Snow.png", (225, 232, 240))):
        drawn = io.BytesIO()
        Image.linear_gradient("L").resize((900, 600)).convert("RGB").point([min(255, value * part // 160) for part in colour for value in range(256)]).save(drawn, "PNG")
        dav("PUT", ben, f"Album/{name}", drawn.getvalue())
    dav("PUT", ben, "Album/Scan.png", b"broken")
    dav("PUT", ben, "Album/Waves.mp4", b"x" * 20_000)
    dav("PUT", ben, "Album/Read me.txt", b"Hello")
    dav("MKCOL", ben, "For you")
    return {**people, "space": space, "album": link(server, ben, "Album", "upload"), "drop": link(server, ben, "For you", "createOnly")}


def dav(method, person, name, data=None):
    assert requests.request(method, f"{person.dav}/{quote(name)}", data=data, auth=person.auth, timeout=30).ok, name


def picture(colour):
    """A photo, more or less."""
    made, base = io.BytesIO(), Image.new("RGB", (1200, 800), colour)
    Image.composite(base, Image.new("RGB", base.size, "white"), Image.linear_gradient("L").resize(base.size)).save(made, "JPEG")
    return made.getvalue()


def star(server, person, name):
    """Make something a favourite."""
    assert requests.post(f"{server.url}/graph/v1.0/me/drive/items/{item_of(person, name)}/follow", auth=person.auth, timeout=30).ok


def item_of(person, name):
    return requests.request("PROPFIND", f"{person.dav}/{quote(name)}", headers={"Depth": "0"}, auth=person.auth, timeout=30).text.split("<oc:fileid>")[1].split("<")[0]


def share(server, giver, name, to):
    """Let somebody view something, and anybody by a link."""
    item = item_of(giver, name)
    other = requests.get(f"{server.url}/graph/v1.0/me", auth=to.auth, timeout=30).json()["id"]
    at = f"{server.url}/graph/v1beta1/drives/{item.split('!')[0]}/items/{item}"
    role = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"
    assert requests.post(f"{at}/invite", json={"recipients": [{"objectId": other}], "roles": [role]}, auth=giver.auth, timeout=30).ok
    assert requests.post(f"{at}/createLink", json={"type": "view", "password": "seven words and more"}, auth=giver.auth, timeout=30).ok


# Somebody else saves the text that is written just now; by the page's own means, because its person is not known here.
CHANGE = """async path => { const { ask } = await import(document.querySelector('script[src$="app.js"]').src.replace('app.js', 'api/http.js'))
    const { drives } = await import(document.querySelector('script[src$="app.js"]').src.replace('app.js', 'api/dav.js'))
    await ask('PUT', '/dav/spaces/' + (await drives()).find(each => each.driveType === 'personal').id + path, { body: 'Dear grandma,\\n\\nthe plums are ripe.\\n' }) }"""


CERTIFICATE = {"kind": "own", "names": ["hearth.local", "192.168.1.20"], "expires": "2027-12-24T01:02:03Z", "state": "well", "text": "", "ca": "/ca.crt", "fingerprint": "a7" * 32,
               "working": False, "wanted": {"name": "", "challenge": "http-01", "dns": "", "email": "", "directory": "https://acme-v02.api.letsencrypt.org/directory", "agreed": False}}


def link(server, giver, name, kind):
    """The address of a link to a folder."""
    listing = requests.request("PROPFIND", f"{giver.dav}/{quote(name)}", headers={"Depth": "0"}, auth=giver.auth, timeout=30).text
    item = listing.split("<oc:fileid>")[1].split("<")[0]
    made = requests.post(f"{server.url}/graph/v1beta1/drives/{item.split('!')[0]}/items/{item}/createLink", json={"type": kind, "password": LINK_PASSWORD}, auth=giver.auth, timeout=30)
    return urlsplit(made.json()["link"]["webUrl"]).path


def enter(page, person):
    """Sign in, and come to one's files."""
    page.goto("/files")
    page.fill("#name", person.name)
    page.fill("#password", person.password)
    page.click("main form[action='/signin'] button")
    page.wait_for_selector(".file-row")


def stops(page, furnished):
    """Go through all of it; yields the name of each state once it is there."""
    home = "/files/personal/ann"
    page.goto(home)
    row(page, "Documents")
    yield "files"
    page.click("button[aria-label='Show as tiles']")
    yield "tiles"
    page.click("button[aria-label='Show as a list']")
    page.keyboard.press("Tab")
    page.focus(".grid")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    yield "chosen"
    page.keyboard.press("Escape")
    row(page, "Letter to grandma").locator(".more").click()
    yield "menu"
    page.click("context-menu button:has-text('Details')")
    page.wait_for_selector("details-panel h3")
    yield "details"
    page.click("details-panel button[aria-label=Close]")
    page.keyboard.press("Escape")
    page.focus(".grid")
    page.keyboard.press("Escape")
    page.click(".fab:visible, .head .primary:visible")
    yield "new"
    page.click("context-menu button:has-text('New folder')")
    page.fill("#name-field", "Recipes")
    page.keyboard.press("Enter")
    page.wait_for_selector(".wrong:not([hidden])")
    yield "name"
    page.keyboard.press("Escape")
    row(page, "Letter to grandma").locator(".more").click()
    page.click("context-menu button:has-text('Move')")
    page.wait_for_selector("place-dialog .pick button")
    yield "move"
    page.keyboard.press("Escape")
    row(page, "Holiday 2026").locator(".more").click()
    page.click("context-menu button:has-text('Share')")
    page.wait_for_selector("share-dialog a[target=_blank]")
    yield "share"
    page.click("share-dialog button:has-text('New link')")
    page.wait_for_selector("form-dialog dialog")
    yield "share-link"
    page.keyboard.press("Escape")
    page.click("share-dialog button[aria-label^='Change the link']")
    page.wait_for_selector("form-dialog dialog")
    yield "share-change"
    page.keyboard.press("Escape")
    page.click("share-dialog button.slight")
    page.wait_for_selector("form-dialog dialog")
    yield "share-end"
    page.keyboard.press("Escape")
    page.wait_for_selector("form-dialog", state="detached")
    page.keyboard.press("Escape")
    page.wait_for_selector("share-dialog", state="detached")
    page.keyboard.press("Escape")
    row(page, "Letter to grandma").locator("a").click()
    page.wait_for_selector("view-dialog pre")
    yield "text"
    page.click("view-dialog button[aria-label=Edit]")
    page.wait_for_selector("view-text textarea:focus")
    page.keyboard.type("Dear all\n")
    yield "editor"
    page.evaluate(CHANGE, "/Letter to grandma.txt")
    page.keyboard.press("Control+s")
    page.click("view-text .trouble button:has-text('Compare')")
    yield "compare"
    page.click("text=Back to mine")
    page.click("view-text .trouble button:has-text('Take theirs')")
    page.keyboard.press("Escape")
    page.wait_for_selector("view-dialog", state="detached")
    page.set_input_files("input[type=file]:not([webkitdirectory])", [{"name": "Letter to grandma.txt", "mimeType": "", "buffer": b"x"}, {"name": "Another.txt", "mimeType": "", "buffer": b"y" * 5_000}])
    page.wait_for_selector("conflict-dialog dialog")
    yield "conflict"
    page.click("conflict-dialog button:has-text('Skip')")
    page.wait_for_selector("upload-tray:has-text('1 file uploaded')")
    yield "tray"
    page.click("upload-tray button[aria-label='Clear what is over']")
    row(page, "Another.txt").locator(".more").click()
    page.click("context-menu button:has-text('Delete')")
    page.wait_for_selector(".toast:has-text('deleted')")
    yield "undo"
    page.goto(f"{home}/Empty")
    page.wait_for_selector(".empty h2")
    yield "empty"
    page.goto(f"{home}/Documents")
    row(page, "School")
    yield "folder"
    page.goto(f"{home}/nothing")
    page.wait_for_selector(".empty a")
    yield "wrong"
    page.goto(f"{home}/Holiday 2026")
    row(page, "Beach.jpg").locator("a").click()
    page.wait_for_selector("view-picture img:not([hidden])")
    yield "picture"
    page.keyboard.press("Escape")
    page.goto("/photos")
    page.wait_for_selector(".photo img[src^=blob]")
    yield "photos"
    page.click(".photo >> nth=0", modifiers=["ControlOrMeta"])
    page.click(".photo >> nth=2")
    yield "photos-chosen"
    page.goto("/search")
    page.wait_for_selector("found-view .empty h2")
    yield "search"
    page.fill("input[type=search]", "letter")
    row(page, "Letter to grandma")
    yield "found"
    page.goto("/favourites")
    row(page, "Budget")
    yield "favourites"
    page.goto("/recent")
    row(page, "Beach.jpg")
    yield "recent"
    for name in ("with-me", "by-me"):
        page.goto(f"/shared/{name}")
        row(page, {"with-me": "From Ben", "by-me": "Holiday 2026"}[name])
        yield name
    page.goto("/trash/personal/ann")
    row(page, "Old list")
    yield "trash"
    page.click("button[aria-label='Empty the trash']")
    page.wait_for_selector("confirm-dialog dialog")
    yield "confirm"
    page.goto("/spaces")
    page.wait_for_selector(".cards a")
    yield "spaces"
    page.wait_for_timeout(2_500)
    page.evaluate("document.querySelector('.bell').click()")
    page.wait_for_selector("notices-dialog dialog")
    yield "notices"
    page.keyboard.press("Escape")
    for part in ("overview", "people", "groups", "spaces", "links", "safety", "uploads", "alarms", "certificate", "backups", "trail"):
        page.goto(f"/admin/{part}")
        page.wait_for_selector(".part:not([aria-busy]) h2")
        yield f"admin-{part}"
    for part, label in (("uploads", "Rule for a space"), ("alarms", "Set it up"), ("certificate", "Ask for one")):
        page.goto(f"/admin/{part}")
        if part == "certificate":                   # the box of the tour speaks plain http and has none
            page.route("**/api/v0/certificate", lambda route: route.fulfill(json=CERTIFICATE))
            page.reload()
        page.click(f"button:has-text('{label}')")
        page.wait_for_selector("form-dialog dialog")
        yield f"admin-{part}-form"
        page.keyboard.press("Escape")
        page.wait_for_selector("form-dialog", state="detached")
        if part == "certificate":
            yield "admin-certificate-own"
            page.unroute("**/api/v0/certificate")
    page.goto("/admin/people")
    page.click("button:has-text('New person')")
    page.wait_for_selector("form-dialog dialog")
    yield "admin-person"
    page.keyboard.press("Escape")
    page.wait_for_selector("form-dialog", state="detached")
    page.click("button[aria-haspopup=menu].me")
    yield "me"
    page.click("context-menu button:has-text('Account')")
    page.wait_for_selector("h1:has-text('Your account')")
    yield "account"
    page.goto("/account/app")
    yield "account-app"
    page.goto("/signin?again=1")
    yield "sign-in"
    for name in ("album", "drop"):
        page.goto(furnished[name])
        page.wait_for_selector("#password")
        if name == "album":
            yield "link-password"
        page.fill("#password", LINK_PASSWORD)
        page.click("main form button")
        page.wait_for_selector("#files")
        page.wait_for_load_state("networkidle")
        yield f"link-{name}"
    page.goto(f"{furnished['album']}/Sea.png")
    page.wait_for_load_state("networkidle")
    yield "link-picture"
    page.goto("/s/nothing")
    yield "link-gone"
    page.goto("/nothing")
    yield "nowhere"


def start(page, line):
    """The same for the first start; ``line`` is what the server has printed."""
    page.goto("/")
    yield "welcome"
    page.goto("/setup")
    yield "setup-code"
    page.goto("/setup?code=" + line.strip().partition("code=")[2])
    yield "setup-account"
    # With the keyboard alone.
    page.wait_for_function("() => document.activeElement.id === 'display_name'")
    for text in ("Ann Miller", "ann", "correct horse battery", "correct horse battery"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/setup/factor")
    yield "setup-factor"
    on(page, "Set up an authenticator app")
    page.wait_for_selector("#code")
    yield "setup-app"
    page.fill("#code", pyotp.TOTP(page.input_value("input[name=secret]")).now())
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.codes")
    yield "setup-recovery"
    on(page, "I have kept them")
    page.wait_for_selector("[role=status]")
    yield "setup-factor-there"
    on(page, "Go on")
    page.wait_for_url("**/setup/place")
    yield "setup-place"
    on(page, "Go on")
    page.wait_for_url("**/setup/family")
    yield "setup-family"
    page.focus("#display_name")
    page.keyboard.type("Oma Erna")
    page.keyboard.press("Enter")
    page.wait_for_selector(".card")
    yield "setup-card"
    on(page, "Go on")
    page.wait_for_url("**/setup/space")
    yield "setup-space"
    on(page, "Make the space")
    page.wait_for_selector("[role=status]")
    yield "setup-space-there"
    on(page, "Go on")
    page.wait_for_url("**/setup/phone")
    yield "setup-phone"
    on(page, "Make an app token")
    page.wait_for_selector(".qr")
    yield "setup-token"
    on(page, "Go on")
    on(page, "To your files")
    page.wait_for_selector("side-bar")
    yield "setup-over"


def on(page, label):
    """Reach a button or a link by Tab, and press it."""
    page.wait_for_selector(f":is(button, a.button):has-text('{label}')")
    page.evaluate("() => { document.activeElement.blur(); getSelection().removeAllRanges() }")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.innerText") == label:
            return page.keyboard.press("Enter")
    raise AssertionError(f"{label} is not reached by the keyboard")

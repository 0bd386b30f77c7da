"""Every page and state of the web client that is worth a look, one after the other, for pictures and for axe."""
from urllib.parse import quote

import requests

from rows import row

PEOPLE = ("ann", "ben")


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
    dav("MKCOL", ben, "From Ben")
    share(server, ben, "From Ben", ann)
    share(server, ann, "Holiday 2026", ben)
    return {**people, "space": space}


def dav(method, person, name, data=None):
    assert requests.request(method, f"{person.dav}/{quote(name)}", data=data, auth=person.auth, timeout=30).ok, name


def share(server, giver, name, to):
    """Let somebody view something, and anybody by a link."""
    listing = requests.request("PROPFIND", f"{giver.dav}/{quote(name)}", headers={"Depth": "0"}, auth=giver.auth, timeout=30).text
    item = listing.split("<oc:fileid>")[1].split("<")[0]
    other = requests.get(f"{server.url}/graph/v1.0/me", auth=to.auth, timeout=30).json()["id"]
    at = f"{server.url}/graph/v1beta1/drives/{item.split('!')[0]}/items/{item}"
    role = "b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"
    assert requests.post(f"{at}/invite", json={"recipients": [{"objectId": other}], "roles": [role]}, auth=giver.auth, timeout=30).ok
    assert requests.post(f"{at}/createLink", json={"type": "view", "password": "seven words and more"}, auth=giver.auth, timeout=30).ok


def stops(page):
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
    yield "share-link"
    page.keyboard.press("Escape")
    page.wait_for_selector("share-dialog", state="detached")
    page.keyboard.press("Escape")
    row(page, "Letter to grandma").locator("a").click()
    page.wait_for_selector("view-dialog pre")
    yield "text"
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
    page.wait_for_selector(".empty button")
    yield "wrong"
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
    page.click("button[aria-haspopup=menu].me")
    yield "me"
    page.click("context-menu button:has-text('Account')")
    page.wait_for_selector("h1:has-text('Your account')")
    yield "account"

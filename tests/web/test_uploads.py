"""Many files at once and one that is very large, with the network cut in between; pasted pictures; what cannot fit."""
import hashlib
import os

import pytest
import requests

from rows import row

pytestmark = pytest.mark.slow
PICKER = "input[type=file]:not([webkitdirectory])"
LARGE = int(os.environ.get("HEARTH_WEB_LARGE", 256)) << 20   # bytes; 2048 shows it with 2 GiB


def test_five_hundred(visit, person, tmp_path):
    """All of 500 arrive, though the network is away for a while in the middle, and can be paused as a whole."""
    files = [tmp_path / f"photo {number:03d}.txt" for number in range(500)]
    for file in files:
        file.write_text(file.name)
    page = visit(person)
    page.wait_for_selector(".empty")
    page.set_input_files(PICKER, files)
    page.wait_for_selector("upload-tray h2:has-text('Uploading')")
    page.click("upload-tray button[aria-label='Pause all']")
    page.wait_for_selector("upload-tray h2:has-text('Paused')")
    page.click("upload-tray button[aria-label='Go on with all']")
    page.wait_for_timeout(300)
    page.context.set_offline(True)
    page.wait_for_timeout(1500)
    page.context.set_offline(False)
    page.wait_for_selector("upload-tray h2:not(:has-text('Uploading'))", timeout=180_000)
    assert page.inner_text("upload-tray h2") == "500 files uploaded", page.locator("upload-tray li:not(.done)").all_inner_texts()
    listing = requests.request("PROPFIND", person.dav, headers={"Depth": "1"}, auth=person.auth, timeout=60).text
    assert listing.count("<d:response>") == 501
    assert requests.get(f"{person.dav}/photo%20499.txt", auth=person.auth, timeout=30).text == "photo 499.txt"


def test_a_large_one(visit, person, tmp_path):
    """It goes on where it was when the network comes back; what arrived is what was sent."""
    file, whole = tmp_path / "film.mkv", hashlib.sha1()
    with open(file, "wb") as made:
        made.truncate(LARGE)
        made.seek(LARGE - 6)
        made.write(b"finish")
    page = visit(person)
    page.wait_for_selector(".empty")
    sent = []
    page.on("request", lambda request: request.method == "PATCH" and sent.append(int(request.headers["upload-offset"])))
    page.set_input_files(PICKER, file)
    page.wait_for_function("() => JSON.parse(localStorage.uploads || '[]')[0]?.sent > 40e6", timeout=60_000)
    page.context.set_offline(True)
    page.wait_for_timeout(1500)
    page.context.set_offline(False)
    page.wait_for_selector("upload-tray h2:has-text('1 file uploaded')", timeout=600_000)
    assert sent.count(0) == 1, "it began again"
    with open(file, "rb") as read:
        while block := read.read(1 << 20):
            whole.update(block)
    told = requests.request("PROPFIND", person.dav + "/film.mkv", headers={"Depth": "0"}, auth=person.auth, timeout=60,
                            data='<d:propfind xmlns:d="DAV:" xmlns:o="http://owncloud.org/ns"><d:prop><o:checksums/></d:prop></d:propfind>').text
    assert whole.hexdigest() in told.lower()


def test_paste_and_no_room(visit, server, person, tmp_path):
    """A picture from the clipboard gets a name of its own; what cannot fit is refused before a byte of it is sent."""
    server.cli("user", "set", person.name, "--quota", "1MB")
    page = visit(person)
    page.wait_for_selector(".empty")
    page.evaluate("""() => { const all = new DataTransfer(); all.items.add(new File(['x'], 'image.png', {type: 'image/png'}))
        document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: all, bubbles: true})) }""")
    row(page, "Pasted 2")
    asked = []
    page.on("request", lambda request: request.method == "POST" and "/dav/" in request.url and asked.append(request.url))
    (tmp_path / "big.bin").write_bytes(bytes(2_000_000))
    page.set_input_files(PICKER, tmp_path / "big.bin")
    page.wait_for_selector("upload-tray li.failed:has-text('not enough room')")
    assert not asked

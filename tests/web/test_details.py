"""What the panel at the side tells of one thing, and rows dragged to places at the other side."""
import hashlib

import pytest
import requests

from rows import act, row

pytestmark = pytest.mark.slow


def put(person, name, content=b"x"):
    assert requests.put(f"{person.dav}/{requests.utils.quote(name)}", data=content, auth=person.auth, timeout=30).ok


def test_details(visit, person):
    """Versions, tags, checksums, what was done; each part asks when it is opened."""
    put(person, "plan.txt", b"one")
    put(person, "plan.txt", b"two")
    page = visit(person)
    act(page, "plan.txt", "Details")
    page.wait_for_selector("details-panel button[title='Put back']")
    page.fill("details-panel input", "garden")
    page.keyboard.press("Enter")
    page.wait_for_selector("details-panel .tag:has-text('garden')")
    page.wait_for_selector(".file-row .tag:has-text('garden')")
    page.click("details-panel summary:has-text('Checksums')")
    page.wait_for_selector(f"details-panel code:has-text('{hashlib.sha1(b'two').hexdigest()}')")
    page.click("details-panel summary:has-text('Activity')")
    page.wait_for_selector("details-panel details:has-text('Activity') .lines strong:has-text('plan.txt')")
    page.click("details-panel button[aria-label='Remove the tag garden']")
    page.wait_for_selector("details-panel .tag", state="detached")


def test_drag_to_places(visit, person):
    """A row dropped on the trash is deleted, one dropped on "My files" lies there; both can be undone."""
    assert requests.request("MKCOL", f"{person.dav}/Deep", auth=person.auth, timeout=30).ok
    for name in ("a.txt", "b.txt"):
        put(person, f"Deep/{name}", name.encode())
    page = visit(person, f"/files/personal/{person.name}/Deep")
    row(page, "a.txt").drag_to(page.locator("side-bar a:has-text('My files')"))
    page.wait_for_selector(".toast:has-text('was moved')")
    assert requests.get(f"{person.dav}/a.txt", auth=person.auth, timeout=30).content == b"a.txt"
    row(page, "b.txt").drag_to(page.locator("side-bar a:has-text('Trash')"))
    page.wait_for_selector(".toast:has-text('was deleted')")
    page.click(".toast:has-text('was deleted') >> text=Undo")
    row(page, "b.txt")

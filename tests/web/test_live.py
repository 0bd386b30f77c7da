"""What happens elsewhere is seen without loading the page again: another tab's and another person's changes, and what one is told."""
import pytest
import requests

from rows import row

pytestmark = pytest.mark.slow
LIVE = "() => performance.getEntriesByName(location.origin + '/ocs/v2.php/apps/notifications/api/v1/notifications').length"


def put(person, name, content=b"x"):
    assert requests.put(f"{person.dav}/{requests.utils.quote(name)}", data=content, auth=person.auth, timeout=30).ok


def test_changes_appear(visit, person):
    """Made by another program, and by another tab; both tabs hear, though one alone holds the stream."""
    put(person, "first.txt")
    page = visit(person)
    row(page, "first.txt")
    streams = []
    page.context.on("request", lambda request: request.url.endswith("/sse") and streams.append(request.url))
    other = page.context.new_page()
    other.goto(f"/files/personal/{person.name}")
    row(other, "first.txt")
    page.wait_for_function(LIVE)
    other.wait_for_function(LIVE)
    page.wait_for_timeout(1000)                      # the stream of whichever tab holds it
    put(person, "second.txt")
    row(page, "second.txt")
    row(other, "second.txt")
    requests.delete(f"{person.dav}/first.txt", auth=person.auth, timeout=30)
    page.wait_for_selector(".file-row:has-text('first.txt')", state="detached")
    assert len(streams) <= 1


def test_a_part_comes_at_the_second_try(visit, person):
    """While the server is being restarted, what is loaded later is asked for again: the menu opens, changes are heard; after some tries one is asked to load the page again."""
    put(person, "first.txt")
    failed = []

    def fail(route):
        first = route.request.url not in failed
        failed.append(route.request.url)
        route.abort() if first else route.continue_()
    page = visit(person)
    row(page, "first.txt")
    page.route("**/elements/context-menu.js", fail)
    page.route("**/api/live.js", fail)
    page.reload()
    page.click("button.me")
    page.wait_for_selector("context-menu button:has-text('Account')")
    page.wait_for_function(LIVE)
    assert len(failed) == 4 and len(set(failed)) == 2
    page.keyboard.press("Escape")
    page.route("**/elements/notices-dialog.js", lambda route: route.abort())
    page.evaluate("addEventListener('unhandledrejection', event => event.preventDefault())")
    page.click(".bell")
    page.wait_for_selector(".toast:has-text('Load the page again') button:has-text('Reload')")


def test_told_of_a_share(visit, server, person):
    """The title and the bell say how many; the list says what, leads there, and can be put away."""
    other = server.add()
    requests.get(f"{server.url}/graph/v1.0/me/drive", auth=other.auth, timeout=30)
    assert requests.request("MKCOL", f"{other.dav}/Trip", auth=other.auth, timeout=30).ok
    page = visit(person)
    page.wait_for_function(LIVE)
    page.wait_for_timeout(1000)
    listing = requests.request("PROPFIND", f"{other.dav}/Trip", headers={"Depth": "0"}, auth=other.auth, timeout=30).text
    item = listing.split("<oc:fileid>")[1].split("<")[0]
    whom = requests.get(f"{server.url}/graph/v1.0/me", auth=person.auth, timeout=30).json()["id"]
    assert requests.post(f"{server.url}/graph/v1beta1/drives/{item.split('!')[0]}/items/{item}/invite", timeout=30, auth=other.auth,
                         json={"recipients": [{"objectId": whom}], "roles": ["b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5"]}).ok
    page.wait_for_function("() => document.title.startsWith('(1) ')")
    page.click("button.bell")
    page.click("notices-dialog a:has-text('Trip')")
    page.wait_for_url("**/shared/with-me")
    row(page, "Trip")
    page.click("button.bell")
    page.click("notices-dialog button:has-text('Put all away')")
    page.wait_for_selector("notices-dialog li:has-text('Nothing new')")
    page.wait_for_function("() => !document.title.startsWith('(')")

"""Hearth as an app on a phone: what a browser needs to install it, the service worker, what is shared with it."""
import pytest
import requests

from rows import row

pytestmark = pytest.mark.slow


@pytest.fixture
def app(visit, person):
    """A page whose service worker works."""
    page = visit(person, service_workers="allow")
    page.wait_for_function("async () => (await navigator.serviceWorker.ready).active.state === 'activated' && navigator.serviceWorker.controller")
    return page


def test_a_browser_can_install_it(server):
    """The manifest and its icons are there, of the sizes that they say; the worker is asked for anew each time and names one version."""
    shell = requests.get(server.url + "/files", timeout=30)
    address = shell.text.split('rel="manifest" href="')[1].split('"')[0]
    manifest = requests.get(server.url + address, timeout=30)
    assert manifest.headers["Content-Type"] == "application/manifest+json"
    said = manifest.json()
    assert said["id"] == "/" and said["display"] == "standalone" and {each.get("purpose") for each in said["icons"]} >= {None, "maskable"}
    for each in said["icons"]:
        found = requests.get(f"{server.url}{address.rpartition('/')[0]}/{each['src']}", timeout=30)
        assert found.status_code == 200 and found.headers["Content-Type"] == each["type"]
        if each["type"] == "image/png":
            assert "x".join(str(int.from_bytes(found.content[at:at + 4])) for at in (16, 20)) == each["sizes"]
    worker = requests.get(server.url + "/sw.js", timeout=30)
    assert worker.headers["Cache-Control"] == "no-cache" and "HASH" not in worker.text and address.rpartition("/")[0] in worker.text
    assert requests.post(server.url + "/sw.js", timeout=30).status_code == 405


def test_without_a_network(app, person):
    """The program starts and says what is missing; nothing that belongs to anybody is kept."""
    assert requests.put(f"{person.dav}/secret plan.txt", b"x", auth=person.auth, timeout=30).ok
    app.reload()
    row(app, "secret plan.txt")
    kept = app.evaluate("async () => { const all = []; for (const name of await caches.keys()) for (const each of await (await caches.open(name)).keys()) all.push(new URL(each.url).pathname); return all }")
    assert "/files" in kept and all(each == "/files" or each.startswith("/_/") for each in kept), kept
    app.context.set_offline(True)
    app.reload()
    app.wait_for_selector("h1:has-text('No connection')")
    assert "secret plan" not in app.content()
    app.context.set_offline(False)
    app.click("button:visible")
    row(app, "secret plan.txt")


def test_away_after_the_sign_in(visit, person):
    """Who is signed in when the server goes is told so, and not left with an empty page."""
    page = visit(person)
    page.route("**/me/drives", lambda route: route.abort())
    page.reload()
    page.wait_for_selector("h1:has-text('No connection')")
    page.unroute("**/me/drives")
    page.click("button:visible")
    page.wait_for_selector("side-bar")


def test_an_older_version_goes(app):
    """What another worker had kept is thrown away, and files of another version are never kept."""
    app.evaluate("async () => { await (await caches.open('hearth /_/0123/')).put('/_/0123/app.js', new Response('old')); (await navigator.serviceWorker.getRegistration()).unregister() }")
    app.goto("/account")
    app.wait_for_function("async () => navigator.serviceWorker.ready && !(await caches.keys()).includes('hearth /_/0123/')")
    app.goto("/files")
    assert app.evaluate("async () => (await fetch('/_/0123/app.js')).status") == 404
    assert not app.evaluate("async () => (await caches.match('/_/0123/app.js'))?.status")


def test_photos_from_the_gallery(app, person, server):
    """What a phone shares with the app is asked about, and lies in the folder that was chosen."""
    assert requests.request("MKCOL", f"{person.dav}/Camera", auth=person.auth, timeout=30).ok
    app.evaluate("""() => {
        const form = Object.assign(document.createElement("form"), { method: "POST", action: "/share", enctype: "multipart/form-data" })
        const field = Object.assign(document.createElement("input"), { type: "file", name: "files", multiple: true }), given = new DataTransfer()
        for (const name of ["one.jpg", "two.jpg"]) given.items.add(new File(["photo " + name], name))
        field.files = given.files
        form.append(field)
        document.body.append(form)
        form.submit()
    }""")
    app.click("place-dialog .pick button:has-text('Camera')")
    app.click("place-dialog .primary:has-text('Put here'):enabled")
    app.wait_for_selector("upload-tray:has-text('2 files uploaded')")
    assert requests.get(f"{person.dav}/Camera/two.jpg", auth=person.auth, timeout=30).content == b"photo two.jpg"
    assert app.url.endswith("/files/personal/" + person.name)


def test_a_theme_and_a_language_for_all_pages(visit, person, server):
    """What is chosen in the client holds for the server's pages, and the other way round."""
    page = visit(person)
    page.click("button.me")
    page.click("context-menu button:has-text('Colours')")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.click("button.me")
    with page.expect_navigation():
        page.click("context-menu button:has-text('Deutsch')")
    page.wait_for_selector("side-bar a:has-text('Meine Dateien')")
    page.goto("/account")
    assert page.inner_text("h1") == "Ihr Konto" and page.evaluate("document.documentElement.dataset.theme") == "light"
    page.select_option("#theme", "dark")
    page.select_option("#language", "en")
    page.click("form[action='/account/look'] button")
    page.goto("/files")
    page.wait_for_selector("side-bar a:has-text('My files')")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"

"""What who looks after the box does in the web client, in Chromium against the running server."""
import shutil
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests
from conftest import until
from rows import row

pytestmark = pytest.mark.slow


@pytest.fixture
def boss(server):
    """An administrator of the shared server."""
    someone = server.add()
    server.cli("user", "set", someone.name, "--role", "admin", "--display-name", "Boss")
    return someone


def go(page, part):
    page.goto(f"/admin/{part}")
    page.wait_for_selector(".part:not([aria-busy]) h2")


def line(page, text):
    return page.locator(".list li", has_text=text).first


def test_a_child_with_a_quota(visit, server, boss):
    """An account with room for half a megabyte is made; the child signs in with the password on the card, and is told kindly when it is full."""
    page = visit(boss)
    page.click("button.me")
    page.click("context-menu button:has-text('Administration')")
    page.click("nav a:has-text('People')")
    page.click("button:has-text('New person')")
    login = boss.name + "-leo"
    page.fill("#form-displayName", "Leo")
    page.fill("#form-login", boss.name)             # taken
    page.fill("#form-room", "0,001")
    page.click("form-dialog .primary")
    page.wait_for_selector("form-dialog .wrong:not([hidden])")
    assert page.inner_text("form-dialog .wrong") == f'There is an account "{boss.name}" already. Choose another name.'
    page.fill("#form-login", login)
    page.click("form-dialog .primary")
    page.wait_for_selector("secret-dialog .secret")
    secrets = page.locator("secret-dialog .secret").all_inner_texts()
    assert secrets[1] == login
    page.click("secret-dialog .primary")
    line(page, login).wait_for()
    leo = type(boss)(name=login, password=secrets[2], auth=(login, secrets[2]), dav=f"{server.url}/dav/files/{login}")
    child = visit(leo)
    child.wait_for_selector(".quota small:has-text('of 1 MB')")
    child.set_input_files("input[type=file]:not([webkitdirectory])", {"name": "film.mp4", "mimeType": "", "buffer": b"x" * 3_000_000})
    child.wait_for_selector(":is(upload-tray, .toast):has-text('room')")
    assert requests.get(leo.dav + "/film.mp4", auth=leo.auth, timeout=30).status_code == 404
    child.set_input_files("input[type=file]:not([webkitdirectory])", {"name": "letter.txt", "mimeType": "", "buffer": b"x" * 3_000})
    row(child, "letter.txt")


def test_people_are_helped_and_let_go(visit, server, boss, person):
    """Changed, given another password, disabled, and removed with their files handed on."""
    page = visit(boss)
    go(page, "people")
    page.fill(".bar input[type=search]", person.name) if page.locator(".bar input[type=search]").count() else None
    line(page, person.name).locator("button:has-text('Change')").click()
    page.fill("#form-displayName", "Mary <b>")
    page.click("form-dialog .primary")
    page.wait_for_selector("form-dialog", state="detached")
    line(page, "Mary <b>").wait_for()
    line(page, "Mary <b>").locator("[aria-label^=More]").click()
    page.click("context-menu button:has-text('New password')")
    page.click("form-dialog .primary")
    page.wait_for_selector("secret-dialog .secret")
    password = page.locator("secret-dialog .secret").all_inner_texts()[1]
    page.click("secret-dialog .primary")
    auth, me = (person.name, password), f"{server.url}/graph/v1.0/me"
    assert requests.get(me, auth=auth, timeout=30).status_code == 200 and requests.get(me, auth=person.auth, timeout=30).status_code == 401
    page.click(f"li:has-text('{person.name}') [aria-label^=More]")
    page.click("context-menu button:has-text('Disable')")
    line(page, person.name).filter(has_text="disabled").wait_for()      # others on this server may be disabled, too
    assert requests.get(me, auth=auth, timeout=30).status_code == 401
    page.click(f"li:has-text('{person.name}') [aria-label^=More]")
    page.click("context-menu button:has-text('Remove')")
    page.select_option("#form-heir", label="Boss")
    page.click("form-dialog .primary")
    page.wait_for_selector(".toast:has-text('was removed')")
    assert person.name not in server.cli("user", "list").stdout


def test_groups_and_spaces(visit, server, boss, person):
    """A group of two; a space with little room, disabled, restored, and deleted for good."""
    page, name = visit(boss), boss.name
    go(page, "groups")
    page.click("button:has-text('New group')")
    page.fill("#form-name", f"G {name}")
    page.check(f"form-dialog label:has-text('{person.name}') input")
    page.click("form-dialog .primary")
    line(page, f"G {name}").wait_for()
    assert person.name in line(page, f"G {name}").inner_text()
    go(page, "spaces")
    page.click("button:has-text('New space')")
    page.fill("#form-name", f"S {name}")
    page.fill("#form-room", "2")
    page.click("form-dialog .primary")
    line(page, f"S {name}").wait_for()
    assert "of 2 GB" in line(page, f"S {name}").inner_text()
    line(page, f"S {name}").locator("[aria-label^=Disable]").click()
    page.click("confirm-dialog .primary")
    line(page, f"S {name}").locator("button:has-text('Restore')").click()
    line(page, f"S {name}").locator("[aria-label^=Disable]").click()
    page.click("confirm-dialog .primary")
    line(page, f"S {name}").locator("[aria-label^=Delete]").click()
    page.click("confirm-dialog .primary")
    page.wait_for_function("name => ![...document.querySelectorAll('.list li')].some(each => each.innerText.includes(name))", arg=f"S {name}")


def test_a_space_is_stricter(visit, server, boss):
    """A space takes no programs, the house does; without its rule the space does, too."""
    graph, name = f"{server.url}/graph/v1.0", f"R {boss.name}"
    space = requests.post(f"{graph}/drives", json={"name": name, "driveType": "project"}, auth=boss.auth, timeout=30).json()["id"]

    def put(place):
        return requests.put(f"{server.url}/dav/{place}/setup.exe", data=b"MZ", auth=boss.auth, timeout=30).status_code
    page = visit(boss)
    go(page, "uploads")
    page.click("button:has-text('Rule for a space')")
    page.select_option("#form-space", label=name)
    page.fill("#form-deny", "exe!")
    page.click("form-dialog .primary")
    page.wait_for_selector("form-dialog .wrong:not([hidden])")
    page.fill("#form-deny", ".exe\n.com")
    page.click("form-dialog .primary")
    line(page, name).wait_for()
    assert "Refused: .exe, .com" in line(page, name).inner_text()
    assert put(f"spaces/{space}") == 403 and put(f"files/{boss.name}") == 201
    line(page, name).locator("button:has-text('Remove')").click()
    page.click("confirm-dialog .primary")
    line(page, name).wait_for(state="detached")
    assert put(f"spaces/{space}") == 201


def test_alarms_on_a_phone(visit, boss):
    """An address of ntfy is given, tried and taken away again; what is wrong with it is said."""
    got = []

    class Ntfy(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass
    ntfy = ThreadingHTTPServer(("127.0.0.1", 0), Ntfy)
    Thread(target=ntfy.serve_forever, daemon=True).start()
    page = visit(boss)
    go(page, "alarms")
    page.click("button:has-text('Set it up')")
    assert page.input_value("#form-ntfy").startswith("https://ntfy.sh/")
    page.fill("#form-ntfy", "https://ntfy.sh")
    page.click("form-dialog .primary")
    page.wait_for_selector("form-dialog .wrong:not([hidden])")
    page.fill("#form-ntfy", f"http://127.0.0.1:{ntfy.server_port}/our-box")
    page.check("#form-weekly")
    page.click("form-dialog .primary")
    page.wait_for_selector(".box:has-text('every week that all is well')")
    page.click("button:has-text('Send a test')")
    page.wait_for_selector(".toast:has-text('on its way')")
    assert [path for path, _ in got] == ["/our-box"]
    ntfy.shutdown()
    ntfy.server_close()
    page.click("button:has-text('Send a test')")
    page.wait_for_selector(".toast:has-text('cannot be reached')")
    page.click(".box:has-text('Alarms on a phone') button:has-text('Change')")
    page.fill("#form-ntfy", "")
    page.click("form-dialog .primary")
    page.wait_for_selector(".box:has-text('No phone is told')")


def test_a_certificate_for_everybody(visit, own_server):
    """The box shows its own; one for a name in the world is asked for, does not come, and is given up; each state is said."""
    own_server.stop()
    own_server.options = ("--listen", "https://127.0.0.1:0")
    own_server.start()
    boss = own_server.add(role="admin")
    nowhere = requests.put(f"{own_server.url}/api/v0/certificate", auth=boss.auth, json={"directory": "https://127.0.0.1:1/"}, timeout=30)
    assert nowhere.status_code == 200, nowhere.text
    page = visit(boss, base_url=own_server.url)
    go(page, "certificate")
    page.wait_for_selector(".box:has-text('once its own authority is on them') a[href='/ca']")
    assert ":" in page.inner_text("dd code")
    page.click("button:has-text('Ask for one')")
    page.fill("#form-name", "hearth.local")
    page.check("#form-agreed")
    page.click("form-dialog .primary")
    page.wait_for_selector("form-dialog .wrong:has-text('no name in the world')")
    page.fill("#form-name", "family.example.org")
    page.select_option("#form-proof", "desec")
    page.fill("#form-token", "a/b@c")
    page.click("form-dialog .primary")
    page.wait_for_selector(".box:has-text('family.example.org') button:has-text('Order it again')")
    page.click(".box:has-text('family.example.org') button:has-text('Change')")
    assert page.input_value("#form-proof") == "desec" and page.input_value("#form-token") == "" and not page.is_visible("#form-dns")
    page.fill("#form-name", "")
    page.click("form-dialog .primary")
    page.wait_for_selector("button:has-text('Ask for one')")


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_a_backup_is_looked_after(visit, own_server, tmp_path):
    """Made, read back, and no longer made: each with a button, and the page says how it is."""
    boss = own_server.add(role="admin")
    sheet = requests.put(f"{own_server.url}/api/v0/backup", json={"place": str(tmp_path / "kept"), "sameDisk": True}, auth=boss.auth, timeout=120)
    assert sheet.ok, sheet.text
    page = visit(boss, base_url=own_server.url.replace("127.0.0.1", "localhost"))

    def now(name):
        return requests.get(f"{own_server.url}/api/v0/backup", auth=boss.auth, timeout=30).json()[name]
    go(page, "backups")
    page.click("button:has-text('Back up now')")
    page.wait_for_selector(".toast:has-text('has begun')")
    until(lambda: now("last") and not now("running"), 120)
    go(page, "backups")
    page.wait_for_selector(".box:has-text('went well')")
    page.click("button:has-text('Read it all back')")
    page.wait_for_selector(".toast:has-text('being read back')")
    until(lambda: now("checked") and not now("running"), 120)
    go(page, "backups")
    page.wait_for_selector("dt:has-text('Last read back')")
    page.click("button:has-text('Make no more backups')")
    page.click("confirm-dialog .danger")
    page.wait_for_selector(".box:has-text('There is no backup')")
    assert now("configured") is False and (tmp_path / "kept").is_dir()


def test_every_part_answers(visit, boss):
    """Each of them shows something, also what this box does not have; the trail can be asked for one thing."""
    page = visit(boss)
    for part in ("overview", "people", "groups", "spaces", "links", "safety", "uploads", "alarms", "certificate", "backups", "trail"):
        go(page, part)
        assert page.locator(".part .calm[role=alert]").count() == 0, part
    page.select_option(".bar select", "signed_in")
    page.fill(".bar input[type=search]", boss.name)
    page.keyboard.press("Tab")
    page.wait_for_function("() => [...document.querySelectorAll('tbody tr')].length && [...document.querySelectorAll('tbody tr')].every(each => each.innerText.includes('signed in'))")


def test_nobody_else_gets_in(visit, person):
    """The menu has no way there, and the address tells why."""
    page = visit(person)
    page.click("button.me")
    page.wait_for_selector("context-menu button:has-text('Account')")
    assert page.locator("context-menu button:has-text('Administration')").count() == 0
    page.keyboard.press("Escape")
    page.goto("/admin/people")
    page.wait_for_selector(".part:not([aria-busy]) .calm:has-text('Only who looks after this box')")
    assert not page.locator("nav a:has-text('Groups')").is_visible()
    page.click("text=To your files")
    page.wait_for_selector("h1:has-text('My files')")

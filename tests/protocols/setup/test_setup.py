"""The page that makes the first account: once, only with the code, and kind when it refuses."""
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
import requests

from browser import Browser

from appliance.core import Bus
from appliance.identity import People
from appliance.protocols import setup

SECRET = "a long enough secret"
URL = "https://box.example:9200"


class House:
    """As much of the house as the page may use."""

    def __init__(self, people):
        self.people, self.bus = people, Bus()


@pytest.fixture
def people(tmp_path):
    (tmp_path / ".hearth").mkdir()
    return People(tmp_path / ".hearth" / "identity", Bus())


@pytest.fixture
def visit(people):
    """Send a request to the page; answers the status, the headers and the text."""
    page = setup.app(House(people))

    def request(method="GET", path="/setup", query="", body=b"", **environ):
        import io
        answer = {}
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": "192.0.2.1", "hearth.url": URL,
                   "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/x-www-form-urlencoded",
                   **environ}
        content = b"".join(page(environ, lambda status, headers: answer.update(status=status, headers=dict(headers))))
        return int(answer["status"][:3]), answer["headers"], content.decode()
    return request


@pytest.fixture
def send(visit):
    """Fill in the form and send it."""
    def fill(**fields):
        from urllib.parse import urlencode
        fields = {"name": "ann", "display_name": "Ann", "password": SECRET, "again": SECRET, **fields}
        return visit("POST", body=urlencode(fields).encode())
    return fill


class Form(HTMLParser):
    """What a browser, or a program that reads aloud, finds in a page."""

    def __init__(self, text):
        super().__init__()
        self.inputs, self.labels, self.ids, self.tags, self.alerts = [], [], [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag == "input":
            self.inputs.append(attributes)
        if tag == "label":
            self.labels.append(attributes["for"])
        if "id" in attributes:
            self.ids.append(attributes["id"])
        self.alerts += attributes.get("role") == "alert"
        assert not any(name == "style" or name.startswith("on") for name in attributes), "nothing inline"


def test_the_form(visit, people):
    """It works without a script, every field has its label, and password stores understand it."""
    code = people.setup_code()
    status, headers, text = visit(query="code=" + code)
    form = Form(text)
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8" and headers["Cache-Control"] == "no-store"
    shown = [each for each in form.inputs if each.get("type") != "hidden"]
    assert [each["name"] for each in shown] == ["display_name", "name", "password", "again"]
    assert {each["id"] for each in shown} == set(form.labels) and len(form.ids) == len(set(form.ids))
    assert all(each["aria-describedby"] in form.ids for each in shown if "aria-describedby" in each)
    assert [each["autocomplete"] for each in shown] == ["name", "username", "new-password", "new-password"]
    assert {"script", "style"} & set(form.tags) == set() and '<html lang="en">' in text and "width=device-width" in text
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["Referrer-Policy"] == "same-origin"           # the code stands in the address


def test_making_the_first_account(visit, send, people):
    """It is made once and signed in at once, in this browser; everybody else learns that the link was used."""
    code = people.setup_code()
    status, headers, text = send(code=code)
    assert status == 303 and headers["Location"] == "/setup/factor" and not text
    account = people.find("ann")
    assert account.role == "admin" and account.display_name == "Ann" and account.language == "en" and people.sign_in("ann", SECRET).id == account.id
    assert [session.methods for session in people.sessions.of(account.id)] == [("pwd",)] and "HttpOnly" in headers["Set-Cookie"]
    for status, _, text in (visit(query="code=" + code), send(code=code, name="ben"), visit()):
        assert status == 410 and "set up already" in text and "<form" not in text
    assert [each.name for each in people.list()] == ["ann"]


def test_a_language_is_chosen(visit, send, people):
    """By the browser, or by the link on the page; it becomes that of the account."""
    code = people.setup_code()
    assert '<html lang="de">' in visit(query="code=" + code, HTTP_ACCEPT_LANGUAGE="de-AT")[2]
    assert f'href="/setup?code={code}&amp;lang=de"' in visit(query="code=" + code)[2]
    assert "Wer sind Sie?" in visit(query=f"code={code}&lang=de")[2]
    send(code=code, lang="de")
    assert people.find("ann").language == "de"


@pytest.mark.parametrize("wrong, said", [
    ({"password": "short", "again": "short"}, "too short"), ({"again": "another secret"}, "not the same"),
    ({"name": "a/b"}, "must not"), ({"name": ""}, "missing"), ({"password": "password123", "again": "password123"}, "first"),
    ({"name": '"><script>', "password": "short"}, "not the same")])
def test_what_is_wrong_is_said_in_the_form(send, people, wrong, said):
    """With what was typed kept, except for the passwords, and nothing of it taken for HTML."""
    status, _, text = send(code=people.setup_code(), **wrong)
    form = Form(text)
    assert status == 422 and said in text and form.alerts == 1 and "script" not in form.tags
    values = {each["name"]: each.get("value", "") for each in form.inputs}
    assert values["name"] == wrong.get("name", "ann") and values["display_name"] == "Ann" and values["password"] == values["again"] == ""
    assert people.list() == []


@pytest.mark.parametrize("code", ["", "x", "a" * 16, "ü" * 8, "\0"])
def test_without_the_code_nothing_is_made(visit, send, people, code):
    people.setup_code()
    status, _, text = send(code=code)
    assert status == 403 and people.list() == []
    assert [each["name"] for each in Form(text).inputs] == ["code"]


def test_without_a_code_the_page_asks_for_it(visit, people):
    people.setup_code()
    status, _, text = visit()
    assert status == 200 and [each["name"] for each in Form(text).inputs] == ["code"]
    status, _, text = visit(query="code=wrong")
    assert status == 403 and Form(text).alerts == 1


def test_guesses_are_slowed(visit, people):
    code = people.setup_code()
    for _ in range(10):
        assert visit(query="code=wrong")[0] == 403
    status, headers, text = visit(query="code=" + code)
    assert status == 429 and int(headers["Retry-After"]) > 0 and "Too many" in text


def test_other_sites_cannot_send_the_form(visit, people):
    from urllib.parse import urlencode
    body = urlencode({"code": people.setup_code(), "name": "ann", "password": SECRET, "again": SECRET}).encode()
    assert visit("POST", body=body, HTTP_SEC_FETCH_SITE="cross-site")[0] == 403
    assert visit("POST", body=body, CONTENT_TYPE="text/plain")[0] == 415
    assert people.list() == []


def test_hostile_forms(visit, people):
    """Never more than a refusal."""
    people.setup_code()
    for body in (b"\xff=\xff", b"a" * 16_385, b"&".join(b"a=b" for _ in range(50)), b"code", b"%ff=%ff&code=%00", b"name=ann&name=ben"):
        assert visit("POST", body=body)[0] in (400, 403, 413)
    assert visit(query="code=%ff%fe")[0] == 403 and visit(path="/setup/x")[0] == 404 and visit("PUT")[0] == 415
    assert people.list() == []


def test_a_disk_that_is_away(visit, people, tmp_path):
    (tmp_path / ".hearth").rename(tmp_path / "away")
    status, headers, text = visit()
    assert status == 503 and "Retry-After" in headers and str(tmp_path) not in text


def test_the_whole_way(own_server):
    """From the link that the server prints to a family with a space, without a script; left in the middle and taken up in another browser."""
    link = re.search(r"http://\S+/setup\?code=\S+", own_server.process.stdout.readline())[0]
    assert link.startswith(own_server.url)
    first = Browser(own_server.url)
    page = first.fill(first.see(link.removeprefix(own_server.url)), "/setup", name="ann", display_name="Ann", password=SECRET, again=SECRET)
    assert page.url.endswith("/setup/factor") and "Keep strangers out" in page.text
    assert first.see("/setup/family").url.endswith("/setup/factor"), "no step is jumped over"
    page = first.fill(page, "/setup/factor", go="on")
    assert "Where your data lies" in page.text and str(own_server.data) in page.text
    first.fill(page, "/setup/place", go="on")
    own_server.restart()

    assert requests.get(own_server.url + "/setup/family", timeout=30, allow_redirects=False).headers["Location"] == "/signin?continue=/setup/family"
    ann, other = SimpleNamespace(name="ann", password=SECRET), Browser(own_server.url)
    page = other.sign_in(ann, to="/setup")
    assert page.url.endswith("/setup/family"), "it goes on where it was left"
    made = other.fill(page, "/setup/family", display_name="Oma Erna", room="5")
    password = re.search(r'class="key">([a-z2-9-]{14})<', made.text)[1]
    assert "oma-erna" in made.text and "5.0 GB" in made.text and "<svg" in made.text and password not in other.see("/setup/family").text
    refused = other.fill(made, "/setup/family", display_name="Oma Erna")
    assert refused.status_code == 422 and 'value="Oma Erna"' in refused.text and 'role="alert"' in refused.text
    page = other.fill(refused, "/setup/family", go="on")
    erna = re.search(r'name="who" value="([^"]+)"', page.text)[1]
    page = other.fill(page, "/setup/space", name="Family", who=erna)
    assert 'role="status"' in page.text
    page = other.fill(page, "/setup/space", go="on")
    assert f"{own_server.url}/remote.php/webdav/" in page.text
    page = other.fill(page, "/account/token", days="")
    token = re.search(r'class="key">([a-z2-7 ]+)<', page.text)[1].replace(" ", "")
    assert 'href="/setup/phone"' in page.text
    page = other.fill(other.see("/setup/phone"), "/setup/phone", follow=False, go="on")
    assert page.headers["Location"] == "/files"
    assert requests.get(own_server.url + "/setup/phone", timeout=30).status_code == 410 and requests.get(link, timeout=30).status_code == 410

    drives = requests.get(own_server.url + "/graph/v1.0/me/drives", auth=("oma-erna", password), timeout=30).json()["value"]
    assert {each["name"]: each["quota"]["total"] for each in drives if each["driveType"] == "personal"} == {"Oma Erna": 5_000_000_000}
    family = next(each for each in drives if each["name"] == "Family")
    assert requests.put(f"{own_server.url}/dav/spaces/{family['id']}/list.txt", b"milk", auth=("oma-erna", password), timeout=30).status_code == 201
    assert requests.get(f"{own_server.url}/dav/spaces/{family['id']}/list.txt", auth=("ann", token), timeout=30).content == b"milk"


def test_only_administrators_go_on(own_server):
    """Another one may, somebody else may not; sent by another site, nothing happens."""
    line = own_server.process.stdout.readline()
    browser = Browser(own_server.url)
    browser.fill(browser.see("/setup?code=" + line.strip().partition("code=")[2]), "/setup", name="ann", password=SECRET, again=SECRET)
    ben, cleo = own_server.add("ben"), own_server.add("cleo")
    own_server.cli("user", "set", "cleo", "--role", "admin")
    for person, status in ((ben, 410), (cleo, 200)):
        assert Browser(own_server.url).sign_in(person, to="/setup/factor").status_code == status
    sent = requests.post(own_server.url + "/setup/factor", data={"go": "on"}, cookies=browser.cookies, headers={"Sec-Fetch-Site": "cross-site"}, timeout=30)
    assert sent.status_code == 403 and browser.see("/setup").url.endswith("/setup/factor")

"""The pages of signing in and of one's own account, as a browser without JavaScript sees them."""
import re
import time

import pyotp
import pytest
import requests

from appliance.protocols import account as room
from browser import HIDDEN, Browser
from conftest import until

@pytest.fixture
def browser(server):
    with Browser(server.url) as browser:
        yield browser


@pytest.fixture
def app(browser, person):
    """The person's authenticator app: a code of this moment, or some steps later."""
    browser.sign_in(person)
    page = browser.see("/account/app")
    secret = dict(HIDDEN.findall(page.text))["secret"]
    shows = lambda steps=0: pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + steps)  # noqa: E731
    shown = browser.fill(page, "/account/app", code=shows(-1))
    shows.codes = re.findall(r"<li><code>([a-z2-7-]{19})</code>", shown.text)
    assert len(shows.codes) == 10
    browser.cookies.clear()
    return shows


def test_sign_in_and_out(browser, person):
    """The form, the account, out again; the session is worth nothing then."""
    page = browser.sign_in(person)
    assert person.name in page.text and "Firefox, Linux" in page.text
    cookie = browser.cookies["hearth"]
    assert browser.see("/signin", allow_redirects=False).status_code == 303
    out = browser.fill(browser.see("/signout"), "/signout")
    assert "signed out" in out.text and "hearth" not in browser.cookies
    browser.cookies["hearth"] = cookie
    assert browser.see("/account", allow_redirects=False).status_code == 303


def test_the_cookie(server, person):
    """For this site alone, out of reach of scripts, and for this session of the browser unless wanted otherwise."""
    for said, lasting in (({"lasting": "1"}, True), ({}, False)):
        answer = requests.post(server.url + "/signin", data={"name": person.name, "password": person.password, **said},
                               headers={"Sec-Fetch-Site": "same-origin"}, allow_redirects=False, timeout=30)
        cookie = next(each for each in answer.raw.headers.getlist("Set-Cookie") if each.startswith("hearth="))
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and ("Max-Age" in cookie) == lasting


def test_wrong_password(browser, person):
    """One text for everything, and what was typed as a name stays."""
    said = set()
    for name in (person.name, "nobody-of-that-name", ""):
        answer = browser.fill(browser.see("/signin"), "/signin", name=name, password="wrong wrong wrong")
        assert answer.status_code == 403
        said.add(re.search(r'role="alert">([^<]*)', answer.text)[1])
    assert said == {"Wrong name or password."}


@pytest.mark.parametrize("place, there", [
    ("/account", "/account"), ("/signin/v1/identifier/_/authorize?client_id=web&state=a%20b", None), ("//evil.example", "/account"),
    ("https://evil.example", "/account"), ("/\\evil.example", "/account"), ("/a\r\nX: y", "/account"), ("javascript:alert(1)", "/account"),
    ("", "/account"), ("/" + "a" * 9000, "/account")])
def test_where_it_goes_on(browser, person, place, there):
    """To a place of this server, nowhere else."""
    page = browser.post(browser.url + "/signin", data={"name": person.name, "password": person.password, "continue": place},
                        allow_redirects=False, timeout=30)
    assert page.headers["Location"] == (there or place)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                                     {"Sec-Fetch-Site": None, "Origin": "https://evil.example"}, {"Sec-Fetch-Site": None, "Origin": "null"}])
def test_forms_of_other_sites(browser, person, headers):
    """Nobody signs anybody in or out, or changes anything, from another site."""
    browser.sign_in(person)
    for action in ("/signin", "/signout", "/account/password", "/account/token", "/account/session/others"):
        answer = browser.post(browser.url + action, data={"name": person.name, "password": person.password}, headers=headers, timeout=30)
        assert answer.status_code == 403
    assert person.name in browser.see("/account").text


def test_second_factor(browser, person, app):
    """A password leads to the question for the code; only the code opens."""
    page = browser.sign_in(person)
    assert "hearth" not in browser.cookies and "one-time-code" in page.text
    assert browser.see("/account", allow_redirects=False).status_code == 303
    wrong = browser.fill(page, "/signin/code", code="000000")
    assert wrong.status_code == 403 and "does not fit" in wrong.text
    done = browser.fill(wrong, "/signin/code", code=app())
    assert "Recovery codes left: 10" in done.text
    browser.cookies.clear()
    again = browser.fill(browser.sign_in(person), "/signin/code", code=app())
    assert again.status_code == 403 and "hearth" not in browser.cookies


def test_recovery_code(browser, person, app):
    """Instead of the app, once."""
    done = browser.fill(browser.sign_in(person), "/signin/code", code=app.codes[0])
    assert "Recovery codes left: 9" in done.text
    browser.cookies.clear()
    assert browser.fill(browser.sign_in(person), "/signin/code", code=app.codes[0]).status_code == 403


def test_half_signed_in_opens_nothing(server, browser, person, app):
    """Every door, with the cookie of a sign-in that has only begun, and with the password alone."""
    browser.sign_in(person)
    half = browser.cookies["hearth-signin"]
    doors = [("PROPFIND", "/webdav/"), ("GET", f"/dav/files/{person.name}/"), ("PROPFIND", f"/dav/spaces/{person.space}"), ("PUT", "/webdav/a"),
             ("POST", f"/dav/spaces/{person.space}"), ("GET", "/graph/v1.0/me"), ("GET", "/ocs/v2.php/cloud/user"), ("GET", "/archiver?path=/"),
             ("GET", "/ocs/v2.php/cloud/capabilities")]
    for method, path in doors:
        for given in ({"cookies": {"hearth": half, "hearth-signin": half}}, {"auth": person.auth}, {"auth": (person.name, half)},
                      {"headers": {"Authorization": f"Bearer {half}"}}):
            headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "1", **given.pop("headers", {})}
            answer = requests.request(method, server.url + path, headers=headers, timeout=30, **given)
            assert answer.status_code == 401, (method, path, answer.status_code)
    for path in ("/account", "/account/app"):
        assert requests.get(server.url + path, cookies={"hearth": half, "hearth-signin": half}, allow_redirects=False, timeout=30).status_code == 303
    token = server.cli("token", "create", person.name, "--json").stdout
    assert requests.get(server.url + "/graph/v1.0/me", auth=(person.name, token.split('"token": "')[1].split('"')[0]), timeout=30).status_code == 200



def test_change_password(server, browser, person):
    """The current one is asked for; all other sessions end, this one goes on under a new secret."""
    other = Browser(server.url)
    other.sign_in(person)
    page = browser.sign_in(person)
    before = browser.cookies["hearth"]
    wrong = browser.fill(page, "/account/password", current="not the one", new="another good secret", again="another good secret")
    assert wrong.status_code == 400 and "not your password" in wrong.text
    short = browser.fill(page, "/account/password", current=person.password, new="short", again="short")
    assert short.status_code == 400 and "too short" in short.text
    differ = browser.fill(page, "/account/password", current=person.password, new="another good secret", again="something else")
    assert differ.status_code == 400
    done = browser.fill(page, "/account/password", current=person.password, new="another good secret", again="another good secret")
    assert "is changed" in done.text and browser.cookies["hearth"] != before
    assert other.see("/account", allow_redirects=False).status_code == 303
    assert requests.get(server.url + "/graph/v1.0/me", auth=person.auth, timeout=30).status_code == 401
    assert requests.get(server.url + "/graph/v1.0/me", auth=(person.name, "another good secret"), timeout=30).status_code == 200


def test_tokens(server, browser, person):
    """Made, shown once, listed, used, ended."""
    made = browser.fill(browser.sign_in(person), "/account/token", label="<b>phone</b>", days="30")
    token = re.search(r'class="key">([a-z2-7 ]+)<', made.text)[1].replace(" ", "")
    assert requests.get(server.url + "/graph/v1.0/me", auth=(person.name, token), timeout=30).status_code == 200
    page = browser.see("/account")
    assert token not in page.text and "&lt;b&gt;phone&lt;/b&gt;" in page.text
    browser.fill(page, "/account/token/end")
    assert requests.get(server.url + "/graph/v1.0/me", auth=(person.name, token), timeout=30).status_code == 401


def test_limited_tokens(server, browser, person):
    """For one folder, or to read only; what is no folder is said so."""
    requests.request("MKCOL", f"{person.dav}/in", auth=person.auth, timeout=30).raise_for_status()
    made = browser.fill(browser.sign_in(person), "/account/token", label="album", days="", folder="/in/", read_only="1")
    token = re.search(r'class="key">([a-z2-7 ]+)<', made.text)[1].replace(" ", "")
    page = browser.see("/account")
    assert "one folder, only reads" in page.text
    assert requests.request("PROPFIND", f"{person.dav}/in", auth=(person.name, token), timeout=30).status_code == 207
    assert requests.put(f"{person.dav}/in/a", b"", auth=(person.name, token), timeout=30).status_code == 403
    for wrong in ("nothing", "../in", "in/../..", "a" * 2000):
        answer = browser.fill(page, "/account/token", label="album", days="", folder=wrong)
        assert answer.status_code == 404 and "no such folder" in answer.text


def test_export(browser, person):
    """All that is known of the person becomes a file of theirs."""
    done = browser.fill(browser.sign_in(person), "/account/export")
    assert "personal_data_export.json" in done.text
    until(lambda: (got := requests.get(f"{person.dav}/personal_data_export.json", auth=person.auth, timeout=30)).status_code == 200
          and person.name in got.text)


def test_audit(server, browser, person):
    """For administrators alone; whatever a stranger called itself is text."""
    browser.headers["User-Agent"] = "<script>alert(1)</script>"
    assert 'href="/account/audit"' not in browser.sign_in(person).text
    assert browser.see("/account/audit").status_code == 403
    server.cli("user", "set", person.name, "--role", "admin")
    assert 'href="/account/audit"' in browser.see("/account").text
    page = until(lambda: "signed_in" in (found := browser.see("/account/audit")).text and found)
    assert "&lt;script&gt;" in page.text and browser.see("/account/audit?next=nonsense").status_code in (200, 400)


def test_sessions(server, browser, person):
    """Others are listed and can be ended one by one, or all at once; nobody else's."""
    other, third = Browser(server.url), Browser(server.url)
    other.sign_in(person)
    page = browser.sign_in(person)
    assert page.text.count("this browser") == 1
    browser.fill(page, "/account/session/end")
    assert other.see("/account", allow_redirects=False).status_code == 303
    third.sign_in(person)
    browser.fill(browser.see("/account"), "/account/session/others")
    assert third.see("/account", allow_redirects=False).status_code == 303
    stranger = server.add()
    third.sign_in(stranger)
    other.sign_in(person)
    mine = dict(HIDDEN.findall(browser.see("/account").text))["id"]
    assert third.post(server.url + "/account/session/end", data={"id": mine}, timeout=30).status_code == 404
    assert other.see("/account", allow_redirects=False).status_code == 200


def test_what_is_long_ago(own_server):
    """Who signed in long ago shows once more who they are, before anything changes about how they sign in."""
    person, browser = own_server.add(), Browser(own_server.url)
    browser.sign_in(person)
    name, = (own_server.data / ".hearth" / "identity" / "sessions").iterdir()
    import json
    record = json.loads(name.read_text())
    name.write_text(json.dumps({**record, "authenticated": record["authenticated"] - 3600}))
    page = browser.see("/account/app")
    assert "once more" in page.text
    again = browser.fill(page, "/signin", name=person.name, password=person.password)
    assert "six digits" in again.text
    assert len(list(name.parent.iterdir())) == 1    # the old session is gone


def test_required_of_everyone(own_server):
    """Signing in begins with an authenticator app; nothing opens before."""
    person, browser = own_server.add(), Browser(own_server.url)
    own_server.cli("policy", "--second-factor", "everyone")
    page = browser.sign_in(person)
    assert "six digits" in page.text and "hearth" not in browser.cookies
    secret = dict(HIDDEN.findall(page.text))["secret"]
    wrong = browser.fill(page, "/signin/enrol", code="000000")
    assert wrong.status_code == 400 and dict(HIDDEN.findall(wrong.text))["secret"] == secret
    done = browser.fill(wrong, "/signin/enrol", code=pyotp.TOTP(secret).now())
    assert "recovery codes" in done.text and "hearth" in browser.cookies
    assert requests.post(own_server.url + "/account/app/remove", cookies=browser.cookies, headers={"Sec-Fetch-Site": "same-origin"},
                         timeout=30, data={"x": "y"}).status_code == 403
    assert 'action="/account/app/remove"' not in browser.see("/account").text


def test_rescue_by_the_administrator(server, browser, person, app):
    """Ten minutes, by the command."""
    code = server.cli("user", "rescue", person.name, "--json").stdout.split('"code": "')[1].split('"')[0]
    assert person.name in browser.fill(browser.sign_in(person), "/signin/code", code=code).text
    server.cli("user", "reset-second-factor", person.name)
    browser.cookies.clear()
    assert person.name in browser.sign_in(person).text


@pytest.mark.parametrize("language, text", [("de-AT,de;q=0.9", "Anmelden"), ("fr", "Sign in"), ("en", "Sign in"), (";;;,", "Sign in")])
def test_languages(browser, language, text):
    """German and English."""
    page = browser.see("/signin", headers={"Accept-Language": language})
    assert f"<h1><bdi>{text}</bdi></h1>" in page.text


def test_language_and_look(server, browser, person):
    """The language is the account's, the theme this browser's; both count on the next page, and nothing else is taken."""
    page = browser.sign_in(person)
    page = browser.fill(page, "/account/look", language="de", theme="dark")
    assert '<html lang="de" data-theme="dark">' in page.text and "Ihr Konto" in page.text
    assert server.cli("user", "show", person.name, "--json").stdout.count('"de"') == 1
    assert browser.fill(page, "/account/look", language="xx", theme="dark").status_code == 400
    assert browser.fill(page, "/account/look", language="de", theme='"><script>').status_code == 400
    browser.cookies.set("theme", "><script>", domain="127.0.0.1", path="/")
    assert "data-theme" not in browser.see("/account").text
    page = browser.fill(browser.see("/account"), "/account/look", language="", theme="")
    assert '<html lang="en">' in page.text


def test_notices(server, browser, person):
    """What one is told of, as the settings service tells it, too."""
    page = browser.fill(browser.sign_in(person), "/account/told", **{"872d8ef6-6f2a-42ab-af7d-f53cc81d7046.in-app": "1", "08dec2fe-3f97-42a9-9d1b-500855e92f25": "weekly"})
    assert 'role="status">Saved.' in page.text and '<option value="weekly" selected>' in page.text
    kept = requests.post(f"{server.url}/api/v0/settings/values-list", json={"account_uuid": "me"}, auth=person.auth, timeout=30).json()["values"]
    found = {each["value"]["settingId"]: each["value"] for each in kept}
    shared = {each["key"]: each["boolValue"] for each in found["872d8ef6-6f2a-42ab-af7d-f53cc81d7046"]["collectionValue"]["values"]}
    assert shared == {"in-app": True, "mail": False}
    assert browser.fill(page, "/account/told", **{"08dec2fe-3f97-42a9-9d1b-500855e92f25": "hourly"}).status_code == 400


@pytest.mark.parametrize("method, path", [("GET", "/signin/nothing"), ("PUT", "/signin"), ("DELETE", "/account"), ("GET", "/account/password"),
                                          ("POST", "/account")])
def test_no_such_page(browser, method, path):
    """A page that says so."""
    answer = browser.request(method, browser.url + path, timeout=30, data={"a": "b"} if method == "POST" else None)
    assert answer.status_code in (404, 400)


@pytest.mark.parametrize("body, kind", [(b"\xff\xfe", "application/x-www-form-urlencoded"), (b"a=b", "text/plain"), (b"a" * 200_000, None),
                                        (b"&".join(b"a%d=b" % each for each in range(50)), None), (b"name=%FF&password=%FF", None)])
def test_bad_forms(browser, body, kind):
    """Refused, and nothing else."""
    answer = browser.post(browser.url + "/signin", data=body, headers={"Content-Type": kind or "application/x-www-form-urlencoded"}, timeout=30)
    assert 400 <= answer.status_code < 500


def test_the_stylesheet(browser):
    """Nothing from elsewhere; what is read has a contrast of at least 4.5 to 1 in both themes (WCAG 2.2 §1.4.3)."""
    style = browser.see("/account/account.css")
    assert style.headers["Content-Type"] == "text/css; charset=utf-8" and "url(" not in style.text and "@import" not in style.text
    colours = {name: themes for name, *themes in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", style.text)}
    for above, below in (("on-accent", "accent"), ("text", "surface"), ("muted", "surface"), ("accent", "surface"), ("danger", "danger-soft")):
        for theme in (0, 1):
            dark, light = sorted((brightness(colours[above][theme]), brightness(colours[below][theme])))
            assert (light + .05) / (dark + .05) >= 4.5, (above, below, theme)


def brightness(colour):
    channels = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [each / 12.92 if each <= .03928 else ((each + .055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

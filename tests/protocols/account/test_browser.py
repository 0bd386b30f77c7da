"""The same pages in Chromium: passkeys with a virtual authenticator, a phone's width, a keyboard alone, no script."""
import shutil
import time

import pyotp
import pytest

from test_authorize import question

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--host-resolver-rules=MAP hearth.test 127.0.0.1"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, server):
    """A page at the server, called localhost, which browsers trust as they trust https."""
    context = chromium.new_context(base_url=server.url.replace("127.0.0.1", "localhost"), locale="en-GB", service_workers="block")
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: message.type == "error" and page.said.append(message.text))
    yield page
    context.close()


def authenticator(page):
    """A key that always says yes and has checked its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True}})["authenticatorId"]


def focused(page, id):
    """Wait until what is typed goes into that field."""
    page.wait_for_function(f"() => document.activeElement.id === '{id}'")


def sign_in(page, person):
    page.goto("/signin")
    page.fill("#name", person.name)
    page.fill("#password", person.password)
    page.click("main form[action='/signin'] button")


def test_passkey(page, person):
    """Made after a sign-in with the password; then it is the whole sign-in, and the second factor beside a password."""
    session, device = authenticator(page)
    sign_in(page, person)
    page.fill("form[action='/account/passkey'] [name=label]", "my phone")
    page.click("form[action='/account/passkey'] button")
    page.wait_for_selector("ol.codes")
    assert page.locator("ol.codes li").count() == 10
    page.click("a.button")
    assert "my phone" in page.inner_text("main")

    page.context.clear_cookies()
    page.goto("/signin")
    page.click("form[action='/signin/passkey'] button")
    page.wait_for_url("**/account")
    assert person.name in page.inner_text("main")

    page.context.clear_cookies()
    sign_in(page, person)
    assert page.locator("#code").count() == 1       # the password alone is not enough any more
    page.click("form[action='/signin/passkey'] button")
    page.wait_for_url("**/account")

    page.context.clear_cookies()                    # somebody else's key is refused
    session.send("WebAuthn.clearCredentials", {"authenticatorId": device})
    sign_in(page, person)
    page.click("form[action='/signin/passkey'] button")
    page.wait_for_selector("#failed:not([hidden])")
    assert not page.said


def test_authenticator_app(page, person, tmp_path):
    """Set up at 360 pixels with the keyboard alone; nothing is wider than the page."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/signin")
    focused(page, "name")
    page.keyboard.type(person.name)
    page.keyboard.press("Tab")
    page.keyboard.type(person.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    page.goto("/account/app")
    secret = page.input_value("input[name=secret]")
    assert page.locator(".qr svg").bounding_box()["width"] > 150
    focused(page, "code")
    page.keyboard.type(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.codes")
    for path in ("/signin?again=1", "/account", "/account/app", "/signout"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.context.clear_cookies()
    sign_in(page, person)
    page.fill("#code", pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + 1))
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    assert not page.said


def test_without_scripts(chromium, server, person):
    """Everything but passkeys."""
    context = chromium.new_context(base_url=server.url, java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    sign_in(page, person)
    assert page.inner_text("h1") == "Ihr Konto"
    page.fill("form[action='/account/token'] [name=label]", "Telefon")
    page.click("form[action='/account/token'] button")
    assert "App-Token" in page.inner_text("h1")
    context.close()


def test_plain_http_in_the_house(chromium, server, person):
    """By a name that browsers do not trust, as http://hearth.local is, they say less of where a form comes from. It is taken all the same."""
    context = chromium.new_context(base_url=server.url.replace("127.0.0.1", "hearth.test"))
    page = context.new_page()
    sign_in(page, person)
    page.wait_for_url("**/account")
    page.goto(question(scope="openid"))
    with page.expect_request("http://127.0.0.1:45678/**") as asked:
        page.click("button[value=yes]")
    assert "code=" in asked.value.url
    context.close()


def test_a_quiet_question_in_a_frame(page, person):
    """So the web client renews its tokens. Our pages cannot be framed; that we send a browser on from a frame must not stop it."""
    page.route("**/files", lambda route: route.fulfill(content_type="text/html", body="<!doctype html><title>Files</title>"))
    sign_in(page, person)
    page.wait_for_url("**/account")
    page.goto("/files")
    origin = page.evaluate("location.origin")
    address = origin + question(client_id="web", redirect_uri=origin + "/oidc-silent-redirect.html", scope="openid profile email", prompt="none")
    with page.expect_request("**/oidc-silent-redirect.html?**") as asked:
        page.evaluate("address => document.body.append(Object.assign(document.createElement('iframe'), {src: address}))", address)
    assert "code=" in asked.value.url

"""The authorization endpoint: what it refuses, to whom it says so, and when it asks the person."""
import hashlib
from base64 import urlsafe_b64encode
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from browser import Browser
from conftest import until

AUTHORIZE = "/signin/v1/identifier/_/authorize"
VERIFIER = "v" * 50
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BACK = "http://127.0.0.1:45678/"


def question(**changes):
    said = {"response_type": "code", "client_id": "OpenCloudDesktop", "redirect_uri": BACK, "scope": "openid profile email offline_access",
            "state": "st&te", "nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256", **changes}
    return AUTHORIZE + "?" + urlencode({name: value for name, value in said.items() if value is not None})


def told(address):
    """What the program is told."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture
def browser(server, person):
    with Browser(server.url) as browser:
        browser.sign_in(person)
        yield browser


def redeem(server, given, **changes):
    said = {"grant_type": "authorization_code", "code": given, "client_id": "OpenCloudDesktop", "redirect_uri": BACK, "code_verifier": VERIFIER, **changes}
    return requests.post(server.url + "/konnect/v1/token", data=said, timeout=30)


@pytest.mark.parametrize("redirect", [
    "http://127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1:1/", "http://127.0.0.1:65535/any/path", "http://localhost:45678"])
def test_loopback(browser, server, person, redirect):
    """The desktop programs come back to any port of the machine itself."""
    address = browser.authorize(server.url + question(redirect_uri=redirect), person)
    assert address.startswith(redirect) and told(address)["state"] == "st&te" and told(address)["iss"] == server.url
    assert redeem(server, told(address)["code"], redirect_uri=redirect).json()["token_type"] == "Bearer"


@pytest.mark.parametrize("changes", [
    {"client_id": "nobody"}, {"client_id": None}, {"client_id": "../accounts/x"}, {"redirect_uri": None}, {"redirect_uri": "https://evil.example/"},
    {"redirect_uri": "http://127.0.0.1.evil.example/"}, {"redirect_uri": "http://evil@127.0.0.1/"}, {"redirect_uri": "https://127.0.0.1/"},
    {"redirect_uri": "http://127.0.0.1:99999/"}, {"redirect_uri": "http://127.0.0.1#evil"}, {"redirect_uri": "http://127.0.0.1\\@evil.example"},
    {"redirect_uri": "http://[::ffff:127.0.0.1]/"}, {"redirect_uri": "http://127.0.0.1\r\nX: y"}, {"redirect_uri": "javascript:alert(1)"},
    {"client_id": "OpenCloudAndroid"}, {"client_id": "OpenCloudAndroid", "redirect_uri": "oc://android.opencloud.eu.evil"},
    {"client_id": "OpenCloudAndroid", "redirect_uri": "oc://android.opencloud.eu/x"}, {"client_id": "web", "redirect_uri": "http://127.0.0.1/"},
    {"state": "a" * 5000}])
def test_nothing_goes_to_strangers(browser, changes):
    """An unknown program, or an address that is not its own: a page says so, and the browser goes nowhere."""
    answer = browser.see(question(**changes), allow_redirects=False)
    assert answer.status_code == 400 and "Location" not in answer.headers


@pytest.mark.parametrize("changes, error", [
    ({"response_type": "token"}, "unsupported_response_type"), ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": None}, "unsupported_response_type"), ({"response_mode": "fragment"}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"), ({"code_challenge": "short"}, "invalid_request"), ({"scope": "profile"}, "invalid_scope"),
    ({"scope": None}, "invalid_scope"), ({"request": "x"}, "request_not_supported"), ({"request_uri": "https://x"}, "request_not_supported"),
    ({"max_age": "-1"}, "invalid_request"), ({"max_age": "soon"}, "invalid_request"), ({"prompt": "none login"}, "invalid_request")])
def test_errors_go_to_the_program(browser, changes, error):
    """With the state it sent."""
    answer = browser.see(question(**changes), allow_redirects=False)
    assert answer.headers["Location"].startswith(BACK)
    assert told(answer.headers["Location"])["error"] == error and told(answer.headers["Location"])["state"] == "st&te"


def test_a_parameter_twice(browser):
    """Is refused (RFC 6749 §3.1)."""
    assert browser.see(question() + "&state=b", allow_redirects=False).status_code == 400


def test_not_signed_in(server):
    """The sign-in comes first, and leads back; quietly, the program hears that nobody is signed in."""
    with Browser(server.url) as stranger:
        answer = stranger.see(question(login_hint="ann"), allow_redirects=False)
        place = told(answer.headers["Location"])
        assert answer.headers["Location"].startswith("/signin?") and place["hint"] == "ann"
        assert parse_qs(urlsplit(place["continue"]).query)["state"] == ["st&te"]
        quiet = stranger.see(question(prompt="none"), allow_redirects=False)
        assert told(quiet.headers["Location"])["error"] == "login_required"


def test_prompts(browser, server, person):
    """login signs in anew, once; select_account lets choose; none asks nobody."""
    again = browser.see(question(prompt="login"), allow_redirects=False)
    assert told(again.headers["Location"])["again"] == "1" and "prompt" not in parse_qs(urlsplit(told(again.headers["Location"])["continue"]).query)
    stale = browser.see(question(max_age="0"), allow_redirects=False)
    assert told(stale.headers["Location"])["again"] == "1"
    quiet = browser.see(question(prompt="none"), allow_redirects=False)
    assert told(quiet.headers["Location"])["error"] == "consent_required"
    web = question(client_id="web", redirect_uri=server.url + "/oidc-silent-redirect.html", prompt="none", scope="openid profile email")
    assert "code" in told(browser.see(web, allow_redirects=False).headers["Location"])
    code = told(browser.see(web, allow_redirects=False).headers["Location"])["code"]
    got = redeem(server, code, client_id="web", redirect_uri=server.url + "/oidc-silent-redirect.html").json()
    assert "code" in told(browser.see(web + "&id_token_hint=" + got["id_token"], allow_redirects=False).headers["Location"])
    for hint in (got["access_token"], "x"):         # an id token of somebody else, or none
        quiet = browser.see(web + "&id_token_hint=" + hint, allow_redirects=False)
        assert told(quiet.headers["Location"])["error"] == "login_required"
    address = browser.authorize(server.url + question(prompt="select_account consent"), person)
    assert "code" in told(address) and browser.asked == 1
    with Browser(server.url) as another:
        assert "code" in told(another.authorize(server.url + question(max_age="0"), person))


def test_consent_refused(browser):
    """The program is told so; another site cannot say yes in the person's name."""
    page = browser.see(question())
    assert "OpenCloud Desktop" in page.text and "files" in page.text
    answer = browser.fill(page, "/signin/v1/consent", follow=False, answer="no")
    assert told(answer.headers["Location"])["error"] == "access_denied"
    said = dict(parse_qs(urlsplit(question()).query), answer=["yes"])
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": None, "Origin": "https://evil.example"}):
        assert browser.post(browser.url + "/signin/v1/consent", data=said, headers=headers, timeout=30).status_code == 403


@pytest.mark.parametrize("changes, error", [
    ({"code_verifier": "w" * 50}, "invalid_grant"), ({"code_verifier": ""}, "invalid_grant"), ({"redirect_uri": BACK + "x"}, "invalid_grant"),
    ({"client_id": "OpenCloudIOS"}, "invalid_grant"), ({"client_id": "nobody"}, "invalid_client"), ({"client_id": ""}, "invalid_client"),
    ({"grant_type": "password"}, "unsupported_grant_type"), ({"grant_type": ""}, "unsupported_grant_type"), ({"code": "x"}, "invalid_grant")])
def test_codes(browser, server, person, changes, error):
    """Only with all that belongs to it."""
    code = told(browser.authorize(server.url + question(), person))["code"]
    answer = redeem(server, code, **changes)
    assert answer.status_code in (400, 401) and answer.json()["error"] == error and answer.headers["Cache-Control"] == "no-store"


def test_the_browsers_end_ends_what_needs_it(browser, server, person):
    """Without offline_access a token lives as long as the browser is signed in; with it, as its own session does."""
    browser.authorize(server.url + question(), person)
    short = redeem(server, told(browser.authorize(server.url + question(scope="openid profile"), person))["code"]).json()
    long = redeem(server, told(browser.authorize(server.url + question(), person))["code"]).json()
    assert "refresh_token" not in short and "refresh_token" in long
    me = server.url + "/graph/v1.0/me"
    assert [requests.get(me, headers={"Authorization": f"Bearer {each['access_token']}"}, timeout=30).status_code for each in (short, long)] == [200, 200]
    browser.fill(browser.see("/signout"), "/signout")
    assert [requests.get(me, headers={"Authorization": f"Bearer {each['access_token']}"}, timeout=30).status_code for each in (short, long)] == [401, 200]
    server.cli("user", "disable", person.name)
    assert requests.get(me, headers={"Authorization": f"Bearer {long['access_token']}"}, timeout=30).status_code == 401


def test_a_program_is_listed_and_ended(browser, server, person):
    """Among the sessions, with its name."""
    got = redeem(server, told(browser.authorize(server.url + question(), person))["code"]).json()
    page = browser.see("/account")
    assert "OpenCloud Desktop, Firefox, Linux" in page.text
    browser.fill(page, "/account/session/others")
    renewed = requests.post(server.url + "/konnect/v1/token", timeout=30, data={
        "grant_type": "refresh_token", "refresh_token": got["refresh_token"], "client_id": "OpenCloudDesktop"})
    assert renewed.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("scope", ["openid", "openid offline_access"])
def test_a_code_used_twice(browser, server, person, scope):
    """Ends the access token, too, also where that lives by the browser's session, which stays."""
    code = told(browser.authorize(server.url + question(scope=scope), person))["code"]
    bearer = {"Authorization": f"Bearer {redeem(server, code).json()['access_token']}"}
    assert requests.get(server.url + "/graph/v1.0/me", headers=bearer, timeout=30).status_code == 200
    assert redeem(server, code).json()["error"] == "invalid_grant"
    assert requests.get(server.url + "/graph/v1.0/me", headers=bearer, timeout=30).status_code == 401
    assert browser.see("/account", allow_redirects=False).status_code == 200


def test_damaged_consent(browser, server, person):
    """Nothing was allowed, then; the person is asked again."""
    browser.authorize(server.url + question(), person)
    me = requests.get(server.url + "/graph/v1.0/me", auth=person.auth, timeout=30).json()["id"]
    kept, = server.folder.rglob(f"consents/{me}.json")
    kept.write_text('{"OpenCloudDesktop": 3')
    assert "code" in told(browser.authorize(server.url + question(), person)) and browser.asked == 2


def test_refresh_is_bound(browser, server, person):
    """To its client, and to what was allowed."""
    got = redeem(server, told(browser.authorize(server.url + question(scope="openid offline_access"), person))["code"]).json()
    for changes, error in (({"client_id": "OpenCloudIOS"}, "invalid_grant"), ({"scope": "openid email"}, "invalid_scope"),
                           ({"refresh_token": got["refresh_token"] + "a"}, "invalid_grant"), ({"refresh_token": "x" * 9000}, "invalid_grant")):
        said = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"], "client_id": "OpenCloudDesktop", **changes}
        assert requests.post(server.url + "/konnect/v1/token", data=said, timeout=30).json()["error"] == error


def test_sign_out_asks_without_a_proof(browser, server, person):
    """A link of anybody's to the end of the session asks; where it leads afterwards must be the program's own."""
    page = browser.see("/signin/v1/identifier/_/endsession?post_logout_redirect_uri=https://evil.example/&client_id=web")
    assert "Sign out?" in page.text and browser.see("/account", allow_redirects=False).status_code == 200
    out = browser.fill(page, "/signin/v1/signout", follow=False)
    assert out.headers["Location"] == "/signout"
    assert browser.see("/account", allow_redirects=False).status_code == 303


def test_the_audit_trail_tells(browser, server, person):
    """Consent, sign-in for a program, and a refresh token that came twice."""
    got = redeem(server, told(browser.authorize(server.url + question(), person))["code"]).json()
    renew = lambda secret: requests.post(server.url + "/konnect/v1/token", timeout=30, data={  # noqa: E731
        "grant_type": "refresh_token", "refresh_token": secret, "client_id": "OpenCloudDesktop"})
    second = renew(renew(got["refresh_token"]).json()["refresh_token"]).json()["refresh_token"]
    assert renew(got["refresh_token"]).json()["error"] == renew(second).json()["error"] == "invalid_grant"
    lines = until(lambda: (found := server.cli("audit", "--who", person.name, "--json").stdout) and "session_ended" in found and found)
    assert "OpenCloudDesktop" in lines and "consent" in lines
    assert got["refresh_token"] not in lines and got["access_token"] not in lines

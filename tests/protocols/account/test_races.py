"""What works once works once, however many ask at the same moment."""
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
import requests

from browser import HIDDEN, Browser

AT_ONCE = 12


def together(ask, many=AT_ONCE):
    """The answers of many who ask at once; ``ask`` gets the number of each."""
    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(ask, range(many)))


@pytest.fixture
def secured(server, person):
    """A person with an authenticator app: its secret and the recovery codes."""
    with Browser(server.url) as browser:
        browser.sign_in(person)
        page = browser.see("/account/app")
        secret = dict(HIDDEN.findall(page.text))["secret"]
        shown = browser.fill(page, "/account/app", code=pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 - 1))
    return secret, re.findall(r"<li><code>([a-z2-7-]{19})</code>", shown.text)


@pytest.mark.parametrize("kind", ["app", "printed"])
def test_a_code_works_once(server, person, secured, kind):
    """Several browsers of whoever has the password, one code: one gets in."""
    browsers = [Browser(server.url) for _ in range(5)]
    pages = [browser.sign_in(person) for browser in browsers]
    code = pyotp.TOTP(secured[0]).now() if kind == "app" else secured[1][0]
    together(lambda number: browsers[number].fill(pages[number], "/signin/code", follow=False, code=code), 5)
    assert sum("hearth" in browser.cookies for browser in browsers) == 1


def test_an_authorization_code_works_once(server, person):
    """One of many gets tokens, and they end, because others asked with the same code."""
    from test_authorize import question, redeem, told
    with Browser(server.url) as browser:
        code = told(browser.authorize(server.url + question(), person))["code"]
    answers = together(lambda number: redeem(server, code))
    good = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(good) <= 1 and all(answer.json()["error"] == "invalid_grant" for answer in answers if answer.status_code != 200)


def test_a_refresh_token_is_never_two(server, person):
    """Many ask at once with one: all who are answered have the same next one."""
    from test_authorize import question, redeem, told
    with Browser(server.url) as browser:
        first = redeem(server, told(browser.authorize(server.url + question(), person))["code"]).json()["refresh_token"]
    renew = lambda secret: requests.post(server.url + "/konnect/v1/token", timeout=60, data={  # noqa: E731
        "grant_type": "refresh_token", "refresh_token": secret, "client_id": "OpenCloudDesktop"})
    answers = together(lambda number: renew(first))
    following = {answer.json()["refresh_token"] for answer in answers if answer.status_code == 200}
    assert len(following) == 1
    assert renew(following.pop()).status_code == 200


def test_an_old_refresh_token_of_many(server, person):
    """All who show it at once are refused, and it ends the one that is good."""
    from test_authorize import question, redeem, told
    with Browser(server.url) as browser:
        old = good = redeem(server, told(browser.authorize(server.url + question(), person))["code"]).json()["refresh_token"]
    renew = lambda secret: requests.post(server.url + "/konnect/v1/token", timeout=60, data={  # noqa: E731
        "grant_type": "refresh_token", "refresh_token": secret, "client_id": "OpenCloudDesktop"})
    for _ in range(2):
        good = renew(good).json()["refresh_token"]
    assert {answer.json()["error"] for answer in together(lambda number: renew(old))} == {"invalid_grant"}
    assert renew(good).json()["error"] == "invalid_grant"


def test_one_last_administrator(own_server):
    """Two administrators who demote each other at once: one stays."""
    names = ("one", "two")
    people = [own_server.add(name) for name in names]
    for name in names:
        own_server.cli("user", "set", name, "--role", "admin")
    ids = [requests.get(own_server.url + "/graph/v1.0/me", auth=person.auth, timeout=30).json()["id"] for person in people]

    def disable(number):
        return requests.patch(f"{own_server.url}/graph/v1.0/users/{ids[1 - number]}", json={"accountEnabled": False}, auth=people[number].auth, timeout=30)
    together(disable, 2)
    assert sum(requests.get(own_server.url + "/graph/v1.0/me", auth=person.auth, timeout=30).status_code == 200 for person in people) >= 1

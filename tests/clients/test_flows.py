"""OpenCloud's own clients, played from what is known of them over HTTPS: found, signed in, at work, renewed, thrown out, and in again."""
import re
import shutil
import socket
import time

import pyotp
import pytest

from browser import HIDDEN, Browser
from conftest import Server, certificate
from sims import android, desktop, ios, web
from sims.relying import Person

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


@pytest.fixture(scope="module")
def safe(tmp_path_factory):
    """A server over HTTPS that knows its own name; ``certificate`` is the one to trust."""
    folder = tmp_path_factory.mktemp("safe")
    key, cert = certificate(folder)
    running = Server(folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        running.port = free.getsockname()[1]
    running.scheme, running.certificate = "https", cert
    address = f"https://localhost:{running.port}"
    running.configure(certificate=running.certificate, key=key, url=address)
    running.start()
    running.url = address
    yield running
    running.stop()
    assert "Traceback" not in running.log


@pytest.fixture
def browser(safe):
    """Opens a browser that trusts the server's certificate."""
    opened = []

    def begin():
        opened.append(Browser(safe.url))
        opened[-1].verify, opened[-1].trust_env = safe.certificate, False
        return opened[-1]
    yield begin
    for each in opened:
        each.close()


@pytest.fixture(params=["password", "authenticator app"])
def somebody(request, safe, browser):
    """A person; with an app each code is of the app at first, then from the printed list: none is good twice."""
    added = safe.add()
    if request.param == "password":
        return Person(added.name, added.password)
    visit = browser()
    visit.sign_in(added)
    page = visit.see("/account/app")
    secret = dict(HIDDEN.findall(page.text))["secret"]
    step = int(time.time()) // 30
    shown = visit.fill(page, "/account/app", code=pyotp.TOTP(secret).generate_otp(step - 1))
    printed = re.findall(r"<li><code>([a-z2-7-]{19})</code>", shown.text)

    def codes():
        yield pyotp.TOTP(secret).generate_otp(int(time.time()) // 30)
        yield from printed
    return Person(added.name, added.password, codes())


@pytest.mark.parametrize("client", [desktop, android, ios, web], ids=lambda client: client.__name__.rpartition(".")[2])
def test_a_client_of_opencloud(client, safe, browser, somebody):
    """From the typed address to the end of the session that the person took away, and on from there."""
    program = client.connect(safe.url, safe.certificate)
    its_browser = browser()
    who = client.sign_in(program, its_browser, somebody)
    assert its_browser.offered == "" and _second_factor(program) == bool(somebody.shows)
    program.userinfo(somebody)                      # what other programs ask; these take it from the id token, OCS or Graph
    client.work(program, client.look_around(program, somebody))
    assert client.renew(program, its_browser, somebody)
    client.look_around(program, somebody)

    elsewhere = browser()
    page = elsewhere.sign_in(somebody)
    if somebody.shows:
        page = elsewhere.fill(page, "/signin/code", code=next(somebody.shows))
    elsewhere.fill(page, "/account/session/others")
    program.ask("GET", "/graph/v1.0/me", expect=401)
    assert not client.renew(program, its_browser, somebody)

    its_browser.offered = None
    assert client.sign_in(program, its_browser, somebody) == who
    assert its_browser.offered == ("" if client is web else somebody.name), "the hint spares typing the name"
    assert _second_factor(program) == bool(somebody.shows)
    assert its_browser.asked == (client is not web), "a program of the house's own asks for no consent, another once"
    client.work(program, client.look_around(program, somebody))
    if client is web:
        web.sign_out(program, its_browser)


def _second_factor(program):
    return set(program.claims["amr"]) > {"pwd"}

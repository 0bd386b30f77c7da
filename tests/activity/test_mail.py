"""Mail against a real SMTP server (aiosmtpd): letters, digests, and what becomes of them when the server is away, dies, refuses or lies about who it is."""
import contextlib
import email
import email.policy
import socket
import ssl
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
import requests
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from appliance.activity import Notices, Outbox, outbox, post
from appliance.activity.notices import Notice
from appliance.core import Origin, clock, errors, events, ids
from appliance.identity import settings
from conftest import certificate

SECRET = "a long enough secret"


class Listening(Controller):
    """On a port of its own choice; whether it answers is tried without looking at its certificate."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        with socket.create_connection((self.hostname, self.port), 5) as sock:
            if self.ssl_context:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                sock = context.wrap_socket(sock)
            sock.recv(100)


class Mailbox:
    """A mail server, and what it has got; ``refuse`` is what it says to letters instead of taking them."""

    def __init__(self, **more):
        self.letters, self.refuse, self.auth = [], None, []
        self.controller = Listening(self, hostname="127.0.0.1", port=0, **more)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse and self.refuse.startswith("rcpt "):
            return self.refuse.removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.refuse == "die":
            server.transport.abort()
        elif self.refuse:
            return self.refuse
        self.raw = envelope.content
        self.letters.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"

    def authenticator(self, server, session, envelope, mechanism, data):
        self.auth.append((data.login, data.password))
        return AuthResult(success=data.password == b"pass/word@", handled=False)

    def __enter__(self):
        self.controller.start()
        self.port = self.controller.port
        self.url = f"smtp://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *error):
        if self.controller.server is not None:
            self.controller.stop(no_assert=True)


@pytest.fixture
def mailbox():
    with Mailbox() as running:
        yield running


class Sender:
    """Notices of a house that sends by a mail server."""

    def __init__(self, house, url):
        self.house, config = house, replace(house.config, mail=url + "?from=hearth@home.example", url="https://home.example")
        self.outbox = Outbox(config, house.people)
        self.notices = Notices(config, house.people, house.files, house.streams, SimpleNamespace(follow=lambda *_: lambda function: None), self.outbox)
        self.bob = house.people.add("bob", display_name="Bob", email="bob@test.example")

    def put(self, name="a.exe", kind="virus", **more):
        self.outbox.put(self.bob.id, Notice(ids.new(), kind, clock.now(), space=ids.new(), name=name, text="Eicar", **more))

    def deliver(self, later=outbox.GATHER + 1):
        """Send what is due after so many seconds."""
        real = clock._now_ns
        clock.set(lambda: real() + int(later * 10 ** 9))
        try:
            self.notices.deliver()
        finally:
            clock.set()

    def set(self, name, value):
        self.house.people.settings.set(self.bob.id, next(each.id for each in settings.SETTINGS.values() if each.name == name), value)

    @property
    def waiting(self):
        return len(self.outbox.of(self.bob.id))


@pytest.fixture
def sender(house, mailbox):
    return Sender(house, mailbox.url)


def test_a_letter(sender, mailbox):
    """In text and HTML, to one person, from us, marked as made by a machine."""
    sender.put("<b>bad</b>.exe"), sender.deliver(0)
    assert mailbox.letters == [], "what comes together goes together"
    sender.deliver()
    ((to, message),) = mailbox.letters
    assert to == ["bob@test.example"] and message["To"] == "Bob <bob@test.example>" and message["From"] == "Hearth <hearth@home.example>"
    assert message["Subject"].strip() == "A virus was found in <b>bad</b>.exe, so nobody gets it. Virus: Eicar" and message["Auto-Submitted"] == "auto-generated"
    text, page = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Hello Bob," in text and "<b>bad</b>.exe" in text and "https://home.example/f/" in text and "because of your settings" in text
    assert "&lt;b&gt;bad" in page and "<b>bad" not in page and 'href="https://home.example/f/' in page
    assert sender.waiting == 0 and sender.outbox.last["error"] == "" and not list(sender.outbox._records.folder.iterdir())
    sender.deliver()
    assert len(mailbox.letters) == 1


def test_german(sender, mailbox):
    sender.house.people.set("bob", language="de-AT")
    sender.put(), sender.deliver()
    assert "bekommt es niemand" in mailbox.letters[0][1]["Subject"] and mailbox.letters[0][1]["Content-Language"] == "de" and "Hallo Bob," in mailbox.letters[0][1].get_body(("plain",)).get_content()


def test_several_in_one(sender, mailbox, monkeypatch):
    monkeypatch.setattr(outbox, "MOST", 8)
    for number in range(outbox.MOST + 3):
        sender.put(f"{number}.exe")
    sender.deliver()
    ((_, message),) = mailbox.letters
    assert message["Subject"] == f"{outbox.MOST} new notices" and f" {outbox.MOST + 2}.exe" in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize("often, days", [("daily", 1), ("weekly", 7)])
def test_digests(sender, mailbox, often, days):
    """In the morning, or on Monday; of the box itself administrators are told at once."""
    sender.set("email-sending-interval-options", often)
    sender.put("a.exe"), sender.put("b.exe"), sender.deliver()
    assert mailbox.letters == []
    sender.deliver(days * 86_400 + 1)
    assert len(mailbox.letters) == 1 and mailbox.letters[0][1]["Subject"] == "2 new notices"
    sender.put(kind="health"), sender.put(kind="health-well"), sender.deliver()
    assert len(mailbox.letters) == 2 and "right again" in mailbox.letters[1][1]["Subject"], "its last word"


def test_who_wants_none(sender, mailbox):
    """Also where they say so while it waits."""
    sender.put(), sender.set("disable-email-notifications", True), sender.deliver()
    assert mailbox.letters == [] and sender.waiting == 0
    sender.put()
    assert sender.waiting == 0
    sender.set("disable-email-notifications", False), sender.set("email-sending-interval-options", "never"), sender.put()
    assert sender.waiting == 0
    sender.set("email-sending-interval-options", "instant"), sender.house.people.set("bob", email=""), sender.put()
    assert sender.waiting == 0


def test_what_is_not_seen_any_more_is_not_sent(sender, mailbox):
    sender.put("secret", "share-created"), sender.deliver()
    assert mailbox.letters == [] and sender.waiting == 0


def test_who_is_gone(sender, mailbox):
    sender.put()
    sender.house.people.add("boss", SECRET, role="admin"), sender.house.people.remove("bob")
    sender.outbox.tidy()
    assert not list(sender.outbox._records.folder.iterdir())


@pytest.mark.parametrize("name", ["x\r\nBcc: eve@test.example", "x\n\nhello", "x\u2028Bcc: eve@test.example\x00", "=?utf-8?q?x=0ABcc:_eve@test.example?=", "ü" * 300])
def test_names_make_no_headers(sender, mailbox, name):
    account = SimpleNamespace(display_name=name, email="bob@test.example")
    message = post.letter(sender.outbox.server, account, name, [(name, "")], "en")
    sender.outbox.test(lambda server: message)
    ((to, came),) = mailbox.letters
    assert to == ["bob@test.example"] and set(came.keys()) == set(message.keys()) and came["Bcc"] is None
    assert not any(line.lower().startswith(b"bcc") for line in mailbox.raw.splitlines())


@pytest.mark.parametrize("address", ["bob@test.example\r\nBcc: eve@test.example", "bob", "bob@test.example,eve@test.example", "<bob@x> eve@x", ""])
def test_addresses_that_are_none(sender, address):
    with pytest.raises(post.Refused):
        post.letter(sender.outbox.server, SimpleNamespace(display_name="Bob", email=address), "x", [], "en")


@pytest.mark.parametrize("days", (-30, 400))
def test_clock_was_wrong(sender, mailbox, days):
    """A box without a clock of its own tells what it found before the network said what time it is; and what waits does not wait for a year."""
    now, there = clock.now_ns(), sender.outbox.server
    clock.set(lambda: now + days * 86_400 * 10**9)
    try:
        sender.put()
        clock.set(lambda: now + (days * 86_400 + 10) * 10**9)
        sender.outbox.server = there._replace(port=9)
        sender.notices.deliver()
    finally:
        clock.set()
    assert sender.outbox.last["error"] and sender.waiting == 1
    sender.outbox.server = there
    sender.notices.deliver()
    assert len(mailbox.letters) == 1


@pytest.mark.parametrize("said", [b"220-more\r\n" * 1000, b"220 a\r\n" + b"250-more\r\n" * 1000, b"x" * 100_000])
def test_server_that_does_not_end(said):
    """What it says is not gathered for as long as it goes on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer():
            with server.accept()[0] as client:
                with contextlib.suppress(OSError):
                    client.sendall(said)
                    client.recv(1 << 16)
                    client.recv(1 << 16)
        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(errors.Unavailable, match="cannot be reached"):
            post.Connection(post.Server.parse(f"smtp://127.0.0.1:{server.getsockname()[1]}?from=a@b.example"))


def test_server_is_away(sender, mailbox):
    """It waits, is tried less and less often, and goes when the server is back."""
    mailbox.controller.stop()
    sender.put(), sender.deliver()
    assert sender.waiting == 1 and "cannot be reached" in sender.outbox.last["error"]
    begun = sender.outbox._pause
    sender.deliver(10)
    assert sender.outbox._tries == 1, "not again at once"
    sender.deliver(100)
    assert sender.outbox._tries == 2 and sender.outbox._pause > begun + 100
    mailbox.controller = Listening(mailbox, hostname="127.0.0.1", port=mailbox.port)
    mailbox.controller.start()
    sender.deliver(400)
    assert len(mailbox.letters) == 1 and sender.waiting == 0 and sender.outbox._tries == 0


def test_not_for_ever(sender, mailbox):
    mailbox.controller.stop()
    sender.put(), sender.deliver()
    sender.deliver(outbox.DAYS * 86_400 + 100)
    assert sender.waiting == 0


def test_what_is_old_is_not_sent(sender, mailbox):
    """The box was off for a while."""
    sender.put(), sender.outbox._put.clear(), sender.deliver((outbox.STALE + 1) * 86_400)
    assert mailbox.letters == [] and sender.waiting == 0


def test_a_restored_backup_sends_nothing_again(sender, mailbox):
    sender.put()
    sender.notices._regard(events.StorageRestored("", Origin(), "2026-11-27T00:00:00Z"))
    sender.deliver()
    assert mailbox.letters == [] and sender.waiting == 0


def test_server_dies_in_the_middle(sender, mailbox):
    """What it has not taken waits; what it has taken does not go twice."""
    other = sender.house.people.add("carol", email="carol@test.example")
    sender.put(), sender.outbox.put(other.id, Notice(ids.new(), "virus", clock.now(), name="c.exe", text="x"))
    mailbox.refuse = "die"
    sender.deliver()
    assert mailbox.letters == [] or sender.waiting + len(sender.outbox.of(other.id)) == 2
    assert "went away" in sender.outbox.last["error"]
    mailbox.refuse, mailbox.letters = None, []
    sender.deliver(200), sender.deliver(400)
    assert sorted(to[0] for to, _ in mailbox.letters) == ["bob@test.example", "carol@test.example"] and sender.waiting == 0


@pytest.mark.parametrize("answer", ["550 no such person", "rcpt 550 no such person"])
def test_refused_for_good(sender, mailbox, answer):
    """One letter is given up, the others go."""
    other = sender.house.people.add("carol", email="carol@test.example")
    mailbox.refuse = answer
    sender.put(), sender.deliver()
    assert sender.waiting == 0
    mailbox.refuse = None
    sender.outbox.put(other.id, Notice(ids.new(), "virus", clock.now(), name="c.exe", text="x"))
    sender.deliver()
    assert [to for to, _ in mailbox.letters] == [["carol@test.example"]]


@pytest.mark.parametrize("answer", ["451 later", "rcpt 450 greylisted"])
def test_refused_for_now(sender, mailbox, answer):
    mailbox.refuse = answer
    sender.put(), sender.deliver()
    assert sender.waiting == 1
    mailbox.refuse = None
    sender.deliver(20)
    assert mailbox.letters == []
    sender.put("b.exe"), sender.deliver(200)
    assert mailbox.letters[0][1]["Subject"] == "2 new notices" and sender.waiting == 0


@pytest.mark.parametrize("content", ["", "[]", '{"notices": 1}', '{"notices": [{"id": "x"}], "due": 0, "since": 0, "tries": 0}'])
def test_damaged_record(sender, mailbox, content):
    (sender.outbox._records.folder / f"{sender.bob.id}.json").write_text(content)
    sender.deliver()
    assert mailbox.letters == []
    sender.put(), sender.deliver()
    assert len(mailbox.letters) == 1


def test_name_and_password(house):
    """Only by TLS or to this machine; a wrong one loses nothing, and says so."""
    box = Mailbox(auth_require_tls=False, auth_required=True)
    box.controller.SMTP_kwargs["authenticator"] = box.authenticator
    with box:
        sender = Sender(house, f"smtp://bob%40test.example:wrong@127.0.0.1:{box.port}")
        sender.put(), sender.deliver()
        assert sender.waiting == 1 and "name and password" in sender.outbox.last["error"] and box.letters == []
        sender.outbox.server = post.Server.parse(f"smtp://bob%40test.example:pass%2Fword%40@127.0.0.1:{box.port}")
        sender.deliver(400)
        assert len(box.letters) == 1 and box.auth[-1] == (b"bob@test.example", b"pass/word@") and box.letters[0][1]["From"] == "Hearth <bob@test.example>"


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
def test_tls(house, tmp_path, monkeypatch, scheme):
    """At once or by STARTTLS, and only to whom the certificate belongs."""
    key, cert = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    more = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    box = Mailbox()
    box.controller = Listening(box, hostname="127.0.0.1", port=0, **more)
    with box:
        strangers = Sender(house, f"{scheme}://localhost:{box.port}")
        strangers.put(), strangers.deliver()
        assert box.letters == [] and strangers.waiting == 1 and "cannot be trusted" in strangers.outbox.last["error"]
        monkeypatch.setenv("SSL_CERT_FILE", cert)
        strangers.deliver(400)
        assert len(box.letters) == 1 and strangers.waiting == 0
        strangers.outbox.server = post.Server.parse(f"{scheme}://127.0.0.1:{box.port}")
        strangers.put(), strangers.deliver(2000)
        assert len(box.letters) == 1, "another name than the certificate's"


def test_no_password_without_tls(monkeypatch, mailbox):
    """A server elsewhere must offer STARTTLS."""
    server = post.Server.parse(f"smtp://ann:secret@127.0.0.1:{mailbox.port}")
    monkeypatch.setattr(post.Server, "is_here", False)
    with pytest.raises(errors.Unavailable):
        post.Connection(server)


@pytest.mark.parametrize("text", ["x", "http://host", "smtp://", "smtp://host:x", "smtp://host/path", "smtp://host?from=x", "smtp://host?from=a@b%0d%0aBcc:c@d", "smtp://host?from=a@b,c@d"])
def test_options_that_are_none(text):
    with pytest.raises(errors.Invalid):
        post.Server.parse(text)


def test_options():
    assert post.Server.parse("") is None
    assert post.Server.parse("smtps://mail.example") == (True, "mail.example", 465, "", "", "hearth@mail.example")
    assert post.Server.parse("smtp://a%40b.c:p%3Aw@mail.example?from=x@y.z") == (False, "mail.example", 587, "a@b.c", "p:w", "x@y.z")


@pytest.mark.slow
def test_program(own_server, mailbox, until):
    """The server itself: an administrator tries it, and who is given something is told."""
    own_server.cli("user", "add", "boss", "--role", "admin", "--email", "boss@test.example", "--password-stdin", input=SECRET + "\n")
    own_server.cli("user", "add", "bob", "--email", "bob@test.example", "--password-stdin", input=SECRET + "\n")
    boss, bob = ("boss", SECRET), ("bob", SECRET)
    door = own_server.url + "/api/v0/mail"
    assert requests.get(door, auth=boss, timeout=30).json() == {"configured": False, "server": None, "sender": None, "waiting": 0, "last": None}
    assert requests.post(door + "/test", auth=boss, timeout=30).status_code == 400
    own_server.configure(mail=mailbox.url + "?from=hearth@home.example")
    own_server.restart()
    assert requests.get(door, auth=bob, timeout=30).status_code == 403 == requests.post(door + "/test", auth=bob, timeout=30).status_code
    shown = requests.post(door + "/test", auth=boss, timeout=30).json()
    assert shown["configured"] and shown["server"] == mailbox.url and shown["last"]["error"] == "" and mailbox.letters[0][0] == ["boss@test.example"]
    requests.request("MKCOL", own_server.url + "/dav/files/boss/Trip", auth=boss, timeout=30)
    form = {"path": "/Trip", "shareType": 0, "shareWith": "bob"}
    assert requests.post(own_server.url + "/ocs/v2.php/apps/files_sharing/api/v1/shares?format=json", data=form, auth=boss, timeout=30).json()["ocs"]["meta"]["statuscode"] == 200
    until(lambda: len(mailbox.letters) == 2, 60)
    assert mailbox.letters[1][0] == ["bob@test.example"] and mailbox.letters[1][1]["Subject"] == "boss shared Trip with you"
    mailbox.controller.stop()
    answer = requests.post(door + "/test", auth=boss, timeout=30)
    assert answer.status_code == 503 and "cannot be reached" in answer.text
    own_server.stop()
    own_server.configure(mail="nonsense")
    with pytest.raises(AssertionError, match="smtps://name"):
        own_server.start()
    assert "Traceback" not in own_server.log

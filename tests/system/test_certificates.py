"""Certificates: our own authority, one from outside by a real ACME server (Debian's pebble), proofs over HTTP and in a real DNS (BIND), and their end."""
import datetime
import json
import os
import plistlib
import socket
import ssl
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import pytest
import requests
from conftest import PASSWORD, ROOT, Server, certificate, wanted
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.core import Bus, clock, errors
from appliance.system import Certificates, authority, dns, tls
from appliance.system.certificates import DAY
from appliance.system.names import AT_HOME, at_home, is_home

NAME = "family.example.org"
ADMIN = SimpleNamespace(scoped=False, role="admin", token="", id="x", origin=None)


def free_port(kind=socket.SOCK_STREAM):
    """A port that was free a moment ago, for programs that cannot choose one."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture(scope="module")
def trusted(tmp_path_factory):
    """A server that speaks both, and its administrator; it trusts the test's own authority instead of the world's."""
    folder = tmp_path_factory.mktemp("secure")
    running = Server(folder, "--listen", "https://127.0.0.1:0")
    certificate(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(folder / "cert.pem"))
        running.start()
    url = running.process.stdout.readline().split()[1]
    running.cli("user", "add", "ann", "--role", "admin", "--password-stdin", input=PASSWORD + "\n")
    yield SimpleNamespace(server=running, tls=int(url.rpartition(":")[2]), api=running.url + "/api/v0/certificate", auth=("ann", PASSWORD), folder=folder)
    running.stop()
    assert "Traceback" not in running.log


@pytest.fixture
def secure(trusted, until):
    """That server with its own certificate, and no other afterwards."""
    until(lambda: shown(trusted.tls, "hearth.local"), 90)
    yield trusted
    requests.put(trusted.api, json={"name": "", "challenge": "http-01"}, auth=trusted.auth, timeout=60)


def shown(port, name):
    """What certificate a client gets that asks for that name, and whether it is told to come by TLS alone."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with closing(context.wrap_socket(socket.create_connection(("127.0.0.1", port), 20), server_hostname=name)) as sock:
            sock.sendall(f"GET /ready HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            found = x509.load_der_x509_certificate(sock.getpeercert(True))
            return found, b"Strict-Transport-Security" in b"".join(iter(lambda: sock.recv(4096), b""))
    except OSError:
        return None                                 # none yet


def names(found):
    """The DNS names in a certificate."""
    return found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)


def test_our_own_authority(secure, until, tmp_path):
    """It is there without anybody's doing; a client that knows it sees no warning; it may vouch for nothing outside; a restart keeps it."""
    found, strict = shown(secure.tls, "hearth.local")
    assert "hearth.local" in names(found) and not strict
    plain = secure.server.url
    der = requests.get(plain + "/ca.crt", timeout=30)
    assert der.headers["Content-Type"] == "application/x-x509-ca-cert"
    (tmp_path / "ca.pem").write_text(ssl.DER_cert_to_PEM_cert(der.content))
    assert requests.get(f"https://localhost:{secure.tls}/ready", timeout=30, verify=str(tmp_path / "ca.pem")).text == "ready\n"
    assert requests.get(f"https://127.0.0.1:{secure.tls}/ready", timeout=30, verify=str(tmp_path / "ca.pem")).text == "ready\n"
    permitted = x509.load_der_x509_certificate(der.content).extensions.get_extension_for_class(x509.NameConstraints)
    assert permitted.critical and x509.DNSName("local") in permitted.value.permitted_subtrees
    profile = plistlib.loads(requests.get(plain + "/ca.mobileconfig", timeout=30).content)
    assert profile["PayloadContent"][0]["PayloadContent"] == der.content and profile["PayloadContent"][0]["PayloadType"] == "com.apple.security.root"
    page = requests.get(plain + "/ca", timeout=30).text
    digest = x509.load_der_x509_certificate(der.content).fingerprint(hashes.SHA256()).hex(" ").upper()
    assert all(word in page for word in ("iPhone", "Android", "Windows", "Mac", digest))
    state = requests.get(secure.api, auth=secure.auth, timeout=30).json()
    assert (state["kind"], state["state"], state["ca"]) == ("own", "well", "/ca.crt") and "hearth.local" in state["names"]
    keys = secure.server.data / ".hearth" / "keys"
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys.iterdir())
    secure.server.options = ("--listen", f"https://127.0.0.1:{secure.tls}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(secure.folder / "cert.pem"))
        secure.server.restart()
    assert requests.get(secure.server.url + "/ca.crt", timeout=30).content == der.content
    assert json.loads(secure.server.cli("check", "--json").stdout) == {"sound": True, "findings": []}


@pytest.fixture
def pebble(tmp_path, secure, until):
    """Debian's pebble, which looks for proofs at our HTTP port; ``ask_dns`` is the address of the name server that it asks."""
    started = []

    def start(ask_dns):
        port = free_port()
        (tmp_path / "pebble.json").write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{free_port()}", "certificate": str(secure.folder / "cert.pem"),
            "privateKey": str(secure.folder / "key.pem"), "httpPort": secure.server.port, "tlsPort": secure.tls, "ocspResponderURL": "",
            "externalAccountBindingRequired": False}}))
        run(["pebble", "-config", tmp_path / "pebble.json", "-dnsserver", ask_dns])
        until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, 60)
        return f"https://localhost:{port}/dir"

    def run(words):
        with open(tmp_path / f"{words[0]}.log", "w") as out:
            started.append(subprocess.Popen([*map(str, words)], stdout=out, stderr=out, env={"PATH": "/usr/bin:/usr/sbin", "PEBBLE_VA_NOSLEEP": "1"}))
    yield SimpleNamespace(start=start, run=run)
    for program in started:
        program.terminate()
        program.wait(20)


@wanted("pebble")
def test_from_outside_by_http(secure, pebble, until):
    """Ordered from the administrator's page, shown without a restart to those who ask for that name, to all others our own still."""
    port = free_port(socket.SOCK_DGRAM)
    pebble.run(["pebble-challtestsrv", "-dns01", f"127.0.0.1:{port}", "-management", f"127.0.0.1:{free_port()}", "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""])
    directory = pebble.start(f"127.0.0.1:{port}")
    answer = requests.put(secure.api, json={"name": NAME, "directory": directory, "email": "ann@example.org", "agreed": True}, auth=secure.auth, timeout=60)
    assert answer.status_code == 200, answer.text
    state = until(lambda: (said := requests.get(secure.api, auth=secure.auth, timeout=30).json())["names"] and said, 90)
    assert (state["kind"], state["names"], state["state"]) == ("acme", [NAME], "well"), state
    found, strict = shown(secure.tls, NAME)
    assert names(found) == [NAME] and "Pebble" in found.issuer.rfc4514_string() and strict
    found, strict = shown(secure.tls, "hearth.local")
    assert "hearth.local" in names(found) and not strict
    assert not list((secure.server.cache / "acme").iterdir())
    # The command of the timer: nothing is due.
    assert "well" in secure.server.cli("certificate", "renew").stdout
    requests.put(secure.api, json={"name": ""}, auth=secure.auth, timeout=60)
    assert until(lambda: names(shown(secure.tls, NAME)[0]) != [NAME], 60)


@wanted("pebble")
@wanted("named")
@wanted("nsupdate")
@pytest.mark.slow
def test_from_outside_by_dns(secure, pebble, until, tmp_path):
    """No port need be open: the proof is a record that a signed update puts into a real name server, and that is gone afterwards."""
    port, secret = free_port(), "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="
    (tmp_path / "zone").write_text("$TTL 60\n@ SOA ns.example.org. a.example.org. 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\nfamily A 127.0.0.1\n")
    (tmp_path / "named.conf").write_text(
        f'options {{ directory "{tmp_path}"; pid-file none; session-keyfile none; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; '
        f'recursion no; dnssec-validation no; }};\ncontrols {{ }};\nkey hearth {{ algorithm hmac-sha256; secret "{secret}"; }};\n'
        f'zone "example.org" {{ type primary; file "{tmp_path}/zone"; update-policy {{ grant hearth zonesub TXT; }}; }};\n')
    pebble.run(["named", "-f", "-c", tmp_path / "named.conf", "-n", "1"])
    directory = pebble.start(f"127.0.0.1:{port}")
    address = f"rfc2136://hearth:{secret}@127.0.0.1:{port}?wait=0"
    asked = {"name": f"*.{NAME}", "challenge": "dns-01", "dns": address, "directory": directory, "agreed": True}
    until(lambda: "example.org" in subprocess.run(["dig", "+short", "-p", str(port), "@127.0.0.1", "example.org", "NS"], capture_output=True, text=True).stdout)
    said = requests.put(secure.api, json=asked, auth=secure.auth, timeout=60).json()
    assert secret not in json.dumps(said) and said["wanted"]["dns"].startswith("rfc2136://…@127.0.0.1")
    requests.put(secure.api, json={"dns": said["wanted"]["dns"]}, auth=secure.auth, timeout=60)    # as a page sends it back
    state = until(lambda: (said := requests.get(secure.api, auth=secure.auth, timeout=30).json())["names"] and said, 90)
    assert state["names"] == [f"*.{NAME}"], state
    assert names(shown(secure.tls, f"files.{NAME}")[0]) == [f"*.{NAME}"]
    left = subprocess.run(["dig", "+short", "-p", str(port), "@127.0.0.1", f"_acme-challenge.{NAME}", "TXT"], capture_output=True, text=True, check=True)
    assert left.stdout == ""


def test_an_authority_out_of_reach(secure, until):
    """What went wrong is told in a sentence, the box goes on with its own certificate, and nobody but administrators may ask."""
    asked = {"name": NAME, "directory": f"https://localhost:{free_port()}/dir", "agreed": True}
    assert requests.put(secure.api, json=asked, auth=secure.auth, timeout=60).status_code == 200
    state = until(lambda: (said := requests.get(secure.api, auth=secure.auth, timeout=30).json())["text"].startswith("ConnectionError") and said, 60)
    assert state["state"] == "warning" and "hearth.local" in names(shown(secure.tls, NAME)[0])
    bob = secure.server.add()
    for method in ("GET", "PUT", "POST"):
        assert requests.request(method, secure.api, json={"name": ""}, auth=bob.auth, timeout=30).status_code == 403
    for wrong in ({"name": "hearth.local"}, {"name": "a b"}, {"name": NAME, "agreed": False}, {"challenge": "tls"}, {"name": 3}, {"other": ""}, [],
                  {"challenge": "dns-01", "dns": "file:///etc/passwd"}, {"challenge": "dns-01", "dns": "rfc2136://[x"}, {"email": "\ud800"},
                  {"challenge": "dns-01", "dns": "rfc2136://key:a/b@server"}, {"challenge": "dns-01", "dns": "duckdns://TOKEN"}, {"directory": "http://x/"}, {"name": "*.example.org"}):
        assert requests.put(secure.api, json=wrong, auth=secure.auth, timeout=30).status_code == 400, wrong
    for path in ("/.well-known/acme-challenge/../../keys/ca.pem", "/.well-known/acme-challenge/" + "a" * 43, "/ca/x"):
        assert requests.get(secure.server.url + path, timeout=30).status_code == 404

def made(folder, days, lifetime=90, name=NAME):
    """A certificate with that many days left, as if from outside."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    title = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    ends = now + datetime.timedelta(days=days)
    found = (x509.CertificateBuilder().subject_name(title).issuer_name(title).public_key(key.public_key()).serial_number(1)
             .not_valid_before(ends - datetime.timedelta(days=lifetime)).not_valid_after(ends)
             .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False).sign(key, hashes.SHA256()))
    (folder / "public.pem").write_bytes(found.public_bytes(authority.serialization.Encoding.PEM) + authority.pem(key))


@pytest.fixture
def certificates(storage, config):
    """Those of a storage without a server, for a name in the world."""
    from appliance.core import Listen
    found = Certificates(replace(config, listen=(Listen(True, "127.0.0.1", 0),)), Bus())
    found.choose(ADMIN, {"name": NAME, "agreed": True})
    return found


@pytest.mark.parametrize("days, state, due", [(80, "well", False), (40, "well", False), (29, "well", True), (20, "warning", True), (6, "critical", True),
                                              (1.5, "critical", True), (-1, "critical", True)])
def test_the_end_is_told_long_before(certificates, config, days, state, due):
    """A new one is ordered when a third of the time is left; 21, 7 and 2 days before the end it is told."""
    made(config.data / ".hearth" / "keys", days)
    assert certificates.due() is due
    said = certificates.state()
    assert said["state"] == state and (days < 0) == ("has ended" in said["text"])


def test_what_cannot_be_made_is_put_off(certificates, config):
    """An authority that is damaged, names that it may not vouch for, and a clock that was ahead: no program is started at each look."""
    keys, asked = config.data / ".hearth" / "keys", []
    ask = certificates._certify
    certificates._certify = lambda what: asked.append(what["do"]) or ask(what)
    (keys / "ca.pem").write_text("damaged")
    certificates._making = True                     # nothing is ordered in the world
    for _ in range(3):
        certificates.tick()
    assert asked.count("own") == 1 and certificates._own.failed and not certificates._public.failed
    (keys / "ca.pem").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("appliance.system.names.AT_HOME", (*AT_HOME, "example"))
        patch.setattr("appliance.system.names.socket.gethostname", lambda: "box")
        certificates._config = replace(certificates._config, url="https://box.example")
        clock.set(lambda: time.time_ns() + 7200 * 10**9)
        for _ in range(3):
            certificates.tick()
        clock.set()
        assert asked.count("own") == 2 and not certificates._own.failed
    certificates._seen["own"] = certificates._seen["own"]._replace(begins=clock.now() + DAY)
    assert certificates._wants_own()


def test_a_damaged_file_is_made_again(certificates, config):
    """A certificate that does not belong to its key goes; a record that cannot be read is told, and a new wish mends it."""
    keys = config.data / ".hearth" / "keys"
    made(keys, 80)
    (keys / "public.pem").write_bytes((keys / "public.pem").read_bytes().replace(b"MIG", b"MIX"))
    certificates._wear()
    assert not (keys / "public.pem").exists()
    (keys / "tls.json").write_text('{"name"')
    said = certificates.state()
    assert (said["state"], certificates.due()) == ("warning", False) and "damaged" in certificates.findings()[0].text
    certificates.choose(ADMIN, {"name": NAME, "agreed": True})
    assert "damaged" not in certificates.state()["text"]


def test_secrets_of_who_keeps_the_dns_are_told_nobody(certificates):
    """Not to administrators, and not by what a library says when nobody answers: it goes by mail, and to topics that all may read."""
    for address in ("DUCKDNS://SECRET@127.0.0.1:1", "duckdns://x%40SECRET@127.0.0.1:1", "rfc2136://key:SECRET@127.0.0.1"):
        certificates.choose(ADMIN, {"name": NAME, "agreed": True, "challenge": "dns-01", "dns": address})
        assert "SECRET" not in json.dumps(certificates.shown(ADMIN))
    for keeper in ("duckdns", "desec"):
        with pytest.raises(dns.Refused, match="cannot be reached") as refused:
            dns.add(f"{keeper}://SECRET@127.0.0.1:1", "_acme-challenge.x.duckdns.org", "text")
        assert "SECRET" not in str(refused.value)


def test_an_authority_gets_no_other_names_into_the_dns(tmp_path, monkeypatch):
    """What it wants proof for goes into a script of nsupdate and to programs of the owner."""
    from acme import client

    from appliance.system import acme
    hostile = SimpleNamespace(body=SimpleNamespace(identifier=SimpleNamespace(value="x\nupdate delete example.org"), status=None, challenges=[]))
    talk = SimpleNamespace(new_account=lambda wanted: None, new_order=lambda request: SimpleNamespace(authorizations=[hostile]))
    monkeypatch.setattr(client, "ClientV2", type("Talk", (), {"__new__": lambda *words: talk, "get_directory": lambda *words: None}))
    with pytest.raises(dns.Refused, match="nobody asked for"):
        acme.order(str(tmp_path), [NAME], "https://localhost/dir", "dns-01", records="hook://mine")


def test_names_that_our_authority_may_not_vouch_for_are_left_out(storage, config):
    """They would make the certificate worthless; addresses and names at home are in it."""
    folder = config.data / ".hearth" / "keys"
    said = authority.own(str(folder), ["box.local", "bank.example.org", "8.8.8.8", "192.168.1.7", "notlocal"], "t")
    assert said["names"] == ["box.local", "192.168.1.7"]
    assert 300 * DAY < said["expires"] - clock.now() < 825 * DAY
    assert "127.0.0.1" in at_home() and "x.lan" in at_home("https://x.lan") and "x.org" not in at_home("https://x.org")
    assert set(authority.own(str(folder), at_home(), "t")["names"]) == set(at_home())     # else one would be made again and again
    assert [name for name in ("a.local", "local.org", "192.168.0.1", "1.1.1.1", "fd00::1", "2a00::1", "lan") if is_home(name)] == \
        ["a.local", "192.168.0.1", "fd00::1", "lan"]


def test_ciphers_follow_the_processor(tmp_path, monkeypatch):
    """ChaCha20 first where AES is slow."""
    (tmp_path / "pi").write_text("processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\n")
    (tmp_path / "pc").write_text("flags\t\t: fpu sse2 aes avx\n")
    assert tls.helped(tmp_path / "pc") and not tls.helped(tmp_path / "pi") and tls.helped(tmp_path / "none")
    _, cert = certificate(tmp_path)
    for place, first in (("pi", "CHACHA20"), ("pc", "AESGCM")):
        monkeypatch.setattr(tls, "helped", lambda place=place: tls.__dict__["_real"](tmp_path / place), raising=False)
        monkeypatch.setattr(tls, "_real", _helped, raising=False)
        ciphers = [each["name"] for each in tls.context(cert, str(tmp_path / "key.pem")).get_ciphers() if each["protocol"] == "TLSv1.2"]
        assert (first in ciphers[0]) or (first == "AESGCM" and "GCM" in ciphers[0]), ciphers
        assert all("ECDHE" in name for name in ciphers)


    # Of TLS 1.3 OpenSSL's own options say it, which bin/hearth names where the processor has no AES.
    first = subprocess.run([sys.executable, "-c", "import ssl; print(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).get_ciphers()[0]['name'])"], capture_output=True,
                           text=True, check=True, env={**os.environ, "OPENSSL_CONF": str(ROOT / "systemd" / "openssl-chacha.cnf")})
    assert first.stdout == "TLS_CHACHA20_POLY1305_SHA256\n"


_helped = tls.helped


def test_dns_programs_of_the_owner(tmp_path, monkeypatch):
    """Only those in the folder of root; what they say when they fail is told."""
    hook = tmp_path / "mine"
    hook.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/said\n[ "$1" = add ]\n')
    hook.chmod(0o755)
    monkeypatch.setattr(dns, "HOOKS", str(tmp_path))
    dns.add("hook://mine", "_acme-challenge.example.org", "text")
    dns.remove("hook://mine", "_acme-challenge.example.org", "text")
    assert (tmp_path / "said").read_text() == "add _acme-challenge.example.org text\nremove _acme-challenge.example.org text\n"
    for name in ("..", "none", "%2e%2e", "../bin/sh"):
        with pytest.raises(dns.Refused, match="cannot be run"):
            dns.add(f"hook://{name}", "a", "b")
    with pytest.raises(dns.Refused, match="Say who keeps"):
        dns.add("ftp://x", "a", "b")


@wanted("openssl")
def test_files_of_the_options_are_taken_anew(own_server, until, tmp_path):
    """Whoever renews them only writes them; a pair that does not fit is not taken."""
    own_server.stop()
    key, cert = certificate(tmp_path)
    own_server.configure(certificate=cert, key=key)
    own_server.options = ("--listen", "https://127.0.0.1:0")
    own_server.start()
    port = int(own_server.process.stdout.readline().split()[1].rpartition(":")[2])
    before, strict = shown(port, "localhost")
    assert strict
    certificate(tmp_path)
    until(lambda: shown(port, "localhost")[0] != before, 60)


def test_a_missing_file_is_refused(config):
    """With the names of the options."""
    with pytest.raises(errors.Invalid, match="certificate and key"):
        Certificates(replace(config, certificate="/nowhere", key="/nowhere"), Bus()).load()

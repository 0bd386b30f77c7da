"""Who keeps the DNS of our name, and how a TXT record gets there: written as one address in the settings of the certificate.

- ``desec://TOKEN@desec.io``: deSEC, with free names under dedyn.io
- ``duckdns://TOKEN@www.duckdns.org``: Duck DNS, with free names under duckdns.org
- ``rfc2136://KEYNAME:SECRET@SERVER:53``: any server that takes signed updates (RFC 2136), through ``nsupdate``; ``?algorithm=hmac-sha512``
- ``hook://NAME``: the program ``/etc/hearth/hooks.d/NAME``, called with ``add`` or ``remove``, the record's name and its text

``?wait=SECONDS`` says how long it takes until all name servers know a record (60). Another one is another class here and a line in ``KEEPERS``. Runs in the program of certify.py only.
"""
import os
import subprocess
import time
from urllib.parse import parse_qs, unquote, urlsplit

import requests

HOOKS = "/etc/hearth/hooks.d"
SECONDS = 30                                        # for one answer
LIFETIME = 60                                       # seconds; deSEC takes no less than 3600 from most
SETTLE = 60                                         # seconds until all name servers have it


class Refused(Exception):
    """It did not work; the sentence is for a person."""


class Desec:
    """deSEC's API, version 1: https://desec.readthedocs.io/en/latest/dns/rrsets.html"""

    def __init__(self, address):
        self.base, self.token = f"https://{address.netloc.rpartition('@')[2]}/api/v1", unquote(address.username or "")

    def add(self, name, text):
        """Add to what is there."""
        self._write(name, [*self._there(name), f'"{text}"'])

    def remove(self, name, text):
        """Take away what we added."""
        self._write(name, [each for each in self._there(name) if each != f'"{text}"'])

    def _there(self, name):
        domain, subname = self._split(name)
        answer = self._ask("GET", f"/domains/{domain}/rrsets/{subname}/TXT/", wanted=(200, 404))
        return answer.json()["records"] if answer.status_code == 200 else []

    def _write(self, name, texts):
        domain, subname = self._split(name)
        self._ask("PUT", f"/domains/{domain}/rrsets/", json=[{"subname": subname, "type": "TXT", "ttl": 3600, "records": texts}])

    def _split(self, name):
        """The domain that the account holds, and what stands before it."""
        held = [each["name"] for each in self._ask("GET", f"/domains/?owns_qname={name}").json()]
        if not held:
            raise Refused(f"The account at deSEC does not hold the domain of {name}. Is the token the right one?")
        return held[0], name.removesuffix(held[0]).rstrip(".")

    def _ask(self, method, path, wanted=(200, 201, 204), **options):
        answer = _requested(method, self.base + path, headers={"Authorization": f"Token {self.token}"}, timeout=SECONDS, **options)
        if answer.status_code not in wanted:
            raise Refused(f"deSEC answered {answer.status_code}: {answer.text[:200]}")
        return answer


class DuckDns:
    """Duck DNS: one TXT record for a name and all beneath it."""

    def __init__(self, address):
        self.base, self.token = f"https://{address.netloc.rpartition('@')[2]}", unquote(address.username or "")

    def add(self, name, text):
        """Set it."""
        self._ask(name, text, {})

    def remove(self, name, text):
        """Clear it."""
        self._ask(name, text, {"clear": "true"})

    def _ask(self, name, text, more):
        domain = name.removesuffix(".duckdns.org").rpartition(".")[2]
        answer = _requested("GET", f"{self.base}/update", params={"domains": domain, "token": self.token, "txt": text, **more}, timeout=SECONDS)
        if answer.text.strip().split("\n")[0] != "OK":
            raise Refused("Duck DNS did not take the record. Is the token the right one?")


class Update:
    """Signed updates (RFC 2136, RFC 8945), by Debian's nsupdate (package bind9-dnsutils)."""

    def __init__(self, address):
        self.server, self.port = address.hostname, address.port or 53
        self.key, self.secret = unquote(address.username or ""), unquote(address.password or "")
        self.algorithm = parse_qs(address.query).get("algorithm", ["hmac-sha256"])[0]

    def add(self, name, text):
        """Add a record."""
        self._send(f'update add {name} {LIFETIME} TXT "{text}"')

    def remove(self, name, text):
        """Remove that record."""
        self._send(f'update delete {name} TXT "{text}"')

    def _send(self, line):
        script = f"server {self.server} {self.port}\nkey {self.algorithm}:{self.key} {self.secret}\n{line}\nsend\n"
        if any(letter in part for part in (self.server, self.key, self.secret, self.algorithm) for letter in " \n\r"):
            raise Refused("The address of the name server has blanks in it.")
        _run(["nsupdate", "-t", str(SECONDS)], script, "nsupdate (install bind9-dnsutils)")


class Hook:
    """A program of the owner, in a folder where only root writes."""

    def __init__(self, address):
        self.program = os.path.join(HOOKS, os.path.basename(address.hostname or ""))

    def add(self, name, text):
        """Call it to add."""
        _run([self.program, "add", name, text], "", self.program)

    def remove(self, name, text):
        """Call it to remove."""
        _run([self.program, "remove", name, text], "", self.program)


KEEPERS = {"desec": Desec, "duckdns": DuckDns, "rfc2136": Update, "hook": Hook}


def keeper(records):
    """Who keeps the DNS; Refused where nobody knows that address."""
    address = urlsplit(records)
    if address.scheme not in KEEPERS or not address.hostname:
        raise Refused(f"Say who keeps the DNS, as one of {', '.join(f'{name}://…' for name in KEEPERS)}.")
    return KEEPERS[address.scheme](address)


def add(records, name, text):
    """Add a TXT record."""
    keeper(records).add(name, text)


def remove(records, name, text):
    """Take a TXT record away; what does not work is left, it harms nobody."""
    try:
        keeper(records).remove(name, text)
    except Refused:
        pass


def settle(records):
    """Wait until all name servers know it: ``?wait=SECONDS`` in the address, else a minute."""
    said = parse_qs(urlsplit(records).query).get("wait", [""])[0]
    time.sleep(min(int(said), 600) if said.isascii() and said.isdecimal() else SETTLE)


def _requested(method, url, **options):
    """An answer; Refused without the words of the library, which hold the whole address and with it the token."""
    try:
        return requests.request(method, url, **options)
    except requests.RequestException as error:
        raise Refused(f"{urlsplit(url).hostname} cannot be reached ({type(error).__name__}). Is the internet there, and is the address right?") from None


def _run(words, script, what):
    try:
        done = subprocess.run(words, input=script, capture_output=True, text=True, timeout=4 * SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Refused(f"{what} did not end in time.") from None
    except OSError as error:
        raise Refused(f"{what} cannot be run: {error.strerror}.") from None
    if done.returncode:
        raise Refused(f"Keeping the DNS, {what} failed: {(done.stderr or done.stdout).strip()[-300:]}")

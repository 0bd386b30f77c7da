"""Which certificates the box has and shows, and that new ones come long before the old ones end.

Three kinds: ``file``, the two files that the options name, renewed by whoever made them; ``acme``, for a name in the world, from an
authority that everybody trusts; ``own``, for names at home, from our own authority, which is made at the first start. All lie in
``.hearth/keys``, so they come along when the disk moves into another box. A missing or ended one stops nothing: plain HTTP goes on.
"""
import json
import os
import re
import socket
import ssl
import sys
from typing import NamedTuple
from urllib.parse import urlsplit

from appliance.core import clock, errors, events, jobs, log, records
from appliance.identity import roles
from appliance.system import names, tls
from appliance.system.findings import Finding
from appliance.system.programs import run

DIRECTORY = "https://acme-v02.api.letsencrypt.org/directory"
DAY = 86_400
STAGES = ((2, "critical"), (7, "critical"), (21, "warning"))        # days before the end
OWN_DAYS, FRESH_DAYS = 120, 7                       # of our own, when the next one is made; and so old at least is the one before
AGAIN, LATEST = 3600, DAY                           # seconds until the next try after a failure, doubled each time up to the second
TICK = 10                                           # seconds between two looks
SECONDS = 600                                       # for the making of one
_NAME = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
_SECRET = re.compile(r"^([a-z0-9]+://).*@", re.I)  # in the address of who keeps the DNS
_SETTINGS = {"name": "", "challenge": "http-01", "dns": "", "email": "", "directory": DIRECTORY, "agreed": False}


class Shown(NamedTuple):
    """What a certificate says of itself, and the file it was read from."""

    names: tuple
    begins: float
    expires: float
    fingerprint: str
    stamp: tuple


class Trial:
    """How the making of one goes: what went wrong last, and when it is tried again."""

    def __init__(self):
        self.failed, self._count, self._next = "", 0, 0

    def due(self):
        """Whether nothing puts it off."""
        return clock.now() >= self._next

    def ended(self, error=""):
        """It failed, which puts the next one off, longer each time; or it went well."""
        self.failed, self._count = error, self._count + 1 if error else 0
        self._next = clock.now() + min(LATEST, AGAIN << min(self._count - 1, 10)) if error else 0


class Certificates:
    """Those of one box; ``wardrobe`` is what the server wraps its connections with."""

    def __init__(self, config, bus):
        self._config, self._bus, self._folder = config, bus, config.data / ".hearth" / "keys"
        self._proofs = config.cache / "acme"
        self.wardrobe = tls.Wardrobe()
        self._files, self._seen = None, {}          # files of the options; Shown by kind
        self._own, self._public = Trial(), Trial()
        self._unvouched = frozenset()               # names at home that our authority may not vouch for
        self._making, self._worn, self._damaged = False, None, False

    # At start.

    def load(self):
        """Take the files of the options, where there are such: Invalid where they are no certificate. Blocking."""
        if self._config.certificate:
            self._files = _stamp(self._config.certificate), _stamp(self._config.key)
            try:
                self.wardrobe.wear(None, tls.context(self._config.certificate, self._config.key or None), everywhere=True)
            except OSError as error:
                raise errors.Invalid("The options certificate and key want the paths of two PEM files that belong together: "
                                     f"{error.strerror or error}.") from None

    def start(self):
        """Begin to see to them; without waiting for the first."""
        jobs.every(TICK, self.tick, first=0)

    def tick(self):
        """One look: take what is new, make what is missing."""
        if self._config.certificate:
            self._look_at_files()
            return
        if self._wants_own() and self._own.due():
            wanted = names.at_home(self._config.url)
            made = self._make(self._own, "own", names=wanted, title=f"Hearth at home ({socket.gethostname()})")
            self._unvouched = frozenset(wanted) - frozenset(made.get("names", ()))
        self._wear()
        if self.due() and self._public.due():
            self.renew()

    def _look_at_files(self):
        """Whoever renews them (certbot, a proxy) only writes them; half-written pairs are looked at again."""
        found = jobs.blocking(lambda: (_stamp(self._config.certificate), _stamp(self._config.key)))
        if self._read("file", self._config.certificate) and found != self._files:
            try:
                self.wardrobe.wear(None, jobs.blocking(tls.context, self._config.certificate, self._config.key or None), everywhere=True)
                self._files = found
                log.get("tls").info("the certificate was renewed")
            except OSError as error:
                log.get("tls").warning("the new certificate does not fit its key: %s", error)

    def _wants_own(self):
        shown = self._read("own", self._folder / "own.pem")
        if shown is None:
            return True
        # Addresses that have gone do no harm; a new one is worth a new certificate. One that begins later was made while the clock was ahead.
        old = shown.expires - clock.now() < OWN_DAYS * DAY and clock.now() - shown.begins > FRESH_DAYS * DAY
        return old or shown.begins > clock.now() or not set(names.at_home(self._config.url)) <= {*shown.names, *self._unvouched}

    def _wear(self):
        """Show from now on what lies there."""
        own, public = self._read("own", self._folder / "own.pem"), self._read("public", self._folder / "public.pem")
        if public is not None and public.expires < clock.now():
            public = None                           # our own is better than one that ended
        if (own, public) != self._worn:
            self.wardrobe.wear(self._context("own", own), self._context("public", public), public.names if public else ())
            self._worn = own, public
            log.get("tls").info("certificates: %s", ", ".join(" ".join(each.names) for each in (own, public) if each))

    def _context(self, kind, shown):
        """Its TLS; None where there is none. One that does not belong to its key is worth nothing: it goes, and the next look makes another."""
        file = self._folder / f"{kind}.pem"
        try:
            return jobs.blocking(tls.context, file) if shown else None
        except ssl.SSLError as error:
            log.get("tls").warning("%s is damaged, and made again: %s", file, error)
            jobs.bulk(records.remove, file)
            return None

    def _read(self, kind, file):
        """What the certificate in a file says, None where there is none; asked again only where the file is another."""
        stamp = jobs.blocking(_stamp, file)
        if stamp is None:
            return self._seen.pop(kind, None) and None
        if kind not in self._seen or self._seen[kind].stamp != stamp:
            said = self._certify({"do": "read", "file": str(file)})
            if "error" in said:
                log.get("tls").warning("%s cannot be read: %s", file, said["error"])
                return None
            self._seen[kind] = Shown(tuple(said["names"]), said["begins"], said["expires"], said["fingerprint"], stamp)
        return self._seen[kind]

    # From an authority.

    def settings(self):
        """What was asked for: ``{"name", "challenge", "dns", "email", "directory", "agreed"}``."""
        try:
            kept, self._damaged = jobs.blocking(records.read, self._folder / "tls.json") or {}, False
        except errors.Corrupt:                      # what lies there is shown on; ``state`` tells
            kept, self._damaged = {}, True
        return {**_SETTINGS, **kept}

    def choose(self, actor, wanted):
        """Write down what is wanted; Invalid where it cannot be. What is not said stays as it was; an empty name is no certificate."""
        _require(actor)
        if not isinstance(wanted, dict) or not set(wanted) <= set(_SETTINGS) or any(type(value) is not type(_SETTINGS[key]) for key, value in wanted.items()):
            raise errors.Invalid(f"A certificate is asked for with {', '.join(_SETTINGS)}.")
        if not all(value.isprintable() for value in wanted.values() if isinstance(value, str)):
            raise errors.Invalid("There are signs in this that cannot be printed. Type it anew.")
        before = self.settings()
        new = {**before, **wanted}
        if new["dns"] == _without_secret(before["dns"]):    # it comes back as it was shown
            new["dns"] = before["dns"]
        new["name"] = new["name"].strip().lower().rstrip(".")
        if new["name"]:
            if not _NAME.fullmatch(new["name"]) or len(new["name"]) > 253 or names.is_home(new["name"]):
                raise errors.Invalid(f'"{new["name"]}" is no name in the world. It looks like family.example.org; names at home need nothing here.')
            if new["challenge"] not in ("http-01", "dns-01"):
                raise errors.Invalid('The proof is "http-01" (the box is reached from outside at port 80) or "dns-01" (a record in the DNS).')
            if new["name"].startswith("*.") and new["challenge"] != "dns-01":
                raise errors.Invalid("A name with a star is proven in the DNS only (dns-01).")
            if new["challenge"] == "dns-01" and not _is_keeper(new["dns"]):
                raise errors.Invalid("Say who keeps the DNS: desec://TOKEN@desec.io, duckdns://TOKEN@www.duckdns.org, "
                                     "rfc2136://KEY:SECRET@SERVER or hook://NAME. In a secret, / is written %2F, and @ is written %40.")
            if not new["directory"].startswith("https://"):
                raise errors.Invalid("The address of the authority begins with https://.")
            if not new["agreed"]:
                raise errors.Invalid('The authority wants its terms agreed to: send "agreed": true once you have read them.')
        jobs.bulk(records.write, self._folder / "tls.json", new)
        self._bus.publish(events.SettingChanged(actor.id, actor.origin, "certificate", new["name"]))
        self._public = Trial()
        if not new["name"]:
            jobs.bulk(_forget, self._folder / "public.pem")

    def due(self):
        """Whether a certificate from outside is wanted now: none there, for another name, or a third of its time left."""
        name = self.settings()["name"]
        if not name or self._config.certificate:
            return False
        shown = self._read("public", self._folder / "public.pem")
        return shown is None or name not in shown.names or clock.now() > shown.expires - (shown.expires - shown.begins) / 3

    def renew(self):
        """Order one now and show it; False where that failed, which is told by ``state`` and tried again later."""
        said = self.settings()
        if not said["name"] or self._making:
            return not said["name"]
        self._making = True
        try:
            self._make(self._public, "order", names=[said["name"]], directory=said["directory"], challenge=said["challenge"], email=said["email"],
                       records=said["dns"], proofs=str(self._proofs))
        finally:
            self._making = False
        self._wear()
        return not self._public.failed

    def order(self, actor):
        """Order one in the background, whatever was put off."""
        _require(actor)
        jobs.soon(self.renew)

    def proof(self, token):
        """What the authority wants to see at ``/.well-known/acme-challenge/<token>``, in bytes; None where we do not know it."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{20,200}", token):
            return None
        return jobs.blocking(_content, self._proofs / token)

    def _make(self, trial, what, **more):
        """Let one be made; what came of it, and ``trial`` keeps what went wrong for whoever asks."""
        try:
            said = self._certify({"do": what, "folder": str(self._folder), **more})
        except errors.HouseError as error:
            said = {"error": str(error)}
        trial.ended(said.get("error", ""))
        if trial.failed:
            log.get("tls").warning("no certificate: %s", trial.failed)
        return said

    def _certify(self, asked):
        """Ask the program that makes them."""
        done = run([sys.executable, "-m", "appliance.system.certify"], input=json.dumps(asked).encode(), seconds=SECONDS,
                   environ={name: value for name, value in os.environ.items() if name in ("PYTHONPATH", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY")})
        try:
            return json.loads(done.out)
        except ValueError:
            return {"error": f"The program that makes certificates failed: {(done.err.strip().splitlines() or ['it said nothing'])[-1][:300]}"}

    # How it is.

    def shown(self, actor):
        """The same as ``state``, and what was asked for without its secrets, for who may see to it."""
        _require(actor)
        said = self.settings()
        return {**self.state(), "working": self._making, "wanted": {**said, "dns": _without_secret(said["dns"])}}

    def look(self):
        """Read what lies there, for ``state``."""
        if self._config.certificate:
            self._read("file", self._config.certificate)
        else:
            for kind in ("own", "public"):
                self._read(kind, self._folder / f"{kind}.pem")

    def state(self):
        """How it is: ``{"kind", "names", "expires": seconds or None, "state": well, warning or critical, "text", "ca"}``."""
        secure = any(listen.secure for listen in self._config.listen)
        kind = "file" if self._config.certificate else "acme" if self.settings()["name"] else "own"
        shown, failed = self._seen.get({"file": "file", "acme": "public", "own": "own"}[kind]), self._failed(kind)
        ca = "/ca.crt" if "own" in self._seen else None
        if not secure:
            return {"kind": "none", "names": [], "expires": None, "state": "well", "text": "No address of this box speaks HTTPS.", "ca": None}
        if self._damaged:
            state, text = "warning", "What was asked for is forgotten, because its record is damaged. Ask for the certificate again."
        elif shown is None:
            state, text = "warning", failed or "There is no certificate yet; one is being made."
        else:
            state, text = self._judge(shown, kind)
        return {"kind": kind, "names": list(shown.names) if shown else [], "expires": shown.expires if shown else None, "state": state, "text": text,
                "ca": ca, "fingerprint": shown.fingerprint if shown else None}

    def _failed(self, kind):
        return {"own": self._own, "acme": self._public}[kind].failed if kind != "file" else ""

    def _judge(self, shown, kind):
        failed = self._failed(kind)
        left = (shown.expires - clock.now()) / DAY
        if left < 0:
            return "critical", f"The certificate has ended: phones and computers refuse to connect. {failed or _mend(kind)}"
        for days, state in STAGES:
            if left < days:
                return state, f"The certificate ends in {max(1, round(left))} days and no new one has come. {failed or _mend(kind)}"
        if kind == "acme" and self.settings()["name"] not in shown.names:
            return "warning", failed or "A certificate for the new name is being ordered."
        return "well", {"acme": "Everybody's phones and computers trust this certificate. It is renewed by itself.",
                        "own": "Phones and computers trust this box once its certificate authority is on them: /ca shows how.",
                        "file": "The certificate is that of the options; whoever put it there renews it."}[kind]

    def findings(self):
        """What a person should know of it, for the health of the box."""
        said = self.state()
        shown = said["expires"]
        if said["state"] == "well" or shown is None and not self._failed(said["kind"]) and not self._damaged:
            return []
        return [Finding("certificate", said["state"], said["text"], "Look at the certificate in the administration of the box.",
                        {"days": round((shown - clock.now()) / DAY)} if shown else {})]

    def ca(self):
        """Our authority's certificate in PEM, in bytes; NotFound where there is none."""
        found = jobs.blocking(_content, self._folder / "ca.crt")
        if found is None:
            raise errors.NotFound("This box has no certificate authority of its own: nothing needs to be installed.")
        return found


def _is_keeper(address):
    """Whether it says who keeps the DNS; dns.py has them."""
    try:
        parts = urlsplit(address)
        parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "hook" or parts.scheme in ("desec", "duckdns", "rfc2136") and bool(parts.username))


def _without_secret(address):
    return _SECRET.sub(r"\1…@", address)


def _require(actor):
    roles.require(actor, "Settings.ReadWrite")
    if actor.token:
        raise errors.Forbidden("Sign in yourself for this; an app token may not.")


def _mend(kind):
    return "Look at what renews it." if kind == "file" else "The box tries again by itself; is the internet in reach?"


def _stamp(file):
    """What changes when a file is replaced; None where there is none."""
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def _content(file):
    try:
        with open(file, "rb") as opened:
            return opened.read(65_536)
    except OSError:
        return None


def _forget(file):
    records.remove(file)

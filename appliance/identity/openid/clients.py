"""The programs that may ask for a sign-in: OpenCloud's and ownCloud's own, and those that an administrator adds.

Only the first kind gets at files: the tokens of an added one say who somebody is and open nothing here.
"""
import hmac
import re
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from appliance.core import clock, errors, ids, log, records
from appliance.identity.accounts import checked_text

PART = "clients"
MOST, REDIRECTS, LONGEST = 100, 10, 500
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True)
class Client:
    """A program; ``secret`` is a hash, "" for a public one, which cannot keep any."""

    id: str
    name: str
    redirects: tuple                                # exact addresses, but that a loopback one takes any port
    logout: tuple = ()                              # where a browser may go after signing out
    secret: str = field(default="", repr=False)
    built_in: bool = False
    trusted: bool = False                           # needs no page that asks the person
    created: float = 0.0

    def takes(self, address):
        """Whether an answer may be sent to this address."""
        return address in self.redirects or self.native and any(_same(address, each, self.built_in) for each in self.redirects)

    @property
    def native(self):
        """Whether it may run on the person's own machine: it has no secret, or one that everybody knows."""
        return not self.trusted and (self.built_in or not self.secret)

    def has_secret(self, secret):
        """Whether this is the client's secret."""
        return bool(self.secret) and hmac.compare_digest(self.secret, _hash(secret))


def _built_in(id, name, redirects, logout=(), secret=""):
    return Client(id, name, tuple(redirects), tuple(logout), _hash(secret) if secret else "", True)


def _hash(secret):
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


_DESKTOP = ("http://127.0.0.1", "http://localhost")
# ownCloud's secrets stand in the programs that everybody can download, so they prove nothing; PKCE does.
_BUILT_IN = {client.id: client for client in (
    _built_in("OpenCloudDesktop", "OpenCloud Desktop", _DESKTOP),
    _built_in("OpenCloudAndroid", "OpenCloud for Android", ["oc://android.opencloud.eu"], ["oc://android.opencloud.eu"]),
    _built_in("OpenCloudIOS", "OpenCloud for iOS", ["oc://ios.opencloud.eu"], ["oc://ios.opencloud.eu"]),
    _built_in("xdXOt13JKxym1B1QcEncf2XDkLAexMBFwiT9j6EfhhHFJhs2KM9jbjTmf8JBXE69", "ownCloud Desktop", _DESKTOP, (),
              "UBntmLjC2yYCeHwsyj73Uwo9TAaecAetRwMw0xYcvNL9yRdLSUi0hUAHfvCHFeFh"),
    _built_in("e4rAsNUSIUs0lF4nbv9FmCeUkTlV9GdgTLDH1b5uie7syb90SzEVrbN7HIpmWJeD", "ownCloud for Android", ["oc://android.owncloud.com"],
              ["oc://android.owncloud.com"], "dInFYGV33xKzhbRmpqQltYNdfLdJIfJ9L5ISoKhNoT9qZftpdWSP71VrpGR9pmoD"),
    _built_in("mxd5OQDk6es5LzOzRvidJNfXLUZS2oN3oUFeXPP8LpPrhx3UroJFduGEYIBOxkY1", "ownCloud for iOS", ["oc://ios.owncloud.com"],
              ["oc://ios.owncloud.com"], "KFeFWWEZO9TkisIQzR3fo7hfiMXlOpaqP8CFuTbSHzV1TUuGECglPxpiVKJfOXIx"),
)}


def _web(url):
    return Client("web", "Hearth", (f"{url}/", f"{url}/oidc-callback.html", f"{url}/oidc-silent-redirect.html"), (f"{url}/", url),
                  built_in=True, trusted=True)


class Clients:
    """All of them."""

    def __init__(self, folder):
        self._folder, self._path = folder, folder.path / PART

    def find(self, id, url):
        """The client of that id, or None; ``url`` is where this box is, which is where its own web client lives."""
        if id == "web":
            return _web(url)
        if id in _BUILT_IN:
            return _BUILT_IN[id]
        return self._folder.look(_get, self._path, id) if _ID.fullmatch(id) else None

    def list(self):
        """The clients that were added, by name."""
        return sorted(self._folder.look(_all, self._path), key=lambda client: client.name)

    def add(self, name, redirects, logout=(), public=False):
        """Add one; answers the Client and its secret, "" for a public one, which is never seen again. Invalid."""
        name = checked_text(name, "name of the program", 100)
        if not name or not 0 < len(redirects) <= REDIRECTS or len(logout) > REDIRECTS:
            raise errors.Invalid(f"A program needs a name and one to {REDIRECTS} addresses to send people back to.")
        secret = "" if public else ids.token(160)
        client = Client(ids.new(), name, tuple(map(_checked, redirects)), tuple(map(_checked, logout)), _hash(secret) if secret else "",
                        created=clock.now())
        self._folder.change(_add, self._path, client)
        return client, secret

    def remove(self, id):
        """Remove one that was added. NotFound."""
        if not _ID.fullmatch(id) or not self._folder.change(_remove, self._path, id):
            raise errors.NotFound("There is no such program.")


def _checked(address):
    """An address that an administrator gave to send people back to; Invalid."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
        parts.port                                  # noqa: B018 - raises where it is none
    except ValueError:
        parts, host = None, None
    fine = parts is not None and len(address) <= LONGEST and address.isascii() and address.isprintable() and " " not in address \
        and not parts.fragment and "@" not in parts.netloc and "\\" not in address and "*" not in address
    if fine and parts.scheme in ("http", "https"):
        fine = bool(host) and (parts.scheme == "https" or host in _LOOPBACK)
    elif fine:
        fine = "." in parts.scheme                  # of an app: a name turned round, such as org.example.app (RFC 8252 §7.1)
    if not fine:
        raise errors.Invalid(f'"{address[:100]}" is no address to send people back to. It is https://…, http://127.0.0.1…, or that of an '
                             "app, like org.example.app:/back.")
    return address


def _same(address, registered, built_in):
    """Whether an address is the one registered on another port of the loopback (RFC 8252 §7.3)."""
    if not address.isascii() or not address.isprintable() or "\\" in address or "#" in address:
        return False
    try:
        given, known = urlsplit(address), urlsplit(registered)
        port = given.port
    except ValueError:
        return False
    if known.scheme != "http" or known.hostname not in _LOOPBACK or given.scheme != "http" or "@" in given.netloc:
        return False
    host = f"[{given.hostname}]" if ":" in (given.hostname or "") else given.hostname
    if given.hostname != known.hostname or given.netloc != (host if port is None else f"{host}:{port}"):
        return False
    anywhere = built_in and known.path in ("", "/")  # the desktop programs add a path of their own making
    return anywhere or (given.path or "/", given.query) == (known.path or "/", known.query)


def _get(path, id):
    try:
        record = records.read(path / f"{id}.json")
        return record and Client(**{**record, "redirects": tuple(record["redirects"]), "logout": tuple(record["logout"])})
    except (TypeError, KeyError, errors.Corrupt):
        log.get("identity").error("the record %s of a program is damaged, or of a later program", id)
        return None


def _all(path):
    found = [_get(path, each.stem) for each in path.iterdir() if _ID.fullmatch(each.stem)]
    return [each for each in found if each is not None]


def _add(path, client):
    if len(_all(path)) >= MOST:
        raise errors.Invalid("There are too many programs. Remove one first.")
    records.write(path / f"{client.id}.json", asdict(client))


def _remove(path, id):
    there = (path / f"{id}.json").exists()
    records.remove(path / f"{id}.json")
    return there

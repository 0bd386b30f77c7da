"""The factors of everybody, kept beside their passwords, and changed under the lock of the folder so that a code works once."""
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from appliance.core import clock, errors, ids, jobs, records
from appliance.identity import credentials
from appliance.identity.accounts import checked_text
from appliance.identity.factors import passkey, recovery, totp

PASSKEYS = 20                                       # of one account
WRONG = "This code does not fit. Take the newest one that the app shows."


@dataclass(frozen=True)
class State:
    """Which factors an account has."""

    totp: float | None = None                       # since when, seconds since 1970
    passkeys: tuple = ()                            # {id, label, created, used}
    recovery: int = 0                               # codes left
    step: int = -1                                  # the last step of the clock that a code was used of
    password: str = field(default="", repr=False)   # the hash of the one that goes with them

    @property
    def any(self):
        """Whether a password is not enough."""
        return self.totp is not None or bool(self.passkeys)

    @property
    def kinds(self):
        """What may be shown: otp, passkey, recovery."""
        return tuple(name for name, has in (("otp", self.totp is not None), ("passkey", self.passkeys),
                                            ("recovery", self.any and self.recovery)) if has)


class Factors:
    """Adds, spends and removes factors. Accounts are given by their ids."""

    def __init__(self, folder):
        self._folder, self._path = folder, folder.path

    def of(self, account):
        """The State of an account."""
        return self._folder.look(_state_of, self._path, account)

    @staticmethod
    def new_totp():
        """A fresh secret for an authenticator app; it counts nothing before ``add_totp``."""
        return totp.new()

    @staticmethod
    def is_secret(text):
        """Whether this is a secret as ``new_totp`` makes them."""
        return totp.is_secret(text)

    @staticmethod
    def totp_uri(secret, name, url):
        """What the QR code for an authenticator app says; ``url`` tells two boxes apart."""
        return totp.uri(secret, name, f"Hearth {urlsplit(url).hostname}")

    def add_totp(self, account, secret, code, first=False):
        """Make a secret count once a code of it was shown; answers recovery codes to print, none where there are some. Invalid.

        As the ``first`` factor it takes the place of no other: AlreadyExists.
        """
        step = totp.step(secret, _digits(code)) if totp.is_secret(secret) else None
        if step is None:
            raise errors.Invalid(WRONG)
        codes = recovery.new()
        return codes if self._folder.change(_add_totp, self._path, account, secret, step, codes, first) else ()

    def add_passkey(self, account, answer, url, challenge, label):
        """Keep a passkey that a browser made; answers recovery codes as ``add_totp`` does. Invalid."""
        label = checked_text(label, "name of the passkey", 64) or "Passkey"
        made = jobs.bulk(passkey.created, answer, url, challenge)
        made |= {"label": label, "created": clock.now(), "used": None}
        codes = recovery.new()
        return codes if self._folder.change(_add_passkey, self._path, account, made, codes) else ()

    def remove(self, account, kind, id=""):
        """Remove ``totp`` or a ``passkey``; with the last one the recovery codes go, too. NotFound."""
        self._folder.change(_remove, self._path, account, kind, id)

    def reset(self, account):
        """Remove all factors."""
        self._folder.change(_reset, self._path, account)

    def renew_recovery(self, account):
        """Ten new recovery codes; the old ones end. Invalid where there is no factor to recover."""
        codes = recovery.new()
        self._folder.change(_renew, self._path, account, codes)
        return codes

    def rescue(self, account):
        """A code that an administrator tells somebody; once, for ten minutes."""
        code = recovery.new(1)[0]
        self._folder.change(_rescue, self._path, account, code)
        return code

    def spend(self, account, code):
        """Use a code up: ``otp``, ``recovery`` or ``rescue``; None where it is none of them."""
        if len(code) > 64:
            return None
        return self._folder.change(_spend, self._path, account, code)

    def creation(self, account, url, challenge):
        """The options for a new passkey of an Account."""
        return jobs.bulk(passkey.creation, account, url, challenge, [each["id"] for each in self.of(account.id).passkeys])

    def request(self, url, challenge, account=None):
        """The options for using a passkey; one of an account, given by its id, or any."""
        return jobs.bulk(passkey.request, url, challenge, [each["id"] for each in self.of(account).passkeys] if account else ())

    def spend_passkey(self, answer, url, challenge, account=None):
        """Judge the use of a passkey; the id of its account. Unauthenticated."""
        named, id = jobs.bulk(passkey.owner, answer)
        account = account or named
        kept = self._folder.look(_passkey, self._path, account, id) if ids.is_uuid(account) else None
        if kept is None or named not in ("", account):
            raise errors.Unauthenticated(passkey.REFUSED)
        count = jobs.bulk(passkey.used, answer, url, challenge, kept)
        self._folder.change(_count, self._path, account, id, count)
        return account


def state(record):
    """The State that a record of credentials holds."""
    kept = record.get("totp") or {}
    passkeys = tuple({name: each.get(name) for name in ("id", "label", "created", "used")} for each in record.get("passkeys", ()))
    return State(kept.get("since"), passkeys, len(record.get("recovery", ())), kept.get("step", -1),
                 record.get("password", ""))


def _digits(code):
    return "".join(code.split())


def _read(path, account):
    if not (path / "accounts" / f"{account}.json").is_file():
        raise errors.NotFound()
    return credentials.read(credentials.path(path, account))


def _state_of(path, account):
    return state(_read(path, account))


def _write(path, account, record):
    records.write(credentials.path(path, account), {name: value for name, value in record.items() if value not in (None, [], {})})


def _first(record, codes):
    """Keep these recovery codes where there are none; whether they were kept."""
    if state(record).any and record.get("recovery"):
        return False
    record["recovery"] = [recovery.hashed(code) for code in codes]
    return True


def _add_totp(path, account, secret, step, codes, first):
    record = _read(path, account)
    if first and state(record).any:
        raise errors.AlreadyExists("There is a second factor already.")
    kept = _first(record, codes)
    _write(path, account, {**record, "totp": {"secret": secret, "since": clock.now(), "step": step}, "rescue": None})
    return kept


def _add_passkey(path, account, made, codes):
    record = _read(path, account)
    passkeys = record.get("passkeys", [])
    if len(passkeys) >= PASSKEYS:
        raise errors.Invalid("There are too many passkeys. Remove one first.")
    if any(each["id"] == made["id"] for each in passkeys):
        raise errors.AlreadyExists("This passkey is there already.")
    kept = _first(record, codes)
    _write(path, account, {**record, "passkeys": [*passkeys, made], "rescue": None})
    return kept


def _remove(path, account, kind, id):
    record = _read(path, account)
    if kind == "totp" and record.get("totp"):
        record["totp"] = None
    elif kind == "passkey" and any(each["id"] == id for each in record.get("passkeys", ())):
        record["passkeys"] = [each for each in record["passkeys"] if each["id"] != id]
    else:
        raise errors.NotFound("There is no such factor.")
    if not state(record).any:
        record["recovery"] = None
    _write(path, account, record)


def _reset(path, account):
    record = _read(path, account)
    _write(path, account, {name: record[name] for name in record.keys() - {"totp", "passkeys", "recovery", "rescue"}})


def _renew(path, account, codes):
    record = _read(path, account)
    if not state(record).any:
        raise errors.Invalid("There is no second factor yet. Add one first.")
    _write(path, account, {**record, "recovery": [recovery.hashed(code) for code in codes]})


def _rescue(path, account, code):
    _write(path, account, {**_read(path, account), "rescue": recovery.rescue(code)})


def _spend(path, account, code):
    record = _read(path, account)
    kept, digits, hashed = record.get("totp"), _digits(code), recovery.hashed(code)
    if len(digits) == 6 and digits.isascii() and digits.isdecimal():
        step = totp.step(kept["secret"], digits, kept["step"]) if kept else None
        if step is None:
            return None
        record["totp"], method = {**kept, "step": step}, "otp"
    elif hashed in record.get("recovery", ()) and state(record).any:
        record["recovery"], method = [each for each in record["recovery"] if each != hashed], "recovery"
    elif recovery.is_rescue(record.get("rescue"), code):
        record["rescue"], method = None, "rescue"
    else:
        return None
    _write(path, account, record)
    return method


def _passkey(path, account, id):
    record = credentials.read(credentials.path(path, account))
    return next((each for each in record.get("passkeys", ()) if each["id"] == id), None)


def _count(path, account, id, count):
    record = _read(path, account)
    for each in record.get("passkeys", ()):
        if each["id"] == id:
            if count and count <= each["count"]:    # somebody was faster with the same count: a copied key
                raise errors.Unauthenticated(passkey.REFUSED)
            each |= {"count": count, "used": clock.now()}
            break
    else:
        raise errors.Unauthenticated(passkey.REFUSED)
    _write(path, account, record)

"""App tokens: passwords that a machine made for one program. 160 random bits need no slow hash, so SHA-256 is enough."""
import contextlib
import hashlib
import hmac
import os
import re
from dataclasses import asdict, dataclass, field, replace

from appliance.core import clock, errors, ids, jobs, log, records
from appliance.identity.accounts import checked_text

PART = "apps"
KEPT = 30 * 86_400                                  # seconds that one is listed after it has expired
MOST = 100                                          # of one account
USED_EVERY = 300                                    # seconds between two notes of the last use
_SECRET = re.compile("[a-z2-7]{32}")
_ID = re.compile("[0-9a-f]{20}")
_NAME = re.compile(r"([0-9a-f-]{36})\.([0-9a-f]{20})\.json")     # of a record: the account, the token


@dataclass(frozen=True)
class Token:
    """One app token, without its secret."""

    id: str                                         # the first 80 bits of the secret's hash: found without searching
    hash: str = field(repr=False)                   # SHA-256 of the secret, hex
    account: str = ""
    label: str = ""
    created: float = 0.0                            # seconds since 1970
    expires: float | None = None                    # None never
    used: float | None = None                       # written at most every five minutes
    address: str = ""                               # from where, that time
    read_only: bool = False
    folder: str = ""                                # the id of the only folder it reaches, "" for everything

    @property
    def expired(self):
        return self.expires is not None and clock.now() >= self.expires


class Tokens:
    """The app tokens of everybody."""

    def __init__(self, folder):
        self._folder, self._path = folder, folder.path / PART
        _rename_old(self._path)

    def create(self, account, label="", seconds=None, read_only=False, folder=""):
        """Make a token for an account, by its id; answers the secret, which is never seen again, and the Token.

        ``read_only`` and the id of a ``folder`` make it good for less than everything. Conflict where there are too many.
        """
        secret, now = ids.token(160), clock.now()
        label = checked_text(label, "label")
        token = Token(_hash(secret)[:20], _hash(secret), account, label, now, None if seconds is None else now + seconds,
                      read_only=read_only, folder=folder)
        self._folder.change(_create, self._path, token)
        return secret, token

    def of(self, account):
        """The tokens of an account, oldest first."""
        return sorted(self._folder.look(_all, self._path, account), key=lambda token: token.created)

    def revoke(self, token_id, account=None):
        """Take a token away at once; NotFound where there is none, or it is not of that account."""
        self._folder.change(_revoke, self._path, token_id, account)

    def revoke_all(self, account):
        """Take away all tokens of an account."""
        self._folder.change(_revoke_all, self._path, account)

    def find(self, secret, account):
        """The token of an account that this is the secret of, or None."""
        token = self.get(_hash(secret)[:20], account) if _SECRET.fullmatch(secret) else None
        return token if token and hmac.compare_digest(token.hash, _hash(secret)) else None

    def get(self, token_id, account):
        """The token of that id, or None where the account has no such token or it has expired."""
        token = self._folder.look(_get, self._path, account, token_id) if _ID.fullmatch(token_id) else None
        return None if token is None or token.expired else token

    def tidy(self):
        """Remove what expired a month ago; until then its owner sees why a program gets in no more."""
        self._folder.change(_tidy, self._path)

    def file(self, token):
        """Where a token lies, relative to the folder of the people."""
        return f"{PART}/{_name(token.account, token.id)}"

    def note_use(self, token, address):
        """Write down that a token was used, in a while and not too often."""
        if token.used is None or abs(clock.now() - token.used) > USED_EVERY:
            jobs.soon(self._note, token, address)

    def _note(self, token, address):
        try:
            self._folder.change(_note, self._path, token.account, token.id, clock.now(), address or "")
        except errors.HouseError as error:          # a full disk must not keep anybody from signing in
            log.get("identity").warning("the last use of token %s could not be kept: %s", token.id, error)


def _hash(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


def _name(account, token_id):
    return f"{account}.{token_id}.json"


def _get(path, account, token_id):
    return _read(path / _name(account, token_id))


def _read(file):
    """A token, or None: also where its record is damaged, or says what only a later program understands. It opens nothing then."""
    try:
        record = records.read(file)
        return record and Token(**record)
    except (TypeError, errors.Corrupt):
        log.get("identity").error("the record %s of an app token is damaged, or of a later program", file.name)
        return None


def _put(path, token):
    records.write(path / _name(token.account, token.id), asdict(token))


def _create(path, token):
    if len(_files(path, token.account)) >= MOST:
        _remove(path, [each for each in _all(path, token.account) if each.expired])
        if len(_files(path, token.account)) >= MOST:
            raise errors.Conflict(f"There are {MOST} app tokens already. End those that are used no more.")
    _put(path, token)


def _files(path, account=None, token_id=None):
    """The records of an account, of that id, or all."""
    named = [(name, _NAME.fullmatch(name)) for name in os.listdir(path)]
    return [path / name for name, part in named if part and account in (None, part[1]) and token_id in (None, part[2])]


def _all(path, account=None):
    return [token for token in map(_read, _files(path, account)) if token is not None]


def _revoke(path, token_id, account):
    files = _files(path, account, token_id)
    if not files:
        raise errors.NotFound("There is no such token.")
    for file in files:
        records.remove(file)


def _revoke_all(path, account):
    for file in _files(path, account):
        records.remove(file)


def _note(path, account, token_id, used, address):
    token = _get(path, account, token_id)
    if token is not None and (token.used is None or abs(used - token.used) > USED_EVERY):    # it may be revoked by now
        _put(path, replace(token, used=used, address=address))


def _tidy(path):
    _remove(path, [token for token in _all(path) if token.expires is not None and token.expires + KEPT < clock.now()])


def _remove(path, tokens):
    for token in tokens:
        records.remove(path / _name(token.account, token.id))


def _rename_old(path):
    """Give tokens of before the first release their names: they lay under their ids alone."""
    for file in path.glob("?" * 20 + ".json"):
        token = _read(file)
        if token is not None:
            with contextlib.suppress(FileNotFoundError):    # another process was faster
                file.rename(path / _name(token.account, token.id))

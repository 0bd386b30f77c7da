"""Sessions: what a person has opened by signing in, in a browser or in a program that asked for it by OpenID.

A session is opened only after everything that the account asks for has been shown; who is half signed in has none. Its
secret is kept as a hash. A program's secret, which is its refresh token, changes each time it is used: the next one is derived
from it and a salt that never leaves the box, so that every earlier one can be told from a wrong one (RFC 9700 §4.14.2).
"""
import hashlib
import hmac
import re
import secrets as randomness
from base64 import b32encode
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace

from appliance.core import clock, errors, ids, jobs, log, records

PART = "sessions"
DAY = 86_400                                        # seconds
BROWSER = (14 * DAY, 90 * DAY)                      # a browser's session ends when idle so long, and at the latest then
PASSING = (DAY // 2, DAY)                           # the same on a machine that is not one's own
CLIENT = (30 * DAY, 365 * DAY)                      # a program's
GRACE = 30                                          # seconds in which a program may ask again whose answer was lost
USED_EVERY = 300                                    # seconds between two notes of the last use
MOST = 100                                          # of one account; the longest unused makes room
TURNS = 200_000                                     # of a secret: a year of one every three minutes
_ID = re.compile(r"[0-9a-f-]{36}\.[0-9a-f]{20}")


@dataclass(frozen=True)
class Session:
    """Something that a person has opened."""

    id: str                                         # the account's id, a dot, 20 digits
    hash: str = field(repr=False)                   # SHA-256 of the secret
    salt: str = field(repr=False)
    account: str = ""
    client: str = ""                                # the OpenID client's id, "" for a browser
    device: str = ""                                # what it says it is
    address: str = ""                               # from where it was used last
    created: float = 0.0                            # seconds since 1970
    used: float = 0.0                               # written at most every five minutes
    idle: float = 0.0                               # seconds without use after which it ends
    expires: float = 0.0                            # the latest end
    authenticated: float = 0.0                      # when the person last showed who they are
    methods: tuple = ()                             # by what: pwd, otp, recovery, rescue, passkey
    scope: tuple = ()                               # what an OpenID client was granted
    turns: int = 0                                  # how often the secret has changed
    turned: float = 0.0                             # when it last did

    @property
    def over(self):
        """Whether it has come to its end."""
        now = clock.now()
        return not self.created - DAY <= now < min(self.expires, self.used + self.idle)


class Sessions:
    """The sessions of everybody."""

    def __init__(self, folder, directory):
        self._folder, self._directory, self._path = folder, directory, folder.path / PART

    def open(self, account, *, methods, client="", device="", address="", limits=None, authenticated=None, scope=()):
        """Open one for an account, by its id; answers its secret, which is never seen again, and the Session.

        ``limits`` are the seconds it may be idle and last.
        """
        idle, lasts = limits or (CLIENT if client else BROWSER)
        now, id = clock.now(), f"{account}.{randomness.token_hex(10)}"
        secret = f"{id}.{ids.token(160)}"
        session = Session(id, _hash(secret), randomness.token_hex(20), account, client, device[:200], address, now, now, idle,
                          now + lasts, authenticated or now, tuple(methods), tuple(scope))
        self._folder.change(_open, self._path, session)
        return secret, session

    def find(self, secret):
        """The session that this is the secret of; None where there is none, it is over, or its account may not sign in.

        A program's secret that was used before ends its session: one of the two who know it stole it.
        """
        id = secret.rpartition(".")[0]
        if len(secret) > 200 or not _ID.fullmatch(id):
            return None
        session = self.get(id)
        if session is None:
            return None
        age = self._folder.look(_age, session, secret) if _hash(secret) != session.hash else 0
        if age == 0 or age == 1 and session.client and clock.now() - session.turned < GRACE:
            return session
        if age is not None and session.client:
            log.get("identity").warning("a refresh token of %s for %s was used twice; the session is ended", session.account, session.client)
            with suppress(errors.NotFound):         # somebody else used it again at the same moment
                self.end(session.id)
        return None

    def get(self, id):
        """The session of that id, or None; see ``find``."""
        if not _ID.fullmatch(id):
            return None
        session = self._folder.look(_get, self._path, id)
        if session is None or session.over:
            return None
        account = self._directory.look().accounts.get(session.account)
        return session if account is not None and account.enabled else None

    @staticmethod
    def file(id):
        """Where a session of ours lies, relative to the folder of the people."""
        return f"{PART}/{id}.json"

    def of(self, account):
        """The sessions of an account, the last used first."""
        every = self._folder.look(_of, self._path, account)
        return sorted((session for session in every if not session.over), key=lambda session: -session.used)

    def rotate(self, session, secret, **changes):
        """Give a session its next secret, which is answered; ``secret`` is the one that ``find`` took.

        ``changes`` are members to set with it: a new secret goes with every rise of privilege. None where it ended meanwhile.
        """
        new = _next(session.salt, secret)
        kept = self._folder.change(_turn, self._path, session.id, _hash(secret), _hash(new), changes)
        return new if kept else None

    def touch(self, session, address):
        """Note that a session is used, in a while and not too often."""
        if clock.now() - session.used > USED_EVERY or session.used > clock.now():
            jobs.soon(self._touch, session.id, clock.now(), address)

    def end(self, id, account=None):
        """End a session at once; NotFound where there is none, or it is not of that account."""
        if not _ID.fullmatch(id) or account not in (None, id.partition(".")[0]):
            raise errors.NotFound("There is no such session.")
        self._folder.change(_end, self._path, id)

    def end_all(self, account, but=""):
        """End all sessions of an account but one."""
        self._folder.change(end_all, self._folder.path, account, but)

    def tidy(self):
        """Remove what is over."""
        self._folder.change(_tidy, self._path)

    def _touch(self, id, used, address):
        try:
            self._folder.change(_note, self._path, id, used, address or "")
        except errors.HouseError as error:          # a full disk must not end what people are doing
            log.get("identity").warning("the last use of a session could not be kept: %s", error)


def end_all(folder, account, but=""):
    """End all sessions of an account. Blocking, under the lock of the folder of people."""
    for session in _of(folder / PART, account):
        if session.id != but:
            records.remove(_file(folder / PART, session.id))


def _hash(secret):
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _next(salt, secret):
    digest = hmac.digest(salt.encode(), secret.encode("utf-8", "surrogatepass"), "sha256")[:20]
    return f"{secret.rpartition('.')[0]}.{b32encode(digest).decode().lower()}"


def _age(session, secret):
    """How many turns ago this was the session's secret; None where it never was. Blocking: a microsecond a turn."""
    for age in range(session.turns + 1):
        if hmac.compare_digest(_hash(secret), session.hash):
            return age
        secret = _next(session.salt, secret)
    return None


def _file(path, id):
    return path / f"{id}.json"


def _get(path, id):
    """A session, or None: also where its record is damaged, or of a later program. It opens nothing then."""
    try:
        record = records.read(_file(path, id))
        return record and Session(**{**record, "methods": tuple(record["methods"]), "scope": tuple(record["scope"])})
    except (TypeError, KeyError, errors.Corrupt):
        log.get("identity").error("the record %s of a session is damaged, or of a later program", id)
        return None


def _put(path, session):
    records.write(_file(path, session.id), asdict(session))


def _of(path, account):
    names = [each.stem for each in path.iterdir() if each.name.startswith(f"{account}.") and _ID.fullmatch(each.stem)]
    return [session for session in (_get(path, name) for name in names) if session is not None]


def _open(path, session):
    others = sorted(_of(path, session.account), key=lambda each: each.used)
    for each in [each for each in others if each.over] + others[:max(0, len(others) + 1 - MOST)]:
        records.remove(_file(path, each.id))
    _put(path, session)


def _turn(path, id, before, after, changes):
    session = _get(path, id)
    if session is None or session.over or session.turns >= TURNS or session.hash not in (before, after):
        return False
    now = clock.now()
    if session.hash == before:                      # else the same program asks again, whose answer was lost
        session = replace(session, hash=after, turns=session.turns + 1, turned=now)
    _put(path, replace(session, used=now, **changes))
    return True


def _note(path, id, used, address):
    session = _get(path, id)
    if session is not None:                         # it may have ended by now
        _put(path, replace(session, used=used, address=address))


def _end(path, id):
    if not _file(path, id).exists():
        raise errors.NotFound("There is no such session.")
    records.remove(_file(path, id))


def _tidy(path):
    for file in list(path.iterdir()):
        if _ID.fullmatch(file.stem) and (session := _get(path, file.stem)) is not None and session.over:
            records.remove(file)

"""Signing in with a name and a secret: an app token, or a password where that is all that is asked for.

Programs send both with every request. So a secret that was right is remembered in memory for five minutes, only as a keyed
hash, only for the network it came from (else strangers who must wait could ask the memory about as many guesses as they like),
and only while the file that holds its hash on the disk is the same. One that was wrong is remembered too: a program that
goes on with an old password guesses nothing new, and must not keep its owner out by being counted again and again.
"""
import hmac
import math
import secrets
from typing import NamedTuple

from gevent.event import AsyncResult

from appliance.core import clock, errors, events, records
from appliance.identity import credentials, passwords
from appliance.identity.accounts import Account
from appliance.identity.actor import Actor
from appliance.identity.factors.kept import state
from appliance.identity.folder import stamp
from appliance.identity.policy import Policy
from appliance.identity.throttle import network

REMEMBERED = 300                                    # seconds
MOST = 1_000                                        # secrets in memory
WRONG = "Wrong name or password."


class Remembered(NamedTuple):
    """A secret that was right."""

    account: str                                    # its id
    method: str
    file: str                                       # that holds the secret's hash
    stamp: tuple                                    # of that file
    since: float                                    # seconds since 1970
    until: float
    token: object = None                            # the Token that it was the secret of


class Refused(NamedTuple):
    """A secret that was wrong."""

    account: Account | None                         # that the name belonged to, as it was then
    policy: Policy                                  # of that time, too
    file: str
    stamp: tuple | None
    since: float
    until: float


class SignIn:
    """Turns a name and a secret into an Actor."""

    def __init__(self, folder, directory, tokens, throttle, bus):
        self._folder, self._directory, self._tokens, self._throttle, self._bus = folder, directory, tokens, throttle, bus
        self._key = secrets.token_bytes(32)
        self._remembered = {}                       # keyed hash of name and secret -> Remembered, oldest first
        self._refused = {}                          # the same -> Refused; apart, so that strangers push nobody out
        self._asked = {}                            # the same -> AsyncResult, while somebody computes

    def actor(self, name, secret, origin):
        """The Actor; Unauthenticated, with one text for every reason, or TooManyAttempts."""
        key = hmac.digest(self._key, f"{network(origin.address)} {len(name)} {name}{secret}".encode("utf-8", "surrogatepass"), "sha256")
        found = self._recall(key)
        if found is None:
            self._recall_refused(key, name, origin)
            found = self._together(key, name, secret, origin)
        return found

    def _recall(self, key):
        known = self._remembered.get(key)
        if known is None:
            return None
        everybody, mark = self._directory.look_with(known.file)
        account = everybody.accounts.get(known.account)
        if account is None or not account.enabled or mark != known.stamp or not known.since <= clock.now() < known.until \
                or known.method == "password" and everybody.policy.requires(account):
            self._remembered.pop(key, None)
            return None
        return actor(everybody, account, known.method, known.token)

    def _recall_refused(self, key, name, origin):
        """Refuse at once what was wrong before, while nothing about the account has changed."""
        known = self._refused.get(key)
        if known is None:
            return
        everybody, mark = self._directory.look_with(known.file)
        if (everybody.account(name), everybody.policy, mark) != (known.account, known.policy, known.stamp) \
                or not known.since <= clock.now() < known.until:
            self._refused.pop(key, None)
            return
        self._refuse(known.account, origin)

    def failed(self, account, origin):
        """Tell that somebody could not sign in as an Account, or as nobody."""
        self._bus.publish(events.SignInFailed("", origin, account.id if account else ""))

    def _refuse(self, account, origin):
        self.failed(account, origin)
        raise errors.Unauthenticated(WRONG)

    def _succeeded(self, account, origin, method, token=""):
        """Tell that a program signed in; with what it remembers, the next requests are not told."""
        self._bus.publish(events.SignedIn(account.id, origin, account.id, account.name, (method,), token=token))

    def _together(self, key, name, secret, origin):
        """Programs open several connections at once: the first one computes, the others wait for its answer."""
        asked = self._asked.get(key)
        if asked is not None:
            return asked.get()
        asked = self._asked[key] = AsyncResult()
        try:
            found = self._judge(key, name, secret, origin)
            asked.set(found)
            return found
        except Exception as error:
            asked.set_exception(error)
            raise
        except BaseException:                       # this connection was cut; the others may ask again
            asked.set_exception(errors.Unavailable(retry_after=1))
            raise
        finally:
            del self._asked[key]

    def _judge(self, key, name, secret, origin):
        everybody = self._directory.look()
        account = everybody.account(name)
        token = self._tokens.find(secret, account.id) if account is not None and account.enabled else None
        if token is not None:
            self._tokens.note_use(token, origin.address)
            file = self._tokens.file(token)
            self._remember(key, account, "token", file, self._folder.look(stamp, self._folder.path / file), token)
            self._succeeded(account, origin, "token", token.id)
            return actor(everybody, account, "token", token)
        factors, mark = self._password(key, name, account, secret, origin)
        if factors.any or everybody.policy.requires(account):
            self._refuse_for_good(key, account, mark, origin)
        self._remember(key, account, "password", _file(account), mark)
        self._succeeded(account, origin, "password")
        return actor(everybody, account, "password")

    def password(self, name, secret, origin):
        """The Account whose password this is, and the State of its second factors, which are still to be shown.

        For people in a browser; Unauthenticated and TooManyAttempts as for programs.
        """
        key = hmac.digest(self._key, f"{len(name)} {name}{secret} in person".encode("utf-8", "surrogatepass"), "sha256")
        self._recall_refused(key, name, origin)
        account = self._directory.look().account(name)
        return account, self._password(key, name, account, secret, origin)[0]

    def _password(self, key, name, account, secret, origin):
        """Compare with the password of an account, or take as long where there is none; the State of the second factors."""
        attempt = self._throttle.attempt(name, account and account.id, origin.address)
        mark, kept = self._folder.look(_credentials, self._folder.path / _file(account))
        try:
            fits = passwords.fits(kept.get("password"), secret)
        except errors.TooManyAttempts:              # the queue was full: nobody has looked at this one
            self._throttle.taken_back(attempt)
            raise
        if not fits or not account.enabled:
            self._refuse_for_good(key, account, mark, origin)
        self._throttle.succeeded(attempt)
        return state({**kept, "password": self._renew(account, kept["password"], secret)}), mark

    def _refuse_for_good(self, key, account, mark, origin):
        now = clock.now()
        _keep(self._refused, key, Refused(account, self._directory.seen.policy, _file(account), mark, now, now + REMEMBERED))
        self._refuse(account, origin)

    def _remember(self, key, account, method, file, mark, token=None):
        if mark is None:
            return                                  # revoked in this moment
        now = clock.now()
        until = min(now + REMEMBERED, token.expires if token and token.expires is not None else math.inf)
        _keep(self._remembered, key, Remembered(account.id, method, file, mark, now, until, token))

    def _renew(self, account, kept, secret):
        """Hash a password anew where the cost has changed since; answers what is kept then."""
        if passwords.is_outdated(kept):
            try:
                return self._folder.change(_replace, self._folder.path, account.id, kept, passwords.hashed(secret))
            except (errors.QuotaExceeded, errors.Unavailable, errors.TooManyAttempts):
                pass                                # next time
        return kept


def actor(everybody, account, method, token=None):
    """The Actor for an account as of now, who may do less where a ``token`` was shown that says so."""
    scope = {"token": token.id, "read_only": token.read_only, "folder": token.folder} if token else {}
    return Actor(account.id, account.name, account.display_name, "account", account.role, method, account.quota,
                 groups=tuple(group.id for group in everybody.groups_of(account.id)), **scope)


def _keep(memory, key, value):
    if len(memory) >= MOST:
        del memory[next(iter(memory))]
    memory[key] = value


def _file(account):
    return f"credentials/{account.id if account else 'nobody'}.json"


def _credentials(file):
    """The stamp of a file of credentials, taken before it is read, and what it holds."""
    return stamp(file), credentials.read(file)


def _replace(path, account, before, after):
    file = credentials.path(path, account)
    record = credentials.read(file)
    if record.get("password") == before:
        records.write(file, {**record, "password": after})
        return after
    return before

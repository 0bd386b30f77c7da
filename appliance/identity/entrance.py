"""Signing in as a person, in a browser: a password, then whatever else the account asks for, then a session.

Who has shown only the password has nothing yet: their sign-in is a few lines in the memory of this program, which open no
door, end after ten minutes, and are gone when the program stops.
"""
import secrets
import time
from dataclasses import dataclass, field, replace

from appliance.core import clock, errors, events
from appliance.identity import sessions
from appliance.identity.factors import passkey, totp

LASTS = 600                                         # seconds from the password to the last factor
MOST = 500                                          # sign-ins at once; the oldest makes room
UNCLEAR = ("This box does not know the time, so codes of an authenticator app cannot be checked. Connect it to the network and wait a "
           "minute, or use a recovery code.")
OVER = "This sign-in took too long. Begin again."


@dataclass(frozen=True)
class Pending:
    """A sign-in that has begun."""

    id: str = field(repr=False)                     # only this browser knows it
    since: float = 0.0
    account: object = None                          # the Account, or None before anything was shown
    methods: tuple = ()                             # what was shown
    kinds: tuple = ()                               # what may be shown next: otp, passkey, recovery
    enrol: bool = False                             # a second factor is required, and there is none yet
    challenge: bytes = b""                          # for a passkey
    password: str = field(default="", repr=False)   # the hash of the one that was shown

    @property
    def complete(self):
        """Whether everything has been shown that the account asks for."""
        return self.account is not None and not self.enrol and bool(set(self.methods) - {"pwd"} or not self.kinds)


class Entrance:
    """The state machine: each step gives a new Pending in place of the one before."""

    def __init__(self, directory, sign_in, factors, sessions, throttle, bus):
        self._directory, self._sign_in, self._factors, self._sessions = directory, sign_in, factors, sessions
        self._throttle, self._bus = throttle, bus
        self._pending, self._begun = {}, {}         # by id: with an account, and without; apart, so that strangers push nobody out

    def find(self, id):
        """The Pending of that id; Unauthenticated where it took too long or there is none."""
        pending = self._pending.get(id) or self._begun.get(id)
        if pending is None or not pending.since - 60 <= clock.now() < pending.since + LASTS:
            raise errors.Unauthenticated(OVER)
        if pending.password and self._factors.of(pending.account.id).password != pending.password:
            raise errors.Unauthenticated(OVER)      # it was changed meanwhile, perhaps because a stranger knew it
        return pending

    def password(self, name, secret, origin):
        """Begin with a name and a password. Unauthenticated says the same whatever was wrong."""
        account, state = self._sign_in.password(name, secret, origin)
        required = self._directory.look().policy.requires(account)
        return self._keep(Pending("", clock.now(), account, ("pwd",), state.kinds, required and not state.any, password=state.password))

    def code(self, id, code, origin):
        """Show a code of the app, of the printed ones, or an administrator's."""
        pending = self.find(id)
        if pending.account is None or not pending.kinds:
            raise errors.Invalid("No code is asked for.")
        who = f"factor-{pending.account.id}"
        state = self._factors.of(pending.account.id)
        if len("".join(code.split())) == 6 and clock.is_wrong(state.step * totp.SECONDS - totp.SECONDS):
            raise errors.Unavailable(UNCLEAR)
        attempt = self._throttle.attempt(who, who, origin.address)
        method = self._factors.spend(pending.account.id, code)
        if method is None:
            self._sign_in.failed(pending.account, origin)
            doubt = f" The clock of this box may be wrong: it shows {_shown()}." if clock.is_doubtful() else ""
            raise errors.Unauthenticated("This code does not fit, or it was used before. Wait for the next one." + doubt)
        self._throttle.succeeded(attempt)
        return self._step(pending, method)

    def challenge(self, url, id=""):
        """What the browser asks a passkey; answers the Pending, begun here without an ``id``, and the options as JSON."""
        challenge = secrets.token_bytes(passkey.CHALLENGE)
        pending = replace(self.find(id), challenge=challenge) if id else Pending("", clock.now(), challenge=challenge)
        options = self._factors.request(url, challenge, pending.account and pending.account.id)
        self._drop(pending)
        return self._keep(pending), options

    def creation(self, account, url):
        """What the browser needs to make a passkey for an Account that is signed in; an id for ``created``, and the options as JSON."""
        challenge = secrets.token_bytes(passkey.CHALLENGE)
        options = self._factors.creation(account, url, challenge)
        return self._keep(Pending("", clock.now(), account, challenge=challenge, enrol=True)).id, options

    def created(self, id, account):
        """The challenge that went with ``creation``; once. Unauthenticated."""
        pending = self.find(id)
        if not pending.challenge or pending.account is None or pending.account.id != account.id:
            raise errors.Unauthenticated(passkey.REFUSED)
        self._drop(pending)
        return pending.challenge

    def passkey(self, id, answer, url, origin):
        """Show a passkey: beside a password, or instead of everything."""
        pending = self.find(id)
        if not pending.challenge:
            raise errors.Unauthenticated(passkey.REFUSED)
        attempt = self._throttle.attempt(f"passkey {origin.address}", None, origin.address)
        self._drop(pending)                         # a challenge is good once
        try:
            account = self._factors.spend_passkey(answer, url, pending.challenge, pending.account and pending.account.id)
        except errors.Unauthenticated:
            self._sign_in.failed(pending.account, origin)
            raise
        found = self._directory.look().accounts.get(account)
        if found is None or not found.enabled:
            raise errors.Unauthenticated(passkey.REFUSED)
        self._throttle.taken_back(attempt)
        return self._step(replace(pending, account=found), "passkey")

    def enrol(self, id, secret, code, origin):
        """Add an authenticator app because one is required; answers the Pending and the recovery codes."""
        pending = self.find(id)
        if not pending.enrol or not pending.methods:
            raise errors.Invalid("No second factor is asked for.")
        who = f"factor-{pending.account.id}"
        attempt = self._throttle.attempt(who, who, origin.address)
        try:
            codes = self._factors.add_totp(pending.account.id, secret, code, first=True)
        except errors.AlreadyExists:                # they have one by now, and who is here did not show it
            self._drop(pending)
            raise errors.Unauthenticated(OVER) from None
        self._throttle.succeeded(attempt)
        return self._step(replace(pending, enrol=False), "otp"), codes

    def open(self, id, device, origin, lasting):
        """Open the session that was asked for; its secret and the Session. Forbidden where something is still to be shown."""
        pending = self.find(id)
        account = pending.account and self._directory.look().accounts.get(pending.account.id)
        if account is not None:                     # what was enough when they began may be too little by now
            state = self._factors.of(account.id)
            pending = replace(pending, kinds=state.kinds, enrol=self._directory.look().policy.requires(account) and not state.any)
        if not pending.complete or account is None or not account.enabled:
            raise errors.Forbidden("Something is still missing. Begin again.")
        del self._pending[id]
        limits = sessions.BROWSER if lasting else sessions.PASSING
        secret, session = self._sessions.open(account.id, methods=pending.methods, device=device, address=origin.address, limits=limits)
        self._bus.publish(events.SignedIn(account.id, origin, account.id, account.name, pending.methods, session.id))
        return secret, session

    def forget(self, account):
        """End what an account has begun."""
        self._pending = {id: each for id, each in self._pending.items() if each.account.id != account}

    def _step(self, pending, method):
        """The sign-in has got on, so it gets a new id."""
        self._drop(pending)
        return self._keep(replace(pending, methods=(*pending.methods, method), challenge=b""))

    def _drop(self, pending):
        self._pending.pop(pending.id, None)
        self._begun.pop(pending.id, None)

    def _keep(self, pending):
        kept = self._begun if pending.account is None else self._pending
        while len(kept) >= MOST:
            del kept[next(iter(kept))]
        pending = replace(pending, id=secrets.token_urlsafe(24))
        kept[pending.id] = pending
        return pending


def _shown():
    return time.strftime("%H:%M on %d %B %Y", time.gmtime(clock.now())) + " (UTC)"

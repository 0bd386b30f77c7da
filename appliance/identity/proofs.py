"""Passwords that are nobody's: of links. Guessing them is slowed just as at a sign-in, and they are kept as costly hashes just the same.

Programs send one with every request, so one that was right, or wrong, is remembered in memory, only as a keyed hash of what was compared and of the
network it came from: else a stranger who must wait would learn from the memory of somebody else's visit, as often as they like, whether a guess is right.
"""
import hmac
import secrets

from gevent.lock import BoundedSemaphore

from appliance.core import errors
from appliance.identity import passwords
from appliance.identity.throttle import network

MOST = 1_000                                        # answers in memory


class Proofs:
    """Compares passwords with what is kept of them."""

    def __init__(self, throttle):
        self._throttle, self._key = throttle, secrets.token_bytes(32)
        self._known = {True: {}, False: {}}         # right and wrong ones, oldest first; apart, so that strangers push nobody out
        self._turn = BoundedSemaphore(1)            # of programs that ask on several connections at once, the first one computes

    def fits(self, what, kept, password, origin):
        """Whether a password is the one kept as a hash for the thing of that id. TooManyAttempts."""
        key = hmac.digest(self._key, f"{what} {kept} {network(origin.address)} {password}".encode("utf-8", "surrogatepass"), "sha256")
        known = self._recall(key)
        if known is not None:
            return known
        with self._turn:
            known = self._recall(key)
            return self._judge(key, what, kept, password, origin) if known is None else known

    def _recall(self, key):
        return next((answer for answer, keys in self._known.items() if key in keys), None)

    def _judge(self, key, what, kept, password, origin):
        attempt = self._throttle.attempt(what, what, origin.address)
        try:
            fits = passwords.fits(kept, password)
        except errors.TooManyAttempts:              # the queue was full: nobody has looked at this one
            self._throttle.taken_back(attempt)
            raise
        if fits:
            self._throttle.taken_back(attempt)
        keys = self._known[fits]
        if len(keys) >= MOST:
            del keys[next(iter(keys))]
        keys[key] = None
        return fits

"""The keys that sign tokens, and the tokens: JSON Web Tokens (RFC 7519) with RS256, which every OpenID client understands.

A key is published a day before it signs, so that who keeps the list of keys for a while knows it by then, and it is kept until
the last token that it signed is over. joserfc does the signing; it is loaded when the first token is made or shown.
"""
import base64
import hashlib
from typing import NamedTuple

from appliance.core import clock, errors, ids, jobs, log, records

FILE = "keys/openid.json"
DAY = 86_400                                        # seconds
LASTS = 90 * DAY                                    # a key signs so long
TOKENS = 300                                        # seconds a token is good
LONGEST = 8_192                                     # characters of a token that is looked at
ALGORITHM = "RS256"
BITS = 2048


class Keys(NamedTuple):
    """The keys of a moment."""

    every: tuple                                    # joserfc keys, all that are published
    signing: object
    until: float                                    # when to look again


class Issuer:
    """Makes and reads tokens."""

    def __init__(self, folder):
        self._folder, self._kept = folder, None

    def published(self):
        """The public keys as a JWK Set (RFC 7517 §5)."""
        return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": ALGORITHM} for key in self._keys().every]}

    def sign(self, claims, kind="JWT"):
        """A token with these claims."""
        key = self._keys().signing
        return jobs.bulk(_sign, {"alg": ALGORITHM, "kid": key.kid, "typ": kind}, claims, key)

    def read(self, token, kind):
        """The claims of a token of ours that is of this kind, whatever its age; None for anything else."""
        if len(token) > LONGEST or token.count(".") != 2:
            return None
        return jobs.bulk(_read, token, kind, self._keys().every)

    def _keys(self):
        now = clock.now()
        if self._kept is None or not self._kept.until - DAY <= now < self._kept.until:
            path = self._folder.path / FILE
            kept = self._folder.look(_kept, path)
            if not kept["keys"] or _next_change(kept["keys"]) <= now:
                kept = self._folder.change(_turn, path)
            self._kept = self._folder.look(_loaded, kept["keys"])
        return self._kept


def half_hash(token):
    """What goes into an id token to bind another token to it (OpenID Connect Core §3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).decode().rstrip("=")


def _kept(path):
    """The record of the keys; none where it is damaged, so that new ones are made. Every token of the old ones has ended then."""
    try:
        return records.read(path) or {"keys": []}
    except errors.Corrupt:
        log.get("identity").error("the keys that sign tokens are damaged; new ones are made, and programs fetch new tokens")
        return {"keys": []}


def _signing(keys, now):
    """The newest key that everybody has had the time to fetch; the oldest where there is none."""
    return max((each for each in keys if each["created"] + DAY <= now), key=lambda each: each["created"], default=keys[0])


def _next_change(keys):
    """When there is something to do: a successor to make, or a key to drop."""
    now, newest = clock.now(), keys[-1]["created"]
    if len(keys) > 1:
        return keys[1]["created"] + DAY + 2 * TOKENS
    return newest + LASTS if newest <= now else now


def _turn(path):
    """Make a successor where it is time, and drop what nobody needs. Blocking, under the lock."""
    from joserfc.jwk import RSAKey
    now, before = clock.now(), _kept(path)["keys"]
    keys = before
    if len(keys) > 1 and keys[1]["created"] + DAY + 2 * TOKENS <= now:
        keys = keys[1:]
    if not keys or keys[-1]["created"] + LASTS <= now or keys[-1]["created"] > now + DAY:
        made = RSAKey.generate_key(BITS, {"kid": ids.new()}, private=True)
        keys = [*keys, {"created": now, "key": made.as_dict(private=True)}][-2:]
    record = {"keys": keys}
    if keys != before:                              # by a clock that was turned back there is nothing to do
        records.write(path, record)
    return record


def _loaded(keys):
    from joserfc.jwk import RSAKey
    now = clock.now()
    every = {each["created"]: RSAKey.import_key(each["key"]) for each in keys}
    turn = keys[-1]["created"] + DAY                # from then on the newest signs; see _signing
    until = min(now + DAY / 24, max(now + 1, _next_change(keys)), turn if turn > now else now + DAY)
    return Keys(tuple(every.values()), every[_signing(keys, now)["created"]], until)


def _sign(head, claims, key):
    from joserfc import jwt
    return jwt.encode(head, claims, key, algorithms=[ALGORITHM])


def _read(token, kind, keys):
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet
    try:
        found = jwt.decode(token, KeySet(list(keys)), algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return found.claims if found.header.get("typ") == kind and isinstance(found.claims, dict) else None

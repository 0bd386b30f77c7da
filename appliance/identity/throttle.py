"""Slows guessing, before anything costly is computed.

Who has signed in from this network before has a counter of their own, which nobody else can fill. All others share three:
the account's, their network's, and that of the whole house. A counter that is full drains by one every so many seconds,
so nobody ever waits longer than a minute, and nobody can be locked out for good.
"""
import hashlib
import ipaddress
import math
from typing import NamedTuple

import gevent

from appliance.core import clock, errors, jobs, log, records
from appliance.identity.accounts import folded

FILE = "throttle/counters.json"
SAVE = 20                                           # seconds between two looks at whether to write; spares a memory card
NETWORKS = 8                                        # remembered of each account
MOST = 5_000                                        # counters


class Limit(NamedTuple):
    """So many attempts at once, then one more every so many seconds."""

    burst: int
    seconds: int


LIMITS = {"own": Limit(10, 60), "account": Limit(10, 60), "network": Limit(60, 10), "house": Limit(100, 3)}


class Throttle:
    """Counts attempts that failed."""

    def __init__(self, folder):
        self._folder = folder
        self._counters = None                       # key -> (filled, when); None until read
        self._known = {}                            # account id -> networks it signed in from, last one last
        self._writer, self._changed = None, False

    def attempt(self, name, account, address):
        """Count an attempt before it is judged, and answer what ``succeeded`` wants; TooManyAttempts where it must wait.

        ``account`` is the id that belongs to the name, or None; unknown names are counted all the same.
        """
        self._read()
        here = network(address)
        name = hashlib.sha256(folded(name).encode("utf-8", "surrogatepass")).hexdigest()[:16]    # it may be a password, typed too early
        if here in self._known.get(account, ()):
            keys = [f"own {account} {here}"]
        else:
            keys = [f"account {account or name}", f"network {here}", "house"]
        wait = max(self._wait(key) for key in keys)
        if wait > 0:
            raise errors.TooManyAttempts(retry_after=math.ceil(wait))
        self._add(keys, 1)
        return account, here, keys

    def taken_back(self, attempt):
        """The attempt was none after all: do not count it."""
        self._add(attempt[2], -1)

    def succeeded(self, attempt):
        """Take the attempt back, and know the account in this network from now on."""
        self.taken_back(attempt)
        account, here, _ = attempt
        networks = self._known.setdefault(account, [])
        if here not in networks:
            self._known[account] = [*networks, here][-NETWORKS:]

    def networks(self, account):
        """The networks that an account signed in from."""
        self._read()
        return self._known.get(account, [])

    def forget(self, account):
        """Nothing of an account is left."""
        self._read()
        self._known = {key: networks for key, networks in self._known.items() if account not in key}
        self._counters = {key: value for key, value in self._counters.items() if account not in key}
        self._write()

    def close(self):
        """Write down what is not written yet."""
        if self._writer is not None:
            self._writer.kill()
            self._writer = None
        if self._changed:
            self._write()

    def _filled(self, key):
        now = clock.now()
        filled, when = self._counters.get(key, (0, 0))
        if when > now:                              # the clock was turned back; else it would be full until that day comes
            self._counters[key] = filled, when = filled, now
        return max(0.0, filled - (now - when) / LIMITS[key.partition(" ")[0]].seconds)

    def _wait(self, key):
        limit = LIMITS[key.partition(" ")[0]]
        return max(0.0, self._filled(key) + 1 - limit.burst) * limit.seconds

    def _add(self, keys, number):
        now = clock.now()
        for key in keys:
            self._counters[key] = (max(0.0, self._filled(key) + number), now)
        if len(self._counters) > MOST:
            self._counters = dict(sorted(self._counters.items(), key=lambda item: item[1][1])[MOST // 2:])
        self._changed = True
        if self._writer is None:
            self._writer = jobs.soon(self._write_later)

    def _read(self):
        if self._counters is not None:
            return
        try:
            kept = self._folder.look(records.read, self._folder.path / FILE) or {}
            counters = {key: tuple(value) for key, value in kept.get("counters", {}).items() if key.partition(" ")[0] in LIMITS}
            known = {account: list(networks) for account, networks in kept.get("known", {}).items()}
        except (errors.Corrupt, AttributeError, TypeError):
            log.get("identity").error("the counters of failed sign-ins are damaged; they begin anew")
            counters, known = {}, {}
        if self._counters is None:
            self._counters, self._known = counters, known

    def _write_later(self):
        gevent.sleep(SAVE)
        self._writer = None
        self._write()

    def _write(self):
        self._counters = {key: value for key, value in self._counters.items() if self._filled(key)}
        kept, self._changed = {"counters": self._counters, "known": self._known}, False
        try:
            self._folder.change(records.write, self._folder.path / FILE, kept)
        except errors.HouseError as error:          # a full or missing disk must not keep anybody from signing in
            self._changed = True
            log.get("identity").warning("the counters of failed sign-ins could not be kept: %s", error)


def network(address):
    """The network that an address is counted with: /24, or /56 of IPv6."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 56), strict=False))

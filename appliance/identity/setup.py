"""The one-time code with which whoever reads the box's own output makes the first account."""
import hashlib
import hmac

from appliance.core import clock, errors, ids, records

FILE = "setup.json"
LIFETIME = 24 * 3600                                # seconds
BITS = 80                                           # 16 letters, so that it can be typed; trying is throttled
GONE = "This box is set up already. Sign in, or ask its administrator for an account."
STALE = "This set-up link is not the latest one. Start the server again; it prints a new one."


def make(path):
    """Write down a new code, only as a hash, and answer it. Blocking, under the lock."""
    code = ids.token(BITS)
    records.write(path / FILE, {"hash": _hash(code), "expires": clock.now() + LIFETIME})
    return code


def forget(path):
    """Let no code open anything any more. Blocking, under the lock."""
    records.remove(path / FILE)


def check(path, code):
    """Forbidden where the code is not the one that was made last, or is too old. Blocking."""
    kept = records.read(path / FILE) or {}
    fits = hmac.compare_digest(str(kept.get("hash", "")), _hash(code))
    if not fits or not clock.now() < kept.get("expires", 0):
        raise errors.Forbidden(STALE)


def _hash(code):
    return hashlib.sha256(code.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()

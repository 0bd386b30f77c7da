"""The one-time code with which whoever reads the box's own output makes the first account, and how far they got with the set-up then."""
import hashlib
import hmac

from appliance.core import clock, errors, ids, records

FILE = "setup.json"
LIFETIME = 24 * 3600                                # seconds
STEPS = ("factor", "place", "family", "space", "phone")     # after the account; each may be put off
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
    if not _step(path):
        records.remove(path / FILE)


def step(path):
    """The step of STEPS that the set-up has got to, None where it is over. Blocking."""
    return _step(path)


def go_on(path, step):
    """Begin with a step, or None: all is done. Nobody is sent back. Blocking, under the lock."""
    before = _step(path)
    if step is None:
        records.remove(path / FILE)
    elif before is None or STEPS.index(step) > STEPS.index(before):
        records.write(path / FILE, {"step": step})


def _step(path):
    try:
        kept = (records.read(path / FILE) or {}).get("step")
    except errors.Corrupt:
        return None
    return kept if kept in STEPS else None


def check(path, code):
    """Forbidden where the code is not the one that was made last, or is too old. Blocking."""
    kept = records.read(path / FILE) or {}
    fits = hmac.compare_digest(str(kept.get("hash", "")), _hash(code))
    if not fits or not clock.now() < kept.get("expires", 0):
        raise errors.Forbidden(STALE)


def _hash(code):
    return hashlib.sha256(code.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()

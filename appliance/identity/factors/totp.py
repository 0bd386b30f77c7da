"""One-time codes by the clock (RFC 6238): six digits, thirty seconds, SHA-1, which is what every authenticator app knows."""
import hmac

import pyotp

from appliance.core import clock

SECONDS = 30
DRIFT = 1                                           # steps that a phone's clock may be off


def new():
    """A fresh secret: 160 bits in base32."""
    return pyotp.random_base32(32)


def is_secret(text):
    """Whether this is a secret as ``new`` makes them."""
    return len(text) == 32 and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def uri(secret, name, issuer):
    """The address that authenticator apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step(secret, code, last=-1):
    """The step whose code this is, later than ``last``; None where it is none: a code works once."""
    now = int(clock.now()) // SECONDS
    totp = pyotp.TOTP(secret)
    found = [each for each in range(now - DRIFT, now + DRIFT + 1) if hmac.compare_digest(totp.generate_otp(each), code)]
    return next((each for each in found if each > last), None)

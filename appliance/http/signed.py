"""Addresses that let in by themselves, for downloads that a browser or a program makes without signing in.

Two kinds: a client signs with the key it got from us (``OC-Signature``), or we sign for ``oc:downloadURL``
(``oc-jwt-sig``, as OpenCloud calls it; what is in it is our own affair). Both stand on the account's signing key, so that
they end with it, and both only ever read. An address made for an app token also ends with that, and reaches no further; the key
itself is not for app tokens.
"""
import binascii
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timezone
from urllib.parse import parse_qsl, unquote, urlencode

from appliance.core import clock, errors, ids, jobs

DOWNLOAD_SECONDS = 30 * 60
ROUNDS, LENGTH = 10_000, 32                         # of PBKDF2, as the clients compute it
_SIGNED = ("OC-Credential", "OC-Date", "OC-Expires", "OC-Verb")
_SIGNATURE = ("OC-Algo", "OC-Signature")
_turns = jobs.Turns(2, 30)                          # a wrong signature costs some 10 ms; strangers can send many


def actor(people, environ):
    """The Actor that a signed address speaks for, or None where it is not signed; Unauthenticated where that is wrong."""
    query = environ.get("QUERY_STRING", "")
    if "oc-jwt-sig=" in query:
        return _ours(people, environ, query)
    if "OC-Signature=" in query:
        return _theirs(people, environ, query)
    return None


def downloads(people, actor, base, folder):
    """Answer a function that turns the names of files in ``folder`` (an absolute path with a slash at its end) and their hrefs
    (the whole path, percent-encoded) into addresses to download them, good for half an hour.

    ``base`` is the scheme and host that the client used. Made once for a whole listing: it reads the key, and what all the
    texts to be sealed begin with is sealed once.
    """
    expires = int(clock.now()) + DOWNLOAD_SECONDS
    begun = _seal(_key(people, actor.id), expires, actor.token, "", folder.encode())
    head = f"?oc-jwt-sig={actor.id}.{expires}.{actor.token}."

    def addresses(names, hrefs):
        found = []
        for name, href in zip(names, hrefs, strict=True):
            seal = begun.copy()
            seal.update(name.encode())
            found.append(f"{base}{href}{head}{seal.hexdigest()}")
        return found
    return addresses


def download_url(people, actor, base, href):
    """One address to download a file from."""
    folder, slash, name = unquote(href).rpartition("/")
    return downloads(people, actor, base, folder + slash)([name], [href])[0]


def _key(people, account):
    """The signing key of an account, as the text that clients use."""
    key = people.signing_key(account)
    if len(key) < 64:                               # an empty key once opened every file of ownCloud (CVE-2023-49105)
        raise errors.Unauthenticated()
    return key


def _seal(key, expires, token, query, path):
    """The hash of a path, which may go on; half the time of an HMAC."""
    text = b"download\n%d\n%b\n%b\n%b" % (expires, token.encode(), query.encode(), path)    # a path may hold anything, so it is last
    return hashlib.blake2b(text, key=key.encode()[:64], digest_size=20)


def _ours(people, environ, query):
    fields = _fields(query)
    sealed = [value for name, value in fields if name == "oc-jwt-sig"]
    account, expires, token, seal = sealed[0].split(".") if len(sealed) == 1 and sealed[0].count(".") == 3 else ("", "", "", "")
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not ids.is_uuid(account) or not re.fullmatch("[0-9]{1,12}", expires):
        raise errors.Unauthenticated()
    if int(expires) < clock.now():
        raise errors.Unauthenticated("This download address has expired.")
    known = people.actor(account, method="signature", token=token)
    others = urlencode([field for field in fields if field[0] != "oc-jwt-sig"])
    wanted = _seal(_key(people, known.id), int(expires), token, others, environ["PATH_INFO"].encode("latin-1")).hexdigest()
    if not hmac.compare_digest(seal.encode(), wanted.encode()):
        raise errors.Unauthenticated()
    return known


def _theirs(people, environ, query):
    fields = _fields(query)
    given = dict(fields)
    if len([name for name, _ in fields if name in _SIGNED]) != 4 or any(name not in given for name in _SIGNED + _SIGNATURE):
        raise errors.Unauthenticated()
    if given["OC-Verb"] != "GET" or environ["REQUEST_METHOD"] != "GET" or given["OC-Algo"] != f"PBKDF2/{ROUNDS}-SHA512":
        raise errors.Unauthenticated()
    if not _is_fresh(given["OC-Date"], given["OC-Expires"]):
        raise errors.Unauthenticated("This signed address has expired.")
    try:
        known = people.actor(given["OC-Credential"], method="signature")
    except errors.Unauthenticated:                  # a name that nobody has costs as much as a wrong signature
        known = None
    try:
        signature = binascii.unhexlify(given["OC-Signature"])
    except ValueError:
        raise errors.Unauthenticated() from None
    key = _key(people, known.id) if known else secrets.token_hex(64)
    with _turns:
        fits = jobs.bulk(_fits, _texts(environ, query, fields), key, signature)
    if not fits or known is None:
        raise errors.Unauthenticated()
    return known


def _fields(query):
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=100, errors="strict")
    except ValueError:
        raise errors.Unauthenticated() from None


def _is_fresh(date, seconds):
    """Whether ``date`` (RFC 3339) plus so many seconds is still to come."""
    try:
        begun = datetime.fromisoformat(date)
    except ValueError:
        return False
    begun = begun if begun.tzinfo else begun.replace(tzinfo=timezone.utc)
    return re.fullmatch("[0-9]{1,9}", seconds) is not None and begun.timestamp() + int(seconds) > clock.now()


def _texts(environ, query, fields):
    """What the client may have signed: the address as it stands in the request, or with its parameters in OpenCloud's order."""
    path, base = environ["RAW_PATH"], environ["hearth.url"]
    plain = "&".join(part for part in query.split("&") if part.partition("=")[0] not in _SIGNATURE)
    others = sorted((field for field in fields if field[0] not in _SIGNED + _SIGNATURE), key=lambda field: field[0])
    signed = sorted(field for field in fields if field[0] in _SIGNED)
    ordered = urlencode(others + signed)
    texts = [f"{base}{path}?{plain}", f"{base}{path}?{ordered}", f"{base}{path.replace('$', '%24', 1)}?{ordered}"]
    return list(dict.fromkeys(texts))


def _fits(texts, key, signature):
    """Blocking: about 10 ms a text."""
    return any(hmac.compare_digest(hashlib.pbkdf2_hmac("sha512", text.encode(), key.encode(), ROUNDS, LENGTH), signature)
               for text in texts)

"""``/ca``: how our own certificate authority gets onto phones and computers; its certificate for each of them; and what an authority
outside wants to see (RFC 8555 §8.3). For everybody, because a phone has no account yet when it needs this.
"""
import base64
import hashlib
import plistlib
import ssl
import uuid
from html import escape
from pathlib import Path

from appliance.core import errors
from appliance.http import answer as reply
from appliance.http import html, words

HERE = Path(__file__).parent
DEVICES = ("ios", "android", "windows", "mac", "linux")
CHALLENGE = "/.well-known/acme-challenge/"


def app(house):
    """The application."""
    certificates = house.certificates

    def answer(environ, start_response):
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return reply(start_response, 405, headers=[("Allow", "GET, HEAD")])
        if path.startswith(CHALLENGE):
            found = certificates.proof(path[len(CHALLENGE):])
            if found is None:
                raise errors.NotFound()
            return _send(environ, start_response, found, "application/octet-stream")
        if path == "/ca.crt":
            return _send(environ, start_response, ssl.PEM_cert_to_DER_cert(certificates.ca().decode()), "application/x-x509-ca-cert", "hearth-ca.crt")
        if path == "/ca.mobileconfig":
            return _send(environ, start_response, _profile(certificates.ca()), "application/x-apple-aspen-config", "hearth.mobileconfig")
        if path.rstrip("/") == "/ca":
            state = certificates.state()
            page = _page(words.of(HERE, environ), state["kind"], _print(certificates) if state["ca"] else None)
            return _send(environ, start_response, page, "text/html; charset=utf-8")
        raise errors.NotFound("There is nothing here.")
    return answer


def _send(environ, start_response, body, kind, name=None):
    headers = [("Content-Disposition", f'attachment; filename="{name}"')] if name else []
    answered = reply(start_response, 200, body, kind, headers=[("Cache-Control", "no-store"), *headers])
    return [b""] if environ["REQUEST_METHOD"] == "HEAD" else answered


def _page(says, kind, fingerprint):
    """How it gets onto devices; ``fingerprint`` is None where there is nothing to install."""
    if fingerprint is None or kind == "file":
        return html.page(says, says["title"], f'<p>{escape(says[kind if kind in ("none", "own") else "trusted"])}</p>\n'
                         f'<p>{html.button("/", says["files"])}</p>\n')
    ways = "".join(f"<h2>{escape(device)}</h2>\n<ol>\n{''.join(f'<li>{escape(step)}</li>' for step in steps)}</ol>\n"
                   for device, *steps in (says[each].values() for each in DEVICES))
    return html.page(says, says["title"], f'<p class="lead">{escape(says["why"])}</p>\n<p>{html.button("/ca.crt", says["certificate"])}</p>\n'
                     f'<p>{html.button("/ca.mobileconfig", says["profile"])}</p>\n{ways}<p class="note">{escape(says["safe"])}<br><code>{fingerprint}</code></p>\n')


def _print(certificates):
    """The fingerprint (SHA-256) as devices show it."""
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificates.ca().decode())).hexdigest().upper()
    return " ".join(digest[at:at + 2] for at in range(0, 64, 2))


def _profile(pem):
    """A configuration profile for iPhone, iPad and Mac, with the certificate alone in it; the same one for the same certificate."""
    der = ssl.PEM_cert_to_DER_cert(pem.decode())
    mark = [str(uuid.uuid5(uuid.NAMESPACE_OID, base64.b64encode(der).decode() + part)).upper() for part in ("profile", "certificate")]
    return plistlib.dumps({
        "PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": f"local.hearth.{mark[0]}", "PayloadUUID": mark[0],
        "PayloadDisplayName": "Hearth at home", "PayloadDescription": "Lets this device trust the family's own box. It vouches for names at home only.",
        "PayloadContent": [{"PayloadType": "com.apple.security.root", "PayloadVersion": 1, "PayloadIdentifier": f"local.hearth.{mark[1]}",
                            "PayloadUUID": mark[1], "PayloadDisplayName": "Hearth at home", "PayloadCertificateFileName": "hearth-ca.cer",
                            "PayloadContent": der}]})

"""What the OpenCloud clients have in common: they find the house, let a browser sign in, keep tokens, and ask with them.

Each client is a ``Program`` with its own names, scopes, prompts and addresses; what it asks, and in which order, stands in its module.
"""
import base64
import hashlib
import json
import secrets
import xml.etree.ElementTree as ElementTree
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import requests

ISSUER = "http://openid.net/specs/connect/1.0/issuer"
PROPERTIES = "http://opencloud.eu/ns/oidc/"
DAV, OC = "{DAV:}", "{http://owncloud.org/ns}"
OFFLINE = "openid profile email offline_access"


class Person(NamedTuple):
    """Who signs in; ``shows`` yields the codes of a second factor, None for who has none."""

    name: str
    password: str
    shows: object = None


class Program:
    """A client on somebody's device. Its browser is another program: all that comes back from it is one address."""

    def __init__(self, url, certificate, agent, platform, client, redirect, scope):
        self.url, self.platform, self.client, self.redirect, self.scope = url, platform, client, redirect, scope
        self.line = requests.Session()
        self.line.headers["User-Agent"], self.line.verify = agent, certificate
        self.line.trust_env = False                 # which certificates the machine trusts is no matter of ours
        self.found = self.tokens = self.claims = None

    # Asking.

    def ask(self, method, address, body=None, expect=200, signed_in=True, **headers):
        """Send a request; ``expect`` is a status or several. Underscores in header names stand for hyphens."""
        fields = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        if signed_in:
            fields["Authorization"] = "Bearer " + self.tokens["access_token"]
        answer = self.line.request(method, address if address.startswith("http") else self.url + address, data=body, headers=fields,
                                   timeout=60, allow_redirects=False)
        wanted = expect if isinstance(expect, tuple) else (expect,)
        assert answer.status_code in wanted, f"{method} {address}: {answer.status_code} {answer.text[:500]}"
        return answer

    # Finding the house.

    def status(self):
        """Is this a server of the kind, and one to be worked with?"""
        answer = self.ask("GET", "/status.php", signed_in=False)
        said = answer.json()
        assert said["installed"] is True and said["maintenance"] is False and said["needsDbUpgrade"] is False
        assert said["productversion"] and all(part.isdigit() for part in said["version"].split("."))
        assert said["productname"].lower() != "nextcloud" and len(answer.content) < 4096
        return said

    def webfinger(self):
        """Where the sign-in is, and as which client to go there."""
        query = {"resource": self.url, "rel": ISSUER, "platform": self.platform}
        answer = self.ask("GET", "/.well-known/webfinger?" + urlencode(query), signed_in=False)
        said = answer.json()
        assert "application/json" in answer.headers["Content-Type"] and said["subject"] == self.url
        assert said["links"][0]["rel"] == ISSUER
        assert said["properties"] == {PROPERTIES + "client_id": self.client, PROPERTIES + "scopes": self.scope.split()}
        return said["links"][0]["href"]

    def discover(self, issuer):
        """The addresses of the provider."""
        answer = self.ask("GET", issuer + "/.well-known/openid-configuration", signed_in=False)
        self.found = answer.json()
        assert answer.headers["Content-Type"].partition(";")[0].endswith("/json") and self.found["issuer"] == issuer
        for each in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "end_session_endpoint", "jwks_uri"):
            assert self.found[each].startswith("https://"), each
        assert "registration_endpoint" not in self.found, "or these clients register themselves first"

    # Signing in.

    def authorization(self, **more):
        """The address to open in a browser; a code is good with this program's verifier alone. None of these clients sends a nonce."""
        self.verifier, self.state = secrets.token_urlsafe(96), secrets.token_urlsafe(24)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        said = {"response_type": "code", "client_id": self.client, "redirect_uri": self.redirect, "scope": self.scope, "state": self.state,
                "code_challenge": challenge, "code_challenge_method": "S256", **more}
        return self.found["authorization_endpoint"] + "?" + urlencode(said, quote_via=quote)

    def told(self, address):
        """What the browser brought back."""
        assert address.startswith(self.redirect), address
        said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert said["state"] == self.state and said["iss"] == self.found["issuer"]
        return said

    def redeem(self, address, auth=None, **more):
        """The code for tokens; who they are of. ``auth`` and ``more`` are how this client says which it is."""
        answer = self._token(auth, grant_type="authorization_code", code=self.told(address)["code"], redirect_uri=self.redirect,
                             code_verifier=self.verifier, **more)
        self.tokens = answer.json()
        assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store", answer.text
        assert self.tokens["token_type"] == "Bearer" and type(self.tokens["expires_in"]) is int
        assert ("refresh_token" in self.tokens) == ("offline_access" in self.scope)
        self.claims = claims(self.tokens["id_token"])
        assert self.claims["iss"] == self.found["issuer"] and self.claims["aud"] in (self.client, [self.client])
        return self.claims["sub"]

    def userinfo(self, person):
        """Who it is."""
        said = self.ask("GET", self.found["userinfo_endpoint"]).json()
        assert said["sub"] == self.claims["sub"] and said["preferred_username"] == person.name and said["name"]

    def refresh(self, auth=None, **more):
        """New tokens for the old; False where that is refused, and the person has to sign in again."""
        answer = self._token(auth, grant_type="refresh_token", refresh_token=self.tokens["refresh_token"], **more)
        if answer.status_code == 400 and answer.json()["error"] == "invalid_grant":
            return False
        assert answer.status_code == 200, answer.text
        before, self.tokens = self.tokens, answer.json()
        assert self.tokens["access_token"] != before["access_token"] and self.tokens["refresh_token"] != before["refresh_token"]
        return True

    def _token(self, auth, **said):
        return self.line.post(self.found["token_endpoint"], data=said, auth=auth, timeout=60)

    # What every client asks once it is in.

    def capabilities(self, version="v2"):
        """What the server can; every client reads it before it touches a file."""
        said = self.ask("GET", f"/ocs/{version}.php/cloud/capabilities?format=json", OCS_APIREQUEST="true").json()["ocs"]
        assert said["meta"]["statuscode"] == {"v1": 100, "v2": 200}[version] and said["meta"]["status"] == "ok"
        can = said["data"]["capabilities"]
        assert can["core"]["status"]["productversion"] and can["spaces"]["enabled"] is True and "projects" in can["spaces"]
        assert "creation-with-upload" in can["files"]["tus_support"]["extension"]
        assert isinstance(can["files"]["tus_support"]["max_chunk_size"], int)
        return can

    def drives(self, version="v1.0", query=""):
        """The person's own drive, out of all."""
        found = self.ask("GET", f"/graph/{version}/me/drives{query}").json()["value"]
        for drive in found:
            assert all(isinstance(drive[name], str) for name in ("id", "name", "driveType"))
            assert isinstance(drive["root"]["id"], str) and drive["root"]["webDavUrl"].startswith("https://")
            assert ("quota" not in drive or isinstance(drive["quota"]["total"], int)) and isinstance(drive["owner"]["user"]["id"], str)
        own, = [drive for drive in found if drive["driveType"] == "personal"]
        return own

    def list(self, address, body, depth=1, **headers):
        """A PROPFIND: ``{decoded path: {"{ns}name": element}}`` of the properties that are there; the folder itself comes first."""
        answer = self.ask("PROPFIND", address, body, expect=207, Depth=depth, Content_Type="text/xml; charset=utf-8", **headers)
        assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
        found = {}
        for each in ElementTree.fromstring(answer.content).findall(DAV + "response"):
            first, *_ = propstats = each.findall(DAV + "propstat")
            assert " 200 " in first.findtext(DAV + "status"), "the properties that are there come first"
            assert headers.get("Prefer") != "return=minimal" or len(propstats) == 1
            found[unquote(each.findtext(DAV + "href")).rstrip("/")] = {one.tag: one for one in first.find(DAV + "prop")}
        assert next(iter(found)) == unquote(urlsplit(address).path).rstrip("/")
        return found


def claims(token):
    """What a token says; these clients look at no signature, as it comes from the provider itself."""
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def propfind(*names, prefix="d", inline=False):
    """A body that asks for these: "name" of DAV:, or "oc:name"; ``inline`` tells ownCloud's namespace at each of its names."""
    asked = "".join(f"<{prefix}:{name}/>" if not name.startswith("oc:") else
                    f'<{name[3:]} xmlns="http://owncloud.org/ns"/>' if inline else f"<{name}/>" for name in names)
    known = f'xmlns:{prefix}="DAV:"' + ("" if inline else ' xmlns:oc="http://owncloud.org/ns"')
    return f'<?xml version="1.0" encoding="utf-8"?><{prefix}:propfind {known}><{prefix}:prop>{asked}</{prefix}:prop></{prefix}:propfind>'


def text(element):
    """All the text of an element."""
    return "".join(element.itertext()).strip()


def metadata(**said):
    """An Upload-Metadata header."""
    return ",".join(f"{name} {base64.b64encode(str(value).encode()).decode()}" for name, value in said.items())


def sha1(content):
    """In hexadecimal digits."""
    return hashlib.sha1(content).hexdigest()


def seconds(moment):
    """An HTTP date in seconds since 1970."""
    return int(parsedate_to_datetime(moment).timestamp())

"""What programs ask before anybody signs in: the provider's own description (OpenID Connect Discovery 1.0), its keys, and WebFinger."""
from urllib.parse import urlsplit

from appliance.core import errors
from appliance.http import Gate, request
from appliance.identity import SCOPES

AUTHORIZE = "/signin/v1/identifier/_/authorize"
END_SESSION = "/signin/v1/identifier/_/endsession"
ISSUER = "http://openid.net/specs/connect/1.0/issuer"
SERVER = "http://webfinger.opencloud/rel/server-instance"
_CLIENTS = {"desktop": "OpenCloudDesktop", "android": "OpenCloudAndroid", "ios": "OpenCloudIOS", "web": "web"}
_NS = "http://opencloud.eu/ns/oidc/"


def metadata(url):
    """The description of the provider at this address."""
    return {
        "issuer": url, "authorization_endpoint": url + AUTHORIZE, "token_endpoint": f"{url}/konnect/v1/token",
        "userinfo_endpoint": f"{url}/konnect/v1/userinfo", "end_session_endpoint": url + END_SESSION,
        "jwks_uri": f"{url}/konnect/v1/jwks.json", "revocation_endpoint": f"{url}/konnect/v1/revoke",
        "introspection_endpoint": f"{url}/konnect/v1/introspect",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"], "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"], "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "nonce", "name", "preferred_username", "given_name",
                             "family_name", "locale", "email", "email_verified"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"], "ui_locales_supported": ["en", "de"],
        "claims_parameter_supported": False, "request_parameter_supported": False, "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }


def webfinger(environ, people):
    """Where a resource's sign-in is, and for who is signed in where their server is (RFC 7033). Invalid."""
    query, url = request.query(environ), environ["hearth.url"]
    resource = "".join(query.get("resource", [])[:1])
    try:
        parts = urlsplit(resource)
    except ValueError:
        parts = None
    if parts is None or not parts.scheme:
        raise errors.Invalid("Which resource? Ask with ?resource=https://…")
    wanted = query.get("rel", [ISSUER, SERVER])
    found = {"subject": resource, "links": [{"rel": ISSUER, "href": url}] if ISSUER in wanted else []}
    person = _person(environ, people)
    if person is not None:
        home = urlsplit(url)
        found["subject"] = f"acct:{person.name}@{home.netloc}"
        if SERVER in wanted:
            found["links"].append({"rel": SERVER, "href": url, "titles": {"en": "Hearth"}})
    client = _CLIENTS.get("".join(query.get("platform", [])[:1]))
    if client:
        scopes = ["openid", "profile", "email", *(["offline_access"] if client != "web" else [])]
        found["properties"] = {_NS + "client_id": client, _NS + "scopes": scopes}
    return found


def _person(environ, people):
    """Who asks with a token; nobody where it is not good: the question needs no sign-in."""
    if not environ.get("HTTP_AUTHORIZATION"):
        return None
    try:
        return Gate(people, None).actor(environ)
    except errors.HouseError:
        return None

"""What programs ask first: the description of the provider, its keys, WebFinger, and what the endpoints refuse."""
from urllib.parse import quote

import pytest
import requests

ISSUER = "http://openid.net/specs/connect/1.0/issuer"


def test_discovery(server):
    """Everything it names is there."""
    found = requests.get(server.url + "/.well-known/openid-configuration", timeout=30)
    said = found.json()
    assert found.headers["Content-Type"] == "application/json" and said["issuer"] == server.url
    assert said["authorization_endpoint"] == server.url + "/signin/v1/identifier/_/authorize"
    keys = requests.get(said["jwks_uri"], timeout=30)
    assert keys.headers["Content-Type"] == "application/jwk-set+json"
    key, = keys.json()["keys"]
    assert key["kty"] == "RSA" and key["use"] == "sig" and key["kid"] and not {"d", "p", "q"} & key.keys()


@pytest.mark.parametrize("resource", ["https://home.example/", "http://127.0.0.1:9200", "acct:ann@home.example", "https://x/%C3%A4?a=b"])
@pytest.mark.parametrize("platform, client", [("desktop", "OpenCloudDesktop"), ("android", "OpenCloudAndroid"), ("ios", "OpenCloudIOS"), ("web", "web"),
                                              ("fridge", None), (None, None)])
def test_webfinger(server, resource, platform, client):
    """The subject is the resource, byte for byte; the content type is what the desktop client insists on."""
    found = requests.get(server.url + "/.well-known/webfinger?resource=" + quote(resource, safe="") + f"&rel={quote(ISSUER)}"
                         + (f"&platform={platform}" if platform else ""), timeout=30)
    said = found.json()
    assert found.headers["Content-Type"] == "application/json" and said["subject"] == resource
    assert said["links"] == [{"rel": ISSUER, "href": server.url}]
    assert said.get("properties", {}).get("http://opencloud.eu/ns/oidc/client_id") == client


@pytest.mark.parametrize("query", ["", "?resource=", "?resource=nonsense", "?resource=http://[", "?rel=x"])
def test_webfinger_refuses(server, query):
    """Without a resource there is no answer."""
    assert requests.get(server.url + "/.well-known/webfinger" + query, timeout=30).status_code == 400


def test_webfinger_of_somebody(server, person):
    """Who is signed in learns where their server is; a wrong sign-in is none."""
    address = server.url + "/.well-known/webfinger?resource=acct:me@x"
    said = requests.get(address, auth=person.auth, timeout=30).json()
    assert said["subject"].startswith(f"acct:{person.name}@") and said["links"][1]["href"] == server.url
    wrong = requests.get(address, headers={"Authorization": "Bearer x"}, timeout=30)
    assert wrong.status_code == 200 and wrong.json()["subject"] == "acct:me@x"


@pytest.mark.parametrize("path", ["/konnect/v1/token", "/konnect/v1/revoke", "/konnect/v1/introspect"])
@pytest.mark.parametrize("send", [
    {"data": b"{}", "headers": {"Content-Type": "application/json"}}, {"data": b"\xff=\xff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
    {"data": {"client_id": "a" * 60_000}}, {"data": {str(each): "x" for each in range(60)}}, {"data": [("client_id", "a"), ("client_id", "b")]},
    {"data": {"client_id": "x"}, "headers": {"Authorization": "Basic !!!"}}, {"data": {"client_id": "x"}, "auth": ("y", "z")}, {"data": {}}])
def test_bad_forms(server, path, send):
    """A clear refusal."""
    answer = requests.post(server.url + path, timeout=30, **send)
    assert answer.status_code in (400, 401) and answer.json()["error"] in ("invalid_request", "invalid_client")


@pytest.mark.parametrize("header", [None, "Basic YTpi", "Bearer", "Bearer x", "Bearer " + "a" * 9000, "Bearer a.b.c", "Bearer ..",
                                    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
def test_userinfo_refuses(server, header):
    """What is no access token."""
    answer = requests.get(server.url + "/konnect/v1/userinfo", headers={"Authorization": header} if header else {}, timeout=30)
    assert answer.status_code == 401 and "invalid_token" in answer.headers["WWW-Authenticate"]

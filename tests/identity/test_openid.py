"""Clients, keys that turn, tokens of others."""
import json

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from appliance.core import Bus, Origin, errors
from appliance.identity.openid import issuer
from appliance.identity.openid.issuer import DAY, LASTS, Issuer

URL = "https://home.example"


def test_keys_turn(people, later):
    """A new key is published a day before it signs; the old one stays until its last token is over."""
    keys = Issuer(people._folder)
    first = keys.sign({"a": 1})
    assert len(keys.published()["keys"]) == 1
    later(LASTS)
    assert len(keys.published()["keys"]) == 2
    second = keys.sign({"a": 2})
    assert head(first)["kid"] == head(second)["kid"] == keys.published()["keys"][0]["kid"]
    later(DAY)
    third = keys.sign({"a": 3})
    assert head(third)["kid"] != head(second)["kid"] and keys.read(second, "JWT") == {"a": 2}
    later(3600)
    assert [each["kid"] for each in keys.published()["keys"]] == [head(third)["kid"]]
    assert keys.read(third, "JWT") == {"a": 3} and keys.read(second, "JWT") is None


def test_an_old_key_stays_for_what_it_signed(people, later):
    """Also where the list of keys was looked at shortly before the new one signs."""
    keys = Issuer(people._folder)
    keys.published()
    later(LASTS)
    keys.published()
    later(DAY - 600)
    keys.published()
    for _ in range(8):
        token = keys.sign({"a": 1})
        later(100)
        keys.published()
        later(190)
        assert keys.read(token, "JWT") == {"a": 1}


def test_keys_are_one(people, elsewhere):
    """Two processes have the same keys, which nobody else may read."""
    token = Issuer(people._folder).sign({"a": 1})
    assert Issuer(elsewhere._folder).read(token, "JWT") == {"a": 1}
    assert (people._folder.path / issuer.FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("left", ["", '{"keys": [{'])
def test_damaged_keys(people, ann, left):
    """They are random, so others are made: sign-ins go on, and what the damaged ones signed has ended."""
    token, key = Issuer(people._folder).sign({"a": 1}), people.signing_key(ann.id)
    for file in (people._folder.path / "keys").iterdir():
        file.write_text(left)
    keys = Issuer(people._folder)
    assert keys.read(token, "JWT") is None and keys.read(keys.sign({"a": 2}), "JWT") == {"a": 2}
    assert people.signing_key(ann.id) not in ("", key) and people.signing_key(ann.id) == people.signing_key(ann.id)


def test_tokens_of_others(people):
    """Another key, another algorithm, none at all, another kind, the public key as a secret."""
    keys = Issuer(people._folder)
    good = keys.sign({"a": 1}, "at+jwt")
    kid = head(good)["kid"]
    assert keys.read(good, "at+jwt") and keys.read(good, "JWT") is None
    stranger = RSAKey.generate_key(2048)
    public = json.dumps(keys.published()["keys"][0])
    for wrong in (jwt.encode({"alg": "RS256", "kid": kid, "typ": "JWT"}, {"a": 1}, stranger),
                  jwt.encode({"alg": "HS256", "kid": kid, "typ": "JWT"}, {"a": 1}, OctKey.import_key(public)),
                  "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhIjoxfQ.", good[:-4] + "AAAA", "", "..", "a.b.c", "é.é.é", "a" * 10_000):
        assert keys.read(wrong, "JWT") is None and keys.read(wrong, "at+jwt") is None


def head(token):
    import base64
    text = token.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@pytest.mark.parametrize("redirect", ["https://frame.example/back", "http://127.0.0.1:8123/auth", "org.example.app:/back", "https://x.example/?a=b"])
def test_clients(people, redirect):
    """Added, found, removed; their secret is kept as a hash."""
    client, secret = people.provider.clients.add("Frame", [redirect])
    found = people.provider.clients.find(client.id, URL)
    assert found == client and found.has_secret(secret) and not found.has_secret("") and found.takes(redirect) and not found.built_in
    assert secret not in (people._folder.path / "clients" / f"{client.id}.json").read_text()
    assert not found.takes(redirect + "x") and not found.takes(redirect.upper())
    people.provider.clients.remove(client.id)
    assert people.provider.clients.find(client.id, URL) is None
    with pytest.raises(errors.NotFound):
        people.provider.clients.remove(client.id)


@pytest.mark.parametrize("redirect", ["", "http://frame.example/", "javascript:alert(1)", "data:x", "https://", "https://a b", "https://a/#b",
                                      "https://u@a/", "https://*.example/", "https://a:b/", "https://é.example/", "https://a/" + "a" * 600, "oc:x"])
def test_bad_clients(people, redirect):
    """Addresses that others could claim, or that are none."""
    with pytest.raises(errors.Invalid):
        people.provider.clients.add("Frame", [redirect])
    with pytest.raises(errors.Invalid):
        people.provider.clients.add("", ["https://a.example/"])
    assert people.provider.clients.list() == []


def test_a_public_client(people):
    """Has no secret, and nothing is one; on the loopback it may listen on any port, which one with a secret may not."""
    client, secret = people.provider.clients.add("App", ["org.example.app:/back"], public=True)
    assert secret == "" and not client.has_secret("")
    assert [each.name for each in people.provider.clients.list()] == ["App"]
    for public in (True, False):
        client, _ = people.provider.clients.add("Other", ["http://127.0.0.1:8000/back"], public=public)
        assert client.takes("http://127.0.0.1:8000/back") and client.takes("http://127.0.0.1:9/back") == public
        assert not client.takes("http://127.0.0.1:9/other") and not client.takes("http://localhost:8000/back")


def test_a_revoked_token_stays_revoked(people, ann, folder, elsewhere):
    """A restart does not make it good again."""
    from appliance.identity import People
    _, session = people.sessions.open(ann.id, methods=("pwd",))
    client = people.provider.clients.find("web", URL)
    token = people.provider._tokens(client, session, ("openid",), URL, None)["access_token"]
    assert elsewhere.provider.look(token, URL)
    people.provider.revoke(client, token, URL, Origin("192.0.2.1"))
    assert people.provider.look(token, URL) is None and People(folder, Bus()).provider.look(token, URL) is None
    (folder / "ended.json").write_text("{")
    assert People(folder, Bus()).provider.look(token, URL)      # said in the log; at most for five minutes

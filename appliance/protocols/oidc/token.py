"""The endpoints that programs call themselves: token, userinfo, revocation, introspection."""
import base64
import binascii
from urllib.parse import unquote_plus

from appliance.core import errors
from appliance.http import request
from appliance.identity import Refused


def token(environ, house, said):
    """Tokens for a code or a refresh token (RFC 6749 §4.1.3 and §6). Refused."""
    provider, url, origin = house.people.provider, environ["hearth.url"], request.origin(environ)
    client = _client(environ, provider, said)
    if said.get("grant_type") == "authorization_code":
        return provider.exchange(client, said.get("code", ""), said.get("redirect_uri", ""), said.get("code_verifier", ""), url, origin)
    if said.get("grant_type") == "refresh_token":
        return provider.renew(client, said.get("refresh_token", ""), said.get("scope", "").split(), url, origin)
    raise Refused("unsupported_grant_type", "Only authorization_code and refresh_token are possible.")


def revoke(environ, house, said):
    """End a token (RFC 7009). Refused only where the client is wrong."""
    house.people.provider.revoke(_client(environ, house.people.provider, said), said.get("token", ""), environ["hearth.url"],
                                 request.origin(environ))
    return {}


def introspect(environ, house, said):
    """What is known of a token (RFC 7662), for a client that can prove who it is."""
    client = _client(environ, house.people.provider, said)
    if not client.secret or client.built_in:
        raise Refused("invalid_client", "Only a program with a secret of its own may ask.")
    return house.people.provider.inspect(client, said.get("token", ""), environ["hearth.url"])


def userinfo(environ, house):
    """Who the person of an access token is (OpenID Connect Core §5.3). Unauthenticated."""
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        raise errors.Unauthenticated()
    return house.people.provider.person(token.strip(), environ["hearth.url"])


def _client(environ, provider, said):
    """The client that asks, by its name and, where it has one, its secret (RFC 6749 §2.3). Refused."""
    id, secret = said.get("client_id", ""), said.get("client_secret", "")
    scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            named, _, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise Refused("invalid_client", "The client is not known.") from None
        named, secret = unquote_plus(named), unquote_plus(secret)
        if id not in ("", named):
            raise Refused("invalid_client", "The client is not known.")
        id = named
    client = provider.clients.find(id, environ["hearth.url"])
    if client is None or client.secret and not (client.has_secret(secret) or client.built_in and not secret):
        raise Refused("invalid_client", "The client is not known, or its secret is wrong.")
    return client

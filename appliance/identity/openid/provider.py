"""What a program gets for a person's consent: a code, then tokens, then fresh ones, until somebody ends it.

A code lives two minutes in memory and works once; whoever shows it again ends what came of it (RFC 6749 §4.1.2). An access
token is good for five minutes and only while its session is. A refresh token is the secret of a session; see sessions.py.
"""
import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace

from appliance.core import clock, errors, events, ids, log, records
from appliance.identity.actor import Actor
from appliance.identity.openid.clients import Clients
from appliance.identity.openid.issuer import TOKENS, Issuer, half_hash
from appliance.identity.signin import actor

CODE = 120                                          # seconds
REMEMBERED = 600                                    # seconds that a used code is known
ENDED = "ended.json"                                # access tokens that ended before their time: a restart makes none good again
MOST = 1_000                                        # codes, and verified tokens, in memory
SCOPES = ("openid", "profile", "email", "offline_access", "LibgreGraph.UUID")
ACCESS, ID = "at+jwt", "JWT"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Refused(errors.HouseError):
    """The request is not granted."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code                            # of RFC 6749 §5.2


@dataclass(frozen=True)
class Grant:
    """What a person allowed a program, until it fetches it."""

    account: str
    client: str
    redirect: str
    scope: tuple
    challenge: str                                  # S256 of the verifier
    session: str                                    # the browser's
    methods: tuple
    authenticated: float
    device: str
    nonce: str = ""
    until: float = 0.0
    used: bool = False
    twice: bool = False
    token: str = ""                                 # what came of it: the id of the access token
    opened: str = ""                            # and of the program's session


class Provider:
    """Grants, exchanges, renews, looks into and ends."""

    def __init__(self, folder, directory, sessions, bus):
        self._folder, self._directory, self._sessions, self._bus = folder, directory, sessions, bus
        self.clients, self._issuer = Clients(folder), Issuer(folder)
        self._grants, self._verified, self._ended = {}, {}, folder.look(_ended, folder.path / ENDED)

    def keys(self):
        """The public keys as a JWK Set."""
        return self._issuer.published()

    def grant(self, session, client, redirect, scope, challenge, nonce):
        """A code for a client, for the person of a browser's Session."""
        code = ids.token(240)
        now = clock.now()
        self._grants = {key: each for key, each in self._grants.items() if each.until + REMEMBERED > now}
        while len(self._grants) >= MOST:
            del self._grants[next(iter(self._grants))]
        self._grants[_key(code)] = Grant(session.account, client.id, redirect, tuple(scope), challenge, session.id, session.methods,
                                         session.authenticated, session.device, nonce, now + CODE)
        return code

    def exchange(self, client, code, redirect, verifier, url, origin):
        """Tokens for a code: ``{access_token, id_token, expires_in, refresh_token?, scope, token_type}``. Refused."""
        key = _key(code)
        grant = self._grants.get(key)
        if grant is None or grant.client != client.id:
            raise Refused("invalid_grant", "The code is not known.")
        if grant.used:
            self._grants[key] = replace(grant, twice=True)      # so who is being answered just now gets nothing, either
            self._undo(grant, client, origin)
            raise Refused("invalid_grant", "The code was used before. What came of it has ended.")
        fits = _VERIFIER.fullmatch(verifier) and hmac.compare_digest(_s256(verifier), grant.challenge)
        self._grants[key] = replace(grant, used=True)           # once, also where what is shown with it is wrong
        browser = self._sessions.get(grant.session)
        if grant.until <= clock.now() or grant.redirect != redirect or not fits or browser is None:
            raise Refused("invalid_grant", "The code does not fit, or its time is over.")
        secret, session, token = None, browser, ids.new()
        if "offline_access" in grant.scope:
            secret, session = self._sessions.open(
                grant.account, methods=grant.methods, client=client.id, device=f"{client.name}, {grant.device}", address=origin.address,
                authenticated=grant.authenticated, scope=grant.scope)
        answer = self._tokens(client, session, grant.scope, url, secret, grant.nonce, token)
        grant = replace(self._grants.get(key, grant), used=True, token=token, opened=session.id if secret else "")
        self._grants[key] = grant
        if grant.twice:
            self._undo(grant, client, origin)
            raise Refused("invalid_grant", "The code was used twice at once.")
        self._tell(events.SignedIn, grant.account, origin, methods=grant.methods, session=session.id, client=client.id)
        return answer

    def renew(self, client, secret, scope, url, origin):
        """Fresh tokens for a refresh token, with the next one. Refused; one that was used before ends its session."""
        before = self._sessions.get(secret.rpartition(".")[0])
        session = self._sessions.find(secret)
        if before is not None and session is None and self._sessions.get(before.id) is None:
            self._tell(events.SessionEnded, before.account, origin, session=before.id, client=before.client)    # it was used twice
        if session is None or session.client != client.id:
            raise Refused("invalid_grant", "The refresh token is not good any more. Sign in again.")
        if not set(scope) <= set(session.scope):
            raise Refused("invalid_scope", "More was asked for than the person allowed.")
        new = self._sessions.rotate(session, secret, address=origin.address)
        if new is None:
            raise Refused("invalid_grant", "The refresh token is not good any more. Sign in again.")
        return self._tokens(client, session, tuple(scope) or session.scope, url, new)

    def look(self, token, url):
        """What an access token says, its Session, its Account and Everybody; None where it is not good, for whatever reason."""
        key = _key(token)
        claims, session, before = self._verified.get(key) or (self._issuer.read(token, ACCESS), None, None)
        if claims is None or claims["iss"] != url or not claims["iat"] - 60 <= clock.now() < claims["exp"] or claims["jti"] in self._ended:
            return None
        everybody, mark = self._directory.look_with(self._sessions.file(claims["sid"]))
        if session is None or mark != before:       # ended, or used since: what is in memory is not what counts
            session = self._sessions.get(claims["sid"]) if mark else None
            while len(self._verified) >= MOST:
                del self._verified[next(iter(self._verified))]
            self._verified[key] = claims, session, mark
        if session is None or session.over or self.clients.find(claims["client_id"], url) is None:
            return None
        account = everybody.accounts.get(session.account)
        return (claims, session, account, everybody) if account is not None and account.enabled else None

    def actor(self, token, url, origin=None):
        """The Actor for an access token; Unauthenticated where it is not good, or is one of an added program."""
        found = self.look(token, url)
        if found is None or not self.clients.find(found[0]["client_id"], url).built_in:
            raise errors.Unauthenticated()
        claims, session, account, everybody = found
        self._sessions.touch(session, origin.address if origin else "")
        return replace(actor(everybody, account, "bearer"), session=session.id)

    def person(self, token, url):
        """What the person of an access token allowed its program to know of them; Unauthenticated."""
        found = self.look(token, url)
        if found is None:
            raise errors.Unauthenticated()
        return self._claims(found[2], found[0]["scope"].split())

    def inspect(self, client, token, url):
        """What a client may know of a token of its own (RFC 7662 §2.2)."""
        found = self.look(token, url)
        if found is not None and found[0]["client_id"] == client.id:
            claims = found[0]
            return {"active": True, "token_type": "Bearer", **{name: claims[name] for name in (
                "iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope")}}
        session = self._sessions.get(token.rpartition(".")[0])
        if session is not None and session.client == client.id and self._sessions.find(token) is not None:
            return {"active": True, "token_type": "refresh_token", "client_id": client.id, "sub": session.account,
                    "scope": " ".join(session.scope), "exp": int(min(session.expires, session.used + session.idle))}
        return {"active": False}

    def revoke(self, client, token, url, origin):
        """End a token of a client's own (RFC 7009): a refresh token with its session, an access token alone. No complaint."""
        found = self.look(token, url)
        if found is not None:
            if found[0]["client_id"] == client.id:
                self._refuse(found[0]["jti"])
            return
        session = self._sessions.get(token.rpartition(".")[0])
        if session is not None and session.client == client.id and self._sessions.find(token) is not None:
            self._end(session.id, session.account, client, origin)

    def hinted(self, token, url):
        """The id of the account and of the client that an id token was made for, however old; None where it is none of ours."""
        claims = self._issuer.read(token, ID)
        return (claims["sub"], claims["aud"]) if claims and claims.get("iss") == url else None

    def consented(self, account, client, scope):
        """Whether a person has allowed a client this before."""
        return set(scope) <= set(self.consents(account).get(client.id, ()))

    def consents(self, account):
        """What a person has allowed: ``{client id: [scope]}``."""
        return self._folder.look(_consents, self._consents(account))

    def consent(self, account, client, scope, origin):
        """Remember that a person has."""
        self._folder.change(_consent, self._consents(account), client.id, sorted(scope))
        self._tell(events.ConsentGiven, account, origin, client=client.id, scope=tuple(scope))

    def _consents(self, account):
        return self._folder.path / "consents" / f"{account}.json"

    def _tokens(self, client, session, scope, url, refresh, nonce="", id=""):
        account = self._directory.look().accounts.get(session.account)
        if account is None:
            raise Refused("invalid_grant", "The account is gone.")
        now = int(clock.now())
        whose = {"iss": url, "sub": account.id, "exp": now + TOKENS, "iat": now, "sid": session.id}
        access = self._issuer.sign({**whose, "aud": [client.id], "jti": id or ids.new(), "client_id": client.id, "scope": " ".join(scope),
                                    "scp": list(scope), "lg.i": {"dn": account.display_name, "id": account.id, "un": account.name}}, ACCESS)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": TOKENS, "scope": " ".join(scope)}
        if "openid" in scope:
            bound = {"nonce": nonce} if nonce else {}
            answer["id_token"] = self._issuer.sign({
                **self._claims(account, scope), **whose, **bound, "aud": client.id, "at_hash": half_hash(access),
                "auth_time": int(session.authenticated), "amr": list(session.methods)}, ID)
        if refresh:
            answer["refresh_token"] = refresh
        return answer

    @staticmethod
    def _claims(account, scope):
        claims = {"sub": account.id}
        if "profile" in scope:
            claims |= {"name": account.display_name, "preferred_username": account.name, "given_name": account.given_name or account.display_name,
                       "family_name": account.surname}
            if account.language:
                claims["locale"] = account.language
        if "email" in scope and account.email:
            claims |= {"email": account.email, "email_verified": True}
        return {**claims, "lg.uuid": account.id}

    def _undo(self, grant, client, origin):
        """End what came of a code."""
        if grant.token:
            self._refuse(grant.token)
        if grant.opened:
            self._end(grant.opened, grant.account, client, origin)

    def _refuse(self, token):
        """Take an access token, by its id, no more."""
        now = clock.now()
        self._ended = {**{each: until for each, until in self._ended.items() if until > now}, token: now + TOKENS}
        self._folder.change(_end_for_good, self._folder.path / ENDED, self._ended)

    def _end(self, session, account, client, origin):
        try:
            self._sessions.end(session)
        except errors.NotFound:                         # ended already
            return
        self._tell(events.SessionEnded, account, origin, session=session, client=client.id)

    def _tell(self, kind, account, origin, **more):
        known = self._directory.look().accounts.get(account)
        self._bus.publish(kind(account, origin, account, known.name if known else "", **more))


def _ended(file):
    """The access tokens that ended before their time: ``{id: when that time is over}``."""
    try:
        return {token: float(until) for token, until in (records.read(file) or {}).items()}
    except (TypeError, ValueError, errors.Corrupt):
        log.get("identity").error("the list of ended access tokens is damaged; for five minutes such a token may open something")
        return {}


def _end_for_good(file, tokens):
    records.write(file, tokens)


def _key(code):
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()


def _s256(verifier):
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _consents(file):
    """What a person has allowed; nothing where the record is damaged, so that they are asked again."""
    try:
        return {client: list(scope) for client, scope in (records.read(file) or {}).items()}
    except (TypeError, errors.Corrupt):
        log.get("identity").error("the record of what %s allowed to programs is damaged; they are asked again", file.stem)
        return {}


def _consent(file, client, scope):
    kept = _consents(file)
    records.write(file, {**kept, client: sorted({*kept.get(client, ()), *scope})})

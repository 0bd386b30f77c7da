"""Links: one file or folder for whoever knows a token, and a password where that is asked for. Each verb asks whether the actor may, does it, and says so.

Who may make them: whoever holds ``permissions/create`` where it lies, and the permission PublicLink.Write. What a visitor may do is
``sharing.access``'s affair; here is told who is a visitor.
"""
import hashlib
import hmac
import secrets
import string
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from gevent.lock import RLock

from appliance.core import clock, errors, events, ids
from appliance.identity import Actor, passwords, roles, throttle
from appliance.sharing import Link, access, grants, links

MOST = 100                                          # on one node
GIVEN = 1_000                                       # that one person makes
TOKEN = 15                                          # letters of it, as OpenCloud: 85 bits
LONGEST_NAME = 255                                  # characters
A_DAY = 86_400
SIGNED = 30 * 60                                    # seconds that a signature for downloads is good
COOKIE = 12 * 3_600                                 # seconds that a browser need not ask for the password again
VISIT = 600                                         # seconds in which one network comes by a link once
VISITORS = 1_000                                    # in memory
DEFAULT = object()                                  # nobody said anything else


class Linked(NamedTuple):
    """A node, its space, and the Links on it that matter to whoever asked: ``{id: Link}``."""

    node: object
    space: object
    links: dict


class Links:
    """The links, and who comes by them. Nodes are those of the storage."""

    def __init__(self, storage, access, people, bus):
        self._storage, self._linked, self._access, self._people, self._bus = storage, storage.linked, access, people, bus
        self._config = storage.config
        self._turns = {}                            # id of a space -> whose turn it is to add something there by a link
        self._seen, self._visits = {}, Counter()    # (id, network) -> until when it is the same visit; visits not kept yet

    # For who shares.

    def make(self, actor, node, kind, password=None, name="", expires=DEFAULT, quick=False, quota=DEFAULT):
        """Make a link; answers the Link. ``expires`` in seconds since 1970, ``quota`` in bytes that the folder may hold; None for none."""
        self._may_link(actor, node)
        now = clock.now()
        if expires is DEFAULT:
            expires = now + self._config.link_days * A_DAY if self._config.link_days and kind != links.INTERNAL else None
        if quota is DEFAULT:
            quota = node.size + self._config.drop_bytes if self._config.drop_bytes and kind in (links.UPLOAD, links.DROP) else None
        if len(self._by(actor.id)) >= GIVEN:
            raise errors.Invalid(f"You have made {GIVEN} links. Take some away first.")
        self._guard(actor, self._kind(node, kind), password)
        link = Link(ids.new(), "".join(secrets.choice(string.ascii_letters) for _ in range(TOKEN)), kind, _name(name), actor.id, now,
                    grants.future(expires), _hashed(password), bool(quick), quota=_quota(quota))

        def add(kept):
            if len(kept) >= MOST:
                raise errors.Invalid(f"There are {MOST} links to this already. Take one away first.")
            return {**kept, **links.write({link.id: link})}
        self._linked.change(node, add)
        self._say(events.LinkMade, actor, node, link.id, link.kind)
        return link

    def change(self, actor, node, id, **wanted):
        """Change ``kind``, ``name``, ``password`` (None or "" for none), ``expires`` or ``quota``; answers the Link. NotFound, Invalid, Forbidden."""
        self._may_link(actor, node)
        facts = {name: check(wanted[name]) for name, check in (("name", _name), ("expires", grants.future), ("quota", _quota), ("password", _hashed)) if name in wanted}

        def put(kept):                              # others may change it in this moment: what was not asked for stays as it is by then
            now = links.read(kept).get(id)
            if now is None:
                raise errors.NotFound("There is no such link.")
            link = replace(now, **facts, kind=self._kind(node, wanted.get("kind", now.kind)))
            if "password" in wanted or link.kind != now.kind and not link.password:
                self._guard(actor, link.kind, link.password)    # what it may do now may want one
            return {**kept, **links.write({id: link})}
        link = links.read(self._linked.change(node, put))[id]
        self._say(events.LinkChanged, actor, node, id, tuple(sorted(wanted)))
        return link

    def remove(self, actor, node, id):
        """Take a link away; nobody gets in by it from this moment on. NotFound, Forbidden."""
        self._may_link(actor, node)
        self._one(node, id)
        self._drop(node, {id})
        self._say(events.LinkRemoved, actor, node, id)

    def of(self, actor, node):
        """The Links on a node, for who may see them: ``{id: Link}``. Who may not share is told of none that lets do more than they may."""
        allowed = self._access.allowed(actor, node)
        if not {access.SHARE, "permissions/read"} & allowed:
            return {}
        return {id: self._counted(link) for id, link in links.read(self._linked.of(node)).items()
                if access.SHARE in allowed or link.actions(node.folder) <= allowed}

    def held(self, actor, id):
        """The node that the link of that id is on, also of one that is over, for who may share that node. NotFound."""
        node_id = self._linked.holding(id)
        if node_id:
            node = self._storage.tree.by_id(node_id)
            if access.SHARE in self._access.allowed(actor, node):
                self._one(node, id)                 # a token is no id
                return node
        raise errors.NotFound("There is no such link.")

    def by_me(self, actor):
        """What the actor made links to, by name: every Linked."""
        found, spaces = [], {space.id: space for space in self._storage.spaces.all()}
        for node, kept in ([] if actor.scoped else self._linked.look(self._by(actor.id))):
            mine = {id: self._counted(link) for id, link in links.read(kept).items() if link.by == actor.id}
            space = spaces.get(node.space)
            if mine and space and access.READ in self._access.allowed(actor, node, space):
                found.append(Linked(node, space, mine))
        return sorted(found, key=lambda linked: linked.node.name.casefold())

    def in_force(self, actor):
        """Every link that opens something, for who looks after all accounts: every Linked, the newest link first. Forbidden."""
        roles.require(actor, "Accounts.ReadWrite")
        found, spaces = [], {space.id: space for space in self._storage.spaces.all()}
        for node, kept in self._linked.look(self._linked.mentioning(lambda id, each: True)):
            space = spaces.get(node.space)
            found += [Linked(node, space, {id: self._counted(link)}) for id, link in links.read(kept).items() if space and not link.over]
        return sorted(found, key=lambda linked: -next(iter(linked.links.values())).created)

    def revoke(self, actor, id):
        """Take away a link of anybody's; nobody gets in by it from this moment on. Forbidden, NotFound."""
        roles.require(actor, "Accounts.ReadWrite")
        node_id = self._linked.holding(id)
        if not node_id:
            raise errors.NotFound("There is no such link.")
        node = self._storage.tree.by_id(node_id)
        self._one(node, id)                         # a token is no id
        self._drop(node, {id})
        self._say(events.LinkRemoved, actor, node, id)

    def forget(self, account):
        """Take all links of an account that is gone away."""
        for node, kept in self._linked.look(self._by(account)):
            self._drop(node, {id for id, link in links.read(kept).items() if link.by == account})

    def end(self):
        """Take away what has expired, and keep how often links were visited."""
        for node, kept in self._linked.look(self._linked.mentioning(lambda id, each: _is(id, each, lambda link: link.over or id in self._visits))):
            over = {id for id, link in links.read(kept).items() if link.over}
            if over:
                self._drop(node, over)
                for id in over:
                    self._bus.publish(events.LinkExpired(node.space, node.id, "", path=node.path, link=id))
            if any(id in self._visits for id in kept):
                self._linked.change(node, self._count)

    def _count(self, kept):
        return {**kept, **links.write({id: replace(link, visits=link.visits + self._visits.pop(id, 0)) for id, link in links.read(kept).items()})}

    # For who comes.

    def find(self, token):
        """The node that a token leads to, and its Link. NotFound: also where it has expired, or who made it may not share any more."""
        node, link = self._at(token)
        if link.token != token:                     # an id is no secret
            raise errors.NotFound()
        return node, link

    def open(self, token, origin, method="GET", password=None, signature=None, cookie=""):
        """The Actor who comes by a token: with the password, with ``signature`` (its time and itself), or with the cookie of a browser that showed
        the password before. NotFound, Unauthenticated, TooManyAttempts; an internal link lets nobody in by itself: Forbidden."""
        node, link = self.find(token)
        if link.kind == links.INTERNAL:
            raise errors.Forbidden("This link is for who may go there anyway. Sign in first.")
        if link.password and not self._proven(node, link, origin, method, password, signature, cookie):
            raise errors.Unauthenticated("No 'Authorization: Basic' header found" if password is None else "Username or password was incorrect")
        visitor = self._visitor(node, link, origin)
        self._came(node, link, origin)
        return visitor

    def again(self, id, mark, origin):
        """The Actor of what a visitor began by the link of that id; ``mark`` is what their ``token`` was. Unauthenticated."""
        try:
            node, link = self._at(id)
        except errors.NotFound:
            raise errors.Unauthenticated() from None
        if mark and mark != _mark(link):
            raise errors.Unauthenticated()          # there is another password since
        return self._visitor(node, link, origin)

    def link(self, actor):
        """The node and the Link that a visitor came by. NotFound."""
        return self._at(actor.id)

    def signature(self, actor):
        """What lets a visitor download for half an hour without the password: the time (RFC 3339) and the signature. None where there is no password."""
        link = self._at(actor.id)[1]
        if not link.password:
            return None
        until = datetime.fromtimestamp(int(clock.now()) + SIGNED, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return until, _seal(link, until)

    def cookie(self, actor):
        """What a browser keeps instead of the password; "" where there is none."""
        link = self._at(actor.id)[1]
        until = str(int(clock.now()) + COOKIE)
        return f"{until}.{_seal(link, 'cookie ' + until)}" if link.password else ""

    def room(self, actor, size):
        """Bytes that the actor may still add, None for no limit but that of the space. QuotaExceeded where ``size`` of them are too many."""
        if actor.kind != access.LINK:
            return None
        node, link = self._at(actor.id)
        room = None if link.quota is None else max(0, link.quota - node.size)
        if room is not None and size > room:
            raise errors.QuotaExceeded("No more fits into this folder. Ask who sent you the link.")
        return room

    @contextmanager
    def adding(self, actor, size):
        """While so many bytes become part of the tree. Visitors may all have begun while there was room for each, so those of a space whose links
        have a limit take turns, and it is asked once more. QuotaExceeded."""
        node, link = self._at(actor.id) if actor.kind == access.LINK else (None, None)
        if link is None or link.quota is None:
            yield
            return
        with self._turns.setdefault(node.space, RLock()):
            self.room(actor, size)
            yield

    def _visitor(self, node, link, origin):
        try:
            giver = self._people.actor(link.by, "link")
        except errors.Unauthenticated:              # who made it is gone, or may not sign in any more
            raise errors.NotFound() from None
        visitor = Actor(link.id, "public", "Public", access.LINK, "guest", "link", origin=origin, token=_mark(link), folder=node.id, giver=giver)
        self._access.require(visitor, node, access.READ)
        return visitor

    def _proven(self, node, link, origin, method, password, signature, cookie):
        """Whether somebody who wants to come in has shown that they know the password."""
        if cookie:
            until, _, seal = cookie.partition(".")
            if until.isascii() and until.isdigit() and len(until) < 13 and int(until) > clock.now() and _same(seal, _seal(link, "cookie " + until)):
                return True
        if password is not None:
            fits = self._people.proofs.fits(link.id, link.password, password, origin)
            if not fits:
                self._bus.publish(events.LinkRefused("", node.id, "", origin, node.path or self._storage.spaces.get(node.space).name, link.id))
            return fits
        return signature is not None and method in ("GET", "HEAD") and _is_future(signature[0]) and _same(signature[1], _seal(link, signature[0]))

    def _came(self, node, link, origin):
        """Count a visit: one for all that a network asks for within some minutes."""
        now, key = clock.now(), (link.id, throttle.network(origin.address))
        if not 0 <= self._seen.get(key, 0) - now <= VISIT:
            self._visits[link.id] += 1
            self._bus.publish(events.LinkOpened(node.space, node.id, "", origin, node.path, link.id))
        self._seen.pop(key, None)
        if len(self._seen) >= VISITORS:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = now + VISIT

    # Where they are.

    def _at(self, key):
        """The node that the link of a token or an id is on, and the Link. NotFound, also where it is over."""
        node_id = self._linked.holding(key)
        if not node_id:
            raise errors.NotFound()
        node = self._storage.tree.by_id(node_id)
        link = next((link for link in links.read(self._linked.of(node)).values() if key in (link.id, link.token)), None)
        if link is None or link.over:
            raise errors.NotFound()
        return node, link

    def _by(self, account):
        return self._linked.mentioning(lambda id, each: _is(id, each, lambda link: link.by == account))

    def _one(self, node, id):
        link = links.read(self._linked.of(node)).get(id)
        if link is None:
            raise errors.NotFound("There is no such link.")
        return link

    def _drop(self, node, gone):
        dropped = set()

        def drop(kept):
            dropped.update(gone & links.read(kept).keys())
            return {id: each for id, each in kept.items() if id not in gone}
        self._linked.change(node, drop)
        for id in dropped:
            self._visits.pop(id, None)
            self._storage.locks.forget_of(id)
            for upload in self._storage.uploads.of(id):
                upload.remove()

    def _counted(self, link):
        return replace(link, visits=link.visits + self._visits[link.id])

    # What may be.

    def _may_link(self, actor, node):
        self._access.require(actor, node, access.READ)
        if actor.scoped:
            raise errors.Forbidden("An app token for one folder shares nothing.")
        roles.require(actor, "PublicLink.Write")
        self._access.require(actor, node, access.SHARE)
        if not node.path and self._storage.spaces.get(node.space).kind == "personal":
            raise errors.Invalid("All that is yours cannot be shared by one link. Choose a folder.")

    def _kind(self, node, kind):
        if kind not in links.KINDS or kind in links.OF_FOLDERS and not node.folder:
            raise errors.Invalid("A link is for view, edit or internal; to a folder also for upload or createOnly.")
        return kind

    def _guard(self, actor, kind, password):
        """Invalid where a link of that kind wants a password and has none, or has one and can have none."""
        if kind == links.INTERNAL:
            if password:
                raise errors.Invalid("An internal link has no password: who comes by it signs in.")
            return
        policy = self._config.link_passwords
        if not (password or policy == "never" or policy == "writing" and kind == links.VIEW
                or kind == links.VIEW and roles.allowed(actor, "ReadOnlyPublicLinkPassword.Delete")):
            raise errors.Invalid("A link like this needs a password.")

    def _say(self, event, actor, node, *details):
        self._bus.publish(event(node.space, node.id, actor.id, actor.origin, node.path, *details))


def _is(id, each, wanted):
    return any(wanted(link) for link in links.read({id: each}).values())


def _name(name):
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not name.isprintable():
        raise errors.Invalid(f"The name of a link has at most {LONGEST_NAME} characters that can be shown.")
    return name.strip()


def _hashed(password):
    """What is kept of a password, "" for none. Invalid where it is too easy to guess."""
    if not password:
        return ""
    passwords.check(password)
    return passwords.hashed(password)


def _quota(bytes):
    if bytes is not None and (isinstance(bytes, bool) or not isinstance(bytes, int) or not 0 < bytes < 1 << 63):
        raise errors.Invalid("What may be put into a folder is a number of bytes.")
    return bytes


def _mark(link):
    """Changes with the password."""
    return hashlib.sha256(f"{link.id} {link.password}".encode()).hexdigest()[:16]


def _seal(link, text):
    """As OpenCloud signs; our hashes are Argon2's."""
    key = hashlib.sha256(link.password.encode()).digest()
    return hmac.new(key, f"{link.token}|{text}".encode("utf-8", "surrogatepass"), "sha512_256").hexdigest()


def _same(given, wanted):
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())


def _is_future(text):
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return False
    return when.tzinfo is not None and when.timestamp() > clock.now()

"""Everything that is known of a person, written into their own space for them as one JSON file (GDPR, Articles 15 and 20).

Their files are there already, and come as an archive where wanted. No secret is in it, not even as a hash.
"""
import json
from dataclasses import asdict

from appliance.activity.audit import look
from appliance.core import clock, errors, events, jobs, log

LINES = 500                                         # of the audit trail at once: a long one is never in memory whole
LONGEST = 1_000                                     # characters of a path
_KEPT = {                                           # of each record, what is no secret
    "sessions": ("id", "client", "device", "address", "created", "used", "expires", "authenticated", "methods", "scope"),
    "tokens": ("id", "label", "created", "expires", "used", "address", "read_only", "folder"),
}


class PersonalData:
    """Writes it, in the background."""

    def __init__(self, people, files, audit, bus, notices):
        self._people, self._files, self._audit, self._bus, self._notices = people, files, audit, bus, notices
        self._running = set()                       # ids of accounts

    def export(self, actor, path):
        """Begin to write it to a path in the actor's own space; a greenlet, None where that is under way already.

        Forbidden for app tokens that reach files alone, Invalid, NotFound, and what writing a file raises.
        """
        if actor.scoped:
            raise errors.Forbidden("Sign in yourself for this; this app token may not.")
        folder, _, name = path.strip("/").rpartition("/")
        if not name.endswith(".json") or len(path) > LONGEST:
            raise errors.Invalid("The file must be one whose name ends in .json.")
        parent = self._files.node(actor, self._files.home(actor), folder)
        if actor.id in self._running:
            return None
        writing = self._files.write(actor, parent, name)
        self._running.add(actor.id)
        return jobs.soon(self._write, actor, writing)

    def _write(self, actor, writing):
        try:
            for block in self._blocks(actor):
                writing.write(block)
            writing.commit()
        except errors.HouseError as error:          # no room, or the person is gone: there is no file then
            log.get("activity").warning("the personal data of %s could not be written: %s", actor.id, error)
            writing.abort()
            return
        except BaseException:
            writing.abort()
            raise
        finally:
            self._running.discard(actor.id)
        self._bus.publish(events.PersonalDataExported(actor.id, actor.origin, actor.id, actor.name))

    def _blocks(self, actor):
        """The document, a piece at a time."""
        head = json.dumps(self._known(actor), ensure_ascii=False, indent=1).removesuffix("\n}")
        yield f'{head},\n "events": [\n'.encode()
        after, comma = "", ""
        self._audit.flush()
        while True:
            page = jobs.bulk(look, self._audit.trail, actor.id, after=after, limit=LINES)
            lines = [f"  {json.dumps(_of_theirs(line, actor.id))}" for line in page.entries]
            if lines:
                yield (comma + ",\n".join(lines)).encode()
                comma = ",\n"
            after = page.after
            if not after:
                break
        yield b"\n ]\n}\n"

    def _known(self, actor):
        people, account = self._people, self._people.find(actor.id)
        factors = people.factors.of(account.id)
        user = {name: value for name, value in asdict(account).items() if name not in ("removed", "heir")}
        return {
            "exported": clock.now(), "user": user, "photo": people.photos.has(account.id),
            "groups": [{"id": group.id, "name": group.name} for group in people.groups_of(account.id)],
            "secondFactors": {"app": factors.totp, "passkeys": [_of(each, ("label", "created", "used")) for each in factors.passkeys],
                              "recoveryCodes": factors.recovery},
            "sessions": [_of(asdict(each), _KEPT["sessions"]) for each in people.sessions.of(account.id)],
            "tokens": [_of(asdict(each), _KEPT["tokens"]) for each in people.tokens.of(account.id)],
            "consents": people.provider.consents(account.id), "settings": people.settings.of(account.id),
            "networks": people.networks(account.id), "spaces": [self._space(actor, space) for space in self._files.spaces(actor)],
            "shared": [_shared(share) for share in self._files.shares.by_me(actor)],
            "received": [{**_shared(share), "hidden": share.is_hidden(actor), "declined": share.is_declined(actor)}
                         for share in self._files.shares.with_me(actor)],
            "quarantine": [_of_quarantine(held) for held in self._files.inspection.quarantined_of(actor)],
            "favorites": [{"id": node.id, "name": node.name, "space": node.space, "since": since} for node, since in self._files.labels.marked(actor)],
            "links": [_linked(linked) for linked in self._files.links.by_me(actor)],
            "notices": self._notices.list(actor, "en"), "mail": self._notices.waiting(actor.id),
        }

    def _space(self, actor, space):
        used, _ = self._files.quota(actor, space)
        return {"id": space.id, "kind": space.kind, "name": space.name, "own": space.owner == actor.id, "used": used, "quota": space.quota}


def _shared(share):
    """A share as whoever gave or received it knows it."""
    return {"id": share.node.id, "name": share.node.name, "space": share.space.id,
            "grants": [_of(asdict(grant), ("to", "role", "created", "expires")) for grant in share.grants.values()]}


def _linked(linked):
    """The links to a node, as whoever made them knows them."""
    return {"id": linked.node.id, "name": linked.node.name, "space": linked.space.id,
            "links": [_of(asdict(link), ("id", "kind", "name", "created", "expires", "visits")) for link in linked.links.values()]}


def _of_quarantine(held):
    """What a person sent that was not let in, and is kept."""
    return {"name": held.name, "space": held.space, "bytes": held.size, "since": held.since, "why": held.why, "virus": held.virus}


def _of_theirs(line, account):
    """A line of the trail without what it tells of somebody else: from where an administrator did it, and with what."""
    others = line.get("who") not in ("", account)
    return {name: value for name, value in line.items() if not (others and name in ("address", "agent", "request"))}


def _of(record, names):
    return {name: record[name] for name in names}

"""Grants: who is given which role on a node. They lie on the node itself; on the root of a space they are its members."""
from dataclasses import asdict, dataclass

from appliance.core import clock, errors
from appliance.sharing.roles import ROLES

MOST = 200                                          # members of a space
USER, GROUP = "u", "g"
ASIDE = ("hidden", "declined")                      # what receivers say of a share, each for themselves
LATEST = 253_402_300_800                            # seconds since 1970: the year 10000, which no calendar of ours knows
MANAGER = "312c0871-5ef7-4b3a-85b6-0e4074c64049"


@dataclass(frozen=True)
class Grant:
    """A role for somebody, until it expires."""

    to: str                                         # u: or g: and the id of an account or group
    role: str                                       # its id
    by: str = ""                                    # the account that gave it
    created: float = 0.0                            # seconds since 1970
    expires: float | None = None
    hidden: tuple = ()                              # accounts that received it and do not want to see it in lists
    declined: tuple = ()                            # accounts that received it and do not want it in their Shares space

    @property
    def over(self):
        """Whether it opens nothing any more."""
        return self.expires is not None and clock.now() >= self.expires

    @property
    def actions(self):
        """What it lets do."""
        return frozenset() if self.over or self.role not in ROLES else ROLES[self.role].actions

    @property
    def manages(self):
        """Whether it makes a manager for good."""
        return self.role == MANAGER and self.expires is None


def read(kept):
    """Grants as they are kept on a node: ``{to: Grant}``; what makes no sense opens nothing."""
    return {to: grant for to, each in kept.items() if (grant := _read(to, each))}


def _read(to, each):
    """One of them, or None: whoever has the disk may have written anything there."""
    if not isinstance(each, dict):
        return None
    grant = Grant(to, each.get("role"), each.get("by", ""), each.get("created", 0.0), each.get("expires"), *(_accounts(each.get(name)) for name in ASIDE))
    times = (grant.created, 0.0 if grant.expires is None else grant.expires)
    sound = isinstance(grant.role, str) and isinstance(grant.by, str) and all(type(time) in (int, float) and 0 <= time < LATEST for time in times)
    return grant if sound and to.isprintable() else None


def _accounts(kept):
    return tuple(each for each in kept if isinstance(each, str)) if isinstance(kept, list) else ()


def write(grants):
    """The same to be kept."""
    return {to: {name: list(value) if name in ASIDE else value for name, value in asdict(grant).items() if name != "to" and value not in (None, ())}
            for to, grant in grants.items()}


def names(actor):
    """By which names an actor is given something."""
    return (f"{USER}:{actor.id}", *(f"{GROUP}:{group}" for group in actor.groups))


def known(everybody, to):
    """Whether there is such a person or group."""
    kind, _, id = to.partition(":")
    return id in {USER: everybody.accounts, GROUP: everybody.groups}.get(kind, ())


def future(when):
    """An end, in seconds since 1970, that has not come yet, or None. Invalid."""
    if when is not None and when <= clock.now():
        raise errors.Invalid("The end must lie in the future.")
    return when


def without(kept, account):
    """The same without an account that is gone: neither a member, nor as who made somebody one. It may have been the last manager."""
    return {to: _freed(each, account) for to, each in kept.items() if to != f"{USER}:{account}"}


def _freed(each, account):
    """One of them, of whatever others left there, without the account."""
    if not isinstance(each, dict):
        return each
    left = {**each, "by": ""} if each.get("by") == account else dict(each)
    for name in ASIDE:
        if account in _accounts(left.get(name)):
            left[name] = [id for id in left[name] if id != account]
    return left


def checked(kept, grants):
    """What is to be kept on the root of a space in place of ``kept``; Invalid or Forbidden where that breaks a rule."""
    if len(grants) > MOST:
        raise errors.Invalid(f"A space has at most {MOST} members. Use a group.")
    if any(each.manages for each in read(kept).values()) and not any(each.manages for each in grants.values()):
        raise errors.Forbidden("A space always keeps a manager. Give somebody else this role first.")
    return write(grants)

"""Administration: what one person may do with the accounts and groups of others, and with their own.

Each verb takes the actor first, asks the roles, does it, and says so. The commands of the box use People itself: whoever holds
the box needs no role.
"""
from appliance.core import errors, events
from appliance.identity import roles
from appliance.identity.accounts import folded

SHORTEST = 3                                        # letters that somebody else must know of a name to find it, as with OpenCloud


class Administration:
    """Looks after accounts and groups."""

    def __init__(self, people, bus):
        self._people, self._bus = people, bus

    # Finding.

    @staticmethod
    def all_seen(actor):
        """Whether an actor may see all that is known of others; else a name, and that only of whom they look for."""
        return roles.allowed(actor, "Accounts.ReadWrite")

    def accounts(self, actor, term=None):
        """Accounts whose names or mail address hold a term, by name; Forbidden where it is too short for this actor."""
        term = self._term(actor, term)
        return [account for account in self._people.everybody().listed if term in account.haystack]

    def groups(self, actor, term=None):
        """Groups whose name holds a term, by name; Forbidden where it is too short for this actor."""
        term = self._term(actor, term)
        return [group for group in self._people.groups() if term in group.key]

    def _term(self, actor, term):
        if actor.scoped:
            raise errors.Forbidden()
        term = folded((term or "").strip())
        if len(term) < SHORTEST and not self.all_seen(actor):
            raise errors.Forbidden("search term too short")
        return term

    # Accounts.

    def add(self, actor, name, password=None, **wanted):
        """Make an account; ``wanted`` as for ``People.add``."""
        self._require(actor, wanted)
        account = self._people.add(name, password, **wanted)
        self._bus.publish(events.AccountMade(*_by(actor), account.id, account.name))
        return account

    def change(self, actor, who, password=None, **wanted):
        """Change members of an account and its password, all or nothing; ``wanted`` as for ``People.set``."""
        self._require(actor, wanted)
        if password is not None:
            _in_person(actor)
        before = self._people.find(who)
        account = self._people.set(before.id, password=password, **wanted)
        told = tuple(sorted(name for name in wanted if getattr(before, name) != getattr(account, name)))
        if told:
            self._bus.publish(events.AccountChanged(*_by(actor), account.id, account.name, told))
        if password is not None:
            self._bus.publish(events.PasswordChanged(*_by(actor), account.id, account.name))
        return account

    @staticmethod
    def _require(actor, wanted):
        roles.require(actor, "Accounts.ReadWrite")
        if wanted.get("quota") is not None:
            roles.require(actor, "Drives.ReadWritePersonalQuota")
        if wanted.get("role") is not None:
            roles.require(actor, "Roles.ReadWrite")
            _in_person(actor)

    def remove(self, actor, who, heir=None):
        """Remove an account; its files go to the trash of the box, or to an heir. Nobody removes themselves."""
        roles.require(actor, "Accounts.ReadWrite")
        if heir is not None:
            _in_person(actor)
        account = self._people.find(who)
        if account.id == actor.id:
            raise errors.Forbidden("Nobody removes their own account. Ask another administrator.")
        self._people.remove(account.id, heir)
        self._bus.publish(events.AccountRemoved(*_by(actor), account.id, account.name))

    def assign(self, actor, who, role):
        """Give an account a role. Nobody changes their own."""
        roles.require(actor, "Roles.ReadWrite")
        _in_person(actor)
        account = self._people.find(who)
        if account.id == actor.id:
            raise errors.Forbidden("Nobody changes their own role. Ask another administrator.")
        account = self._people.set(account.id, role=role)
        self._bus.publish(events.RoleAssigned(*_by(actor), account.id, account.name, role))
        return account

    # Second factors.

    def policy(self, actor):
        """The Policy: what is asked of everybody who signs in."""
        roles.require(actor, "Settings.ReadWrite")
        return self._people.policy

    def set_policy(self, actor, second_factor):
        """Change of whom a second factor is required. Invalid."""
        roles.require(actor, "Settings.ReadWrite")
        _in_person(actor)
        self._people.set_policy(second_factor)
        self._bus.publish(events.SettingChanged(*_by(actor), "second_factor", second_factor))
        return self._people.policy

    def factors(self, actor, who):
        """The State of somebody's second factors."""
        roles.require(actor, "Accounts.ReadWrite")
        return self._people.factors.of(self._people.find(who).id)

    def rescue(self, actor, who):
        """A code that stands in for a lost second factor, once and for ten minutes; to be told to its owner."""
        roles.require(actor, "Accounts.ReadWrite")
        _in_person(actor)
        account = self._people.find(who)
        code = self._people.factors.rescue(account.id)
        self._bus.publish(events.FactorAdded(*_by(actor), account.id, account.name, "rescue"))
        return code

    def reset_factors(self, actor, who):
        """Let somebody sign in without their second factors, which are gone then."""
        roles.require(actor, "Accounts.ReadWrite")
        _in_person(actor)
        account = self._people.find(who)
        self._people.factors.reset(account.id)
        self._bus.publish(events.FactorRemoved(*_by(actor), account.id, account.name))

    # One's own.

    def speak(self, actor, language):
        """Let an actor read another language."""
        roles.require(actor, "Language.ReadWrite", own=True)
        return self._people.set(actor.id, language=language)

    def show(self, actor, photo):
        """Let an actor be seen by others with a photo, None for none."""
        if not roles.allowed(actor, "Accounts.ReadWrite"):
            roles.require(actor, "Self.ReadWrite", own=True)
        if photo is None:
            self._people.photos.remove(actor.id)
        else:
            self._people.photos.set(actor.id, photo)

    def change_password(self, actor, current, new):
        """Give an actor another password, for the one they have; Invalid where that is wrong, and tries are counted."""
        _in_person(actor)
        try:
            self._people.check_password(actor.id, current, actor.origin.address)
        except errors.Unauthenticated:
            raise errors.Invalid("wrong current password") from None
        self._people.passwd(actor.id, new, but=actor.session)
        self._bus.publish(events.PasswordChanged(*_by(actor), actor.id, actor.name))

    # Groups.

    def add_group(self, actor, name):
        """Make a group."""
        roles.require(actor, "Groups.ReadWrite")
        group = self._people.add_group(name)
        self._bus.publish(events.GroupMade(*_by(actor), group.id, group.name))
        return group

    def change_group(self, actor, which, name=None, joining=()):
        """Give a group another name, and put accounts into it, all or nothing."""
        roles.require(actor, "Groups.ReadWrite")
        before = self._people.group(which)
        group = self._people.set_group(before.id, name, joining)
        if group.name != before.name:
            self._bus.publish(events.GroupChanged(*_by(actor), group.id, group.name))
        for account in group.members:
            if account not in before.who:
                self._bus.publish(events.MemberAdded(*_by(actor), group.id, group.name, account))
        return group

    def remove_group(self, actor, which):
        """Remove a group; the people in it stay."""
        roles.require(actor, "Groups.ReadWrite")
        group = self._people.remove_group(which)
        self._bus.publish(events.GroupRemoved(*_by(actor), group.id, group.name))

    def join(self, actor, which, who):
        """Put an account into a group; no complaint where it is in it."""
        roles.require(actor, "Groups.ReadWrite")
        group, account = self._people.group(which), self._people.find(who)
        if self._people.join(group.id, account.id):
            self._bus.publish(events.MemberAdded(*_by(actor), group.id, group.name, account.id))

    def leave(self, actor, which, who):
        """Take an account out of a group; NotFound where it is not in it."""
        roles.require(actor, "Groups.ReadWrite")
        group, account = self._people.group(which), self._people.find(who)
        if not self._people.leave(group.id, account.id):
            raise errors.NotFound("This person is not in the group.")
        self._bus.publish(events.MemberRemoved(*_by(actor), group.id, group.name, account.id))


def _in_person(actor):
    """Forbidden for an app token: what a program was given must not take accounts over."""
    if actor.token:
        raise errors.Forbidden("Sign in yourself for this; an app token may not.")


def _by(actor):
    """Who did it, and from where."""
    return actor.id, actor.origin

"""People: accounts, groups, and who may sign in. The one object that the rest of the house asks.

All answers are as of now, also where a command in another process has just changed something.
"""
from dataclasses import replace

from appliance.core import Origin, clock, errors, events, ids
from appliance.identity import accounts, changes, passwords, setup
from appliance.identity.accounts import Account, Group
from appliance.identity.directory import Directory
from appliance.identity.entrance import Entrance
from appliance.identity.factors.kept import Factors
from appliance.identity.folder import Folder
from appliance.identity.keys import Keys
from appliance.identity.openid.provider import Provider
from appliance.identity.photos import Photos
from appliance.identity.policy import Policy
from appliance.identity.proofs import Proofs
from appliance.identity.sessions import Sessions
from appliance.identity.settings import Settings
from appliance.identity.signin import SignIn, actor
from appliance.identity.throttle import Throttle
from appliance.identity.tokens import Tokens


_CHECKS = {
    "name": accounts.checked_login, "display_name": lambda text: accounts.checked_text(text, "display name"),
    "given_name": lambda text: accounts.checked_text(text, "given name"), "surname": lambda text: accounts.checked_text(text, "surname"),
    "email": accounts.checked_email, "role": accounts.checked_role, "quota": accounts.checked_quota, "enabled": bool,
    "language": accounts.checked_language,
}


class People:
    """Everybody, and what may be done with accounts. An account is named by its id, login name or mail address."""

    def __init__(self, folder, bus):
        self._bus = bus
        self._folder = Folder(folder)
        self._directory = Directory(self._folder, bus)
        self._keys = Keys(self._folder)
        self.tokens = Tokens(self._folder)
        self.photos = Photos(self._folder)
        self.sessions = Sessions(self._folder, self._directory)
        self.provider = Provider(self._folder, self._directory, self.sessions, bus)
        self._throttle = Throttle(self._folder)
        self.proofs = Proofs(self._throttle)
        self.factors = Factors(self._folder)
        self.settings = Settings(self._folder)
        self._sign_in = SignIn(self._folder, self._directory, self.tokens, self._throttle, bus)
        self.entrance = Entrance(self._directory, self._sign_in, self.factors, self.sessions, self._throttle, bus)

    def close(self):
        """Keep what is still only in memory."""
        self._throttle.close()

    def tidy(self):
        """Remove sessions that are over and tokens that expired long ago."""
        self.sessions.tidy()
        self.tokens.tidy()

    # Who is there.

    def list(self):
        """All accounts by name."""
        return list(self._directory.look().listed)

    def everybody(self):
        """All accounts and groups of one moment, for many questions at once: an ``Everybody``."""
        return self._directory.look()

    def find(self, who):
        """An account; NotFound where there is none."""
        return self._found(self._directory.look(), who)

    def groups(self):
        """All groups by name."""
        return sorted(self._directory.look().groups.values(), key=lambda group: group.key)

    def group(self, which):
        """A group by its id or name; NotFound where there is none."""
        found = self._directory.look().group(which)
        if found is None:
            raise errors.NotFound(f'There is no group "{which[:64]}".')
        return found

    def groups_of(self, account_id):
        """The groups an account is in."""
        return self._directory.look().groups_of(account_id)

    @staticmethod
    def _found(everybody, who):
        account = everybody.account(who)
        if account is None:
            raise errors.NotFound(f'There is no account "{who[:64]}".')
        return account

    # Signing in.

    def sign_in(self, name, secret, origin=Origin()):
        """The Actor for a login name or mail address with its password or one of its app tokens.

        Unauthenticated says the same whatever was wrong; TooManyAttempts where it must wait.
        """
        return self._sign_in.actor(name, secret, origin)

    def check_password(self, who, secret, address=""):
        """Unauthenticated where this is not the password of an account that is already signed in; tries are counted."""
        self._sign_in.password(self.find(who).name, secret, Origin(address))

    def actor(self, who, method="password", token=""):
        """The Actor of an account that showed itself in another way; Unauthenticated where it is gone or disabled.

        What an app token has begun goes on by its id: no further than the token reaches, and no longer than it is good.
        """
        everybody = self._directory.look()
        account = everybody.account(who)
        if account is None or not account.enabled:
            raise errors.Unauthenticated()
        shown = self.tokens.get(token, account.id) if token else None
        if token and shown is None:
            raise errors.Unauthenticated()
        return actor(everybody, account, method, shown)

    def standing(self, actor):
        """What stays the same for as long as what an actor has shown is good: their session, app token or password. None where it is not any more."""
        everybody, mark = self._directory.look_with(f"credentials/{actor.id}.json")
        account = everybody.accounts.get(actor.id)
        if account is None or not account.enabled:
            return None
        if actor.session:
            return self.sessions.get(actor.session) and actor.session
        if actor.token:
            return self.tokens.get(actor.token, actor.id) and actor.token
        return None if everybody.policy.requires(account) else mark

    def signing_key(self, account_id):
        """The key with which an account signs addresses, in hexadecimal; made when first asked for."""
        return self._keys.signing(self.find(account_id).id)

    # What is asked of all.

    @property
    def policy(self):
        """The Policy."""
        return self._directory.look().policy

    def set_policy(self, second_factor):
        """Change of whom a second factor is required. Invalid."""
        self._directory.change(changes.set_policy, Policy(second_factor))

    # The first account.

    def setup_code(self):
        """A new one-time code to make the first administrator with, or None where there is one."""
        if not self.wants_setup():
            return None
        return self._folder.change(setup.make, self._folder.path)

    def wants_setup(self):
        """Whether there is no administrator yet."""
        return not any(account.role == "admin" for account in self._directory.look().accounts.values())

    def check_setup(self, code, address=""):
        """Forbidden where this code makes no administrator; tries are counted."""
        if not self.wants_setup():
            raise errors.Forbidden(setup.GONE)
        attempt = self._throttle.attempt(f"setup {address}", None, address)
        self._folder.look(setup.check, self._folder.path, code)
        self._throttle.taken_back(attempt)

    def set_up(self, name, password, display_name="", email="", code=None):
        """Make the first administrator; Forbidden where there is one, or where a ``code`` is given that does not fit."""
        account, secret = self._prepared(name, password, display_name, email, "admin", None)
        self._directory.change(changes.set_up, account, secret, code)
        return account

    def setup_step(self):
        """The step that the set-up in the browser has got to, None where it is over; ``setup.STEPS``."""
        return self._folder.look(setup.step, self._folder.path)

    def go_on_with_setup(self, step):
        """The set-up has got to this step; None where all is done."""
        self._folder.change(setup.go_on, self._folder.path, step)

    # Changing accounts.

    def add(self, name, password=None, display_name="", email="", role="user", quota=None, **more):
        """Make an account; without a password it signs in by app tokens only. ``more`` as for ``set``. AlreadyExists, Invalid."""
        account, secret = self._prepared(name, password, display_name, email, role, quota, **more)
        self._directory.change(changes.add, account, secret)
        return account

    def set(self, who, password=None, **wanted):
        """Change members of an account, and its password as ``passwd`` does, all or nothing. The members are ``name``,
        ``display_name``, ``given_name``, ``surname``, ``email``, ``role``, ``quota``, ``enabled``, ``language``; None leaves one
        as it is. Answers the account as it is then."""
        account = self.find(who)
        checked = {name: _CHECKS[name](value) for name, value in wanted.items() if value is not None}
        secret = None
        if password is not None:
            passwords.check(password, checked.get("name", account.name), checked.get("email", account.email))
            secret = passwords.hashed(password)
        account = self._directory.change(changes.put, account.id, checked, secret)
        if secret is not None:
            self._secret_changed(account.id)
        return account

    def enable(self, who):
        """Let an account sign in again."""
        return self.set(who, enabled=True)

    def disable(self, who):
        """Let an account sign in no more, from the next request on. Its files and tokens are kept."""
        return self.set(who, enabled=False)

    def passwd(self, who, password, but=""):
        """Give an account another password. The old one, all signed addresses and all sessions but one end at once; app tokens do not."""
        account = self.find(who)
        passwords.check(password, account.name, account.email)
        self._directory.change(changes.set_password, account, passwords.hashed(password), but)
        self._secret_changed(account.id)

    def _secret_changed(self, account_id):
        self.entrance.forget(account_id)
        self._bus.publish(events.PeopleChanged(account_id))

    def networks(self, account_id):
        """The networks that an account signed in from."""
        return self._throttle.networks(account_id)

    def remove(self, who, heir=None):
        """Remove an account with all its secrets at once. Its files follow, into the trash or to another account; see ``departed``."""
        account = self.find(who)
        heir = self.find(heir) if heir is not None else None
        if heir is not None and (heir.id == account.id or heir.role == "guest"):
            raise errors.Invalid("The files can go to somebody else who has room of their own.")
        self._directory.change(changes.remove, account, clock.now(), heir.id if heir else "")
        self.tokens.revoke_all(account.id)
        return account

    def departed(self):
        """Accounts that were removed and may still have files."""
        return self._directory.look().departed

    def forget(self, account_id):
        """Nothing of a removed account is left."""
        self.photos.remove(account_id)
        self._throttle.forget(account_id)
        self.tokens.revoke_all(account_id)          # some may be there if the removal was cut off
        self._directory.change(changes.forget, account_id)

    @staticmethod
    def _prepared(name, password, display_name, email, role, quota, **more):
        checked = {part: _CHECKS[part](value) for part, value in more.items() if value is not None}
        name = accounts.checked_login(name)
        account = Account(ids.new(), name, accounts.checked_text(display_name, "display name") or name,
                          accounts.checked_email(email), accounts.checked_role(role), quota=accounts.checked_quota(quota), **checked)
        if password is None:
            return account, None
        passwords.check(password, account.name, account.email)
        return account, passwords.hashed(password)

    # Changing groups.

    def add_group(self, name):
        """Make a group."""
        group = Group(ids.new(), accounts.checked_group(name))
        self._directory.change(changes.add_group, group)
        return group

    def set_group(self, which, name=None, joining=()):
        """Give a group another name, None for as it is, and put accounts into it, all or nothing; answers it as it is then."""
        wanted = None if name is None else accounts.checked_group(name)
        return self._directory.change(changes.put_group, self.group(which).id, wanted, [self.find(who).id for who in joining])

    def remove_group(self, which):
        """Remove a group; the people in it stay."""
        group = self.group(which)
        self._directory.change(changes.remove_group, group)
        return group

    def join(self, which, who):
        """Put an account into a group; False where it was in it."""
        return self._directory.change(changes.set_member, self.group(which).id, self.find(who).id, True)

    def leave(self, which, who):
        """Take an account out of a group; False where it was not in it."""
        return self._directory.change(changes.set_member, self.group(which).id, self.find(who).id, False)

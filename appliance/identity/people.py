"""People: accounts, groups, and who may sign in. The one object that the rest of the house asks.

All answers are as of now, also where a command in another process has just changed something.
"""
from dataclasses import replace

from appliance.core import clock, errors, events, ids
from appliance.identity import accounts, changes, passwords, policy, setup
from appliance.identity.accounts import Account, Group
from appliance.identity.directory import Directory
from appliance.identity.entrance import Entrance
from appliance.identity.factors.kept import Factors
from appliance.identity.folder import Folder
from appliance.identity.keys import Keys
from appliance.identity.sessions import Sessions
from appliance.identity.signin import SignIn, actor
from appliance.identity.throttle import Throttle
from appliance.identity.tokens import Tokens


class People:
    """Everybody, and what may be done with accounts. An account is named by its id, login name or mail address."""

    def __init__(self, folder, bus):
        self._bus = bus
        self._folder = Folder(folder)
        self._directory = Directory(self._folder, bus)
        self._keys = Keys(self._folder)
        self.tokens = Tokens(self._folder)
        self.sessions = Sessions(self._folder, self._directory)
        self._throttle = Throttle(self._folder)
        self.factors = Factors(self._folder)
        self._sign_in = SignIn(self._folder, self._directory, self.tokens, self._throttle, bus)
        self.entrance = Entrance(self._directory, self._sign_in, self.factors, self.sessions, self._throttle)

    def close(self):
        """Keep what is still only in memory."""
        self._throttle.close()

    # Who is there.

    def list(self):
        """All accounts by name."""
        return sorted(self._directory.look().accounts.values(), key=lambda account: accounts.folded(account.name))

    def find(self, who):
        """An account; NotFound where there is none."""
        return self._found(self._directory.look(), who)

    def groups(self):
        """All groups by name."""
        return sorted(self._directory.look().groups.values(), key=lambda group: accounts.folded(group.name))

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

    def sign_in(self, name, secret, address=""):
        """The Actor for a login name or mail address with its password or one of its app tokens.

        Unauthenticated says the same whatever was wrong; TooManyAttempts where it must wait; ``address`` is the client's.
        """
        return self._sign_in.actor(name, secret, address)

    def check_password(self, who, secret, address=""):
        """Unauthenticated where this is not the password of an account that is already signed in; tries are counted."""
        self._sign_in.password(self.find(who).name, secret, address)

    def actor(self, who, method="password"):
        """The Actor of an account that showed itself in another way; Unauthenticated where it is gone or disabled."""
        account = self._directory.look().account(who)
        if account is None or not account.enabled:
            raise errors.Unauthenticated()
        return actor(account, method)

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
        self._change(policy.write, policy.Policy(second_factor))

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
        self._change(changes.set_up, account, secret, code)
        return account

    # Changing accounts.

    def add(self, name, password=None, display_name="", email="", role="user", quota=None):
        """Make an account; without a password it signs in by app tokens only. AlreadyExists, Invalid."""
        account, secret = self._prepared(name, password, display_name, email, role, quota)
        self._change(changes.add, account, secret)
        return account

    def set(self, who, *, display_name=None, email=None, role=None, quota=None, enabled=None):
        """Change what is given; answers the account as it is then."""
        checks = {"display_name": (accounts.checked_text, display_name, "display name"), "email": (accounts.checked_email, email),
                  "role": (accounts.checked_role, role), "quota": (accounts.checked_quota, quota), "enabled": (bool, enabled)}
        wanted = {name: check(value, *more) for name, (check, value, *more) in checks.items() if value is not None}
        return self._change(changes.put, self.find(who).id, wanted)

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
        self._change(changes.set_password, account, passwords.hashed(password), but)
        self.entrance.forget(account.id)
        self._bus.publish(events.AccountChanged(account.id))

    def remove(self, who):
        """Remove an account with all its secrets at once. Its files follow; see ``departed``."""
        account = self.find(who)
        self.tokens.revoke_all(account.id)
        self._change(changes.remove, account, clock.now())
        return account

    def departed(self):
        """Accounts that were removed and may still have files."""
        return self._directory.look().departed

    def forget(self, account_id):
        """Nothing of a removed account is left."""
        self._change(changes.forget, account_id)

    def _prepared(self, name, password, display_name, email, role, quota):
        name = accounts.checked_login(name)
        account = Account(ids.new(), name, accounts.checked_text(display_name, "display name") or name,
                          accounts.checked_email(email), accounts.checked_role(role), quota=accounts.checked_quota(quota))
        if password is None:
            return account, None
        passwords.check(password, account.name, account.email)
        return account, passwords.hashed(password)

    # Changing groups.

    def add_group(self, name):
        """Make a group."""
        name = accounts.checked_text(name, "name of the group")
        if not name or ids.is_uuid(name.lower()):
            raise errors.Invalid("A group needs a name that does not look like an id.")
        group = Group(ids.new(), name)
        self._change(changes.add_group, group)
        return group

    def remove_group(self, which):
        """Remove a group; the people in it stay."""
        group = self.group(which)
        self._change(changes.remove_group, group.id)
        return group

    def join(self, which, who):
        """Put an account into a group; no complaint where it is in it."""
        self._change(changes.set_member, self.group(which).id, self.find(who).id, True)

    def leave(self, which, who):
        """Take an account out of a group; no complaint where it is not in it."""
        self._change(changes.set_member, self.group(which).id, self.find(who).id, False)

    def _change(self, change, *args):
        result = self._folder.change(change, self._folder.path, self._directory.seen, *args)
        self._directory.look()                      # so that the event is told now
        return result

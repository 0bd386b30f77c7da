"""``hearth setup``, ``user``, ``group``, ``token``, ``client`` and ``policy``: accounts, changed on the disk. A running server sees it at once.

Each command answers a document, for ``--json``, and the same as text.
"""
import argparse
import re
import sys
import time
from datetime import UTC, datetime

from appliance import app
from appliance.activity import Audit
from appliance.core import Bus, errors, events
from appliance.identity import ROLES, WHOM, People

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*(?:([kmgt])(i?b?))?b?", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LONGEST = 100 * 366 * 86400
PATIENCE = 15                                       # seconds, for a running server to put somebody's files into the trash


def register(commands, common):
    """Add the commands; ``common`` holds the options that every command has."""
    def add(parsers, name, run, text, *names):
        parser = parsers.add_parser(name, parents=[common], help=text, description=text)
        for each in names:
            parser.add_argument(each, metavar=each.upper())
        parser.set_defaults(run=run)
        return parser

    setup = add(commands, "setup", _setup, "make the first administrator")
    setup.add_argument("--admin", metavar="NAME", required=True)
    setup.add_argument("--password-stdin", action="store_true", required=True, help="read the password from standard input")
    setup.add_argument("--email", metavar="E", default="")
    setup.add_argument("--display-name", metavar="N", default="")

    users = _family(commands, "user", "accounts")
    user = add(users, "add", _add_user, "make an account", "name")
    user.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    user.add_argument("--display-name", metavar="N", default="")
    user.add_argument("--email", metavar="E", default="")
    user.add_argument("--role", choices=ROLES, default="user")
    user.add_argument("--quota", metavar="SIZE", type=size, help="of their own space, like 50GB; 0 for no limit")
    add(users, "list", _list_users, "list all accounts")
    add(users, "show", _show_user, "show an account", "name")
    change = add(users, "set", _set_user, "change what is known of an account", "name")
    for word in ("login", "display-name", "given-name", "surname", "email", "language"):
        change.add_argument(f"--{word}", metavar=word[0].upper())
    change.add_argument("--role", choices=ROLES)
    change.add_argument("--quota", metavar="SIZE", type=size, help="of their own space, like 50GB; 0 for no limit")
    passwd = add(users, "passwd", _passwd, "give an account another password", "name")
    passwd.add_argument("--password-stdin", action="store_true", required=True, help="read the password from standard input")
    add(users, "disable", _disable, "let an account sign in no more; its files stay", "name")
    add(users, "enable", _enable, "let an account sign in again", "name")
    gone = add(users, "remove", _remove_user, "remove an account; its files go to the trash of the box, or to somebody else", "name")
    gone.add_argument("--give-files-to", metavar="OTHER", help='put them into the space of OTHER, as a folder "Files of NAME"')
    add(users, "reset-second-factor", _reset, "let an account sign in without its second factor", "name")

    add(users, "rescue", _rescue, "make a code that stands in for a lost second factor once, for ten minutes", "name")
    policy = add(commands, "policy", _policy, "show or change what is asked of everybody who signs in")
    policy.add_argument("--second-factor", choices=WHOM, help="of whom a second factor is required")

    groups = _family(commands, "group", "groups")
    add(groups, "add", _add_group, "make a group", "name")
    add(groups, "remove", _remove_group, "remove a group; the people in it stay", "name")
    add(groups, "list", _list_groups, "list all groups")
    add(groups, "join", _join, "put an account into a group", "group", "user")
    add(groups, "leave", _leave, "take an account out of a group", "group", "user")

    tokens = _family(commands, "token", "app tokens, which are passwords for programs")
    token = add(tokens, "create", _create_token, "make an app token", "user")
    token.add_argument("--label", metavar="L", default="", help="what it is for")
    token.add_argument("--expires", metavar="72h", type=seconds, help="how long it is good; for ever without this")
    token.add_argument("--read-only", action="store_true", help="it may look at everything and change nothing")
    token.add_argument("--folder", metavar="PATH", help="it reaches only this folder of the account's own files")
    add(tokens, "list", _list_tokens, "list the app tokens of an account", "user")
    add(tokens, "revoke", _revoke, "end an app token", "id")

    clients = _family(commands, "client", "programs that use this sign-in, by OpenID")
    client = add(clients, "add", _add_client, "let a program use this sign-in", "name")
    client.add_argument("--redirect", metavar="URL", action="append", required=True, help="where it wants people back; may be repeated")
    client.add_argument("--logout", metavar="URL", action="append", default=[], help="where they may go after signing out")
    client.add_argument("--public", action="store_true", help="it runs at people's own and can keep no secret")
    add(clients, "list", _list_clients, "list them")
    add(clients, "remove", _remove_client, "let a program use this sign-in no more", "id")


def _family(commands, name, text):
    parser = commands.add_parser(name, help=text, description=text)
    return parser.add_subparsers(metavar="COMMAND", required=True)


# What is typed.

def size(text):
    """Bytes: ``500MB`` and ``1.5TB`` count in thousands, ``500M`` and ``500MiB`` in 1024s."""
    read = _SIZE.fullmatch(text.strip())
    if read is None:
        raise argparse.ArgumentTypeError(f'"{text}" is not a size. Write it like 50GB.')
    base = 1000 if (read[3] or "").lower() == "b" else 1024
    return int(float(read[1]) * base ** (" kmgt".index(read[2].lower()) if read[2] else 0))


def seconds(text):
    """Seconds: ``72h``, ``30d``, ``1h30m``."""
    parts = _TIME.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise argparse.ArgumentTypeError(f'"{text}" is not a length of time. Write it like 72h or 30d.')
    total = sum(int(number) * _SECONDS[unit] for number, unit in parts)
    if not 0 < total <= LONGEST:
        raise argparse.ArgumentTypeError(f'"{text}" is too short or too long. Leave it out for a token without an end.')
    return total


def _password():
    line = sys.stdin.buffer.readline().rstrip(b"\r\n")
    try:
        password = line.decode()
    except UnicodeDecodeError:
        raise errors.Invalid("The password on standard input is not UTF-8.") from None
    if not password:
        raise errors.Invalid("No password came in. Send it in one line on standard input.")
    return password


# The storage.

def _people(config, make=False):
    """The people of the storage, which is made where that is asked for and there is none yet."""
    home = config.data / ".hearth"
    if not (home / "FORMAT").is_file():
        if not make:
            raise errors.NotFound(f"There is no storage in {config.data}. Name its folder with --data, or begin with hearth setup.")
        _alone(config, lambda house: None)
    return People(home / "identity", Bus())


def _told(config, kind, *details, **more):
    """Write down in the audit trail what whoever holds the box did; core/events.py has the kinds and their details."""
    audit = Audit(config)
    audit.witness(kind("", events.HERE, *details, **more))
    audit.close()


def _alone(config, task):
    """Do something with the whole house, while no server runs."""
    house = app.build(config)
    try:
        task(house)
    finally:
        house.close()


def _clear_up(config, people, name):
    """See that the files of removed people of that name lie in the trash; a running server does it by itself."""
    deadline = time.monotonic() + PATIENCE
    while any(each.name.casefold() == name.casefold() for each in people.departed()):
        try:
            _alone(config, lambda house: house.files.clear_up())
        except errors.Unavailable:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
    return True


# Accounts.

def _setup(config, options):
    account = _people(config, make=True).set_up(options.admin, _password(), options.display_name, options.email)
    _told(config, events.AccountMade, account.id, account.name)
    return _account(account), f"{account.name} looks after this box now."


def _add_user(config, options):
    password = _password() if options.password_stdin else None
    people = _people(config, make=True)
    _clear_up(config, people, options.name)
    account = people.add(options.name, password, options.display_name, options.email, options.role, options.quota)
    _told(config, events.AccountMade, account.id, account.name)
    return _account(account), f"There is an account {account.name} now."


def _list_users(config, options):
    every = _people(config).list()
    return [_account(each) for each in every], _table(
        [(each.name, each.display_name, each.role, "" if each.enabled else "disabled") for each in every])


def _show_user(config, options):
    people = _people(config)
    account = people.find(options.name)
    shown = {**_account(account), "groups": [group.name for group in people.groups_of(account.id)]}
    return shown, _table([(f"{name.replace('_', ' ')}:", _word(value)) for name, value in shown.items()])


def _set_user(config, options):
    wanted = {name: getattr(options, name) for name in ("display_name", "given_name", "surname", "email", "language", "role", "quota")}
    account = _people(config).set(options.name, name=options.login, **wanted)
    changed = [name for name, value in (*wanted.items(), ("name", options.login)) if value is not None]
    _told(config, events.AccountChanged, account.id, account.name, tuple(changed))
    return _account(account), f"{account.name} is changed."


def _passwd(config, options):
    people = _people(config)
    account = people.find(options.name)
    people.passwd(account.id, _password())
    _told(config, events.PasswordChanged, account.id, account.name)
    return _account(account), f"{account.name} has another password now. App tokens stay as they were."


def _disable(config, options):
    account = _people(config).disable(options.name)
    _told(config, events.AccountChanged, account.id, account.name, ("enabled",))
    return _account(account), f"{account.name} may not sign in any more. The files stay."


def _enable(config, options):
    account = _people(config).enable(options.name)
    _told(config, events.AccountChanged, account.id, account.name, ("enabled",))
    return _account(account), f"{account.name} may sign in."


def _remove_user(config, options):
    people = _people(config)
    heir = people.find(options.give_files_to) if options.give_files_to else None
    account = people.remove(options.name, heir and heir.id)
    _told(config, events.AccountRemoved, account.id, account.name)
    done = _clear_up(config, people, account.name)
    if heir:
        said = f'{heir.name} has the files, in the folder "Files of {account.name}".' if done else f"The server will give the files to {heir.name}."
    else:
        said = "The files lie in the trash of the box." if done else "The server will put the files into the trash of the box."
    return _account(account), f"{account.name} is gone. {said}"


def _reset(config, options):
    people = _people(config)
    account = people.find(options.name)
    people.factors.reset(account.id)
    _told(config, events.FactorRemoved, account.id, account.name)
    return _account(account), f"{account.name} has no second factor now."


def _rescue(config, options):
    people = _people(config)
    account = people.find(options.name)
    code = people.factors.rescue(account.id)
    _told(config, events.FactorAdded, account.id, account.name, "rescue")
    return {"name": account.name, "code": code, "seconds": 600}, f"For ten minutes and once, {account.name} may sign in with the code {code}"


def _policy(config, options):
    people = _people(config)
    if options.second_factor:
        people.set_policy(options.second_factor)
        _told(config, events.SettingChanged, "second_factor", options.second_factor)
    asked = people.policy.second_factor
    return {"second_factor": asked}, f"A second factor is required of {asked}."


# Groups.

def _add_group(config, options):
    people = _people(config)
    group = people.add_group(options.name)
    _told(config, events.GroupMade, group.id, group.name)
    return _group(people, group), f"There is a group {group.name} now."


def _remove_group(config, options):
    people = _people(config)
    group = people.remove_group(options.name)
    _told(config, events.GroupRemoved, group.id, group.name)
    return _group(people, group), f"The group {group.name} is gone. The people stay."


def _list_groups(config, options):
    people = _people(config)
    every = [_group(people, group) for group in people.groups()]
    return every, _table([(group["name"], ", ".join(group["members"])) for group in every])


def _join(config, options):
    people = _people(config)
    people.join(options.group, options.user)
    group = people.group(options.group)
    _told(config, events.MemberAdded, group.id, group.name, people.find(options.user).id)
    return _group(people, group), f"{people.find(options.user).name} is in {group.name}."


def _leave(config, options):
    people = _people(config)
    people.leave(options.group, options.user)
    group = people.group(options.group)
    _told(config, events.MemberRemoved, group.id, group.name, people.find(options.user).id)
    return _group(people, group), f"{people.find(options.user).name} is not in {group.name}."


# App tokens.

def _create_token(config, options):
    people = _people(config)
    account = people.find(options.user)
    folder = _folder_of(config, account, options.folder) if options.folder is not None else ""
    secret, token = people.tokens.create(account.id, options.label, options.expires, options.read_only, folder)
    _told(config, events.TokenMade, account.id, account.name, token.id, token.label)
    document = {"token": secret, "id": token.id, "label": token.label, "expires": _time(token.expires)}
    return document, secret


def _folder_of(config, account, path):
    """The id of a folder in somebody's own files."""
    house = app.build(config, own=False)
    try:
        actor = house.people.actor(account.id)
        node = house.files.node(actor, house.files.home(actor), path.strip("/")) if path else None
    except errors.NotFound:
        node = None
    finally:
        house.close()
    if node is None or not node.folder:             # also "", which a script may send by mistake: that is not everything
        raise errors.NotFound(f'There is no folder "{path}" in the files of {account.name}.')
    return node.id


def _list_tokens(config, options):
    people = _people(config)
    every = [{"id": token.id, "label": token.label, "created": _time(token.created), "expires": _time(token.expires),
              "used": _time(token.used), "address": token.address, "read_only": token.read_only, "folder": token.folder}
             for token in people.tokens.of(people.find(options.user).id)]
    return every, _table([(each["id"], each["label"], " ".join(name for name, limit in (("read-only", "read_only"), ("one-folder", "folder")) if each[limit]), f"used {each['used'] or 'never'}", f"expires {each['expires'] or 'never'}")
                          for each in every])


def _revoke(config, options):
    _people(config).tokens.revoke(options.id)
    _told(config, events.TokenRevoked, token=options.id)
    return {"id": options.id}, f"The token {options.id} opens nothing any more."


# What is shown.

def _account(account):
    return {"id": account.id, "name": account.name, "display_name": account.display_name, "email": account.email,
            "role": account.role, "enabled": account.enabled, "quota": account.quota, "language": account.language, "created": _time(account.created)}


def _group(people, group):
    names = {account.id: account.name for account in people.list()}
    return {"id": group.id, "name": group.name, "members": sorted(names[each] for each in group.members if each in names)}


def _time(when):
    """RFC 3339 in UTC, or None."""
    return None if when is None else f"{datetime.fromtimestamp(when, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _word(value):
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _table(rows):
    """Columns that stand beneath each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


# Programs.

def _add_client(config, options):
    client, secret = _people(config).provider.clients.add(options.name, options.redirect, options.logout, options.public)
    _told(config, events.ClientAdded, client.id, client.name)
    text = f"{client.name} may use this sign-in now.\nclient id: {client.id}"
    return {**_client(client), "secret": secret}, text + (f"\nsecret (not shown again): {secret}" if secret else "")


def _list_clients(config, options):
    every = _people(config).provider.clients.list()
    return [_client(each) for each in every], "\n".join(f"{each.id}  {each.name}  {' '.join(each.redirects)}" for each in every)


def _remove_client(config, options):
    _people(config).provider.clients.remove(options.id)
    _told(config, events.ClientRemoved, options.id)
    return {"id": options.id}, "The program can use this sign-in no more."


def _client(client):
    return {"id": client.id, "name": client.name, "redirects": list(client.redirects), "logout": list(client.logout),
            "public": not client.secret}

"""``hearth audit``: read who did what, on what, from where, and with which client; also while the server runs."""
import json
import time

from appliance.activity import look, named, shown_time, trail_of
from appliance.cli.account import seconds
from appliance.core import Bus, clock, errors, ids
from appliance.identity import People

WIDEST = (19, 24, 28, 60, 40, 40)                   # characters of each column
EVERY = 1                                           # seconds between two looks, with --follow


def register(commands, shared):
    """Add the command."""
    parser = commands.add_parser("audit", parents=[shared], help="read who did what", description="Read who did what. Times are UTC.")
    parser.add_argument("--since", metavar="7d", type=seconds, help="only the last 7d, 24h, 1h30m ...")
    parser.add_argument("--who", metavar="NAME", default="", help="only what this account did, or what was done to it; a name or an id")
    parser.add_argument("--action", metavar="A", default="", help="only this action, such as sign_in_failed")
    parser.add_argument("--lines", metavar="N", type=int, default=1000, help="at most the N newest; 1000 without this")
    parser.add_argument("--follow", action="store_true", help="go on, and tell what happens from now on")
    parser.set_defaults(run=_run)


def _run(config, options):
    home = config.data / ".hearth"
    if not (home / "FORMAT").is_file():
        raise errors.NotFound(f"There is no storage in {config.data}. Name its folder with --data.")
    if options.lines < 1:
        raise errors.Invalid("--lines wants a number above 0.")
    people, trail = People(home / "identity", Bus()), trail_of(config)
    who = options.who if not options.who or ids.is_uuid(options.who) else people.find(options.who).id
    since = "" if options.since is None else shown_time(clock.now() - options.since)
    found = _newest(trail, options.lines, since, who, options.action)
    shown = named(found, _names(people))
    if not options.follow:
        return shown, "\n".join(map(_line, shown)) or "Nothing like that is written down."
    while True:
        for each in shown:
            print(json.dumps(each) if options.json else _line(each), flush=True)
        time.sleep(EVERY)
        last = found[-1]["time"] if found else since or shown_time(clock.now())
        known = [each for each in found if each["time"] == last]
        fresh = [each for each in _newest(trail, options.lines, last, who, options.action) if each not in known]
        found, shown = known + fresh, named(fresh, _names(people))


def _names(people):
    return {account.id: account.name for account in people.list()}


def _newest(trail, lines, since, who, action):
    """That many lines, the oldest first."""
    found, after = [], ""
    while len(found) < lines:
        page = look(trail, who, action, since=since, after=after, limit=lines - len(found))
        found += page.entries
        after = page.after
        if not after:
            break
    return found[::-1]


def _line(entry):
    """A line for people."""
    on = next((entry[name] for name in ("path", "account_name", "group_name", "name", "account", "group", "client", "node", "space")
               if entry.get(name)), "")
    result = "" if entry.get("result") == "done" else f"{entry.get('result', '')} " + (f"{entry['times']} times " if "times" in entry else "")
    cells = (entry["time"][:19], entry.get("who_name") or entry.get("who") or "-", entry["action"], result + str(on),
             entry.get("address") or "-", entry.get("agent") or "-")
    return "  ".join(_harmless(str(cell))[:width].ljust(width) for cell, width in zip(cells, WIDEST, strict=True)).rstrip()


def _harmless(text):
    """Nothing that a terminal would obey, or that reads in another direction."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)

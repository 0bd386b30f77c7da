"""``hearth backup``: keep the storage somewhere else, look at what is kept, and put it back. Works with and without a server."""
import sys

from appliance.cli.account import _time
from appliance.core import errors
from appliance.system import Backup, Place, fetch, settle, sheet, waits


def register(commands, shared):
    """Add the commands."""
    parser = commands.add_parser("backup", help="keep everything somewhere else, and put it back", description="Backups, by restic.")
    family = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name, run, text, place="?"):
        command = family.add_parser(name, parents=[shared], help=text, description=text)
        if place:
            command.add_argument("place", metavar="PLACE", nargs=place if place == "?" else None,
                                 help="/mnt/disk/folder, sftp://name@host/folder or s3:https://host/bucket" + ("; the chosen one without this" if place == "?" else ""))
        command.set_defaults(run=run)
        return command

    chosen = add("set", _set, "choose where backups go every night, and begin one there", place="1")
    chosen.add_argument("--existing-key", action="store_true", help="go on with a backup that is there; its key comes on standard input")
    _credentials(chosen)
    chosen.add_argument("--hour", type=int, metavar="0-23", help="of the day; 3 without this")
    chosen.add_argument("--warn-days", type=int, metavar="DAYS", help="without a backup, after which the box complains; 3 without this")
    chosen.add_argument("--limit", type=int, metavar="KIB", help="to send in a second; 0 for no limit")
    create = add("create", _create, "make a backup now")
    create.add_argument("--due", action="store_true", help="only where a place was chosen, it is time, and none was made today")
    for command in (chosen, create):
        command.add_argument("--same-disk", action="store_true", help="even on the disk that holds the data: it dies with it")
    verify = add("verify", _verify, "read back what is kept, and prove it whole")
    verify.add_argument("--part", metavar="10%", help="only so much of it, by chance")
    add("list", _list, "list what is kept")
    add("show", _show, "tell where backups go and what came of the last one", place=None)
    add("sheet", _sheet, "print the recovery sheet: all that is needed to have everything back", place=None)
    add("key", _key, "print the public key of this box, for authorized_keys of a computer reached by SSH", place=None)
    add("stop", _stop, "make no more backups by itself; what is kept stays", place=None)
    restore = add("restore", _restore, "put a backup into an empty data folder; its key comes on standard input", place="1")
    restore.add_argument("--snapshot", metavar="ID", default="", help="another than the latest")
    restore.add_argument("--despite-errors", action="store_true", help="also where single files cannot be had back")
    _credentials(restore)


def _credentials(command):
    command.add_argument("--access-key", metavar="ID", default="", help="of S3; its secret is the next line on standard input")


def _set(config, options):
    key = _line("Key") if options.existing_key else ""
    secret = _line("Secret access key") if options.access_key else ""
    settings = Backup(config).choose(options.place, key=key, access=options.access_key, secret=secret, same_disk=options.same_disk,
                                     hour=options.hour, warn_days=options.warn_days, limit=options.limit)
    text = f"Backups go to {settings.place} every night at {settings.hour}.\nPrint this and keep it where the box is not:\n\n{sheet(settings)}"
    return {"place": settings.place, "key": settings.key, "hour": settings.hour}, text


def _create(config, options):
    backup = Backup(config)
    if options.due and not backup.due():
        return {"state": "not due"}, "No backup is due."
    fresh = not backup.settings().key
    outcome = backup.create(options.place, options.same_disk)
    settings = backup.settings()
    document = {**_outcome(outcome), **({"key": settings.key} if fresh else {})}
    text = f"Backup {outcome['snapshot']} holds {outcome['files']} files, {_size(outcome['bytes'])}; {_size(outcome['added'])} are new."
    if outcome["error"]:
        text += f"\nBut: {outcome['error']}"
    if fresh:
        text += f"\nPrint this and keep it where the box is not:\n\n{sheet(settings._replace(place=Place.parse(options.place).text))}"
    return document, text, 0 if outcome["state"] == "done" else 1


def _verify(config, options):
    outcome = Backup(config).verify(options.place, options.part)
    return _outcome(outcome), f"What was read back ({outcome['part']}) is whole."


def _list(config, options):
    found = Backup(config).list(options.place)
    return found, "\n".join(f"{each['id']}  {each['time']}" for each in found) or "Nothing is kept there yet."


def _show(config, options):
    backup = Backup(config)
    settings, past = backup.settings(), backup.past()
    last = past.get("last")
    document = {"configured": bool(settings.place), "place": settings.place, "hour": settings.hour, "warnDays": settings.warn_days,
                "running": backup.running(), "last": _outcome(last) if last else None}
    if not settings.place:
        return document, "No place for backups was chosen. Choose one: hearth backup set /mnt/disk/folder"
    came = f"The last one, {_time(last['time'])}: {last['state']}. {last.get('error', '')}" if last else "There was none yet."
    return document, f"Backups go to {settings.place} every night at {settings.hour}. {came}".rstrip()


def _sheet(config, options):
    settings = Backup(config).settings()
    if not settings.key:
        raise errors.NotFound("There is no backup yet, so there is nothing to recover.")
    text = sheet(settings)
    return {"place": settings.place, "key": settings.key, "access": settings.access, "secret": settings.secret, "text": text}, text


def _key(config, options):
    key = Backup(config).public_key()
    return {"key": key}, key


def _stop(config, options):
    Backup(config).forget()
    return {"configured": False}, "No more backups are made. What is kept stays where it is."


def _restore(config, options):
    key = _line("Key from the recovery sheet")
    secret = _line("Secret access key") if options.access_key else ""
    restored = fetch(config, options.place, key, options.snapshot, options.access_key, secret, options.despite_errors)
    served = waits(config.data)
    if not served:
        settle(config.data)
    document = {"snapshot": restored.snapshot, "time": restored.time, "troubles": list(restored.troubles), "findings": list(restored.findings), "waits": served}
    lines = [f"Everything is as it was at {restored.time}."]
    lines += [f"Not restored: {each}" for each in restored.troubles] + [f"Found by check: {each}" for each in restored.findings]
    lines.append("It takes its place when the server is started again." if served else "Start the server. Everybody signs in again; app tokens go on.")
    lines.append("App tokens, links and shares that were ended since then are there again: look through them.")
    return document, "\n".join(lines)


def _line(prompt):
    """A line of standard input; asked for where that is a person."""
    if sys.stdin.isatty():
        print(f"{prompt}: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline().strip()
    if not line:
        raise errors.Invalid(f"{prompt} is missing: send it as a line on standard input.")
    return line


def _outcome(outcome):
    return {**outcome, "time": _time(outcome["time"])}


def _size(bytes):
    for unit in ("bytes", "kB", "MB", "GB"):
        if bytes < 1000 or unit == "GB":
            return f"{bytes:.0f} {unit}" if unit == "bytes" else f"{bytes:.1f} {unit}"
        bytes /= 1000

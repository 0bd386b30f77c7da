"""The command line: one page a command. Answers go to stdout, errors to stderr in one line that names the remedy."""
import argparse
import json
import os
import sys

from appliance.cli import account, audit, backup, certificate, check, doctor, ready, rescue, serve
from appliance.core import Config, errors, log

COMMANDS = (serve, account, audit, check, ready, certificate, backup, doctor, rescue)


def main(words=None):
    """Run one command; the exit status: 0 done, 1 refused or failed, 2 wrong usage."""
    given = vars(_parser().parse_args(words))
    try:
        config = Config.load({name: given.get(name) for name in ("data", "cache", "listen")}, file=given.get("config"))
        log.start(config.log_level)
        if not given.get("as_root"):                # a check looks at who owns what, and gives it back
            _become_owner(config.data)
        return _tell(given["run"](config, argparse.Namespace(**given)), given["json"])
    except errors.HouseError as error:
        print(f"hearth: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"hearth: {error.strerror or error}{': ' + str(error.filename) if error.filename else ''}. Mend that and try again.",
              file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    except Exception as error:                      # a fault of ours: a person gets one line, and may ask for the rest
        if os.environ.get("HEARTH_TRACEBACK"):
            raise
        print(f"hearth: {type(error).__name__}: {error}. This is a fault in Hearth; HEARTH_TRACEBACK=1 shows where.", file=sys.stderr)
        return 1


def _become_owner(data):
    """Let root work as whom the storage belongs to: what root leaves there the server could not read, and would serve nobody."""
    try:
        owner = os.stat(data)
    except OSError:                                 # none yet, or not ours to see
        return
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.setgroups([owner.st_gid])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def _tell(outcome, as_json):
    """Print ``(document, text)``, the one for programs or the other for people; a third part is the exit status."""
    if not isinstance(outcome, tuple):
        return outcome or 0
    document, text, *status = outcome
    print(json.dumps(document, ensure_ascii=False) if as_json else text)
    return status[0] if status else 0


def _parser():
    shared = argparse.ArgumentParser(add_help=False)
    for name, text in (("data", "where the files lie"), ("cache", "what may be deleted"), ("config", "the configuration file")):
        shared.add_argument(f"--{name}", metavar="PATH", help=text)
    shared.add_argument("--json", action="store_true", help="answer with one JSON document")
    parser = argparse.ArgumentParser(prog="hearth", description="A file server that is a box.", allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for page in COMMANDS:
        page.register(commands, shared)
    return parser

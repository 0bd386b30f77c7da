"""``hearth rescue``: lets somebody in again who forgot everything; by hand, or by a file that stands on the boot partition."""
import json
import sys

from appliance.core import errors
from appliance.system import programs, rescue


def register(commands, shared):
    """Add the command."""
    parser = commands.add_parser("rescue", parents=[shared], help="give an account a fresh password and no second factor",
                                 description="Give an account a fresh password and no second factor; all administrators are told.")
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help="the only administrator without this")
    parser.add_argument("--boot", metavar="DIR", help=f"do so where the file {rescue.ASKED} in DIR asks for it, and answer in {rescue.ANSWERED} (for root)")
    parser.set_defaults(run=_run, as_root="--boot" in sys.argv)


def _run(config, options):
    if options.boot:
        return _by_file(config, options.boot)
    name, password = rescue.rescue(config, options.name)
    return {"name": name, "password": password}, rescue.answered(name, password).partition("\nAll")[0]


def _by_file(config, folder):
    """The boot partition is root's, the storage is not: what changes there is done by a command of its own, as its owner."""
    name = rescue.asked(folder)
    if name is None:
        return {"name": None}, "Nobody asks to be let in."
    words = [sys.executable, "-m", "appliance", "rescue", "--json", "--data", config.data, "--cache", config.cache, "--", name]
    done = programs.run(words, environ={"PYTHONPATH": programs.HOUSE})
    if done.status:
        said = next((line.removeprefix("hearth: ") for line in reversed(done.err.splitlines()) if line.startswith("hearth: ")), "It did not work.")
        rescue.answer(folder, f"{said}\n")
        raise errors.Unavailable(said)
    found = json.loads(done.out)
    rescue.answer(folder, rescue.answered(found["name"], found["password"]))
    return {"name": found["name"]}, f"{found['name']} can sign in with the password in {rescue.ANSWERED}."

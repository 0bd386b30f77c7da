"""What comes after the first account: a second factor, where the data lies, the family, a space for all of them, and phones. Each may be left out."""
import os
import secrets
import unicodedata
from dataclasses import replace

from appliance.core import errors, jobs, sentences
from appliance.http import request
from appliance.identity import STEPS, folded
from appliance.protocols.setup import pages

ROOMS = ("", "5", "20", "100", "500")               # GB that somebody may have for themselves
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"         # none that look alike
EDITOR = "58c63c02-1d89-4572-916a-870abc5a1b7d"     # the role in a space; sharing/roles.py
CARDS = ("mmcblk",)


def answer(house, environ, words, session, step, said, sent):
    """The answer to a step: status, page, headers. ``said`` are the fields of a form."""
    actor = replace(house.people.actor(session.account, "session"), origin=request.origin(environ), session=session.id)
    fields = dict(said)
    if sent and fields.get("go"):
        place = STEPS.index(step) + 1
        house.people.go_on_with_setup(STEPS[place] if place < len(STEPS) else None)
        return "303 See Other", b"", ("Location", f"/setup/{STEPS[place]}" if place < len(STEPS) else "/files")
    show, do = _STEPS[step]
    if not sent:
        return "200 OK", show(house, environ, words, actor)
    if do is None:
        raise errors.Unsupported("There is nothing to send here.")
    try:
        return "200 OK", do(house, environ, words, actor, fields, [value for name, value in said if name == "who"])
    except (errors.Invalid, errors.AlreadyExists, errors.NotFound) as error:
        return "422 Unprocessable Content", show(house, environ, words, actor, alert=sentences.told(str(error), words["lang"]), said=fields)


def _factor(house, environ, words, actor):
    url = environ["hearth.url"]
    return pages.factor(words, house.people.factors.of(actor.id), url.startswith("https:") or "//localhost" in url)


def _place(house, environ, words, actor):
    return pages.place(words, *jobs.blocking(_disk, house.config.data))


def _disk(data):
    """Where the data lies: path, size and free room in bytes, the file system, and whether that is a memory card. Blocking."""
    status, found = os.statvfs(data), ("", "", "")
    with open("/proc/self/mountinfo") as mounts:
        for line in mounts:
            before, _, after = line.partition(" - ")
            point, (kind, device) = before.split()[4].replace("\\040", " "), after.split()[:2]
            if os.path.commonpath((point, data)) == point and len(point) >= len(found[0]):
                found = point, kind, device
    return str(data), status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize, found[1], found[2].removeprefix("/dev/").startswith(CARDS)


def _family(house, environ, words, actor, alert="", said=None, made=None):
    others = [account for account in house.people.list() if account.id != actor.id]
    return pages.family(words, others, ROOMS, said or {}, environ["hearth.url"], made, alert)


def _add(house, environ, words, actor, said, who):
    """Make an account with a password of ours, which is shown once."""
    shown, room = said.get("display_name", "").strip(), said.get("room", "")
    if room not in ROOMS:
        raise errors.Invalid(words["unclear"])
    if not shown:
        raise errors.Invalid(words["family_nameless"])
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    account = house.administration.add(actor, said.get("name", "").strip() or _login(shown), password, display_name=shown,
                                       **({"quota": int(room) * 10 ** 9} if room else {}))
    return _family(house, environ, words, actor, made=(account, password))


def _login(name):
    """A name to sign in with, made of how somebody is called: "Oma Erna" is oma-erna."""
    plain = unicodedata.normalize("NFKD", folded(name).replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss"))
    letters = "".join(letter if letter.isascii() and letter.isalnum() else "-" if letter in " -_." else "" for letter in plain)
    return "-".join(filter(None, letters.split("-")))[:64]


def _space(house, environ, words, actor, alert="", said=None):
    spaces = [space.name for space in house.files.projects.seen(actor) if not space.disabled]
    return pages.space(words, [account for account in house.people.list() if account.id != actor.id and account.role != "guest"], spaces, said or {}, alert)


def _make(house, environ, words, actor, said, who):
    """Make a space, and a group of that name whose members may all write there: who joins it later is in, too."""
    name = said.get("name", "").strip()
    if name in [space.name for space in house.files.projects.seen(actor)]:
        raise errors.AlreadyExists(words["space_there"])
    space = house.files.projects.make(actor, name, words["space_description"], quota=0)
    group = next((group for group in house.people.groups() if group.key == folded(name)), None) or house.administration.add_group(actor, name)
    house.administration.change_group(actor, group.id, joining=[actor.id, *who])
    house.files.projects.invite(actor, space.id, f"g:{group.id}", EDITOR)
    return _space(house, environ, words, actor)


def _phone(house, environ, words, actor):
    return pages.phone(words, environ["hearth.url"])


_STEPS = {"factor": (_factor, None), "place": (_place, None), "family": (_family, _add), "space": (_space, _make), "phone": (_phone, None)}

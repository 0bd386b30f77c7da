"""What should have come and did not: a backup every night, a photo from each phone now and then. Nobody misses these until it is too late."""
import re
from datetime import datetime

from appliance.core import clock, errors, events
from appliance.system.findings import CRITICAL, WARNING, Finding

DAY = 86_400                                        # seconds
QUIET_DAYS, KNOWN_DAYS, USUAL_DAYS = 8, 35, 4       # silent so long; known so long; of one that sent on so many days at least
FIRST_DAYS = 3                                      # until a box without a backup is told so
PHONES = 200                                        # of all people, at most
_PHOTO = re.compile(r"\.(jpe?g|hei[cf]|avif|dng|mp4|mov|png|webp)$", re.IGNORECASE)
_AGENT = re.compile(r"android|ios|iphone|ipad|darwin|photosync|okhttp|phone", re.IGNORECASE)


def backups(box, backup):
    """Whether there is a backup, and whether it is one."""
    try:
        settings, past = backup.settings(), backup.past()
    except errors.HouseError:
        return [Finding("backup-unknown", CRITICAL, "The record that says where backups go is damaged.", "Choose the place of the backup again.")]
    success, last, checked = past.get("success"), past.get("last") or {}, past.get("checked") or {}
    if last.get("place", settings.place) != settings.place:     # what went wrong elsewhere says nothing of this place
        last = {}
    box.figures["backup"] = success
    if not settings.place:
        if clock.now() - _since(box.config.data) < FIRST_DAYS * DAY:
            return []
        return [Finding("backup-none", WARNING, "There is no backup: if the disk dies, everything on it is gone.", "Choose another disk, or a place elsewhere, for the backup.")]
    if "damaged" in (last.get("state"), checked.get("state")):
        return [Finding("backup-damaged", CRITICAL, "The backup cannot be read back.", "Choose another disk for the backup, today.")]
    days = int((clock.now() - (success or _since(box.config.data))) / DAY)
    if days >= settings.warn_days:
        why = f" {last['error']}" if last.get("error") else ""
        state = CRITICAL if days >= 4 * settings.warn_days else WARNING
        return [Finding("backup-silent", state, f"There was no backup for {days} days.{why}", "See that the place of the backup is there, then begin one by hand.", {"days": days, **({"error": last["error"]} if why else {})})]
    if last.get("state") == "incomplete" and "disk" in last.get("error", ""):
        return [Finding("backup-incomplete", CRITICAL, f"The backup has not everything in it. {last['error']}", "Look at the disk of the data.", {"error": last["error"]})]
    return []


def scanners(away):
    """Whether the scanner for viruses answers, and sees."""
    return [Finding("scanner-away", WARNING, "The scanner for viruses does not answer, or does not find even the test virus.", "Start it again. Until then, files are treated as the rules for that say.")] if away else []


def _since(data):
    """When the storage was made."""
    try:
        return (data / ".hearth" / "FORMAT").stat().st_mtime
    except OSError:
        return clock.now()


class Phones:
    """When the last photo of each phone came. It is worked out from the audit trail at the start, and kept in memory alone."""

    def __init__(self, bus, names, look):
        """``names`` gives ``{account id: name}``; ``look`` reads the trail: ``look(after, since)`` gives entries, newest first, and where to go on."""
        self._names, self._look = names, look
        self._seen = {}                             # (account, program): [when last, {days}]
        bus.follow(events.FileWritten)(self._regard)

    def learn(self):
        """Read what came in the last weeks. In a greenlet; the trail is read a page at a time."""
        after = ""
        for _ in range(100):                        # 50,000 lines; who sends more is not silent
            page = self._look(after, clock.now() - KNOWN_DAYS * DAY)
            for entry in page.entries:
                self._note(entry.get("who", ""), entry.get("agent", ""), entry.get("path", ""), _seconds(entry["time"]))
            after = page.after
            if not after:
                return

    def _regard(self, event):
        if isinstance(event, events.FileWritten) and event.new:
            self._note(event.actor, event.origin.agent, event.path, clock.now())

    def _note(self, account, agent, path, moment):
        if not _PHOTO.search(path) or not _AGENT.search(agent):
            return
        key = account, program(agent)
        if key not in self._seen and len(self._seen) >= PHONES:
            return
        seen = self._seen.setdefault(key, [0, set()])
        seen[0] = max(seen[0], moment)
        seen[1].add(int(moment / DAY))

    def list(self):
        """``[{"account", "name", "program", "last"}]``, of people who are still there."""
        names, now = self._names(), clock.now()
        for key in [key for key, seen in self._seen.items() if key[0] not in names or now - seen[0] > KNOWN_DAYS * DAY]:
            del self._seen[key]
        return [{"account": account, "name": names[account], "program": name, "last": seen[0], "days": len(seen[1])}
                for (account, name), seen in sorted(self._seen.items())]

    def check(self, phones):
        """Phones that sent photos on several days and have been silent since."""
        found = []
        for phone in phones:
            days = int((clock.now() - phone["last"]) / DAY)
            if phone["days"] >= USUAL_DAYS and days >= QUIET_DAYS:
                found.append(Finding(f"phone-silent-{phone['account'][:8]}-{re.sub('[^a-z0-9]+', '-', phone['program'].lower())}", WARNING,
                                     f"No photo came from {phone['name']}'s phone ({phone['program']}) for {days} days.",
                                     "Open the app on the phone, and look whether it is still signed in and may upload.", {"days": days, **{key: phone[key] for key in ("account", "name", "program")}}))
        return found


def program(agent):
    """What a program calls itself, without its version."""
    return (re.sub(r"[/ ]?v?\d[\w.\-+]*", "", agent.split("(")[0]).strip() or agent)[:40].strip(" /;")


def _seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

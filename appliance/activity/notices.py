"""Notices: what each person is told, in the list behind the bell, by the live stream and by mail, as they have set it.

They lie in one small record a person, by ids alone, and are put into words when somebody reads them: names are those of now, in the reader's
language. What one may not see any more is not told any more. A record goes with its account.
"""
from contextlib import suppress
from typing import NamedTuple

from gevent.lock import BoundedSemaphore

from appliance.activity import post, words
from appliance.activity.trail import shown_time
from appliance.core import clock, errors, events, ids, jobs, log, records, sentences
from appliance.identity import roles, settings

FOLDER, EVERYBODY = "notices", "everybody"          # the latter is the record of what everybody is told
MOST, DAYS = 100, 90                                # notices of one person, the newest; and for so long
LANGUAGES = tuple(words.MAIL)
SWITCHES = {                                        # kinds of notices, and the setting that says whether somebody wants them
    "share-created": "share-created", "share-updated": "share-created", "share-removed": "share-removed", "share-expired": "share-expired",
    "space-shared": "space-shared", "space-unshared": "space-unshared", "space-membership-expired": "space-membership-expired",
    "space-disabled": "space-disabled", "space-deleted": "space-deleted", "virus": "postprocessing-step-finished",
    "policy": "postprocessing-step-finished",
}
_SETTINGS = {kind: next(each for each in settings.SETTINGS.values() if each.name == f"event-{name}-options") for kind, name in SWITCHES.items()}
_SHARES = {events.ShareGiven: "share-created", events.ShareChanged: "share-updated", events.ShareTaken: "share-removed", events.ShareExpired: "share-expired"}
_SPACES = {events.SpaceShared: "space-shared", events.SpaceUnshared: "space-unshared", events.MembershipExpired: "space-membership-expired",
           events.SpaceDisabled: "space-disabled", events.SpacePurged: "space-deleted"}
SEEN = {"share-created", "share-updated", "space-shared"}   # told only while one sees what they are about
REPEATED = 86_400                                   # seconds, in which the same is told once: a sync client tries again and again
TOLD = (*_SHARES, *_SPACES, events.VirusFound, events.FileRefused, events.HealthChanged)


class Notice(NamedTuple):
    """Something that one person is told."""

    id: str
    kind: str                                       # a key of words.NOTICES
    time: float                                     # seconds since 1970
    by: str = ""                                    # the account that did it, "" for nobody
    space: str = ""
    node: str = ""
    name: str = ""                                  # of the file or the space, as it was
    text: str = ""                                  # what the box says of itself, in English; the name of a virus; a date


class Notices:
    """Everybody's."""

    def __init__(self, config, people, files, streams, bus, outbox):
        self._folder = config.data / ".hearth" / FOLDER
        self._records, self._turn, self._url = records.Records(self._folder), BoundedSemaphore(1), config.url.rstrip("/")
        self._people, self._files, self._streams, self._outbox = people, files, streams, outbox
        bus.follow(*TOLD, events.PeopleChanged, events.StorageRestored)(self._regard)

    # Reading.

    def list(self, actor, language):
        """What an actor is told, the newest first, in the words of OpenCloud's clients. Forbidden."""
        self._in_person(actor)
        kept = self.of(actor.id)
        shown = [notice for notice in kept if self._is_seen(actor, notice)]
        if len(shown) < len(kept):
            gone = {notice.id for notice in kept} - {notice.id for notice in shown}
            with suppress(errors.HouseError):       # a full disk; they are left out all the same
                self._change(actor.id, lambda held: [each for each in held if each.id not in gone])
        return [self._shown(notice, language) for notice in (*self._of_all(), *reversed(shown))]

    def of(self, account):
        """The Notices of an account, the oldest first, as they are kept."""
        return _fresh(jobs.blocking(_read, self._records.path(account)))

    def _of_all(self):
        return jobs.blocking(_read, self._records.path(EVERYBODY))

    def _shown(self, notice, language):
        """A notice in the words of the wire."""
        giver = self._people.everybody().accounts.get(notice.by)
        parameters, names = {}, {"text": " ".join(sentences.told(notice.text, language).split("\n")), "virus": notice.text, "date": notice.text}
        if "{user}" in words.NOTICES[notice.kind][language][1]:
            names["user"] = giver.display_name if giver else ""
            parameters["user"] = {"id": notice.by, "name": giver.name if giver else "", "displayname": names["user"] or words.SOMEBODY[language]}
        drive = f"{self._files.storage_id}${notice.space}"
        about = f"{drive}!{notice.node}" if notice.node else drive if notice.space else ""
        if notice.kind.startswith("space-"):
            names["space"] = notice.name
            parameters["space"] = {"id": drive, "name": notice.name}
        elif about:
            names["resource"] = notice.name
            parameters["resource"] = {"id": about, "name": notice.name}
        if notice.kind == "virus":
            parameters["virus"] = {"name": notice.text, "scandate": shown_time(notice.time)}
        subject, message, rich = words.said(notice.kind, language, **names)
        return {"notification_id": notice.id, "app": "userlog", "user": giver.name if giver else "", "datetime": shown_time(notice.time),
                "object_id": about, "object_type": "storagespace" if notice.kind.startswith("space-") else "share" if notice.kind.startswith("share-") else "resource",
                "subject": subject, "subjectRich": subject, "message": message, "messageRich": rich, "messageRichParameters": parameters}

    def spoken(self, notice):
        """The same in every language."""
        return {language: self._shown(notice, language) for language in LANGUAGES}

    def _is_seen(self, actor, notice):
        if notice.kind not in SEEN:
            return True
        try:
            self._files.find(actor, ids.ResourceId("", notice.space, notice.node or notice.space))
        except errors.NotFound:
            return False
        return True

    # Mail.

    def deliver(self):
        """Send the letters that are due."""
        self._outbox.deliver(self._letter)

    def test_mail(self, actor):
        """Send an administrator a letter, to see whether that works. Forbidden, Invalid, Unavailable."""
        roles.require(actor, "Settings.ReadWrite")
        account = self._people.find(actor.id)
        if not account.email:
            raise errors.Invalid("You have no mail address. Enter one first.")
        language = _language(account)
        said = words.MAIL[language]
        self._outbox.test(lambda server: post.letter(server, account, said["test"], [(said["tested"], self._url)], language, self._url))

    def _letter(self, account, kept):
        """A letter with what is still worth telling, or None."""
        actor, language = self._people.actor(account.id), _language(account)
        shown = [self._shown(notice, language) for notice in _notices({"notices": kept}) if self._is_seen(actor, notice)]
        if not shown or self._outbox.is_unwanted(account):
            return None
        subject = shown[0]["message"] if len(shown) == 1 else words.MAIL[language]["several"].format(count=len(shown))
        lines = [(each["message"], f"{self._url}/f/{each['object_id']}" if self._url and each["object_id"] else self._url) for each in shown]
        return post.letter(self._outbox.server, account, subject, lines, language, self._url)

    # Changing.

    def remove(self, actor, wanted):
        """Tell an actor of these no more, by their ids; others are no complaint. Forbidden."""
        self._in_person(actor)
        self._change(actor.id, lambda held: [each for each in held if each.id not in wanted])

    def announce(self, actor, text):
        """Tell everybody that the server is to be shut down on a day; "" takes it back. Forbidden."""
        roles.require(actor, "Settings.ReadWrite")
        told = [Notice("deprovision", "deprovision", clock.now(), text=text)] if text else []
        self._write(EVERYBODY, lambda held: told)

    def tidy(self):
        """Leave nothing of those who are gone."""
        known = self._people.everybody().accounts
        for id in self._records.ids():
            if id != EVERYBODY and id not in known:
                self._records.remove(id)
        self._outbox.tidy()

    @staticmethod
    def _in_person(actor):
        if actor.scoped:
            raise errors.Forbidden("An app token that reaches files alone is told nothing.")

    def _change(self, account, change):
        with self._turn:
            if account in self._people.everybody().accounts:
                jobs.bulk(_rewrite, self._records.path(account), change)

    def waiting(self, account):
        """What an account is still to be told by mail, as it is kept."""
        return self._outbox.of(account)

    def _write(self, id, change):
        with self._turn:
            jobs.bulk(_rewrite, self._records.path(id), change)

    # Being told.

    def _regard(self, event):
        try:
            if isinstance(event, events.PeopleChanged):
                if event.account not in self._people.everybody().accounts:
                    self._leave(event.account)
            elif isinstance(event, events.StorageRestored):
                self._outbox.clear()
            elif not isinstance(event, events.Missed):
                for account, notice in self._notices(event):
                    self._tell(account, notice)
        except errors.HouseError as error:          # the disk is away or full: the deed itself is done, and shows where it was done
            log.get("notices").warning("%s could not be told: %s", type(event).__name__, error)

    def _tell(self, account, notice):
        if notice.kind in ("virus", "policy") and any(_alike(notice, each) for each in self.of(account)):
            return
        setting = _SETTINGS.get(notice.kind)
        wanted = self._people.settings.of(account).get(setting.id, setting.default) if setting else {"in-app": True, "mail": True}
        if wanted["in-app"]:
            self._change(account, lambda held: [*_replaced(held, notice), notice])
            self._streams.notify(account, self.spoken(notice))
        if wanted["mail"]:
            self._outbox.put(account, notice)

    def _notices(self, event):
        """Whom an event is told, and how: ``[(account id, Notice)]``; nobody is told what they did themselves."""
        everybody = self._people.everybody()
        if isinstance(event, events.HealthChanged):
            kind = "health-well" if event.state == "well" else "health"
            notice = Notice(ids.new(), kind, clock.now(), text="\n".join(event.texts) or ", ".join(event.findings) or event.state)
            return [(each.id, notice) for each in everybody.listed if each.role == "admin" and each.enabled]
        notice = Notice(ids.new(), _kind(event), clock.now(), event.actor, event.space, getattr(event, "node", ""))
        if isinstance(event, events.FileRefused):
            return [(event.actor, notice._replace(name=event.name, text=event.value))] if event.actor in everybody.accounts else []
        if isinstance(event, events.VirusFound):
            to = {event.actor} if event.actor in everybody.accounts else self._owners(event, everybody)
            return [(each, notice._replace(name=event.name, text=event.virus)) for each in to]
        to = _accounts(everybody, event.whose if hasattr(event, "whose") else (event.to,)) - {event.actor}
        name = event.path.rpartition("/")[2] if isinstance(event, events.ShareEvent) else event.name
        return [(each, notice._replace(name=name)) for each in to]

    def _owners(self, event, everybody):
        """Whom to tell of what a visitor brought: those who say with whom it is shared."""
        return _accounts(everybody, self._files.audiences.of(event).know)

    def _leave(self, account):
        """Nothing of a removed account is left, neither its own notices nor, in those of others, that it did something."""
        self._records.remove(account)
        for id in self._records.ids():
            if any(each.by == account for each in jobs.blocking(_read, self._records.path(id))):
                self._write(id, lambda held: [each._replace(by="") if each.by == account else each for each in held])
        self._outbox.forget(account)


def _language(account):
    spoken = account.language.partition("-")[0].lower()
    return spoken if spoken in LANGUAGES else LANGUAGES[0]


def _kind(event):
    return {events.VirusFound: "virus", events.FileRefused: "policy", **_SHARES, **_SPACES}[type(event)]


def _alike(notice, other):
    """Whether two notices tell the same, within a day."""
    return abs(notice.time - other.time) < REPEATED and notice._replace(id="", time=0) == other._replace(id="", time=0)


def _accounts(everybody, names):
    """The ids of the accounts that are meant by these names."""
    found = set()
    for name in names:
        kind, _, id = name.partition(":")
        group = everybody.groups.get(id) if kind == "g" else None
        found |= set(group.members) if group else {id} if kind == "u" else set()
    return found & everybody.accounts.keys()


def _replaced(held, notice):
    """The notices that a new one stands beside: of the health of the box only the last word counts."""
    return [each for each in held if not (notice.kind.startswith("health") and each.kind.startswith("health"))]


def _fresh(held):
    """The newest of them that are not too old."""
    return [each for each in held if each.time > clock.now() - DAYS * 86_400][-MOST:]


def _notices(record):
    """What a record holds; what makes no sense is left out."""
    found = []
    held = (record or {}).get("notices")
    for each in held if isinstance(held, list) else ():
        if isinstance(each, dict) and each.keys() <= set(Notice._fields) and each.get("kind") in words.NOTICES and type(each.get("time")) in (int, float) \
                and all(isinstance(value, str) for name, value in each.items() if name != "time") and each.get("id"):
            found.append(Notice(**each))
    return found


def _read(path):
    """The Notices in a record; none where it is damaged, and the next one replaces it. Blocking."""
    try:
        return _notices(records.read(path))
    except errors.Corrupt:
        log.get("notices").error("the record %s of notices is damaged", path.name)
        return []


def _rewrite(path, change):
    def after(path):
        left = _fresh(change(_read(path)))
        return left and {"notices": [{name: value for name, value in each._asdict().items() if value != ""} for each in left]}
    records.change(path, after)

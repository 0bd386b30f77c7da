"""Tells administrators by ntfy (https://ntfy.sh, or one's own) that something is wrong, and that it has gone; once each, and nothing else.

``system/alarms.json`` holds the address of the topic, whether a line is wanted every week that all is well, and the language of who chose that. Who reads mail is
told by the notices (``activity``), which hear the same event.
"""
import http.client
import ssl
from urllib.parse import urlsplit

from appliance.core import clock, errors, events, jobs, log, records, sentences
from appliance.identity import roles
from appliance.system.findings import CRITICAL, WELL

SECONDS = 20                                        # for a whole message
WEEK = 7 * 86_400
TRIES = 48                                          # looks, of five minutes each, until a message is given up
LONGEST = 3_000                                     # bytes; ntfy makes a file of what is longer than 4,096


class Alarms:
    """Sends them."""

    def __init__(self, config, bus):
        self._bus, self._file = bus, config.data / ".hearth" / "system" / "alarms.json"
        self._waiting = []                          # [[title, texts, state, tries left]]; the newest tells all that is wrong
        bus.follow(events.HealthChanged)(self._regard)

    def settings(self, actor):
        """``{"ntfy": address, "" for none, "weekly": bool}``. Forbidden."""
        roles.require(actor, "Settings.ReadWrite")
        return self._kept()

    def change(self, actor, ntfy, weekly=False, language="en"):
        """Send them to a topic from now on, in a language. Forbidden, Invalid."""
        _require(actor)
        if ntfy:
            _checked(ntfy)
        jobs.bulk(records.write, self._file, {"ntfy": ntfy, "weekly": weekly, "language": language, "told": clock.now()})
        self._bus.publish(events.SettingChanged(actor.id, actor.origin, "alarms", "ntfy" if ntfy else "none"))

    def test(self, actor):
        """Send one now. Forbidden, Invalid where there is no address, Unavailable where it cannot be sent."""
        _require(actor)
        kept = self._kept()
        if not kept["ntfy"]:
            raise errors.Invalid("There is no address yet that alarms go to.")
        jobs.bulk(post, kept["ntfy"], "Hearth", sentences.told("This is a test. Alarms of your box come here.", kept["language"]), WELL)

    def tick(self, report):
        """Send what waits; and once a week, where that is wanted, that all is well."""
        kept = self._kept()
        if not kept["ntfy"]:
            self._waiting.clear()
            return
        if kept["weekly"] and not self._waiting and report.state == WELL and report.checked and clock.now() - kept["told"] > WEEK:
            self._waiting.append(["Hearth is well", ("All is well with the box.",), WELL, TRIES])
        while self._waiting:
            message = self._waiting[0]
            try:
                jobs.bulk(post, kept["ntfy"], *_said(*message[:3], kept["language"]), message[2])
            except errors.Unavailable as error:
                message[3] -= 1
                if message[3] <= 0:
                    log.get("alarms").error("given up: %s", error)
                    self._waiting.pop(0)
                return
            self._waiting.pop(0)
            jobs.bulk(records.write, self._file, {**kept, "told": clock.now()})

    def _regard(self, event):
        if isinstance(event, events.HealthChanged):
            title = {WELL: "Hearth is well again", CRITICAL: "Hearth needs you now"}.get(event.state, "Hearth needs you")
            self._waiting = [[title, event.texts or ("Nothing is wrong any more.",), event.state, TRIES]]

    def _kept(self):
        try:
            kept = jobs.blocking(records.read, self._file) or {}
        except errors.Corrupt:
            kept = {}
        return {"ntfy": "", "weekly": False, "language": "en", "told": 0, **kept}


def _said(title, texts, state, language):
    """A title, and each text on a line of its own, in a language."""
    lines = [sentences.told(each, language).replace("\n", " ") for each in texts]
    return sentences.told(title, language), "\n".join(lines if state == WELL else [f"- {each}" for each in lines])


def post(address, title, text, state):
    """Send a message to a topic (https://docs.ntfy.sh/publish). Unavailable. Blocking."""
    parts = _checked(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    more = {"context": ssl.create_default_context()} if parts.scheme == "https" else {}
    try:
        connection = kind(parts.hostname, parts.port, timeout=SECONDS, **more)
        try:
            headers = {"Title": title, "Priority": {CRITICAL: "urgent", WELL: "default"}.get(state, "high"), "Tags": "house"}
            connection.request("POST", parts.path, _shortened(text), headers)
            answer = connection.getresponse()
            answer.read(10_000)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise errors.Unavailable(f"The place that alarms go to cannot be reached: {type(error).__name__}.") from None
    if answer.status >= 300:
        raise errors.Unavailable(f"The place that alarms go to refused the message ({answer.status}). Is the address of the topic right?")


def _shortened(text):
    return text.encode()[:LONGEST].decode("utf-8", "ignore").encode()


def _checked(address):
    """An address of a topic, in parts. Invalid."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("https", "http") or not parts.hostname or len(parts.path) < 2 or parts.query or parts.username or port == 0 \
            or len(address) > 500 or not address.isascii() or any(letter.isspace() for letter in address):
        raise errors.Invalid("Write the topic as an address, such as https://ntfy.sh/the-name-of-your-topic.")
    return parts


def _require(actor):
    roles.require(actor, "Settings.ReadWrite")
    if actor.token:
        raise errors.Forbidden("Sign in yourself for this; an app token may not.")

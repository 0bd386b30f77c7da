"""How the box is: everything that may be wrong with it, looked at every few minutes, told once when it comes and once when it goes.

A finding counts when it was there at two looks one after the other, and is over after three looks without it, so that nothing
flickers. What was told is kept on the storage: a restart tells nothing again.
"""
from pathlib import Path
from typing import NamedTuple

from appliance.core import clock, errors, events, jobs, log, records
from appliance.identity import roles
from appliance.system import disks, machine, rescue, silence
from appliance.system.findings import CRITICAL, worst
from appliance.system.machine import Box

COMES, GOES = 2, 3                                  # looks


class Report(NamedTuple):
    """How it is now."""

    state: str
    findings: tuple
    figures: dict
    checked: float


class Health:
    """Looks at the box. ``sources`` are more functions that answer findings: a certificate that ends, a scanner that is away."""

    def __init__(self, config, bus, backup, phones, sources=()):
        self._config, self._bus, self._backup, self._phones = config, bus, backup, phones
        self.sources = list(sources)
        self._file = config.data / ".hearth" / "system" / "health.json"
        self._seen, self._missed, self._findings = {}, {}, {}   # looks with and without it, by id; those that count
        self._figures, self._checked, self._told = {}, 0, None

    def learn(self):
        """Find out what was there before this start."""
        self._phones.learn()

    def remember(self):
        """Let the audit trail know what was done to the box while nobody served."""
        rescue.tell(self._config, self._bus)

    def look(self):
        """Look at everything now: ``(findings, figures)``, nothing smoothed. In a greenlet."""
        phones = self._phones.list()
        found, figures = jobs.bulk(survey, self._config, self._backup)
        found += self._phones.check(phones)
        for source in self.sources:
            try:
                found += source()
            except errors.HouseError as error:
                log.get("health").warning("%s could not be asked: %s", getattr(source, "__qualname__", source), error)
        figures["phones"] = phones
        return found, figures

    def tick(self):
        """Look, and tell what has come or gone; the same finding in other numbers is no news, in another state it is. The Report."""
        found, self._figures = self.look()
        self._checked = clock.now()
        now, told = {finding.id: finding for finding in found}, self._known()
        for id in now:
            self._missed.pop(id, None)
            self._seen[id] = self._seen.get(id, 0) + 1
        gone = set()
        for id in (self._seen.keys() | told.keys()) - now.keys():
            self._missed[id] = self._missed.get(id, 0) + 1
            if id not in told or self._missed[id] >= GOES:
                gone.add(id)
                for kept in (self._seen, self._missed, self._findings):
                    kept.pop(id, None)
        self._findings |= {id: finding for id, finding in now.items() if id in told or self._seen[id] >= COMES}
        counts = {id: state for id, state in told.items() if id not in gone} | {id: finding.state for id, finding in self._findings.items()}
        if counts != told:
            self._told = counts
            jobs.bulk(records.write, self._file, {"told": counts})
            findings = self.report().findings
            self._bus.publish(events.HealthChanged(worst(findings), tuple(each.id for each in findings),
                                                   tuple(f"{each.text}\n{each.remedy}" for each in findings)))
        return self.report()

    def _known(self):
        if self._told is None:
            try:
                self._told = (jobs.blocking(records.read, self._file) or {}).get("told", {})
            except errors.Corrupt:
                self._told = {}
        return self._told

    def report(self):
        """What counts now, the worst first."""
        findings = sorted(self._findings.values(), key=lambda finding: (finding.state != CRITICAL, finding.id))
        return Report(worst(findings), tuple(findings), self._figures, self._checked)

    def asked(self, actor, now=False):
        """The Report for an administrator; ``now`` looks anew. Forbidden."""
        roles.require(actor, "Settings.ReadWrite")
        if now or not self._checked:
            found, figures = self.look()
            return Report(worst(found), tuple(sorted(found, key=lambda finding: (finding.state != CRITICAL, finding.id))), figures, clock.now())
        return self.report()


def survey(config, backup, root="/", ask=False):
    """Everything that can be seen from outside of a server: ``(findings, figures)``; ``ask`` asks the disks at once, too.

    A check that stumbles hides no other. Blocking.
    """
    box = Box(config, {}, Path(root), ask)
    found = []
    for check in (*machine.CHECKS, disks.check, rescue.check, lambda box: silence.backups(box, backup)):
        try:
            found += check(box)
        except Exception:
            log.get("health").exception("%s failed", getattr(check, "__qualname__", check))
    return found, box.figures


def shown(finding):
    """A finding as a dict."""
    return {"id": finding.id, "state": finding.state, "text": finding.text, "remedy": finding.remedy, "values": finding.values}


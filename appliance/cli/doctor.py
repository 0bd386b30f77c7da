"""``hearth doctor``: what is wrong with this box, in plain words; and ``hearth disks``, with which root asks the disks for the server."""
from appliance.activity import look, shown_time, trail_of
from appliance.core import Bus, errors
from appliance.identity import People
from appliance.system import Backup, Certificates, Phones, disks_write, shown, survey, waits


def register(commands, shared):
    """Add the commands."""
    doctor = commands.add_parser("doctor", parents=[shared], help="tell what is wrong with this box, in plain words",
                                 description="Look at the disks, the room, the heat, the current, the memory, the clock and the backup; exit status 0 well, 1 not.")
    doctor.set_defaults(run=_doctor, as_root=True)
    disks = commands.add_parser("disks", parents=[shared], help="ask the disks how they are, and leave the answers for the server (for root)")
    disks.set_defaults(run=_disks, as_root=True)


def _doctor(config, options):
    if not (config.data / ".hearth").is_dir():
        raise errors.Unavailable(f"There is no storage in {config.data}. Is its disk mounted? Name another folder with --data.")
    findings, figures = survey(config, Backup(config), ask=True)
    certificates, phones = Certificates(config, Bus()), _phones(config)
    certificates.look()
    figures["phones"] = phones.list()
    findings += certificates.findings() + phones.check(figures["phones"])
    findings.sort(key=lambda finding: finding.state)
    running = waits(config.data)
    document = {"state": min((each.state for each in findings), default="well"), "findings": [shown(each) for each in findings], "figures": figures, "running": running}
    lines = [f"{each.state.upper()}: {each.text}\n    {each.remedy}" for each in findings] or ["All is well with this box."]
    if not running:
        lines.append("The server is not running.")
    return document, "\n".join(lines), 1 if findings else 0


def _phones(config):
    people, trail = People(config.data / ".hearth" / "identity", Bus()), trail_of(config)
    phones = Phones(Bus(), lambda: {account.id: account.display_name for account in people.list()},
                    lambda after, since: look(trail, action="file_create", since=shown_time(since), after=after, limit=500))
    phones.learn()
    return phones


def _disks(config, options):
    found = disks_write()
    return found, "\n".join(f"{name}: {facts['model']}" for name, facts in found.items()) or "No disk tells how it is."

"""What disks tell of themselves (SMART), also behind bridges to USB that need to be asked in another way.

Only root may ask a disk. So a small unit asks from time to time (``hearth disks``) and leaves the answers in ``/run/hearth/disks.json``,
where the server, which is nobody, reads them; root at the keyboard asks at once.
"""
import json
import os
import re

from appliance.core import clock, records
from appliance.system import programs
from appliance.system.findings import CRITICAL, WARNING, Finding

SPOOL = "run/hearth/disks.json"
OLD = 3 * 86_400                                    # seconds after which an answer says nothing any more
SECONDS = 30                                        # for one disk; a sleeping one is not woken (-n standby)
BRIDGES = ((), ("-d", "sat"), ("-d", "sat,12"), ("-d", "usbjmicron"), ("-d", "sntjmicron"), ("-d", "sntrealtek"))
_COUNTED = {5: "reallocated", 187: "uncorrectable", 197: "pending", 198: "uncorrectable"}    # the attributes that foretell a death


def ask():
    """Ask every disk of the machine; ``{name: what it told}``. Blocking, as root."""
    found = {}
    for name in sorted(os.listdir("/sys/block")):
        if re.fullmatch(r"sd[a-z]+|nvme\d+n\d+", name):
            told = _ask(f"/dev/{name}")
            if told:
                found[name] = told
    return found


def _ask(device):
    """What one disk told, by whichever way it answers; None where it does by none."""
    for bridge in BRIDGES:
        try:
            told = json.loads(programs.run(["smartctl", "--json", "-n", "standby", "-i", "-H", "-A", *bridge, device], seconds=SECONDS).out)
        except ValueError:
            continue
        if "smart_status" in told or "ata_smart_attributes" in told or "nvme_smart_health_information_log" in told:
            return summary(told)
        if any("STANDBY" in message.get("string", "") for message in told.get("smartctl", {}).get("messages", ())):
            return None
    return None


def summary(told):
    """The few facts that count of smartctl's answer."""
    counts = {}
    for row in told.get("ata_smart_attributes", {}).get("table", ()):
        if row.get("id") in _COUNTED:
            name = _COUNTED[row["id"]]
            counts[name] = max(counts.get(name, 0), int(row.get("raw", {}).get("value", 0)) & 0xFFFFFFFF)
    nvme = told.get("nvme_smart_health_information_log", {})
    return {"model": str(told.get("model_name") or told.get("scsi_model_name") or "")[:80], "serial": str(told.get("serial_number", ""))[:80],
            "passed": told.get("smart_status", {}).get("passed"), **counts, "used": nvme.get("percentage_used"), "warning": nvme.get("critical_warning"),
            "errors": nvme.get("media_errors"), "hours": told.get("power_on_time", {}).get("hours"), "degrees": told.get("temperature", {}).get("current")}


def write(path="/" + SPOOL):
    """Ask, and leave the answers for the server."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    answers = {"time": clock.now(), "disks": ask()}
    records.write(path, answers)
    os.chmod(path, 0o644)
    return answers["disks"]


def check(box):
    """Disks that will die, by what was left for us; root asks at once."""
    if box.ask and os.geteuid() == 0 and programs.there("smartctl"):
        told = ask()
    else:
        try:
            left = records.read(box.root / SPOOL) or {}
        except Exception:                           # somebody else's file: nothing is known then
            left = {}
        told = left.get("disks", {}) if clock.now() - left.get("time", 0) < OLD else {}
    box.figures["disks"] = [{"name": name, **facts} for name, facts in told.items()]
    return [finding for name, facts in told.items() if (finding := _judge(name, facts))]


def _judge(name, facts):
    shown = f"{facts.get('model') or 'The disk'} ({name})"
    values = {"device": name, **{key: facts[key] for key in ("reallocated", "pending", "uncorrectable", "errors", "used") if facts.get(key)}}
    if facts.get("passed") is False or facts.get("warning"):
        return Finding(f"disk-dying-{name}", CRITICAL, f"{shown} says that it is about to fail.", "Make a backup now and replace this disk.", values)
    if facts.get("pending") or facts.get("uncorrectable") or facts.get("errors"):
        return Finding(f"disk-dying-{name}", CRITICAL, f"{shown} has places that it can read no more.", "Make a backup now and replace this disk.", values)
    if (facts.get("reallocated") or 0) > 10 or (facts.get("used") or 0) >= 90:
        return Finding(f"disk-ageing-{name}", WARNING, f"{shown} is wearing out.", "Replace this disk in the next weeks; until then, see that there is a backup.", values)
    return None

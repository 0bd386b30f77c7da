"""The box itself: its backups, how it is, its certificates, and the way back in for whoever holds it. It may look at the disk; it serves nobody's files."""
from appliance.system import programs, rescue
from appliance.system.alarms import Alarms
from appliance.system.backup import Backup, sheet
from appliance.system.certificates import Certificates
from appliance.system.disks import write as disks_write
from appliance.system.findings import CRITICAL, WARNING, Finding, worst
from appliance.system.health import Health, shown, survey
from appliance.system.nightly import Nightly, Restoring
from appliance.system.places import Place
from appliance.system.restore import fetch, settle, waits
from appliance.system.silence import Phones, scanners
from appliance.system.updates import Updates

__all__ = ["CRITICAL", "WARNING", "Alarms", "Backup", "Certificates", "Finding", "Health", "Nightly", "Phones", "Place", "Restoring", "Updates", "disks_write",
           "fetch", "programs", "rescue", "scanners", "settle", "sheet", "shown", "survey", "waits", "worst"]

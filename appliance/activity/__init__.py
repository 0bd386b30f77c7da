"""What has happened in the house: written down for whoever must answer for it, and told to whom it matters."""
from appliance.activity.activities import Activities
from appliance.activity.audit import Audit, look, named, trail_of
from appliance.activity.notices import Notices
from appliance.activity.outbox import Outbox
from appliance.activity.personal import PersonalData
from appliance.activity.stream import Streams
from appliance.activity.trail import shown_time

__all__ = ["Activities", "Audit", "Notices", "Outbox", "PersonalData", "Streams", "look", "named", "shown_time", "trail_of"]

"""What has happened in the house: written down for whoever must answer for it."""
from appliance.activity.audit import Audit, look, named, trail_of
from appliance.activity.personal import PersonalData
from appliance.activity.trail import shown_time

__all__ = ["Audit", "PersonalData", "look", "named", "shown_time", "trail_of"]

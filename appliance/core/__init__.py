"""The ground: tools every room needs. It knows time, records, events and threads; no people, no files, no HTTP."""
from appliance.core import clock, durable, errors, events, ids, jobs, log, records, release, sentences
from appliance.core.config import Config, Listen
from appliance.core.events import Bus, Origin
from appliance.core.records import Records

__all__ = ["Bus", "Config", "Listen", "Origin", "Records", "clock", "durable", "errors", "events", "ids", "jobs", "log", "records", "release", "sentences"]

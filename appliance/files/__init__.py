"""The one door to files: may you? do it, say so. It knows no HTTP."""
from appliance.files.files import Files
from appliance.files.kinds import NAMES as KINDS
from appliance.files.mounts import ROOT as SHARES_ROOT
from appliance.files.mounts import SPACE as SHARES
from appliance.files.mounts import etag as etag_of_mounts
from appliance.files.mounts import is_all, is_received

__all__ = ["Files", "KINDS", "SHARES", "SHARES_ROOT", "etag_of_mounts", "is_all", "is_received"]

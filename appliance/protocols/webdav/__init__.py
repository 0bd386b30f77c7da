"""WebDAV (RFC 4918) as OpenCloud, ownCloud and Nextcloud clients speak it; README.md tells which parts."""
from appliance.protocols.webdav.app import app, front
from appliance.protocols.webdav.resumable import Data

__all__ = ["Data", "app", "front"]

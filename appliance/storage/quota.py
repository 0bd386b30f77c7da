"""What the quota of a space still allows, as plain blocking functions."""
from appliance.core import errors
from appliance.storage import attributes, placing
from appliance.storage.placing import Opened


def allowed(disk, site):
    """Bytes that a space may still take, None where it has no quota."""
    with Opened(disk, site, "") as root:
        facts = attributes.read(disk.house_fd, root.at, site.id, attributes.SPACE) or {}
        quota = int(facts.get("quota") or 0)
        return max(0, quota - placing.size_of(root.status, root.at)) if quota else None


def afford(disk, site, more):
    """QuotaExceeded where a space may not take so many bytes more; those are on the disk already."""
    limit = allowed(disk, site) if more > 0 else None
    if limit is not None and more > limit:
        raise errors.QuotaExceeded()

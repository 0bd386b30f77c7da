"""Small pictures of what people store, and what photos, films and songs tell of themselves. README.md tells how it is kept from harm."""
from appliance.previews.previews import Previews, Wanted

__all__ = ["Previews", "Wanted"]

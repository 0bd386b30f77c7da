"""Who may what: where the tree and the people meet. It knows no HTTP and no protocol."""
from appliance.sharing import access
from appliance.sharing.access import Access

__all__ = ["Access", "access"]

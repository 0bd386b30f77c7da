"""The storage: the tree on the disk and what is known of its nodes. Nobody is refused here."""
from appliance.storage import copies
from appliance.storage.check import Finding, examine
from appliance.storage.locks import Lock
from appliance.storage.nodes import Node, Sums
from appliance.storage.spaces import Space
from appliance.storage.storage import Storage
from appliance.storage.trash import TrashItem
from appliance.storage.uploads import Upload
from appliance.storage.versions import Version

__all__ = ["Finding", "Lock", "Node", "Space", "Storage", "Sums", "TrashItem", "Upload", "Version", "copies", "examine"]

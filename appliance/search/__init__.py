"""Finding files by name, tags, content and what they tell of themselves. README.md tells what can be asked."""
from appliance.search.search import Search, forget

__all__ = ["Search", "forget"]

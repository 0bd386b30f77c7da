"""The roles in which something is shared, with the ids that OpenCloud's clients know them by, and what each lets do."""
from typing import NamedTuple

PREFIX = "libre.graph/driveItem/"
# In the order in which they are told.
ACTIONS = ("permissions/create", "children/create", "standard/delete", "path/read", "quota/read", "content/read", "upload/create", "permissions/read",
           "children/read", "versions/read", "deleted/read", "path/update", "permissions/delete", "deleted/delete", "versions/update", "deleted/update",
           "basic/read", "permissions/update", "permissions/deny")
_VIEW = frozenset(("path/read", "quota/read", "content/read", "children/read", "deleted/read", "basic/read"))
_EDIT = _VIEW | {"children/create", "standard/delete", "upload/create", "path/update", "deleted/update"}
_VERSIONS = {"versions/read", "versions/update"}
FILE, FOLDER, ROOT = "exists @Resource.File", "exists @Resource.Folder", "exists @Resource.Root"


class Role(NamedTuple):
    """A role that somebody can be given on a file, a folder or a space."""

    id: str
    display_name: str
    description: str
    on: tuple                                       # FILE, FOLDER, ROOT
    actions: frozenset
    weight: int                                     # the order in which they are offered


def offered(on):
    """The roles in which a FILE, a FOLDER or a ROOT can be shared, as they are offered."""
    return sorted((role for role in ROLES.values() if on in role.on), key=lambda role: role.weight)


ROLES = {role.id: role for role in (
    Role("b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "Can view", "View and download.", (FILE, FOLDER), _VIEW, 10),
    Role("a8d5fe5e-96e3-418d-825b-534dbdf22b99", "Can view", "View and download.", (ROOT,), _VIEW | {"permissions/read"}, 40),
    Role("1c996275-f1c9-4e71-abdf-a42f6495e960", "Can upload", "View, upload, edit and download.", (FOLDER,), frozenset((
        "children/create", "path/read", "content/read", "upload/create", "children/read", "path/update", "basic/read")), 50),
    Role("fb6c3e19-e378-47e5-b277-9732f9de6e21", "Can edit", "View, download, upload, edit, add and delete.", (FOLDER,), _EDIT, 60),
    Role("58c63c02-1d89-4572-916a-870abc5a1b7d", "Can edit", "View, download, upload, edit, add, delete including the history.", (ROOT,),
         _EDIT | _VERSIONS | {"permissions/read"}, 90),
    Role("2d00ce52-1fc2-4dbc-8b95-a73b73395f5a", "Can edit", "View, download and edit.", (FILE,), _VIEW | {"upload/create", "deleted/update"}, 100),
    Role("312c0871-5ef7-4b3a-85b6-0e4074c64049", "Can manage", "View, download, upload, edit, add, delete and manage members.", (ROOT,),
         frozenset(ACTIONS), 120),
)}

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
_WRITE = _VIEW | {"upload/create", "deleted/update"}
FILE, FOLDER, ROOT = "exists @Resource.File", "exists @Resource.Folder", "exists @Resource.Root"


class Role(NamedTuple):
    """A role that somebody can be given on a file, a folder or a space."""

    id: str
    display_name: str
    description: str
    on: tuple                                       # FILE, FOLDER, ROOT
    actions: frozenset
    weight: int                                     # the order in which they are offered
    usual: bool = True                              # False: as OpenCloud, not offered, but who names it may give it


def offered(on):
    """The roles in which a FILE, a FOLDER or a ROOT can be shared, as they are offered."""
    return sorted((role for role in ROLES.values() if on in role.on and role.usual), key=lambda role: role.weight)


ROLES = {role.id: role for role in (
    Role("b1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "Can view", "View and download.", (FILE, FOLDER), _VIEW, 10),
    Role("a8d5fe5e-96e3-418d-825b-534dbdf22b99", "Can view", "View and download.", (ROOT,), _VIEW | {"permissions/read"}, 40),
    Role("1c996275-f1c9-4e71-abdf-a42f6495e960", "Can upload", "View, upload, edit and download.", (FOLDER,), frozenset((
        "children/create", "path/read", "content/read", "upload/create", "children/read", "path/update", "basic/read")), 50),
    Role("fb6c3e19-e378-47e5-b277-9732f9de6e21", "Can edit", "View, download, upload, edit, add and delete.", (FOLDER,), _EDIT, 60),
    Role("58c63c02-1d89-4572-916a-870abc5a1b7d", "Can edit", "View, download, upload, edit, add, delete including the history.", (ROOT,),
         _EDIT | _VERSIONS | {"permissions/read"}, 90),
    Role("2d00ce52-1fc2-4dbc-8b95-a73b73395f5a", "Can edit", "View, download and edit.", (FILE,), _WRITE, 100),
    Role("312c0871-5ef7-4b3a-85b6-0e4074c64049", "Can manage", "View, download, upload, edit, add, delete and manage members.", (ROOT,),
         frozenset(ACTIONS), 120),
    Role("d1e2218d-eef8-4d4c-b82d-0f1a1b48f3b5", "Can view", "View, download and show all versions.", (FILE, FOLDER), _VIEW | {"versions/read"}, 11, False),
    Role("aa97fe03-7980-45ac-9e50-b325749fd7e6", "Can view (secure)", "View only, without downloading.", (FILE, FOLDER),
         frozenset(("path/read", "children/read", "basic/read")), 20, False),
    Role("d5041006-ebb3-4b4a-b6a4-7c180ecfb17d", "Can view", "View, download and show all invited people.", (FILE, FOLDER), _VIEW | {"permissions/read"}, 30,
         False),
    Role("e8ea8b21-abd4-45d2-b893-8d1546378e9e", "Can edit", "View, download, upload, edit, add, delete and show all invited people.", (FOLDER,),
         _EDIT | {"permissions/read"}, 70, False),
    Role("b8c6e1c9-5d2a-4f0e-9c3b-1a2b3c4d5e6f", "Can edit", "View, download, upload, edit, add, delete including the history.", (FOLDER,), _EDIT | _VERSIONS,
         71, False),
    Role("3284f2d5-0070-4ad8-ac40-c247f7c1fb27", "Can edit without versions", "View, download, upload, edit, add and delete.", (ROOT,),
         _EDIT | {"permissions/read"}, 80, False),
    Role("3d00ce52-1fc2-4dbc-8b95-a73b73395f5a", "Can edit", "View, download and edit including the history.", (FILE,), _WRITE | _VERSIONS, 101, False),
    Role("c1235aea-d106-42db-8458-7d5610fb0a67", "Can edit", "View, download, edit and show all invited people.", (FILE,), _WRITE | {"permissions/read"}, 110,
         False),
)}

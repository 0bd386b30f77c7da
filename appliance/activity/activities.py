"""Activities: what people did to a file, a folder or a space, worked out of the audit trail for whoever may know.

There is no feed of its own: the trail has each deed already, with ids alone, and is kept for as long as whoever runs the box has said. Only the newest
``SCANNED`` lines of it are looked through.
"""
import json
import uuid
from typing import NamedTuple

from appliance.core import errors, jobs

SCANNED, MOST = 100_000, 1_000                      # lines that are looked at; activities that are found
_NAMES = uuid.UUID("0c3a8f5e-3d2b-4b0e-9a5c-6f1f7c0d2e91")      # ids of activities are made from what they tell
_ADDED, _UPDATED = "added", "updated"
_WHAT = {
    "file_create": _ADDED, "container_create": _ADDED, "file_copy": _ADDED, "file_trash_restore": "restored", "file_update": _UPDATED,
    "file_version_restore": _UPDATED, "file_delete": "deleted", "file_rename": "moved", "file_shared": "shared", "share_permission_updated": "reshared",
    "file_unshared": "unshared", "share_expired": "expired", "link_created": "linked", "link_updated": "relinked", "link_removed": "unlinked",
    "space_shared": "joined", "space_unshared": "left", "membership_expired": "left",
}
TEMPLATES = {                                       # in the words of OpenCloud, where it has them
    "added": {"en": "{user} added {resource} to {folder}", "de": "{user} hat {resource} zu {folder} hinzugefügt"},
    "updated": {"en": "{user} updated {resource} in {folder}", "de": "{user} hat {resource} in {folder} geändert"},
    "restored": {"en": "{user} restored {resource} to {folder}", "de": "{user} hat {resource} in {folder} wiederhergestellt"},
    "deleted": {"en": "{user} deleted {resource} from {folder}", "de": "{user} hat {resource} aus {folder} gelöscht"},
    "moved": {"en": "{user} moved {resource} to {folder}", "de": "{user} hat {resource} nach {folder} verschoben"},
    "renamed": {"en": "{user} renamed {oldResource} to {resource}", "de": "{user} hat {oldResource} in {resource} umbenannt"},
    "shared": {"en": "{user} shared {resource} with {sharee}", "de": "{user} hat {resource} mit {sharee} geteilt"},
    "reshared": {"en": "{user} updated {field} for the {resource}", "de": "{user} hat {field} von {resource} geändert"},
    "unshared": {"en": "{user} removed {sharee} from {resource}", "de": "{user} teilt {resource} nicht mehr mit {sharee}"},
    "expired": {"en": "The share of {resource} with {sharee} expired", "de": "Die Freigabe von {resource} für {sharee} ist abgelaufen"},
    "linked": {"en": "{user} shared {resource} via link", "de": "{user} hat {resource} per Link geteilt"},
    "relinked": {"en": "{user} updated {field} for a link {token} on {resource}", "de": "{user} hat {field} eines Links {token} zu {resource} geändert"},
    "unlinked": {"en": "{user} removed link to {resource}", "de": "{user} hat einen Link zu {resource} entfernt"},
    "joined": {"en": "{user} added {sharee} as member of {space}", "de": "{user} hat {sharee} als Mitglied von {space} aufgenommen"},
    "left": {"en": "{user} removed {sharee} from {space}", "de": "{user} hat {sharee} aus {space} entfernt"},
}
_FIELDS = {"en": ("permission", "settings", "Somebody", "The server"),
           "de": ("die Berechtigung", "die Einstellungen", "Jemand", "Der Server")}


class Activity(NamedTuple):
    """What somebody did."""

    id: str
    time: str                                       # RFC 3339
    template: str
    variables: dict                                 # name -> {"id", "name"}, of people {"id", "displayName"}


class Activities:
    """Finds them."""

    def __init__(self, audit, people, files):
        self._audit, self._people, self._files = audit, people, files

    def of(self, actor, resource_id, language="en", depth=-1, limit=MOST, newest_first=False):
        """The Activities of a node and of what lies in it, down to ``depth`` (-1: all), as far as the trail reaches. NotFound, Forbidden."""
        node, whole = self._files.known(actor, resource_id)
        self._audit.flush()
        lines = jobs.bulk(_found, self._audit.trail, node, whole, depth, MOST)
        if not newest_first:
            lines.reverse()
        told = _Told(self._people.everybody(), self._files, actor, node, whole, language)
        return [told.activity(line) for line in lines[:max(0, min(limit, MOST))]]


def _found(trail, node, whole, depth, most):
    """The lines of the trail, the newest first. Blocking. A folder is followed back to the names it had."""
    found, here = [], node.path
    word = node.id if not node.folder or depth == 0 else node.space
    for line in trail.about(word, SCANNED):
        if line["action"] not in _WHAT or line.get("space") != node.space:
            continue
        path, itself = line.get("path", ""), line.get("node") == node.id or not node.path and "node" not in line
        if itself or node.folder and _beneath(path, here, depth):
            found.append(line)
            if len(found) >= most:
                break
        elif node.folder and whole and line.get("before") and _beneath(line["before"], here, depth):
            found.append(line)                      # it went away from here
        if line["action"] == "file_rename" and here and (here == path or here.startswith(path + "/")):
            here = line.get("before", path) + here[len(path):]
    return found


def _beneath(path, here, depth):
    """Whether a path leads to something in the folder at ``here``, no deeper than ``depth``."""
    if here and not path.startswith(here + "/") or path == here:
        return False
    return depth < 0 or path[len(here):].strip("/").count("/") < depth


class _Told:
    """Puts lines into words for one reader."""

    def __init__(self, everybody, files, actor, node, whole, language):
        self._everybody, self._files, self._actor, self._node, self._whole, self._language = everybody, files, actor, node, whole, language
        self._folders, self._words = {}, _FIELDS[language]
        self._drive = f"{files.storage_id}${node.space}"

    def activity(self, line):
        """A line as an Activity."""
        what, path = _WHAT[line["action"]], line.get("path", "")
        if what == "moved" and path.rpartition("/")[0] == line.get("before", "").rpartition("/")[0]:
            what = "renamed"
        permission, settings, _, _ = self._words
        possible = {
            "user": lambda: self._person(line["who"]), "sharee": lambda: self._receiver(line.get("to", "")), "resource": lambda: self._item(line, path),
            "oldResource": lambda: self._item(line, line.get("before", "")), "folder": lambda: self._folder(path.rpartition("/")[0]),
            "space": lambda: {"id": self._drive, "name": line.get("name", "")}, "field": lambda: {"name": permission if what == "reshared" else settings},
            "token": lambda: {"id": line.get("link", ""), "name": ""}}
        template = TEMPLATES[what][self._language]
        return Activity(str(uuid.uuid5(_NAMES, json.dumps(line, sort_keys=True))), line["time"], template,
                        {name: make() for name, make in possible.items() if "{" + name + "}" in template})

    def _item(self, line, path):
        return {"id": f"{self._drive}!{line.get('node', '')}", "name": path.rpartition("/")[2]}

    def _person(self, id):
        account = self._everybody.accounts.get(id)
        _, _, somebody, house = self._words
        return {"id": id, "displayName": account.display_name if account else somebody if id else house}

    def _receiver(self, to):
        kind, _, id = to.partition(":")
        group = self._everybody.groups.get(id) if kind == "g" else None
        return {"id": id, "displayName": group.name} if group else self._person(id)

    def _folder(self, path):
        """The folder that was at a path, by its id where one is there now; without a name where the reader does not see where things lie."""
        if path not in self._folders:
            id, name = "", path.rpartition("/")[2] if self._whole else ""
            try:
                node = self._files.node(self._actor, self._node.space, path)
                id, name = self._files.resource_id(node), node.name or self._files.space(self._actor, self._node.space).name
            except errors.HouseError:
                pass
            self._folders[path] = {"id": id, "name": name}
        return self._folders[path]

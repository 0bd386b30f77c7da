"""The few requests the model makes, and their answers in plain words."""
import re
import xml.etree.ElementTree as ElementTree
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

import requests

DAV, OC = "{DAV:}", "{http://owncloud.org/ns}"
ASK = ('<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:resourcetype/><d:getetag/><d:getcontentlength/><oc:size/><oc:fileid/>'
       '<oc:checksums/><oc:trashbin-original-location/></d:prop></d:propfind>')
LOCK = ('<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype><d:owner>model</d:owner></d:lockinfo>')


class Entry(NamedTuple):
    """One line of a listing."""

    href: str
    folder: bool
    etag: str
    size: int
    id: str
    sums: str
    location: str


class Wire:
    """A person's session with the server."""

    def __init__(self, url, person):
        self.url, self.person = url, person
        self.home = f"/remote.php/dav/files/{person.name}"
        self._session = requests.Session()
        self._session.auth = (person.name, person.password)

    def address(self, path):
        """Return the whole address of a path in the home."""
        return f"{self.url}{self.home}/{quote(path)}".rstrip("/")

    def ask(self, method, path, body=None, tokens=(), **headers):
        """Send a request about a path in the home; return the answer."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if tokens:
            fields["If"] = " ".join(f"<{self.address(path)}> (<{token}>)" for path, token in tokens)
        return self._session.request(method, self.address(path), data=body, headers=fields, timeout=30)

    def raw(self, method, place, body=None, **headers):
        """The same for any other place on the server."""
        return self._session.request(method, self.url + place, data=body, timeout=30, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def list(self, place, depth="1"):
        """List a place; return its entries, itself first."""
        answer = self.raw("PROPFIND", place, ASK, Depth=depth)
        assert answer.status_code == 207, (place, answer.status_code, answer.text[:500])
        return [_entry(reply) for reply in ElementTree.fromstring(answer.content).findall(DAV + "response")]

    def walk(self):
        """Return everything in the home: path -> Entry; '' is the home."""
        found, todo = {}, [""]
        while todo:
            for entry in self.list(f"{self.home}/{quote(todo.pop())}"):
                path = urlsplit(entry.href).path
                path = unquote(path).removeprefix(self.home).strip("/")
                if path not in found and entry.folder and path:
                    todo.append(path)
                found[path] = entry
        return found

    def trash(self):
        """Return what the trash holds: key -> the path it had."""
        place = f"/remote.php/dav/trash-bin/{self.person.name}"
        return {unquote(entry.href).rstrip("/").rsplit("/", 1)[1]: entry.location for entry in self.list(place + "/")[1:]}

    def versions(self, fileid):
        """Return the addresses of a file's older versions."""
        return [entry.href for entry in self.list(f"/remote.php/dav/meta/{quote(fileid)}/v")[1:]]


def _entry(reply):
    found = {}
    for part in reply.findall(DAV + "propstat"):
        if " 200 " in part.findtext(DAV + "status"):
            found.update({each.tag: each for each in part.find(DAV + "prop")})

    def text(name):
        return "".join(found[name].itertext()) if name in found else ""
    folder = found.get(DAV + "resourcetype") is not None and found[DAV + "resourcetype"].find(DAV + "collection") is not None
    size = text(OC + "size") if folder else text(DAV + "getcontentlength")
    return Entry(reply.findtext(DAV + "href"), folder, text(DAV + "getetag"), int(size or 0), text(OC + "fileid"),
                 (re.search(r"SHA1:(\w+)", text(OC + "checksums")) or ["", ""])[1], text(OC + "trashbin-original-location"))

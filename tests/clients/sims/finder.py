"""macOS Finder (WebDAVFS): how it mounts, copies a file in, saves over it, renames, and throws away.

It writes in three steps: an empty PUT, a LOCK, a chunked PUT that tells the length in X-Expected-Entity-Length. Every file gets
a twin `._name` with resource data. Without lock class 2 the volume is read-only; a body stored as 0 bytes is the classic accident.
"""
import os
import re
import time
import xml.etree.ElementTree as ElementTree

from sims.wire import Wire

AGENT = "WebDAVFS/3.0.0 (03008000) Darwin/24.1.0 (x86_64)"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
QUOTA = (HEAD + '<D:propfind xmlns:D="DAV:">\n<D:prop>\n<D:quota-available-bytes/>\n<D:quota-used-bytes/>\n<D:quota/>\n<D:quotaused/>\n'
         '</D:prop>\n</D:propfind>\n').encode()
LOOK = (HEAD + '<D:propfind xmlns:D="DAV:">\n<D:prop>\n<D:getlastmodified/>\n<D:getcontentlength/>\n<D:creationdate/>\n'
        '<D:resourcetype/>\n</D:prop>\n</D:propfind>\n').encode()
LOCK = (HEAD + '<D:lockinfo xmlns:D="DAV:">\n<D:lockscope><D:exclusive/></D:lockscope>\n<D:locktype><D:write/></D:locktype>\n<D:owner>\n'
        '<D:href>http://www.apple.com/webdav_fs/</D:href>\n</D:owner>\n</D:lockinfo>\n').encode()
PROBES = (".metadata_never_index", ".Spotlight-V100", ".DS_Store", ".localized", ".hidden", "._.", "Contents", ".ql_disablethumbnails")


def play(url, name, password, root="/remote.php/webdav"):
    """Play a session; return all demands."""
    wire = Wire(url, name, password, AGENT)
    folder = f"{root}/finder-{os.urandom(3).hex()}"
    _mount(wire, root)
    _browse(wire, root, folder)
    _copy_in(wire, folder)
    _save_over(wire, folder)
    _twin(wire, folder)
    _rename_and_remove(wire, folder)
    return wire.demands


def _xml(headers):
    return dict(headers, Content_Type='text/xml; charset="utf-8"')


def _look(wire, path, depth=0):
    return wire.ask("PROPFIND", path, LOOK, **_xml({"Depth": depth}))


def _mount(wire, root):
    stranger = wire.ask("OPTIONS", root + "/", signed_in=False)
    wire.want("OPTIONS without a name is answered or asks for one", stranger.status in (200, 204, 401), stranger)
    refused = wire.ask("PROPFIND", root + "/", LOOK, signed_in=False, **_xml({"Depth": 0}))
    wire.want("a stranger is asked for Basic", refused.status == 401 and "basic" in refused.headers.get("www-authenticate", "").lower(), refused)
    options = wire.ask("OPTIONS", root + "/")
    wire.want("OPTIONS is 200 or 204", options.status in (200, 204), options)
    wire.want("lock class 2, or the volume is read-only", "2" in re.split(r"[ ,]+", options.headers.get("dav", "")), options)
    room = wire.ask("PROPFIND", root + "/", QUOTA, **_xml({"Depth": 0}))
    wire.want("the quota is told", room.status == 207 and b"quota-used-bytes" in room.body, room)
    number = re.search(rb"quota-available-bytes>(-?\d+)<", room.body)
    wire.want("the room left is a number or not there, never garbage", number or b"quota-available-bytes" in room.body, room)
    slash = _look(wire, root)
    wire.want("the root without a slash is no redirect", slash.status == 207, slash)


def _browse(wire, root, folder):
    made = wire.ask("MKCOL", folder + "/")
    wire.want("a folder is made, the address ending in a slash", made.status == 201, made)
    for probe in PROBES:
        began = time.monotonic()
        looked = _look(wire, f"{root}/{probe}")
        wire.want(f"a probe for {probe} is a plain 404", looked.status == 404, looked)
        wire.want(f"a probe for {probe} is quick", time.monotonic() - began < 5)
    listed = _look(wire, root + "/", depth=1)
    wire.want("the listing is XML with the folder in it", listed.status == 207 and folder.rsplit("/")[-1].encode() in listed.body, listed)
    replies = ElementTree.fromstring(listed.body).findall("{DAV:}response") if listed.status == 207 else []
    for reply in replies:
        kind = reply.find(".//{DAV:}resourcetype/{DAV:}collection") is not None
        wire.want("folders and only folders end in a slash", reply.findtext("{DAV:}href").endswith("/") == kind, reply.findtext("{DAV:}href"))
        wire.want("everything has a time", re.match(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$", reply.findtext(".//{DAV:}getlastmodified") or ""))


def _lock(wire, path):
    answer = wire.ask("LOCK", path, LOCK, **_xml({"Depth": 0, "Timeout": "Second-600"}))
    return answer, answer.headers.get("lock-token", "")


def _copy_in(wire, folder):
    path = folder + "/Pr%C3%A9sentation%20%26%20co.key"
    content = os.urandom(50_000) * 7
    empty = wire.ask("PUT", path, b"", Content_Length=0)
    wire.want("an empty PUT creates", empty.status == 201, empty)
    looked = _look(wire, path)
    wire.want("the empty file is there with length 0", looked.status == 207 and b"getcontentlength>0<" in looked.body, looked)
    locked, token = _lock(wire, path)
    wire.want("LOCK gives a token in its header", locked.status == 200 and re.match(r"<\S+>$", token), locked)
    wire.want("LOCK tells the lock in its body", b"activelock" in locked.body and token.strip("<>").encode() in locked.body, locked)
    wire.want("the lock lasts a while", re.search(rb"timeout>\s*(Second-[1-9]\d*|Infinite)", locked.body), locked)
    stored = wire.ask("PUT", path, content, chunks=8192, X_Expected_Entity_Length=len(content), If=f"({token})")
    wire.want("a chunked PUT under the lock is stored", stored.status in (200, 201, 204), stored)
    looked = _look(wire, path)
    wire.want("it has its whole length", f"getcontentlength>{len(content)}<".encode() in looked.body, looked)
    foreign = wire.ask("PUT", path, b"another program")
    wire.want("without the token it is locked", foreign.status == 423, foreign)
    refreshed = wire.ask("LOCK", path, None, Timeout="Second-600", If=f"({token})")
    wire.want("the lock is refreshed without a body", refreshed.status == 200 and b"activelock" in refreshed.body, refreshed)
    unlocked = wire.ask("UNLOCK", path, Lock_Token=token)
    wire.want("UNLOCK is 204", unlocked.status == 204, unlocked)
    came = wire.ask("GET", path)
    wire.want("the content is whole", came.body == content, f"{came.status} {len(came.body)} bytes")
    part = wire.ask("GET", path, Range="bytes=1000-1999")
    wire.want("a range is served", part.status == 206 and part.body == content[1000:2000], part.status)


def _save_over(wire, folder):
    path = folder + "/Pr%C3%A9sentation%20%26%20co.key"
    locked, token = _lock(wire, path)
    wire.want("an existing file can be locked again", locked.status == 200 and token, locked)
    saved = wire.ask("PUT", path, b"short now", If=f"({token})")
    wire.want("saving over it under the lock", saved.status in (200, 204), saved)
    wrong = wire.ask("PUT", path, b"never", If="(<opaquelocktoken:00000000-0000-0000-0000-000000000000>)")
    wire.want("a wrong token does not open it", wrong.status in (412, 423), wrong)
    wire.want("UNLOCK after saving", wire.ask("UNLOCK", path, Lock_Token=token).status == 204)
    wire.want("no rest of the longer content", wire.ask("GET", path).body == b"short now")


def _twin(wire, folder):
    path = folder + "/._Pr%C3%A9sentation%20%26%20co.key"
    locked, token = _lock(wire, path)
    wire.want("LOCK on a name that is not there makes an empty file", locked.status == 201 and token, locked)
    stored = wire.ask("PUT", path, b"\0\5\x16\7" + bytes(4092), chunks=4096, X_Expected_Entity_Length=4096, If=f"({token})")
    wire.want("the twin is written", stored.status in (200, 201, 204), stored)
    wire.want("UNLOCK of the twin", wire.ask("UNLOCK", path, Lock_Token=token).status == 204)
    wire.want("the twin has 4096 bytes", b"getcontentlength>4096<" in _look(wire, path).body)


def _rename_and_remove(wire, folder):
    for prefix in ("", "._"):
        moved = wire.ask("MOVE", f"{folder}/{prefix}Pr%C3%A9sentation%20%26%20co.key", None, Overwrite="F",
                         Destination=f"{wire.url}{folder}/{prefix}e%CC%81te%CC%81.key")          # Finder sends NFD
        wire.want("a file is renamed", moved.status == 201, moved)
    wire.want("the new name is found composed", wire.ask("GET", folder + "/%C3%A9t%C3%A9.key").body == b"short now")
    wire.want("and decomposed", wire.ask("GET", folder + "/e%CC%81te%CC%81.key").body == b"short now")
    removed = wire.ask("DELETE", folder + "/")
    wire.want("DELETE of the folder is 204", removed.status == 204, removed)
    wire.want("it is gone", _look(wire, folder + "/").status == 404)

"""Windows Explorer (the WebDAV mini-redirector): how it finds the share, lists, makes, saves, renames and removes.

It asks about the server's root first and takes no redirect anywhere, sends PROPFIND without a body, locks without Depth, and sets
four Win32 properties on every file; if one of them is not 200 the copy fails.
"""
import os
import re
import xml.etree.ElementTree as ElementTree

from sims.wire import Wire

AGENT = "Microsoft-WebDAV-MiniRedir/10.0.22631"
LOCK = (b'<?xml version="1.0" encoding="utf-8" ?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype>'
        b'<D:write/></D:locktype><D:owner><D:href>DESKTOP-1\\ann</D:href></D:owner></D:lockinfo>')
TIMES = {"Win32CreationTime": "Tue, 03 Feb 2026 08:00:00 GMT", "Win32LastAccessTime": "Tue, 03 Feb 2026 08:00:01 GMT",
         "Win32LastModifiedTime": "Tue, 03 Feb 2026 08:00:02 GMT", "Win32FileAttributes": "00000020"}


def play(url, name, password, root="/remote.php/webdav"):
    """Play a session; return all demands."""
    wire = Wire(url, name, password, AGENT)
    folder = f"{root}/explorer-{os.urandom(3).hex()}"
    _find_share(wire, root)
    _list(wire, root, folder)
    _new_document(wire, folder)
    _save(wire, folder)
    _rename_and_remove(wire, folder)
    return wire.demands


def _ask(wire, method, path, body=None, **headers):
    return wire.ask(method, path, body, **{"Translate": "f", "Connection": "Keep-Alive", **headers})


def _look(wire, path, depth=0):
    return _ask(wire, "PROPFIND", path, None, Depth=depth, Content_Length=0)


def _find_share(wire, root):
    top = wire.ask("OPTIONS", "/", signed_in=False, Translate="f")
    wire.want("OPTIONS / is no redirect and no 404 or 405", top.status in (200, 204, 401), top)
    options = _ask(wire, "OPTIONS", root)
    wire.want("OPTIONS of the share is 200 or 204", options.status in (200, 204), options)
    wire.want("MS-Author-Via: DAV", "DAV" in options.headers.get("ms-author-via", ""), options)
    wire.want("the DAV header tells class 1 and 2", {"1", "2"} <= set(re.split(r"[ ,]+", options.headers.get("dav", ""))), options)
    wire.want("Allow tells PROPFIND and LOCK", {"PROPFIND", "LOCK"} <= set(re.split(r"[ ,]+", options.headers.get("allow", ""))), options)
    refused = wire.ask("PROPFIND", root, None, signed_in=False, Depth=0, Content_Length=0, Translate="f")
    wire.want("a stranger is asked for Basic", refused.status == 401 and "basic" in refused.headers.get("www-authenticate", "").lower(), refused)
    wire.want("PROPFIND of the share without a slash is no redirect", _look(wire, root).status == 207)


def _list(wire, root, folder):
    missing = _look(wire, root + "/desktop.ini")
    wire.want("a missing file is a plain 404", missing.status == 404, missing)
    made = _ask(wire, "MKCOL", folder, None, Content_Length=0)
    wire.want("a folder is made", made.status == 201, made)
    listed = _look(wire, root + "/", depth=1)
    wire.want("a PROPFIND without a body gives all properties", listed.status == 207, listed)
    for reply in ElementTree.fromstring(listed.body).findall("{DAV:}response") if listed.status == 207 else []:
        href = reply.findtext("{DAV:}href")
        wire.want("hrefs are under the share", href.startswith(root) or href.startswith(wire.url + root), href)
        wire.want("each has a time", reply.findtext(".//{DAV:}getlastmodified"), href)
        is_folder = reply.find(".//{DAV:}resourcetype/{DAV:}collection") is not None
        wire.want("each file has a length", is_folder or (reply.findtext(".//{DAV:}getcontentlength") or "").isdigit(), href)
    slashless = _look(wire, folder, depth=1)
    wire.want("a folder is listed without a slash and without a redirect", slashless.status == 207, slashless)


def _new_document(wire, folder):
    path = folder + "/New%20Text%20Document.txt"
    wire.want("the name is free", _look(wire, path).status == 404)
    empty = _ask(wire, "PUT", path, b"", Content_Length=0)
    wire.want("an empty PUT creates", empty.status == 201, empty)
    locked = _ask(wire, "LOCK", path, LOCK, Timeout="Second-3600", Content_Type='text/xml; charset="utf-8"')
    token = locked.headers.get("lock-token", "")
    wire.want("LOCK without Depth gives a token", locked.status == 200 and token, locked)
    wire.want("the LOCK answer is XML", "xml" in locked.headers.get("content-type", ""), locked)
    _set_times(wire, path, token)
    wire.want("HEAD is 200", _ask(wire, "HEAD", path).status == 200)
    stored = _ask(wire, "PUT", path, b"written by Notepad", If=f"({token})")
    wire.want("a PUT under the lock", stored.status in (200, 201, 204), stored)
    _set_times(wire, path, token)
    wire.want("a PUT without the token is 423", _ask(wire, "PUT", path, b"intruder").status == 423)
    refreshed = _ask(wire, "LOCK", path, None, If=f"({token})", Timeout="Second-3600", Content_Length=0)
    wire.want("the lock is refreshed without a body", refreshed.status == 200, refreshed)
    wire.want("UNLOCK is 204", _ask(wire, "UNLOCK", path, None, Lock_Token=token).status == 204)
    wire.want("the content is whole", _ask(wire, "GET", path).body == b"written by Notepad")


def _set_times(wire, path, token):
    body = "".join(f"<Z:{name}>{value}</Z:{name}>" for name, value in TIMES.items())
    answer = _ask(wire, "PROPPATCH", path, ('<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" '
                  f'xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>{body}</D:prop></D:set></D:propertyupdate>').encode(),
                  If=f"({token})", Content_Type='text/xml; charset="utf-8"')
    wire.want("PROPPATCH is 207", answer.status == 207, answer)
    fine = {child.tag.split("}")[1] for part in ElementTree.fromstring(answer.body).iter("{DAV:}propstat")
            if " 200 " in part.findtext("{DAV:}status", "") + " " for child in part.find("{DAV:}prop")} if answer.status == 207 else set()
    for name in TIMES:
        wire.want(f"{name} is 200", name in fine, answer)


def _save(wire, folder):
    """Office saves beside, and swaps names."""
    document, beside = folder + "/New%20Text%20Document.txt", folder + "/~WRL0001.tmp"
    wire.want("the temporary file", _ask(wire, "PUT", beside, b"second draft").status == 201)
    swapped = _ask(wire, "MOVE", beside, None, Destination=wire.url + document, Overwrite="T")
    wire.want("MOVE over the document is 204", swapped.status == 204, swapped)
    wire.want("the document is the new one", _ask(wire, "GET", document).body == b"second draft")
    wire.want("the temporary name is free", _look(wire, beside).status == 404)


def _rename_and_remove(wire, folder):
    old, new = folder + "/New%20Text%20Document.txt", folder + "/R%C3%A9sum%C3%A9%20%231.txt"
    moved = _ask(wire, "MOVE", old, None, Destination=wire.url + new, Overwrite="F")
    wire.want("MOVE with Overwrite: F is 201", moved.status == 201, moved)
    wire.want("a second one finds nothing", _ask(wire, "MOVE", old, None, Destination=wire.url + new, Overwrite="F").status in (404, 412))
    copied = _ask(wire, "COPY", new, None, Destination=wire.url + old, Overwrite="F")
    wire.want("COPY is 201", copied.status == 201, copied)
    taken = _ask(wire, "COPY", new, None, Destination=wire.url + old, Overwrite="F")
    wire.want("COPY onto a taken name with Overwrite: F is 412", taken.status == 412, taken)
    wire.want("GET after MOVE", _ask(wire, "GET", new).body == b"second draft")
    wire.want("DELETE of the folder is 204", _ask(wire, "DELETE", folder).status == 204)
    wire.want("it is gone", _look(wire, folder).status == 404)

"""Older contents of a file over WebDAV: ``/dav/meta/{id}/v``, list, read and restore; and the path of an id."""
from appliance.core import errors, ids
from appliance.protocols.webdav import answers, conditions, get, previews
from appliance.protocols.webdav.multistatus import Asked
from appliance.protocols.webdav.properties import DAV, OC, http_date
from appliance.protocols.webdav.xmlbody import escape

MARK = ".REV."                                      # between the id of the file and the time, in the key of a version
_PATH = f"{{{OC}}}meta-path-for-user"


def answer(house, environ, start_response, target):
    """Answer a request whose address lies under ``meta``."""
    actor, files = environ["hearth.actor"], house.files
    node = files.find(actor, target.root)
    method = environ["REQUEST_METHOD"]
    if not target.path:
        if method != "PROPFIND":
            raise errors.Invalid("Only PROPFIND is possible here.")
        return _tell_path(files, actor, environ, start_response, target, node)
    front, _, key = target.path.partition("/")
    verb = _VERBS.get((method, bool(key)))
    if front != "v" or "/" in key:
        raise errors.NotFound()
    if verb is None:
        raise answers.Refused(501, "Versions do not know this method.")
    return verb(house, actor, environ, start_response, target, _file(files, actor, node, key) if key else node, key)


def _file(files, actor, node, key):
    """The file that a version is of. OpenCloud's web client restores it at the id of the folder that the file lies in."""
    if not node.folder:
        return node
    file = files.find(actor, ids.ResourceId("", node.space, key.partition(MARK)[0]))
    if file.parent != node.id:
        raise errors.NotFound()
    return file


def _tell_path(files, actor, environ, start_response, target, node):
    """Where the node lies, as far as the actor may know (OpenCloud's ``meta-path-for-user``)."""
    asked = Asked(environ)
    if _PATH not in (asked.names or ()):
        raise errors.Invalid("The request must name meta-path-for-user.")
    id = files.resource_id(node)
    values = {_PATH: escape("/" + files.path_of(actor, node)), f"{{{OC}}}id": id, f"{{{OC}}}fileid": id,
              f"{{{OC}}}spaceid": f"{files.storage_id}${node.space}"}
    asked.names = list(dict.fromkeys([*asked.names, *values]))
    return asked.answer(start_response, asked.response(target.href(False), values), [], None)


def _list(house, actor, environ, start_response, target, node, key):
    """PROPFIND: the collection of versions, then each, the oldest first. What the file holds now is not among them."""
    asked = Asked(environ)
    versions = house.files.versions(actor, node)
    space = house.files.space_of(actor, node)
    about = {f"{{{OC}}}owner-id": None, f"{{{OC}}}owner-display-name": None}
    owner = house.files.owner(space)
    if owner:
        about = {f"{{{OC}}}owner-id": escape(owner.name), f"{{{OC}}}owner-display-name": escape(owner.display_name)}

    def describe(version):
        return asked.response(target._replace(path=f"v/{node.id}{MARK}{version.key}").href(False),
                              {**about, **_properties(node, version)})
    first = asked.response(target._replace(path="").href(True), {
        f"{{{OC}}}permissions": "", f"{{{OC}}}favorite": "0", f"{{{OC}}}name": "", f"{{{OC}}}size": "0",
        f"{{{DAV}}}resourcetype": "<d:collection/>"})
    return asked.answer(start_response, first, versions, describe)


def _properties(node, version):
    id = f"versions$!{node.id}@{node.id}{MARK}{version.key}"
    sums = version.sums
    return {
        f"{{{OC}}}permissions": "", f"{{{OC}}}favorite": "0", f"{{{OC}}}name": "",
        f"{{{OC}}}id": id, f"{{{OC}}}fileid": id, f"{{{OC}}}spaceid": "versions$",
        f"{{{OC}}}size": str(version.size),
        f"{{{OC}}}checksums": sums and f"<oc:checksum>SHA1:{sums.sha1} MD5:{sums.md5} ADLER32:{sums.adler32}</oc:checksum>",
        f"{{{DAV}}}getcontentlength": str(version.size),
        f"{{{DAV}}}getlastmodified": http_date(version.mtime_ns // 1_000_000_000),
        f"{{{DAV}}}getetag": f'"{version.etag}"',
        f"{{{DAV}}}resourcetype": "",
    }


def _key(node, key):
    """The key as the storage knows it; NotFound where it belongs to another file."""
    front, mark, time = key.partition(MARK)
    if not mark or front != node.id:
        raise errors.NotFound()
    return time


def _read(house, actor, environ, start_response, target, node, key):
    """GET and HEAD, with ranges and conditions like any file; it is saved under the name the file has now."""
    opened = house.files.open_version(actor, node, _key(node, key))
    if previews.wanted(environ):
        return previews.send(house, environ, start_response, opened, node.name)
    return get.send(house.files, environ, start_response, opened, node.name)


def _restore(house, actor, environ, start_response, target, node, key):
    """COPY: the file holds that content again. A Destination is not looked at."""
    house.files.restore_version(actor, node, _key(node, key), conditions.tokens(environ))
    start_response("204 No Content", [])
    return [b""]


def _options(house, actor, environ, start_response, target, node, key):
    start_response("204 No Content", [("Allow", "OPTIONS, PROPFIND, GET, HEAD, COPY"), ("DAV", "1, 2")])
    return [b""]


_VERBS = {("PROPFIND", False): _list, ("PROPFIND", True): _list, ("GET", True): _read, ("HEAD", True): _read,
          ("COPY", True): _restore, ("OPTIONS", False): _options, ("OPTIONS", True): _options}

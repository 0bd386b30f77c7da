"""The live properties of files and folders: one row each in ``ROWS``, in the order of an answer to allprop.

A getter takes (about, nodes) and returns a list with a text of XML for each node, or None where one has no such property.
"""
import mimetypes
import re
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache
from typing import Callable, NamedTuple
from urllib.parse import urlencode

from appliance.core import clock
from appliance.http import signed
from appliance.protocols.webdav.addresses import encode
from appliance.protocols.webdav.xmlbody import attribute, escape

DAV, OC, OCS = "DAV:", "http://owncloud.org/ns", "http://open-collaboration-services.org/ns"
FACETS = ("photo", "image", "location", "audio")    # as properties; Graph has video, too
LINK_BITS = {"view": 1, "upload": 5, "edit": 15, "createOnly": 4, "internal": 0}    # of OCS: read, update, create, delete
PREFIXES = {DAV: "d", OC: "oc"}


class About:
    """What is the same for all nodes of one answer, and the few ``nodes`` at hand with their ``hrefs`` (for XML)."""

    def __init__(self, house, actor, space, node, url):
        files = house.files
        self.files, self.actor, self.space, self.url = files, actor, space, url
        self.space_id = f"{files.storage_id}${space.id}"
        self.prefix = self.space_id + "!"
        self.encoded_prefix = encode(self.prefix)
        itself, *self._letters_inside = files.permissions(actor, node, space)
        self.folder_letters = self.file_letters = itself
        self.locks = ()                             # those that may cover a node
        self.nodes = self.names = self.hrefs = ()
        self._people, self._owner, self._quota = house.people, None, None
        self.previews, self._told = house.previews, (None, {})
        root, self.link = files.links.link(actor) if actor.kind == "link" else (None, None)
        self.link_to_file = root is not None and not root.folder
        self.made_by = actor.giver and actor.giver.display_name

    def facts(self, nodes):
        """What these nodes tell of themselves, asked once for all properties that want to know."""
        if self._told[0] is not nodes:
            self._told = nodes, self.previews.facts(nodes)
        return self._told[1]

    def enter(self, folder, inside=False):
        """From now on nodes are addressed as members of this folder: a path, decoded, with a slash at its end. ``inside`` the node asked for,
        other letters may hold than for itself."""
        if inside:
            self.folder_letters, self.file_letters = self._letters_inside
        self._folder, self._href, self._downloads = folder, escape(encode(folder)), None

    def address(self, nodes, name=None):
        """Take some nodes of one kind to hand; ``name`` is what a single one is called in its address."""
        self.nodes, self.names = nodes, [name] if name else [node.name for node in nodes]
        start, end = self._href, "/" if nodes[0].folder else ""
        encoded = encode("/".join(self.names)).replace("&", "&amp;")    # all that XML minds in it; all names at once take half the time
        self.hrefs = [f"{start}{each}{end}" for each in encoded.split("/")]

    @property
    def owner(self):
        """The account that owns the space, where the actor may know: it is their own."""
        if self._owner is None:
            self._owner = "" if self.link else self.files.owner(self.space) or ""
        return self._owner

    @property
    def quota(self):
        """Bytes left in the space; -2 where the actor may not know (what clients take for unknown)."""
        if self._quota is None:
            room = self.files.room(self.actor, self.space)
            self._quota = "-2" if room is None else str(room)
        return self._quota

    @property
    def _signature(self):
        signature = self.files.links.signature(self.actor)
        return escape("?" + urlencode({"expiration": signature[0], "signature": signature[1]})) if signature else ""

    def downloads(self):
        """Addresses from which the files at hand may be downloaded without signing in."""
        if self.link:
            return [f"{self.url}{href}{self._signature}" for href in self.hrefs]
        if self._downloads is None:
            self._downloads = signed.downloads(self._people, self.actor, self.url, self._folder)
        return self._downloads(self.names, self.hrefs)


class Row(NamedTuple):
    """A property; a getter is None for a kind that never has it. ``all`` names the kinds for which allprop tells it.

    ``fixed`` is True where all files, or all folders, of one answer have the same: its getters take ``about`` alone and
    return one text.
    """

    name: str
    file: Callable | None
    folder: Callable | None
    all: str = "file folder"
    fixed: bool = False


def _resource_id(about, nodes):
    prefix = about.prefix
    return [prefix + node.id for node in nodes]


def _parent(about, nodes):
    return [about.prefix + (node.parent or node.id) for node in nodes]


def _name(about, nodes):
    return [escape(node.name if node.parent else about.space.name) for node in nodes]


def _etag(about, nodes):
    return [f'"{node.etag}"' for node in nodes]


def _date(about, nodes):
    return [http_date(node.mtime_ns // 1_000_000_000) for node in nodes]


def _size(about, nodes):
    return [str(node.size) for node in nodes]


def _type(about, nodes):
    return [content_type(node.name) for node in nodes]


def _has_preview(about, nodes):
    supports = about.previews.supports
    return ["1" if supports(node.name) else "0" for node in nodes]


def facet(told):
    """What a file tells of itself: an element each, in small letters with hyphens, as OpenCloud writes them."""
    return told and "".join(f"<oc:{tag}>{escape(str(value))}</oc:{tag}>" for key, value in told.items() for tag in [_hyphened(key)])


def _facet(name):
    def getter(about, nodes):
        facts = about.facts(nodes)
        return [facet(facts.get(node.id, {}).get(name)) for node in nodes]
    return getter


@lru_cache(256)
def _hyphened(key):
    return re.sub("[A-Z]", lambda capital: "-" + capital[0].lower(), key)


def _favorite(about, nodes):
    favorites = about.files.labels.favorites(about.actor, nodes)
    return ["1" if node.id in favorites else "0" for node in nodes]


def _tags(about, nodes):
    tags = about.files.labels.tags(nodes)
    return [escape(",".join(tags.get(node.id, ()))) for node in nodes]


def checksums(about, nodes):
    """The content of ``oc:checksums`` of each node; None without sums."""
    return [sums and f"<oc:checksum>SHA1:{sums.sha1} MD5:{sums.md5} ADLER32:{sums.adler32}</oc:checksum>"
            for sums in [node.sums for node in nodes]]


def _locks(about, nodes):
    locks = about.locks
    if about.link:                                  # visitors are not told who works there
        locks = [lock if lock.by == about.actor.id else lock._replace(owner="", by_name="") for lock in locks]
    return [locks and "".join(active_lock(lock) for lock in locks if covers(lock, node.path)) or None for node in nodes]


def _private_link(about, nodes):
    return [f"{about.url}/f/{about.encoded_prefix}{node.id}" for node in nodes]


def _download(about, nodes):
    return about.downloads()


def _letters():
    def getter(usual):
        def letters(about, nodes):
            nested = about.files.nested(about.actor, nodes, about.space)
            return [nested.get(node.id, usual(about)) for node in nodes] if nested else [usual(about)] * len(nodes)
        return letters
    return getter(lambda about: about.file_letters), getter(lambda about: about.folder_letters)


def _room(about, nodes):
    return [about.quota] * len(nodes)


def _share_types(about, nodes):
    kinds = about.files.shares.kinds(about.actor, nodes, about.space)
    return ["".join(f"<oc:share-type>{kind}</oc:share-type>" for kind in kinds[node.id]) if node.id in kinds else None for node in nodes]


def _share_permissions(letters):
    """The bits of OCS: read, update, create, delete, share."""
    return str(1 + 2 * ("NV" in letters) + 4 * ("CK" in letters) + 8 * ("CK" in letters and "D" in letters) + 16 * ("R" in letters))


def _of_link(value):
    """A getter of what is told of a link, at what it leads to alone."""
    def getter(about, nodes):
        return [value(about, node) if about.link and node.id == about.actor.folder else None for node in nodes]
    return getter, getter


def _signature(about, node):
    signature = about.files.links.signature(about.actor)
    return signature and f"<oc:signature>{signature[1]}</oc:signature><oc:expiration>{signature[0]}</oc:expiration>"


def _same(name, file, folder, all="file folder"):
    """A row that does not depend on the node; ``file`` and ``folder`` are functions of ``about``, or texts, or None."""
    def getter(value):
        return value if value is None or callable(value) else lambda about: value
    return Row(name, getter(file), getter(folder), all, True)


def _owner(field):
    return lambda about: escape(getattr(about.owner, field)) if about.owner else None


_SUPPORTED_LOCKS = "".join(f"<d:lockentry><d:lockscope><d:{scope}/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockentry>"
                           for scope in ("exclusive", "shared"))

ROWS = {row.name: row for row in (
    Row(f"{{{OC}}}id", _resource_id, _resource_id),
    Row(f"{{{OC}}}fileid", _resource_id, _resource_id),
    _same(f"{{{OC}}}spaceid", *[lambda about: about.space_id] * 2),
    Row(f"{{{OC}}}file-parent", _parent, _parent),
    Row(f"{{{OC}}}name", _name, _name),
    Row(f"{{{DAV}}}displayname", _name, _name),
    Row(f"{{{DAV}}}getetag", _etag, _etag),
    Row(f"{{{OC}}}permissions", *_letters()),
    _same(f"{{{DAV}}}resourcetype", "", "<d:collection/>"),
    Row(f"{{{DAV}}}getcontentlength", _size, None),
    Row(f"{{{OC}}}size", _size, _size, "folder"),
    Row(f"{{{DAV}}}getcontenttype", _type, None),
    Row(f"{{{DAV}}}getlastmodified", _date, _date),
    Row(f"{{{OC}}}checksums", checksums, None),
    Row(f"{{{OC}}}favorite", _favorite, _favorite),
    Row(f"{{{OC}}}tags", _tags, _tags),
    Row(f"{{{OC}}}has-preview", _has_preview, None),
    *[Row(f"{{{OC}}}{name}", _facet(name), None, "") for name in FACETS],
    Row(f"{{{DAV}}}lockdiscovery", _locks, _locks),
    _same(f"{{{DAV}}}supportedlock", _SUPPORTED_LOCKS, _SUPPORTED_LOCKS, ""),
    _same(f"{{{OC}}}owner-id", *[_owner("name")] * 2, ""),
    _same(f"{{{OC}}}owner-display-name", *[_owner("display_name")] * 2, ""),
    Row(f"{{{OC}}}privatelink", _private_link, _private_link, ""),
    Row(f"{{{OC}}}downloadURL", _download, None, ""),
    _same(f"{{{OC}}}data-fingerprint", *[lambda about: about.files.fingerprint] * 2, ""),
    Row(f"{{{DAV}}}quota-used-bytes", None, _size, ""),
    Row(f"{{{DAV}}}quota-available-bytes", None, _room, ""),
    Row(f"{{{OC}}}share-types", _share_types, _share_types, ""),
    Row(f"{{{OC}}}public-link-item-type", *_of_link(lambda about, node: "file" if about.link_to_file else "folder"), ""),
    Row(f"{{{OC}}}public-link-permission", *_of_link(lambda about, node: str(LINK_BITS[about.link.kind] & (3 if about.link_to_file else 31))), ""),
    Row(f"{{{OC}}}public-link-share-datetime", *_of_link(lambda about, node: http_date(int(about.link.created))), ""),
    Row(f"{{{OC}}}public-link-expiration", *_of_link(lambda about, node: about.link.expires and http_date(int(about.link.expires))), ""),
    Row(f"{{{OC}}}public-link-share-owner", *_of_link(lambda about, node: escape(about.made_by)), ""),
    Row(f"{{{OC}}}signature-auth", *_of_link(_signature), ""),
    _same(f"{{{OCS}}}share-permissions", lambda about: _share_permissions(about.file_letters),
          lambda about: _share_permissions(about.folder_letters), ""),
)}

# Named, these are not answered though allprop has them: so do the servers that clients were written against.
UNNAMED = {f"{{{DAV}}}displayname"}


def protected(name):
    """True for a property that PROPPATCH must not touch: all live ones but the date, and every unknown one of ours."""
    namespace = split(name)[0]
    return name != f"{{{DAV}}}getlastmodified" and (name in ROWS or namespace in (DAV, OC, OCS)) \
        and name != f"{{{DAV}}}displayname"


def dead(name):
    """True for a property that a node may hold because a client put it there."""
    return name not in ROWS and split(name)[0] not in (DAV, OC, OCS)


def split(name):
    """``{namespace}local`` in two parts."""
    namespace, _, local = name[1:].partition("}") if name.startswith("{") else ("", "", name)
    return namespace, local


@lru_cache(256)
def tags(name):
    """The opening and the closing tag of a property, in the prefixes that clients compare as text."""
    namespace, local = split(name)
    if namespace in PREFIXES:
        tag = f"{PREFIXES[namespace]}:{local}"
        return f"<{tag}>", f"</{tag}>"
    return f'<{local} xmlns="{attribute(namespace)}">', f"</{local}>"


@lru_cache(4096)
def _minute(minutes):
    return formatdate(minutes * 60, usegmt=True)[:-6]


_SECONDS = [f"{second:02} GMT" for second in range(60)]


def http_date(seconds):
    """Seconds since 1970 as RFC 9110 §5.6.7 writes them: Tue, 14 Nov 2023 22:13:20 GMT."""
    minutes, second = divmod(seconds, 60)
    return _minute(minutes) + _SECONDS[second]


@lru_cache(1024)
def _type_of_ending(ending):
    return mimetypes.types_map.get("." + ending.lower(), "application/octet-stream")


def content_type(name):
    """The media type by the ending of a name."""
    return _type_of_ending(name.rpartition(".")[2]) if "." in name else "application/octet-stream"


def covers(lock, path):
    """True where a lock protects the node at ``path`` of its space."""
    return lock.path == path or lock.depth == "infinity" and (not lock.path or path.startswith(lock.path + "/"))


def active_lock(lock, root=""):
    """An ``activelock`` (RFC 4918 §14.1); ``root`` is the href of what is locked, known to LOCK alone."""
    left = "Infinite" if lock.expires is None else f"Second-{max(0, int(lock.expires - clock.now()))}"
    since = datetime.fromtimestamp(int(lock.created), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (f"<d:activelock><d:locktype><d:write/></d:locktype><d:lockscope><d:{lock.scope}/></d:lockscope>"
            f"<d:depth>{lock.depth}</d:depth><d:owner>{lock.owner}</d:owner><d:timeout>{left}</d:timeout>"
            f"<d:locktoken><d:href>{escape(lock.token)}</d:href></d:locktoken>"
            f"{root and f'<d:lockroot><d:href>{escape(root)}</d:href></d:lockroot>'}"
            f"<oc:ownername>{escape(lock.by_name)}</oc:ownername><oc:locktime>{since}</oc:locktime></d:activelock>")

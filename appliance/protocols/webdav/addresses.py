"""Addresses: from a URL or a Destination to what it means, and from a path to the href that clients see.

Every address may begin with ``/remote.php``; answers carry the beginning that the request used.
"""
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from appliance.core import errors

# Left as they are in an href: letters, digits and these. Clients compare hrefs after decoding, but some not well.
_SAFE = "-_.~$&+,/:;=@"
_BYTES = {code: chr(code) if code < 128 and (chr(code).isalnum() or chr(code) in _SAFE) else f"%{code:02X}" for code in range(256)}
_odd = re.compile(f"[^A-Za-z0-9{re.escape(_SAFE)} ]").search

TREE, TRASH, META = "tree", "trash", "meta"
FILES, SPACES, OTHER = "files", "spaces", "other"   # the bare collections above, and whatever we do not know
ARCHIVER = "archiver"


class Target(NamedTuple):
    """What an address means. ``base`` is the text before ``path``, which has no slash at either end."""

    kind: str
    base: str                                       # decoded: /remote.php/dav/files/ann
    root: str                                       # a login name, a space id or a node id; "" for the caller's home
    path: str                                       # beneath that, decoded: Photos/2026/a.jpg
    slash: bool                                     # the address ended in one

    @property
    def name(self):
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def public(self):
        """Whether this is what a link leads to; ``root`` is its token then."""
        return self.base.endswith(f"/dav/public-files/{self.root}") and bool(self.root)

    @property
    def parent(self):
        """The address one step up."""
        return self._replace(path=self.path.rpartition("/")[0])

    @property
    def whole(self):
        """All of the address, decoded, without a slash at its end."""
        return f"{self.base}/{self.path}" if self.path else self.base

    def href(self, folder):
        """The address as it stands in an answer."""
        return encode(self.whole) + ("/" if folder else "")


def encode(path):
    """Percent-encode a path the way OpenCloud does."""
    if _odd(path) is None:                          # as nearly all names are: a third of the time, for each file listed
        return path.replace(" ", "%20")
    return path.encode().decode("latin-1").translate(_BYTES)


def of_request(environ):
    """The target of a request; Invalid for a path that nothing can have."""
    return parse(_text(environ.get("PATH_INFO", "").encode("latin-1", "replace")))


def of_destination(value):
    """The target of a Destination header or of a resource named in an If header (RFC 4918 §8.3): a URL or a path.

    The host is not compared: behind a proxy it is whatever the proxy made of it. What counts is that the path is ours.
    """
    try:
        path = urlsplit(value.strip()).path
    except ValueError:
        path = ""
    if not path.startswith("/"):
        raise errors.Invalid("The destination is not an address of this server.")
    return parse(_text(unquote_to_bytes(path.encode("latin-1", "replace"))))


def _text(raw):
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise errors.Invalid("The address is not UTF-8.") from None


def parse(path):
    """Understand a decoded path."""
    parts = [part for part in path.split("/") if part]
    if "." in parts or ".." in parts:
        raise errors.Invalid("An address must not contain . or .. as a name.")
    if "\0" in path:
        raise errors.Invalid("An address must not contain a NUL.")
    slash = path.endswith("/")
    front = ["remote.php"] if parts[:1] == ["remote.php"] else []
    rest = parts[len(front):]
    for words, kind, rooted in _ENDPOINTS:
        if rest[:len(words)] == words:
            used = len(words) + rooted
            if len(rest) < used:
                break
            base = "/" + "/".join(front + rest[:used])
            return Target(kind, base, rest[used - 1] if rooted else "", "/".join(rest[used:]), slash)
    kind = {("dav", "files"): FILES, ("dav", "spaces"): SPACES}.get(tuple(rest), OTHER)
    return Target(kind, "/" + "/".join(parts), "", "", slash)


_ENDPOINTS = (                                      # words, meaning, whether the next part names a user, space or node
    (["webdav"], TREE, 0),
    (["dav", "files"], TREE, 1),
    (["dav", "spaces", "trash-bin"], TRASH, 1),
    (["dav", "spaces"], TREE, 1),
    (["dav", "public-files"], TREE, 1),
    (["dav", "trash-bin"], TRASH, 1),
    (["dav", "meta"], META, 1),
    (["archiver"], ARCHIVER, 0),
)

"""Checksums as clients write them: ``SHA1:<hex>``, ``sha1 <hex>`` or ``sha1 <base64>``."""
import base64
import binascii
import hashlib
import re
import zlib

from appliance.core import errors

LENGTHS = {"sha1": 20, "md5": 16, "adler32": 4, "crc32": 4}     # bytes
KEPT = ("sha1", "md5", "adler32")                   # those the storage keeps of a whole file


def parse(text, separator=" "):
    """Read a checksum into (algorithm, hex); Invalid where it is malformed or of an algorithm we do not know."""
    name, _, value = text.strip().partition(separator)
    name, value = name.lower(), value.strip()
    length = LENGTHS.get(name)
    if length is None:
        raise errors.Invalid("This kind of checksum is not supported. Use sha1, md5 or adler32.")
    try:
        digest = bytes.fromhex(value) if re.fullmatch("[0-9A-Fa-f]{%d}" % (2 * length), value) else \
            base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        digest = b""
    if len(digest) != length:
        raise errors.Invalid("The checksum is malformed.")
    return name, digest.hex()


def parse_whole(text, separator=" "):
    """Read the checksum of a whole file, of which the storage keeps only some kinds."""
    name, value = parse(text, separator)
    if name not in KEPT:
        raise errors.Invalid("This kind of checksum is not supported. Use sha1, md5 or adler32.")
    return name, value


class _Sum:
    """A checksum of zlib's in the manner of hashlib."""

    def __init__(self, function, start):
        self._function, self._value = function, start

    def update(self, block):
        self._value = self._function(block, self._value)

    def hexdigest(self):
        return f"{self._value:08x}"


def new(name):
    """Begin to compute a checksum; it has ``update`` and ``hexdigest``."""
    if name in ("crc32", "adler32"):
        return _Sum(zlib.crc32, 0) if name == "crc32" else _Sum(zlib.adler32, 1)
    return hashlib.new(name, usedforsecurity=False)

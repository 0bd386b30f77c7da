"""What a file really is: told by its bytes, whatever its name says. A small table, the lists of zip files, and the marks of macros.

It reads some KB of a file, of Office's older documents up to 64 MB. Nothing is unpacked but the list of parts of an Office document.
Plain blocking functions.
"""
import os
import re
import struct
import unicodedata
import zlib
from typing import NamedTuple

FAMILIES = ("program", "script", "archive", "disk", "page", "image", "video", "audio", "document", "office", "text", "unknown", "empty")
MARKS = ("macros", "disguised")                     # said of a file beside its family
NAMES = (*FAMILIES, *MARKS)
HEAD = 4_096                                        # bytes looked at first
_LIST = 4 << 20                                     # bytes of the list of a zip file; no document has more
_PART = 1 << 20                                     # bytes of an unpacked list of parts
_OLD = 64 << 20                                     # bytes of an older document that are searched for macros


class Kind(NamedTuple):
    """What a file is."""

    family: str                                     # one of FAMILIES
    type: str                                       # a media type
    marks: frozenset = frozenset()                  # of MARKS

    @property
    def labels(self):
        """All that a rule can call it by."""
        return {self.family, self.type, self.type.partition("/")[0] + "/*", *self.marks}


_MAGIC = [(offset, bytes(magic), family, type) for offset, magic, family, type in (
    (0, b"\x7fELF", "program", "application/x-executable"), (0, b"MZ", "program", "application/vnd.microsoft.portable-executable"),
    (0, b"\xfe\xed\xfa\xce", "program", "application/x-mach-binary"), (0, b"\xfe\xed\xfa\xcf", "program", "application/x-mach-binary"),
    (0, b"\xce\xfa\xed\xfe", "program", "application/x-mach-binary"), (0, b"\xcf\xfa\xed\xfe", "program", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "program", "application/java-vm"), (0, b"dex\n", "program", "application/vnd.android.dex"),
    (0, b"\0asm", "program", "application/wasm"), (0, b"L\0\0\0\1\x14\2\0", "program", "application/x-ms-shortcut"),
    (0, b"!<arch>\ndebian", "archive", "application/vnd.debian.binary-package"), (0, b"\xed\xab\xee\xdb", "archive", "application/x-rpm"),
    (0, b"\x1f\x8b", "archive", "application/gzip"), (0, b"BZh", "archive", "application/x-bzip2"), (0, b"\xfd7zXZ\0", "archive", "application/x-xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "archive", "application/x-7z-compressed"), (0, b"Rar!\x1a\x07", "archive", "application/vnd.rar"),
    (0, b"\x28\xb5\x2f\xfd", "archive", "application/zstd"), (0, b"\x04\x22\x4d\x18", "archive", "application/x-lz4"),
    (0, b"MSCF\0\0\0\0", "archive", "application/vnd.ms-cab-compressed"), (257, b"ustar", "archive", "application/x-tar"),
    (0, b"QFI\xfb", "disk", "application/x-qemu-disk"), (0, b"KDMV", "disk", "application/x-vmdk"), (0, b"conectix", "disk", "application/x-vhd"),
    (0, b"vhdxfile", "disk", "application/x-vhdx"), (0, b"hsqs", "disk", "application/x-squashfs"), (32_769, b"CD001", "disk", "application/x-iso9660-image"),
    (0, b"\x89PNG\r\n\x1a\n", "image", "image/png"), (0, b"\xff\xd8\xff", "image", "image/jpeg"), (0, b"GIF8", "image", "image/gif"),
    (0, b"BM", "image", "image/bmp"), (0, b"II*\0", "image", "image/tiff"), (0, b"MM\0*", "image", "image/tiff"), (0, b"8BPS", "image", "image/vnd.adobe.photoshop"),
    (0, b"\0\0\1\0", "image", "image/vnd.microsoft.icon"), (0, b"\xff\x0a", "image", "image/jxl"), (0, b"\0\0\0\x0cJXL ", "image", "image/jxl"),
    (0, b"\x1aE\xdf\xa3", "video", "video/x-matroska"), (0, b"FLV\1", "video", "video/x-flv"), (0, b"\0\0\1\xba", "video", "video/mpeg"),
    (0, b"\0\0\1\xb3", "video", "video/mpeg"), (0, b"0&\xb2u\x8ef\xcf\x11", "video", "video/x-ms-asf"),
    (0, b"ID3", "audio", "audio/mpeg"), (0, b"\xff\xfb", "audio", "audio/mpeg"), (0, b"\xff\xf3", "audio", "audio/mpeg"), (0, b"\xff\xf1", "audio", "audio/aac"),
    (0, b"fLaC", "audio", "audio/flac"), (0, b"OggS", "audio", "audio/ogg"), (0, b"MThd", "audio", "audio/midi"), (0, b"FORM", "audio", "audio/aiff"),
    (0, b"%PDF-", "document", "application/pdf"), (0, b"{\\rtf", "document", "application/rtf"), (0, b"AT&TFORM", "document", "image/vnd.djvu"),
    (0, b"%!PS", "document", "application/postscript"))]
_RIFF = {b"WEBP": ("image", "image/webp"), b"AVI ": ("video", "video/x-msvideo"), b"WAVE": ("audio", "audio/wav")}
_BRANDS = {b"heic": ("image", "image/heic"), b"heix": ("image", "image/heic"), b"mif1": ("image", "image/heif"), b"avif": ("image", "image/avif"),
           b"M4A ": ("audio", "audio/mp4"), b"qt  ": ("video", "video/quicktime")}
_TEXTS = (                                          # what a text begins with; small letters
    (rb"#!|@echo |<\?php|<script|<job|<package|<hta:", "script", "application/x-script"),
    (rb"<!doctype html|<html|<head|<body", "page", "text/html"),
    (rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!doctype svg[^>]*>\s*)*+<svg", "image", "image/svg+xml"),     # *+: many comments can be parted in no other way
    (rb"<\?xml", "text", "application/xml"), (rb"from: |received: |return-path: ", "document", "message/rfc822"))
_PROMISES = {ending: families for endings, families in {          # what names promise; for "disguised"
    "jpg jpeg png gif webp bmp tif tiff heic heif avif ico svg": ("image",), "mp4 m4v mov mkv webm avi mpg mpeg wmv 3gp": ("video", "audio"),
    "mp3 m4a flac ogg opus wav aac": ("audio", "video"), "pdf epub": ("document",), "doc docx xls xlsx ppt pptx odt ods odp": ("office", "document", "page"),
    "txt md csv json log": ("text", "page", "document"), "zip 7z rar gz": ("archive",)}.items() for ending in endings.split()}
_LOUD = ("program", "script", "archive", "disk", "page")    # what hides under such a name


def plain(name):
    """A name as rules look at it: small, without what cannot be seen, nor the dots and blanks at its end that Windows drops."""
    seen = "".join(letter for letter in unicodedata.normalize("NFKC", name) if unicodedata.category(letter) not in ("Cf", "Cc"))
    return seen.rstrip(" .").lower()


def look(fd, size, name):
    """The Kind of an open file of that name. Blocking."""
    if not size:
        return Kind("empty", "application/x-empty")
    head = os.pread(fd, HEAD, 0)
    family, type, macros = _found(fd, size, head)
    promised = _PROMISES.get(plain(name).rpartition(".")[2])
    if type == "application/zip" and promised and "office" in promised:
        macros = True                               # Office may read a list of parts that we cannot
    marks = {"macros"} if macros else set()
    if promised and family in _LOUD and family not in promised:
        marks.add("disguised")
    return Kind(family, type, frozenset(marks))


def _found(fd, size, head):
    if head.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08PK")):
        return _zip(fd, size, head)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "office", "application/x-ole-storage", _has_old_macros(fd, size)
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return *_RIFF[head[8:12]], False
    if head[4:8] == b"ftyp":
        return *_BRANDS.get(head[8:12], ("video", "video/mp4")), False
    for offset, magic, family, type in _MAGIC:
        there = head[offset:offset + len(magic)] if offset + len(magic) <= HEAD else os.pread(fd, len(magic), offset)
        if there == magic and (len(magic) > 2 or b"\0" in head[:64] or not magic.isalpha()):   # two letters may begin a text
            return family, type, False
    return *_text(head), False


def _text(head):
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            head = head[:len(head) & ~1].decode("utf-16").encode()
        except UnicodeDecodeError:
            return "unknown", "application/octet-stream"
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for pattern, family, type in _TEXTS:
        if re.match(pattern, begin, re.DOTALL):
            return family, type
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head):
        return "unknown", "application/octet-stream"
    return "text", "text/plain"


# Zip files, and all that are zip files by another name.

def _zip(fd, size, head):
    """``(family, type, whether there are macros)``. What starts as a program is one, whatever else it looks like."""
    type = _own_type(head)
    office = program = macros = listed = manifest = scripts = False
    for name, place in _members(fd, size):
        office |= name == "[content_types].xml" or name.startswith(("word/", "xl/", "ppt/"))
        program |= name in ("meta-inf/manifest.mf", "androidmanifest.xml", "classes.dex")
        macros |= name.endswith("vbaproject.bin") or name == "[content_types].xml" and (listed or _names_macros(fd, place))     # Office writes one list
        listed |= name == "[content_types].xml"
        manifest |= name == "meta-inf/manifest.xml"
        scripts |= name.startswith(("basic/", "scripts/"))
    opendocument = "opendocument" in type or manifest and not type
    macros |= scripts and (opendocument or manifest)
    if program:
        return "program", "application/java-archive", macros
    if office:
        return "office", "application/vnd.openxmlformats-officedocument", macros
    if opendocument:
        return "office", type or "application/vnd.oasis.opendocument", macros
    return ("document", type, macros) if type else ("archive", "application/zip", macros)


def _own_type(head):
    """OpenDocument and EPUB begin with their own type, not compressed; "" where there is none."""
    if head[30:38] != b"mimetype":
        return ""
    type = head[38:38 + struct.unpack_from("<I", head, 22)[0]].decode("latin-1")[:100]
    return type if re.fullmatch(r"application/[a-z0-9.+-]+", type) else ""


def _members(fd, size):
    """Name (small letters) and place of the head of each member, as the list at the end of a zip file says; none where it is longer than any document's."""
    begin = max(0, size - 65_557)
    end = os.pread(fd, size - begin, begin)
    at = end.rfind(b"PK\5\6")
    if at < 0 or at + 22 > len(end):
        return
    length, offset, comment = struct.unpack_from("<IIH", end, at + 12)
    if length > _LIST or at + 22 + comment != len(end):
        return
    shift = begin + at - length - offset            # what stands before the first member, as in self-extracting ones
    listed = os.pread(fd, length, max(0, offset + shift)) if shift >= 0 else b""
    here = 0
    while listed[here:here + 4] == b"PK\1\2" and here + 46 <= len(listed):
        name, extra, comment = struct.unpack_from("<HHH", listed, here + 28)
        text = listed[here + 46:here + 46 + name].decode("utf-8", "replace").replace("\\", "/").lstrip("/").lower()
        yield text, struct.unpack_from("<I", listed, here + 42)[0] + shift
        here += 46 + name + extra + comment


def _names_macros(fd, place):
    """Whether the list of parts of an Office document names macros, under whatever name they lie in it."""
    head = os.pread(fd, 30, place)
    if head[:4] != b"PK\3\4" or len(head) < 30:
        return True                                 # nothing that Office itself wrote
    method, name, extra = *struct.unpack_from("<H", head, 8), *struct.unpack_from("<HH", head, 26)
    text = os.pread(fd, _PART, place + 30 + name + extra)
    if method == 8:
        try:
            text = zlib.decompressobj(-15).decompress(text, _PART)
        except zlib.error:
            return True
    text = text.lower()
    return b"vbaproject" in text or b"macroenabled" in text


def _has_old_macros(fd, size):
    """Whether a document of the older kind (OLE2) has a folder of macros, which Office calls like this."""
    wanted, before = "_VBA_PROJECT".encode("utf-16-le"), b""
    for begin in range(0, min(size, _OLD), 1 << 20):
        block = os.pread(fd, 1 << 20, begin)
        if wanted in before + block:
            return True
        before = block[-len(wanted):]
    return False

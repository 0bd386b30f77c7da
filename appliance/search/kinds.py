"""What a file is, by its name: its media type, the kinds that people look for, and its name as it is compared."""
import mimetypes
import re
import unicodedata

FOLDER = "httpd/unix-directory"                     # as OpenCloud calls it

_OFFICE, _OPEN = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
KINDS = {                                           # as OpenCloud's clients name them, and which media types they are
    "folder": (FOLDER,),
    "document": ("application/msword", _OFFICE + "wordprocessingml.*", _OPEN + "text*", "application/vnd.oasis.opendocument.form*", "text/plain",
                 "text/markdown", "application/rtf", "text/rtf", "application/vnd.apple.pages", "application/x-iwork-pages-sffpages"),
    "spreadsheet": ("application/vnd.ms-excel*", _OPEN + "spreadsheet*", "text/csv", _OFFICE + "spreadsheetml.*", "application/vnd.apple.numbers",
                    "application/x-iwork-numbers-sffnumbers"),
    "presentation": ("application/vnd.ms-powerpoint*", _OFFICE + "presentationml.*", _OPEN + "presentation*", "application/vnd.apple.keynote",
                     "application/x-iwork-keynote-sffkey"),
    "pdf": ("application/pdf",), "image": ("image/*",), "video": ("video/*",), "audio": ("audio/*",),
    "archive": ("application/zip", "application/x-zip*", "application/gzip", "application/x-gzip", "application/x-7z-compressed", "application/vnd.rar",
                "application/x-rar*", "application/x-tar", "application/x-gtar", "application/x-bzip*", "application/x-xz", "application/zstd"),
}
_MORE = {"md": "text/markdown", "markdown": "text/markdown", "rtf": "application/rtf", "pages": "application/vnd.apple.pages", "gz": "application/gzip",
         "numbers": "application/vnd.apple.numbers", "key": "application/vnd.apple.keynote", "7z": "application/x-7z-compressed", "tgz": "application/gzip",
         "rar": "application/vnd.rar", "bz2": "application/x-bzip2", "xz": "application/x-xz", "zst": "application/zstd", "heic": "image/heic",
         "heif": "image/heif", "avif": "image/avif", "webp": "image/webp", "flac": "audio/flac", "opus": "audio/opus", "m4a": "audio/mp4",
         "oga": "audio/ogg", "ogg": "audio/ogg", "mkv": "video/x-matroska", "mts": "video/mp2t", "m2ts": "video/mp2t", "3gp": "video/3gpp", "epub": "application/epub+zip",
         "eml": "message/rfc822", "docx": _OFFICE + "wordprocessingml.document", "xlsx": _OFFICE + "spreadsheetml.sheet",
         "pptx": _OFFICE + "presentationml.presentation", "odt": _OPEN + "text", "ods": _OPEN + "spreadsheet", "odp": _OPEN + "presentation"}
SIGHTS = ("image/", "video/")                       # what has its place in a time line


def ending(name):
    """``pdf`` of ``A.PDF``; empty without one."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def media(name):
    """The media type of a file of that name."""
    last = ending(name)
    return _MORE.get(last) or mimetypes.types_map.get("." + last, "application/octet-stream")


def small(text):
    """A text as it is compared: neither case nor the form of its accents counts."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def words(text):
    """The words of a text in small letters, with a blank before and after each: `` report 2026 pdf ``."""
    found = re.findall(r"[^\W_]+", small(text))
    return f" {' '.join(found)} " if found else " "

"""Photos of people: small pictures of the kinds that every browser shows, known by their first bytes. SVG is none: it can hold programs."""
from typing import NamedTuple

from appliance.core import durable, errors

PART = "photos"
LARGEST = 1 << 20                                   # bytes
_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"))


class Photo(NamedTuple):
    """A picture and its media type."""

    kind: str
    content: bytes


class Photos:
    """Everybody's."""

    def __init__(self, folder):
        self._folder, self._path = folder, folder.path / PART

    def get(self, account_id):
        """The Photo of an account; NotFound where it has none."""
        content = self._folder.look(_read, self._path / account_id)
        if content is None:
            raise errors.NotFound("This person has no photo.")
        return Photo(_kind(content), content)

    def has(self, account_id):
        """Whether an account has one."""
        return self._folder.look((self._path / account_id).is_file)

    def set(self, account_id, content):
        """Keep a photo. Invalid for anything that is no picture, TooLarge."""
        if len(content) > LARGEST:
            raise errors.TooLarge("A photo has at most 1 MiB. Make it smaller.")
        _kind(content)
        self._folder.change(durable.write_file, self._path / account_id, content)

    def remove(self, account_id):
        """Take it away; no complaint where there is none."""
        self._folder.change(durable.remove_file, self._path / account_id)


def _kind(content):
    for start, kind in _KINDS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise errors.Invalid("A photo is a PNG, JPEG, GIF or WebP picture.")


def _read(file):
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None

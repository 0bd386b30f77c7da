"""Previews: from a file that somebody may read to a small picture of it, out of the cache or made by the child."""
import hashlib
import os
import shutil
from functools import lru_cache
from typing import NamedTuple

from appliance.core import errors, jobs
from appliance.previews.cache import Cache
from appliance.previews.renderers import RENDERERS
from appliance.previews.worker import Worker

FORM = 1                                            # another number whenever previews come out otherwise than before
SIDES = (16, 32, 64, 128, 256, 512, 1024, 1920, 2560)  # the longer side of a preview, in pixels
LARGEST = 200_000_000                               # bytes of a file that is read whole
WAITING = 24                                        # callers in the queue; the next one comes back later
_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class Wanted(NamedTuple):
    """What a preview is to be like: it lies within a box, or fills it and loses what stands out. Never larger than the picture."""

    width: int
    height: int
    crop: bool

    def snapped(self):
        """The same in one of a few sizes, no smaller, so that few are kept of each picture."""
        longer = max(self.width, self.height)
        side = next((side for side in SIDES if side >= longer), SIDES[-1])
        return Wanted(max(1, round(self.width * side / longer)), max(1, round(self.height * side / longer)), self.crop)


class Preview(NamedTuple):
    """An open preview: ``fd``, which the caller closes, its size in bytes, its media type, and an etag without quotes."""

    fd: int
    size: int
    kind: str
    etag: str


class Previews:
    """All previews of the house. Who may see one is for ``files`` to say: it takes an open file."""

    def __init__(self, config):
        self._cache, self._worker = Cache(config.cache / "previews", config.preview_bytes), Worker()
        self._turns, self._on = jobs.Turns(1, WAITING), config.preview_bytes > 0

    def supports(self, name):
        """Whether a file of this name can have a preview here."""
        return self._on and _renderer(name) is not None

    def preview(self, opened, name, wanted):
        """The Preview of an open file, which is closed. NotFound where there is none, Forbidden where it is too large, TooManyAttempts, Unavailable."""
        try:
            renderer = _renderer(name) if self._on else None
            if renderer is None:
                raise _none(name)
            wanted = wanted.snapped()
            node = opened.node
            key = hashlib.sha256(f"{FORM} {renderer.NAME} {node.id} {node.etag} {wanted}".encode()).hexdigest()
            fd = self._cache.open(key)
            if fd is None:
                if node.size > getattr(renderer, "LARGEST", LARGEST):
                    raise _large()
                fd = self._made(key, renderer, opened.fd, {**wanted._asdict(), "ending": _ending(name)})
        finally:
            opened.close()
        return _read(fd, name, key)

    def _made(self, key, renderer, source, request):
        with self._turns:
            fd = self._cache.open(key)              # somebody before us in the queue may have wanted the same
            if fd is not None:
                return fd
            try:
                fd, draft = self._cache.draft()
            except OSError as error:
                raise errors.Unavailable("There is no room for previews.", error=str(error)) from None
            try:
                answer = self._worker.make(renderer, request, source, fd)
                if "refused" in answer:
                    os.ftruncate(fd, 0)
                    os.pwrite(fd, answer["refused"].encode(), 0)
                self._cache.keep(key, fd, draft)
                return fd
            except BaseException:
                self._cache.drop(fd, draft)
                raise

    def close(self):
        """End the child."""
        self._worker.end()


def _read(fd, name, key):
    os.lseek(fd, 0, os.SEEK_SET)                    # the child wrote through the same open file
    start, size = os.pread(fd, 4, 0), os.fstat(fd).st_size
    kind = _KINDS.get(start) or _KINDS.get(start[:3])
    if kind:
        return Preview(fd, size, kind, key[:32])
    os.close(fd)
    raise _large() if start == b"larg" else _none(name)


def _none(name):
    return errors.NotFound(f"File with name {name} could not be located")   # OpenCloud's words


def _large():
    return errors.Forbidden("The file is too large for a preview.")


def _renderer(name):
    """The page that makes previews of files of this name; None where there is none, or a program is missing."""
    return _of_ending(_ending(name))


def _ending(name):
    return name.rpartition(".")[2].lower() if "." in name else ""


@lru_cache(1024)
def _of_ending(ending):
    for renderer in RENDERERS:
        if ending in renderer.ENDINGS and all(shutil.which(tool, path="/usr/bin:/bin") for tool in renderer.TOOLS):
            return renderer
    return None

"""Previews: from a file that somebody may read to a small picture of it, out of the cache or made by the child."""
import hashlib
import json
import os
import shutil
from functools import lru_cache
from typing import NamedTuple

from appliance.confined import Worker
from appliance.core import clock, errors, events, jobs
from appliance.previews.cache import Cache
from appliance.previews.renderers import RENDERERS

FORM = 1                                            # another number whenever previews come out otherwise than before
SIDES = (16, 32, 64, 128, 256, 512, 1024, 1920, 2560)  # the longer side of a preview, in pixels
LARGEST = 200_000_000                               # bytes of a file that is read whole
WAITING = 24                                        # callers in the queue; the next one comes back later
LOST, AGAIN = 1_000, 3_600                          # previews at which the child was lost, that are remembered; seconds until that is tried again
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


QUIET = 10                                          # seconds after the last file came, before photos are looked at unasked
REMEMBERED = 20_000                                 # photos to be looked at; 100 bytes each
PHOTOS = ("picture", "heic")                        # what previews are made of ahead: films take long
AHEAD = (Wanted(128, 128, False), Wanted(64, 64, True))     # what lists of files ask for


class Preview(NamedTuple):
    """An open preview: ``fd``, which the caller closes, its size in bytes, its media type, and an etag without quotes."""

    fd: int
    size: int
    kind: str
    etag: str


class Previews:
    """All previews of the house. Who may see one is for ``files`` to say: it takes an open file."""

    def __init__(self, config, bus=None, look=None):
        """``look(node_id)`` opens a file for the house itself; with the ``bus`` of events it lets new photos have previews before somebody asks."""
        self._cache, self._worker = Cache(config.cache / "previews", config.preview_bytes), Worker("appliance.previews.child")
        self._look, self._ahead, self._quiet_since, self._lost = look, {}, 0.0, {}
        if bus:
            bus.follow(events.FileWritten)(self._regard)
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
            key = _key(renderer.NAME, node.id, node.etag, wanted)
            fd = self._cache.open(key)
            if fd is None:
                if node.size > getattr(renderer, "LARGEST", LARGEST):
                    raise _large()
                fd = self._made(key, renderer, opened.fd, {**wanted._asdict(), "ending": _ending(name)})
                if fd is None:
                    raise _none(name)
        finally:
            opened.close()
        return _read(fd, name, key)

    def _made(self, key, renderer, source, request):
        """An fd of the preview, or of the word why there is none; None where the child was lost at it."""
        with self._turns:
            fd = self._cache.open(key)              # somebody before us in the queue may have wanted the same
            if fd is not None or self._is_lost(key):
                return fd
            fd, draft = self._cache.draft()
            try:
                answer = self._worker.make(renderer.NAME, request, source, fd, bool(renderer.TOOLS))
                if answer.get("refused") == "lost":
                    self._lose(key)
                    self._cache.drop(fd, draft)
                    return None
                if "refused" in answer:
                    os.ftruncate(fd, 0)
                    os.pwrite(fd, answer["refused"].encode(), 0)
                self._cache.keep(key, fd, draft)
                return fd
            except OSError as error:
                self._cache.drop(fd, draft)
                raise errors.Unavailable("There is no room for previews.", error=str(error)) from None
            except BaseException:
                self._cache.drop(fd, draft)
                raise

    def _lose(self, key):
        """The child was killed, was too slow, or had no room: that says little of the file, on a busy box, and nothing for good."""
        if len(self._lost) >= LOST:
            del self._lost[next(iter(self._lost))]
        self._lost[key] = clock.now()

    def _is_lost(self, key):
        return key in self._lost and 0 <= clock.now() - self._lost[key] < AGAIN

    # What files tell of themselves.

    def facts(self, nodes):
        """Facets of files, as far as they are known: ``{node id: {"photo": {"takenDateTime": …}, …}}``. Those of others are looked at when it is quiet."""
        keys = {_key("facts", node.id, node.etag): node for node in nodes if not node.folder and self._on and hasattr(_renderer(node.name), "facts")}
        found = {keys[key].id: _facets(content) for key, content in self._cache.texts(list(keys)).items()} if keys else {}
        for node in keys.values():
            if node.id not in found:
                self._remember(node.id)
        return found

    def _learn(self, opened):
        """Ask the child for the facts of an open file, and keep them; also that there are none."""
        node, renderer = opened.node, _renderer(opened.node.name)
        key = _key("facts", node.id, node.etag)
        if not hasattr(renderer, "facts") or self._is_lost(key) or self._cache.texts([key]):
            return
        answer = {}
        if node.size <= getattr(renderer, "LARGEST", LARGEST):
            with self._turns:
                answer = self._worker.make(renderer.NAME, {"facts": True, "ending": _ending(node.name)}, opened.fd, opened.fd, bool(renderer.TOOLS))
        if answer.get("refused") == "lost":
            self._lose(key)
            return
        self._cache.write(key, json.dumps(answer.get("facts", {})).encode())

    # Ahead of who asks.

    def ahead(self):
        """Where nothing else is to be done for a while, make the usual previews of new photos, and look what they tell; one after another."""
        while self._ahead and self._on and not self._turns.busy and clock.now() - self._quiet_since > QUIET:
            id = next(iter(self._ahead))
            del self._ahead[id]
            try:
                opened = self._look(id)
            except errors.HouseError:               # gone again, or the disk is away
                continue
            try:
                self._learn(opened)
                renderer = _renderer(opened.node.name)
                for wanted in AHEAD if renderer and renderer.NAME in PHOTOS else ():
                    os.close(self.preview(_Lent(opened), opened.node.name, wanted).fd)
            except errors.HouseError:
                pass                                # it has none: that is remembered
            finally:
                opened.close()

    def _regard(self, event):
        self._quiet_since = clock.now()
        if not isinstance(event, events.Missed) and hasattr(_renderer(event.path), "facts"):
            self._remember(event.node)

    def _remember(self, id):
        if self._look and len(self._ahead) < REMEMBERED:
            self._ahead[id] = True

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


class _Lent:
    """An open file that stays open when a preview is made of it."""

    def __init__(self, opened):
        self.fd, self.node = opened.fd, opened.node

    def close(self):
        """Leave it open."""


def _key(*parts):
    return hashlib.sha256(" ".join(map(str, (FORM, *parts))).encode()).hexdigest()


def _facets(content):
    try:
        return json.loads(content)
    except ValueError:                              # a pulled plug left half a file
        return {}


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

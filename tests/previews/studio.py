"""Means for tests of previews: previews of files in a folder, made by the real child; pictures, and what one sees in them."""
import io
import os
import struct
import uuid
import zlib
from dataclasses import replace
from types import SimpleNamespace

from PIL import Image

from appliance.core import Config
from appliance.previews import Previews, Wanted

WORST = 180 << 10                                   # KiB that the child may ever take


class Studio:
    """Makes previews of files in a folder, and tells what the child took for it."""

    def __init__(self, folder, **options):
        self.folder, self.worst = folder, 0
        self.previews = Previews(replace(Config(), cache=folder / "cache", **options))

    def write(self, name, content):
        """A file of that content; an image is saved in the format of the name."""
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.save(path)
        return path

    def opened(self, path, etag=None):
        """The file as the house opens one."""
        opened = SimpleNamespace(fd=os.open(path, os.O_RDONLY), node=SimpleNamespace(
            space="s", id=str(uuid.uuid5(uuid.NAMESPACE_URL, str(path))), name=path.name, etag=etag or str(os.stat(path).st_mtime_ns), size=os.stat(path).st_size))
        opened.close = lambda: os.close(opened.fd)
        return opened

    def facts(self, name):
        """What a file tells of itself, asked of the child."""
        opened = self.opened(self.folder / name)
        opened.node.folder = False
        self.previews._learn(opened)
        self.measure()
        opened.close()
        return self.previews.facts([opened.node]).get(opened.node.id)

    def show(self, name, width=256, height=256, crop=False, etag=None):
        """The preview of a file as an image; ``.kind`` is its media type."""
        try:
            preview = self.previews.preview(self.opened(self.folder / name, etag), name, Wanted(width, height, crop))
        finally:
            self.measure()
        with open(preview.fd, "rb") as file:
            image = Image.open(io.BytesIO(file.read()))
        image.load()
        image.kind = preview.kind
        return image

    @property
    def child(self):
        """The process id of the child, None where there is none."""
        return self.previews._worker.pid

    def measure(self):
        """Remember the most that the child has taken, in KiB, with the programs that it has started."""
        self.worst = max(self.worst, self.previews._worker.peak)


def photo(width=400, height=300):
    """Red on the left, blue on the right, with a green stripe at the top."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    image.paste("lime", (0, 0, width, height // 10))
    return image


def stored(image, kind="PNG"):
    """An image as bytes."""
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def bomb(width=60000, height=60000):
    """A PNG of a few bytes that says it is that large."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b""))
            + chunk(b"IEND", b""))


def colour(image, x, y):
    """What one sees at a place given in parts of one: red, blue, lime, white, black, or the numbers."""
    pixel = image.convert("RGB").getpixel((int(x * (image.width - 1)), int(y * (image.height - 1))))
    names = {"red": (255, 0, 0), "blue": (0, 0, 255), "lime": (0, 255, 0), "white": (255, 255, 255), "black": (0, 0, 0)}
    return next((name for name, wanted in names.items() if all(abs(a - b) < 60 for a, b in zip(pixel, wanted, strict=True))), pixel)

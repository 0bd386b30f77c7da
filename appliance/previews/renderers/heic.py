"""Photos of iPhones (HEIC), by pi-heif. They cannot be decoded small, so the little picture that cameras put beside is taken where it is enough, or all that fits."""
import io
import os
import struct

from appliance.previews.renderers import exif, picture

NAME = "heic"
ENDINGS = {"heic", "heif", "hif"}
TOOLS = ()
LARGEST = 30 << 20                                  # bytes: it is read whole
PIXELS = 13_000_000                                 # that can be decoded in the room that is there


def render(fd, request):
    """A photo, the way up that it was taken."""
    import pi_heif
    pi_heif.options.DECODE_THREADS = 1
    content = os.pread(fd, LARGEST, 0)
    small = _with_thumbnail_first(content)
    if small:
        try:
            image = pi_heif.HeifImageFile(io.BytesIO(small))
            if _enough(image.size, request) or _pixels(content) > PIXELS:
                return picture.shrink(image, request, orientation=1)
        except (SyntaxError, ValueError, OSError):
            pass                                    # then the photo itself
    image = pi_heif.HeifImageFile(io.BytesIO(content))
    if image.size[0] * image.size[1] > PIXELS:
        raise picture.Refused("large")
    del content, small
    return picture.shrink(image, request, orientation=1)


def facts(fd, request):
    """What the camera wrote beside it."""
    import pi_heif
    return exif.facts(pi_heif.HeifImageFile(io.BytesIO(os.pread(fd, LARGEST, 0))))


def _pixels(content):
    import pi_heif
    width, height = pi_heif.HeifImageFile(io.BytesIO(content)).size
    return width * height


def _enough(size, request):
    scale = (max if request["crop"] else min)(request["width"] / size[0], request["height"] / size[1])
    return scale <= 1


def _with_thumbnail_first(content):
    """The file with its thumbnail in place of the photo; None where it has none. Two numbers of four letters are written over (ISO/IEC 14496-12 §8.11)."""
    meta = next((box for box in _boxes(content, 0, len(content)) if box[0] == b"meta"), None)
    if meta is None:
        return None
    parts = {kind: (start, end) for kind, start, end in _boxes(content, meta[1] + 4, meta[2])}
    if b"pitm" not in parts or b"iref" not in parts:
        return None
    first, (references, end) = parts[b"pitm"][0], parts[b"iref"]
    wide = content[references] > 0                  # the version: ids of four bytes
    number, size = (">I", 4) if wide else (">H", 2)
    for kind, start, _ in _boxes(content, references + 4, end):
        if kind == b"thmb" and content[first] == 0 and start + 2 * size + 2 <= end:
            thumbnail, = struct.unpack_from(number, content, start)
            shown, = struct.unpack_from(number, content, start + size + 2)
            if shown == struct.unpack_from(">H", content, first + 4)[0] and thumbnail < 65536:
                changed = bytearray(content)
                struct.pack_into(">H", changed, first + 4, thumbnail)
                changed[start - 4:start] = b"cdsc"    # it is no thumbnail any more: those are not shown
                return bytes(changed)
    return None


def _boxes(content, start, end):
    """``(kind, start, end)`` of what is in each box; no more than a thousand."""
    for _ in range(1000):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", content, start)
        size = size or end - start
        if size < 8 or start + size > end:          # also those of 64 bits, which hold photos and no tables
            return
        yield kind, start + 8, start + size
        start += size

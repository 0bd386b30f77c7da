"""Pictures that Pillow reads. A JPEG is decoded small from the start, so that 200 megapixels take no more memory than five."""
import io

from appliance.confined import Refused
from appliance.previews.renderers import exif

NAME = "picture"
ENDINGS = {"jpg", "jpeg", "jpe", "jfif", "png", "gif", "webp", "bmp", "avif"}
TOOLS = ()
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "AVIF")  # not TIFF and JPEG 2000, as in OpenCloud: too many holes in the past

ROOM = 100 << 20                                    # bytes that a picture may take when it is decoded
SCALED = 48 << 20                                   # a JPEG is decoded to this, where it can be smaller
SMALL = 1024                                        # pixels: no larger is the preview of what takes more than that
ORIENTATION = 0x0112
_TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}


def render(fd, request):
    """A picture in a file."""
    with open(fd, "rb", closefd=False) as file:
        return shrink(opened(file), request)


def facts(fd, request):
    """What the camera wrote beside it."""
    with open(fd, "rb", closefd=False) as file:
        return exif.facts(opened(file))


def opened(file, formats=FORMATS):
    """An image that is not decoded yet."""
    from PIL import AvifImagePlugin, Image, WebPImagePlugin  # noqa: F401  (reads what it is imported for)
    Image.MAX_IMAGE_PIXELS = None                   # we count bytes ourselves
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    return Image.open(file, formats=formats)


def shrink(image, request, orientation=None):
    """The image within (or cropped to fill) a box, turned upright, in the colours of sRGB; never larger than it is."""
    from PIL import Image
    profile = image.info.get("icc_profile")
    orientation = image.getexif().get(ORIENTATION, 1) if orientation is None else orientation
    box = (request["width"], request["height"]) if orientation < 5 else (request["height"], request["width"])
    size, part = fitted(image.size, box, request["crop"])
    whole = part[4] / (part[2] - part[0])     # of which the preview shows a part
    _reduce(image, (size[0] * whole, size[1] * part[5] / (part[3] - part[1])))
    if bytes_of(image) > ROOM:
        raise Refused("large")
    if bytes_of(image) > SCALED:                    # little room is left beside it
        size, part = fitted((part[4], part[5]), (min(SMALL, box[0]), min(SMALL, box[1])), request["crop"])
    scale = image.size[0] / part[4]
    image.load()
    if image.mode not in ("RGB", "RGBA", "L", "CMYK", "I;16", "I"):
        seen_through = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info
        image = image.convert("RGBA" if seen_through else "RGB")
    image = image.resize(size, Image.Resampling.LANCZOS, box=tuple(edge * scale for edge in part[:4]), reducing_gap=2.0)
    if image.mode in ("I;16", "I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    image = _coloured(image, profile)
    if orientation in _TURNS:
        image = image.transpose(Image.Transpose[_TURNS[orientation]])
    if image.mode == "RGBA" and image.getextrema()[3][0] == 255:
        image = image.convert("RGB")
    return image


def fitted(size, box, crop):
    """The size of the preview, and the part of the picture that it shows: ``(left, top, right, bottom)``, then width and height of all of it."""
    width, height = size
    if not crop:
        scale = min(1, box[0] / width, box[1] / height)
        return (max(1, round(width * scale)), max(1, round(height * scale))), (0, 0, width, height, width, height)
    scale = max(box[0] / width, box[1] / height)
    wide, high = min(width, box[0] / scale), min(height, box[1] / scale)
    left, top = (width - wide) / 2, (height - high) / 2
    scale = min(1, scale)
    return (max(1, round(wide * scale)), max(1, round(high * scale))), (left, top, left + wide, top + high, width, height)


def bytes_of(image):
    """What the image takes when it is decoded; Pillow gives three colours four bytes. Palettes and the like become colours."""
    return image.size[0] * image.size[1] * (1 if image.mode == "L" else 2 if image.mode == "I;16" else 5 if image.mode in ("P", "1") else 4)


def _reduce(image, size):
    """Let a JPEG be decoded in a half, a quarter or an eighth: not below what is wanted, but for very large ones."""
    if image.format not in ("JPEG", "MPO"):
        return
    width, height = image.size
    scale = next(scale for scale in (8, 4, 2, 1) if scale == 1 or (width // scale >= size[0] and height // scale >= size[1]))
    while scale < 8 and bytes_of(image) / scale ** 2 > SCALED:
        scale *= 2
    image.draft(None, (max(1, width // scale), max(1, height // scale)))


def _coloured(image, profile):
    """In the colours that every screen takes for granted."""
    from PIL import ImageCms
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            alpha = image.getchannel("A") if image.mode == "RGBA" else None
            colours = image.convert("RGB") if alpha else image
            image = ImageCms.profileToProfile(colours, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if alpha:
                image.putalpha(alpha)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass                                    # a damaged profile costs its colours
    return image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGB")

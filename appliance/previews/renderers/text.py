"""The beginning of a text, as it would stand on a page."""
import os

from appliance.previews.renderers import picture

NAME = "text"
ENDINGS = {"txt", "md", "markdown", "csv", "log", "ini", "conf", "json", "yaml", "yml", "toml", "xml", "py", "sh", "js", "ts", "css", "c", "h", "go", "rs", "java", "tex"}
TOOLS = ()
LARGEST = 1 << 44                                   # bytes: only the beginning is read
LINES, COLUMNS = 40, 72
_READ = 16_384
_WIDTH, _HEIGHT, _SIZE = 600, 800, 14               # pixels: a page, and a line on it
_FONTS = ("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


def render(fd, request):
    """Black on white. What holds a zero byte is no text."""
    from PIL import Image, ImageDraw
    content = os.pread(fd, _READ, 0)
    if not content.strip() or b"\0" in content:
        raise picture.Refused("none")
    page = Image.new("L", (_WIDTH, _HEIGHT), 255)
    draw, font = ImageDraw.Draw(page), _font()
    lines = content.decode("utf-8-sig", "replace").replace("\t", "    ").splitlines()
    for number, line in enumerate(lines[:LINES]):
        plain = "".join(char if char.isprintable() else " " for char in line[:COLUMNS])
        draw.text((20, 20 + number * 19), plain, fill=20, font=font)
    page.format = None
    return picture.shrink(page, request, orientation=1)


def _font():
    """One with more than Latin letters, where there is one."""
    from PIL import ImageFont
    for path in _FONTS:
        if os.path.exists(path):
            return ImageFont.truetype(path, _SIZE)
    return ImageFont.load_default(_SIZE)

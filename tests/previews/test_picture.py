"""Pictures of every kind that Pillow reads: the right size, the right way up, in the right colours."""
import io

import pytest
from studio import colour, photo
from PIL import Image, ImageCms

from appliance.core import errors


@pytest.mark.parametrize("ending", ["jpg", "JPEG", "png", "gif", "webp", "bmp", "avif"])
def test_every_kind(studio, ending):
    """Within the box, and all of it to be seen."""
    studio.write(f"a.{ending}", photo())
    image = studio.show(f"a.{ending}", 64, 64)
    assert image.size == (64, 48) and image.kind == "image/jpeg"
    assert [colour(image, *place) for place in ((0.2, 0.6), (0.8, 0.6), (0.5, 0.0))] == ["red", "blue", "lime"]


def test_cropped(studio):
    """A square of a wide picture is its middle."""
    studio.write("a.png", photo(900, 300))
    image = studio.show("a.png", 36, 36, crop=True)
    assert image.size == (64, 64)
    assert colour(image, 0.2, 0.6) == "red" and colour(image, 0.8, 0.6) == "blue"


def test_never_larger(studio):
    """A small picture stays as it is."""
    studio.write("a.png", photo(50, 40))
    assert studio.show("a.png", 500, 500).size == (50, 40) and studio.show("a.png", 500, 500, crop=True).size == (40, 40)


@pytest.mark.parametrize("turn, back", [
    (1, None), (2, "FLIP_LEFT_RIGHT"), (3, "ROTATE_180"), (4, "FLIP_TOP_BOTTOM"), (5, "TRANSPOSE"), (6, "ROTATE_90"), (7, "TRANSVERSE"), (8, "ROTATE_270")])
def test_upright(studio, turn, back):
    """As the camera was held, whether the picture is decoded small or not, cropped or not."""
    stored = photo(1600, 1200) if back is None else photo(1600, 1200).transpose(Image.Transpose[back])
    exif = Image.Exif()
    exif[0x0112] = turn
    stored.save(studio.folder / "a.jpg", exif=exif)
    for image in (studio.show("a.jpg", 64, 64), studio.show("a.jpg", 1024, 1024)):
        assert image.width > image.height and [colour(image, *place) for place in ((0.2, 0.6), (0.8, 0.6), (0.5, 0.0))] == ["red", "blue", "lime"]
    image = studio.show("a.jpg", 128, 64, crop=True)
    assert image.size == (128, 64) and [colour(image, *place) for place in ((0.2, 0.6), (0.8, 0.6))] == ["red", "blue"]


def test_transparent(studio):
    """What one can see through stays so."""
    image = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 50, 100))
    for name in ("a.png", "a.webp", "a.gif"):
        studio.write(name, image)
        shown = studio.show(name, 32, 32)
        assert shown.kind == "image/png" and [shown.convert("RGBA").getpixel((x, 16))[3] for x in (4, 28)] == [255, 0]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_mode(studio, mode):
    """Also of scanners, printers and fax machines."""
    white = Image.new("L", (80, 60), 255).convert(mode) if mode != "I;16" else Image.new("I;16", (80, 60), 65535)
    studio.write("a.jpg" if mode == "CMYK" else "a.png", white)
    assert colour(studio.show("a.jpg" if mode == "CMYK" else "a.png", 32, 32), 0.5, 0.5) == "white"


def test_colour_profile(studio):
    """A picture in other colours comes in those of sRGB; one whose profile is damaged comes nevertheless."""
    image = Image.new("RGB", (80, 60), (128, 128, 128))
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    image.save(studio.folder / "damaged.jpg", icc_profile=b"nonsense" * 40)
    image.save(studio.folder / "other.png", icc_profile=linear)
    assert abs(studio.show("damaged.jpg", 32, 32).getpixel((3, 3))[0] - 128) < 4
    assert studio.show("other.png", 32, 32).size == (32, 24)


def test_first_frame(studio):
    """Of what moves, the beginning."""
    photo().save(studio.folder / "a.gif", save_all=True, append_images=[Image.new("RGB", (400, 300), "white")] * 3)
    assert colour(studio.show("a.gif", 64, 64), 0.2, 0.6) == "red"


@pytest.mark.slow
@pytest.mark.parametrize("name, size", [("a.jpg", (8064, 6048)), ("a.png", (4000, 3000)), ("a.gif", (4000, 3000)), ("a.bmp", (4000, 3000))])
def test_large(studio, name, size):
    """48 megapixels of a telephone, 12 of a scanner: small and as large as a screen, within the memory that is ours."""
    studio.write(name, photo(*size))
    assert studio.show(name, 64, 64).size == (64, 48)
    assert studio.show(name, 2560, 2560).width >= 1024


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.gif", "a.webp", "a.bmp", "a.avif"])
def test_truncated(studio, name):
    """What breaks off anywhere has a preview or none; the child goes on."""
    whole = io.BytesIO()
    photo(120, 90).save(whole, {"jpg": "JPEG"}.get(name[2:], name[2:].upper()))
    whole = whole.getvalue()
    for length in {0, 1, 10, 30, 100, len(whole) // 2, len(whole) - 20}:
        studio.write(name, whole[:length])
        try:
            studio.show(name, 32, 32, etag=str(length))
        except errors.NotFound as error:
            assert str(error) == f"File with name {name} could not be located"
    studio.write("b.png", photo())
    assert studio.show("b.png")

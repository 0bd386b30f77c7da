"""What Pillow does not read: photos of iPhones, drawings, documents, texts, films, songs; and what each of them is attacked with."""
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image
from studio import colour, photo

from appliance.core import errors
from conftest import wanted

HERE = Path(__file__).parent                        # *.heic were made by pillow-heif of studio.photo(): 1200x900, with a thumbnail, 8064x6048 with one
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="50">{}</svg>'


def places(image):
    """What one sees at the left, the right and the top of a photo."""
    return [colour(image, *place) for place in ((0.2, 0.6), (0.8, 0.6), (0.5, 0.0))]


@pytest.mark.parametrize("name, large", [("photo", (1024, 768)), ("photo-thumbnail", (1024, 768)), ("large", (320, 240))])
def test_heic(studio, name, large):
    """The thumbnail where it is enough, or all that there is room for; else the photo itself."""
    shutil.copy(HERE / f"{name}.heic", studio.folder / "a.HEIC")
    small = studio.show("a.HEIC", 64, 64)
    assert small.size == (64, 48) and places(small) == ["red", "blue", "lime"]
    shown = studio.show("a.HEIC", 1024, 1024)
    assert shown.size == large and places(shown) == ["red", "blue", "lime"]


def test_damaged_heic(studio):
    """Cut off or overwritten anywhere."""
    whole = (HERE / "photo-thumbnail.heic").read_bytes()
    for number, content in enumerate([whole[:length] for length in range(0, len(whole), 120)]
                                     + [whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4:] for at in range(0, 700, 50)]):
        studio.write("a.heic", content)
        try:
            studio.show("a.heic", etag=str(number))
        except (errors.NotFound, errors.Forbidden):
            pass
    studio.write("b.png", photo())
    assert studio.show("b.png")


@wanted("rsvg-convert")
def test_svg(studio):
    """Drawn, seen through where nothing is drawn, in the size that is asked for."""
    studio.write("a.svg", SVG.format('<rect width="50" height="50" fill="red"/>').encode())
    image = studio.show("a.svg", 64, 64)
    assert image.size == (64, 32) and image.kind == "image/png" and image.getpixel((10, 10)) == (255, 0, 0, 255) and image.getpixel((50, 10))[3] == 0
    assert studio.show("a.svg", 64, 64, crop=True).size == (64, 64)


@wanted("rsvg-convert")
@pytest.mark.parametrize("drawing", [
    '<image xlink:href="file:///{}/secret.png" width="100" height="50"/>', '<image xlink:href="secret.png" width="100" height="50"/>',
    '<image xlink:href="/proc/self/cwd/secret.png" width="100" height="50"/>', '<use xlink:href="secret.svg#a"/>'])
def test_svg_reads_no_files(studio, drawing):
    """A drawing shows nothing of other files."""
    studio.write("secret.png", Image.new("RGB", (100, 50), "red"))
    studio.write("secret.svg", SVG.format('<rect id="a" width="100" height="50" fill="red"/>').encode())
    studio.write("a.svg", SVG.format('<rect width="10" height="10" fill="blue"/>' + drawing.replace("{}", str(studio.folder).lstrip("/"))).encode())
    assert "red" not in [colour(studio.show("a.svg", 64, 64), x, 0.5) for x in (0.3, 0.5, 0.9)]


@wanted("rsvg-convert")
def test_xml_bombs(studio):
    """A billion laughs, entities from files, a million nested groups, a drawing as large as a town."""
    laughs = '<!DOCTYPE svg [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)) + "]>"
    bombs = (laughs + SVG.format("<text>&a11;</text>"), '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + SVG.format("<text>&x;</text>"),
             SVG.format("<g>" * 1_000_000), SVG.format('<g id="0"/>' + "".join(f'<g id="{n}">{f"""<use xlink:href="#{n - 1}"/>""" * 10}</g>' for n in range(1, 20))),
             SVG.format("").replace('"100"', '"1000000000"'), SVG.format('<filter id="f"><feGaussianBlur stdDeviation="99999"/></filter><rect width="9e9" height="9e9" filter="url(#f)"/>'))
    for number, bomb in enumerate(bombs):
        studio.write("a.svg", bomb.encode())
        try:
            studio.show("a.svg", etag=str(number))
        except errors.HouseError:
            pass
    studio.write("b.png", photo())
    assert studio.show("b.png")


@wanted("pdftoppm")
def test_pdf(studio):
    """The first page; none of one that is cut off, empty, or refers to itself."""
    photo().save(studio.folder / "a.pdf", save_all=True, append_images=[Image.new("RGB", (400, 300), "white")])
    assert places(studio.show("a.pdf", 64, 64)) == ["red", "blue", "lime"]
    nested = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 9999999>>endobj\ntrailer<</Root 1 0 R>>\n"
    huge = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" \
           b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9e9 1]>>endobj\ntrailer<</Root 1 0 R>>\n"
    deep = b"%PDF-1.4\n1 0 obj" + b"[" * 500_000
    for number, content in enumerate((nested, deep, huge, (studio.folder / "a.pdf").read_bytes()[:300], b"", b"%PDF-1.4")):
        studio.write("b.pdf", content)
        try:
            studio.show("b.pdf", 64, 64, etag=str(number))
        except errors.HouseError:
            pass
    assert studio.show("a.pdf", 128, 128)


def test_text(studio):
    """What is written can be seen; what is no text cannot."""
    studio.write("a.txt", "\n".join(["Hello Wörld, Зделать"] * 5).encode())
    image = studio.show("a.txt", 256, 256)
    assert image.size == (192, 256) and colour(image, 0.5, 0.9) == "white"
    assert image.convert("L").crop((0, 0, 192, 40)).getextrema()[0] < 120
    studio.write("b.md", b"\xff\xfe broken \x1b[31m" * 10_000)
    assert studio.show("b.md")
    for name, content in (("c.txt", b"\0" * 100), ("d.txt", b""), ("e.txt", b"\n\n  ")):
        studio.write(name, content)
        with pytest.raises(errors.NotFound):
            studio.show(name)


def ffmpeg(*words):
    """Make a file."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", *words], check=True)


@wanted("ffmpeg")
@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi"])
def test_film(studio, ending):
    """A picture out of it, also where it is shorter than a second."""
    studio.write("a.png", photo())
    for seconds in ("0.2", "3"):
        ffmpeg("-loop", "1", "-i", studio.folder / "a.png", "-t", seconds, "-r", "10", studio.folder / f"a.{ending}")
        assert places(studio.show(f"a.{ending}", 64, 64, etag=seconds)) == ["red", "blue", "lime"]


@wanted("ffmpeg")
@pytest.mark.parametrize("ending, more", [("mp3", ["-id3v2_version", "3"]), ("flac", []), ("m4a", ["-c:a", "aac"])])
def test_cover(studio, ending, more):
    """The cover of a song; none where it has none."""
    studio.write("a.jpg", photo())
    sound = ["-f", "lavfi", "-i", "sine=d=1"]
    ffmpeg(*sound, "-i", studio.folder / "a.jpg", "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic", *more, studio.folder / f"a.{ending}")
    assert places(studio.show(f"a.{ending}", 64, 64)) == ["red", "blue", "lime"]
    ffmpeg(*sound, *more, studio.folder / f"b.{ending}")
    with pytest.raises(errors.NotFound):
        studio.show(f"b.{ending}")


@wanted("ffmpeg")
def test_film_reads_no_files(studio):
    """A play list, whatever it is called, shows nothing of other files."""
    studio.write("secret.png", photo())
    for number, text in enumerate((f"#EXTM3U\n#EXTINF:10,\nfile://{studio.folder}/secret.png\n", f"ffconcat version 1.0\nfile {studio.folder}/secret.png\n")):
        for ending in ("mp4", "mkv", "avi", "mp3", "mpg", "mts"):
            studio.write(f"a.{ending}", text.encode())
            with pytest.raises(errors.NotFound):
                studio.show(f"a.{ending}", etag=str(number))


@pytest.mark.parametrize("name", ["a.svg", "a.pdf", "a.mp4"])
def test_without_the_tool(studio, monkeypatch, name):
    """Where a program is missing there are no such previews, and nobody is told that there are; it is asked anew after a start."""
    from appliance.previews import previews
    previews._of_ending.cache_clear()
    monkeypatch.setattr(previews.shutil, "which", lambda *_, **__: None)
    studio.write(name, b"x")
    assert not studio.previews.supports(name) and studio.previews.supports("a.jpg")
    with pytest.raises(errors.NotFound):
        studio.show(name)
    previews._of_ending.cache_clear()

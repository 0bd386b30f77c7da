"""What photos, films and songs tell of themselves."""
import subprocess

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from studio import photo

from conftest import wanted


def written(studio, name="a.jpg", camera=(), place=(), **more):
    """A photo with EXIF; further tags of the first table by their numbers, as ``t306``."""
    exif = Image.Exif()
    for number, value in more.items():
        exif[int(number[1:])] = value
    exif.get_ifd(0x8769).update(camera)
    exif.get_ifd(0x8825).update(place)
    photo().save(studio.folder / name, exif=exif)
    return studio.facts(name)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.avif"])
def test_photo(studio, name):
    """When, where, with what; OpenCloud's names."""
    found = written(studio, name, {0x9003: "2026:07:14 18:30:05", 0x9011: "+02:00", 0x829A: IFDRational(1, 250), 0x829D: IFDRational(18, 10),
                                   0x920A: IFDRational(50, 1), 0x8827: 400},
                    {1: "N", 2: (48.0, 8.0, 15.0), 3: "W", 4: (11.0, 34.0, 30.0), 5: b"\x00", 6: 519.5}, t271="Canon", t272="EOS R5", t274=6)
    assert found["photo"] == {"takenDateTime": "2026-07-14T18:30:05+02:00", "cameraMake": "Canon", "cameraModel": "EOS R5", "exposureNumerator": 1,
                              "exposureDenominator": 250, "fNumber": 1.8, "focalLength": 50.0, "iso": 400, "orientation": 6}
    assert found["location"] == {"latitude": 48.1375, "longitude": -11.575, "altitude": 519.5}
    assert found["image"] == {"width": 300, "height": 400}, "as one sees it"


def test_without(studio):
    """A picture without any tells its size; a date without a zone is in UTC."""
    photo().save(studio.folder / "a.png")
    assert studio.facts("a.png") == {"image": {"width": 400, "height": 300}}
    assert written(studio, "b.jpg", {0x9003: "2026:07:14 18:30:05"})["photo"] == {"takenDateTime": "2026-07-14T18:30:05Z"}


@pytest.mark.parametrize("camera, place, more", [
    ({0x9003: "0000:00:00 00:00:00"}, {}, {}), ({0x9003: "yesterday"}, {}, {}), ({0x9003: "\x00" * 19}, {}, {}),
    ({0x829A: IFDRational(1, 0), 0x829D: IFDRational(0, 0), 0x8827: 0}, {}, {}), ({}, {1: "N", 2: (148.0, 0.0, 0.0), 3: "E", 4: (11.0, 0.0, 0.0)}, {}),
    ({}, {2: (1.0, 2.0)}, {}), ({}, {}, {"t274": 9}), ({}, {}, {"t271": "\x1b[31m\n  "})])
def test_nonsense(studio, camera, place, more):
    """What cannot be is not told."""
    found = written(studio, "a.jpg", camera, place, **more)
    assert found["image"] and "location" not in found and not found.get("photo", {}).keys() & {"takenDateTime", "orientation", "fNumber", "exposureNumerator", "iso"}


def test_damaged(studio):
    """A file that is no picture tells nothing, and is asked once."""
    studio.write("a.jpg", b"nothing")
    assert studio.facts("a.jpg") == {}
    child = studio.child
    assert studio.facts("a.jpg") == {} and studio.child == child


@wanted("ffmpeg")
def test_song(studio):
    """What is on the record."""
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=2", "-metadata", "title=Für Elise", "-metadata", "artist=Ludwig", "-metadata", "album=Klavier",
                    "-metadata", "track=3/12", "-metadata", "date=1810", studio.folder / "a.mp3"], check=True)
    found = studio.facts("a.mp3")["audio"]
    assert found | {"title": "Für Elise", "artist": "Ludwig", "album": "Klavier", "track": 3, "trackCount": 12, "year": 1810} == found
    assert 1900 < found["duration"] < 2200


@wanted("ffmpeg")
def test_film(studio):
    """How long, how large, when."""
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=5", "-t", "2", "-metadata", "creation_time=2026-07-14T16:30:05Z",
                    studio.folder / "a.mp4"], check=True)
    found = studio.facts("a.mp4")
    assert found["video"] | {"width": 320, "height": 240, "duration": 2000} == found["video"] and found["photo"] == {"takenDateTime": "2026-07-14T16:30:05Z"}


def test_ahead(house, monkeypatch):
    """A new photo has its previews, and tells its facts, before anybody asks; not while files come in."""
    import gevent
    from studio import stored

    from appliance.previews import Wanted, previews
    account = house.people.add("ann", "correct horse battery staple")
    actor = house.people.actor(account.id)
    home = house.files.home(actor)
    writing = house.files.write(actor, house.files.node(actor, home), "a.png")
    writing.write(stored(photo()))
    node, _ = writing.commit()
    gevent.sleep(0)
    house.previews.ahead()
    assert house.previews.facts([node]) == {}
    monkeypatch.setattr(previews, "QUIET", -1)
    house.previews.ahead()
    assert house.previews.facts([node]) == {node.id: {"image": {"width": 400, "height": 300}}}
    monkeypatch.setattr(house.previews._worker, "make", lambda *_: pytest.fail("it is there already"))
    for wanted in (Wanted(36, 36, True), Wanted(96, 96, False)):
        preview = house.previews.preview(house.files.open(actor, node), "a.png", wanted)
        assert preview.size

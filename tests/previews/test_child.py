"""The child: nothing that it is given harms more than its own preview."""
import errno
import io
import os
import struct
import zlib

import gevent
import pytest
from studio import bomb, colour, photo

from appliance.confined import child, worker
from appliance.core import clock, errors


def noise(studio, name, content, error):
    """A file that has no preview, and one after it that has."""
    studio.write(name, content)
    with pytest.raises(error):
        studio.show(name)
    studio.write("good.png", photo())
    assert colour(studio.show("good.png"), 0.2, 0.6) == "red"


def test_pixel_bombs(studio):
    """60,000 by 60,000 pixels in a few bytes are refused, in whatever kind of file, and asked about once."""
    noise(studio, "a.png", bomb(), errors.Forbidden)
    jpeg = io.BytesIO()
    photo(64, 64).save(jpeg, "JPEG")
    mark = jpeg.getvalue().index(b"\xff\xc0") + 5
    noise(studio, "a.jpg", jpeg.getvalue()[:mark] + struct.pack(">HH", 60000, 60000) + jpeg.getvalue()[mark + 4:], errors.HouseError)
    noise(studio, "a.gif", b"GIF89a" + struct.pack("<HH", 60000, 60000) + b"\x80\0\0" + b"\0" * 6 + b",\0\0\0\0" + struct.pack("<HH", 60000, 60000)
          + b"\0\x02\x02\x44\x01\0;", errors.HouseError)
    noise(studio, "a.bmp", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 100, 0, 0, 54, 40, 60000, 60000, 1, 24, 0, 0, 0, 0, 0, 0), errors.HouseError)


def test_text_bomb(studio):
    """A comment of a gigabyte in a PNG of a megabyte."""
    squeezed = zlib.compress(b"\0" * (1 << 28), 9)
    data = b"Comment\0\0" + squeezed
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    plain = io.BytesIO()
    photo(32, 32).save(plain, "PNG")
    content = plain.getvalue()[:33] + chunk + plain.getvalue()[33:]
    studio.write("a.png", content)
    try:
        studio.show("a.png")
    except errors.HouseError:
        pass
    studio.write("b.png", photo())
    assert studio.show("b.png")


def test_name_is_not_believed(studio):
    """What is called a picture and is something else has no preview."""
    for number, content in enumerate((b"", b"<svg/>", b"%PDF-1.4", b"%!PS", b"II*\0" + b"\0" * 100, b"\0\0\0\x0cjP  \r\n\x87\n", b"P6 9 9 255 ")):
        noise(studio, f"{number}.jpg", content, errors.NotFound)


def test_refusals_are_remembered(studio):
    """What has no preview is not opened again until it changes."""
    studio.write("a.png", b"nothing")
    for _ in range(2):
        with pytest.raises(errors.NotFound):
            studio.show("a.png", etag="1")
    studio.previews.close()
    with pytest.raises(errors.NotFound):
        studio.show("a.png", etag="1")
    assert studio.child is None
    studio.write("a.png", photo())
    assert studio.show("a.png", etag="2")


def test_hung_child_is_replaced(studio, monkeypatch):
    """Who takes too long is killed; the next file gets another child."""
    studio.write("a.png", photo())
    studio.show("a.png")
    first = studio.child
    os.kill(first, 19)                              # it stands still
    monkeypatch.setattr(worker, "SECONDS", 0.2)
    with pytest.raises(errors.NotFound):
        studio.show("a.png", etag="other")
    assert studio.child is None and not os.path.exists(f"/proc/{first}")
    monkeypatch.setattr(worker, "SECONDS", 30)
    assert studio.show("a.png", etag="third") and studio.child not in (None, first)


def test_lost_child_says_nothing_for_good(studio, monkeypatch):
    """A box that was busy for a moment: the picture has a preview, and tells what it knows, an hour later; until then nobody tries."""
    studio.write("a.jpg", photo())
    make, told = studio.previews._worker.make, {"refused": "lost"}
    monkeypatch.setattr(studio.previews._worker, "make", lambda *asked: told or make(*asked))
    with pytest.raises(errors.NotFound):
        studio.show("a.jpg")
    assert studio.facts("a.jpg") is None
    told = None
    with pytest.raises(errors.NotFound):
        studio.show("a.jpg")
    assert studio.facts("a.jpg") is None
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + 3_601)
    assert studio.show("a.jpg") and studio.facts("a.jpg")["image"]


def test_full_disk_says_nothing_for_good(studio, monkeypatch):
    """Where there is no room, whoever asks is told to come again, and nothing is remembered of the file."""
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")
    studio.write("a.jpg", photo())
    for what in ("_draft", "_keep"):
        with monkeypatch.context() as patch:
            patch.setattr(studio.previews._cache, what, full)
            for act in (lambda: studio.show("a.jpg"), lambda: studio.facts("a.jpg")):
                with pytest.raises(errors.Unavailable):
                    act()
    assert studio.show("a.jpg")
    assert child.done(full, {"what": "picture"}, os.open("/dev/null", os.O_RDONLY), 1) == {"refused": "lost"}


def test_killed_child_is_replaced(studio):
    """One that the kernel took away while it waited is missed by nobody."""
    studio.write("a.png", photo())
    studio.show("a.png")
    first = studio.child
    os.kill(first, 9)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert studio.show("a.png", etag="2") and studio.child != first


def test_ends_when_idle(studio, monkeypatch, until):
    """Nobody pays for it who wants no previews."""
    monkeypatch.setattr(worker, "IDLE", 0.05)
    studio.write("a.png", photo())
    studio.show("a.png")
    assert studio.child
    until(lambda: gevent.sleep(0.01) or studio.child is None)


def test_queue_is_bounded(make_studio, monkeypatch):
    """Who comes when too many wait is told to come back."""
    from appliance.previews import previews
    monkeypatch.setattr(previews, "WAITING", 2)
    studio = make_studio()
    studio.write("a.png", photo(2000, 1500))
    asked = [gevent.spawn(studio.show, "a.png", etag=str(number)) for number in range(8)]
    gevent.joinall(asked)
    assert sum(each.successful() for each in asked) >= 3
    assert {type(each.exception) for each in asked if not each.successful()} == {errors.TooManyAttempts}


def test_same_preview_is_made_once(studio):
    """Several who ask for the same at once get the same."""
    studio.write("a.png", photo())
    asked = [gevent.spawn(studio.show, "a.png", etag="1") for _ in range(6)]
    gevent.joinall(asked)
    assert all(each.successful() for each in asked) and studio.previews._worker._served == 1

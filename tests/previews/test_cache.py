"""Previews on the disk: found again, within their limit, and missed by nobody when they are gone."""
import os
import shutil

import pytest
from studio import photo

from appliance.core import errors


def kept(studio):
    """The previews on the disk, by their size."""
    return {path: path.stat().st_size for path in (studio.folder / "cache").rglob("*") if path.is_file()}


def test_found_again(studio):
    """Another process after a restart needs no child; another content is another preview."""
    studio.write("a.png", photo())
    first = studio.show("a.png", etag="1").tobytes()
    studio.previews.close()
    assert studio.show("a.png", etag="1").tobytes() == first and studio.child is None
    studio.write("a.png", photo().transpose(0))
    assert studio.show("a.png", etag="2").tobytes() != first and studio.child


def test_few_sizes(studio):
    """Sizes that are nearly alike share a preview."""
    studio.write("a.png", photo())
    assert {studio.show("a.png", side, side, etag="1").size for side in (33, 36, 48, 64)} == {(64, 48)}
    assert len(kept(studio)) == 1


def test_limit(make_studio):
    """Those that nobody looked at for the longest go first."""
    studio = make_studio(preview_bytes=10 * 4096)
    studio.write("a.png", photo())
    for number in range(10):
        studio.show("a.png", 32, 32, etag=str(number))
    paths = sorted(kept(studio), key=lambda path: path.stat().st_mtime_ns)
    for age, path in enumerate(paths):
        os.utime(path, (1_000_000 + age, path.stat().st_mtime))
    os.utime(paths[0])
    studio.show("a.png", 32, 32, etag="new")
    left = kept(studio)
    assert len(left) == 9 and paths[0] in left and paths[1] not in left and paths[2] not in left


def test_deleted_meanwhile(studio):
    """The folder may vanish at any time."""
    studio.write("a.png", photo())
    studio.show("a.png", etag="1")
    shutil.rmtree(studio.folder / "cache")
    assert studio.show("a.png", etag="1") and len(kept(studio)) == 1


def test_switched_off(make_studio):
    """Without any bytes there are no previews, and nobody is told that there are."""
    studio = make_studio(preview_bytes=0)
    studio.write("a.png", photo())
    assert not studio.previews.supports("a.png")
    with pytest.raises(errors.NotFound):
        studio.show("a.png")


def test_nothing_is_left_open(studio):
    """Neither by previews nor by refusals."""
    studio.write("a.png", photo())
    studio.write("b.png", b"nothing")
    with pytest.raises(errors.NotFound):
        studio.show("b.png")
    studio.show("a.png")
    before = len(os.listdir("/proc/self/fd"))
    for number in range(5):
        studio.show("a.png", etag=str(number))
        with pytest.raises(errors.NotFound):
            studio.show("b.png", etag=str(number))
    studio.show("a.png", etag="last")
    assert len(os.listdir("/proc/self/fd")) == before

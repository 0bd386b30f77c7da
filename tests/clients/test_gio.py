"""GNOME's file manager, by its command line: gio mounts, lists, copies, moves, edits and removes over dav://."""
import shutil

import pytest

pytestmark = [
    pytest.mark.skipif(not shutil.which("gio"), reason="gio is not installed"),
    pytest.mark.skipif(not shutil.which("dbus-run-session"), reason="dbus-run-session is not installed"),
    pytest.mark.skipif(not any(map(shutil.os.path.exists, ("/usr/libexec/gvfsd-dav", "/usr/lib/gvfs/gvfsd-dav"))),
                       reason="gvfs' dav backend is not installed"),
]


@pytest.fixture
def gio(program, person, home, tmp_path):
    """Run shell lines in a session of their own in which $DAV is mounted."""
    address = person.dav.replace("http://", f"dav://{person.name}@")

    def run(lines):
        script = tmp_path / "script.sh"
        script.write_text(f"set -e\necho '{person.password}' | gio mount {address}/ >/dev/null\n{lines}\n")
        return program("dbus-run-session", "--", "sh", script,
                       environ={"XDG_RUNTIME_DIR": str(home), "DAV": address, "HERE": str(tmp_path), "GIO_USE_VFS": "gvfs",
                                "GVFS_DISABLE_FUSE": "1"}).stdout
    return run


def test_copy_list_read(gio, tmp_path, on_disk):
    """Files go up, are listed and come back."""
    (tmp_path / "a.txt").write_text("via gio")
    said = gio('gio mkdir "$DAV/Föhn wind"; gio copy "$HERE/a.txt" "$DAV/Föhn wind/a b.txt"; gio list "$DAV/Föhn wind"; '
               'gio cat "$DAV/Föhn wind/a b.txt"')
    assert said == "a b.txt\nvia gio"
    assert (on_disk / "Föhn wind/a b.txt").read_text() == "via gio"


def test_move_rename_remove(gio, tmp_path, on_disk):
    """Moving and renaming keep the content; a folder is removed with what is in it."""
    (tmp_path / "a.txt").write_text("via gio")
    gio('gio copy "$HERE/a.txt" "$DAV/a.txt"; gio mkdir "$DAV/sub"; gio move "$DAV/a.txt" "$DAV/sub/b.txt"; '
        'gio rename "$DAV/sub/b.txt" c.txt; gio copy "$HERE/a.txt" "$DAV/gone.txt"; gio remove "$DAV/gone.txt"')
    assert [str(each.relative_to(on_disk)) for each in sorted(on_disk.rglob("*"))] == ["sub", "sub/c.txt"]


def test_overwrites_what_is_there(gio, tmp_path, on_disk):
    """`gio save` replaces the content of a file, as editors do."""
    (tmp_path / "a.txt").write_text("old")
    gio('gio copy "$HERE/a.txt" "$DAV/a.txt"; echo new and longer | gio save "$DAV/a.txt"')
    assert (on_disk / "a.txt").read_text() == "new and longer\n"


def test_tells_size_and_kind(gio, tmp_path):
    """`gio info` shows what PROPFIND said."""
    (tmp_path / "a.txt").write_text("12345")
    said = gio('gio copy "$HERE/a.txt" "$DAV/a.txt"; gio info "$DAV/a.txt"')
    assert "standard::size: 5" in said, said
    assert "standard::content-type: text/plain" in said, said

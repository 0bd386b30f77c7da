"""cadaver, a WebDAV client for the terminal: list, put, get, move, lock, edit, properties."""
import shutil

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("cadaver"), reason="cadaver is not installed")


@pytest.fixture
def cadaver(program, person, server, home):
    """Run cadaver's commands, one a line, as the person; return what it printed."""
    host = server.url.split("//")[1].split(":")[0]
    (home / ".netrc").write_text(f'machine {host} login {person.name} password "{person.password}"\n')
    (home / ".netrc").chmod(0o600)

    def run(*commands, **more):
        return program("cadaver", person.dav + "/", input="\n".join(commands) + "\nquit\n", **more).stdout
    return run


def test_put_list_get(cadaver, tmp_path, on_disk):
    """A file and a folder are made, listed and fetched back."""
    (tmp_path / "one.txt").write_text("hello\n")
    said = cadaver("mkcol papers", "cd papers", f"put {tmp_path}/one.txt one.txt", "ls", f"get one.txt {tmp_path}/back.txt")
    assert said.count("succeeded") == 4, said
    assert "one.txt" in said.split("Listing collection")[1]
    assert (tmp_path / "back.txt").read_text() == "hello\n"
    assert (on_disk / "papers/one.txt").read_text() == "hello\n"


def test_move_copy_delete(cadaver, tmp_path, on_disk):
    """Names change on the disk as they change in the listing."""
    (tmp_path / "one.txt").write_text("hello\n")
    said = cadaver(f"put {tmp_path}/one.txt one.txt", "move one.txt two.txt", "copy two.txt three.txt", "delete two.txt",
                   "mkcol folder", "copy folder other", "rmcol folder")
    assert said.count("succeeded") == 7, said
    assert sorted(each.name for each in on_disk.iterdir()) == ["other", "three.txt"]


def test_lock_and_properties(cadaver, tmp_path):
    """A lock is taken, shown, found on the server and given back; a property is kept."""
    (tmp_path / "one.txt").write_text("hello\n")
    said = cadaver(f"put {tmp_path}/one.txt one.txt", "lock one.txt", "showlocks", "discover one.txt",
                   f"put {tmp_path}/one.txt one.txt", "unlock one.txt", "propset one.txt color red", "propget one.txt color")
    assert "Locking `one.txt': succeeded" in said, said
    assert "Scope: exclusive  Type: write" in said
    assert said.count("Lock token <") >= 2, said
    assert "Unlocking `one.txt': succeeded" in said
    assert "Value of color is: red" in said


def test_edit(cadaver, tmp_path, on_disk):
    """`edit` locks the file, hands it to the editor, uploads it and unlocks it."""
    (tmp_path / "one.txt").write_text("hello\n")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsleep 1.1\necho edited >> "$1"\n')     # cadaver compares times in whole seconds
    editor.chmod(0o755)
    said = cadaver(f"put {tmp_path}/one.txt one.txt", f"set editor {editor}", "edit one.txt", "discover one.txt")
    assert "Changes were made" in said, said
    assert (on_disk / "one.txt").read_text() == "hello\nedited\n"
    assert "Lock token <" not in said.split("edit one.txt")[1], "the lock was given back"

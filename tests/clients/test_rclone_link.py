"""A link in a real program: rclone reads what it leads to, and fills it."""
import shutil
import subprocess

import pytest

from test_links import PASSWORD, TRIP, Owner

pytestmark = pytest.mark.skipif(not shutil.which("rclone"), reason="rclone is not installed")


@pytest.fixture
def rclone(program, server, tmp_path):
    """Run rclone with a remote `link:` that is what a link leads to."""
    secret = subprocess.run(["rclone", "obscure", PASSWORD], capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "rclone.conf").touch()

    def run(visitor, *words):
        return program("rclone", "--retries", "1", "--low-level-retries", "1", *words, environ={
            "RCLONE_CONFIG": str(tmp_path / "rclone.conf"), "RCLONE_CONFIG_LINK_TYPE": "webdav", "RCLONE_CONFIG_LINK_USER": "public",
            "RCLONE_CONFIG_LINK_URL": server.url + visitor.root, "RCLONE_CONFIG_LINK_VENDOR": "owncloud", "RCLONE_CONFIG_LINK_PASS": secret})
    return run


def test_reading_and_filling(rclone, server, odd_tree, tree, tmp_path):
    ann = Owner(server)
    for folder in ("Private", TRIP):
        ann.folder(folder)
    visitor = ann.link(TRIP, "edit")
    rclone(visitor, "copy", odd_tree, "link:odd")
    rclone(visitor, "check", odd_tree, "link:odd")
    assert tree(server.data / "people" / ann.person.name / TRIP / "odd") == tree(odd_tree)
    viewer = ann.link(TRIP)
    rclone(viewer, "copy", "link:odd", tmp_path / "back")
    assert tree(tmp_path / "back") == tree(odd_tree)
    with pytest.raises(AssertionError):
        rclone(viewer, "copy", odd_tree, "link:other")
    assert not (server.data / "people" / ann.person.name / TRIP / "other").exists()
    rclone(visitor, "purge", "link:odd")
    assert list((server.data / "people" / ann.person.name / TRIP).iterdir()) == []

"""ownCloud's desktop client by its command line: the person's files by name, and one space by its id."""
import shutil

import pytest

from syncing import SyncClient, SyncTests

pytestmark = pytest.mark.skipif(not shutil.which("owncloudcmd"), reason="owncloudcmd is not installed")


def client_of(home, person, *words):
    """The client. Debian's package comes without the list of names to leave out, and the client ends without one."""
    names = home / "leave-out.lst"
    names.write_text("# nothing\n")
    return SyncClient("owncloudcmd", ["--exclude", str(names), *words], home, (person.name, person.password))


class TestHome(SyncTests):
    """The whole home, as the client finds it by itself."""

    @pytest.fixture
    def client(self, home, person):
        return client_of(home, person)

    @pytest.fixture
    def address(self, server):
        return server.url


class TestSpace(TestHome):
    """The same cases over /dav/spaces/ID, as the newer clients do."""

    @pytest.fixture
    def client(self, home, person):
        return client_of(home, person, "--davpath", f"/remote.php/dav/spaces/{person.space}/")

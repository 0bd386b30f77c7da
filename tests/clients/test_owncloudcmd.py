"""ownCloud's desktop client by its command line: the person's files by name, and one space by its id."""
import shutil

import pytest

from syncing import SyncClient, SyncTests

pytestmark = pytest.mark.skipif(not shutil.which("owncloudcmd"), reason="owncloudcmd is not installed")


class TestHome(SyncTests):
    """The whole home, as the client finds it by itself."""

    @pytest.fixture
    def client(self, home, person):
        return SyncClient("owncloudcmd", [], home, (person.name, person.password))

    @pytest.fixture
    def address(self, server):
        return server.url


class TestSpace(TestHome):
    """The same cases over /dav/spaces/ID, as the newer clients do."""

    @pytest.fixture
    def client(self, home, person):
        return SyncClient("owncloudcmd", ["--davpath", f"/remote.php/dav/spaces/{person.space}/"], home, (person.name, person.password))

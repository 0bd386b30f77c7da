"""Nextcloud's desktop client by its command line."""
import shutil

import pytest

from syncing import SyncClient, SyncTests

pytestmark = pytest.mark.skipif(not shutil.which("nextcloudcmd"), reason="nextcloudcmd is not installed")


class TestHome(SyncTests):
    """The whole home."""

    @pytest.fixture
    def client(self, home, person):
        return SyncClient("nextcloudcmd", [], home, (person.name, person.password))

    @pytest.fixture
    def address(self, server):
        return server.url

"""What the tests of the storage share: a space with hands, and a small disk of its own that can be filled and taken away."""
import os
import subprocess
import uuid
from dataclasses import replace

import pytest

from appliance.core import Bus, clock
from appliance.storage import Storage, examine


class Hands:
    """Short ways to do things in the space of somebody."""

    def __init__(self, storage, config):
        self.storage, self.config, self.tree = storage, config, storage.tree
        self.space = storage.spaces.personal("11111111-1111-4111-8111-111111111111", "ann", "Ann")
        self.data, self.house = config.data, config.data / ".hearth"
        self.root = self.data / "people" / "ann"

    def node(self, path=""):
        return self.tree.node(self.space.id, path)

    def write(self, path, content=b"content", **how):
        above, _, name = path.rpartition("/")
        draft = self.tree.draft(self.node(above), name)
        try:
            draft.write(content)
            return draft.commit(**how)[0]
        finally:
            draft.abort()

    def folder(self, path):
        above, _, name = path.rpartition("/")
        return self.tree.make_folder(self.node(above), name)

    def read(self, path):
        opened = self.tree.open(self.node(path))
        try:
            return os.pread(opened.fd, 1 << 20, 0)
        finally:
            opened.close()

    def names(self, path=""):
        return sorted(each.name for part in self.tree.children(self.node(path)) for each in part)

    def whole(self):
        """Nothing is left over, and every rule of the format holds: sizes, ids, records."""
        assert os.listdir(self.house / "drafts") == []
        assert [finding for finding in examine(self.config.data) if finding.rule != "served"] == []


@pytest.fixture
def hands(storage, config):
    return Hands(storage, config)


@pytest.fixture
def again(config):
    """Open the storage, again and again: ``again(cut=True)`` after a stop that was none."""
    opened = []

    def start(cut=False):
        if opened:
            stop(opened.pop(), cut)
        storage = Storage.open(config, Bus())
        opened.append(storage)
        return Hands(storage, config)

    def stop(storage, cut):
        if not cut:
            storage.close()
            return
        storage.stop()
        storage.finder.close()
        storage.disk._let_go()

    yield start
    clock.set()
    for storage in opened:
        storage.close()


@pytest.fixture
def small(tmp_path, config, request):
    """A disk of 24 MB: ``data``, ``mount()``, ``unmount()``, ``config``; made with other options of mkfs where a test gives some."""
    image, folder = tmp_path / "image", tmp_path / "mounted"
    folder.mkdir()
    with open(image, "wb") as file:
        file.truncate(24 << 20)
    if os.geteuid() or subprocess.run(["mkfs.ext4", "-q", "-m", "0", *getattr(request, "param", ()), image], capture_output=True).returncode \
            or subprocess.run(["mount", "-o", "loop", image, folder], capture_output=True).returncode:
        pytest.skip("mounting a disk takes root and loop devices")

    class Small:
        def __init__(self):
            self.data, self.config = folder / "data", replace(config, data=folder / "data")

        def mount(self):
            subprocess.run(["mount", "-o", "loop", image, folder], check=True)

        def unmount(self):
            subprocess.run(["umount", "-l", folder], check=True)

        def fill(self):
            """Others fill the disk to the last byte."""
            with open(folder / f"filler-{uuid.uuid4()}", "wb", buffering=0) as file:
                for size in (1 << 20, 4096, 1):
                    try:
                        while file.write(b"\1" * size):
                            pass
                    except OSError:
                        continue

    yield Small()
    subprocess.run(["umount", "-l", folder], capture_output=True)

"""What a child gives up: files, the network, memory."""
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.confined import confine

PROBE = """
import os, socket, sys
from appliance.confined import confine
confine.limit()
mine = os.open(sys.argv[1], os.O_RDONLY)
print(confine.confine([mine] if sys.argv[3:] else []))
for path in (sys.argv[1], sys.argv[2], f"/proc/self/fd/{mine}"):
    try:
        print(os.read(os.open(path, os.O_RDONLY), 10))
    except OSError as error:
        print(error.errno)
print(os.pread(mine, 10, 0))
try:
    open(sys.argv[2] + ".new", "w")
except OSError as error:
    print(error.errno)
try:
    socket.create_connection(("127.0.0.1", 9), 1)
except OSError as error:
    print(error.errno)
try:
    b" " * (1 << 28)
except MemoryError:
    print("no memory")
"""


def test_confined(tmp_path):
    """The child opens nothing but programs, and where a program needs a path, the one file it is given; it reaches no network."""
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "other").write_text("other")
    for given, opened in (([], "13"), (["file"], "b'mine'")):
        done = subprocess.run([sys.executable, "-c", PROBE, tmp_path / "mine", tmp_path / "other", *given], capture_output=True, text=True,
                              cwd=Path(confine.__file__).parents[2], timeout=60)
        said = done.stdout.split()
        if said[0] != "True":
            pytest.skip("this kernel has no Landlock, or no namespaces for everybody")
        assert said[1:7] == [opened, "13", opened, "b'mine'", "13", "101"] and said[7:] == ["no", "memory"], done.stdout + done.stderr

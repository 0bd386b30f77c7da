"""Places elsewhere: a computer reached by SSH (Debian's sshd), and a storage that speaks S3 (s3rver, from npm)."""
import os
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.core import errors
from appliance.system import Backup, fetch, restic, settle, sheet
from appliance.system.places import disks
from conftest import ROOT, certificate

S3RVER = ROOT / "tests/clients/node_modules/.bin/s3rver"


def _listening(port, running):
    deadline = time.monotonic() + 30
    while True:
        assert running.poll() is None and time.monotonic() < deadline, running.stderr and running.stderr.read()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def _port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def sshd(tmp_path):
    """A computer that lets in who is in ``authorized``: the place of a backup on it, and that file."""
    folder, port = tmp_path / "ssh", _port()
    folder.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "host"], check=True)
    (folder / "config").write_text(f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\n"
                                   f"PidFile none\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\nPermitRootLogin yes\n")
    Path("/run/sshd").mkdir(exist_ok=True)
    running = subprocess.Popen([shutil.which("sshd", path="/usr/sbin:/usr/bin"), "-D", "-e", "-f", folder / "config"], stderr=subprocess.DEVNULL)
    _listening(port, running)
    yield f"sftp://{pwd.getpwuid(os.geteuid()).pw_name}@127.0.0.1:{port}{tmp_path}/kept", folder / "authorized"
    running.terminate()
    running.wait()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("sshd", path="/usr/sbin:/usr/bin") is None or os.geteuid() != 0, reason="there is no sshd, or nobody who may start it")
def test_a_computer_reached_by_ssh(storage, space, config, sshd, tmp_path):
    """Its key must be let in first; then all works as on a disk. A computer in its stead that has another host key gets nothing."""
    place, authorized = sshd
    backup = Backup(config)
    with pytest.raises(errors.Unavailable, match="public key of this box"):
        backup.choose(place)
    authorized.write_text(backup.public_key() + "\n")
    backup.choose(place)
    assert backup.create()["state"] == "done"
    assert len(backup.list()) == 1 and backup.verify()["state"] == "sound"
    fresh = replace(config, data=tmp_path / "fresh", cache=tmp_path / "cache2")
    with pytest.raises(errors.Unavailable, match="It is: ssh-ed25519 "):    # a fresh box has a key of its own
        fetch(fresh, place, backup.settings().key)
    authorized.write_text((fresh.cache / "ssh/id_ed25519.pub").read_text())
    fetch(fresh, place, backup.settings().key)
    assert settle(fresh.data) and (fresh.data / ".hearth/FORMAT").exists()
    authorized.write_text(backup.public_key() + "\n")
    known = config.data / ".hearth/system/ssh/known_hosts"
    known.write_text(f"{known.read_text().split()[0]} {backup.public_key()}\n")
    with pytest.raises(errors.Unavailable, match="host key is another"):
        backup.create()
    assert backup.past()["last"]["state"] == "failed"
    assert (tmp_path / "kept/config").exists()
    backup.choose(place)                            # an administrator says that it is right
    assert backup.create()["state"] == "done"


@pytest.mark.slow
@pytest.mark.skipif(not S3RVER.exists(), reason="s3rver is not installed")
def test_a_storage_that_speaks_s3(storage, space, config, tmp_path, monkeypatch):
    """Over TLS, as storages are; a wrong secret and one that is away are told apart."""
    key, cert = certificate(tmp_path)
    monkeypatch.setitem(restic.SMALL, "SSL_CERT_FILE", cert)
    port = _port()
    running = subprocess.Popen([S3RVER, "-d", tmp_path / "store", "-a", "localhost", "-p", str(port), "--key", key, "--cert", cert, "--configure-bucket", "kept"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _listening(port, running)
        place, backup = f"s3:https://localhost:{port}/kept/box", Backup(config)
        with pytest.raises(errors.Unavailable, match="does not let this box in"):
            backup.choose(place, access="nobody", secret="S3RVER")
        settings = backup.choose(place, access="S3RVER", secret="S3RVER")
        assert backup.create()["state"] == "done" and backup.verify()["state"] == "sound"
        assert f"restore {place} --access-key S3RVER\n" in sheet(settings) and "AWS_SECRET_ACCESS_KEY=S3RVER RESTIC" in sheet(settings)
        fresh = replace(config, data=tmp_path / "fresh", cache=tmp_path / "cache2")
        fetch(fresh, place, settings.key, access="S3RVER", secret="S3RVER")
        assert settle(fresh.data) and (fresh.data / ".hearth/system/backup.json").exists()
    finally:
        running.terminate()
        running.wait()
    monkeypatch.setattr(restic, "SHORT", 3)
    with pytest.raises(errors.Unavailable, match="cannot be reached"):
        backup.create()


def test_disks_that_are_there(tmp_path):
    """Those of people, not that of the data; what is no disk any more is left out."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mounts").write_text("proc /proc proc rw 0 0\n/dev/sdb1 /mnt ext4 rw 0 0\n/dev/sdc1 /media/gone\\040now ext4 rw 0 0\n/dev/sda1 /srv/hearth ext4 rw 0 0\n")
    other = "/proc" if os.stat("/mnt").st_dev == os.stat(tmp_path).st_dev else tmp_path
    found = disks(other, tmp_path)
    assert [each["place"] for each in found] == ["/mnt/hearth"] and found[0]["free"] <= found[0]["bytes"] and found[0]["backup"] is False
    assert disks("/mnt", tmp_path) == []


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mkfs.btrfs") is None, reason="only root may mount, and there must be btrfs")
def test_a_file_system_that_can_be_held_still(config, tmp_path, monkeypatch):
    """On btrfs a snapshot is read: what is moved meanwhile matters no more, and nothing is left of it."""
    from appliance.core import Bus
    from appliance.storage import Storage
    image, disk = tmp_path / "image", tmp_path / "disk"
    disk.mkdir()
    with open(image, "wb") as file:
        file.truncate(200 << 20)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, disk], capture_output=True).returncode:
        pytest.skip("this kernel mounts no btrfs")
    try:
        subprocess.run(["btrfs", "subvolume", "create", disk / "data"], check=True, capture_output=True)
        config = replace(config, data=disk / "data")
        storage = Storage.open(config, Bus())
        try:
            space = storage.spaces.personal("5a1d6a4c-7f0e-4c55-9d5e-6f1f0f9b2c12", "ann", "Ann")
            draft = storage.tree.draft(storage.tree.node(space.id), "z.txt", 5)
            draft.write(b"moved")
            node, kept, passes = draft.commit()[0], restic.Repository.backup, []

            def moved(self, source, *args):
                passes.append(source)
                storage.tree.move(storage.tree.by_id(node.id), storage.tree.node(space.id), "a.txt")
                return kept(self, source, *args)
            monkeypatch.setattr(restic.Repository, "backup", moved)
            backup = Backup(config)
            backup.choose(str(tmp_path / "kept"))
            outcome = backup.create()
            assert (outcome["state"], outcome["passes"]) == ("done", 1) and passes == [config.data / ".hearth/system/still"]
            assert not passes[0].exists()
        finally:
            storage.close()
        fresh = replace(config, data=tmp_path / "fresh", cache=tmp_path / "cache2")
        fetch(fresh, backup.settings().place, backup.settings().key)
        settle(fresh.data)
        assert (fresh.data / "people/ann/z.txt").read_bytes() == b"moved"
        assert not (fresh.data / ".hearth/system/still").exists()
    finally:
        subprocess.run(["umount", disk], check=True)

"""hearth.toml on the boot partition: what it means, what is refused, and that a mistake changes nothing."""
import importlib.machinery
import importlib.util
import stat
from pathlib import Path

import pytest

BOX = Path(__file__).parents[2] / "image-build/overlay"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0mmy1Zr6J7p2y1yq5ZkQ2m2sJ8r0bq3w4E5t6Y7u8I ann@laptop"


@pytest.fixture(scope="module")
def script():
    loader = importlib.machinery.SourceFileLoader("first_start", str(BOX / "usr/lib/hearth-box/first-start"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("first_start", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path):
    (tmp_path / "boot/firmware").mkdir(parents=True)
    (tmp_path / "etc/avahi").mkdir(parents=True)
    (tmp_path / "etc/avahi/avahi-daemon.conf").write_text("[server]\nhost-name=hearth\nuse-ipv4=yes\n")
    return tmp_path


def _say(root, text):
    (root / "boot/firmware/hearth.toml").write_bytes(text if isinstance(text, bytes) else text.encode())


def test_the_file_as_it_is_shipped_changes_nothing_and_is_right(script, root):
    _say(root, (BOX / "boot/firmware/hearth.toml").read_bytes())
    script.main(root, live=False)
    assert not (root / "boot/firmware/hearth-wrong.txt").exists()
    assert not (root / "etc/hostname").exists() and not (root / "root").exists()


def test_its_examples_are_right_once_they_are_used(script):
    lines = (BOX / "boot/firmware/hearth.toml").read_text().splitlines()
    used = "\n".join(line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in lines)
    settings, wrong = script.read(used.replace("AAAA...", "A" * 68))
    assert not wrong
    assert set(settings) == {"name", "country", "timezone", "wifi.name", "wifi.password", "ssh.keys"}


def test_everything_that_can_be_said(script, root):
    _say(root, f'name = "attic"\ncountry = "DE"\ntimezone = "Europe/Berlin"\n[wifi]\nname = "Ann\'s \\"net\\" ü"\npassword = "it\'s a \\"secret\\""\n'
               f'[ssh]\nkeys = ["{KEY}"]\n')
    script.main(root, live=False)
    assert (root / "etc/hostname").read_text() == "attic\n"
    assert "127.0.1.1 attic\n" in (root / "etc/hosts").read_text()
    assert "host-name=attic\nuse-ipv4=yes" in (root / "etc/avahi/avahi-daemon.conf").read_text()
    assert str((root / "etc/localtime").readlink()) == "/usr/share/zoneinfo/Europe/Berlin"
    wifi = root / "etc/wpa_supplicant/wpa_supplicant-wlan0.conf"
    assert stat.S_IMODE(wifi.stat().st_mode) == 0o600
    said = wifi.read_text()
    assert "country=DE" in said and f"ssid={'Ann' + chr(39) + 's ' + chr(34) + 'net' + chr(34) + ' ü'}".split("=")[1].encode().hex() in said
    keys = root / "root/.ssh/authorized_keys"
    assert keys.read_text() == KEY + "\n"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600 and stat.S_IMODE(keys.parent.stat().st_mode) == 0o700


def test_the_key_of_a_wifi_network_is_the_standards(script):
    """IEEE 802.11, annex J.4.2, the first test vector."""
    said = script.files({"wifi.name": "IEEE", "wifi.password": "password"})["etc/wpa_supplicant/wpa_supplicant-wlan0.conf"][0]
    assert "psk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e" in said


WRONG = [
    ("name = hearth", "cannot be read"), ('nmae = "x"', 'no setting "nmae"'), ('[wifi]\nssid = "x"', 'no setting "wifi.ssid"'),
    ('[wlan]\nname = "x"', 'no setting "wlan"'), ('wifi = "x"', 'no setting "wifi"'), ('name = "My Box"', '"name" wants'), ('name = "-a"', '"name" wants'),
    ('name = "a\\nb"', '"name" wants'), ("name = 3", '"name" wants a text'), ('country = "Germany"', '"country" wants'),
    ('timezone = "../../etc/passwd"', '"timezone" wants'), ('timezone = "Mars/Base"', '"timezone" wants'), ('[wifi]\nname = "x"', "both a name and a password"),
    ('[wifi]\nname = "x"\npassword = "short"', "8 to 63"), ('[wifi]\nname = "x"\npassword = "with\\nline\\nbreaks"', "8 to 63"),
    (f'[wifi]\nname = "{"x" * 33}"\npassword = "12345678"', "1 to 32"), ('[ssh]\nkeys = "no list"', '"keys" under [ssh]'),
    ('[ssh]\nkeys = ["-----BEGIN OPENSSH PRIVATE KEY-----"]', '"keys" under [ssh]'),
    ('[ssh]\nkeys = ["command=\\"sh\\" ssh-ed25519 AAAA"]', '"keys" under [ssh]'), (f'[ssh]\nkeys = ["{KEY}\\nssh-rsa AAAA"]', '"keys" under [ssh]'),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_a_mistake_is_said_and_changes_nothing(script, root, text, says):
    _say(root, f'{text}\n' if text.startswith("[") else f'{text}\n[ssh]\nkeys = ["{KEY}"]\n')
    before = sorted(path for path in root.rglob("*"))
    script.main(root, live=False)
    note = root / "boot/firmware/hearth-wrong.txt"
    assert says in note.read_text()
    assert sorted(path for path in root.rglob("*") if path != note) == before


def test_a_mended_file_takes_the_note_away_and_the_same_file_does_nothing_again(script, root):
    _say(root, 'name = "My Box"')
    script.main(root, live=False)
    _say(root, b'\xef\xbb\xbfname = "mybox"\r\n')
    script.main(root, live=False)
    assert not (root / "boot/firmware/hearth-wrong.txt").exists()
    assert (root / "etc/hostname").read_text() == "mybox\n"
    (root / "etc/hostname").write_text("changed by hand\n")
    script.main(root, live=False)
    assert (root / "etc/hostname").read_text() == "changed by hand\n"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00n\x00a", b"\x00" * 100_000, b'name = "x' * 9000])
def test_rubbish_on_the_card_is_no_traceback(script, root, content):
    _say(root, content)
    assert script.main(root, live=False) == 0
    assert "cannot be read" in (root / "boot/firmware/hearth-wrong.txt").read_text()


def test_no_file_and_no_writable_boot_partition_are_no_reason_not_to_start(script, root, tmp_path):
    assert script.main(root, live=False) == 0
    assert script.main(tmp_path / "nowhere", live=False) == 0

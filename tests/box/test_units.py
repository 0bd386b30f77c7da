"""The units and scripts as they lie in systemd/: what can be seen without a booted system."""
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from conftest import wanted

ROOT = Path(__file__).parents[2]
UNITS = sorted(path for path in (ROOT / "systemd").iterdir() if path.suffix in (".service", ".timer"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]


@wanted("shellcheck")
@pytest.mark.parametrize("script", ["install.sh", "systemd/box.sh", "systemd/says"])
def test_scripts(script):
    """POSIX sh, without a complaint."""
    done = subprocess.run(["shellcheck", "-x", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert (ROOT / script).read_text().startswith(("#!/bin/sh\n", "# What"))


@wanted("systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_verify(unit, tmp_path):
    """systemd understands every line; only the program is not where it will be."""
    for each in UNITS:
        (tmp_path / each.name).write_text(each.read_text().replace("/opt/hearth/current/bin/hearth", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", tmp_path / unit.name], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr


@wanted("systemd-analyze")
@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_sandbox(unit):
    """At most 2.0 of 10 by systemd's own count."""
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit], capture_output=True, text=True, check=False)
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    if found is None and "offline" in done.stderr:
        pytest.skip("this systemd cannot look at units that are not loaded")
    assert float(found[1]) <= 2.0, done.stdout


def test_commands_of_units_exist():
    """Each unit calls a command that there is."""
    from appliance.cli import _parser
    for unit in SERVICES:
        for words in re.findall(r"^ExecStart=/opt/hearth/current/bin/hearth (.*)$", unit.read_text(), re.MULTILINE):
            _parser().parse_args(words.split())


def test_debian_packages():
    """Told in one line, for whoever builds an image."""
    said = subprocess.run(["./install.sh", "packages"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"python3", "python3-venv", "avahi-daemon", "restic"} <= set(said.split()) and said.count("\n") == 1


def test_an_offline_box_asks_for_packages_once(tmp_path):
    """Each could take minutes to fail; without a network the second would fail as the first did. With one, each is tried for itself."""
    asked = tmp_path / "asked"
    (tmp_path / "apt-get").write_text(f'#!/bin/sh\necho "$*" >> {asked}\n[ "$1" = update ] && exit "$UPDATE" || exit 100\n')
    (tmp_path / "avahi-daemon").write_text("")      # where it is there already, its configuration is left alone
    for program in ("apt-get", "avahi-daemon"):
        (tmp_path / program).chmod(0o755)
    script = "say() { echo \"$*\" >&2; }; . systemd/box.sh; missing=' restic ffmpeg openssl' image=''; step_packages; echo went on"

    def installs(update):
        asked.write_text("")
        done = subprocess.run(["sh", "-euc", script], cwd=ROOT, capture_output=True, text=True, check=True,
                              env={"PATH": f"{tmp_path}:/usr/bin:/bin", "UPDATE": update})
        assert done.stdout == "went on\n" and "no restic" in done.stderr, done.stderr
        return asked.read_text().count("install -y")
    assert (installs("100"), installs("0")) == (1, 3)


def test_nobody_but_root_installs():
    """Said in a sentence; what is wrong is told before anything is done."""
    if shutil.which("runuser") is None:
        pytest.skip("no runuser")
    with tempfile.TemporaryDirectory() as folder:   # pytest's own folders are not for others to enter
        shutil.copytree(ROOT / "systemd", Path(folder) / "systemd")
        shutil.copy(ROOT / "install.sh", folder)
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
        done = subprocess.run(["runuser", "-u", "nobody", "--", "sh", Path(folder) / "install.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "by root" in done.stderr, done.stderr
    done = subprocess.run(["./install.sh", "--nonsense"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "--data DIR" in done.stderr


def test_the_link_is_told_while_others_try_links(tmp_path):
    """What a visitor's link leaves in the log is no set-up link, neither for the file on the boot partition nor for install.sh."""
    log = tmp_path / "log"
    log.write_text("make the first account at http://127.0.0.1:80/setup?code=abcdefgh23456789\nINFO hearth.http: 10.0.0.9 GET /setup?code=* 403 2047 B 51.4 ms\n")
    for name, text in (("journalctl", f"cat {log}"), ("systemctl", "case $* in *ActiveState*) echo active ;; *StatusText*) echo ready ;; esac"), ("findmnt", "echo vfat")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / ".hearth" / "identity").mkdir(parents=True)
    (tmp_path / ".hearth" / "identity" / "setup.json").touch()
    path = {"PATH": f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin"}
    (tmp_path / "says").write_text((ROOT / "systemd" / "says").read_text().replace("/boot/firmware /boot", str(tmp_path)))
    subprocess.run(["sh", tmp_path / "says", tmp_path], env=path, check=True)
    assert "/setup?code=abcdefgh23456789\n" in (tmp_path / "hearth-says.txt").read_text()
    told = subprocess.run(["sh", "-c", '. systemd/box.sh; say() { echo "$*"; }; COMMAND=true version=1; tell'], cwd=ROOT, env=path, capture_output=True, text=True, check=True).stdout
    assert "/setup?code=abcdefgh23456789\n" in told, told

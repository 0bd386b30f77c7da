"""What all tests share: the real house in a temporary folder, and the real server as a program of its own."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from appliance.core import Config
from appliance.identity.roles import ROLES

ROOT = Path(__file__).parents[1]
PASSWORD = "correct horse battery staple"


class Server:
    """``hearth serve`` on a folder, as a newcomer starts it; ``url`` is where it answers."""

    scheme = "http"

    def __init__(self, folder, *options):
        self.folder, self.options = Path(folder), options
        self.data, self.cache, self.port = self.folder / "data", self.folder / "cache", 0
        self.log_file = self.folder / "server.log"
        self.process = self.url = None
        self.keeper = None                          # an administrator who makes accounts, on a server that many tests share

    def start(self):
        """Start it and wait until it says that it is ready."""
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "appliance", "serve", "--data", self.data, "--cache", self.cache,
                 "--listen", f"{self.scheme}://127.0.0.1:{self.port}", *self.options],
                stdout=subprocess.PIPE, stderr=log, cwd=ROOT, text=True, env={**os.environ, "HEARTH_CONFIG": self._config()})
        line = self.process.stdout.readline()
        assert line.startswith("ready "), f"the server did not start: {line}{self.log[-3000:]}"
        self.url = line.split()[1]
        self.port = int(self.url.rpartition(":")[2])  # the same again after a restart
        return self

    def _config(self):
        """A configuration without the machine's own limits: a nearly full test machine is no reason to fail."""
        file = self.folder / "hearth.toml"
        if not file.exists():
            file.write_text("reserve_percent = 0.0\nreserve_bytes = 0\n")
        return str(file)

    def configure(self, **options):
        """Write the configuration for the next start."""
        given = {"reserve_percent": 0.0, "reserve_bytes": 0, **options}
        lines = [f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}" for name, value in given.items()]
        (self.folder / "hearth.toml").write_text("\n".join(lines) + "\n")

    def stop(self):
        """Stop it kindly; its exit status."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._end()

    def kill(self):
        """Cut it off."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        return self._end()

    def _end(self):
        status = self.process.wait(40)
        self.process.stdout.close()
        return status

    def restart(self):
        """Stop it kindly and start it again at the same address."""
        self.stop()
        return self.start()

    def cli(self, *words, input=None, check=True):
        """Run ``hearth`` on the same folder while the server runs."""
        done = subprocess.run([sys.executable, "-m", "appliance", *words, "--data", self.data, "--cache", self.cache], cwd=ROOT,
                              input=input, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "HEARTH_CONFIG": self._config()})
        assert not check or done.returncode == 0, done.stderr
        return done

    def add(self, name=None, password=PASSWORD, role="user"):
        """Make an account in a role; the person it belongs to."""
        name = name or "p" + uuid.uuid4().hex[:10]
        if self.keeper:                             # a tenth of what starting a command takes
            made = requests.post(f"{self.url}/graph/v1.0/users", auth=self.keeper, timeout=30, json={
                "displayName": name, "onPremisesSamAccountName": name, "passwordProfile": {"password": password}})
            assert made.status_code == 201, made.text
            if role != "user":
                application, = requests.get(f"{self.url}/graph/v1.0/applications", auth=self.keeper, timeout=30).json()["value"]
                given = requests.post(f"{self.url}/graph/v1.0/users/{made.json()['id']}/appRoleAssignments", auth=self.keeper, timeout=30, json={
                    "principalId": made.json()["id"], "appRoleId": ROLES[role].id, "resourceId": application["id"]})
                assert given.status_code == 201, given.text
        else:
            self.cli("user", "add", name, "--password-stdin", "--role", role, input=password + "\n")
        return SimpleNamespace(name=name, password=password, auth=(name, password), dav=f"{self.url}/dav/files/{name}")

    def log_mark(self):
        """Where the log is now, for ``log_since``."""
        return len(self.log)

    def log_since(self, mark):
        """The lines of the log since then."""
        return self.log[mark:].splitlines()

    @property
    def log(self):
        """All that the server has said so far."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


def certificate(folder):
    """A certificate for localhost and its key, made by openssl in a folder: their paths, the key's first."""
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "80", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return key, cert


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for the whole run; tests that stop, break or configure one take ``own_server``."""
    running = Server(tmp_path_factory.mktemp("server")).start()
    running.keeper = running.add("keeper", role="admin").auth
    yield running
    running.stop()
    assert "Traceback" not in running.log, f"the server stumbled: {running.log[running.log.index('Traceback') - 300:][:3000]}"


@pytest.fixture
def own_server(tmp_path):
    """A server of the test's own."""
    running = Server(tmp_path / "own")
    running.folder.mkdir()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def person(server):
    """A fresh account on the server: ``name``, ``password``, ``auth``, ``dav`` (address of the files), ``space`` (id)."""
    someone = server.add()
    answer = requests.get(server.url + "/graph/v1.0/me/drive", auth=someone.auth, timeout=30)
    assert answer.status_code == 200, answer.text
    someone.space = answer.json()["id"]
    return someone


@pytest.fixture
def http(person):
    """A session of HTTP in which the person is signed in."""
    with requests.Session() as session:
        session.auth = person.auth
        yield session


@pytest.fixture
def config(tmp_path):
    """A configuration on temporary folders, without a reserve."""
    return replace(Config(), data=tmp_path / "data", cache=tmp_path / "cache", reserve_percent=0.0, reserve_bytes=0)


@pytest.fixture
def house(config):
    """The real house, without a server."""
    from appliance import app
    built = app.build(config)
    yield built
    built.close()


@pytest.fixture
def storage(config):
    """The real storage alone."""
    from appliance.core import Bus
    from appliance.storage import Storage
    opened = Storage.open(config, Bus())
    yield opened
    opened.close()


@pytest.fixture
def space(storage):
    """A personal space of somebody."""
    return storage.spaces.personal(str(uuid.uuid4()), "ann", "Ann")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Work in a folder of our own, taken away by rm: pytest's own clearing up gives way before the deep trees of some tests."""
    if not config.option.basetemp:
        config.option.basetemp = tempfile.mkdtemp(prefix="hearth-tests-")
        config.add_cleanup(lambda: subprocess.run(["rm", "-rf", config.option.basetemp], stderr=subprocess.DEVNULL))
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):     # servers and commands are started a thousand times: the first compiles the house for all
        os.environ.setdefault("PYTHONPYCACHEPREFIX", os.path.join(config.option.basetemp, "bytecode"))


def until(check, seconds=20):
    """Ask until the answer is true, and return it; fail after that many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found


@pytest.fixture(name="until")
def _until():
    return until


def wanted(program):
    """A mark that skips a test where a program is missing."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def secret_in(text):
    """The one-time code in what ``serve`` prints."""
    return re.search(r"code=(\S+)", text)[1]

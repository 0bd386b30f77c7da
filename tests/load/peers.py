"""The servers of the benchmark: how each is started, where its files are, and how much memory it takes."""
import base64
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
NAME, PASSWORD = "bench", "correct horse battery"
BASIC = "Basic " + base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()


class Peer:
    """A server on a port of the loopback, pinned to one core."""

    base = ""              # the path under which files lie

    def __init__(self, folder, core):
        self._folder, self._core, self._process = Path(folder) / type(self).__name__.lower(), core, None
        self._folder.mkdir(parents=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    @classmethod
    def missing(cls):
        """Tell why it cannot run here; None when it can."""

    def start(self):
        """Start it and wait until it accepts connections."""
        self.prepare()
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(["taskset", "-c", str(self._core), *map(str, self.command())], stdout=log, stderr=log,
                                             cwd=PROJECT, env=dict(os.environ, **self.environ()), start_new_session=True)
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise SystemExit(f"{type(self).__name__} does not start: see {self._folder}/log") from None
                time.sleep(0.05)

    def stop(self):
        """Stop it and all it started."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def prepare(self):
        """Make what it needs before it starts."""
        (self._folder / "files").mkdir()

    def environ(self):
        """Tell which environment variables it wants."""
        return {}

    def after_removal(self):
        """Give back the room of what was removed."""

    def memory(self):
        """Return the MiB the processes have now: proportional (PSS), resident, and the highest resident ever (VmHWM)."""
        totals = {"Pss": 0, "Rss": 0, "VmHWM": 0}
        for process in _family(self._process.pid):
            for file in ("smaps_rollup", "status"):
                try:
                    lines = Path(f"/proc/{process}/{file}").read_text().splitlines()
                except OSError:
                    continue
                for line in lines:
                    key, _, value = line.partition(":")
                    if key in totals:
                        totals[key] += int(value.split()[0])
        return {key: round(value / 1024, 1) for key, value in totals.items()}

    def forget_peak(self):
        """Let VmHWM begin anew."""
        for process in _family(self._process.pid):
            try:
                Path(f"/proc/{process}/clear_refs").write_text("5")
            except OSError:
                pass


def _family(process):
    """Return the process and all beneath it."""
    found = [process]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                pass
    return found


class Hearth(Peer):
    """This project, as `hearth serve` runs it."""

    base = f"/remote.php/dav/files/{NAME}"

    def prepare(self):
        subprocess.run([sys.executable, "-m", "appliance", "setup", "--admin", NAME, "--password-stdin", *self._where()],
                       input=PASSWORD + "\n", text=True, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)

    def command(self):
        return [sys.executable, "-m", "appliance", "serve", "--listen", f"http://127.0.0.1:{self.port}", *self._where()]

    def after_removal(self):
        subprocess.run(["curl", "-sf", "-u", f"{NAME}:{PASSWORD}", "-X", "DELETE",
                        f"http://127.0.0.1:{self.port}/remote.php/dav/trash-bin/{NAME}"], check=True)

    def _where(self):
        return ["--data", str(self._folder / "data"), "--cache", str(self._folder / "cache")]


class Wsgidav(Peer):
    """wsgidav as it comes: its FilesystemProvider on cheroot."""

    @classmethod
    def missing(cls):
        try:
            import cheroot.wsgi  # noqa: F401
        except ImportError:
            return "cheroot is not installed"

    def command(self):
        return [sys.executable, "-c", _WSGIDAV, self._folder / "files", self.port, NAME, PASSWORD]


_WSGIDAV = """
import sys
from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp
root, port, name, password = sys.argv[1:]
app = WsgiDAVApp({"host": "127.0.0.1", "port": int(port), "provider_mapping": {"/": root}, "verbose": 1, "logging": {"enable": False},
                  "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
                  "simple_dc": {"user_mapping": {"*": {name: {"password": password}}}}, "lock_storage": True, "property_manager": True})
wsgi.Server(("127.0.0.1", int(port)), app, numthreads=16, timeout=300, request_queue_size=512).start()
"""


class Rclone(Peer):
    """rclone serve webdav."""

    @classmethod
    def missing(cls):
        return None if shutil.which("rclone") else "rclone is not installed"

    def command(self):
        return ["rclone", "serve", "webdav", self._folder / "files", "--addr", f"127.0.0.1:{self.port}", "--user", NAME, "--pass", PASSWORD,
                "--config", self._folder / "rclone.conf", "--log-level", "ERROR"]


class Apache(Peer):
    """Apache with mod_dav, Debian's event MPM."""

    @classmethod
    def missing(cls):
        if not shutil.which("apache2", path=os.environ["PATH"] + ":/usr/sbin"):
            return "apache2 is not installed"
        return None if os.geteuid() == 0 else "apache2 is started as root here"

    def prepare(self):
        super().prepare()
        here = self._folder
        (here / "lock").mkdir()
        digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
        (here / "users").write_text(f"{NAME}:{{SHA}}{digest}\n")
        for folder in (here / "files", here / "lock"):
            shutil.chown(folder, "www-data", "www-data")
        for parent in here.parents:
            if parent.stat().st_mode & 0o5 != 0o5 and parent.stat().st_uid == os.geteuid():
                parent.chmod(parent.stat().st_mode | 0o5)
        modules = ("mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "dav", "dav_fs", "mime")
        lines = [f"LoadModule {name}_module modules/mod_{name}.so" for name in modules]
        (here / "conf").write_text("\n".join(["ServerRoot /usr/lib/apache2", "ServerName localhost", "User www-data", "Group www-data", *lines]) + f"""
TypesConfig /etc/mime.types
PidFile {here}/pid
ErrorLog {here}/errors
Listen 127.0.0.1:{self.port}
StartServers 1
ServerLimit 1
ThreadsPerChild 64
ThreadLimit 64
MaxRequestWorkers 64
MaxKeepAliveRequests 0
KeepAliveTimeout 300
EnableSendfile On
DavLockDB {here}/lock/db
DocumentRoot {here}/files
<Directory {here}/files>
  Dav On
  AuthType Basic
  AuthName bench
  AuthBasicProvider file
  AuthUserFile {here}/users
  Require valid-user
</Directory>
""")

    def command(self):
        return ["/usr/sbin/apache2", "-DFOREGROUND", "-f", self._folder / "conf"]


PEERS = (Hearth, Wsgidav, Rclone, Apache)

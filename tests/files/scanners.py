"""Real scanners for tests: Debian's clamd with a database of one signature, and Debian's c-icap that asks it. Nothing is fetched."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Eicar-Test-Signature"
CLAMD, ICAP = shutil.which("clamd") or "/usr/sbin/clamd", shutil.which("c-icap") or "/usr/bin/c-icap"
MODULES = next(Path("/usr/lib").glob("*/c_icap"), Path("/none"))
needs_clamd = pytest.mark.skipif(not os.path.exists(CLAMD), reason="clamav-daemon is not installed")
needs_icap = pytest.mark.skipif(not (os.path.exists(CLAMD) and os.path.exists(ICAP) and (MODULES / "virus_scan.so").exists()),
                                reason="clamav-daemon, c-icap or libc-icap-mod-virus-scan is not installed")


class Program:
    """A scanner as a program of its own, which can be stopped in the middle of its work, and killed there."""

    def __init__(self):
        self.folder, self.process = Path(tempfile.mkdtemp(prefix="scan-")), None

    def _start(self, *words, ready):
        with open(self.folder / "out", "ab") as out:
            self.process = subprocess.Popen(words, stdout=out, stderr=out, cwd=self.folder, start_new_session=True)
        deadline = time.monotonic() + 60
        while not self._answers(ready):
            assert self.process.poll() is None and time.monotonic() < deadline, (self.folder / "out").read_text()
            time.sleep(0.02)
        return self

    @staticmethod
    def _answers(ready):
        kind = socket.AF_INET if isinstance(ready, tuple) else socket.AF_UNIX
        with socket.socket(kind) as probe:
            return probe.connect_ex(ready if isinstance(ready, tuple) else str(ready)) == 0

    def freeze(self):
        """Let it do nothing: what it is asked waits."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        """Let it go on."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def kill(self):
        """Cut it off."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)

    def end(self):
        """Cut it off and clear up."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port():
    """A port of this machine that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Clamd(Program):
    """clamd on a socket of its own, and on a port."""

    def __init__(self):
        super().__init__()
        self._port = free_port()

    @property
    def address(self):
        return f"clamd:{self.folder}/clamd.ctl"

    @property
    def address_of_port(self):
        return f"clamd://127.0.0.1:{self._port}"

    def start(self):
        (self.folder / "db").mkdir(exist_ok=True)
        (self.folder / "db" / "test.ndb").write_text(f"{NAME}:0:*:{EICAR.hex()}\n")
        (self.folder / "clamd.conf").write_text(
            f"Foreground yes\nLocalSocket {self.folder}/clamd.ctl\nTCPSocket {self._port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {self.folder}/db\nStreamMaxLength 25M\nMaxThreads 4\n")
        (self.folder / "clamd.ctl").unlink(missing_ok=True)
        return self._start(CLAMD, "-c", self.folder / "clamd.conf", ready=self.folder / "clamd.ctl")


class CIcap(Program):
    """c-icap with its module for viruses, which asks a clamd."""

    def __init__(self, clamd):
        super().__init__()
        self._clamd, self._port = clamd, free_port()

    def address(self, service="avscan"):
        return f"icap://127.0.0.1:{self._port}/{service}"

    def start(self):
        (self.folder / "c-icap.conf").write_text(f"""
PidFile {self.folder}/pid
CommandsSocket {self.folder}/ctl
Timeout 30
StartServers 1
MaxServers 1
MinSpareThreads 4
MaxSpareThreads 10
ThreadsPerChild 10
Port 127.0.0.1:{self._port}
TmpDir {self.folder}
MaxMemObject 131072
ModulesDir {MODULES}
ServicesDir {MODULES}
TemplateDir /usr/share/c_icap/templates/
LoadMagicFile /etc/c-icap/c-icap.magic
ServerLog {self.folder}/server.log
AccessLog {self.folder}/access.log
Service echo srv_echo.so
Module common clamd_mod.so
clamd_mod.ClamdSocket {self._clamd.folder}/clamd.ctl
Service antivirus_module virus_scan.so
ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple
virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE GIF JPEG MSOFFICE
virus_scan.SendPercentData 5
virus_scan.StartSendPercentDataAfter 2M
virus_scan.MaxObjectSize 25M
virus_scan.DefaultEngine clamd
""")
        return self._start(ICAP, "-N", "-f", self.folder / "c-icap.conf", ready=("127.0.0.1", self._port))

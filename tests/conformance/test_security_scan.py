"""check-opencloud-security, a scanner of OpenCloud servers, run against ours over HTTPS; what it finds is answered in README.md."""
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import Server, certificate

SCANNER = Path(__file__).parents[2] / ".venv-clients/bin/check-opencloud-security"
README = Path(__file__).with_name("README.md")
pytestmark = [pytest.mark.skipif(not SCANNER.exists(), reason="check-opencloud-security is not installed (.venv-clients)"),
              pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")]


@pytest.fixture
def safe_server(tmp_path):
    """A server over HTTPS that knows its own name."""
    key, cert = certificate(tmp_path)
    running = Server(tmp_path)
    running.scheme = "https"
    running.configure(certificate=cert, key=key, url="https://localhost")
    running.start()
    yield running
    running.stop()


def test_scan(safe_server):
    """It finds what README.md answers, and nothing else."""
    safe_server.add("ann")
    done = subprocess.run([SCANNER, "-H", "localhost", "--port", str(safe_server.port), "--insecure", "--update-source", "off", "--check-hardening",
                           "--login-throttling", "--format", "json"], capture_output=True, text=True, timeout=240)
    found, = json.loads(done.stdout)
    told = {*found["missing_hardenings"], *found["failed_extra_checks"], *found["vulnerabilities"]}
    answered = set(re.findall(r"^\| `([^`]+)` \|", README.read_text(), re.MULTILINE))
    assert told <= answered, told - answered
    assert found["coverage"]["evaluated"] >= 60

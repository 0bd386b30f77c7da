"""testssl.sh from Debian against the running server with its own certificate authority: no weak protocol, no weak cipher, the chain is right."""
import json
import shutil
import ssl
import subprocess

import pytest
import requests
from conftest import Server

TESTSSL = shutil.which("testssl") or shutil.which("testssl.sh")
BAD = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
# Our own authority has no list of what it took back: a family takes the authority off its phones instead.
FORGIVEN = ("cert_revocation", "cert_crlDistributionPoints", "cert_ocspURL", "OCSP_stapling", "DNS_CAArecord", "certificate_transparency", "cert_caIssuers")


@pytest.mark.slow
@pytest.mark.skipif(TESTSSL is None, reason="testssl.sh is not installed")
def test_tls_has_no_weakness(tmp_path, until):
    """Protocols, ciphers, forward secrecy, and what it says of itself first; the known attacks take too long for every run."""
    running = Server(tmp_path, "--listen", "https://127.0.0.1:0").start()
    try:
        port = running.process.stdout.readline().split()[1].rpartition(":")[2]
        der = until(lambda: (said := requests.get(running.url + "/ca.crt", timeout=30)).ok and said.content, 90)
        (tmp_path / "ca.pem").write_text(ssl.DER_cert_to_PEM_cert(der))
        subprocess.run([TESTSSL, "--quiet", "--color", "0", "--warnings", "off", "--fast", "--add-ca", tmp_path / "ca.pem", "--jsonfile", tmp_path / "found.json",
                        "-p", "-s", "-S", f"https://localhost:{port}"], capture_output=True, timeout=400, check=False)
    finally:
        running.stop()
    found = {each["id"]: each for each in json.loads((tmp_path / "found.json").read_text())}
    weak = {id: (each["severity"], each["finding"]) for id, each in found.items() if each["severity"] in BAD and not id.startswith(FORGIVEN)}
    assert not weak, weak
    for old in ("SSLv2", "SSLv3", "TLS1", "TLS1_1"):
        assert found[old]["finding"].startswith("not offered"), found[old]
    assert all(found[new]["finding"].startswith("offered") for new in ("TLS1_2", "TLS1_3"))
    assert "passed" in found["cert_chain_of_trust"]["finding"] and found["cert_trust"]["finding"].startswith("Ok")

"""litmus, the WebDAV conformance suite: all five parts, nothing failed, nothing left out, only warnings we can explain."""
import os
import re
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("litmus"), reason="litmus is not installed")

# How many tests each suite of litmus 0.13 has. A suite that stops early must not look like one that passed.
SUITES = {"basic": 16, "copymove": 13, "props": 30, "locks": 41, "http": 4}

# Warnings we accept, each with its reason in appliance/protocols/webdav/README.md. There is none so far.
EXPLAINED = set()


@pytest.mark.parametrize("suite", SUITES)
def test_suite_passes_whole(suite, person, tmp_path):
    """Every test of the suite runs and passes."""
    done = subprocess.run(["litmus", "-k", person.dav + "/", person.name, person.password], cwd=tmp_path, timeout=300,
                          env=dict(os.environ, TESTS=suite), capture_output=True, text=True, errors="replace")
    report = done.stdout + done.stderr
    summary = re.search(r"of (\d+) tests run: (\d+) passed, (\d+) failed", report)
    assert summary, report
    run, passed, failed = map(int, summary.groups())
    assert failed == 0, report
    assert "skipped" not in report.lower(), report
    assert run == passed == SUITES[suite], report
    assert set(re.findall(r"WARNING: (.*)", report)) <= EXPLAINED, report

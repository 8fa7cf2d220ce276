"""A device whose own web server owns port 80: a whole issuance through wafer_http01_answer."""

import re
import subprocess

import pytest

from client import PROGRAM, SANITIZER

OWN_SERVER = PROGRAM.parent / "tests/e2e/own_server"


@pytest.mark.parametrize("where", ["thread", "idle"])
def test_own_server(pebble, where):
    part = pebble.since_now()
    run = subprocess.run([OWN_SERVER, where, pebble.url, pebble.root, str(pebble.http_port), "a.test"],
                         capture_output=True, text=True, timeout=120, check=False)
    assert not SANITIZER.search(run.stderr), run.stderr
    assert run.returncode == 0, run.stdout + run.stderr
    issued = re.fullmatch(r"issued a.test, (\d+) answers, 0 others\n", run.stdout)
    assert issued and int(issued[1]) >= 1, run.stdout
    assert part.kinds().count("POST finalize-order") == 1

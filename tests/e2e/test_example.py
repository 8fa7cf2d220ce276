"""The README's example, boot after boot over one store, against Pebble behind Let's Encrypt's name."""

import re
import subprocess

import pytest

from client import PROGRAM, SANITIZER
from clock import date_shape
from pki import ServerFiles, days, now
from procs import free_port
from proxy import Proxy

EXAMPLE = PROGRAM.parent / "tests/e2e/example"
YEAR = 365 * 86400


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Let's Encrypt's HTTPS certificate as the example's root has it. It outlives the certificates that Pebble issues."""
    return ServerFiles(tmp_path_factory.mktemp("le"), "le", names=["acme-v02.api.letsencrypt.org"], not_after=now() + days(3600))


class LetsEncrypt(Proxy):
    """Pebble under the name and path that the example knows; its clock is `ahead` seconds ahead."""

    ahead = 0

    def _forward(self, request):
        request.path = {"/directory": "/dir"}.get(request.path, request.path)
        return date_shape(self.ahead)(super()._forward(request))


@pytest.fixture
def letsencrypt(pebble, files):
    proxy = LetsEncrypt(pebble, files)
    yield proxy
    proxy.stop()
    assert proxy.violations == []


class Device:
    """Boots the example over one store."""

    def __init__(self, folder, files, http_port):
        self.store, self.root, self.http_port = folder / "store", files.root, http_port

    def boot(self, ca_port, ahead=0, status=0):
        """Returns how often it connected, and what the example returned as text."""
        run = subprocess.run([EXAMPLE, str(ca_port), self.root, str(self.http_port), self.store, str(ahead)],
                             capture_output=True, text=True, timeout=180, check=False)
        assert not SANITIZER.search(run.stderr), run.stderr
        assert run.returncode == status, run.stdout + run.stderr
        told = re.fullmatch(r"(\d+) connects, \d+ listens: (.*)\n", run.stdout)
        assert told, run.stdout
        return int(told[1]), told[2]


@pytest.fixture
def device(tmp_path, files, pebble):
    return Device(tmp_path, files, pebble.http_port)


def test_ten_boots_order_once(pebble, letsencrypt, device):
    part = pebble.since_now()
    connects = [device.boot(letsencrypt.port)[0] for _ in range(10)]
    assert connects == [1] + 9 * [0]
    assert letsencrypt.kinds.count("order-plz") == part.new_orders() == 1
    assert letsencrypt.kinds.count("sign-me-up") == part.new_accounts() == 1
    assert letsencrypt.kinds.count("finalize-order") == 1

    # The time is not known: what is there is left alone.
    assert device.boot(letsencrypt.port, "unknown")[0] == 0

    # Pebble's certificates are for five years: a third of that is left.
    assert device.boot(letsencrypt.port, 3 * YEAR)[0] == 0
    assert device.boot(letsencrypt.port, 4 * YEAR, status=1) == (1, "it is too early for another try")  # by the CA
    assert letsencrypt.kinds.count("order-plz") == 1
    letsencrypt.ahead = 4 * YEAR
    assert device.boot(letsencrypt.port, 4 * YEAR)[0] == 1
    assert letsencrypt.kinds.count("order-plz") == part.new_orders() == 2
    assert part.new_accounts() == 1


def test_no_clock_and_no_certificate(pebble, letsencrypt, device):
    """A device whose clock starts in the past asks the CA, which tells the time."""
    part = pebble.since_now()
    assert [device.boot(letsencrypt.port, "unknown")[0] for _ in range(3)] == [1, 0, 0]
    assert part.new_orders() == 1
    assert device.boot(letsencrypt.port)[0] == 0


def test_boots_without_the_ca(pebble, letsencrypt, device):
    """Nobody there: the first boot fails, the next ones ask nobody until the time of the schedule has come."""
    part, nobody = pebble.since_now(), free_port()
    connects, told = device.boot(nobody, status=1)
    assert connects == 1 and "connect" in told, told
    assert [device.boot(letsencrypt.port)[0] for _ in range(9)] == 9 * [0]
    assert part.requests() == []
    letsencrypt.ahead = 86400
    assert device.boot(letsencrypt.port, 86400)[0] == 1
    assert part.new_orders() == 1
    assert device.boot(letsencrypt.port, 86400)[0] == 0

"""End-to-end tests: the wafer command against Pebble and a scripted CA, on loopback only.

Run `pytest-3 tests/e2e` (and `-n 2` where there is pytest-xdist). Environment:
    WAFER      the command under test (build/wafer)
    PEBBLE_24  Pebble 2.4.0 (`pebble` in PATH)
    PEBBLE_26  Pebble 2.6.0 (build/pebble-2.6/usr/bin/pebble, see tools/setup/pebble.sh)
A missing server is a failure, never a skip.
"""

import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from client import PROGRAM, REPOSITORY, Wafer
from fakeca import FakeCa
from firmware import Firmware
from pebble import Pebble
from pki import ServerFiles
from procs import free_port
from proxy import Proxy
from webroot import Webroot

PEBBLES = {
    "2.4": os.environ.get("PEBBLE_24", "pebble"),
    "2.6": os.environ.get("PEBBLE_26", str(REPOSITORY / "build/pebble-2.6/usr/bin/pebble")),
}


def pytest_make_parametrize_id(val):
    """Long values of parameters get a short name."""
    return repr(val)[:16] + "..." if isinstance(val, (str, bytes)) and len(val) > 24 else None


def pebble_binary(version):
    found = shutil.which(PEBBLES[version])
    assert found, f"Pebble {version} is not at {PEBBLES[version]}: run tools/setup/packages.sh, or set PEBBLE_{version.replace('.', '')}"
    return pathlib.Path(found).resolve()


@pytest.fixture(scope="session", autouse=True)
def signals():
    """Whoever started the tests may ignore some (nohup, a shell's background); what they start shall not."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def program():
    """The command under test must be there."""
    assert os.access(PROGRAM, os.X_OK), f"no command at {PROGRAM}: run make, or set WAFER"
    return PROGRAM


@pytest.fixture(scope="session")
def server_files(tmp_path_factory):
    """HTTPS certificates of the test servers for localhost, 127.0.0.1 and ::1 by kind: "ec", "rsa"."""
    folder = tmp_path_factory.mktemp("pki")
    return {kind: ServerFiles(folder, kind, kind=kind) for kind in ("ec", "rsa")}


@pytest.fixture(scope="session")
def start_pebble(tmp_path_factory, server_files):
    """start_pebble(version, **options of Pebble): all are stopped at the end."""
    started = []

    def start(version="2.4", kind="ec", **options):
        folder = tmp_path_factory.mktemp("pebble") / "run"
        started.append(Pebble(folder, pebble_binary(version), server_files[kind], **options))
        return started[-1]
    yield start
    for pebble in started:
        pebble.stop()


@pytest.fixture(scope="session", params=list(PEBBLES))
def pebble(request, start_pebble):
    """A quiet Pebble of each version, shared by the tests of a run."""
    return start_pebble(request.param)


@pytest.fixture(scope="session")
def pebble24(start_pebble):
    """The quiet Pebble for tests in which the version does not matter."""
    return start_pebble("2.4")


@pytest.fixture
def proxy(pebble24, server_files):
    """A counting proxy in front of pebble24."""
    proxy = Proxy(pebble24, server_files["ec"])
    yield proxy
    proxy.stop()
    assert proxy.violations == []


@pytest.fixture
def new_wafer(tmp_path):
    """new_wafer(server, *options): a wafer with a fresh state directory for a Pebble, proxy or fake
    CA (anything with url, root and http_port)."""
    made = []

    def make(server, *options, http_port=None, state=None):
        port = http_port or server.http_port
        wafer = Wafer(state or tmp_path / f"state{len(made)}", server.url, server.root,
                      "--listen", f"127.0.0.1:{port}", *options)
        made.append(wafer)
        return wafer
    return make


@pytest.fixture
def webroot(tmp_path):
    """webroot(port): a web server over a fresh folder."""
    started = []

    def start(port):
        started.append(Webroot(tmp_path / f"www{len(started)}", port))
        return started[-1]
    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory):
    """preloaded(name): the library of tests/e2e/preload/NAME.c, for Wafer.preload."""
    folder = tmp_path_factory.mktemp("preload")

    def build(name):
        library = folder / f"{name}.so"
        subprocess.run(["gcc", "-O", "-Wall", "-shared", "-fPIC", "-o", library, REPOSITORY / f"tests/e2e/preload/{name}.c", "-ldl"],
                       check=True)
        return library
    return build


@pytest.fixture
def lame_sanitizer(monkeypatch):
    """LeakSanitizer cannot work below strace, nor with few descriptors."""
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")


@pytest.fixture
def start_ca(server_files):
    """start_ca(**options of FakeCa): after the test it must have seen no breach of the protocol."""
    started = []

    def start(kind="ec", files=None, **options):
        started.append(FakeCa(files or server_files[kind], free_port(), **options))
        return started[-1]
    yield start
    for ca in started:
        ca.stop()
    for ca in started:
        assert ca.violations == []


@pytest.fixture
def ca(start_ca):
    """A strict fake CA with its defaults."""
    return start_ca()


@pytest.fixture
def device(tmp_path, ca):
    """A firmware with the library, and `ca` for its CA."""
    return Firmware(tmp_path, ca)

"""Boards in QEMU against Pebble. Run `make check-boards`; `O` names the build folder."""

import itertools
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from board import BUILD, HANG, HOST, HOST6, REPOSITORY, Board  # noqa: E402
import dns  # noqa: E402
from pebble import Pebble  # noqa: E402
from pki import ServerFiles  # noqa: E402

NAME = "device.example"
BOARDS = ["emcraft-sf2", "lm3s6965evb", "mps2-an385", "riscv-virt", "vexpress-a9"]
WITH_PAGE = [name for name in BOARDS if name != "lm3s6965evb"]


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    return {kind: ServerFiles(folder, kind, names=(HOST, HOST6, "ca.test", "127.0.0.1", "localhost"), kind=kind) for kind in ("ec", "rsa", "ec384")}


@pytest.fixture(scope="session")
def start_pebble(tmp_path_factory, files):
    """start_pebble(kind, address, **environment)"""
    started = []

    def start(kind="ec", address="127.0.0.1", **env):
        binary = shutil.which("pebble")
        assert binary, "pebble is not installed: run tools/setup/packages.sh"
        folder = tmp_path_factory.mktemp("pebble") / "run"
        started.append(Pebble(folder, binary, files[kind], address=address, env=env))
        return started[-1]
    yield start
    for pebble in started:
        pebble.stop()


@pytest.fixture(scope="session")
def pebble(start_pebble):
    return start_pebble()


@pytest.fixture
def new_board(tmp_path):
    """new_board(name, pebble or None, **options of Board): switched off at the end."""
    made, numbers = [], itertools.count()

    def make(name, pebble=None, **options):
        if pebble:
            options = dict(dict(http=pebble.http_port, directory=f"https://{HOST}:{pebble.port}/dir", names=[NAME],
                                anchors=[str(pebble.root)]), **options)
        board = Board(name, tmp_path / f"board{next(numbers)}", **options)
        made.append(board)
        return board
    yield make
    for board in made:
        board.stop()


@pytest.fixture(scope="session")
def small_build():
    """A build folder with a TLS buffer of 4 KiB (and what a record has around it)."""
    out = BUILD / "small"
    subprocess.run(["make", "-s", "-f", "tools/make/boards.mk", "BOARD=mps2-an385", f"O={out}", f"BEAR={BUILD}/boards",
                    "KNOBS=-DWAFER_TLS_BUFFER=4421"], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    return out


@pytest.fixture
def page(tmp_path, pebble):
    """page(board, pebble): the HTTPS page, fetched with curl against Pebble's root."""
    def fetch(board, ca=pebble):
        root = tmp_path / "root.pem"
        root.write_bytes(ca.fetch("roots/0"))
        done = subprocess.run(["curl", "-sS", "--max-time", "60", "--retry", str(HANG), "--retry-max-time", str(HANG),
                               "--retry-connrefused", "--retry-all-errors", "--retry-delay", "1", "--cacert", str(root), "--resolve",
                               f"{NAME}:{board.https}:127.0.0.1", f"https://{NAME}:{board.https}/"],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr + board.log()
        return dict(line.rsplit(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    return fetch


@pytest.fixture(scope="session")
def name_server_shim(tmp_path_factory):
    """What gives QEMU's user network a name server at a port of ours: name_server.c."""
    path = tmp_path_factory.mktemp("shim") / "name_server.so"
    subprocess.run(["gcc", "-O", "-Wall", "-shared", "-fPIC", "-o", path, REPOSITORY / "tests/boards/name_server.c"], check=True)
    return path


@pytest.fixture
def udp_server():
    """udp_server(answer) -> its port on loopback; answer(query) gives the octets to send back, or None."""
    servers = []

    def serve(server, answer):
        while True:
            try:
                query, peer = server.recvfrom(512)
            except OSError:
                return
            reply = answer(query)
            if reply is not None:
                server.sendto(reply, peer)

    def start(answer):
        servers.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        servers[-1].bind(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(servers[-1], answer), daemon=True).start()
        return servers[-1].getsockname()[1]
    yield start
    for server in servers:
        server.close()


@pytest.fixture
def resolves(name_server_shim, udp_server):
    """resolves(board, records of dns.py) -> questions so far. Gives a board that has not started yet a name server; one
    without records (None) never answers."""
    def serve(board, records):
        asked = []

        def answer(query):
            asked.append(dns.question(query))
            return None if records is None else dns.answer(query, records.get(asked[-1]))
        board.env = dict(os.environ, LD_PRELOAD=str(name_server_shim), NAME_SERVER_PORT=str(udp_server(answer)))
        return asked
    return serve

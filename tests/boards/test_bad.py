"""What a device says and does when something is missing or wrong: it never spins."""

import os
import struct
import time

import pytest

from board import HOST, ISSUED, config
from conftest import BOARDS
from dns import A
from procs import free_port


def cpu_seconds(board):
    """CPU time of the QEMU that `timeout` has started."""
    children = open(f"/proc/{board.process.pid}/task/{board.process.pid}/children").read().split()
    fields = open(f"/proc/{children[0]}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def assert_sleeps(board, seconds=2):
    """Whoever spins takes all of the time that it gets; one that sleeps is seen to, sooner or later, however slow the
    machine is."""
    for _ in range(10):
        before, start = cpu_seconds(board), time.monotonic()
        time.sleep(seconds)
        if cpu_seconds(board) - before < (time.monotonic() - start) / 3:
            return
    raise AssertionError("it spins")


@pytest.mark.parametrize("name", BOARDS)
def test_no_entropy(name, pebble, new_board):
    log = pebble.since_now()
    board = new_board(name, pebble).start(seed=b"")
    board.wait("halted: no key is made without entropy: the random source gave no data")
    assert_sleeps(board)
    assert log.requests() == []


def test_no_network(pebble, new_board):
    """All at once, for they wait."""
    boards = [new_board(name, pebble, net="-nic none").start() for name in BOARDS]
    for board in boards:
        board.wait("no address by DHCP: is there a link and a DHCP server")
        board.wait("next try in 10 s")
    for board in boards:
        assert_sleeps(board)


@pytest.mark.parametrize("name", BOARDS)
def test_ca_away(name, pebble, new_board):
    board = new_board(name, pebble, directory=f"https://{HOST}:{free_port()}/dir").start()
    board.wait("failed: directory: no address of the host accepted the connection")
    board.wait("next try in [1-9]")
    assert_sleeps(board)


@pytest.mark.parametrize("records", [{}, None], ids=["unknown", "silence"])
def test_unknown_host(pebble, new_board, resolves, records):
    board = new_board("lm3s6965evb", pebble, directory="https://ca.invalid/dir")
    asked = resolves(board, records)
    board.start().wait("failed: directory: no name server gave an address of the host, https://ca.invalid/dir")
    board.wait("next try in")
    assert ("ca.invalid", A) in asked


def test_watchdog_is_fed(pebble, new_board, resolves):
    """In all waits: the third failure comes after more than the 60 s after which lm3s6965evb's would restart it."""
    board = new_board("lm3s6965evb", pebble, directory="https://ca.invalid/dir")
    resolves(board, None)
    failed = board.start().wait(r"\[(\d+) ms, \d+ busy\] failed: directory: no name server", count=3)
    assert int(failed[1]) > 60000
    assert board.log().count("wafer 0.") == 1


def test_wrong_root(pebble, files, new_board):
    board = new_board("mps2-an385", pebble, anchors=[str(files["rsa"].root)]).start()
    board.wait("failed: directory: the server's certificate chain ends at no trusted root")


def test_no_configuration(new_board):
    new_board("emcraft-sf2").start().wait("halted: the configuration page has no name")


@pytest.mark.parametrize("item", [struct.pack("<BBH", config.STORE_KEY, 0, 28) + bytes(28),
                                  struct.pack("<BBH", config.NAME, 0, 4000) + b"a.test"], ids=["short key", "breaks off"])
def test_bad_configuration(pebble, new_board, monkeypatch, item):
    """Nothing is written then: a device with half a key must not keep its secrets in the clear."""
    real = config.page
    monkeypatch.setattr(config, "page", lambda **options: real(**options)[:-4] + item)
    board = new_board("emcraft-sf2", pebble).start()
    board.wait("halted: the configuration page breaks off, or an item has a wrong length")
    assert board.flash.read_bytes().strip(b"\xff").strip(b"\0") == b""


@pytest.mark.parametrize("name", ["emcraft-sf2", "riscv-virt", "vexpress-a9"])
def test_foreign_flash(name, pebble, new_board):
    board = new_board(name, pebble)
    board.command()
    noise = os.urandom(4096)
    with open(board.flash, "r+b") as flash:
        flash.seek(0x100000 if name == "emcraft-sf2" else 0)
        flash.write(noise)
    board.start().wait("halted: store: the flash holds no store of this format and geometry")
    board.stop()
    assert noise in board.flash.read_bytes()[:0x200000]


def test_other_geometry(pebble, new_board):
    """The store of one board under the firmware of another: 64 KiB both, but other blocks and units."""
    board = new_board("lm3s6965evb", pebble).start()
    board.wait(ISSUED)
    board.stop()
    image = board.file.read_bytes()
    other = new_board("mps2-an385", pebble, file=str(board.file)).start()
    other.wait("halted: store: the flash holds no store of this format and geometry")
    assert board.file.read_bytes() == image


def test_flash_fails(pebble, new_board, tmp_path):
    board = new_board("mps2-an385", pebble, file=str(tmp_path / "no folder" / "file.bin")).start()
    board.wait("halted: store: the flash device failed")


def test_flash_too_small(pebble, new_board, tmp_path):
    small = tmp_path / "small.bin"
    small.write_bytes(b"\xff" * 4096)
    board = new_board("mps2-an385", pebble, file=str(small)).start()
    board.wait("halted: store: the flash device failed")
    assert small.stat().st_size == 4096

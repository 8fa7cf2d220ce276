"""The life of a device: first certificate, restart, page, renewal."""

import os
import re
import struct
import subprocess
import time

import pytest

from board import BUILD, FOUND, HOST, ISSUED, REPOSITORY
from conftest import BOARDS, WITH_PAGE
from dns import A


def worst_stack(name):
    """By the call graph; tools/measure/stack.py fails when the board's stack is smaller."""
    done = subprocess.run(["tools/measure/stack.py", str(BUILD / name)], cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return int(re.search(rf"^{name} stack (\d+) ", done.stdout, re.M)[1])


@pytest.mark.parametrize("name", BOARDS)
def test_issues_and_finds_it_again(name, pebble, new_board, page):
    log = pebble.since_now()
    board = new_board(name, pebble).start()
    issued = board.wait(ISSUED)
    assert "formatting" in board.log()
    assert 1024 < int(issued[3]) <= worst_stack(name), "deeper than the call graph's worst case: it misses a call"
    if name in WITH_PAGE:
        assert page(board)["valid until"] == issued[1]
    polls = ["POST authZ", "POST my-order"]  # as many as Pebble's speed asks for
    assert [kind for kind in log.kinds() if kind not in polls] == [
        "GET dir", "HEAD nonce-plz", "POST sign-me-up", "POST order-plz", "POST chalZ", "POST finalize-order", "POST certZ"]
    board.stop()

    log = pebble.since_now()
    board.start()
    assert board.wait(FOUND)[1] == issued[1]
    if name in WITH_PAGE:
        assert page(board)["valid until"] == issued[1]
    assert log.requests() == [] and "formatting" not in board.log()


@pytest.mark.parametrize("name", BOARDS)
def test_ten_in_a_row(name, pebble, new_board):
    log = pebble.since_now()
    board = new_board(name, pebble, renew=1).start()
    board.wait(ISSUED, count=10)
    assert log.new_accounts() == 1
    assert "failed" not in board.log()


@pytest.mark.parametrize("name", WITH_PAGE)
def test_renews_and_serves_the_new_one(name, pebble, new_board, page):
    """The page comes from the certificate that is current then. The time between two certificates follows the machine:
    a device that takes longer for one than it is good for never comes to serve."""
    begun = time.monotonic()
    board = new_board(name, pebble).start()
    first = board.wait(ISSUED)
    renew = 6 + 4 * round(time.monotonic() - begun)
    board.stop()
    board.start(renew=renew).wait(FOUND)
    for renewals in (0, 1):
        if renewals:
            board.wait(ISSUED)
        shown = page(board)["valid until"]
        issued = [first[1]] + [match[1] for match in re.finditer(ISSUED, board.log())]
        assert shown in issued[renewals:]
    assert int(shown) - int(first[1]) >= renew


@pytest.mark.parametrize("kind", ["rsa", "ec384"])
@pytest.mark.parametrize("name", BOARDS)
def test_chains_of_the_ca(name, kind, start_pebble, new_board):
    pebble = start_pebble(kind)
    new_board(name, pebble).start().wait(ISSUED)
    pebble.stop()


@pytest.mark.parametrize("name", BOARDS)
def test_bad_nonces(name, start_pebble, new_board):
    pebble = start_pebble(PEBBLE_WFE_NONCEREJECT="40")
    board = new_board(name, pebble, renew=1).start()
    board.wait(ISSUED, count=3)
    assert "did not take the nonce" in board.log()
    pebble.stop()


@pytest.mark.parametrize("name", BOARDS)
def test_lost_frames(name, pebble, new_board):
    """Pebble itself gives up a validation now and then: the device must come to its end all the same."""
    new_board(name, pebble, drop=10).start().wait(ISSUED)


def test_small_tls_buffer(start_pebble, small_build, new_board, page):
    """4 KiB do for a CA with small records, and the log says so where they do not."""
    pebble = start_pebble("rsa", PEBBLE_CHAIN_LENGTH="2")
    board = new_board("mps2-an385", pebble, build=small_build).start()
    board.wait(ISSUED)
    assert page(board, pebble)["stack size"]
    pebble.stop()

    pebble = start_pebble("rsa", PEBBLE_CHAIN_LENGTH="6")
    board = new_board("mps2-an385", pebble, build=small_build).start()
    board.wait("failed: certificate: .*a record of the server is larger than WAFER_TLS_BUFFER")
    board.wait("next try in")
    pebble.stop()


@pytest.mark.parametrize("name", ["lm3s6965evb", "vexpress-a9"])
def test_name_of_the_ca(name, start_pebble, new_board, resolves):
    pebble = start_pebble()
    board = new_board(name, pebble, directory=f"https://ca.test:{pebble.port}/dir")
    asked = resolves(board, {("ca.test", A): HOST})
    board.start().wait(ISSUED)
    assert ("ca.test", A) in asked
    pebble.stop()


def test_ntp(pebble, new_board, udp_server):
    """A device without a clock asks a time server, here one that lives in the year 2030."""
    then = 1893456000

    def answer(query):
        return (struct.pack("!BBbb3I8x", 0x24, 1, 0, 0, 0, 0, 0) + query[40:48] + bytes(8)
                + struct.pack("!II", then + 2208988800, 0))
    board = new_board("emcraft-sf2", pebble, ntp=HOST, ntp_port=udp_server(answer))
    board.start()
    assert int(board.wait(r"it is (\d+)")[1]) == then


@pytest.mark.parametrize("name", BOARDS)
def test_readme_has_the_line(name):
    """The README's QEMU line is what `make run` does."""
    line = subprocess.run(["make", "-s", "-f", "tools/make/boards.mk", f"BOARD={name}", "O=build", "qemu-line"], cwd=REPOSITORY,
                          check=True, capture_output=True, text=True).stdout.strip()
    text = (REPOSITORY / f"boards/{name}/README.md").read_text().replace("\\\n", " ")
    assert line in [" ".join(shown.split()) for shown in text.splitlines()]


def test_template_links(tmp_path):
    """What a porter copies compiles as it is, and its stack is large enough."""
    subprocess.run(["make", "-s", "-f", "tools/make/boards.mk", "BOARD=template", "board", "stack"], cwd=REPOSITORY, check=True,
                   env=dict(os.environ, O=str(BUILD)))

"""QEMU killed in the midst of an issuance, and started again."""

import concurrent.futures
import os
import random
import time

from board import FOUND, HANG, ISSUED
from procs import wait_for

RUNS, DEVICES = int(os.environ.get("KILL_RUNS", "100")), 4
BOARDS = ["vexpress-a9", "riscv-virt"]


def lines_of_issuance(board):
    return board.log().partition("directory: begins")[2].count("\n")


def lost_order(log):
    """Whether the power was cut between the request for an order and the moment when its URL was safe in the flash.
    The firmware says "request" before it sends anything, and "done" when the commit is through; in between, whatever
    the CA has placed is out of the device's reach."""
    return " order: request" in log and " order: done" not in log


def cut_power(name, pebble, new_board, runs, chance):
    """So many times: QEMU killed at a random moment of an issuance, and started again. Returns how many orders were
    resumed. A moment is so many lines of the log and a part of the time to the next: the same on a slow machine."""
    board = new_board(name, pebble).start()
    board.wait("directory: begins")
    start = time.monotonic()
    board.wait(ISSUED)
    lines = lines_of_issuance(board)
    each = (time.monotonic() - start) / lines
    resumed = 0
    for run in range(runs):
        board.stop()
        board.flash.unlink()
        ca, goal = pebble.since_now(), chance.randrange(lines)
        board.start().wait("directory: begins")
        wait_for(lambda: "issued:" in board.log() or lines_of_issuance(board) >= goal, "the moment of the cut", HANG)
        time.sleep(chance.uniform(0, 2 * each))
        board.stop()
        cut = board.log()
        board.start().wait(ISSUED + "|" + FOUND)
        resumed += "resumed" in board.log()
        where = (run, cut, board.log())
        assert ca.new_accounts() <= 1, where
        assert ca.new_orders() <= 1 + lost_order(cut) + ca.invalid_orders(), where
    board.stop()
    return resumed


def test_power_cuts(start_pebble, new_board):
    """After the restart there is a certificate, one account, no key lost. The order goes on, unless the device never
    learned its URL, or the CA has given it up: because it looked for the answer while the power was off, or because
    the device was too slow for it. Several devices at once, of each board whose flash is written
    at once: they wait most of the time."""
    seed = int(os.environ.get("KILL_SEED", time.time()))
    print("KILL_SEED", seed)
    pebbles = [start_pebble() for _ in range(DEVICES)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        series = [pool.submit(cut_power, BOARDS[number % len(BOARDS)], pebble, new_board, -(-RUNS // DEVICES), random.Random(seed + number))
                  for number, pebble in enumerate(pebbles)]
        assert sum(done.result() for done in series) > RUNS // 10

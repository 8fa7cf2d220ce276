"""Erase blocks that are half erased: by an erase that the power cut short, and by hands that are not ours."""

import random

import pytest

from board import FOUND, ISSUED
from image import CHAIN, COMMIT, GEOMETRY, Image

REFUSED = "halted: store: the flash holds no store of this format and geometry"
NOISE = random.Random(8555)
BOARDS = sorted(GEOMETRY)


@pytest.fixture(scope="module")
def used(pebble, tmp_path_factory):
    """used(name): what a board with two certificates, one after the other, has in the first block of its flash."""
    images = {}

    def make(name, new_board):
        if name not in images:
            board = new_board(name, pebble).start()
            board.wait(ISSUED)
            board.stop()
            board.start(renew=1).wait(ISSUED)
            board.stop()
            images[name] = Image(board)
            assert images[name].head() == 0 and len(images[name].expiries()) >= 2
        return images[name]
    return make


def blank(board):
    """The board's flash, erased."""
    board.command()
    image = Image(board)
    for number in range(image.geometry.count):
        image.put(number, b"")
    return image


def old_life(used, number, sequence):
    """A block that was full of records once, and is dead for a log that begins behind `sequence`."""
    block = used.move(0, number, sequence)
    return block + NOISE.randbytes(used.geometry.size - len(block))


def torn_erases(used, number, sequence):
    """What an erase that the power cut short may leave of such a block."""
    old, size = old_life(used, number, sequence), used.geometry.size
    rising = (int.from_bytes(old, "big") | NOISE.getrandbits(8 * size)).to_bytes(size, "big")
    return [b"\xff" * (size // 2) + old[size // 2:], old[:size // 2], rising,
            b"".join(b"\xff" * 64 if NOISE.random() < 0.5 else old[at:at + 64] for at in range(0, size, 64))]


@pytest.mark.parametrize("name", BOARDS)
def test_torn_erase_of_a_free_block(name, pebble, new_board, used):
    """The log stands in each block in turn, and every other block is half erased. At each start the end of the log is
    torn as well, so that the start itself must erase the next block and move on, once around the flash. The certificate
    stays."""
    model = used(name, new_board)
    log = pebble.since_now()
    count = model.geometry.count
    board = new_board(name, pebble)
    for begin in range(count):
        image = blank(board)
        image.put(begin, model.move(0, begin, 20))
        for other in range(1, count):
            number = (begin + other) % count
            torn = torn_erases(model, number, 7 + other)
            image.put(number, torn[(begin + other) % len(torn)])
        for step in range(count):
            image.tear()
            image.save()
            assert int(board.start().wait(FOUND)[1]) == model.expiries()[-1]
            assert "formatting" not in board.log()
            board.stop()
            image = Image(board)
            assert image.head() == (begin + step + 1) % count, "the start has not moved on"
    board.start(renew=1).wait(ISSUED)
    board.stop()
    assert "POST sign-me-up" not in log.kinds() and "POST certZ" in log.kinds()


@pytest.mark.parametrize("name", BOARDS)
def test_the_block_in_use(name, pebble, new_board, used):
    """No power cut does that. What is left of it counts: the last certificate that was committed before the cut, or
    none, and then there is a new one. It is never formatted while anything is left."""
    model = used(name, new_board)
    records = model.records(0)
    block = model.block(0)
    commits = [record.end for record in records if record.flags & COMMIT]
    middle = records[len(records) // 2]
    board = new_board(name, pebble)
    for cut in (model.first, records[3].offset + 8, middle.offset + 20, commits[-1] - 1, commits[-1]):
        for rest in (b"", NOISE.randbytes(len(block) - cut)):
            image = blank(board)
            image.put(0, block[:cut] + rest)
            left = image.expiries()
            image.save()
            line = board.start().wait(FOUND if left else ISSUED)
            assert not left or int(line[1]) == left[-1]
            assert "formatting" not in board.log()
            board.stop()


@pytest.mark.parametrize("name", BOARDS)
def test_nothing_left_that_can_be_read(name, pebble, new_board, used):
    """It says so and touches nothing: what is there may be somebody's."""
    model = used(name, new_board)
    log = pebble.since_now()
    size, count = model.geometry.size, model.geometry.count
    board = new_board(name, pebble)
    block = model.block(0)
    middle = model.records(0)[len(model.records(0)) // 2].offset
    old = NOISE.randbytes(size)
    cases = [{0: b"\xff" * model.first + block[model.first:]},  # the header alone is erased
             {0: b"\xff" * middle + block[middle:]},
             {number: b"\xff" * (size // 2) + old[size // 2:] for number in range(count)},
             {number: old for number in range(count // 2, count)},
             {count - 1: b"\xff" * (size - 1) + b"\0"}]
    for case in cases:
        image = blank(board)
        for number, data in case.items():
            image.put(number, data)
        image.save()
        before = board.flash.read_bytes()
        board.start().wait(REFUSED)
        assert "not formatted: erase it to begin anew" in board.log()
        board.stop()
        assert board.flash.read_bytes() == before
    assert log.requests() == []


@pytest.mark.parametrize("name", BOARDS)
def test_a_certificate_that_rotted(name, pebble, new_board):
    """One bit of the only chain: there is no certificate that could be served or fall due. The device gets a new one,
    although without the old one emcraft-sf2 does not know the time."""
    board = new_board(name, pebble).start()
    board.wait(ISSUED)
    board.stop()
    image = Image(board)
    chain = next(record for record in image.records(0) if record.kind == CHAIN)
    image.data[chain.offset + 16 + 100] ^= 1
    image.save()
    board.start().wait(ISSUED)

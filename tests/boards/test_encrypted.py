"""A key of the device encrypts the secrets of its store."""

import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from board import FOUND, ISSUED
from image import ACCOUNT, CHAIN, KEY, ORDER, SECRET, SEED, Image, fields

LOCKED = "the store is encrypted with a key that was not given"


def public(secret):
    key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def secrets_of(image, key=None):
    """All secrets in the head block, after a look that the last private key is the certificate's."""
    keys, chain = image.values(KEY, key), image.values(CHAIN)[-1]
    leaf = x509.load_der_x509_certificate(chain[:4 + int.from_bytes(chain[2:4], "big")])
    assert public(keys[-1]) == leaf.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    accounts = [dict(fields(value))[SECRET] for value in image.values(ACCOUNT, key)]
    orders = [dict(fields(value)).get(SECRET) for value in image.values(ORDER, key)]
    seeds = image.values(SEED, key)
    assert accounts and seeds and keys[-1] in orders
    return keys + accounts + seeds + [secret for secret in orders if secret]


def halts(board, text, **options):
    """It says why, and neither asks the CA nor touches the flash."""
    before = board.flash.read_bytes()
    board.start(**options).wait("halted: " + text)
    assert "formatting" not in board.log() and "begins" not in board.log()
    board.stop()
    assert board.flash.read_bytes() == before


@pytest.mark.parametrize("name", ["emcraft-sf2", "riscv-virt", "vexpress-a9"])
def test_secrets_do_not_stand_in_the_flash(name, pebble, new_board, page):
    key = os.urandom(32)
    board = new_board(name, pebble, store_key=key).start()
    issued = board.wait(ISSUED)
    assert "store: secrets are encrypted" in board.log()
    assert page(board)["valid until"] == issued[1]
    board.stop()
    flash = board.flash.read_bytes()
    for secret in secrets_of(Image(board), key) + [key]:
        for part in (secret, secret[:16], secret[16:], secret[::-1]):
            assert part not in flash

    log = pebble.since_now()
    halts(board, "store, with the key of this device: " + LOCKED, store_key=os.urandom(32))
    halts(board, "store: " + LOCKED, store_key=None)
    assert log.requests() == []
    board.start().wait(FOUND)
    assert page(board)["valid until"] == issued[1]
    board.stop()
    board.start(renew=1).wait(ISSUED)
    assert "account: request" not in board.log(), "it registers anew"


@pytest.mark.parametrize("name", ["emcraft-sf2", "riscv-virt", "vexpress-a9"])
def test_without_a_key_they_do(name, pebble, new_board):
    """And a key that comes later encrypts what is written from then on."""
    board = new_board(name, pebble).start()
    board.wait(ISSUED)
    board.stop()
    flash = board.flash.read_bytes()
    assert all(secret in flash for secret in secrets_of(Image(board)))

    key = os.urandom(32)
    board.start(store_key=key, renew=1).wait(ISSUED)
    board.stop()
    flash, image = board.flash.read_bytes(), Image(board)
    secrets_of(image, key)
    assert image.values(KEY, key)[-1] not in flash and image.values(SEED, key)[-1] not in flash
    halts(board, "store: " + LOCKED)


def test_a_firmware_without_encryption_refuses_a_key(pebble, new_board):
    board = new_board("lm3s6965evb", pebble, store_key=os.urandom(32)).start()
    board.wait("halted: store, with the key of this device: ")
    assert "begins" not in board.log()

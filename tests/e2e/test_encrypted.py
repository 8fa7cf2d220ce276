"""A store with an encrypted account, as a device writes it; the command has no key."""

import hashlib
import hmac
import struct
import zlib

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from client import FAILED

NAME = "a.test"
KEY = bytes(range(32))
ACCOUNT, LAST, COMMIT, ENCRYPTED = 1, 1, 4, 0x10


def record(block_sequence, offset, kind, flags, sequence, payload):
    """docs/store-format.md, Record; the padding is left out."""
    head = struct.pack("<BBBBIH", kind, 0, flags, len(payload), sequence, 0)
    crc = zlib.crc32(head, (0x9E3779B1 * block_sequence % 2**32) ^ offset)
    head += struct.pack("<H", crc & 0xFFFF)
    return head + struct.pack("<I", zlib.crc32(head[10:] + payload, crc)) + payload


def encrypted(kind, flags, sequence, plain):
    """The payload, as Encrypted records says."""
    about = struct.pack("<BBBBIH", kind, 0, flags, len(plain) + 28, sequence, 0)
    nonce = hmac.digest(KEY, about + plain, hashlib.sha256)[:12]
    return nonce + ChaCha20Poly1305(hmac.digest(KEY, b"wafer", hashlib.sha256)).encrypt(nonce, plain, about)


def field(tag, data):
    return struct.pack(">BH", tag, len(data)) + data


def add_account(image, directory):
    """To an empty store: nothing but the first block's header is there."""
    unit, block_sequence = struct.unpack_from("<H", image, 6)[0], struct.unpack_from("<I", image, 12)[0]
    step = max(unit, 16)
    at = -(-32 // step) * step
    assert set(image[at:]) == {0xFF}
    plain = field(1, directory.encode()) + field(3, bytes(31) + b"\1") + field(2, b"https://ca.test/account/1")
    flags = LAST | ENCRYPTED
    first = record(block_sequence, at, ACCOUNT, flags, 1, encrypted(ACCOUNT, flags, 1, plain))
    image[at:at + len(first)] = first
    at += -(-len(first) // step) * step
    last = record(block_sequence, at, 0, COMMIT, 1, b"")
    image[at:at + len(last)] = last


def test_without_the_key_there_is_no_second_account(ca, new_wafer):
    wafer = new_wafer(ca)
    wafer.run("store", "format")
    image = bytearray(wafer.store())
    add_account(image, ca.url)
    (wafer.state / "store").write_bytes(image)

    dump = wafer.run("store", "dump").out
    assert "account" in dump and "live, encrypted" in dump, dump
    assert any(line.get("encrypted") for line in wafer.run("store", "dump", "--json").json())
    check = wafer.run("store", "check")
    assert check.err == "" and "1 of them are encrypted" in check.out, check
    wafer.run("status")

    result = wafer.run("issue", NAME, status=None)
    assert result.status == FAILED and "encrypted" in result.error(), result
    assert ca.count("newAccount") == 0 and ca.accounts == {}, ca.requests
    assert wafer.store() == image, "the store was written"

"""Writes a store as whoever can write the file could: with right checksums (docs/store-format.md)."""

import struct
import zlib

BLOCK, FIRST, STEP = 4096, 32, 16


def records(block):
    """(offset, length of the payload) of each record of a block of the command's own geometry."""
    at = FIRST
    while at + 16 <= BLOCK and block[at:at + 16] != b"\xff" * 16:
        yield at, block[at + 3]
        at += (16 + block[at + 3] + STEP - 1) // STEP * STEP


def replace(store, old, new):
    """The store with `old` replaced in each payload by `new`, which is as long; says how often."""
    assert len(old) == len(new)
    store, count = bytearray(store), 0
    for start in range(0, len(store), BLOCK):
        block = store[start:start + BLOCK]
        if block[:4] != b"wafr":
            continue
        sequence, = struct.unpack_from("<I", block, 12)
        for at, length in records(block):
            payload = bytes(block[at + 16:at + 16 + length])
            if old in payload:
                count += 1
                payload = payload.replace(old, new)
                crc = zlib.crc32(bytes(block[at:at + 10]), (0x9e3779b1 * sequence & 0xffffffff) ^ at)
                crc = zlib.crc32(bytes(block[at + 10:at + 12]) + payload, crc)
                block[at + 12:at + 16 + length] = struct.pack("<I", crc) + payload
        store[start:start + BLOCK] = block
    return bytes(store), count

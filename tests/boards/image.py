"""Reads the store in a board's flash as docs/store-format.md has it, and writes blocks of one."""

import collections
import hashlib
import hmac
import struct
import zlib

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

ACCOUNT, ORDER, KEY, CHAIN, CERT, SEED = 1, 2, 3, 4, 5, 8
COMMIT, ENCRYPTED = 4, 0x10
NOT_AFTER, SECRET = 8, 3  # tags of fields

Geometry = collections.namedtuple("Geometry", "base size count unit")
GEOMETRY = {"emcraft-sf2": Geometry(0x100000, 0x10000, 4, 16), "riscv-virt": Geometry(0, 0x40000, 4, 4), "vexpress-a9": Geometry(0, 0x40000, 4, 4)}

Record = collections.namedtuple("Record", "offset end kind flags sequence part head payload")


def fields(data):
    found = []
    while data:
        tag, length = struct.unpack_from(">BH", data)
        found.append((tag, data[3:3 + length]))
        data = data[3 + length:]
    return found


class Image:
    """The region of a board's flash file."""

    def __init__(self, board):
        self.board, self.geometry = board, GEOMETRY[board.name]
        self.step = max(self.geometry.unit, 16)
        self.first = -(-32 // self.step) * self.step
        with open(board.flash, "rb") as file:
            file.seek(self.geometry.base)
            self.data = bytearray(file.read(self.geometry.size * self.geometry.count))

    def save(self):
        with open(self.board.flash, "r+b") as file:
            file.seek(self.geometry.base)
            file.write(self.data)

    def block(self, number):
        return self.data[number * self.geometry.size:(number + 1) * self.geometry.size]

    def put(self, number, data):
        """Octets of a block from its beginning; the rest is erased."""
        at, size = number * self.geometry.size, self.geometry.size
        self.data[at:at + size] = bytes(data) + b"\xff" * (size - len(data))

    def sequence(self, number):
        """The block's place in the log, or None."""
        head = bytes(self.block(number)[:32])
        right = head[:4] == b"wafr" and zlib.crc32(head[:28], number) == struct.unpack_from("<I", head, 28)[0]
        return struct.unpack_from("<I", head, 12)[0] if right else None

    def head(self):
        return max((self.sequence(number) or 0, number) for number in range(self.geometry.count))[1]

    def records(self, number):
        """All intact records from the beginning to what is none."""
        block, seed, at, found = self.block(number), 0x9E3779B1 * self.sequence(number) % 2**32, self.first, []
        while at + 16 <= len(block):
            raw = bytes(block[at:at + 16])
            kind, _, flags, length, sequence, part, check, crc = struct.unpack("<BBBBIHHI", raw)
            payload = bytes(block[at + 16:at + 16 + length])
            c = zlib.crc32(raw[:10], seed ^ at)
            if c & 0xFFFF != check or zlib.crc32(raw[10:12] + payload, c) != crc:
                break
            end = at + -(-(16 + length) // self.step) * self.step
            found.append(Record(at, end, kind, flags, sequence, part, raw[:10], payload))
            at = end
        return found

    def tear(self):
        """An octet behind the last record, as of a record that the power cut short."""
        number = self.head()
        at = max([self.first] + [record.end for record in self.records(number)])
        assert self.block(number)[at] == 0xFF
        self.data[number * self.geometry.size + at] = 0

    def values(self, kind, key=None):
        """The committed values of a kind in the head block, oldest first; `key` decrypts them."""
        records, values = self.records(self.head()), collections.defaultdict(bytes)
        committed = {record.sequence for record in records if record.flags & COMMIT}
        for record in records:
            if record.kind == kind and record.sequence in committed:
                values[record.sequence] += decrypt(record, key) if record.flags & ENCRYPTED else record.payload
        return list(values.values())

    def expiries(self):
        """Until when the certificates are valid, oldest first."""
        return [int.from_bytes(dict(fields(value))[NOT_AFTER], "big") for value in self.values(CERT)]

    def move(self, source, number, sequence):
        """A block's octets as they would stand in another block, `sequence` in the log, where all before is dead."""
        block, records = self.block(source), self.records(source)
        head = bytes(block[:12]) + struct.pack("<II", sequence, sequence - 1) + bytes(block[20:28])
        out = bytearray(b"\xff" * self.first)
        out[:32] = head + struct.pack("<I", zlib.crc32(head, number))
        for record in records:
            c = zlib.crc32(record.head, 0x9E3779B1 * sequence % 2**32 ^ record.offset)
            check = struct.pack("<H", c & 0xFFFF)
            raw = record.head + check + struct.pack("<I", zlib.crc32(check + record.payload, c)) + record.payload
            out += raw + b"\xff" * (record.end - record.offset - len(raw))
        return bytes(out)


def decrypt(record, key):
    nonce, about = record.payload[:12], record.head[:2] + bytes([record.head[2] & ~8]) + record.head[3:]
    return ChaCha20Poly1305(hmac.digest(key, b"wafer", hashlib.sha256)).decrypt(nonce, record.payload[12:], about)

"""As much of DNS as a test's name server needs. Names are known by a dict: (name, type) to an address."""

import ipaddress
import struct

A, AAAA = 1, 28


def question(query):
    """(name, type)"""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels), struct.unpack_from("!H", query, at + 1)[0]


def answer(query, address):
    """The answer to a query; without an address it has none."""
    end = query.index(b"\0", 12) + 5
    found = ipaddress.ip_address(address).packed if address else b""
    record = b"\xc0\x0c" + query[end - 4:end] + struct.pack("!IH", 60, len(found)) + found if found else b""
    return query[:2] + struct.pack("!5H", 0x8180, 1, bool(found), 0, 0) + query[12:end] + record

#!/usr/bin/env python3
"""Makes the configuration page of a device (boards/common/config.h), and a seed.

    config.py -o config.bin --directory https://10.0.2.2:14000/dir --name device.example --anchor root.pem
    config.py --seed seed.bin
"""
import argparse
import base64
import os
import re
import struct
import sys

DIRECTORY, NAME, CONTACT, ANCHOR, NTP, NTP_PORT, ADDRESS, FILE, DROP, RENEW, STORE_KEY = range(1, 12)
LIMIT = 3072
CURVES = {"2a8648ce3d030107": 23, "2b81040022": 24, "2b81040023": 25}
RSA_OID, EC_OID = "2a864886f70d010101", "2a8648ce3d0201"


def der_items(data):
    """The elements of a DER sequence's content: (tag, content, whole)."""
    at = 0
    while at < len(data):
        start, tag, length = at, data[at], data[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at:at + count], "big")
            at += count
        yield tag, data[at:at + length], data[start:at + length]
        at += length


def anchor(der):
    """A trust anchor item: subject and public key of a certificate."""
    certificate = next(der_items(der))[1]
    fields = list(der_items(next(der_items(certificate))[1]))
    if fields[0][0] == 0xA0:
        fields = fields[1:]
    subject, spki = fields[4][2], fields[5][1]
    algorithm, bits = (content for _, content, _ in der_items(spki))
    oids = [content.hex() for tag, content, _ in der_items(algorithm) if tag == 6]
    key = bits[1:]
    if oids[0] == EC_OID and oids[1] in CURVES:
        kind, curve, a, b = 2, CURVES[oids[1]], key, b""
    elif oids[0] == RSA_OID:
        a, b = (content.lstrip(b"\0") for _, content, _ in der_items(next(der_items(key))[1]))
        kind, curve = 1, 0
    else:
        sys.exit("config.py: this key type cannot be a trust anchor: " + " ".join(oids))
    return struct.pack("<BBHHH", kind, curve, len(subject), len(a), len(b)) + subject + a + b


def pem_blocks(path):
    text = open(path, encoding="ascii", errors="replace").read()
    blocks = re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END", text, re.S)
    if not blocks:
        sys.exit(f"config.py: no certificate in {path}")
    return [base64.b64decode(block) for block in blocks]


def page(directory=None, names=(), contacts=(), anchors=(), ntp=None, ntp_port=None, address=None,
         file=None, drop=None, renew=None, store_key=None):
    """The page's octets; `anchors` are PEM files, `store_key` is 32 octets."""
    items = []

    def text(kind, value):
        items.append((kind, value.encode() + b"\0"))

    if directory:
        text(DIRECTORY, directory)
    for name in names:
        text(NAME, name)
    for contact in contacts:
        text(CONTACT, contact)
    for path in anchors:
        items.extend((ANCHOR, anchor(der)) for der in pem_blocks(path))
    if ntp:
        text(NTP, ntp)
    if address:
        octets = bytes.fromhex(address.replace(":", ""))
        if len(octets) != 6:
            sys.exit(f"config.py: {address} is no Ethernet address: that has 6 octets, as in 02:00:00:12:34:56")
        items.append((ADDRESS, octets))
    if file:
        text(FILE, file)
    if store_key is not None:
        if len(store_key) != 32:
            sys.exit(f"config.py: the store's key has {len(store_key)} octets, not 32")
        items.append((STORE_KEY, store_key))
    for kind, number in ((NTP_PORT, ntp_port), (DROP, drop), (RENEW, renew)):
        if number is not None:
            items.append((kind, struct.pack("<I", number)))
    out = b"wfr1"
    for kind, data in items:
        out += struct.pack("<BBH", kind, 0, len(data)) + data + bytes(-len(data) % 4)
    out += b"\xff" * 4
    if len(out) > LIMIT:
        sys.exit(f"config.py: {len(out)} octets are more than the page's {LIMIT}")
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", metavar="FILE", help="write the page here")
    parser.add_argument("--seed", metavar="FILE", help="write 48 random octets here")
    parser.add_argument("--directory", metavar="URL", help="the CA's directory")
    parser.add_argument("--name", dest="names", action="append", default=[], help="a name of the certificate (repeatable)")
    parser.add_argument("--contact", dest="contacts", action="append", default=[], metavar="URL", help="mailto:... (repeatable)")
    parser.add_argument("--anchor", dest="anchors", action="append", default=[], metavar="PEM", help="trust anchors of the CA's HTTPS server")
    parser.add_argument("--ntp", metavar="HOST", help="NTP server")
    parser.add_argument("--ntp-port", type=int, metavar="PORT")
    parser.add_argument("--address", metavar="MAC", help="Ethernet address")
    parser.add_argument("--file", help="file of the host that stands for the flash (QEMU boards without one)")
    parser.add_argument("--drop", type=int, metavar="N", help="drop one frame in N (tests)")
    parser.add_argument("--renew", type=int, metavar="SECONDS", help="renew so long after the issuance (tests)")
    parser.add_argument("--store-key", type=argparse.FileType("rb"), metavar="FILE",
                        help="32 random octets: encrypts the secrets of the store")
    options = vars(parser.parse_args())
    if options["store_key"]:
        options["store_key"] = options["store_key"].read()
    output, seed = options.pop("output"), options.pop("seed")
    if seed:
        with open(seed, "wb") as out:
            out.write(os.urandom(48))
    if output:
        with open(output, "wb") as out:
            out.write(page(**options))


if __name__ == "__main__":
    main()

"""The CA issues something else than was ordered: it never becomes current."""

import pytest

import pki
from client import FAILED

NAMES = ["a.test", "b.test"]


def chain(*certs):
    return b"".join(pki.cert_pem(cert) for cert in certs)


def sound(ca, csr, **changes):
    options = dict(names=NAMES, key=csr.public_key())
    options.update(changes)
    validity = {k: v for k, v in options.items() if k.startswith("not_")}
    return ca.issuing_ca.issue(options["key"], options["names"], **validity)


def days(count):
    return pki.now() + pki.days(count)


CHAINS = {
    "other_key": lambda ca, csr: chain(sound(ca, csr, key=pki.new_key().public_key()), ca.issuing_ca.cert),
    "rsa_key": lambda ca, csr: chain(sound(ca, csr, key=pki.new_key("rsa").public_key()), ca.issuing_ca.cert),
    "other_name": lambda ca, csr: chain(sound(ca, csr, names=["a.test", "evil.test"]), ca.issuing_ca.cert),
    "missing_name": lambda ca, csr: chain(sound(ca, csr, names=["a.test"]), ca.issuing_ca.cert),
    "wildcard": lambda ca, csr: chain(sound(ca, csr, names=["*.test", "b.test"]), ca.issuing_ca.cert),
    "no_names": lambda ca, csr: chain(sound(ca, csr, names=[]), ca.issuing_ca.cert),
    "expired": lambda ca, csr: chain(sound(ca, csr, not_before=days(-90), not_after=days(-1)), ca.issuing_ca.cert),
    "from_the_future": lambda ca, csr: chain(sound(ca, csr, not_before=days(5)), ca.issuing_ca.cert),
    "garbage_pem": lambda ca, csr: b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
    "garbage_der": lambda ca, csr: b"-----BEGIN CERTIFICATE-----\nAAECAwQFBgcICQ==\n-----END CERTIFICATE-----\n",
    "no_pem": lambda ca, csr: b"certificate is in the mail\n",
    "empty": lambda ca, csr: b"",
    "private_key": lambda ca, csr: pki.key_pem(pki.new_key()),
    "truncated": lambda ca, csr: chain(sound(ca, csr), ca.issuing_ca.cert)[:-200],
    "leaf_truncated": lambda ca, csr: chain(sound(ca, csr))[:-60],
    "does_not_link": lambda ca, csr: chain(sound(ca, csr), pki.Authority("Stranger").cert),
    "leaf_last": lambda ca, csr: chain(ca.issuing_ca.cert, sound(ca, csr)),
    "leaf_twice": lambda ca, csr: chain(*[sound(ca, csr)] * 2, ca.issuing_ca.cert),
    "twenty_certificates": lambda ca, csr: long_chain(csr, 19),
    "huge_certificate": lambda ca, csr: chain(sound(ca, csr, names=NAMES + [f"n{i}.test" for i in range(8000)])),
    "large_pem": lambda ca, csr: b"#" * 200000 + chain(ca.issuing_ca.cert),
}


def long_chain(csr, count):
    """A leaf and `count` CA certificates that really link."""
    line = [pki.Authority("Long root")]
    for number in range(count - 1):
        line.append(pki.Authority(f"Long {number}", parent=line[-1]))
    return chain(line[-1].issue(csr.public_key(), NAMES), *(authority.cert for authority in reversed(line)))


def test_proper_chain_is_taken(ca, new_wafer):
    ca.make_chain = lambda csr, names: chain(sound(ca, csr), ca.issuing_ca.cert)
    new_wafer(ca).issue(*NAMES)


@pytest.mark.parametrize("pem", [
    lambda ca, csr: chain(sound(ca, csr), ca.issuing_ca.cert).replace(b"\n", b"\r\n"),
    lambda ca, csr: b"issuer: us\nsubject: you\n\n" + chain(sound(ca, csr)) + b"\n\n# and\n" + chain(ca.issuing_ca.cert),
    lambda ca, csr: chain(sound(ca, csr), ca.issuing_ca.cert).rstrip(b"\n"),
    lambda ca, csr: chain(sound(ca, csr), ca.issuing_ca.cert, ca.root_ca.cert),
], ids=["crlf", "text_between", "no_last_newline", "with_root"])
def test_unusual_but_right(ca, new_wafer, pem):
    ca.make_chain = lambda csr, names: pem(ca, csr)
    wafer = new_wafer(ca)
    wafer.issue(*NAMES)
    wafer.live("a.test")


@pytest.mark.parametrize("name", CHAINS)
def test_wrong_chain(ca, new_wafer, name):
    wafer = new_wafer(ca)
    wafer.issue(*NAMES)
    before = wafer.live("a.test")
    ca.make_chain = lambda csr, names: CHAINS[name](ca, csr)
    result = wafer.run("renew", "--force", status=FAILED)
    assert "certificate" in result.error()
    after = wafer.live("a.test")
    assert (after.fullchain_pem, after.key_pem) == (before.fullchain_pem, before.key_pem)
    wafer.check_store()
    ca.ordinary()
    wafer.run("renew", "--force")
    assert wafer.live("a.test").cert.serial_number != before.cert.serial_number


"""What the CA issues: a leaf that is sound is kept, whatever else the CA sends along, and one whose
signature is not its issuer's is not."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

import pki
from client import FAILED

NAMES = ["a.test", "b.test"]
UNVERIFIED = "signature could not be verified"


def name(text, kind=None):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, _type=kind)])


def certificate(key, subject, signer, issuer, names=(), sign_hash=hashes.SHA256(), not_before=None):
    """Any certificate: what pki.Authority does not make."""
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
               .serial_number(x509.random_serial_number())
               .not_valid_before(not_before or pki.now() - pki.days(1)).not_valid_after(pki.now() + pki.days(90))
               .add_extension(x509.BasicConstraints(not names, None), critical=True))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
    return builder.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else sign_hash)


def pem(*certs):
    return b"".join(pki.cert_pem(cert) for cert in certs)


def issued_by(csr, key, sign_hash=hashes.SHA256(), subject=name("Odd issuing"), seen=None, names=(), **intermediate):
    """A leaf, and its issuer's certificate that `seen` (else the leaf) calls by its name."""
    root = ec.generate_private_key(ec.SECP256R1())
    leaf = certificate(csr.public_key(), name("leaf"), key, seen or subject, names or NAMES, sign_hash)
    return [leaf, certificate(key.public_key(), subject, root, name("Odd root"), **intermediate)]


def ec_key(curve=ec.SECP256R1):
    return ec.generate_private_key(curve())


def rsa_key(bits=2048):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def with_second_issuer(csr):
    key = ec_key()
    leaf, issuer = issued_by(csr, key)
    other = certificate(key.public_key(), name("Odd issuing"), ec_key(), name("Older root"))
    return pem(leaf, issuer, other)


KEPT = {
    "an additional name": lambda csr: pem(*issued_by(csr, ec_key(), names=NAMES + ["www.a.test"])),
    "names in another order": lambda csr: pem(*issued_by(csr, ec_key(), names=NAMES[::-1])),
    "a second certificate of the issuer": with_second_issuer,
    "an unrelated certificate behind": lambda csr: pem(*issued_by(csr, ec_key()), pki.Authority("Stranger").cert),
    "issuer's name as another string type": lambda csr: pem(*issued_by(
        csr, ec_key(), seen=name("Odd issuing", _ASN1Type.PrintableString))),
    "issuer's name in another case": lambda csr: pem(*issued_by(csr, ec_key(), seen=name("ODD Issuing"))),
    "an intermediate of 1950": lambda csr: pem(*issued_by(csr, ec_key(), not_before=datetime.datetime(1950, 1, 1))),
    "an intermediate of 1969": lambda csr: pem(*issued_by(csr, ec_key(), not_before=datetime.datetime(1969, 12, 31))),
    "P-384 and SHA-384": lambda csr: pem(*issued_by(csr, ec_key(ec.SECP384R1), hashes.SHA384())),
    "P-256 and SHA-512": lambda csr: pem(*issued_by(csr, ec_key(), hashes.SHA512())),
    "RSA and SHA-256": lambda csr: pem(*issued_by(csr, rsa_key())),
    "RSA-4096 and SHA-512": lambda csr: pem(*issued_by(csr, rsa_key(4096), hashes.SHA512())),
}


@pytest.mark.parametrize("case", KEPT)
def test_sound_leaf_is_kept(ca, new_wafer, case):
    ca.make_chain = lambda csr, names: KEPT[case](csr)
    wafer = new_wafer(ca)
    result = wafer.issue(*NAMES)
    assert UNVERIFIED not in result.err
    assert set(wafer.live("a.test").names) >= set(NAMES)
    assert not ca.violations


UNKNOWN = {
    "the leaf alone": lambda csr: pem(issued_by(csr, ec_key())[0]),
    "the leaf alone, signed by RSA": lambda csr: pem(issued_by(csr, rsa_key())[0]),
    "Ed25519": lambda csr: pem(*issued_by(csr, ed25519.Ed25519PrivateKey.generate())),
    "P-521": lambda csr: pem(*issued_by(csr, ec_key(ec.SECP521R1), hashes.SHA512())),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_unverified_leaf_is_kept_with_a_warning(ca, new_wafer, case):
    ca.make_chain = lambda csr, names: UNKNOWN[case](csr)
    wafer = new_wafer(ca)
    assert UNVERIFIED in wafer.issue(*NAMES).err
    wafer.live("a.test")


def broken(cert):
    """The certificate with another last octet of its signature."""
    der = cert.public_bytes(serialization.Encoding.DER)
    return x509.load_der_x509_certificate(der[:-1] + bytes([der[-1] ^ 1]))


def by_somebody_else(csr, key):
    leaf, issuer = issued_by(csr, key)
    forged = certificate(csr.public_key(), name("leaf"), type_of_key(key), issuer.subject, NAMES)
    return [forged, issuer]


def type_of_key(key):
    return rsa_key() if isinstance(key, rsa.RSAPrivateKey) else ec_key()


def with_broken_leaf(csr, key):
    leaf, issuer = issued_by(csr, key)
    return [broken(leaf), issuer]


REFUSED = {
    "a broken ECDSA signature": lambda csr: with_broken_leaf(csr, ec_key()),
    "a broken RSA signature": lambda csr: with_broken_leaf(csr, rsa_key()),
    "signed by another key of the same name": lambda csr: by_somebody_else(csr, ec_key()),
    "signed by another RSA key": lambda csr: by_somebody_else(csr, rsa_key()),
    "signed by a key of another kind": lambda csr: [issued_by(csr, rsa_key())[0], issued_by(csr, ec_key())[1]],
    "an unrelated certificate behind the leaf": lambda csr: [issued_by(csr, ec_key())[0], pki.Authority("Stranger").cert],
}


@pytest.mark.parametrize("case", REFUSED)
def test_broken_signature_is_refused(ca, new_wafer, case):
    ca.make_chain = lambda csr, names: pem(*REFUSED[case](csr))
    wafer = new_wafer(ca)
    error = wafer.issue(*NAMES, status=FAILED).error()
    assert "the next certificate's key has not signed it" in error
    ca.ordinary()
    wafer.issue("--force", *NAMES)


def test_root_is_dropped(ca, new_wafer):
    ca.make_chain = lambda csr, names: ca.proper_chain(csr, names) + pem(ca.root_ca.cert)
    wafer = new_wafer(ca)
    wafer.issue(*NAMES)
    assert [c.subject for c in wafer.live("a.test").chain] == [ca.issuing_ca.cert.subject]


def test_root_as_issuer_is_dropped(ca, new_wafer):
    ca.make_chain = lambda csr, names: pem(ca.root_ca.issue(csr.public_key(), names), ca.root_ca.cert)
    wafer = new_wafer(ca)
    assert UNVERIFIED not in wafer.issue(*NAMES).err
    assert wafer.live("a.test").chain == []


def test_self_issued_is_no_root(ca, new_wafer):
    """A CA that rolls its key over signs the new one with the old, under one name (RFC 5280 3.2)."""
    key, subject = ec_key(), name("Rolling")
    rolled = certificate(key.public_key(), subject, ec_key(), subject)
    ca.make_chain = lambda csr, names: pem(certificate(csr.public_key(), name("leaf"), key, subject, NAMES), rolled)
    wafer = new_wafer(ca)
    wafer.issue(*NAMES)
    assert len(wafer.live("a.test").chain) == 1


# ---- alternates

def with_alternates(ca, link, make_chain=None):
    """The certificate's answer has the links that `link(number of the request)` names."""
    plain = ca.make_chain

    def certificate_answer(request, proceed):
        answer = proceed()
        if "?alternate" in request.path and make_chain:
            answer.body = make_chain(answer.body)
        answer.headers["Link"] = [f'<{target}>;rel="alternate"' for target in link(ca.count("certificate"))]
        return answer

    ca.make_chain = plain
    ca.always("certificate", certificate_answer)


def used(wafer):
    """Octets of the store that are programmed."""
    return sum(octet != 0xFF for octet in wafer.store())


def test_endless_alternates(ca, new_wafer):
    plain = new_wafer(ca)
    plain.issue(*NAMES)
    with_alternates(ca, lambda n: [f"{ca.origin}/acme:v2/certificate/{len(ca.orders) - 1}?alternate={n}x{i}"
                                   for i in range(40)])
    before = ca.count("certificate")
    wafer = new_wafer(ca, "--preferred-chain", "Nobody")
    result = wafer.issue(*NAMES)
    assert "does not offer the preferred chain" in result.err
    assert ca.count("certificate") - before <= 12
    assert used(wafer) < 1.1 * used(plain), "chains that were only looked at are not written"


def test_worthless_alternate_does_not_hurt(ca, new_wafer):
    with_alternates(ca, lambda n: [f"{ca.origin}/acme:v2/certificate/0?alternate={i}" for i in range(3)],
                    lambda body: b"<html>no such chain</html>")
    wafer = new_wafer(ca, "--preferred-chain", "Nobody")
    assert "does not offer the preferred chain" in wafer.issue(*NAMES).err
    wafer.live("a.test")


def test_alternate_on_no_url(ca, new_wafer):
    with_alternates(ca, lambda n: ["http://plain.test/alternate", "ftp://x"])
    wafer = new_wafer(ca, "--preferred-chain", "Nobody")
    wafer.issue(*NAMES)
    wafer.live("a.test")

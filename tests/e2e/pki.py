"""Certificates for the test servers, made afresh in a temporary folder.

A `Authority` is a CA with its key. It signs the HTTPS certificates of Pebble, the
proxy and the fake CA, and the certificates that the fake CA issues to wafer.
"""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def new_key(kind="ec"):
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    curve = {"ec": ec.SECP256R1(), "ec384": ec.SECP384R1()}[kind]
    return ec.generate_private_key(curve)


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def cert_pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM)


def common_name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def now():
    return datetime.datetime.utcnow().replace(microsecond=0)


def days(count):
    return datetime.timedelta(days=count)


class Authority:
    """A CA: self-signed, or signed by `parent`."""

    def __init__(self, name, kind="ec", parent=None, not_after=None):
        self.key = new_key(kind)
        self.parent = parent
        signer, issuer = (parent.key, parent.cert.subject) if parent else (self.key, common_name(name))
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = (x509.CertificateBuilder().subject_name(common_name(name)).issuer_name(issuer)
                   .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now() - days(400)).not_valid_after(not_after or now() + days(3650))
                   .add_extension(x509.BasicConstraints(True, None), critical=True)
                   .add_extension(usage, critical=True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), False))
        if parent:
            builder = builder.add_extension(self._akid(parent), False)
        self.cert = builder.sign(signer, hashes.SHA256())

    @staticmethod
    def _akid(parent):
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(parent.key.public_key())

    def issue(self, public_key, names, not_before=None, not_after=None):
        """An end-entity certificate over `public_key` for `names`, in their order."""
        return (x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(self.cert.subject)
                .public_key(public_key).serial_number(x509.random_serial_number())
                .not_valid_before(not_before or now() - days(1))
                .not_valid_after(not_after or now() + days(90))
                .add_extension(x509.BasicConstraints(False, None), critical=True)
                .add_extension(x509.SubjectAlternativeName([general_name(n) for n in names]), critical=not names)
                .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
                .add_extension(self._akid(self), False)
                .sign(self.key, hashes.SHA256()))

    def chain(self):
        """This CA's certificate and its parents' below the root."""
        return [self.cert] + self.parent.chain() if self.parent else []


class ServerFiles:
    """Files of one HTTPS server: `cert` (with the chain), `key`, and `root` to trust. `validity`: not_before and
    not_after of the server's certificate."""

    def __init__(self, folder, label, names=LOOPBACK, kind="ec", trusted=True, **validity):
        root = Authority(f"Test root {label}", kind)
        above = max(now() + days(3650), validity.get("not_after") or now())
        issuing = Authority(f"Test issuing {label}", kind, root, above)
        key = new_key(kind)
        leaf = issuing.issue(key.public_key(), names, **validity)
        shown = root if trusted else Authority("Some other root", kind)
        self.cert, self.key, self.root = (folder / f"{label}-{n}.pem" for n in ("cert", "key", "root"))
        self.cert.write_bytes(b"".join(cert_pem(c) for c in [leaf] + issuing.chain()))
        self.key.write_bytes(key_pem(key))
        self.root.write_bytes(cert_pem(shown.cert))

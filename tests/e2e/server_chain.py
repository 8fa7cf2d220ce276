"""Chains of certificates for the HTTPS server of a CA, sound and otherwise.

    root = authority("Root")                  self-signed
    inter = authority("Inter", root)          signed by root
    leaf = server(inter)                      for localhost, 127.0.0.1 and ::1
    files = ServerChain(folder, leaf, inter, root=root)

`files` is what the fake CA takes as its `files`.
"""

import dataclasses
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

import pki

HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}


@dataclasses.dataclass
class Issued:
    cert: x509.Certificate
    key: object


def new_key(kind):
    """p256, p384, p521, or the bits of an RSA key."""
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind])
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind))


def usage(*oids):
    return x509.ExtendedKeyUsage(list(oids))


CLIENT_ONLY = usage(ExtendedKeyUsageOID.CLIENT_AUTH)
ANY = usage(x509.ObjectIdentifier("2.5.29.37.0"))
BOTH = usage(ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)


def constraints(permitted=(), excluded=()):
    """Name constraints; a string is a dNSName, or a network."""
    def name(text):
        try:
            return x509.IPAddress(pki.ipaddress.ip_network(text))
        except ValueError:
            return x509.DNSName(text)
    return x509.NameConstraints([name(n) for n in permitted] or None, [name(n) for n in excluded] or None)


def issue(subject, issuer, key, extensions, digest="sha256", begins=-400, ends=3650):
    """`extensions`: pairs of extension and criticality; `begins`, `ends`: days from now. A public
    key is good for show: nothing can be signed with it."""
    own = new_key(key) if isinstance(key, str) else key
    public = own if isinstance(own, rsa.RSAPublicKey) else own.public_key()
    builder = (x509.CertificateBuilder().subject_name(subject)
               .issuer_name(issuer.cert.subject if issuer else subject)
               .public_key(public).serial_number(x509.random_serial_number())
               .not_valid_before(pki.now() + pki.days(begins)).not_valid_after(pki.now() + pki.days(ends)))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Issued(builder.sign(issuer.key if issuer else own, HASHES[digest]), own)


def authority(name, issuer=None, key="p256", path_length=None, more=(), ca=True, **options):
    """A CA's certificate; `more`: further extensions."""
    basic = x509.BasicConstraints(ca, path_length if ca else None)
    return issue(pki.common_name(name), issuer, key, [(basic, True), *more], **options)


def server(issuer, names=pki.LOOPBACK, key="p256", more=(), name="server", begins=-1, ends=90, **options):
    """A server's certificate."""
    alternative = x509.SubjectAlternativeName([pki.general_name(n) for n in names])
    return issue(pki.common_name(name), issuer, key, [(alternative, False), *more], begins=begins, ends=ends, **options)


def version_1_root(folder, name, key="p256"):
    """Self-signed, without extensions, and so without a version."""
    own = new_key(key)
    key_file, request, cert = folder / "v1.key", folder / "v1.csr", folder / "v1.pem"
    key_file.write_bytes(pki.key_pem(own))
    openssl("req", "-new", "-key", key_file, "-subj", f"/CN={name}", "-out", request)
    openssl("x509", "-req", "-in", request, "-signkey", key_file, "-days", "3650", "-out", cert)
    issued = Issued(x509.load_pem_x509_certificate(cert.read_bytes()), own)
    assert issued.cert.version == x509.Version.v1
    return issued


def version_1(folder, name, issuer):
    """The same, but signed by another."""
    own = new_key("p256")
    names = "ca.key", "ca.pem", "v1.key", "v1.csr", "v1.pem"
    ca_key, ca, key_file, request, cert = (folder / f"issued-{n}" for n in names)
    ca_key.write_bytes(pki.key_pem(issuer.key))
    ca.write_bytes(pki.cert_pem(issuer.cert))
    key_file.write_bytes(pki.key_pem(own))
    openssl("req", "-new", "-key", key_file, "-subj", f"/CN={name}", "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-set_serial", "7", "-days", "3650", "-out", cert)
    issued = Issued(x509.load_pem_x509_certificate(cert.read_bytes()), own)
    assert issued.cert.version == x509.Version.v1
    return issued


def openssl(*argv):
    subprocess.run(["openssl", *map(str, argv)], check=True, capture_output=True)


class ServerChain:
    """Files of a server that shows `shown`, the first with its key; `root` is the one to trust."""

    ciphers = "DEFAULT:@SECLEVEL=0"  # the test server shows what an administrator would be warned of

    def __init__(self, folder, *shown, root):
        self.cert, self.key, self.root = (folder / f"chain-{n}.pem" for n in ("cert", "key", "root"))
        self.cert.write_bytes(b"".join(pki.cert_pem(one.cert) for one in shown))
        self.key.write_bytes(pki.key_pem(shown[0].key))
        self.root.write_bytes(pki.cert_pem(root.cert))

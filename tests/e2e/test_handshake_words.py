"""Every way in which the handshake with the CA can fail is told in words, with what to do about it, and
ends with 1 when a person must act, with 75 when it may pass by itself."""

import re
import ssl
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

import pki
from client import FAILED, LATER, REPOSITORY
from server_chain import BOTH, ServerChain, authority, server
from tlsserver import talks

NAME = "a.test"
OPERATOR = "ask who runs the server"


@pytest.fixture
def fails(new_wafer):
    """fails(ca, status, *words): the error, which has the words and something to do; no order was placed."""
    def fails(ca, status, *words):
        wafer = new_wafer(ca)
        result = wafer.run("issue", NAME, "--json", status=status)
        error = result.error()
        for word in words:
            assert word in error, error
        said, _, remedy = error.partition("; ")
        assert said.startswith(f"wafer: {NAME}: the CA at 127.0.0.1") and remedy
        assert "BearSSL" not in error
        told = next(line for line in result.json() if line["event"] == "error")
        assert told["temporary"] == (status == LATER)
        assert ca.requests == []
        wafer.check_store()
        return told["error"]
    return fails


def record(kind, body, version=0x0303):
    return struct.pack(">BHH", kind, version, len(body)) + body


def alert(number, level=2):
    return record(21, bytes([level, number]))


def server_hello(version=0x0303, suite=0xc02b, compression=0, extensions=b""):
    body = struct.pack(">H32sBHB", version, bytes(32), 0, suite, compression)
    body += struct.pack(">H", len(extensions)) + extensions if extensions else b""
    return record(22, b"\x02" + struct.pack(">I", len(body))[1:] + body)


# ---- servers of OpenSSL that want something else

def tls_13(context):
    context.minimum_version = ssl.TLSVersion.TLSv1_3


def tls_11(context):
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1


def tls_10(context):
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1


def suite(name):
    def choose(context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(name)
    return choose


def curve(name):
    def choose(context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ecdh_curve(name)
    return choose


def client_certificate(context):
    context.verify_mode = ssl.CERT_REQUIRED


def server_name(number):
    def refuse(context):
        context.sni_callback = lambda *_: number
    return refuse


@pytest.mark.parametrize("kind, change, words", [
    ("ec", tls_13, "TLS 1.2"), ("ec", tls_11, "TLS 1.2"), ("rsa", tls_10, "TLS 1.2"),
    ("rsa", suite("AES128-GCM-SHA256"), "ECDHE"), ("rsa", suite("AES256-SHA"), "ECDHE"),
    ("rsa", suite("DHE-RSA-AES128-GCM-SHA256"), "ECDHE"), ("ec", suite("ECDHE-ECDSA-AES128-SHA256"), "AES-GCM"),
    ("ec", curve("secp521r1"), "curve"),
    ("ec", client_certificate, "client certificate"), ("rsa", client_certificate, "client certificate")])
def test_servers_that_want_something_else(start_ca, fails, kind, change, words):
    ca = start_ca(kind)
    change(ca._context)
    assert fails(ca, FAILED, words, OPERATOR) == "HANDSHAKE"


# ---- what is no TLS, or broken

@pytest.mark.parametrize("octets", [
    b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n", b"220 mail.example ESMTP\r\n", b"\0" * 16,
    b"<html>The plain HTTP request was sent to HTTPS port</html>"])
def test_no_tls(ca, fails, octets):
    ca.before_handshake = talks(octets)
    assert fails(ca, FAILED, "does not speak TLS", "port") == "HANDSHAKE"


@pytest.mark.parametrize("octets, words", [
    (server_hello(version=0x0302), "TLS 1.2"),
    (server_hello(version=0x0304), "TLS 1.2"),
    (record(22, b"\x02\0\0\x04" + bytes(4), version=0x0301), "TLS 1.2"),
    (server_hello(suite=0x1301), "cipher suite"),
    (server_hello(suite=0x002f), "cipher suite"),
    (server_hello(compression=1), "compression"),
    (server_hello(extensions=b"\x00\x23\x00\x00"), "extension"),
    (record(22, b"\x0b\0\0\x03\0\0\0"), "not due"),
    (record(22, b"\x02\0\0\x01\x03"), "malformed"),
    (record(23, b"hello"), "not due"),
    (record(99, b"hello"), "not due"),
    (record(22, bytes(0)) + struct.pack(">BHH", 22, 0x0303, 65535) + bytes(70000), "length"),
])
def test_broken_tls(ca, fails, octets, words):
    ca.before_handshake = talks(octets)
    assert fails(ca, FAILED, words, OPERATOR) == "HANDSHAKE"


# ---- alerts

PASSING = {0, 20, 51, 80, 90}
ALERTS = {10: "out of place", 20: "damaged", 22: "too large", 40: "cipher suite", 42: "client certificate", 46: "client certificate",
          47: "not valid", 48: "client certificate", 49: "denies access", 50: "cannot read", 51: "changed",
          70: "TLS 1.2", 71: "stronger", 80: "internal error", 86: "fallback", 90: "break off", 109: "misses",
          112: "under this name", 116: "client certificate", 120: "ALPN", 99: "unknown alert", 255: "unknown alert"}


@pytest.mark.parametrize("number", ALERTS)
def test_alerts(ca, fails, number):
    ca.before_handshake = talks(alert(number))
    passes = number in PASSING
    error = fails(ca, LATER if passes else FAILED, ALERTS[number], f"alert {number})")
    assert error == ("TLS" if passes else "HANDSHAKE")


def test_unknown_server_name(start_ca, new_wafer):
    """What a server says that has nothing under the name, for a name: addresses are not sent."""
    ca = start_ca()
    ca._context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    ca.url = ca.url.replace("127.0.0.1", "localhost")
    error = new_wafer(ca).run("issue", NAME, status=FAILED).error()
    assert "under this name" in error


# ---- what passes

@pytest.mark.parametrize("octets", [b"", b"\x16\x03\x03", alert(0, level=1), alert(112, level=1), server_hello()[:20]])
def test_connection_ends_in_the_handshake(ca, fails, octets):
    def hang_up(raw):
        raw.settimeout(20)
        raw.recv(4096)
        raw.sendall(octets)
        return False
    ca.before_handshake = hang_up
    assert fails(ca, LATER, "closed") == "CLOSED"


def test_succeeds_when_it_has_passed(ca, new_wafer):
    wafer = new_wafer(ca)
    ca.before_handshake = talks(alert(80))
    wafer.run("issue", NAME, status=LATER)
    ca.before_handshake = lambda raw: True
    wafer.issue(NAME)


# ---- certificates

def chain(case):
    """What the server shows; the last is the root."""
    root = authority("Root")
    inter = authority("Inter", root)
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\0")
    not_ca = authority("Not a CA", root, ca=False)
    no_signing = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    limited = authority("Limited", root, path_length=0)
    below = authority("Below", limited)
    silent = authority("Inter", root, more=[(no_signing, True)])
    other = authority("Inter", root)
    curve_521 = authority("Inter", root, key="p521")
    large = authority("Inter", root, key=rsa.RSAPublicNumbers(65537, (1 << 8191) + 1).public_key())
    return {
        "critical in leaf": (server(inter, more=[(unknown, True)]), inter, root),
        "critical in intermediate": (server(other), authority("Inter", root, key=other.key, more=[(unknown, True)]), root),
        "critical usage": (server(inter, more=[(BOTH, True)]), inter, root),
        "p521 leaf": (server(inter, key="p521"), inter, root),
        "p521 intermediate": (server(curve_521), curve_521, root),
        "rsa 8192": (server(other), large, root),
        "sha1": (server(inter, digest="sha1"), inter, root),
        "path length": (server(below), below, limited, root),
        "not a ca": (server(not_ca), not_ca, root),
        "key usage": (server(silent), silent, root),
        "signature": (server(other), inter, root),
    }[case]


@pytest.mark.parametrize("case, error, words", [
    ("critical in leaf", "HANDSHAKE", "critical extension"), ("critical in intermediate", "HANDSHAKE", "critical extension"),
    ("critical usage", "HANDSHAKE", "critical extension"),
    ("p521 leaf", "HANDSHAKE", "curve"), ("p521 intermediate", "HANDSHAKE", "curve"), ("rsa 8192", "HANDSHAKE", "key"),
    ("sha1", "HANDSHAKE", "signature algorithm"), ("path length", "UNTRUSTED", "path length"),
    ("not a ca", "UNTRUSTED", "not a CA's"), ("key usage", "UNTRUSTED", "key usage"),
    ("signature", "UNTRUSTED", "has not signed")])
def test_certificates(start_ca, fails, tmp_path, case, error, words):
    shown = chain(case)
    ca = start_ca(files=ServerChain(tmp_path, *shown[:-1], root=shown[-1]))
    assert fails(ca, FAILED, words, OPERATOR) == error


@pytest.mark.parametrize("cut", ["half", "octet", "noise"])
def test_malformed_certificates(start_ca, fails, server_files, cut):
    """A server that sends a Certificate message with what is none."""
    der = pki.x509.load_pem_x509_certificate(server_files["ec"].cert.read_bytes()).public_bytes(pki.serialization.Encoding.DER)
    der = {"half": der[:len(der) // 2], "octet": der + b"\0", "noise": bytes(300)}[cut]
    one = struct.pack(">I", len(der))[1:] + der
    body = struct.pack(">I", len(one))[1:] + one
    message = b"\x0b" + struct.pack(">I", len(body))[1:] + body
    ca = start_ca()
    ca.before_handshake = talks(server_hello() + record(22, message))
    assert fails(ca, FAILED, "certificate of the server is malformed", OPERATOR) == "HANDSHAKE"


# ---- the table

def table():
    """docs/errors.md: number to (error, status, text, remedy)."""
    rows = re.findall(r"^\| (\d+) \w+ \| ([A-Z_]+) \| (1|75) \| (.+?) \| (.+?) \|$",
                      (REPOSITORY / "docs/errors.md").read_text(), re.MULTILINE)
    return {int(number): row for number, *row in rows}


def test_table_has_every_code_of_bearssl():
    headers = "".join((REPOSITORY / "build/third-party/bearssl/inc" / name).read_text()
                      for name in ("bearssl_ssl.h", "bearssl_x509.h"))
    codes = {int(number) for name, number in re.findall(r"^#define (BR_ERR_\w+) +(\d+)", headers, re.MULTILINE)
             if name not in ("BR_ERR_OK", "BR_ERR_X509_OK", "BR_ERR_RECV_FATAL_ALERT")}
    assert codes and codes <= table().keys(), codes - table().keys()


def test_table_is_what_the_command_says(ca, fails):
    told = table()
    for number in ALERTS:
        error, status, text, remedy = told.get(256 + number) or told[256 + 255]
        ca.before_handshake = talks(alert(number))
        assert fails(ca, int(status), text, remedy) == error

"""The way to the CA is broken: no such host, nobody listens, silence, a certificate that must not be
trusted. One line says what, where and what to do next."""

import ssl
import threading
import time

import pytest

import pki
from client import FAILED, LATER
from procs import free_port
from tlsserver import Answer, talks

NAME = "a.test"


class Place:
    """Where a CA would be."""

    def __init__(self, url, root, http_port=9):
        self.url, self.root, self.http_port = url, root, http_port


def fails(wafer, status, *says):
    error = wafer.run("issue", NAME, status=status).error()
    for text in says:
        assert text in error, error
    assert ";" in error  # what to do next
    wafer.check_store()


def test_unknown_host(server_files, new_wafer):
    fails(new_wafer(Place("https://no-such-host.invalid/dir", server_files["ec"].root)), LATER,
          "no-such-host.invalid", "no name server gave an address of the host")


def test_refused(server_files, new_wafer):
    port = free_port()
    fails(new_wafer(Place(f"https://127.0.0.1:{port}/dir", server_files["ec"].root)), LATER, f"127.0.0.1:{port}")


def test_closes_at_once(ca, new_wafer):
    ca.before_handshake = lambda raw: False
    fails(new_wafer(ca), LATER, "127.0.0.1")


@pytest.mark.parametrize("sent", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x03\x03\xff\xff" + bytes(70000),
                                  b"\x16\x03\x03\x00\x04\x02\xff\xff\xff"])
def test_no_tls_server(ca, new_wafer, sent):
    ca.before_handshake = talks(sent)
    fails(new_wafer(ca), None, "127.0.0.1")


def test_silence_meets_a_deadline(start_ca, new_wafer):
    """Before the handshake, before an answer, in the midst of one: all at once, as each takes the
    deadline of 30 s."""
    silent = threading.Event()
    wait = lambda *_: silent.wait(300) and None
    no_handshake, no_answer, half = start_ca(), start_ca(), start_ca()
    no_handshake.before_handshake = wait
    no_answer.always("newOrder", lambda request, proceed: wait())
    half.always("directory", Answer(200, {"Content-Length": "500"}, b"{", framing="none", pause=300))
    wafers = [new_wafer(ca) for ca in (no_handshake, no_answer, half)]
    begun = time.monotonic()
    processes = [wafer.start("issue", NAME) for wafer in wafers]
    try:
        for process in processes:
            _, err = process.communicate(timeout=300)
            assert process.returncode == LATER, err
            assert "no answer in time" in err
    finally:
        silent.set()
        for process in processes:
            process.kill()
            process.communicate()
    assert time.monotonic() - begun > 25
    for wafer in wafers:
        wafer.check_store()


def days(count):
    return pki.now() + pki.days(count)


BAD_CERTIFICATES = {
    "expired": (dict(not_before=days(-20), not_after=days(-10)), "expired"),
    "not_yet_valid": (dict(not_before=days(10), not_after=days(20)), "not yet valid"),
    "untrusted": (dict(trusted=False), "--ca-file"),
    "wrong_name": (dict(names=("other.test", "192.0.2.1")), "another name"),
    "no_ip_of_localhost": (dict(names=("localhost",)), "another name"),
    "wildcard_is_no_ip": (dict(names=("*.0.0.1", "*")), "another name"),
    "ip_as_dns_name_only": (dict(names=("xn--127.0.0.1",)), "another name"),
}


@pytest.mark.parametrize("kind", ["ec", "rsa"])
@pytest.mark.parametrize("name", BAD_CERTIFICATES)
def test_bad_certificate_of_the_ca(start_ca, new_wafer, tmp_path, name, kind):
    options, says = BAD_CERTIFICATES[name]
    files = pki.ServerFiles(tmp_path, "bad", kind=kind, **options)
    ca = start_ca(files=files)
    fails(new_wafer(ca), FAILED, "127.0.0.1", says)
    assert ca.requests == []


def test_wrong_dns_name(start_ca, new_wafer, tmp_path):
    ca = start_ca(files=pki.ServerFiles(tmp_path, "bad", names=("127.0.0.1", "localhost.test", "*.localhost")))
    ca.url = ca.url.replace("127.0.0.1", "localhost")
    fails(new_wafer(ca), FAILED, "localhost", "another name")


def test_leaf_used_as_ca(start_ca, new_wafer, tmp_path):
    """A server certificate cannot vouch for another."""
    files = pki.ServerFiles(tmp_path, "good")
    signer = pki.Authority("Signer")
    leaf_key = pki.new_key()
    leaf = signer.issue(leaf_key.public_key(), ["evil.test"])
    pretender = pki.Authority.__new__(pki.Authority)
    pretender.key, pretender.cert, pretender.parent = leaf_key, leaf, signer
    key = pki.new_key()
    end = pretender.issue(key.public_key(), ["127.0.0.1"])
    files.cert.write_bytes(pki.cert_pem(end) + pki.cert_pem(leaf))
    files.key.write_bytes(pki.key_pem(key))
    files.root.write_bytes(pki.cert_pem(signer.cert))
    ca = start_ca(files=files)
    fails(new_wafer(ca), FAILED, "127.0.0.1")
    assert ca.requests == []


def test_tls13_only_server(ca, new_wafer):
    ca._context.minimum_version = ssl.TLSVersion.TLSv1_3
    fails(new_wafer(ca), None, "TLS")


@pytest.mark.parametrize("cipher", [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-RSA-AES256-GCM-SHA384"])
def test_cipher_suites(start_ca, new_wafer, cipher):
    ca = start_ca("rsa" if "RSA-" in cipher and "ECDSA" not in cipher else "ec", validate="trust")
    ca._context.maximum_version = ssl.TLSVersion.TLSv1_2
    ca._context.set_ciphers(cipher)
    new_wafer(ca).issue(NAME)


@pytest.mark.parametrize("cipher", ["AES128-SHA", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"])
def test_weak_cipher_suites_are_not_offered(start_ca, new_wafer, cipher):
    ca = start_ca("rsa")
    ca._context.maximum_version = ssl.TLSVersion.TLSv1_2
    ca._context.set_ciphers(cipher)
    fails(new_wafer(ca), None, "TLS")


@pytest.mark.parametrize("content", [None, b"", b"noise", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_ca_file_is_unusable(ca, new_wafer, tmp_path, content):
    path = tmp_path / "roots.pem"
    if content is not None:
        path.write_bytes(content)
    wafer = new_wafer(ca)
    wafer.ca[wafer.ca.index("--ca-file") + 1] = str(path)
    error = wafer.run("issue", NAME, status=None).error()
    assert str(path) in error
    assert ca.connections == 0


def test_builtin_roots_do_not_trust_us(ca, new_wafer):
    wafer = new_wafer(ca)
    at = wafer.ca.index("--ca-file")
    del wafer.ca[at:at + 2]
    fails(wafer, FAILED, "--ca-file")

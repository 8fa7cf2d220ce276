"""The lab itself, with a plain client in place of wafer: what the other tests rely on."""

import pytest
from cryptography import x509

import pki
from reference import Reference


def check(chain, key, names):
    cert = x509.load_pem_x509_certificate(chain)
    san = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert san.get_values_for_type(x509.DNSName) == names
    assert cert.public_key().public_numbers() == key.public_key().public_numbers()


def test_pebble_issues(pebble, webroot):
    part = pebble.since_now()
    client = Reference(pebble.url, pebble.root, webroot(pebble.http_port))
    check(*client.issue(["a.test", "b.test"]), ["a.test", "b.test"])
    assert part.kinds()[:4] == ["GET dir", "HEAD nonce-plz", "POST sign-me-up", "POST order-plz"]
    assert (part.new_accounts(), part.new_orders()) == (1, 1)


def test_proxy_forwards_and_counts(proxy, pebble24, webroot):
    part = pebble24.since_now()
    client = Reference(proxy.url, proxy.root, webroot(pebble24.http_port))
    check(*client.issue(["a.test"]), ["a.test"])
    assert proxy.handshakes == proxy.connections == 1
    assert len(proxy.kinds) == len(part.requests()) >= 10


@pytest.mark.parametrize("validate", ["async", "sync", "trust"])
def test_fake_ca_issues(start_ca, webroot, validate):
    ca = start_ca(validate=validate)
    client = Reference(ca.url, ca.root, webroot(ca.http_port))
    check(*client.issue(["a.test", "b.test"]), ["a.test", "b.test"])
    assert ca.handshakes == 1


def test_fake_ca_checks_signatures(start_ca, webroot):
    ca = start_ca()
    client = Reference(ca.url, ca.root, webroot(ca.http_port))
    client.key = pki.new_key()
    with pytest.raises(AssertionError):
        client.issue(["a.test"])
    assert ca.violations == ["newAccount: the signature is wrong"]
    ca.violations.clear()

"""--csr: the key is somebody else's."""

import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from client import FAILED, USAGE
from test_wrong_chain import CHAINS


def request(folder, *names, key=("-newkey", "rsa:2048"), form="PEM"):
    """A certificate request by openssl; its key stays in folder/key.pem."""
    path = folder / "request"
    subprocess.run(["openssl", "req", "-new", *key, "-nodes", "-keyout", folder / "key.pem", "-out", path, "-outform", form,
                    "-subj", "/O=somebody", "-addext", "subjectAltName=" + ",".join(names)], check=True, capture_output=True)
    return path


@pytest.mark.parametrize("form", ["PEM", "DER"])
@pytest.mark.parametrize("key", [("-newkey", "rsa:2048"), ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384")])
def test_issue_and_renew(pebble24, new_wafer, tmp_path, key, form):
    wafer = new_wafer(pebble24)
    path = request(tmp_path, "DNS:a.test", "DNS:b.test", key=key, form=form)
    wafer.issue("--csr", path)
    live = wafer.state / "live" / "a.test"
    assert sorted(p.name for p in live.iterdir()) == ["cert.pem", "chain.pem", "fullchain.pem"]
    first = x509.load_pem_x509_certificate((live / "cert.pem").read_bytes())
    mine = subprocess.run(["openssl", "pkey", "-in", tmp_path / "key.pem", "-pubout"], check=True, capture_output=True).stdout
    theirs = subprocess.run(["openssl", "x509", "-in", live / "cert.pem", "-noout", "-pubkey"], check=True,
                            capture_output=True).stdout
    assert mine == theirs
    wafer.check_store()
    wafer.run("renew", "--force")
    second = x509.load_pem_x509_certificate((live / "cert.pem").read_bytes())
    assert second.serial_number != first.serial_number
    assert not (live / "privkey.pem").exists()


def test_names_beside_it(pebble24, new_wafer, tmp_path):
    wafer = new_wafer(pebble24)
    path = request(tmp_path, "DNS:a.test")
    assert "asks for other names" in wafer.issue("--csr", path, "b.test", status=USAGE).error()
    wafer.issue("--csr", path, "a.test")


@pytest.mark.parametrize("name", ["other_key", "rsa_key", "missing_name"])
def test_wrong_certificate(ca, new_wafer, tmp_path, name):
    """Checked against the request as it is against wafer's own key and names."""
    ca.make_chain = lambda csr, names: CHAINS[name](ca, csr)
    wafer = new_wafer(ca)
    wafer.issue("--csr", request(tmp_path, "DNS:a.test", "DNS:b.test"), status=FAILED)
    assert not (wafer.state / "live/a.test").exists()


@pytest.mark.parametrize("content, told", [
    (b"", "is no certificate request"),
    (b"\x30\x82\x01", "is no certificate request"),
    (b"-----BEGIN CERTIFICATE REQUEST-----\n!!!\n", "is no certificate request"),
    (b"\0" * 20000, "is no certificate request"),
])
def test_no_request(pebble24, new_wafer, tmp_path, content, told):
    path = tmp_path / "request"
    path.write_bytes(content)
    assert told in new_wafer(pebble24).issue("--csr", path, status=FAILED).error()


def test_missing_file_and_other_options(pebble24, new_wafer, tmp_path):
    wafer = new_wafer(pebble24)
    assert "No such file" in wafer.issue("--csr", tmp_path / "none", status=FAILED).error()
    path = request(tmp_path, "DNS:a.test")
    assert "do not go together" in wafer.issue("--csr", path, "--reuse-key", status=USAGE).error()
    path = request(tmp_path, "DNS:a.test", "email:x@a.test")
    assert "no DNS names or IP addresses" in wafer.issue("--csr", path, status=USAGE).error()


# ---- the key that is asked for, and the one that is there

def public_key(path):
    """Of a request or certificate."""
    data = path.read_bytes()
    load = x509.load_pem_x509_csr if b"REQUEST" in data else x509.load_pem_x509_certificate
    return load(data).public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def again(folder, *names):
    """Another request for the key of the last one."""
    return request(folder, *names, key=("-key", folder / "key.pem"))


COMMANDS = [("issue", "--csr"), ("renew", "--csr"), ("renew",)]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("first", ["request", "own"])
def test_another_key(ca, new_wafer, tmp_path, command, first):
    """Not due, and not "nothing to do"; the file's name may be the same."""
    wafer = new_wafer(ca)
    path = request(tmp_path, "DNS:a.test") if first == "request" else tmp_path / "request"
    wafer.issue(*(["--csr", path] if first == "request" else ["a.test"]))
    request(tmp_path, "DNS:a.test", key=("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"))
    if first == "own" and command == ("renew",):
        wafer.run(*command)
        assert len(ca.issued) == 1  # nobody has named the request
        return
    line = [*command, path] if "--csr" in command else command
    assert "would order" in wafer.run(*line, "--dry-run").out and len(ca.issued) == 1
    wafer.run(*line)
    cert = wafer.state / "live/a.test/cert.pem"
    assert len(ca.issued) == 2 and public_key(cert) == public_key(path)
    wafer.run(*line)
    again(tmp_path, "DNS:a.test")
    wafer.run(*line)
    assert len(ca.issued) == 2  # the same key, though another request


def test_own_key_after_a_request(ca, new_wafer, tmp_path):
    wafer = new_wafer(ca)
    wafer.issue("--csr", request(tmp_path, "DNS:a.test"))
    wafer.issue("a.test")
    assert len(ca.issued) == 2 and wafer.live("a.test").names == ["a.test"]
    wafer.issue("a.test")
    wafer.run("renew")
    assert len(ca.issued) == 2


def test_request_that_is_not_there(ca, new_wafer, tmp_path):
    """It is needed when it is due, or forced."""
    wafer = new_wafer(ca)
    path = request(tmp_path, "DNS:a.test")
    wafer.issue("--csr", path)
    path.unlink()
    wafer.run("renew")
    assert "No such file" in wafer.run("renew", "--force", status=FAILED).error()

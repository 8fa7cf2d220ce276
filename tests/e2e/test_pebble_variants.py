"""Pebble set up in other ways: bad nonces, reuse, other solvers and addresses, EAB, chains."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

import jose
from client import FAILED, USAGE, encodings
from pki import ServerFiles
from test_issue import but_for_polls

MAC_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"


def test_bad_nonces(start_pebble, new_wafer):
    """Pebble refuses 40 % of good nonces."""
    pebble = start_pebble("2.4", env={"PEBBLE_WFE_NONCEREJECT": "40"})
    for _ in range(5):
        part, wafer = pebble.since_now(), new_wafer(pebble)
        wafer.issue("a.test")
        wafer.live("a.test")
        assert part.new_accounts() == part.new_orders() == 1


def test_authorization_reuse(start_pebble, new_wafer):
    pebble = start_pebble("2.6", env={"PEBBLE_AUTHZREUSE": "100"})
    wafer = new_wafer(pebble)
    wafer.issue("a.test")
    part = pebble.since_now()
    wafer.run("renew", "--force")
    assert but_for_polls(part.kinds()) == ["GET dir", "HEAD nonce-plz", "POST order-plz", "POST finalize-order", "POST certZ"]


def test_webroot(pebble24, new_wafer, webroot):
    www = webroot(pebble24.http_port)
    wafer = new_wafer(pebble24)
    wafer.options = ["--solver", f"webroot:{www.folder}"]
    wafer.issue("a.test", "b.test")
    assert sorted(wafer.live("a.test").names) == ["a.test", "b.test"]
    assert www.leftovers() == []


def test_webroot_missing(pebble24, new_wafer, tmp_path):
    wafer = new_wafer(pebble24)
    wafer.options = ["--solver", f"webroot:{tmp_path}/nowhere"]
    result = wafer.run("issue", "a.test", status=USAGE)
    assert f"{tmp_path}/nowhere" in result.error()


@pytest.fixture(scope="module")
def pebble_ipv6(start_pebble, server_files):
    """Pebble on [::1] whose names have an AAAA record only."""
    pebble = start_pebble("2.4", address="::1")
    pebble.dns("set-default-ipv4", ip="")
    pebble.dns("set-default-ipv6", ip="::1")
    return pebble


@pytest.mark.parametrize("listen", ["[::1]:{}", "{}"])
def test_ipv6_listener(pebble_ipv6, new_wafer, listen):
    """The CA at https://[::1]:PORT too."""
    wafer = new_wafer(pebble_ipv6)
    wafer.options = ["--listen", listen.format(pebble_ipv6.http_port)]
    wafer.issue("a.test")
    assert wafer.live("a.test").names == ["a.test"]


def test_listener_of_all_addresses_serves_ipv4(pebble24, new_wafer):
    wafer = new_wafer(pebble24)
    wafer.options = ["--listen", str(pebble24.http_port)]
    wafer.issue("a.test")


@pytest.mark.parametrize("kind", ["ec", "rsa"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_https_chains_of_the_ca(start_pebble, new_wafer, kind, host):
    pebble = start_pebble("2.6", kind, host=host)
    new_wafer(pebble).issue("a.test")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_ca_by_address_alone(start_ca, new_wafer, tmp_path, address):
    """The HTTPS certificate has IP addresses and no DNS name."""
    files = ServerFiles(tmp_path, "ip", names=("127.0.0.1", "::1"))
    new_wafer(start_ca(files=files, address=address)).issue("a.test")


def root_name(pebble, number):
    cert = x509.load_pem_x509_certificate(pebble.fetch(f"roots/{number}"))
    return cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


@pytest.fixture(scope="module")
def pebble_alternates(start_pebble):
    return start_pebble("2.6", env={"PEBBLE_ALTERNATE_ROOTS": "2"})


@pytest.mark.parametrize("number", [0, 1, 2])
def test_preferred_chain(pebble_alternates, new_wafer, tmp_path, number):
    wanted = root_name(pebble_alternates, number)
    wafer = new_wafer(pebble_alternates, "--preferred-chain", wanted)
    wafer.issue("a.test")
    live = wafer.live("a.test")
    assert live.topmost_issuer == wanted
    live.verify(pebble_alternates.fetch(f"roots/{number}"), tmp_path)


def test_preferred_chain_not_offered(pebble_alternates, new_wafer):
    """The first chain is better than none."""
    wafer = new_wafer(pebble_alternates, "--preferred-chain", "No such root")
    result = wafer.issue("a.test")
    assert wafer.live("a.test").topmost_issuer == root_name(pebble_alternates, 0)
    assert "preferred chain" in result.err
    for number in range(3):
        assert f'"{root_name(pebble_alternates, number)}"' in result.err
    events = wafer.issue("a.test", "--force", "--json").json()
    assert {event["text"] for event in events if event["event"] == "chain"} == {root_name(pebble_alternates, n) for n in range(3)}


@pytest.fixture(scope="module")
def pebble_eab(start_pebble):
    return start_pebble("2.4", config={"externalAccountBindingRequired": True,
                                       "externalAccountMACKeys": {"kid-1": MAC_KEY}})


def eab_options(folder, key=MAC_KEY, kid="kid-1"):
    path = folder / "eab.key"
    path.write_text(key + "\n")
    return ["--eab-kid", kid, "--eab-key-file", str(path)]


def test_eab(pebble_eab, new_wafer, tmp_path):
    wafer = new_wafer(pebble_eab, *eab_options(tmp_path))
    result = wafer.issue("-v", "a.test")
    shown = result.out + result.err
    for secret in encodings(jose.decode(MAC_KEY)):
        assert secret not in shown


def test_eab_missing(pebble_eab, new_wafer):
    wafer, part = new_wafer(pebble_eab), pebble_eab.since_now()
    error = wafer.issue("a.test", status=FAILED).error()
    assert "--eab-kid" in error
    assert part.new_accounts() == 0
    wafer.check_store()


@pytest.mark.parametrize("wrong, says", [(dict(kid="kid-9"), "kid"), (dict(key=MAC_KEY[::-1]), "verif")])
def test_eab_wrong(pebble_eab, new_wafer, tmp_path, wrong, says):
    wafer = new_wafer(pebble_eab, *eab_options(tmp_path, **wrong))
    assert says in wafer.issue("a.test", status=FAILED).error()


@pytest.mark.parametrize("names", [["a.test"], ["a.test", "b.test", "c.test"]])
def test_protocol_shown_without_secrets(pebble24, new_wafer, names):
    wafer = new_wafer(pebble24)
    result = wafer.issue("-v", *names)
    shown = result.out + result.err
    for kind in ("dir", "nonce-plz", "sign-me-up", "order-plz", "authZ", "chalZ", "finalize-order", "certZ"):
        assert "/" + kind in shown
    for secret in wafer.live("a.test").secrets():
        assert secret not in shown
    assert "PRIVATE KEY" not in shown

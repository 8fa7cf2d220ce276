"""A store has an end: a new certificate is refused while there is still room to renew all others, and one that nobody
wants is removed."""

import pytest

import pki
from client import DONE, FAILED
from tlsserver import problem

NAME, OTHER = "a.test", "b.test"


def long_chain(ca):
    """As proper_chain, with seven large certificates behind it that nobody needs."""
    names = [f"{n:03}.{'x' * 40}.test" for n in range(60)]
    others = [ca.issuing_ca.issue(pki.new_key().public_key(), names) for _ in range(7)]

    def make(csr, names):
        return ca.proper_chain(csr, names) + b"".join(pki.cert_pem(other) for other in others)
    return make


def test_a_full_store_keeps_renewing(start_ca, new_wafer):
    """To the last one that fits; each of them is renewed, and one that is removed makes room for another."""
    ca = start_ca(validate="trust")
    ca.make_chain = long_chain(ca)
    wafer = new_wafer(ca)
    count, result = 0, None
    while result is None or result.status == DONE:
        count += 1
        assert count < 40
        result = wafer.issue(f"n{count}.test", status=None)
    assert count > 4 and result.status == FAILED
    assert "full" in result.error() and "wafer remove" in result.error()
    orders = ca.count("newOrder")
    assert orders == count - 1  # refused before anything was ordered
    for _ in range(2):
        wafer.run("renew", "--force")
    assert ca.count("newOrder") == orders + 2 * (count - 1)
    assert f"n{count}.test" not in wafer.run("status").out
    wafer.run("remove", "n3.test")
    wafer.issue(f"n{count}.test")
    wafer.check_store()


@pytest.mark.parametrize("name", [NAME, "xn--bcher-kva.test"])
def test_removed(ca, new_wafer, name):
    wafer = new_wafer(ca)
    for one in name, OTHER:
        wafer.issue(one)
    live = wafer.state / "live"
    link = live / name.replace("*", "_")
    before = wafer.store()
    assert name in wafer.run("remove", name, "--live").out
    assert not link.exists() and not list(live.glob(f".{link.name}.*")) and (live / OTHER / "cert.pem").exists()
    assert name not in wafer.run("status").out and OTHER in wafer.run("status").out
    assert wafer.store() != before
    wafer.run("renew")
    assert not link.exists()
    assert "no certificate" in wafer.run("remove", name, "--live", status=FAILED).error()


def test_files_stay(ca, new_wafer):
    """Without --live a server goes on with them, and no later run touches them."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    wafer.run("remove", NAME)
    files = wafer.live(NAME).cert_pem
    wafer.run("renew")
    wafer.issue(OTHER)
    assert wafer.live(NAME).cert_pem == files and [e["event"] for e in wafer.run("remove", OTHER, "--json").json()] == ["removed"]


def test_one_under_way(ca, new_wafer):
    """What was asked for and will not come is forgotten in the same way."""
    ca.once("newOrder", problem("rejectedIdentifier", "no", 403))
    wafer = new_wafer(ca)
    wafer.issue(NAME, status=FAILED)
    wafer.run("remove", NAME)
    assert "no certificates" in wafer.run("renew").out


def test_somebody_elses_files(ca, new_wafer):
    """A directory in the link's place is not wafer's."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    link = wafer.state / "live" / NAME
    link.unlink()
    link.mkdir()
    (link / "mine").write_text("mine")
    wafer.run("remove", NAME, "--live")
    assert (link / "mine").read_text() == "mine"

"""No unauthenticated time becomes the lowest that is believed: whatever a clock, a failure or a Date said in one run,
the next one with a right clock succeeds."""

import email.utils

import pytest

import pki
from client import FAILED
from clock import DAY, UNSET, date_shape, set_clock
from tlsserver import problem

NAME = "a.test"
IN_2099 = "@2099-01-01 00:00:00"


@pytest.fixture
def old_server(tmp_path):
    """A server of a private CA, whose certificate is valid for a hundred years."""
    return pki.ServerFiles(tmp_path, "century", not_before=pki.now() - pki.days(30), not_after=pki.now() + pki.days(36500))


def date_of(seconds):
    def shape(answer):
        answer.headers["Date"] = email.utils.formatdate(seconds, usegmt=True)
        return answer
    return shape


FAR = 4070908800  # 2099-01-01


@pytest.mark.parametrize("spec", [IN_2099, "@2038-01-19 03:14:08", "@9999-12-31 23:59:00", 400 * DAY])
def test_clock_of_a_failed_run(ca, new_wafer, spec):
    """To such a clock the server's certificate has expired."""
    wafer = new_wafer(ca)
    set_clock(wafer, spec)
    for name in (NAME, "b.test"):
        wafer.issue(name, status=None)
    assert ca.orders == []
    set_clock(wafer, 0)
    wafer.issue("c.test")
    wafer.issue(NAME)


def test_clock_of_a_failure_at_the_ca(ca, start_ca, old_server, new_wafer):
    """The failure is of an order; afterwards another CA, whose certificates are short, is asked as well."""
    private = start_ca(files=old_server)
    private.once("newOrder", problem("rejectedIdentifier", "not that name", 403))
    wafer = new_wafer(private)
    set_clock(wafer, IN_2099)
    private.shape = date_shape(None)
    wafer.issue(NAME, status=FAILED)
    set_clock(wafer, 0)
    other = new_wafer(ca, state=wafer.state)
    other.issue("b.test")
    other.issue(NAME)
    wafer.issue("c.test")


def test_clock_of_a_success(start_ca, old_server, new_wafer, ca):
    """A certificate was issued by that clock, and nobody told another time."""
    private = start_ca(files=old_server)
    private.shape = date_shape(None)
    private.make_chain = lambda csr, names: private.proper_chain(csr, names, not_after=pki.now() + pki.days(36500))
    wafer = new_wafer(private)
    set_clock(wafer, IN_2099)
    wafer.issue(NAME)
    set_clock(wafer, 0)
    new_wafer(ca, state=wafer.state).issue("b.test")


@pytest.mark.parametrize("spec", [UNSET, 0])
@pytest.mark.parametrize("far", [FAR, 0, 1700000000, 253402300799])
def test_date_beyond_the_servers_certificate(ca, new_wafer, spec, far):
    """A Date that the certificate does not vouch for is not believed."""
    wafer = new_wafer(ca)
    set_clock(wafer, spec)
    ca.shape = date_of(far)
    wafer.issue(NAME, status=None)
    ca.ordinary()
    set_clock(wafer, 0)
    wafer.issue("b.test")
    wafer.issue("--force", NAME)


def test_wrong_date_of_a_verified_server(ca, start_ca, old_server, new_wafer):
    """It is believed, for its certificate allows it; the next CA's certificate ends before. The port's clock gets its
    chance then, and that CA's Date replaces the other."""
    private = start_ca(files=old_server)
    private.make_chain = lambda csr, names: private.proper_chain(csr, names, not_after=pki.now() + pki.days(36500))
    private.shape = date_of(FAR)
    wafer = new_wafer(private)
    set_clock(wafer, UNSET)
    wafer.issue(NAME)
    honest = new_wafer(ca, state=wafer.state)
    honest.issue("b.test")
    set_clock(honest, UNSET)
    honest.issue("c.test")
    private.ordinary()
    set_clock(wafer, UNSET)
    wafer.issue("d.test")


def test_unset_clock_after_success(ca, new_wafer):
    """What the CA told once is enough for the handshakes of a device that has lost its clock."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    set_clock(wafer, UNSET)
    wafer.issue("b.test")

"""Waits between runs are bounded: by the longest of the schedule, a day, and by half of what is left of the
certificate, whatever a CA asked for and whatever the clock was when that was stored."""

import datetime

import pytest

import pki
from client import FAILED, LATER
from clock import DAY, HOUR, date_shape, pass_time, set_clock
from tlsserver import problem

NAME = "a.test"
DUE = 61 * DAY  # of a certificate for 90 days


@pytest.fixture
def wafer(ca, new_wafer):
    """It has a certificate, and so much later it is due."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    pass_time(wafer, ca, DUE)
    ca.requests.clear()
    return wafer


def limited(seconds):
    return problem("rateLimited", "come back later", 429, {"Retry-After": str(seconds)})


def next_try(wafer):
    """Seconds from the first shown time of the test on."""
    shown = wafer.run("status", "--json").json()[0]["next_try"]
    then = datetime.datetime.strptime(shown, "%Y-%m-%dT%H:%M:%SZ")
    return (then - pki.now()).total_seconds()


@pytest.mark.parametrize("seconds", [2147483647, 99999999999, 31536000, 8 * DAY, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_retry_after_of_years(ca, wafer, seconds):
    ca.once("newOrder", limited(seconds))
    wafer.run("renew", status=LATER)
    assert DUE < next_try(wafer) <= DUE + 1.1 * DAY
    pass_time(wafer, ca, DUE + 12 * HOUR)
    wafer.run("renew", status=LATER)
    assert ca.count("newOrder") == 1  # it does wait, for a day
    pass_time(wafer, ca, DUE + 27 * HOUR)
    wafer.run("renew")
    assert len(ca.issued) == 2


@pytest.mark.parametrize("left", [8, 3, 1])
def test_half_of_what_is_left(ca, new_wafer, left):
    """A certificate with so many hours left can't wait for a day."""
    wafer = new_wafer(ca)
    ca.make_chain = lambda csr, names: ca.proper_chain(csr, names, not_after=pki.now() + pki.days(2))
    wafer.issue(NAME)
    start = 2 * DAY - left * HOUR
    pass_time(wafer, ca, start)
    ca.make_chain = ca.proper_chain
    ca.once("newOrder", limited(DAY))
    wafer.run("renew", status=LATER)
    pass_time(wafer, ca, start + left * 25 * 60)
    wafer.run("renew", status=LATER)
    assert len(ca.orders) == 1
    pass_time(wafer, ca, start + left * 31 * 60)
    wafer.run("renew")
    assert len(ca.issued) == 2


def test_expired_certificate_waits_by_the_schedule(ca, wafer):
    """There is nothing left to lose: it is not knocked more often."""
    pass_time(wafer, ca, 89 * DAY)
    set_clock(wafer, 89 * DAY + 50 * 60)
    ca.once("newOrder", limited(3 * HOUR))
    wafer.run("renew", status=LATER)
    wafer.run("renew", status=LATER)
    assert ca.count("newOrder") == 1


@pytest.mark.parametrize("spec", ["@2099-01-01 00:00:00", "@2037-01-01 00:00:00"])
def test_stored_with_a_wrong_clock(start_ca, tmp_path, new_wafer, spec):
    """A failure when nobody knew better: the CA told no time."""
    ca = start_ca(files=pki.ServerFiles(tmp_path, "century", not_after=pki.now() + pki.days(36500)))
    ca.make_chain = lambda csr, names: ca.proper_chain(csr, names, not_after=pki.now() + pki.days(90))
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    ca.shape = date_shape(None)
    ca.always("newOrder", problem("rejectedIdentifier", "not today", 403))
    set_clock(wafer, spec)
    wafer.run("renew", status=FAILED)
    ca.ordinary()
    pass_time(wafer, ca, DUE)
    wafer.run("renew")
    assert len(ca.issued) == 2


def test_a_bounded_wait_is_kept(ca, wafer):
    ca.once("newOrder", limited(5 * HOUR))
    wafer.run("renew", status=LATER)
    for hours in (1, 4.9):
        pass_time(wafer, ca, DUE + int(hours * HOUR))
        wafer.run("renew", status=LATER)
    assert ca.count("newOrder") == 1
    pass_time(wafer, ca, DUE + 5 * HOUR + 60)
    wafer.run("renew")

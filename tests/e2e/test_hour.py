"""At least an hour between two issuances of one certificate, unless a person forces it; and a renewal is reckoned
from the issuance where that is later than notBefore: a CA whose certificates are due at once costs no flash."""

import datetime

import pytest

import pki
from client import DONE, LATER
from clock import DAY, HOUR, UNSET, pass_time, set_clock
from firmware import Firmware

NAME = "a.test"


def lasting(ca, before, after):
    """The CA issues from `before` seconds ago on, for `after` seconds from now."""
    delta = lambda seconds: datetime.timedelta(seconds=seconds)
    ca.make_chain = lambda csr, names: ca.proper_chain(
        csr, names, not_before=pki.now() - delta(before), not_after=pki.now() + delta(after))


@pytest.mark.parametrize("command", [["issue", NAME], ["renew"], ["renew", NAME]])
@pytest.mark.parametrize("before, after", [(0, 2), (HOUR, 2), (0, 60), (80 * DAY, 600), (300 * DAY, 30 * 60)])
def test_due_at_once(ca, new_wafer, before, after, command):
    lasting(ca, before, after)
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    for _ in range(3):
        wafer.run(*command, status=None)
    assert len(ca.orders) == 1
    store = wafer.store()
    pass_time(wafer, ca, 50 * 60)  # by now each of them is due
    result = wafer.run(*command, status=LATER)
    assert "--force" in result.out + result.err
    assert wafer.store() == store and len(ca.orders) == 1
    lasting(ca, 0, 90 * DAY)
    wafer.run(*command, "--force")
    assert len(ca.issued) == 2


def test_an_hour_later(ca, new_wafer):
    lasting(ca, 0, 2)
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    pass_time(wafer, ca, HOUR + 60)
    lasting(ca, 0, HOUR + 120)
    wafer.run("renew")
    assert len(ca.issued) == 2
    pass_time(wafer, ca, HOUR + 180)
    assert "less than an hour ago" in wafer.run("status").out


@pytest.mark.parametrize("before, after", [(80 * DAY, 10 * DAY), (89 * DAY, DAY), (5 * DAY, DAY)])
def test_old_when_issued(ca, new_wafer, before, after):
    """By its notBefore it would be due at once; reckoned from its issuance it is not."""
    lasting(ca, before, after)
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    for ahead in (0, 2 * HOUR, after // 3):
        pass_time(wafer, ca, ahead)
        wafer.run("renew")
        wafer.issue(NAME)
    assert len(ca.orders) == 1
    pass_time(wafer, ca, after * 3 // 4)
    lasting(ca, 0, 90 * DAY)
    wafer.run("renew")
    assert len(ca.issued) == 2


def test_what_is_another_certificate(ca, start_ca, new_wafer):
    """Other names, another CA or another profile are asked for by a person."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    wafer.issue(NAME, "b.test")
    wafer.issue(NAME, "b.test", "--preferred-chain", "Other root")
    other = start_ca()
    new_wafer(other, state=wafer.state).issue(NAME, "b.test")
    assert len(ca.issued) == 3 and len(other.issued) == 1


def test_unset_clock(ca, new_wafer):
    """At each start of a device whose clock is not set; the CA's certificates are short."""
    lasting(ca, 0, 2)
    wafer = new_wafer(ca)
    set_clock(wafer, UNSET)
    for _ in range(4):
        wafer.issue(NAME, status=None)
    assert len(ca.orders) == 1


def test_issued_in_the_future(start_ca, tmp_path, new_wafer):
    """A certificate that a wrong clock has dated keeps nobody from the next."""
    ca = start_ca(files=pki.ServerFiles(tmp_path, "long", not_after=pki.now() + pki.days(400)))
    lasting(ca, 0, 90 * DAY)
    wafer = new_wafer(ca)
    pass_time(wafer, ca, 30 * DAY)
    wafer.issue(NAME)
    pass_time(wafer, ca, 0)
    assert wafer.run("renew", status=DONE).err == ""
    pass_time(wafer, ca, 85 * DAY)
    lasting(ca, 0, 180 * DAY)
    wafer.run("renew")
    assert len(ca.issued) == 2


# ---- the library

def test_library(start_ca, tmp_path):
    ca = start_ca(validate="trust")
    device = Firmware(tmp_path, ca)
    assert device.run("skip")["certificate"] == "found"
    result = device.run("skip", status=1)
    assert result["error"] == "it is too early for another try" and result.number("temporary") == 1
    assert len(ca.orders) == 1
    assert device.run("skip", "no-clock", status=1)["error"] == result["error"]
    device.run("skip", "again")
    assert len(ca.issued) == 2


def test_two_cas(ca, start_ca, new_wafer):
    """One after the other is not a way around the hour."""
    other = start_ca()
    wafer = new_wafer(ca)
    wafer.ca += ["--ca", other.url]
    for server in (ca, other):
        lasting(server, HOUR, 2)
    wafer.issue(NAME)
    for ahead in (0, 50 * 60):
        for server in (ca, other):
            pass_time(wafer, server, ahead)
        for command in (["issue", NAME], ["renew"], ["issue", NAME]):
            wafer.run(*command, status=None)
    assert len(ca.orders) == 1 and other.orders == []

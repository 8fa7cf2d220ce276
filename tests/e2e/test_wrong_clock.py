"""A wrong clock wastes no certificate: what the CA issues, and what is due, is judged by the CA's own Date."""

import datetime

import pytest

import pki
from client import DONE, FAILED, LATER
from clock import DAY, HOUR, UNSET, date_shape, pass_time, set_clock

NAME = "a.test"
SHIFTS = [-8 * HOUR, -3 * HOUR, -2 * DAY, 8 * DAY, 20 * DAY]
LATE = 30 * DAY  # the time of these tests: a clock before the build counts as not set, which is another matter


@pytest.fixture
def server(tmp_path):
    """A server whose certificate is valid by all of these clocks."""
    return pki.ServerFiles(tmp_path, "long", not_before=pki.now() - pki.days(30), not_after=pki.now() + pki.days(300))


@pytest.fixture
def ca(start_ca, server):
    """It issues for six days, from an hour ago on."""
    ca = start_ca(files=server)
    ca.shape = date_shape(LATE)
    ca.make_chain = lambda csr, names: ca.proper_chain(
        csr, names, not_before=pki.now() + datetime.timedelta(seconds=LATE - HOUR), not_after=pki.now() + pki.days(36))
    return ca


@pytest.fixture
def wafer(ca, new_wafer):
    wafer = new_wafer(ca)
    set_clock(wafer, LATE)
    return wafer


def assert_warned(result):
    """One line, with both times and the remedy."""
    lines = [line for line in result.err.splitlines() if "warning" in line]
    assert len(lines) == 1 and "clock" in lines[0] and lines[0].count(" UTC") == 2, result.err


@pytest.mark.parametrize("command", [["issue", NAME], ["renew"]])
@pytest.mark.parametrize("shift", SHIFTS)
def test_one_certificate(ca, wafer, shift, command):
    """However often cron runs."""
    set_clock(wafer, LATE + shift)
    assert_warned(wafer.issue(NAME))
    first = wafer.live(NAME).cert
    for _ in range(3):
        result = wafer.run(*command)
        assert result.err == "" or "warning" in result.err
    assert len(ca.orders) == len(ca.issued) == 1
    assert wafer.live(NAME).cert == first
    wafer.run(*command, "--force")
    assert len(ca.issued) == 2


@pytest.mark.parametrize("shift", SHIFTS)
def test_renewal_when_it_is_due(ca, wafer, shift):
    """Four days later it is, by the CA, whatever a clock that is ahead says; one that is behind is late."""
    set_clock(wafer, LATE + shift)
    wafer.issue(NAME)
    ca.shape = date_shape(LATE + 4 * DAY)
    set_clock(wafer, LATE + 4 * DAY + shift)
    wafer.run("renew")
    assert len(ca.issued) == (2 if shift > -DAY else 1)
    set_clock(wafer, LATE + 4 * DAY)
    wafer.run("renew")
    assert len(ca.issued) == 2


@pytest.mark.parametrize("shift", [-8 * HOUR, 20 * DAY])
def test_a_ca_that_tells_no_time(ca, wafer, shift):
    """The certificate is kept, with a warning: it may be the clock that is wrong."""
    ca.shape = date_shape(None)
    set_clock(wafer, LATE + shift)
    result = wafer.issue(NAME)
    assert "clock" in result.err and "warning" in result.err
    set_clock(wafer, LATE)
    wafer.run("renew")
    assert len(ca.issued) == 1 and wafer.live(NAME).cert == ca.issued[0]


@pytest.mark.parametrize("spec", [LATE - 3 * DAY, LATE - 20 * DAY, 0])
@pytest.mark.parametrize("command", [["issue", NAME], ["renew"]])
def test_certificate_of_the_future(ca, wafer, spec, command):
    """It was issued when the CA told no time. While it tells none, it may be the clock that is wrong: nothing is ordered.
    When it tells the clock's time, the certificate is replaced; when another, it is the clock that is wrong."""
    ca.shape = date_shape(None)
    wafer.issue(NAME)
    set_clock(wafer, spec)
    for _ in range(2):
        wafer.run(*command)
    assert len(ca.orders) == 1
    ca.shape = date_shape(LATE)
    assert_warned(wafer.run(*command))
    assert len(ca.orders) == 1
    ca.shape = date_shape(spec)
    ca.make_chain = lambda csr, names: ca.proper_chain(
        csr, names, not_before=pki.now() + datetime.timedelta(seconds=spec - HOUR), not_after=pki.now() + pki.days(36))
    wafer.run(*command)
    assert len(ca.orders) == 2 and wafer.live(NAME).cert == ca.issued[1]


@pytest.mark.parametrize("spec", [LATE, LATE - 3 * DAY, UNSET])
def test_expired_by_the_ca(ca, wafer, spec):
    """No clock saves a certificate that the CA issues for the past."""
    ca.make_chain = lambda csr, names: ca.proper_chain(
        csr, names, not_before=pki.now() + pki.days(20), not_after=pki.now() + pki.days(29))
    set_clock(wafer, spec)
    assert "not valid now" in wafer.issue(NAME, status=FAILED).error()


# ---- a clock that is not set

@pytest.mark.parametrize("spec", [UNSET, "@2001-01-01 00:00:00"])
def test_issue_without_a_clock(ca, wafer, spec):
    """At each start of a device."""
    set_clock(wafer, spec)
    assert_warned(wafer.issue(NAME))
    for _ in range(3):
        result = wafer.issue(NAME)
        assert "nothing to do" in result.out
        assert_warned(result)
    assert len(ca.issued) == 1 and ca.count("newAccount") == 1
    wafer.issue("--force", NAME)
    wafer.issue("b.test")
    assert len(ca.issued) == 3


@pytest.mark.parametrize("command", [["issue", NAME], ["renew"]])
@pytest.mark.parametrize("spec", [UNSET, "@2001-01-01 00:00:00"])
def test_nobody_tells_the_time(ca, wafer, spec, command):
    """What is there is left alone, unless a person forces it."""
    ca.shape = date_shape(None)
    set_clock(wafer, spec)
    wafer.issue(NAME)
    for _ in range(2):
        error = wafer.run(*command, status=FAILED).error()
        assert "time is not known" in error
    assert len(ca.orders) == 1
    wafer.run(*command, "--force")
    assert len(ca.orders) == 2


def test_renew_without_a_clock(ca, wafer):
    wafer.issue(NAME)
    wafer.issue("b.test")
    set_clock(wafer, UNSET)
    ca.requests.clear()
    assert_warned(wafer.run("renew"))
    assert [endpoint for endpoint, _ in ca.requests] == ["directory"]
    assert len(ca.issued) == 2
    ca.shape = date_shape(LATE + 4 * DAY)
    wafer.run("renew")
    assert len(ca.issued) == 4
    assert "no clock" in wafer.run("status").out


def test_renew_without_a_clock_or_a_ca(ca, wafer):
    wafer.issue(NAME)
    set_clock(wafer, UNSET)
    ca.shape = date_shape(None)
    for command in (["renew"], ["issue", NAME]):
        assert "clock" in wafer.run(*command, status=None).error()
    wafer.run("renew", "-n", status=LATER)
    ca.stop()
    for command in (["renew"], ["issue", NAME]):
        assert wafer.run(*command, status=LATER).error()
    assert len(ca.issued) == 1


def test_other_answers_as_json(ca, wafer):
    set_clock(wafer, LATE + 8 * DAY)
    warnings = [line for line in wafer.issue("--json", NAME).json() if line["event"] == "warning"]
    assert len(warnings) == 1 and "clock" in warnings[0]["text"]
    again = wafer.issue("--json", NAME).json()
    assert [line["event"] for line in again if line["event"] in ("issued", "not-due")] == ["not-due"]


@pytest.mark.parametrize("shift", [50 * 60, -50 * 60, 0])
def test_clocks_may_differ_a_little(ca, wafer, shift):
    set_clock(wafer, LATE + shift)
    assert wafer.issue(NAME).err == ""
    pass_time(wafer, ca, LATE + 4 * DAY)
    assert wafer.run("renew", status=DONE).err == ""
    assert len(ca.issued) == 2


def test_answer_from_a_cache(ca, wafer):
    """Its Date is old, and its Age tells how old."""
    def shape(answer):
        answer = date_shape(LATE - 5 * DAY)(answer)
        answer.headers["Age"] = str(5 * DAY)
        return answer
    ca.shape = shape
    assert wafer.issue(NAME).err == ""

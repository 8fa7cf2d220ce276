"""What a firmware brings in by its configuration, or leaves out: subproblems, and the time from the CA."""

import calendar
import email.utils

import pytest

import pki
from firmware import Firmware
from tlsserver import problem

LATER = calendar.timegm((2031, 5, 6, 7, 8, 9))


@pytest.fixture
def ca(start_ca):
    return start_ca(validate="trust")


def compound(*kinds):
    return problem("compound", "some names are refused", 403, subproblems=[
        dict(type=f"urn:ietf:params:acme:error:{kind}", detail="why", identifier=dict(type="dns", value="a.test"))
        for kind in kinds])


@pytest.mark.parametrize("options, kinds, action", [
    ([], ["dns"], "stop"), ([], ["rateLimited", "dns"], "stop"), ([], [], "stop"),
    (["subproblems"], ["dns"], "backoff"), (["subproblems"], ["dns", "rateLimited"], "later"),
    (["subproblems"], ["dns", "caa"], "stop")])
def test_compound(ca, device, options, kinds, action):
    """Who does not read subproblems takes a compound problem for one that a person must look at."""
    ca.once("newOrder", compound(*kinds))
    result = device.run("skip", *options, status=1)
    assert result.action == action and result.number("temporary") == (action != "stop")
    assert result["subproblem"] == (f"urn:ietf:params:acme:error:{kinds[0]}" if options else "")
    assert ca.count("newOrder") == 1


def date(value):
    def shape(answer):
        answer.headers.pop("Date", None)
        if value is not None:
            answer.headers["Date"] = value
        return answer
    return shape


def test_learn_time(start_ca, tmp_path):
    """As far as the server's certificate reaches."""
    ca = start_ca(files=pki.ServerFiles(tmp_path, "ten-years", not_after=pki.now() + pki.days(3650)))
    device = Firmware(tmp_path, ca)
    ca.shape = date(email.utils.formatdate(LATER, usegmt=True))
    result = device.run("learn", "no-clock")
    assert LATER <= result.number("now") < LATER + 3600
    assert [endpoint for endpoint, _ in ca.requests] == ["directory"]


def test_learn_time_that_is_known(ca, device):
    ca.shape = date(email.utils.formatdate(LATER, usegmt=True))
    assert device.run("learn").number("now") < LATER
    assert ca.requests == []


@pytest.mark.parametrize("value", [None, "yesterday", email.utils.formatdate(0, usegmt=True)])
def test_learn_time_in_vain(ca, device, value):
    """No date, or none that can be: the directory was read, the time is still not known."""
    ca.shape = date(value)
    result = device.run("learn", "no-clock", status=1)
    assert result["subject"] == ca.url and "time" in result["error"], result["error"]
    ca.ordinary()
    assert device.run("skip", "no-clock")["certificate"] == "found"

"""A profile that may be left out (profile_optional) when the CA refuses it."""

import pytest

import jose
from tlsserver import problem

REFUSALS = ["invalidProfile", "malformed", "unauthorized"]
WARNING = ["order: short: the CA refuses this profile: ordering without one"]


@pytest.fixture
def ca(start_ca):
    return start_ca(validate="trust")


def refuse(ca, kind, also_without=False, **headers):
    """newOrder with a profile is refused; also_without: any is."""
    def step(request, proceed):
        payload = jose.Jws(request.body).value()
        if "profile" not in payload and not also_without:
            return proceed()
        ca.requests.append(("newOrder", payload))
        return problem(kind, "not this one", 429 if kind == "rateLimited" else 403, headers)
    ca.always("newOrder", step)


def profiles(ca):
    """Of each newOrder that was sent."""
    return [payload.get("profile") for endpoint, payload in ca.requests if endpoint == "newOrder"]


def test_accepted(ca, device):
    result = device.run("skip", "profile=short", "optional")
    assert profiles(ca) == ["short"] and result.warnings == [] and result["profile"] == "short"


@pytest.mark.parametrize("kind", REFUSALS)
def test_optional(ca, device, kind):
    refuse(ca, kind)
    result = device.run("skip", "profile=short", "optional")
    assert profiles(ca) == ["short", None] and result.warnings == WARNING
    assert result["certificate"] == "found"
    assert result["profile"] == "short"  # what was asked for: a renewal asks for it again
    assert len(ca.orders) == 1


@pytest.mark.parametrize("kind", REFUSALS)
def test_not_optional(ca, device, kind):
    refuse(ca, kind)
    result = device.run("skip", "profile=short", status=1)
    assert profiles(ca) == ["short"] and result.warnings == []
    assert result.action == "stop" and result.number("temporary") == 0 and result["step"] == "order"
    assert len(ca.orders) == 0


@pytest.mark.parametrize("kind", REFUSALS)
def test_refused_without_it_too(ca, device, kind):
    refuse(ca, kind, also_without=True)
    result = device.run("skip", "profile=short", "optional", status=1)
    assert profiles(ca) == ["short", None] and result.warnings == WARNING
    assert result.action == "stop" and result.number("temporary") == 0


@pytest.mark.parametrize("kind", ["rateLimited", "rejectedIdentifier", "caa"])
def test_refused_for_another_reason(ca, device, kind):
    """Leaving the profile out would not help."""
    refuse(ca, kind, **{"Retry-After": "60"})
    result = device.run("skip", "profile=short", "optional", status=1)
    assert profiles(ca) == ["short"] and result.warnings == []
    assert result.action == ("later" if kind == "rateLimited" else "stop")


def test_no_profile_to_leave_out(ca, device):
    refuse(ca, "malformed", also_without=True)
    result = device.run("skip", "optional", status=1)
    assert profiles(ca) == [None] and result.warnings == [] and result.action == "stop"


def test_resumed_without_it(ca, device):
    """The order without the profile is the one that was asked for: it is gone on with."""
    refuse(ca, "invalidProfile")
    device.cut("/finalize/", "skip", "profile=short", "optional")
    result = device.run("skip", "profile=short", "optional")
    assert result.warnings == [] and len(ca.orders) == 1 and len(profiles(ca)) == 2

"""The limits of time in the configuration end each kind of wait, and the order is gone on with afterwards. Waiting
moves the device's clock only (firmware.c: skip), so the times are exact but for what the machine itself takes: they are
asserted from below with all that passed, from above with what was waited."""

import pytest

from tlsserver import problem

TIMEOUT = "no answer in time"
SLICE = 1000  # a wait ends within one of these
VALIDATION = 2000  # slack for what the first name takes before
FOR_EVER = 10**9


@pytest.fixture
def ca(start_ca):
    return start_ca(validate="trust")


def assert_limit(result, milliseconds):
    assert result["error"] == TIMEOUT and result.number("temporary") == 1
    assert milliseconds <= result.number("passed") and result.number("skipped") <= milliseconds + SLICE


def assert_goes_on(ca, device, orders=1):
    """The next run ends well, with the same order."""
    assert device.run("skip", "again")["certificate"] == "found"
    assert len(ca.orders) == orders and len(ca.issued) == ca.count("finalize") == 1


@pytest.mark.parametrize("limits, milliseconds", [(["operation=5000"], 5000), (["io=7000"], 7000), ([], 30000),
                                                  (["operation=5000", "io=7000"], 5000), (["operation=9000", "io=7000"], 7000)])
def test_silent_in_tls(ca, device, limits, milliseconds):
    """It takes the connection and never shakes hands."""
    result = device.run("skip", "silent=tls", *limits, status=1)
    assert_limit(result, milliseconds)
    assert result["step"] == "directory" and result["subject"] == ca.url
    assert_goes_on(ca, device)


@pytest.mark.parametrize("limits, milliseconds", [(["operation=5000"], 5000), (["io=7000"], 7000)])
@pytest.mark.parametrize("part, step, orders", [("/newAccount", "account", 1), ("/newOrder", "order", 2),
                                                ("/authorization/", "authorization", 1), ("/finalize/", "finalize", 1),
                                                ("/certificate/", "certificate", 1)])
def test_silent_later(ca, device, limits, milliseconds, part, step, orders):
    """An answer that does not come. What the CA did with the request shows in the next run."""
    result = device.run("skip", f"silent={part}", *limits, status=1)
    assert result["error"] == TIMEOUT and result["step"] == step and part in result["subject"]
    assert result.number("passed") >= milliseconds
    assert_goes_on(ca, device, orders)


def test_slow_polls(ca, device):
    """The CA issues for ever: wait_timeout_ms ends that, or operation_timeout_ms, whichever is first."""
    for limits, most in ((["wait=20000"], 20000), (["operation=15000"], 15000), (["wait=20000", "operation=100000"], 20000)):
        ca.slow_finalize = FOR_EVER
        result = device.run("skip", "again", *limits, status=1)
        assert result["error"] == TIMEOUT and result["step"] == "finalize"
        assert ca.origin in result["subject"] and result.number("skipped") <= most + VALIDATION
    ca.orders[0]["left"] = 0
    assert_goes_on(ca, device)


def test_default_of_the_waits(ca, device):
    ca.slow_finalize = FOR_EVER
    result = device.run("skip", status=1)
    assert result["error"] == TIMEOUT
    assert 150000 < result.number("passed") and result.number("skipped") <= 300000 + VALIDATION


def test_slow_validation(ca, device):
    """The authorization stays pending."""
    def pending(value):
        return dict(value, status="pending", challenges=[dict(c, status="pending") for c in value["challenges"]])
    ca.edit["authorization"] = pending
    ca.edit["order"] = lambda value: dict(value, status="pending")
    for limit in ("wait=20000", "operation=20000"):
        result = device.run("skip", "again", limit, status=1)
        assert result["error"] == TIMEOUT and result["step"] == "validation"
        assert result["subject"] == "a.test" and result.number("skipped") <= 20000 + VALIDATION
    ca.ordinary()
    assert_goes_on(ca, device)


def test_retry_after_that_fits(ca, device):
    ca.slow_finalize = 1

    def step(request, proceed):
        answer = proceed()
        answer.headers["Retry-After"] = "59"
        return answer
    ca.once("finalize", step)
    result = device.run("skip", "operation=600000")
    assert result["certificate"] == "found" and result.number("passed") >= 59000


def test_pause_after_a_server_error(ca, device):
    """There is no time for the quick try that the CA asks for: its error is told at once."""
    ca.once("newOrder", problem("serverInternal", "busy", 503, {"Retry-After": "20"}))
    result = device.run("skip", "operation=15000", status=1)
    assert result.action == "backoff" and result["step"] == "order" and result.number("skipped") < 5000
    assert ca.count("newOrder") == 1
    assert_goes_on(ca, device)


def not_ready(ca):
    def step(request, proceed):
        ca.requests.append(("finalize", None))
        return problem("orderNotReady", "not yet", 403)
    return step


def test_order_not_ready(ca, device):
    """Order and authorizations are read again, then it is finalized again."""
    ca.once("finalize", not_ready(ca))
    assert device.run("skip")["certificate"] == "found"
    assert ca.count("finalize") == 2 and ca.count("order") == 1
    assert len(ca.orders) == len(ca.issued) == 1


def test_order_not_ready_while_a_name_is_pending(ca, device):
    """An authorization that the CA has taken back is proven again."""
    def step(request, proceed):
        ca.authorizations[0]["status"], ca.orders[0]["status"] = "pending", "pending"
        return not_ready(ca)(request, proceed)
    ca.once("finalize", step)
    assert device.run("skip")["certificate"] == "found"
    kinds = [endpoint for endpoint, _ in ca.requests]
    again = kinds[kinds.index("finalize") + 1:]
    assert again[:3] == ["order", "authorization", "challenge"] and kinds.count("challenge") == 2
    assert len(ca.orders) == len(ca.issued) == 1


@pytest.mark.parametrize("limit", ["wait=30000", "operation=30000"])
def test_order_never_ready(ca, device, limit):
    ca.always("finalize", not_ready(ca))
    result = device.run("skip", limit, status=1)
    assert result["error"] == TIMEOUT and result.number("skipped") <= 30000 + VALIDATION
    assert ca.count("finalize") < 30
    ca.ordinary()
    ca.requests.clear()
    assert_goes_on(ca, device)

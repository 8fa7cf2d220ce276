"""What a CA refuses: the user reads why in one line, and wafer does not knock again too soon."""

import pytest

from client import FAILED, LATER
from clock import DAY, pass_time
from tlsserver import json_answer, problem

NAME = "a.test"


def fails(wafer, ca, *args, status, says):
    """Runs a failing command; checks its error line and that the store is sound."""
    args = args or ("issue", NAME)
    error = wafer.run(*args, status=status).error()
    for text in [says] if isinstance(says, str) else says:
        assert text in error, error
    wafer.check_store()
    return error


@pytest.fixture
def due(ca, new_wafer):
    """A wafer with a certificate of `ca` that is due for renewal."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    pass_time(wafer, ca, 70 * DAY)
    ca.requests.clear()
    return wafer


def test_due_certificate_is_renewed(ca, due):
    old = due.live(NAME)
    due.run("renew")
    assert due.live(NAME).cert.serial_number != old.cert.serial_number


def test_rate_limit_with_retry_after_is_remembered(ca, due):
    ca.once("newOrder", problem("rateLimited", "too many certificates", 429, {"Retry-After": "3600"}))
    fails(due, ca, "renew", status=LATER, says="too many certificates")
    ca.requests.clear()
    due.run("renew", status=LATER)
    assert ca.requests == []


def test_rate_limit_without_retry_after_stops(ca, due):
    """Let's Encrypt's pause: a person must go to a URL."""
    ca.once("newOrder", problem("rateLimited", "paused, visit https://unpause.test/?jwt=1", 429))
    fails(due, ca, "renew", status=FAILED, says="https://unpause.test/?jwt=1")
    ca.requests.clear()
    due.run("renew", status=None)
    assert ca.count("newOrder") == 0


def test_rate_limit_as_503(ca, due):
    ca.once("newOrder", problem("rateLimited", "slow down", 503, {"Retry-After": "3600"}))
    fails(due, ca, "renew", status=LATER, says="slow down")
    ca.requests.clear()
    due.run("renew", status=LATER)
    assert ca.requests == []


def test_failed_renewal_waits_before_the_next(ca, due):
    ca.always("newOrder", problem("rejectedIdentifier", "not that name", 403))
    fails(due, ca, "renew", status=FAILED, says="not that name")
    ca.requests.clear()
    due.run("renew", status=None)
    assert ca.requests == []


def test_person_may_try_again_at_once(ca, new_wafer):
    wafer = new_wafer(ca)
    ca.once("newOrder", problem("rejectedIdentifier", "not that name", 403))
    fails(wafer, ca, status=FAILED, says="not that name")
    wafer.issue("--force", NAME)


def test_subproblems_are_shown_with_their_names(ca, new_wafer):
    ca.once("newOrder", problem("compound", "some names are refused", 403, subproblems=[
        dict(type="urn:ietf:params:acme:error:caa", detail="CAA forbids", identifier=dict(type="dns", value="one.test")),
        dict(type="urn:ietf:params:acme:error:rejectedIdentifier", detail="on a list",
             identifier=dict(type="dns", value="two.test"))]))
    result = new_wafer(ca).issue("one.test", "two.test", status=FAILED)
    for text in ("one.test", "CAA forbids", "two.test", "on a list"):
        assert text in result.err, result.err


def test_badnonce_for_ever(ca, new_wafer):
    ca.always("newOrder", problem("badNonce", "never good"))
    fails(new_wafer(ca), ca, status=None, says="never good")
    assert 2 <= ca.count("newOrder") <= 11


def test_5xx_for_ever(ca, new_wafer):
    ca.always("newAccount", problem("serverInternal", "out of order", 500, {"Retry-After": "0"}))
    fails(new_wafer(ca), ca, status=LATER, says="out of order")
    assert 2 <= ca.count("newAccount") <= 4


def test_5xx_that_asks_for_a_long_wait(ca, new_wafer):
    ca.always("newOrder", problem("serverInternal", "maintenance", 503, {"Retry-After": "86400"}))
    fails(new_wafer(ca), ca, status=LATER, says="maintenance")
    assert ca.count("newOrder") == 1


@pytest.mark.parametrize("kind, status, endpoint, says", [
    ("unauthorized", FAILED, "newOrder", "unauthorized"),
    ("userActionRequired", FAILED, "newOrder", "https://ca.test/terms"),
    ("externalAccountRequired", FAILED, "newAccount", "--eab-kid"),
    ("invalidContact", FAILED, "newAccount", "invalidContact"),
    ("unsupportedIdentifier", FAILED, "newOrder", "unsupportedIdentifier"),
    ("badCSR", FAILED, "finalize", "badCSR"),
    ("caa", FAILED, "finalize", "caa"),
    ("madeUpByThisCa", FAILED, "newOrder", "madeUpByThisCa"),
    ("malformed", FAILED, "newOrder", "malformed"),
])
def test_problem_types(ca, new_wafer, kind, status, endpoint, says):
    """The type and what the CA says of it are shown."""
    ca.always(endpoint, problem(kind, "as we say", 403, instance="https://ca.test/terms"))
    fails(new_wafer(ca), ca, status=status, says=[says, "as we say"])
    assert ca.count(endpoint) <= 2


def test_terminal_escapes_are_not_passed_on(ca, new_wafer):
    ca.always("newOrder", problem("malformed", "evil \x1b[2J\x07 text\r\nwafer: second line", 400))
    result = new_wafer(ca).issue("-v", NAME, status=FAILED)
    assert "\x1b" not in result.out + result.err and "\x07" not in result.out + result.err
    result.error()


@pytest.mark.parametrize("status, code", [(400, FAILED), (404, FAILED), (500, LATER), (418, FAILED)])
def test_error_without_problem_document(ca, new_wafer, status, code):
    answer = json_answer("no", status)
    answer.headers["Retry-After"] = "0"
    ca.always("newOrder", answer)
    fails(new_wafer(ca), ca, status=code, says=[str(status), "order"])


def test_terms_not_agreed(ca, new_wafer):
    ca.edit["directory"] = lambda value: dict(value, meta={"termsOfService": "https://ca.test/terms-v7"})
    wafer = new_wafer(ca)
    wafer.ca.remove("--agree-tos")
    fails(wafer, ca, status=FAILED, says=["--agree-tos", "https://ca.test/terms-v7"])
    assert ca.count("newAccount") == 0


def test_validation_fails(ca, new_wafer):
    """The CA's own words about what it saw are shown."""
    ca.http_port = 9  # nobody listens there
    fails(new_wafer(ca, http_port=ca.port + 1), ca, status=LATER, says=[NAME, "Connection refused"])


def test_authorization_stays_pending_with_a_failed_challenge(ca, new_wafer):
    def edit(value):
        return value if value["status"] != "invalid" else dict(value, status="pending")
    ca.edit["authorization"] = edit
    ca._fetch = lambda authorization: authorization.update(status="invalid", error=dict(
        type="urn:ietf:params:acme:error:dns", detail="no A record found", status=400))
    fails(new_wafer(ca), ca, status=LATER, says=[NAME, "no A record found"])


def test_challenge_post_is_refused(ca, new_wafer):
    """Some CAs answer the challenge itself with 400 when validation fails."""
    ca.always("challenge", problem("unauthorized", "wrong key authorization", 403))
    fails(new_wafer(ca), ca, status=None, says=["wrong key authorization"])


def test_failed_validation_needs_a_new_order(ca, new_wafer):
    wafer = new_wafer(ca)
    good, ca.http_port = ca.http_port, 9
    fails(wafer, ca, status=LATER, says=NAME)
    ca.http_port = good
    wafer.issue("--force", NAME)
    assert len(ca.orders) == 2 and len(ca.accounts) == 1


def test_no_http01_offered(ca, new_wafer):
    ca.edit["challenge"] = lambda value: dict(value, type="dns-01")
    fails(new_wafer(ca), ca, status=FAILED, says=NAME)


def test_order_becomes_invalid_at_finalize(ca, new_wafer):
    def step(request, proceed):
        proceed()
        return json_answer(dict(status="invalid", identifiers=[], authorizations=[], finalize=ca.url, error=dict(
            type="urn:ietf:params:acme:error:caa", detail="CAA says no")))
    ca.once("finalize", step)
    fails(new_wafer(ca), ca, status=FAILED, says="CAA says no")


def test_second_ca_is_tried(start_ca, ca, new_wafer):
    """--ca may be repeated: the next one in order gets its turn."""
    bad = ca
    good = start_ca(validate="trust")
    bad.always("newOrder", problem("rejectedIdentifier", "not here", 403))
    wafer = new_wafer(bad)
    wafer.ca += ["--ca", good.url]
    wafer.issue(NAME)
    assert bad.count("newOrder") == 1 and good.count("newOrder") == 1

"""CAs that behave differently from Pebble and are right, or nearly so: wafer must get along."""

import email.utils
import time

import pytest

from tlsserver import Answer, problem

NAME = "a.test"


def without(*members):
    return lambda value: {k: v for k, v in value.items() if k not in members}


def test_synchronous_answers(start_ca, new_wafer):
    """Challenge and finalize are decided when they are answered; nothing is fetched."""
    ca = start_ca(validate="trust")
    new_wafer(ca).issue(NAME)
    assert ca.handshakes == 1


def test_ca_fetches_before_it_answers_the_challenge(start_ca, new_wafer):
    """The responder must answer while wafer waits for the answer to its own POST (step-ca)."""
    ca = start_ca(validate="sync")
    wafer = new_wafer(ca)
    wafer.issue(NAME, "b.test")
    assert wafer.live(NAME).names == [NAME, "b.test"]


@pytest.mark.parametrize("count", [1, 3])
def test_order_is_processing(start_ca, new_wafer, count):
    ca = start_ca(slow_finalize=count)
    new_wafer(ca).issue(NAME)


SHAPES = {
    "http10": dict(version="HTTP/1.0", framing="close"),
    "http10_length": dict(version="HTTP/1.0"),
    "connection_close": dict(close=True),
    "close_delimited": dict(close=True, framing="close"),
    "closed_silently": dict(hang_up=True),
    "chunked": dict(framing="chunked"),
    "one_byte_chunks": dict(framing="chunked", piece=1),
    "small_writes": dict(piece=50, pause=0.002),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_http_framing(ca, new_wafer, shape):
    def change(answer):
        for name, value in SHAPES[shape].items():
            setattr(answer, name, value)
        return answer
    ca.shape = change
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    assert ca.count("newAccount") == ca.count("newOrder") == ca.count("finalize") == 1
    wafer.check_store()


def test_slow_drip(ca, new_wafer):
    """One octet at a time is slow but not silent."""
    def change(answer):
        answer.piece, answer.pause = 1, 0.0003
        return answer
    ca.shape = change
    new_wafer(ca).issue(NAME)


@pytest.mark.parametrize("meta", ["missing", None, {}, {"externalAccountRequired": None, "new": [1, {"x": None}]},
                                  {"termsOfService": None, "caaIdentities": None}, [], "text", 7])
def test_directory_meta(ca, new_wafer, meta):
    ca.edit["directory"] = without("meta") if meta == "missing" else lambda value: dict(value, meta=meta)
    new_wafer(ca).issue(NAME)


def test_unknown_members_everywhere(ca, new_wafer):
    extra = {"x-new": None, "x-list": [[], {}, 1.5e300, -0, "\u00fc\\\"\n\u20ac\U0001f600"], "x-deep": {"a": {"b": {"c": [[[[1]]]]}}}}
    for kind in ("directory", "account", "order", "authorization", "challenge"):
        ca.edit[kind] = lambda value: {**extra, **value, "y-last": False}
    new_wafer(ca).issue(NAME)


def test_directory_without_optional_entries(ca, new_wafer):
    ca.edit["directory"] = without("revokeCert", "keyChange", "meta")
    new_wafer(ca).issue(NAME)


STRANGE = [
    {"type": "sectigo-email-01", "url": "https://127.0.0.1/x", "status": "pending"},
    {"type": "dns-persist-01", "url": "https://127.0.0.1/y", "status": "pending", "issuer-domain-names": ["ca.test"]},
    {"type": None, "token": None}, {}, {"type": 5, "token": {"a": 1}},
]


def test_unknown_challenges_without_token(ca, new_wafer):
    ca.edit["authorization"] = lambda value: dict(value, challenges=STRANGE + value["challenges"] + STRANGE)
    new_wafer(ca).issue(NAME)


def presolved(ca, order_status):
    """Authorizations are valid in a fresh order, which is `order_status` at once."""
    def step(request, proceed):
        answer = proceed()
        for authorization in ca.authorizations:
            authorization["status"] = "valid"
        if order_status == "pending":
            return answer
        shown = ca._order(len(ca.orders) - 1, None, None)
        answer.body = shown.body
        return answer
    return step


@pytest.mark.parametrize("status", ["pending", "ready"])
def test_authorizations_already_valid(ca, new_wafer, status):
    ca.always("newOrder", presolved(ca, status))
    new_wafer(ca).issue(NAME)
    assert ca.count("challenge") == 0


def test_ready_order_without_authorizations(ca, new_wafer):
    """Names that the CA validated beforehand need none."""
    ca.always("newOrder", presolved(ca, "ready"))
    ca.edit["order"] = lambda value: dict(value, authorizations=[])
    new_wafer(ca).issue(NAME)


def test_challenge_none_with_valid_authorizations(ca, new_wafer):
    ca.always("newOrder", presolved(ca, "pending"))
    wafer = new_wafer(ca)
    wafer.options = ["--challenge", "none"]
    wafer.issue(NAME)


@pytest.mark.parametrize("endpoint", ["order", "finalize", "authorization"])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_kept(start_ca, new_wafer, endpoint, form):
    ca = start_ca(slow_finalize=3)
    times = []

    def step(request, proceed):
        times.append(time.monotonic())
        answer = proceed()
        wait = "1" if form == "seconds" else email.utils.formatdate(time.time() + 2, usegmt=True)
        answer.headers["Retry-After"] = wait
        return answer
    ca.once(endpoint, step)
    new_wafer(ca).issue(NAME)
    if endpoint == "finalize":
        assert time.monotonic() - times[0] >= 0.95


def test_503_then_good(ca, new_wafer):
    for endpoint in ("directory", "newNonce", "newAccount", "newOrder", "authorization", "finalize", "certificate"):
        ca.once(endpoint, problem("serverInternal", "busy", 503, {"Retry-After": "0"}))
    new_wafer(ca).issue(NAME)
    assert ca.count("newOrder") == 2 and len(ca.orders) == 1


def test_badnonce_everywhere_once(ca, new_wafer):
    for endpoint in ("newAccount", "newOrder", "authorization", "challenge", "finalize", "order", "certificate"):
        ca.once(endpoint, problem("badNonce", "try again"))
    new_wafer(ca).issue(NAME)
    assert len(ca.orders) == len(ca.accounts) == 1


def test_errors_without_nonce(ca, new_wafer):
    ca.nonce_everywhere = False
    ca.once("newOrder", problem("serverInternal", "busy", 503, {"Retry-After": "0"}))
    new_wafer(ca).issue(NAME)


def test_account_forgotten_by_the_ca(ca, new_wafer):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    ca.once("newOrder", problem("accountDoesNotExist", "no such account"))
    wafer.run("renew", "--force")
    assert ca.count("newAccount") == 2 and len(ca.accounts) == 1  # the same key again
    wafer.live(NAME)


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_challenge_answered_with_little(ca, new_wafer, body):
    """The challenge's answer has nothing that is needed."""
    def step(request, proceed):
        answer = proceed()
        answer.body = body
        return answer
    ca.always("challenge", step)
    new_wafer(ca).issue(NAME)


def test_unquoted_link_parameters(ca, new_wafer):
    def step(request, proceed):
        answer = proceed()
        answer.headers["Link"] = [f"<{ca.origin}/acme:v2/directory>;rel=index", f"<{ca.url}/x>;rel=up;title*=utf-8''x"]
        return answer
    ca.always("certificate", step)
    new_wafer(ca, "--preferred-chain", "Fake root").issue(NAME)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_directory_redirects(ca, new_wafer, status):
    ca.once("directory", Answer(status, {"Location": "/acme:v2/directory?again"}))
    ca.once("directory", Answer(status, {"Location": ca.url}))
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    assert ca.count("directory") >= 3


def test_order_valid_at_once(ca, new_wafer):
    """An order that is valid when it is read again after a kill is just downloaded."""
    wafer = new_wafer(ca)
    ca.once("certificate", None)
    ca.once("certificate", None)
    ca.once("certificate", None)
    wafer.run("issue", NAME, status=75)
    wafer.run("issue", NAME)
    assert len(ca.orders) == 1 and len(ca.issued) == 1


def test_big_bodies(ca, new_wafer):
    """A member that is not needed may be large, but not without bound; see test_ca_garbage."""
    ca.edit["account"] = lambda value: dict(value, orders=ca.origin + "/acme:v2/orders/1", padding="x" * 1000)
    new_wafer(ca).issue(NAME)

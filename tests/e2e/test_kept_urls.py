"""What a CA said once is not believed for ever: the URLs of an order and of an account that an earlier run has
stored. Whatever they lead to, a run with an honest CA succeeds; and where the CA is what fails, an order is tried a
few times and then given up."""

import datetime
import json

import pytest

import jose
import pki
from client import FAILED, LATER
from firmware import Firmware
from procs import free_port
from tlsserver import Answer, json_answer, problem

NAME = "a.test"
BUSY = problem("serverInternal", "busy", 503, {"Retry-After": "3600"})  # longer than is waited for at once
HTML = Answer(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>Not found</body></html>")


@pytest.fixture
def stored(ca, new_wafer):
    """A wafer whose first run has placed an order, and ended before the authorization was read."""
    wafer = new_wafer(ca)
    ca.once("authorization", BUSY)
    wafer.issue(NAME, status=LATER)
    assert len(ca.orders) == 1
    return wafer


def replaced(ca, wafer, *options):
    """The next run places one new order, and succeeds."""
    wafer.issue(*options, NAME)
    wafer.live(NAME)
    assert len(ca.orders) == 2 and len(ca.issued) == 1
    wafer.check_store()


def test_sound_order_goes_on(ca, stored):
    stored.issue(NAME)
    assert len(ca.orders) == 1


# ---- what the stored URL of an order leads to

def status(word):
    return json_answer(dict(status=word, identifiers=[], authorizations=[], finalize="https://127.0.0.1/f"))


NO_ORDERS = {
    "400": problem("malformed", "no such order", 400),
    "401": json_answer("no", 401),
    "403": problem("unauthorized", "not your order", 403),
    "404": problem("malformed", "no such order", 404),
    "404 bare": Answer(404, {}, b""),
    "405": Answer(405, {}, b"method not allowed"),
    "410 unknown type": problem("orderIsGone", "it was", 410),
    "301": Answer(301, {"Location": "/acme:v2/directory"}),
    "302": Answer(302, {"Location": "https://login.test/"}),
    "307": Answer(307, {}),
    "html": HTML,
    "empty": Answer(200, {}, b""),
    "204": Answer(204, {}),
    "object": json_answer({}),
    "list": json_answer([]),
    "number": json_answer(17),
    "cut": Answer(200, {}, b'{"status": "pend'),
    "status null": json_answer(dict(status=None)),
    "account": json_answer(dict(status="valid", contact=["mailto:a@b.test"], orders="https://127.0.0.1/orders")),
    "challenge": json_answer(dict(type="http-01", status="pending", token="x" * 43, url="https://127.0.0.1/c")),
    "directory": json_answer(dict(newNonce="https://127.0.0.1/n", meta={})),
    "pem": Answer(200, {"Content-Type": "application/pem-certificate-chain"}, b"-----BEGIN CERTIFICATE-----\n"),
    "pending without authorizations": json_answer(dict(status="pending", finalize="https://127.0.0.1/f")),
    "valid without certificate": status("valid"),
    "invalid": status("invalid"), "expired": status("expired"), "deactivated": status("deactivated"),
    "revoked": status("revoked"), "unknown": status("no word of RFC 8555"),
}


@pytest.mark.parametrize("answer", NO_ORDERS)
def test_url_that_leads_to_no_order(ca, stored, answer):
    """At once: the CA is honest today."""
    ca.once("order", NO_ORDERS[answer])
    replaced(ca, stored)


def test_the_order_of_somebody_else(ca, stored):
    """It is even valid, but the certificate is for another key."""
    def step(request, proceed):
        proceed()
        return json_answer(dict(status="valid", identifiers=[], authorizations=[], finalize=ca.url,
                                certificate=ca.origin + "/acme:v2/certificate/9"))
    other = ca.issuing_ca.issue(ca.issuing_ca.key.public_key(), ["other.test"])
    ca.once("order", step)
    ca.once("certificate", Answer(200, {"Content-Type": "application/pem-certificate-chain"},
                                  b"".join(pki.cert_pem(c) for c in [other] + ca.issuing_ca.chain())))
    replaced(ca, stored)


@pytest.mark.parametrize("answer", ["invalid", "expired", "deactivated", "revoked", "404", "other name", "html", "no identifier"])
def test_only_the_authorization_tells(ca, stored, answer):
    """The order still says "pending"."""
    def edited(**members):
        def step(request, proceed):
            shown = proceed()
            shown.body = json.dumps({**json.loads(shown.body), **members}).encode()
            return shown
        return step
    ca.once("authorization", {
        "404": problem("malformed", "no such authorization", 404), "html": HTML,
        "other name": edited(identifier=dict(type="dns", value="other.test")),
        "no identifier": edited(identifier=None)}.get(answer, edited(status=answer)))
    replaced(ca, stored)
    assert ca.count("challenge") == 1


@pytest.mark.parametrize("endpoint", ["finalize", "certificate"])
@pytest.mark.parametrize("answer", ["404", "403", "302"])
def test_only_a_later_step_tells(ca, new_wafer, endpoint, answer):
    wafer = new_wafer(ca)
    ca.once(endpoint, BUSY)
    wafer.issue(NAME, status=LATER)
    ca.once(endpoint, NO_ORDERS[answer])
    wafer.issue(NAME)
    assert len(ca.orders) == 2


def stored_elsewhere(ca, wafer, url):
    def step(request, proceed):
        answer = proceed()
        answer.headers["Location"] = url
        return answer
    ca.once("newOrder", step)
    ca.once("authorization", BUSY)
    wafer.issue(NAME, status=LATER)


@pytest.mark.parametrize("place", ["nobody listens", "no such host", "busy", "hangs up", "untrusted"])
def test_order_on_another_host(ca, start_ca, new_wafer, server_files, place):
    """Where it is not the CA's own origin, no failure is a reason to try again."""
    wafer, other = new_wafer(ca), start_ca("rsa" if place == "untrusted" else "ec")
    if place == "nobody listens":
        url = f"https://127.0.0.1:{free_port()}/order/1"
    elif place == "no such host":
        url = "https://no-such-host.invalid/order/1"
    else:
        url = other.origin + "/acme:v2/order/1"
        other.always("order", BUSY if place == "busy" else None)
    stored_elsewhere(ca, wafer, url)
    replaced(ca, wafer)


def test_sound_order_on_another_host(ca, new_wafer):
    """A CA may have several names."""
    wafer = new_wafer(ca)
    stored_elsewhere(ca, wafer, ca.origin.replace("127.0.0.1", "localhost") + "/acme:v2/order/0")
    real = ca._authenticate  # it insists on one name
    ca._authenticate = lambda request, endpoint: (jose.Jws(request.body), None) if endpoint == "order" else real(request, endpoint)
    wafer.issue(NAME)
    assert len(ca.orders) == 1


# ---- what may pass: a few tries

@pytest.mark.parametrize("answer", [None, b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_order_that_fails_is_given_up_after_a_few_runs(ca, stored, answer):
    ca.always("order", answer)
    for _ in range(3):
        stored.issue(NAME, status=LATER)
    assert len(ca.orders) == 1
    replaced(ca, stored)


@pytest.mark.parametrize("answer", [BUSY, Answer(502, {"Retry-After": "3600"}, b"<html>")])
def test_order_that_the_ca_cannot_show_is_not_waited_for_a_day(ca, stored, answer):
    """The first runs wait minutes for the next; the one that would have to wait for a day replaces it."""
    ca.always("order", lambda request, proceed: answer if len(ca.orders) == 1 else proceed())
    for _ in range(2):
        stored.issue(NAME, status=LATER)
    assert len(ca.orders) == 1
    replaced(ca, stored)


def test_order_that_is_processing_for_ever(start_ca, tmp_path):
    ca = start_ca(validate="trust", slow_finalize=10**9)
    device = Firmware(tmp_path, ca)
    for _ in range(4):  # one placed it, three went on
        device.run("skip", "again", "wait=3000", status=1)
    assert len(ca.orders) == 1
    ca.slow_finalize = 0
    assert device.run("skip", "again")["certificate"] == "found"
    assert len(ca.orders) == 2


def test_no_network_gives_nothing_up(ca, stored):
    """The CA was not reached: nothing is known about the order."""
    ca.always("directory", None)
    for _ in range(5):
        stored.issue(NAME, status=LATER)
    ca.ordinary()
    stored.issue(NAME)
    assert len(ca.orders) == 1


@pytest.mark.parametrize("error", [problem("rateLimited", "slow down", 429, {"Retry-After": "3600"}),
                                   problem("rateLimited", "paused", 429)])
def test_rate_limit_says_nothing_about_the_order(ca, stored, error):
    ca.once("order", error)
    stored.issue(NAME, status=None)
    assert len(ca.orders) == 1 and ca.count("newOrder") == 1


@pytest.mark.parametrize("answer", [BUSY, None, "processing"])
def test_force_starts_anew(ca, stored, answer):
    """An order that a run has failed with is given up at once."""
    def processing(request, proceed):
        shown = proceed()
        shown.body = json.dumps({**json.loads(shown.body), "status": "processing"}).encode()
        return shown
    ca.always("order", processing if answer == "processing" else answer)
    replaced(ca, stored, "--force")


# ---- until when an order lives

@pytest.mark.parametrize("seconds, form, orders", [
    (-60, "{:%Y-%m-%dT%H:%M:%SZ}", 2), (-60, "{:%Y-%m-%dT%H:%M:%S.123456Z}", 2), (3600, "{:%Y-%m-%dT%H:%M:%SZ}", 1),
    (3600, "{:%Y-%m-%dT%H:%M:%S-02:00}", 1), (3600, "{:%Y-%m-%dT%H:%M:%S+02:00}", 2), (-60, "next week", 1)])
def test_expired_order(ca, new_wafer, seconds, form, orders):
    """By the client's clock; what is no time is as none."""
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    ca.edit["order"] = lambda value: dict(value, expires=form.format(when))
    wafer = new_wafer(ca)
    ca.once("authorization", BUSY)
    wafer.issue(NAME, status=LATER)
    ca.requests.clear()
    wafer.issue(NAME)
    assert len(ca.orders) == orders and ca.count("order") == (1 if orders == 1 else 0)


# ---- the account

UNKNOWN = {
    "accountDoesNotExist 400": problem("accountDoesNotExist", "no such account", 400),
    "accountDoesNotExist 401": problem("accountDoesNotExist", "no such account", 401),
    "accountDoesNotExist 403": problem("accountDoesNotExist", "no such account", 403),
    "accountDoesNotExist 404": problem("accountDoesNotExist", "no such account", 404),
    "unauthorized 401": problem("unauthorized", "who are you", 401),
    "unauthorized 403": problem("unauthorized", "account is not valid", 403),
    "malformed": problem("malformed", "unknown kid", 400),
    "unknown type": problem("noSuchAccount", "who are you", 400),
    "401": Answer(401, {}, b""), "403": Answer(403, {}, b"<html>Forbidden</html>"), "404": Answer(404, {}, b"not found"),
}


@pytest.fixture
def known(ca, new_wafer):
    """A wafer with an account, and a certificate."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    ca.requests.clear()
    return wafer


@pytest.mark.parametrize("words", UNKNOWN)
def test_account_that_the_ca_does_not_know(ca, known, words):
    """However it says so; the same key registers, once."""
    old = known.live(NAME).cert.serial_number
    key = list(ca.accounts.values())
    ca.forget_accounts(UNKNOWN[words])
    known.run("renew", "--force")
    assert known.live(NAME).cert.serial_number != old
    assert ca.count("newAccount") == 1 and list(ca.accounts.values()) == key
    ca.requests.clear()
    known.run("renew", "--force")
    assert ca.count("newAccount") == 0


@pytest.mark.parametrize("words", ["accountDoesNotExist 400", "unauthorized 403", "malformed", "404"])
@pytest.mark.parametrize("endpoint", ["newOrder", "authorization", "challenge", "finalize"])
def test_account_that_is_forgotten_meanwhile(ca, known, words, endpoint):
    """After the answer of that endpoint."""
    def step(request, proceed):
        answer = proceed()
        ca.forget_accounts(UNKNOWN[words])
        return answer
    old = known.live(NAME).cert.serial_number
    ca.once(endpoint, step)
    if (endpoint, words) == ("authorization", "unauthorized 403"):
        known.run("renew", "--force", status=LATER)  # for a challenge these are the words of a failed validation
    known.run("renew", "--force")
    assert known.live(NAME).cert.serial_number != old
    assert ca.count("newAccount") == 1


@pytest.mark.parametrize("words", ["accountDoesNotExist 404", "unauthorized 401", "403"])
def test_order_and_account_are_both_gone(ca, stored, words):
    ca.forget_accounts(UNKNOWN[words])
    stored.issue(NAME)
    assert ca.registered == 2 and len(ca.issued) == 1


def test_account_url_of_another_origin(ca, new_wafer):
    def step(request, proceed):
        answer = proceed()
        answer.headers["Location"] = "https://elsewhere.test/account/1"
        return answer
    wafer = new_wafer(ca)
    ca.once("newAccount", step)
    ca._says_unknown = UNKNOWN["malformed"]
    wafer.issue(NAME, status=FAILED)
    wafer.issue(NAME)
    assert ca.registered == 1 and ca.count("newAccount") == 2


@pytest.mark.parametrize("endpoint, refusal", [
    ("newOrder", problem("rejectedIdentifier", "not that name", 403)), ("newOrder", problem("caa", "CAA forbids", 403)),
    ("newOrder", problem("rateLimited", "slow down", 429, {"Retry-After": "9"})), ("newOrder", Answer(429, {"Retry-After": "9"})),
    ("newOrder", problem("userActionRequired", "read the new terms", 403)), ("finalize", problem("badCSR", "no", 400)),
    ("newOrder", BUSY)])
def test_ordinary_refusal_asks_for_no_account(ca, known, endpoint, refusal):
    ca.once(endpoint, refusal)
    known.run("renew", "--force", status=None)
    assert ca.count("newAccount") == 0 and ca.count("newOrder") == 1


@pytest.mark.parametrize("endpoint", ["newOrder", "finalize"])
def test_vague_refusal_of_a_known_account(ca, known, endpoint):
    """newAccount names the same URL: so it was not the account, and what was said first is the reason."""
    ca.always(endpoint, problem("unauthorized", "the first reason", 403))
    error = known.run("renew", "--force", status=FAILED).error()
    assert "the first reason" in error
    assert ca.count("newAccount") == 1 and ca.count("newOrder") == 1


def test_new_account_is_refused(ca, known):
    """Where newAccount tells more, that is the reason."""
    ca.forget_accounts(UNKNOWN["unauthorized 401"])
    ca.always("newAccount", problem("externalAccountRequired", "customers only", 403))
    assert "customers only" in known.run("renew", "--force", status=FAILED).error()

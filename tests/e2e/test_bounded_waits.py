"""What a CA can do to hold a client: ask for long waits, be slow in each of its answers, refuse one nonce after the
other, fetch the answer to a challenge without end. One limit ends all of that, and until then wafer looks again now and
then with the answers up, whatever it was asked for. Waiting moves the device's clock only (firmware.c: skip)."""

import http.client
import threading

import pytest

from client import LATER
from firmware import Firmware
from tlsserver import Answer, problem

NAME = "a.test"
TIMEOUT = "no answer in time"
OPERATION = 300000  # unless it is set
LOOK = 60000  # the longest wait between two looks
LONG = [300, 3600, 86400, 2147483647]


@pytest.fixture
def ca(start_ca):
    return start_ca(validate="trust")


def asks(seconds):
    def step(request, proceed):
        answer = proceed()
        answer.headers["Retry-After"] = str(seconds)
        return answer
    return step


def becomes_valid_later(ca, looks):
    """The authorization is shown as pending so often, then as it is."""
    shown = []

    def edit(value):
        shown.append(1)
        if len(shown) > looks + 1:  # one is read before the challenge
            return value
        return dict(value, status="pending", challenges=[dict(c, status="pending") for c in value["challenges"]])
    ca.edit["authorization"] = edit


# ---- Retry-After while the CA works

@pytest.mark.parametrize("seconds", LONG)
@pytest.mark.parametrize("endpoint", ["authorization", "challenge", "finalize", "order"])
def test_long_retry_after(ca, device, endpoint, seconds):
    """It does not end the operation: the CA is asked again soon enough for the answers that are up."""
    ca.slow_finalize = 2
    becomes_valid_later(ca, 1)
    ca.always(endpoint, asks(seconds))
    result = device.run("skip")
    assert result["certificate"] == "found" and len(ca.orders) == len(ca.issued) == 1
    assert result.number("skipped") <= 4 * LOOK


@pytest.mark.parametrize("seconds", [2, 45])
def test_short_retry_after_is_obeyed(ca, device, seconds):
    ca.slow_finalize = 1
    ca.once("finalize", asks(seconds))
    result = device.run("skip")
    assert result["certificate"] == "found" and result.number("passed") >= seconds * 1000


def test_less_time_than_asked_for(ca, device):
    """There is a look before the end, too."""
    ca.slow_finalize = 1
    ca.once("finalize", asks(50))
    assert device.run("skip", "operation=20000")["certificate"] == "found"


@pytest.mark.parametrize("endpoint, step", [("authorization", "validation"), ("order", "finalize")])
@pytest.mark.parametrize("limit", [[], ["operation=100000"], ["wait=100000"]])
def test_asked_to_wait_for_ever(ca, device, endpoint, step, limit):
    """The time is over at last; what the CA asked for is told. The next run goes on with the order."""
    if endpoint == "authorization":
        becomes_valid_later(ca, 10**6)
    ca.slow_finalize = 10**6
    ca.always(endpoint, asks(7200))
    result = device.run("skip", *limit, status=1)
    most = 100000 if limit else OPERATION
    assert result["error"] == TIMEOUT and result["step"] == step and result["retry_after"] == "7200"
    assert most * 0.9 <= result.number("passed") and result.number("skipped") <= most + 1000
    ca.ordinary()
    ca.slow_finalize = ca.orders[0]["left"] = 0
    assert device.run("skip", "again")["certificate"] == "found" and len(ca.orders) == 1


def test_the_person_is_told(ca, new_wafer):
    """The command shows the CA's wish while it waits, and when it has given up."""
    ca.slow_finalize = 10**6
    ca.always("order", asks(7200))
    ca.always("finalize", asks(7200))
    wafer = new_wafer(ca)
    process = wafer.start("issue", NAME, "--json")
    try:
        events = []
        for line in process.stdout:
            events.append(line)
            if '"asked"' in line:
                break
        assert '"seconds":7200' in events[-1]
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.parametrize("status", [500, 503])
def test_busy_while_answers_are_up(start_ca, tmp_path, status):
    """A failure that asks for an hour, when the CA may fetch the answer any time: it is polled as before."""
    ca = start_ca(validate="trust")
    becomes_valid_later(ca, 1)
    count = []

    def step(request, proceed):
        count.append(1)
        return problem("serverInternal", "busy", status, {"Retry-After": "3600"}) if len(count) == 2 else proceed()
    ca.always("authorization", step)
    assert Firmware(tmp_path, ca).run("skip")["certificate"] == "found"
    assert len(ca.orders) == 1


# ---- one limit for all

def test_both_kinds_of_waits_count_together(ca, device):
    becomes_valid_later(ca, 4)
    ca.slow_finalize = 10**6
    ca.always("authorization", asks(20))
    ca.always("order", asks(20))
    result = device.run("skip", "wait=100000", status=1)
    assert result["error"] == TIMEOUT and result["step"] == "finalize" and result.number("skipped") <= 101000


@pytest.mark.parametrize("limit", [[], ["operation=20000"]])
def test_retries_end_with_the_operation(ca, device, limit):
    """Each request fails three times, each time for as long as a quick try waits at most."""
    count = {}

    def busy(request, proceed):
        count[request.path] = count.get(request.path, 0) + 1
        return problem("serverInternal", "busy", 503, {"Retry-After": "30"}) if count[request.path] % 4 else proceed()
    for endpoint in ("directory", "newNonce", "newAccount", "newOrder", "authorization", "challenge", "finalize", "certificate"):
        ca.always(endpoint, busy)
    result = device.run("skip", *limit, status=1)
    assert result.number("temporary") == 1 and result.number("skipped") <= (20000 if limit else OPERATION)


def drip(answer):
    answer.piece, answer.pause = 1, 0.02
    return answer


@pytest.mark.parametrize("what", ["drip", "chunks", "nonces", "redirects"])
def test_slow_answers_end_with_the_operation(ca, device, what):
    """One octet after the other, one refusal after the other: in real time."""
    if what == "drip":
        ca.shape = drip
    elif what == "chunks":
        ca.always("directory", Answer(200, {}, b"{" + b" " * 10**6, framing="chunked", piece=1, pause=0.01))
    elif what == "nonces":
        ca.shape = lambda answer: drip(answer) if answer.status == 400 else answer
        ca.always("newAccount", problem("badNonce", "not this one"))
    else:
        ca.shape = drip
        ca.always("directory", Answer(302, {"Location": ca.url}))
    result = device.run("operation=1500", status=1)
    assert result["error"] == TIMEOUT and result.number("temporary") == 1
    assert 1400 <= result.number("passed")
    ca.ordinary()
    assert device.run("again")["certificate"] == "found"


class Fetcher:
    """Somebody who fetches an answer over and over while the CA decides on nothing."""

    def __init__(self, ca):
        self.ca, self.stopping, self.count = ca, threading.Event(), 0
        self.thread = threading.Thread(target=self._fetch)
        self.thread.start()

    def _fetch(self):
        while not self.stopping.wait(0.005):
            if not self.ca.authorizations:
                continue
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.ca.http_port, timeout=5)
                connection.request("GET", "/.well-known/acme-challenge/" + self.ca.authorizations[-1]["token"])
                self.count += connection.getresponse().status == 200
                connection.close()
            except (OSError, http.client.HTTPException):
                continue

    def stop(self):
        self.stopping.set()
        self.thread.join()


def test_fetched_without_end(start_ca, tmp_path):
    """It neither holds wafer nor makes it ask the CA without end."""
    ca = start_ca(validate="trust")
    becomes_valid_later(ca, 10**6)
    fetcher = Fetcher(ca)
    try:
        result = Firmware(tmp_path, ca).run("operation=4000", status=1)
    finally:
        fetcher.stop()
    assert result["error"] == TIMEOUT and result["step"] == "validation" and fetcher.count > 20
    assert 1 < ca.count("authorization") < 150


def test_fetched_while_another_fetches(start_ca, new_wafer):
    """And the CA's own fetch is seen all the same."""
    ca = start_ca()
    fetcher = Fetcher(ca)
    try:
        new_wafer(ca).issue(NAME)
    finally:
        fetcher.stop()

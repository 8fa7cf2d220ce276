"""How soon wafer looks at what the CA does: after a round trip, at first, then each time twice as long, and at once
when the CA has fetched an answer. Told by requests and events, not by a clock; that it is fast shows in `make bench`."""

import sys
import threading

import pytest

from client import REPOSITORY
from firmware import Firmware

sys.path.append(str(REPOSITORY / "tools/measure"))
from delay import Delay  # noqa: E402

NAME = "a.test"
FLOOR = ["directory", "newNonce", "newAccount", "newOrder", "authorization", "challenge", "authorization", "finalize",
         "order", "certificate"]
LONGEST = 10000


@pytest.fixture
def webroot_wafer(new_wafer, webroot):
    """webroot_wafer(server): one whose solver sees no fetch."""
    def make(server, *options):
        www = webroot(server.http_port)
        return new_wafer(server, "--solver", f"webroot:{www.folder}", *options)
    return make


def waits(result, step):
    return [event["milliseconds"] for event in result.json() if event["event"] == "wait" and event["step"] == step]


def is_doubling(times):
    """Each wait is twice the last one, less a fifth at most, and less what the next request takes anyway."""
    assert times[0] <= 10, times
    assert all(earlier < later <= 3.2 * earlier + 10 for earlier, later in zip(times[1:], times[2:])), times


def kinds(ca):
    return [endpoint for endpoint, _ in ca.requests]


@pytest.mark.parametrize("solver", ["standalone", "webroot"])
def test_as_few_requests_as_can_be(start_ca, new_wafer, webroot_wafer, solver):
    """A CA that decides at once is asked once, though nobody waits long for it."""
    ca = start_ca(validate="trust", slow_finalize=1)
    wafer = new_wafer(ca) if solver == "standalone" else webroot_wafer(ca)
    result = wafer.issue(NAME, "--json")
    assert kinds(ca) == FLOOR
    assert max(waits(result, "validation")) <= 80 and max(waits(result, "finalize")) <= 10
    ca.requests.clear()
    wafer.issue(NAME, "--force")
    assert kinds(ca) == [kind for kind in FLOOR if kind != "newAccount"]


@pytest.mark.parametrize("name", ["standalone", "webroot"])
def test_pebble_takes_as_few(pebble24, proxy, new_wafer, webroot, name):
    """Against a real CA on this machine. It may be too busy for a look or two, and more when others are busy: not each time."""
    options = ["--solver", f"webroot:{webroot(pebble24.http_port).folder}"] if name == "webroot" else []
    proxy.http_port = pebble24.http_port
    seen = []
    while len(seen) < 8 and not (seen and min(seen) <= len(FLOOR) + 3):
        proxy.reset()
        new_wafer(proxy, *options).issue(f"few{len(seen)}.{name}.test")
        seen.append(len(proxy.kinds))
    assert len(FLOOR) <= min(seen) <= len(FLOOR) + 3, seen


def test_waits_double(start_ca, webroot_wafer):
    """While the CA works on an authorization or an order."""
    ca = start_ca(validate="trust", slow_finalize=7)
    shown = []

    def edit(value):
        shown.append(1)
        return dict(value, status="pending", challenges=[dict(c, status="pending") for c in value["challenges"]]) if len(shown) < 8 else value
    ca.edit["authorization"] = edit
    result = webroot_wafer(ca).issue(NAME, "--json")
    for step in "validation", "finalize":
        assert len(waits(result, step)) == 7
        is_doubling(waits(result, step))


def test_longest_wait(start_ca, tmp_path):
    """Ten seconds, however long it takes."""
    ca = start_ca(validate="trust", slow_finalize=40)
    result = Firmware(tmp_path, ca).run("skip")
    assert result["certificate"] == "found"
    assert 20 * 8 * 1000 <= result.number("skipped") <= 40 * LONGEST


def test_looks_when_the_answer_was_fetched(ca, new_wafer):
    """A CA that takes its time with the fetch: the look follows it, whatever the wait at hand."""
    ordinary, release = ca._fetch, threading.Event()

    def fetch(authorization):
        release.wait(20)
        ordinary(authorization)
    ca._fetch = fetch
    wafer = new_wafer(ca)
    process = wafer.start("issue", NAME, "--json")
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if '"wait"' in line and len([l for l in lines if '"wait"' in l]) == 4:
                release.set()
    finally:
        release.set()
        process.communicate(timeout=60)
    assert process.returncode == 0
    told = [line for line in lines if '"fetched"' in line or '"wait"' in line and '"validation"' in line]
    at = next(i for i, line in enumerate(told) if '"fetched"' in line)
    assert at == 4 and len(told) - at <= 3, told  # no more than two short ones behind it


@pytest.mark.parametrize("names", [2, 5])
def test_several_names(ca, new_wafer, names):
    """All fetched, each is looked at once more at most, whichever comes first: its end or wafer's look."""
    new_wafer(ca).issue(*[f"n{n}.test" for n in range(names)])
    assert names <= ca.count("authorization") <= 2 * names + 2


class Far:
    """A CA behind a delaying proxy."""

    def __init__(self, ca, rtt_s):
        self.delay = Delay(ca.port, rtt_s)
        self.root, self.http_port = ca.root, ca.http_port
        self.url = f"https://127.0.0.1:{self.delay.port}/acme:v2/directory"


@pytest.mark.parametrize("rtt", [30, 100])
def test_far_away(start_ca, webroot_wafer, rtt):
    """The way there and back is the first interval, so there is nothing to wait for; then it doubles."""
    ca = start_ca(validate="trust", slow_finalize=5)
    far = Far(ca, rtt / 1000)
    ca.origin, origin = f"https://127.0.0.1:{far.delay.port}", ca.origin
    try:
        result = webroot_wafer(far).issue(NAME, "--json")
    finally:
        far.delay.stop()
        ca.origin = origin
    assert waits(result, "validation") == [0]
    times = waits(result, "finalize")
    assert len(times) == 5 and times[0] == 0
    assert all(0.5 * rtt * (2**n - 1) <= time <= 2 * rtt * (2**n - 1) for n, time in enumerate(times)), times

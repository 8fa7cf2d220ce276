"""wafer is killed at every request and at every change on disk, and started again: it must finish
the same order, register no second account and leave live/ consistent at every moment."""

import re
import shutil

import pytest

from client import Live, world_readable

NAME = "a.test"
DISK_CALLS = ("openat", "mkdir", "pwrite64", "write", "ftruncate", "fallocate", "fsync", "fdatasync", "rename", "renameat",
              "renameat2", "symlink", "symlinkat", "link", "unlink", "unlinkat", "rmdir", "fchmod")


def kill_at_request(wafer, proxy, number, when, command):
    """Runs the command and kills it at request `number`; returns the kind of that request."""
    killed = []
    process = wafer.start(*command)

    def hook(n, kind):
        if n != number:
            return True
        process.kill()
        process.wait()
        killed.append(kind)
        return False
    setattr(proxy, when, hook)
    process.communicate(timeout=60)
    proxy.reset()
    return killed[0] if killed else None


def check_disk(wafer, earlier=None):
    """live/ is absent, or as before, or whole."""
    assert world_readable(wafer.state) == []
    live = wafer.state / "live" / NAME
    if earlier is None and not live.exists():
        return
    Live(live)


def requests_of(proxy, wafer, *command):
    """How many requests the command makes when nobody kills it."""
    proxy.reset()
    wafer.run(*command)
    return len(proxy.kinds)


@pytest.mark.parametrize("when", ["before", "after"])
def test_kill_at_every_request_of_the_first_issue(proxy, pebble24, new_wafer, when):
    total = requests_of(proxy, new_wafer(proxy, http_port=pebble24.http_port), "issue", NAME)
    for number in range(total):
        wafer, part = new_wafer(proxy, http_port=pebble24.http_port), pebble24.since_now()
        kind = kill_at_request(wafer, proxy, number, when, ["issue", NAME])
        check_disk(wafer)
        wafer.issue(NAME)
        wafer.live(NAME)
        wafer.check_store()
        lost = kind == "order-plz" and when == "after"  # the CA's answer was never seen
        assert (part.new_accounts(), part.new_orders()) == (1, 1 + lost), (number, kind)


@pytest.mark.parametrize("when", ["before", "after"])
def test_kill_at_every_request_of_a_renewal(proxy, pebble24, new_wafer, when):
    wafer = new_wafer(proxy, http_port=pebble24.http_port)
    wafer.issue(NAME)
    total = requests_of(proxy, wafer, "renew", "--force")
    for number in range(total):
        part, earlier = pebble24.since_now(), wafer.live(NAME)
        kind = kill_at_request(wafer, proxy, number, when, ["renew", "--force"])
        check_disk(wafer, earlier)
        wafer.run("renew", "--force")
        assert wafer.live(NAME).cert.serial_number != earlier.cert.serial_number
        lost = kind == "order-plz" and when == "after"
        assert (part.new_accounts(), part.new_orders()) == (0, 1 + lost), (number, kind)
    wafer.check_store()


# ---- at every change on disk: strace kills before the n-th call of a kind is carried out

def strace(*inject):
    return ["strace", "-f", "-qq", "-o", "/dev/null", "--signal=none", *inject]


@pytest.fixture
def lame_sanitizer(monkeypatch):
    """LeakSanitizer cannot work below strace."""
    monkeypatch.setenv("ASAN_OPTIONS", "detect_leaks=0")


def count_calls(wafer, folder, *command):
    """Calls that concern the state directory in one whole run: {call: how many in all before and
    including its last one that matters}. The number is per call kind, as strace's `when=` counts."""
    log = folder / "strace.log"
    wafer.run(*command, prefix=["strace", "-f", "-qq", "-y", "-o", log, "--signal=none",
                                "-e", "trace=" + ",".join("?" + c for c in DISK_CALLS)])
    numbers, seen = {}, {}
    for line in log.read_text(errors="replace").splitlines():
        found = re.match(r"\d+ +(\w+)\((.*)", line)
        if found:
            call, arguments = found.groups()
            seen[call] = seen.get(call, 0) + 1
            if str(wafer.state) in arguments and not (call == "openat" and "O_CREAT" not in arguments):
                numbers.setdefault(call, []).append(seen[call])
    return numbers


def run_killed(wafer, call, number, command):
    """Whether it was killed."""
    process = wafer.start(*command, prefix=strace("-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}"))
    process.communicate(timeout=60)
    return process.returncode != 0


def order_was_lost(part):
    """Whether the kill came after newOrder was sent and before its answer was stored, as far as
    one can tell from outside: nothing was asked about the order."""
    return part.kinds()[-1:] == ["POST order-plz"]


def every_call(numbers, most=40):
    """(call, number) pairs; of a call made very often, an even choice."""
    for call, places in numbers.items():
        step = -(-len(places) // most)
        for number in places[::step]:
            yield call, number


def test_kill_at_every_disk_change_of_the_first_issue(pebble24, new_wafer, tmp_path, lame_sanitizer):
    numbers = count_calls(new_wafer(pebble24), tmp_path, "issue", NAME)
    assert "fsync" in numbers or "fdatasync" in numbers
    for call, number in every_call(numbers):
        wafer, part = new_wafer(pebble24), pebble24.since_now()
        run_killed(wafer, call, number, ["issue", NAME])
        check_disk(wafer)
        lost = order_was_lost(part)
        wafer.issue(NAME)
        wafer.live(NAME)
        wafer.check_store()
        assert part.new_accounts() == 1, (call, number)
        assert part.new_orders() <= 1 + lost, (call, number)
        shutil.rmtree(wafer.state)


def test_kill_at_every_disk_change_of_a_renewal(pebble24, new_wafer, tmp_path, lame_sanitizer):
    wafer = new_wafer(pebble24)
    wafer.issue(NAME)
    for call, number in every_call(count_calls(wafer, tmp_path, "renew", "--force")):
        part, earlier = pebble24.since_now(), wafer.live(NAME)
        run_killed(wafer, call, number, ["renew", "--force"])
        check_disk(wafer, earlier)
        lost = order_was_lost(part)
        wafer.run("renew")  # heals live/ from the store when the certificate was committed
        check_disk(wafer, earlier)
        if wafer.live(NAME).cert.serial_number == earlier.cert.serial_number:
            wafer.run("renew", "--force")
        assert wafer.live(NAME).cert.serial_number != earlier.cert.serial_number
        assert part.new_accounts() == 0, (call, number)
        assert part.new_orders() <= 1 + lost, (call, number)
    wafer.check_store()

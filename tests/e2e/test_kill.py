"""wafer is killed at every request and at every change on disk, and started again: it must finish
the same order, register no second account and leave live/ consistent at every moment.

A second order is right only where the first one cannot go on: its URL was lost with the CA's answer
to newOrder, or the CA made it invalid, which happens to the standalone responder alone: nobody
answers the CA while wafer is dead."""

import re
import shutil

import pytest

from client import Live, world_readable
from procs import wait_for

NAME = "a.test"
DISK_CALLS = ("openat", "mkdir", "mkdirat", "pwrite64", "write", "ftruncate", "fallocate", "fsync", "fdatasync",
              "rename", "renameat", "renameat2", "symlink", "symlinkat", "link", "linkat", "unlink", "unlinkat",
              "rmdir", "fchmod")
MOST = 25  # calls of one kind that are tried; of more than that, an even choice


@pytest.fixture
def killable(pebble24, new_wafer):
    """killable(server): a fresh wafer for Pebble or the proxy before it."""
    return lambda server: new_wafer(server, http_port=pebble24.http_port)


def check_disk(wafer, earlier=None):
    """live/ is absent, or as before, or whole."""
    assert world_readable(wafer.state) == []
    live = wafer.state / "live" / NAME
    if earlier is None and not live.exists():
        return
    Live(live)


class Account:
    """What Pebble saw of a killed run and the one after it."""

    def __init__(self, pebble, registered):
        self._part, self._registered = pebble.since_now(), registered

    def killed(self):
        """Call it between the two: the last thing that was sent may be newOrder."""
        self._lost = self._part.kinds()[-1:] == ["POST order-plz"]

    def orders(self):
        return self._part.new_orders()

    def check(self, where):
        assert self._part.new_accounts() == (0 if self._registered else 1), where
        assert self._part.new_orders() <= 1 + self._lost + self._part.invalid_orders(), where


# ---- at every request, by the proxy

def kill_at_request(wafer, proxy, number, when, command):
    """Runs the command and kills it at request `number`, if there are so many: Pebble may be so
    quick that one poll is saved."""
    proxy.reset()

    def hook(n, kind):
        if n == number:
            wait_for(lambda: started, "Popen")
            started[0].kill()
            started[0].wait(10)
        return n != number
    started = []
    setattr(proxy, when, hook)
    process = wafer.start(*command)
    started.append(process)
    process.communicate(timeout=180)
    assert process.returncode == -9 or len(proxy.kinds) <= number
    proxy.reset()


def requests_of(proxy, wafer, *command):
    """How many requests the command makes when nobody kills it."""
    proxy.reset()
    wafer.run(*command)
    return len(proxy.kinds)


@pytest.mark.parametrize("when", ["before", "after"])
def test_kill_at_every_request_of_the_first_issue(proxy, pebble24, killable, when):
    total = requests_of(proxy, killable(proxy), "issue", NAME)
    for number in range(min(total, 10)):
        wafer, account = killable(proxy), Account(pebble24, False)
        kill_at_request(wafer, proxy, number, when, ["issue", NAME])
        account.killed()
        check_disk(wafer)
        wafer.issue(NAME)
        wafer.live(NAME)
        wafer.check_store()
        account.check(number)


def test_kill_with_webroot(proxy, pebble24, killable, webroot):
    """The answers stay there while wafer is dead: not one order more but where its URL was lost."""
    www = webroot(pebble24.http_port)
    for number in range(3, 10):
        wafer, account = killable(proxy), Account(pebble24, False)
        wafer.options = ["--solver", f"webroot:{www.folder}"]
        kill_at_request(wafer, proxy, number, "after", ["issue", NAME])
        account.killed()
        wafer.issue(NAME)
        wafer.live(NAME)
        assert account.orders() == (2 if number == 3 else 1), number


@pytest.mark.parametrize("when", ["before", "after"])
def test_kill_at_every_request_of_a_renewal(proxy, pebble24, killable, when):
    wafer = killable(proxy)
    wafer.issue(NAME)
    total = requests_of(proxy, wafer, "renew", "--force")
    for number in range(min(total, 9)):
        account, earlier = Account(pebble24, True), wafer.live(NAME)
        kill_at_request(wafer, proxy, number, when, ["renew", "--force"])
        account.killed()
        check_disk(wafer, earlier)
        if wafer.live(NAME).cert.serial_number == earlier.cert.serial_number:
            wafer.run("renew", "--force")
        assert wafer.live(NAME).cert.serial_number != earlier.cert.serial_number
        account.check(number)
    wafer.check_store()


# ---- at every change on disk: strace kills before the n-th call of a kind is carried out

def disk_calls(wafer, folder, *command):
    """(call, number) of what one whole run changes in the state directory; the number counts all
    calls of that kind, as strace's `when=` does: of one process, not of what looks up its names."""
    log = folder / "strace.log"
    wafer.run(*command, prefix=["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-o", log, "--signal=none",
                                "-e", "trace=" + ",".join("?" + call for call in DISK_CALLS)])
    seen, places, first = {}, {}, None
    for line in log.read_text(errors="replace").splitlines():
        process, call, arguments = re.match(r"(\d+) +(\w+)\((.*)", line).groups()
        first = first or process
        if process != first:
            continue
        seen[call] = seen.get(call, 0) + 1
        if str(wafer.state) in arguments and not (call == "openat" and "O_CREAT" not in arguments):
            places.setdefault(call, []).append(seen[call])
    assert "fsync" in places or "fdatasync" in places
    return [(call, number) for call, all_of_it in places.items()
            for number in all_of_it[::-(-len(all_of_it) // MOST)]]


def kill_at_call(wafer, call, number, command):
    process = wafer.start(*command, prefix=["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "--signal=none", "-e", f"trace={call}",
                                            "-e", f"inject={call}:signal=KILL:when={number}"])
    process.communicate(timeout=180)


def test_kill_at_every_disk_change_of_the_first_issue(pebble24, killable, tmp_path, lame_sanitizer):
    for place in disk_calls(killable(pebble24), tmp_path, "issue", NAME):
        wafer, account = killable(pebble24), Account(pebble24, False)
        kill_at_call(wafer, *place, ["issue", NAME])
        account.killed()
        check_disk(wafer)
        wafer.issue(NAME)
        wafer.live(NAME)
        wafer.check_store()
        account.check(place)
        shutil.rmtree(wafer.state)


def test_kill_at_every_disk_change_of_a_renewal(pebble24, killable, tmp_path, lame_sanitizer):
    wafer = killable(pebble24)
    wafer.issue(NAME)
    for place in disk_calls(wafer, tmp_path, "renew", "--force"):
        account, earlier = Account(pebble24, True), wafer.live(NAME)
        kill_at_call(wafer, *place, ["renew", "--force"])
        account.killed()
        check_disk(wafer, earlier)
        wafer.run("renew")  # brings live/ in line when the certificate was committed
        check_disk(wafer, earlier)
        if wafer.live(NAME).cert.serial_number == earlier.cert.serial_number:
            wafer.run("renew", "--force")
        assert wafer.live(NAME).cert.serial_number != earlier.cert.serial_number
        account.check(place)
    wafer.check_store()

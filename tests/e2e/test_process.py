"""Whoever starts the command: with descriptors closed, signals ignored or blocked, little room, and an output that nobody
gets. It never costs the store, and what fails is told."""

import itertools
import os
import pathlib
import platform
import resource
import signal
import subprocess

import pytest

from client import DONE, FAILED, LATER, USAGE
from procs import free_port, wait_for
from tlsserver import problem

NAME = "a.test"
COMMANDS = [("issue", NAME), ("issue", NAME, "--json"), ("issue", "b.test"), ("renew",), ("renew", "-q"), ("renew", "--force", "-v"),
            ("status",), ("status", "--json"), ("export", NAME), ("store", "dump"), ("store", "check"), ("store", "check", "--json")]
PSELECT = {"x86_64": 270}.get(platform.machine(), 72)  # the system call's number
SHOW = ("status", "store")  # their output is what they are for


def run_without(wafer, descriptors, *args):
    """Runs it with these descriptors closed; the exit status."""
    def close():
        for descriptor in descriptors:
            os.close(descriptor)
    process = subprocess.Popen(wafer.argv(*args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               preexec_fn=close, env=wafer.env)
    process.communicate(timeout=120)
    return process.returncode


def account_of(wafer):
    """It is in the store alone; who has lost it registers anew."""
    return [line for line in wafer.run("store", "dump").out.splitlines() if "account" in line and "live" in line]


@pytest.mark.parametrize("closed", [c for n in range(1, 4) for c in itertools.combinations(range(3), n)], ids=str)
def test_closed_descriptors(ca, new_wafer, closed):
    wafer = new_wafer(ca)
    assert run_without(wafer, closed, "issue", NAME) == DONE
    account = account_of(wafer)
    assert len(account) >= 1
    for command in COMMANDS:
        store = wafer.store()
        want = FAILED if command[0] in SHOW and 1 in closed else DONE
        assert run_without(wafer, closed, *command) == want, command
        wafer.check_store()
        assert command[0] in ("issue", "renew") or wafer.store() == store
    assert account_of(wafer) == account and ca.count("newAccount") == 1
    assert run_without(wafer, closed, "store", "format", "--force") == (FAILED if 1 in closed else DONE)
    wafer.check_store()


@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)], ids=str)
def test_closed_descriptors_and_wrong_use(ca, new_wafer, closed):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    before = wafer.store()
    for args in (("frobnicate",), ("issue",), ("status", "--frob"), ("issue", "a_b.test")):
        assert run_without(wafer, closed, *args) == USAGE, args
    assert wafer.store() == before


@pytest.mark.parametrize("args", [("status",), ("status", "--json"), ("store", "dump"), ("store", "check"), ("--help",), ("issue", "--help"),
                                  ("--version",)])
def test_full_output(ca, new_wafer, args):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    with open("/dev/full", "w") as full:
        process = subprocess.run(wafer.argv(*args), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True,
                                 env=wafer.env, timeout=60)
    assert process.returncode == FAILED
    assert "standard output" in process.stderr and "No space left" in process.stderr


def test_reader_that_has_seen_enough(ca, new_wafer):
    """As in `wafer status | head -1`: no error text."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    end, begin = os.pipe()
    os.close(end)
    process = subprocess.run(wafer.argv("status"), stdin=subprocess.DEVNULL, stdout=begin, stderr=subprocess.PIPE, text=True,
                             env=wafer.env, timeout=60)
    os.close(begin)
    assert process.returncode == FAILED and process.stderr == ""


def test_progress_that_nobody_gets(ca, new_wafer):
    """The certificate is what counts."""
    wafer = new_wafer(ca)
    with open("/dev/full", "w") as full:
        process = subprocess.run(wafer.argv("issue", NAME), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                                 env=wafer.env, timeout=60)
    assert process.returncode == DONE and len(ca.issued) == 1


# ---- signals

@pytest.fixture
def waiting(ca, new_wafer, webroot):
    """waiting(**popen) -> a process that waits for the CA with an answer in the webroot, and the webroot; waiting.wafer made it."""
    started = []

    def start(**popen):
        www = webroot(free_port())
        start.wafer = wafer = new_wafer(ca)
        asked = []
        wafer.options = ["--solver", f"webroot:{www.folder}"]
        ca._fetch = lambda authorization: asked.append(1)  # the CA takes its time
        process = wafer.start("issue", NAME, **popen)
        started.append(process)
        wait_for(lambda: asked, "the challenge")
        assert len(www.leftovers()) == 1
        return process, www
    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_takes_the_answer_back(ca, waiting, number):
    """And the next run goes on with the order."""
    process, www = waiting()
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode > 0 and process.returncode != USAGE and www.leftovers() == []
    del ca._fetch
    ca.validate = "trust"
    for authorization in ca.authorizations:
        authorization["status"] = "valid"
    waiting.wafer.issue(NAME)
    assert len(ca.orders) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_blocked_by_whoever_started_it(waiting, number):
    """A mask that was inherited."""
    process, www = waiting(preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [number]))
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode > 0 and www.leftovers() == []


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_ignored_by_whoever_started_it(waiting, number):
    """nohup, and a shell's background."""
    process, www = waiting(preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
    process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=2)
    assert len(www.leftovers()) == 1
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode > 0 and www.leftovers() == []


def full_pipe():
    """Both ends of it; nobody reads."""
    end, begin = os.pipe()
    os.set_blocking(begin, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(begin, bytes(4096))
    os.set_blocking(begin, True)
    return end, begin


def waits_for_room(process, descriptor):
    call = pathlib.Path(f"/proc/{process.pid}/syscall").read_text()
    return call.startswith(f"{PSELECT} {descriptor + 1:#x} 0x0 ")


@pytest.fixture
def start_stuck(ca, new_wafer):
    """start_stuck(*streams) -> a process that waits for somebody to read the first of these; they are one full pipe."""
    wafer, started = new_wafer(ca), []
    wafer.issue(NAME)
    end, begin = full_pipe()

    def start(*streams):
        ends = dict({"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}, **dict.fromkeys(streams, begin))
        args = ["-v"] if streams[0] == "stderr" else []
        started.append(subprocess.Popen(wafer.argv("issue", NAME, "--force", *args), stdin=subprocess.DEVNULL, text=True,
                                        env=wafer.env, **ends))
        wait_for(lambda: waits_for_room(started[0], 2 if streams[0] == "stderr" else 1), "the full pipe")
        return started[0]
    yield start
    for process in started:
        process.kill()
        process.communicate()
    os.close(end)
    os.close(begin)
    wafer.check_store()


@pytest.fixture
def stuck(start_stuck):
    return start_stuck("stderr")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_write(stuck, number):
    stuck.send_signal(number)
    assert stuck.wait(60) == LATER


@pytest.mark.parametrize("streams", [("stdout", "stderr"), ("stderr", "stdout")], ids=str)
def test_a_signal_ends_the_writes_behind_it(start_stuck, streams):
    """The error has no more room than the progress had: `wafer issue 2>&1 | less`, or a terminal that was stopped."""
    process = start_stuck(*streams)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == LATER


def test_what_can_be_told_is_told(start_stuck):
    process = start_stuck("stdout")
    process.send_signal(signal.SIGINT)
    assert "cancelled" in process.communicate(timeout=60)[1] and process.returncode == LATER


@pytest.mark.parametrize("args", [("store", "dump"), ("--help",), ("store", "dump", "--json")], ids=str)
def test_an_output_that_does_not_wait(ca, new_wafer, args):
    """O_NONBLOCK belongs to the pipe, and whoever else has it may have set it."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    end, begin = full_pipe()
    os.set_blocking(begin, False)
    process = subprocess.Popen(wafer.argv(*args), stdin=subprocess.DEVNULL, stdout=begin, stderr=subprocess.PIPE, env=wafer.env)
    os.close(begin)
    wait_for(lambda: waits_for_room(process, 1) or process.poll() is not None, "the full pipe")
    with open(end, "rb") as file:
        got = file.read().lstrip(b"\0")
    assert process.communicate(timeout=60)[1] == b"" and process.returncode == DONE
    assert got.decode() == wafer.run(*args).out


@pytest.mark.parametrize("first, second", [(signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGHUP)])
def test_a_second_signal_kills(stuck, first, second):
    """Any one. Stopped, it looks at neither before both are there."""
    stuck.send_signal(signal.SIGSTOP)
    stuck.send_signal(first)
    stuck.send_signal(second)
    stuck.send_signal(signal.SIGCONT)
    assert stuck.wait(60) in (-first, -second)


def test_little_room(ca, new_wafer):
    """A limit on the size of files is told, and kills nobody."""
    wafer = new_wafer(ca)
    error = wafer.run("issue", NAME, status=FAILED,
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))).error()
    assert "too large" in error
    wafer.issue(NAME)


@pytest.mark.parametrize("kib", [96, 128, 256])
def test_a_small_stack(ca, new_wafer, kib):
    """Of a device, where the usual one is 8 MiB; an order takes half of the smallest."""
    wafer = new_wafer(ca)
    for command in COMMANDS:
        wafer.run(*command, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (kib * 1024, kib * 1024)))


# ---- what reaches a terminal

ODD = {"c1": "\x9b31m", "del": "\x7f", "override": "\u202egnp.exe", "isolate": "\u2066x\u2069", "mark": "\u200f", "line": "\u2028", "escape": "\x1b]0;"}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("args", [(), ("-v",), ("--json",)], ids=str)
def test_no_control_reaches_a_terminal(ca, new_wafer, text, args):
    ca.always("newOrder", problem("rejectedIdentifier", f"<{text}>", 403))
    result = new_wafer(ca).issue(NAME, *args, status=FAILED)
    for bad in text:
        assert not (bad in result.out + result.err and not bad.isprintable()), (result.out, result.err)
    if args == ("--json",):
        assert any(f"<{text}>" in str(value) for line in result.json() for value in line.values())


@pytest.mark.parametrize("page", ["javascript:alert(1)", "JavaScript://x/%0aalert(1)", "file:///etc/passwd", "", "data:text/html,x",
                                  "https://ca.test/agree", "http://ca.test/agree"])
def test_only_web_pages_are_to_be_opened(ca, new_wafer, page):
    ca.always("newOrder", problem("userActionRequired", "agree", 403, instance=page))
    error = new_wafer(ca).issue(NAME, status=FAILED).error()
    if page.startswith("http"):
        assert f"open {page} and" in error
    else:
        assert "open " not in error and "log in at 127.0.0.1" in error

"""Name servers that are silent: a look-up ends when somebody asks the command to end, and with the time that it is given."""

import os
import signal

import pytest

from client import LATER
from procs import wait_for, whole_lines

NAME = "a.test"


@pytest.fixture(scope="session")
def shim(preloaded):
    return preloaded("silent_names")


def by_name(wafer):
    """The CA's address is no name that must be looked up."""
    wafer.ca[1] = wafer.ca[1].replace("127.0.0.1", "localhost")
    return wafer


@pytest.fixture
def silent(ca, new_wafer, shim, tmp_path):
    """silent() -> a wafer whose name servers are silent; silent.waits() -> the process that waits for them."""
    told = tmp_path / "told"

    def make():
        wafer = by_name(new_wafer(ca))
        wafer.preload(shim, SILENT_NAMES=str(told))
        return wafer
    make.waits = lambda: int(wait_for(lambda: told.exists() and whole_lines(told), "a look-up"))
    return make


def is_there(number):
    try:
        os.kill(number, 0)
        return True
    except ProcessLookupError:
        return False


def heard(wafer):
    """The same command where the name servers answer."""
    del wafer.env["LD_PRELOAD"]
    return wafer


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_look_up(silent, number):
    """And nothing is scheduled: the next run goes on at once."""
    wafer = silent()
    process = wafer.start("issue", NAME)
    child = silent.waits()
    process.send_signal(number)
    _, err = process.communicate(timeout=10)
    assert process.returncode == LATER and "cancelled" in err
    assert not is_there(child)
    heard(wafer).run("renew")
    wafer.issue(NAME)


def test_a_signal_ends_the_look_up_of_a_renewal(silent):
    wafer = silent()
    preload = wafer.env.pop("LD_PRELOAD")
    wafer.issue(NAME)
    wafer.env["LD_PRELOAD"] = preload
    process = wafer.start("renew", "--force")
    silent.waits()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=10)
    assert process.returncode == LATER and "cancelled" in err
    heard(wafer).run("renew", "--force")


def test_whoever_started_it_ignores_children(silent):
    """An ignored SIGCHLD is inherited."""
    wafer = silent()
    process = wafer.start("issue", NAME, preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    child = silent.waits()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == LATER and not is_there(child)
    heard(wafer).run("issue", NAME, preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))


def test_the_lock_ends_with_the_command(silent):
    """Not with the look-up that it left behind."""
    wafer = silent()
    process = wafer.start("issue", NAME)
    child = silent.waits()
    process.kill()
    assert process.wait(10) == -signal.SIGKILL
    try:
        wafer.run("store", "check")
        heard(wafer).issue(NAME)
    finally:
        if is_there(child):
            os.kill(child, signal.SIGKILL)
        process.communicate()


def test_no_process_to_spare(ca, new_wafer, lame_sanitizer):
    """Without room for another process names are looked up all the same."""
    wafer = by_name(new_wafer(ca))
    wafer.run("issue", NAME, prefix=["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=clone,clone3,fork,vfork",
                                     "-e", "inject=clone,clone3,fork,vfork:error=EAGAIN"])
    wafer.live(NAME)


def test_names_without_an_address(ca, new_wafer):
    wafer = new_wafer(ca)
    wafer.ca[1] = "https://nowhere.invalid/directory"
    error = wafer.run("issue", NAME, status=LATER).error()
    assert "no name server gave an address" in error and "nowhere.invalid" in error

"""Small and old systems: no getrandom, or not yet; no /dev; no locks; few descriptors; and readers that are in nobody's way."""

import errno
import fcntl
import os
import resource
import signal
import subprocess

import pytest

from client import DONE, FAILED, LATER
from procs import wait_for
from test_process import run_without

NAME = "a.test"
READERS = [("status",), ("status", "--json"), ("store", "check"), ("store", "dump"), ("renew", "--dry-run")]


@pytest.fixture
def bare(ca, new_wafer, preloaded):
    """bare(**what is missing) -> a wafer there, see preload/bare.c"""
    def make(**missing):
        wafer = new_wafer(ca)
        wafer.preload(preloaded("bare"), **missing)
        return wafer
    return make


# ---- randomness

def test_kernel_without_getrandom(bare):
    keys = set()
    for _ in range(2):
        wafer = bare(BARE_RANDOM="missing", BARE_SEEDED="yes")
        wafer.issue(NAME)
        keys.add(wafer.live(NAME).key_pem)
    assert len(keys) == 2


@pytest.mark.parametrize("dev", ["no", "files"])
def test_no_randomness_at_all(ca, bare, tmp_path, dev):
    """A file that stands for the device is no randomness."""
    (tmp_path / "random").write_bytes(bytes(100))
    (tmp_path / "urandom").write_bytes(bytes(100))
    wafer = bare(BARE_RANDOM="missing", BARE_SEEDED="yes", BARE_DEV=dev if dev == "no" else str(tmp_path))
    error = wafer.issue(NAME, status=FAILED).error()
    assert "getrandom" in error and "/dev/urandom" in error and "mount /dev" in error
    assert ca.requests == []


def test_generator_that_is_seeded_late(bare):
    bare(BARE_RANDOM="5").issue(NAME)


@pytest.mark.parametrize("missing", [dict(BARE_RANDOM="1000000"), dict(BARE_RANDOM="missing", BARE_SEEDED="no")])
def test_generator_that_is_never_seeded(ca, bare, missing):
    """It is waited for, but not without end; a signal ends that at once."""
    wafer = bare(BARE_HASTE="60", **missing)
    error = wafer.issue(NAME, status=LATER).error()
    assert "not seeded yet" in error and "try again later" in error
    assert ca.requests == []
    wafer = bare(**missing)
    process = wafer.start("issue", NAME)
    wait_for((wafer.state / "store").exists, "the store")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=25)
    assert process.returncode in (LATER, -signal.SIGTERM)  # the latter before it looks at signals


def test_renewal_after_a_boot_without_randomness(ca, bare):
    """Nothing of it stays."""
    wafer = bare()
    wafer.issue(NAME)
    wafer.env["BARE_RANDOM"], wafer.env["BARE_HASTE"] = "1000000", "60"
    wafer.run("renew", "--force", status=LATER)
    wafer.env["BARE_RANDOM"] = "0"
    wafer.run("renew", "--force")
    assert len(ca.issued) == 2


# ---- /dev

@pytest.mark.parametrize("closed", [(), (0, 1, 2)], ids=str)
def test_no_dev(bare, closed):
    wafer = bare(BARE_DEV="no")
    assert run_without(wafer, closed, "issue", NAME) == DONE
    assert wafer.live(NAME).names == [NAME]


# ---- locks

LOCK_ERRORS = [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL]


@pytest.mark.parametrize("number", LOCK_ERRORS)
def test_the_other_kind_of_lock(bare, number):
    """Where flock is refused: two writers at once are kept apart all the same."""
    wafer = bare(BARE_FLOCK=str(number))
    wafer.issue(NAME)
    before = wafer.store()
    with open(wafer.state / "store", "r+b") as store:
        fcntl.lockf(store, fcntl.LOCK_EX)
        assert "in use by another wafer" in wafer.run("renew", "--force", status=LATER).error()
    assert wafer.store() == before
    wafer.run("renew", "--force")


@pytest.mark.parametrize("number", LOCK_ERRORS[:3])
def test_no_lock_at_all(ca, bare, number):
    wafer = bare(BARE_FLOCK=str(number), BARE_RECORD_LOCK=str(number))
    error = wafer.issue(NAME, status=FAILED).error()
    assert "locks no files" in error and "--state" in error and "/store" in error
    assert ca.requests == [] and [p.name for p in wafer.state.iterdir()] == []


@pytest.mark.parametrize("number", LOCK_ERRORS[:1])
def test_reading_needs_no_lock(bare, number):
    wafer = bare()
    wafer.issue(NAME)
    wafer.env.update(BARE_FLOCK=str(number), BARE_RECORD_LOCK=str(number))
    for command in READERS:
        wafer.run(*command)


def test_readers_and_a_writer(ca, new_wafer):
    """None waits for the other."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    with open(wafer.state / "store", "rb") as store:
        fcntl.flock(store, fcntl.LOCK_EX)
        for command in READERS:
            wafer.run(*command)
    reads, fills = os.pipe()
    os.set_blocking(fills, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(fills, b"x" * 512)
    os.set_blocking(fills, True)
    reader = subprocess.Popen(wafer.argv("status"), stdout=fills, stderr=subprocess.PIPE, env=wafer.env)
    try:
        wait_for(lambda: is_stuck(reader.pid), "the reader to be stuck")
        wafer.run("renew", "--force")
    finally:
        os.close(reads)
        os.close(fills)
        reader.communicate(timeout=60)


def is_stuck(pid):
    """Asleep with its store open: it has read, and waits for its own reader."""
    state = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]
    return state == "S" and any("/store" in os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd"))


def test_a_status_amid_writes(ca, new_wafer):
    """Whatever moment it reads at, it sees the certificate."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    for _ in range(3):
        writer = wafer.start("renew", "--force")
        while writer.poll() is None:
            assert NAME in wafer.run("status").out
            wafer.run("store", "check")
        assert writer.wait() == DONE
        writer.communicate()


# ---- descriptors

def test_few_descriptors(lame_sanitizer, ca, new_wafer):
    """What is too few is told, and loses nothing; twenty are enough."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    for most in range(4, 21):  # three do not even load the program
        limit = lambda most=most: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        for command in (("renew", "--force"), ("status",), ("export", NAME)):
            result = wafer.run(*command, status=None, preexec_fn=limit)
            assert result.status in (DONE, FAILED, LATER), (most, result)
            assert result.status == DONE or "wafer: " in result.err, (most, result)
            assert result.status == DONE or most < 20
        wafer.run("store", "check")
        assert wafer.live(NAME).names == [NAME]

"""What can be wrong on this side: names, options, port, directories, disk, two at once."""

import os
import re
import signal
import socket
import stat
import subprocess

import pytest

from client import DONE, FAILED, LATER, PROGRAM, USAGE, Live
from procs import wait_for

NAME = "a.test"

BAD_NAMES = {
    "space": ("two words.test", "space"),
    "underscore": ("under_score.test", "underscore"),
    "empty": ("", "empty"),
    "empty_label": ("a..test", "empty label"),
    "leading_dot": (".a.test", "empty label"),
    "trailing_dot": ("a.test.", "empty label"),
    "long": (".".join(["a" * 49] * 6), "253"),
    "long_label": ("a" * 64 + ".test", "63"),
    "utf8": ("b\u00fccher.test", "xn--"),
    "not_utf8": (b"b\xfccher.test", "xn--"),
    "slash": ("../../etc.test", ""),
    "slash_inside": ("a/b.test", "character"),
    "control": ("a\nb.test", ""),
    "star_inside": ("a.*.test", "*."),
    "hyphen": ("a-.test", "hyphen"),
    "number": ("1.2.3", "number"),
    "url": ("https://a.test/", ""),
    "option_like": ("a.test:80", "character"),
}


@pytest.mark.parametrize("case", BAD_NAMES)
def test_bad_names(ca, new_wafer, case):
    name, says = BAD_NAMES[case]
    wafer = new_wafer(ca)
    argv = [os.fsencode(a) for a in wafer.argv("issue", "good.test")] + [os.fsencode(name)]
    run = subprocess.run(argv, capture_output=True, timeout=20, check=False)
    err = run.stderr.decode(errors="replace")
    assert run.returncode == USAGE, err
    assert err.startswith("wafer: ") and err.count("\n") == 1 and says in err, err
    assert not (wafer.state / "live").exists()
    assert ca.connections == 0


@pytest.mark.parametrize("names", [["A.Test"], ["a.test", "A.TEST", "a.test"]])
def test_case_and_repetition_of_names(ca, new_wafer, names):
    wafer = new_wafer(ca)
    wafer.issue(*names)
    assert wafer.live(NAME).names == [NAME]


def test_longest_name(ca, new_wafer):
    name = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    assert len(name) == 253
    wafer = new_wafer(ca)
    wafer.issue(name)
    wafer.live(name)


USAGES = {
    "nothing": [], "unknown_command": ["obtain", NAME], "unknown_option": ["issue", "--colour", NAME],
    "missing_value": ["issue", NAME, "--ca"], "no_names": ["issue"], "http_ca": ["issue", NAME, "--ca", "http://x/dir"],
    "unknown_ca": ["issue", NAME, "--ca", "nosuchca"], "bad_port": ["issue", NAME, "--listen", "99999"],
    "bad_solver": ["issue", NAME, "--solver", "magic"], "bad_challenge": ["issue", NAME, "--challenge", "http-02"],
    "foreign_option": ["status", "--listen", "80"], "store_what": ["store"], "store_unknown": ["store", "polish"],
}


@pytest.mark.parametrize("case", USAGES)
def test_usage(tmp_path, case):
    run = subprocess.run([PROGRAM, "-d", tmp_path / "state", *USAGES[case]], capture_output=True, text=True,
                         timeout=20, check=False)
    assert run.returncode == USAGE, run
    assert run.stdout == "" and run.stderr != ""
    assert not (tmp_path / "state" / "store").exists()


def test_help(tmp_path):
    for command in ([], ["issue"], ["renew"], ["status"], ["export"], ["store"]):
        run = subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True, timeout=20, check=False)
        assert run.returncode == DONE and "wafer" in run.stdout and run.stderr == "", (command, run)
    run = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, timeout=20, check=False)
    assert run.returncode == DONE and run.stdout.startswith("wafer ")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_port_is_taken(ca, new_wafer, address):
    wafer = new_wafer(ca)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, ca.http_port), family=family):
        shown = f"[{address}]:{ca.http_port}" if ":" in address else f"{address}:{ca.http_port}"
        usual, wafer.options = wafer.options, ["--listen", shown]
        error = wafer.run("issue", NAME, status=FAILED).error()
    wafer.options = usual
    assert str(ca.http_port) in error and "--solver webroot:" in error
    wafer.check_store()
    wafer.issue(NAME)  # nothing keeps it from going on when the port is free again
    assert len(ca.accounts) == 1 and len(ca.orders) == 1


@pytest.mark.parametrize("address", ["192.0.2.1", "[2001:db8::1]"])
def test_foreign_address_to_listen_on(ca, new_wafer, address):
    """Told before anything is ordered."""
    wafer = new_wafer(ca)
    wafer.options = ["--listen", f"{address}:{ca.http_port}"]
    error = wafer.run("issue", NAME, status=FAILED).error()
    assert address.strip("[]") in error and "--listen" in error and "address of this device" in error
    assert ca.connections == 0


@pytest.mark.parametrize("every", ["*:", ":", ""])
def test_every_address_to_listen_on(ca, new_wafer, every):
    wafer = new_wafer(ca)
    wafer.options = ["--listen", f"{every}{ca.http_port}"]
    wafer.issue(NAME)


def test_state_directory_is_made(ca, new_wafer, tmp_path):
    wafer = new_wafer(ca, state=tmp_path / "new")
    wafer.issue(NAME)
    assert stat.S_IMODE(wafer.state.stat().st_mode) == 0o700


@pytest.mark.parametrize("command", [["issue", NAME], ["renew"], ["status"], ["store", "check"]])
def test_state_directory_below_a_file(ca, new_wafer, tmp_path, command):
    (tmp_path / "file").write_text("")
    wafer = new_wafer(ca, state=tmp_path / "file" / "state")
    error = wafer.run(*command, status=FAILED).error()
    assert str(wafer.state) in error
    assert ca.connections == 0


@pytest.mark.parametrize("command", [["status"], ["store", "check"], ["store", "dump"]])
def test_reading_without_a_state_directory(ca, new_wafer, command):
    """Reading commands make nothing."""
    wafer = new_wafer(ca)
    wafer.run(*command, status=None)
    assert not wafer.state.exists()


def test_state_directory_is_read_only(ca, new_wafer, tmp_path):
    """As an ordinary user, whom permissions stop: root takes the place of nobody."""
    wafer = new_wafer(ca)
    wafer.state.mkdir()
    program, root = tmp_path / "wafer", tmp_path / "root.pem"
    program.write_bytes(PROGRAM.read_bytes())
    root.write_bytes(ca.root.read_bytes())
    program.chmod(0o755)
    root.chmod(0o644)
    wafer.state.chmod(0o555)
    prefix = []
    if os.geteuid() == 0:
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for folder in [tmp_path, *tmp_path.parents]:
            if not folder.stat().st_mode & 0o001:  # pytest's own are 0700
                folder.chmod(folder.stat().st_mode | 0o001)
    wafer.ca[wafer.ca.index("--ca-file") + 1] = str(root)
    argv = prefix + [str(program)] + wafer.argv("issue", NAME)[1:]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False, env=wafer.env)
    assert run.returncode == FAILED, run
    assert str(wafer.state) in run.stderr and run.stderr.count("\n") == 1, run.stderr
    assert ca.connections == 0 and list(wafer.state.iterdir()) == []


STORES = {
    "truncated": lambda store: store[:len(store) // 2 + 100],
    "empty": lambda store: b"",
    "noise": lambda store: bytes(os.urandom(len(store))),
    "text": lambda store: b"this is not a store\n" * 500,
    "longer": lambda store: store + b"more",
    "first_block_noise": lambda store: os.urandom(4096) + store[4096:],
}


@pytest.mark.parametrize("case", STORES)
def test_damaged_store_is_not_overwritten(ca, new_wafer, case):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    damaged = STORES[case](wafer.store())
    (wafer.state / "store").write_bytes(damaged)
    connections, before = ca.connections, wafer.live(NAME)
    for command in (["issue", "--force", NAME], ["renew"], ["status"], ["export", NAME], ["store", "check"]):
        result = wafer.run(*command, status=None)
        if case in ("empty", "first_block_noise") and result.status == DONE:
            continue  # an erased or half lost log may be usable
        assert result.status == FAILED, (command, result)
        assert "store" in result.error(), result.err
        assert wafer.store() == damaged, command
        assert ca.connections == connections
    after = Live(wafer.state / "live" / NAME)
    assert after.fullchain_pem == before.fullchain_pem or case == "empty"


def test_single_flipped_bits(ca, new_wafer):
    """A bit that flipped is noticed or does not matter; nothing crashes."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    good = wafer.store()
    used = len(good.rstrip(b"\xff"))
    for place in range(0, used, max(1, used // 60)):
        changed = bytearray(good)
        changed[place] ^= 1 << (place % 8)
        (wafer.state / "store").write_bytes(changed)
        for command in (["store", "check"], ["status"]):
            assert wafer.run(*command, status=None).status in (DONE, FAILED)
    (wafer.state / "store").write_bytes(good)
    wafer.check_store()


@pytest.mark.parametrize("limit", [0, 1, 4, 16, 64])
def test_disk_full(ca, new_wafer, limit):
    """RLIMIT_FSIZE stands for the full disk: files may have `limit` KiB."""
    wafer = new_wafer(ca)
    script = f'ulimit -f {limit}; trap "" XFSZ; exec "$@"'
    result = wafer.run("issue", NAME, status=None, prefix=["bash", "-c", script, "sh"])
    if result.status == DONE:
        wafer.live(NAME)
        return
    assert result.status == FAILED, result
    assert str(wafer.state) in result.error() or "disk" in result.error(), result.err
    wafer.issue(NAME)  # there is room again
    wafer.live(NAME)
    wafer.check_store()
    assert len(ca.accounts) == 1


def test_disk_full_at_renewal(ca, new_wafer):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    before = wafer.live(NAME)
    result = wafer.run("renew", "--force", status=None, prefix=["bash", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "sh"])
    after = wafer.live(NAME)
    if result.status != DONE:
        assert result.status == FAILED
        assert after.fullchain_pem == before.fullchain_pem
    wafer.run("renew", "--force")
    assert wafer.live(NAME).cert.serial_number != before.cert.serial_number
    wafer.check_store()


def test_two_at_once(ca, new_wafer):
    """The second one says so and does nothing."""
    wafer = new_wafer(ca)
    inside, go_on = [], []

    def hold(request, proceed):
        inside.append(1)
        wait_for(lambda: go_on, "the second wafer")
        return proceed()
    ca.once("newOrder", hold)
    first = wafer.start("issue", NAME)
    try:
        wait_for(lambda: inside, "the first wafer's order")
        count = len(ca.requests)
        second = wafer.run("issue", "b.test", status=LATER)
        assert "another" in second.error() or "in use" in second.error(), second.err
        assert len(ca.requests) == count
        wafer.run("status", status=DONE)  # reading is allowed
    finally:
        go_on.append(1)
        _, err = first.communicate(timeout=30)
    assert first.returncode == DONE, err
    wafer.live(NAME)
    wafer.issue("b.test")


def test_lock_dies_with_its_owner(ca, new_wafer):
    wafer = new_wafer(ca)
    ca.once("newOrder", lambda request, proceed: os.kill(process.pid, signal.SIGKILL))
    process = wafer.start("issue", NAME)
    process.communicate(timeout=30)
    wafer.issue(NAME)
    assert len(ca.accounts) == len(ca.orders) == 1


def test_private_keys_are_never_readable_by_others(ca, new_wafer, tmp_path, lame_sanitizer):
    """With umask 0: files are made closed, and only certificates are opened up later."""
    wafer, log = new_wafer(ca), tmp_path / "strace.log"
    trace = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-o", log, "-e", "trace=/open|chmod|mkdir"]
    wafer.run("issue", NAME, prefix=["sh", "-c", 'umask 0; exec "$@"', "sh", *trace])
    calls = [line for line in log.read_text().splitlines() if str(wafer.state) in line]
    made = [line for line in calls if "O_CREAT" in line]
    assert any("privkey.pem" in line for line in made) and any("/store" in line for line in made)
    assert all(re.search(r", 0[67]00\) += ", line) for line in made), made
    assert all(re.search(r", 0700\) += ", line) for line in calls if "mkdir" in line), calls
    opened = [line for line in calls if "chmod" in line and not re.search(r", 0[67]00\) += ", line)]
    assert all(re.search(r"/\.(cert|chain|fullchain)\.pem\.new>", line) for line in opened), opened
    wafer.live(NAME)

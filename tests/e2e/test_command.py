"""The commands around issuing: status, export, store, --json, config file, --quiet."""

import datetime
import os
import pty
import shutil
import subprocess

import pytest

from client import DONE, FAILED, LIVE_FILES
from tlsserver import problem

NAME = "a.test"


@pytest.fixture
def issued(ca, new_wafer):
    wafer = new_wafer(ca)
    wafer.issue(NAME, "b.test")
    return wafer


def test_status(issued):
    out = issued.run("status").out
    assert NAME in out and "valid" in out


def test_status_json(issued):
    lines = issued.run("status", "--json").json()
    shown = next(line for line in lines if line.get("name") == NAME)
    assert shown["names"] == [NAME, "b.test"]
    assert shown["state"] == "valid"
    cert = issued.live(NAME).cert
    parse = lambda text: datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    assert parse(shown["not_after"]) == cert.not_valid_after
    assert parse(shown["not_before"]) == cert.not_valid_before
    assert cert.not_valid_before < parse(shown["renewal"]) < cert.not_valid_after


@pytest.mark.parametrize("endpoint", ["newOrder", "finalize"])
def test_status_of_a_first_issuance_under_way(ca, new_wafer, endpoint):
    """It leaves a schedule, or an order: both tell the names."""
    ca.once(endpoint, problem("rejectedIdentifier", "not today", 403))
    wafer = new_wafer(ca)
    wafer.issue(NAME, "b.test", status=FAILED)
    out = wafer.run("status").out
    assert NAME in out and "b.test" in out and "pending" in out and "wafer issue" in out
    assert wafer.run("status", NAME).out == out
    shown = wafer.run("status", "--json").json()[0]
    assert (shown["name"], shown["names"], shown["state"]) == (NAME, [NAME, "b.test"], "pending")
    assert "not_after" not in shown and "live" not in shown
    assert NAME in wafer.run("export", NAME, status=FAILED).error()
    wafer.issue(NAME, "b.test")
    assert "pending" not in wafer.run("status").out


def test_status_of_nothing(ca, new_wafer):
    result = new_wafer(ca).run("status")
    assert result.err == ""
    assert new_wafer(ca).run("status", "--json").json() is not None


def test_json_of_an_issuance(ca, new_wafer):
    wafer = new_wafer(ca)
    lines = wafer.issue("--json", NAME).json()
    assert all("event" in line for line in lines)
    done = [line for line in lines if line.get("name") == NAME]
    assert done, lines
    assert wafer.run("renew", "--json").json() is not None


def test_json_of_an_error(ca, new_wafer):
    ca.stop()
    result = new_wafer(ca).issue("--json", NAME, status=None)
    error = next(line for line in result.json() if line["event"] == "error")
    assert error["text"] in result.err


def test_quiet(ca, new_wafer):
    result = new_wafer(ca).issue("-q", NAME)
    assert result.out == result.err == ""


def test_plain_lines_without_a_terminal(ca, new_wafer):
    result = new_wafer(ca).issue(NAME)
    assert NAME in result.out and "\x1b" not in result.out and "\r" not in result.out


@pytest.mark.parametrize("columns", [40, 80])
def test_progress_on_a_terminal(ca, new_wafer, columns):
    wafer = new_wafer(ca)
    master, slave = pty.openpty()
    subprocess.run(["stty", "cols", str(columns)], stdin=slave, check=True)
    process = subprocess.Popen(wafer.argv("issue", NAME), stdin=slave, stdout=slave, stderr=slave,
                               env=dict(wafer.env, TERM="xterm", NO_COLOR="1", LANG="C.UTF-8"))
    os.close(slave)
    shown = b""
    try:
        while data := os.read(master, 4096):
            shown += data
    except OSError:
        pass  # the terminal's other end is closed
    os.close(master)
    assert process.wait() == DONE, shown
    assert NAME.encode() in shown
    assert shown.rstrip().count(b"\x1b[?25l") == shown.count(b"\x1b[?25h")


def test_export_restores_files(issued):
    before = issued.live(NAME)
    shutil.rmtree(issued.state / "live")
    issued.run("export", NAME)
    after = issued.live(NAME)
    assert (after.fullchain_pem, after.key_pem) == (before.fullchain_pem, before.key_pem)


def test_files_heal_at_the_next_start(issued):
    before = issued.live(NAME)
    (issued.state / "live" / NAME / "privkey.pem").unlink()
    (issued.state / "live" / NAME / "cert.pem").write_text("broken")
    issued.run("renew")
    after = issued.live(NAME)
    assert (after.fullchain_pem, after.key_pem) == (before.fullchain_pem, before.key_pem)


def test_export_of_an_unknown_name(issued):
    error = issued.run("export", "other.test", status=FAILED).error()
    assert "other.test" in error


def test_renew_of_an_unknown_name(issued):
    error = issued.run("renew", "other.test", status=FAILED).error()
    assert "other.test" in error


def test_renew_of_nothing(ca, new_wafer):
    wafer = new_wafer(ca)
    wafer.state.mkdir()
    wafer.run("renew")
    assert ca.requests == [] and list(wafer.state.iterdir()) == []


def test_store_check_and_dump(issued):
    assert issued.run("store", "check").err == ""
    dump = issued.run("store", "dump").out
    for kind in ("account", "key", "chain", "certificate"):
        assert kind in dump
    shown = dump + issued.run("store", "dump", "--json").out + issued.run("status", "-v").err
    for secret in issued.live(NAME).secrets():
        assert secret not in shown
    assert issued.run("store", "dump", "--json").json()


def test_store_check_of_a_copied_image(issued, tmp_path):
    """An image read from a device is looked at on a PC."""
    copy = tmp_path / "image.bin"
    copy.write_bytes(issued.store())
    assert issued.run("store", "check", copy).err == ""
    issued.run("store", "dump", copy)


def test_store_format(ca, issued):
    held = issued.store()
    issued.run("store", "format", status=None)
    if issued.store() != held:
        pytest.fail("store format without --force threw a store away")
    issued.run("store", "format", "--force")
    assert "a.test" not in issued.run("status").out
    issued.issue("c.test")
    assert len(ca.accounts) == 2


def test_config_file(ca, new_wafer, tmp_path):
    wafer = new_wafer(ca)
    config = tmp_path / "wafer.conf"
    config.write_text(f"# comment\nstate = {wafer.state}\nca = {ca.url}\nca-file = {ca.root}\nagree-tos = yes\n"
                      f"listen = 127.0.0.1:{ca.http_port}\nemail = admin@a.test\n")
    argv = wafer.argv("issue", NAME)
    run = subprocess.run([argv[0], "-c", config, "issue", NAME], capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == DONE, run
    assert sorted(p.name for p in (wafer.state / "live" / NAME).iterdir()) == list(LIVE_FILES)


@pytest.mark.parametrize("text", ["colour = blue\n", "ca\n", "[section]\nca = x\n", "agree-tos = maybe\n", "\0", "ca = " + "x" * 3000])
def test_bad_config_file(ca, new_wafer, tmp_path, text):
    wafer = new_wafer(ca)
    config = tmp_path / "wafer.conf"
    config.write_text("# one\n" + text)
    result = wafer.run("issue", "-c", str(config), NAME, status=None)
    assert result.status in (FAILED, 2)
    assert str(config) in result.error() and "line" in result.error()
    assert ca.connections == 0

"""Paths are octets: whatever a directory is called, the store and live/ are in it, and what is shown of it is clean."""

import json
import os
import subprocess

import pytest

from client import FAILED, USAGE

NAME = "a.test"
NAMES = {"newline": b"a\nb", "c1": b"a\xc2\x9bb", "raw_c1": b"a\x9bb", "latin1": b"\xe9t\xe9", "escape": b"a\x1b[31mb", "bidi": "a\u202eb".encode(), "blank": b" a b ",
         "quote": b"a\"'\\b", "utf8": "\u00fcber".encode(), "percent": b"100%s%n", "dash": b"-d"}


def run(wafer, state, *command):
    """With DIR as octets."""
    argv = [part.encode() for part in wafer.argv(*command)]
    argv[argv.index(b"-d") + 1] = state
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, env=wafer.env, timeout=120, check=False)


@pytest.mark.parametrize("case", NAMES)
def test_state_directory_of_any_name(ca, new_wafer, tmp_path, case):
    wafer = new_wafer(ca)
    folder = os.fsencode(tmp_path / "all")
    os.mkdir(folder)
    state = os.path.join(folder, NAMES[case])
    result = run(wafer, state, "issue", NAME)
    assert result.returncode == 0, result
    assert os.listdir(folder) == [NAMES[case]]
    assert sorted(os.listdir(state)) == [b"live", b"store"]
    assert sorted(os.listdir(os.path.join(state, b"live", NAME.encode()))) == [b"cert.pem", b"chain.pem", b"fullchain.pem", b"privkey.pem"]
    for command in (("status",), ("renew", "--force"), ("export", NAME), ("store", "check")):
        result = run(wafer, state, *command)
        shown = result.stdout + result.stderr
        assert result.returncode == 0, result
        assert b"\x1b[31m" not in shown and b"\x9b" not in shown and "\u202e".encode() not in shown
    assert os.listdir(folder) == [NAMES[case]]
    assert sorted(os.listdir(state)) == [b"live", b"store"]
    for line in run(wafer, state, "status", "--json").stdout.splitlines():
        json.loads(line)


@pytest.mark.parametrize("case", NAMES)
def test_relative_state_directory_of_any_name(ca, new_wafer, tmp_path, case, monkeypatch):
    if case == "dash":
        pytest.skip("an option's value may begin with a dash, but says so with ./")
    wafer = new_wafer(ca)
    monkeypatch.chdir(tmp_path)
    assert run(wafer, NAMES[case], "issue", NAME).returncode == 0
    assert run(wafer, NAMES[case], "status").returncode == 0
    assert sorted(os.listdir(os.fsencode(tmp_path / os.fsdecode(NAMES[case])))) == [b"live", b"store"]


@pytest.mark.parametrize("case", ["newline", "raw_c1", "percent"])
def test_paths_in_options_of_any_name(ca, new_wafer, tmp_path, case, webroot):
    """The webroot and the roots, which a renewal finds again."""
    www = webroot(ca.http_port)
    named = os.path.join(os.fsencode(tmp_path), NAMES[case])
    os.symlink(www.folder, named)
    root = os.path.join(os.fsencode(tmp_path), b"root" + NAMES[case])
    with open(root, "wb") as pem:
        pem.write(ca.root.read_bytes())
    wafer = new_wafer(ca)
    wafer.ca[wafer.ca.index("--ca-file") + 1] = os.fsdecode(root)
    wafer.options = ["--solver", "webroot:" + os.fsdecode(named)]
    argv = [os.fsencode(part) for part in wafer.argv("issue", NAME)]
    first = subprocess.run(argv, capture_output=True, env=wafer.env, timeout=120, check=False)
    if case == "newline":  # what is remembered stands in lines
        assert first.returncode == USAGE and b"end of line" in first.stderr, first
        return
    assert first.returncode == 0, first
    argv = [os.fsencode(part) for part in [wafer.argv("status")[0], "-d", str(wafer.state), "renew", "--force"]]
    assert subprocess.run(argv, capture_output=True, env=wafer.env, timeout=120, check=False).returncode == 0


@pytest.mark.parametrize("folder", ["a\nb", "long", "gone"])
def test_relative_paths_that_cannot_be_kept(ca, new_wafer, tmp_path, folder, webroot):
    """A renewal would look elsewhere: it is told now."""
    www = webroot(ca.http_port)
    here = tmp_path / folder if folder != "long" else tmp_path / ("x" * 250) / ("y" * 250)
    here.mkdir(parents=True)
    (here / "www").symlink_to(www.folder)
    wafer = new_wafer(ca)
    wafer.options = ["--solver", "webroot:www" if folder != "gone" else "webroot:../www0"]
    if folder == "gone":
        (here / "www").unlink()
    enter = f'cd "$1" && shift && {"rmdir ../gone && " if folder == "gone" else ""}exec "$@"'
    result = wafer.run("issue", NAME, status=USAGE, prefix=["sh", "-c", enter, "sh", here])
    assert "can't be kept" in result.error() or "webroot:../www0" in result.error()
    assert ca.requests == []


def test_a_file_as_directory(ca, new_wafer, tmp_path):
    (tmp_path / "file").write_text("mine")
    wafer = new_wafer(ca, state=tmp_path / "file")
    for command in (("issue", NAME), ("renew",), ("status",), ("store", "check"), ("export", NAME)):
        error = wafer.run(*command, status=FAILED).error()
        assert str(tmp_path / "file") in error and "Not a directory" in error and "--state" in error
    assert (tmp_path / "file").read_text() == "mine"

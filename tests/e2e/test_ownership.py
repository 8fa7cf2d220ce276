"""Whose the store and the files around it are: what others could have written is refused with the remedy and stays as it was, and
so does what somebody has where wafer would write."""

import os
import stat

import pytest

import forgery
from client import FAILED

NAME = "abcdefg.test"
NOBODY = 65534
WRITERS = [("issue", NAME), ("issue", NAME, "--force"), ("renew",), ("renew", "--force"), ("export", NAME), ("store", "format", "--force")]
READERS = [("status",), ("status", "--json"), ("store", "dump"), ("store", "check"), ("renew", "--dry-run")]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def everything(folder):
    """All below a folder: kind, owner, mode, content."""
    found = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        info = path.lstat()
        what = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path)] = (info.st_mode, info.st_uid, info.st_nlink, what)
    return found


def given_away(path):
    return lambda wafer: os.chown(wafer.state / path, NOBODY, NOBODY)


def opened(path, mode):
    return lambda wafer: (wafer.state / path).chmod(mode)


def second_name(wafer):
    os.link(wafer.state / "store", wafer.state.parent / "second")


# What is wrong, which path the error names, what it says and its remedy.
FOREIGN = {
    "store_of_nobody": (given_away("store"), "store", "belongs to user 65534", "chown"),
    "directory_of_nobody": (given_away("."), "", "belongs to user 65534", "chown"),
    "store_for_all": (opened("store", 0o666), "store", "mode 0666", "chmod go-w"),
    "store_for_the_group": (opened("store", 0o620), "store", "mode 0620", "chmod go-w"),
    "directory_for_all": (opened(".", 0o1777), "", "mode 1777", "chmod go-w"),
    "directory_for_the_group": (opened(".", 0o770), "", "mode 0770", "chmod go-w"),
    "second_name": (second_name, "store", "2 names (hard links)", "copy"),
}
LIVE = {
    "live_of_nobody": (given_away("live"), "live", "belongs to user 65534", "chown"),
    "live_for_all": (opened("live", 0o777), "live", "mode 0777", "chmod go-w"),
}


def cases(table):
    return [pytest.param(*row, id=name, marks=as_root if "nobody" in name else ()) for name, row in table.items()]


@pytest.mark.parametrize("spoil, path, told, remedy", cases(FOREIGN))
def test_refused(ca, new_wafer, spoil, path, told, remedy):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    spoil(wafer)
    before, asked = everything(wafer.state), len(ca.requests)
    for command in WRITERS:
        error = wafer.run(*command, status=FAILED).error()
        assert str(wafer.state / path) in error and told in error and remedy in error, (command, error)
    for command in READERS:
        result = wafer.run(*command)
        assert "warning" in result.err and told in result.err, (command, result.err)
    assert everything(wafer.state) == before and len(ca.requests) == asked


@pytest.mark.parametrize("spoil, path, told, remedy", cases(LIVE))
def test_refused_below_live(ca, new_wafer, spoil, path, told, remedy):
    """The store is good, so the order is made; only the files are not written."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    spoil(wafer)
    before = everything(wafer.state / "live")
    for command in (("renew",), ("renew", "--force"), ("export", NAME)):
        error = wafer.run(*command, status=FAILED).err
        assert str(wafer.state / path) in error and told in error and remedy in error, (command, error)
    assert everything(wafer.state / "live") == before


@as_root
def test_a_file_that_somebody_made_first(ca, new_wafer):
    """Root fills no file of nobody's that all can read."""
    wafer = new_wafer(ca)
    wafer.state.mkdir(mode=0o755)
    (wafer.state / "store").write_bytes(b"\xff" * (256 * 1024))
    os.chown(wafer.state / "store", NOBODY, NOBODY)
    (wafer.state / "store").chmod(0o644)
    before = everything(wafer.state)
    assert "belongs to user 65534" in wafer.issue(NAME, status=FAILED).error()
    assert everything(wafer.state) == before and ca.connections == 0


def test_a_store_that_others_can_read(ca, new_wafer):
    """A copy that was put back with the usual mode: it is closed, and that is told once."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    (wafer.state / "store").chmod(0o644)
    told = wafer.run("renew").err
    assert "warning" in told and str(wafer.state / "store") in told and "renew --force" in told
    assert stat.S_IMODE((wafer.state / "store").stat().st_mode) == 0o600
    assert wafer.run("renew").err == ""


@pytest.mark.parametrize("mode", ["0755", "0777", "0750"])
@pytest.mark.parametrize("chmod", ["yes", "no"])
def test_a_file_system_that_keeps_no_modes(ca, new_wafer, preloaded, mode, chmod):
    """FAT, some overlays: nobody can do what the remedy of other errors asks for, so it is a warning, once in a run."""
    wafer = new_wafer(ca)
    wafer.preload(preloaded("fat"), FAT_FOLDER=str(wafer.state), FAT_MODE=mode, FAT_CHMOD=chmod)
    for command in (("issue", NAME), ("renew",), ("renew", "-q"), ("renew", "--force")):
        told = wafer.run(*command).err
        assert told.count("keeps no modes") == 1 and told.count("\n") == 1 and "umask=077" in told, told
    assert {p.name for p in wafer.state.iterdir()} == {"store", "live"}
    wafer.live(NAME)


# ---- symbolic links

def moved(wafer, path):
    """What is at the path moves away, and a symbolic link leads there."""
    there = wafer.state.parent / "elsewhere"
    there.mkdir(mode=0o700)
    (wafer.state / path).rename(there / "it")
    (wafer.state / path).symlink_to(there / "it")
    return wafer.state / path


@pytest.mark.parametrize("path", [".", "store", "live"])
def test_own_symbolic_links(ca, new_wafer, path):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    link = moved(wafer, path) if path != "." else None
    if link is None:
        wafer.state.rename(wafer.state.parent / "real")
        wafer.state.symlink_to("real")
    for command in (("renew", "--force"), ("status",), ("export", NAME), ("store", "check"), ("issue", "b.test")):
        assert wafer.run(*command).err == ""
    assert (link or wafer.state).is_symlink()
    wafer.live(NAME)
    wafer.live("b.test")


@pytest.mark.parametrize("path", [".", "store", "live"])
def test_own_symbolic_links_to_what_is_not_there_yet(ca, new_wafer, tmp_path, path):
    wafer = new_wafer(ca)
    if path == ".":
        wafer.state.symlink_to("there")
    else:
        wafer.state.mkdir()
        (wafer.state / path).symlink_to(tmp_path / "there")
    wafer.issue(NAME)
    assert (tmp_path / "there").exists()
    wafer.live(NAME)
    wafer.check_store()


@as_root
@pytest.mark.parametrize("path", [".", "store", "live"])
def test_symbolic_links_of_others(ca, new_wafer, path):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    if path == ".":
        wafer.state.rename(wafer.state.parent / "real")
        wafer.state.symlink_to("real")
    link = wafer.state if path == "." else moved(wafer, path)
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)
    error = wafer.run("renew", status=FAILED).error()
    assert "symbolic link" in error and str(link) in error and "chown -h" in error, error


def test_links_in_a_circle(ca, new_wafer):
    wafer = new_wafer(ca)
    wafer.state.symlink_to(wafer.state.name)
    for command in (("renew",), ("status",)):
        error = wafer.run(*command, status=FAILED).error()
        assert "symbolic link" in error and str(wafer.state) in error


# ---- names in a store

FORGED = ["{}/outside", "/..{}/outside", "../../outside", "..", ".", "a/../b.test", "two words.test", "nul\0.test", "a\nb.test", "a_b.test"]


def good_name(length):
    """Some name of this length."""
    return ".".join(["a" * 49] * 5)[-length:].strip(".").rjust(length, "b")


@pytest.mark.parametrize("form", FORGED, ids=repr)
def test_names_from_a_store(ca, new_wafer, tmp_path, form):
    """None of them leads out of the test's folder, whatever is tested."""
    wafer, name = new_wafer(ca), form.format(tmp_path)
    real = good_name(len(name))
    wafer.issue(real)
    forged, count = forgery.replace(wafer.store(), b"\x04" + len(real).to_bytes(2, "big") + real.encode(),
                                    b"\x04" + len(name).to_bytes(2, "big") + name.encode())
    assert count > 0
    (wafer.state / "store").write_bytes(forged)
    before = everything(wafer.state.parent)
    for command in (("renew",), ("renew", "--force"), ("status",), ("store", "check")):
        assert "damaged" in wafer.run(*command, status=FAILED).err, command
    assert everything(wafer.state.parent) == before


# ---- a webroot

@pytest.mark.parametrize("content", ["somebody's", "", "TOKEN"])
def test_a_file_of_the_tokens_name(start_ca, new_wafer, webroot, content):
    """The CA chooses the token."""
    ca, token = start_ca(), "index"
    ca.edit["challenge"] = lambda body: {**body, "token": token}
    www = webroot(ca.http_port)
    www.put(token, content)
    wafer = new_wafer(ca)
    wafer.options = ["--solver", f"webroot:{www.folder}"]
    error = wafer.issue(NAME, status=None).error()
    assert "is not wafer's" in error and token in error
    assert www.leftovers() == [token] and (www.folder / ".well-known/acme-challenge" / token).read_text() == content

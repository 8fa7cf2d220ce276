"""Where a web server's answers may lie: behind symbolic links, or in a directory that the server shows elsewhere."""

import os

import pytest

from client import USAGE

NAME = "a.test"
CHALLENGES = ".well-known/acme-challenge"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def place(ca, webroot, tmp_path):
    """place(path, folder): what the web server has at `path` moves to a folder, and a link leads there. Returns root and folder."""
    www = webroot(ca.http_port).folder

    def make(path, folder):
        moved = tmp_path / folder
        moved.parent.mkdir(parents=True, exist_ok=True)
        (www / path).rename(moved)
        (www / path).symlink_to(moved)
        return www, moved
    return make


def issued_and_clean(wafer, *folders):
    wafer.issue(NAME)
    assert wafer.live(NAME).names == [NAME]
    assert [path for folder in folders for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("path", [".well-known", CHALLENGES])
def test_through_own_links(ca, new_wafer, place, path):
    www, moved = place(path, "elsewhere")
    issued_and_clean(new_wafer(ca, "--solver", f"webroot:{www}"), www, moved)


@as_root
@pytest.mark.parametrize("path", [".well-known", CHALLENGES])
def test_links_of_others_are_not_followed(ca, new_wafer, place, path):
    www, moved = place(path, "elsewhere")
    os.chown(www / path, 65534, 65534, follow_symlinks=False)
    error = new_wafer(ca, "--solver", f"webroot:{www}").issue(NAME, status=None).error()
    assert f"{path}, a symbolic link of another user" in error
    assert [p for p in moved.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("form", ["webroot:{www}/" + CHALLENGES, "webroot:{www}/" + CHALLENGES + "/", "challenge-dir:{moved}"])
def test_the_challenge_directory_itself(ca, new_wafer, place, form):
    """As OpenWrt and dehydrated have it; a renewal finds it again, from anywhere."""
    www, moved = place(CHALLENGES, "var/acme")
    wafer = new_wafer(ca, "--solver", form.format(www=www, moved=moved))
    issued_and_clean(wafer, moved)
    wafer.options = []
    before = wafer.live(NAME).cert
    wafer.run("renew", "--force", cwd="/")
    assert wafer.live(NAME).cert != before


def test_relative_challenge_directory_is_remembered(ca, new_wafer, place, tmp_path):
    place(CHALLENGES, "acme")
    wafer = new_wafer(ca, "--solver", "challenge-dir:acme")
    wafer.run("issue", NAME, cwd=tmp_path)
    wafer.options = []
    wafer.run("renew", "--force", cwd="/")


@pytest.mark.parametrize("solver", ["challenge-dir:{here}/nowhere", "challenge-dir:", "challenge-dir:{here}/file"])
def test_no_such_directory(ca, new_wafer, tmp_path, solver):
    (tmp_path / "file").write_text("")
    solver = solver.format(here=tmp_path)
    error = new_wafer(ca, "--solver", solver).issue(NAME, status=USAGE).error()
    assert f"--solver {solver}" in error and "serves as /.well-known/acme-challenge/" in error
    assert ca.count("newOrder") == 0

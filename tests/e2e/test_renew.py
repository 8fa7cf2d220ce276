"""What `renew` does of all that the store has: what was asked for and is not issued yet goes on, what is asked for
now is kept from now on, and its output and exit status tell what came of it."""

import pytest

from client import DONE, FAILED, LATER
from clock import DAY, HOUR, pass_time
from tlsserver import problem

NAME, OTHER = "a.test", "b.test"
NOTHING = 3
AFTER_FAILURE = 120  # seconds: more than the first wait of the schedule
DUE = 61 * DAY       # of a certificate for 90 days


def plain(wafer):
    """From now on no command names a CA, roots or a place to listen, as in a cron job."""
    wafer.options, wafer.ca = [], []
    return wafer


def summary(result):
    events = [event for event in result.json() if event["event"] == "summary"]
    assert len(events) == 1 and result.json()[-1] == events[0]
    return {key: value for key, value in events[0].items() if key != "event" and value}


# ---- what is not issued yet

@pytest.mark.parametrize("endpoint", ["newAccount", "newOrder", "authorization", "finalize", "certificate"])
def test_goes_on_with_what_was_asked_for(ca, new_wafer, endpoint):
    """With its options, whatever the first run came to."""
    ca.once(endpoint, problem("serverInternal", "not today", 403))
    wafer = new_wafer(ca)
    wafer.issue(NAME, OTHER, status=None)
    live = wafer.state / "live" / NAME
    plain(wafer)
    assert summary(wafer.run("renew", "--json", status=LATER)) == {"waiting": 1} and not live.exists()
    pass_time(wafer, ca, AFTER_FAILURE)
    result = wafer.run("renew", "--json")
    assert summary(result) == {"issued": 1}
    assert wafer.live(NAME).names == [NAME, OTHER] and ca.count("newAccount") <= 2
    assert "nothing" not in wafer.run("renew").out


def test_goes_on_after_a_crash(ca, new_wafer):
    """Killed in the middle of the first order: options are in the store since it was made."""
    wafer = new_wafer(ca)
    process = []
    ca.once("finalize", lambda request, proceed: process[0].kill())
    process.append(wafer.start("issue", NAME))
    process[0].communicate()
    assert process[0].returncode < 0 and not ca.issued
    plain(wafer).run("renew")
    assert wafer.live(NAME).names == [NAME] and ca.count("newOrder") == 1


def test_goes_on_by_name(ca, new_wafer):
    """One that is named; the other one of them stays for later."""
    wafer = new_wafer(ca)
    ca.always("newOrder", problem("serverInternal", "not today", 403))
    for name in NAME, OTHER:
        wafer.issue(name, status=None)
    ca.ordinary()
    plain(wafer).run("renew", OTHER, "--force")
    assert {p.name for p in (wafer.state / "live").iterdir() if p.is_symlink()} == {OTHER}
    assert wafer.run("renew", NAME, "--dry-run", "--json", status=LATER)
    assert wafer.run("renew", "c.test", status=FAILED).error().endswith("`wafer status` lists them")


def forget_options(wafer):
    """The record of kind 7 is damaged, as by cells that fail."""
    image = bytearray(wafer.store())
    at = image.rindex(b"ca=https://")
    image[at:at + 200] = bytes(200)
    (wafer.state / "store").write_bytes(image)


def test_of_another_ca_without_its_options(ca, start_ca, new_wafer):
    """Options are lost, the CA's directory is known: no other CA is asked in its place."""
    ca.once("newOrder", problem("rejectedIdentifier", "not today", 403))
    wafer = new_wafer(ca)
    wafer.issue(NAME, status=FAILED)
    other = start_ca()
    forget_options(wafer)
    plain(wafer)
    error = wafer.run("renew", "--force", "--ca", other.url, "--ca-file", str(other.root), status=FAILED).error()
    assert ca.url in error and "`wafer issue`" in error and not other.requests


def test_status_and_error_promise_what_renew_does(ca, new_wafer):
    ca.once("newOrder", problem("rateLimited", "later", 429, {"Retry-After": "60"}))
    wafer = new_wafer(ca)
    error = wafer.issue(NAME, status=LATER).error()
    assert "wafer renew tries again" in error
    assert "`wafer renew` goes on with it" in wafer.run("status").out
    pass_time(wafer, ca, AFTER_FAILURE)
    plain(wafer).run("renew")
    wafer.live(NAME)


# ---- no store

def test_no_store_is_made(ca, new_wafer):
    """Neither by renew nor by export; what only was begun stays as it is."""
    wafer = new_wafer(ca)
    wafer.state.mkdir()
    assert "no certificates" in wafer.run("renew").out
    assert wafer.run("renew", "--exit-code", status=NOTHING)
    wafer.run("export", NAME, status=FAILED)
    assert list(wafer.state.iterdir()) == []
    (wafer.state / "store").write_bytes(b"\xff" * 262144)
    (wafer.state / "store").chmod(0o600)
    wafer.run("renew")
    assert wafer.store() == b"\xff" * 262144 and ca.connections == 0


@pytest.mark.parametrize("command", [("renew",), ("renew", "--dry-run"), ("renew", NAME), ("export", NAME)])
@pytest.mark.parametrize("where", ["flag", "config"])
def test_mistyped_state(ca, new_wafer, tmp_path, command, where):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    right, wafer.state = wafer.state, tmp_path / "wrong"
    if where == "config":
        (tmp_path / "conf").write_text(f"state = {wafer.state}\n")
        wafer.argv = lambda name, *args: [*type(wafer).argv(wafer, name)[:1], name, *args, "-c", str(tmp_path / "conf")]
    error = wafer.run(*command, status=FAILED).error()
    assert str(tmp_path / "wrong") in error and "no such directory" in error
    assert not wafer.state.exists() and right.exists()


# ---- what a script sees

def test_exit_status_and_summary(ca, new_wafer):
    wafer = new_wafer(ca)
    assert wafer.issue(NAME, "--exit-code").status == DONE
    wafer.issue(NAME, "--exit-code", status=NOTHING)
    assert summary(wafer.run("renew", "--exit-code", "--json", status=NOTHING)) == {"not_due": 1}
    assert summary(wafer.run("renew", "--json")) == {"not_due": 1}
    pass_time(wafer, ca, DUE)
    assert summary(wafer.run("renew", "--exit-code", "--dry-run", "--json")) == {"would_issue": 1}
    assert summary(wafer.run("renew", "--exit-code", "--json")) == {"issued": 1}
    wafer.run("renew", "--exit-code", status=NOTHING)


def test_exit_status_of_restored_files(ca, new_wafer):
    """A server has to read them again, as after a renewal."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    (wafer.state / "live" / NAME / "cert.pem").unlink()
    wafer.run("renew", "--exit-code", status=DONE)
    wafer.run("renew", "--exit-code", status=NOTHING)


def test_exit_status_of_several(ca, new_wafer):
    """One was renewed, one failed, one has time."""
    wafer = new_wafer(ca)
    for name in NAME, OTHER:
        wafer.issue(name)
    pass_time(wafer, ca, DUE)
    wafer.issue("c.test")
    ca.once("newOrder", problem("serverInternal", "not today", 403))
    result = wafer.run("renew", "--exit-code", "--json", status=None)
    assert result.status in (FAILED, LATER)
    assert summary(result) == {"issued": 1, "not_due": 1, "failed": 1}


# ---- options that are given now

@pytest.mark.parametrize("command", [("renew",), ("renew", NAME), ("issue", NAME)], ids=" ".join)
def test_kept_when_nothing_is_due(ca, new_wafer, command):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    before = wafer.store()
    wafer.run(*command)
    assert wafer.store() == before  # the same options wear nothing
    wafer.run(*command, "--dry-run", "--email", "dry@example.org")
    assert wafer.store() == before
    wafer.run(*command, "--email", "new@example.org")
    assert "new@example.org" in kept_options(wafer) and len(ca.issued) == 1
    plain(wafer).run("renew", "--force")
    assert "new@example.org" in kept_options(wafer)


def kept_options(wafer):
    """The newest options in the store, which is plain text there."""
    image = wafer.store()
    at = max(image.rfind(b"ca=https://127.0.0.1:"), image.rfind(b"ca-file="))
    return image[at:at + 600].split(b"\xff\xff")[0].decode("latin-1")


@pytest.mark.parametrize("command", [("renew",), ("issue", NAME)], ids=" ".join)
def test_kept_when_it_fails(ca, new_wafer, command):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    pass_time(wafer, ca, DUE)
    ca.once("newOrder", problem("serverInternal", "not today", 403))
    wafer.run(*command, "--email", "new@example.org", status=None)
    assert len(ca.issued) == 1 and "new@example.org" in kept_options(wafer)
    pass_time(wafer, ca, DUE + HOUR)
    plain(wafer).run("renew")
    assert len(ca.issued) == 2


def test_wrong_ones_are_not_kept(ca, new_wafer):
    """What could not be used now can't be used by the next run."""
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    before = wafer.store()
    for wrong in ("--solver", "carrier-pigeon"), ("--ca-file", "/no/such/file"), ("--email", "nobody"):
        wafer.run("renew", *wrong, status=FAILED)
    assert wafer.store() == before
    plain(wafer).run("renew", "--force")

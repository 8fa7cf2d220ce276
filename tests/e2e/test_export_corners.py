"""Export never ends in a corner: whatever is below live/, the next renewal gets its files there, and nothing that is not wafer's
is lost."""

import os
import shutil

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

import pki
from client import FAILED, LIVE_FILES

NAME = "a.test"
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def issued(ca, new_wafer):
    wafer = new_wafer(ca)
    wafer.issue(NAME)
    wafer.place = wafer.state / "live" / NAME
    return wafer


def serial(wafer):
    """Of the certificate in live/, whose files must fit each other, whatever else is there."""
    cert = x509.load_pem_x509_certificate((wafer.place / "cert.pem").read_bytes())
    key = serialization.load_pem_private_key((wafer.place / "privkey.pem").read_bytes(), None)
    assert key.public_key().public_numbers() == cert.public_key().public_numbers()
    assert (wafer.place / "fullchain.pem").read_bytes() == (wafer.place / "cert.pem").read_bytes() + (wafer.place / "chain.pem").read_bytes()
    return cert.serial_number


def renewals(wafer, times=4):
    """Each gives another certificate."""
    seen = {serial(wafer)}
    for number in range(times):
        result = wafer.run("renew", "--force")
        assert result.err == ""
        seen.add(serial(wafer))
        assert len(seen) == number + 2
        wafer.run("renew")
    assert [p for p in wafer.state.joinpath("live").rglob(".*.new") if p.parent.stat().st_uid == os.geteuid()] == []


# ---- what is somebody's own

OWN = {"file": lambda folder: (folder / "haproxy.pem").write_text("mine"),
       "hidden": lambda folder: (folder / ".htaccess").write_text("mine"),
       "folder": lambda folder: (folder / "sub").mkdir() or (folder / "sub" / "mine.pem").write_text("mine"),
       "link": lambda folder: (folder / "tls.crt").symlink_to("fullchain.pem"),
       "dangling": lambda folder: (folder / "gone").symlink_to("nowhere"),
       "second_name": lambda folder: os.link(folder / "cert.pem", folder / "tls.crt")}


@pytest.mark.parametrize("case", OWN)
def test_own_files_stay_where_they_are(issued, case):
    OWN[case](issued.place)
    own = {p.name for p in issued.place.iterdir()} - set(LIVE_FILES)
    assert own
    renewals(issued)
    assert {p.name for p in issued.place.iterdir()} == own | set(LIVE_FILES)
    for text in [p for p in issued.place.rglob("*") if p.name in ("haproxy.pem", ".htaccess", "mine.pem")]:
        assert text.read_text() == "mine"
    assert len(list((issued.state / "live").iterdir())) == 2  # the link and one directory


def test_own_file_that_is_written_anew(issued):
    """As a hook does after each renewal, by a rename."""
    for number in range(4):
        (issued.place / "fresh").write_text(str(number))
        (issued.place / "fresh").rename(issued.place / "haproxy.pem")
        issued.run("renew", "--force")
        assert (issued.place / "haproxy.pem").read_text() == str(number)


def test_own_files_beside_a_removed_certificate(issued):
    (issued.place / "haproxy.pem").write_text("mine")
    assert "not wafer's" in issued.run("remove", NAME, "--live").out
    assert (issued.place / "haproxy.pem").read_text() == "mine" and [p.name for p in issued.place.iterdir()] == ["haproxy.pem"]
    issued.issue(NAME, "--force")
    assert (issued.place / "haproxy.pem").read_text() == "mine"


def other_directory(wafer):
    """The name that the next renewal would take."""
    present = os.readlink(wafer.place)
    return wafer.state / "live" / (present[:-1] + ("b" if present.endswith("a") else "a"))


def own_directory(wafer):
    other_directory(wafer).mkdir()
    (other_directory(wafer) / "mine").write_text("mine")


def somebodys_directory(wafer):
    own_directory(wafer)
    os.chown(other_directory(wafer), NOBODY, NOBODY)


def directory_in_the_way(wafer):
    (other_directory(wafer) / "privkey.pem" / "x").mkdir(parents=True)


def leftovers(wafer):
    """Of a run that was killed."""
    other_directory(wafer).mkdir()
    for name in LIVE_FILES:
        (other_directory(wafer) / name).write_text("old")
        (other_directory(wafer) / f".{name}.new").write_text("half")
    (wafer.state / "live" / f".{NAME}.l").symlink_to("nowhere")


@pytest.mark.parametrize("spoil", [own_directory, pytest.param(somebodys_directory, marks=as_root), directory_in_the_way, leftovers,
                                   lambda wafer: other_directory(wafer).write_text("a file"),
                                   lambda wafer: other_directory(wafer).symlink_to("/etc")], ids=lambda f: f.__name__)
def test_names_that_are_taken(issued, spoil):
    spoil(issued)
    renewals(issued)
    assert all("half" not in p.read_text() for p in (issued.state / "live").rglob("*.pem*") if p.is_file())


def test_a_file_in_the_links_place(issued):
    """It stays, and the message names it."""
    before = serial(issued)
    issued.place.unlink()
    issued.place.write_text("mine")
    result = issued.run("renew", "--force", status=FAILED)
    assert f"live/{NAME}" in result.err and "move that away" in result.err and "wafer export" in result.err
    assert issued.place.read_text() == "mine"
    assert "valid until" not in result.out and "{privkey" not in result.out
    issued.place.unlink()
    issued.run("export", NAME)
    assert serial(issued) != before


@pytest.mark.parametrize("command", [("issue", NAME, "--force"), ("renew", "--force"), ("export", NAME)])
def test_failed_export_is_no_success(issued, command):
    shutil.rmtree(issued.state / "live")
    (issued.state / "live").write_text("in the way")
    result = issued.run(*command, "--json", status=FAILED)
    events = [event["event"] for event in result.json()]
    assert "issued" not in events and "exported" not in events and "error" in events


# ---- backups

def test_flattened_by_a_backup(issued):
    (issued.place / "haproxy.pem").write_text("mine")
    before = serial(issued)
    copy = issued.state.parent / "copy"
    shutil.copytree(issued.state / "live", copy)  # follows links
    shutil.rmtree(issued.state / "live")
    shutil.move(copy, issued.state / "live")
    assert not issued.place.is_symlink()
    assert "restored" in issued.run("renew").out
    assert issued.place.is_symlink() and serial(issued) == before
    assert (issued.place / "haproxy.pem").read_text() == "mine"
    renewals(issued)
    assert (issued.place / "haproxy.pem").read_text() == "mine"


def test_renewal_of_what_a_backup_has_flattened(issued):
    flat = issued.state / "flat"
    shutil.copytree(issued.place, flat)
    shutil.rmtree(issued.state / "live")
    (issued.state / "live").mkdir(mode=0o700)
    flat.rename(issued.place)
    issued.run("renew", "--force")
    assert issued.place.is_symlink()
    renewals(issued)


def test_an_older_copy_of_the_store(ca, issued):
    """Is put below a certificate that is later and good: that stays until somebody asks, or a renewal is due."""
    old = issued.store()
    first = serial(issued)
    ca.make_chain = lambda csr, names: ca.proper_chain(csr, names, not_before=pki.now() - pki.days(1) / 2)
    issued.run("renew", "--force")
    later = serial(issued)
    (issued.state / "store").write_bytes(old)
    result = issued.run("renew")
    assert serial(issued) == later
    assert "later certificate than the store" in result.err and f"wafer export {NAME}" in result.err
    assert "later certificate than the store" in issued.run("status").out
    assert issued.run("status", "--json").json()[0]["files"] == "later"
    issued.run("export", NAME)
    assert serial(issued) == first
    assert issued.run("renew").err == ""


@pytest.mark.parametrize("spoil", ["cert.pem", "privkey.pem", "expired"])
def test_what_is_no_good_is_no_later_certificate(ca, issued, spoil):
    old, first = issued.store(), serial(issued)
    ca.make_chain = lambda csr, names: ca.proper_chain(csr, names, not_before=pki.now() - pki.days(1) / 2)
    issued.run("renew", "--force")
    (issued.state / "store").write_bytes(old)
    if spoil == "expired":
        key = x509.load_pem_x509_certificate((issued.place / "cert.pem").read_bytes()).public_key()
        leaf = ca.issuing_ca.issue(key, [NAME], pki.now() - pki.days(1) / 2, pki.now() - pki.days(1) / 24)
        (issued.place / "cert.pem").write_bytes(pki.cert_pem(leaf))
    else:
        (issued.place / spoil).write_text("broken" if spoil == "cert.pem" else "")
    issued.run("renew")
    assert serial(issued) == first


# ---- without symbolic links

@pytest.fixture
def fat(ca, new_wafer, preloaded):
    wafer = new_wafer(ca)
    wafer.place = wafer.state / "live" / NAME
    wafer.preload(preloaded("fat"), FAT_FOLDER=str(wafer.state), FAT_MODE="0700", FAT_LINKS="no", FAT_CHMOD="no", FAT_SYNC="no")
    return wafer


def test_no_symbolic_links(fat):
    fat.issue(NAME)
    assert fat.place.is_dir() and not fat.place.is_symlink() and sorted(p.name for p in fat.place.iterdir()) == list(LIVE_FILES)
    (fat.place / "haproxy.pem").write_text("mine")
    renewals(fat)
    assert (fat.place / "haproxy.pem").read_text() == "mine"
    assert [p.name for p in (fat.state / "live").iterdir()] == [NAME]


def test_nothing_is_written_where_nothing_is_due(fat):
    """Today's cron run wrote the key to the card, and deleted it."""
    fat.issue(NAME)
    before = {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in [fat.state / "live", fat.place, *fat.place.iterdir()]}
    for _ in range(3):
        assert fat.run("renew", "--exit-code", status=3).status == 3
    assert {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in before} == before


def test_moved_to_a_system_with_links(fat):
    fat.issue(NAME)
    before = serial(fat)
    fat.env["FAT_LINKS"] = "yes"
    fat.run("renew")
    assert fat.place.is_symlink() and serial(fat) == before
    fat.env["FAT_LINKS"] = "no"
    renewals(fat)


# ---- status

@pytest.mark.parametrize("spoil, files", [
    (lambda place: None, "current"),
    (lambda place: place.unlink(), "missing"),
    (lambda place: shutil.rmtree(place.parent), "missing"),
    (lambda place: (place / "chain.pem").unlink(), "other"),
    (lambda place: (place / "privkey.pem").write_text("x"), "other"),
    (lambda place: (place / "fullchain.pem").open("a").write("more"), "other")])
def test_status_tells(issued, spoil, files):
    spoil(issued.place)
    before = sorted(str(p) for p in issued.state.rglob("*"))
    assert issued.run("status", "--json").json()[0]["files"] == files
    out = issued.run("status").out
    assert (f"wafer export {NAME}" in out) == (files != "current")
    assert sorted(str(p) for p in issued.state.rglob("*")) == before
    issued.run("export", NAME)
    assert issued.run("status", "--json").json()[0]["files"] == "current"

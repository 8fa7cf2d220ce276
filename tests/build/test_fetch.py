"""Third-party sources without apt and without a network: archives of any name, or trees, in THIRD."""
import glob
import os
import shutil
import tarfile

import pytest

from conftest import THIRD, run

def pack(folder, package, name, mode, root="any-root"):
    """An archive of our own of a package's tree."""
    with tarfile.open(folder / name, mode) as archive:
        archive.add(f"{THIRD}/{package}", root, filter=lambda entry: None if entry.name.endswith("/.sum") else entry)


def fetch(folder, *packages, no_apt, **keywords):
    return run("tools/setup/fetch.sh", folder, *packages, PATH=no_apt, **keywords)


def test_build_from_archives_of_any_name(tmp_path, no_apt):
    """Only what the target needs is unpacked, nothing is fetched."""
    pack(tmp_path, "bearssl", "a1b2c3", "w:gz")
    pack(tmp_path, "jsmn", "master.zip", "w:xz")
    (tmp_path / "notes.txt").write_text("not an archive\n")
    target = f"{tmp_path}/out/obj/src/format/json.o"
    said = run("make", f"O={tmp_path}/out", f"THIRD={tmp_path}", target, PATH=no_apt)
    assert "fetching" not in said and os.path.exists(target)
    assert sorted(entry.name for entry in tmp_path.iterdir() if entry.is_dir()) == ["bearssl", "jsmn", "out"]


def test_debians_archives(tmp_path, no_apt):
    archives = [path for path in glob.glob(f"{THIRD}/*.orig.tar.*") if "lwip" not in path]
    if len(archives) < 3:
        pytest.skip("no archives in THIRD")
    for number, path in enumerate(archives):
        os.symlink(path, tmp_path / f"link-{number}")
        shutil.copy(path, tmp_path / str(number))
    assert fetch(tmp_path, "bearssl", "jsmn", "libinih", no_apt=no_apt) == ""
    assert os.path.exists(tmp_path / "libinih/ini.c")


def test_asked_again(tmp_path, no_apt):
    """Who has built from the sources does not build again because somebody else needs them, too."""
    pack(tmp_path, "jsmn", "jsmn", "w:gz")
    fetch(tmp_path, "jsmn", no_apt=no_apt)
    before = (tmp_path / "jsmn.stamp").stat().st_mtime_ns
    fetch(tmp_path, "jsmn", no_apt=no_apt)
    assert (tmp_path / "jsmn.stamp").stat().st_mtime_ns == before
    os.utime(tmp_path / "jsmn.stamp", (0, 0))  # older than the list of sums
    fetch(tmp_path, "jsmn", no_apt=no_apt)
    assert (tmp_path / "jsmn.stamp").stat().st_mtime_ns >= before


def test_tree_with_other_line_ends(tmp_path, no_apt):
    (tmp_path / "jsmn").mkdir()
    with open(f"{THIRD}/jsmn/jsmn.h", "rb") as file:
        (tmp_path / "jsmn/jsmn.h").write_bytes(file.read().replace(b"\n", b"\r\n"))
    assert fetch(tmp_path, "jsmn", no_apt=no_apt) == ""


def test_wrong_archive(tmp_path, no_apt):
    """It is named and refused, and the message says what is wanted and where."""
    shutil.copytree(f"{THIRD}/jsmn", tmp_path / "changed")
    with open(tmp_path / "changed/jsmn.h", "a", encoding="utf-8") as file:
        file.write("int more;\n")
    folder = tmp_path / "third"
    folder.mkdir()
    with tarfile.open(folder / "jsmn.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "changed", "jsmn-1.1.0")
    said = fetch(folder, "jsmn", no_apt=no_apt, fails=True)
    assert f"{folder}/jsmn.tar.gz is refused" in said
    assert "no apt-get" in said and "jsmn 1.1.0 is missing" in said and f"THIRD={folder}" in said and "https://" in said
    assert not (folder / "jsmn").exists()
    pack(folder, "jsmn", "right", "w:gz")  # the right one beside it does
    said = fetch(folder, "jsmn", no_apt=no_apt)
    assert (folder / "jsmn/jsmn.h").exists()


def test_wrong_tree(tmp_path, no_apt):
    """A tree that somebody put there is never removed."""
    (tmp_path / "jsmn").mkdir()
    (tmp_path / "jsmn/jsmn.h").write_text("/* mine */\n")
    pack(tmp_path, "jsmn", "right", "w:gz")
    said = fetch(tmp_path, "jsmn", no_apt=no_apt, fails=True)
    assert f"{tmp_path}/jsmn is not jsmn 1.1.0" in said and "Move it away" in said
    assert (tmp_path / "jsmn/jsmn.h").read_text() == "/* mine */\n"


def test_damaged_archive(tmp_path, no_apt):
    with open(f"{THIRD}/jsmn/jsmn.h", "rb") as file:
        (tmp_path / "jsmn.tar").write_bytes(file.read())
    pack(tmp_path, "jsmn", "whole", "w:gz")
    (tmp_path / "cut").write_bytes((tmp_path / "whole").read_bytes()[:-3000])
    os.unlink(tmp_path / "whole")
    said = fetch(tmp_path, "jsmn", no_apt=no_apt, fails=True)
    assert "jsmn 1.1.0 is missing" in said and not (tmp_path / "jsmn").exists()


def test_unknown_package(tmp_path, no_apt):
    assert "no package openssl" in fetch(tmp_path, "openssl", no_apt=no_apt, fails=True)

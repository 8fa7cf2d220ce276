"""tools/check/docs.py on a copy of the tree: as it is, and with one fault at a time that must be found."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = ROOT / "tools/check/docs.py"
# file, what stands there, what stands there in its place, words of the complaint
FAULTS = [
    ("docs/errors.md", "| caa | STOP |", "| caa | BACKOFF |", "caa is BACKOFF, but STOP"),
    ("docs/errors.md", "| REGISTER | at any", "| while", "the actions lack REGISTER"),
    ("docs/errors.md", "| NONE | there", "| NOPE | there", "enum wafer_action has no NOPE"),
    ("src/acme/finalize.c", "w->last.action == WAFER_ACTION_POLL", "rc == 5", "asks whether an action is POLL"),
    ("docs/errors.md", "up to 10 times", "up to 12 times", "NONCE_TRIES is 12, but 10"),
    ("docs/command.md", "`--email ADDR` |", "`--mail ADDR` |", "--mail"),
    ("docs/command.md", "`csr`, `reuse-key`; paths", "`csr`; paths", "remembered are"),
    ("docs/command.md", "`sectigo`, ", "", "CAs are"),
    ("docs/store-format.md", "| options | 7 |", "| options | 8 |", "options is 8, but 7"),
    ("docs/store-format.md", "| 13 | thumbprint", "| 14 | thumbprint", "tags are"),
    ("docs/store-format.md", "    0x08  COPIED", "    0x40  COPIED", "08 is None, but COPIED"),
    ("README.md", "| `src/net/` |", "| `src/network/` |", "the map of src/ has"),
    ("README.md", "crypto, net < store", "net < crypto < store", "the layers are"),
    ("docs/design.md", "crypto, net < store", "crypto < net < store", "lacks the line of src/layers.txt"),
    ("README.md", "struct wafer_due due;", "struct wafer_due later;", "this example is not in"),
    ("docs/design.md", "`wafer_subproblems()` for", "`wafer_prefer_chain()` for", "is optional, but"),
    ("docs/design.md", "`src/acme/retry.c` says", "`src/acme/retries.c` says", "there is no src/acme/retries.c"),
    ("port/template/README.md", "`port/lwip-sockets`", "`port/lwip-socket`", "there is no port/lwip-socket"),
    ("docs/building.md", "include/wafer-posix/", "include/wafer-linux/", "there is no include/wafer-linux/"),
    ("docs/design.md", "](store-format.md)", "](store_format.md)", "a link leads to store_format.md"),
    ("docs/design.md", "building.md#the-tests", "building.md#tests", "has no heading #tests"),
    ("docs/design.md", "`react()`", "`reaction()`", "reaction() is not in"),
    ("docs/design.md", "`keep_headers()` in `src/acme/session.c`", "`keep_headers()` in `src/acme/poll.c`", "keep_headers() is not in"),
    ("docs/design.md", "`wafer_issue` wipes", "`wafer_issues` wipes", "nothing is called wafer_issues"),
    ("docs/design.md", "`WAFER_E_BUSY`", "`WAFER_E_TAKEN`", "has no WAFER_E_TAKEN"),
    ("docs/building.md", "-DWAFER_TLS_BUFFER=2048", "-DWAFER_TLS_BUFFERS=2048", "the code has no WAFER_TLS_BUFFERS"),
    ("README.md", "`--ca-file` takes", "`--ca-files` takes", "no command has --ca-files"),
    ("docs/building.md", "| `make static` |", "| `make statics` |", "there is no target statics"),
    ("README.md", "    make demo     #", "    make show     #", "there is no target show"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy") / "tree"
    unwanted = {ROOT / "build", ROOT / ".git"}  # what is built and fetched

    def ignore(within, names):
        return [name for name in names if pathlib.Path(within) / name in unwanted or name == "__pycache__"]

    shutil.copytree(ROOT, folder, ignore=ignore)
    return folder


def check(tree):
    return subprocess.run([sys.executable, CHECK, tree], capture_output=True, text=True)


def test_the_tree_is_as_documented(tree):
    done = check(tree)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path, old, new, complaint", FAULTS, ids=[fault[3] for fault in FAULTS])
def test_fault_is_found(tree, path, old, new, complaint):
    file = tree / path
    text = file.read_text()
    assert old in text
    try:
        file.write_text(text.replace(old, new))
        done = check(tree)
    finally:
        file.write_text(text)
    assert done.returncode == 1
    assert complaint in done.stdout

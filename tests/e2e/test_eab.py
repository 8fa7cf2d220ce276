"""External account binding: the file with the key is read when an account is registered and only then, in any form of
base64; with several CAs each has its own."""

import base64

import pytest

from client import FAILED, USAGE
from tlsserver import problem

NAME = "a.test"
KEY = bytes((7 * i + 251) % 256 for i in range(48))  # both alphabets differ in it
TEXT = base64.b64encode(KEY).decode()
URLSAFE = base64.urlsafe_b64encode(KEY).decode()
assert "+" in TEXT and "/" in TEXT


@pytest.fixture
def bound_ca(start_ca):
    return start_ca(eab={"kid-1": KEY})


@pytest.fixture
def key_file(tmp_path):
    """key_file(text): options for a binding with it."""
    def write(text, name="key"):
        path = tmp_path / name
        path.write_text(text)
        path.chmod(0o600)
        return ["--eab-kid", "kid-1", "--eab-key-file", str(path)]
    return write


FORMS = {
    "urlsafe": URLSAFE.rstrip("="),
    "padded": URLSAFE,
    "plain alphabet": TEXT,
    "mixed": TEXT.replace("+", "-"),
    "wrapped": "\n".join(TEXT[i:i + 20] for i in range(0, len(TEXT), 20)) + "\n",
    "wrapped with returns": "\r\n".join(TEXT[i:i + 20] for i in range(0, len(TEXT), 20)) + "\r\n",
    "double quotes": f'"{TEXT}"\n',
    "single quotes": f"  '{URLSAFE}'  \n",
    "blanks": f"\n\t {TEXT} \n\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(bound_ca, new_wafer, key_file, form):
    new_wafer(bound_ca, *key_file(FORMS[form])).issue(NAME)


@pytest.mark.parametrize("text", ["", "\n", '""', '"', "=", "A", "AAAAA", "key: AAAA", "AAAA=AAAA", "AA\0AA", "ÄÄÄÄ", "A" * 3000, f'"{TEXT}'])
def test_no_key(bound_ca, new_wafer, key_file, text):
    """One error, that names the file; nothing is sent but what leads there."""
    wafer = new_wafer(bound_ca, *key_file(text))
    assert "--eab-key-file" in wafer.issue(NAME, status=FAILED).error()
    assert bound_ca.count("newAccount") == 0
    wafer.run("status")


def test_read_once(bound_ca, new_wafer, key_file, tmp_path):
    """The account outlives the file."""
    wafer = new_wafer(bound_ca, *key_file(TEXT))
    wafer.issue(NAME)
    (tmp_path / "key").unlink()
    wafer.run("renew", "--force")
    wafer.issue("b.test")
    bound_ca.forget_accounts(problem("accountDoesNotExist", "who?", 400))
    error = wafer.run("renew", "--force", NAME, status=FAILED).error()
    assert str(tmp_path / "key") in error and "account" in error
    key_file(TEXT)
    wafer.run("renew", "--force", NAME)


def test_not_read_for_nothing(bound_ca, new_wafer, tmp_path):
    """Neither for a plan nor where nothing is due."""
    options = ["--eab-kid", "kid-1", "--eab-key-file", str(tmp_path / "none")]
    assert "would order" in new_wafer(bound_ca, *options).issue(NAME, "--dry-run").out


def test_each_ca_has_its_own(start_ca, new_wafer, key_file, tmp_path):
    """By the URL as it was given; the one for any is left for the third."""
    other = bytes(reversed(KEY))
    first = start_ca(eab={"kid=1": KEY})
    second = start_ca(eab={"kid-2": other})
    first.always("newOrder", problem("rateLimited", "later", 429, {"Retry-After": "600"}))
    key_file(TEXT, "one")
    key_file(base64.b64encode(other).decode(), "two")
    wafer = new_wafer(second)
    wafer.ca = ["--agree-tos", "--ca", first.url, "--ca", second.url, "--ca-file", str(both_roots(tmp_path, first, second))]
    wafer.options += ["--eab-kid", f"{second.url}=kid-2", "--eab-key-file", f"{second.url}={tmp_path}/two",
                      "--eab-kid", "kid=1", "--eab-key-file", "one"]
    wafer.run("issue", NAME, cwd=tmp_path)
    assert first.count("newAccount") == second.count("newAccount") == 1 and len(second.issued) == 1
    wafer.ca, wafer.options = [], []
    second.forget_accounts(problem("accountDoesNotExist", "who?", 400))
    wafer.run("renew", "--force", cwd="/")  # they were kept, with their paths
    assert len(second.issued) == 2


def both_roots(folder, *servers):
    path = folder / "roots.pem"
    path.write_bytes(b"".join(open(server.root, "rb").read() for server in servers))
    return path


def test_one_half(start_ca, new_wafer, key_file):
    ca = start_ca()
    options = key_file(TEXT)
    for half, missing in ((options[:2], "eab-key-file"), (options[2:], "eab-kid"),
                          (["--eab-kid", f"{ca.url}=k", *options[2:3], f"zerossl={options[3]}"], "eab-key-file")):
        error = new_wafer(ca, *half).issue(NAME, status=USAGE).error()
        assert f"--{missing} is missing for 127.0.0.1" in error
    assert ca.connections == 0


def test_next_ca_has_its_file(start_ca, new_wafer, key_file, tmp_path):
    """That of the first one can't be read: a person hears of it, and has a certificate meanwhile."""
    first, second = start_ca(eab={"kid-1": KEY}), start_ca()
    wafer = new_wafer(second, "--eab-kid", f"{first.url}=kid-1", "--eab-key-file", f"{first.url}=/none")
    wafer.ca = ["--agree-tos", "--ca", first.url, "--ca", second.url, "--ca-file", str(both_roots(tmp_path, first, second))]
    assert "/none" in wafer.issue(NAME).error()
    wafer.live(NAME)


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotes_in_the_config(bound_ca, new_wafer, key_file, tmp_path, quote):
    """What shells and other programs' files have around values."""
    options = key_file(TEXT)
    config = tmp_path / "conf"
    config.write_text("".join(f"{name} = {quote}{value}{quote}\n" for name, value in (
        ("eab-kid", "kid-1"), ("eab-key-file", options[3]), ("email", "a@example.org"), ("agree-tos", "yes"))))
    wafer = new_wafer(bound_ca)
    wafer.ca.remove("--agree-tos")
    wafer.issue(NAME, "-c", config)
    config.write_text(f"email = {quote}{quote}\n")
    assert "has no value" in wafer.issue("b.test", "-c", config, status=USAGE).error()

"""No key and no EAB secret is left in the command's memory at its end, whatever it did and however it ended."""

import base64
import functools
import re
import signal

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from client import DONE, FAILED, LATER, PROGRAM
from procs import wait_for
from test_pebble_variants import eab_options
from tlsserver import problem

NAME = "a.test"
SECRET = bytes(range(40, 80))

pytestmark = pytest.mark.skipif(b"__asan_init" in PROGRAM.read_bytes() if PROGRAM.exists() else False,
                                reason="the sanitizers keep memory that was freed")


@pytest.fixture(scope="session")
def shim(preloaded):
    return preloaded("memory_dump")


def limbs(number, bits):
    """As BearSSL keeps it: words of 31 or 15 bits, the lowest first."""
    size = 4 if bits == 31 else 2
    words = [(number >> at) & (1 << bits) - 1 for at in range(0, 256, bits)]
    return b"".join(word.to_bytes(size, "little") for word in words[:-1])


def in_base64(data):
    """What any base64 text has of it, wherever it begins."""
    for ahead in range(3):
        text = base64.b64encode(bytes(ahead) + data)
        part = text[4 if ahead else 0:len(text) // 4 * 4 - 4]
        yield part
        yield part.translate(bytes.maketrans(b"+/", b"-_"))


def traces_of_key(number):
    raw = number.to_bytes(32, "big")
    yield from (raw[:16], raw[16:], raw[::-1], limbs(number, 31), limbs(number, 15))
    yield from in_base64(raw)


@functools.lru_cache(None)
def abscissa(number):
    return ec.derive_private_key(number, ec.SECP256R1()).public_key().public_numbers().x


def keys_in(store, points):
    """The secrets that a store holds in plain text, of these public points."""
    found = set()
    for at in range(len(store) - 32):
        number = int.from_bytes(store[at:at + 32], "big")
        if store[at:at + 4] not in (b"\xff" * 4, bytes(4)) and 0 < number < 2 ** 256 - 2 ** 224 and abscissa(number) in points:
            found.add(number)
    return found


def where(memory, secret):
    """Which part it is in, and how far from its begin."""
    at = memory.index(secret)
    heads = [head for head in re.finditer(rb"[0-9a-f]{8,16}-[0-9a-f]{8,16} rw.*\n", memory[:at])]
    return f"{heads[-1][0].split()[-1].decode()} + {at - heads[-1].end():#x}: {secret.hex()}"


class Watched:
    """The command, with what it left in memory."""

    def __init__(self, wafer, ca, shim, folder):
        self.wafer, self.ca, self.folder, self.count, self.secrets = wafer, ca, folder, 0, set()
        wafer.preload(shim)
        for trace in (SECRET[:16], SECRET[-16:], *in_base64(SECRET)):
            self.secrets.add(trace)

    def learn(self):
        """What is secret by now. It stays so when the store has forgotten it."""
        path = self.wafer.state / "store"
        points = {int.from_bytes(base64.urlsafe_b64decode(jwk["x"] + "=="), "big")
                  for jwk in self.ca.accounts.values()}
        points |= {cert.public_key().public_numbers().x for cert in self.ca.issued}
        keys = keys_in(path.read_bytes(), points) if path.exists() else set()
        for number in keys:
            self.secrets.update(traces_of_key(number))
        return len(keys)

    def run(self, *args, status=DONE, stop=None):
        """stop(process): ends it before its time."""
        self.count += 1
        dump = self.folder / f"memory{self.count}"
        self.wafer.env["MEMORY_DUMP"] = str(dump)
        self.learn()
        if stop:
            process = self.wafer.start(*args)
            stop(process)
            process.communicate(timeout=60)
        else:
            self.wafer.run(*args, status=status)
        self.learn()
        memory = dump.read_bytes()
        dump.unlink()
        assert memory.endswith(b"whole") and args[0].encode() in memory
        left = sorted(where(memory, secret) for secret in self.secrets if secret in memory)
        assert left == [], f"after {args}"


@pytest.fixture
def watched(start_ca, new_wafer, shim, tmp_path):
    ca = start_ca(eab={"kid-1": SECRET})
    key = base64.urlsafe_b64encode(SECRET).rstrip(b"=").decode()
    return Watched(new_wafer(ca, *eab_options(tmp_path, key=key)), ca, shim, tmp_path)


def test_the_search_finds_what_is_there(watched, tmp_path):
    """The secrets of a store are recognised, in a file and in base64."""
    watched.run("issue", NAME)
    assert watched.learn() == 2
    private = (watched.wafer.state / "live" / NAME / "privkey.pem").read_bytes().replace(b"\n", b"")
    assert any(secret in private for secret in watched.secrets)
    assert any(secret in (tmp_path / "eab.key").read_bytes() for secret in watched.secrets)
    assert any(secret in watched.wafer.store() for secret in watched.secrets)


def test_each_command(watched):
    watched.run("issue", NAME)
    watched.run("issue", NAME)
    watched.run("renew")
    watched.run("renew", "--force")
    watched.run("status")
    watched.run("status", "--json", NAME)
    watched.run("export", NAME)
    (watched.wafer.state / "live" / NAME / "privkey.pem").unlink()
    watched.run("export", NAME)
    watched.run("store", "check")
    watched.run("store", "dump")
    watched.run("store", "format", "--force")


@pytest.mark.parametrize("endpoint", ["newAccount", "newOrder", "authorization", "challenge", "finalize", "certificate"])
def test_each_failure(watched, endpoint):
    watched.ca.always(endpoint, problem("rejectedIdentifier", "no", 403))
    watched.run("issue", NAME, status=LATER if endpoint == "challenge" else FAILED)
    watched.ca.always(endpoint, None)
    watched.run("issue", NAME, "--force", status=LATER)


def test_nobody_there(watched):
    watched.run("issue", NAME)
    watched.ca.stop()
    watched.run("renew", "--force", status=LATER)


def test_wrong_use(watched):
    """What was read before it was found wrong."""
    watched.run("issue", NAME, "--profile", "", status=None)
    watched.run("issue", "a_b.test", status=None)
    watched.run("issue", NAME, "--ca-file", str(watched.folder / "none"), status=None)
    watched.run("issue", NAME)
    watched.run("renew", "other.test", status=None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal(watched, number):
    """Ctrl-C while it waits for the CA."""
    asked = []

    def stop(process):
        wait_for(lambda: asked, "finalize")
        process.send_signal(number)

    watched.ca.edit["order"] = lambda value: dict(value, status="processing") if asked else value
    watched.ca.always("finalize", lambda request, proceed: asked.append(request) or proceed())
    watched.run("issue", NAME, stop=stop)

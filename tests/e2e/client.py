"""Runs the command under test and checks what it leaves behind."""

import dataclasses
import json
import os
import pathlib
import re
import stat
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

DONE, FAILED, LATER, USAGE = 0, 1, 75, 2
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("WAFER", "build/wafer"))
PROGRAM = PROGRAM if PROGRAM.is_absolute() else REPOSITORY / PROGRAM
LIVE_FILES = ("cert.pem", "chain.pem", "fullchain.pem", "privkey.pem")
SANITIZER = re.compile(r"(AddressSanitizer|LeakSanitizer|runtime error:).*")


@dataclasses.dataclass
class Result:
    status: int
    out: str
    err: str

    def json(self):
        """One object a line of --json."""
        return [json.loads(line) for line in self.out.splitlines()]

    def error(self):
        """The error: the one line of stderr that says "wafer: ..."."""
        lines = [line for line in self.err.splitlines() if line.startswith("wafer: ") and "warning" not in line]
        assert len(lines) == 1, f"want one error line, got {lines} in:\n{self.err}"
        return lines[0]


class Wafer:
    """One state directory and the options that all its commands share."""

    def __init__(self, state, url, root, *options):
        self.state, self.options, self.env = state, list(options), dict(os.environ)
        self.ca = ["--ca", url, "--ca-file", str(root), "--agree-tos"]

    def preload(self, library, **variables):
        """All further runs have this library, which reads these variables, loaded before any other."""
        # A program with sanitizers would have its own come first.
        options = self.env.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.env.update(variables, LD_PRELOAD=str(library), ASAN_OPTIONS=options)

    def argv(self, command, *args):
        common = ["-d", str(self.state)]
        if command in ("issue", "renew"):
            common += [*self.ca, *self.options]
        return [str(PROGRAM), *common, command, *map(str, args)]

    def start(self, command, *args, prefix=(), **popen):
        """The command in the background; prefix: a program that runs it, such as strace."""
        return subprocess.Popen([*map(str, prefix), *self.argv(command, *args)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env, **popen)

    def run(self, command, *args, status=DONE, timeout=180, prefix=(), **popen):
        """Runs to the end. `status`: what the exit status must be, None for any."""
        process = self.start(command, *args, prefix=prefix, **popen)
        try:
            out, err = process.communicate(timeout=timeout)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        result = Result(process.returncode, out, err)
        assert not SANITIZER.search(err), err
        assert status is None or result.status == status, (
            f"exit status {result.status} instead of {status}\n--- stdout\n{out}\n--- stderr\n{err}")
        return result

    def issue(self, *names, **run):
        return self.run("issue", *names, **run)

    def live(self, name):
        return Live(self.state / "live" / name)

    def store(self):
        """The flash image, to compare."""
        return (self.state / "store").read_bytes()

    def check_store(self):
        return self.run("store", "check")


class Live:
    """The PEM files of one certificate, read and checked against each other."""

    def __init__(self, folder):
        self.folder = folder
        assert sorted(p.name for p in folder.iterdir()) == list(LIVE_FILES)
        self.cert_pem, self.chain_pem, self.fullchain_pem, key_pem = (
            (folder / name).read_bytes() for name in LIVE_FILES)
        assert self.fullchain_pem == self.cert_pem + self.chain_pem
        self.cert = x509.load_pem_x509_certificate(self.cert_pem)
        self.chain = [x509.load_pem_x509_certificate(b"-----BEGIN" + part)
                      for part in self.chain_pem.split(b"-----BEGIN")[1:]]
        self.key = serialization.load_pem_private_key(key_pem, None)
        self.key_pem = key_pem
        assert self.key.public_key().public_numbers() == self.cert.public_key().public_numbers()
        assert stat.S_IMODE((folder / "privkey.pem").stat().st_mode) == 0o600

    @property
    def names(self):
        san = self.cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return [str(name.value) for name in san]

    @property
    def topmost_issuer(self):
        return ([self.cert] + self.chain)[-1].issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value

    def verify(self, root_pem, folder):
        """openssl's own opinion, the chain being untrusted input."""
        root, chain = folder / "root.pem", folder / "untrusted.pem"
        root.write_bytes(root_pem)
        chain.write_bytes(self.chain_pem)
        run = subprocess.run(["openssl", "verify", "-CAfile", root, "-untrusted", chain, self.folder / "cert.pem"],
                             capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr

    def secrets(self):
        """How the private key might show up in a text."""
        scalar = self.key.private_numbers().private_value.to_bytes(32, "big")
        return encodings(scalar)


def encodings(secret):
    import base64
    return [secret.hex(), base64.b64encode(secret).decode().rstrip("="),
            base64.urlsafe_b64encode(secret).decode().rstrip("=")]


def world_readable(folder):
    """Files with a private key in them, or stores, that others than the owner may read."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and stat.S_IMODE(path.lstat().st_mode) & 0o077:
            if path.name.startswith("store") or b"PRIVATE KEY" in path.read_bytes():
                found.append(path)
    return found

"""Runs tests/e2e/firmware.c: a product over the library, whose options are those of firmware.c."""

import subprocess

from client import PROGRAM, SANITIZER

FIRMWARE = PROGRAM.parent / "tests/e2e/firmware"
ACTIONS = ["none", "nonce", "later", "backoff", "poll", "register", "plain", "stop"]
CUT = 9


class Outcome:
    """The lines that firmware.c prints: result["KEY"] as text, .number("KEY"), .warnings."""

    def __init__(self, out):
        lines = out.splitlines()
        self.warnings = [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]
        self._values = dict(line.split("=", 1) for line in lines if not line.startswith("warning: "))

    def __getitem__(self, key):
        return self._values[key]

    def number(self, key):
        return int(self[key])

    @property
    def action(self):
        return ACTIONS[self.number("action")]


class Firmware:
    """One device: a store that stays from run to run, and a CA (anything with url, root and http_port)."""

    def __init__(self, folder, ca, name="a.test"):
        self.store, self.ca, self.name = folder / "store", ca, name

    def run(self, *options, status=0):
        done = subprocess.run([FIRMWARE, self.ca.url, self.ca.root, str(self.ca.http_port), self.store, self.name, *options],
                              capture_output=True, text=True, timeout=180, check=False)
        assert not SANITIZER.search(done.stderr), done.stderr
        assert done.returncode == status, done.stdout + done.stderr
        return Outcome(done.stdout)

    def cut(self, part, *options):
        """The power fails before the first request to a URL with `part`."""
        self.run(*options, f"cut={part}", status=CUT)

#!/usr/bin/env python3
"""Instructions of a first issuance and a renewal on a Cortex-M3, by phase, for each way to compute P-256.

Builds mps2-an385 with each, runs it with -icount shift=0 against Pebble (a millisecond of the machine is a million
instructions; what it sleeps does not count), and prints a table in Markdown.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from board import BUILD, HOST, REPOSITORY, Board  # noqa: E402
from pebble import Pebble  # noqa: E402
from pki import ServerFiles  # noqa: E402

WAYS = {"p256_m15": "br_ec_p256_m15", "p256_m31": "br_ec_p256_m31", "prime_i15": "br_ec_prime_i15"}
EVENT = re.compile(r"^\[(\d+) ms, (\d+) busy\] ([a-z ]+): ?(.*)$", re.M)
PHASES = ["TLS handshake, EC chain", "TLS handshake, RSA chain", "first signed request (and its JWK)", "one signed request",
          "key and certification request", "first issuance, EC chain", "renewal, EC chain"]


def build(way, knob):
    out = BUILD / "instructions" / way
    subprocess.run(["make", "-s", "-f", "tools/make/boards.mk", "BOARD=mps2-an385", f"O={out}", f"BEAR={BUILD}/boards",
                    f"KNOBS=-DWAFER_EC_PRIVATE={knob}"], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    text = subprocess.run(["arm-none-eabi-size", str(out / "mps2-an385/wafer.elf")], check=True, capture_output=True,
                          text=True).stdout
    return out, int(text.splitlines()[1].split()[0])


def run(folder, out, kind):
    files = ServerFiles(folder, kind, names=(HOST, "127.0.0.1"), kind=kind)
    pebble = Pebble(folder / "pebble", shutil.which("pebble"), files)
    board = Board("mps2-an385", folder / "board", http=pebble.http_port, qemu=["-icount shift=0"], build=out, renew=3,
                  directory=f"https://{HOST}:{pebble.port}/dir", names=["device.example"], anchors=[str(files.root)])
    try:
        board.start().wait("issued:", count=2)
        log = board.log()
    finally:
        board.stop()
        pebble.stop()
    first, second = log.split("issued:")[:2]
    return [[(int(busy), step, text) for _, busy, step, text in EVENT.findall(part)] for part in (first, second)]


def after(events, start, pattern):
    """Instructions from event number `start` to the next that matches."""
    for busy, step, text in events[start + 1:]:
        if re.match(pattern, f"{step} {text}"):
            return busy - events[start][0]
    raise LookupError(pattern)


def index(events, pattern):
    return next(i for i, (_, step, text) in enumerate(events) if re.match(pattern, f"{step} {text}"))


def total(events):
    """Without what more polls than one cost: they depend on the CA's haste."""
    sent = index(events, "challenge done")
    polls = sum(1 for _, step, text in events[sent:] if step == "validation" and text.startswith("request"))
    one = after(events, index(events, "certificate begins"), "certificate request")
    return events[-1][0] - events[0][0] - max(0, polls - 1) * one


def measure(way, knob, folder):
    out, text = build(way, knob)
    first, second = run(folder / f"{way}-ec", out, "ec")
    rsa, _ = run(folder / f"{way}-rsa", out, "rsa")
    handshake = after(first, index(first, "directory begins"), "directory request")
    figures = [handshake, after(rsa, index(rsa, "directory begins"), "directory request"),
               after(first, index(first, "account response"), "account request"),
               after(first, index(first, "certificate begins"), "certificate request"),
               after(first, index(first, "finalize begins"), "finalize request")]
    figures[4] -= figures[3]
    return text, figures + [total(first), total(second)]


def main():
    os.chdir(REPOSITORY)
    with tempfile.TemporaryDirectory() as folder:
        results = {}
        for way, knob in WAYS.items():
            for kind in ("ec", "rsa"):
                (pathlib.Path(folder) / f"{way}-{kind}").mkdir()
            results[way] = measure(way, knob, pathlib.Path(folder))
    print("| million instructions, Cortex-M3 | " + " | ".join(results) + " |")
    print("|---" * (len(results) + 1) + "|")
    for i, phase in enumerate(PHASES):
        print(f"| {phase} | " + " | ".join(str(figures[i]) for _, figures in results.values()) + " |")
    print("| image, octets of flash | " + " | ".join(f"{text:,}" for text, _ in results.values()) + " |")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Keeps the README's figures what was measured.

usage: tools/measure/figures.py [-b DIR] --check | --write | --bench FILE

A block of README.md between `<!-- figures: NAME -->` and `<!-- end -->` is the output
of a function below. --write measures and replaces the blocks; --check measures and
fails when a block differs by more than its tolerance; --bench replaces the
block of the speed, which depends on the machine, by the table in FILE (make bench).
DIR (default build) is where `make size`, `make stack` and `make boards` build.
"""
import argparse
import functools
import os
import re
import subprocess
import sys

README = "README.md"
BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
BOARDS = ["emcraft-sf2", "lm3s6965evb", "mps2-an385", "riscv-virt", "vexpress-a9"]


def output(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def size_lines(build):
    """NAME -> (text, data, bss) of `make size`."""
    lines = output("make", "-s", "size", f"O={build}").splitlines()
    found = {}
    for line in lines:
        match = re.match(r"^([\w.-]+) +(\d+) +(\d+) +(\d+)$", line)
        if match:
            found[match[1]] = tuple(int(n) for n in match.groups()[1:])
        match = re.match(r"^# the command, static .*: (\d+) octets in the file, (\d+) by xz", line)
        if match:
            found["file"], found["xz"] = (int(match[1]), 0, 0), (int(match[2]), 0, 0)
    return found


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"


@functools.lru_cache(maxsize=None)
def stacks(build):
    """By the call graph: wafer_issue's on Cortex-M3, where port and drivers come on top, and each board's. A board
    whose reserve is smaller makes `make stack` fail."""
    lines = output("make", "-s", "stack", f"O={build}")
    return {name: int(octets) for name, octets in re.findall(r"^(wafer_issue|[\w-]+ stack) (\d+)", lines, re.MULTILINE)}


def sizes(build):
    size = size_lines(build)
    rows = [
        ("own code that the firmware above links, Cortex-M3 `-Os`: text", size["issue-path-cortex-m3"][0]),
        ("own code, all of `src/`, Cortex-M3 `-Os`: text", size["own-cortex-m3"][0]),
        ("whole client on Cortex-M3, with BearSSL and C library: text", size["client-cortex-m3"][0]),
        ("`sizeof(struct wafer)` on Cortex-M3, the TLS buffer of 16709 in it", size["wafer-cortex-m3"][2]),
        ("`sizeof(struct wafer)` on x86_64", size["wafer-x86_64"][2]),
        ("`sizeof(struct wafer_store)`", size["wafer_store-cortex-m3"][2]),
        ("stack of `wafer_issue`, worst case by call graph, Cortex-M3", stacks(build)["wafer_issue"]),
        ("heap", 0),
        ("static command, musl x86_64, stripped: file", size["file"][0]),
        ("the same, compressed by xz", size["xz"][0]),
    ]
    return table(["what", "octets"], rows)


def boards(build):
    rows = []
    for board in BOARDS:
        worst = stacks(build)[f"{board} stack"]
        elf = f"{build}/{board}/wafer.elf"
        symbols = dict(reversed(line.split()[::2]) for line in output("arm-none-eabi-nm", elf).splitlines()
                       if len(line.split()) == 3)
        text, data, bss = (int(n) for n in output("arm-none-eabi-size", elf).splitlines()[1].split()[:3])
        reserve = int(symbols["stack_reserve"], 16)
        rows.append((board, text + data, data + bss - reserve, worst, reserve, data + bss))
    return table(["board", "flash", "static RAM", "stack, worst case", "stack reserve", "RAM in all"], rows)


def instructions(build):
    os.environ["O"] = build
    return output("/usr/bin/python3", "tests/boards/instructions.py")


# name of a block: what makes it, and by which part its numbers may differ. Octets by
# little: another patch level of a compiler is no drift. Instructions by more: frames
# come when the host sends them. And how often it is measured until it fits: a busy host
# adds retries to a run, but not to each; drift is in all of them.
MEASURE = {"sizes": (sizes, 0.02, 1), "boards": (boards, 0.02, 1), "instructions": (instructions, 0.25, 3)}


def same(old, new, tolerance):
    """Whether two blocks tell the same: equal text, numbers within the tolerance."""
    number = re.compile(r"\d[\d,]*")
    if number.sub("#", old) != number.sub("#", new):
        return False
    values = [[int(n.replace(",", "")) for n in number.findall(text)] for text in (old, new)]
    return all(abs(a - b) <= max(4, tolerance * max(a, b)) for a, b in zip(*values))


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[2].replace("usage: ", ""))
    parser.add_argument("-b", dest="build", default="build")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true")
    action.add_argument("--write", action="store_true")
    action.add_argument("--bench", metavar="FILE")
    args = parser.parse_args()
    os.chdir(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    with open(README, encoding="utf-8") as file:
        text = file.read()
    drift = []

    def replace(match):
        head, name, old, tail = match.groups()
        if args.bench:
            with open(args.bench, encoding="utf-8") as bench:
                return head + (bench.read() if name == "speed" else old) + tail
        if name not in MEASURE:
            return match[0]
        measure, tolerance, tries = MEASURE[name]
        for _ in range(tries):
            new = measure(args.build)
            if same(old, new, tolerance):
                break
        else:
            drift.append(f"figures: {name}\n--- README.md\n{old}--- measured\n{new}")
        return head + (new if args.write else old) + tail

    text = BLOCK.sub(replace, text)
    if args.check:
        print("\n".join(drift) or "the README's figures are what was measured")
        if drift:
            print("tools/measure/figures.py --write brings README.md up to date")
        return 1 if drift else 0
    with open(README, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Adds up what a link took from one archive.

usage: tools/measure/linked.py MAP ARCHIVE

MAP is the linker's (-Wl,-Map=MAP). Prints "TEXT DATA BSS" in octets: the sections of ARCHIVE's members that are in the
image, read-only data counted as text.
"""
import re
import sys

SECTION = re.compile(r"^ (\.[\w.$-]+)?\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$")
COLUMNS = (("text", "rodata"), ("data",), ("bss",))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n")[2])
    with open(sys.argv[1], encoding="utf-8") as file:
        image = file.read().partition("\nLinker script and memory map\n")[2]
    # A long name has a line of its own.
    lines = re.sub(r"^( \.[\w.$-]+)\n +", r"\1 ", image, flags=re.MULTILINE).split("\n")
    total = [0, 0, 0]
    for section, size, path in (match.groups() for match in map(SECTION.match, lines) if match):
        if section and path.startswith(sys.argv[2] + "("):
            kind = section.split(".")[1]
            total = [old + int(size, 16) * (kind in kinds) for old, kinds in zip(total, COLUMNS)]
    if not total[0]:
        sys.exit(f"tools/measure/linked.py: {sys.argv[1]} has nothing of {sys.argv[2]}")
    print(*total)


main()

#!/usr/bin/python3
"""Holds the documents against the tables in the code that they describe."""
import re
import sys

# document, rows of its table, header, macro whose rows give (key, value)
CHECKS = [
    ("docs/errors.md", r"^\| (\w+) \| ([A-Z]+) \|", "include/wafer/wafer.h", r'^    X\(\w+, "(\w+)", ([A-Z]+)\)'),
]


def pairs(path, pattern):
    with open(path, encoding="utf-8") as file:
        return dict(re.findall(pattern, file.read(), re.MULTILINE))


def examples(document, source):
    """Each C example of a document must stand in a test, word for word."""
    with open(document, encoding="utf-8") as file:
        blocks = re.findall(r"^```c\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
    with open(source, encoding="utf-8") as file:
        code = file.read()
    if not blocks:
        sys.exit(f"{document}: no C example found")
    return [block for block in blocks if block not in code]


def options(document, source):
    """The table of the command's options: name, argument, and commands that it goes with."""
    commands = {"C_ALL": "all", "C_ORDER": "issue, renew", "C_ORDER | C_STORE": "issue, renew, store"}
    with open(document, encoding="utf-8") as file:
        told = re.findall(r"^\| (?:`-(\w)`, )?`--([a-z-]+)(?: ([^`]+))?` \| ([a-z, ]+) \|", file.read(), re.MULTILINE)
    with open(source, encoding="utf-8") as file:
        real = re.findall(r"X\(\w+, \"([a-z-]+)\", (?:0|'(\w)'), (?:\"([^\"]+)\"|NULL), (?:\"[^\"]*\"|NULL), \w+,"
                          r" ([C_A-Z| ]+),", file.read())
    told = {name: (letter, argument.replace("\\|", "|"), goes) for letter, name, argument, goes in told}
    real = {name: (letter, argument, commands[goes]) for name, letter, argument, goes in real}
    if not real:
        sys.exit(f"{source}: no options found")
    return [f"{document}: --{name} is {told.get(name)}, but {real.get(name)} in {source}"
            for name in sorted(told.keys() | real.keys()) if told.get(name) != real.get(name)]


def main():
    failed = 0
    for block in examples("README.md", "tests/unit/acme/test_readme.c"):
        failed += 1
        print(f"README.md: this example is not in tests/unit/acme/test_readme.c:\n{block}")
    for difference in options("docs/command.md", "tools/wafer/options.h"):
        failed += 1
        print(difference)
    for document, row, source, macro in CHECKS:
        told, real = pairs(document, row), pairs(source, macro)
        if not real:
            sys.exit(f"{source}: no table found")
        for key in sorted(told.keys() | real.keys()):
            if told.get(key) != real.get(key):
                failed += 1
                print(f"{document}: {key} is {told.get(key)}, but {real.get(key)} in {source}")
    print(f"{len(CHECKS) + 1} tables checked, {failed} differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

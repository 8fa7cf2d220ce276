#!/usr/bin/python3
"""Holds the documents against the code that they describe.

usage: tools/check/docs.py [ROOT]

Compares tables (errors, options, actions), the map of src/, C examples; and sees that what a document names is
there: files, functions, knobs, error codes, options, make targets, links. Prints every difference, and fails if
there is one. ROOT is another tree than the one that this file is in.
"""
import functools
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOPS = "src|include|port|boards|tools|tests|docs"
# Names that are no macros of C, and folders of what is installed: where they stand.
OTHER_NAMES = {"WAFER_THIRD": "CMakeLists.txt"}
INSTALLED = ("include/wafer-posix/", "include/wafer-bearssl/")
INSTALLS = "tools/make/install.mk"
# Names optional functions in one that only the caller calls: wafer_name_check.
ONLY_CALLED = {"src/base/name.c"}
# document, words around a number, file, macro that has this number
NUMBERS = [
    ("docs/errors.md", r"up to (\d+) times", "src/acme/session.c", "NONCE_TRIES"),
    ("docs/design.md", r"a line, (\d+) octets", "src/acme/session.c", "LINE_SIZE"),
    ("docs/design.md", r"Retry-After of up to (\d+) s", "src/acme/retry.c", "QUICK_S"),
    ("docs/design.md", r"a CA that is (\d+) ms away", "src/base/backoff.c", "POLL_MIN_MS"),
    ("docs/design.md", r"delays that by (\d+) such moments", "src/acme/poll.c", "SETTLE_ROUNDS"),
    ("docs/design.md", r"and causes (\d+) early polls", "src/acme/poll.c", "REACTIONS_MAX"),
    ("docs/design.md", r"`WAFER_WORK_SIZE`, (\d+) octets", "include/wafer/config.h", "WAFER_WORK_SIZE"),
    ("docs/design.md", r"`WAFER_TLS_BUFFER`, (\d+) octets", "include/wafer/config.h", "WAFER_TLS_BUFFER"),
]

differences = []
checked = 0


def differ(text):
    differences.append(text)


def check(truth, text):
    """Counts a comparison; tells of it when it fails."""
    global checked
    checked += 1
    if not truth:
        differ(text)


@functools.lru_cache(None)
def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def need(found, path, what):
    """What a pattern must find: else this check would pass for ever."""
    if not found:
        sys.exit(f"{path}: no {what} found")
    return found


def all_of(*patterns):
    return "".join(read(path) for pattern in patterns for path in sorted(glob.glob(pattern, recursive=True)))


def documents():
    return ["README.md"] + sorted(glob.glob("docs/*.md") + glob.glob("port/*/README.md") + glob.glob("boards/*/README.md"))


def compare(document, told, source, real):
    """Two tables as dicts, row by row."""
    need(told, document, "table")
    need(real, source, "table")
    for key in sorted(told.keys() | real.keys()):
        check(told.get(key) == real.get(key), f"{document}: {key} is {told.get(key)}, but {real.get(key)} in {source}")


# --- tables ---

def check_errors():
    """The types of a CA's errors and what is done with each."""
    told = re.findall(r"^\| (\w+) \| ([A-Z]+) \|", read("docs/errors.md"), re.MULTILINE)
    real = re.findall(r'^    X\(\w+, "(\w+)", ([A-Z]+)\)', read("include/wafer/wafer.h"), re.MULTILINE)
    compare("docs/errors.md", dict(told), "include/wafer/wafer.h", dict(real))


def check_actions():
    """Each action is a member of enum wafer_action, and some code of src/ asks for it."""
    table = read("docs/errors.md").partition("\n## Actions\n")[2]
    told = set(need(re.findall(r"^\| ([A-Z]+) \|", table, re.MULTILINE), "docs/errors.md", "actions"))
    members = re.search(r"^enum wafer_action \{\n(.*?)^\};", read("include/wafer/wafer.h"), re.MULTILINE | re.DOTALL)
    real = set(re.findall(r"WAFER_ACTION_(\w+)", need(members, "include/wafer/wafer.h", "enum wafer_action")[1]))
    asked = set(re.findall(r"(?:[=!]= |case )WAFER_ACTION_(\w+)", all_of("src/**/*.c")))
    for action in sorted(told | real):
        check(action in told, f"docs/errors.md: the actions lack {action} of enum wafer_action")
        check(action in real, f"docs/errors.md: enum wafer_action has no {action}")
        check(action in asked, f"docs/errors.md: nothing in src/ asks whether an action is {action}")


def check_handshakes():
    """What is said of each code of TLS, and which error and exit status it is."""
    document, source = "docs/errors.md", "src/net/tls_text.c"
    code = read(source)
    shared = dict(re.findall(r'^#define (\w+) +"(.*)"$', code, re.MULTILINE))
    kinds = dict(re.findall(r"^    X\((\w+), -\d+, (\w+),", read("include/wafer/error.h"), re.MULTILINE))
    errors = dict(re.findall(r"^    \{([\w()]+), WAFER_E_(\w+)\}", read("src/net/tls.c"), re.MULTILINE))
    told = re.findall(r"^\| (\d+) (\w+) \| ([A-Z_]+) \| (\d+) \| (.+?) \| (.+?) \|$", read(document), re.MULTILINE)
    told = {f"RECEIVED({int(number) - 256})" if name.islower() else name: tuple(row) for number, name, *row in told}
    real = {}
    for name, text, remedy in re.findall(r'^    \{([\w()]+), ("[^"]*"|\w+), ("[^"]*"|\w+)\},', code, re.MULTILINE):
        error = errors.get(name, "HANDSHAKE")
        status = "75" if kinds[error] == "PASSES" else "1"
        real[name] = (error, status, shared.get(text, text).strip('"'), shared.get(remedy, remedy).strip('"'))
    compare(document, told, source, real)
    for name in errors:
        check(name in real, f"{source}: lacks {name} of src/net/tls.c")


def check_options():
    """The table of the command's options: name, argument, and commands that it goes with; and which are remembered."""
    document, source = "docs/command.md", "tools/wafer/options.h"
    commands = {"C_ALL": "all", "C_REMOVE": "remove", "C_ORDER": "issue, renew", "C_ORDER | C_STORE": "issue, renew, store"}
    told = re.findall(r"^\| (?:`-(\w)`, )?`--([a-z-]+)(?: ([^`]+))?` \| ([a-z, ]+) \|", read(document), re.MULTILINE)
    real = re.findall(r"X\(\w+, \"([a-z-]+)\", (?:0|'(\w)'), (?:\"([^\"]+)\"|NULL), (?:\"[^\"]*\"|NULL), (\w+),"
                      r" ([C_A-Z| ]+),", read(source))
    kept = {name for name, _, _, kind, _ in real if kind.startswith("KEPT") or kind.endswith("LIST")}
    told = {name: (letter, argument.replace("\\|", "|"), goes) for letter, name, argument, goes in told}
    real = {name: (letter, argument, commands[goes]) for name, letter, argument, _, goes in real}
    compare(document, told, source, real)
    list_of = re.search(r"Remembered with a certificate: ([^;]*);", read(document))
    remembered = set(re.findall(r"`([a-z-]+)`", need(list_of, document, "list of what is remembered")[1]))
    check(remembered == kept, f"{document}: remembered are {sorted(remembered)}, but {sorted(kept)} in {source}")
    return set(real)


def check_cas():
    """The names of CAs."""
    told = re.search(r"^CAs known by name: (.*?)\n\n", read("docs/command.md"), re.MULTILINE | re.DOTALL)
    told = set(re.findall(r"`([a-z-]+)`", need(told, "docs/command.md", "names of CAs")[1]))
    real = re.findall(r'^    \{"([a-z-]+)", "https:', read("tools/wafer/ca.c"), re.MULTILINE)
    real = set(need(real, "tools/wafer/ca.c", "CAs"))
    check(told == real, f"docs/command.md: CAs are {sorted(told)}, but {sorted(real)} in tools/wafer/ca.c")


def check_store():
    """Kinds of values, tags of fields and flags of records."""
    document = "docs/store-format.md"
    text, kinds, flags = read(document), "include/wafer/store.h", "src/store/record.h"
    real = re.findall(r'^    X\(\w+, (\d+), "(\w+)"\)', read(kinds), re.MULTILINE)
    compare(document, dict(re.findall(r"^\| (\w+) \| (\d+) \| .* \|", text, re.MULTILINE)),
            kinds, {name: number for number, name in real})
    real = re.findall(r"^#define WAFER_FLAG_(\w+) +0x(\w\w)", read(flags), re.MULTILINE)
    compare(document, dict(re.findall(r"^    0x(\w\w)  ([A-Z]+): ", text, re.MULTILINE)),
            flags, {bit: name for name, bit in real})
    told = re.findall(r"^\| (\d+)(?:, (\d+))? \| ", text.partition("\n| tag | data |\n")[2], re.MULTILINE)
    told = {int(number) for row in told for number in row if number}
    real = {int(number) for number in re.findall(r"^    WAFER_FIELD_\w+ = (\d+)", read("src/record/fields.h"), re.MULTILINE)}
    check(told == real, f"{document}: tags are {sorted(told)}, but {sorted(real)} in src/record/fields.h")


def check_numbers():
    for document, words, source, macro in NUMBERS:
        told = need(re.search(words, read(document)), document, f"words like {words}")[1]
        real = need(re.search(rf"^#define {macro} +(\d+)\b", read(source), re.MULTILINE), source, macro)[1]
        check(told == real, f"{document}: {macro} is {told}, but {real} in {source}")


def check_map():
    """The folders of src/, and their order."""
    line = read("src/layers.txt").strip()
    layers = set(re.findall(r"\w+", line))
    folders = {os.path.basename(path) for path in glob.glob("src/*") if os.path.isdir(path)}
    for document in ("README.md", "docs/design.md"):
        text = read(document)
        told = set(re.findall(r"^\| `src/(\w+)/` \|", text, re.MULTILINE))
        check(told == folders, f"{document}: the map of src/ has {sorted(told)}, but there is {sorted(folders)}")
        for shown in re.findall(r"\bbase < [\w<, ]*\w", text):
            check(shown == line, f"{document}: the layers are {shown}, but {line} in src/layers.txt")
    check(line in read("docs/design.md"), f"docs/design.md: lacks the line of src/layers.txt: {line}")
    check(layers == folders, f"src/layers.txt: has {sorted(layers)}, but there is {sorted(folders)}")


def check_costs():
    """What is linked only when it is asked for: defined where the table says, and named nowhere else in src/."""
    table = read("docs/design.md").partition("\n| who sets or calls | links |\n")[2].partition("\n\n")[0]
    for names, homes in need(re.findall(r"^\| (`wafer.*?) \| (.*) \|", table, re.MULTILINE), "docs/design.md", "costs"):
        homes = re.findall(r"`([\w/.]+)`", homes)
        for name in re.findall(r"`(wafer_\w+)\(\)`", names):
            users = {path for path in glob.glob("src/**/*.c", recursive=True) if re.search(rf"\b{name}\b", read(path))}
            for user in sorted(users.difference(homes, ONLY_CALLED)):
                check(False, f"docs/design.md: {name} is optional, but {user} names it")
            check(users & set(homes), f"docs/design.md: {name} is not in {', '.join(homes)}")


def check_examples():
    """Each C example of the README stands in a test, word for word."""
    source = "tests/emu/readme_example.h"
    blocks = re.findall(r"^```c\n(.*?)^```", read("README.md"), re.MULTILINE | re.DOTALL)
    for block in need(blocks, "README.md", "C example"):
        check(block in read(source), f"README.md: this example is not in {source}:\n{block}")


# --- names ---

def exists(path):
    """Whether a path is there; a part "x" or in capitals stands for any."""
    parts = ["*" if part == "x" or part.isupper() else part for part in path.split("/") if part]
    return bool(glob.glob("/".join(parts)))


def check_paths(document, text):
    for path in re.findall(rf"(?<![\w/.])(?:{TOPS})/[\w./*-]*\w/?", text):
        there = os.path.basename(path[:-1]) in read(INSTALLS) if path in INSTALLED else exists(path)
        check(there, f"{document}: there is no {path}")
    folder = os.path.dirname(document)
    for link in re.findall(r"\]\(([^)#:]+)(?:#[\w-]*)?\)", text):
        check(os.path.exists(os.path.join(folder, link)), f"{document}: a link leads to {link}, which is not there")
    for link, anchor in re.findall(r"\]\(([^)#:]*)#([\w-]+)\)", text):
        target = os.path.normpath(os.path.join(folder, link)) if link else document
        heads = re.findall(r"^#+ (.*)$", read(target), re.MULTILINE) if os.path.isfile(target) else []
        slugs = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
        check(anchor in slugs, f"{document}: {target} has no heading #{anchor}")


def check_functions(document, text, words):
    """wafer_... is known to the code; a `function()` to one of the files that its line names, or to any of src/."""
    for name in sorted(set(re.findall(r"\bwafer_\w*[a-z0-9]\b(?!\.[ch]\b)", text))):
        check(name in words, f"{document}: nothing is called {name}")
    for line in text.split("\n"):
        files = [path for path in re.findall(r"`(src/[\w/]+\.c)`", line) if os.path.isfile(path)]
        for name in re.findall(r"`(\w+)\(\)`", line):
            files = files or glob.glob("src/**/*.c", recursive=True)
            defined = any(re.search(rf"^\w[\w *]*\b{name}\((?:.*[^;])?$", read(path), re.MULTILINE) for path in files)
            check(defined, f"{document}: {name}() is not in {', '.join(files) if len(files) < 4 else 'src/'}")


def check_names(document, text, words, errors):
    """Error codes and knobs."""
    for name in sorted(set(re.findall(r"(?:\b|(?<=-D))WAFER_[A-Z0-9_]*[A-Z0-9]\b", text))):
        if name.startswith("WAFER_E_"):
            check(name[8:] in errors, f"{document}: include/wafer/error.h has no {name}")
        elif name in OTHER_NAMES:
            check(name in read(OTHER_NAMES[name]), f"{document}: {OTHER_NAMES[name]} has no {name}")
        else:
            check(name in words, f"{document}: the code has no {name}")


def check_commands(document, text, options, targets):
    """Options, and targets of make, in code."""
    code = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^    (.+)$", text, re.MULTILINE)
    code += "\n".join(re.findall(r"^```ini\n(.*?)^```", text, re.MULTILINE | re.DOTALL)).split("\n")
    for words in code:
        if not re.match(r"curl |.*pkg-config ", words):
            for option in re.findall(r"(?<![^ \[(])--([a-z][a-z-]+)(?![\w>-])", words):
                check(option in options, f"{document}: no command has --{option}")
        if re.match(r"make( |$)", words):
            for target in re.findall(r" ([a-z][a-z-]*)(?= |$)", re.sub(r"#.*|\w+=(\"[^\"]*\"|\S*)", "", words)):
                check(target in targets, f"{document}: `{words}`: there is no target {target}")


def check_documents(options):
    code = all_of("include/wafer/*.h", "src/**/*.[ch]", "port/**/*.[ch]", "boards/**/*.[ch]", "tools/wafer/**/*.[ch]",
                  "tests/emu/*.h")
    words = set(re.findall(r"\w+", code))
    errors = re.findall(r"^    X\((\w+), -", read("include/wafer/error.h"), re.MULTILINE)
    errors = need(errors, "include/wafer/error.h", "errors")
    scripts = all_of("boards/**/*.py", "tools/**/*.py", "tools/**/*.sh", "tests/run")
    options = options | set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", scripts))
    makefiles = all_of("Makefile", "tools/make/*.mk")
    targets = set(re.findall(r"^([a-z][a-z -]*):", makefiles, re.MULTILINE))
    targets = need({word for line in targets for word in line.split()}, "Makefile", "targets")
    for document in documents():
        text = read(document)
        check_paths(document, text)
        check_functions(document, text, words)
        check_names(document, text, words, errors)
        check_commands(document, text, options, targets)


def main():
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else ROOT)
    check_errors()
    check_actions()
    check_handshakes()
    options = check_options()
    check_cas()
    check_store()
    check_numbers()
    check_map()
    check_costs()
    check_examples()
    check_documents(options)
    for difference in differences:
        print(difference)
    print(f"documents: {checked} comparisons, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())

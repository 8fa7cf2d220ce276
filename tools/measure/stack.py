#!/usr/bin/python3
"""Worst-case stack by the call graph: of the library, and of whole board images.

usage: tools/measure/stack.py [-a] [-p FUNCTION] [-l LIST] FOLDER...

A FOLDER with wafer.elf is what `make BOARD=x` builds; its file `callgraph` names the
.ci files that gcc has written (-fcallgraph-info=su): each function's frame and whom
it calls. Any other has those of the library alone. A list tells the rest: where calls
through pointers go, and which functions a stack begins with. That is LIST
(tools/measure/indirect-calls.txt), or those that the folder's file `call-lists` names.

Prints "FUNCTION OCTETS" for the library's public functions, "BOARD STACK OCTETS RESERVE"
for a board, and the worst path of each; with -p the path below FUNCTION. Fails when
a stack is larger than its reserve, and on whatever is not known for certain: a call
through a pointer that is not listed, an outside function of unknown stack, recursion, a
frame without bound, a function of the image that nothing calls. -a: these are all
images, so that the list must hold nothing that none of them needs.
"""
import argparse
import fnmatch
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NODE = re.compile(r'node: { title: "([^"]*)" label: "[^"]*\\n([^"]*):\d+:\d+\\n(\d+) bytes \(([a-z,]+)\)')
EDGE = re.compile(r'edge: { sourcename: "([^"]*)" targetname: "([^"]*)"(?: label: "([^"]*)")?')
DEFINITION = re.compile(r"^(?:\w[\w*]*\s[\w\s*]*?)?\*?(\w+)\s*\(")  # where a line begins a function
CLONE = re.compile(r"\.(constprop|part|isra|cold|lto_priv)\b.*")
problems = set()
sources = {}


def plain(title):
    """A function's name as the source has it."""
    return CLONE.sub("", title.rsplit(":", 1)[-1])


def call_place(label):
    """FOLDER/FILE:FUNCTION:POINTER of a call, by the source: inlining does not change that."""
    path, line, column = label.rsplit(":", 2)
    if path not in sources:
        with open(path, errors="replace") as file:
            sources[path] = file.read().split("\n")
    lines, line = sources[path], int(line)
    text = "\n".join(lines[line - 1:line + 2])[int(column) - 1:].split(";")[0]
    pointer = re.search(r"(?:->|\.)(\w+)\s*\(", text) or re.search(r"(\w+)(?:\[[^\]]*\])?\)?\s*\(", text.lstrip("("))
    function = next(filter(None, map(DEFINITION.match, reversed(lines[:line]))), None)
    return ":".join(["/".join(path.split("/")[-2:]), function[1] if function else "?", pointer[1] if pointer else "?"])


class Rule:
    """A line of the list: the kind, its number or stack, and functions."""

    def __init__(self, where, images, words):
        self.where, self.images = where, images
        self.kind, self.place = words[0], ""
        self.stack, self.octets = None, 0
        if ":" in self.kind:
            self.kind, self.place = "call", words[0]
        words = words[1:]
        if self.kind in ("entry", "interrupt"):
            self.stack = words.pop(0)
        if self.kind in ("outside", "interrupt"):
            self.octets = int(words.pop(0))
        self.names, self.unused = words, set(words)

    def fits(self, place):
        """With or without the folder of its file."""
        return fnmatch.fnmatchcase(place, self.place) or fnmatch.fnmatchcase(place.rpartition("/")[2], self.place)

    def problem(self, text):
        problems.add(f"{self.where}: {text}")


def read_list(path):
    """The rules of a list. Those above the first [...] are for all images that have the list."""
    rules, images = [], ["library", "boards"]
    with open(path) as file:
        for number, line in enumerate(file, 1):
            line = line.split("#")[0].strip()
            if line.startswith("["):
                images = line.strip("[]").split()
            elif line:
                rules.append(Rule(f"{path}:{number}", images, line.split()))
    return rules


class Graph:
    """What .ci files say. A function's title is its name, with a file before it when it is static."""

    def __init__(self, paths):
        self.frame, self.file, self.calls, self.pointers = {}, {}, {}, {}
        for path in paths:
            with open(path) as file:
                for line in file:
                    self.read(line)

    def read(self, line):
        node, edge = NODE.search(line), EDGE.search(line)
        if node:
            self.frame[node[1]], self.file[node[1]] = int(node[3]), os.path.basename(node[2])
            if node[4] == "dynamic":
                problems.add(f"{plain(node[1])}: a frame without bound")
        elif edge and edge[2] == "__indirect_call":
            self.pointers.setdefault(edge[1], set()).add(call_place(edge[3]))
        elif edge:
            self.calls.setdefault(edge[1], set()).add(edge[2])


class Symbols:
    """Of a linked image, whatever its CPU: a static function has its file before its name."""

    def __init__(self, elf):
        self.value, self.functions, file = {}, set(), ""
        command = ["readelf", "-sW", elf]
        for line in subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
            words = line.split() + [""]
            if len(words) < 8 or not words[0][:-1].isdigit():
                continue
            name = words[7]
            if words[3] == "FILE":
                file = name
                continue
            if words[4] == "LOCAL" and file:
                name = f"{file}:{name}"
            self.value[name] = int(words[1], 16)
            if words[3] == "FUNC":
                self.functions.add(name)

    def find(self, title):
        """The value of the function with this title in the call graph; None when it was not linked."""
        path, _, name = title.rpartition(":")
        for key in (name, f"{os.path.basename(path)}:{name}"):
            if key in self.functions:
                return self.value[key]
        return None


class Image:
    """The library, or the program of a board. A place in its graph is (title, how often it may still recur)."""

    def __init__(self, folder, default, lists):
        self.lists = [default]
        self.name, kind, self.symbols = "library", "library", None
        paths = [path for part in ("src", "bearssl") for path in glob.glob(f"{folder}/obj/{part}/**/*.ci", recursive=True)]
        if os.path.exists(folder + "/wafer.elf"):
            self.name, kind, self.symbols = os.path.basename(folder), "boards", Symbols(folder + "/wafer.elf")
            with open(folder + "/callgraph") as file:
                paths = [path for pattern in file.read().split() for path in glob.glob(pattern)]
        if os.path.exists(folder + "/call-lists"):
            with open(folder + "/call-lists") as file:
                self.lists = file.read().split()
        for path in self.lists:
            if path not in lists:
                lists[path] = read_list(path)
        self.rules = [rule for path in self.lists for rule in lists[path] if kind in rule.images]
        self.outside = {name: rule for rule in self.of_kind("outside") for name in rule.names}
        self.again = {tuple(rule.names): rule for rule in self.of_kind("again")}
        self.graph, self.depth, self.next = Graph(paths), {}, {}
        self.titles, self.by_name, self.by_value = [], {}, {}
        for title, file in self.graph.file.items():
            value = self.symbols and self.symbols.find(title)
            if self.symbols is None or value is not None:
                self.titles.append(title)
                self.by_value[value] = title
                for name in (plain(title), f"{file}:{plain(title)}"):
                    self.by_name.setdefault(name, []).append(title)

    def of_kind(self, kind):
        return [rule for rule in self.rules if rule.kind == kind]

    def find(self, rule):
        """The functions of a rule that this image has."""
        found = {name: self.by_name.get(name) or [name] * (name in self.outside) for name in rule.names}
        rule.unused -= {name for name in found if found[name]}
        return [title for titles in found.values() for title in titles]

    def called(self, title):
        """Whom a function calls."""
        for place in sorted(self.graph.pointers.get(title, ())):
            rule = next((r for r in self.of_kind("call") if r.fits(place)), None)
            found = self.find(rule) if rule else []
            if rule is None:
                problems.add(f"{self.name}: a call through a pointer that is not in {self.lists[0]}: {place}")
            elif not found:
                rule.problem(f"{self.name} has none of these, but the call {place}")
            yield from found
        for target in sorted(self.graph.calls.get(title, ())):
            if target not in self.graph.frame and self.symbols:  # the compiler has merged equal functions
                target = self.by_value.get(self.symbols.find(target), target)
            yield target

    def visit(self, title, left=None, path=()):
        """Octets of stack from a function downwards. `left`: how often it may still recur."""
        here = title, len(self.again) if left is None else left
        if here in path:
            chain = " ".join(plain(one) for one, _ in path[path.index(here):] + (here,))
            problems.add(f"{self.name}: recursion: {chain}")
            return 0
        if here not in self.depth:
            self.next[here], deepest = None, 0
            if title in self.graph.frame:
                deepest = self.below(here, path + (here,))
            elif title in self.outside:
                self.outside[title].unused.discard(title)
                deepest = self.outside[title].octets
            else:
                problems.add(f"{self.name}: {title} is outside, of unknown stack; {plain(path[-1][0])} calls it")
            self.depth[here] = self.graph.frame.get(title, 0) + deepest
        return self.depth[here]

    def below(self, here, path):
        title, deepest = here[0], 0
        for target in self.called(title):
            left, rule = here[1], self.again.get((plain(title), plain(target)))
            if rule:
                rule.unused.clear()
                left -= 1
            depth = self.visit(target, left, path) if left >= 0 else 0
            if depth > deepest:
                deepest, self.next[here] = depth, (target, left)
        return deepest

    def show(self, title):
        print(f"# {self.name}, worst path of {plain(title)}: depth below, frame")
        here = title, len(self.again)
        while here:
            print(f"# {self.depth[here]:6} {self.graph.frame.get(here[0], self.depth[here]):6}  {plain(here[0])}")
            here = self.next[here]

    def check_library(self):
        declared = set()
        for header in glob.glob("include/wafer/*.h"):
            with open(header) as file:
                declared |= set(re.findall(r"\b(wafer_\w+)\(", file.read()))
        titles = sorted(sorted(declared & set(self.graph.frame)), key=self.visit, reverse=True)
        for title in titles:
            print(title, self.visit(title))
        if titles:
            self.show(titles[0])
        else:
            problems.add("no public function found: is the library built?")

    def stack(self, name):
        """Octets that a stack needs: of its deepest entry, and of an interrupt of each priority on top."""
        total, shown = 0, []
        for rule in self.rules:
            titles = self.find(rule) if rule.stack == name else []
            if titles:
                shown.append(max(titles, key=self.visit))
                total += rule.octets + self.visit(shown[-1])
        return total, shown

    def check_board(self):
        for name in dict.fromkeys(rule.stack for rule in self.of_kind("entry")):
            total, shown = self.stack(name)
            if not shown:
                continue
            reserve = self.symbols.value[name + "_top"] - self.symbols.value[name + "_bottom"]
            print(self.name, name, total, reserve)
            for title in shown:
                self.show(title)
            if total > reserve:
                problems.add(f"{self.name}: {name} has {reserve} octets, {total} are needed")
        reached = {title for title, _ in self.depth}.union(*map(self.find, self.of_kind("unseen")))
        for title in set(self.titles) - reached:
            problems.add(f"{self.name}: nothing calls {self.graph.file[title]}:{plain(title)}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[2].replace("usage: ", ""))
    parser.add_argument("folders", nargs="+")
    parser.add_argument("-a", dest="all", action="store_true")
    parser.add_argument("-p", dest="show")
    parser.add_argument("-l", dest="list", default="tools/measure/indirect-calls.txt")
    args = parser.parse_args()
    folders = [os.path.abspath(folder) for folder in args.folders]
    os.chdir(ROOT)
    lists = {}  # path -> its rules: what one image needs of a shared list, no other has to
    for folder in folders:
        image = Image(folder, args.list, lists)
        if image.symbols:
            image.check_board()
        else:
            image.check_library()
        for title in image.by_name.get(args.show, ()):
            image.visit(title)
            image.show(title)
    for rule in (rule for rules in lists.values() for rule in rules):
        if args.all and rule.unused:
            rule.problem("no call, or no function, for " + " ".join(sorted(rule.unused)))
    for problem in sorted(problems):
        print(problem, file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())

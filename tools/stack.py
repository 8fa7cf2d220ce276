#!/usr/bin/python3
"""Worst-case stack of the library's public functions, by the call graph.

usage: tools/stack.py DIR [-p FUNCTION]

DIR holds objects compiled with -fcallgraph-info=su: their .ci files tell each
function's frame and whom it calls. Calls through pointers are in
tools/indirect-calls.txt. Prints "NAME STACK" for each public function, the largest
first; -p prints its worst path. Fails on recursion, on a frame of unknown size
and on an indirect call that is not listed.
"""
import argparse
import fnmatch
import glob
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIST = os.path.join(HERE, "indirect-calls.txt")
NODE = re.compile(r'node: { title: "([^"]*)" label: "([^"]*)"')
EDGE = re.compile(r'edge: { sourcename: "([^"]*)" targetname: "([^"]*)"(?: label: "([^"]*)")?')
FRAME = re.compile(r"\\n(\d+) bytes \(([a-z,]+)\)")
problems = []


def short(title):
    """file.c:function for a static function, function for a global one."""
    return re.sub(r"\.(constprop|part|isra|cold)\.?\d*", "", os.path.basename(title))


class Graph:
    def __init__(self, folder):
        self.frame, self.file, self.calls, self.indirect = {}, {}, {}, {}
        for path in glob.glob(folder + "/**/*.ci", recursive=True):
            for line in open(path):
                self.read(line)

    def read(self, line):
        node = NODE.search(line)
        if node and FRAME.search(node[2]):
            size, kind = FRAME.search(node[2]).groups()
            self.frame[node[1]] = int(size)
            self.file[node[1]] = os.path.basename(node[2].split("\\n")[1].split(":")[0])
            if kind == "dynamic":
                problems.append(f"{short(node[1])}: a frame without bound")
        edge = EDGE.search(line)
        if edge and edge[2] == "__indirect_call":
            self.indirect.setdefault(edge[1], set()).add(member(edge[3]))
        elif edge:
            self.calls.setdefault(edge[1], set()).add(edge[2])


def member(place):
    """The name of the called pointer, from the source line of the call."""
    path, line, column = place.rsplit(":", 2)
    text = "".join(open(path).readlines()[int(line) - 1:int(line) + 2])[int(column) - 1:]
    found = re.search(r"(?:->|\.)(\w+)\s*\(", text.split(";")[0]) or re.search(
        r"(\w+)(?:\[[^\]]*\])?\)?\s*\(", text.lstrip("("))
    return found[1] if found else "?"


def read_list():
    """Rules [pattern of file:caller:pointer, targets, uses, line] and stack of outside functions."""
    rules, outside = [], {}
    for number, line in enumerate(open(LIST), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "outside":
            outside.update((name, int(words[1])) for name in words[2:])
        elif words[0].count(":") == 2:
            rules.append([words[0], words[1:], 0, number])
        else:
            problems.append(f"{LIST}:{number}: expected FILE:CALLER:POINTER TARGET...")
    return rules, outside


class Worst:
    """Depth of each function, found once."""

    def __init__(self, graph, rules, outside):
        self.graph, self.rules, self.outside = graph, rules, outside
        self.depth, self.next, self.missing = {}, {}, set()
        self.by_short = {}
        for title in graph.frame:
            self.by_short.setdefault(short(title), []).append(title)

    def targets(self, title):
        for name in sorted(self.graph.indirect.get(title, ())):
            call = f"{self.graph.file[title]}:{short(title).split(':')[-1]}:{name}"
            for rule in self.rules:
                if fnmatch.fnmatchcase(call, rule[0]):
                    rule[2] += 1
                    for target in rule[1]:
                        found = self.by_short.get(target)
                        if found:
                            yield from found
                        elif target in self.outside:
                            yield target
                        else:
                            problems.append(f"{LIST}:{rule[3]}: there is no function {target}")
                    break
            else:
                problems.append(f"calls through a pointer, not in {os.path.basename(LIST)}: {call}")
        yield from sorted(self.graph.calls.get(title, ()))

    def visit(self, title, path):
        if title in path:
            problems.append("recursion: " + " -> ".join(map(short, path[path.index(title):] + [title])))
            return 0
        if title not in self.depth:
            frame = self.graph.frame.get(title)
            if frame is None:
                if title not in self.outside:
                    self.missing.add(title)
                self.depth[title], self.next[title] = self.outside.get(title, 0), None
                return self.depth[title]
            deepest, following = 0, None
            for target in self.targets(title):
                depth = self.visit(target, path + [title])
                if depth > deepest:
                    deepest, following = depth, target
            self.depth[title], self.next[title] = frame + deepest, following
        return self.depth[title]

    def path(self, title):
        while title is not None:
            yield title
            title = self.next.get(title)


def public_functions(graph):
    """Functions that the public headers declare and the library has."""
    declared = set()
    for header in glob.glob(os.path.join(HERE, "../include/wafer/*.h")):
        declared |= set(re.findall(r"\b(wafer_\w+)\(", open(header).read()))
    return sorted(declared & set(graph.frame))


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[2].replace("usage: ", ""))
    parser.add_argument("folder")
    parser.add_argument("-p", dest="show")
    args = parser.parse_args()
    graph = Graph(args.folder)
    rules, outside = read_list()
    worst = Worst(graph, rules, outside)
    names = public_functions(graph)
    if not names:
        problems.append(f"{args.folder}: no public function found")
    depths = sorted(((worst.visit(name, []), name) for name in names), reverse=True)
    for title in sorted(worst.missing):
        problems.append(f"{title}: outside, of unknown stack")
    for rule in rules:
        if not rule[2]:
            problems.append(f"{LIST}:{rule[3]}: {rule[0]} fits no call")
    for depth, name in depths:
        print(f"{name} {depth}")
    if depths:
        shown = args.show or depths[0][1]
        print(f"\n# worst path of {shown}: depth below, frame")
        for title in worst.path(shown):
            print(f"# {worst.depth[title]:6} {graph.frame.get(title, worst.depth[title]):6}  {short(title)}")
    for problem in sorted(set(problems)):
        print(problem, file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())

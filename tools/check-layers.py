#!/usr/bin/python3
"""Proves the order of layers in tools/layers.txt.

usage: tools/check-layers.py [OBJECT_DIR]

Reads the #include lines of src/, include/, port/, boards/ and tools/; with
OBJECT_DIR (where src/*.c were compiled to) also who calls whom, as the linker
sees it. Prints every violation and fails if there is one.
"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIST = "tools/layers.txt"
problems = []


def read_layers():
    layer, exceptions = {}, set()
    for number, line in enumerate(open(LIST), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0].isdigit():
            for module in words[2:]:
                if module in layer:
                    problems.append(f"{LIST}:{number}: {module} is listed twice")
                layer[module] = int(words[0])
        elif len(words) > 2:
            exceptions.add((words[0], words[1]))
        else:
            problems.append(f"{LIST}:{number}: an exception needs file, header and a reason")
    return layer, exceptions


def includes(path):
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match[1] == '"', match[2]


def module_of(path):
    return os.path.splitext(os.path.basename(path))[0]


def find_cycle(graph):
    """A path that comes back to its start, or None."""
    done = set()

    def visit(node, path):
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return None
        for following in sorted(graph.get(node, ())):
            cycle = visit(following, path + [node])
            if cycle:
                return cycle
        done.add(node)
        return None

    for node in sorted(graph):
        cycle = visit(node, [])
        if cycle:
            return cycle
    return None


def check_use(layer, graph, where, user, used):
    if used not in layer or user not in layer or used == user:
        return
    graph.setdefault(user, set()).add(used)
    if layer[used] > layer[user]:
        problems.append(f"{where}: {user} (layer {layer[user]}) uses {used} (layer {layer[used]}) above it")


def check_library(layer):
    graph = {}
    files = sorted(glob.glob("src/*.[ch]"))
    for path in files:
        user = module_of(path)
        if user not in layer:
            problems.append(f"{path}: {user} is not in {LIST}")
        first = None
        for number, quoted, name in includes(path):
            first = first or name
            if quoted and not name.startswith("wafer/") and os.path.exists("src/" + name):
                check_use(layer, graph, f"{path}:{number}", user, module_of(name))
            elif quoted and not os.path.exists("include/" + name):
                problems.append(f"{path}:{number}: no such header in src/ or include/: {name}")
            if name == "jsmn.h" and user != "json":
                problems.append(f"{path}:{number}: only json.c includes jsmn.h")
        own = [h for h in (user + ".h", f"wafer/{user}.h")
               if os.path.exists(("include/" if "/" in h else "src/") + h)]
        if path.endswith(".c") and own and first not in own:
            problems.append(f"{path}: does not include its own header ({own[0]}) first")
    cycle = find_cycle(graph)
    if cycle:
        problems.append("includes of src/ go in a circle: " + " -> ".join(cycle))
    return len(files)


def check_headers():
    graph = {}
    for path in glob.glob("include/wafer/*.h") + glob.glob("src/*.h"):
        for number, quoted, name in includes(path):
            if path.startswith("include/") and quoted and not name.startswith("wafer/"):
                problems.append(f"{path}:{number}: a public header includes {name}, which is not public")
            target = ("include/" if name.startswith("wafer/") else "src/") + name
            if quoted and os.path.exists(target):
                graph.setdefault(path, set()).add(target)
    cycle = find_cycle(graph)
    if cycle:
        problems.append("headers include each other in a circle: " + " -> ".join(cycle))


def check_outside(exceptions):
    private = {os.path.basename(p) for p in glob.glob("src/*.h")}
    files = [p for top in ("port", "boards", "tools") for p in
             sorted(glob.glob(top + "/**/*.[ch]", recursive=True))]
    used = set()
    for path in files:
        for number, quoted, name in includes(path):
            if quoted and os.path.basename(name) in private and not name.startswith("wafer/") \
                    and not os.path.exists(os.path.join(os.path.dirname(path), name)):
                if (path, name) in exceptions:
                    used.add((path, name))
                else:
                    problems.append(f"{path}:{number}: {name} is private to src/")
    for path, name in sorted(exceptions - used):
        problems.append(f"{LIST}: the exception {path} {name} is not needed")
    return len(files)


def symbols(path):
    out = subprocess.run(["nm", "-g", path], capture_output=True, text=True, check=True).stdout
    defined, wanted = set(), set()
    for line in out.splitlines():
        *_, kind, name = line.split()
        (wanted if kind == "U" else defined).add(name)
    return defined, wanted


def check_calls(layer, folder):
    tables = {module_of(p): symbols(p) for p in glob.glob(folder + "/*.o")
              if os.path.exists(f"src/{module_of(p)}.c")}
    if not tables:
        problems.append(f"no objects in {folder}")
    home = {name: module for module, (defined, _) in tables.items() for name in defined}
    graph = {}
    for module, (_, wanted) in sorted(tables.items()):
        for name in sorted(wanted):
            if name in home:
                check_use(layer, graph, f"{module}.o: {name}", module, home[name])
    cycle = find_cycle(graph)
    if cycle:
        problems.append("modules call each other in a circle: " + " -> ".join(cycle))


def main():
    objects = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else None
    os.chdir(ROOT)
    layer, exceptions = read_layers()
    count = check_library(layer)
    check_headers()
    count += check_outside(exceptions)
    if objects:
        check_calls(layer, objects)
    for module in sorted(set(layer) - {module_of(p) for p in glob.glob("src/*.[ch]")}):
        problems.append(f"{LIST}: there is no module {module}")
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(f"check-layers: {len(problems)} violation(s)")
    print(f"check-layers: {count} files in order")


main()

#!/usr/bin/python3
"""Proves the order of the folders of src/, and that nothing goes in a circle.

usage: tools/check/layers.py [OBJECT_DIR]

src/layers.txt is one line: the folders from the ground up, those between commas side by
side. A module uses its own folder and those below. Reads the #include lines of all C
code; with OBJECT_DIR (where src/ was compiled to) also who calls whom, as the linker
sees it. Prints every violation, also of the length of files, and fails if there is one.
"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIST = "src/layers.txt"
LINES_MAX = 450
TOPS = ("src", "include", "port", "boards", "tools", "tests")
problems = []


def read_layers():
    """Folder -> height. Those side by side have the same, and may not use each other."""
    with open(LIST, encoding="utf-8") as file:
        line = file.read()
    return {folder.strip(): height for height, level in enumerate(line.split("<")) for folder in level.split(",")}


def code(*tops):
    return [path for top in tops for path in sorted(glob.glob(top + "/**/*.[ch]", recursive=True))]


def includes(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match:
                yield number, match[1] == '"', match[2]


def resolve(path, name, headers):
    """The file that an #include "..." of `path` means, as far as this tree has it."""
    beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
    for candidate in (beside, "include/" + name, "src/" + name):
        if candidate in headers:
            return candidate
    same = [header for header in headers if header.endswith("/" + name)]
    top = os.path.dirname(path).split("/")[:2]
    near = [header for header in same if header.split("/")[:2] == top]  # of the same port, board or tool
    same = near if near else same
    return same[0] if len(same) == 1 else None


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


def refuse_cycle(graph, what):
    cycle = find_cycle(graph)
    if cycle:
        problems.append(f"{what} in a circle: " + " -> ".join(cycle))


def module_of(path):
    return os.path.splitext(path)[0]


def check_use(layer, where, user, used):
    """`user` and `used` are folder/module of src/."""
    above, below = os.path.dirname(user), os.path.dirname(used)
    if above != below and layer[below] >= layer[above]:
        problems.append(f"{where}: {user} uses {used}, which is not below {above}/ ({LIST})")


def check_file(path, layer, headers, graph):
    """One file's includes: what it may see, and its own header first."""
    top = path.split("/")[0]
    for number, quoted, name in includes(path):
        where = f"{path}:{number}"
        if name == "jsmn.h" and top != "tests" and path != "src/format/json.c":
            problems.append(f"{where}: only src/format/json.c includes jsmn.h")
        if not quoted:
            continue
        target = resolve(path, name, headers)
        if target is None:
            if top in ("src", "include"):
                problems.append(f"{where}: no such header in src/ or include/: {name}")
            continue
        graph.setdefault(module_of(path), set()).add(module_of(target))
        if top == "src" and target.startswith("src/"):
            if name != target[4:]:
                problems.append(f"{where}: an include of src/ names the folder: {target[4:]}")
            check_use(layer, where, module_of(path)[4:], module_of(target)[4:])
        elif top == "include" and not target.startswith("include/"):
            problems.append(f"{where}: a public header includes {name}, which is not public")
        elif top not in ("src", "tests") and target.startswith("src/"):
            problems.append(f"{where}: {name} is private to src/")


def check_first(path, headers):
    module = os.path.basename(module_of(path))
    own = [h for h in (module_of(path) + ".h", f"include/wafer/{module}.h") if h in headers]
    first = next((name for _, quoted, name in includes(path) if quoted), None)
    if own and (first is None or resolve(path, first, headers) not in own):
        problems.append(f"{path}: does not include its own header ({own[0]}) first")


def check_includes(layer):
    files = code(*TOPS)
    headers = {path for path in files if path.endswith(".h")}
    graph = {}
    for path in files:
        check_file(path, layer, headers, graph)
        if path.startswith("src/"):
            if os.path.dirname(path)[4:] not in layer:
                problems.append(f"{path}: its folder is not in {LIST}")
            if path.endswith(".c"):
                check_first(path, headers)
    for module in graph:
        graph[module].discard(module)  # a module's own header
    refuse_cycle(graph, "includes go")
    for folder in layer:
        if not glob.glob(f"src/{folder}/*.c"):
            problems.append(f"{LIST}: there is no folder src/{folder}/ with modules")
    return files


def symbols(path):
    out = subprocess.run(["nm", "-g", path], capture_output=True, text=True, check=True).stdout
    defined, wanted = set(), set()
    for line in out.splitlines():
        *_, kind, name = line.split()
        (wanted if kind == "U" else defined).add(name)
    return defined, wanted


def check_calls(layer, folder):
    modules = [module_of(path)[4:] for path in code("src") if path.endswith(".c")]
    tables = {module: symbols(f"{folder}/{module}.o") for module in modules}
    home = {name: module for module, (defined, _) in tables.items() for name in defined}
    graph = {}
    for module, (_, wanted) in tables.items():
        for name in sorted(wanted & home.keys()):
            check_use(layer, f"{module}.o: {name}", module, home[name])
            graph.setdefault(module, set()).add(home[name])
    refuse_cycle(graph, "modules call each other")


def check_length(paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            lines = sum(1 for _ in file)
        if lines > LINES_MAX:
            problems.append(f"{path}: {lines} lines, more than {LINES_MAX}: look for its second idea")


def main():
    objects = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else None
    os.chdir(ROOT)
    layer = read_layers()
    files = check_includes(layer)
    if objects:
        check_calls(layer, objects)
    check_length(files + [path for top in ("tools", "tests", "boards") for path in
                          sorted(glob.glob(top + "/**/*.py", recursive=True))])
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(f"layers: {len(problems)} violation(s)")
    print(f"layers: {len(files)} files in order")


main()

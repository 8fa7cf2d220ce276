"""tools/measure/stack.py on tiny images, one sound and each other with one fault that must be found."""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-Os", "-fno-inline", "-nostdlib", "-fcallgraph-info=su"]
SOUND = """
void *memory(void *p, int n);
extern int input;
int input;
static int leaf(int n) { volatile int a[40]; a[n & 3] = n; return a[n & 1]; }
static int other(int n) { volatile int a[90]; a[n & 3] = n; return a[n & 1]; }
int (*const table[2])(int) = {leaf, other};
static int middle(int n) { return table[n & 1](n) + 1; }
void on_tick(void) { volatile int a[10]; a[input & 3] = 1; }
void reset(void) { input = middle(input); memory(&input, 4); for (;;) {} }
__attribute__((naked)) void *memory(void *p, int n) { __asm__("bx lr"); }
"""
LIST = """
[library]
[boards]
entry stack reset
interrupt stack 36 on_tick
call.c:middle:table leaf other
"""
SCRIPT = """
ENTRY(reset)
SECTIONS { .text : { *(.text*) *(.rodata*) } .data : { *(.data*) *(.bss*) } stack_bottom = 0x1000; stack_top = 0x1000 + RESERVE; }
"""


def run(folder, program=SOUND, rules=LIST, reserve=600, options=("-a",)):
    (folder / "call.c").write_text(program)
    (folder / "list.txt").write_text(rules)
    (folder / "board.ld").write_text(SCRIPT.replace("RESERVE", str(reserve)))
    (folder / "callgraph").write_text(f"{folder}/call.ci\n")
    subprocess.run([*COMPILER, "-c", folder / "call.c"], cwd=folder, check=True)
    subprocess.run([*COMPILER, "-Wl,-Tboard.ld", "-Wl,-u,on_tick", "-o", "wafer.elf", "call.o"], cwd=folder, check=True)
    return subprocess.run([ROOT / "tools/measure/stack.py", *options, "-l", folder / "list.txt", folder], capture_output=True, text=True)


def needed(done):
    assert done.returncode == 0, done.stderr
    return int(re.search(r"^\S+ stack (\d+) \d+$", done.stdout, re.M)[1])


def fails(done, message):
    assert done.returncode == 1
    assert re.search(message, done.stderr), done.stderr


def test_deepest_of_a_table_and_an_interrupt(tmp_path):
    """The 90 words of other(), the 10 of the interrupt and what the CPU pushes, and not much more."""
    assert 360 + 40 + 36 < needed(run(tmp_path)) < 360 + 40 + 36 + 80


def test_reserve(tmp_path):
    octets = needed(run(tmp_path))
    assert needed(run(tmp_path, reserve=octets)) == octets
    fails(run(tmp_path, reserve=octets - 4), f"stack has {octets - 4} octets, {octets} are needed")


def test_lists_of_a_board(tmp_path):
    """The folder names its lists, the board's before those that it shares: the first line that fits counts."""
    (tmp_path / "board.txt").write_text("interrupt stack 36 on_tick\ncall.c:middle:table leaf\nunseen other\n")
    (tmp_path / "shared.txt").write_text("entry stack reset\ncall.c:middle:table leaf other\n[library]\nentry stack nobody\n")
    (tmp_path / "call-lists").write_text(f"{tmp_path}/board.txt {tmp_path}/shared.txt\n")
    assert needed(run(tmp_path, options=())) < 360
    (tmp_path / "call-lists").write_text(f"{tmp_path}/shared.txt {tmp_path}/board.txt\n")
    assert needed(run(tmp_path, options=())) > 360 + 40 + 36


FAULTS = {
    "pointer": (SOUND, LIST.replace("call.c:middle:table leaf other\n", "unseen leaf other\n"),
                r"through a pointer that is not in \S+: \S*call.c:middle:table"),
    "target forgotten": (SOUND, LIST.replace("leaf other", "leaf"), "nothing calls call.c:other"),
    "target unknown": (SOUND, LIST.replace("leaf other", "leaf other another"), r"list.txt:\d+: .*another"),
    "recursion": (SOUND.replace("return table[", "return (n ? middle(n - 1) : 0) + table["), LIST, "recursion: middle middle"),
    "frame without bound": (SOUND.replace("volatile int a[40]", "volatile int a[n]"), LIST, "leaf: a frame without bound"),
    "outside": (SOUND.replace("__attribute__((naked)) void *memory(void *p, int n) { __asm__(\"bx lr\"); }",
                              "__asm__(\".thumb_func\\nmemory: bx lr\");"), LIST, "memory is outside, of unknown stack; reset calls it"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(tmp_path, fault):
    program, rules, message = FAULTS[fault]
    assert (program, rules) != (SOUND, LIST)
    fails(run(tmp_path, program, rules), message)


def test_outside_with_a_known_stack(tmp_path):
    program, rules, _ = FAULTS["outside"]
    least = needed(run(tmp_path, program, rules + "outside 8 memory\n"))
    assert needed(run(tmp_path, program, rules + "outside 500 memory\n", reserve=2000)) > least + 80


def test_recursion_with_a_bound(tmp_path):
    program, rules, _ = FAULTS["recursion"]
    once = needed(run(tmp_path))
    assert needed(run(tmp_path, program, rules + "again middle middle\n")) > once

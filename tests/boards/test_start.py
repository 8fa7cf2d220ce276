"""Start files by themselves: vector tables, and faults that say what happened. Small programs without network or library."""

import re
import struct
import subprocess

import pytest

from board import REPOSITORY

ARM = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "--specs=nano.specs"]
RISCV = ["riscv64-unknown-elf-gcc", "-march=rv32imac", "-misa-spec=2.2", "-mabi=ilp32", "-mcmodel=medany", "--specs=picolibc.specs"]
FLAGS = ["-std=gnu11", "-Os", "-ffunction-sections", "-fdata-sections", "-Wall", "-Wextra", "-Werror", "-Iinclude", "-Iboards/common",
         "-DWAFER_BUILD_TIME=1"]
STUBS = "void lan9118_receive(void) {}\n"
INTERRUPTS = {"emcraft-sf2": 81, "lm3s6965evb": 44, "mps2-an385": 32}


def arm(folder, program, interrupts=32, files=("boards/mps2-an385/board.c",)):
    """mps2-an385 with this main program: the finished compiler run, and the image."""
    source, elf = folder / "main.c", folder / "start.elf"
    source.write_text(program)
    return subprocess.run([*ARM, *FLAGS, f"-DBOARD_INTERRUPTS={interrupts}", "-Iboards/mps2-an385", "-nostartfiles", "-Wl,--gc-sections",
                           "-Wl,--defsym=stack_reserve=2048", f"-Wl,--defsym=board_interrupts={interrupts}", "-Lboards/common",
                           "-Tboards/mps2-an385/board.ld", "-o", elf, source, *files, "boards/common/cortex_m.c",
                           "boards/common/console.c", "boards/common/semihost.c"], cwd=REPOSITORY, capture_output=True, text=True), elf


def riscv(folder, program):
    source, elf = folder / "main.c", folder / "start.elf"
    source.write_text(program)
    defines = re.findall(r"-DRISCV_\w+=\w+", (REPOSITORY / "boards/riscv-virt/board.mk").read_text())
    subprocess.run([*RISCV, *FLAGS, *defines, "-Iboards/riscv-virt", "-nostartfiles", "-Wl,--gc-sections",
                    "-Wl,--defsym=stack_reserve=2048", "-Lboards/common", "-Tboards/riscv-virt/board.ld", "-o", elf, source,
                    "boards/riscv-virt/board.c", "boards/common/riscv.c", "boards/common/console.c"], cwd=REPOSITORY, check=True)
    return elf


def run(*line):
    """Exit status and UART."""
    done = subprocess.run([*line, "-display", "none", "-monitor", "none", "-serial", "stdio", "-nic", "none"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout


def run_arm(elf):
    return run("qemu-system-arm", "-M", "mps2-an385", "-semihosting-config", "enable=on,target=native", "-kernel", elf)


def run_riscv(elf):
    return run("qemu-system-riscv32", "-M", "virt", "-bios", "none", "-device", f"loader,file={elf}")


def vectors(elf):
    """The first words of an image, and its symbols."""
    raw = elf.with_suffix(".bin")
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", elf, raw], check=True)
    lines = subprocess.run(["arm-none-eabi-nm", elf], check=True, capture_output=True, text=True).stdout.splitlines()
    symbols = {words[2]: int(words[0], 16) for words in map(str.split, lines) if len(words) == 3}
    return struct.unpack(f"<{symbols['vectors_end'] // 4}I", raw.read_bytes()[:symbols["vectors_end"]]), symbols


def test_table_covers_the_chip(tmp_path):
    """The network's interrupt has its handler, and all others are faults."""
    for number, count in ((13, 32), (13, 240)):
        done, elf = arm(tmp_path, STUBS + "int main(void) { return 0; }", count)
        assert done.returncode == 0, done.stderr
        table, symbols = vectors(elf)
        assert len(table) == 16 + count
        assert table[16 + number] == symbols["lan9118_receive"] | 1
        others = {entry for at, entry in enumerate(table[16:]) if at != number}
        assert others == {symbols["cortex_m_fault"] | 1}


@pytest.mark.parametrize("name", INTERRUPTS)
def test_boards_have_all_of_their_chip(name):
    text = (REPOSITORY / f"boards/{name}/board.mk").read_text()
    assert int(re.search(r"^BOARD_INTERRUPTS\s*:=\s*(\d+)", text, re.M)[1]) == INTERRUPTS[name]
    used = int(re.search(r"#define ETHERNET_INTERRUPT\s+(\d+)", (REPOSITORY / f"boards/{name}/board.c").read_text())[1])
    assert used < INTERRUPTS[name]


def test_enabling_beyond_the_table_does_not_compile(tmp_path):
    program = STUBS + '#include "cortex_m.h"\nint main(void) { cortex_m_enable(%d); return 0; }'
    assert arm(tmp_path, program % 31)[0].returncode == 0
    done, _ = arm(tmp_path, program % 32)
    assert done.returncode != 0 and "beyond BOARD_INTERRUPTS of board.mk" in done.stderr


def test_a_handler_beyond_the_table_does_not_compile(tmp_path):
    done, _ = arm(tmp_path, STUBS + "int main(void) { return 0; }", interrupts=13)
    assert done.returncode != 0 and "beyond BOARD_INTERRUPTS of board.mk" in done.stderr


def test_a_board_without_a_table_does_not_link(tmp_path):
    board = tmp_path / "board.c"
    text = (REPOSITORY / "boards/mps2-an385/board.c").read_text()
    board.write_text(re.sub(r"^CORTEX_M_INTERRUPTS.*\n", "", text, flags=re.M))
    done, _ = arm(tmp_path, STUBS + "int main(void) { return 0; }", files=(board,))
    assert done.returncode != 0 and "the board has no CORTEX_M_INTERRUPTS" in done.stderr


def test_an_interrupt_without_a_handler_says_so(tmp_path):
    program = STUBS + """
#include "board.h"
#include "cortex_m.h"
int main(void)
{
    board_init();
    cortex_m_enable(20);
    *(volatile unsigned *)0xe000e200u = 1u << 20; /* pending */
    for (;;) {
    }
}
"""
    status, uart = run_arm(arm(tmp_path, program)[1])
    assert status == 3 and "fault: interrupt 20 has no handler" in uart


OVERFLOW = """
#include "board.h"
static int deeper(volatile int *n) { volatile int frame[20]; frame[*n & 3] = *n; *n += 1; return deeper(n) + frame[1]; }
int main(void) { volatile int n = 0; board_init(); return deeper(&n); }
"""


def test_stack_overflow_is_a_fault(tmp_path):
    """Below the stack is no memory, or a page that nobody may touch."""
    flags = "#pragma GCC optimize(\"O0\")\n#pragma GCC diagnostic ignored \"-Winfinite-recursion\"\n"
    status, uart = run_arm(arm(tmp_path, flags + STUBS + OVERFLOW)[1])
    assert status == 3 and "fault: status" in uart
    stubs = "#include \"virtio_net.h\"\nvoid virtio_net_receive(void) {}\nbool virtio_net_is_at(const volatile uint32_t *b) { return !b; }\n"
    status, uart = run_riscv(riscv(tmp_path, flags + stubs + OVERFLOW))
    assert status == 3 and re.search(r"fault: cause 7 address 800ff[0-9a-f]{3}", uart), uart


@pytest.mark.parametrize("change, message", [
    ("BOARD=no-such-board", r'there is no board "no-such-board": choose BOARD from .*riscv-virt'),
    ("BOARD_ARCH=z80", r'boards/riscv-virt/board.mk: there is no architecture "z80": choose BOARD_ARCH from .*rv32imac')])
def test_unknown_names(change, message):
    done = subprocess.run(["make", "-s", "-f", "tools/make/boards.mk", "BOARD=riscv-virt", change], cwd=REPOSITORY, capture_output=True,
                          text=True)
    assert done.returncode != 0 and re.search(message, done.stderr), done.stderr

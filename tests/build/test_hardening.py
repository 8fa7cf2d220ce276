"""The command of the normal build is hardened: read off the program itself, as checksec does."""
import platform
import re

import pytest

from conftest import BUILD, make, run

PROGRAM = f"{BUILD}/wafer"
GUARD = {"x86_64": "endbr64", "aarch64": r"paciasp|bti"}.get(platform.machine())


def dynamic(program):
    return run("readelf", "-W", "--dynamic", "--file-header", "--segments", program)


def symbols(program):
    return run("readelf", "-W", "--dyn-syms", program)


def functions(program):
    return re.split(r"\n\n(?=[0-9a-f]+ <)", run("objdump", "-d", "--no-show-raw-insn", program))


def test_addresses_are_random():
    assert re.search(r"Type: +DYN", dynamic(PROGRAM)) and re.search(r"FLAGS_1.*\bPIE\b", dynamic(PROGRAM))


def test_what_is_linked_is_read_only():
    """Full RELRO: all is bound at the start, and then nobody can write where the addresses of functions are."""
    assert "GNU_RELRO" in dynamic(PROGRAM) and re.search(r"\(FLAGS\) .*BIND_NOW", dynamic(PROGRAM))


def test_no_memory_is_both_writable_and_executable():
    segments = re.findall(r"^ +(LOAD|GNU_STACK) .* ([R ][W ][E ]) 0x", dynamic(PROGRAM), re.MULTILINE)
    assert {"LOAD", "GNU_STACK"} <= {kind for kind, _ in segments}
    assert [flags for _, flags in segments if "W" in flags and "E" in flags] == []


@pytest.mark.parametrize("library", ["wafer", "wafer-posix"])
def test_stack_protector(library):
    """Also what a firmware would link of this build."""
    assert re.search(r"\b__stack_chk_fail$", run("nm", "-u", f"{BUILD}/lib{library}.a"), re.MULTILINE)
    assert "__stack_chk_fail" in symbols(PROGRAM)


def test_fortify():
    assert re.search(r"\b__mem(cpy|set|move)_chk@", symbols(PROGRAM))


@pytest.mark.skipif(GUARD is None, reason="this processor has no such instruction")
def test_bent_jumps_lead_nowhere():
    """Functions that are called through pointers begin with what the processor asks for."""
    bodies = [body for body in functions(PROGRAM) if re.match(r"[0-9a-f]+ <(wafer_|command_)", body)]
    assert len(bodies) > 100
    marked = [body for body in bodies if re.search(GUARD, "\n".join(body.splitlines()[:4]))]
    assert len(marked) > len(bodies) // 2


def test_it_can_be_left_out(tmp_path):
    """For a C library or a compiler that cannot take it."""
    make("HARDEN=", f"O={tmp_path}", f"{tmp_path}/libwafer-posix.a")
    assert "_chk" not in run("nm", "-u", f"{tmp_path}/libwafer-posix.a")


def test_the_users_own_flags_count(tmp_path):
    """No second definition, which is a warning, and none that overrides the user's."""
    output = make("CFLAGS=-D_FORTIFY_SOURCE=1 -fno-stack-protector -Werror", f"O={tmp_path}", f"{tmp_path}/libwafer-posix.a")
    assert "redefined" not in output
    assert "__stack_chk_fail" not in run("nm", "-u", f"{tmp_path}/libwafer-posix.a")

"""A cross build of command and libraries for aarch64, in which nothing of this machine but HOSTCC may be
asked for anything; other knobs, which the installed headers must tell."""
import os

import pytest

from conftest import PREFIX, ROOT, THIRD, WARNINGS, run

CROSS = "aarch64-linux-gnu-"
TRAPS = "gcc cc clang c99 ar ranlib strip nm objcopy".split()


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """(folder of the build, DESTDIR)"""
    folder = tmp_path_factory.mktemp("cross")
    traps = folder / "traps"
    traps.mkdir()
    for name in TRAPS:
        (traps / name).write_text(f"#!/bin/sh\necho 'the build calls this machine'\"'\"'s {name} '\"$*\" >&2\nexit 1\n")
        (traps / name).chmod(0o755)
    (folder / "product.h").write_text("#define WAFER_WORK_SIZE 8192\n")
    run("make", "-s", f"O={folder}/out", f"THIRD={THIRD}", f"CROSS_COMPILE={CROSS}", f"CC=env {CROSS}gcc",
        "HOSTCC=env /usr/bin/gcc", "BEARSSL_WHOLE=", "CFLAGS=-O0 -DGIVEN=1", f"LDFLAGS=-Wl,-Map={folder}/map", f"DESTDIR={folder}/root",
        f"PREFIX={PREFIX}", "KNOBS=-DWAFER_HTTP01_CONNECTIONS=2", f"KNOBS_FILE={folder}/product.h", "install",
        PATH=f"{traps}:{os.environ['PATH']}")
    return str(folder), f"{folder}/root{PREFIX}"


def machine(path):
    return {line.split(":")[1].strip() for line in run(CROSS + "readelf", "-h", path).splitlines() if "Machine:" in line}


def test_target(product):
    folder, root = product
    for path in (root + "/bin/wafer", root + "/lib/libwafer.a", root + "/lib/libwafer-posix.a", root + "/lib/libwafer-bearssl.a"):
        assert machine(path) == {"AArch64"}, path
    assert machine(folder + "/out/anchors") != {"AArch64"}
    assert "no symbols" in run(CROSS + "nm", root + "/bin/wafer")
    assert "no symbols" not in run(CROSS + "nm", folder + "/out/wafer")
    assert os.path.exists(folder + "/map")  # LDFLAGS


def test_installed_headers_tell_the_knobs(product, tmp_path):
    """The same fingerprint in the library and in a program that gives no knobs itself."""
    folder, root = product
    (tmp_path / "sizes.c").write_text("""#include "wafer/wafer.h"
uint32_t fingerprint(void) { return wafer_fingerprint(); }
#if WAFER_WORK_SIZE != 8192 || WAFER_HTTP01_CONNECTIONS != 2
#error other knobs
#endif
""")
    objects = []
    for name, flags in (("installed", [f"-I{root}/include", f"-I{root}/include/wafer-bearssl"]),
                        ("built", ["-DWAFER_HTTP01_CONNECTIONS=2", f'-DWAFER_CONFIG_FILE="{folder}/product.h"',
                                   f"-I{ROOT}/include", f"-I{THIRD}/bearssl/inc"])):
        objects.append(f"{tmp_path}/{name}.o")
        run(CROSS + "gcc", "-std=c99", "-O2", *WARNINGS, *flags, "-c", f"{tmp_path}/sizes.c", "-o", objects[-1])
    one, other = (run(CROSS + "objdump", "-d", "--no-show-raw-insn", path).split("<fingerprint>:")[1] for path in objects)
    assert one == other and "mov" in one

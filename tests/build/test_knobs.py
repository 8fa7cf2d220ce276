"""A program that was compiled with other knobs than the library gets an error, and no byte of its
memory is written."""
import re

import pytest

from conftest import PREFIX, ROOT, WARNINGS, run

PROGRAM = r"""
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "wafer/wafer.h"

/* Whatever the library writes beyond its caller's structs meets a guard or the sanitizer. */
static struct memory {
    unsigned char before[64];
    struct wafer client;
    struct wafer_http01 responder;
    unsigned char after[65536];
} memory;

int main(void)
{
    static const struct wafer_config config = {.directory = "https://ca.example/directory"};
    memset(&memory, 0x5a, sizeof memory);
    wafer_http01_init(&memory.responder, NULL, NULL, 80);
    int rc = wafer_init(&memory.client, &config);
    const unsigned char *bytes = (const unsigned char *)&memory;
    size_t responder = 0, others = 0;
    for (size_t i = 0; i < sizeof memory; i++) {
        size_t at = i - offsetof(struct memory, responder);
        *(at < sizeof memory.responder ? &responder : &others) += bytes[i] != 0x5a;
    }
    printf("%s, responder %s, all else %s\n", wafer_error_name(rc), responder == 0 ? "untouched" : "written",
           others == 0 ? "untouched" : "written");
    return 0;
}
"""


def build(installed, folder, *options):
    source, program = folder / "knobs.c", folder / "knobs"
    source.write_text(PROGRAM)
    flags = run("pkg-config", "--cflags", "--libs", "wafer", PKG_CONFIG_SYSROOT_DIR=installed,
                PKG_CONFIG_PATH=f"{installed}{PREFIX}/lib/pkgconfig").split()
    run("gcc", "-std=c99", *WARNINGS, "-g", "-fsanitize=address,undefined", *options, source, "-o", program, *flags)
    return run(program)


# Not in the fingerprint: the guard of the header, and what changes no layout.
APART = {"WAFER_CONFIG_H", "WAFER_BUILD_TIME", "WAFER_EC_PRIVATE", "WAFER_IO_TIMEOUT_MS", "WAFER_WAIT_TOTAL_MS",
         "WAFER_OPERATION_TIMEOUT_MS"}


def test_every_knob_is_in_the_fingerprint():
    with open(f"{ROOT}/include/wafer/config.h", encoding="utf-8") as file:
        knobs = set(re.findall(r"^#ifndef (WAFER_\w+)", file.read(), re.MULTILINE))
    with open(f"{ROOT}/include/wafer/fingerprint.h", encoding="utf-8") as file:
        parts = set(re.findall(r"^    X\((WAFER_\w+)\)", file.read(), re.MULTILINE))
    assert len(knobs) > 10 and knobs - APART == parts - {"WAFER_VERSION_NUMBER"}


def test_same_knobs(installed, tmp_path):
    assert build(installed, tmp_path) == "ARGUMENT, responder written, all else written\n"


@pytest.mark.parametrize("knobs", [["-DWAFER_TLS_BUFFER=837"], ["-DWAFER_WORK_SIZE=8192", "-O2"],
                                   ["-DWAFER_PROGRAM_UNIT_MAX=128"], ["-DWAFER_TLS_GCM=0", "-O2"]])
def test_other_client(installed, tmp_path, knobs):
    """The responder is as large as the library's, and may be prepared."""
    assert build(installed, tmp_path, *knobs) == "KNOBS, responder written, all else untouched\n"


@pytest.mark.parametrize("knobs", [["-DWAFER_HTTP01_CONNECTIONS=1"], ["-DWAFER_HTTP01_CHALLENGES=2", "-O2"]])
def test_other_responder(installed, tmp_path, knobs):
    assert build(installed, tmp_path, *knobs) == "KNOBS, responder untouched, all else untouched\n"


def test_knobs_in_a_file(installed, tmp_path):
    (tmp_path / "my_wafer_config.h").write_text("#define WAFER_URL_MAX 128\n#define WAFER_HTTP01_CHALLENGES 4\n")
    said = build(installed, tmp_path, f"-I{tmp_path}", '-DWAFER_CONFIG_FILE="my_wafer_config.h"')
    assert said == "KNOBS, responder untouched, all else untouched\n"
